"""Bytes that nobody has any more, and uploads that were given up: what is left of whoever stopped half way."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import delete, exists, or_, select, update

from nejat_cms.db import atomic, db, end_reading, lock, utc_now
from nejat_cms.errors import UnavailableError
from nejat_cms.events import every
from nejat_cms.health import Finding, check
from nejat_cms.media.actions.owning import claim_store, store_is_ours
from nejat_cms.media.actions.receiving import SHARDED, blob_key, renditions_prefix
from nejat_cms.media.actions.uploads import parts_prefix
from nejat_cms.media.models import AssetFile, AssetUse, Blob, Upload, UploadPart
from nejat_cms.storage import storage

KEPT_FOR = timedelta(hours=24)
"""How long bytes are left alone that belong to nobody: somebody may be about to give them a place."""
SERVED_FOR = timedelta(hours=1)
"""How long a file that was replaced is there for whoever was shown it: pages that name it are about for some time."""
LEASE = timedelta(minutes=10)
"""How long a removal is the work of one: after that she must have been stopped, and another takes it up."""
AT_ONCE = 200

log = structlog.get_logger(__name__)


@check
def library() -> Finding:
    """Whether the first and the newest file are where they belong, in a store that is this house's."""
    ends = (AssetFile.id, AssetFile.id.desc())
    hashes = [db.session.scalar(select(AssetFile.sha256).order_by(end).limit(1)) for end in ends]
    end_reading()
    try:
        missing = [sha256 for sha256 in hashes if sha256 and storage().size(blob_key(sha256)) is None]
        ours = store_is_ours()
    except UnavailableError:
        return Finding("library", False, "its files cannot be looked for: see storage", vital=False)
    if missing:
        words = "files of the media library are missing: put the copy of them back, or see NEJAT_STORAGE_URL"
        return Finding("library", False, words, vital=False)
    if not ours:
        words = (
            "the store has another house's mark, or this database knows less than half of what is in it: nothing is "
            "removed from it; see NEJAT_DATABASE_URL and NEJAT_STORAGE_URL, or run `nejat adopt` if it is this house's"
        )
        return Finding("library", False, words, vital=False)
    return Finding("library", True, "its first file and its newest are there", vital=False)


@every(hours=1)
def collect_bytes() -> None:
    """Remove replaced files, bytes without a file, expired uploads, and what lies about of who was stopped half way."""
    _sweep_incoming()
    _forget_replaced()
    for upload_id in db.session.scalars(select(Upload.id).where(Upload.expires_at <= utc_now()).limit(AT_ONCE)).all():
        end_reading()
        remove_upload(upload_id)
    end_reading()
    if claim_store():
        _collect_blobs()
        _sweep_store()


def _collect_blobs() -> None:
    before = utc_now() - KEPT_FOR
    unused = select(Blob.sha256).where(Blob.touched_at <= before, ~exists().where(AssetFile.sha256 == Blob.sha256))
    for sha256 in db.session.scalars(unused.limit(AT_ONCE)).all():
        end_reading()
        remove_blob(sha256)
    end_reading()


@atomic
def _forget_replaced() -> None:
    """Let go of files that readers were shown before, an hour after the text that showed them has followed.

    Their bytes stay for a day from now: somebody may still be reading them.
    """
    over = AssetUse.changed_at <= utc_now() - SERVED_FOR
    db.session.execute(update(AssetUse).where(over).values(former_file_id=None, changed_at=None))
    named = exists().where(or_(AssetUse.file_id == AssetFile.id, AssetUse.former_file_id == AssetFile.id))
    forget = delete(AssetFile).where(AssetFile.replaced_at.is_not(None), ~named).returning(AssetFile.sha256)
    forgotten = db.session.scalars(forget).all()
    db.session.execute(update(Blob).where(Blob.sha256.in_(forgotten)).values(touched_at=utc_now()))


def remove_blob(sha256: str) -> None:
    """Remove bytes that are nobody's: they are marked, then they go, then their row does.

    No transaction waits for the store. Whoever brings the same bytes meanwhile is told to come again, and whoever else
    collects leaves them alone: of two, the slower one would remove what came after the other had done.
    """
    if not _mark(sha256):
        return
    storage().delete_all(renditions_prefix(sha256))
    storage().delete(blob_key(sha256))
    _strike(sha256)
    log.info("bytes collected", sha256=sha256)


@atomic
def _mark(sha256: str) -> bool:
    blob = lock(Blob, sha256)
    taken = db.session.scalar(select(exists().where(AssetFile.sha256 == sha256)))
    if blob is None or taken or blob.touched_at > utc_now() - KEPT_FOR:
        return False
    blob.going, blob.touched_at = True, _due_again()
    return True


@atomic
def _mark_unknown(sha256: str) -> bool:
    """A row for bytes that have none, so that they are not brought again while they go."""
    if lock(Blob, sha256) is not None:
        return False
    db.session.add(Blob(sha256=sha256, size=0, mime="", going=True, touched_at=_due_again()))
    return True


def _due_again() -> datetime:
    """When bytes seem to have been touched that are to be collected once the lease has run out."""
    return utc_now() - KEPT_FOR + LEASE


@atomic
def _strike(sha256: str) -> None:
    db.session.execute(delete(Blob).where(Blob.sha256 == sha256, Blob.going))


def remove_upload(upload_id: UUID) -> None:
    """Remove an upload whose time is up, then what has come of it."""
    if _expire(upload_id):
        storage().delete_all(parts_prefix(upload_id))


@atomic
def _expire(upload_id: UUID) -> bool:
    upload = lock(Upload, upload_id)
    if upload is None or upload.expires_at > utc_now():
        return False
    db.session.delete(upload)
    return True


@every(hours=24)
def sweep_what_has_no_row() -> None:
    """Remove bytes, and pictures made of bytes, that no row knows of: what a restored backup may bring along."""
    if not claim_store():
        return
    for prefix in ("blobs", "renditions"):
        for keys in _old(prefix):
            _sweep_unknown([key for key in keys if SHARDED.match(key)])


def _sweep_unknown(stored: Sequence[str]) -> None:
    keys = defaultdict(list)
    for key in stored:
        keys[_sha256(key)].append(key)
    known = set(db.session.scalars(select(Blob.sha256).where(Blob.sha256.in_(keys))))
    end_reading()
    for sha256 in keys.keys() - known:
        if _mark_unknown(sha256):
            storage().delete(*keys[sha256])
            _strike(sha256)


def _old(prefix: str) -> Iterator[list[str]]:
    """What has lain below a folder for a day, some at a time: there may be a million."""
    before = utc_now() - KEPT_FOR
    keys = (stored.key for stored in storage().listed(prefix) if stored.modified < before)
    while some := list(islice(keys, AT_ONCE)):
        yield some


def _sha256(key: str) -> str:
    """Which bytes an object is, or was made of."""
    return key.split("/")[2]


def _sweep_store() -> None:
    """Remove half-written objects, and parts that no upload knows of, once they are a day old."""
    for keys in _old("tmp"):
        storage().delete(*keys)
    for keys in _old("uploads"):
        known = set(db.session.scalars(select(UploadPart.key).where(UploadPart.key.in_(keys))))
        end_reading()
        storage().delete(*(key for key in keys if key not in known))


def _sweep_incoming() -> None:
    folder = current_app.config["SETTINGS"].data_dir / "incoming"
    before = time.time() - KEPT_FOR.total_seconds()
    for path in folder.iterdir() if folder.exists() else ():
        with suppress(FileNotFoundError):  # its upload has just ended
            if path.stat().st_mtime < before:
                path.unlink()
