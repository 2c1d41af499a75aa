"""Shapes of editions."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields

from nejat_cms.editions.rules import SHARE_NETWORKS
from nejat_cms.http.schemas import Choice, Flag, Locale, Schema, Shown, Text, WebAddress, Whole, at_most, fail
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.language.tags import display_name


class SocialProfile(Schema):
    """One profile of the edition in a social network."""

    network = Text(40, required=True)
    url = WebAddress(required=True)


class SiteAddress(WebAddress):
    """Where a site begins: an address with neither query nor fragment, because others are put after it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if "?" in address or "#" in address:
            raise fail("invalid_url", _("May have neither a query nor a fragment."))
        return address


class EditionSettings(Schema):
    """What may be said of an edition at any time; whatever is left out follows from CLDR or stays."""

    native_name = Text(100)
    script = Text(4)
    direction = Choice("ltr", "rtl")
    calendar = Choice(*CALENDARS)
    numbering = Text(20)
    timezone = Text(64)
    base_url = SiteAddress(allow_none=True)
    title = Text(200)
    tagline = Text(300, empty=True)
    copyright = Text(300, empty=True)
    social = fields.List(fields.Nested(SocialProfile), validate=at_most(30))
    share = fields.List(Choice(*SHARE_NETWORKS), validate=at_most(20))
    fallback = fields.List(Locale(), validate=at_most(20))
    position = Whole(0, 10_000)
    is_default = Flag()
    enabled = Flag()
    share_image = fields.UUID(allow_none=True)


class NewEdition(EditionSettings):
    """A new edition: its locale, and whatever CLDR should not decide."""

    locale = Locale(required=True)


class EditionBody(Shown, EditionSettings):
    """An edition as the newsroom sees it."""

    locale = fields.String()
    name = fields.String(attribute="native_name", dump_only=True)
    names = fields.Method("name_in_each_edition", metadata={"shown_as": fields.Dict(values=fields.String())})

    def name_in_each_edition(self, edition: Any) -> dict[str, str]:
        return {locale: display_name(edition.locale, locale) for locale in self.context_locales}

    def __init__(self, *, locales: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.context_locales = locales
