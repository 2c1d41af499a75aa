"""JSON Schema of blocks, from the table that they are read by."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields

from nejat_cms.content.rules.block_types import (
    BLOCK_ID,
    BLOCK_TYPES,
    LABEL_LIMIT,
    LANGUAGE_NAME,
    PAGE_LIMIT,
    PICTURE,
    PICTURES_MOST,
    Field,
)
from nejat_cms.content.rules.inline import DIRECTIONS
from nejat_cms.media.schemas import PublicFile, PublicImage

JsonSchema = dict[str, Any]

_TEXT: JsonSchema = {"type": "string"}
_INLINE: JsonSchema = {"type": "string", "description": "Inline HTML."}
_LABEL: JsonSchema = {"type": "string", "minLength": 1, "maxLength": LABEL_LIMIT}
_ID: JsonSchema = {"type": "string", "format": "uuid"}
_SHOWN: Mapping[str, JsonSchema] = {
    name: {"$ref": f"#/components/schemas/{shape.__name__}"}
    for name, shape in {"image": PublicImage, "file": PublicFile}.items()
}
"""What readers are shown of the asset that a block names."""
_ARTICLE: Mapping[str, JsonSchema] = {"url": {"type": "string", "format": "iri"}, "slug": _TEXT, "title": _TEXT}
"""What readers are shown of the article that an entry leads to."""
_PAGE: JsonSchema = {"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "maxLength": PAGE_LIMIT}]}


def _items(closed: bool) -> JsonSchema:
    name = "ListItemInput" if closed else "ListItem"
    nested = {
        "html": _INLINE,
        "ordered": {"type": "boolean"},
        "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}, "minItems": 0 if closed else 1},
    }
    item = {
        "component": name,
        "description": "Inline HTML, or an item with a list nested in it.",
        "oneOf": [_INLINE, _object(nested, [] if closed else nested, closed)],
    }
    return {"type": "array", "items": item, "minItems": 1}


def _entries(closed: bool) -> JsonSchema:
    return {"type": "array", "items": _entry(closed), "minItems": 1}


def _entry(closed: bool) -> JsonSchema:
    entry = {"label": _LABEL, "page": _PAGE, "article": _ID, **({} if closed else _ARTICLE)}
    named = {
        "component": "ContentsEntryInput" if closed else "ContentsEntry",
        "description": "What stands on a page of an issue, and the article that it is.",
    }
    return named | _object(entry, ["label"], closed)


def _pictures(closed: bool) -> JsonSchema:
    picture = {name: _field(field, closed) for name, field in PICTURE.items()} | _shown(PICTURE, closed)
    items = _object(picture, ["asset"], closed)
    return {"type": "array", "items": items, "minItems": 1, "maxItems": PICTURES_MOST}


def _shown(declared: Mapping[str, Field], closed: bool) -> JsonSchema:
    """What is added of the assets that such fields name, for readers."""
    types = [field.types for field in declared.values() if field.kind == "asset" and not closed]
    return {name: _SHOWN[name] for name in dict.fromkeys("image" if one == ("image",) else "file" for one in types)}


def _rows(_closed: bool) -> JsonSchema:
    return {"type": "array", "items": {"type": "array", "items": _INLINE, "minItems": 1}, "minItems": 1}


_SCHEMAS: Mapping[str, Callable[[bool], JsonSchema]] = {
    "inline": lambda closed: _INLINE,
    "text": lambda closed: _TEXT,
    "code": lambda closed: _TEXT,
    "name": lambda closed: {"type": "string", "pattern": f"^({LANGUAGE_NAME.pattern})?$"},
    "level": lambda closed: {"type": "integer", "minimum": 2, "maximum": 6},
    "flag": lambda closed: {"type": "boolean"},
    "video": lambda closed: {"type": "string", "format": "iri"},
    "items": _items,
    "rows": _rows,
    "entries": _entries,
    "asset": lambda closed: _ID,
    "pictures": _pictures,
}
_EXTRA: Mapping[str, JsonSchema] = {"video": {"oneOf": [{"required": ["url"]}, {"required": ["asset"]}]}}


def _object(properties: Mapping[str, Any], required: Any, closed: bool) -> JsonSchema:
    schema: JsonSchema = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    return schema | ({"additionalProperties": False} if closed else {})


def _field(field: Field, closed: bool) -> JsonSchema:
    schema = dict(_SCHEMAS[field.kind](closed))
    return schema | ({"maxLength": field.limit} if field.limit else {})


def _block(name: str, declared: Mapping[str, Field], closed: bool) -> JsonSchema:
    properties = {
        "id": {"type": "string", "pattern": f"^{BLOCK_ID.pattern}$"},
        "type": {"const": name},
        **{key: _field(field, closed) for key, field in declared.items()},
        **_shown(declared, closed),
        "lang": _TEXT,
        "dir": {"type": "string", "enum": sorted(DIRECTIONS)},
    }
    # What is kept always has its id and says its flags; what is sent need not.
    required = ["type"] if closed else ["id", "type"]
    required += [key for key, field in declared.items() if field.required or (field.kind == "flag" and not closed)]
    return {"title": name} | _object(properties, required, closed) | _EXTRA.get(name, {})


def _component(name: str, description: str, *, closed: bool) -> JsonSchema:
    forms = [_block(block, declared, closed) for block, declared in BLOCK_TYPES.items()]
    return {"component": name, "description": description, "oneOf": forms}


BLOCK = _component("Block", "One piece of a body, with an id that its counterparts share.", closed=False)
BLOCK_INPUT = _component("BlockInput", "One piece of a body as it is sent; without an id it gets one.", closed=True)


class BlockField(fields.Raw):
    """A block as it is kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=BLOCK, **kwargs)


class ContentsEntryField(fields.Raw):
    """An entry of a table of contents, as readers are shown it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata=_entry(closed=False), **kwargs)
