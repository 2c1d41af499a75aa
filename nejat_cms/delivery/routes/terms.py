"""Sections, tags, people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from nejat_cms.delivery.queries import lists, terms
from nejat_cms.delivery.queries.editions import MovedError, get_edition
from nejat_cms.delivery.queries.terms import TermRow
from nejat_cms.delivery.routes.responses import envelope, moved_response, public_response
from nejat_cms.delivery.schemas.terms import PersonBody, PublicTerm
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT, TOTAL
from nejat_cms.http.routing import Call, Routes
from nejat_cms.paging import Page

routes = Routes("Public", signed_in=False, kept=True)
NEWEST = 20
"""How many articles the page of a person shows."""


def _term_body(term: TermRow, children: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    body = {
        "slug": term.slug,
        "name": term.name,
        "description": term.description,
        "count": term.count,
        "image": orjson.Fragment(term.image) if term.image else None,
        "translations": term.translations,
    }
    return body if children is None else body | {"children": children}


def section_tree(sections: Sequence[TermRow]) -> list[dict[str, Any]]:
    """Sections nested, each below the nearest one that has a name in this edition."""
    present = {section.id for section in sections}
    below: dict[UUID | None, list[TermRow]] = defaultdict(list)
    for section in sections:
        below[section.parent_id if section.parent_id in present else None].append(section)

    def grow(parent: UUID | None) -> list[dict[str, Any]]:
        return [_term_body(section, grow(section.id)) for section in below[parent]]

    return grow(None)


def _find(tree: Iterable[dict[str, Any]], slug: str) -> dict[str, Any]:
    for node in tree:
        if node["slug"] == slug:
            return node
        found = _find(node["children"], slug)
        if found:
            return found
    return {}


@routes.get("/<locale:locale>/sections", answer=PublicTerm, many=True)
def list_sections(call: Call, locale: str) -> ReadyResponse:
    """The edition's sections as a tree, in the order of the house."""
    edition = get_edition(locale)
    data = section_tree(terms.list_sections(edition))
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


@routes.get("/<locale:locale>/sections/<slug>", answer=PublicTerm)
def get_section(call: Call, locale: str, slug: str) -> ReadyResponse:
    """One section with everything below it."""
    edition = get_edition(locale)
    try:
        term = terms.get_term(edition, "section", slug)
    except MovedError as moved:
        return moved_response(moved, locale)
    data = _find(section_tree(terms.list_sections(edition)), term.slug)
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


@routes.get("/<locale:locale>/tags", answer=PublicTerm, many=True, query=(TOTAL, LIMIT, CURSOR))
def list_tags(call: Call, locale: str) -> ReadyResponse:
    """The tags that published articles carry, in the order of the edition's alphabet."""
    return _term_list(call, locale, "tag")


@routes.get("/<locale:locale>/tags/<slug>", answer=PublicTerm)
def get_tag(call: Call, locale: str, slug: str) -> ReadyResponse:
    """One tag that published articles carry."""
    return _one_term(locale, "tag", slug)


@routes.get("/<locale:locale>/people", answer=PublicTerm, many=True, query=(TOTAL, LIMIT, CURSOR))
def list_people(call: Call, locale: str) -> ReadyResponse:
    """The people behind the bylines, in the order of the edition's alphabet."""
    return _term_list(call, locale, "person")


@routes.get("/<locale:locale>/people/<slug>", answer=PersonBody)
def get_person(call: Call, locale: str, slug: str) -> ReadyResponse:
    """One person behind the bylines, with the newest twenty articles she wrote or translated.

    `roles` says how many there are of each, pages not counted; `links` lead to the lists of all of them.
    """
    edition = get_edition(locale)
    try:
        person = terms.get_term(edition, "person", slug)
    except MovedError as moved:
        return moved_response(moved, locale)
    newest = lists.list_newest_of_person(edition, person.id, limit=NEWEST)
    roles = {"author": person.authored, "translator": person.translated}
    data = _term_body(person) | {
        "roles": roles,
        "articles": [orjson.Fragment(row.json()) for row in newest],
        "links": {role: f"/v1/{locale}/articles?{role}={quote(person.slug)}" for role in roles},
    }
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


def _term_list(call: Call, locale: str, type_: str) -> ReadyResponse:
    edition = get_edition(locale)
    position = read_cursor_param(call.query["cursor"])
    page: Page[TermRow] = terms.list_terms(edition, type_, position=position, limit=call.query["limit"])
    links = page_links(page)
    meta = {"total": terms.count_terms(edition, type_)} if call.query["total"] else None
    data = orjson.dumps([_term_body(term) for term in page.rows])
    return public_response(envelope(data, meta, links), locale=locale, seq=edition.seq, links=links)


def _one_term(locale: str, type_: str, slug: str) -> ReadyResponse:
    edition = get_edition(locale)
    try:
        term = terms.get_term(edition, type_, slug)
    except MovedError as moved:
        return moved_response(moved, locale)
    return public_response(envelope(orjson.dumps(_term_body(term))), locale=locale, seq=edition.seq)
