"""Feeds as readers' programs fetch them: what is in them, under which addresses, and when they must be fetched anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.http import http_date

from tests.delivery.test_terms import change_term, tag_named, term
from tests.delivery.validity import ATOM, check_atom, check_json_feed, check_rss, parsed, the
from tests.factories import statements, uncached
from tests.newsroom import Desk, data, desk_for, open_house, quick_client
from tests.press import press, press_translations

BASE = "http://127.0.0.1:8000"
FORMATS: dict[str, tuple[str, Callable[[bytes, str], list[Any]]]] = {
    "atom": ("application/atom+xml", check_atom),
    "rss": ("application/rss+xml", check_rss),
    "json": ("application/feed+json", check_json_feed),
}


def fetch(client: FlaskClient, path: str, form: str) -> list[Any]:
    """The entries of a feed, after everything that holds for each feed was checked."""
    answer = client.get(f"{quote(path)}/feed.{form}")
    assert answer.status_code == 200, (path, answer.text)
    media_type, check = FORMATS[form]
    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["Content-Language"] == path.split("/")[1]
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.headers["ETag"].startswith('W/"')
    return check(answer.data, f"{BASE}{quote(path)}/feed.{form}")


def titles(client: FlaskClient, path: str) -> list[str]:
    """What a feed lists, the same in all three formats."""
    found = [the(entry, f"{ATOM}title") for entry in fetch(client, path, "atom")]
    assert [the(item, "title") for item in fetch(client, path, "rss")] == found
    assert [item["title"] for item in fetch(client, path, "json")] == found
    return found


def ids(client: FlaskClient, locale: str) -> dict[str, str]:
    """The id of each entry of an edition's feed, by its title."""
    return {the(entry, f"{ATOM}title"): the(entry, f"{ATOM}id") for entry in fetch(client, f"/{locale}", "atom")}


def root_of(client: FlaskClient, path: str) -> etree._Element:
    return parsed(client.get(quote(path)).data)


# What is in them ------------------------------------------------------------------------------


def test_a_feed_holds_the_newest_of_an_edition_a_section_a_tag_and_a_kind(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    park = term(desk, "sections", {"en": {"name": "Parks"}}, parent=city["id"])
    days = [f"2026-11-0{day}T10:00:00Z" for day in (1, 2, 3, 4)]
    desk.published("en", "Oldest", published_at=days[0], sections=[city["id"]])
    desk.published("en", "Newest", published_at=days[3], tags=["Bread"])
    desk.published("en", "Book", published_at=days[1], kind="book", tags=["Bread"])
    desk.published("en", "About", published_at=days[2], kind="page", sections=[city["id"]])
    bench = desk.published("en", "Bench", published_at=days[2], sections=[park["id"]])
    desk.publish(desk.translate(bench, "fa", title="نیمکت", tags=["نان"]))
    desk.write("en", "Draft", tags=["Bread"])
    assert titles(client, "/en") == ["Newest", "Bench", "Book", "Oldest"]
    assert titles(client, "/en/sections/city") == ["Bench", "Oldest"]
    assert titles(client, "/en/sections/parks") == ["Bench"]
    assert titles(client, "/en/tags/bread") == ["Newest", "Book"]
    assert titles(client, "/en/kinds/book") == ["Book"]
    assert titles(client, "/en/kinds/page") == ["About"]
    assert titles(client, "/fa") == titles(client, "/fa/tags/نان") == ["نیمکت"]
    assert titles(client, "/fa/kinds/book") == titles(client, "/fa/sections/شهر") == []


def test_a_feed_ends_with_the_thirtieth(app: Flask, client: FlaskClient) -> None:
    open_house(app, "sq")
    press(app, "sq", *({"title": f"Lajm {number}"} for number in range(33)))
    assert titles(client, "/sq") == [f"Lajm {number}" for number in range(32, 2, -1)]


def test_an_id_outlives_slug_site_and_counterparts(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", "Bread")
    farsi = desk.published("fa", "نان")
    before = ids(client, "en") | ids(client, "fa")
    assert before == {"Bread": f"urn:uuid:{english['id']}", "نان": f"urn:uuid:{farsi['id']}"}

    def group(article: str) -> str:
        return desk.call("GET", f"/articles/{article}", expect=200).headers["ETag"]

    path = f"/articles/{english['article']}"
    desk.call("POST", f"{path}/links", {"article": farsi["article"]}, if_match=group(english["article"]), expect=200)
    desk.publish(desk.edit(english, slug="loaf"))
    edition = desk.call("GET", "/editions/en", expect=200)
    desk.call("PATCH", "/editions/en", {"base_url": "https://en.example"}, if_match=edition.headers["ETag"], expect=200)
    assert ids(client, "en") | ids(client, "fa") == before
    [entry] = fetch(client, "/fa", "atom")
    assert "https://en.example/loaf" in [link.get("href") for link in entry.findall(f"{ATOM}link")]
    desk.call("DELETE", f"{path}/links/fa", if_match=group(english["article"]), expect=200)
    assert ids(client, "en") | ids(client, "fa") == before


def test_a_feed_names_the_same_feed_of_other_editions(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "ar", "fa", title="Nameh")
    desk = desk_for(app)
    term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    desk.publish(desk.translate(desk.published("en", tags=["Bread"]), "fa", tags=["نان"]))

    def others(path: str) -> dict[str, tuple[str, str]]:
        links = root_of(client, path).findall(f"{ATOM}link")
        feeds = [link for link in links if link.get("type") == "application/atom+xml" and link.get("rel") != "self"]
        return {link.get("hreflang", ""): (link.get("href", ""), link.get("title", "")) for link in feeds}

    assert others("/fa/feed.atom") == {
        "en": (f"{BASE}/en/feed.atom", "\u2068Nameh\u2069"),
        "ar": (f"{BASE}/ar/feed.atom", "\u2068Nameh\u2069"),
    }
    assert others("/en/sections/city/feed.atom") == {
        "fa": (f"{BASE}/fa/sections/{quote('شهر')}/feed.atom", "\u2068شهر – \u2068Nameh\u2069\u2069")
    }
    assert others("/en/tags/bread/feed.atom") == {}  # two tags of two editions, until somebody joins them
    assert set(others("/en/kinds/book/feed.atom")) == {"ar", "fa"}


@pytest.mark.parametrize(
    ("locale", "title"),
    [("en", "Books – Nameh"), ("de", "Books – Nameh"), ("sq", "Libra – Nameh"), ("fa", "کتاب‌ها – \u2068Nameh\u2069")],
)
def test_a_feed_of_a_kind_is_called_so_in_its_own_language(
    app: Flask, client: FlaskClient, locale: str, title: str
) -> None:
    open_house(app, locale, title="Nameh")
    assert the(root_of(client, f"/{locale}/kinds/book/feed.atom"), f"{ATOM}title") == title


def test_a_feed_of_a_section_keeps_its_id_when_it_is_renamed(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    before = the(root_of(client, "/en/sections/city/feed.atom"), f"{ATOM}id")
    change_term(desk, "sections", city["id"], names={"en": {"name": "Town", "slug": "town"}})
    assert the(root_of(client, "/en/sections/town/feed.atom"), f"{ATOM}id") == before
    assert the(root_of(client, "/fa/sections/شهر/feed.atom"), f"{ATOM}id") != before


# Under which addresses ------------------------------------------------------------------------


@uncached()
def test_feeds_keep_their_ids_when_the_house_moves(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_house(app, "en", "fa")
    paths = [f"/{locale}{below}/feed.atom" for locale in ("en", "fa") for below in ("", "/kinds/book", "/kinds/brief")]

    def names() -> list[str]:
        return [the(root_of(client, path), f"{ATOM}id") for path in paths]

    before = names()
    assert len(set(before)) == len(paths)
    moved = replace(app.config["SETTINGS"], base_url="https://moved.example")
    monkeypatch.setitem(app.config, "SETTINGS", moved)
    links = root_of(client, paths[0]).findall(f"{ATOM}link")
    assert links[0].get("href") == "https://moved.example/en/feed.atom"
    assert names() == before


@pytest.mark.parametrize("form", FORMATS)
def test_a_former_slug_leads_to_the_feed_of_the_present_one(app: Flask, client: FlaskClient, form: str) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    city = term(desk, "sections", {"fa": {"name": "شهر"}})
    desk.published("fa", "نان", tags=["گندم"])
    change_term(desk, "sections", city["id"], names={"fa": {"name": "شهرک", "slug": "شهرک"}})
    change_term(desk, "tags", tag_named(desk, "tags", "گندم"), names={"fa": {"name": "جو", "slug": "جو"}})
    for before, now in (("sections/شهر", "sections/شهرک"), ("tags/گندم", "tags/جو")):
        answer = client.get(f"/fa/{before}/feed.{form}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == quote(f"/fa/{now}/feed.{form}")
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert data(answer) == {"slug": now.partition("/")[2], "url": f"{BASE}/fa/{now}/feed.{form}"}
        assert client.get(answer.headers["Location"]).status_code == 200


def test_what_is_no_feed_is_404(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    term(desk, "tags", {"en": {"name": "Unused"}})
    desk.write("en", tags=["Secret"])
    for path in (
        "/sq/feed.atom",
        "/xx/feed.atom",
        "/en/feed.xml",
        "/en/feed",
        "/en/feed.atom/",
        "/en/kinds/poem/feed.rss",
        "/en/kinds/Book/feed.rss",
        "/en/sections/nowhere/feed.json",
        "/en/tags/unused/feed.atom",
        "/en/tags/secret/feed.atom",
        "/en/people/ana/feed.atom",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get("/en/feed.atom?page=2").status_code == 422
    assert client.post("/en/feed.atom").status_code == 405
    change = desk.call("GET", "/editions/fa", expect=200)
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=change.headers["ETag"], expect=200)
    refused = client.get("/fa/feed.atom")
    assert (refused.status_code, refused.headers["Content-Language"]) == (404, "fa")
    assert "/fa/feed" not in client.get("/en/feed.atom").text


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/xml", "application/atom+xml", "image/png"])
def test_a_feed_is_given_to_whoever_asks(app: Flask, client: FlaskClient, form: str, accept: str | None) -> None:
    open_house(app, "en")
    answer = client.get(f"/en/feed.{form}", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.mimetype) == (200, FORMATS[form][0])


@pytest.mark.parametrize("form", FORMATS)
def test_head_says_what_get_would(app: Flask, client: FlaskClient, form: str) -> None:
    open_house(app, "en")
    get, head = client.get(f"/en/feed.{form}"), client.head(f"/en/feed.{form}")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Content-Language"):
        assert head.headers[name] == get.headers[name], name
    options = client.options(f"/en/feed.{form}", headers={"Origin": "https://x.example"})
    assert (options.status_code, options.headers["Access-Control-Allow-Origin"]) == (204, "*")


# When they must be fetched anew ---------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/en/feed.atom", "/en/feed.rss", "/en/feed.json", "/sitemap.xml", "/sitemaps/en/1.xml"]
)
def test_what_did_not_change_is_304_by_its_tag(app: Flask, client: FlaskClient, path: str) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    first = desk.published("en", "One")
    etag = client.get(path).headers["ETag"]
    kept = client.get(path, headers={"If-None-Match": etag})
    assert (kept.status_code, kept.data, kept.headers["ETag"]) == (304, b"", etag)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
        desk.publish(desk.edit(first, slug="won"))
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 200


def ask_since(client: FlaskClient, path: str, since: datetime, **more: str) -> int:
    return client.get(path, headers={"If-Modified-Since": http_date(since)} | more).status_code


@uncached()
@pytest.mark.parametrize("path", ["/en/feed.atom", "/en/feed.json", "/sitemap.xml", "/sitemaps/en/sections.xml"])
def test_what_did_not_change_is_304_by_its_time(app: Flask, client: FlaskClient, path: str) -> None:
    noon, minute = datetime(2031, 5, 1, 12, tzinfo=UTC), timedelta(minutes=1)
    with time_machine.travel(noon + minute / 200, tick=False) as clock:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        made = desk.published("en", "One")
        assert client.get(path).last_modified is None  # another change of this second may be under way
        assert ask_since(client, path, noon + minute) == 200
        clock.move_to(noon + 2 * minute)
        assert client.get(path).last_modified == noon
        assert ask_since(client, path, noon) == ask_since(client, path, noon + minute) == 304
        assert ask_since(client, path, noon - minute) == 200
        assert ask_since(client, path, noon, **{"If-None-Match": '"other"'}) == 200
        desk.step(made, "unpublish")
        assert ask_since(client, path, noon) == ask_since(client, path, noon + 2 * minute) == 200
        clock.move_to(noon + 4 * minute)
        assert ask_since(client, path, noon + minute) == 200
        assert ask_since(client, path, noon + 2 * minute) == 304
    for nonsense in ("", "yesterday", "Thu, 01 Jan 1970", "x" * 5000, "Mon, 99 Foo 99999 99:99:99 GMT"):
        assert client.get(path, headers={"If-Modified-Since": nonsense}).status_code == 200


def test_work_in_the_newsroom_moves_no_time(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(datetime(2031, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.published("en", "One")
        paths = ("/en/feed.atom", "/sitemap.xml", "/sitemaps/en/1.xml")
        clock.shift(90)
        before = [client.get(path).last_modified for path in paths]
        assert None not in before
        desk.edit(made, title="Two", tags=["Secret"])
        desk.step(desk.write("en", "Draft"), "submit")
        clock.shift(60)
        assert [client.get(path).last_modified for path in paths] == before


def test_a_new_name_of_another_edition_is_a_change(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(datetime(2031, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        clock.shift(90)
        since = client.get("/en/feed.atom").last_modified
        assert since is not None
        etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
        desk.call("PATCH", "/editions/fa", {"title": "نامه"}, if_match=etag, expect=200)
        clock.shift(90)
        assert ask_since(client, "/en/feed.atom", since) == 200
        assert "نامه" in client.get("/en/feed.atom").text


def test_a_feed_takes_as_many_statements_for_thirty_as_for_one(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    client = quick_client(app)
    desk = desk_for(app)
    section = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})["id"]
    counts: dict[str, set[int]] = {}
    for rows in (1, 30):
        _grow(app, desk, section, rows)
        for path in ("/en", "/en/sections/city", "/en/tags/bread", "/en/kinds/article"):
            for form in FORMATS:
                with statements(app) as sent:
                    answer = client.get(f"{path}/feed.{form}")
                assert answer.status_code == 200
                counts.setdefault(path, set()).add(len(sent))
    assert counts == {"/en": {3}, "/en/sections/city": {5}, "/en/tags/bread": {5}, "/en/kinds/article": {3}}


def _grow(app: Flask, desk: Desk, section: str, rows: int) -> None:
    works = press(
        app,
        "en",
        *(
            {
                "title": f"Work {number}",
                "tags": ["Bread", f"Tag {number}"],
                "authors": [f"Author {number}"],
                "sections": [UUID(section)],
            }
            for number in range(rows)
        ),
    )
    press_translations(app, "fa", dict.fromkeys(works, "کار"))
