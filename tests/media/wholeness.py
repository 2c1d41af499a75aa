"""What holds of the library whoever was stopped where: no row without bytes, and after a day no bytes without a row."""

from datetime import timedelta
from hashlib import sha256

import time_machine
from flask import Flask
from sqlalchemy import select

from nejat_cms.db import db, utc_now
from nejat_cms.media.actions.collecting import collect_bytes
from nejat_cms.media.actions.receiving import blob_key
from nejat_cms.media.models import AssetFile, Blob, Upload
from nejat_cms.storage import storage


def require_whole(app: Flask) -> None:
    """Every file has its bytes, and they are what the row says."""
    with app.app_context():
        for file in db.session.query(AssetFile):
            raw = b"".join(storage().read(blob_key(file.sha256)))
            assert (sha256(raw).hexdigest(), len(raw)) == (file.sha256, file.blob.size)
        db.session.rollback()


def require_nothing_left(app: Flask) -> None:
    """A day later nothing lies about that belongs to no file."""
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        collect_bytes()
        used = set(db.session.scalars(select(AssetFile.sha256)))
        assert set(db.session.scalars(select(Blob.sha256))) == used
        assert db.session.query(Upload).count() == 0
        db.session.rollback()
        assert {one.key for one in storage().listed("blobs")} == {blob_key(one) for one in used}
        assert {one.key.split("/")[2] for one in storage().listed("renditions")} <= used
        for prefix in ("tmp", "uploads"):
            assert list(storage().listed(prefix)) == []
        assert list((app.config["SETTINGS"].data_dir / "incoming").glob("*")) == []
