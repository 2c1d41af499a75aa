"""`/media/{file}/{rendition}/{name}`: the bytes themselves.

To readers where the file is public; else to whoever was given an address that is signed.
"""

import threading
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_babel import lazy_gettext as _
from werkzeug.http import unquote_etag

from nejat_cms.errors import InvalidFileError, NotFoundError, RangeError, UnavailableError
from nejat_cms.http.edge import is_unchanged
from nejat_cms.http.parsing import Param, plain, whole
from nejat_cms.http.routing import Call, Routes
from nejat_cms.http.tags import asset_tag, tag_headers
from nejat_cms.media.actions.receiving import blob_key
from nejat_cms.media.actions.renditions import made
from nejat_cms.media.queries import ServedFile, find_served
from nejat_cms.media.rules.addresses import WHOLE, Signer, disposition, file_name, media_path
from nejat_cms.media.rules.ranges import part_of
from nejat_cms.media.rules.renditions import RENDITIONS, Rendition, custom, cut_of
from nejat_cms.media.rules.types import FILE_TYPES, SVG
from nejat_cms.storage import PIECE, NotStoredError, storage

routes = Routes("Media", signed_in=False, prefix="")
PUBLIC = "public, max-age=300, stale-while-revalidate=86400"
FEW = 12
"""How many large bodies a process sends at once: each holds a thread for as long as its reader takes."""
PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Browsers show no document in a sandbox."""
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What a browser that opens the bytes by themselves may do with them: nothing."""
PDF = "application/pdf"
UNTIL = Param("until", whole(0, 10**12), {"type": "integer"}, "Of a signed address: until when it is good.")
SIGNATURE = Param("signature", plain, {"type": "string"}, "Of a signed address.")
MEDIA_TYPES = ("image/webp", *sorted({kind.mime for kind in FILE_TYPES.values()} - {"image/webp"}))


@routes.get(
    "/media/<uuid:file_id>/<rendition>/<name>",
    query=(UNTIL, SIGNATURE),
    media_types=MEDIA_TYPES,
    ranged=True,
    errors=[NotFoundError, RangeError, InvalidFileError],
)
def get_media(call: Call, file_id: UUID, rendition: str, name: str) -> Response:
    """The bytes of a file, or of a picture made from it.

    Pictures are `thumb`, `card`, `wide`, `full` or of a signed size, as WebP or in the format that the file came in
    (by the end of the name); of what is no picture, `file` is the file itself. Only what readers are shown somewhere
    is public, or was until it was replaced in the last hour; all else is 404, but for a signed address, which is good
    for a quarter of an hour. Single ranges are honoured.
    """
    file = find_served(file_id)
    signed = _is_signed(file_id, rendition, name, call.query)
    if not (signed or (file.public and call.query["signature"] is None and call.query["until"] is None)):
        raise NotFoundError
    try:
        return _shown(file, file_id, rendition, name, signed=signed)
    except NotStoredError as error:
        raise NotFoundError from error


def _shown(file: ServedFile, file_id: UUID, rendition: str, name: str, *, signed: bool) -> Response:
    """The answer to whoever may see it.

    Raises: NotFoundError, NotStoredError where the store has lost the bytes, and what making a rendition raises.
    """
    key, mime = _wanted(file, file_id, rendition, name)
    size = storage().size(key)
    if size is None:
        raise NotStoredError(key)
    whole_file = rendition == WHOLE
    headers = {
        "ETag": f'"{key.rpartition("/")[2].partition(".")[0][:32]}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store" if signed else PUBLIC,
        "Content-Disposition": disposition(name, attachment=mime == SVG or (whole_file and mime != PDF)),
        "Content-Security-Policy": PDF_POLICY if mime == PDF else SANDBOX,
    }
    if not signed:
        headers |= dict(tag_headers([asset_tag(file.asset_id)]))
    return _answer(key, mime, size, headers)


def _is_signed(file_id: UUID, rendition: str, name: str, query: Any) -> bool:
    """Whether the address was signed here, and is still good."""
    if query["until"] is None or query["signature"] is None or query["until"] < time.time():
        return False
    path = media_path(file_id, rendition, name)
    return _signer().holds(query["signature"], "until", path, query["until"])


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"])


def _wanted(file: ServedFile, file_id: UUID, rendition: str, name: str) -> tuple[str, str]:
    """The key and the type of what an address means.

    Raises: NotFoundError, and what making a rendition raises.
    """
    kind = FILE_TYPES[file.mime]
    if rendition == WHOLE:
        if (kind.group == "image" and file.mime != SVG) or name != file_name(file.name, kind.extension):
            raise NotFoundError
        return blob_key(file.sha256), file.mime
    picture = RENDITIONS.get(rendition) or _of_its_own(file_id, rendition)
    if picture is None or not (file.width and file.height):
        raise NotFoundError
    family = kind.rendered_as or "image/png"
    formats = {FILE_TYPES[mime].extension: mime for mime in (family, "image/webp")}
    mime = formats.get(name.rpartition(".")[2])
    if mime is None or name != file_name(file.name, FILE_TYPES[mime].extension):
        raise NotFoundError
    return made(file, cut_of(file.width, file.height, file.focal, picture), mime), mime


def _of_its_own(file_id: UUID, rendition: str) -> Rendition | None:
    size = _signer().size_of(file_id, rendition)
    return custom(*size) if size else None


# Ranges, conditions ---------------------------------------------------------------------------


def _answer(key: str, mime: str, size: int, headers: dict[str, str]) -> Response:
    """The bytes, or the part of them that is asked for.

    What a client has already comes before any part of it (RFC 9110 §13.2.2); the edge makes it a 304, which has no
    body, so nothing is read for it.

    Raises: NotStoredError, RangeError, UnavailableError.
    """
    bodiless = request.method == "HEAD" or is_unchanged(headers["ETag"], None, request.environ)
    part = None if bodiless else _part(size, headers["ETag"])
    start, end = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    body = () if bodiless else _body(key, start, end)
    response = Response(body, 200 if part is None else 206, headers, content_type=mime, direct_passthrough=True)
    response.content_length = end - start
    return response


def _part(size: int, etag: str) -> tuple[int, int] | None:
    """The part that is asked for, if it is one of these very bytes (RFC 9110 §13.1.5)."""
    seen = request.headers.get("If-Range")
    if seen is not None and unquote_etag(seen) != unquote_etag(etag):
        return None
    return part_of(request.headers.get("Range", ""), size)


_sending = threading.BoundedSemaphore(FEW)


def _body(key: str, start: int, end: int) -> Iterable[bytes]:
    """What fits into one piece is in memory already and holds nobody up; of larger ones only so many go out at once.

    Raises: NotStoredError, UnavailableError where too many are on their way.
    """
    pieces = storage().read(key, start, end)
    if end - start <= PIECE:
        return [b"".join(pieces)]
    if not _sending.acquire(blocking=False):
        pieces.close()
        raise UnavailableError(_("Too many large files are on their way. Try again shortly."))
    body = _sent(pieces)
    next(body)  # begun, so that it ends by giving its place back, even if nobody reads it
    return body


def _sent(pieces: Generator[bytes, None, None]) -> Iterator[bytes]:
    """The pieces of a large body; its place is free again when it has been sent, or its reader has gone."""
    try:
        yield b""
        yield from pieces
    finally:
        pieces.close()
        _sending.release()
