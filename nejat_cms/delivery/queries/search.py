"""Search in what is published: the words' index finds, the row's own text ranks, and both databases agree.

A hit's place is its tier (`fulltext.Matching.tier`), then the newest, then the id: whole
numbers, so that pages neither skip nor repeat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.delivery.models import DocumentText
from nejat_cms.delivery.queries.documents import IN_LIST, DocumentRow, columns_alone
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.lists import Listing, conditions_of
from nejat_cms.delivery.queries.where import Where
from nejat_cms.fulltext import Matching
from nejat_cms.language.search import Query
from nejat_cms.paging import Page, Position, page_of
from nejat_cms.reading import bind_id, fetch

FOUND = "f.summary, f.body_text, f.locale, t.title, t.lead, t.body"


@dataclass(frozen=True)
class Search:
    """What is looked for, in which editions; `across`: a hit elsewhere answers with this edition's counterpart."""

    query: Query
    locales: Sequence[str]
    across: bool = False


@dataclass(frozen=True)
class HitRow:
    """A document to be shown, and the text in which the words were found: its own, or across editions another's."""

    tier: int
    document: DocumentRow
    summary: bytes
    body_text: bytes
    found_in: str
    forms: Mapping[str, str]
    """Title, lead and body as they were looked through (`words.index_form`)."""

    def texts(self) -> Mapping[str, str]:
        """Title, lead and body as they are written."""
        summary = orjson.loads(self.summary + b"}")
        return {"title": summary["title"], "lead": summary["lead"], "body": orjson.loads(self.body_text)}


def search_documents(
    edition: EditionRow,
    wanted: Listing,
    search: Search,
    *,
    limit: int,
    position: Position | None = None,
    alone: bool = False,
    body: Sequence[str] = (),
) -> Page[HitRow]:
    """A page of what answers a search, best first, then newest.

    Raises: InvalidDateError for a year or month that its calendar does not have.
    """
    where = conditions_of(edition, wanted, everywhere=search.across)
    hits = _hits(edition, search, where)
    backward = position is not None and position.backward
    beyond, order, up = "TRUE", *(("DESC", "ASC") if backward else ("ASC", "DESC"))
    if position is not None:
        tier, published, last = (
            where.bind(position.key[0]),
            where.bind(position.key[1]),
            where.bind(bind_id(UUID(hex=str(position.key[2])))),
        )
        more, newer = ("<", ">") if backward else (">", "<")
        within = f"(h.published_us, h.variant_id) {newer} ({published}, {last})"
        beyond = f"h.tier {more} {tier} OR (h.tier = {tier} AND {within})"
    rows = fetch(
        f"""SELECT {columns_alone(body) if alone else IN_LIST}, {FOUND}, h.tier
            FROM (SELECT * FROM ({hits}) h WHERE {beyond}
                  ORDER BY h.tier {order}, h.published_us {up}, h.variant_id {up} LIMIT {limit + 1:d}) h
            JOIN documents d ON d.variant_id = h.variant_id JOIN documents f ON f.variant_id = h.found_id
            JOIN document_texts t ON t.variant_id = h.found_id
            ORDER BY h.tier {order}, h.published_us {up}, h.variant_id {up}""",
        where.values,
        anew=True,
    )

    def key(hit: HitRow) -> list[int | str]:
        cells = hit.document.cells
        return [hit.tier, cells[0], UUID(str(cells[1])).hex]

    return page_of([_hit(row, body) for row in rows], position, limit, key)


def _hit(row: Sequence[Any], body: Sequence[str]) -> HitRow:
    *document, summary, body_text, found_in, title_form, lead_form, body_form, tier = row
    forms = {"title": title_form, "lead": lead_form, "body": body_form}
    return HitRow(tier, DocumentRow(document, body), bytes(summary), bytes(body_text), found_in, forms)


def count_hits(edition: EditionRow, wanted: Listing, search: Search) -> int:
    """How many documents answer a search in all."""
    where = conditions_of(edition, wanted, everywhere=search.across)
    return int(fetch(f"SELECT count(*) FROM ({_hits(edition, search, where)}) h", where.values, anew=True)[0][0])


def _hits(edition: EditionRow, search: Search, where: Where) -> str:
    """Every hit: its tier, the document that is shown (`d`), and the one in which it was found.

    SQLite follows a CROSS JOIN as it is written: from the words that were found to their documents.
    """
    matching = Matching(search.query, search.locales, DocumentText.__tablename__, "s", where.bind)
    found, tier = matching.found(), matching.tier()
    if not search.across:
        return f"""SELECT {tier} AS tier, d.published_us, d.variant_id, d.variant_id AS found_id
            FROM document_texts s CROSS JOIN documents d
            WHERE d.variant_id = s.variant_id AND {found} AND {where.sql}"""
    here = where.bind(edition.locale)
    return f"""SELECT o.tier, d.published_us, d.variant_id, o.variant_id AS found_id FROM (
            SELECT a.*, row_number() OVER (PARTITION BY a.article_id
                ORDER BY a.tier, CASE WHEN a.locale = {here} THEN 0 ELSE 1 END, a.published_us DESC, a.variant_id
            ) AS place
            FROM (SELECT {tier} AS tier, x.article_id, x.locale, x.published_us, x.variant_id
                FROM document_texts s CROSS JOIN documents x WHERE x.variant_id = s.variant_id AND {found}) a
        ) o LEFT JOIN documents own ON own.article_id = o.article_id AND own.locale = {here}
        JOIN documents d ON d.variant_id = coalesce(own.variant_id, o.variant_id)
        WHERE o.place = 1 AND {where.sql}"""
