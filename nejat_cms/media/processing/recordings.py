"""Recordings and films: how long they are, and whether they are whole.

MP4 is read here, as mutagen knows films by their sound alone.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from nejat_cms.media.processing import sound
from nejat_cms.media.processing.limits import RefusedError
from nejat_cms.media.processing.signatures import boxes, find_box

LONGEST = 7 * 24 * 3600.0
"""A recording that says it is longer than a week says nothing."""


def examine(path: Path, mime: str) -> dict[str, Any]:
    """Raises: RefusedError."""
    if mime in sound.KEEPERS:
        sound.check(path, mime)
    try:
        seconds = READERS[mime](path)
    except RefusedError:
        raise
    except (MutagenError, ArithmeticError, LookupError, ValueError, EOFError):
        raise RefusedError("broken_file") from None
    return {"mime": mime, "duration": round(seconds, 3) if 0 < seconds < LONGEST else None}


def _mp3(path: Path) -> float:
    info: Any = _read(MP3, path)
    if info.sketchy:  # hardly a frame after the first
        raise RefusedError("broken_file")
    return float(info.length)


def _read(kind: Any, path: Path) -> Any:
    """What a class of mutagen's finds out; most of them are not typed."""
    return kind(path).info


def _flac(path: Path) -> float:
    return float(_read(FLAC, path).length)


def _wav(path: Path) -> float:
    return float(_read(WAVE, path).length)


def _ogg(path: Path) -> float:
    with path.open("rb") as file:
        head = file.read(64)
    if b"OpusHead" in head:
        return float(_read(OggOpus, path).length)
    if b"\x01vorbis" in head:
        return float(_read(OggVorbis, path).length)
    raise RefusedError("unsupported")


def _mp4(path: Path) -> float:
    """The length that the film names, or its fragments do where they come one by one."""
    with path.open("rb") as file:
        for _ in boxes(file):  # all of them end where they should, so nothing is missing
            pass
        header = find_box(file, 0, None, b"moov", b"mvhd")
        if header is None:
            raise RefusedError("broken_file")
        scale, units = _movie_header(file, header[1])
        if not units and (fragments := find_box(file, 0, None, b"moov", b"mvex", b"mehd")):
            units = _versioned(file, fragments[1], 4, 4)
        return units / scale if scale else 0.0


def _movie_header(file: BinaryIO, start: int) -> tuple[int, int]:
    """How many units a second has, and how many of them the film takes; 0 where it does not say."""
    file.seek(start)
    wide = file.read(1) == b"\x01"
    file.seek(start + (20 if wide else 12))
    scale = int.from_bytes(file.read(4))
    raw = file.read(8 if wide else 4)
    return scale, 0 if raw.strip(b"\xff") == b"" else int.from_bytes(raw)


def _versioned(file: BinaryIO, start: int, short: int, long: int) -> int:
    """A number that has four bytes, or eight in version 1 of its box."""
    file.seek(start)
    wide = file.read(1) == b"\x01"
    file.seek(start + (long if wide else short))
    return int.from_bytes(file.read(8 if wide else 4))


READERS: Mapping[str, Callable[[Path], float]] = {
    "audio/mpeg": _mp3,
    "audio/mp4": _mp4,
    "audio/ogg": _ogg,
    "audio/flac": _flac,
    "audio/wav": _wav,
    "video/mp4": _mp4,
}
