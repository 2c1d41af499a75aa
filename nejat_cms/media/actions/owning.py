"""Whose a store is: it bears a mark that the database of its house knows too.

Where the two do not agree nothing is removed: what seems to be nobody's is somebody else's.
"""

import secrets
from itertools import islice

import structlog
from sqlalchemy import select

from nejat_cms.db import atomic, db, end_reading, lock
from nejat_cms.media.actions.receiving import SHARDED
from nejat_cms.media.models import Blob, StoreMark
from nejat_cms.storage import NotStoredError, storage

MARK = "house"
"""The key of the mark in the store."""
LONGEST = 100
"""Characters of a mark that are read: an object of this name may be anything."""
SAMPLE = 200

log = structlog.get_logger(__name__)


def claim_store() -> bool:
    """Whether what is in the store is this house's to remove. One that bears no mark and is ours gets ours.

    Raises: UnavailableError.
    """
    if not store_is_ours():
        log.warning("nothing is removed from a store that is another house's: see `nejat doctor`")
        return False
    if _mark_in_store() is None:
        adopt_store()
    return True


def store_is_ours() -> bool:
    """Whether the store bears this house's mark; one without any is ours if this house knows at least half of what is
    in it, which is so of an empty one.

    Raises: UnavailableError.
    """
    mark = _mark_in_store()
    if mark is None:
        return _knows_what_is_there()
    ours = db.session.get(StoreMark, 1)
    end_reading()
    return ours is not None and ours.mark == mark


def adopt_store() -> None:
    """Mark the store as this house's, whoever's it was.

    Raises: UnavailableError.
    """
    storage().put(MARK, _our_mark().encode())


def _mark_in_store() -> str | None:
    try:
        return b"".join(storage().read(MARK, 0, LONGEST)).decode(errors="replace").strip()
    except NotStoredError:
        return None


def _knows_what_is_there() -> bool:
    """Judged by a sample: files lie in the order of their hashes, which is none."""
    keys = (stored.key for stored in storage().listed("blobs") if SHARDED.match(stored.key))
    hashes = [key.rpartition("/")[2] for key in islice(keys, SAMPLE)]
    known = len(db.session.scalars(select(Blob.sha256).where(Blob.sha256.in_(hashes))).all())
    end_reading()
    return 2 * known >= len(hashes)


@atomic
def _our_mark() -> str:
    ours = lock(StoreMark, 1)
    if ours is None:
        ours = StoreMark(id=1, mark=secrets.token_hex(16))
        db.session.add(ours)
    return ours.mark
