"""Which part of a picture a rendition shows."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nejat_cms.media.rules.renditions import AREA, CUSTOM_MAX, HIGHEST, RENDITIONS, Cut, Rendition, custom, cut_of
from nejat_cms.media.rules.types import FILE_TYPES

MIDDLE = (0.5, 0.5)
sides = st.integers(1, 20_000)
shares = st.floats(0, 1)
wanted = st.sampled_from(list(RENDITIONS.values())) | st.builds(
    custom, st.integers(1, CUSTOM_MAX), st.integers(1, CUSTOM_MAX)
)


def test_the_names_of_renditions() -> None:
    assert list(RENDITIONS) == ["thumb", "card", "wide", "full"]
    assert [name for name, one in RENDITIONS.items() if one.crop] == ["thumb", "card"]


@pytest.mark.parametrize(
    ("size", "focal", "name", "cut"),
    [
        ((4000, 3000), MIDDLE, "card", Cut(0, 375, 4000, 2250, 640, 360)),
        ((4000, 3000), (0.5, 0.0), "card", Cut(0, 0, 4000, 2250, 640, 360)),
        ((4000, 3000), (0.5, 1.0), "card", Cut(0, 750, 4000, 2250, 640, 360)),
        ((4000, 3000), (0.9, 0.4), "thumb", Cut(0, 75, 4000, 2250, 320, 180)),
        ((4000, 1000), (0.9, 0.4), "thumb", Cut(2222, 0, 1778, 1000, 320, 180)),
        ((4000, 1000), (0.3, 0.4), "thumb", Cut(311, 0, 1778, 1000, 320, 180)),
        ((320, 180), MIDDLE, "card", Cut(0, 0, 320, 180, 320, 180)),
        ((100, 100), MIDDLE, "card", Cut(0, 22, 100, 56, 100, 56)),
        ((4000, 3000), (0.0, 0.0), "wide", Cut(0, 0, 4000, 3000, 1280, 960)),
        ((4000, 3000), MIDDLE, "full", Cut(0, 0, 4000, 3000, 2560, 1920)),
        ((800, 600), MIDDLE, "full", Cut(0, 0, 800, 600, 800, 600)),
        ((2560, 4551), MIDDLE, "full", Cut(0, 0, 2560, 4551, 2560, 4551)),
        ((5000, 20_000), MIDDLE, "full", Cut(0, 0, 5000, 20_000, 1732, 6928)),
        ((5000, 20_000), MIDDLE, "wide", Cut(0, 0, 5000, 20_000, 1280, 5120)),
        ((200, 20_000), MIDDLE, "full", Cut(0, 0, 200, 20_000, 164, HIGHEST)),
        ((1, 1), MIDDLE, "thumb", Cut(0, 0, 1, 1, 1, 1)),
    ],
)
def test_cuts(size: tuple[int, int], focal: tuple[float, float], name: str, cut: Cut) -> None:
    assert cut_of(*size, focal, RENDITIONS[name]) == cut


@given(sides, sides, st.tuples(shares, shares), wanted)
@example(19_999, 1, (1.0, 1.0), custom(4000, 4000))
@example(1, 19_999, (0.0, 1.0), custom(1, 4000))
def test_a_cut_lies_within_its_picture_and_is_never_enlarged(
    width: int, height: int, focal: tuple[float, float], rendition: Rendition
) -> None:
    cut = cut_of(width, height, focal, rendition)
    assert cut.left >= 0
    assert cut.top >= 0
    assert cut.left + cut.width <= width
    assert cut.top + cut.height <= height
    assert 1 <= cut.out_width <= min(cut.width, rendition.width)
    assert 1 <= cut.out_height <= min(cut.height, rendition.height)
    if not rendition.crop:
        assert (cut.width, cut.height) == (width, height)
    else:
        assert width == cut.width or height == cut.height


@given(sides, sides, st.sampled_from(["wide", "full"]))
@example(2560, 16_380, "full")
def test_what_is_shown_whole_keeps_its_proportions_and_has_not_too_many_pixels(
    width: int, height: int, name: str
) -> None:
    cut = cut_of(width, height, MIDDLE, RENDITIONS[name])
    assert cut.out_width * cut.out_height <= AREA + cut.out_width + cut.out_height, "but for what is rounded"
    if min(cut.out_width, cut.out_height) > 1:
        assert abs(cut.out_width * height - cut.out_height * width) <= width + height


@given(sides, sides, st.tuples(shares, shares), wanted)
def test_a_cut_shows_the_focal_point(width: int, height: int, focal: tuple[float, float], rendition: Rendition) -> None:
    cut = cut_of(width, height, focal, rendition)
    assert cut.left - 1 <= focal[0] * width <= cut.left + cut.width + 1
    assert cut.top - 1 <= focal[1] * height <= cut.top + cut.height + 1


def test_a_focal_point_outside_means_the_edge() -> None:
    card = RENDITIONS["card"]
    assert cut_of(4000, 1000, (7.0, -3.0), card) == cut_of(4000, 1000, (1.0, 0.0), card)


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (-1, 5), (4001, 1), (1, 4001)])
def test_custom_sizes_have_bounds(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="4000"):
        custom(*size)
    assert custom(4000, 1) == Rendition("4000x1", 4000, 1, crop=True)


def test_types_agree_with_themselves() -> None:
    for mime, one in FILE_TYPES.items():
        assert one.mime == mime
        assert one.group in ("image", "document", "audio", "video")
        assert bool(one.rendered_as) == (one.group == "image")
        assert one.rendered_as in ("", *FILE_TYPES)
    extensions = [one.extension for one in FILE_TYPES.values()]
    assert len(set(extensions)) == len(extensions)
