"""What the library holds, and what is said about it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select

from nejat_cms.accounts.actions import record
from nejat_cms.db import atomic, db, lock, new_id, utc_now
from nejat_cms.editions.actions import EditionDeleted
from nejat_cms.editions.models import Edition
from nejat_cms.errors import (
    AssetInUseError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Problem,
    pointer,
)
from nejat_cms.events import ask, emit, on
from nejat_cms.language.folding import fold
from nejat_cms.media.actions.events import AssetChanged, AssetChanging
from nejat_cms.media.actions.receiving import Received
from nejat_cms.media.models import COMMON, Asset, AssetFile, AssetText, Blob
from nejat_cms.media.queries import count_uses, is_shown, shown_in, with_posters_of
from nejat_cms.permissions import Actor, Permission, may, require, require_reading


class _Place:
    """A place in one edition, for questions of who may do something there."""

    def __init__(self, locale: str) -> None:
        self.locale = locale


@atomic
def add_asset(actor: Actor, received: Received) -> Asset:
    """Put a file that came into the library. The same bytes twice make two assets that share them.

    Raises: ForbiddenError.
    """
    require(actor, Permission.ADD_ASSET)
    asset = Asset(id=new_id(), type=received.type, created_by=actor.user_id, files=[], texts=[])
    db.session.add(asset)
    db.session.flush()
    _put(asset, COMMON, received)
    record(actor, "asset.create", "asset", asset.id, name=received.name)
    return asset


@atomic
def change_asset(actor: Actor, asset_id: UUID, changes: Mapping[str, Any], *, version: int | None) -> Asset:
    """Change what is named: `focal`, `poster`, and of `texts` the editions that are named; null removes.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError.
    Emits: AssetChanged.
    """
    asset = _held(actor, asset_id)
    if {"focal", "poster"} & changes.keys():
        _require_all(actor, asset)
    texts = changes.get("texts") or {}
    for locale in texts:
        _require_in(actor, asset, locale)
    asset.check_version(version)
    _require_editions(texts)
    before = _state(asset)
    if "focal" in changes:
        asset.focal_x, asset.focal_y = changes["focal"] or (0.5, 0.5)
    if "poster" in changes:
        asset.poster_id = _poster(asset, changes["poster"])
    for locale, said in texts.items():
        _say(asset, locale, said)
    if _state(asset) != before:
        _remember_words(asset)
        asset.touch()
        _tell(asset, *(texts if not {"focal", "poster"} & changes.keys() else (None,)))
        record(actor, "asset.edit", "asset", asset.id, locales=sorted(texts))
    return asset


@atomic
def put_file(actor: Actor, asset_id: UUID, locale: str, received: Received, *, version: int | None) -> Asset:
    """Give an asset another file: the common one (locale ""), or one that a single edition shows in its place.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError.
    Emits: AssetChanged.
    """
    asset = _held(actor, asset_id)
    _require_file(actor, asset, locale)
    asset.check_version(version)
    if locale:
        _require_editions([locale])
    if received.type != asset.type:
        words = _("Must be a file of the same type as the others of it.")
        raise InvalidError(Problem("invalid", words, "/file"))
    _put(asset, locale, received)
    asset.touch()
    _tell(asset, locale or None)
    record(actor, "asset.file", "asset", asset.id, locale=locale or None, name=received.name)
    return asset


@atomic
def remove_file(actor: Actor, asset_id: UUID, locale: str, *, version: int | None) -> Asset:
    """Let an edition show the common file again.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    Emits: AssetChanged.
    """
    asset = _held(actor, asset_id)
    file = next((file for file in asset.files if file.locale == locale != COMMON), None)
    if file is None:
        raise NotFoundError
    _require_file(actor, asset, locale)
    asset.check_version(version)
    _take_away(asset, file)
    asset.touch()
    _tell(asset, locale)
    record(actor, "asset.file_removed", "asset", asset.id, locale=locale)
    return asset


@atomic
def delete_asset(actor: Actor, asset_id: UUID, *, version: int | None) -> None:
    """Take out of the library what nobody shows, or would.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, AssetInUseError.
    """
    asset = _held(actor, asset_id)
    _require_all(actor, asset)
    asset.check_version(version)
    users = count_uses([asset_id]).get(asset_id, 0)
    posters = len(with_posters_of(asset_id)) - 1
    if users or posters:
        raise AssetInUseError(uses=f"/v1/manage/assets/{asset_id}/uses", texts=users, posters=posters)
    for file in list(asset.files):
        _take_away(asset, file)
    db.session.delete(asset)
    record(actor, "asset.delete", "asset", asset_id)


def may_change(actor: Actor, asset: Asset) -> bool:
    """Whether she may change what every edition shows of it, as far as it is shown now."""
    try:
        _require_all(actor, asset)
    except ForbiddenError:
        return False
    return True


@on(EditionDeleted)
def forget_edition(event: EditionDeleted) -> None:
    """What was said in an edition that is no more, and the files that it alone would show, go with it."""
    db.session.execute(delete(AssetText).where(AssetText.locale == event.locale))
    present = select(AssetFile).where(AssetFile.locale == event.locale, AssetFile.replaced_at.is_(None))
    for file in db.session.scalars(present).all():
        _take_away(db.session.get_one(Asset, file.asset_id), file)


def _held(actor: Actor, asset_id: UUID) -> Asset:
    """The asset, locked, for somebody who may know of it.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_ASSETS)
    asset = lock(Asset, asset_id)
    if asset is None:
        raise NotFoundError
    return asset


def _require_all(actor: Actor, asset: Asset) -> None:
    """What every edition shows is its maker's to change, or an editor's of the house.

    Where readers see it already, or will as soon as a time has come, it is hers who may publish there.

    Raises: ForbiddenError.
    """
    if not (may(actor, Permission.EDIT_ASSET, asset) or may(actor, Permission.EDIT_OWN_ASSET, asset)):
        raise ForbiddenError
    _require_publishing(actor, asset, None)


def _require_in(actor: Actor, asset: Asset, locale: str) -> None:
    """Raises: ForbiddenError."""
    require(actor, Permission.DESCRIBE_ASSET, _Place(locale))
    _require_publishing(actor, asset, locale)


def _require_publishing(actor: Actor, asset: Asset, locale: str | None) -> None:
    where = actor.locales(Permission.PUBLISH_VARIANT)
    for shown in with_posters_of(asset.id):
        for each in sorted(shown_in([shown])):
            if locale in (None, each):
                require(actor, Permission.PUBLISH_VARIANT, _Place(each))
        ask(AssetChanging(shown, locale, None if where is None else tuple(sorted(where))))


def _require_file(actor: Actor, asset: Asset, locale: str) -> None:
    """Raises: ForbiddenError."""
    if locale == COMMON:
        _require_all(actor, asset)
    else:
        _require_in(actor, asset, locale)


def _require_editions(locales: Collection[str]) -> None:
    known = set(db.session.scalars(select(Edition.locale).where(Edition.locale.in_(list(locales)))))
    problems = [
        Problem("unknown_locale", _("There is no edition in this language."), pointer("texts", locale))
        for locale in locales
        if locale not in known
    ]
    if problems:
        raise InvalidError(problems)


def _put(asset: Asset, locale: str, received: Received) -> None:
    """Put a file in its place. It is a new one, with an id of its own: an address never means other bytes."""
    blob = lock(Blob, received.sha256)
    if blob is None:
        raise RuntimeError("the bytes of a file are kept before it is put anywhere")
    blob.touched_at = utc_now()
    for former in [file for file in asset.files if file.locale == locale]:
        _take_away(asset, former)
    db.session.flush()
    asset.files.append(AssetFile(id=new_id(), locale=locale, sha256=received.sha256, name=received.name, blob=blob))
    _remember_words(asset)
    db.session.flush()


def _remember_words(asset: Asset) -> None:
    """What the library is searched through: names of files and what is said, folded as readers' searches are."""
    said = [word for text in asset.texts for word in (text.alt, text.caption, text.credit)]
    asset.words = fold("\n".join([*(file.name for file in asset.files), *said]))


def _take_away(asset: Asset, file: AssetFile) -> None:
    """Let a file go; its bytes stay for a day, for whoever is reading them.

    One that readers are shown stays at its address for some time: pages that name it are still about.
    """
    file.blob.touched_at = utc_now()
    if is_shown(file.id):
        file.replaced_at = utc_now()
        db.session.flush()
        db.session.refresh(asset, ["files"])
    else:
        asset.files.remove(file)
    _remember_words(asset)


def _poster(asset: Asset, poster_id: UUID | None) -> UUID | None:
    if poster_id is None:
        return None
    poster = db.session.get(Asset, poster_id)
    if poster is None or poster.type != "image":
        raise InvalidError(Problem("unknown_asset", _("The media library has no such picture."), "/poster"))
    if asset.type == "image":
        raise InvalidError(Problem("invalid", _("A picture has no poster."), "/poster"))
    return poster.id


def _say(asset: Asset, locale: str, said: Mapping[str, str] | None) -> None:
    text = next((text for text in asset.texts if text.locale == locale), None)
    if said is None or not any(said.get(name, getattr(text, name, "")) for name in ("alt", "caption", "credit")):
        if text is not None:
            asset.texts.remove(text)
        return
    if text is None:
        text = AssetText(asset_id=asset.id, locale=locale, alt="", caption="", credit="")
        asset.texts.append(text)
    for name, value in said.items():
        setattr(text, name, value)


def _state(asset: Asset) -> Any:
    texts = {text.locale: (text.alt, text.caption, text.credit) for text in asset.texts}
    return asset.focal_x, asset.focal_y, asset.poster_id, texts


def _tell(asset: Asset, *locales: str | None) -> None:
    """Have those follow who show it, itself or as the poster of something."""
    db.session.flush()
    for shown in with_posters_of(asset.id):
        for locale in locales:
            emit(AssetChanged(shown, locale))
