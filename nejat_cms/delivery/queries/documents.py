"""One article of an edition.

A document's row comes with what is not in its bytes: the names of its sections, tags and
people, and, for one alone, its neighbours and breadcrumbs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.db import bind_id, fetch
from nejat_cms.delivery.queries.editions import EditionRow, MovedError
from nejat_cms.delivery.queries.where import Where, served
from nejat_cms.errors import GoneError, NotFoundError
from nejat_cms.language.slugs import slug_key

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
    def variant_id(self) -> UUID:
        return UUID(str(self.cells[1]))

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


def columns_alone(body: Sequence[str]) -> str:
    """The columns of a document alone, and of its body no more than these forms: they are most of a row."""
    return ", ".join((ALONE, *(f"d.body_{form}" for form in body)))


def get_document(
    edition: EditionRow, slug: str, fallback: Sequence[str] = (), *, body: Sequence[str] = ()
) -> DocumentRow:
    """The document that lives at a slug: in this edition or, as in its lists, in the first of the fallbacks.

    Raises: MovedError for a former slug, GoneError for one that was withdrawn, NotFoundError.
    """
    key = slug_key(slug)
    where = Where()
    where.add(f"d.slug_key = {where.bind(key)} AND {served(where, edition.locale, fallback)}")
    found = fetch(f"SELECT {columns_alone(body)} FROM documents d WHERE {where.sql}", where.values)
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
        f"SELECT {columns_alone(body)} FROM documents d WHERE d.article_id = :id AND d.locale = :locale",
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
