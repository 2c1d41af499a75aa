"""Reads of the media library."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from nejat_cms.db import db
from nejat_cms.errors import InvalidError, NotFoundError, Problem
from nejat_cms.language.folding import fold
from nejat_cms.media.models import Asset, AssetFile, AssetText, AssetUse, Upload
from nejat_cms.media.rules.faces import AssetFace
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, require_reading
from nejat_cms.reading import bind_id, fetch

# The newsroom ---------------------------------------------------------------------------------


def get_asset(asset_id: UUID) -> Asset:
    """Raises: NotFoundError."""
    asset = db.session.get(Asset, asset_id)
    if asset is None:
        raise NotFoundError
    return asset


def read_asset(actor: Actor, asset_id: UUID) -> Asset:
    """An asset, for somebody who works here.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_ASSETS)
    return get_asset(asset_id)


def list_assets(
    actor: Actor,
    *,
    types: Sequence[str] = (),
    q: str | None = None,
    used: bool | None = None,
    missing_alt: str | None = None,
    position: Position | None = None,
    limit: int,
) -> Page[Any]:
    """The library, newest first.

    `q`: in file names and in what any edition says about them; `missing_alt`: pictures that this edition shows,
    or would, and that nobody there has described.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_ASSETS)
    query: Select[Any] = select(Asset)
    if types:
        query = query.where(Asset.type.in_(types))
    if q:
        query = query.where(Asset.words.contains(fold(q), autoescape=True))
    if used is not None:
        film = aliased(Asset)
        use = or_(exists().where(AssetUse.asset_id == Asset.id), exists().where(film.poster_id == Asset.id))
        query = query.where(use if used else ~use)
    if missing_alt is not None:
        query = query.where(Asset.type == "image", _undescribed(missing_alt))
    return fetch_page(query, Asset.id, position, limit)


def _undescribed(locale: str) -> ColumnElement[bool]:
    shown = exists().where(AssetUse.asset_id == Asset.id, AssetUse.locale == locale, AssetUse.described.is_(False))
    return shown & ~_has_alt(locale)


def _has_alt(locale: str) -> ColumnElement[bool]:
    return exists().where(AssetText.asset_id == Asset.id, AssetText.locale == locale, AssetText.alt != "")


def uses_of(asset_id: UUID) -> list[AssetUse]:
    """Who shows an asset, or would: itself, or as the poster of something."""
    query = select(AssetUse).where(AssetUse.asset_id.in_(with_posters_of(asset_id)))
    return list(db.session.scalars(query.order_by(AssetUse.locale, AssetUse.user_id, AssetUse.public)))


def count_uses(asset_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many show each of these, or would."""
    rows = db.session.execute(
        select(AssetUse.asset_id, func.count(AssetUse.user_id.distinct()))
        .where(AssetUse.asset_id.in_(asset_ids))
        .group_by(AssetUse.asset_id)
    )
    return {row[0]: row[1] for row in rows}


def shown_in(asset_ids: Collection[UUID]) -> set[str]:
    """The editions whose readers see any of these."""
    query = select(AssetUse.locale).where(AssetUse.asset_id.in_(asset_ids), AssetUse.public)
    return set(db.session.scalars(query.distinct()))


def assets_shown_in(locales: Collection[str]) -> list[UUID]:
    """What readers of any of these editions are shown."""
    query = select(AssetUse.asset_id).where(AssetUse.locale.in_(locales), AssetUse.public)
    return list(db.session.scalars(query.distinct()))


def is_shown(file_id: UUID) -> bool:
    """Whether readers are shown this file, or were of late."""
    named = or_(AssetUse.file_id == file_id, AssetUse.former_file_id == file_id)
    return bool(db.session.scalar(select(exists().where(named))))


def users_of(asset_ids: Collection[UUID], locales: Collection[str] = ()) -> set[UUID]:
    """Who shows any of these to readers, in these editions or in any."""
    query = select(AssetUse.user_id).where(AssetUse.asset_id.in_(asset_ids), AssetUse.public)
    if locales:
        query = query.where(AssetUse.locale.in_(locales))
    return set(db.session.scalars(query.distinct()))


def with_posters_of(asset_id: UUID) -> list[UUID]:
    """An asset and those whose poster it is."""
    return [asset_id, *db.session.scalars(select(Asset.id).where(Asset.poster_id == asset_id))]


def get_upload(upload_id: UUID) -> Upload | None:
    return db.session.get(Upload, upload_id)


# What content and delivery ask ------------------------------------------------------------------


def types_of(asset_ids: Collection[UUID]) -> dict[UUID, str]:
    """Which of these there are, and what they are: `image`, `document`, `audio`, `video`."""
    if not asset_ids:
        return {}
    rows = db.session.execute(select(Asset.id, Asset.type).where(Asset.id.in_(asset_ids)))
    return {row[0]: row[1] for row in rows}


def require_pictures(named: Mapping[str, UUID]) -> None:
    """Refuse what the library does not have, or has as something else than a picture; the keys say where it is named.

    Until the transaction ends nobody changes these, so that whoever does meets those who name them.

    Raises: InvalidError.
    """
    present = assets_of(set(named.values()), held=True) if named else {}
    pictures = {asset.id for asset in present.values() if asset.type == "image"}
    words = _("The media library has no such file.")
    problems = [Problem("unknown_asset", words, at) for at, asset_id in named.items() if asset_id not in pictures]
    if problems:
        raise InvalidError(problems)


def undescribed(asset_ids: Collection[UUID], locale: str) -> set[UUID]:
    """Which of these pictures nobody has described in an edition."""
    query = select(Asset.id).where(Asset.id.in_(asset_ids), Asset.type == "image", ~_has_alt(locale))
    return set(db.session.scalars(query)) if asset_ids else set()


Assets = Mapping[UUID, Asset]


def assets_of(asset_ids: Collection[UUID], *, held: bool = False) -> Assets:
    """These assets and their posters, those that there are; a constant number of statements, however many they are.

    `held`: until the transaction ends nobody changes them, nor gives them another file.
    """
    found: dict[UUID, Asset] = {}
    missing = set(asset_ids)
    while missing:
        query = select(Asset).where(Asset.id.in_(missing)).order_by(Asset.id)
        if held:
            query = query.with_for_update(read=True).execution_options(populate_existing=True)
        more = {asset.id: asset for asset in db.session.scalars(query)}
        found |= more
        missing = {asset.poster_id for asset in more.values() if asset.poster_id} - found.keys()
    return found


def face_in(assets: Assets, asset_id: UUID, locale: str) -> AssetFace | None:
    """What one edition shows of an asset; None where it is no more."""
    asset = assets.get(asset_id)
    if asset is None:
        return None
    poster = face_in(assets, asset.poster_id, locale) if asset.poster_id else None
    said = next((text for text in asset.texts if text.locale == locale), None)
    return face_of_file(asset, asset.file_in(locale), said, poster)


def face_of_file(
    asset: Asset, file: AssetFile, said: AssetText | None = None, poster: AssetFace | None = None
) -> AssetFace:
    """What is shown of one file of an asset, with what is said about it."""
    blob = file.blob
    return AssetFace(
        id=asset.id,
        file_id=file.id,
        type=asset.type,
        mime=blob.mime,
        name=file.name,
        size=blob.size,
        alt=said.alt if said else "",
        caption=said.caption if said else "",
        credit=said.credit if said else "",
        width=blob.width,
        height=blob.height,
        focal=(asset.focal_x, asset.focal_y),
        color=blob.color,
        thumbhash=blob.thumbhash,
        pages=blob.pages,
        duration=blob.duration,
        text=blob.text,
        poster=poster,
    )


# What is served -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ServedFile:
    """A file whose bytes are asked for."""

    asset_id: UUID
    sha256: str
    mime: str
    size: int
    name: str
    width: int | None
    height: int | None
    focal: tuple[float, float]
    public: bool
    """Whether readers are shown it somewhere, or were until of late."""


SERVED = """SELECT f.asset_id, f.sha256, b.mime, b.size, f.name, b.width, b.height, a.focal_x, a.focal_y,
    (SELECT u.file_id FROM asset_uses u JOIN editions e ON e.locale = u.locale AND e.enabled
        WHERE u.file_id = f.id LIMIT 1) IS NOT NULL
    OR (SELECT u.former_file_id FROM asset_uses u JOIN editions e ON e.locale = u.locale AND e.enabled
        WHERE u.former_file_id = f.id LIMIT 1) IS NOT NULL
    FROM asset_files f JOIN blobs b ON b.sha256 = f.sha256 JOIN assets a ON a.id = f.asset_id WHERE f.id = :id"""


def find_served(file_id: UUID) -> ServedFile:
    """Raises: NotFoundError."""
    rows = fetch(SERVED, {"id": bind_id(file_id)})
    if not rows:
        raise NotFoundError
    asset_id, sha256, mime, size, name, width, height, x, y, public = rows[0]
    return ServedFile(UUID(str(asset_id)), sha256, mime, size, name, width, height, (x, y), bool(public))
