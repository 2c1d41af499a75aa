"""Sections, tags, people."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from nejat_cms.content.models import Revision, Term, TermName, Variant, VariantTerm
from nejat_cms.content.rules.snapshots import TERM_ROLES
from nejat_cms.db import db
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page


def term_names(ids: Iterable[str], locale: str) -> dict[str, TermName]:
    """The names of terms in one edition, by id; a term without a name there is missing."""
    wanted = [UUID(term_id) for term_id in ids]
    if not wanted:
        return {}
    rows = db.session.scalars(select(TermName).where(TermName.term_id.in_(wanted), TermName.locale == locale))
    return {str(row.term_id): row for row in rows}


def get_term(type_: str, term_id: UUID) -> Term:
    """A section, tag or person.

    Raises: NotFoundError.
    """
    term = db.session.get(Term, term_id)
    if term is None or term.type != type_:
        raise NotFoundError
    return term


def list_terms(type_: str, *, position: Position | None, limit: int) -> Page[Term]:
    """Terms of one type, in the order they were made."""
    return fetch_page(select(Term).where(Term.type == type_), Term.id, position, limit, newest_first=False)


def names_term(term_id: UUID) -> ColumnElement[bool]:
    """The variants whose newest revision names a term, or the one that is planned to go out, as a SQL condition.

    An id is found as a part of the list's text: nothing else in such a list is written like it.
    """
    newest = select(VariantTerm.variant_id).where(VariantTerm.term_id == term_id)
    lists = [Revision.snapshot[name].as_string() for name in TERM_ROLES]
    holder = aliased(Variant)
    planned = (
        select(holder.id)
        .join(Revision, and_(Revision.variant_id == holder.id, Revision.number == holder.publish_revision))
        .where(
            holder.publish_at.is_not(None),
            holder.publish_revision < holder.revision,
            or_(*(ids.contains(str(term_id)) for ids in lists)),
        )
    )
    return Variant.id.in_(newest.union(planned))


def section_with_descendants(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything below them."""
    tree = select(Term.id).where(Term.id.in_(ids)).cte("tree", recursive=True)
    below = aliased(Term)
    tree = tree.union(select(below.id).join(tree, below.parent_id == tree.c.id))
    return list(db.session.scalars(select(tree.c.id)))


def section_ancestors(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything above them, each with its own ancestors just before it, from the top."""
    lines = section_lines(ids)
    return list(dict.fromkeys(step for term_id in ids for step in lines[term_id]))


def _upward() -> Select[UUID, UUID | None]:
    """The statement that brings sections with everything above them; every publication asks it, so it is made once."""
    asked = select(Term.id, Term.parent_id).where(Term.id.in_(bindparam("ids", expanding=True)))
    tree, above = asked.cte("tree", recursive=True), aliased(Term)
    return select(tree.union(select(above.id, above.parent_id).join(tree, above.id == tree.c.parent_id)))


_UPWARD = _upward()


def section_lines(ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Each of these sections with everything above it, from the top down to itself.

    Where sections lie in a circle, the walk ends where it began.
    """
    if not ids:
        return {}
    parents = {row.id: row.parent_id for row in db.session.execute(_UPWARD, {"ids": list(ids)})}
    lines = {}
    for term_id in ids:
        line: list[UUID] = []
        step: UUID | None = term_id
        while step is not None and step in parents and step not in line:
            line.insert(0, step)
            step = parents[step]
        lines[term_id] = line
    return lines
