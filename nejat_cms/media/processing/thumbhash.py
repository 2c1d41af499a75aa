"""ThumbHash: a picture in some 25 bytes, to be shown blurred until the picture itself has come.

After the description and the reference implementation of its author, Evan Wallace (https://evanw.github.io/thumbhash/).
"""

import math
from collections.abc import Sequence
from itertools import product

LARGEST = 100

Channel = tuple[float, list[float], float]
"""What a channel is made of: its mean, its waves (each from 0 to 1, 0.5 being none), and how strong they are."""


def thumbhash(width: int, height: int, rgba: Sequence[int]) -> bytes:
    """The hash of a picture of at most 100 × 100 pixels; `rgba` has four values from 0 to 255 a pixel, unpremultiplied.

    Raises: ValueError.
    """
    if not (1 <= width <= LARGEST and 1 <= height <= LARGEST and len(rgba) == 4 * width * height):
        raise ValueError("a picture of 1 to 100 pixels a side, four values a pixel")
    alphas = [value / 255 for value in rgba[3::4]]
    weight = sum(alphas)
    means = [sum(map(_times, rgba[at::4], alphas)) / 255 / weight if weight else 0.0 for at in range(3)]
    red, green, blue = (
        [mean * (1 - alpha) + alpha / 255 * value for value, alpha in zip(rgba[at::4], alphas, strict=True)]
        for at, mean in enumerate(means)
    )
    lightness = [(r + g + b) / 3 for r, g, b in zip(red, green, blue, strict=True)]
    yellow_blue = [(r + g) / 2 - b for r, g, b in zip(red, green, blue, strict=True)]
    red_green = [r - g for r, g in zip(red, green, strict=True)]

    has_alpha = weight < width * height
    limit = 5 if has_alpha else 7
    across = max(1, _round(limit * width / max(width, height)))
    down = max(1, _round(limit * height / max(width, height)))
    l_mean, l_waves, l_scale = _encoded(lightness, width, height, max(3, across), max(3, down))
    p_mean, p_waves, p_scale = _encoded(yellow_blue, width, height, 3, 3)
    q_mean, q_waves, q_scale = _encoded(red_green, width, height, 3, 3)

    landscape = width > height
    head = (
        _round(63 * l_mean)
        | _round(31.5 + 31.5 * p_mean) << 6
        | _round(31.5 + 31.5 * q_mean) << 12
        | _round(31 * l_scale) << 18
        | has_alpha << 23
    )
    tail = (down if landscape else across) | _round(63 * p_scale) << 3 | _round(63 * q_scale) << 9 | landscape << 15
    found = [*head.to_bytes(3, "little"), *tail.to_bytes(2, "little")]
    waves = [*l_waves, *p_waves, *q_waves]
    if has_alpha:
        a_mean, a_waves, a_scale = _encoded(alphas, width, height, 5, 5)
        found.append(_round(15 * a_mean) | _round(15 * a_scale) << 4)
        waves += a_waves
    nibbles = [_round(15 * wave) for wave in waves]
    nibbles += [0] * (len(nibbles) % 2)
    return bytes(found + [low | high << 4 for low, high in zip(nibbles[0::2], nibbles[1::2], strict=True)])


def _encoded(channel: Sequence[float], width: int, height: int, across: int, down: int) -> Channel:
    """The cosine transform of a channel, but for its finer waves."""
    cosines = [[math.cos(math.pi / width * cx * (x + 0.5)) for x in range(width)] for cx in range(across)]
    rows = [channel[start : start + width] for start in range(0, width * height, width)]
    by_row = [[sum(map(_times, row, cosine)) for row in rows] for cosine in cosines]
    mean, waves = 0.0, []
    for cy, cx in product(range(down), range(across)):
        if cx * down < across * (down - cy):
            cosine = [math.cos(math.pi / height * cy * (y + 0.5)) for y in range(height)]
            strength = sum(map(_times, by_row[cx], cosine)) / (width * height)
            if cx or cy:
                waves.append(strength)
            else:
                mean = strength
    scale = max(map(abs, waves), default=0.0)
    return mean, [0.5 + 0.5 / scale * wave if scale else wave for wave in waves], scale


def _times(one: float, other: float) -> float:
    return one * other


def _round(value: float) -> int:
    """Halves go up, as in the reference implementation."""
    return math.floor(value + 0.5)
