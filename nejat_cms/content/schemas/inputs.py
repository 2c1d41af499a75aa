"""Shapes of articles, variants, revisions and terms."""

from typing import Any, ClassVar, cast

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, post_load, validates_schema

from nejat_cms.content.rules.blocks import BLOCKS_MOST, BODY_BYTES, load_blocks, parse_html
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.redirects import TYPES, Target
from nejat_cms.content.rules.snapshots import Body
from nejat_cms.content.rules.stages import LocalTime
from nejat_cms.content.schemas.blocks import BLOCK_INPUT
from nejat_cms.errors import at_most_characters
from nejat_cms.http.schemas import (
    WORDS,
    ByLocale,
    Choice,
    Flag,
    Instant,
    Locale,
    Schema,
    Text,
    WebAddress,
    Whole,
    at_most,
    fail,
    too_long,
)
from nejat_cms.language.slugs import SLUG_MAX, InvalidSlugError, check_slug
from nejat_cms.urls import place_of, safe_url

OLD_PATH_MAX = 600
"""Longest old path in code points, decoded: PostgreSQL refuses keys of more than 2,704 bytes."""
RELATED_MOST = 10
SLUG_WORDS = {
    "empty": _("A slug must not be empty."),
    "too_long": at_most_characters(SLUG_MAX),
    "characters": _("A slug holds letters, digits and hyphens only."),
    "reserved": _("This slug is reserved."),
}


class BodyField(fields.Field[Body]):
    """`{"html": …}` or `{"blocks": […]}`; sanitised on the way in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            metadata={
                "component": "BodyInput",
                "type": "object",
                "description": "A body as HTML or as blocks.",
                "properties": {
                    "html": {"type": "string", "maxLength": BODY_BYTES},
                    "blocks": {"type": "array", "items": BLOCK_INPUT, "maxItems": BLOCKS_MOST},
                },
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            },
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Body:
        if not isinstance(value, dict) or set(value) not in ({"html"}, {"blocks"}):
            raise fail("invalid", _("Must be an object with either “html” or “blocks”."))
        if "blocks" in value:
            return Body(*load_blocks(value["blocks"]), as_html=False)
        if not isinstance(value["html"], str):
            raise fail("invalid_type", _("Has the wrong JSON type."))
        return Body(*parse_html(value["html"]), as_html=True)


class Slug(fields.Field[str]):
    """A slug in canonical form; letters of any script are kept."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": SLUG_MAX}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            return check_slug(value if isinstance(value, str) else "")
        except InvalidSlugError as error:
            raise fail("invalid_slug", SLUG_WORDS[error.reason]) from error


class Source(Schema):
    """Where a text was taken from."""

    name = Text(300, required=True)
    url = WebAddress(allow_none=True, load_default=None)


class Seo(Schema):
    """What search engines are told in place of title and lead."""

    title = Text(300, allow_none=True, empty=True)
    description = Text(500, allow_none=True, empty=True)
    noindex = Flag()


class BasedOn(Schema):
    """The revision of another edition's variant that this one says the same as."""

    locale = Locale(required=True)
    revision = Whole(1, 2**31 - 1, required=True)


class VariantChanges(Schema):
    """What may be said of a variant."""

    slug = Slug()
    title = Text(300, required=True)
    lead = Text(2000, empty=True, multiline=True)
    body = BodyField()
    fields_ = fields.Dict(data_key="fields", attribute="fields", allow_none=True)
    sections = fields.List(fields.UUID(), validate=at_most(20))
    tags = fields.List(Text(100), validate=at_most(50))
    image = fields.UUID(allow_none=True)
    related = fields.List(fields.UUID(), validate=at_most(RELATED_MOST))
    featured = Flag()
    authors = fields.List(Text(200), validate=at_most(50))
    translators = fields.List(Text(200), validate=at_most(50))
    source = fields.Nested(Source, allow_none=True)
    seo = fields.Nested(Seo, allow_none=True)
    published_at = Instant(allow_none=True)
    based_on = fields.Nested(BasedOn, allow_none=True)
    note = Text(500, empty=True)
    minor = Flag()


class NewVariant(VariantChanges):
    """A variant that may be created: `copy_from` starts from a copy of another edition's."""

    class Meta(Schema.Meta):
        json_schema: ClassVar = {"allOf": [{"anyOf": [{"required": ["title"]}, {"required": ["copy_from"]}]}]}

    copy_from = Locale()
    title = Text(300)

    @validates_schema
    def needs_a_title(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "title" not in data and "copy_from" not in data:
            raise ValidationError(cast(Any, WORDS["required"]), "title")


class NewArticle(VariantChanges):
    """A new work with its first variant."""

    kind = Choice(*KINDS, required=True)
    locale = Locale(required=True)


class PublicationTime(fields.Field[Any]):
    """Null, RFC 3339, or `{"local": "2027-03-28T02:30", "fold": 0}` on the clock of the edition's zone."""

    def __init__(self, **kwargs: Any) -> None:
        local = {
            "type": "object",
            "properties": {"local": {"type": "string"}, "fold": {"type": "integer", "enum": [0, 1]}},
            "required": ["local"],
            "additionalProperties": False,
        }
        super().__init__(
            allow_none=True, metadata={"oneOf": [{"type": "string", "format": "date-time"}, local]}, **kwargs
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            return Instant().deserialize(value)
        local, fold = value.get("local"), value.get("fold", 0)
        if set(value) - {"local", "fold"} or not isinstance(local, str) or type(fold) is not int or fold not in (0, 1):
            raise fail("invalid", _("Must be an RFC 3339 time, or “local” and “fold”."))
        return LocalTime(local, fold)


class Schedule(Schema):
    """When the present revision is to go live and to be withdrawn; null cancels."""

    publish_at = PublicationTime()
    unpublish_at = PublicationTime()


class Note(Schema):
    """Words for whoever works on it next."""

    note = Text(2000, empty=True, multiline=True)


class Nothing(Schema):
    """An empty object."""


class OtherArticle(Schema):
    """The article that is to be joined."""

    article = fields.UUID(required=True)


class OldPath(fields.Field[str]):
    """A path of a site, decoded or not; kept decoded, in small letters, without a slash at its end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "examples": ["/2020/05/old-slug"], "maxLength": 4000}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        place = place_of(value) if isinstance(value, str) else None
        if place is None or place.host or safe_url(place.key) is None:
            raise fail("invalid", _("Must be a path that begins with “/”."))
        if len(place.key) > OLD_PATH_MAX:
            raise fail("too_long", at_most_characters(OLD_PATH_MAX))
        return place.key


class Destination(fields.Field[str]):
    """An absolute http or https address, or a path on the edition's own host."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": 2000}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = safe_url(value, schemes=("http", "https")) if isinstance(value, str) else None
        if address is None or place_of(address) is None:
            raise fail("invalid_url", _("Must be an absolute http or https address, or a path that begins with “/”."))
        return address


class RedirectTarget(Schema):
    """Where an old path leads: an article, section, tag or person by its `id`, or a `url`."""

    class Meta(Schema.Meta):
        json_schema: ClassVar = {"oneOf": [{"required": ["id"]}, {"required": ["url"]}]}

    type = Choice(*TYPES, required=True)
    id = fields.UUID()
    url = Destination()

    @validates_schema
    def names_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        wanted, other = ("url", "id") if data.get("type") == "url" else ("id", "url")
        if wanted not in data:
            raise ValidationError(cast(Any, WORDS["required"]), wanted)
        if other in data:
            raise ValidationError(cast(Any, WORDS["unknown"]), other)

    @post_load
    def as_target(self, data: dict[str, Any], **kwargs: Any) -> Target:
        return Target(**data)


class NewRedirect(Schema):
    """A path that an edition's site had before, and where it leads; `article` is short for a target of that type."""

    class Meta(Schema.Meta):
        json_schema: ClassVar = {"oneOf": [{"required": ["article"]}, {"required": ["target"]}]}

    locale = Locale(required=True)
    path = OldPath(required=True)
    article = fields.UUID()
    target = fields.Nested(RedirectTarget)

    @validates_schema
    def names_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "article" not in data and "target" not in data:
            raise ValidationError(cast(Any, WORDS["required"]), "article")
        if "article" in data and "target" in data:
            raise ValidationError(cast(Any, WORDS["unknown"]), "target")

    @post_load
    def with_a_target(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        article = data.pop("article", None)
        return data if article is None else data | {"target": Target("article", article)}


class TermNameInput(Schema):
    """A term in one edition."""

    name = Text(200, required=True)
    slug = Slug()
    description = Text(2000, empty=True, multiline=True)
    image = fields.UUID(allow_none=True)


class TermChanges(Schema):
    """A section, tag or person; a null name takes it out of that edition."""

    parent = fields.UUID(allow_none=True)
    position = Whole(0, 1_000_000)
    names = ByLocale(fields.Nested(TermNameInput, allow_none=True), validate=at_most(200))


class NewTerm(TermChanges):
    """A new section, tag or person, named in at least one edition."""

    names = ByLocale(fields.Nested(TermNameInput), required=True, validate=at_most(200))


class Verbatim(fields.Field[str]):
    """A plain text exactly as it was sent: its places count."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": limit}, **kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise fail("invalid_type", _("Has the wrong JSON type."))
        if len(value) > self.limit:
            raise too_long(self.limit)
        return value


class TextToCheck(Schema):
    """A plain text, and the language it is in."""

    locale = Locale(required=True)
    text = Verbatim(BODY_BYTES, required=True)
