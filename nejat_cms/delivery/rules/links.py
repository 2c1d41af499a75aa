"""Which pages of the house a text links to, and which articles it names as related."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import NamedTuple
from uuid import UUID

from nejat_cms.language.slugs import slug_key
from nejat_cms.urls import Place, place_of

HREF = re.compile(r'<a href="([^"]*)"')
RELATED = "related"
TYPES = {"sections": "section", "tags": "tag", "people": "person"}


class Target(NamedTuple):
    """A page of an edition, by its slug's key; an article of type `related` by its id's."""

    locale: str
    type: str
    slug_key: str


def links_in(html: str, locale: str, sites: Mapping[str, str]) -> set[Target]:
    """The articles, sections, tags and people that a rendered body links to, whether or not there are such.

    `sites` are the editions' addresses; a link without a host is on the host of the text's own edition, `locale`.
    """
    bases = {name: base for name, url in sites.items() if (base := place_of(url))}
    return {target for href in map(unescape, HREF.findall(html)) if (target := _target_of(href, locale, bases))}


def page_at(url: str, locale: str, sites: Mapping[str, str]) -> Target | None:
    """The page that an address leads to, whether or not there is such; one without a host is on that of `locale`."""
    return _target_of(url, locale, {name: base for name, each in sites.items() if (base := place_of(each))})


def _target_of(url: str, locale: str, bases: Mapping[str, Place]) -> Target | None:
    place = place_of(url)
    if place is not None and not place.host:
        place = Place(bases[locale].host if locale in bases else "", place.path, "")
    return _target(place, bases) if place is not None else None


def related_to(article_ids: Iterable[str], locale: str) -> set[Target]:
    """The articles that a text of an edition names as related, by their ids."""
    return {Target(locale, RELATED, UUID(article_id).hex) for article_id in article_ids}


def _target(place: Place, bases: Mapping[str, Place]) -> Target | None:
    """The page of the nearest edition that an address lies in: that of `/fa` comes before that of `/`."""
    inside = [(len(base.path), name, rest) for name, base in bases.items() if (rest := place.below(base)) is not None]
    if not inside:
        return None
    _, locale, rest = max(inside)
    match rest.split("/"):
        case [path, slug] if path in TYPES and slug:
            return Target(locale, TYPES[path], slug_key(slug))
        case [slug] if slug:
            return Target(locale, "article", slug_key(slug))
    return None
