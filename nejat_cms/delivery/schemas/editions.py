"""What readers get of editions: their front pages and menus."""

from marshmallow import fields

from nejat_cms.content.rules.menus import TARGETS
from nejat_cms.delivery.schemas.articles import SummaryBody
from nejat_cms.delivery.schemas.terms import PublicTerm
from nejat_cms.http.schemas import Choice, Schema
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.media.schemas import PublicImage


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
