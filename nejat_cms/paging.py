"""Keyset paging: where a page begins, and what comes before and after it.

A page is asked for from a `Position`, the sort key of the row at which the neighbouring
page ended, and fetched with one row more than it shows, which tells whether there is more.
So rows that come and go meanwhile make no page skip or repeat any other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute

from nejat_cms.db import db

T = TypeVar("T")
Key = list[int | str]


@dataclass(frozen=True)
class Position:
    """Where a page begins: just after `key` in reading order, or, if `backward`, it ends just before it."""

    key: Key
    backward: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows of one page in reading order, and where its neighbours begin, if there are any."""

    rows: Sequence[T]
    next: Position | None
    prev: Position | None


def page_of(rows: Sequence[T], position: Position | None, limit: int, key: Callable[[T], Key]) -> Page[T]:
    """Make a page of up to `limit` + 1 rows that were fetched from `position` onwards, in the walk's direction."""
    backward = position is not None and position.backward
    more = len(rows) > limit
    shown = list(rows[:limit])
    if backward:
        shown.reverse()
    following = Position(key(shown[-1])) if shown and (more or backward) else None
    preceding = Position(key(shown[0]), True) if shown and (more if backward else position is not None) else None
    return Page(shown, following, preceding)


def fetch_page(
    query: Select[T],
    column: InstrumentedAttribute[Any],
    position: Position | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> Page[T]:
    """A page of a query of the newsroom, ordered by one unique column: a UUID or a number."""
    backward = position is not None and position.backward
    downwards = newest_first != backward
    if position is not None:
        value: Any = position.key[0] if isinstance(position.key[0], int) else UUID(position.key[0])
        beyond: ColumnElement[bool] = column < value if downwards else column > value
        query = query.where(beyond)
    query = query.order_by(column.desc() if downwards else column).limit(limit + 1)
    return page_of(list(db.session.scalars(query)), position, limit, lambda row: [_key(getattr(row, column.key))])


def _key(value: UUID | int) -> int | str:
    return value if isinstance(value, int) else str(value)
