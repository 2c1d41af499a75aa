"""What readers get of sections, tags and people."""

from marshmallow import fields

from nejat_cms.delivery.schemas.articles import SummaryBody
from nejat_cms.http.schemas import Choice, Schema
from nejat_cms.media.schemas import PublicImage


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
