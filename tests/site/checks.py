"""What holds of everything that readers of an edition are given, wherever they are given it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from nejat_cms.delivery.rules.documents import iri_to_uri
from tests.site.reader import Item, Reader
from tests.site.words import Words, digits, direction, directions, months, squeezed

TEXTS = frozenset(
    {
        "title", "lead", "name", "label", "alt", "caption", "credit", "description", "tagline", "copyright", "headline",
        "period", "place", "photographer", "artist", "cite", "authors", "translators", "articleSection",
    }
)  # fmt: skip
"""Names under which answers hold words for readers."""
OTHERS = frozenset({"names", "body", "highlights"})
"""Looked at on their own."""


def check_answer(reader: Reader, value: Any) -> None:
    """Every word, direction, date and picture in an answer is that of the edition that it says it is of."""
    for locale, name, text in words_in(value, reader.locale):
        if text:
            assert squeezed(text) in reader.site.words.own[locale], (reader.locale, locale, name, text)
    for item in objects_in(value):
        if "dir" in item and ("lang" in item or "locale" in item):
            assert item["dir"] == direction(item["lang"] if "lang" in item else item["locale"]), (reader.locale, item)
        if "display" in item and "local" in item:
            check_date(reader, item)
        if "lead" in item and "kind" in item:
            assert (item["locale"], item["lang"]) == (reader.locale, reader.locale), item["slug"]
            assert item["url"].startswith(f"{reader.edition['url']}/"), item["url"]


def words_in(value: Any, locale: str, name: str = "") -> Iterator[tuple[str, str, str]]:
    """Every text for readers in an answer, with its name and the locale that it is said to be of."""
    if isinstance(value, dict):
        target = value.get("target") or {}
        locale = value.get("locale") or value.get("inLanguage") or target.get("locale") or locale
        for key, each in value.items():
            if key not in OTHERS:
                yield from words_in(each, locale, key)
    elif isinstance(value, list):
        for each in value:
            yield from words_in(each, locale, name)
    elif isinstance(value, str) and name in TEXTS:
        yield locale, name, value


def objects_in(value: Any) -> Iterator[Item]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects_in(each)


def check_date(reader: Reader, published: Item) -> None:
    """In the calendar, month names and digits of the edition."""
    settings = reader.site.words.editions[reader.locale]
    assert published["calendar"] == settings["calendar"]
    names = [name.lower() for name in months(reader.locale, settings["calendar"])]
    for text in (published["display"], published["long"]):
        assert {each for each in text if each.isdigit()} <= set(digits(settings["numbering"])), text
        assert any(name in text.lower() for name in names), text
    assert published["display"].split()[-1] in published["long"]


def check_body(reader: Reader, document: Item) -> None:
    """A body is the edition's own, and what runs against it says so."""
    words, body = reader.site.words, document["body"]
    for line in body["text"].split("\n"):
        assert line.strip() == "" or is_own(words, reader.locale, line), (reader.locale, document["slug"], line)
    for block in body["blocks"]:
        found = directions(block.get("text", "") or re.sub("<[^>]*>", "", block.get("html", "")))
        against = found and document["dir"] not in found
        assert block.get("dir") == (found.pop() if against else None), (document["slug"], block)
    for lang, way in re.findall(r'lang="([^"]+)" dir="([^"]+)"', body["html"]):
        assert way == direction(lang), document["slug"]


def is_own(words: Words, locale: str, line: str) -> bool:
    line = squeezed(line)
    return line in words.own[locale] or line in words.bodies[locale]


def check_counterparts(reader: Reader, item: Item, there: Callable[[Reader, str], Item], *said: str) -> None:
    """Each counterpart is there, says of itself what is said of it here, and names this one and the others in turn."""
    rows = item["translations"]
    order = [edition["locale"] for edition in reader.site.editions()]
    assert [row["locale"] for row in rows] == sorted((row["locale"] for row in rows), key=order.index), item["slug"]
    here = {reader.locale: item["slug"]} | {row["locale"]: row["slug"] for row in rows}
    assert len(here) == len(rows) + 1, item["slug"]
    for row in rows:
        other = there(reader.site.reader(row["locale"]), row["slug"])
        assert {name: row[name] for name in ("slug", *said)} == {name: other[name] for name in ("slug", *said)}
        back = {row["locale"]: other["slug"]} | {each["locale"]: each["slug"] for each in other["translations"]}
        assert back == here, (reader.locale, item["slug"], row["locale"])


def check_link_header(reader: Reader, document: Item, header: str) -> None:
    """The header names the document, its counterparts and a default: what it says itself, in edition order."""
    urls = {row["locale"]: row["url"] for row in document["translations"]} | {reader.locale: document["url"]}
    order = [edition["locale"] for edition in reader.site.editions() if edition["locale"] in urls]
    default = next((each["locale"] for each in reader.site.editions() if each["is_default"]), "")
    links = re.findall(r'<([^>]*)>; rel="alternate"; hreflang="([^"]*)"', header)
    assert links == [
        *((iri_to_uri(urls[locale]), locale) for locale in order),
        (iri_to_uri(urls.get(default, urls[order[0]])), "x-default"),
    ], document["slug"]


def pictures_in(value: Any) -> Iterator[Item]:
    """Every picture that an answer shows."""
    return (item for item in objects_in(value) if "renditions" in item)
