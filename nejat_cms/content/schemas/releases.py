"""Shapes of releases, in and out."""

from flask_babel import lazy_gettext as _
from marshmallow import fields

from nejat_cms.content.rules.releases import ITEMS_MOST, Hindrance, ReleaseState
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.content.schemas.inputs import PublicationTime
from nejat_cms.http.schemas import AtMost, Choice, Instant, Locale, Schema, Shown, Text, at_most, fail


class FromOneTo(AtMost):
    """A list of at least one item, and of at most `limit`."""

    def __call__(self, value: object) -> None:
        if not value:
            raise fail("required", _("Must not be empty."))
        super().__call__(value)


class ReleaseItemInput(Schema):
    """A variant that is to go out with the others."""

    article = fields.UUID(required=True)
    locale = Locale(required=True)


class NewRelease(Schema):
    """Variants that are to go out together; `gate`: the editions in which all of them must be approved first."""

    title = Text(300, required=True)
    note = Text(2000, empty=True, multiline=True)
    gate = fields.List(Locale(), validate=at_most(ITEMS_MOST))
    items = fields.List(fields.Nested(ReleaseItemInput), required=True, validate=FromOneTo(ITEMS_MOST))


class ReleasePlan(Schema):
    """When a release goes out; a local time is read on the clock of each edition; null cancels."""

    publish_at = PublicationTime(required=True)


class LocalTimeBody(Shown):
    """A time on the wall clock of each edition."""

    local = fields.String()
    fold = fields.Integer()


class ReleaseRowBody(Shown):
    """A release without its texts: `publish_at` or `local` is its plan, `refusal` the code for which one was
    given up."""

    id = fields.UUID(attribute="release.id")
    title = fields.String(attribute="release.title")
    note = fields.String(attribute="release.note")
    gate = fields.List(fields.String(), attribute="release.gate")
    state = Choice(*ReleaseState, attribute="release.state")
    refusal = fields.String(attribute="release.refusal", allow_none=True)
    publish_at = Instant(attribute="release.at", allow_none=True)
    local = fields.Nested(LocalTimeBody, allow_none=True)
    published_at = Instant(attribute="release.published_at", allow_none=True)
    created_at = Instant(attribute="release.created_at")
    locales = fields.List(fields.String())
    count = fields.Integer()


class ReleaseItemBody(Shown):
    """A text of a release and where it stands; null is what the asker may not read of a draft.

    `ready`: nothing is in the way of its going out; `hindrance` says what is. `published_at`: when it went out with
    the release, and `published_revision` as what.
    """

    article = fields.UUID(attribute="variant.article_id")
    variant = fields.UUID(attribute="variant.id")
    locale = fields.String(attribute="variant.locale")
    title = fields.String(allow_none=True)
    stage = Choice(*Stage, allow_none=True)
    visibility = Choice(*Visibility, allow_none=True)
    revision = fields.Integer(allow_none=True)
    ready = fields.Boolean()
    hindrance = Choice(*Hindrance, allow_none=True)
    publish_at = Instant(attribute="item.publish_at", allow_none=True)
    published_at = Instant(attribute="item.published_at", allow_none=True)
    published_revision = fields.Integer(attribute="item.revision", allow_none=True)


class ReleaseBody(ReleaseRowBody):
    """A release with its texts, in its own order."""

    items = fields.List(fields.Nested(ReleaseItemBody))
