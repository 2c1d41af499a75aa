"""Feeds of an edition, and of a section, tag or kind in it: Atom, RSS 2.0, JSON Feed 1.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson
from flask import current_app

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.delivery.queries import lists, terms
from nejat_cms.delivery.queries.editions import EditionRow, MovedError, edition_among, enabled_editions, last_change
from nejat_cms.delivery.queries.lists import Listing
from nejat_cms.delivery.routes.responses import moved_response, public_response
from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.delivery.rules.feeds import FORMATS, NEWEST, Counterpart, Feed, entry_of
from nejat_cms.delivery.schemas.feeds import JsonFeed
from nejat_cms.errors import NotFoundError
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.problems import said_in
from nejat_cms.http.routing import Call, Routes
from nejat_cms.http.tags import HOUSE
from nejat_cms.language.direction import isolated

routes = Routes("Feeds", signed_in=False, kept=True, prefix="")
WRITTEN: Mapping[str, Any] = {
    "answer": JsonFeed,
    "media_types": [each.media_type for each in FORMATS.values()],
    "dated": True,
}


@dataclass(frozen=True)
class House:
    """The editions, and when anything in them last changed: read first, so that nothing older goes out under it."""

    changed: datetime
    editions: Mapping[str, EditionRow]


@dataclass(frozen=True)
class Subject:
    """What a feed is about in one edition: its path below the edition's, its name there (the edition's own: empty)."""

    path: str = ""
    name: str = ""


@routes.get("/<locale:locale>/feed.<feed:form>", **WRITTEN)
def get_feed(call: Call, locale: str, form: str) -> ReadyResponse:
    """The newest of an edition, every kind but pages."""
    house = _house(locale)
    return _feed(form, locale, house, dict.fromkeys(house.editions, Subject()), Listing())


@routes.get("/<locale:locale>/sections/<slug>/feed.<feed:form>", **WRITTEN)
def get_section_feed(call: Call, locale: str, slug: str, form: str) -> ReadyResponse:
    """The newest of a section and of all below it. A former slug leads (301) to the present one."""
    return _term_feed(form, locale, "section", slug)


@routes.get("/<locale:locale>/tags/<slug>/feed.<feed:form>", **WRITTEN)
def get_tag_feed(call: Call, locale: str, slug: str, form: str) -> ReadyResponse:
    """The newest that carry a tag. A former slug leads (301) to the present one."""
    return _term_feed(form, locale, "tag", slug)


@routes.get("/<locale:locale>/kinds/<kind>/feed.<feed:form>", **WRITTEN)
def get_kind_feed(call: Call, locale: str, kind: str, form: str) -> ReadyResponse:
    """The newest of a kind."""
    house = _house(locale)
    if kind not in KINDS:
        raise NotFoundError
    subjects = {other: Subject(f"/kinds/{kind}", said_in(other, KINDS[kind].label)) for other in house.editions}
    return _feed(form, locale, house, subjects, Listing(kinds=(kind,)))


def _house(locale: str) -> House:
    """The house, if it has this edition.

    Raises: NotFoundError.
    """
    house = House(last_change(), enabled_editions())
    edition_among(locale, house.editions)
    return house


def _term_feed(form: str, locale: str, type_: str, slug: str) -> ReadyResponse:
    house, below = _house(locale), terms.PATHS[type_]
    try:
        term = terms.get_term(house.editions[locale], type_, slug)
    except MovedError as moved:
        present = f"/{locale}/{below}/{moved.data['slug']}/feed.{form}"
        url = f"{current_app.config['SETTINGS'].base_url}{present}"
        return moved_response(MovedError(present, {"slug": moved.data["slug"], "url": url}), locale)
    names = {locale: (term.slug, term.name)}
    names |= {other["locale"]: (other["slug"], other["name"]) for other in term.translations}
    subjects = {other: Subject(f"/{below}/{slug}", name) for other, (slug, name) in names.items()}
    wanted = Listing(sections=(term.slug,)) if type_ == "section" else Listing(tags=(term.slug,))
    return _feed(form, locale, house, subjects, wanted, term.id, term.description)


def _feed(
    form: str,
    locale: str,
    house: House,
    subjects: Mapping[str, Subject],
    wanted: Listing,
    term_id: UUID | None = None,
    description: str = "",
) -> ReadyResponse:
    """The newest of what is wanted; `subjects` says what this is in each edition that has it."""
    edition, subject = house.editions[locale], subjects[locale]
    site = edition.facts["url"]
    rows = lists.list_documents(edition, wanted, limit=NEWEST, alone=True, body=("html",)).rows
    entries = [entry_of(orjson.loads(row.json(("html",))), row.variant_id, site) for row in rows]
    feed = Feed(
        id=f"urn:uuid:{uuid5(term_id, locale) if term_id else uuid5(UUID(edition.facts['id']), subject.path)}",
        url=_address(locale, subject),
        home=iri_to_uri(site if term_id is None else f"{site}{subject.path}"),
        locale=locale,
        direction=edition.facts["dir"],
        title=_title(edition, subject),
        description=description or edition.facts["tagline"],
        publisher=edition.facts["title"],
        copyright=edition.facts["copyright"],
        updated=max((entry.updated for entry in entries), default=house.changed),
        counterparts=[
            Counterpart(
                other.locale,
                other.facts["dir"],
                _title(other, subjects[other.locale]),
                _address(other.locale, subjects[other.locale]),
            )
            for other in house.editions.values()
            if other.locale in subjects and other.locale != locale
        ],
        entries=entries,
    )
    content_type = f"{FORMATS[form].media_type}; charset=utf-8"
    return public_response(
        FORMATS[form].write(feed),
        locale=locale,
        seq=edition.seq,
        content_type=content_type,
        changed=house.changed,
        tags=[HOUSE],  # it says when anything changed, in any edition
    )


def _address(locale: str, subject: Subject) -> str:
    """Where a feed is, without the end that names its format: at this API, whichever host its edition's site has."""
    return iri_to_uri(f"{current_app.config['SETTINGS'].base_url}/{locale}{subject.path}/feed")


def _title(edition: EditionRow, subject: Subject) -> str:
    """`City – The Town Paper`."""
    names = [name for name in (subject.name, edition.facts["title"]) if name]
    return " – ".join(isolated(name, edition.facts["dir"]) for name in names)
