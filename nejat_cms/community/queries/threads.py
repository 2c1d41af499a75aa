"""Approved comments under one text, in threads. A page of threads takes two statements, however long they are."""

from typing import Any
from uuid import UUID

from nejat_cms.community.rules import Said, threads_of
from nejat_cms.language.zones import from_microseconds, to_rfc3339
from nejat_cms.paging import Key, Page, Position, page_of
from nejat_cms.reading import bind_id, fetch

ROOTS = """SELECT c.sent_us, c.id FROM comments c
    WHERE c.variant_id = :variant AND c.parent_id IS NULL {beyond}
    AND EXISTS (SELECT 1 FROM comments d WHERE d.root_id = c.id AND d.status = 'approved')
    ORDER BY c.sent_us {order}, c.id {order} LIMIT :most"""
THREADS = """SELECT c.id, c.parent_id, c.name, c.text, c.sent_us, c.status FROM comments c
    WHERE c.root_id IN ({roots}) ORDER BY c.sent_us, c.id"""


def list_threads(variant_id: UUID, *, position: Position | None, limit: int) -> Page[dict[str, Any]]:
    """A page of the threads under a text, oldest first; each is there as a whole."""
    backward = position is not None and position.backward
    values: dict[str, Any] = {"variant": bind_id(variant_id), "most": limit + 1}
    beyond = ""
    if position is not None:
        beyond = f"AND (c.sent_us, c.id) {'<' if backward else '>'} (:us, :id)"
        values |= {"us": position.key[0], "id": bind_id(UUID(hex=str(position.key[1])))}
    roots = fetch(ROOTS.format(beyond=beyond, order="DESC" if backward else "ASC"), values)
    page = page_of(roots, position, limit, _key)
    ids = [UUID(str(id_)) for _, id_ in page.rows]
    if not ids:
        return Page([], page.next, page.prev)
    named = {f"v{number}": bind_id(id_) for number, id_ in enumerate(ids)}
    rows = fetch(THREADS.format(roots=", ".join(f":{name}" for name in named)), named)
    return Page(threads_of(map(_said, rows), [str(id_) for id_ in ids]), page.next, page.prev)


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
