"""What a file says it is, by its first bytes; whether that is true its decoder finds out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from nejat_cms.media.processing.limits import RefusedError
from nejat_cms.media.rules.types import SVG

HEAD = 4096
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_AVIF = {b"avif", b"avis"}
_MP4 = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4A ", b"M4B ", b"M4V "}
# Comments, a declaration and a document type may come before the element; an entity in the last would not end there.
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?[^>]*\?|!--.*?--|!DOCTYPE[^>\[]*)>\s*)*<(?:[\w.-]+:)?svg[\s/>]", re.S)


def mime_of(path: Path) -> str | None:
    """The type that a file begins like; None for whatever is not taken."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        for signature, mime in _SIGNATURES:
            if head.startswith(signature):
                return mime
        if head.startswith(b"RIFF"):
            return _RIFF.get(head[8:12])
        if head[4:8] == b"ftyp":
            return _mime_of_boxes(file, head)
        if _is_mpeg_frame(head):
            return "audio/mpeg"
    return SVG if _SVG.match(head) else None


def _is_mpeg_frame(head: bytes) -> bool:
    """Whether a frame of layer III begins here, with a bit rate and a sampling rate that there are."""
    return (
        len(head) > 4
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[1] & 0x18 != 0x08
        and head[2] >> 4 not in (0, 15)
        and head[2] & 0x0C != 0x0C
    )


def _mime_of_boxes(file: BinaryIO, head: bytes) -> str | None:
    size = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] in _AVIF or (brands[0] in (b"mif1", b"msf1") and _AVIF & set(brands)):
        return "image/avif"
    if brands[0] not in _MP4:
        return None
    handlers = {handler for handler, _ in tracks(file)}
    return "video/mp4" if b"vide" in handlers else "audio/mp4" if b"soun" in handlers else None


# Boxes of ISO/IEC 14496-12 -----------------------------------------------------------------------

Box = tuple[bytes, int, int]
"""Its type, and where what is in it begins and ends."""


def boxes(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes of a file, or within another box.

    Raises: RefusedError where one ends beyond what it is in.
    """
    if end is None:
        end = file.seek(0, 2)
    while start < end:
        file.seek(start)
        head = file.read(16)
        size, kind, body = int.from_bytes(head[:4]), head[4:8], start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16]), start + 16
        elif size == 0:
            size = end - start
        if len(head) < 8 or start + size < body or start + size > end:
            raise RefusedError("broken_file")
        yield kind, body, start + size
        start += size


def find_box(file: BinaryIO, start: int, end: int | None, *kinds: bytes) -> Box | None:
    """The first box of these types, each within the one before."""
    for kind, body, stop in boxes(file, start, end):
        if kind == kinds[0]:
            return find_box(file, body, stop, *kinds[1:]) if kinds[1:] else (kind, body, stop)
    return None


def tracks(file: BinaryIO) -> Iterator[tuple[bytes, Box]]:
    """What the tracks of a film or recording are (`vide`, `soun`, …), and where each is."""
    film = find_box(file, 0, None, b"moov")
    if film is None:
        raise RefusedError("broken_file")
    for box in boxes(file, *film[1:]):
        if box[0] == b"trak" and (handler := find_box(file, box[1], box[2], b"mdia", b"hdlr")):
            file.seek(handler[1] + 8)
            yield file.read(4), box
