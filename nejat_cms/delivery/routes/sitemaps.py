"""What search engines ask for: the sitemap, its parts, `robots.txt`."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from flask import current_app

from nejat_cms.delivery.queries import sitemaps, terms
from nejat_cms.delivery.queries.editions import (
    EditionRow,
    default_locale,
    edition_among,
    enabled_editions,
    get_edition,
    last_change,
)
from nejat_cms.delivery.routes.responses import public_response
from nejat_cms.delivery.rules import sitemaps as rules
from nejat_cms.delivery.rules.documents import iri_to_uri, with_default
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.routing import Call, Routes

routes = Routes("Sitemaps", signed_in=False, kept=True, prefix="")
XML = "application/xml"


@routes.get("/sitemap.xml", media_types=(XML,), dated=True)
def get_sitemap(call: Call) -> ReadyResponse:
    """The index of all sitemaps: for each edition its front page and sections, then its articles."""
    changed = last_change()  # before anything else is read, so that nothing older ever goes out under a newer time
    base = f"{current_app.config['SETTINGS'].base_url}/sitemaps"
    parts: list[tuple[str, datetime | None]] = [
        (f"{base}/{locale}/sections.xml", None) for locale in enabled_editions()
    ]
    parts += [(f"{base}/{part.locale}/{part.number}.xml", part.changed) for part in sitemaps.list_parts()]
    return public_response(rules.index(parts), content_type=f"{XML}; charset=utf-8", changed=changed)


@routes.get("/sitemaps/<locale:locale>/sections.xml", media_types=(XML,), dated=True)
def get_sections_sitemap(call: Call, locale: str) -> ReadyResponse:
    """An edition's front page and sections, each with its counterparts."""
    changed, editions = last_change(), enabled_editions()
    edition = edition_among(locale, editions)
    body = rules.urlset(rules.within_limits(_section_entries(edition, editions)))
    return _answer(body, edition, changed)


@routes.get("/sitemaps/<locale:locale>/<number:part>.xml", media_types=(XML,), dated=True)
def get_articles_sitemap(call: Call, locale: str, part: int) -> ReadyResponse:
    """A part of an edition's articles, each with its counterparts. What is in a part stays there."""
    changed, edition = last_change(), get_edition(locale)
    return _answer(rules.urlset(sitemaps.list_entries(edition, part)), edition, changed)


@routes.get("/robots.txt", media_types=("text/plain",))
def get_robots(call: Call) -> ReadyResponse:
    """What search engines may ask for here, and where the sitemap is."""
    return public_response(
        rules.robots(current_app.config["SETTINGS"].base_url), content_type="text/plain; charset=utf-8"
    )


def _section_entries(edition: EditionRow, editions: Mapping[str, EditionRow]) -> Iterator[str]:
    default = default_locale(editions)

    def entry(url: str, pages: Mapping[str, str]) -> str:
        links = [(locale, iri_to_uri(pages[locale])) for locale in editions if locale in pages]
        return rules.url_element(iri_to_uri(url), with_default(links, default))

    homes = {locale: other.facts["url"] for locale, other in editions.items()}
    yield entry(homes[edition.locale], homes)
    for section in terms.list_sections(edition):
        url = f"{edition.facts['url']}/sections/{section.slug}"
        yield entry(url, {edition.locale: url} | {other["locale"]: other["url"] for other in section.translations})


def _answer(body: bytes, edition: EditionRow, changed: datetime) -> ReadyResponse:
    return public_response(
        body, locale=edition.locale, seq=edition.seq, content_type=f"{XML}; charset=utf-8", changed=changed
    )
