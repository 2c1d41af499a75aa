"""Sections, tags and people of an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nejat_cms.delivery.queries.editions import EditionRow, MovedError
from nejat_cms.delivery.queries.where import Where
from nejat_cms.errors import NotFoundError
from nejat_cms.language.slugs import slug_key
from nejat_cms.paging import Page, Position, page_of
from nejat_cms.reading import bind_id, fetch, json_cell

SHOWN = "(p.type = 'section' OR p.uses > 0)"
TERM = """SELECT p.term_id, p.parent_id, p.slug, p.name, p.description, p.count, p.name_key, p.image, p.authored,
    p.translated FROM term_pages p"""


@dataclass(frozen=True)
class TermRow:
    """A section, tag or person in one edition."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    description: str
    count: int
    name_key: bytes
    image: str | None
    authored: int
    translated: int
    translations: Sequence[Mapping[str, Any]] = ()


def _term(row: Sequence[Any], translations: Mapping[UUID, list[Mapping[str, Any]]]) -> TermRow:
    term_id = UUID(str(row[0]))
    parent_id = UUID(str(row[1])) if row[1] else None
    return TermRow(
        id=term_id,
        parent_id=parent_id,
        slug=row[2],
        name=row[3],
        description=row[4],
        count=row[5],
        name_key=bytes(row[6]),
        image=row[7],
        authored=row[8],
        translated=row[9],
        translations=translations.get(term_id, ()),
    )


def list_sections(edition: EditionRow) -> list[TermRow]:
    """All sections of an edition, parents mixed with children, in the order of the house."""
    rows = fetch(
        f"{TERM} WHERE p.locale = :locale AND p.type = 'section' ORDER BY p.position, p.name_key, p.term_id",
        {"locale": edition.locale},
    )
    translations = _translations("section", edition.locale, None)
    return [_term(row, translations) for row in rows]


def list_terms(edition: EditionRow, type_: str, *, position: Position | None, limit: int) -> Page[TermRow]:
    """A page of the tags or people that an edition's documents name, in the order of its alphabet."""
    backward = position is not None and position.backward
    values: dict[str, Any] = {"locale": edition.locale, "type": type_}
    beyond = ""
    if position is not None:
        beyond = f"AND (p.name_key, p.term_id) {'<' if backward else '>'} (:key, :id)"
        values |= {"key": bytes.fromhex(str(position.key[0])), "id": bind_id(UUID(hex=str(position.key[1])))}
    order = "DESC" if backward else "ASC"
    rows = fetch(
        f"""{TERM} WHERE p.locale = :locale AND p.type = :type AND {SHOWN} {beyond}
            ORDER BY p.name_key {order}, p.term_id {order} LIMIT {limit + 1:d}""",
        values,
    )
    translations = _translations(type_, edition.locale, [row[0] for row in rows])
    terms = [_term(row, translations) for row in rows]
    return page_of(terms, position, limit, lambda term: [term.name_key.hex(), term.id.hex])


def count_terms(edition: EditionRow, type_: str) -> int:
    """How many tags or people an edition's documents name."""
    sql = f"SELECT count(*) FROM term_pages p WHERE p.locale = :locale AND p.type = :type AND {SHOWN}"
    return int(fetch(sql, {"locale": edition.locale, "type": type_})[0][0])


def get_term(edition: EditionRow, type_: str, slug: str) -> TermRow:
    """A section, tag or person by its slug.

    Raises: MovedError for a former slug, NotFoundError.
    """
    values = {"locale": edition.locale, "type": type_, "key": slug_key(slug)}
    rows = fetch(
        f"{TERM} WHERE p.locale = :locale AND p.type = :type AND p.slug_key = :key AND {SHOWN}",
        values,
    )
    if rows:
        return _term(rows[0], _translations(type_, edition.locale, [rows[0][0]]))
    rows = fetch(
        f"""SELECT p.slug FROM addresses a JOIN term_pages p ON p.term_id = a.target_id AND p.locale = a.locale
            WHERE a.locale = :locale AND a.type = :type AND a.slug_key = :key AND {SHOWN}""",
        values,
    )
    if not rows:
        raise NotFoundError
    path = PATHS[type_]
    raise MovedError(
        f"/v1/{edition.locale}/{path}/{rows[0][0]}",
        {"slug": rows[0][0], "url": f"{edition.facts['url']}/{path}/{rows[0][0]}"},
    )


PATHS = {"section": "sections", "tag": "tags", "person": "people"}


def _translations(type_: str, locale: str, ids: Sequence[Any] | None) -> dict[UUID, list[Mapping[str, Any]]]:
    """What the other enabled editions call these terms (None: all of the type), by term."""
    where = Where()
    where.add(f"p.type = {where.bind(type_)} AND p.locale <> {where.bind(locale)} AND e.enabled AND {SHOWN}")
    if ids is not None:
        if not ids:
            return {}
        where.add(f"p.term_id IN {where.any_of(ids)}")
    rows = fetch(
        f"""SELECT p.term_id, p.locale, p.slug, p.name, e.facts FROM term_pages p
            JOIN public_editions e ON e.locale = p.locale WHERE {where.sql} ORDER BY e.position, e.locale""",
        where.values,
    )
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    for term_id, other, slug, name, facts in rows:
        shown = json_cell(facts)
        found.setdefault(UUID(str(term_id)), []).append(
            {
                "locale": other,
                "lang": other,
                "dir": shown["dir"],
                "name": name,
                "slug": slug,
                "url": f"{shown['url']}/{PATHS[type_]}/{slug}",
            }
        )
    return found
