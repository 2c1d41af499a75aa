"""A film or recording in MP4 with nothing in it but what is to be seen and heard: all else is emptied where it stands.

boxes that players need    stay; of times, names of programs and of encoders nothing is left
any other box              becomes a `free` box of the same size that holds zeros, so that nothing else moves;
                           so does a whole track that is neither seen nor heard
samples                    stay where a track that is left has them; what else is among them becomes zeros, as
                           cameras write there where they are, many times a second
"""

import shutil
import struct
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from nejat_cms.media.processing.limits import RefusedError
from nejat_cms.media.processing.signatures import Box, boxes, find_box

FILM, PICTURE = b"film", b"jP2 "
_RUNS = frozenset({b"sbgp", b"sgpd"})
KEPT: Mapping[bytes, frozenset[bytes]] = {
    FILM: frozenset({b"ftyp", b"styp", b"moov", b"sidx", b"moof", b"mdat", b"mfra"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": _RUNS | {b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stco", b"co64", b"stss", b"sdtp"},
    b"mvex": frozenset({b"mehd", b"trex"}),
    b"moof": frozenset({b"mfhd", b"traf"}),
    b"traf": _RUNS | {b"tfhd", b"tfdt", b"trun", b"sdtp"},
    b"mfra": frozenset({b"tfra", b"mfro"}),
    b"vide": frozenset(  # what describes the samples of a track that is seen
        {b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"d263", b"dvcC", b"dvvC", b"dvwC", b"colr", b"pasp", b"clap"}
        | {b"fiel", b"mdcv", b"clli", b"SmDm", b"CoLL", b"btrt"}
    ),
    b"soun": frozenset(  # or heard
        {b"esds", b"alac", b"dOps", b"dfLa", b"dac3", b"dec3", b"dac4", b"damr", b"pcmC", b"chnl", b"srat", b"btrt"}
    ),
    PICTURE: frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"}),
    b"jp2h": frozenset({b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"}),
}
"""What players need of what is in a box (ISO/IEC 14496-12), and of a JPEG 2000 (ITU-T T.800 Annex I)."""
REPEATED = _RUNS | {b"trak", b"trex", b"sidx", b"moof", b"traf", b"trun", b"mdat", b"tfra", b"colr", b"jp2c"}
SHOWN = frozenset({b"vide", b"soun"})
TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
BARE_FLAC = 42
"""The size of what describes FLAC where no tags are among it."""
PIECE = 1024 * 1024


def strip(source: Path, target: Path) -> None:
    """Write a film anew with nothing in it but what is to be seen and heard.

    Raises: RefusedError.
    """
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        fragmented = find_box(file, 0, None, b"moof") is not None
        if fragmented and not _fragments_are_shown(file):
            raise RefusedError("broken_file")
        data = silence(file)
        tracks = list(_tracks(file))
        for track in tracks:
            _describe(file, track)
        if not fragmented:
            _blank_between(file, data, sorted(run for track in tracks for run in _samples(file, track)))


def silence(file: BinaryIO, holder: bytes = FILM, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Empty the boxes that nobody needs, and return where the data are; §8.1.2: what a `free` box has is of no meaning.

    Raises: RefusedError.
    """
    seen, data = set(), []
    for kind, body, stop in list(boxes(file, start, end)):
        if (
            kind not in KEPT[holder]
            or (kind in seen and kind not in REPEATED)
            or (kind == b"trak" and _handler(file, body, stop) not in SHOWN)
        ):
            _free(file, kind, body, stop)
        elif kind in (b"mdat", b"jp2c"):
            data.append((body, stop))
        elif kind in KEPT:
            data += silence(file, kind, body, stop)
        elif kind == b"hdlr":
            _blank(file, body + 12, stop)  # its name is that of the program or camera
        elif kind in TIMED:
            size = 16 if _read(file, body, 1) == b"\x01" else 8  # when it was made and when it was changed
            _blank(file, body + 4, min(body + 4 + size, stop))
        elif kind == b"dref":
            for _, place, ending in list(boxes(file, body + 8, stop)):
                _blank(file, place + 4, ending)  # where its data are, when they are not in the file
        seen.add(kind)
    return data


def _tracks(file: BinaryIO) -> Iterator[Box]:
    film = find_box(file, 0, None, b"moov")
    return (box for box in boxes(file, *film[1:]) if box[0] == b"trak") if film else iter(())


def _handler(file: BinaryIO, body: int, stop: int) -> bytes:
    """What kind of track this is; b"" where it does not say."""
    handler = find_box(file, body, stop, b"mdia", b"hdlr")
    return _read(file, handler[1] + 8, 4) if handler else b""


def _fragments_are_shown(file: BinaryIO) -> bool:
    """Whether all tracks are, and each fragment belongs to one: of others it would take more to find the samples."""
    numbers = set()
    for _, body, stop in _tracks(file):
        head = find_box(file, body, stop, b"tkhd")
        if head is None or _handler(file, body, stop) not in SHOWN:
            return False
        numbers.add(_read(file, head[1] + (20 if _read(file, head[1], 1) == b"\x01" else 12), 4))
    for fragment, start, end in boxes(file):
        for kind, body, stop in boxes(file, start, end) if fragment == b"moof" else ():
            if kind == b"traf":
                head = find_box(file, body, stop, b"tfhd")
                if head is None or _read(file, head[1] + 4, 4) not in numbers:
                    return False
    return True


def _describe(file: BinaryIO, track: Box) -> None:
    """Leave of what describes the samples of a track what a decoder needs (§12.1.3, §12.2.3)."""
    handler, table = _handler(file, *track[1:]), find_box(file, *track[1:], b"mdia", b"minf", b"stbl", b"stsd")
    for _, body, stop in list(boxes(file, table[1] + 8, table[2])) if table else ():
        if handler == b"vide":
            inside = body + 78
            told = [(body + 8, body + 24), (body + 42, body + 74)]  # whose encoder, and its name
        else:
            inside = body + 28
            told = [(body + 10, body + 16)]
        if inside > stop or (handler == b"soun" and any(_read(file, body + 8, 2))):  # QuickTime has longer ones
            raise RefusedError("broken_file")
        for start, end in told:
            _blank(file, start, end)
        for kind, start, end in list(boxes(file, inside, stop)):
            if kind == b"dfLa" and end - start != BARE_FLAC:
                raise RefusedError("broken_file")
            if kind not in KEPT[handler]:
                _free(file, kind, start, end)


def _samples(file: BinaryIO, track: Box) -> Iterator[tuple[int, int]]:
    """Where the chunks of a track begin and end (§8.7).

    Raises: RefusedError where it does not say how large its samples are, or in the rare short way.
    """
    table = find_box(file, *track[1:], b"mdia", b"minf", b"stbl")
    if table is None:
        return

    def rows(kind: bytes, at: int, form: str) -> list[Any]:
        box = find_box(file, *table[1:], kind)
        raw = _read(file, box[1] + at, max(0, box[2] - box[1] - at)) if box else b""
        return list(struct.iter_unpack(form, raw[: len(raw) - len(raw) % struct.calcsize(form)]))

    chunks = rows(b"stco", 8, ">I") or rows(b"co64", 8, ">Q")
    sizes = rows(b"stsz", 4, ">I")
    if chunks and not sizes:
        raise RefusedError("broken_file")
    same, each = sizes[0][0] if sizes else 0, iter(sizes[2:])
    if same and (sound := find_box(file, *table[1:], b"stsd")) and _handler(file, *track[1:]) == b"soun":
        channels, bits = struct.unpack(">HH", _read(file, sound[1] + 32, 4).ljust(4, b"\0"))
        same = max(same, channels * bits // 8)  # some say 1 of samples that are not packed
    runs, count = iter([*rows(b"stsc", 8, ">III"), (len(chunks) + 1, 0, 0)]), 0
    following = next(runs)
    for number, (start,) in enumerate(chunks, 1):
        while following[0] <= number:
            count, following = following[1], next(runs)
        yield start, start + (count * same if same else sum(size for (size,) in islice(each, count)))


def _blank_between(file: BinaryIO, data: list[tuple[int, int]], runs: list[tuple[int, int]]) -> None:
    """Empty what is among the data and belongs to no sample."""
    for begin, end in data:
        at = begin
        for start, stop in runs:
            _blank(file, at, min(start, end))
            at = max(at, stop)
        _blank(file, at, end)


def _free(file: BinaryIO, kind: bytes, body: int, stop: int) -> None:
    short = _read(file, body - 4, 4) == kind  # else a size of eight bytes stands between
    file.seek(body - (4 if short else 12))
    file.write(b"free")
    _blank(file, body, stop)


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _blank(file: BinaryIO, start: int, end: int) -> None:
    """Overwrite with zeros; nothing where the end is before the start."""
    for at in range(start, end, PIECE):
        file.seek(at)
        file.write(bytes(min(PIECE, end - at)))
