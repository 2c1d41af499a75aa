"""Shapes of public answers, for the OpenAPI document and for the tests that hold answers to it."""

from marshmallow import fields

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.menus import TARGETS
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


class PlaceCounterpart(Schema):
    """Where a reader of another edition is best sent, and why there."""

    url = fields.String(required=True)
    reason = Choice("counterpart", "section", "home", required=True)


class PlaceBody(Schema):
    """What an address leads to; `url` is none of the house's pages. Of what was withdrawn nothing is named."""

    type = Choice("edition", "article", "section", "tag", "person", "kind", "archive", "url", required=True)
    locale = fields.String(required=True)
    id = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    slug = fields.String(required=True, allow_none=True)
    status = fields.Integer(required=True, metadata={"enum": [200, 301, 410]})
    location = fields.String()
    counterparts = fields.Dict(keys=fields.String(), values=fields.Nested(PlaceCounterpart), required=True)


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


class EditionItem(Schema):
    """An edition in the list of editions."""

    locale = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    script = fields.String(required=True)
    name = fields.String(required=True)
    names = fields.Dict(values=fields.String(), required=True)
    calendar = Choice(*CALENDARS, required=True)
    numbering = fields.String(required=True)
    timezone = fields.String(required=True)
    url = fields.String(required=True)
    title = fields.String(required=True)
    tagline = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    articles = fields.Integer(required=True)


class Profile(Schema):
    """A profile of the edition in a social network."""

    network = fields.String(required=True)
    url = fields.String(required=True)


class Home(Schema):
    """Another edition's home."""

    locale = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    url = fields.String(required=True)


class TermCounterpart(Schema):
    """The same section, tag or person in another edition."""

    locale = fields.String(required=True)
    lang = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    name = fields.String(required=True)
    slug = fields.String(required=True)
    url = fields.String(required=True)


class PublicTerm(Schema):
    """A section, tag or person; sections have `children`."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    count = fields.Integer(required=True)
    image = fields.Nested(PublicImage, required=True, allow_none=True)
    children = fields.List(fields.Nested("PublicTerm"))
    translations = fields.List(fields.Nested(TermCounterpart), required=True)


class PublicMenuTarget(Schema):
    """What an item leads to: an article or a term by id and slug, a kind by its slug, an edition by its locale."""

    type = Choice(*TARGETS, required=True)
    id = fields.String(metadata={"format": "uuid"})
    slug = fields.String()
    locale = fields.String(required=True)


class PublicMenuItem(Schema):
    """An item of a menu. Headings have no target, and neither they nor switchers of editions have an address."""

    label = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    target = fields.Nested(PublicMenuTarget, required=True, allow_none=True)
    children = fields.List(fields.Nested("PublicMenuItem"), required=True)


class MenuName(Schema):
    """A menu of an edition."""

    name = fields.String(required=True)


class Roles(Schema):
    """How many articles somebody wrote, and how many she translated."""

    author = fields.Integer(required=True)
    translator = fields.Integer(required=True)


class RoleLinks(Schema):
    """Where all that somebody wrote is listed, and all that she translated."""

    author = fields.String(required=True)
    translator = fields.String(required=True)


class PersonBody(PublicTerm):
    """A person behind the bylines, with her newest work."""

    roles = fields.Nested(Roles, required=True)
    articles = fields.List(fields.Nested(SummaryBody), required=True)
    links = fields.Nested(RoleLinks, required=True)


class FrontSection(Schema):
    """A section, the articles that its editors put first, and the newest in it and below it."""

    slug = fields.String(required=True)
    name = fields.String(required=True)
    articles = fields.List(fields.Nested(SummaryBody), required=True)


class Front(Schema):
    """What an edition's front page shows, newest first: by default 5 featured, 10 recent, 4 of each top section.

    Articles that editors put first come before the newest, among what is featured and in sections.
    """

    featured = fields.List(fields.Nested(SummaryBody), required=True)
    recent = fields.List(fields.Nested(SummaryBody), required=True)
    sections = fields.List(fields.Nested(FrontSection), required=True)


class PublicEdition(EditionItem):
    """An edition alone."""

    home = fields.Nested(Front, required=True)
    menus = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(PublicMenuItem)), required=True)
    sections = fields.List(fields.Nested(PublicTerm), required=True)
    social = fields.List(fields.Nested(Profile), required=True)
    copyright = fields.String(required=True)
    share_image = fields.Nested(PublicImage, required=True, allow_none=True)
    counterparts = fields.List(fields.Nested(Home), required=True)


class FeedPerson(Schema):
    """Somebody in the byline of a feed's item; of the feed itself, its edition."""

    name = fields.String(required=True)
    url = fields.String(required=True)


class FeedCounterpart(Schema):
    """The same item, or the same feed, in another language."""

    language = fields.String(required=True)
    dir = Choice("ltr", "rtl", required=True)
    title = fields.String(required=True)
    url = fields.String(required=True)


class FeedExtension(Schema):
    """What JSON Feed has no members for; feeds themselves have no translators."""

    about = fields.String(required=True)
    translators = fields.List(fields.Nested(FeedPerson))
    translations = fields.List(fields.Nested(FeedCounterpart), required=True)


class FeedAttachment(Schema):
    """A file that belongs to a feed's item."""

    url = fields.String(required=True)
    mime_type = fields.String(required=True)
    size_in_bytes = fields.Integer()
    duration_in_seconds = fields.Float()


class FeedItem(Schema):
    """An article in a JSON Feed. Its `id` stays when its address changes."""

    id = fields.String(required=True, metadata={"examples": ["urn:uuid:01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10"]})
    url = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String()
    content_html = fields.String(required=True)
    image = fields.String()
    attachments = fields.List(fields.Nested(FeedAttachment))
    date_published = fields.String(required=True, metadata={"format": "date-time"})
    date_modified = fields.String(required=True, metadata={"format": "date-time"})
    authors = fields.List(fields.Nested(FeedPerson), required=True)
    tags = fields.List(fields.String(), required=True)
    language = fields.String(required=True)
    nejat = fields.Nested(FeedExtension, required=True, data_key="_nejat")


class JsonFeed(Schema):
    """A feed as JSON (jsonfeed.org, version 1.1)."""

    version = fields.String(required=True)
    title = fields.String(required=True)
    home_page_url = fields.String(required=True)
    feed_url = fields.String(required=True)
    description = fields.String()
    language = fields.String(required=True)
    authors = fields.List(fields.Nested(FeedPerson), required=True)
    nejat = fields.Nested(FeedExtension, required=True, data_key="_nejat")
    items = fields.List(fields.Nested(FeedItem), required=True)


class ArchiveMonth(Schema):
    """A month of the archive; `from` and `to` bound it in UTC."""

    month = fields.Integer(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)
    from_ = fields.String(required=True, data_key="from", metadata={"format": "date-time"})
    to = fields.String(required=True, metadata={"format": "date-time"})


class ArchiveYear(Schema):
    """A year of the archive."""

    year = fields.Integer(required=True)
    count = fields.Integer(required=True)
    months = fields.List(fields.Nested(ArchiveMonth), required=True)


class ArchiveBody(Schema):
    """How much was published when, newest first."""

    calendar = Choice(*CALENDARS, required=True)
    years = fields.List(fields.Nested(ArchiveYear), required=True)


class ChangeBody(Schema):
    """A row of the change feed."""

    type = Choice("published", "updated", "moved", "withdrawn", required=True)
    id = fields.String(required=True, metadata={"format": "uuid"})
    slug = fields.String(required=True)
    url = fields.String(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    moved_from = fields.String()
