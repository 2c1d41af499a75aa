"""Bytes that nobody has any more, and uploads that were given up: what is left of whoever stopped half way."""

import time
from datetime import timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import exists, select

from nejat_cms.db import atomic, db, end_reading, lock, utc_now
from nejat_cms.events import every
from nejat_cms.media.actions.receiving import blob_key, renditions_prefix
from nejat_cms.media.actions.uploads import parts_prefix
from nejat_cms.media.models import AssetFile, Blob, Upload, UploadPart
from nejat_cms.storage import storage

KEPT_FOR = timedelta(hours=24)
"""How long bytes are left alone that belong to nobody: somebody may be about to give them a place."""
AT_ONCE = 200

log = structlog.get_logger(__name__)


@every(hours=1)
def collect_bytes() -> None:
    """Remove bytes without a file, uploads that expired, and what lies about of those who were stopped half way."""
    before = utc_now() - KEPT_FOR
    unused = select(Blob.sha256).where(Blob.touched_at <= before, ~exists().where(AssetFile.sha256 == Blob.sha256))
    for sha256 in db.session.scalars(unused.limit(AT_ONCE)).all():
        end_reading()
        remove_blob(sha256)
    for upload_id in db.session.scalars(select(Upload.id).where(Upload.expires_at <= utc_now()).limit(AT_ONCE)).all():
        end_reading()
        remove_upload(upload_id)
    end_reading()
    _sweep_store()
    _sweep_incoming()


@atomic
def remove_blob(sha256: str) -> None:
    """Remove bytes that are nobody's, the row last: whoever brings the same ones meanwhile waits for it."""
    blob = lock(Blob, sha256)
    taken = db.session.scalar(select(exists().where(AssetFile.sha256 == sha256)))
    if blob is None or taken or blob.touched_at > utc_now() - KEPT_FOR:
        return
    storage().delete_all(renditions_prefix(sha256))
    storage().delete(blob_key(sha256))
    db.session.delete(blob)
    log.info("bytes collected", sha256=sha256, size=blob.size)


@atomic
def remove_upload(upload_id: UUID) -> None:
    """Remove an upload whose time is up, with what has come of it."""
    upload = lock(Upload, upload_id)
    if upload is not None and upload.expires_at <= utc_now():
        storage().delete_all(parts_prefix(upload_id))
        db.session.delete(upload)


def _sweep_store() -> None:
    """Remove half-written objects, and parts that no upload knows of, once they are a day old."""
    before = utc_now() - KEPT_FOR
    storage().delete(*(stored.key for stored in storage().listed("tmp") if stored.modified < before))
    parts = [stored.key for stored in storage().listed("uploads") if stored.modified < before]
    for start in range(0, len(parts), AT_ONCE):
        keys = parts[start : start + AT_ONCE]
        known = set(db.session.scalars(select(UploadPart.key).where(UploadPart.key.in_(keys))))
        end_reading()
        storage().delete(*(key for key in keys if key not in known))


def _sweep_incoming() -> None:
    folder = current_app.config["SETTINGS"].data_dir / "incoming"
    before = time.time() - KEPT_FOR.total_seconds()
    for path in folder.iterdir() if folder.exists() else ():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
