"""`/v1/resolve`: what any address of any edition leads to, however it is written, and nothing of what is not public."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.delivery.test_terms import change_term, term
from tests.factories import database_digest, statements
from tests.newsroom import Desk, data, desk_for, open_house

BASE = "http://127.0.0.1:8000"
Answer = dict[str, Any]


def resolve(client: FlaskClient, url: str) -> Answer:
    """What the address leads to."""
    answer = client.get("/v1/resolve", query_string={"url": url})
    assert answer.status_code == 200, (url, answer.text)
    found: Answer = data(answer)
    assert answer.headers["Content-Language"] == found["locale"]
    assert ("location" in found) == (found["status"] == 301)
    assert found["locale"] not in found["counterparts"]
    return found


def status(client: FlaskClient, url: str) -> int:
    """200, 301 or 410 as a site answers there; else the status of the refusal."""
    answer = client.get("/v1/resolve", query_string={"url": url})
    return int(data(answer)["status"] if answer.status_code == 200 else answer.status_code)


def reasons(found: Answer) -> dict[str, tuple[str, str]]:
    """Where readers of the other editions are sent, below the house's own address, and why."""
    assert all(one["url"].startswith(BASE) for one in found["counterparts"].values())
    return {locale: (one["url"].removeprefix(BASE), one["reason"]) for locale, one in found["counterparts"].items()}


def settle(desk: Desk, locale: str, base_url: str) -> None:
    """Give an edition a site of its own."""
    edition = desk.call("GET", f"/editions/{locale}", expect=200)
    desk.call("PATCH", f"/editions/{locale}", {"base_url": base_url}, if_match=edition.headers["ETag"], expect=200)


def lead(desk: Desk, path: str, variant: Answer) -> Answer:
    """Make an old path lead to a text."""
    body = {"locale": variant["locale"], "path": path, "article": variant["article"]}
    made: Answer = data(desk.call("POST", "/redirects", body, expect=201))
    return made


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


# What there is --------------------------------------------------------------------------------


def test_every_kind_of_place_says_what_it_is(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    bread = desk.published(
        "en",
        "Bread",
        sections=[city["id"]],
        tags=["Oven"],
        authors=["Ann"],
        translators=["Ben"],
        published_at="2026-03-05T10:00:00Z",
    )
    page = desk.published("en", "About us", kind="page")
    ids = {path: data(desk.call("GET", f"/{path}", expect=200))[0]["id"] for path in ("tags", "people")}
    wanted = {
        "": ("edition", None, ""),
        "/bread": ("article", bread["article"], "bread"),
        "/about-us": ("article", page["article"], "about-us"),
        "/sections/city": ("section", city["id"], "city"),
        "/tags/oven": ("tag", ids["tags"], "oven"),
        "/people/ann": ("person", ids["people"], "ann"),
        "/archive": ("archive", None, ""),
        "/archive/2026": ("archive", None, "2026"),
        "/archive/2026/3": ("archive", None, "2026/3"),
        "/archive/2026/03": ("archive", None, "2026/3"),
    }
    for path, (type_, id_, slug) in wanted.items():
        found = resolve(client, f"/en{path}")
        shown = {name: found[name] for name in ("type", "locale", "id", "slug", "status")}
        assert shown == {"type": type_, "locale": "en", "id": id_, "slug": slug, "status": 200}, path


NOWHERE = (
    "/",
    "/de",
    "/en/nothing",
    "/en/sections",
    "/en/sections/nothing",
    "/en/tags/bread",
    "/en/people/",
    "/en/kinds/nothing",
    "/en/search",
    "/en/archive/2025",
    "/en/archive/2026/4",
    "/en/archive/2026/13",
    "/en/archive/2026/0",
    "/en/archive/0",
    "/en/archive/99999",
    "/en/archive/٢٠٢٦",
    "/en/archive/2026/3/5",
    "/en/bread/extra",
    "/en/feed.atom",
    "/enbread",
    "/v1/en/articles/bread",
)


def test_where_there_is_nothing_nothing_is_found(client: FlaskClient, desk: Desk) -> None:
    desk.published("en", "Bread", published_at="2026-03-05T10:00:00Z")
    for path in NOWHERE:
        answer = client.get("/v1/resolve", query_string={"url": path})
        assert (answer.status_code, (answer.json or {})["code"]) == (404, "not_found"), path


def test_an_archive_is_counted_in_the_editions_own_calendar(client: FlaskClient, desk: Desk) -> None:
    desk.published("fa", "نان", published_at="2026-03-19T20:29:59Z")  # 28 Esfand 1404, a second before midnight
    desk.published("fa", "نان", published_at="2026-03-20T20:30:00Z")  # 1 Farvardin 1405
    desk.published("fa", "درباره", kind="page", published_at="2024-03-20T20:30:00Z")
    paths = ("1404/12", "1405/1", "1405", "1404/11", "1405/2", "2026/3", "1403")
    assert [status(client, f"/fa/archive/{path}") for path in paths] == [200, 200, 200, 404, 404, 404, 404]


# What moved, what went, what never was --------------------------------------------------------


def test_the_archive_itself_is_a_page_once_something_was_published(client: FlaskClient, desk: Desk) -> None:
    assert status(client, "/en/archive") == 404
    desk.published("en", "Bread")
    desk.published("fa", "نان")
    found = resolve(client, "/en/archive/")
    assert (found["type"], found["slug"], found["id"], found["status"]) == ("archive", "", None, 200)
    assert reasons(found) == {"fa": ("/fa/archive", "counterpart"), "ar": ("/ar", "home"), "sq": ("/sq", "home")}


def test_old_slugs_lead_to_the_present_one_of_every_kind(client: FlaskClient, desk: Desk) -> None:
    section = term(desk, "sections", {"en": {"name": "City"}})
    bread = desk.published("en", "Bread", sections=[section["id"]], tags=["Oven"], authors=["Ann"])
    tag, person = (data(desk.call("GET", f"/{path}", expect=200))[0] for path in ("tags", "people"))
    for slug in ("loaf", "crust"):
        desk.publish(desk.edit(bread, slug=slug))
    for path, one in (("sections", section), ("tags", tag), ("people", person)):
        for slug in ("second", "third"):
            change_term(desk, path, one["id"], names={"en": {"name": "Other", "slug": slug}})
    moved = {
        "/bread": "/crust",
        "/loaf": "/crust",
        "/LOAF/": "/crust",
        "/sections/city": "/sections/third",
        "/sections/second": "/sections/third",
        "/tags/oven": "/tags/third",
        "/tags/second": "/tags/third",
        "/people/ann": "/people/third",
        "/people/second": "/people/third",
    }
    for old, new in moved.items():
        found, there = resolve(client, f"/en{old}"), resolve(client, f"/en{new}")
        assert (found["status"], found["location"]) == (301, f"{BASE}/en{new}"), old
        assert there["status"] == 200
        assert found | {"status": 200, "location": None} == there | {"location": None}


def test_a_former_slug_never_leads_away_from_what_lives_there(client: FlaskClient, desk: Desk) -> None:
    first = desk.published("en", "One")
    desk.publish(desk.edit(first, slug="uno"))
    second = desk.publish(desk.write("en", "Two", slug="one"))
    assert resolve(client, "/en/one")["id"] == second["article"]
    desk.publish(desk.edit(second, slug="dos"))
    assert resolve(client, "/en/one")["location"] == f"{BASE}/en/dos"


def test_what_was_withdrawn_is_gone_under_every_address_and_nothing_of_it_is_named(
    client: FlaskClient, desk: Desk
) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    bread = desk.published("en", "Bread", sections=[city["id"]])
    desk.publish(desk.translate(bread, "fa", title="نان"))
    lead(desk, "/2014/05/old-name.html", bread)
    desk.publish(desk.edit(bread, slug="loaf"))
    desk.step(bread, "unpublish")
    home = {locale: {"url": f"{BASE}/{locale}", "reason": "home"} for locale in ("ar", "fa", "sq")}
    gone = {"type": "article", "locale": "en", "id": None, "slug": None, "status": 410, "counterparts": home}
    for path in ("/en/loaf", "/en/bread", "/2014/05/old-name.html"):
        assert resolve(client, path) == gone
    desk.publish(bread)
    assert [status(client, path) for path in ("/en/loaf", "/en/bread", "/2014/05/old-name.html")] == [200, 301, 301]


def told(client: FlaskClient, url: str) -> tuple[bytes, dict[str, str]]:
    """An answer but for what differs from one request to the next."""
    answer = client.get("/v1/resolve", query_string={"url": url})
    assert answer.status_code == 404
    id_ = (answer.json or {})["request_id"]
    headers = {name: value for name, value in answer.headers.items() if value != id_}
    return answer.data.replace(id_.encode(), b""), headers


def test_what_was_never_published_is_missing_to_the_last_byte(app: Flask, client: FlaskClient, desk: Desk) -> None:
    nothing = told(client, "/en/nothing")
    draft = desk.write("en", "Secret", tags=["Hidden"], authors=["Nobody"])
    lead(desk, "/old", draft)
    lead(desk, "/?p=7", draft)
    planned = desk.write("en", "Planned")
    desk.step(planned, "schedule", publish_at="2999-01-01T00:00:00Z")
    binned = desk.write("en", "Binned")
    etag = desk.variant(binned["article"], "en").headers["ETag"]
    desk.call("DELETE", f"/articles/{binned['article']}/variants/en", if_match=etag, expect=204)
    desk.edit(desk.published("en", "Public"), slug="not-yet")
    paths = (
        "/en/secret",
        "/en/planned",
        "/en/binned",
        "/en/not-yet",
        "/en/tags/hidden",
        "/en/people/nobody",
        "/old",
        "/?p=7",
        f"/en/{uuid4()}",
    )
    before = database_digest(app)
    for path in paths:
        assert told(client, path) == nothing, path
    assert database_digest(app) == before


# Old paths ------------------------------------------------------------------------------------


def test_imported_old_paths_lead_to_the_text(client: FlaskClient, desk: Desk) -> None:
    """On the site's host, wherever its edition's own pages begin there."""
    bread = desk.published("en", "Bread")
    paths = ("/?p=123", "/2014/05/old-name.html", "/2015/%D9%86%D8%A7%D9%86/", "/show.php?id=AbC&page=2", "/en/2014/x")
    for path in paths:
        lead(desk, path, bread)
    same = (
        *paths,
        "//127.0.0.1:8000/?p=123#more",
        "/2014/05/Old-Name.HTML/",
        "/2014//05/old%2Dname.html?utm_source=x",
        "/2015/نان",
        "/2015/%d9%86ان",
        "/Show.php?id=%41bC&page=2",
    )
    for path in same:
        for start in ("", BASE) if path.startswith("/") and not path.startswith("//") else ("",):
            found = resolve(client, f"{start}{path}")
            assert (found["status"], found["location"]) == (301, f"{BASE}/en/bread"), path
            assert (found["type"], found["id"], found["slug"]) == ("article", bread["article"], "bread")
    for path in ("/?p=12", "/?P=123", "/", "/show.php", "/show.php?id=abc&page=2", "/2014/05", "/en/2014"):
        assert status(client, path) == 404, path
    assert status(client, "https://example.org/?p=123") == 404


def test_an_old_path_follows_its_text_in_one_step(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    lead(desk, "/old", bread)
    lead(desk, "/older", bread)
    for slug in ("loaf", "crust"):
        desk.publish(desk.edit(bread, slug=slug))
    for path in ("/old", "/older", "/en/bread", "/en/loaf"):
        assert resolve(client, path)["location"] == f"{BASE}/en/crust"
    settle(desk, "en", "https://news.example")
    assert resolve(client, "https://news.example/old")["location"] == "https://news.example/crust"
    assert status(client, f"{BASE}/old") == 404


def test_a_query_names_an_old_page_beside_the_front_page(client: FlaskClient, desk: Desk) -> None:
    """`/?p=123` is no address of the site that begins at `/`; no query hides another page of it."""
    settle(desk, "en", "https://news.example")
    bread = desk.published("en", "Bread")
    milk = desk.published("en", "Milk")
    lead(desk, "/?p=123", bread)
    body = {"locale": "en", "path": "/milk?lang=fa", "article": bread["article"]}
    desk.refused("POST", "/redirects", body, status=409, code="conflict")
    assert resolve(client, "https://news.example/?p=123")["location"] == "https://news.example/bread"
    assert resolve(client, "https://news.example/?p=124")["type"] == "edition"
    assert resolve(client, "https://news.example/")["type"] == "edition"
    for path in ("/milk", "/milk/?lang=fa", "/milk?"):
        found = resolve(client, f"https://news.example{path}")
        assert (found["status"], found["id"]) == (200, milk["article"])


def test_one_old_path_of_two_sites_leads_to_the_text_of_each(client: FlaskClient, desk: Desk) -> None:
    settle(desk, "fa", "https://fa.example")
    lead(desk, "/?p=1", desk.published("en", "Bread"))
    lead(desk, "/?p=1", desk.published("fa", "نان"))
    lead(desk, "/fa/old", desk.published("sq", "Buka"))
    assert resolve(client, f"{BASE}/?p=1")["locale"] == "en"
    assert resolve(client, "https://fa.example/?p=1")["locale"] == "fa"
    assert resolve(client, "/?p=1")["locale"] == "fa"  # it lies in that site, and only on the host of the other
    assert resolve(client, f"{BASE}/fa/old")["locale"] == "sq"
    assert status(client, "https://fa.example/fa/old") == 404


# Counterparts ---------------------------------------------------------------------------------


def test_each_other_edition_is_named_with_the_best_it_has(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}, "ar": {"name": "مدينة"}})
    parks = term(desk, "sections", {"en": {"name": "Parks"}, "ar": {"name": "حدائق"}}, parent=city["id"])
    bench = desk.published("en", "Bench", sections=[parks["id"]])
    around = {
        "ar": ("/ar/sections/حدائق", "section"),
        "fa": ("/fa/sections/شهر", "section"),
        "sq": ("/sq", "home"),
    }
    assert reasons(resolve(client, "/en/bench")) == around
    arabic = desk.translate(bench, "ar", title="مقعد")
    assert reasons(resolve(client, "/en/bench")) == around
    desk.publish(arabic)
    assert reasons(resolve(client, "/en/bench")) == around | {"ar": ("/ar/مقعد", "counterpart")}
    albanian = desk.publish(desk.translate(bench, "sq", title="Stoli i ri"))
    both = around | {"ar": ("/ar/مقعد", "counterpart"), "sq": ("/sq/stoli-i-ri", "counterpart")}
    assert reasons(resolve(client, "/en/bench")) == both
    assert reasons(resolve(client, "/en/bench?x=1")) == both
    desk.publish(desk.edit(albanian, slug="stol"))
    assert reasons(resolve(client, "/en/bench"))["sq"] == ("/sq/stol", "counterpart")
    assert reasons(resolve(client, "/sq/stoli-i-ri"))["en"] == ("/en/bench", "counterpart")
    desk.step(albanian, "unpublish")
    assert reasons(resolve(client, "/en/bench"))["sq"] == ("/sq", "home")


def test_sections_tags_people_and_front_pages_have_counterparts_too(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    term(desk, "sections", {"en": {"name": "Parks"}}, parent=city["id"])
    oven = term(desk, "tags", {"en": {"name": "Oven"}, "fa": {"name": "تنور"}, "sq": {"name": "Furrë"}})
    desk.published("en", "Bread", tags=["Oven"], published_at="2026-03-05T10:00:00Z")
    desk.published("fa", "نان", tags=["تنور"])
    home = {locale: (f"/{locale}", "home") for locale in ("ar", "fa", "sq")}
    assert reasons(resolve(client, "/en")) == reasons(resolve(client, "/en/archive/2026")) == home
    archives = {"fa": ("/fa/archive", "counterpart")}  # the others have published nothing
    assert reasons(resolve(client, "/en/archive")) == home | archives
    expected = home | {"fa": ("/fa/sections/شهر", "counterpart")}
    assert reasons(resolve(client, "/en/sections/city")) == expected
    assert reasons(resolve(client, "/en/sections/parks")) == home | {"fa": ("/fa/sections/شهر", "section")}
    found = resolve(client, "/en/tags/oven")
    assert found["id"] == oven["id"]
    assert reasons(found) == home | {"fa": ("/fa/tags/تنور", "counterpart")}


def test_an_old_path_has_the_counterparts_of_its_text(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    desk.publish(desk.translate(bread, "fa", title="نان"))
    lead(desk, "/?p=5", bread)
    assert reasons(resolve(client, "/?p=5")) == reasons(resolve(client, "/en/bread"))


def test_every_address_that_is_named_is_found_again(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    desk.publish(desk.translate(desk.published("en", "Bread", sections=[city["id"]]), "fa", title="نان"))
    waiting, seen = ["/en/bread"], set[str]()
    while waiting:
        url = waiting.pop()
        found = resolve(client, url)
        assert found["status"] == 200
        new = {one["url"] for one in found["counterparts"].values()} - seen
        seen |= new
        waiting += new
    assert {f"{BASE}/fa/نان", f"{BASE}/en/bread", f"{BASE}/sq"} <= seen


# What it costs --------------------------------------------------------------------------------


def test_the_answer_is_kept_and_condition_and_version_follow_what_it_says(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    first = client.get("/v1/resolve?url=/en/bread")
    assert first.headers["Cache-Control"].startswith("public")
    etag = first.headers["ETag"]
    assert client.get("/v1/resolve?url=/en/bread", headers={"If-None-Match": etag}).status_code == 304
    assert client.head("/v1/resolve?url=/en/bread").headers["ETag"] == etag
    lead(desk, "/old", bread)
    assert int(client.get("/v1/resolve?url=/old").headers["X-Content-Version"]) > int(
        first.headers["X-Content-Version"]
    )


def test_the_number_of_statements_does_not_grow(app: Flask, client: FlaskClient, desk: Desk) -> None:
    def cost(url: str) -> int:
        with statements(app) as sent:
            client.get("/v1/resolve", query_string={"url": url})
        return len(sent)

    sections: list[Answer] = []
    for number in range(3):
        more = {"parent": sections[-1]["id"]} if sections else {}
        sections.append(term(desk, "sections", {"en": {"name": f"S{number}"}, "sq": {"name": f"S{number}"}}, **more))
    desk.published("en", "First", sections=[sections[0]["id"]])
    few = cost("/en/first")
    bread = desk.published("en", "Bread", sections=[one["id"] for one in sections], tags=["a", "b", "c"])
    for locale in ("ar", "fa"):
        desk.publish(desk.translate(bread, locale))
    for number in range(5):
        lead(desk, f"/old-{number}", bread)
    assert cost("/en/bread") == few <= 6
    assert cost("/old-1?x=y") <= 8
