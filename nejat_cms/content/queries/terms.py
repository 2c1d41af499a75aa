"""Sections, tags, people."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from nejat_cms.content.models import Term, TermName
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


def section_with_descendants(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything below them."""
    tree = select(Term.id).where(Term.id.in_(ids)).cte("tree", recursive=True)
    below = aliased(Term)
    tree = tree.union(select(below.id).join(tree, below.parent_id == tree.c.id))
    return list(db.session.scalars(select(tree.c.id)))


def section_ancestors(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything above them, each with its own ancestors just before it, from the top.

    Where sections lie in a circle, the walk ends where it began.
    """
    parents: dict[UUID, UUID | None] = {}
    waiting = set(ids)
    while waiting:
        rows = db.session.execute(select(Term.id, Term.parent_id).where(Term.id.in_(waiting))).all()
        parents |= {row.id: row.parent_id for row in rows}
        waiting = {parent for _, parent in rows if parent is not None} - parents.keys()
    lines: list[UUID] = []
    for term_id in ids:
        line: list[UUID] = []
        current: UUID | None = term_id
        while current in parents and current not in line:
            line.insert(0, current)
            current = parents[current]
        lines += line
    return list(dict.fromkeys(lines))
