"""Blocks that a client sends are read strictly, with every problem named at once."""

from typing import Any

import pytest

from nejat_cms.content.rules.blocks import BLOCK_TYPES, Block, body_size, load_blocks, parse_html, render_html, segments
from nejat_cms.errors import InvalidError

ARTICLE = "01930000-aaaa-7bbb-8ccc-0123456789ab"
ASSET = "01930000-bbbb-7bbb-8ccc-0123456789ab"


def load(*raw: Any) -> list[Block]:
    return load_blocks(list(raw))[0]


def problems(raw: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(InvalidError) as caught:
        load_blocks(raw)
    assert all(str(problem.detail) for problem in caught.value.problems)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def nested_list(depth: int) -> Block:
    item: Any = "x"
    for _level in range(depth - 1):
        item = {"html": "x", "items": [item]}
    return {"type": "list", "items": [item]}


def test_every_type_is_read() -> None:
    raw: list[Block] = [
        {"id": "a", "type": "paragraph", "html": " <b>a</b> ", "lang": "FA"},
        {"id": "b", "type": "heading", "level": 3, "html": "b"},
        {"id": "c", "type": "list", "items": ["c", {"html": "d", "ordered": True, "items": ["e"]}, {"html": "f"}]},
        {"id": "d", "type": "quote", "html": "q", "cite": " C  D "},
        {"id": "e", "type": "video", "url": "https://youtu.be/dQw4w9WgXcQ?t=3", "caption": ""},
        {"id": "f", "type": "table", "rows": [["a", ""], ["<i>b</i>"]], "header": True},
        {"id": "g", "type": "code", "text": "\n\tx = 1  \n  y\n\n", "language": "python"},
        {"id": "h", "type": "contents", "items": [{"label": "One", "page": "12", "article": ARTICLE.upper()}]},
        {"id": "i", "type": "divider", "dir": "rtl"},
        {"id": "j", "type": "image", "asset": ASSET.upper(), "alt": " a  b ", "caption": " "},
        {"id": "k", "type": "gallery", "items": [{"asset": ASSET, "alt": ""}, {"caption": "c", "asset": ASSET}]},
        {"id": "l", "type": "video", "asset": ASSET, "poster": ASSET.upper(), "caption": "d"},
        {"id": "m", "type": "video", "url": "https://vimeo.com/1", "poster": ASSET},
        {"id": "n", "type": "file", "asset": ASSET, "label": "e"},
        {"id": "o", "type": "file", "asset": ASSET},
    ]  # fmt: skip
    assert load(*raw) == [
        {"id": "a", "type": "paragraph", "html": "<strong>a</strong>", "lang": "fa", "dir": "rtl"},
        {"id": "b", "type": "heading", "level": 3, "html": "b"},
        {
            "id": "c",
            "type": "list",
            "ordered": False,
            "items": ["c", {"html": "d", "ordered": True, "items": ["e"]}, "f"],
        },
        {"id": "d", "type": "quote", "html": "q", "cite": "C D"},
        {"id": "e", "type": "video", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"},
        {"id": "f", "type": "table", "header": True, "rows": [["a", ""], ["<em>b</em>"]]},
        {"id": "g", "type": "code", "language": "python", "text": "\tx = 1  \n  y"},
        {
            "id": "h",
            "type": "contents",
            "items": [{"label": "One", "page": 12, "article": ARTICLE}],
        },
        {"id": "i", "type": "divider", "dir": "rtl"},
        {"id": "j", "type": "image", "asset": ASSET, "alt": "a b"},
        {"id": "k", "type": "gallery", "items": [{"asset": ASSET}, {"asset": ASSET, "caption": "c"}]},
        {"id": "l", "type": "video", "asset": ASSET, "poster": ASSET, "caption": "d"},
        {"id": "m", "type": "video", "url": "https://vimeo.com/1", "poster": ASSET},
        {"id": "n", "type": "file", "asset": ASSET, "label": "e"},
        {"id": "o", "type": "file", "asset": ASSET},
    ]
    assert load_blocks(load(*raw)) == (load(*raw), [])
    assert parse_html(render_html(load(*raw))) == (load(*raw), [])


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("x", [("invalid_type", "")]),
        (None, [("invalid_type", "")]),
        ({}, [("required", "/type")]),
        ({"type": "marquee"}, [("unknown_type", "/type")]),
        ({"type": ["paragraph"]}, [("unknown_type", "/type")]),
        ({"type": "paragraph"}, [("required", "/html")]),
        ({"type": "paragraph", "html": None}, [("null", "/html")]),
        ({"type": "paragraph", "html": 3}, [("invalid_type", "/html")]),
        ({"type": "paragraph", "html": " &nbsp;<b></b>"}, [("required", "/html")]),
        ({"type": "paragraph", "html": "<script>x</script>"}, [("required", "/html")]),
        ({"type": "paragraph", "html": "x", "a/b~": 1}, [("unknown_field", "/a~1b~0")]),
        ({"type": "divider", "html": "x"}, [("unknown_field", "/html")]),
        ({"type": "paragraph", "html": "x", "id": "a b"}, [("invalid", "/id")]),
        ({"type": "paragraph", "html": "x", "id": ""}, [("invalid", "/id")]),
        ({"type": "paragraph", "html": "x", "id": "x" * 65}, [("invalid", "/id")]),
        ({"type": "paragraph", "html": "x", "id": "é"}, [("invalid", "/id")]),
        ({"type": "paragraph", "html": "x", "id": 7}, [("invalid_type", "/id")]),
        ({"type": "paragraph", "html": "x", "lang": "xx-nonsense"}, [("unknown_locale", "/lang")]),
        ({"type": "paragraph", "html": "x", "dir": "up"}, [("invalid", "/dir")]),
        ({"type": "heading", "html": "x"}, [("required", "/level")]),
        ({"type": "heading", "html": "x", "level": 1}, [("out_of_range", "/level")]),
        ({"type": "heading", "html": "x", "level": 7}, [("out_of_range", "/level")]),
        ({"type": "heading", "html": "x", "level": True}, [("invalid_type", "/level")]),
        ({"type": "heading", "html": "x", "level": "2"}, [("invalid_type", "/level")]),
        ({"type": "heading", "html": "x", "level": 2.0}, [("invalid_type", "/level")]),
        ({"type": "list", "items": []}, [("required", "/items")]),
        ({"type": "list", "items": "x"}, [("invalid_type", "/items")]),
        ({"type": "list", "items": ["a", "", 3]}, [("required", "/items/1"), ("invalid_type", "/items/2")]),
        ({"type": "list", "items": ["a"], "ordered": "yes"}, [("invalid_type", "/ordered")]),
        ({"type": "list", "items": [{"items": ["a"], "x": 1}]}, [("unknown_field", "/items/0/x")]),
        ({"type": "list", "items": [{"html": "a", "items": 3}]}, [("invalid_type", "/items/0/items")]),
        ({"type": "list", "items": [{}]}, [("required", "/items/0/html")]),
        (nested_list(9), [("too_deep", "/items/0" + "/items/0" * 7 + "/items")]),
        ({"type": "quote", "html": "x", "cite": "y" * 501}, [("too_long", "/cite")]),
        ({"type": "table", "rows": []}, [("required", "/rows")]),
        ({"type": "table", "rows": [[]]}, [("required", "/rows/0")]),
        ({"type": "table", "rows": [["", ""]]}, [("required", "/rows")]),
        ({"type": "table", "rows": [["a", 3], "x"]}, [("invalid_type", "/rows/0/1"), ("invalid_type", "/rows/1")]),
        ({"type": "code", "text": " \n "}, [("required", "/text")]),
        ({"type": "code", "text": "x", "language": "a b"}, [("invalid", "/language")]),
        ({"type": "contents", "items": [{"page": 1}]}, [("required", "/items/0/label")]),
        ({"type": "contents", "items": [{"label": "a", "page": 1.5}]}, [("invalid", "/items/0/page")]),
        ({"type": "contents", "items": [{"label": "a", "page": "x" * 21}]}, [("invalid", "/items/0/page")]),
        ({"type": "contents", "items": [{"label": "a", "article": "x"}]}, [("invalid", "/items/0/article")]),
        ({"type": "contents", "items": ["a"]}, [("invalid_type", "/items/0")]),
        ({"type": "video"}, [("required", "/url")]),
        ({"type": "video", "url": "https://example.org/v"}, [("unknown_embed", "/url")]),
        ({"type": "video", "url": "javascript:alert(1)"}, [("unknown_embed", "/url")]),
        ({"type": "video", "url": "https://vimeo.com/1", "poster": "x"}, [("invalid", "/poster")]),
        ({"type": "video", "asset": "x"}, [("invalid", "/asset")]),
        ({"type": "video", "url": "https://vimeo.com/1", "asset": ASSET}, [("invalid", "/asset")]),
        ({"type": "image", "asset": "x", "alt": "y"}, [("invalid", "/asset")]),
        ({"type": "image", "asset": ASSET + "\n"}, [("invalid", "/asset")]),
        ({"type": "image", "asset": 3}, [("invalid_type", "/asset")]),
        ({"type": "image", "asset": None}, [("null", "/asset")]),
        ({"type": "image"}, [("required", "/asset")]),
        ({"type": "image", "asset": ASSET, "alt": "x" * 1_001}, [("too_long", "/alt")]),
        ({"type": "image", "asset": ASSET, "image": {}}, [("unknown_field", "/image")]),
        ({"type": "gallery"}, [("required", "/items")]),
        ({"type": "gallery", "items": []}, [("required", "/items")]),
        ({"type": "gallery", "items": {}}, [("invalid_type", "/items")]),
        ({"type": "gallery", "items": [{"asset": ASSET}] * 201}, [("too_many", "/items")]),
        ({"type": "gallery", "items": ["x"]}, [("invalid_type", "/items/0")]),
        ({"type": "gallery", "items": [{"asset": ASSET}, {"asset": "x"}]}, [("invalid", "/items/1/asset")]),
        ({"type": "gallery", "items": [{"alt": "x"}]}, [("required", "/items/0/asset")]),
        ({"type": "gallery", "items": [{"asset": ASSET, "x": 1}]}, [("unknown_field", "/items/0/x")]),
        ({"type": "gallery", "items": [{"asset": ASSET, "caption": "x" * 2_001}]}, [("too_long", "/items/0/caption")]),
        ({"type": "file", "asset": "x", "label": "y"}, [("invalid", "/asset")]),
        ({"type": "file", "label": "y" * 301}, [("required", "/asset"), ("too_long", "/label")]),
    ],
)  # fmt: skip
def test_a_wrong_block_is_refused_where_it_is_wrong(block: Any, expected: list[tuple[str, str]]) -> None:
    good = {"type": "divider"}
    assert problems([good, block]) == [(code, f"/body/blocks/1{pointer}") for code, pointer in expected]


def test_every_problem_is_named_at_once() -> None:
    raw = [{"type": "paragraph"}, {"type": "nothing"}, {"type": "heading", "level": 9, "html": 3, "x": 1}]
    assert problems(raw) == [
        ("required", "/body/blocks/0/html"),
        ("unknown_type", "/body/blocks/1/type"),
        ("unknown_field", "/body/blocks/2/x"),
        ("out_of_range", "/body/blocks/2/level"),
        ("invalid_type", "/body/blocks/2/html"),
    ]


def test_a_doubled_id_is_refused_at_the_second() -> None:
    twice = {"id": "a", "type": "divider"}
    assert problems([twice, {"id": "A", "type": "divider"}, twice]) == [("duplicate_id", "/body/blocks/2/id")]


@pytest.mark.parametrize("raw", [None, {}, "x", 3])
def test_what_is_no_list_of_blocks_is_refused(raw: Any) -> None:
    assert problems(raw) == [("invalid_type", "/body/blocks")]


def test_more_than_two_thousand_blocks_are_refused() -> None:
    assert len(load(*[{"type": "divider"}] * 2_000)) == 2_000
    assert problems([{"type": "divider"}] * 2_001) == [("too_many", "/body/blocks")]


@pytest.mark.parametrize("letter", ["x", "س", "<"])
def test_more_than_two_megabytes_are_refused(letter: str) -> None:
    text = letter * (1_999_000 // len(letter.encode().replace(b"<", b"&lt;")))
    assert body_size(load({"type": "paragraph", "html": text})) < 2_000_000
    assert problems([{"type": "paragraph", "html": text + letter * 1_000}]) == [("too_long", "/body/blocks")]


def test_endless_nesting_is_refused_and_breaks_nothing() -> None:
    deep: Any = "x"
    for _level in range(50_000):
        deep = {"items": [deep]}
    found = problems([{"type": "list", "items": [deep]}, {"type": "paragraph", "html": [deep]}])
    assert [code for code, _pointer in found] == ["too_deep", "invalid_type"]


def test_what_is_removed_from_a_field_is_reported_with_its_pointer() -> None:
    raw = [{"type": "list", "items": ["a", {"html": "<p>b", "items": ["<img>c"]}]}]
    blocks, removed = load_blocks(raw)
    assert blocks[0]["items"] == ["a", {"html": "b", "ordered": False, "items": ["c"]}]
    assert [(removal.pointer, removal.what) for removal in removed] == [
        ("/body/blocks/0/items/1/html", "p"),
        ("/body/blocks/0/items/1/items/0", "img"),
    ]


def test_plain_text_loses_what_could_deceive() -> None:
    raw = {"type": "quote", "html": "a", "cite": "x\u202ey\u2067z"}
    assert load(raw)[0]["cite"] == "xy\u2067z\u2069"


def test_a_code_block_keeps_tabs_spaces_and_lines() -> None:
    text = "  a\n\tb  c\t\td \n\n\u2066e\n#\u2069 f"
    assert load({"type": "code", "text": text})[0]["text"] == "  a\n\tb  c\t\td \n\n\u2066e\u2069\n# f"


def test_segments_hold_every_translatable_field_by_id() -> None:
    blocks = load(
        {"id": "a", "type": "paragraph", "html": "x <b>y</b>"},
        {"id": "b", "type": "divider"},
        {"id": "c", "type": "list", "items": ["p", {"html": "q", "items": ["r"]}]},
        {"id": "d", "type": "quote", "html": "s", "cite": "t"},
        {"id": "e", "type": "table", "rows": [["1", "2"], ["3"]]},
        {"id": "f", "type": "video", "url": "https://vimeo.com/1"},
        {"id": "g", "type": "video", "url": "https://vimeo.com/1", "caption": "u"},
        {"id": "h", "type": "contents", "items": [{"label": "v", "page": 3}]},
        {"id": "i", "type": "image", "asset": ASSET, "alt": "w", "caption": "x"},
        {"id": "j", "type": "gallery", "items": [{"asset": ASSET, "alt": "y"}, {"asset": ASSET, "caption": "z"}]},
        {"id": "k", "type": "gallery", "items": [{"asset": ASSET}]},
        {"id": "l", "type": "file", "asset": ASSET, "label": "&"},
    )
    assert segments(blocks) == {
        "body/a": "x <strong>y</strong>",
        "body/c": "p\nq\nr",
        "body/d": "s\nt",
        "body/e": "1\n2\n3",
        "body/g": "u",
        "body/h": "v",
        "body/i": "w\nx",
        "body/j": "y\nz",
        "body/l": "&",
    }


def test_segments_are_the_same_after_the_way_through_html() -> None:
    blocks = load({"id": "a", "type": "paragraph", "html": "x<b> y</b>"}, {"id": "b", "type": "code", "text": "a\n\tb"})
    assert segments(parse_html(render_html(blocks))[0]) == segments(blocks)


def test_every_field_of_every_type_can_be_read_and_rendered() -> None:
    from nejat_cms.content.rules import blocks, rendering

    kinds = {field.kind for fields in BLOCK_TYPES.values() for field in fields.values()}
    assert kinds <= blocks._Loader()._readers.keys()
    assert rendering._HTML.keys() == rendering._TEXT.keys() == BLOCK_TYPES.keys()
