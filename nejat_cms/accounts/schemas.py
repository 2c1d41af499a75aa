"""Shapes of users, tokens and the audit trail."""

from typing import Any, ClassVar

from marshmallow import fields, post_load

from nejat_cms.accounts.rules import EMAIL_MAX, GRANTS_MAX, NAME_MAX, PASSWORD_MAX, TOKEN_NAME_MAX
from nejat_cms.http.problems import INTERFACE_LOCALES
from nejat_cms.http.schemas import WORDS, Choice, Flag, Instant, Locale, Schema, Text, at_most, too_long
from nejat_cms.permissions import Grant, Role


class Verbatim(fields.Field[str]):
    """Text exactly as it was typed: for what is compared and never shown."""

    def __init__(self, limit: int, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": limit}, **kwargs)
        self.limit = limit

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("type")
        if len(value) > self.limit:
            raise too_long(self.limit)
        return value

    default_error_messages: ClassVar[dict[str, Any]] = {"type": WORDS["type"]}  # type: ignore[misc]


LINK_MAX = 100


class GrantShape(Schema):
    """A role, in one locale or (null) in all of them."""

    role = Choice(*Role, required=True)
    locale = Locale(required=True, allow_none=True)

    @post_load
    def as_grant(self, data: dict[str, Any], **kwargs: Any) -> Grant:
        return Grant(Role(data["role"]), data["locale"])


class Credentials(Schema):
    """What a user signs in with."""

    email = Verbatim(EMAIL_MAX, required=True)
    password = Verbatim(PASSWORD_MAX, required=True, load_only=True)


class Session(Schema):
    """A token that opens the door until it expires; shown this once."""

    token = fields.String(required=True)
    expires_at = Instant(required=True)


class PasswordChange(Schema):
    """The present password, and the one to come."""

    current = Verbatim(PASSWORD_MAX, required=True, load_only=True)
    new = Verbatim(PASSWORD_MAX, required=True, load_only=True)


class Forgetful(Schema):
    """Who forgot her password."""

    email = Verbatim(EMAIL_MAX, required=True)


class LinkFollowed(Schema):
    """What stands behind the `#` of a link that was sent by mail, and the password to come."""

    token = Verbatim(LINK_MAX, required=True, load_only=True)
    password = Verbatim(PASSWORD_MAX, required=True, load_only=True)


class Accepted(Schema):
    """It was heard; whether anything came of it is told by mail alone."""

    accepted = Flag(required=True)


class TokenInfo(Schema):
    """The token with which this was asked."""

    id = fields.UUID(required=True)
    kind = Choice("session", "api", required=True)
    name = fields.String(required=True)
    expires_at = Instant(required=True)


class Me(Schema):
    """Who is asking, and what this token lets her do."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    locale = Choice(*INTERFACE_LOCALES, required=True)
    grants = fields.List(fields.Nested(GrantShape), required=True)
    token = fields.Nested(TokenInfo, required=True, allow_none=True)


class NewToken(Schema):
    """A named API token to be made; its grants may not exceed those of who asks."""

    name = Text(TOKEN_NAME_MAX, required=True)
    grants = fields.List(fields.Nested(GrantShape), required=True, validate=at_most(GRANTS_MAX))
    expires_at = Instant()


class TokenShape(Schema):
    """A named API token; `grants` null: all that its user has."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    grants = fields.List(fields.Nested(GrantShape), required=True, allow_none=True)
    created_at = Instant(required=True)
    expires_at = Instant(required=True)


class FreshToken(TokenShape):
    """A token just made: the only time its text is shown."""

    token = fields.String(required=True)


class NewUser(Schema):
    """Somebody who is to work here."""

    email = Text(EMAIL_MAX, required=True)
    name = Text(NAME_MAX, required=True)
    locale = Choice(*INTERFACE_LOCALES)
    password = Verbatim(PASSWORD_MAX, load_only=True)
    grants = fields.List(fields.Nested(GrantShape), validate=at_most(GRANTS_MAX))


class UserChange(Schema):
    """What may be changed of a user; what is left out stays."""

    email = Text(EMAIL_MAX)
    name = Text(NAME_MAX)
    locale = Choice(*INTERFACE_LOCALES)
    disabled = Flag()


class UserShape(Schema):
    """Somebody who works here."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    locale = Choice(*INTERFACE_LOCALES, required=True)
    disabled = Flag(required=True)
    has_password = Flag(required=True)
    grants = fields.List(fields.Nested(GrantShape), required=True)
    created_at = Instant(required=True)
    updated_at = Instant(required=True)


class Grants(Schema):
    """All that one user may do."""

    grants = fields.List(fields.Nested(GrantShape), required=True, validate=at_most(GRANTS_MAX))


class AuditShape(Schema):
    """One thing that somebody did; without `actor_id` it was the program itself."""

    id = fields.UUID(required=True)
    at = Instant(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    actor_name = fields.String(required=True)
    token_id = fields.UUID(required=True, allow_none=True)
    action = fields.String(required=True)
    subject_type = fields.String(required=True)
    subject_id = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True)
