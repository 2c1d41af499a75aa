"""Sitemaps: every page once and with its counterparts, in parts that keep their addresses and never grow large."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.robotparser import RobotFileParser
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import func, select

from nejat_cms import migrate
from nejat_cms.content.rules.freshness import ORIGINAL
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.actions.editions import continue_roll_out, rebuild
from nejat_cms.delivery.models import Document
from nejat_cms.delivery.rules import sitemaps
from nejat_cms.delivery.rules.documents import Face, iri_to_uri, link_header
from nejat_cms.editions.actions import create_edition
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.permissions import SYSTEM
from tests.delivery.test_statements import MORE
from tests.delivery.test_terms import term
from tests.delivery.validity import SCHEMAS, check_index, check_reciprocity, check_urlset, parsed, validate
from tests.factories import public_reads, statements
from tests.invariants import broken_invariants
from tests.newsroom import Desk, desk_for, open_house, quick_client
from tests.press import press, press_translations
from tests.servers import house_over

BASE = "http://127.0.0.1:8000"
LONGEST_SLUG = "\U00010300" * 120


def parts(client: FlaskClient) -> dict[str, str | None]:
    """The parts that the index names, by their path, each with its `lastmod`."""
    found = check_index(client.get("/sitemap.xml").data)
    return {url.removeprefix(BASE): lastmod for url, lastmod in found.items()}


def pages(client: FlaskClient, *paths: str) -> dict[str, dict[str, str]]:
    """Every page of these parts, or of all, with its alternates by language; no page is in two of them."""
    found: dict[str, dict[str, str]] = {}
    for path in paths or parts(client):
        inside = check_urlset(client.get(path).data)
        assert not inside.keys() & found.keys()
        found |= inside
    return found


def slugs(client: FlaskClient, path: str) -> set[str]:
    return {urlsplit(url).path.rpartition("/")[2] for url in pages(client, path)}


# What is in them ------------------------------------------------------------------------------


def test_the_sitemap_holds_front_pages_sections_and_articles_with_their_counterparts(
    app: Flask, client: FlaskClient
) -> None:
    open_house(app, "fa", "en", "sq")
    desk = desk_for(app)
    term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    english = desk.published("en", "Bread")
    desk.publish(desk.translate(english, "fa", title="نان"))
    desk.published("sq", "Rreth nesh", kind="page")
    desk.write("en", "Draft")
    assert list(parts(client)) == [
        "/sitemaps/fa/sections.xml",
        "/sitemaps/en/sections.xml",
        "/sitemaps/sq/sections.xml",
        "/sitemaps/fa/1.xml",
        "/sitemaps/en/1.xml",
        "/sitemaps/sq/1.xml",
    ]
    found = pages(client)
    check_reciprocity(found)
    bread = {"fa": f"{BASE}/fa/{quote('نان')}", "en": f"{BASE}/en/bread"}
    city = {"fa": f"{BASE}/fa/sections/{quote('شهر')}", "en": f"{BASE}/en/sections/city"}
    home = {locale: f"{BASE}/{locale}" for locale in ("fa", "en", "sq")}
    about = {"sq": f"{BASE}/sq/rreth-nesh"}
    assert found == {
        url: group | {"x-default": group.get("fa", group.get("sq", ""))}
        for group in (home, city, bread, about)
        for url in group.values()
    }


def test_what_asks_not_to_be_indexed_is_neither_a_page_nor_a_counterpart(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "Bread")
    farsi = desk.publish(desk.translate(english, "fa", title="نان"))
    desk.publish(desk.translate(english, "sq", title="Buka"))
    hidden = desk.publish(desk.edit(english, seo={"noindex": True}))
    assert "/sitemaps/en/1.xml" not in parts(client)
    assert client.get("/sitemaps/en/1.xml").status_code == 404
    found = pages(client, "/sitemaps/fa/1.xml", "/sitemaps/sq/1.xml")
    check_reciprocity(found)
    assert {frozenset(links) for links in found.values()} == {frozenset({"fa", "sq", "x-default"})}
    assert 'hreflang="en"' in client.get(f"/v1/fa/articles/{quote(farsi['slug'])}").headers["Link"]
    desk.publish(desk.edit(hidden, seo={"noindex": False}))
    found = pages(client, "/sitemaps/en/1.xml", "/sitemaps/fa/1.xml", "/sitemaps/sq/1.xml")
    check_reciprocity(found)
    assert {frozenset(links) for links in found.values()} == {frozenset({"en", "fa", "sq", "x-default"})}


def test_a_disabled_edition_leaves_every_sitemap(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    desk.publish(desk.translate(desk.published("en", "Bread"), "fa", title="نان"))
    change = desk.call("GET", "/editions/fa", expect=200)
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=change.headers["ETag"], expect=200)
    found = pages(client)
    check_reciprocity(found)
    assert set(found) == {f"{BASE}/en", f"{BASE}/en/bread"}
    assert client.get("/sitemaps/fa/1.xml").status_code == client.get("/sitemaps/fa/sections.xml").status_code == 404


def test_another_default_edition_is_another_x_default_and_another_version(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    desk.publish(desk.translate(desk.published("en", "Bread"), "sq", title="Buka"))
    desk.publish(desk.translate(desk.published("en", "Salt"), "fa", title="نمک"))

    def state() -> tuple[str, str]:
        answer = client.get("/sitemaps/sq/1.xml")
        return answer.headers["X-Content-Version"], answer.headers["ETag"]

    before = state()
    change = desk.call("GET", "/editions/sq", expect=200)
    desk.call("PATCH", "/editions/sq", {"is_default": True}, if_match=change.headers["ETag"], expect=200)
    found = pages(client)
    check_reciprocity(found)
    assert {links["x-default"] for links in found.values()} == {
        f"{BASE}/sq",
        f"{BASE}/sq/buka",
        f"{BASE}/en/salt",
    }
    after = state()
    assert int(after[0]) > int(before[0])
    assert after[1] != before[1]


def test_an_empty_house_has_an_index_and_an_empty_edition_its_front_page(app: Flask, client: FlaskClient) -> None:
    assert parts(client) == {}
    open_house(app, "en")
    assert list(parts(client)) == ["/sitemaps/en/sections.xml"]
    assert list(pages(client)) == [f"{BASE}/en"]


@pytest.mark.parametrize("path", ["/sitemaps/en/0.xml", "/sitemaps/en/2.xml", "/sitemaps/en/1", "/sitemaps/xx/1.xml"])
def test_there_is_no_empty_part(app: Flask, client: FlaskClient, path: str) -> None:
    open_house(app, "en")
    desk_for(app).published("en")
    assert client.get("/sitemaps/en/1.xml").content_type == "application/xml; charset=utf-8"
    assert client.get(path).status_code == 404


# Parts ----------------------------------------------------------------------------------------


def publish(app: Flask, *titles: str) -> list[UUID]:
    return press(app, "en", *({"title": title} for title in titles))


def test_a_page_stays_in_its_part_whatever_comes_and_goes(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "PART_URLS", 3)
    open_house(app, "en")
    desk = desk_for(app)
    works = publish(app, *"abcdefgh")

    def placed() -> list[str]:
        numbered = [path for path in parts(client) if not path.endswith("sections.xml")]
        return [f"{path.rpartition('/')[2][:-4]}:{''.join(sorted(slugs(client, path)))}" for path in numbered]

    def step(number: int, name: str) -> None:
        desk.step({"article": str(works[number]), "locale": "en"}, name)

    assert placed() == ["1:abc", "2:def", "3:gh"]
    step(0, "unpublish")
    assert placed() == ["1:bc", "2:def", "3:gh"]
    works += publish(app, "i", "j")
    assert placed() == ["1:bc", "2:def", "3:ghi", "4:j"]
    step(0, "publish")
    assert placed() == ["1:bc", "2:def", "3:ghi", "4:aj"]
    desk.publish(desk.edit({"article": str(works[1]), "locale": "en"}, lead="More"))
    with app.app_context():
        rebuild()
    assert placed() == ["1:bc", "2:def", "3:ghi", "4:aj"]
    for number in (3, 4, 5):
        step(number, "unpublish")
    assert placed() == ["1:bc", "3:ghi", "4:aj"]
    assert client.get("/sitemaps/en/2.xml").status_code == 404


def test_a_part_that_is_too_large_for_todays_house_empties_itself(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where editions were added, entries are longer: the settings' roll-out moves what is too much to other parts."""
    monkeypatch.setattr(sitemaps, "PART_URLS", 5)
    open_house(app, "en")
    publish(app, *"abcdefg")
    monkeypatch.setattr(sitemaps, "PART_URLS", 2)
    with app.app_context():
        rebuild()
    sizes = [len(pages(client, path)) for path in parts(client) if not path.endswith("sections.xml")]
    assert max(sizes) == 2
    assert sum(sizes) == 7


def test_a_house_from_before_there_were_sitemaps_gets_them(tmp_path: Path, database_url: str) -> None:
    """Its rows survive the migration, and the roll-out writes their entries."""
    with house_over(tmp_path, database_url) as app:
        url = app.config["SETTINGS"].database_url
        open_house(app, "en", "fa")
        press_translations(app, "fa", dict.fromkeys(publish(app, "a", "b", "c"), "کار"))
    migrate.downgrade(url, "0002")
    with house_over(tmp_path, database_url) as app:
        client = app.test_client()
        assert list(parts(client)) == ["/sitemaps/en/sections.xml", "/sitemaps/fa/sections.xml"]
        with app.app_context():
            continue_roll_out()
        assert len(pages(client, "/sitemaps/en/1.xml", "/sitemaps/fa/1.xml")) == 6
        check_reciprocity(pages(client))
    assert broken_invariants(url) == []


def test_the_index_says_when_each_part_changed(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "PART_URLS", 2)
    with time_machine.travel(datetime(2031, 5, 1, 12, tzinfo=UTC), tick=False) as clock:
        open_house(app, "en", "fa")
        works = publish(app, *"abcd")
        assert set(parts(client).values()) == {None, "2031-05-01T12:00:00Z"}
        clock.shift(60)
        etags = {path: client.get(path).headers["ETag"] for path in parts(client)}
        press_translations(app, "fa", {works[2]: "پ"})
        assert parts(client) == {
            "/sitemaps/en/sections.xml": None,
            "/sitemaps/fa/sections.xml": None,
            "/sitemaps/en/1.xml": "2031-05-01T12:00:00Z",
            "/sitemaps/en/2.xml": "2031-05-01T12:01:00Z",  # the page is as it was, its counterparts are not
            "/sitemaps/fa/1.xml": "2031-05-01T12:01:00Z",
        }
        same = [path for path, etag in etags.items() if client.get(path).headers["ETag"] == etag]
        assert same == ["/sitemaps/en/sections.xml", "/sitemaps/fa/sections.xml", "/sitemaps/en/1.xml"]
        assert "<lastmod>2031-05-01T12:00:00Z</lastmod>" in client.get("/sitemaps/en/2.xml").text


def test_no_read_grows_with_the_house(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement for all parts of all editions, and never more rows than a part holds."""
    monkeypatch.setattr(sitemaps, "PART_URLS", 3)
    open_house(app, "en", "fa")
    client = quick_client(app)
    counts: dict[str, set[int]] = {}
    for more in (1, 10, 20):
        press_translations(app, "fa", dict.fromkeys(publish(app, *map(str, range(more))), "کار"))
        for path in ("/sitemap.xml", "/sitemaps/fa/sections.xml", "/sitemaps/fa/1.xml"):
            with statements(app) as sent:
                assert client.get(path).status_code == 200
            counts.setdefault(path, set()).add(len(sent))
    with app.app_context():
        for locale in MORE:
            create_edition(SYSTEM, locale)
    with statements(app) as sent:
        client.get("/sitemap.xml")
    counts["/sitemap.xml"].add(len(sent))
    assert counts == {"/sitemap.xml": {3}, "/sitemaps/fa/sections.xml": {4}, "/sitemaps/fa/1.xml": {3}}
    largest = _largest_part(app)
    assert (largest, len(parts(client)) > 20) == (3, True)


def _largest_part(app: Flask) -> int:
    with app.app_context():
        held = select(func.count()).select_from(Document).group_by(Document.locale, Document.sitemap_part)
        largest = max(db.session.scalars(held))
        end_reading()
        return largest


def test_a_part_asks_for_its_own_rows_and_no_others(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    publish(app, "a")
    asked: list[tuple[str, object]] = []
    with public_reads(lambda sql, values: asked.append((sql, values))):
        client.get("/sitemaps/en/1.xml")
    [(_, bound)] = [(sql, values) for sql, values in asked if "FROM documents" in sql]
    assert bound == {"locale": "en", "part": 1}


# Entries --------------------------------------------------------------------------------------


def facts(locale: str, base_url: str, position: int, *, default: bool = False) -> EditionFacts:
    return EditionFacts(locale, "ltr", locale, "gregorian", "latn", "UTC", base_url, locale, (), position, default)


def face(edition: EditionFacts, slug: str = "bread", **changes: object) -> Face:
    instant = datetime(2026, 11, 23, 10, 30, 0, 250_000, tzinfo=UTC)
    made = Face(
        "work", edition.locale, "article", edition, slug, "Bread", "", [], {}, None, {}, False, instant, instant,
        ORIGINAL, 1,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def shown(*faces: Face) -> dict[str, dict[str, str]]:
    """The pages of a part that holds the entries of all of these."""
    entries = [entry for one in faces if (entry := sitemaps.entry(one, faces))]
    return check_urlset(sitemaps.urlset(entries))


def test_an_entry_is_a_url_with_what_the_schema_wants_in_its_order() -> None:
    house = [facts("en", "https://en.example", 0), facts("fa", "https://fa.example", 1)]
    entry = sitemaps.entry(face(house[1], "نان"), [face(house[0])])
    there = f"https://fa.example/{quote('نان')}"
    assert entry == (
        f"<url><loc>{there}</loc><lastmod>2026-11-23T10:30:00Z</lastmod>"
        '<xhtml:link rel="alternate" hreflang="en" href="https://en.example/bread"/>'
        f'<xhtml:link rel="alternate" hreflang="fa" href="{there}"/>'
        '<xhtml:link rel="alternate" hreflang="x-default" href="https://en.example/bread"/></url>\n'
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(["en", "ar", "fa", "sq", "zh-Hans", "ur"]), st.booleans(), st.booleans()),
        min_size=1,
        unique_by=lambda each: each[0],
    )
)
def test_entries_name_each_other_and_agree_with_the_link_header(house: list[tuple[str, bool, bool]]) -> None:
    faces = [
        face(facts(locale, f"https://{locale.lower()}.example", number, default=default), seo={"noindex": hidden})
        for number, (locale, default, hidden) in enumerate(house)
    ]
    indexed = [one for one in faces if not one.seo["noindex"]]
    assert [sitemaps.entry(one, faces) for one in faces if one.seo["noindex"]] == [None] * (len(faces) - len(indexed))
    if indexed:
        found = shown(*faces)
        check_reciprocity(found)
        for one in indexed:
            links = ", ".join(
                f'<{url}>; rel="alternate"; hreflang="{lang}"' for lang, url in found[iri_to_uri(one.url)].items()
            )
            assert links == link_header(one, indexed)


def test_an_address_that_no_sitemap_may_hold_is_left_out() -> None:
    long = face(facts("en", f"https://en.example/{'x' * 2000}", 0), LONGEST_SLUG)
    short = face(facts("fa", "https://fa.example", 1))
    assert sitemaps.entry(long, [long, short]) is None
    assert set(shown(long, short)["https://fa.example/bread"]) == {"fa", "x-default"}


@settings(deadline=None)
@given(st.lists(st.integers(0, 560), min_size=1, max_size=60))
def test_a_part_fits_its_limit_though_every_address_is_the_longest(lengths: list[int]) -> None:
    house = [facts("en", f"https://en.example/{'&' * length}", number) for number, length in enumerate(lengths)]
    faces = [face(edition, LONGEST_SLUG, variant_id=str(edition.position)) for edition in house]
    longest = max(len(sitemaps.entry(one, faces) or "") for one in faces)
    size = sitemaps.part_size(edition.base_url for edition in house)
    assert 1 <= size <= 1000
    assert size * longest <= sitemaps.PART_BYTES or size == 1


def test_a_house_of_four_editions_fills_its_parts() -> None:
    assert sitemaps.part_size(f"https://{locale}.paper.example" for locale in ("en", "ar", "fa", "sq")) == 1000
    assert sitemaps.part_size([]) == 1000


def test_sections_end_where_a_sitemap_must(monkeypatch: pytest.MonkeyPatch) -> None:
    one = sitemaps.url_element("https://en.example/sections/x", [("en", "https://en.example/sections/x")])
    assert len(list(sitemaps.within_limits([one] * 10_001))) == 10_000
    frame = len(sitemaps.urlset(()))
    for more in range(2):
        monkeypatch.setattr(sitemaps, "BYTES_MAX", frame + 3 * len(one) - more)
        kept = sitemaps.urlset(sitemaps.within_limits([one] * 5))
        assert (len(kept) <= sitemaps.BYTES_MAX, kept.count(b"<url>")) == (True, 3 - more)


@pytest.mark.parametrize(
    ("iri", "uri"),
    [
        ("https://x.example/نان", f"https://x.example/{quote('نان')}"),
        ("https://نامه.example:8443/a b", "https://xn--mgb4dbg.example:8443/a%20b"),
        ("https://bukë.example", "https://xn--buk-lma.example"),
        ("/v1/fa/articles/نان", f"/v1/fa/articles/{quote('نان')}"),
        ("https://x.example/a%20b?q=ë#é", "https://x.example/a%20b?q=%C3%AB#%C3%A9"),
        ("mailto:é@x.example", "mailto:%C3%A9@x.example"),
    ],
)
def test_an_iri_becomes_the_uri_that_machines_fetch(iri: str, uri: str) -> None:
    assert iri_to_uri(iri) == uri
    assert iri_to_uri(uri) == uri


JUDGED = f"<urlset {sitemaps.SITEMAP} {sitemaps.XHTML}>{{}}</urlset>"
LOC = "<loc>https://en.example/bread</loc>"
LINK = '<xhtml:link rel="alternate" hreflang="{}" href="https://en.example/bread"/>'


@pytest.mark.parametrize(
    "inside",
    [
        "",
        f"<url>{LINK.format('en')}{LINK.format('x-default')}{LOC}</url>",
        f"<url>{LOC}{LINK.format('en_US')}{LINK.format('x-default')}</url>",
        f"<url>{LOC}<lastmod>2026-11-23 10:00:00Z</lastmod>{LINK.format('en')}{LINK.format('x-default')}</url>",
        f"<url><loc>https://en.example/{'x' * 2030}</loc>{LINK.format('en')}{LINK.format('x-default')}</url>",
    ],
)
def test_our_rules_refuse_what_the_official_schema_refuses(inside: str) -> None:
    body = JUDGED.format(inside).encode()
    with pytest.raises((AssertionError, ValueError)):
        check_urlset(body)
    if SCHEMAS.exists():
        with pytest.raises(etree.DocumentInvalid):
            validate("sitemap-hreflang.xsd", parsed(body))


# robots.txt -----------------------------------------------------------------------------------


def test_robots_may_read_everything_but_the_newsroom_and_are_told_of_the_sitemap(
    app: Flask, client: FlaskClient
) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    for path in ("/", "/v1/en/articles", "/en/feed.atom", "/sitemap.xml", "/docs", "/v1/editions"):
        assert robots.can_fetch("Anybot", BASE + path), path
    for path in ("/v1/manage/articles", "/v1/preview/x", "/v1/auth/login"):
        assert not robots.can_fetch("Anybot", BASE + path), path
    assert robots.site_maps() == [f"{BASE}/sitemap.xml"]


def test_addresses_are_those_of_the_server_whatever_the_sites_are_called(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk: Desk = desk_for(app)
    desk.publish(desk.translate(desk.published("en", "Bread"), "fa", title="نان"))
    for locale, site in (("en", "https://en.example"), ("fa", "https://نامه.example")):
        etag = desk.call("GET", f"/editions/{locale}", expect=200).headers["ETag"]
        desk.call("PATCH", f"/editions/{locale}", {"base_url": site}, if_match=etag, expect=200)
    assert all(path.startswith("/sitemaps/") for path in parts(client))
    found = pages(client)
    check_reciprocity(found)
    there = "https://xn--mgb4dbg.example"
    assert set(found) == {"https://en.example", there, "https://en.example/bread", f"{there}/{quote('نان')}"}
