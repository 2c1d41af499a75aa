"""What readers get of an article, in a list and alone."""

from marshmallow import fields

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.schemas.blocks import BlockField
from nejat_cms.content.schemas.kinds import PublicFields
from nejat_cms.http.schemas import Choice, Schema
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.media.schemas import PublicImage


class Face(Schema):
    """A section or tag as a document shows it."""

    slug = fields.String(required=True)
    name = fields.String(required=True)


class Person(Schema):
    """Somebody in the byline."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    role = Choice("author", "translator", required=True)


class PublicSource(Schema):
    """Where a text was taken from."""

    name = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)


class Published(Schema):
    """The date of publication: instant, local time, and in the edition's calendar and digits."""

    at = fields.String(required=True, metadata={"format": "date-time"})
    local = fields.String(required=True, metadata={"format": "date-time"})
    calendar = Choice(*CALENDARS, required=True)
    display = fields.String(required=True, metadata={"examples": ["۲ آذر ۱۴۰۵"]})
    long = fields.String(required=True, metadata={"examples": ["دوشنبه ۲ آذر ۱۴۰۵"]})


class Counterpart(Schema):
    """The same article in another edition."""

    locale = fields.String(required=True)
    lang = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    slug = fields.String(required=True)
    url = fields.String(required=True)
    published_at = fields.String(required=True, metadata={"format": "date-time"})
    freshness = Choice("source", "current", "outdated", required=True)


class SummaryBody(Schema):
    """An article in a list."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    kind = Choice(*KINDS, required=True)
    locale = fields.String(required=True)
    lang = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    slug = fields.String(required=True)
    url = fields.String(required=True)
    title = fields.String(required=True)
    lead = fields.String(required=True)
    image = fields.Nested(PublicImage, required=True, allow_none=True)
    sections = fields.List(fields.Nested(Face), required=True)
    tags = fields.List(fields.Nested(Face), required=True)
    authors = fields.List(fields.String(), required=True)
    translators = fields.List(fields.String(), required=True)
    people = fields.List(fields.Nested(Person), required=True)
    source = fields.Nested(PublicSource, required=True, allow_none=True)
    published = fields.Nested(Published, required=True)
    updated_at = fields.String(required=True, metadata={"format": "date-time"})
    comments = fields.Integer(required=True)
    featured = fields.Boolean(required=True)
    fields_ = fields.Nested(PublicFields, required=True, data_key="fields")
    translations = fields.List(fields.Nested(Counterpart), required=True)


class Highlights(Schema):
    """What was found, in the text as it was written: HTML with `<mark>` and nothing else, all other marks escaped."""

    title = fields.String()
    lead = fields.String()
    body = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "Up to three pieces, of the body's first 10,000 words; in long pages of long texts fewer "
            "are looked at."
        },
    )


class HitBody(SummaryBody):
    """An article in a list of what was found."""

    highlights = fields.Nested(Highlights, required=True)
    found_in = fields.String(metadata={"description": "Across editions: the one in whose text the words were found."})


class PublicFreshness(Schema):
    """Whether the text still says what its source says."""

    state = Choice("source", "current", "outdated", required=True)
    source = fields.String(required=True, allow_none=True)
    outdated_segments = fields.Integer(required=True)


class Neighbour(Schema):
    """The article before or after this one, of its kind, in its edition."""

    id = fields.String(required=True, metadata={"format": "uuid"})
    slug = fields.String(required=True)
    url = fields.String(required=True)
    title = fields.String(required=True)
    published_at = fields.String(required=True, metadata={"format": "date-time"})


class Crumb(Schema):
    """A step of the breadcrumb trail."""

    name = fields.String(required=True)
    url = fields.String(required=True)


class ShareLink(Schema):
    """A ready link that shares the article in a network."""

    network = fields.String(required=True)
    url = fields.String(required=True)


class PublicSeo(Schema):
    """What search engines are told."""

    title = fields.String(required=True)
    description = fields.String(required=True)
    image = fields.Nested(
        PublicImage,
        required=True,
        allow_none=True,
        metadata={"description": "What it is shared with: its own picture, else its edition's."},
    )
    canonical = fields.String(required=True)
    noindex = fields.Boolean(required=True)
    json_ld = fields.Dict(required=True)


class Body(Schema):
    """The forms of a body that were asked for."""

    html = fields.String()
    blocks = fields.List(BlockField())
    text = fields.String()


class DocumentBody(SummaryBody):
    """An article alone."""

    body = fields.Nested(Body, required=True)
    freshness = fields.Nested(PublicFreshness, required=True)
    newer = fields.Nested(Neighbour, required=True, allow_none=True)
    older = fields.Nested(Neighbour, required=True, allow_none=True)
    breadcrumbs = fields.List(fields.Nested(Crumb), required=True)
    share = fields.List(fields.Nested(ShareLink), required=True)
    seo = fields.Nested(PublicSeo, required=True)
