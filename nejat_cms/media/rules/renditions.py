"""Renditions: their names and sizes, and which part of a picture they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

CUSTOM_MAX = 4000
HIGHEST = 16_383
"""The most that WebP can hold, in pixels a side."""
AREA = 12_000_000
"""Pixels of a picture that is shown whole, at most: as many as one of 9:16 has at the full width."""


@dataclass(frozen=True)
class Rendition:
    """A size to be filled (`crop`: cut to its proportions), or to be fitted into. Nothing is ever enlarged."""

    name: str
    width: int
    height: int
    crop: bool


@dataclass(frozen=True)
class Cut:
    """A part of a picture, in pixels of the picture as it is seen (oriented), and the size that it is given."""

    left: int
    top: int
    width: int
    height: int
    out_width: int
    out_height: int


RENDITIONS: Mapping[str, Rendition] = {
    one.name: one
    for one in (
        Rendition("thumb", 320, 180, crop=True),
        Rendition("card", 640, 360, crop=True),
        Rendition("wide", 1280, HIGHEST, crop=False),
        Rendition("full", 2560, HIGHEST, crop=False),
    )
}


def custom(width: int, height: int) -> Rendition:
    """A rendition of a size of its own, 1 to 4000 pixels a side.

    Raises: ValueError.
    """
    if not (1 <= width <= CUSTOM_MAX and 1 <= height <= CUSTOM_MAX):
        raise ValueError(f"a rendition has 1 to {CUSTOM_MAX} pixels a side, not {width}x{height}")
    return Rendition(f"{width}x{height}", width, height, crop=True)


def cut_of(width: int, height: int, focal: tuple[float, float], wanted: Rendition) -> Cut:
    """The part of a picture of this size that a rendition shows, and how large.

    A cut is the largest part of the wanted proportions, as near to having the focal point in its middle as the edges
    allow. A picture too small for it is shown in the same proportions, as large as it is. `focal` is given in shares of
    width and height, from the upper left corner; what lies outside means the nearest edge. What is shown whole keeps
    its proportions and has no more than `AREA` pixels, as encoding takes the longer the more there are.
    """
    if not wanted.crop:
        scale = min(1.0, wanted.width / width, wanted.height / height, sqrt(AREA / (width * height)))
        return Cut(0, 0, width, height, max(1, round(width * scale)), max(1, round(height * scale)))
    if width * wanted.height > height * wanted.width:
        part_width, part_height = max(1, round(height * wanted.width / wanted.height)), height
    else:
        part_width, part_height = width, max(1, round(width * wanted.height / wanted.width))
    part_width, part_height = min(part_width, width), min(part_height, height)
    left, top = _start(width, part_width, focal[0]), _start(height, part_height, focal[1])
    return Cut(left, top, part_width, part_height, min(part_width, wanted.width), min(part_height, wanted.height))


def _start(whole: int, part: int, focal: float) -> int:
    return min(max(round(focal * whole - part / 2), 0), whole - part)
