"""Feeds as bytes: the same value in three formats, whatever is in it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.delivery.rules.feeds import FORMATS, Counterpart, Entry, Feed, absolute_links, entry_of, xml_text
from tests.delivery.validity import (
    ATOM,
    CONTENT,
    DUBLIN_CORE,
    LANG,
    check_atom,
    check_json_feed,
    check_rss,
    parsed,
    texts,
    the,
)

VARIANT = UUID("01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10")
ADDRESS = "https://api.example/fa/feed"
DOCUMENT: dict[str, Any] = {
    "locale": "fa",
    "lang": "fa",
    "dir": "rtl",
    "url": "https://fa.example/نان",
    "title": "Bread & نان",
    "lead": "سه < چهار",
    "published": {"at": "2026-11-23T10:00:00.25Z"},
    "updated_at": "2026-11-24T10:00:00Z",
    "sections": [{"slug": "شهر", "name": "شهر"}],
    "tags": [{"slug": "نان", "name": "نان"}, {"slug": "شهر", "name": "شهر"}],
    "people": [
        {"slug": "آنا", "name": "آنا", "role": "author"},
        {"slug": "bo", "name": "Bo", "role": "translator"},
    ],
    "translations": [{"locale": "en", "dir": "ltr", "title": "Bread", "url": "https://en.example/bread"}],
    "fields": {},
    "image": None,
    "body": {"html": '<p>سلام <a href="/درباره">ما</a></p>'},
}


def entry(**changes: Any) -> Entry:
    return entry_of(DOCUMENT | changes, VARIANT, "https://fa.example")


def feed(*entries: Entry, **changes: Any) -> Feed:
    made = Feed(
        id="https://api.example/fa/feed",
        url=ADDRESS,
        home="https://fa.example",
        locale="fa",
        direction="rtl",
        title="شهر – \u2068The Town\u2069",
        description="خبرها",
        publisher="The Town",
        copyright="",
        updated=datetime(2026, 11, 24, 10, tzinfo=UTC),
        counterparts=[Counterpart("en", "ltr", "The Town", "https://api.example/en/feed")],
        entries=entries or (entry(),),
    )
    return replace(made, **changes)


def written(made: Feed, form: str) -> bytes:
    return FORMATS[form].write(made)


def test_an_atom_feed_says_everything_in_its_own_words() -> None:
    text = written(feed(), "atom")
    [item] = check_atom(text, f"{ADDRESS}.atom")
    root = parsed(text)
    assert root.get(LANG) == item.get(LANG) == "fa"
    assert the(root, f"{ATOM}title") == "شهر – \u2068The Town\u2069"
    assert the(item, f"{ATOM}id") == f"urn:uuid:{VARIANT}"
    assert the(item, f"{ATOM}title") == "Bread & نان"
    assert the(item, f"{ATOM}summary") == "سه < چهار"
    assert the(item, f"{ATOM}published") == "2026-11-23T10:00:00.25Z"
    assert the(item, f"{ATOM}updated") == "2026-11-24T10:00:00Z"
    links = [dict(link.attrib) for link in item.findall(f"{ATOM}link")]
    assert links == [
        {"rel": "alternate", "type": "text/html", "hreflang": "fa", "href": "https://fa.example/%D9%86%D8%A7%D9%86"},
        {
            "rel": "alternate",
            "type": "text/html",
            "hreflang": "en",
            "href": "https://en.example/bread",
            "title": "\u2068Bread\u2069",
        },
    ]
    assert [the(person, f"{ATOM}name") for person in item.findall(f"{ATOM}author")] == ["آنا"]
    assert [the(person, f"{ATOM}name") for person in item.findall(f"{ATOM}contributor")] == ["Bo"]
    categories = [dict(category.attrib) for category in item.findall(f"{ATOM}category")]
    assert categories == [
        {"scheme": "https://fa.example/sections", "term": "شهر", "label": "شهر"},
        {"scheme": "https://fa.example/tags", "term": "نان", "label": "نان"},
        {"scheme": "https://fa.example/tags", "term": "شهر", "label": "شهر"},
    ]
    body = '<p>سلام <a href="https://fa.example/%D8%AF%D8%B1%D8%A8%D8%A7%D8%B1%D9%87">ما</a></p>'
    assert the(item, f"{ATOM}content") == f'<div lang="fa" dir="rtl">{body}</div>'


def test_an_rss_feed_says_the_same() -> None:
    text = written(feed(), "rss")
    [item] = check_rss(text, f"{ADDRESS}.rss")
    assert the(item, "guid") == f"urn:uuid:{VARIANT}"
    assert the(item, "title") == "Bread & نان"
    assert the(item, "description") == "سه &lt; چهار"  # what readers take for HTML
    assert the(item, "pubDate") == "Mon, 23 Nov 2026 10:00:00 GMT"
    assert texts(item, f"{DUBLIN_CORE}creator") == ["آنا"]
    assert texts(item, f"{DUBLIN_CORE}contributor") == ["Bo"]
    assert texts(item, "category") == ["شهر", "نان", "شهر"]
    assert the(item, CONTENT).startswith('<div lang="fa" dir="rtl">')
    [link] = item.findall(f"{ATOM}link")
    assert (link.get("hreflang"), link.get("href")) == ("en", "https://en.example/bread")
    others = [link.get("href") for link in parsed(text)[0].findall(f"{ATOM}link")[1:]]
    assert others == ["https://api.example/en/feed.rss"]


def test_a_json_feed_says_the_same() -> None:
    text = written(feed(), "json")
    [item] = check_json_feed(text, f"{ADDRESS}.json")
    assert item["id"] == f"urn:uuid:{VARIANT}"
    assert (item["title"], item["summary"], item["language"]) == ("Bread & نان", "سه < چهار", "fa")
    assert item["tags"] == ["شهر", "نان"]
    assert [person["name"] for person in item["authors"]] == ["آنا"]
    assert item["_nejat"]["translators"] == [{"name": "Bo", "url": "https://fa.example/people/bo"}]
    other = {"language": "en", "dir": "ltr", "title": "Bread", "url": "https://en.example/bread"}
    assert item["_nejat"]["translations"] == [other]
    found = orjson.loads(text)
    assert found["_nejat"]["translations"][0]["url"] == "https://api.example/en/feed.json"


def test_files_and_pictures_are_offered_in_every_format() -> None:
    """RSS takes one, which is the file: its size is known."""
    pictures = {name: {"url": f"https://api.example/media/1/{name}/a.webp"} for name in ("wide", "full")}
    recording = {"url": "https://api.example/media/2/file/a.mp3", "type": "audio/mpeg", "size": 9000, "duration": 12.5}
    made = feed(entry(image={"renditions": pictures}, fields={"file": recording}))
    [atom] = check_atom(written(made, "atom"), f"{ADDRESS}.atom")
    offered = [link for link in atom.findall(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert [(link.get("href"), link.get("type"), link.get("length")) for link in offered] == [
        ("https://api.example/media/2/file/a.mp3", "audio/mpeg", "9000"),
        ("https://api.example/media/1/wide/a.webp", "image/webp", None),
    ]
    [rss] = check_rss(written(made, "rss"), f"{ADDRESS}.rss")
    [only] = rss.findall("enclosure")
    assert (only.get("url"), only.get("length")) == ("https://api.example/media/2/file/a.mp3", "9000")
    [item] = check_json_feed(written(made, "json"), f"{ADDRESS}.json")
    assert item["image"] == "https://api.example/media/1/full/a.webp"
    assert item["attachments"] == [
        {"url": recording["url"], "mime_type": "audio/mpeg", "size_in_bytes": 9000, "duration_in_seconds": 12.5},
        {"url": "https://api.example/media/1/wide/a.webp", "mime_type": "image/webp"},
    ]


def test_what_is_not_there_leaves_no_empty_element() -> None:
    bare = entry(lead="", body={"html": ""}, sections=[], tags=[], people=[], translations=[])
    made = feed(bare, description="", counterparts=[])
    [item] = check_atom(written(made, "atom"), f"{ADDRESS}.atom")
    assert {str(child.tag).removeprefix(ATOM) for child in item} == {"id", "title", "published", "updated", "link"}
    [item] = check_rss(written(made, "rss"), f"{ADDRESS}.rss")
    assert {str(child.tag) for child in item} == {"title", "link", "guid", "pubDate", f"{ATOM}updated"}
    [shown] = check_json_feed(written(made, "json"), f"{ADDRESS}.json")
    assert "summary" not in shown
    assert shown["content_html"] == ""


def test_a_feed_without_entries_is_valid() -> None:
    made = replace(feed(), entries=())
    assert check_atom(written(made, "atom"), f"{ADDRESS}.atom") == []
    assert check_rss(written(made, "rss"), f"{ADDRESS}.rss") == []
    assert check_json_feed(written(made, "json"), f"{ADDRESS}.json") == []


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_written_and_read_back_without_what_xml_forbids(text: str) -> None:
    title = f"نان {text}"
    made = feed(entry(title=title, lead=text, tags=[{"slug": "x", "name": title}]), title=title, copyright=title)
    root = parsed(written(made, "atom"))
    assert the(root, f"{ATOM}title") == the(root, f"{ATOM}rights") == xml_text(title)
    [item] = root.findall(f"{ATOM}entry")
    assert the(item, f"{ATOM}title") == xml_text(title)
    assert parsed(written(made, "rss"))[0].findtext("title") == xml_text(title)
    assert orjson.loads(written(made, "json"))["title"] == title


@pytest.mark.parametrize("code", [0, 1, 8, 0xB, 0xC, 0xE, 0x1F, 0xFFFE, 0xFFFF])
def test_characters_that_xml_has_no_way_to_say_are_left_out(code: int) -> None:
    assert xml_text(f"a{chr(code)}b") == "ab"


def test_letters_of_every_plane_and_invisible_ones_stay() -> None:
    kept = "\t\n \u200c\u200d\u2068\u2069\ufffd\U0001f35e\U0010fffd"
    assert xml_text(kept) == kept


@pytest.mark.parametrize(
    ("written_link", "there"),
    [
        ("/about", "https://x.example/about"),
        ("/درباره?q=1&amp;r=2", "https://x.example/%D8%AF%D8%B1%D8%A8%D8%A7%D8%B1%D9%87?q=1&amp;r=2"),
        ("#note", "https://x.example/fa/%D9%86%D8%A7%D9%86#note"),
        ("?page=2", "https://x.example/fa/%D9%86%D8%A7%D9%86?page=2"),
        ("other", "https://x.example/fa/other"),
        ("https://elsewhere.example/é", "https://elsewhere.example/é"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("tel:+355", "tel:+355"),
    ],
)
def test_links_of_a_body_hold_wherever_it_is_read(written_link: str, there: str) -> None:
    html = '<p>a &lt;a href="/not-a-link"&gt; <a href="{}">b</a></p>'
    assert absolute_links(html.format(written_link), "https://x.example/fa/نان") == html.format(there)
