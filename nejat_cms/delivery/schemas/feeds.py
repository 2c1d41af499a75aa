"""Feeds as JSON."""

from marshmallow import fields

from nejat_cms.http.schemas import Choice, Schema


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
