"""`/v1/manage/assets`: the media library."""

import time
from typing import cast
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext as _

from nejat_cms.editions.queries import numberings
from nejat_cms.errors import AssetInUseError, InvalidError, InvalidFileError, Problem, UnsupportedFileError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT, Param, flag, locale_tag, one_of, plain
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.media import queries
from nejat_cms.media.actions import assets
from nejat_cms.media.models import COMMON, Asset, AssetFile
from nejat_cms.media.routes.receiving import receive_file
from nejat_cms.media.rules.addresses import (
    WHOLE,
    Address,
    Signer,
    file_name,
    public_address,
    signed_address,
)
from nejat_cms.media.rules.faces import BEST, picture_json
from nejat_cms.media.rules.renditions import custom, cut_of
from nejat_cms.media.rules.types import FILE_TYPES
from nejat_cms.media.schemas import TYPES, AssetBody, AssetChanges, CustomRendition, CustomSize
from nejat_cms.permissions import Permission, allowed

routes = Routes("Media library", signed_in=True)
ONE = "/manage/assets/<uuid:asset_id>"
FILE = f"{ONE}/files/<locale:locale>"
CHANGING = {Permission.EDIT_ASSET, Permission.EDIT_OWN_ASSET}
REFUSED = (UnsupportedFileError, InvalidFileError)
LISTING = (
    Param("type", one_of(*TYPES), {"type": "string", "enum": list(TYPES)}, "What they are, any of.", (), many=True),
    Param("q", plain, {"type": "string"}, "Words in the names of files, or in what any edition says about them."),
    Param("used", flag, {"type": "boolean"}, "Whether any text shows them, or would."),
    Param(
        "missing_alt",
        locale_tag,
        {"type": "string"},
        "Pictures of this edition's texts that nobody has described in it.",
    ),
    LIMIT,
    CURSOR,
)


def signed_addresses() -> Address:
    """Addresses that are good for a quarter of an hour, for whoever works here."""
    return signed_address(_base(), Signer(current_app.config["SECRET_KEY"]), time.time())


def _base() -> str:
    return str(current_app.config["SETTINGS"].base_url)


def asset_json(asset: Asset, address: Address, uses: int) -> dict[str, object]:
    """An asset as the newsroom sees it."""
    files = {file.locale: _file_json(asset, file, address) for file in asset.files}
    shape = {
        "id": asset.id,
        "type": asset.type,
        "focal": [asset.focal_x, asset.focal_y],
        "poster": asset.poster_id,
        "file": files.pop(COMMON),
        "files": files,
        "texts": {text.locale: text for text in asset.texts},
        "uses": uses,
        "created_at": asset.created_at,
        "updated_at": asset.updated_at,
        "version": asset.version,
    }
    return cast(dict[str, object], AssetBody().dump(shape))


def _file_json(asset: Asset, file: AssetFile, address: Address) -> dict[str, object]:
    blob = file.blob
    face = queries.face_of_file(asset, file)
    whole = asset.type != "image"
    return {
        "id": file.id,
        "name": file.name,
        "mime": blob.mime,
        "size": blob.size,
        "width": blob.width,
        "height": blob.height,
        "color": blob.color,
        "thumbhash": blob.thumbhash,
        "pages": blob.pages,
        "duration": blob.duration,
        "url": address(file.id, WHOLE, file_name(file.name, FILE_TYPES[blob.mime].extension)) if whole else None,
        "renditions": picture_json(face, address)["renditions"] if blob.width else {},
    }


def _answer(call: Call, asset: Asset, location: str | None = None) -> Answer:
    uses = queries.count_uses([asset.id]).get(asset.id, 0)
    changeable = assets.may_change(call.actor, asset)
    granted = [each for each in allowed(call.actor, asset) if changeable or each not in CHANGING]
    return Answer(
        asset_json(asset, signed_addresses(), uses),
        meta={"permissions": granted},
        version=asset.stamp,
        location=location,
    )


@routes.get("/manage/assets", answer=AssetBody, many=True, query=LISTING)
def list_assets(call: Call) -> Answer:
    """The library, newest first. `missing_alt=fa` lists what the Farsi edition has still to describe."""
    query = call.query
    if query["missing_alt"] is not None and query["missing_alt"] not in numberings():
        raise InvalidError(Problem("unknown_locale", _("There is no such edition."), parameter="missing_alt"))
    page = queries.list_assets(
        call.actor,
        types=query["type"],
        q=query["q"],
        used=query["used"],
        missing_alt=query["missing_alt"],
        position=read_cursor_param(query["cursor"]),
        limit=query["limit"],
    )
    uses = queries.count_uses([asset.id for asset in page.rows])
    address = signed_addresses()
    rows = [asset_json(asset, address, uses.get(asset.id, 0)) for asset in page.rows]
    return Answer(rows, links=page_links(page))


@routes.post("/manage/assets", file=receive_file, answer=AssetBody, status=201, errors=REFUSED)
def create_asset(call: Call) -> Answer:
    """Put a file into the library: `multipart/form-data`, in the field `file`. What it is, its bytes say."""
    asset = assets.add_asset(call.actor, call.body)
    return _answer(call, asset, location=f"/v1/manage/assets/{asset.id}")


@routes.get(ONE, answer=AssetBody)
def get_asset(call: Call, asset_id: UUID) -> Answer:
    """One asset: its files, what the editions say about it, how many texts show it."""
    return _answer(call, queries.read_asset(call.actor, asset_id))


@routes.patch(ONE, body=AssetChanges, answer=AssetBody, reader="get_asset")
def change_asset(call: Call, asset_id: UUID) -> Answer:
    """Say what is to be seen, what must stay in sight, or which picture stands for it.

    `texts` are by edition, and null removes what was said there. What readers see already is changed by who may
    publish there.
    """
    return _answer(call, assets.change_asset(call.actor, asset_id, call.body, version=call.version))


@routes.delete(ONE, reader="get_asset", errors=[AssetInUseError])
def delete_asset(call: Call, asset_id: UUID) -> Answer:
    """Take it out of the library. What a text shows, or would, stays: 409, and `uses` leads to where it is used."""
    assets.delete_asset(call.actor, asset_id, version=call.version)
    return Answer(None)


@routes.put(f"{ONE}/file", file=receive_file, answer=AssetBody, reader="get_asset", errors=REFUSED)
def replace_file(call: Call, asset_id: UUID) -> Answer:
    """Give an asset another common file, of the same type; it gets a new address.

    Pages that name the former one are about for some time: it is served for another hour. What must not be seen any
    more is unpublished, which takes it away at once.
    """
    return _answer(call, assets.put_file(call.actor, asset_id, COMMON, call.body, version=call.version))


@routes.put(FILE, file=receive_file, answer=AssetBody, reader="get_asset", errors=REFUSED)
def put_localized_file(call: Call, asset_id: UUID, locale: str) -> Answer:
    """Give an asset a file that one edition shows in place of the common one: a cartoon with words in it."""
    return _answer(call, assets.put_file(call.actor, asset_id, locale, call.body, version=call.version))


@routes.delete(FILE, reader="get_asset", answer=AssetBody, status=200)
def remove_localized_file(call: Call, asset_id: UUID, locale: str) -> Answer:
    """Let an edition show the common file again."""
    return _answer(call, assets.remove_file(call.actor, asset_id, locale, version=call.version))


@routes.post(f"{ONE}/renditions", body=CustomSize, answer=CustomRendition, idempotent=False)
def sign_rendition(call: Call, asset_id: UUID) -> Answer:
    """The address of a rendition of a size of its own, cut around the focal point; it is made when first asked for."""
    asset = queries.read_asset(call.actor, asset_id)
    file = asset.file_in(call.body.get("locale", COMMON))
    if not (file.blob.width and file.blob.height):
        raise InvalidError(Problem("invalid", _("There is no picture in this file."), ""))
    signer = Signer(current_app.config["SECRET_KEY"])
    wanted = custom(call.body["width"], call.body["height"])
    cut = cut_of(file.blob.width, file.blob.height, (asset.focal_x, asset.focal_y), wanted)
    place = (file.id, signer.custom(file.id, wanted.width, wanted.height), file_name(file.name, BEST))
    shown = {
        "url": public_address(_base())(*place),
        "signed_url": signed_addresses()(*place),
        "width": cut.out_width,
        "height": cut.out_height,
    }
    return Answer(CustomRendition().dump(shown))
