"""Feeds: the same `Feed` written as Atom (RFC 4287), RSS 2.0 or JSON Feed 1.1.

    entry_of(json, variant)   a document as feeds show it
    FORMATS["atom"].write     Feed → bytes

Addresses are percent-encoded, links in bodies absolute. An entry is `urn:uuid:` and its variant's id in all
three: it outlives every slug, site and counterpart. Titles are isolated where they run the other way.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import orjson
from lxml import etree

from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.delivery.rules.media import enclosures
from nejat_cms.language.direction import Direction, isolated
from nejat_cms.language.zones import parse_rfc3339, to_rfc3339

NEWEST = 30
"""How many entries a feed has at most."""
GENERATOR = "Nejat CMS"
EXTENSION = "Each member of `translations` is the same thing in another language, with its `dir` for display."
"""What our members of a JSON Feed are about."""


@dataclass(frozen=True)
class Person:
    """Somebody in a byline, and her page."""

    name: str
    url: str


@dataclass(frozen=True)
class Category:
    """A section or tag that an entry is filed under; `scheme` tells which of the two, and in which edition."""

    scheme: str
    term: str
    label: str


@dataclass(frozen=True)
class Counterpart:
    """The same entry, or the same feed, in another edition."""

    locale: str
    direction: Direction
    title: str
    url: str


@dataclass(frozen=True)
class Enclosure:
    """A file that belongs to an entry; a picture's size is not known before it is made."""

    url: str
    type: str
    size: int | None
    duration: float | None


@dataclass(frozen=True)
class Entry:
    """A document as feeds show it."""

    id: str
    url: str
    locale: str
    direction: Direction
    title: str
    lead: str
    html: str
    published: datetime
    updated: datetime
    authors: Sequence[Person]
    translators: Sequence[Person]
    categories: Sequence[Category]
    counterparts: Sequence[Counterpart]
    enclosures: Sequence[Enclosure] = ()
    picture: str | None = None


@dataclass(frozen=True)
class Feed:
    """The newest of an edition, or of a section, tag or kind in it. `id` stays when addresses change."""

    id: str
    url: str
    """Its own address without the end that names the format: `…/feed`."""
    home: str
    locale: str
    direction: Direction
    title: str
    description: str
    publisher: str
    copyright: str
    updated: datetime
    counterparts: Sequence[Counterpart]
    entries: Sequence[Entry]

    def counterparts_at(self, end: str) -> list[Counterpart]:
        """The counterparts in the format of this name."""
        return [replace(other, url=f"{other.url}.{end}") for other in self.counterparts]


@dataclass(frozen=True)
class Format:
    """A way to write a feed."""

    media_type: str
    write: Callable[[Feed], bytes]


def entry_of(document: Mapping[str, Any], variant_id: UUID, site: str) -> Entry:
    """A document as feeds show it, from its public JSON with `body.html`; `site` is its edition's address."""
    direction: Direction = document["dir"]
    people: dict[str, list[Person]] = {"author": [], "translator": []}
    for person in document["people"]:
        people[person["role"]].append(Person(person["name"], iri_to_uri(f"{site}/people/{person['slug']}")))
    html = absolute_links(document["body"]["html"], document["url"])
    return Entry(
        id=f"urn:uuid:{variant_id}",
        url=iri_to_uri(document["url"]),
        locale=document["locale"],
        direction=direction,
        title=isolated(document["title"], direction),
        lead=document["lead"],
        html=html and f'<div lang="{document["lang"]}" dir="{direction}">{html}</div>',
        published=parse_rfc3339(document["published"]["at"]),
        updated=parse_rfc3339(document["updated_at"]),
        authors=people["author"],
        translators=people["translator"],
        categories=[
            Category(iri_to_uri(f"{site}/{path}"), term["slug"], term["name"])
            for path in ("sections", "tags")
            for term in document[path]
        ],
        counterparts=[
            Counterpart(other["locale"], other["dir"], other["title"], iri_to_uri(other["url"]))
            for other in document["translations"]
        ],
        enclosures=[Enclosure(**each) for each in enclosures(document)],
        picture=document["image"]["renditions"]["full"]["url"] if document["image"] else None,
    )


def absolute_links(html: str, page: str) -> str:
    """A body's HTML with links that hold wherever it is read; `page` is where it stands.

    `html` is of our own making: `href` comes right after `<a`, in quotes, and a `<` in text is never bare.
    """

    def absolute(link: re.Match[str]) -> str:
        written = unescape(link[1])
        meant = urljoin(page, written)
        return link[0] if meant == written else f'<a href="{escape(iri_to_uri(meant))}"'

    return re.sub('<a href="([^"]*)"', absolute, html)


# XML -----------------------------------------------------------------------------------------

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """A text without the characters that XML 1.0 forbids (§2.2)."""
    return _NO_XML.sub("", text)


def _put(parent: etree._Element, tag: str, text: str | None = None, /, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, tag, {name: xml_text(value) for name, value in attributes.items()})
    element.text = xml_text(text) if text is not None else None
    return element


def _put_counterparts(
    parent: etree._Element, counterparts: Sequence[Counterpart], media_type: str, direction: Direction
) -> None:
    for other in counterparts:
        _put(
            parent,
            f"{ATOM}link",
            rel="alternate",
            type=media_type,
            hreflang=other.locale,
            href=other.url,
            title=isolated(other.title, direction, other.direction),
        )


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def atom(feed: Feed) -> bytes:
    """The feed as Atom (RFC 4287)."""
    media_type = FORMATS["atom"].media_type
    root = etree.Element(f"{ATOM}feed", {LANG: feed.locale}, nsmap={None: ATOM[1:-1]})
    _put(root, f"{ATOM}id", feed.id)
    _put(root, f"{ATOM}title", feed.title)
    if feed.description:
        _put(root, f"{ATOM}subtitle", feed.description)
    _put(root, f"{ATOM}updated", to_rfc3339(feed.updated))
    _put_person(root, "author", Person(feed.publisher, feed.home))
    _put(root, f"{ATOM}link", rel="self", type=media_type, href=f"{feed.url}.atom")
    _put(root, f"{ATOM}link", rel="alternate", type="text/html", hreflang=feed.locale, href=feed.home)
    _put_counterparts(root, feed.counterparts_at("atom"), media_type, feed.direction)
    if feed.copyright:
        _put(root, f"{ATOM}rights", feed.copyright)
    _put(root, f"{ATOM}generator", GENERATOR)
    for entry in feed.entries:
        _put_entry(root, entry)
    return _written(root)


def _put_entry(root: etree._Element, entry: Entry) -> None:
    element = _put(root, f"{ATOM}entry")
    element.set(LANG, entry.locale)
    _put(element, f"{ATOM}id", entry.id)
    _put(element, f"{ATOM}title", entry.title)
    _put(element, f"{ATOM}published", to_rfc3339(entry.published))
    _put(element, f"{ATOM}updated", to_rfc3339(entry.updated))
    for author in entry.authors:
        _put_person(element, "author", author)
    for translator in entry.translators:
        _put_person(element, "contributor", translator)
    _put(element, f"{ATOM}link", rel="alternate", type="text/html", hreflang=entry.locale, href=entry.url)
    _put_counterparts(element, entry.counterparts, "text/html", entry.direction)
    for enclosure in entry.enclosures:
        length = {"length": str(enclosure.size)} if enclosure.size is not None else {}
        _put(element, f"{ATOM}link", rel="enclosure", type=enclosure.type, href=enclosure.url, **length)
    for category in entry.categories:
        _put(element, f"{ATOM}category", scheme=category.scheme, term=category.term, label=category.label)
    if entry.lead:
        _put(element, f"{ATOM}summary", entry.lead)
    if entry.html:
        _put(element, f"{ATOM}content", entry.html, type="html")


def _put_person(parent: etree._Element, role: str, person: Person) -> None:
    element = _put(parent, f"{ATOM}{role}")
    _put(element, f"{ATOM}name", person.name)
    _put(element, f"{ATOM}uri", person.url)


def rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0, with Atom's links, Dublin Core's names and whole bodies beside it."""
    media_type = FORMATS["rss"].media_type
    spaces = {"atom": ATOM[1:-1], "content": CONTENT[1:-1], "dc": DUBLIN_CORE[1:-1]}
    root = etree.Element("rss", {"version": "2.0", LANG: feed.locale}, nsmap=spaces)
    channel = _put(root, "channel")
    _put(channel, "title", feed.title)
    _put(channel, "link", feed.home)
    _put(channel, "description", feed.description or feed.title)
    _put(channel, "language", feed.locale)
    if feed.copyright:
        _put(channel, "copyright", feed.copyright)
    _put(channel, "lastBuildDate", format_datetime(feed.updated, usegmt=True))
    _put(channel, "generator", GENERATOR)
    _put(channel, f"{ATOM}link", rel="self", type=media_type, href=f"{feed.url}.rss")
    _put_counterparts(channel, feed.counterparts_at("rss"), media_type, feed.direction)
    for entry in feed.entries:
        _put_item(channel, entry)
    return _written(root)


def _put_item(channel: etree._Element, entry: Entry) -> None:
    item = _put(channel, "item")
    item.set(LANG, entry.locale)
    _put(item, "title", entry.title)
    _put(item, "link", entry.url)
    _put(item, "guid", entry.id, isPermaLink="false")
    _put(item, "pubDate", format_datetime(entry.published, usegmt=True))
    _put(item, f"{ATOM}updated", to_rfc3339(entry.updated))
    for author in entry.authors:
        _put(item, f"{DUBLIN_CORE}creator", author.name)
    for translator in entry.translators:
        _put(item, f"{DUBLIN_CORE}contributor", translator.name)
    _put_counterparts(item, entry.counterparts, "text/html", entry.direction)
    for enclosure in entry.enclosures[:1]:  # readers take one; its length is demanded, and 0 where nobody knows it
        _put(item, "enclosure", url=enclosure.url, type=enclosure.type, length=str(enclosure.size or 0))
    for category in entry.categories:
        _put(item, "category", category.label, domain=category.scheme)
    if entry.lead:
        _put(item, "description", escape(entry.lead, quote=False))  # readers take it for HTML
    if entry.html:
        _put(item, f"{CONTENT}encoded", entry.html)


# JSON ----------------------------------------------------------------------------------------


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1; `_nejat` holds what it has no members for."""
    return orjson.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.home,
            "feed_url": f"{feed.url}.json",
            **({"description": feed.description} if feed.description else {}),
            "language": feed.locale,
            "authors": [{"name": feed.publisher, "url": feed.home}],
            "_nejat": {
                "about": EXTENSION,
                "translations": [_json_counterpart(other) for other in feed.counterparts_at("json")],
            },
            "items": [_json_item(entry) for entry in feed.entries],
        }
    )


def _json_item(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        **({"summary": entry.lead} if entry.lead else {}),
        "content_html": entry.html,
        **({"image": entry.picture} if entry.picture else {}),
        **({"attachments": [_json_attachment(each) for each in entry.enclosures]} if entry.enclosures else {}),
        "date_published": to_rfc3339(entry.published),
        "date_modified": to_rfc3339(entry.updated),
        "authors": [_json_person(author) for author in entry.authors],
        "tags": list(dict.fromkeys(category.label for category in entry.categories)),
        "language": entry.locale,
        "_nejat": {
            "about": EXTENSION,
            "translators": [_json_person(translator) for translator in entry.translators],
            "translations": [_json_counterpart(other) for other in entry.counterparts],
        },
    }


def _json_attachment(enclosure: Enclosure) -> dict[str, Any]:
    known = {"size_in_bytes": enclosure.size, "duration_in_seconds": enclosure.duration}
    shown = {name: value for name, value in known.items() if value is not None}
    return {"url": enclosure.url, "mime_type": enclosure.type, **shown}


def _json_person(person: Person) -> dict[str, str]:
    return {"name": person.name, "url": person.url}


def _json_counterpart(other: Counterpart) -> dict[str, str]:
    return {"language": other.locale, "dir": other.direction, "title": other.title, "url": other.url}


FORMATS: Mapping[str, Format] = {
    "atom": Format("application/atom+xml", atom),
    "rss": Format("application/rss+xml", rss),
    "json": Format("application/feed+json", json_feed),
}
