"""Menus as the newsroom writes them: trees, targets and what has become of them, rights, versions."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import database_digest, headers, make_user, token_for, token_of
from tests.newsroom import Desk, data, desk_for, open_house

MAIN = "/menus/en/main"
HOME_ITEM = {"target": {"type": "home"}}


def make_menu(desk: Desk, *items: Any, locale: str = "en", name: str = "main") -> dict[str, Any]:
    """A new menu of an edition."""
    path = f"/menus/{locale}/{name}"
    made: dict[str, Any] = data(desk.call("PUT", path, {"items": items}, if_none_match="*", expect=201))
    return made


def rewrite_menu(desk: Desk, *items: Any, locale: str = "en", name: str = "main") -> dict[str, Any]:
    """Other items in a menu, whatever its present version."""
    path = f"/menus/{locale}/{name}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    made: dict[str, Any] = data(desk.call("PUT", path, {"items": items}, if_match=etag, expect=200))
    return made


def to(type_: str, **named: Any) -> dict[str, Any]:
    return {"target": {"type": type_, **named}}


def make_section(desk: Desk, **names: str) -> str:
    body = {"names": {locale: {"name": name} for locale, name in names.items()}}
    made: str = data(desk.call("POST", "/sections", body, expect=201))["id"]
    return made


def states(menu: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(item["state"], item["title"], item["url"]) for item in menu["items"]]


def test_a_menu_says_of_each_item_what_it_is_called_and_where_it_leads(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    section = make_section(desk, en="City", fa="شهر")
    article = desk.published("en", "About us", slug="about", tags=["Salt"], authors=["Mina"])
    tag = data(desk.call("GET", "/tags", expect=200))[0]["id"]
    person = data(desk.call("GET", "/people", expect=200))[0]["id"]
    menu = make_menu(
        desk,
        HOME_ITEM,
        to("article", id=article["article"]),
        to("section", id=section),
        to("tag", id=tag),
        to("person", id=person),
        to("kind", kind="cartoon"),
        to("edition", locale="fa"),
        to("editions"),
        {"label": "Search", "target": {"type": "url", "url": "/search"}},
        {"label": "Write", "target": {"type": "url", "url": "mailto:desk@example.org"}},
        {"label": "More", "children": [HOME_ITEM]},
    )
    base = menu["items"][0]["url"].removesuffix("/en")
    assert states(menu) == [
        ("ok", "English", f"{base}/en"),
        ("ok", "About us", f"{base}/en/about"),
        ("ok", "City", f"{base}/en/sections/city"),
        ("ok", "Salt", f"{base}/en/tags/salt"),
        ("ok", "Mina", f"{base}/en/people/mina"),
        ("ok", "Cartoons", f"{base}/en/kinds/cartoon"),
        ("ok", "فارسی", f"{base}/fa"),
        ("ok", "English", None),
        ("ok", None, f"{base}/en/search"),
        ("ok", None, "mailto:desk@example.org"),
        ("ok", None, None),
    ]
    assert menu["items"][10]["children"][0]["url"] == f"{base}/en"
    assert data(desk.call("GET", MAIN, expect=200)) == menu
    assert data(desk.call("GET", "/menus", expect=200)) == [
        {"locale": "en", "name": "main", "items": 12, "broken": 0, "updated_at": menu["updated_at"]}
    ]


def test_ids_are_kept_and_made_and_never_doubled(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    own = str(uuid4())
    menu = make_menu(desk, {"id": own, **HOME_ITEM, "children": [HOME_ITEM]})
    child = menu["items"][0]["children"][0]["id"]
    assert menu["items"][0]["id"] == own
    moved = rewrite_menu(desk, {"id": child, **HOME_ITEM}, {"id": own, **HOME_ITEM})
    assert [item["id"] for item in moved["items"]] == [child, own]
    etag = desk.call("GET", MAIN).headers["ETag"]
    twice = {"items": [{"id": own, **HOME_ITEM, "children": [{"id": own, **HOME_ITEM}]}]}
    desk.refused("PUT", MAIN, twice, status=422, code="invalid", at="/items/0/children/0/id", if_match=etag)


def test_the_same_items_again_change_nothing(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    menu = make_menu(desk, {"label": "Home", **HOME_ITEM})
    etag = desk.call("GET", MAIN).headers["ETag"]
    again = [{"id": menu["items"][0]["id"], "label": "Home", **HOME_ITEM}]
    answer = desk.call("PUT", MAIN, {"items": again}, if_match=etag, expect=200)
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize(
    ("item", "at"),
    [
        ({}, "/items/0/label"),
        ({"label": " ", **HOME_ITEM}, "/items/0/label"),
        ({"label": "x" * 201, **HOME_ITEM}, "/items/0/label"),
        ({"label": "x", "target": {"type": "nothing"}}, "/items/0/target/type"),
        ({"label": "x", "target": {"type": "article"}}, "/items/0/target/id"),
        ({"label": "x", "target": {"type": "article", "id": "x"}}, "/items/0/target/id"),
        ({"label": "x", "target": {"type": "kind", "kind": "rumour"}}, "/items/0/target/kind"),
        ({"label": "x", "target": {"type": "edition", "locale": "xx-none"}}, "/items/0/target/locale"),
        ({"label": "x", "target": {"type": "home", "url": "/x"}}, "/items/0/target/url"),
        ({"label": "x", "target": {"type": "url", "url": "javascript:alert(1)"}}, "/items/0/target/url"),
        ({"label": "x", "target": {"type": "url", "url": "//other.example"}}, "/items/0/target/url"),
        ({"label": "x", "target": {"type": "url", "url": "search"}}, "/items/0/target/url"),
        ({"label": "x", "target": {"type": "url", "url": "tel:123"}}, "/items/0/target/url"),
        ({"target": {"type": "url", "url": "/search"}}, "/items/0/label"),
        ({"target": {"type": "editions"}, "children": [HOME_ITEM]}, "/items/0/children"),
        ({"label": "x", "state": "ok"}, "/items/0/state"),
    ],
)
def test_what_is_no_item_is_refused_by_its_place(app: Flask, item: dict[str, Any], at: str) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.refused("PUT", MAIN, {"items": [item]}, status=422, code="invalid", at=at, if_none_match="*")


def test_a_menu_is_neither_too_deep_nor_too_large(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)

    def nested(levels: int) -> dict[str, Any]:
        return {**HOME_ITEM, "children": [nested(levels - 1)]} if levels > 1 else HOME_ITEM

    where = "/items/0" + "/children/0" * 5
    desk.refused("PUT", MAIN, {"items": [nested(6)]}, status=422, code="invalid", at=where, if_none_match="*")
    wide = {"items": [{**HOME_ITEM, "children": [HOME_ITEM] * 250}] * 2}
    desk.refused("PUT", MAIN, wide, status=422, code="invalid", at="/items", if_none_match="*")
    flat = {"items": [HOME_ITEM] * 501}
    desk.refused("PUT", MAIN, flat, status=422, code="invalid", at="/items", if_none_match="*")
    assert make_menu(desk, nested(5))["items"]
    assert len(make_menu(desk, *[HOME_ITEM] * 500, name="footer")["items"]) == 500


def test_an_edition_has_no_more_than_fifty_menus(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    for number in range(50):
        make_menu(desk, name=f"menu-{number}")
    desk.refused("PUT", "/menus/en/more", {"items": []}, status=409, code="conflict", if_none_match="*")
    make_menu(desk, locale="fa", name="more")


def test_the_menus_of_an_edition_have_no_more_than_two_thousand_items(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    for number in range(4):
        make_menu(desk, *[HOME_ITEM] * (500 if number else 499), name=f"menu-{number}")
    two = {"items": [HOME_ITEM] * 2}
    desk.refused("PUT", "/menus/en/more", two, status=409, code="conflict", if_none_match="*")
    rewrite_menu(desk, *[HOME_ITEM] * 500, name="menu-0")
    make_menu(desk, name="empty")
    etag = desk.call("GET", "/menus/en/empty").headers["ETag"]
    desk.refused("PUT", "/menus/en/empty", two, status=409, code="conflict", if_match=etag)
    rewrite_menu(desk, HOME_ITEM, name="menu-0")
    rewrite_menu(desk, *two["items"], name="empty")
    make_menu(desk, *two["items"], locale="fa")


def test_a_menu_is_written_by_who_saw_it(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    body = {"items": [HOME_ITEM]}
    desk.refused("PUT", MAIN, body, status=428, code="precondition_required")
    desk.refused("PUT", MAIN, body, status=404, code="not_found", if_match='"1-0"')
    answer = desk.call("PUT", MAIN, body, if_none_match="*", expect=201)
    assert answer.headers["Location"] == "/v1/manage/menus/en/main"
    desk.refused("PUT", MAIN, body, status=412, code="stale_version", if_none_match="*")
    rewrite_menu(desk)
    old = answer.headers["ETag"]
    problem = desk.refused("PUT", MAIN, body, status=412, code="stale_version", if_match=old)
    assert problem["etag"] == desk.call("GET", MAIN).headers["ETag"]
    desk.refused("DELETE", MAIN, status=412, code="stale_version", if_match=old)
    desk.refused("DELETE", MAIN, status=428, code="precondition_required")
    desk.call("DELETE", MAIN, if_match=problem["etag"], expect=204)
    desk.call("GET", MAIN, expect=404)
    made_again = desk.call("PUT", MAIN, body, if_none_match="*", expect=201)
    assert made_again.headers["ETag"] != old
    desk.refused("DELETE", MAIN, status=412, code="stale_version", if_match=old)


def test_only_editors_of_the_edition_write_menus_and_every_role_reads_them(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    make_menu(desk_for(app), locale="fa")
    path = "/v1/manage/menus/fa/{}"
    for grant, writes in [
        ("admin", True), ("editor", True), ("admin:fa", True), ("editor:fa", True), ("admin:en", False),
        ("editor:en", False), ("author:fa", False), ("translator:fa", False), ("moderator:fa", False),
    ]:  # fmt: skip
        signed = token_for(app, grant)
        seen = client.get(path.format("main"), headers=headers(signed))
        assert seen.status_code == 200, grant
        assert seen.json is not None
        assert seen.json["meta"]["permissions"] == (["menu:edit"] if writes else []), grant
        before = database_digest(app)
        etag = seen.headers["ETag"]
        tries = [
            client.put(path.format("new"), json={"items": []}, headers=headers(signed, if_none_match="*")),
            client.put(path.format("main"), json={"items": [HOME_ITEM]}, headers=headers(signed, if_match='"9-0"')),
            client.delete(path.format("main"), headers=headers(signed, if_match='"9-0"')),
        ]
        assert [answer.status_code for answer in tries] == ([201, 412, 412] if writes else [403] * 3), grant
        if writes:
            made = tries[0].headers["ETag"]
            assert client.delete(path.format("new"), headers=headers(signed, if_match=made)).status_code == 204
        else:
            assert database_digest(app) == before
            for method, body in [("PUT", {"items": [HOME_ITEM]}), ("DELETE", None)]:
                own = client.open(path.format("main"), method=method, json=body, headers=headers(signed, if_match=etag))
                assert own.status_code == 403, (grant, method)
            assert database_digest(app) == before
    nobody = token_of(app, make_user(app))
    for path in ("/v1/manage/menus", "/v1/manage/menus/fa/main"):
        assert client.get(path, headers=headers(nobody)).status_code == 404


def test_an_edition_or_name_that_is_not_there_is_404(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for path in ("/menus/fa/main", "/menus/en/Main", "/menus/en/a--b", f"/menus/en/{'x' * 61}"):
        desk.refused("PUT", path, {"items": []}, status=404, code="not_found", if_none_match="*")
        desk.call("GET", path, expect=404)
    desk.refused("GET", "/menus?locale=fa", status=422, code="invalid", at="locale")


def test_what_readers_do_not_see_is_said(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    draft = desk.write("en", "Soon")
    elsewhere = desk.published("fa", "آنجا")
    section = make_section(desk, fa="شهر")
    tagged = desk.write("en", "Tagged", tags=["Unseen"])
    tag = data(desk.call("GET", "/tags", expect=200))[0]["id"]
    answer = desk.call(
        "PUT",
        MAIN,
        {
            "items": [
                to("article", id=draft["article"]),
                {**HOME_ITEM, "children": [to("article", id=elsewhere["article"]), to("article", id=str(uuid4()))]},
                to("section", id=section),
                to("tag", id=tag),
                to("person", id=tag),
                to("edition", locale="sq"),
            ]
        },
        if_none_match="*",
        expect=201,
    )
    menu = data(answer)
    assert [(state, title) for state, title, _ in states(menu)] == [
        ("unpublished", "Soon"), ("ok", "English"), ("missing", None), ("unpublished", "Unseen"), ("missing", None),
        ("missing", None),
    ]  # fmt: skip
    assert [item["state"] for item in menu["items"][1]["children"]] == ["unpublished", "missing"]
    assert answer.json is not None
    warnings = [(warning["pointer"], warning["code"]) for warning in answer.json["meta"]["warnings"]]
    assert warnings == [
        ("/items/0", "unpublished"), ("/items/1/children/0", "unpublished"), ("/items/1/children/1", "missing"),
        ("/items/2", "missing"), ("/items/3", "unpublished"), ("/items/4", "missing"), ("/items/5", "missing"),
    ]  # fmt: skip
    make_menu(desk, HOME_ITEM, name="sound")
    make_menu(desk, to("article", id=draft["article"]), locale="fa", name="main")
    rows = data(desk.call("GET", "/menus?broken=true", expect=200))
    assert [(row["locale"], row["name"], row["broken"]) for row in rows] == [("en", "main", 7), ("fa", "main", 1)]
    assert [row["name"] for row in data(desk.call("GET", "/menus?locale=en&broken=false"))] == ["sound"]
    assert desk.call("GET", MAIN).json["meta"]["counterparts"] == ["fa"]  # type: ignore[index]
    desk.publish(draft)
    desk.publish(tagged)
    assert [item["state"] for item in data(desk.call("GET", MAIN))["items"][:4]] == ["ok", "ok", "missing", "ok"]
    # What a newer draft names is not published by that, and what it no longer names still is.
    desk.edit(tagged, tags=["Later"])
    later = data(desk.call("GET", "/tags", expect=200))[1]["id"]
    menu = rewrite_menu(desk, to("tag", id=tag), to("tag", id=later))
    assert [item["state"] for item in menu["items"]] == ["ok", "unpublished"]


def test_what_lies_below_or_above_nothing_that_is_shown_is_hidden(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    draft = desk.write("en", "Soon")
    soon = to("article", id=draft["article"])
    items = (
        {"label": "Heading", "children": [soon]},
        {**soon, "children": [HOME_ITEM, {"label": "Deep", "children": [HOME_ITEM]}]},
        to("editions"),
        {"label": "Empty"},
    )
    menu = make_menu(desk, *items)

    def seen(rows: Any) -> list[Any]:
        return [(row["state"], *seen(row["children"])) for row in rows]

    assert seen(menu["items"]) == [
        ("hidden", ("unpublished",)),
        ("unpublished", ("hidden",), ("hidden", ("hidden",))),
        ("ok",),
        ("hidden",),
    ]
    assert [row["target"]["type"] for row in data(client.get("/v1/en/menus/main"))] == ["editions"]
    etag = desk.call("GET", "/editions/fa").headers["ETag"]
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=etag, expect=200)
    answer = desk.call("GET", MAIN, expect=200)
    assert data(answer)["items"][2]["state"] == "hidden"
    assert answer.json is not None
    assert {warning["code"] for warning in answer.json["meta"]["warnings"]} == {"hidden", "unpublished"}
    assert data(client.get("/v1/en/menus/main")) == []
    desk.publish(draft)
    assert seen(data(desk.call("GET", MAIN))["items"]) == [
        ("ok", ("ok",)), ("ok", ("ok",), ("ok", ("ok",))), ("hidden",), ("hidden",),
    ]  # fmt: skip


def test_a_menu_tells_nobody_of_drafts_she_may_not_read(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    hidden = desk.write("en", "Zzqx secret")
    newer = desk.edit(desk.published("en", "Known"), title="Zzqx newer")
    half = desk.published("fa", "معلوم")
    desk.translate(half, "en", title="Zzqx half")
    make_menu(desk, *(to("article", id=each["article"]) for each in (hidden, newer, half)))
    for grant in ("moderator:en", "author:en", "editor:fa", "translator:fa"):
        answer = Desk(app.test_client(), token_for(app, grant)).call("GET", MAIN, expect=200)
        assert "zzqx" not in answer.text.lower(), grant
        items = data(answer)["items"]
        assert [(item["state"], item["title"]) for item in items] == [
            ("missing", None), ("ok", "Known"), ("unpublished", None),
        ]  # fmt: skip
    titles = [item["title"] for item in data(desk.call("GET", MAIN))["items"]]
    assert titles == ["Zzqx secret", "Known", "Zzqx half"]


def test_menus_follow_joined_and_split_articles(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    first, second = desk.published("en", "One"), desk.published("fa", "یک")
    for locale in ("en", "fa"):
        make_menu(desk, to("article", id=second["article"]), to("article", id=first["article"]), locale=locale)
    group = desk.call("GET", f"/articles/{first['article']}")
    path = f"/articles/{first['article']}/links"
    desk.call("POST", path, {"article": second["article"]}, if_match=group.headers["ETag"], expect=200)
    for locale, title in (("en", "One"), ("fa", "یک")):
        items = data(desk.call("GET", f"/menus/{locale}/main"))["items"]
        assert [(item["state"], item["title"]) for item in items] == [("ok", title)] * 2
    before = desk.call("GET", "/menus/fa/main").headers["ETag"]
    group = desk.call("GET", f"/articles/{first['article']}")
    alone = data(desk.call("DELETE", f"{path}/fa", if_match=group.headers["ETag"], expect=200))
    menu = desk.call("GET", "/menus/fa/main")
    assert [item["target"]["id"] for item in data(menu)["items"]] == [alone["article"]] * 2
    assert [item["state"] for item in data(menu)["items"]] == ["ok"] * 2
    assert menu.headers["ETag"] != before
    english = data(desk.call("GET", "/menus/en/main"))["items"]
    assert [item["target"]["id"] for item in english] == [second["article"], first["article"]]
    assert [item["state"] for item in english] == ["ok"] * 2


def test_an_edition_with_a_menu_is_not_deleted(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    make_menu(desk, HOME_ITEM, locale="fa")
    etag = desk.call("GET", "/editions/fa").headers["ETag"]
    desk.refused("DELETE", "/editions/fa", status=409, code="conflict", if_match=etag)
    menu = desk.call("GET", "/menus/fa/main").headers["ETag"]
    desk.call("DELETE", "/menus/fa/main", if_match=menu, expect=204)
    etag = desk.call("GET", "/editions/fa").headers["ETag"]
    desk.call("DELETE", "/editions/fa", if_match=etag, expect=204)


def test_labels_are_cleaned_and_checked(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    body = {"items": [{"label": "  درباره ي ما  ", **HOME_ITEM}]}
    answer = desk.call("PUT", "/menus/fa/main", body, if_none_match="*", expect=201)
    assert data(answer)["items"][0]["label"] == "درباره ي ما"
    assert answer.json is not None
    assert "arabic_letter" in [warning["code"] for warning in answer.json["meta"]["warnings"]]
