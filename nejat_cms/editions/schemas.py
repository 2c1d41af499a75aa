"""Shapes of editions."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields

from nejat_cms.accounts.rules import EMAIL_MAX, is_email
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


class SectionId(fields.UUID):
    """The id of a section, as it is kept."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return str(super()._deserialize(value, attr, data, **kwargs))


class ShownSections(fields.List[Any]):
    """Sections in the order in which they are shown, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SectionId(), validate=at_most(40), metadata={"uniqueItems": True}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        ids: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        if len(set(ids)) < len(ids):
            raise fail("repeated", _("The same section is named twice."))
        return ids


class FrontSettings(Schema):
    """How many articles the front page shows: featured ones, recent ones, and of each section.

    `sections`: those it shows, in order; null: all at the top of the tree. A section without a name in the edition
    is not shown; one that there is not is refused.
    """

    featured = Whole(0, 20)
    recent = Whole(0, 50)
    per_section = Whole(0, 20)
    sections = ShownSections(allow_none=True)


class CommentSettings(Schema):
    """Whether readers may comment, until how many days after publication (null: for ever), and how deep threads are."""

    enabled = Flag()
    close_after_days = Whole(1, 36_500, allow_none=True)
    max_depth = Whole(1, 8)


class EmailAddress(Text):
    """An e-mail address, in a form that no mail header is broken by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(EMAIL_MAX, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if not is_email(value.strip(" ")):  # before it was cleaned: a line break in it is no slip
            raise fail("invalid", _("This is not an e-mail address."))
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
    home = fields.Nested(FrontSettings)
    comments = fields.Nested(CommentSettings)
    contact_email = EmailAddress(allow_none=True)
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
