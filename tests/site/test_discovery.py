"""How readers and machines find what the demo's site has: archive, search, feeds, sitemap, changes, addresses."""

import json
import re
from collections.abc import Callable
from html import unescape
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from nejat_cms.delivery.rules.documents import iri_to_uri
from tests.delivery.validity import (
    ATOM,
    check_atom,
    check_index,
    check_json_feed,
    check_reciprocity,
    check_rss,
    check_urlset,
    parsed,
    the,
)
from tests.site.checks import check_answer, objects_in
from tests.site.reader import Item, Reader, Site
from tests.site.words import months

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def test_the_archive_leads_from_years_to_articles(site: Site) -> None:
    for reader in site.readers():
        archive = reader.data("archive")
        assert archive["calendar"] == reader.edition["calendar"]
        assert sum(year["count"] for year in archive["years"]) == reader.edition["articles"]
        own = months(reader.locale, archive["calendar"])
        for year in archive["years"]:
            assert sum(month["count"] for month in year["months"]) == year["count"]
            assert len(reader.listing(year=year["year"])) == year["count"]
            for month in year["months"]:
                assert month["name"] in own, (reader.locale, month["name"])
                named = reader.listing(year=year["year"], month=month["month"])
                assert named == reader.listing(**{"from": month["from"], "to": month["to"]})
                assert len(named) == month["count"]
                assert all(month["from"] <= row["published"]["at"] < month["to"] for row in named)
                page = f"{reader.edition['url']}/archive/{year['year']}/{month['month']}"
                assert site.resolve(page)["status"] == 200


def test_a_word_of_a_title_finds_the_article(site: Site) -> None:
    for reader in site.readers():
        for item in reader.listing()[::5]:
            word = max(re.findall(r"[^\W\d_]+(?:\u200c[^\W\d_]+)*", item["title"]), key=len)
            hits = reader.data("search", q=word, limit=100)
            check_answer(reader, hits)
            (hit,) = (each for each in hits if each["id"] == item["id"])
            assert {name: hit[name] for name in item} == item
            marked = hit["highlights"]["title"]
            assert "<mark>" in marked
            assert unescape(re.sub("</?mark>", "", marked)) == item["title"]


def test_a_search_across_editions_answers_in_the_readers_own(site: Site) -> None:
    for reader in site.readers():
        item = next(item for item in reader.listing() if item["translations"])
        for row in item["translations"]:
            hits = reader.data("search", q=row["title"], across="true", limit=100)
            assert item["id"] in {hit["id"] for hit in hits}, (reader.locale, row["title"])
            check_answer(reader, [hit for hit in hits if hit["locale"] == reader.locale])


def test_feeds_hold_what_lists_hold_in_all_three_formats(site: Site) -> None:
    for reader in site.readers():
        for form in FORMATS:
            check_feed(reader, form, "", "", reader.listing())
        turns = cycle(FORMATS)
        for path, name in (("sections", "section"), ("tags", "tag")):
            for row in reader.terms(path):
                listed = reader.listing(**{name: row["slug"]})
                check_feed(reader, next(turns), f"/{path}/{row['slug']}", row["name"], listed)
        for kind in sorted({item["kind"] for item in reader.listing()}):
            listed = reader.listing(kind=kind)
            check_feed(reader, next(turns), f"/kinds/{kind}", site.words.kind(reader.locale, kind), listed)


def check_feed(reader: Reader, form: str, path: str, named: str, rows: list[Item]) -> None:
    """Valid, in the edition's language, named in its words, with the list's newest and their counterparts."""
    wanted = {
        iri_to_uri(row["url"]): (
            row["title"],
            {each["locale"]: iri_to_uri(each["url"]) for each in row["translations"]},
        )
        for row in rows
    }
    answer = reader.site.get(f"/{reader.locale}{path}/feed.{form}")
    url = f"{reader.edition['url']}{path}/feed.{form}"
    own = reader.edition["title"]
    language, title, entries = FORMATS[form](answer.data, iri_to_uri(url))
    assert language == reader.locale, url
    assert title == (f"{named} – {own}" if named else own), url
    assert list(entries.items()) == list(wanted.items())[: len(entries)], url
    assert entries or not rows, url


Feed = tuple[str, str, dict[str, tuple[str, dict[str, str]]]]


def _atom(text: bytes, url: str) -> Feed:
    root = parsed(text)
    entries = {}
    for entry in check_atom(text, url):
        links = {
            str(link.get("hreflang")): str(link.get("href"))
            for link in entry.findall(f"{ATOM}link")
            if link.get("rel") == "alternate"
        }
        lang = str(entry.get(XML_LANG))
        entries[links.pop(lang)] = the(entry, f"{ATOM}title"), links
    return str(root.get(XML_LANG)), the(root, f"{ATOM}title"), entries


def _rss(text: bytes, url: str) -> Feed:
    entries = {}
    for item in check_rss(text, url):
        links = {str(link.get("hreflang")): str(link.get("href")) for link in item.findall(f"{ATOM}link")}
        entries[the(item, "link")] = the(item, "title"), links
    channel = parsed(text)[0]
    return the(channel, "language"), the(channel, "title"), entries


def _json(text: bytes, url: str) -> Feed:
    feed = json.loads(text)
    entries = {
        item["url"]: (item["title"], {each["language"]: each["url"] for each in item["_nejat"]["translations"]})
        for item in check_json_feed(text, url)
    }
    return feed["language"], feed["title"], entries


FORMATS: dict[str, Callable[[bytes, str], Feed]] = {"atom": _atom, "rss": _rss, "json": _json}


def test_the_sitemap_names_every_page_and_each_is_there(site: Site) -> None:
    pages: dict[str, dict[str, str]] = {}
    for part in check_index(site.get("/sitemap.xml").data):
        found = check_urlset(site.get(part).data)
        assert not found.keys() & pages.keys()
        pages |= found
    check_reciprocity(pages)
    for reader in site.readers():
        for item in reader.everything():
            assert iri_to_uri(item["url"]) in pages, item["slug"]
        assert iri_to_uri(reader.edition["url"]) in pages
    for url, alternates in pages.items():
        place = site.resolve(url)
        assert place["status"] == 200, url
        same = {
            locale: iri_to_uri(each["url"])
            for locale, each in place["counterparts"].items()
            if each["reason"] == "counterpart" or place["type"] == "edition"
        }
        assert alternates == same | {place["locale"]: url, "x-default": alternates["x-default"]}, url


def test_every_address_that_is_met_is_known(site: Site) -> None:
    for reader in site.readers():
        met = [reader.edition, reader.documents(), *(reader.data(path) for path in ("sections", "tags", "people"))]
        homes = {edition["url"]: edition["locale"] for edition in site.editions()}
        urls = {str(each["url"]) for each in objects_in(met) if isinstance(each.get("url"), str)}
        ours = {url: home for url in urls for home in homes if url == home or url.startswith(f"{home}/")}
        assert ours
        for url, home in ours.items():
            place = site.resolve(url)
            assert (place["status"], place["locale"]) == (200, homes[home]), url
            for locale, other in place["counterparts"].items():
                there = site.resolve(other["url"])
                assert (there["status"], there["locale"]) == (200, locale), (url, other)
                if other["reason"] == "counterpart":
                    assert there["counterparts"][place["locale"]] == {"url": url, "reason": "counterpart"}


def test_old_paths_lead_where_the_house_sends_them(site: Site) -> None:
    for given in site.words.redirects:
        reader = site.reader(given["locale"])
        parts = urlsplit(reader.edition["url"])
        place = site.resolve(f"{parts.scheme}://{parts.netloc}{given['path']}")
        assert place["status"] == 301, given
        if "url" in given:
            assert place["location"] == given["url"]
            continue
        there = site.resolve(place["location"])
        assert (there["status"], there["locale"], there["id"]) == (200, given["locale"], place["id"])
        if "article" in given:
            assert site.words.key_of("work", reader.locale, reader.document(there["slug"])["title"]) == given["article"]
        else:
            name = reader.data("sections", there["slug"])["name"]
            assert site.words.key_of("section", reader.locale, name) == given["section"]


def test_a_copy_of_an_edition_is_kept_by_its_changes(site: Site) -> None:
    for reader in site.readers():
        rows, since = all_changes(reader, reader.url("changes"))
        live = {item["id"]: item for item in reader.everything()}
        assert {row["id"] for row in rows} == live.keys()
        assert all((row["slug"], row["url"]) == (live[row["id"]]["slug"], live[row["id"]]["url"]) for row in rows)
        assert all(row["type"] != "withdrawn" for row in rows)
        assert all_changes(reader, reader.url("changes", since=since)) == ([], since)


def all_changes(reader: Reader, url: str) -> tuple[list[Item], str]:
    """The rows of a change feed to its last page, and where the next call begins."""
    rows: list[Item] = []
    while True:
        answer: Any = reader.site.json(url)
        rows += answer["data"]
        if "next" not in answer.get("links", {}):
            return rows, answer["meta"]["since"]
        url = answer["links"]["next"]


def test_what_is_not_there_is_said_in_the_words_of_the_edition(site: Site) -> None:
    for reader in site.readers():
        nowhere = reader.listing()[0]["id"]
        paths = [reader.url(*steps, nowhere) for steps in (["articles"], ["sections"], ["tags"], ["people"])]
        paths += [reader.url("articles", **{nowhere: 1}), reader.url("articles", limit=0)]
        for path in paths:
            english = site.client.get(path, headers={"Accept-Language": "en"})
            own = site.client.get(path)
            assert own.status_code == english.status_code in (404, 422)
            assert own.headers["Content-Language"] == reader.locale
            assert own.json is not None
            assert english.json is not None
            for said, meant in zip(
                [own.json, *own.json.get("errors", ())], [english.json, *english.json.get("errors", ())], strict=True
            ):
                for name in {"title", "detail"} & said.keys():
                    if not re.search(r"\d|“", meant[name]):
                        assert said[name] == site.words.translated(reader.locale, meant[name]), path
