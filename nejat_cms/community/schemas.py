"""Shapes of comments and messages, as they come from readers and as moderators see them."""

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields

from nejat_cms.community.rules import (
    NAME_MAX,
    SUBJECT_MAX,
    TEXT_MAX,
    WORD_MAX,
    WORDS_MAX,
    CommentStatus,
    MessageStatus,
)
from nejat_cms.editions.schemas import EmailAddress
from nejat_cms.http.schemas import Choice, Instant, Schema, Shown, Text, at_most, fail

FORM_MAX = 200
LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


class Line(Text):
    """A text on one line. A line break in it is no slip: it is refused."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and not LINE_BREAKS.isdisjoint(value):
            raise fail("characters", _("Must be on one line."))
        return super()._deserialize(value, attr, data, **kwargs)


# From readers ---------------------------------------------------------------------------------


class NewComment(Schema):
    """A comment, with the form that its text handed out. Plain text: nothing in it is HTML."""

    name = Line(NAME_MAX, required=True)
    email = EmailAddress(required=True)
    text = Text(TEXT_MAX, multiline=True, required=True)
    parent = fields.UUID(allow_none=True)
    form = Text(FORM_MAX, required=True)


class NewMessage(Schema):
    """A message to an edition, with the form that it handed out."""

    name = Line(NAME_MAX, required=True)
    email = EmailAddress(required=True)
    subject = Line(SUBJECT_MAX, required=True)
    text = Text(TEXT_MAX, multiline=True, required=True)
    form = Text(FORM_MAX, required=True)


# To readers -----------------------------------------------------------------------------------


class PublicComment(Schema):
    """An approved comment and the answers to it. Without `name` and `text` it is one that is not there any more.

    `name` and `text` are plain text; whoever shows them as HTML escapes them.
    """

    id = fields.String(required=True, metadata={"format": "uuid"})
    name = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    children = fields.List(fields.Nested("PublicComment"), required=True)


class ContactPage(Schema):
    """The edition that can be written to."""

    locale = fields.String(required=True)


class Thanks(Schema):
    """That something was received, in the reader's language."""

    message = fields.String(required=True)


# To moderators --------------------------------------------------------------------------------


class ManagedComment(Shown):
    """A comment as moderators see it. `held_for`: why it was held as spam when it came."""

    id = fields.UUID()
    article = fields.UUID(attribute="variant.article_id")
    variant = fields.UUID(attribute="variant_id")
    locale = fields.String()
    parent = fields.UUID(attribute="parent_id", allow_none=True)
    status = Choice(*(status for status in CommentStatus if status is not CommentStatus.REMOVED))
    held_for = fields.List(Choice("links", "blocked_words", "repeated"))
    name = fields.String()
    email = fields.String()
    text = fields.String()
    at = Instant(attribute="sent_at")
    updated_at = Instant()


class ManagedMessage(Shown):
    """A message as moderators see it. `held_for`: why it was held as spam when it came."""

    id = fields.UUID()
    locale = fields.String()
    status = Choice(*MessageStatus)
    held_for = fields.List(Choice("links", "blocked_words", "repeated"))
    name = fields.String()
    email = fields.String()
    subject = fields.String()
    text = fields.String()
    at = Instant(attribute="sent_at")
    updated_at = Instant()


class BlockedWordsBody(Schema):
    """Words for which what readers send is held as spam, in whatever spelling; several words are found together."""

    words = fields.List(Line(WORD_MAX), required=True, validate=at_most(WORDS_MAX))


# Of one person --------------------------------------------------------------------------------


class PersonalAddress(Schema):
    """Whose data it is about."""

    email = EmailAddress(required=True)


class PersonalDataBody(Shown):
    """All that is kept of one address."""

    comments = fields.List(fields.Nested(ManagedComment))
    messages = fields.List(fields.Nested(ManagedMessage))


class ErasedBody(Shown):
    """How much was erased."""

    comments = fields.Integer()
    messages = fields.Integer()
