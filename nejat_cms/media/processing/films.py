"""What a film or recording in MP4 says of where, when and by whom it was made: emptied where it stands.

moov ─┬─ udta, meta, uuid, xml       each becomes a `free` box of the same size that holds nothing,
      ├─ mvhd                        so that nothing else moves; times become 0, which is: not known
      └─ trak ─┬─ udta, meta         so does a whole track that is neither seen nor heard, and its samples
               ├─ tkhd               become zeros: cameras write there where they are, many times a second
               └─ mdia ─ mdhd, hdlr
"""

import shutil
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from nejat_cms.media.processing.signatures import boxes, find_box

TOLD = frozenset({b"udta", b"meta", b"uuid", b"xml ", b"emsg"})
HOLDING = frozenset({b"moov", b"trak", b"mdia"})
TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
SHOWN = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp"})
"""Tracks that somebody sees or hears, captions among them."""
PIECE = 1024 * 1024


def strip(source: Path, target: Path) -> None:
    """Write a film anew with nothing in it but what is to be seen and heard.

    Raises: RefusedError.
    """
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        silence(file)


def silence(file: BinaryIO, start: int = 0, end: int | None = None) -> None:
    """Overwrite what is told in boxes; ISO/IEC 14496-12 §8.1.2: what is in a `free` box is of no meaning.

    Raises: RefusedError.
    """
    for kind, body, stop in list(boxes(file, start, end)):
        if kind == b"trak" and not _is_shown(file, body, stop):
            for at, size in list(_samples(file, body, stop)):
                _blank(file, at, min(at + size, file.seek(0, 2)))
            _free(file, kind, body, stop)
        elif kind in HOLDING:
            silence(file, body, stop)
        elif kind == b"hdlr":
            _blank(file, body + 24, stop)  # its name is that of the program or camera
        elif kind in TIMED:
            file.seek(body)
            size = 16 if file.read(1) == b"\x01" else 8  # when it was made and when it was changed
            _blank(file, body + 4, min(body + 4 + size, stop))
        elif kind in TOLD:
            _free(file, kind, body, stop)


def _is_shown(file: BinaryIO, body: int, stop: int) -> bool:
    handler = find_box(file, body, stop, b"mdia", b"hdlr")
    if handler is None:
        return True
    file.seek(handler[1] + 8)
    return file.read(4) in SHOWN


def _samples(file: BinaryIO, body: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where the chunks of a track are and how many bytes each has (ISO/IEC 14496-12 §8.7)."""
    table = find_box(file, body, stop, b"mdia", b"minf", b"stbl")
    if table is None:
        return

    def rows(kind: bytes, at: int, form: str) -> list[Any]:
        box = find_box(file, *table[1:], kind)
        if box is None:
            return []
        file.seek(box[1] + at)
        raw = file.read(max(0, box[2] - box[1] - at))
        return list(struct.iter_unpack(form, raw[: len(raw) - len(raw) % struct.calcsize(form)]))

    same = rows(b"stsz", 4, ">I")
    sizes = iter(rows(b"stsz", 12, ">I"))
    runs, count = rows(b"stsc", 8, ">III"), 0
    for number, (start,) in enumerate(rows(b"stco", 8, ">I") or rows(b"co64", 8, ">Q"), 1):
        while runs and runs[0][0] <= number:
            count = runs.pop(0)[1]
        yield start, count * same[0][0] if same and same[0][0] else sum(size for (size,) in islice(sizes, count))


def _free(file: BinaryIO, kind: bytes, body: int, stop: int) -> None:
    file.seek(body - 4)
    short = file.read(4) == kind  # else a size of eight bytes stands between
    file.seek(body - (4 if short else 12))
    file.write(b"free")
    _blank(file, body, stop)


def _blank(file: BinaryIO, start: int, end: int) -> None:
    file.seek(start)
    for at in range(start, end, PIECE):
        file.write(bytes(min(PIECE, end - at)))
