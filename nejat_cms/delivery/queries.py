"""Public reads: one SELECT of ready bytes through the driver's cursor; delivery's own tables and nothing else.

A document's row comes with what is not in its bytes: the names of its sections, tags and
people, and, for one alone, its neighbours and breadcrumbs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.content.rules.kinds import LISTED
from nejat_cms.db import bind_id, fetch
from nejat_cms.errors import GoneError, NotFoundError
from nejat_cms.language.calendars import period_bounds
from nejat_cms.language.slugs import slug_key
from nejat_cms.paging import Page, Position, page_of

IN_LISTS = str(LISTED)
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class EditionRow:
    """An enabled edition as readers see it, and its content version."""

    locale: str
    seq: int
    facts: Mapping[str, Any]


class MovedError(Exception):
    """What was asked for lives at another address; `data` is what a 301 says of it."""

    def __init__(self, location: str, data: Mapping[str, Any]) -> None:
        super().__init__(location)
        self.location = location
        self.data = data


EDITION = "SELECT locale, seq, facts FROM public_editions WHERE enabled"


def get_edition(locale: str) -> EditionRow:
    """An enabled edition.

    Raises: NotFoundError.
    """
    rows = fetch(f"{EDITION} AND locale = :locale", {"locale": locale})
    if not rows:
        raise NotFoundError
    return _edition(rows[0])


def list_editions() -> list[EditionRow]:
    """Every enabled edition, in order."""
    rows = fetch(f"{EDITION} ORDER BY position, locale")
    return [_edition(row) for row in rows]


def _edition(row: Sequence[Any]) -> EditionRow:
    facts = row[2] if isinstance(row[2], dict) else orjson.loads(row[2])
    return EditionRow(row[0], row[1], facts)


def count_articles() -> dict[str, int]:
    """How many listed articles each edition has."""
    rows = fetch(f"SELECT locale, sum(n) FROM day_counts WHERE kind IN {IN_LISTS} GROUP BY locale")
    return {locale: int(count) for locale, count in rows}


# Documents ------------------------------------------------------------------------------------

TERMS = """(SELECT group_concat(x.entry, char(30)) FROM (
    SELECT t.role || char(31) || p.face AS entry
    FROM document_terms t JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
    WHERE t.variant_id = d.variant_id AND t.role <> 'within' ORDER BY t.role, t.position) x)"""
CRUMBS = """(SELECT p.crumbs FROM document_terms t
    JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
    WHERE t.variant_id = d.variant_id AND t.role = 'section' ORDER BY t.position LIMIT 1)"""
NEIGHBOUR = """(SELECT n.card FROM documents n WHERE n.locale = d.locale AND n.kind = d.kind
    AND d.listed = true AND (n.published_us, n.variant_id) {beyond} (d.published_us, d.variant_id)
    ORDER BY n.published_us {order}, n.variant_id {order} LIMIT 1)"""
NEWER, OLDER = NEIGHBOUR.format(beyond=">", order="ASC"), NEIGHBOUR.format(beyond="<", order="DESC")
BODY_FORMS = ("html", "blocks", "text")
IN_LIST = f"d.published_us, d.variant_id, d.title_key, d.summary, d.comments, {TERMS}"
ALONE = f"{IN_LIST}, d.detail, {CRUMBS}, {NEWER}, {OLDER}, d.link, d.locale, d.slug"
ROLES = ("section", "tag", "author", "translator")


@dataclass(frozen=True)
class DocumentRow:
    """A document as it was fetched; `json` puts its bytes together. Its last cells are these forms of its body."""

    cells: Sequence[Any]
    forms: Sequence[str] = BODY_FORMS

    @property
    def link(self) -> str:
        return str(self.cells[10])

    @property
    def locale(self) -> str:
        return str(self.cells[11])

    def json(self, body: Sequence[str] = ()) -> bytes:
        """The whole object; with `body`, as it stands alone."""
        terms = _terms(self.cells[5])
        parts = [bytes(self.cells[3]), b",", _spliced_terms(terms), b',"comments":%d' % self.cells[4]]
        if len(self.cells) > 6:
            parts += self._alone(terms, body)
        return b"".join((*parts, b"}"))

    def _alone(self, terms: Mapping[str, list[Any]], body: Sequence[str]) -> Iterable[bytes]:
        named = {
            "author": [{"@type": "Person", "name": person["name"]} for person in terms["author"]],
            "articleSection": [section["name"] for section in terms["section"]],
        }
        forms = dict(zip(self.forms, self.cells[13:], strict=True))
        shown = b",".join(b'"%s":%s' % (form.encode(), bytes(forms[form])) for form in body)
        crumbs = (self.cells[7] or "").encode()
        newer, older = (bytes(cell) if cell is not None else b"null" for cell in self.cells[8:10])
        return (
            b",",
            bytes(self.cells[6]),
            b",",
            orjson.dumps(named)[1:-1],
            b'}},"breadcrumbs":[%s],"newer":%s,"older":%s,"body":{%s}' % (crumbs, newer, older, shown),
        )


def _terms(entries: str | None) -> dict[str, list[Any]]:
    terms: dict[str, list[Any]] = {role: [] for role in ROLES}
    for entry in entries.split("\x1e") if entries else ():
        role, _, face = entry.partition("\x1f")
        terms[role].append(orjson.loads(face))
    return terms


def _spliced_terms(terms: Mapping[str, list[Any]]) -> bytes:
    spliced = {
        "sections": terms["section"],
        "tags": terms["tag"],
        "authors": [person["name"] for person in terms["author"]],
        "translators": [person["name"] for person in terms["translator"]],
        "people": [person | {"role": role} for role in ("author", "translator") for person in terms[role]],
    }
    return orjson.dumps(spliced)[1:-1]


def _alone(body: Sequence[str]) -> str:
    """The columns of a document alone, and of its body no more than these forms: they are most of a row."""
    return ", ".join((ALONE, *(f"d.body_{form}" for form in body)))


def get_document(
    edition: EditionRow, slug: str, fallback: Sequence[str] = (), *, body: Sequence[str] = ()
) -> DocumentRow:
    """The document that lives at a slug: in this edition or, as in its lists, in the first of the fallbacks.

    Raises: MovedError for a former slug, GoneError for one that was withdrawn, NotFoundError.
    """
    key = slug_key(slug)
    where = _Where()
    where.add(f"d.slug_key = {where.bind(key)} AND {_served(where, edition.locale, fallback)}")
    found = fetch(f"SELECT {_alone(body)} FROM documents d WHERE {where.sql}", where.values)
    if found:
        documents = [DocumentRow(row, body) for row in found]
        return min(documents, key=lambda row: (edition.locale, *fallback).index(row.locale))
    rows = fetch(
        """SELECT a.state, d.slug FROM addresses a LEFT JOIN documents d ON d.variant_id = a.target_id
           WHERE a.locale = :locale AND a.type = 'article' AND a.slug_key = :key""",
        {"locale": edition.locale, "key": key},
    )
    if not rows:
        raise NotFoundError
    if rows[0][1] is None:
        raise GoneError
    raise _moved(edition, rows[0][1])


def _moved(edition: EditionRow, slug: str) -> MovedError:
    return MovedError(f"/v1/{edition.locale}/articles/{slug}", {"slug": slug, "url": f"{edition.facts['url']}/{slug}"})


def published_locales(article_id: UUID) -> dict[str, str]:
    """The enabled editions in which an article was published, in order: `live` or `withdrawn`."""
    rows = fetch(
        """SELECT c.locale, c.type FROM changes c JOIN public_editions e ON e.locale = c.locale AND e.enabled
           WHERE c.article_id = :id ORDER BY e.position, e.locale""",
        {"id": bind_id(article_id)},
    )
    return {locale: "withdrawn" if type_ == "withdrawn" else "live" for locale, type_ in rows}


def get_document_of(article_id: UUID, locale: str, *, body: Sequence[str] = ()) -> DocumentRow:
    """An article's document in one edition.

    Raises: NotFoundError.
    """
    rows = fetch(
        f"SELECT {_alone(body)} FROM documents d WHERE d.article_id = :id AND d.locale = :locale",
        {"id": bind_id(article_id), "locale": locale},
    )
    if not rows:
        raise NotFoundError
    return DocumentRow(rows[0], body)


def joined_article(article_id: UUID) -> UUID | None:
    """The article an id stands for since two were joined."""
    rows = fetch(
        "SELECT target_id FROM addresses WHERE locale = '' AND type = 'id' AND slug_key = :key",
        {"key": article_id.hex},
    )
    return UUID(str(rows[0][0])) if rows else None


# Lists ----------------------------------------------------------------------------------------


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


@dataclass
class _Where:
    """Conditions and the values bound to them."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def any_of(self, values: Iterable[Any]) -> str:
        return f"({', '.join(self.bind(value) for value in values)})"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)


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
    where = _conditions(edition, wanted)
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
        f"""SELECT {_alone(body) if alone else IN_LIST} FROM documents d WHERE {where.sql}
            ORDER BY d.{column} {order}, d.variant_id {order} LIMIT {limit + 1:d}""",
        where.values,
    )

    def key(row: DocumentRow) -> list[int | str]:
        first = row.cells[0] if column == "published_us" else bytes(row.cells[2]).hex()
        return [first, UUID(str(row.cells[1])).hex]

    return page_of([DocumentRow(row, body) for row in rows], position, limit, key)


def count_documents(edition: EditionRow, wanted: Listing) -> int:
    """How many documents a list has in all."""
    where = _conditions(edition, wanted)
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


def _conditions(edition: EditionRow, wanted: Listing) -> _Where:
    where = _Where()
    where.add(_served(where, edition.locale, wanted.fallback))
    where.add(f"d.kind IN {where.any_of(wanted.kinds)}" if wanted.kinds else "d.listed = true")
    for type_, role, slugs in (
        ("section", "within", wanted.sections),
        ("tag", "tag", wanted.tags),
        ("person", "author", wanted.authors),
    ):
        if slugs:
            keys = where.any_of(slug_key(slug) for slug in slugs)
            where.add(
                f"""EXISTS (SELECT 1 FROM document_terms t
                JOIN term_pages p ON p.term_id = t.term_id AND p.locale = {where.bind(edition.locale)}
                WHERE t.variant_id = d.variant_id AND t.role = '{role}'
                AND p.type = '{type_}' AND p.slug_key IN {keys})"""
            )
    for locales, word in ((wanted.translated_in, "EXISTS"), (wanted.not_translated_in, "NOT EXISTS")):
        for locale in locales:
            where.add(f"{word} {_document_in(where, [locale])}")
    if wanted.featured is not None:
        where.add(f"d.featured = {'true' if wanted.featured else 'false'}")
    if wanted.year is not None:
        calendar = wanted.calendar or edition.facts["calendar"]
        start, end = period_bounds(calendar, wanted.year, wanted.month, edition.facts["timezone"])
        _between(where, start, end)
    _between(where, wanted.since, wanted.until)
    return where


def _served(where: _Where, locale: str, fallback: Sequence[str]) -> str:
    """For each article: its document in this edition or, where there is none, in the first of the fallbacks."""
    choices = [f"d.locale = {where.bind(locale)}"]
    earlier = [locale]
    for step in fallback:
        if step not in earlier:
            choices.append(f"(d.locale = {where.bind(step)} AND NOT EXISTS {_document_in(where, earlier)})")
            earlier.append(step)
    return f"({' OR '.join(choices)})"


def _document_in(where: _Where, locales: Sequence[str]) -> str:
    return f"(SELECT 1 FROM documents o WHERE o.article_id = d.article_id AND o.locale IN {where.any_of(locales)})"


def _between(where: _Where, start: datetime | None, end: datetime | None) -> None:
    if start is not None:
        where.add(f"d.published_us >= {where.bind(microseconds(start))}")
    if end is not None:
        where.add(f"d.published_us < {where.bind(microseconds(end))}")


def from_microseconds(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


# Sections, tags, people -----------------------------------------------------------------------

SHOWN = "(p.type = 'section' OR p.uses > 0)"
TERM = "SELECT p.term_id, p.parent_id, p.slug, p.name, p.description, p.count, p.name_key FROM term_pages p"


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
    translations: Sequence[Mapping[str, Any]] = ()


def _term(row: Sequence[Any], translations: Mapping[UUID, list[Mapping[str, Any]]]) -> TermRow:
    term_id = UUID(str(row[0]))
    parent_id = UUID(str(row[1])) if row[1] else None
    return TermRow(term_id, parent_id, row[2], row[3], row[4], row[5], bytes(row[6]), translations.get(term_id, ()))


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
    where = _Where()
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
        shown = facts if isinstance(facts, dict) else orjson.loads(facts)
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


# Archive and changes --------------------------------------------------------------------------


def count_by_day(edition: EditionRow) -> list[tuple[date, int]]:
    """How many listed documents an edition published on each of its local days, newest first."""
    rows = fetch(
        f"""SELECT day, sum(n) FROM day_counts WHERE locale = :locale AND kind IN {IN_LISTS}
            GROUP BY day ORDER BY day DESC""",
        {"locale": edition.locale},
    )
    return [(day if isinstance(day, date) else date.fromisoformat(day), int(count)) for day, count in rows]


@dataclass(frozen=True)
class ChangeRow:
    """A change of an article in an edition."""

    seq: int
    at_us: int
    type: str
    article_id: UUID
    slug: str
    moved_from: str | None
    moved_seq: int | None

    def moved_since(self, since: int) -> bool:
        """Whether who has heard of everything up to `since` must be told that it lives elsewhere now."""
        return self.type != "withdrawn" and self.moved_seq is not None and since < self.moved_seq


def list_changes(edition: EditionRow, *, after: int, until: int, live_only: bool, limit: int) -> list[ChangeRow]:
    """Changes numbered above `after` and up to `until`, in commit order; one more than `limit` if there are more."""
    rows = fetch(
        f"""SELECT seq, at_us, type, article_id, slug, moved_from, moved_seq FROM changes
            WHERE locale = :locale AND seq > :after AND seq <= :until {"AND type <> 'withdrawn'" if live_only else ""}
            ORDER BY seq LIMIT {limit + 1:d}""",
        {"locale": edition.locale, "after": after, "until": until},
    )
    return [ChangeRow(row[0], row[1], row[2], UUID(str(row[3])), *row[4:]) for row in rows]
