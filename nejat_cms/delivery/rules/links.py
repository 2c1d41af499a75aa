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
    found = set()
    for href in map(unescape, HREF.findall(html)):
        place = place_of(href)
        if place is None:
            continue
        if not place.host:
            place = Place(bases[locale].host if locale in bases else "", place.path, "")
        target = _target(place, bases)
        if target is not None:
            found.add(target)
    return found


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
