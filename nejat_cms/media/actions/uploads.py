"""Files that come in parts (tus 1.0.0): each part is kept as it comes, the whole becomes an asset."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from nejat_cms.accounts.models import User
from nejat_cms.db import atomic, db, lock, new_id, utc_now
from nejat_cms.errors import ConflictError, InvalidError, NotFoundError, Problem
from nejat_cms.media.actions.assets import add_asset
from nejat_cms.media.actions.receiving import Received, clean_name
from nejat_cms.media.models import Asset, Upload, UploadPart
from nejat_cms.permissions import Actor, Permission, require
from nejat_cms.storage import storage

LIFETIME = timedelta(hours=24)
MOST_OPEN, MOST_PARTS = 100, 10_000
"""Uploads that one person may have under way, and parts of one."""


def parts_prefix(upload_id: UUID) -> str:
    """Below which the parts of an upload lie."""
    return f"uploads/{upload_id}"


@atomic
def begin_upload(actor: Actor, *, length: int, name: str, metadata: str, most: int) -> Upload:
    """Say that a file of so many bytes will come.

    Raises: ForbiddenError, InvalidError, ConflictError where she has too many under way.
    """
    require(actor, Permission.ADD_ASSET)
    if not 0 < length <= most:
        words = _("Must be a whole number from %(low)s to %(high)s.", low=1, high=most)
        raise InvalidError(Problem("out_of_range", words, "/Upload-Length"))
    lock(User, actor.user_id)  # so that several who begin at once are counted
    under_way = select(func.count()).where(
        Upload.created_by == actor.user_id, Upload.asset_id.is_(None), Upload.expires_at > utc_now()
    )
    if (db.session.scalar(under_way) or 0) >= MOST_OPEN:
        raise ConflictError(_("Too many uploads are under way. Finish some of them, or wait until they expire."))
    upload = Upload(
        id=new_id(),
        name=clean_name(name),
        metadata_header=metadata,
        length=length,
        offset=0,
        created_by=actor.user_id,
        expires_at=utc_now() + LIFETIME,
        parts=[],
    )
    db.session.add(upload)
    return upload


@atomic
def add_part(actor: Actor, upload_id: UUID, *, start: int, size: int, key: str) -> Upload:
    """A part has come, and lies in the store.

    Raises: NotFoundError, ConflictError where another part came before it.
    """
    upload = _held(actor, upload_id)
    if len(upload.parts) >= MOST_PARTS:
        raise ConflictError(_("The upload has too many parts. Begin again, with larger ones."))
    if start != upload.offset or start + size > upload.length:
        raise ConflictError(_("The upload stands at another offset. Ask for it, then go on from there."))
    if size:
        upload.parts.append(UploadPart(start=start, size=size, key=key))
        upload.offset += size
        upload.expires_at = utc_now() + LIFETIME
    return upload


@atomic
def finish_upload(actor: Actor, upload_id: UUID, received: Received) -> Asset:
    """The whole has been examined and becomes an asset; again, it is the same one.

    Raises: NotFoundError, ForbiddenError.
    """
    upload = _held(actor, upload_id)
    if upload.asset_id is not None:
        return db.session.get_one(Asset, upload.asset_id)
    asset = add_asset(actor, received)
    upload.asset_id = asset.id
    upload.parts.clear()
    return asset


@atomic
def drop_upload(actor: Actor, upload_id: UUID) -> None:
    """Forget an upload whose whole is nothing that the library takes."""
    db.session.delete(_held(actor, upload_id))


def assemble(parts: list[str], target: Path) -> None:
    """Write the parts of an upload one after the other."""
    with target.open("wb") as file:
        for key in parts:
            file.writelines(storage().read(key))


def _held(actor: Actor, upload_id: UUID) -> Upload:
    require(actor, Permission.ADD_ASSET)
    upload = lock(Upload, upload_id)
    if upload is None or upload.created_by != actor.user_id or upload.expires_at <= utc_now():
        raise NotFoundError
    return upload
