"""What readers are shown of the extra fields that kinds declare."""

from marshmallow import fields

from nejat_cms.content.schemas.blocks import ContentsEntryField
from nejat_cms.http.schemas import Schema
from nejat_cms.media.schemas import PublicFile, PublicImage


class PublicFields(Schema):
    """What kinds have beyond what every article has, each as its kind declares it; what is not said is left out.

    A video of a provider has its `url` there, and an `embed_url` that sets no cookies; one of the library has a `file`.
    """

    artist = fields.String()
    photographer = fields.String()
    place = fields.String()
    taken_on = fields.String(metadata={"format": "date"})
    pictures = fields.List(fields.Nested(PublicImage))
    url = fields.String(metadata={"format": "iri"})
    provider = fields.String()
    video_id = fields.String()
    embed_url = fields.String(metadata={"format": "iri"})
    file = fields.Nested(PublicFile)
    poster = fields.Nested(PublicImage)
    duration = fields.Integer(metadata={"description": "In seconds."})
    author = fields.String()
    isbn = fields.String()
    year = fields.Integer()
    pages = fields.Integer()
    publisher = fields.String()
    cover = fields.Nested(PublicImage)
    number = fields.Integer()
    number_display = fields.String(metadata={"description": "The number in the edition's digits.", "examples": ["۱۲"]})
    period = fields.String()
    pdf = fields.Nested(PublicFile)
    contents = fields.List(ContentsEntryField())
