"""The sound of a recording, and nothing of what it tells beside: where, when, by whom and with what it was made.

    WAV    the chunks that sound needs; of the others nothing is left but their size
    MP3    frames; no ID3, APE or Lyrics3 wherever it stands
    FLAC   what the stream is, the table to seek by, frames
    Ogg    the pages of Opus and Vorbis, with empty comments of the size that they had

Only headers are read, nothing is decoded. What is kept is the same for the same file, and of a kept file it is all.
"""

import mmap
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path

from nejat_cms.media.processing.limits import RefusedError

Data = bytes | mmap.mmap
PIECE = 1 << 20


def check(path: Path, mime: str) -> None:
    """Find out whether a recording is whole.

    Raises: RefusedError.
    """
    for _ in _kept(path, mime):
        pass


def strip(source: Path, target: Path, mime: str) -> None:
    """Write a recording anew with nothing in it but its sound.

    Raises: RefusedError.
    """
    with target.open("wb") as file:
        file.writelines(_kept(source, mime))


def _kept(path: Path, mime: str) -> Iterator[bytes]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield from KEEPERS[mime](data)
    except LookupError:  # the file ends within a header
        raise RefusedError("broken_file") from None


def _copied(data: Data, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, PIECE):
        yield data[at : min(at + PIECE, end)]


def _little(data: Data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


# Tags that stand before or after a sound ---------------------------------------------------------


def _after_tags(data: Data, at: int) -> int:
    """Where ID3v2 and APEv2 end that begin here: `at` itself where none does."""
    while True:
        if data[at : at + 3] == b"ID3" and len(data) >= at + 10:
            footed = data[at + 5] & 0x10
            at += 10 + _syncsafe(data[at + 6 : at + 10]) + (10 if footed else 0)
        elif data[at : at + 8] == b"APETAGEX" and len(data) >= at + 32:
            at += 32 + _little(data, at + 12)
        else:
            return at


def _before_tags(data: Data) -> int:
    """Where the ID3v1, ID3v2, APE and Lyrics3 at the end of a file begin: its size where it has none."""
    end = len(data)
    while True:
        size = 0
        if data[max(0, end - 128) : end][:3] == b"TAG":
            size = 128 + (227 if data[max(0, end - 355) : end][:4] == b"TAG+" else 0)
        elif data[max(0, end - 32) : end][:8] == b"APETAGEX":
            size = _little(data, end - 20) + (32 if data[end - 9] & 0x80 else 0)
        elif data[max(0, end - 9) : end] == b"LYRICS200" and data[end - 15 : end - 9].isdigit():
            size = int(data[end - 15 : end - 9]) + 15
        elif data[max(0, end - 10) : end][:3] == b"3DI":
            size = _syncsafe(data[end - 4 : end]) + 20
        if not 0 < size <= end:
            return end
        end -= size


def _syncsafe(raw: bytes) -> int:
    """A number of ID3v2: seven bits a byte."""
    number = 0
    for byte in raw:
        number = number << 7 | byte & 0x7F
    return number


# WAV ---------------------------------------------------------------------------------------------

SOUNDING = {b"fmt ": range(16, 65), b"fact": range(4, 13), b"data": range(1, 1 << 32)}
"""The chunks that sound needs, and how large one may be."""


def _wav(data: Data) -> Iterator[bytes]:
    """The chunks of RIFF (Multimedia Programming Interface and Data Specifications 1.0), each as large as it was.

    A size that is not known yet, 0 or the largest there is, cannot be told from one that is not reached: whoever
    writes a stream to a file has to come back and write the size.
    """
    end = 8 + _little(data, 4)
    if end > len(data) + 1:  # some leave out the last byte, which is there to make the size even
        raise RefusedError("broken_file")
    yield data[:12]
    at, found = 12, set()
    while at < end - 1:
        kind, size = data[at : at + 4], _little(data, at + 4)
        at += 8
        if at + size > min(end, len(data)):
            raise RefusedError("broken_file")
        if kind not in found and size in SOUNDING.get(kind, ()):
            yield kind + data[at - 4 : at]
            yield from _copied(data, at, at + size)
            found.add(kind)
        else:
            yield b"JUNK" + data[at - 4 : at]
            yield from (bytes(min(PIECE, size - done)) for done in range(0, size, PIECE))
        yield bytes(size % 2)
        at += size + size % 2
    if not found >= {b"fmt ", b"data"}:
        raise RefusedError("broken_file")


# MP3 ---------------------------------------------------------------------------------------------

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
LOWER_BIT_RATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
VERSIONS = {
    3: (144, BIT_RATES, (44_100, 48_000, 32_000)),
    2: (72, LOWER_BIT_RATES, (22_050, 24_000, 16_000)),
    0: (72, LOWER_BIT_RATES, (11_025, 12_000, 8_000)),
}
"""MPEG 1, 2 and 2.5: an eighth of a frame's samples, kilobits a second and samples a second, as headers number them."""


@cache
def _frame_lengths() -> Mapping[bytes, int]:
    """How many bytes a frame of layer III has, by its first three (ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3)."""
    lengths = {}
    for version, (factor, bit_rates, rates) in VERSIONS.items():
        rows, columns, flags = enumerate(bit_rates, 1), enumerate(rates), (0, 1)
        for (row, bits), (column, rate), padded, private, bare in product(rows, columns, flags, flags, flags):
            head = bytes([0xFF, 0xE2 | version << 3 | bare, row << 4 | column << 2 | padded << 1 | private])
            lengths[head] = factor * bits * 1000 // rate + padded
    return lengths


def _mp3(data: Data) -> Iterator[bytes]:
    """The frames that are whole, wherever they stand; after a gap only where another frame follows."""
    lengths, end = _frame_lengths(), _before_tags(data)
    start = at = _after_tags(data, 0)
    if at > end:
        raise RefusedError("broken_file")
    while at < end:
        stop = at + lengths.get(data[at : at + 3], end + 1)
        if stop <= end and (at > start or stop == end or data[stop : stop + 3] in lengths):
            at = stop
            continue
        yield from _copied(data, start, at)
        start = at = _next_frame(data, at, end)
    yield from _copied(data, start, end)


def _next_frame(data: Data, at: int, end: int) -> int:
    """Where the next frame may begin: after a tag, else where a byte is like its first."""
    after = _after_tags(data, at)
    if after == at:
        after = data.find(b"\xff", at + 1, end)
    return after if 0 < after < end else end


# FLAC (RFC 9639) ---------------------------------------------------------------------------------

STREAMINFO, SEEKTABLE = 0, 3


def _flac(data: Data) -> Iterator[bytes]:
    """What the stream is, where to find what in it, and the frames, with nothing before, between or after (§8, §9)."""
    at, more, blocks = 4, True, dict[int, bytes]()
    while more:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4])
        more = kind < 0x80
        at += 4 + size
        blocks.setdefault(kind & 0x7F, data[at - size : at])
    end = _before_tags(data)
    if next(iter(blocks)) != STREAMINFO or not _are_frames(data, at, end, blocks[STREAMINFO]):
        raise RefusedError("broken_file")
    kept = [kind for kind in (STREAMINFO, SEEKTABLE) if kind in blocks]
    yield b"fLaC"
    for kind in kept:
        yield bytes([kind | (0x80 if kind == kept[-1] else 0)]) + len(blocks[kind]).to_bytes(3) + blocks[kind]
    yield from _copied(data, at, end)


def _are_frames(data: Data, start: int, end: int, info: bytes) -> bool:
    """Whether whole frames are all there is, one after the other, with as many samples as the stream says it has."""
    block, said = int.from_bytes(info[:2]), int.from_bytes(info[10:18])
    channels, bits, samples = (said >> 41 & 7) + 1, (said >> 36 & 31) + 1, said & (1 << 36) - 1
    frame = _frame(data[start : start + 16], block)
    first = frame and frame[0]
    while frame:
        stop = start + 64 + (frame[1] - frame[0]) * channels * (bits // 8 + 1)
        at, following = start + 1, None
        while (at := data.find(b"\xff", at, stop)) >= 0:
            following = _frame(data[at : at + 16], block)
            if following and following[0] == frame[1] and _is_whole(data[start:at]):
                break
            at += 1
        if at < 0:
            return samples in (0, frame[1] - (first or 0)) and end <= stop and _is_whole(data[start:end])
        start, frame = at, following
    return False


def _frame(head: bytes, block: int) -> tuple[int, int] | None:
    """The numbers of the first sample of a frame that begins like this, and of the one after its last (§9.1)."""
    if len(head) < 6 or head[:2] not in (b"\xff\xf8", b"\xff\xf9"):
        return None
    more = 8 - (head[4] ^ 0xFF).bit_length()  # as many bytes as in UTF-8, up to seven
    length = max(1, more)
    number = head[4] & (0x7F >> more)
    for byte in head[5 : 4 + length]:
        number = number << 6 | byte & 0x3F
    size, rate, at = head[2] >> 4, head[2] & 15, 4 + length
    if not size:
        return None
    if size in (6, 7):
        count = int.from_bytes(head[at : at + size - 5]) + 1
        at += size - 5
    else:
        count = 192 if size == 1 else 576 << size - 2 if size < 6 else 1 << size
    at += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if at >= len(head) or _crc_8(head[: at + 1]):
        return None
    start = number * (1 if head[1] & 1 else block)
    return start, start + count


def _crc_8(raw: bytes) -> int:
    """The check sum of the head of a frame; 0 where it ends with its own."""
    rest = 0
    for byte in raw:
        rest ^= byte
        for _ in range(8):
            rest = rest << 1 ^ (0x107 if rest & 0x80 else 0)
    return rest


def _is_whole(frame: bytes) -> bool:
    """Whether a frame ends with its check sum: as a polynomial over GF(2) it is divisible by x¹⁶ + x¹⁵ + x² + 1.

    That is (x + 1)(x¹⁵ + x + 1), and of the second factor a power of 2ⁿ has no more than three terms: so a frame is
    made half as long at once, and not bit by bit.
    """
    rest = int.from_bytes(frame)
    if rest.bit_count() % 2:  # not divisible by x + 1
        return False
    power = 1 << len(frame).bit_length()
    while power:
        while high := rest >> 15 * power:
            rest ^= high << 15 * power ^ high << power ^ high
        power >>= 1
    return not rest


# Ogg (RFC 3533, RFC 7845, Vorbis I) --------------------------------------------------------------

HEAD = 27
FIRST = 2
EMPTY = {
    b"OpusHead": b"OpusTags" + bytes(8),
    b"\x01vorbis": b"\x03vorbis" + bytes(8) + b"\x01",
}
"""Comments that say nothing, nor who wrote the encoder; both formats let zeros follow."""
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Stream:
    """One stream of an Ogg file, page by page."""

    def __init__(self, comments: bytes) -> None:
        self._comments = comments
        self._packet = 0
        self._done = 0
        self.open = False

    def page(self, head: bytes, laces: bytes, body: bytes) -> bytes:
        """A page, with its part of the comments emptied: the second packet, on one page or more.

        Raises: RefusedError.
        """
        self.open = laces[-1:] == b"\xff"
        if self._packet > 1:
            return head + laces + body
        kept, at = bytearray(), 0
        for lace in laces:
            part = body[at : at + lace]
            at += lace
            kept += self._emptied(part) if self._packet == 1 else part
            self._packet += lace < 255
        return _summed(head, laces + bytes(kept))

    def _emptied(self, part: bytes) -> bytes:
        rest = self._comments[self._done : self._done + len(part)]
        self._done += len(part)
        if len(part) < 255 and self._done < len(self._comments):
            raise RefusedError("broken_file")
        return rest.ljust(len(part), b"\0")


def _ogg(data: Data) -> Iterator[bytes]:
    """The pages of what is sound, one stream after the other or side by side."""
    at, end, streams = 0, _before_tags(data), dict[bytes, _Stream]()
    while at < end:
        head = data[at : at + HEAD]
        laces = data[at + HEAD : at + HEAD + head[-1]]
        body = data[at + HEAD + len(laces) : at + HEAD + len(laces) + sum(laces)]
        at += HEAD + head[-1] + sum(laces)
        if head[:5] != b"OggS\0" or at > end or _summed(head, laces + body) != head + laces + body:
            raise RefusedError("broken_file")
        serial = head[14:18]
        if head[5] & FIRST:
            streams.pop(serial, None)
            for beginning, comments in EMPTY.items():
                if body.startswith(beginning):
                    streams[serial] = _Stream(comments)
        if serial in streams:
            yield streams[serial].page(head, laces, body)
    if any(stream.open for stream in streams.values()):  # its last packet goes on, on a page that is not there
        raise RefusedError("broken_file")


def _summed(head: bytes, rest: bytes) -> bytes:
    """A page with its check sum: that of zlib, but for the order of bits and what it begins with (RFC 3533 §6)."""
    blank = head[:22] + bytes(4) + head[26:] + rest
    rest_of = zlib.crc32(blank.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return blank[:22] + rest_of.to_bytes(4, "little").translate(_REVERSED)[::-1] + blank[26:]


KEEPERS: Mapping[str, Callable[[Data], Iterator[bytes]]] = {
    "audio/mpeg": _mp3,
    "audio/ogg": _ogg,
    "audio/flac": _flac,
    "audio/wav": _wav,
}
