"""Menus as readers get them: what is not published is not there, and what changes is seen at once."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from nejat_cms.content.actions.menus import create_menu
from nejat_cms.content.actions.terms import create_term
from nejat_cms.db import atomic, db
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.delivery.models import PublicFrontPage, PublicMenu
from nejat_cms.permissions import SYSTEM
from tests.content.test_menus import HOME_ITEM, make_menu, make_section, rewrite_menu, to
from tests.factories import statements
from tests.newsroom import Desk, data, desk_for, open_house, quick_client, read
from tests.press import press

BASE = "http://127.0.0.1:8000"


def shown(client: FlaskClient, locale: str = "en", name: str = "main") -> Any:
    return read(client, f"/{locale}/menus/{name}")


def labels(items: list[dict[str, Any]]) -> list[Any]:
    """What items are called, each with what is below it where there is anything."""
    return [[item["label"], *labels(item["children"])] if item["children"] else item["label"] for item in items]


def change(desk: Desk, path: str, **changes: Any) -> None:
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("PATCH", path, changes, if_match=etag, expect=200)


def test_readers_get_a_menu_nested_with_labels_addresses_and_targets(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    desk = desk_for(app)
    section = make_section(desk, en="City", fa="شهر")
    about = desk.published("en", "About us", slug="about", kind="page")
    make_menu(
        desk,
        HOME_ITEM,
        {"label": "The town", **to("section", id=section), "children": [to("article", id=about["article"])]},
        {"label": "Looking", "children": [to("kind", kind="cartoon"), to("edition", locale="fa")]},
        {"label": "Find", "target": {"type": "url", "url": "/search"}},
        to("editions"),
    )
    site = read(client, "/editions/en")["url"]
    fa = read(client, "/editions/fa")["url"]
    menu = shown(client)
    assert menu[:4] == [
        {"label": "English", "url": site, "target": {"type": "home", "locale": "en"}, "children": []},
        {
            "label": "The town",
            "url": f"{site}/sections/city",
            "target": {"type": "section", "id": section, "slug": "city", "locale": "en"},
            "children": [
                {
                    "label": "About us",
                    "url": f"{site}/about",
                    "target": {"type": "article", "id": about["article"], "slug": "about", "locale": "en"},
                    "children": [],
                }
            ],
        },
        {
            "label": "Looking",
            "url": None,
            "target": None,
            "children": [
                {
                    "label": "Cartoons",
                    "url": f"{site}/kinds/cartoon",
                    "target": {"type": "kind", "slug": "cartoon", "locale": "en"},
                    "children": [],
                },
                {"label": "فارسی", "url": fa, "target": {"type": "edition", "locale": "fa"}, "children": []},
            ],
        },
        {"label": "Find", "url": f"{site}/search", "target": {"type": "url", "locale": "en"}, "children": []},
    ]
    switcher = menu[4]
    assert (switcher["label"], switcher["url"]) == ("English", None)
    assert switcher["target"] == {"type": "editions", "locale": "en"}
    assert [child["label"] for child in switcher["children"]] == [
        read(client, f"/editions/{locale}")["name"] for locale in ("ar", "fa", "sq")
    ]
    assert switcher["children"][1]["url"] == fa
    whole = read(client, "/editions/en")
    assert whole["menus"] == {"main": menu}
    assert read(client, "/editions/fa")["menus"] == {}
    assert read(client, "/en/menus") == [{"name": "main"}]
    assert read(client, f"/resolve?url={site}/kinds/cartoon")["counterparts"]["fa"] == {
        "url": f"{fa}/kinds/cartoon",
        "reason": "counterpart",
    }


def test_what_is_not_published_here_is_left_out_with_what_lies_below(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    draft = desk.write("en", "Zzqx soon", tags=["Zzqx tag"], authors=["Zzqx author"])
    elsewhere = desk.published("fa", "آنجا")
    section = make_section(desk, fa="شهر")
    tag = data(desk.call("GET", "/tags"))[0]["id"]
    person = data(desk.call("GET", "/people"))[0]["id"]
    make_menu(
        desk,
        {"label": "Below a draft", **to("article", id=draft["article"]), "children": [HOME_ITEM]},
        {"label": "Heading", "children": [to("article", id=draft["article"]), {"label": "Inner", "children": []}]},
        {"label": "Elsewhere", **to("article", id=elsewhere["article"])},
        {"label": "Section", **to("section", id=section)},
        {"label": "Tag", **to("tag", id=tag)},
        {"label": "Person", **to("person", id=person)},
        {"label": "Wrong type", **to("person", id=tag)},
        {"label": "No edition", **to("edition", locale="sq")},
        HOME_ITEM,
    )
    assert labels(shown(client)) == ["English"]
    assert "zzqx" not in client.get("/v1/en/menus/main").text.lower()
    desk.publish(draft)
    assert labels(shown(client)) == [["Below a draft", "English"], ["Heading", "Zzqx soon"], "Tag", "Person", "English"]


def test_changes_of_what_a_menu_leads_to_are_seen_at_once(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    section = make_section(desk, en="City")
    article = desk.write("en", "One", tags=["Salt"])
    tag = data(desk.call("GET", "/tags"))[0]["id"]
    make_menu(desk, to("article", id=article["article"]), to("section", id=section), to("tag", id=tag), to("editions"))
    switcher = ["English", "فارسی", "shqip"]

    def now() -> list[Any]:
        found = labels(shown(client))
        assert read(client, "/editions/en")["menus"]["main"] == shown(client)
        return [found[:-1], [str(each).lower() for each in found[-1]] if found and found[-1] else []]

    editions = [word.lower() for word in switcher]
    assert now() == [["City"], editions]
    desk.publish(article)
    assert now() == [["One", "City", "Salt"], editions]
    desk.publish(desk.edit(article, title="Two", slug="two"))
    assert now() == [["Two", "City", "Salt"], editions]
    assert shown(client)[0]["url"].endswith("/en/two")
    change(desk, f"/sections/{section}", names={"en": {"name": "Town", "slug": "town"}})
    assert shown(client)[1]["url"].endswith("/en/sections/town")
    change(desk, "/editions/fa", native_name="پارسی", base_url="https://fa.example")
    assert shown(client)[-1]["children"][0]["url"] == "https://fa.example"
    assert labels(shown(client))[-1][1] == "پارسی"
    change(desk, "/editions/fa", enabled=False)
    assert [child["target"]["locale"] for child in shown(client)[-1]["children"]] == ["sq"]
    desk.step(article, "unpublish")
    assert labels(shown(client))[:-1] == ["Town"]
    change(desk, f"/sections/{section}", names={"en": None, "sq": {"name": "Qyteti"}})
    assert labels(shown(client))[:-1] == []
    rewrite_menu(desk, {"label": "Only", **HOME_ITEM})
    assert now() == [[], [*"only"]]
    etag = desk.call("GET", "/menus/en/main").headers["ETag"]
    desk.call("DELETE", "/menus/en/main", if_match=etag, expect=204)
    read(client, "/en/menus/main", expect=404)
    assert read(client, "/editions/en")["menus"] == {}


def test_a_menu_that_is_not_there_is_404(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    make_menu(desk_for(app), HOME_ITEM)
    for path in ("/fa/menus/main", "/en/menus/footer", "/sq/menus/main", "/en/menus/MAIN", "/sq/menus"):
        read(client, path, expect=404)


def test_a_menu_answers_like_every_public_read(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    make_menu(desk, HOME_ITEM)
    answer = client.get("/v1/en/menus/main")
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Cache-Tag"] == "edition-en"
    again = client.get("/v1/en/menus/main", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    before = int(answer.headers["X-Content-Version"])
    rewrite_menu(desk, {"label": "Front", **HOME_ITEM})
    changed = client.get("/v1/en/menus/main", headers={"If-None-Match": answer.headers["ETag"]})
    assert changed.status_code == 200
    assert int(changed.headers["X-Content-Version"]) > before
    assert client.get("/v1/en/menus/main?x=1").status_code == 422


def test_menus_follow_joined_and_split_articles(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    first, second = desk.published("en", "One"), desk.published("fa", "یک")
    for locale in ("en", "fa"):
        make_menu(desk, to("article", id=second["article"]), locale=locale)
    assert (labels(shown(client, "en")), labels(shown(client, "fa"))) == ([], ["یک"])
    path = f"/articles/{first['article']}/links"
    group = desk.call("GET", f"/articles/{first['article']}").headers["ETag"]
    desk.call("POST", path, {"article": second["article"]}, if_match=group, expect=200)
    for locale, title in (("en", "One"), ("fa", "یک")):
        assert labels(shown(client, locale)) == [title]
        assert shown(client, locale)[0]["target"]["id"] == first["article"]
    group = desk.call("GET", f"/articles/{first['article']}").headers["ETag"]
    alone = data(desk.call("DELETE", f"{path}/fa", if_match=group, expect=200))
    assert shown(client, "fa")[0]["target"]["id"] == alone["article"]
    assert labels(shown(client, "en")) == ["One"]


def test_rebuilding_brings_menus_back(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    article = desk.published("en", "One")
    make_menu(desk, to("article", id=article["article"]))
    etag = desk.call("GET", "/editions/en/home").headers["ETag"]
    desk.call("PUT", "/editions/en/home", {"featured": [article["article"]]}, if_match=etag, expect=200)
    before = read(client, "/editions/en")

    def lose() -> None:
        db.session.execute(delete(PublicMenu))
        db.session.execute(delete(PublicFrontPage))

    with app.app_context():
        atomic(lose)()
        db.session.remove()
        rebuild()
    after = read(client, "/editions/en")
    assert (after["menus"], after["home"]) == (before["menus"], before["home"])


@pytest.mark.parametrize(
    "path", ["/v1/en/menus/main", "/v1/editions/en", "/v1/manage/menus/en/main", "/v1/manage/menus"]
)
def test_a_menu_takes_no_more_statements_for_more_items(app: Flask, path: str) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    client = quick_client(app)
    signed = {"Authorization": f"Bearer {desk.token}"} if "manage" in path else {}
    texts = ({"title": f"Work {n}", "tags": [f"Tag {n}"], "authors": [f"Author {n}"]} for n in range(50))
    works = press(app, "en", *texts)
    with app.app_context():
        ids = atomic(lambda: [create_term(SYSTEM, "section", {"en": {"name": f"Section {n}"}}).id for n in range(50)])()
    tags = [row["id"] for row in data(desk.call("GET", "/tags?limit=100"))]
    people = [row["id"] for row in data(desk.call("GET", "/people?limit=100"))]
    counts, read_by = [], set()
    for name, each in (("main", 1), ("more", 50)):
        items: list[dict[str, Any]] = [
            {"id": None, "label": None, "target": {"type": type_, "id": str(key)}, "children": []}
            for type_, keys in (("article", works), ("section", ids), ("tag", tags), ("person", people))
            for key in keys[:each]
        ]
        with app.app_context():
            create_menu(SYSTEM, "en", name, items)
        with statements(app) as sent:
            answer = client.get(path.replace("main", name), headers=signed)
        assert answer.status_code == 200
        counts.append(len(sent))
        read_by.add(tuple(sent))
    assert len(set(counts)) == 1, counts
    if "manage" not in path:
        assert len(read_by) == 1  # many ids are bound as one value
    if path == "/v1/en/menus/main":
        assert counts[0] <= 4
        assert len(shown(client, name="more")) == 200
