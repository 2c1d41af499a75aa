"""The body of an article: what other modules need of it, and how blocks that a client sent are read.

load_blocks, parse_html    what was sent → blocks, and what was removed from it
load_pictures              the same of the pictures of a gallery
assign_ids                 every block gets the id it had, or its counterpart has, or a new one
segments                   translatable pieces by path
render_html, render_text   what readers get
BLOCK_TYPES, body_size     what there may be, and how much
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.content.rules.block_ids import assign_ids
from nejat_cms.content.rules.block_types import (
    BLOCK_TYPES,
    BLOCKS_MOST,
    BODY_BYTES,
    LABEL_LIMIT,
    LANGUAGE_NAME,
    LIST_DEPTH,
    PAGE_LIMIT,
    PICTURE,
    PICTURES_MOST,
    Block,
    Field,
    body_size,
    canonical_id,
    canonical_page,
    check_size,
    clean_code,
    is_block_id,
    segments,
    too_long_body,
    too_many_blocks,
)
from nejat_cms.content.rules.embeds import resolve_embed
from nejat_cms.content.rules.html import parse_html
from nejat_cms.content.rules.inline import DIRECTIONS, sanitize_inline
from nejat_cms.content.rules.removals import Removal
from nejat_cms.content.rules.rendering import render_html, render_text
from nejat_cms.errors import InvalidError, Message, Problem, at_most_characters, at_most_items, at_most_levels, pointer
from nejat_cms.language.clean import clean_text, is_blank
from nejat_cms.language.direction import locale_direction
from nejat_cms.language.tags import canonical_locale

__all__ = [
    "BLOCKS_MOST",
    "BLOCK_TYPES",
    "BODY_BYTES",
    "Block",
    "Removal",
    "assign_ids",
    "body_size",
    "load_blocks",
    "load_pictures",
    "parse_html",
    "render_html",
    "render_text",
    "sanitize_inline",
    "segments",
]

POINTER = "/body/blocks"


def load_blocks(raw: object) -> tuple[list[Block], list[Removal]]:
    """The blocks of a `{"blocks": […]}` body in their canonical form, and what was removed from their text.

    `raw` is the JSON array as it was sent. Nothing is guessed: what is not in
    `BLOCK_TYPES` is refused. Inline HTML is sanitised, plain text cleaned, a video's
    address becomes the provider's own; an optional text that is blank is left out,
    `ordered` and `header` are false unless said. A `lang` without `dir` gets the
    direction its language is written in. An `id` is kept; a missing one stays missing.

    Raises: InvalidError with every problem at once, below `/body/blocks`:
    `required` (also for text in which a reader would see nothing), `null`,
    `invalid_type`, `unknown_type`, `unknown_field`, `invalid`, `out_of_range`,
    `too_long`, `too_many`, `too_deep`, `duplicate_id`, `unknown_locale` and
    `unknown_embed`. Whether there is such an asset or article is not known here.
    """
    if not isinstance(raw, list):
        raise InvalidError(Problem("invalid_type", _("Has the wrong JSON type."), POINTER))
    if len(raw) > BLOCKS_MOST:
        raise InvalidError(too_many_blocks(POINTER))
    if _weight(raw) > BODY_BYTES:
        raise InvalidError(too_long_body(POINTER))
    loader = _Loader()
    blocks = [loader.block(block, f"{POINTER}/{at}") for at, block in enumerate(raw)]
    if loader.problems:
        raise InvalidError(loader.problems)
    check_size(blocks, POINTER)
    return blocks, loader.removals


def load_pictures(raw: object) -> list[Block]:
    """The pictures of a gallery in their canonical form: 1 to 200 times `{"asset", "alt"?, "caption"?}`.

    Raises: InvalidError with every problem at once, by pointers into the list.
    """
    loader = _Loader()
    pictures: list[Block] = loader.pictures(raw, "")
    if loader.problems:
        raise InvalidError(loader.problems)
    return pictures


def _weight(raw: list[Any]) -> int:
    """How many characters all strings hold: at most the bytes of the body, and cheap to know for any nesting."""
    weight, rest = 0, list(raw)
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            weight += len(value)
        elif isinstance(value, dict):
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return weight


class _Loader:
    """Reads block after block, remembering what is wrong and what was removed. A wrong value is read as None."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.removals: list[Removal] = []
        self._ids: set[str] = set()
        self._readers: Mapping[str, Callable[[Any, str, Field], Any]] = {
            "inline": self._inline,
            "text": self._text,
            "code": self._code,
            "name": self._name,
            "level": self._level,
            "flag": self._flag,
            "items": self._items,
            "rows": self._rows,
            "entries": self._entries,
            "video": self._video,
            "asset": self._asset,
            "pictures": self.pictures,
        }

    def block(self, raw: Any, at: str) -> Block:
        if not isinstance(raw, dict):
            self._wrong_type(at)
            return {}
        name = raw.get("type")
        if "type" not in raw:
            self._problem("required", _("This field is required."), f"{at}/type")
        elif not isinstance(name, str) or name not in BLOCK_TYPES:
            self._problem("unknown_type", _("There is no block of this type."), f"{at}/type")
        fields = BLOCK_TYPES.get(name, {}) if isinstance(name, str) else {}
        block: Block = {} if "id" not in raw else {"id": self._id(raw["id"], f"{at}/id")}
        block["type"] = name
        if fields or name == "divider":
            self._unknown(raw, at, {"id", "type", "lang", "dir"} | fields.keys())
        block |= self._fields(raw, at, fields)
        if name == "video" and ("url" in raw) == ("asset" in raw):
            code, place = ("invalid", "asset") if "url" in raw else ("required", "url")
            self._problem(code, _("A video has either “url” or “asset”."), f"{at}/{place}")
        return block | self._language(raw, at)

    def _fields(self, raw: Mapping[str, Any], at: str, fields: Mapping[str, Field]) -> Block:
        read: Block = {}
        for name, field in fields.items():
            where = f"{at}/{name}"
            if name not in raw:
                if field.kind == "flag":
                    read[name] = False
                elif field.required:
                    self._problem("required", _("This field is required."), where)
            elif raw[name] is None:
                self._problem("null", _("Must not be null."), where)
            else:
                value = self._readers[field.kind](raw[name], where, field)
                if value not in (None, ""):
                    read[name] = value
        return read

    # Values

    def _inline(self, raw: Any, at: str, field: Field) -> str:
        if not isinstance(raw, str):
            self._wrong_type(at)
            return ""
        html, removals = sanitize_inline(raw, at)
        self.removals += removals
        if field.required and not html:
            self._problem("required", _("This field is required."), at)
        return html

    def _text(self, raw: Any, at: str, field: Field) -> str:
        if not isinstance(raw, str):
            self._wrong_type(at)
            return ""
        text = clean_text(raw)
        if len(text) > field.limit:
            self._problem("too_long", at_most_characters(field.limit), at)
        if not is_blank(text):
            return text
        if field.required:
            self._problem("required", _("This field is required."), at)
        return ""

    def _code(self, raw: Any, at: str, _field: Field) -> str:
        if not isinstance(raw, str):
            self._wrong_type(at)
            return ""
        text = clean_code(raw)
        if is_blank(text):
            self._problem("required", _("This field is required."), at)
        return text

    def _name(self, raw: Any, at: str, _field: Field) -> str:
        if not isinstance(raw, str):
            self._wrong_type(at)
            return ""
        if raw and not LANGUAGE_NAME.fullmatch(raw):
            self._problem("invalid", _("This value is not valid."), at)
        return raw

    def _level(self, raw: Any, at: str, _field: Field) -> Any:
        if isinstance(raw, bool) or not isinstance(raw, int):
            return self._wrong_type(at)
        if not 2 <= raw <= 6:
            detail = _("Must be a whole number from %(low)s to %(high)s.", low=2, high=6)
            self._problem("out_of_range", detail, at)
        return raw

    def _flag(self, raw: Any, at: str, _field: Field | None = None) -> Any:
        return raw if isinstance(raw, bool) else self._wrong_type(at)

    def _items(self, raw: Any, at: str, field: Field, depth: int = 1) -> Any:
        if not self._filled(raw, at):
            return None
        if depth > LIST_DEPTH:
            return self._problem("too_deep", at_most_levels(LIST_DEPTH), at)
        return [self._item(item, f"{at}/{place}", field, depth) for place, item in enumerate(raw)]

    def _item(self, raw: Any, at: str, field: Field, depth: int) -> Any:
        if not isinstance(raw, dict):
            return self._inline(raw, at, field)
        self._unknown(raw, at, {"html", "items", "ordered"})
        nested = raw.get("items", []) != []
        # An item may be nothing but the list in it.
        html = self._inline(raw.get("html", ""), f"{at}/html", Field("inline", required=not nested))
        ordered = self._flag(raw.get("ordered", False), f"{at}/ordered")
        if not nested:
            return html
        return {"html": html, "ordered": ordered, "items": self._items(raw["items"], f"{at}/items", field, depth + 1)}

    def _rows(self, raw: Any, at: str, _field: Field) -> Any:
        if not self._filled(raw, at):
            return None
        rows = []
        for place, row in enumerate(raw):
            if self._filled(row, f"{at}/{place}"):
                cell = Field("inline")
                rows.append([self._inline(html, f"{at}/{place}/{column}", cell) for column, html in enumerate(row)])
        if not any(any(row) for row in rows) and len(rows) == len(raw):
            self._problem("required", _("This field is required."), at)
        return rows

    def _entries(self, raw: Any, at: str, _field: Field) -> Any:
        if not self._filled(raw, at):
            return None
        return [self._entry(entry, f"{at}/{place}") for place, entry in enumerate(raw)]

    def _entry(self, raw: Any, at: str) -> Any:
        if not isinstance(raw, dict):
            return self._wrong_type(at)
        self._unknown(raw, at, {"label", "page", "article"})
        entry = self._fields(raw, at, {"label": Field("text", required=True, limit=LABEL_LIMIT)})
        if "page" in raw:
            entry["page"] = canonical_page(raw["page"])
            if entry["page"] is None:
                detail = _("Must be a number or at most %(limit)s characters.", limit=PAGE_LIMIT)
                self._problem("invalid", detail, f"{at}/page")
        if "article" in raw:
            entry["article"] = canonical_id(raw["article"])
            if entry["article"] is None:
                self._problem("invalid", _("Must be the id of an article."), f"{at}/article")
        return entry

    def _video(self, raw: Any, at: str, _field: Field) -> Any:
        if not isinstance(raw, str):
            return self._wrong_type(at)
        embed = resolve_embed(raw)
        if embed is None:
            return self._problem("unknown_embed", _("This is not the address of a video we can show."), at)
        return embed.url

    def _asset(self, raw: Any, at: str, _field: Field) -> Any:
        if not isinstance(raw, str):
            return self._wrong_type(at)
        return canonical_id(raw) or self._problem("invalid", _("Must be the id of an asset."), at)

    def pictures(self, raw: Any, at: str, _field: Field | None = None) -> Any:
        if not self._filled(raw, at):
            return None
        if len(raw) > PICTURES_MOST:
            return self._problem("too_many", at_most_items(PICTURES_MOST), at)
        return [self._picture(picture, f"{at}/{place}") for place, picture in enumerate(raw)]

    def _picture(self, raw: Any, at: str) -> Any:
        if not isinstance(raw, dict):
            return self._wrong_type(at)
        self._unknown(raw, at, set(PICTURE))
        return self._fields(raw, at, PICTURE)

    # What all blocks have

    def _id(self, raw: Any, at: str) -> Any:
        if not isinstance(raw, str):
            return self._wrong_type(at)
        if not is_block_id(raw):
            return self._problem("invalid", _("An id has 1 to 64 letters, digits, “-” or “_” of ASCII."), at)
        if raw in self._ids:
            return self._problem("duplicate_id", _("Another block has this id."), at)
        self._ids.add(raw)
        return raw

    def _language(self, raw: Mapping[str, Any], at: str) -> Block:
        said: Block = {}
        if "lang" in raw:
            try:
                said["lang"] = canonical_locale(raw["lang"] if isinstance(raw["lang"], str) else "")
                said["dir"] = locale_direction(said["lang"])
            except ValueError:
                detail = _("This is not a language tag known to CLDR.")
                self._problem("unknown_locale", detail, f"{at}/lang")
        if "dir" in raw:
            if not isinstance(raw["dir"], str) or raw["dir"] not in DIRECTIONS:
                names = ", ".join(sorted(DIRECTIONS))
                self._problem("invalid", _("Must be one of: %(names)s.", names=names), f"{at}/dir")
            said["dir"] = raw["dir"]
        return said

    # Problems

    def _filled(self, raw: Any, at: str) -> bool:
        if not isinstance(raw, list):
            self._wrong_type(at)
        elif not raw:
            self._problem("required", _("This field is required."), at)
        return isinstance(raw, list) and bool(raw)

    def _unknown(self, raw: Mapping[str, Any], at: str, known: set[str]) -> None:
        for name in raw:
            if name not in known:
                self._problem("unknown_field", _("There is no such field here."), at + pointer(name))

    def _wrong_type(self, at: str) -> Any:
        return self._problem("invalid_type", _("Has the wrong JSON type."), at)

    def _problem(self, code: str, detail: Message, at: str) -> Any:
        self.problems.append(Problem(code, detail, at))
