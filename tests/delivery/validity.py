"""What makes a feed and a sitemap valid, rule by rule, and what foreign judges say where there are any.

    check_atom, check_rss, check_json_feed     one feed as it was answered, and where it was found
    check_urlset, check_index                  one sitemap
    check_reciprocity                          all the parts of a house together

The official schemas lie beside the checkout and judge as well where they are there.
"""

import re
from collections import Counter
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import feedparser
import orjson
from jsonschema_rs import Draft4Validator
from lxml import etree

from nejat_cms.language.tags import canonical_locale
from nejat_cms.language.zones import parse_rfc3339

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML_LINK = "{http://www.w3.org/1999/xhtml}link"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Element = etree._Element


def parsed(text: bytes) -> Element:
    """The root of an XML document, read strictly: well-formed, UTF-8, no entities and nothing fetched."""
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))


def texts(element: Element, tag: str) -> list[str]:
    return [child.text or "" for child in element.findall(tag)]


def the(element: Element, tag: str) -> str:
    """The text of an element of which there must be exactly one, and not an empty one."""
    found = texts(element, tag)
    assert len(found) == 1, (tag, found)
    assert found[0].strip(), tag
    return found[0]


def is_web_address(url: str | None) -> bool:
    """An absolute URI (RFC 3986): ASCII, no space, a host."""
    parts = urlsplit(url or "")
    return bool(url) and (url or "").isascii() and parts.scheme in ("http", "https") and bool(parts.netloc)


def check_html(html: str) -> None:
    """Links of a body hold wherever it is read."""
    for href in re.findall(r'href="([^"]*)"', html):
        assert urlsplit(href).scheme in ("http", "https", "mailto", "tel"), href


def check_feedparser(text: bytes, entries: int) -> None:
    """A reader in wide use takes it without complaint and finds as many entries in it."""
    read = feedparser.parse(text)
    assert not read.bozo, read.get("bozo_exception")
    assert len(read.entries) == entries


# RFC 4287 -------------------------------------------------------------------------------------


def check_atom(text: bytes, url: str) -> list[Element]:
    """RFC 4287, of a feed that was found at `url`; answers its entries."""
    feed = parsed(text)
    assert feed.tag == f"{ATOM}feed"
    assert canonical_locale(feed.get(LANG, "")) == feed.get(LANG)
    _at_most_one(feed, "generator", "icon", "logo", "rights", "subtitle")  # §4.1.1
    assert urlsplit(the(feed, f"{ATOM}id")).scheme in ("http", "https", "urn")  # §4.2.6: an IRI with a scheme
    the(feed, f"{ATOM}title")
    parse_rfc3339(the(feed, f"{ATOM}updated"))
    assert feed.findall(f"{ATOM}author"), "§4.1.1: an author for entries that have none"
    [own] = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert (own.get("href"), own.get("type")) == (url, "application/atom+xml")
    _check_links(feed)
    _check_people(feed)
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        _check_entry(entry)
    ids = [the(entry, f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    dates = [parse_rfc3339(the(entry, f"{ATOM}published")) for entry in entries]
    assert dates == sorted(dates, reverse=True)
    check_feedparser(text, len(entries))
    return entries


def _at_most_one(element: Element, *names: str) -> None:
    for name in names:
        assert len(element.findall(ATOM + name)) <= 1, name


def _check_entry(entry: Element) -> None:
    """§4.1.2."""
    _at_most_one(entry, "content", "published", "rights", "source", "summary")
    assert canonical_locale(entry.get(LANG, "")) == entry.get(LANG)
    check_entry_id(the(entry, f"{ATOM}id"))
    the(entry, f"{ATOM}title")
    parse_rfc3339(the(entry, f"{ATOM}updated"))  # §3.3
    _check_links(entry)
    _check_people(entry)
    for category in entry.findall(f"{ATOM}category"):  # §4.2.2
        assert category.get("term")
        assert category.get("label")
        assert is_web_address(category.get("scheme"))
    content = entry.find(f"{ATOM}content")
    if content is not None:
        assert content.get("type") == "html"  # §4.1.3.3: no child elements, and the text is HTML
        assert len(content) == 0
        check_html(content.text or "")


def _check_links(element: Element) -> None:
    """§4.2.7, and §4.1.1 and §4.1.2: no two alternates with the same type and language."""
    links = element.findall(f"{ATOM}link")
    for link in links:
        assert is_web_address(link.get("href")), link.get("href")
        assert re.fullmatch(r"[a-z]+/[a-z0-9+]+", link.get("type", ""))
        assert canonical_locale(link.get("hreflang", "en")) == link.get("hreflang", "en")
    alternates = [(link.get("type"), link.get("hreflang")) for link in links if link.get("rel") == "alternate"]
    assert len(set(alternates)) == len(alternates) > 0


def _check_people(element: Element) -> None:
    """§3.2."""
    for person in (*element.findall(f"{ATOM}author"), *element.findall(f"{ATOM}contributor")):
        the(person, f"{ATOM}name")
        assert all(map(is_web_address, texts(person, f"{ATOM}uri")))


def check_entry_id(text: str) -> None:
    """`urn:uuid:` (RFC 9562 §4), in small letters."""
    assert text == f"urn:uuid:{UUID(text.removeprefix('urn:uuid:'))}"


# RSS 2.0 --------------------------------------------------------------------------------------

CHANNEL = {"title", "link", "description", "language", "copyright", "lastBuildDate", "generator", "item"}
ITEM = {"title", "link", "description", "category", "enclosure", "guid", "pubDate"}


def check_rss(text: bytes, url: str) -> list[Element]:
    """RSS 2.0 as the Advisory Board has it, of a feed that was found at `url`; answers its items."""
    root = parsed(text)
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("rss", "2.0", ["channel"])
    channel = root[0]
    assert {child.tag for child in channel if not str(child.tag).startswith("{")} <= CHANNEL
    once = Counter(str(child.tag) for child in channel if child.tag in CHANNEL - {"item"})
    assert set(once.values()) == {1}
    for tag in ("title", "link", "description"):
        the(channel, tag)
    assert is_web_address(the(channel, "link"))
    assert canonical_locale(the(channel, "language")) == root.get(LANG) == the(channel, "language")
    check_rfc822(the(channel, "lastBuildDate"))
    [own] = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert (own.get("href"), own.get("type")) == (url, "application/rss+xml")
    items = channel.findall("item")
    for item in items:
        _check_item(item)
    ids = [the(item, "guid") for item in items]
    assert len(set(ids)) == len(ids)
    check_feedparser(text, len(items))
    return items


def _check_item(item: Element) -> None:
    assert {child.tag for child in item if not str(child.tag).startswith("{")} <= ITEM
    once = Counter(str(child.tag) for child in item if child.tag in ITEM - {"category"})
    assert set(once.values()) == {1}
    the(item, "title")
    assert is_web_address(the(item, "link"))
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"  # else readers take it for an address
    check_entry_id(guid.text or "")
    check_rfc822(the(item, "pubDate"))
    parse_rfc3339(the(item, f"{ATOM}updated"))
    for link in item.findall(f"{ATOM}link"):
        assert link.get("rel") == "alternate"
        assert is_web_address(link.get("href"))
    for enclosure in item.findall("enclosure"):
        assert is_web_address(enclosure.get("url"))
        assert enclosure.get("length", "").isdecimal()
        assert "/" in enclosure.get("type", "")
    for category in item.findall("category"):
        assert category.text
        assert is_web_address(category.get("domain"))
    for html in texts(item, CONTENT):
        check_html(html)


def check_rfc822(text: str) -> datetime:
    """RFC 822 §5 with a year of four digits, as RSS asks for, and in GMT."""
    days, months = "Mon|Tue|Wed|Thu|Fri|Sat|Sun", "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    assert re.fullmatch(f"({days}), [0-9]{{2}} ({months}) [0-9]{{4}} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}} GMT", text), text
    instant = parsedate_to_datetime(text)
    assert instant.strftime("%a") == text[:3]
    return instant


# JSON Feed 1.1 --------------------------------------------------------------------------------


def check_json_feed(text: bytes, url: str) -> list[dict[str, Any]]:
    """jsonfeed.org, version 1.1, of a feed that was found at `url`; answers its items."""
    feed = orjson.loads(text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == url
    assert feed["title"]
    assert is_web_address(feed["home_page_url"])
    assert canonical_locale(feed["language"]) == feed["language"]
    for item in feed["items"]:
        check_entry_id(item["id"])
        assert is_web_address(item["url"])
        assert item["title"]
        assert "image" not in item or is_web_address(item["image"])
        for attachment in item.get("attachments", ()):
            assert is_web_address(attachment["url"])
            assert "/" in attachment["mime_type"]
        assert isinstance(item["content_html"], str)
        check_html(item["content_html"])
        parse_rfc3339(item["date_published"])
        parse_rfc3339(item["date_modified"])
        assert canonical_locale(item["language"]) == item["language"]
        assert len(set(item["tags"])) == len(item["tags"])
        for person in (*item["authors"], *item["_nejat"]["translators"]):
            assert person["name"]
            assert is_web_address(person["url"])
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    if SCHEMAS.exists():
        schema = orjson.loads((SCHEMAS / "jsonfeed-1.1.schema.json").read_bytes())
        faults = Draft4Validator(schema, validate_formats=True).iter_errors(feed)
        assert [fault.message for fault in faults] == []
    return feed["items"]  # type: ignore[no-any-return]


# Sitemaps -------------------------------------------------------------------------------------


def check_urlset(text: bytes) -> dict[str, dict[str, str]]:
    """sitemaps.org 0.9 with Google's alternates; answers each address with its alternates by language."""
    assert len(text) <= 50 * 1024 * 1024
    root = parsed(text)
    assert root.tag == f"{SITEMAP}urlset"
    assert 1 <= len(root) <= 10_000
    found: dict[str, dict[str, str]] = {}
    for url in root:
        assert url.tag == f"{SITEMAP}url"
        order = [str(child.tag) for child in url if child.tag != XHTML_LINK]
        assert order in ([f"{SITEMAP}loc"], [f"{SITEMAP}loc", f"{SITEMAP}lastmod"])
        assert [str(child.tag) for child in url][: len(order)] == order, "alternates stand last"
        address = the(url, f"{SITEMAP}loc")
        assert is_web_address(address)
        assert len(address) <= 2048
        assert address not in found
        for lastmod in texts(url, f"{SITEMAP}lastmod"):
            parse_rfc3339(lastmod)
        found[address] = _alternates(url)
        assert address in found[address].values(), "it names itself"
    validate("sitemap-hreflang.xsd", root)
    return found


def _alternates(url: Element) -> dict[str, str]:
    alternates: dict[str, str] = {}
    for link in url.findall(XHTML_LINK):
        lang, href = link.get("hreflang", ""), link.get("href", "")
        assert set(link.keys()) == {"rel", "hreflang", "href"}
        assert link.get("rel") == "alternate"
        assert lang == "x-default" or canonical_locale(lang) == lang
        assert is_web_address(href)
        assert lang not in alternates
        alternates[lang] = href
    assert alternates["x-default"] in [href for lang, href in alternates.items() if lang != "x-default"]
    return alternates


def check_index(text: bytes) -> dict[str, str | None]:
    """sitemaps.org 0.9; answers each part's address with its `lastmod`."""
    root = parsed(text)
    assert root.tag == f"{SITEMAP}sitemapindex"
    assert len(root) <= 50_000
    parts: dict[str, str | None] = {}
    for part in root:
        order = [str(child.tag) for child in part]
        assert order in ([f"{SITEMAP}loc"], [f"{SITEMAP}loc", f"{SITEMAP}lastmod"])
        address = the(part, f"{SITEMAP}loc")
        assert is_web_address(address)
        assert address not in parts
        parts[address] = part.findtext(f"{SITEMAP}lastmod")
        parse_rfc3339(parts[address] or "1970-01-01T00:00:00Z")
    validate("siteindex.xsd", root)
    return parts


def check_reciprocity(pages: dict[str, dict[str, str]]) -> None:
    """Whatever one page names as its alternate is a page too, and names exactly the same."""
    for address, alternates in pages.items():
        for other in alternates.values():
            assert pages.get(other) == alternates, (address, other)


def validate(name: str, root: Element) -> None:
    if SCHEMAS.exists():
        _schema(name).assertValid(root)


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / "sitemap" / name))
