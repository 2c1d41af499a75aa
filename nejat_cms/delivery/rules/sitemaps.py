"""Sitemaps (sitemaps.org 0.9): what search engines are told of, each page with its counterparts.

    entry     one document's `<url>`, written when the document is, from the same siblings as its `Link` header
    urlset    a part: entries side by side
    index     where the parts are

A part holds at most `part_size` entries and is read and sent in one go, so a million of them take no more
memory than a thousand. Counterparts are Google's `xhtml:link`; they stand last, as the schema wants it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from xml.sax.saxutils import escape

from nejat_cms.delivery.rules.documents import Face, alternates, iri_to_uri, together
from nejat_cms.language.slugs import SLUG_MAX
from nejat_cms.language.zones import to_rfc3339

URLS_MAX, BYTES_MAX = 10_000, 50 * 1024 * 1024
"""What the protocol lets a part hold, in `<url>` elements and bytes."""
PART_URLS, PART_BYTES = 1000, 10 * 1024 * 1024
"""What a part of articles holds: far less, for it is in memory when it is sent, and fetched again when it changed."""
ADDRESS_MAX = 2048
"""The longest address a sitemap may hold (its schema, tLoc); what has a longer one is left out."""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
CLOSED = ("/v1/manage", "/v1/preview", "/v1/auth")
"""What no search engine should ask for."""

_CHARACTER = len("%F0%90%80%80")
_FRAME = 128


def entry(face: Face, siblings: Sequence[Face]) -> str | None:
    """A document's `<url>`, counterparts included; None for one that asks not to be indexed.

    Counterparts that ask the same are not named either: they would have no entry that names this one.
    """
    if not _is_listed(face):
        return None
    listed = [other for other in together(face, siblings) if _is_listed(other)]
    return url_element(iri_to_uri(face.url), alternates(listed), face.updated_at)


def _is_listed(face: Face) -> bool:
    return not face.seo.get("noindex") and len(iri_to_uri(face.url)) <= ADDRESS_MAX


def url_element(url: str, links: Sequence[tuple[str, str]], modified: datetime | None = None) -> str:
    """A `<url>`; addresses percent-encoded, `links` by their `hreflang`."""
    shown = "".join(f'<xhtml:link rel="alternate" hreflang="{lang}" href="{escape(href)}"/>' for lang, href in links)
    return f"<url><loc>{escape(url)}</loc>{_lastmod(modified)}{shown}</url>\n"


def _lastmod(instant: datetime | None) -> str:
    return f"<lastmod>{to_rfc3339(instant.replace(microsecond=0))}</lastmod>" if instant else ""


def part_size(base_urls: Iterable[str]) -> int:
    """How many entries a part may hold in a house of these sites, were each as long as can be: at least one."""
    longest = [len(escape(iri_to_uri(url))) + 1 + SLUG_MAX * _CHARACTER for url in base_urls] or [0]
    largest = sum(longest) + 2 * max(longest) + (len(longest) + 2) * _FRAME
    return max(1, min(PART_URLS, PART_BYTES // largest))


def within_limits(elements: Iterable[str]) -> Iterator[str]:
    """As many elements as one part may hold by the protocol: 10,000, and 50 MiB with their frame."""
    left = BYTES_MAX - len(urlset(()))
    for element in islice(elements, URLS_MAX):
        left -= len(element)
        if left < 0:
            return
        yield element


def urlset(elements: Iterable[str]) -> bytes:
    """A part. The schema wants one `<url>` at least."""
    return f"{HEAD}<urlset {SITEMAP} {XHTML}>\n{''.join(elements)}</urlset>\n".encode()


def index(parts: Iterable[tuple[str, datetime | None]]) -> bytes:
    """The index: where each part is and, if that is known, when anything in it last changed."""
    rows = (f"<sitemap><loc>{escape(url)}</loc>{_lastmod(changed)}</sitemap>\n" for url, changed in parts)
    return f"{HEAD}<sitemapindex {SITEMAP}>\n{''.join(rows)}</sitemapindex>\n".encode()


def robots(base_url: str) -> bytes:
    """`robots.txt` (RFC 9309): what is not named may be asked for; and where the sitemap is."""
    closed = "".join(f"Disallow: {path}\n" for path in CLOSED)
    return f"User-agent: *\n{closed}\nSitemap: {base_url}/sitemap.xml\n".encode()
