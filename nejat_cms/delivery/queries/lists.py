"""Many articles of an edition, by any filter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from nejat_cms.db import bind_id, fetch
from nejat_cms.delivery.queries.documents import IN_LIST, DocumentRow, columns_alone
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.where import Where, document_in, served
from nejat_cms.language.calendars import period_bounds
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import microseconds
from nejat_cms.paging import Page, Position, page_of


@dataclass(frozen=True)
class Listing:
    """What a list is asked for."""

    kinds: Sequence[str] = ()
    sections: Sequence[str] = ()
    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    translated_in: Sequence[str] = ()
    not_translated_in: Sequence[str] = ()
    featured: bool | None = None
    year: int | None = None
    month: int | None = None
    calendar: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    fallback: Sequence[str] = ()
    sort: str = "-published_at"


def list_documents(
    edition: EditionRow,
    wanted: Listing,
    *,
    limit: int,
    position: Position | None = None,
    alone: bool = False,
    body: Sequence[str] = (),
) -> Page[DocumentRow]:
    """A page of documents; `alone`: each with what only its detail shows, and these forms of its body.

    Raises: InvalidDateError for a year or month that its calendar does not have.
    """
    where = conditions_of(edition, wanted)
    descending = wanted.sort == "-published_at"
    column = "title_key" if wanted.sort == "title" else "published_us"
    backward = position is not None and position.backward
    downwards = descending != backward
    if position is not None:
        first: Any = bytes.fromhex(str(position.key[0])) if column == "title_key" else position.key[0]
        last = bind_id(UUID(hex=str(position.key[1])))
        where.add(f"(d.{column}, d.variant_id) {'<' if downwards else '>'} ({where.bind(first)}, {where.bind(last)})")
    order = "DESC" if downwards else "ASC"
    rows = fetch(
        f"""SELECT {columns_alone(body) if alone else IN_LIST} FROM documents d WHERE {where.sql}
            ORDER BY d.{column} {order}, d.variant_id {order} LIMIT {limit + 1:d}""",
        where.values,
    )

    def key(row: DocumentRow) -> list[int | str]:
        first = row.cells[0] if column == "published_us" else bytes(row.cells[2]).hex()
        return [first, UUID(str(row.cells[1])).hex]

    return page_of([DocumentRow(row, body) for row in rows], position, limit, key)


def count_documents(edition: EditionRow, wanted: Listing) -> int:
    """How many documents a list has in all."""
    where = conditions_of(edition, wanted)
    return int(fetch(f"SELECT count(*) FROM documents d WHERE {where.sql}", where.values)[0][0])


def list_newest_by_section(edition: EditionRow, *, each: int) -> dict[str, list[DocumentRow]]:
    """By the slug of every top section: the newest listed documents in it and below it, in one statement."""
    rows = fetch(
        f"""SELECT {IN_LIST}, r.slug FROM (
                SELECT p.slug, t.variant_id, row_number() OVER (
                    PARTITION BY t.term_id ORDER BY o.published_us DESC, o.variant_id DESC) AS place
                FROM document_terms t JOIN documents o ON o.variant_id = t.variant_id AND o.listed = true
                JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
                WHERE t.locale = :locale AND t.role = 'within' AND NOT EXISTS (
                    SELECT 1 FROM term_pages u WHERE u.term_id = p.parent_id AND u.locale = p.locale)
            ) r JOIN documents d ON d.variant_id = r.variant_id
            WHERE r.place <= {each:d} ORDER BY d.published_us DESC, d.variant_id DESC""",
        {"locale": edition.locale},
    )
    found: dict[str, list[DocumentRow]] = {}
    for *cells, slug in rows:
        found.setdefault(slug, []).append(DocumentRow(cells))
    return found


def conditions_of(edition: EditionRow, wanted: Listing, *, everywhere: bool = False) -> Where:
    """What a list is asked for, of a document `d`; `everywhere`: in whatever edition it is."""
    where = Where()
    if not everywhere:
        where.add(served(where, edition.locale, wanted.fallback))
    where.add(f"d.kind IN {where.any_of(wanted.kinds)}" if wanted.kinds else "d.listed = true")
    for type_, role, slugs in (
        ("section", "within", wanted.sections),
        ("tag", "tag", wanted.tags),
        ("person", "author", wanted.authors),
    ):
        if slugs:
            keys = where.any_of(slug_key(slug) for slug in slugs)
            # A CROSS JOIN, lest SQLite go through all that lies under the term, again for every document.
            where.add(
                f"""EXISTS (SELECT 1 FROM document_terms t CROSS JOIN term_pages p
                WHERE t.variant_id = d.variant_id AND t.role = '{role}' AND p.term_id = t.term_id
                AND p.locale = {where.bind(edition.locale)} AND p.type = '{type_}' AND p.slug_key IN {keys})"""
            )
    for locales, word in ((wanted.translated_in, "EXISTS"), (wanted.not_translated_in, "NOT EXISTS")):
        for locale in locales:
            where.add(f"{word} {document_in(where, [locale])}")
    if wanted.featured is not None:
        where.add(f"d.featured = {'true' if wanted.featured else 'false'}")
    if wanted.year is not None:
        calendar = wanted.calendar or edition.facts["calendar"]
        start, end = period_bounds(calendar, wanted.year, wanted.month, edition.facts["timezone"])
        _between(where, start, end)
    _between(where, wanted.since, wanted.until)
    return where


def _between(where: Where, start: datetime | None, end: datetime | None) -> None:
    if start is not None:
        where.add(f"d.published_us >= {where.bind(microseconds(start))}")
    if end is not None:
        where.add(f"d.published_us < {where.bind(microseconds(end))}")
