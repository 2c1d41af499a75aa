"""ThumbHash, beside hashes that the reference implementation makes."""

import pytest

from nejat_cms.media.processing.thumbhash import thumbhash


def gradient(width: int, height: int, alpha: int | None) -> list[int]:
    found = []
    for y in range(height):
        for x in range(width):
            found += [x * 255 // width, y * 255 // height, (x * y) % 256, 255 if alpha is None else (x * alpha) % 256]
    return found


REFERENCE: dict[tuple[int, int, int | None], str] = {
    (32, 20, None): "dc080e1c9a607677708878867886f4950ff887",
    (20, 32, None): "dcf80d1c1a600687688886777877f5940ff778",
    (100, 1, None): "caf91681be8487878888087b8488408808",
    (64, 64, None): "1e080a2f1a70767770777777876887788777070999808f07",
    (32, 20, 7): "215986138a36a387a08886d3a53ffb8470777788888878",
    (9, 50, 30): "604986110c37a4b0587988d5973ffc8470778788787888",
    (1, 1, 3): "00088205000000000000000000000000000000000000000000",
}
"""Made with thumbhash-python 1.0.1."""


@pytest.mark.parametrize("picture", REFERENCE)
def test_hashes_are_those_of_the_reference(picture: tuple[int, int, int | None]) -> None:
    ours, theirs = thumbhash(picture[0], picture[1], gradient(*picture)).hex(), REFERENCE[picture]
    assert ours[:10] == theirs[:10]
    assert len(ours) == len(theirs)
    # A wave that is not there lies between two steps, and floating point decides.
    assert all(abs(int(one, 16) - int(other, 16)) <= 1 for one, other in zip(ours, theirs, strict=True))


def test_one_colour_has_no_waves() -> None:
    digest = thumbhash(8, 8, [255, 255, 255, 255] * 64)
    assert digest[0] & 63 == 63
    assert digest[2] >> 2 & 31 == 0


def test_nothing_to_be_seen_is_a_hash_too() -> None:
    digest = thumbhash(3, 3, [0, 0, 0, 0] * 9)
    assert digest[2] & 0x80
    assert len(digest) == 25


@pytest.mark.parametrize("size", [(0, 1), (101, 1), (1, 101), (2, 2)])
def test_sizes_have_bounds(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="100"):
        thumbhash(*size, [0, 0, 0, 0])
    assert thumbhash(1, 1, [0, 0, 0, 255])
