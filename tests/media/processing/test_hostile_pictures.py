"""Pictures that somebody made in order to do harm, or that came to harm."""

import struct
import time
from pathlib import Path

import pytest
import pyvips

from nejat_cms.errors import InvalidFileError, UnsupportedFileError
from nejat_cms.media.processing import Workshop
from nejat_cms.media.rules.renditions import Cut
from tests.media.processing.samples import EXTENSIONS, encoded, picture, png_of, written


def refused_as(shop: Workshop, path: Path) -> list[str]:
    """The codes with which a file is refused; it is left as it was."""
    before = path.read_bytes()
    with pytest.raises(InvalidFileError) as refused:
        shop.examine(path)
    assert path.read_bytes() == before
    assert [problem.pointer for problem in refused.value.problems] == ["/file"]
    return [problem.code for problem in refused.value.problems]


def peak(shop: Workshop) -> int:
    """The most memory that the child has had, in MB."""
    child = shop._child
    assert child is not None
    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def huge_gif(width: int, height: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


def lying_jpeg(width: int, height: int) -> bytes:
    data = encoded(picture(), "image/jpeg")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def lying_webp() -> bytes:
    data = encoded(picture(), "image/webp")
    large = bytes(4) + (49_999).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", len(large)) + large + data[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lying_avif(side: int) -> bytes:
    data = encoded(picture(), "image/avif")
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", side, side) + data[at + 8 :]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (png_of(50_000, 50_000, bytes(6251 * 50_000)), ["too_many_pixels"]),
        (png_of(20_001, 1, bytes(2502)), ["too_many_pixels"]),
        (png_of(10_001, 10_000, b""), ["too_many_pixels"]),
        (png_of(2**31 - 1, 2**31 - 1, b""), ["broken_file"]),
        (png_of(0, 10, b""), ["broken_file"]),
        (huge_gif(50_000, 50_000), ["too_many_pixels"]),
        (huge_gif(65_535, 65_535), ["too_many_pixels"]),
        (lying_jpeg(65_535, 65_535), ["broken_file"]),
        (lying_jpeg(50_000, 50_000), ["too_many_pixels"]),
        (lying_jpeg(9_999, 9_999), ["broken_file"]),
        (lying_webp(), ["broken_file"]),
        (lying_avif(50_000), ["too_many_pixels"]),
        (lying_avif(9_000), ["broken_file"]),
    ],
    ids=lambda value: f"{value[:10]!r}"[:20] if isinstance(value, bytes) else "",
)
def test_a_picture_that_says_it_is_huge_costs_nothing(
    shop: Workshop, tmp_path: Path, data: bytes, codes: list[str]
) -> None:
    shop.close()
    shop.examine(written(tmp_path, encoded(picture(), "image/jpeg"), "before"))
    before = peak(shop)
    path = written(tmp_path, data)
    begun = time.perf_counter()
    assert refused_as(shop, path) == codes
    assert time.perf_counter() - begun < 0.2
    assert peak(shop) - before < 50


@pytest.mark.parametrize("mime", EXTENSIONS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_what_ends_too_early_is_broken(shop: Workshop, tmp_path: Path, mime: str, share: float) -> None:
    noise = pyvips.Image.gaussnoise(200, 150, sigma=60, mean=128, seed=1).cast("uchar")
    data = encoded(noise.colourspace("srgb"), mime)
    assert refused_as(shop, written(tmp_path, data[: int(len(data) * share)])) == ["broken_file"]


def test_damage_in_the_middle_is_found(shop: Workshop, tmp_path: Path) -> None:
    noise = pyvips.Image.gaussnoise(200, 150, sigma=60, mean=128, seed=1).cast("uchar").colourspace("srgb")
    for mime in ("image/png", "image/jpeg"):
        data = bytearray(encoded(noise, mime))
        middle = len(data) // 2
        data[middle : middle + 400] = b"\xff\xd9" * 200
        assert refused_as(shop, written(tmp_path, bytes(data))) == ["broken_file"], mime


def test_stray_bytes_of_a_camera_are_no_damage(shop: Workshop, tmp_path: Path) -> None:
    data = encoded(picture(), "image/jpeg").replace(b"\xff\xda", b"junk\xff\xda", 1)
    assert shop.examine(written(tmp_path, data)).width == 300


def film(frames: int, width: int, height: int) -> bytes:
    """A GIF of empty frames."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return head + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0" * frames + b";"


@pytest.mark.parametrize(
    ("frames", "width", "height", "good"),
    [(300, 500, 500, True), (301, 10, 10, False), (300, 2000, 2000, False), (20_000, 10, 10, False)],
)
def test_frames_count_together(
    shop: Workshop, tmp_path: Path, frames: int, width: int, height: int, good: bool
) -> None:
    path = written(tmp_path, film(frames, width, height))
    if good:
        assert shop.examine(path).width == width
    else:
        assert refused_as(shop, path) == ["too_many_pixels"]


OTHER = {
    "nothing": b"",
    "one byte": b"\xff",
    "words": b"hello",
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "html with a drawing": b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>",
    "zip": b"PK\x03\x04" + bytes(100),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "ppm": b"P6 1 1 255 abc",
    "bmp": b"BM" + bytes(60),
    "tiff": b"II*\0" + bytes(60),
    "ico": b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0" + bytes(60),
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3" + struct.pack(">II", 300_000, 300_000) + bytes(60),
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60),
    "quicktime": b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(60),
    "webm": b"\x1aE\xdf\xa3" + bytes(60),
    "exe": b"MZ" + bytes(100),
    "vips": b"\xb6\xa6\xf2\x08" + bytes(100),
    "csv": b"1,2,3\n4,5,6\n",
    "radiance": b"#?RADIANCE\n",
}


@pytest.mark.parametrize("kind", OTHER)
def test_other_files_are_not_taken_whatever_they_are_called(shop: Workshop, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, OTHER[kind], "picture.jpg")
    with pytest.raises(UnsupportedFileError):
        shop.examine(path)
    with pytest.raises(UnsupportedFileError):
        shop.render(path, tmp_path / "out", "image/webp", Cut(0, 0, 1, 1, 1, 1))
    assert not (tmp_path / "out").exists()
    assert path.read_bytes() == OTHER[kind]


@pytest.mark.parametrize("mime", EXTENSIONS)
@pytest.mark.parametrize("out", ["image/webp", "image/jpeg", "image/png", "image/avif"])
def test_what_hangs_on_a_picture_stays_behind(shop: Workshop, tmp_path: Path, mime: str, out: str) -> None:
    payload = b"<html><script>alert('owned')</script></html>PK\x03\x04%PDF-1.7"
    path = written(tmp_path, encoded(picture(), mime) + payload)
    assert shop.examine(path).mime == mime
    shop.render(path, tmp_path / "out", out, Cut(0, 0, 300, 200, 300, 200))
    raw = (tmp_path / "out").read_bytes()
    for word in (b"<html", b"script", b"owned", b"PK\x03\x04", b"%PDF"):
        assert word not in raw


def test_a_head_of_one_format_on_a_body_of_another_is_broken(shop: Workshop, tmp_path: Path) -> None:
    body = b"<html><script>alert(1)</script></html>" * 20
    for head in (
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a\x09\0\x09\0\0\0\0",
        b"RIFF\x40\0\0\0WEBP",
        b"%PDF-1.4\n",
        b"ID3\x04\0\0",
    ):
        assert refused_as(shop, written(tmp_path, head + body)) == ["broken_file"], head


def test_a_picture_larger_than_memory_is_refused_and_the_next_is_not(shop: Workshop, tmp_path: Path) -> None:
    flat = (pyvips.Image.black(10_000, 10_000, bands=3) + 99).cast("uchar").copy(interpretation="srgb")
    path = written(tmp_path, encoded(flat, "image/avif"))
    assert refused_as(shop, path) == ["too_costly"]
    assert shop.examine(written(tmp_path, encoded(picture(), "image/jpeg"))).width == 300


def test_the_largest_pictures_are_taken(shop: Workshop, tmp_path: Path) -> None:
    flat = (pyvips.Image.black(10_000, 10_000, bands=3) + 99).cast("uchar").copy(interpretation="srgb")
    path = written(tmp_path, encoded(flat, "image/jpeg", interlace=True))
    assert shop.examine(path).color == "#636363"
    shop.close()
