"""Pictures, with libvips: what one is, and others made from it.

Of libvips's many loaders all are blocked but the one for the type that is found, and for no longer than a job takes.
"""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import pyvips

from nejat_cms.media.processing.limits import RefusedError, check_size
from nejat_cms.media.processing.thumbhash import thumbhash
from nejat_cms.media.rules.renditions import Cut

LOADERS: Mapping[str, tuple[str, str]] = {
    "image/jpeg": ("VipsForeignLoadJpeg", "jpegload"),
    "image/png": ("VipsForeignLoadPng", "pngload"),
    "image/webp": ("VipsForeignLoadWebp", "webpload"),
    "image/gif": ("VipsForeignLoadNsgif", "gifload"),
    "image/avif": ("VipsForeignLoadHeif", "heifload"),
    "image/svg+xml": ("VipsForeignLoadSvg", "svgload"),
}
"""The class of loaders for a type, which `thumbnail` chooses from, and the operation that reads a file's header."""
SAVED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "image/webp": ("webpsave", {"Q": 80}),
    "image/jpeg": ("jpegsave", {"Q": 80, "optimize_coding": True, "interlace": True}),
    "image/png": ("pngsave", {"compression": 6}),
    "image/avif": ("heifsave", {"Q": 60, "bitdepth": 8, "compression": "av1"}),
}
EFFORTS: Mapping[str, tuple[tuple[float, int], ...]] = {
    "image/webp": ((6, 4), (inf, 2)),
    "image/avif": ((2, 3), (5, 1), (inf, 0)),
}
"""How hard an encoder tries with a picture of so many million pixels at most: so that noise, too, takes seconds."""
OPAQUE = ("image/jpeg",)
SAMPLE = 64
"""The longer side of what colours are looked for in."""
WHOLE = "error"
"""What is damaged or ends too early is refused."""

pyvips.cache_set_max(0)
pyvips.concurrency_set(2)
pyvips.operation_block_set("VipsForeignLoad", True)


def examine(path: Path, mime: str) -> dict[str, Any]:
    """Size, colours and soundness of a picture, all of which is decoded once.

    Raises: RefusedError.
    """
    with loading(mime):
        width, height = size_of(path, mime)
        return {"mime": mime, "width": width, "height": height} | _sound_colors(path, mime, max(width, height))


def render(source: Path, mime: str | None, target: Path, mime_out: str, cut: Cut) -> None:
    """Cut, shrink, turn upright, convert to sRGB and write; metadata and profiles stay behind.

    The whole picture is shrunk first, as decoders can do that as they read, and then cut.

    Raises: RefusedError; ValueError for a cut that lies outside of the picture.
    """
    if mime is None or mime not in LOADERS:
        raise RefusedError("unsupported")
    with loading(mime):
        width, height = size_of(source, mime)
        if cut.left + cut.width > width or cut.top + cut.height > height:
            raise ValueError(f"{cut} is not within {width}x{height}")
        whole_width = max(cut.out_width, round(width * cut.out_width / cut.width))
        whole_height = max(cut.out_height, round(height * cut.out_height / cut.height))
        times = min(width / whole_width, height / whole_height)
        image = _thumbnail(source, mime, whole_width, whole_height, "force", times)
        left = min(round(cut.left * whole_width / width), image.width - cut.out_width)
        top = min(round(cut.top * whole_height / height), image.height - cut.out_height)
        save(image.crop(left, top, cut.out_width, cut.out_height), target, mime_out)


def save(image: pyvips.Image, target: Path, mime: str) -> None:
    """Write what is to be seen of a picture, and no more."""
    operation, options = SAVED[mime]
    if mime in OPAQUE and image.hasalpha():
        image = image.flatten(background=255)
    getattr(image, operation)(str(target), keep="none", **options, **_effort(mime, image.width * image.height))


def _effort(mime: str, pixels: int) -> dict[str, int]:
    return {"effort": next(effort for most, effort in EFFORTS[mime] if pixels <= most * 1e6)} if mime in EFFORTS else {}


@contextmanager
def loading(mime: str) -> Iterator[None]:
    """Let files of this type be read, and turn what libvips says into a refusal.

    Raises: RefusedError.
    """
    family = LOADERS[mime][0]
    pyvips.operation_block_set(family, False)
    try:
        yield
    except pyvips.Error as error:
        raise RefusedError(code_of(str(error))) from None
    finally:
        pyvips.operation_block_set(family, True)


def size_of(path: Path, mime: str) -> tuple[int, int]:
    """Width and height of a picture as it is seen, from its header alone.

    Raises: RefusedError where it has too many pixels, or is of another type than it seems.
    """
    if mime == "image/gif":
        _check_canvas(path)
    image = _header(path, mime, WHOLE)
    fields = image.get_fields()
    frames = image.get("n-pages") if "n-pages" in fields else 1
    check_size(image.width, image.height, frames)
    if mime == "image/avif" and image.get("heif-compression") != "av1":
        raise RefusedError("unsupported")
    turned = "orientation" in fields and image.get("orientation") in (5, 6, 7, 8)
    return (image.height, image.width) if turned else (image.width, image.height)


def colors(image: pyvips.Image) -> dict[str, Any]:
    """The dominant colour of a small picture in sRGB, and its ThumbHash."""
    if image.bands < 3:
        image = image.colourspace("srgb")
    if not image.hasalpha():
        image = image.addalpha()
    pixels = bytes(image.write_to_memory())
    digest = thumbhash(image.width, image.height, pixels)
    return {"color": dominant(pixels), "thumbhash": base64.b64encode(digest).decode("ascii")}


def dominant(rgba: bytes) -> str | None:
    """The mean of the commonest colours that are near each other; None where nothing is to be seen."""
    seen = [pixel for pixel in zip(rgba[0::4], rgba[1::4], rgba[2::4], rgba[3::4], strict=True) if pixel[3] >= 128]
    if not seen:
        return None
    bins = Counter((red >> 5, green >> 5, blue >> 5) for red, green, blue, _ in seen)
    most = bins.most_common(1)[0][0]
    near = [pixel[:3] for pixel in seen if (pixel[0] >> 5, pixel[1] >> 5, pixel[2] >> 5) == most]
    return "#" + "".join(f"{round(sum(channel) / len(near)):02x}" for channel in zip(*near, strict=True))


def _sound_colors(path: Path, mime: str, longer: int) -> dict[str, Any]:
    """The colours of a picture of which nothing is missing.

    libjpeg merely warns where a JPEG has its end too early; but it warns of the stray bytes that cameras leave, too.
    """
    times = longer / SAMPLE
    if mime == "image/jpeg":
        try:
            return colors(_thumbnail(path, mime, SAMPLE, SAMPLE, "down", times, "warning"))
        except pyvips.Error as error:
            if "extraneous bytes" not in str(error):
                raise
    return colors(_thumbnail(path, mime, SAMPLE, SAMPLE, "down", times))


def _check_canvas(path: Path) -> None:
    """Refuse a GIF that says it is huge, which its loader would not believe."""
    with path.open("rb") as file:
        head = file.read(10)
    check_size(max(1, int.from_bytes(head[6:8], "little")), max(1, int.from_bytes(head[8:10], "little")))


def _header(path: Path, mime: str, fail_on: str, **options: Any) -> pyvips.Image:
    """A picture of which only the header has been read."""
    load = getattr(pyvips.Image, LOADERS[mime][1])
    return load(str(path), fail_on=fail_on, access="sequential", **options)


def _thumbnail(
    path: Path, mime: str, width: int, height: int, size: str, times: float, fail_on: str = WHOLE
) -> pyvips.Image:
    """The whole picture upright, in sRGB, 8 bits a channel; `times` is how many times as large it was.

    A JPEG is shrunk as it is decoded, for as long as it stays larger than wanted; libvips would stop at twice that.
    """
    header = _header(path, mime, fail_on)
    options: dict[str, Any] = {"height": height, "size": size}
    if "icc-profile-data" in header.get_fields() or header.interpretation == "cmyk":
        options["output_profile"] = "srgb"  # slow, and for nothing where there is no other profile
    if mime == "image/jpeg":
        shrink = max(factor for factor in (1, 2, 4, 8) if factor <= max(1.0, times))
        image = _header(path, mime, fail_on, shrink=shrink).thumbnail_image(width, **options)
    else:
        source = pyvips.Source.new_from_file(str(path))
        image = pyvips.Image.thumbnail_source(source, width, option_string=f"[fail_on={fail_on}]", **options)
    if image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return image if image.format == "uchar" else image.cast("uchar")


def code_of(message: str) -> str:
    """Why a picture is refused, from what libvips and the decoders below it say."""
    said = message.lower()
    for code, words in _SAID.items():
        if any(word in said for word in words):
            return code
    return "broken_file"


_SAID = {
    "no_space": ("no space left", "quota exceeded"),
    "too_costly": ("out of memory", "memory allocation", "insufficient memory", "cannot allocate", "file too large"),
}
