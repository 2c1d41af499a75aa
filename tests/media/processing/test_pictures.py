"""What a picture is found to be, and what is made of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import pyvips

from nejat_cms.media.processing import Facts, Workshop
from nejat_cms.media.processing.limits import CPU_SECONDS
from nejat_cms.media.rules.renditions import RENDITIONS, Cut, custom, cut_of
from tests.media.processing.samples import EXTENSIONS, encoded, picture, with_metadata, written

OUT = ("image/webp", "image/jpeg", "image/png", "image/avif")
RED, GREEN, BLUE = (230, 30, 30), (30, 200, 40), (20, 40, 220)
LOADED = {"image/webp": "webp", "image/jpeg": "jpeg", "image/png": "png", "image/avif": "heif"}


def whole(width: int, height: int) -> Cut:
    return Cut(0, 0, width, height, width, height)


def near(pixel: list[float], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 24 for one, other in zip(pixel, wanted, strict=False))


def rendered(shop: Workshop, source: Path, mime: str, cut: Cut) -> pyvips.Image:
    target = source.with_name("rendered")
    shop.render(source, target, mime, cut)
    return pyvips.Image.new_from_buffer(target.read_bytes(), "")


@pytest.mark.parametrize("mime", EXTENSIONS)
def test_facts_of_every_type(shop: Workshop, tmp_path: Path, mime: str) -> None:
    facts = shop.examine(written(tmp_path, encoded(picture(), mime), "lies.txt"))
    assert (facts.mime, facts.width, facts.height) == (mime, 300, 200)
    assert facts.color is not None
    assert near([int(facts.color[at : at + 2], 16) for at in (1, 3, 5)], BLUE)
    assert facts.thumbhash is not None
    assert facts == Facts(mime, 300, 200, facts.color, facts.thumbhash)


@pytest.mark.parametrize("mime", OUT)
@pytest.mark.parametrize("source", EXTENSIONS)
def test_every_type_comes_out_in_every_format(shop: Workshop, tmp_path: Path, source: str, mime: str) -> None:
    path = written(tmp_path, encoded(picture(), source))
    image = rendered(shop, path, mime, cut_of(300, 200, (0.0, 0.0), custom(100, 50)))
    assert (image.width, image.height) == (100, 50)
    assert image.get("vips-loader").startswith(LOADED[mime])
    assert near(image.getpoint(20, 20), RED)
    assert near(image.getpoint(80, 20), GREEN)


def test_a_cut_is_where_it_should_be(shop: Workshop, tmp_path: Path) -> None:
    path = written(tmp_path, encoded(picture(3000, 2000), "image/jpeg"))
    for cut, color in (
        (Cut(0, 0, 1500, 1000, 320, 213), RED),
        (Cut(1500, 0, 1500, 1000, 320, 213), GREEN),
        (Cut(0, 1000, 3000, 1000, 320, 107), BLUE),
        (Cut(1400, 900, 100, 100, 100, 100), RED),
        (Cut(2999, 0, 1, 1, 1, 1), GREEN),
    ):
        image = rendered(shop, path, "image/png", cut)
        assert (image.width, image.height) == (cut.out_width, cut.out_height)
        edge = 3 if image.width > 6 else 0  # where two colours meet in the picture they run into each other
        right, below = image.width - 1 - edge, image.height - 1 - edge
        corners = [(edge, edge), (right, edge), (edge, below), (right, below)]
        assert all(near(image.getpoint(*corner), color) for corner in corners), cut


@pytest.mark.parametrize("name", RENDITIONS)
def test_named_renditions_have_the_size_they_are_said_to_have(shop: Workshop, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, encoded(picture(3001, 1999), "image/jpeg"))
    cut = cut_of(3001, 1999, (0.9, 0.1), RENDITIONS[name])
    image = rendered(shop, path, "image/webp", cut)
    assert (image.width, image.height) == (cut.out_width, cut.out_height)


TURNS: dict[int, Callable[[pyvips.Image], pyvips.Image]] = {
    1: lambda image: image,
    2: lambda image: image.fliphor(),
    3: lambda image: image.rot180(),
    4: lambda image: image.flipver(),
    5: lambda image: image.rot270().flipver(),
    6: lambda image: image.rot270(),
    7: lambda image: image.rot90().flipver(),
    8: lambda image: image.rot90(),
}
"""What was done to a picture that is to be turned so: the other way round."""


@pytest.mark.parametrize("orientation", TURNS)
def test_pictures_are_seen_upright(shop: Workshop, tmp_path: Path, orientation: int) -> None:
    lying = with_metadata(TURNS[orientation](picture()), orientation)
    path = written(tmp_path, encoded(lying, "image/jpeg"))
    facts = shop.examine(path)
    assert (facts.width, facts.height) == (300, 200)
    image = rendered(shop, path, "image/jpeg", whole(300, 200))
    assert image.autorot().height == 200
    assert near(image.getpoint(40, 40), RED)
    assert near(image.getpoint(260, 40), GREEN)
    assert near(image.getpoint(40, 160), BLUE)
    card = rendered(shop, path, "image/webp", cut_of(300, 200, (1.0, 0.0), custom(100, 100)))
    assert near(card.getpoint(90, 10), GREEN)


@pytest.mark.parametrize("mime", OUT)
@pytest.mark.parametrize("source", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_nothing_is_left_of_what_a_camera_wrote(shop: Workshop, tmp_path: Path, source: str, mime: str) -> None:
    data = encoded(with_metadata(picture(), 6), source)
    assert b"Cameraphone" in data
    assert b"SERIAL-4711" in data or b"com.adobe.xmp" in data
    image = rendered(shop, written(tmp_path, data), mime, whole(200, 300))
    raw = (tmp_path / "rendered").read_bytes()
    for word in (b"Exif", b"Cameraphone", b"SERIAL", b"xmpmeta", b"GPS", b"ICC_PROFILE", b"iCCP", b"ICCP"):
        assert word not in raw
    assert not [
        field for field in image.get_fields() if field.startswith(("exif", "xmp", "icc", "iptc", "orientation"))
    ]


@pytest.mark.parametrize("source", ["image/jpeg", "image/png"])
def test_colours_of_other_profiles_are_converted(shop: Workshop, tmp_path: Path, source: str) -> None:
    wide = picture().icc_transform("p3", input_profile="srgb")
    assert not near(wide.getpoint(260, 40), GREEN)
    path = written(tmp_path, encoded(wide, source))
    assert near(rendered(shop, path, "image/png", whole(300, 200)).getpoint(260, 40), GREEN)


def test_cmyk_comes_out_in_srgb(shop: Workshop, tmp_path: Path) -> None:
    cmyk = picture().icc_transform("cmyk", input_profile="srgb")
    path = written(tmp_path, encoded(cmyk, "image/jpeg"))
    facts = shop.examine(path)
    assert (facts.mime, facts.width) == ("image/jpeg", 300)
    image = rendered(shop, path, "image/webp", whole(300, 200))
    assert (image.bands, image.interpretation) == (3, "srgb")
    red, green, blue = image.getpoint(40, 160)
    assert blue > 100 > red
    assert blue > green


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("mime", OUT)
def test_sixteen_bits_gray_and_alpha(shop: Workshop, tmp_path: Path, bands: int, mime: str) -> None:
    deep = (pyvips.Image.black(60, 40, bands=bands) + 40_000).cast("ushort")
    deep = deep.copy(interpretation="grey16" if bands < 3 else "rgb16")
    path = written(tmp_path, encoded(deep, "image/png"))
    facts = shop.examine(path)
    assert facts.color in ("#9b9b9b", "#9c9c9c")
    image = rendered(shop, path, mime, whole(60, 40))
    assert image.format == "uchar"
    assert image.hasalpha() == (bands in (2, 4) and mime != "image/jpeg")
    lightness = image.getpoint(5, 5)[0]
    assert abs(lightness - (200 if bands in (2, 4) and mime == "image/jpeg" else 156)) < 16


def test_what_is_transparent_has_no_colour(shop: Workshop, tmp_path: Path) -> None:
    clear = pyvips.Image.black(20, 20, bands=4).copy(interpretation="srgb")
    facts = shop.examine(written(tmp_path, encoded(clear, "image/png")))
    assert facts.color is None
    assert facts.thumbhash


def test_the_dominant_colour_is_no_mean_of_black_and_white(shop: Workshop, tmp_path: Path) -> None:
    image = pyvips.Image.black(100, 100, bands=3).draw_rect([255, 255, 255], 0, 0, 100, 55, fill=True)
    facts = shop.examine(written(tmp_path, encoded(image.copy(interpretation="srgb"), "image/png")))
    assert facts.color == "#ffffff"


@pytest.mark.slow
@pytest.mark.parametrize("mime", OUT)
@pytest.mark.parametrize("size", [(2560, 16_380), (2560, 4600), (2200, 2200)])
def test_noise_of_any_size_is_rendered_within_the_limits(tmp_path: Path, size: tuple[int, int], mime: str) -> None:
    """It takes encoders longer than anything else; the machine may be three times as slow as this one."""
    noise = pyvips.Image.gaussnoise(256, 256, mean=128, sigma=80, seed=1)
    grains = noise.bandjoin([noise.rot90(), noise.rot180()]).cast("uchar").copy(interpretation="srgb")
    tile = grains.replicate(size[0] // 256 + 1, size[1] // 256 + 1).crop(0, 0, *size)
    path = written(tmp_path, encoded(tile, "image/jpeg"))
    shop = Workshop()
    for rendition in (RENDITIONS["full"], custom(4000, 4000)):
        rendered(shop, path, mime, cut_of(*size, (0.5, 0.5), rendition))
    child = shop._child
    assert child is not None
    used = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split()
    assert sum(map(int, used[11:13])) / os.sysconf("SC_CLK_TCK") < 2 * CPU_SECONDS / 3
    shop.close()


def test_of_what_moves_the_first_frame_is_taken(shop: Workshop, tmp_path: Path) -> None:
    frames = [(pyvips.Image.black(40, 30, bands=3) + color).cast("uchar") for color in (RED, GREEN, BLUE)]
    film = pyvips.Image.arrayjoin(frames, across=1).copy(interpretation="srgb")
    film.set_type(pyvips.GValue.gint_type, "page-height", 30)
    for mime in ("image/gif", "image/webp"):
        path = written(tmp_path, encoded(film, mime))
        facts = shop.examine(path)
        assert (facts.width, facts.height) == (40, 30)
        for out in ("image/webp", "image/png"):
            image = rendered(shop, path, out, whole(40, 30))
            assert image.height == 30
            assert "n-pages" not in image.get_fields()
            assert near(image.getpoint(20, 15), RED)


def test_names_with_brackets_are_no_options(shop: Workshop, tmp_path: Path) -> None:
    path = written(tmp_path, encoded(picture(), "image/png"), "a [page=7,n=-1]")
    assert shop.examine(path).width == 300
    shop.render(path, tmp_path / "out [strip]", "image/webp", whole(300, 200))
    assert (tmp_path / "out [strip]").read_bytes().startswith(b"RIFF")
