"""`/v1/manage/uploads`: files that come in parts, as tus 1.0.0 has it (core, creation, expiration).

POST            how long it is and what it is called ─▶ 201, Location
PATCH           a part, at the offset where it stands ─▶ 204, Upload-Offset; the last one makes the asset
HEAD, GET       where it stands, and which asset it has become

Here alone `X-HTTP-Method-Override` names the method that is meant: the core demands it.
"""

import re
import secrets
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import UTC
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from flask import Response, current_app, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from nejat_cms.db import end_reading, utc_now
from nejat_cms.errors import (
    ConflictError,
    InvalidError,
    InvalidFileError,
    NotFoundError,
    Problem,
    TooLargeError,
    UnsupportedFileError,
    UnsupportedMediaTypeError,
    UploadProtocolError,
    at_most_characters,
)
from nejat_cms.http.application import Protocol
from nejat_cms.http.parsing import Header
from nejat_cms.http.routing import Call, Routes
from nejat_cms.media.actions import uploads
from nejat_cms.media.actions.receiving import incoming, receive
from nejat_cms.media.models import Upload
from nejat_cms.media.processing import FaultError
from nejat_cms.media.queries import get_upload
from nejat_cms.media.routes.receiving import largest_file
from nejat_cms.media.schemas import UploadBody
from nejat_cms.permissions import Actor
from nejat_cms.storage import NotStoredError, storage

VERSION = "1.0.0"
TUS = Protocol(headers={"Tus-Resumable": VERSION}, overriding=True)
routes = Routes("Uploads in parts", signed_in=True, prefix="/v1/manage/uploads", protocol=TUS)
PART = "application/offset+octet-stream"
ONE = "/<uuid:upload_id>"
PIECE = 256 * 1024
MOST_METADATA = 4_000
REFUSED = (NotFoundError, UploadProtocolError)
SPOKEN = Header("Tus-Resumable", {"type": "string", "enum": [VERSION]}, "The version of tus that is spoken.")
BYTES = {"type": "integer", "minimum": 0}
LENGTH = Header("Upload-Length", BYTES, "How many bytes the whole file has.")
OFFSET = Header("Upload-Offset", BYTES, "Where the part begins: where the upload stands.")
METADATA = Header(
    "Upload-Metadata",
    {"type": "string", "maxLength": MOST_METADATA, "examples": ["filename cGljdHVyZS5qcGc="]},
    "Pairs of a name and a value in Base64, parted by commas; `filename` names the file.",
    required=False,
)


@routes.route("OPTIONS", "", status=204)
def get_upload_options(call: Call) -> Response:
    """What of tus is spoken here, and how large a file may be."""
    more = {"Tus-Version": VERSION, "Tus-Extension": "creation,expiration", "Tus-Max-Size": str(largest_file())}
    return _answer(204, **more)


@routes.post(
    "",
    answer=UploadBody,
    status=201,
    idempotent=False,
    headers=(SPOKEN, LENGTH, METADATA),
    errors=[UploadProtocolError, TooLargeError, ConflictError],
)
def begin_upload(call: Call) -> Response:
    """Begin an upload: `Upload-Length` in bytes, the name of the file in `Upload-Metadata` (`filename`)."""
    _require_version()
    if request.headers.get("Content-Length", "0") != "0":
        raise InvalidError(Problem("invalid", _("The first part is sent by PATCH."), ""))
    length = _number("Upload-Length")
    if length > largest_file():
        raise TooLargeError
    metadata = request.headers.get("Upload-Metadata", "")
    name = _pairs(metadata).get("filename", "")
    upload = uploads.begin_upload(call.actor, length=length, name=name, metadata=metadata, most=largest_file())
    base = current_app.config["SETTINGS"].base_url
    return _told(upload, 201, Location=f"{base}/v1/manage/uploads/{upload.id}")


@routes.get(ONE, answer=UploadBody, errors=REFUSED)
def get_upload_state(call: Call, upload_id: UUID) -> Response:
    """Where an upload stands, in headers for tus and in the body, which names the asset once the file is whole."""
    if request.method == "HEAD":
        _require_version()
    upload = _finished(call.actor, _own(call.actor, upload_id))
    return _told(upload, 200)


@routes.patch(
    ONE,
    match="none",
    partial=False,
    raw=PART,
    status=204,
    headers=(SPOKEN, OFFSET),
    errors=[*REFUSED, ConflictError, TooLargeError, UnsupportedFileError, InvalidFileError],
)
def add_part(call: Call, upload_id: UUID) -> Response:
    """A part of the file, at `Upload-Offset`.

    What came of one that breaks off is kept. With the last one the file is examined and becomes an asset, whose address
    is in `Location`; what is no such file is refused and forgotten.
    """
    _require_version()
    if request.mimetype != PART:
        raise UnsupportedMediaTypeError(_("Send parts as “application/offset+octet-stream”."))
    start = _number("Upload-Offset")
    upload = _own(call.actor, upload_id)
    at, length = upload.offset, upload.length
    end_reading()
    if start != at:
        raise ConflictError(_("The upload stands at another offset. Ask for it, then go on from there."))
    upload = _finished(call.actor, _add(call.actor, upload_id, start, length - start))
    base = current_app.config["SETTINGS"].base_url
    done = {"Location": f"{base}/v1/manage/assets/{upload.asset_id}"} if upload.asset_id else {}
    return _standing(upload, 204, **done)


def _add(actor: Actor, upload_id: UUID, start: int, room: int) -> Upload:
    """Keep a part. One that is too long by a byte is not kept at all."""
    with incoming() as path:
        size = _write(path, room)
        key = f"{uploads.parts_prefix(upload_id)}/{start:015d}-{secrets.token_hex(8)}"
        if size:
            storage().put(key, path)
        try:
            return uploads.add_part(actor, upload_id, start=start, size=size, key=key)
        except (ConflictError, NotFoundError):  # after anything else the row may be there: what has none is swept
            storage().delete(key)
            raise


def _write(path: Path, room: int) -> int:
    """Write what comes, until it ends or breaks off; how many bytes that were."""
    size = 0
    request.max_content_length = room + 1  # of a body whose end the server finds, one that fills the room is refused
    with path.open("wb") as file:
        try:
            while piece := request.stream.read(PIECE):
                file.write(piece)
                size += len(piece)
        except RequestEntityTooLarge as error:
            raise TooLargeError from error
        except ClientDisconnected:
            return size
    if size > room:
        raise TooLargeError
    return size


def _finished(actor: Actor, upload: Upload) -> Upload:
    """An upload of which everything has come becomes an asset: now, or where that fails when it is asked for again.

    A client that hears that all of it is there takes it for done.
    """
    if upload.asset_id is not None or upload.offset < upload.length:
        return upload
    upload_id, name, keys = upload.id, upload.name, [part.key for part in upload.parts]
    end_reading()
    try:
        with incoming() as whole:
            uploads.assemble(keys, whole)
            received = receive(whole, name)
        uploads.finish_upload(actor, upload_id, received)
    except NotStoredError:  # another request has finished it, or its parts are lost
        upload = _own(actor, upload_id)
        if upload.asset_id is None:
            end_reading()
            uploads.drop_upload(actor, upload_id)
            raise NotFoundError from None
        return upload
    except (UnsupportedFileError, InvalidFileError, FaultError):  # the next try would come to the same
        uploads.drop_upload(actor, upload_id)
        storage().delete(*keys)
        raise
    storage().delete(*keys)
    return _own(actor, upload_id)


def _own(actor: Actor, upload_id: UUID) -> Upload:
    """An upload of hers that has not expired.

    Raises: NotFoundError.
    """
    upload = get_upload(upload_id)
    if upload is None or upload.created_by != actor.user_id or upload.expires_at <= utc_now():
        raise NotFoundError
    return upload


def _require_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise UploadProtocolError(tus_version=VERSION)


def _number(name: str) -> int:
    text = request.headers.get(name, "")
    if not re.fullmatch(r"0|[1-9][0-9]{0,14}", text, re.ASCII):
        raise InvalidError(Problem("invalid", _("Must be a number of bytes."), f"/{name}"))
    return int(text)


def _pairs(metadata: str) -> dict[str, str]:
    """`Upload-Metadata`: pairs of a key and a value in Base64, parted by commas.

    Raises: InvalidError.
    """
    if len(metadata) > MOST_METADATA:
        raise InvalidError(Problem("too_long", at_most_characters(MOST_METADATA), "/Upload-Metadata"))
    pairs = {}
    for pair in filter(None, metadata.split(",")):
        key, _space, value = pair.strip().partition(" ")
        try:
            pairs[key] = b64decode(value, validate=True).decode()
        except (NotBase64, UnicodeDecodeError) as error:
            words = _("Must be pairs of a name and a value in Base64.")
            raise InvalidError(Problem("invalid", words, "/Upload-Metadata")) from error
    return pairs


def _standing(upload: Upload, status: int, **more: str) -> Response:
    expires = format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)
    offset, length = str(upload.offset), str(upload.length)
    told = {"Upload-Offset": offset, "Upload-Length": length, "Upload-Expires": expires}
    if upload.metadata_header:
        told["Upload-Metadata"] = upload.metadata_header
    return _answer(status, **told, **more)


def _told(upload: Upload, status: int, **more: str) -> Response:
    """Where it stands, in headers and in the body."""
    response = _standing(upload, status, **more)
    shown = {
        "id": upload.id,
        "name": upload.name,
        "length": upload.length,
        "offset": upload.offset,
        "expires_at": upload.expires_at,
        "asset": upload.asset_id,
    }
    response.set_data(orjson.dumps({"data": UploadBody().dump(shown)}))
    response.content_type = "application/json"
    return response


def _answer(status: int, **headers: Any) -> Response:
    return Response(status=status, headers={"Cache-Control": "no-store", **headers})
