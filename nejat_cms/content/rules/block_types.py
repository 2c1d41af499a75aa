"""What a body is made of: the types of blocks, their fields, and how much of it there may be.

A block is a JSON object `{"id", "type", …its fields, "lang"?, "dir"?}`. The fields are data, so that
loading, rendering, segments and the API's schema read the same table.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _

from nejat_cms.errors import InvalidError, Problem, at_most_items
from nejat_cms.language.clean import clean_text

Block = dict[str, Any]

BODY_BYTES = 2_000_000
BLOCKS_MOST = 2_000
LIST_DEPTH = 8
BLOCK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What an id may look like: it stands in attributes and in segment paths as it is."""
LANGUAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,31}", re.ASCII)
"""A programming language: `python`, `c++`, `objective-c`."""

Kind = Literal[
    "inline",  # inline HTML of one line or several, `<br>` between them
    "text",  # plain text of one line
    "code",  # plain text whose lines, tabs and spaces stay
    "name",  # LANGUAGE_NAME
    "level",  # 2 to 6
    "flag",  # true or false
    "items",  # of a list: inline HTML, or {"html", "items", "ordered"} where a list is nested in it
    "rows",  # of a table: lists of cells, each inline HTML or ""
    "entries",  # of a table of contents: {"label", "page"?, "article"?}
    "video",  # an address that `resolve_embed` knows
    "asset",  # the id of an asset of the media library
    "pictures",  # of a gallery: at most PICTURES_MOST times the fields of PICTURE
]


@dataclass(frozen=True)
class Field:
    """`limit` counts characters of plain text; `words` marks what a translator has to translate.

    `types`: what the assets that it names may be.
    """

    kind: Kind
    required: bool = False
    limit: int = 0
    words: bool = False
    types: tuple[str, ...] = ()


_HTML = Field("inline", required=True, words=True)
_CAPTION = Field("text", limit=2_000, words=True)

PICTURES_MOST = 200
PICTURE: Mapping[str, Field] = {
    "asset": Field("asset", required=True, types=("image",)),
    "alt": Field("text", limit=1_000, words=True),
    "caption": _CAPTION,
}
"""A picture, with what a text says about it in place of what the library says."""

BLOCK_TYPES: Mapping[str, Mapping[str, Field]] = {
    "paragraph": {"html": _HTML},
    "heading": {"level": Field("level", required=True), "html": _HTML},
    "list": {"ordered": Field("flag"), "items": Field("items", required=True, words=True)},
    "quote": {"html": _HTML, "cite": Field("text", limit=500, words=True)},
    "image": PICTURE,
    "gallery": {"items": Field("pictures", required=True, words=True, types=("image",))},
    "video": {
        "url": Field("video"),  # this or an asset
        "asset": Field("asset", types=("video",)),
        "poster": Field("asset", types=("image",)),
        "caption": _CAPTION,
    },
    "file": {
        "asset": Field("asset", required=True, types=("document", "audio", "video")),
        "label": Field("text", limit=300, words=True),
    },
    "table": {"header": Field("flag"), "rows": Field("rows", required=True, words=True)},
    "code": {"language": Field("name"), "text": Field("code", required=True, words=True)},
    "contents": {"items": Field("entries", required=True, words=True)},
    "divider": {},
}
"""The fields of each type, in the order they are written. `id`, `type`, `lang` and `dir` belong to all."""

LABEL_LIMIT = 500
PAGE_LIMIT = 20
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def is_block_id(value: object) -> bool:
    return isinstance(value, str) and BLOCK_ID.fullmatch(value) is not None


def clean_code(text: str) -> str:
    """Source code as it is kept: lines, tabs and spaces as sent, no blank lines before it, no space after it."""
    # Line breaks around each piece keep `clean_text` from taking the space at its ends.
    pieces = (clean_text(f"x\n{piece}\nx", multiline=True)[2:-2] for piece in text.split("\t"))
    return re.sub(r"^(?:[ \t]*\n)+", "", "\t".join(pieces)).rstrip()


def canonical_page(value: object) -> int | str | None:
    """A page of a book, 12 and "12" alike as the number, "xii" as text; None when it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    page = clean_text(value)
    if _PAGE_NUMBER.fullmatch(page):
        return int(page)
    return page if 0 < len(page) <= PAGE_LIMIT and not page.startswith("-") else None


def canonical_id(value: object) -> str | None:
    """The id of an article or an asset in small letters; None when it is no UUID."""
    match = _UUID.fullmatch(value) if isinstance(value, str) else None
    return match[0].lower() if match else None


def body_size(blocks: Sequence[Block]) -> int:
    """How many bytes a body takes as JSON."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode())


def check_size(blocks: Sequence[Block], pointer: str) -> None:
    """Refuse a body of more blocks or bytes than a body may have.

    Raises: InvalidError, `too_many` or `too_long`.
    """
    if len(blocks) > BLOCKS_MOST:
        raise InvalidError(too_many_blocks(pointer))
    if body_size(blocks) > BODY_BYTES:
        raise InvalidError(too_long_body(pointer))


def too_many_blocks(pointer: str) -> Problem:
    return Problem("too_many", at_most_items(BLOCKS_MOST), pointer)


def too_long_body(pointer: str) -> Problem:
    return Problem("too_long", _("At most %(limit)s bytes.", limit=BODY_BYTES), pointer)


def segments(blocks: Sequence[Block]) -> dict[str, str]:
    """The translatable pieces of a body by path, `body/<block id>`, in its order.

    The text of a piece holds all translatable fields of its block, one a line, as
    canonical inline HTML or plain text: equal text, equal piece, however the block
    was sent. Blocks without words (dividers, pictures of which nothing is said) have none.
    Every block needs its id (`assign_ids`).
    """
    pieces = {f"body/{block['id']}": "\n".join(text for _, _, text in worded_places(block)) for block in blocks}
    return {path: text for path, text in pieces.items() if text}


def worded_places(block: Block) -> Iterator[tuple[str, Kind, str]]:
    """Where a block holds words: a JSON Pointer into it, `inline`, `text` or `code`, and what stands there."""
    return _worded("", BLOCK_TYPES[block["type"]], block)


def worded_pictures(pictures: Sequence[Block], at: str) -> Iterator[tuple[str, Kind, str]]:
    """The same of the pictures of a gallery, which stand at `at`."""
    for number, picture in enumerate(pictures):
        yield from _worded(f"{at}/{number}", PICTURE, picture)


def _worded(at: str, fields: Mapping[str, Field], values: Block) -> Iterator[tuple[str, Kind, str]]:
    for name, field in fields.items():
        if field.words and name in values:
            yield from _places(f"{at}/{name}", field.kind, values[name])


def _places(at: str, kind: Kind, value: Any) -> Iterator[tuple[str, Kind, str]]:
    if kind == "rows":
        for number, row in enumerate(value):
            yield from ((f"{at}/{number}/{column}", "inline", cell) for column, cell in enumerate(row))
    elif kind == "pictures":
        yield from worded_pictures(value, at)
    elif kind == "entries":
        yield from ((f"{at}/{number}/label", "text", entry["label"]) for number, entry in enumerate(value))
    elif kind == "items":
        for number, item in enumerate(value):
            if isinstance(item, str):
                yield f"{at}/{number}", "inline", item
            else:
                yield f"{at}/{number}/html", "inline", item["html"]
                yield from _places(f"{at}/{number}/items", "items", item["items"])
    else:
        yield at, kind, value
