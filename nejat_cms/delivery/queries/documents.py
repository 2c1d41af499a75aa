"""One article of an edition.

A document's row comes with what is not in its bytes: the names of its sections, tags and
people, and, for one alone, its neighbours and breadcrumbs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast
from uuid import UUID

from nejat_cms.delivery.queries.editions import (
    EditionRow,
    MovedError,
    edition_row,
    enabled_editions,
    get_edition,
)
from nejat_cms.delivery.queries.places import redirected
from nejat_cms.delivery.queries.terms import PATHS
from nejat_cms.delivery.queries.where import Where, served
from nejat_cms.errors import GoneError, NotFoundError
from nejat_cms.language.slugs import slug_key
from nejat_cms.reading import bind_id, fetch
from nejat_cms.urls import place_of

NAMES = "(SELECT k.entries FROM document_names k WHERE k.variant_id = d.variant_id)"
CRUMBS = """(SELECT p.crumbs FROM document_terms t
    JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
    WHERE t.variant_id = d.variant_id AND t.role = 'section' ORDER BY t.position LIMIT 1)"""
NEIGHBOUR = """(SELECT n.card FROM documents n WHERE n.locale = d.locale AND n.kind = d.kind
    AND d.listed = true AND (n.published_us, n.variant_id) {beyond} (d.published_us, d.variant_id)
    ORDER BY n.published_us {order}, n.variant_id {order} LIMIT 1)"""
NEWER, OLDER = NEIGHBOUR.format(beyond=">", order="ASC"), NEIGHBOUR.format(beyond="<", order="DESC")
SEQ = "(SELECT e.seq FROM public_editions e WHERE e.locale = d.locale AND e.enabled)"
BODY_FORMS = ("html", "blocks", "text")
IN_LIST = f"d.published_us, d.variant_id, d.title_key, d.summary, d.comments, {NAMES}"
ALONE = f"{IN_LIST}, d.detail, {CRUMBS}, {NEWER}, {OLDER}, d.link, d.locale, {SEQ}, d.article_id"
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

    @property
    def seq(self) -> int | None:
        """The content version of its edition; None where that is not enabled."""
        return cast(int | None, self.cells[12])

    @property
    def article_id(self) -> UUID:
        return UUID(str(self.cells[13]))

    def json(self, body: Sequence[str] = ()) -> bytes:
        """The whole object; with `body`, as it stands alone."""
        terms = terms_json(self.cells[5])
        parts = [bytes(self.cells[3]), b",", terms.spliced, b',"comments":%d' % self.cells[4]]
        if len(self.cells) > 6:
            forms = dict(zip(self.forms, self.cells[14:], strict=True))
            shown = b",".join([b'"%s":%s' % (form.encode(), bytes(forms[form])) for form in body])
            crumbs = (self.cells[7] or "").encode()
            newer, older = [bytes(cell) if cell is not None else b"null" for cell in self.cells[8:10]]
            parts += (
                b",",
                bytes(self.cells[6]),
                b",",
                terms.schema_org,
                b'}},"breadcrumbs":[%s],"newer":%s,"older":%s,"body":{%s}' % (crumbs, newer, older, shown),
            )
        return b"".join((*parts, b"}"))


class TermsJson(NamedTuple):
    """What a document says of its terms, as members of JSON objects."""

    spliced: bytes
    schema_org: bytes


@lru_cache(maxsize=1_000)
def terms_json(entries: str | None) -> TermsJson:
    """From what `DocumentNames` holds. Many documents are by the same people in the same sections."""
    faces: dict[str, list[str]] = {role: [] for role in ROLES}
    for entry in entries.split("\x1e") if entries else ():
        role, _, face = entry.partition("\x1f")
        faces[role].append(face)
    names = {role: [_name(face) for face in faces[role]] for role in ROLES}
    people = [f'{face[:-1]},"role":"{role}"}}' for role in ("author", "translator") for face in faces[role]]
    persons = [f'{{"@type":"Person","name":{name}}}' for name in names["author"]]
    spliced = {
        "sections": faces["section"],
        "tags": faces["tag"],
        "authors": names["author"],
        "translators": names["translator"],
        "people": people,
    }
    return TermsJson(_members(spliced), _members({"author": persons, "articleSection": names["section"]}))


def _members(arrays: Mapping[str, Sequence[str]]) -> bytes:
    return ",".join([f'"{name}":[{",".join(items)}]' for name, items in arrays.items()]).encode()


def _name(face: str) -> str:
    """The name in a term's face, which ends with it; quotes within a slug or a name would be escaped."""
    return face.partition('"name":')[2][:-1]


def columns_alone(body: Sequence[str]) -> str:
    """The columns of a document alone, and of its body no more than these forms: they are most of a row."""
    return ", ".join((ALONE, *(f"d.body_{form}" for form in body)))


def get_document(locale: str, slug: str, fallback: Sequence[str] = (), *, body: Sequence[str] = ()) -> DocumentRow:
    """The document that lives at a slug: in this edition or, as in its lists, in the first of the fallbacks.

    Raises: MovedError for a former slug, GoneError for one that was withdrawn, NotFoundError.
    """
    key = slug_key(slug)
    where = Where()
    where.add(f"d.slug_key = {where.bind(key)} AND {served(where, locale, fallback)}")
    rows = fetch(f"SELECT {columns_alone(body)} FROM documents d WHERE {where.sql}", where.values)
    found = [row for row in (DocumentRow(cells, body) for cells in rows) if row.seq is not None]
    if not found:
        raise elsewhere(get_edition(locale), slug)
    return min(found, key=lambda row: (locale, *fallback).index(row.locale))


class ArticlePlace(NamedTuple):
    """Where a text is that readers see, for what lies beside it."""

    variant_id: UUID
    article_id: UUID
    published_us: int
    edition: EditionRow


def find_place(locale: str, slug: str) -> ArticlePlace:
    """The text that lives at a slug of an edition, without the text.

    Raises: MovedError for a former slug, GoneError for one that was withdrawn, NotFoundError.
    """
    key = slug_key(slug)
    rows = fetch(
        """SELECT d.variant_id, d.article_id, d.published_us, e.locale, e.seq, CAST(e.facts AS TEXT)
           FROM documents d JOIN public_editions e ON e.locale = d.locale AND e.enabled
           WHERE d.locale = :locale AND d.slug_key = :key""",
        {"locale": locale, "key": key},
    )
    if not rows:
        raise elsewhere(get_edition(locale), slug)
    variant_id, article_id, published_us, *edition = rows[0]
    return ArticlePlace(UUID(str(variant_id)), UUID(str(article_id)), published_us, edition_row(edition))


def elsewhere(edition: EditionRow, slug: str) -> Exception:
    """Why nothing lives at a slug, as what is to be raised."""
    key = slug_key(slug)
    rows = fetch(
        """SELECT a.state, d.slug FROM addresses a LEFT JOIN documents d ON d.variant_id = a.target_id
           WHERE a.locale = :locale AND a.type = 'article' AND a.slug_key = :key""",
        {"locale": edition.locale, "key": key},
    )
    if not rows:
        return NotFoundError()
    present = rows[0][1]
    if present is None:
        return _by_hand(edition, slug) or GoneError()
    url = f"{edition.facts['url']}/{present}"
    return MovedError(f"/v1/{edition.locale}/articles/{present}", {"slug": present, "url": url})


def beside(found: Exception, locale: str, name: str) -> Exception:
    """Where a text moved within its edition, what lies beside it moved along; elsewhere there is no such.

    `found` is why nothing lives at a slug; `name` what was asked for beside it.
    """
    if not isinstance(found, MovedError):
        return found
    if found.location.startswith(f"/v1/{locale}/articles/"):
        return MovedError(f"{found.location}/{name}", found.data)
    return GoneError()


def _by_hand(edition: EditionRow, slug: str) -> MovedError | None:
    """Where somebody has what was withdrawn lead to."""
    place = place_of(f"{edition.facts['url']}/{slug}")
    found = redirected(place, enabled_editions()) if place is not None else None
    if found is None or found.status != 301:
        return None
    paths = {"article": "articles", **PATHS}
    inside = f"/v1/{found.edition.locale}/{paths[found.type]}/{found.slug}" if found.type in paths else found.url
    return MovedError(inside, ({"slug": found.slug} if found.slug else {}) | {"url": found.url})


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
