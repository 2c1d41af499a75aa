"""What a film or recording in MP4 says of where, when and by whom it was made: taken out of it in place.

moov ─┬─ udta, meta, uuid        each becomes a `free` box of the same size that holds nothing,
      └─ trak ─ udta, meta       so that nothing else moves
"""

from pathlib import Path
from typing import BinaryIO

from nejat_cms.media.processing.signatures import boxes

TOLD = frozenset({b"udta", b"meta", b"uuid"})
HOLDING = frozenset({b"moov", b"trak"})
PIECE = 1024 * 1024


def silence(path: Path) -> None:
    """Overwrite what is told beside what is to be seen and heard.

    `path` is a whole file that was examined. ISO/IEC 14496-12 §8.1.2: what is in a `free` box is of no meaning.
    """
    with path.open("r+b") as file:
        _silence(file, 0, None)


def _silence(file: BinaryIO, start: int, end: int | None) -> None:
    for kind, body, stop in list(boxes(file, start, end)):
        if kind in HOLDING:
            _silence(file, body, stop)
        elif kind in TOLD:
            file.seek(body - 4)
            short = file.read(4) == kind  # else a size of eight bytes stands between
            file.seek(body - (4 if short else 12))
            file.write(b"free")
            file.seek(body)
            for at in range(body, stop, PIECE):
                file.write(bytes(min(PIECE, stop - at)))
