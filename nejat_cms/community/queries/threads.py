"""Approved comments under one text, in threads. A page of threads takes two statements, however long they are.

What nobody approved is not read, however much of it there is, but for what lies above an approved one.
"""

from typing import Any
from uuid import UUID

from nejat_cms.community.rules import Said, threads_of
from nejat_cms.language.zones import from_microseconds, to_rfc3339
from nejat_cms.paging import Key, Page, Position, page_of
from nejat_cms.reading import bind_id, fetch

ROOTS = """SELECT DISTINCT c.root_us, c.root_id FROM comments c
    WHERE c.variant_id = :variant AND c.status = 'approved' {beyond}
    ORDER BY c.root_us {order}, c.root_id {order} LIMIT :most"""
THREADS = """WITH RECURSIVE shown (id, parent_id) AS (
        SELECT a.id, a.parent_id FROM comments a WHERE a.root_id IN ({roots}) AND a.status = 'approved'
        UNION SELECT p.id, p.parent_id FROM shown s JOIN comments p ON p.id = s.parent_id)
    SELECT c.id, c.parent_id, c.name, c.text, c.sent_us, c.status FROM shown s JOIN comments c ON c.id = s.id
    ORDER BY c.sent_us, c.id"""
TOTAL = """SELECT count(DISTINCT c.root_id) FROM comments c
    WHERE c.variant_id = :variant AND c.status = 'approved'"""


def list_threads(variant_id: UUID, *, position: Position | None, limit: int) -> Page[dict[str, Any]]:
    """A page of the threads under a text, oldest first; each is there as a whole."""
    backward = position is not None and position.backward
    values: dict[str, Any] = {"variant": bind_id(variant_id), "most": limit + 1}
    beyond = ""
    if position is not None:
        beyond = f"AND (c.root_us, c.root_id) {'<' if backward else '>'} (:us, :id)"
        values |= {"us": position.key[0], "id": bind_id(UUID(hex=str(position.key[1])))}
    roots = fetch(ROOTS.format(beyond=beyond, order="DESC" if backward else "ASC"), values)
    page = page_of(roots, position, limit, _key)
    ids = [UUID(str(id_)) for _, id_ in page.rows]
    if not ids:
        return Page([], page.next, page.prev)
    named = {f"v{number}": bind_id(id_) for number, id_ in enumerate(ids)}
    rows = fetch(THREADS.format(roots=", ".join(f":{name}" for name in named)), named)
    return Page(threads_of(map(_said, rows), [str(id_) for id_ in ids]), page.next, page.prev)


def count_threads(variant_id: UUID) -> int:
    """How many threads there are under a text."""
    return int(fetch(TOTAL, {"variant": bind_id(variant_id)})[0][0])


def _key(row: tuple[Any, ...]) -> Key:
    return [int(row[0]), UUID(str(row[1])).hex]


def _said(row: tuple[Any, ...]) -> Said:
    id_, parent_id, name, text, sent_us, status = row
    parent = None if parent_id is None else _written(parent_id)
    return Said(_written(id_), parent, name, text, to_rfc3339(from_microseconds(sent_us)), status)


def _written(id_: str | UUID) -> str:
    """An id as it is shown. Of what SQLite keeps no UUID is made first: in a long thread that took half of the time."""
    if isinstance(id_, UUID):
        return str(id_)
    return f"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}"
