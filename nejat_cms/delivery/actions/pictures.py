"""Pictures of editions, and of the pages of sections, tags and people: as readers see them, and who shows them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import current_app
from sqlalchemy import select

from nejat_cms.content.models import TermName
from nejat_cms.content.rules.terms import page_id
from nejat_cms.db import db
from nejat_cms.delivery.actions.media import keep_files
from nejat_cms.delivery.models import TermPage
from nejat_cms.editions.models import Edition
from nejat_cms.editions.rules import edition_id
from nejat_cms.media.actions.uses import ShownFiles
from nejat_cms.media.queries import assets_of, face_in
from nejat_cms.media.rules.addresses import public_address
from nejat_cms.media.rules.faces import picture_json

Place = tuple[UUID, str]
"""A term, and an edition that has a name for it."""


def pictures_of(names: Iterable[TermName]) -> dict[Place, str]:
    """The pictures of these pages, as JSON; one statement, and none where none has any."""
    named = {(name.term_id, name.locale): name.image for name in names if name.image}
    assets = assets_of(set(named.values())) if named else {}
    faces = {place: face_in(assets, asset_id, place[1]) for place, asset_id in named.items()}
    address = public_address(current_app.config["SETTINGS"].base_url)
    return {place: orjson.dumps(picture_json(face, address)).decode() for place, face in faces.items() if face}


def show_pictures(pages: Iterable[TermPage], gone: Iterable[Place] = ()) -> None:
    """Make public the pictures of those of these pages that readers see, and of no others of them."""
    shown = {(page.term_id, page.locale): _asset(page) for page in pages}
    assets = assets_of({asset_id for asset_id in shown.values() if asset_id}) if any(shown.values()) else {}
    files: dict[UUID, ShownFiles] = {page_id(*place): ShownFiles(place[1], {}) for place in gone}
    for (term_id, locale), asset_id in shown.items():
        asset = assets.get(asset_id) if asset_id else None
        found: Mapping[UUID, UUID] = {asset.id: asset.file_in(locale).id} if asset else {}
        files[page_id(term_id, locale)] = ShownFiles(locale, found)
    if files:
        keep_files(files)


def _asset(page: TermPage) -> UUID | None:
    """What a page shows; one that readers do not see shows nothing."""
    if page.image is None or not (page.type == "section" or page.uses):
        return None
    return UUID(orjson.loads(page.image)["id"])


def share_picture(edition: Edition) -> dict[str, Any] | None:
    """The picture that stands for an edition, as its readers see it."""
    image = edition.share_image
    face = face_in(assets_of({image}), image, edition.locale) if image else None
    return picture_json(face, public_address(current_app.config["SETTINGS"].base_url)) if face else None


def show_share_picture(edition: Edition) -> None:
    """Make it public, and no other."""
    image = edition.share_image
    asset = assets_of({image}).get(image) if image else None
    files = {asset.id: asset.file_in(edition.locale).id} if asset else {}
    keep_files({edition_id(edition.locale, edition.created_at): ShownFiles(edition.locale, files)})


def terms_showing(asset_id: UUID) -> set[UUID]:
    """The sections, tags and people that have this picture in some edition."""
    return set(db.session.scalars(select(TermName.term_id).where(TermName.image == asset_id).distinct()))


def editions_showing(asset_id: UUID) -> set[str]:
    """The editions that this picture stands for."""
    return set(db.session.scalars(select(Edition.locale).where(Edition.share_image == asset_id)))
