"""Recordings and films."""

import struct
from pathlib import Path

import pytest

from nejat_cms.errors import InvalidFileError, UnsupportedFileError
from nejat_cms.media.processing import Facts, Workshop
from tests.media.processing.samples import box, flac, mp3, mp4, opus, wav, written

FRAGMENTED = box(b"mvex", box(b"mehd", struct.pack(">4xI", 9_000)))
GOOD = [
    (wav(seconds=2), "audio/wav", 2.0),
    (mp3(frames=100), "audio/mpeg", 2.612),
    (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + mp3(frames=100), "audio/mpeg", 2.612),
    (flac(seconds=3), "audio/flac", 3.0),
    (flac(seconds=20), "audio/flac", 20.0),  # frames that are numbered in two bytes, and in three
    (flac(seconds=250), "audio/flac", 250.0),
    (opus(seconds=4), "audio/ogg", 4.0),
    (mp4(b"vide", b"soun"), "video/mp4", 12.5),
    (mp4(b"vide", brand=b"mp42", version=1, units=10**7), "video/mp4", 10_000.0),
    (mp4(b"soun", brand=b"M4A "), "audio/mp4", 12.5),
    (mp4(b"vide", brand=b"iso5", units=0, more=[FRAGMENTED]), "video/mp4", 9.0),
]


@pytest.mark.parametrize(
    ("data", "mime", "seconds"), GOOD, ids=[f"{mime} {at}" for at, (_, mime, _) in enumerate(GOOD)]
)
def test_how_long_they_are(shop: Workshop, tmp_path: Path, data: bytes, mime: str, seconds: float) -> None:
    facts = shop.examine(written(tmp_path, data))
    assert facts.duration == pytest.approx(seconds, abs=0.01)
    assert facts == Facts(mime, duration=facts.duration)


@pytest.mark.parametrize(
    "data",
    [
        mp4(b"vide", units=0),
        mp4(b"vide", units=2**32 - 1),
        mp4(b"vide", units=2**64 - 1, version=1),
        mp4(b"vide", scale=0),
    ],
)
def test_a_film_that_does_not_say_how_long_it_is_has_no_duration(shop: Workshop, tmp_path: Path, data: bytes) -> None:
    assert shop.examine(written(tmp_path, data)) == Facts("video/mp4")


FILM = mp4(b"vide")
BROKEN = {
    "cut short": FILM[:-1],
    "without its film": FILM[: FILM.index(b"moov") - 4],
    "a box beyond the end": FILM.replace(struct.pack(">I", 72) + b"mdat", struct.pack(">I", 99) + b"mdat"),
    "a box that ends before it begins": FILM.replace(struct.pack(">I", 72) + b"mdat", struct.pack(">I", 4) + b"mdat"),
    "a box within that is too large": FILM.replace(b"\0\0\0\x6cmvhd", b"\0\1\0\0mvhd"),
    "a size of eight bytes that is a lie": FILM + struct.pack(">I4sQ", 1, b"free", 2**63),
    "no header": box(b"ftyp", b"isom", bytes(4))
    + box(b"moov", box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), b"vide")))),
    "no frames": b"ID3\x04\0\0\0\0\0\0" + bytes(5000),
    "one frame": mp3(1) + bytes(3000),
    "no recording": b"fLaC" + bytes(50),
    "no packets": b"OggS" + bytes(50),
    "a wave without form": b"RIFF\x04\0\0\0WAVE",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_refused(shop: Workshop, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, BROKEN[kind])
    with pytest.raises((InvalidFileError, UnsupportedFileError)) as refused:
        shop.examine(path)
    if isinstance(refused.value, InvalidFileError):
        assert [problem.code for problem in refused.value.problems] == ["broken_file"]
    assert path.read_bytes() == BROKEN[kind]


def test_a_film_of_words_alone_is_not_taken(shop: Workshop, tmp_path: Path) -> None:
    path = written(tmp_path, mp4(b"text"))
    with pytest.raises(UnsupportedFileError):
        shop.examine(path)
    assert path.read_bytes() == mp4(b"text")


def test_a_recording_cut_anywhere_never_harms_the_workshop(shop: Workshop, tmp_path: Path) -> None:
    taken = refused = 0
    for data, _, _ in GOOD:
        for size in range(4, min(len(data), 400), 7):
            try:
                shop.examine(written(tmp_path, data[:size]))
            except (InvalidFileError, UnsupportedFileError):
                refused += 1
            else:  # a head that is whole says how long the recording would be
                taken += 1
    assert refused > taken > 0
