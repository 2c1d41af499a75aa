"""Many articles of an edition, by any filter: a page takes as long in a large edition as in a small one.

    Listing   what is asked for
    Walk      the order of a page, where it begins, and how many rows it takes
    Source    rows that an index has in this order: an edition's, a kind's, a term's

A source is read no further than the page needs; several are merged. An edition that is fallen back
to is read no further than the page of those before it reaches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.delivery.queries.documents import IN_LIST, DocumentRow, columns_alone
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.where import Where, document_in, served
from nejat_cms.language.calendars import period_bounds
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import microseconds
from nejat_cms.paging import Page, Position, page_of
from nejat_cms.reading import bind_id, fetch

LISTED_KINDS = tuple(name for name, kind in KINDS.items() if kind.listed)
FILED = {
    "section": ("section", "within"),
    "tag": ("tag", "tag"),
    "author": ("person", "author"),
    "translator": ("person", "translator"),
}
"""What each filter by terms asks for: their type, and as what a document names them."""
FEW = 1000
"""A term with no more documents has them sorted by title; where there are more, titles are looked through in order."""
MOST_SOURCES = 100
"""How many sources one statement merges; SQLite refuses more than 500."""
TURNS = 3
"""How many editions, the own one among them, are read one after the other, each no further than it must be."""
FAR = 2**62
"""Microseconds from 1970 that no document is away."""


@dataclass(frozen=True)
class Listing:
    """What a list is asked for."""

    kinds: Sequence[str] = ()
    sections: Sequence[str] = ()
    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    translators: Sequence[str] = ()
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
    where = Where()
    walk = _walk(edition, wanted, limit, position)
    columns = columns_alone(body) if alone else IN_LIST
    rows = fetch(_page_sql(where, edition, wanted, walk, columns), where.values)

    def key(row: DocumentRow) -> list[int | str]:
        first = row.cells[0] if walk.column == "published_us" else bytes(row.cells[2]).hex()
        return [first, UUID(str(row.cells[1])).hex]

    return page_of([DocumentRow(row, body) for row in rows], position, limit, key)


# How a page is found --------------------------------------------------------------------------


@dataclass(frozen=True)
class Walk:
    """In which order documents are gone through: beyond which key, between which times, and how many."""

    column: str
    downwards: bool
    most: int
    beyond: tuple[Any, Any] | None
    since: int | None
    until: int | None

    def order(self, place: str, variant: str) -> str:
        way = "DESC" if self.downwards else "ASC"
        return f"{place} {way}, {variant} {way}"


@dataclass(frozen=True)
class Source:
    """Documents `d` that an index has in the order of a walk: the tables they come from, and what holds for them."""

    tables: str
    ordered: str
    """The table whose index it is."""
    where: Where

    def select(self, columns: str, walk: Walk) -> str:
        order = walk.order(f"{self.ordered}.{walk.column}", f"{self.ordered}.variant_id")
        return f"SELECT {columns} FROM {self.tables} WHERE {self.where.sql} ORDER BY {order} LIMIT {walk.most:d}"


def _walk(edition: EditionRow, wanted: Listing, limit: int, position: Position | None) -> Walk:
    """The walk of a page. Of two bounds at one end the nearer one is kept: indexes begin at one."""
    since, until = _times(edition, wanted)
    backward = position is not None and position.backward
    downwards = (wanted.sort == "-published_at") != backward
    column = "title_key" if wanted.sort == "title" else "published_us"
    if position is None:
        return Walk(column, downwards, limit + 1, None, since, until)
    last = bind_id(UUID(hex=str(position.key[1])))
    if column == "title_key":
        return Walk(column, downwards, limit + 1, (bytes.fromhex(str(position.key[0])), last), since, until)
    first = int(position.key[0])
    nearer = (until is None or first < until) if downwards else (since is None or first >= since)
    if nearer and downwards:
        until = None
    elif nearer:
        since = None
    return Walk(column, downwards, limit + 1, (first, last) if nearer else None, since, until)


def _page_sql(where: Where, edition: EditionRow, wanted: Listing, walk: Walk, columns: str) -> str:
    """The statement of a page; `where` takes what it binds."""
    driver = _driver(edition, wanted, walk)
    steps = list(dict.fromkeys((edition.locale, *wanted.fallback)))
    own = _sources(where, edition, wanted, walk, driver, steps[:1])
    if len(own) == len(steps) == 1:
        return own[0].select(columns, walk)
    order = walk.order("place", "variant_id")
    tables = [f"page0 AS MATERIALIZED ({_merged(own, walk)})"]
    for number, ends in enumerate(_turns(len(steps)), start=1):
        before = f"page{number - 1}"
        reached = f"""(SELECT x.place FROM (SELECT place, row_number() OVER (ORDER BY {order}) AS nth FROM {before}) x
            WHERE x.nth = {walk.most:d})"""
        most = MOST_SOURCES // len(ends)
        found = [
            source
            for end in ends
            for source in _sources(where, edition, wanted, walk, driver, steps[:end], reached=reached, most=most)
        ]
        both = f"SELECT * FROM {before} UNION ALL SELECT * FROM ({_merged(found, walk)}) more"
        tables.append(f"page{number} AS MATERIALIZED (SELECT * FROM ({both}) u ORDER BY {order} LIMIT {walk.most:d})")
    return f"""WITH {", ".join(tables)} SELECT {columns} FROM page{len(tables) - 1} k CROSS JOIN documents d
        WHERE d.variant_id = k.variant_id ORDER BY {walk.order("k.place", "k.variant_id")}"""


def _turns(steps: int) -> list[list[int]]:
    """The editions that are fallen back to, by their number: one after the other, and the last ones at once.

    SQLite makes ready a table that is named twice as often as it is named: twice as much with every turn.
    """
    alone = [[number] for number in range(2, min(steps, TURNS) + 1)]
    return [*alone, list(range(TURNS + 1, steps + 1))] if steps > TURNS else alone


def _merged(sources: Sequence[Source], walk: Walk) -> str:
    """The keys of the first documents of several sources together, each document once."""
    keys = [each.select(f"{each.ordered}.{walk.column} AS place, {each.ordered}.variant_id", walk) for each in sources]
    if len(keys) == 1:
        return keys[0]
    union = " UNION ".join(f"SELECT * FROM ({key}) s{number}" for number, key in enumerate(keys))
    return f"SELECT * FROM ({union}) u ORDER BY {walk.order('place', 'variant_id')} LIMIT {walk.most:d}"


def _sources(
    values: Where,
    edition: EditionRow,
    wanted: Listing,
    walk: Walk,
    driver: str | None,
    steps: Sequence[str],
    *,
    reached: str | None = None,
    most: int | None = None,
) -> list[Source]:
    """Where the documents of the last of these editions come from that are in none of those before it.

    `reached`: the place of the last document that a full page of those before it has. `most`: if there were more
    sources than that, there is one, of which more is gone through.
    """
    choices = _choices(values, edition, wanted, walk, driver, steps[-1])
    if len(choices) > (MOST_SOURCES if most is None else most):
        driver = None
        choices = [("documents d", "d", [f"d.locale = {values.bind(steps[-1])}", _of_kinds(values, wanted)])]
    sources = []
    for tables, ordered, conditions in choices:
        where = Where(conditions, values.values)
        _add_filters(where, edition, wanted, driver, walked=True)
        if steps[:-1]:
            where.add(_has(document_in(where, steps[:-1]), no=True, walked=True))
        if walk.beyond is not None:
            first, last = map(where.bind, walk.beyond)
            way = "<" if walk.downwards else ">"
            where.add(f"({ordered}.{walk.column}, {ordered}.variant_id) {way} ({first}, {last})")
        _add_times(where, walk, ordered, reached)
        sources.append(Source(tables, ordered, where))
    return sources


def _choices(
    where: Where, edition: EditionRow, wanted: Listing, walk: Walk, driver: str | None, locale: str
) -> list[tuple[str, str, list[str]]]:
    """The tables of each source, the one of them that is in order, and what its index is asked for."""
    here = where.bind(locale)
    if driver is None and (wanted.kinds or walk.column == "title_key"):
        kinds = dict.fromkeys(wanted.kinds) or LISTED_KINDS
        return [("documents d", "d", [f"d.locale = {here}", f"d.kind = {where.bind(kind)}"]) for kind in kinds]
    if driver is None:
        return [("documents d", "d", [f"d.locale = {here}", "d.listed = true"])]
    choices = []
    for listed in sorted({KINDS[kind].listed for kind in wanted.kinds or LISTED_KINDS}):
        type_, role = FILED[driver]
        for key in _terms(wanted)[driver]:
            term = f"""(SELECT p.term_id FROM term_pages p WHERE p.locale = {where.bind(edition.locale)}
                AND p.type = '{type_}' AND p.slug_key = {where.bind(key)})"""
            conditions = [f"t.term_id = {term} AND t.role = '{role}' AND t.locale = {here}"]
            conditions.append(f"t.listed = {'true' if listed else 'false'} AND d.variant_id = t.variant_id")
            if wanted.kinds:
                conditions.append(_of_kinds(where, wanted))
            ordered = "d" if walk.column == "title_key" else "t"
            choices.append(("document_terms t CROSS JOIN documents d", ordered, conditions))
    return choices


def _add_times(where: Where, walk: Walk, ordered: str, reached: str | None) -> None:
    """Between the walk's times and, of an edition that is fallen back to, no further than what is `reached`.

    One bound at each end, as in `_walk`; both are inclusive.
    """
    since, until = walk.since, walk.until - 1 if walk.until is not None else None
    nearer, further = (since, until) if walk.downwards else (until, since)
    inside, outside = (">=", "<=") if walk.downwards else ("<=", ">=")
    if reached is not None:
        last = nearer if nearer is not None else -FAR if walk.downwards else FAR
        where.add(f"{ordered}.published_us {inside} coalesce({reached}, {where.bind(last)})")
    elif nearer is not None:
        where.add(f"{ordered}.published_us {inside} {where.bind(nearer)}")
    if further is not None:
        where.add(f"{ordered}.published_us {outside} {where.bind(further)}")


def _driver(edition: EditionRow, wanted: Listing, walk: Walk) -> str | None:
    """The filter whose terms documents are found by: those with the fewest; None: they are looked through."""
    terms = _terms(wanted)
    if not terms or (len(terms) == 1 and walk.column == "published_us"):
        return next(iter(terms), None)
    where = Where()
    asked = " OR ".join(
        f"(p.type = {where.bind(FILED[name][0])} AND p.slug_key IN {where.any_of(keys)})"
        for name, keys in terms.items()
    )
    rows = fetch(
        f"""SELECT p.type, p.slug_key, sum(u.uses) FROM term_pages p JOIN term_pages u ON u.term_id = p.term_id
            WHERE p.locale = {where.bind(edition.locale)} AND ({asked})
            AND u.locale IN {where.any_of((edition.locale, *wanted.fallback))} GROUP BY p.type, p.slug_key""",
        where.values,
    )
    uses = {(type_, key): int(number) for type_, key, number in rows}
    found = {name: sum(uses.get((FILED[name][0], key), 0) for key in keys) for name, keys in terms.items()}
    least = min(found, key=lambda name: found[name])
    return least if walk.column == "published_us" or found[least] <= FEW else None


# Other reads ----------------------------------------------------------------------------------


def count_documents(edition: EditionRow, wanted: Listing) -> int:
    """How many documents a list has in all."""
    where = conditions_of(edition, wanted)
    return int(fetch(f"SELECT count(*) FROM documents d WHERE {where.sql}", where.values)[0][0])


def list_newest_by_section(
    edition: EditionRow, sections: Sequence[UUID], *, each: int
) -> dict[UUID, list[DocumentRow]]:
    """By section: the newest listed documents in it and below it; one statement for a hundred sections."""
    found: dict[UUID, list[DocumentRow]] = {}
    for start in range(0, len(sections), MOST_SOURCES):
        where = Where()
        newest = " UNION ALL ".join(
            f"""SELECT * FROM (SELECT t.term_id, t.published_us, t.variant_id FROM document_terms t
            WHERE t.term_id = {where.bind(bind_id(section))} AND t.role = 'within' AND t.listed = true
            AND t.locale = {where.bind(edition.locale)}
            ORDER BY t.published_us DESC, t.variant_id DESC LIMIT {each:d}) s{number}"""
            for number, section in enumerate(sections[start : start + MOST_SOURCES])
        )
        rows = fetch(
            f"""SELECT {IN_LIST}, k.term_id FROM ({newest}) k CROSS JOIN documents d WHERE d.variant_id = k.variant_id
                ORDER BY k.published_us DESC, k.variant_id DESC""",
            where.values,
        )
        for *cells, section in rows:
            found.setdefault(UUID(str(section)), []).append(DocumentRow(cells))
    return found


def list_newest_of_person(edition: EditionRow, person: UUID, *, limit: int) -> list[DocumentRow]:
    """The newest listed documents that somebody wrote or translated."""
    where = Where()
    locale, term = where.bind(edition.locale), where.bind(bind_id(person))
    newest = " UNION ".join(
        f"""SELECT * FROM (SELECT t.published_us, t.variant_id FROM document_terms t
        WHERE t.term_id = {term} AND t.role = '{role}' AND t.locale = {locale} AND t.listed = true
        ORDER BY t.published_us DESC, t.variant_id DESC LIMIT {limit:d}) of_{role}"""
        for role in ("author", "translator")
    )
    rows = fetch(
        f"""SELECT {IN_LIST} FROM (SELECT * FROM ({newest}) u
                ORDER BY published_us DESC, variant_id DESC LIMIT {limit:d}) k
            CROSS JOIN documents d WHERE d.variant_id = k.variant_id
            ORDER BY k.published_us DESC, k.variant_id DESC""",
        where.values,
    )
    return [DocumentRow(row) for row in rows]


def conditions_of(edition: EditionRow, wanted: Listing, *, everywhere: bool = False) -> Where:
    """What a list is asked for, of a document `d`; `everywhere`: in whatever edition it is."""
    where = Where()
    if not everywhere:
        where.add(served(where, edition.locale, wanted.fallback))
    where.add(_of_kinds(where, wanted))
    _add_filters(where, edition, wanted)
    since, until = _times(edition, wanted)
    if since is not None:
        where.add(f"d.published_us >= {where.bind(since)}")
    if until is not None:
        where.add(f"d.published_us < {where.bind(until)}")
    return where


def _of_kinds(where: Where, wanted: Listing) -> str:
    return f"d.kind IN {where.any_of(wanted.kinds)}" if wanted.kinds else "d.listed = true"


def _add_filters(
    where: Where, edition: EditionRow, wanted: Listing, driver: str | None = None, *, walked: bool = False
) -> None:
    """Whatever is asked of a document but its kind, edition and time; `driver`: the type of terms it was found by."""
    for name, slugs in _terms(wanted).items():
        if name != driver:
            type_, role = FILED[name]
            keys = where.any_of(slugs)
            # A CROSS JOIN, lest SQLite go through all that lies under the term, again for every document.
            filed = f"""SELECT 1 FROM document_terms x CROSS JOIN term_pages p
                WHERE x.variant_id = d.variant_id AND x.role = '{role}' AND p.term_id = x.term_id
                AND p.locale = {where.bind(edition.locale)} AND p.type = '{type_}' AND p.slug_key IN {keys}"""
            where.add(_has(filed, walked=walked))
    for locales, no in ((wanted.translated_in, False), (wanted.not_translated_in, True)):
        for locale in locales:
            where.add(_has(document_in(where, [locale]), no=no, walked=walked))
    if wanted.featured is not None:
        where.add(f"d.featured = {'true' if wanted.featured else 'false'}")


def _has(rows: str, *, no: bool = False, walked: bool) -> str:
    """That a SELECT has rows, or has none.

    PostgreSQL makes a join of EXISTS, and may then go through all of it for a page: not where documents are walked
    through in order, each asked by itself.
    """
    if walked:
        return f"({rows} LIMIT 1) IS {'' if no else 'NOT '}NULL"
    return f"{'NOT ' if no else ''}EXISTS ({rows})"


def _terms(wanted: Listing) -> dict[str, list[str]]:
    """The keys of the slugs that are asked for, by filter."""
    asked = {
        "section": wanted.sections,
        "tag": wanted.tags,
        "author": wanted.authors,
        "translator": wanted.translators,
    }
    return {name: list(dict.fromkeys(map(slug_key, slugs))) for name, slugs in asked.items() if slugs}


def _times(edition: EditionRow, wanted: Listing) -> tuple[int | None, int | None]:
    """From when on and until when (exclusive) a document must be published, in microseconds."""
    spans = [(wanted.since, wanted.until)]
    if wanted.year is not None:
        calendar = wanted.calendar or edition.facts["calendar"]
        spans.append(period_bounds(calendar, wanted.year, wanted.month, edition.facts["timezone"]))
    starts = [microseconds(start) for start, _ in spans if start is not None]
    ends = [microseconds(end) for _, end in spans if end is not None]
    return max(starts, default=None), min(ends, default=None)
