"""The kinds of things a newsroom publishes, and the extra fields each declares: data, not classes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.content.rules.block_types import PICTURE, PICTURES_MOST, canonical_id
from nejat_cms.content.rules.blocks import load_pictures
from nejat_cms.content.rules.embeds import resolve_embed
from nejat_cms.errors import InvalidError, Message, Problem, at_most_characters, pointer
from nejat_cms.language.clean import clean_text


@dataclass(frozen=True)
class FieldType:
    """How a kind's extra field is read, its JSON Schema, and what the assets that it names may be.

    `read` raises InvalidError, with pointers into the value.
    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    types: tuple[str, ...] = ()


def _bad(code: str, detail: Message) -> InvalidError:
    return InvalidError(Problem(code, detail, ""))


def _text(limit: int) -> FieldType:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _bad("invalid_type", _("Has the wrong JSON type."))
        text = clean_text(value)
        if len(text) > limit:
            raise _bad("too_long", at_most_characters(limit))
        return text

    return FieldType(read, {"type": "string", "maxLength": limit})


def _whole(low: int, high: int) -> FieldType:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _bad("invalid_type", _("Has the wrong JSON type."))
        if not low <= value <= high:
            raise _bad("out_of_range", _("Must be a whole number from %(low)s to %(high)s.", low=low, high=high))
        return value

    return FieldType(read, {"type": "integer", "minimum": low, "maximum": high})


def read_isbn(value: Any) -> str:
    """An ISBN-10 or ISBN-13 without its hyphens, its check digit verified (ISO 2108)."""
    digits = re.sub(r"[\s-]", "", value).upper() if isinstance(value, str) else ""
    if re.fullmatch(r"97[89][0-9]{10}", digits):
        good = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    elif re.fullmatch(r"[0-9]{9}[0-9X]", digits):
        good = sum((10 if digit == "X" else int(digit)) * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
    else:
        good = False
    if not good:
        raise _bad("invalid_isbn", _("This is not a valid ISBN."))
    return digits


def _asset(*types: str) -> FieldType:
    def read(value: Any) -> str:
        asset = canonical_id(value)
        if asset is None:
            raise _bad("invalid", _("Must be the id of an asset."))
        return asset

    return FieldType(read, {"type": "string", "format": "uuid"}, types)


def _video_url(value: Any) -> str:
    embed = resolve_embed(value) if isinstance(value, str) else None
    if embed is None:
        raise _bad("unknown_embed", _("This video address is not one of an allowed provider."))
    return embed.url


def _day(value: Any) -> str:
    try:
        if not (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII)):
            raise ValueError(value)
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise _bad("invalid", _("Must be a date like 2026-11-23.")) from error


ISBN = FieldType(read_isbn, {"type": "string", "examples": ["9780306406157"]})
VIDEO_URL = FieldType(_video_url, {"type": "string", "format": "iri"})
DAY = FieldType(_day, {"type": "string", "format": "date"})
IMAGE = _asset("image")
PICTURES = FieldType(
    load_pictures,
    {
        "type": "array",
        "maxItems": PICTURES_MOST,
        "items": {
            "type": "object",
            "properties": {
                name: {"type": "string"} | ({"maxLength": part.limit} if part.limit else {"format": "uuid"})
                for name, part in PICTURE.items()
            },
            "required": ["asset"],
            "additionalProperties": False,
        },
    },
    ("image",),
)


@dataclass(frozen=True)
class Kind:
    """What sort of thing an article is; `label` names many of it. `listed`: whether lists hold it unasked."""

    name: str
    label: Message
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    listed: bool = True
    schema_org: str = "Article"


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("article", _("Articles"), schema_org="NewsArticle"),
        Kind("page", _("Pages"), listed=False, schema_org="WebPage"),
        Kind("cartoon", _("Cartoons"), {"artist": _text(200)}, schema_org="VisualArtwork"),
        Kind(
            "newspic",
            _("News pictures"),
            {"photographer": _text(200), "place": _text(200), "taken_on": DAY},
            schema_org="Photograph",
        ),
        Kind(
            "gallery",
            _("Galleries"),
            {"pictures": PICTURES, "photographer": _text(200), "place": _text(200)},
            schema_org="ImageGallery",
        ),
        Kind(
            "video",
            _("Videos"),
            {"url": VIDEO_URL, "file": _asset("video"), "poster": IMAGE, "duration": _whole(1, 360_000)},
            schema_org="VideoObject",
        ),
        Kind(
            "book",
            _("Books"),
            {
                "author": _text(300),
                "isbn": ISBN,
                "year": _whole(1, 9999),
                "pages": _whole(1, 100_000),
                "publisher": _text(300),
                "cover": IMAGE,
                "file": _asset("document"),
            },
            schema_org="Book",
        ),
        Kind(
            "newsletter",
            _("Newsletters"),
            {"number": _whole(1, 1_000_000), "period": _text(100), "cover": IMAGE, "pdf": _asset("document")},
            schema_org="PublicationIssue",
        ),
        Kind("brief", _("News in brief"), schema_org="Article"),
    )
}


def check_fields(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The extra fields of a kind, each read by its declaration; null and empty ones are left out.

    Whether there are such assets is not known here.

    Raises: InvalidError, naming each unknown or wrong field under `/fields`.
    """
    declared = KINDS[kind].fields
    values, problems = {}, []
    for name, value in raw.items():
        if name not in declared:
            problems.append(
                Problem(
                    "unknown_field", _("The kind “%(kind)s” has no such field.", kind=kind), pointer("fields", name)
                )
            )
        elif value not in (None, "", []):
            try:
                values[name] = declared[name].read(value)
            except InvalidError as error:
                problems += [problem.below(pointer("fields", name)) for problem in error.problems]
    if problems:
        raise InvalidError(problems)
    return {name: values[name] for name in declared if name in values}
