"""Pictures that documents and drawings hold: without what they tell, and with their points as they are.

JPEG        the segments that say how to read the points, and the points
JPEG 2000   the boxes that do; the others, and comments, are emptied where they stand
PNG         the chunks that do
"""

import re
from io import BytesIO

from nejat_cms.media.processing.films import PICTURE, silence
from nejat_cms.media.processing.limits import RefusedError

# JPEG (ITU-T T.81) -------------------------------------------------------------------------------

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""Where something other than points begins (§B.1.1)."""
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
_TOLD = re.compile(rb"\xff[\xe0-\xef\xf0-\xfe]")
"""What programs add, what is reserved, and comments."""


def bare_jpeg(raw: bytes) -> bytes:
    """A JPEG without EXIF, XMP, IPTC, comments, further pictures and what comes after its end; b"" for what is none."""
    at = raw.find(b"\xff\xd8")
    if at < 0:
        return b""
    kept, marker, at = [b"\xff\xd8"], b"", at + 2
    while found := _MARKER.search(raw, at):
        if marker == _SCAN:
            kept.append(raw[at : found.start()])
        marker, at = found[0], found.end() + int.from_bytes(raw[found.end() : found.end() + 2])
        if marker == _END:
            return b"".join(kept) + _END
        kept.append(_segment(marker, raw[found.end() : at]))
    return b"".join(kept) + (raw[at:] if marker == _SCAN else b"")


def _segment(marker: bytes, body: bytes) -> bytes:
    """What stays of a segment: of those that programs add, what says how to read the points."""
    if not _TOLD.match(marker):
        return marker + body
    if marker == b"\xff\xe0" and body[2:7] == b"JFIF\0" and len(body) >= 16:
        return marker + b"\0\x10" + body[2:14] + b"\0\0"  # without the small picture
    if marker == b"\xff\xee" and body[2:7] == b"Adobe" and len(body) >= 14:
        return marker + b"\0\x0e" + body[2:14]
    return marker + body if marker == b"\xff\xe2" and body[2:].startswith(b"ICC_PROFILE\0") else b""


# JPEG 2000 (ITU-T T.800) -------------------------------------------------------------------------


def bare_jpeg_2000(raw: bytes) -> bytes:
    """A JPEG 2000, or its mere code stream, with nothing but the picture in it.

    Raises: RefusedError where it is neither.
    """
    if raw.startswith(_STREAM):
        return _code_stream(raw)
    file = BytesIO(raw)
    streams = silence(file, PICTURE)
    bare = bytearray(file.getvalue())
    for start, end in streams:
        bare[start:end] = _code_stream(raw[start:end])
    return bytes(bare)


_STREAM, _TILE, _POINTS, _COMMENT = b"\xff\x4f\xff\x51", b"\xff\x90", b"\xff\x93", b"\xff\x64"


def _code_stream(raw: bytes) -> bytes:
    """The same with zeros in place of comments, and of what comes after its end (Annex A)."""
    bare, at, end = bytearray(raw), 2, 0
    while at < len(raw) and (marker := raw[at : at + 2]) != _END:
        after = at + 2 + int.from_bytes(raw[at + 2 : at + 4])
        if marker == _POINTS:
            after = end
        elif marker == _TILE:  # with a head, and points after it
            size = int.from_bytes(raw[at + 6 : at + 10])
            end = at + size if size else len(raw)
        elif marker == _COMMENT:
            bare[at + 6 : after] = bytes(max(0, after - at - 6))
        if not raw.startswith(_STREAM) or not at + 2 <= after <= len(raw):
            raise RefusedError("broken_file")
        at = after
    bare[at + 2 :] = bytes(max(0, len(raw) - at - 2))
    return bytes(bare)


# PNG (ISO/IEC 15948) -----------------------------------------------------------------------------

_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB"})


def bare_png(raw: bytes) -> bytes:
    """A PNG with nothing but the picture and its colours."""
    kept, at = raw[:8], 8
    while at < len(raw):
        kind, end = raw[at + 4 : at + 8], at + 12 + int.from_bytes(raw[at : at + 4])
        if kind in _CHUNKS:
            kept += raw[at:end]
        if kind == b"IEND":
            break
        at = end
    return kept
