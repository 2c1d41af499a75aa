"""Where texts name assets, and what readers are shown of them."""

from typing import Any
from uuid import UUID

import pytest

from nejat_cms.content.rules.assets import AssetRef, asset_refs, described, shown_blocks, snapshot_refs, without
from nejat_cms.content.rules.blocks import Block, load_blocks, parse_html, render_html, render_text
from nejat_cms.content.rules.kinds import KINDS, check_fields
from nejat_cms.errors import InvalidError

PICTURE, OTHER, FILM, PAPER, GONE, ARTICLE = (f"01930000-aaaa-7bbb-8ccc-00000000000{n}" for n in range(6))


def blocks() -> list[Block]:
    return load_blocks(
        [
            {"id": "a", "type": "paragraph", "html": "x"},
            {"id": "b", "type": "image", "asset": PICTURE},
            {"id": "c", "type": "image", "asset": PICTURE, "alt": "own", "caption": "said"},
            {"id": "d", "type": "gallery", "items": [{"asset": GONE}, {"asset": OTHER, "alt": "own"}]},
            {"id": "e", "type": "video", "asset": FILM, "poster": PICTURE},
            {"id": "f", "type": "video", "url": "https://vimeo.com/1", "poster": GONE},
            {"id": "g", "type": "file", "asset": PAPER},
            {"id": "h", "type": "contents", "items": [{"label": "L", "page": 1, "article": ARTICLE}, {"label": "M"}]},
        ]
    )[0]


def picture_of(name: str) -> dict[str, Any]:
    wide = {"url": f"/media/{name}/wide/a.webp", "width": 1280, "height": 853}
    return {
        "id": name,
        "alt": f"alt of {name}",
        "caption": "",
        "srcset": f"/media/{name}/wide/a.webp 1280w",
        "renditions": {"wide": wide},
    }


def file_of(name: str, image: Any = None) -> dict[str, Any]:
    return {"id": name, "url": f"/media/{name}/file/b.pdf", "name": "b.pdf", "caption": "", "image": image}


PICTURES = {PICTURE: picture_of("p"), OTHER: picture_of("o")}
FILES = {FILM: file_of("v", picture_of("q")), PAPER: file_of("d")}
ARTICLES = {ARTICLE: {"url": "https://example.org/t", "slug": "t", "title": "T", "id": ARTICLE}}


def refs(named: list[AssetRef]) -> list[tuple[str, str, tuple[str, ...], bool]]:
    return [(ref.pointer, str(ref.id), ref.types, ref.described) for ref in named]


def test_every_place_that_names_an_asset_is_found() -> None:
    image, video, files = ("image",), ("video",), ("document", "audio", "video")
    assert refs(asset_refs("article", PICTURE, {}, blocks())) == [
        ("/image", PICTURE, image, False),
        ("/body/blocks/1/asset", PICTURE, image, False),
        ("/body/blocks/2/asset", PICTURE, image, True),
        ("/body/blocks/3/items/0/asset", GONE, image, False),
        ("/body/blocks/3/items/1/asset", OTHER, image, True),
        ("/body/blocks/4/asset", FILM, video, False),
        ("/body/blocks/4/poster", PICTURE, image, False),
        ("/body/blocks/5/poster", GONE, image, False),
        ("/body/blocks/6/asset", PAPER, files, False),
    ]


FIELDS: dict[str, dict[str, Any]] = {
    "video": {"file": FILM, "poster": PICTURE},
    "book": {"author": "A", "cover": PICTURE, "file": PAPER},
    "newsletter": {"number": 3, "cover": PICTURE, "pdf": PAPER},
    "gallery": {"pictures": [{"asset": PICTURE, "alt": "own"}, {"asset": OTHER}], "place": "P"},
}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("video", [("/fields/file", FILM, ("video",), False), ("/fields/poster", PICTURE, ("image",), False)]),
        ("book", [("/fields/cover", PICTURE, ("image",), False), ("/fields/file", PAPER, ("document",), False)]),
        ("newsletter", [("/fields/cover", PICTURE, ("image",), False), ("/fields/pdf", PAPER, ("document",), False)]),
        (
            "gallery",
            [
                ("/fields/pictures/0/asset", PICTURE, ("image",), True),
                ("/fields/pictures/1/asset", OTHER, ("image",), False),
            ],
        ),
    ],
)
def test_fields_of_kinds_name_assets(kind: str, expected: list[Any]) -> None:
    fields = check_fields(kind, FIELDS[kind])
    assert fields == FIELDS[kind]
    assert refs(asset_refs(kind, None, fields, [])) == expected


def test_a_field_of_pictures_is_read_as_a_gallery_is() -> None:
    raw = [{"asset": PICTURE.upper(), "alt": " a  b ", "caption": ""}]
    assert check_fields("gallery", {"pictures": raw}) == {"pictures": [{"asset": PICTURE, "alt": "a b"}]}
    nothing: list[Any] = [None, "", []]
    for empty in nothing:
        assert check_fields("gallery", {"pictures": empty, "place": "P"}) == {"place": "P"}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("book", {"cover": "x", "file": 3}, [("invalid", "/fields/cover"), ("invalid", "/fields/file")]),
        ("newsletter", {"pdf": [PAPER], "period": 3}, [("invalid", "/fields/pdf"), ("invalid_type", "/fields/period")]),
        ("article", {"cover": PICTURE}, [("unknown_field", "/fields/cover")]),
        ("gallery", {"pictures": PICTURE}, [("invalid_type", "/fields/pictures")]),
        ("gallery", {"pictures": [{"asset": PICTURE}] * 201}, [("too_many", "/fields/pictures")]),
        (
            "gallery",
            {"pictures": [{"asset": "x"}, {"asset": PICTURE, "alt": 3}]},
            [("invalid", "/fields/pictures/0/asset"), ("invalid_type", "/fields/pictures/1/alt")],
        ),
    ],
)
def test_a_wrong_field_is_refused_where_it_is_wrong(kind: str, fields: Any, expected: list[Any]) -> None:
    with pytest.raises(InvalidError) as caught:
        check_fields(kind, fields)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == expected


def test_an_asset_is_described_where_every_place_that_names_it_describes_it() -> None:
    assert described(asset_refs("article", None, {}, blocks())) == {
        UUID(PICTURE): False, UUID(GONE): False, UUID(OTHER): True, UUID(FILM): False, UUID(PAPER): False
    }  # fmt: skip


def test_what_is_gone_leaves_everything_else_in_a_snapshot() -> None:
    snapshot = {"title": "t", "image": PICTURE, "fields": FIELDS["gallery"], "blocks": blocks()}
    assert without(snapshot, set()) == snapshot
    left = without(snapshot, {GONE})
    assert [block["id"] for block in left["blocks"]] == list("abcdefgh")
    assert left["blocks"][3]["items"] == [{"asset": OTHER, "alt": "own"}]
    assert "poster" not in left["blocks"][5]
    assert left | {"blocks": []} == snapshot | {"blocks": []}

    left = without(snapshot, {PICTURE, OTHER, FILM, PAPER, GONE})
    assert [block["id"] for block in left["blocks"]] == ["a", "f", "h"]
    assert left["fields"] == {"place": "P"}
    assert left["title"] == "t"
    assert snapshot_refs("gallery", left) == []
    assert snapshot["blocks"] == blocks(), "what was given is as it was"


def test_readers_are_shown_what_blocks_name() -> None:
    shown = {block["id"]: block for block in shown_blocks(blocks(), PICTURES, FILES, ARTICLES)}
    assert list(shown) == list("abcdefgh")
    assert shown["a"] == blocks()[0]
    assert shown["b"]["image"] == PICTURES[PICTURE]
    assert shown["c"]["image"] == PICTURES[PICTURE] | {"alt": "own", "caption": "said"}
    assert shown["d"]["items"] == [{"asset": OTHER, "alt": "own", "image": PICTURES[OTHER] | {"alt": "own"}}]
    assert shown["e"] == blocks()[4] | {"file": FILES[FILM], "image": PICTURES[PICTURE]}
    assert shown["f"] == {"id": "f", "type": "video", "url": "https://vimeo.com/1"}
    assert shown["g"]["file"] == FILES[PAPER]
    assert shown["h"]["items"] == [
        {"label": "L", "page": 1, "article": ARTICLE, "url": "https://example.org/t", "slug": "t", "title": "T"},
        {"label": "M"},
    ]


def test_what_is_no_more_is_left_out() -> None:
    shown = shown_blocks(blocks(), {}, {}, {})
    assert [block["id"] for block in shown] == ["a", "f", "h"]
    assert shown[2]["items"] == [{"label": "L", "page": 1}, {"label": "M"}]


def test_readers_get_the_words_of_the_library_where_a_text_has_none() -> None:
    html = render_html(shown_blocks(blocks(), PICTURES, FILES, ARTICLES)).split("\n")
    source = 'src="/media/p/wide/a.webp" srcset="/media/p/wide/a.webp 1280w" width="1280" height="853" loading="lazy"'
    assert html[1] == (
        f'<figure data-block="b"><img data-asset="{PICTURE}" data-library alt="alt of p" {source}></figure>'
    )
    assert html[2] == (
        f'<figure data-block="c"><img data-asset="{PICTURE}" alt="own" {source}><figcaption>said</figcaption></figure>'
    )
    assert html[4] == (
        f'<figure data-block="e"><video data-asset="{FILM}" data-poster="{PICTURE}" controls preload="none"'
        ' poster="/media/p/wide/a.webp" src="/media/v/file/b.pdf"></video></figure>'
    )
    assert html[6] == (
        f'<p class="file" data-block="g" data-library><a data-asset="{PAPER}" href="/media/d/file/b.pdf" download>'
        "b.pdf</a></p>"
    )
    assert f'<li data-page="1" data-article="{ARTICLE}"><a href="https://example.org/t">L</a></li>' in html[7]
    assert "alt of p" in render_text(shown_blocks(blocks(), PICTURES, FILES, ARTICLES))


def test_a_film_without_a_poster_of_its_own_has_the_librarys() -> None:
    film = load_blocks([{"type": "video", "asset": FILM}])[0]
    assert 'poster="/media/q/wide/a.webp"' in render_html(shown_blocks(film, {}, FILES, {}))


def test_what_readers_are_shown_is_read_back_as_what_was_written() -> None:
    whole = without({"fields": {}, "blocks": blocks()}, {GONE})["blocks"]
    said = {PICTURE: PICTURES[PICTURE] | {"caption": "of the library"}, OTHER: PICTURES[OTHER]}
    for known in (PICTURES, said):
        assert parse_html(render_html(shown_blocks(whole, known, FILES, ARTICLES))) == (whole, [])
    assert parse_html(render_html(whole)) == (whole, [])


def test_every_kind_says_of_which_types_its_assets_are() -> None:
    named = {name for kind in KINDS.values() for name, field in kind.fields.items() if field.types}
    assert named == {"pictures", "file", "poster", "cover", "pdf"}
