"""Drawings, where they are allowed."""

from pathlib import Path

import pytest
import pyvips

from nejat_cms.errors import InvalidFileError, UnsupportedFileError
from nejat_cms.media.processing import Workshop
from nejat_cms.media.rules.renditions import Cut
from tests.media.processing.samples import written

OPEN = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="50">'
RED = b'<rect width="100" height="50" fill="#ff0000"/>'


def drawing(inside: bytes) -> bytes:
    return OPEN + inside + RED + b"</svg>"


def test_facts_of_a_drawing(shop: Workshop, tmp_path: Path) -> None:
    facts = shop.examine(written(tmp_path, drawing(b"")), svg=True)
    assert (facts.mime, facts.width, facts.height, facts.color) == ("image/svg+xml", 100, 50, "#ff0000")
    assert facts.thumbhash


@pytest.mark.parametrize(
    "before",
    [b"", b"\xef\xbb\xbf", b'<?xml version="1.0"?>\n', b'<?xml version="1.0"?><!-- <html> --><!DOCTYPE svg>\n', b"\n "],
)
def test_a_drawing_is_known_by_its_first_element_and_not_taken_unless_allowed(
    shop: Workshop, tmp_path: Path, before: bytes
) -> None:
    data = (before if not before.isspace() else b"") + drawing(b"")
    path = written(tmp_path, data)
    with pytest.raises(UnsupportedFileError):
        shop.examine(path)
    assert path.read_bytes() == data
    assert shop.examine(path, svg=True).width == 100


HARM = {
    "script": b"<script>alert(1)</script>",
    "script elsewhere": b'<script href="https://evil.example/x.js"/>',
    "handler": b'<rect onload="alert(1)" onclick="alert(1)" width="1" height="1"/>',
    "link": b'<a xlink:href="javascript:alert(1)"><text>x</text></a>',
    "foreign": b'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example"/></foreignObject>',
    "image": b'<image href="https://evil.example/pixel.png" width="1" height="1"/>',
    "image of the house": b'<image xlink:href="/v1/auth/logout" width="1" height="1"/>',
    "image from the disk": b'<image href="file:///etc/passwd" width="1" height="1"/>',
    "use": b'<use href="https://evil.example/x.svg#y"/>',
    "style": b"<style>@import url(https://evil.example/x.css); rect{background:url(//evil.example/x)}</style>",
    "attribute": b'<rect style="fill:url(https://evil.example/#x)" width="1" height="1"/>',
    "animation": b'<a><animate attributeName="href" to="javascript:alert(1)"/></a>',
    "html in data": b'<image href="data:text/html,alert(1)" width="1" height="1"/>',
    "drawing in data": b'<image href="data:image/svg+xml;base64,PHN2Zy8+" width="1" height="1"/>',
}
WORDS = (
    b"script",
    b"alert",
    b"evil",
    b"onload",
    b"onclick",
    b"foreign",
    b"iframe",
    b"passwd",
    b"logout",
    b"file:",
    b"svg+xml",
)


@pytest.mark.parametrize("kind", HARM)
def test_what_runs_or_loads_something_goes(shop: Workshop, tmp_path: Path, kind: str) -> None:
    path, target = written(tmp_path, drawing(HARM[kind])), tmp_path / "clean"
    assert shop.examine(path, svg=True).color == "#ff0000"
    shop.strip(path, target)
    clean = target.read_bytes()
    assert not [word for word in WORDS if word in clean], clean
    assert b"#ff0000" in clean
    assert path.read_bytes() == drawing(HARM[kind])
    again = tmp_path / "again"
    shop.strip(target, again)
    assert again.read_bytes() == clean


def test_a_drawing_can_refer_to_itself(shop: Workshop, tmp_path: Path) -> None:
    inside = b'<defs><g id="a"><rect width="9" height="9"/></g></defs><use href="#a"/>'
    shop.strip(written(tmp_path, drawing(inside)), tmp_path / "clean")
    assert b'href="#a"' in (tmp_path / "clean").read_bytes()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (OPEN, "broken_file"),
        (OPEN + b"<rect></svg>", "broken_file"),
        (drawing(b"").replace(b'"100"', b'"90000"'), "too_many_pixels"),
        (drawing(b"").replace(b'"100"', b'"0"'), "broken_file"),
        (drawing(b"<!--" + b"x" * (4 << 20) + b"-->"), "too_costly"),
    ],
    ids=["cut short", "unbalanced", "huge", "empty", "long"],
)
def test_drawings_that_are_no_good(shop: Workshop, tmp_path: Path, data: bytes, code: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(InvalidFileError) as refused:
        shop.examine(path, svg=True)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert path.read_bytes() == data


def test_a_billion_laughs_come_to_an_end(shop: Workshop, tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    laughs = f'<!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]>'.encode() + drawing(b"<text>&l9;</text>")
    nested = b"".join(b'<g id="g%d">%s</g>' % (at, b'<use href="#g%d"/>' % (at - 1) * 10) for at in range(1, 10))
    uses = drawing(b'<defs><g id="g0">' + RED + b"</g>" + nested + b'</defs><use href="#g9"/>')
    for data in (laughs, uses):
        path = written(tmp_path, data)
        with pytest.raises((InvalidFileError, UnsupportedFileError)):
            shop.examine(path, svg=True)
        assert path.read_bytes() == data
    assert shop.examine(written(tmp_path, drawing(b"")), svg=True).width == 100


def test_a_clean_drawing_is_rendered_like_any_picture(shop: Workshop, tmp_path: Path) -> None:
    shop.strip(written(tmp_path, drawing(b"")), tmp_path / "clean")
    shop.render(tmp_path / "clean", tmp_path / "out", "image/webp", Cut(0, 0, 100, 50, 100, 50))
    image = pyvips.Image.new_from_file(str(tmp_path / "out"))
    assert (image.width, image.height) == (100, 50)
    assert image.getpoint(50, 25)[0] > 200
