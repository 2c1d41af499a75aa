"""What an old path may lead to beside a text, that one step is always enough, and that what was withdrawn gives way."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.content.test_redirects import kept, remove
from tests.delivery.test_resolve import BASE, lead, resolve, settle, status
from tests.delivery.test_terms import change_term, tag_named, term
from tests.invariants import broken_invariants
from tests.newsroom import Desk, data, desk_for, open_house, read

Row = dict[str, Any]


@pytest.fixture
def desk(app: Flask) -> Any:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def body_to(path: str, locale: str = "en", **target: Any) -> Row:
    return {"locale": locale, "path": path, "target": target}


def lead_to(desk: Desk, path: str, locale: str = "en", **target: Any) -> Row:
    return data(desk.call("POST", "/redirects", body_to(path, locale, **target), expect=201))  # type: ignore[no-any-return]


def refuse(desk: Desk, path: str, status: int, code: str, at: str | None = None, **target: Any) -> None:
    desk.refused("POST", "/redirects", body_to(path, **target), status=status, code=code, at=at)


def goes_to(client: FlaskClient, path: str) -> str:
    found = resolve(client, path)
    assert found["status"] == 301
    return str(found["location"])


# What it leads to -----------------------------------------------------------------------------


def test_an_old_path_leads_to_an_article_by_its_target(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    row = lead_to(desk, "/old", type="article", id=bread["article"])
    assert row["variant"] == bread["id"]
    assert row["target"] == {"type": "article", "id": bread["article"], "url": None}
    assert data(desk.call("GET", f"/redirects/{row['id']}", expect=200)) == row
    assert goes_to(client, "/old") == f"{BASE}/en/bread"


def test_an_old_path_leads_to_a_section_tag_or_person_wherever_it_lives(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    text = desk.published("en", "Bread", tags=["Oven"], authors=["Mina"])
    ids = {"section": city["id"], "tag": tag_named(desk, "tags", "Oven"), "person": tag_named(desk, "people", "Mina")}
    for type_, term_id in ids.items():
        row = lead_to(desk, f"/old/{type_}", type=type_, id=term_id)
        assert (row["variant"], row["target"]) == (None, {"type": type_, "id": term_id, "url": None})
    assert [goes_to(client, f"/old/{type_}") for type_ in ids] == [
        f"{BASE}/en/{path}" for path in ("sections/city", "tags/oven", "people/mina")
    ]
    found = resolve(client, "/old/section")
    assert (found["type"], found["id"], found["slug"]) == ("section", city["id"], "city")
    assert found["counterparts"]["fa"] == {"url": f"{BASE}/fa/sections/شهر", "reason": "counterpart"}
    change_term(desk, "sections", city["id"], names={"en": {"name": "City", "slug": "town"}})
    assert goes_to(client, "/old/section") == f"{BASE}/en/sections/town"
    desk.step(text, "unpublish")
    assert [status(client, f"/old/{type_}") for type_ in ids] == [301, 404, 404]
    desk.publish(text)
    assert [status(client, f"/old/{type_}") for type_ in ids] == [301, 301, 301]


def test_an_old_path_to_a_term_goes_with_it(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    lead_to(desk, "/old", type="section", id=city["id"])
    lead_to(desk, "/old-fa", "fa", type="section", id=city["id"])
    change_term(desk, "sections", city["id"], names={"en": None})
    assert (status(client, "/old"), status(client, "/old-fa")) == (404, 301)
    path = f"/sections/{city['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path, expect=200).headers["ETag"], expect=204)
    assert (status(client, "/old-fa"), kept(desk)) == (404, [])
    lead(desk, "/old-fa", desk.published("fa", "نان"))


def test_an_old_path_leads_to_an_address(client: FlaskClient, desk: Desk) -> None:
    row = lead_to(desk, "/old", type="url", url="https://shop.example/کتاب?a=1#b")
    assert row["target"] == {"type": "url", "id": None, "url": "https://shop.example/کتاب?a=1#b"}
    found = resolve(client, "/old")
    assert (found["type"], found["id"], found["slug"], found["status"]) == ("url", None, None, 301)
    assert found["location"] == "https://shop.example/کتاب?a=1#b"
    assert found["counterparts"]["fa"] == {"url": f"{BASE}/fa", "reason": "home"}
    lead_to(desk, "/older", type="url", url="/about.html")
    assert goes_to(client, "/older") == f"{BASE}/about.html"
    remove(desk, row)
    assert status(client, "/old") == 404


NO_ADDRESSES = (
    None, "", 7, "old", "?p=1", "#top", "//evil.example/x", "javascript:alert(1)", "data:text/html,x",
    "mailto:a@b.example", "ftp://x.example/", "https://user:pass@x.example/", "https://x.example\\@y.example/",
    "/old\u202e", "/\\evil.example", "https://", "/x%00",
)  # fmt: skip


def test_what_is_no_target_is_refused(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    for url in NO_ADDRESSES:
        refuse(desk, "/old", 422, "invalid", "/target/url", type="url", url=url)
    refuse(desk, "/old", 422, "invalid", "/target/url", type="url")
    refuse(desk, "/old", 422, "invalid", "/target/id", type="section")
    refuse(desk, "/old", 422, "invalid", "/target/id", type="url", url="https://x.example/", id=bread["article"])
    refuse(desk, "/old", 422, "invalid", "/target/url", type="article", url="https://x.example/", id=bread["article"])
    refuse(desk, "/old", 422, "invalid", "/target/type", type="edition", id=bread["article"])
    both = body_to("/old", type="article", id=bread["article"]) | {"article": bread["article"]}
    desk.refused("POST", "/redirects", both, status=422, code="invalid", at="/target")
    for type_ in ("section", "tag", "person", "article"):
        refuse(desk, "/old", 404, "not_found", type=type_, id=bread["id"])
    farsi = term(desk, "sections", {"fa": {"name": "شهر"}})
    refuse(desk, "/old", 404, "not_found", type="section", id=farsi["id"])
    refuse(desk, "/old", 404, "not_found", type="tag", id=farsi["id"])


def test_only_who_may_publish_in_an_edition_has_its_paths_lead_anywhere(app: Flask, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}})
    targets: tuple[Row, ...] = (
        {"type": "section", "id": city["id"]},
        {"type": "url", "url": "https://x.example/"},
    )
    for grant in ("author:en", "translator:en", "moderator:en", "editor:fa", "admin:fa"):
        for target in targets:
            refuse(desk_for(app, grant), "/old", 403, "forbidden", **target)
    for number, target in enumerate(targets):
        lead_to(desk_for(app, "editor:en"), f"/old-{number}", **target)
    body = body_to("/old", "de", type="url", url="https://x.example/")
    desk.refused("POST", "/redirects", body, status=404, code="not_found")


def test_an_edition_that_has_old_paths_stays(desk: Desk) -> None:
    lead_to(desk, "/old", "fa", type="url", url="https://x.example/")
    etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    desk.refused("DELETE", "/editions/fa", status=409, code="conflict", if_match=etag)


# One step is enough ---------------------------------------------------------------------------


def test_an_address_of_a_page_of_ours_leads_to_where_that_lives(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    lead_to(desk, "/old", type="url", url="/en/bread")
    lead_to(desk, "/older", "fa", type="url", url=f"{BASE}/en/bread?utm_source=x")
    desk.publish(desk.edit(bread, slug="loaf"))
    for path in ("/old", "/older"):
        found = resolve(client, path)
        assert (found["status"], found["location"], found["id"]) == (301, f"{BASE}/en/loaf", bread["article"])
        assert resolve(client, found["location"])["status"] == 200
    lead_to(desk, "/oldest", type="url", url="/en/bread")
    assert goes_to(client, "/oldest") == f"{BASE}/en/loaf"
    desk.step(bread, "unpublish")
    assert [status(client, path) for path in ("/old", "/older", "/oldest")] == [410, 410, 410]
    refuse(desk, "/next", 422, "invalid", "/target/url", type="url", url="/en/loaf")


def test_no_old_path_leads_to_another_nor_in_a_circle(client: FlaskClient, desk: Desk) -> None:
    lead_to(desk, "/one", type="url", url="/two")
    refuse(desk, "/two", 409, "conflict", type="url", url="/three")
    refuse(desk, "/two", 409, "conflict", type="url", url="/one")
    refuse(desk, "/TWO/", 409, "conflict", type="url", url="https://x.example/")
    refuse(desk, "/three", 422, "invalid", "/target/url", type="url", url="/one")
    refuse(desk, "/three", 422, "invalid", "/target/url", type="url", url=f"{BASE}/ONE/?x=1")
    desk.refused(
        "POST", "/redirects", body_to("/three", "fa", type="url", url=f"{BASE}/one"), status=422, code="invalid"
    )
    lead_to(desk, "/four", type="url", url="/five?x=1")
    refuse(desk, "/five", 409, "conflict", type="url", url="https://x.example/")  # it would lead on from there too
    lead_to(desk, "/fiv", type="url", url="https://x.example/")
    refuse(desk, "/self", 422, "invalid", "/target/url", type="url", url="/self")
    lead_to(desk, "/elsewhere", type="url", url="https://x.example/elsewhere")
    settle(desk, "fa", "https://fa.example")
    lead_to(desk, "/two", "fa", type="url", url="https://x.example/")  # on another host
    assert goes_to(client, f"{BASE}/one") == f"{BASE}/two"


def test_sites_that_come_to_one_host_lead_nobody_in_a_circle(client: FlaskClient, desk: Desk) -> None:
    settle(desk, "en", "https://en.example")
    settle(desk, "fa", "https://fa.example")
    lead_to(desk, "/x", type="url", url="/y")
    lead_to(desk, "/y", "fa", type="url", url="/x")
    assert goes_to(client, "https://en.example/x") == "https://en.example/y"
    settle(desk, "fa", "https://en.example/fa")
    assert [status(client, f"https://en.example/{path}") for path in "xy"] == [404, 404]


def test_a_path_that_a_page_hides_is_no_target_either(client: FlaskClient, desk: Desk) -> None:
    lead_to(desk, "/en/bread", type="url", url="https://x.example/bread")
    bread = desk.published("en", "Bread")
    refuse(desk, "/old", 422, "invalid", "/target/url", type="url", url="/en/bread")
    lead_to(desk, "/old", type="article", id=bread["article"])
    assert goes_to(client, "/old") == f"{BASE}/en/bread"


# What was withdrawn gives way -----------------------------------------------------------------


def test_the_address_of_what_was_withdrawn_is_led_on_by_hand(client: FlaskClient, desk: Desk) -> None:
    gone, bread = desk.published("en", "Gone"), desk.published("en", "Bread")
    city = term(desk, "sections", {"en": {"name": "City"}})
    desk.step(gone, "unpublish")
    assert client.get("/v1/en/articles/gone").status_code == status(client, "/en/gone") == 410
    row = lead(desk, "/en/gone", bread)
    assert goes_to(client, "/en/gone") == goes_to(client, "/en/gone?utm_source=x") == f"{BASE}/en/bread"
    answer = client.get("/v1/en/articles/gone?fields=title")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/v1/en/articles/bread?fields=title")
    assert data(answer) == {"slug": "bread", "url": f"{BASE}/en/bread"}
    assert client.get("/v1/en/articles/gone/related").headers["Location"] == "/v1/en/articles/bread/related"
    remove(desk, row)
    assert client.get("/v1/en/articles/gone").status_code == status(client, "/en/gone") == 410
    for target, location, slug in (
        ({"type": "section", "id": city["id"]}, "/v1/en/sections/city", "city"),
        ({"type": "url", "url": "https://x.example/"}, "https://x.example/", None),
    ):
        row = lead_to(desk, "/en/gone", **target)
        answer = client.get("/v1/en/articles/gone?fields=title")
        assert (answer.status_code, answer.headers["Location"], data(answer).get("slug")) == (301, location, slug)
        remove(desk, row)


def test_what_lives_comes_before_what_was_led_on_by_hand(client: FlaskClient, desk: Desk) -> None:
    gone, bread = desk.published("en", "Gone"), desk.published("en", "Bread")
    desk.step(gone, "unpublish")
    lead(desk, "/en/gone", bread)
    desk.publish(gone)
    assert status(client, "/en/gone") == client.get("/v1/en/articles/gone").status_code == 200
    desk.publish(desk.edit(gone, slug="here"))
    assert goes_to(client, "/en/gone") == f"{BASE}/en/here"
    desk.step(gone, "unpublish")
    assert goes_to(client, "/en/gone") == f"{BASE}/en/bread"
    desk.step(bread, "unpublish")
    assert status(client, "/en/gone") == client.get("/v1/en/articles/gone").status_code == 410
    assert read(client, "/en/articles/gone", expect=410)["code"] == "gone"
