"""Drawings in SVG: cleaned with svg-hush, which lets through what it knows to be harmless, and nothing else."""

import base64
import contextlib
import re
from pathlib import Path
from typing import Any

import py_svg_hush
import pyvips

from nejat_cms.media.processing import pictures
from nejat_cms.media.processing.embedded import bare_jpeg, bare_png
from nejat_cms.media.processing.limits import RefusedError, check_size

BYTES = 4 << 20
"""A drawing that is larger than this is no drawing."""
DATA_URLS = {"image": ["png", "jpeg"]}
"""Pictures that a drawing may hold in itself."""
BARE = ((b"\xff\xd8", b"jpeg", bare_jpeg), (b"\x89PNG\r\n\x1a\n", b"png", bare_png))

# What svg-hush leaves of addresses elsewhere: their paths, the ends of a style sheet that imports, goals of animations.
_ELSEWHERE = re.compile(
    rb'\s(?:xlink:)?href="(?!#|data:)[^"]*"'
    rb'|\s(?:to|from|by|values)="[^"]*:[^"]*"'
    rb"|<style[^>]*>[^<]*(?:@|//|\\)[^<]*</style>"
)
_WITHIN = re.compile(
    rb"""((?:href="|url\((?:["']|&\w+;)?)\s*)data:(?:[^,"'()<>]*;base64,)?([^"'()<>]*)""", re.IGNORECASE
)
_BREAKS = re.compile(rb"\s|&#(?:x[9ad]|9|10|13);", re.IGNORECASE)


def examine(path: Path) -> dict[str, Any]:
    """Size and colours of a drawing once it is clean.

    Raises: RefusedError.
    """
    clean = cleaned(path)
    with pictures.loading("image/svg+xml"):
        image = pyvips.Image.svgload_buffer(clean)
        check_size(image.width, image.height)
        sample = pyvips.Image.thumbnail_buffer(clean, pictures.SAMPLE, height=pictures.SAMPLE, size="down")
        return {"mime": "image/svg+xml", "width": image.width, "height": image.height} | pictures.colors(sample)


def cleaned(path: Path) -> bytes:
    """A drawing without scripts, foreign elements, and whatever it would load from elsewhere.

    Raises: RefusedError.
    """
    if path.stat().st_size > BYTES:
        raise RefusedError("too_costly")
    try:
        clean = _ELSEWHERE.sub(b"", py_svg_hush.filter_svg(path.read_bytes(), DATA_URLS))
    except ValueError:
        raise RefusedError("broken_file") from None
    return _WITHIN.sub(_bare, clean)


def _bare(found: re.Match[bytes]) -> bytes:
    """A picture within, without what it tells; what is none, or not in Base64, goes."""
    with contextlib.suppress(ValueError):
        raw = base64.b64decode(_BREAKS.sub(b"", found[2]), validate=True)
        for beginning, kind, bare in BARE:
            if raw.startswith(beginning):
                return found[1] + b"data:image/" + kind + b";base64," + base64.b64encode(bare(raw))
    return found[1] + b"#"
