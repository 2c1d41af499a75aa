"""Shapes of the media library."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields

from nejat_cms.http.schemas import ByLocale, Instant, Locale, Schema, Shown, Text, Whole, at_most, fail

TYPES = ("image", "document", "audio", "video")
LARGEST_SIDE = 4000


class Focal(fields.Field[tuple[float, float]]):
    """The point of a picture that must stay in sight: from the left and from the top, each 0 to 1."""

    def __init__(self, **kwargs: Any) -> None:
        share = {"type": "number", "minimum": 0, "maximum": 1}
        super().__init__(
            metadata={"type": "array", "items": share, "minItems": 2, "maxItems": 2, "examples": [[0.5, 0.3]]}, **kwargs
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> tuple[float, float]:
        numbers = isinstance(value, list) and len(value) == 2 and all(type(one) in (int, float) for one in value)
        if not numbers:
            raise fail("invalid_type", _("Has the wrong JSON type."))
        if not all(0 <= one <= 1 for one in value):
            raise fail("out_of_range", _("Must be two numbers from 0 to 1."))
        return round(float(value[0]), 4), round(float(value[1]), 4)


class AssetTextInput(Schema):
    """What is said about an asset in one edition."""

    alt = Text(1_000, empty=True)
    caption = Text(2_000, empty=True)
    credit = Text(300, empty=True)


class AssetChanges(Schema):
    """What may be said of an asset. `texts`: by edition; null removes what was said there."""

    focal = Focal(allow_none=True)
    poster = fields.UUID(allow_none=True)
    texts = ByLocale(fields.Nested(AssetTextInput, allow_none=True), validate=at_most(200))


class CustomSize(Schema):
    """The size of a rendition, in pixels; `locale`: of the file that this edition shows."""

    width = Whole(1, LARGEST_SIDE, required=True)
    height = Whole(1, LARGEST_SIDE, required=True)
    locale = Locale()


class CustomRendition(Shown):
    """A rendition of a size of its own: an address that is good for as long as the file is public, and one for now."""

    url = fields.String()
    signed_url = fields.String()
    width = fields.Integer()
    height = fields.Integer()


class AssetTextBody(Shown):
    """What is said about an asset in one edition."""

    alt = fields.String()
    caption = fields.String()
    credit = fields.String()


class AssetFileBody(Shown):
    """A file of an asset. Its addresses are signed, and good for a quarter of an hour."""

    id = fields.UUID()
    name = fields.String()
    mime = fields.String()
    size = fields.Integer()
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    color = fields.String(allow_none=True)
    thumbhash = fields.String(allow_none=True)
    pages = fields.Integer(allow_none=True)
    duration = fields.Float(allow_none=True)
    url = fields.String(allow_none=True)
    renditions = fields.Dict(keys=fields.String(), values=fields.Dict())


class AssetBody(Shown):
    """An asset, as the newsroom sees it: its common file, and those that single editions show in its place."""

    id = fields.UUID()
    type = fields.String(metadata={"enum": list(TYPES)})
    focal = Focal()
    poster = fields.UUID(allow_none=True)
    file = fields.Nested(AssetFileBody)
    files = fields.Dict(keys=fields.String(), values=fields.Nested(AssetFileBody))
    texts = fields.Dict(keys=fields.String(), values=fields.Nested(AssetTextBody))
    uses = fields.Integer()
    created_at = Instant()
    updated_at = Instant()
    version = fields.Integer()


class PublicRendition(Schema):
    """A picture at one size."""

    url = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class PublicRenditions(Schema):
    """The sizes that every picture has."""

    thumb = fields.Nested(PublicRendition, required=True)
    card = fields.Nested(PublicRendition, required=True)
    wide = fields.Nested(PublicRendition, required=True)
    full = fields.Nested(PublicRendition, required=True)


class PublicImage(Schema):
    """A picture of the media library, as its edition shows it.

    `thumb` and `card` are cut to 16:9 around the focal point, `wide` and `full` are whole; `srcset` has the whole ones.
    Addresses end in `.webp`; with the end of the original family (`.jpg`, `.png`, `.avif`) they answer in that format.
    """

    id = fields.String(required=True, metadata={"format": "uuid"})
    alt = fields.String(required=True)
    caption = fields.String(required=True)
    credit = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    focal = Focal(required=True)
    color = fields.String(required=True, allow_none=True)
    thumbhash = fields.String(required=True, allow_none=True)
    srcset = fields.String(required=True)
    renditions = fields.Nested(PublicRenditions, required=True)


class PublicFile(Schema):
    """A document, recording or film of the media library, as its edition shows it.

    `image` is its first page or its poster.
    """

    id = fields.String(required=True, metadata={"format": "uuid"})
    type = fields.String(required=True, metadata={"examples": ["application/pdf"]})
    url = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "In bytes."})
    pages = fields.Integer(required=True, allow_none=True)
    duration = fields.Float(required=True, allow_none=True, metadata={"description": "In seconds."})
    caption = fields.String(required=True)
    credit = fields.String(required=True)
    image = fields.Nested(PublicImage, required=True, allow_none=True)


class UploadBody(Shown):
    """An upload in parts: how much of it has come, and the asset it has become."""

    id = fields.UUID()
    name = fields.String()
    length = fields.Integer()
    offset = fields.Integer()
    expires_at = Instant()
    asset = fields.UUID(allow_none=True)
