"""`/v1/auth/…`, `/v1/manage/tokens`, `/v1/manage/users`, `/v1/manage/audit`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _

from nejat_cms import mail
from nejat_cms.accounts import actions, queries
from nejat_cms.accounts.models import User
from nejat_cms.accounts.schemas import (
    Accepted,
    AuditShape,
    Credentials,
    Forgetful,
    FreshToken,
    Grants,
    LinkFollowed,
    Me,
    NewToken,
    NewUser,
    PasswordChange,
    Session,
    TokenShape,
    UserChange,
    UserShape,
)
from nejat_cms.errors import (
    ConflictError,
    CredentialsError,
    ForbiddenError,
    MailOffError,
    NotFoundError,
    TooManyAttemptsError,
    UnauthorizedError,
)
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT, BadValueError, Param, plain
from nejat_cms.http.routing import Answer, Call, Routes
from nejat_cms.permissions import Permission, may

routes = Routes("Accounts", signed_in=True)


def _identifier(text: str) -> UUID:
    try:
        return UUID(plain(text))
    except ValueError as error:
        raise BadValueError("invalid", _("Must be a UUID.")) from error


def _page_of(call: Call) -> Mapping[str, Any]:
    return {"position": read_cursor_param(call.query["cursor"]), "limit": call.query["limit"]}


# Signing in and out


@routes.post(
    "/auth/login",
    body=Credentials,
    answer=Session,
    signed_in=False,
    errors=[CredentialsError, TooManyAttemptsError],
)
def log_in(call: Call) -> Answer:
    """Sign in with e-mail address and password.

    The token goes into the `Authorization` header of every other request, as `Bearer …`.
    """
    token, expires_at = actions.log_in(**call.body, address=request.remote_addr)
    return Answer(Session().dump({"token": token, "expires_at": expires_at}))


@routes.post("/auth/logout", status=204, idempotent=False)
def log_out(call: Call) -> Answer:
    """Sign out: the token of this very request is worth nothing from now on."""
    actions.log_out(call.actor)
    return Answer(None)


@routes.post("/auth/logout-everywhere", status=204, idempotent=False)
def log_out_everywhere(call: Call) -> Answer:
    """Sign out on every device. API tokens stay."""
    actions.log_out_everywhere(call.actor)
    return Answer(None)


@routes.post(
    "/auth/password",
    body=PasswordChange,
    status=204,
    idempotent=False,
    errors=[TooManyAttemptsError],
)
def change_password(call: Call) -> Answer:
    """Change one's own password.

    12 to 256 characters. Every other session and every API token ends; the token of this request stays.
    """
    actions.change_password(call.actor, **call.body, address=request.remote_addr)
    return Answer(None)


@routes.get("/auth/me", answer=Me)
def get_me(call: Call) -> Answer:
    """Who am I, and what may I do with this token?"""
    if call.actor.user_id is None:
        raise UnauthorizedError
    user = queries.get_user(call.actor.user_id)
    shown = {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "locale": user.locale,
        "grants": sorted(call.actor.grants, key=str),
        "token": queries.find_token(call.actor.token_id),
    }
    return Answer(Me().dump(shown))


# Links by mail


@routes.post(
    "/auth/forgotten",
    body=Forgetful,
    answer=Accepted,
    status=202,
    signed_in=False,
    errors=[MailOffError, TooManyAttemptsError],
)
def ask_reset(call: Call) -> Answer:
    """Have a link sent with which to choose another password.

    The answer is the same whether or not somebody has this address. The link leads to the newsroom's own site, to
    `/reset#…`; what stands behind the `#` goes to `/v1/auth/reset`. It is good for an hour, and once.
    In fifteen minutes a client may ask twenty times, and five mails are sent to one address.
    """
    actions.ask_reset(**call.body, address=request.remote_addr)
    return Answer(Accepted().dump({"accepted": True}))


@routes.post("/auth/reset", body=LinkFollowed, status=204, signed_in=False)
def reset_password(call: Call) -> Answer:
    """Choose another password by a link that was sent.

    Every session, every API token and every other link of hers ends. Of a link that is unknown, too old or
    used, the answer is the same.
    """
    actions.reset_password(**call.body)
    return Answer(None)


@routes.post("/auth/invitation", body=LinkFollowed, status=204, signed_in=False)
def accept_invitation(call: Call) -> Answer:
    """Choose the first password by the link of an invitation.

    It leads to the newsroom's own site, to `/invitation#…`, and is good for three days, and once.
    """
    actions.accept_invitation(**call.body)
    return Answer(None)


# Tokens


@routes.get("/manage/tokens", answer=TokenShape, many=True, query=[LIMIT, CURSOR])
def list_tokens(call: Call) -> Answer:
    """One's own API tokens, newest first. Their texts are shown once, when they are made."""
    page = queries.list_tokens(call.actor, **_page_of(call))
    return Answer(TokenShape(many=True).dump(page.rows), links=page_links(page))


@routes.post(
    "/manage/tokens",
    body=NewToken,
    answer=FreshToken,
    status=201,
    idempotent=False,
    errors=[ConflictError],
)
def create_token(call: Call) -> Answer:
    """Make an API token for a tool: with a name, some of one's own rights, and an end.

    It ends after 90 days, or at `expires_at`, a year ahead at most. It never outlives an API token
    that it was made with, and it loses what its user loses.
    """
    text, token = actions.create_token(call.actor, **call.body)
    return Answer(TokenShape().dump(token) | {"token": text}, location=f"/v1/manage/tokens/{token.id}")


@routes.delete("/manage/tokens/<uuid:token_id>", match="none", errors=[NotFoundError])
def delete_token(call: Call, token_id: UUID) -> Answer:
    """Revoke one of one's own API tokens, from this moment."""
    actions.delete_token(call.actor, token_id)
    return Answer(None)


# Users


NOT_INVITED = _(
    "This user has no password, and this house sends no mail: its operator can give out a link or a password."
)


def _answer(call: Call, user: User, **options: Any) -> Answer:
    stranded = not (user.has_password or user.disabled or mail.is_on())
    warnings = [{"code": "mail_off", "detail": str(NOT_INVITED)}] if stranded else []
    permissions = [Permission.MANAGE_USERS] if may(call.actor, Permission.MANAGE_USERS) else []
    return Answer(
        UserShape().dump(user),
        meta={"permissions": permissions} | ({"warnings": warnings} if warnings else {}),
        version=user.stamp,
        **options,
    )


@routes.get("/manage/users", answer=UserShape, many=True, query=[LIMIT, CURSOR], errors=[ForbiddenError])
def list_users(call: Call) -> Answer:
    """Everybody who works or worked here, newest first."""
    page = queries.list_users(call.actor, **_page_of(call))
    return Answer(UserShape(many=True).dump(page.rows), links=page_links(page))


@routes.post(
    "/manage/users",
    body=NewUser,
    answer=UserShape,
    status=201,
    errors=[ForbiddenError, ConflictError, TooManyAttemptsError],
)
def create_user(call: Call) -> Answer:
    """Let somebody work here.

    Without a password she is sent an invitation, in the language that `locale` names. Where this house sends no mail
    a warning says so, and she cannot sign in until the operator gives her a link or a password.
    """
    user = actions.take_on(call.actor, **call.body)
    return _answer(call, user, location=f"/v1/manage/users/{user.id}")


@routes.post(
    "/manage/users/<uuid:user_id>/invite",
    answer=Accepted,
    status=202,
    errors=[ForbiddenError, NotFoundError, ConflictError, MailOffError, TooManyAttemptsError],
)
def invite_user(call: Call, user_id: UUID) -> Answer:
    """Send an invitation again to somebody who has no password yet. The link sent before is worth nothing."""
    actions.invite_user(call.actor, user_id)
    return Answer(Accepted().dump({"accepted": True}))


@routes.get("/manage/users/<uuid:user_id>", answer=UserShape, errors=[ForbiddenError, NotFoundError])
def get_user(call: Call, user_id: UUID) -> Answer:
    """One user."""
    return _answer(call, queries.read_user(call.actor, user_id))


@routes.patch(
    "/manage/users/<uuid:user_id>",
    body=UserChange,
    answer=UserShape,
    reader="get_user",
    errors=[ForbiddenError, NotFoundError, ConflictError, TooManyAttemptsError],
)
def update_user(call: Call, user_id: UUID) -> Answer:
    """Change a user's name or address, disable her or let her in again.

    Who is disabled loses every session and every API token at once. Who has no password yet is invited again
    when her address changes: the invitation to the former one is worth nothing.
    """
    return _answer(call, actions.change_user(call.actor, user_id, version=call.version, **call.body))


def _grants_answer(user: User) -> Answer:
    return Answer(Grants().dump(user), version=user.stamp)


@routes.get("/manage/users/<uuid:user_id>/grants", answer=Grants, errors=[ForbiddenError, NotFoundError])
def get_grants(call: Call, user_id: UUID) -> Answer:
    """What one user may do."""
    return _grants_answer(queries.read_user(call.actor, user_id))


@routes.put(
    "/manage/users/<uuid:user_id>/grants",
    body=Grants,
    answer=Grants,
    reader="get_grants",
    errors=[ForbiddenError, NotFoundError, ConflictError],
)
def set_grants(call: Call, user_id: UUID) -> Answer:
    """Replace what one user may do, from her next request on. The last administrator of the house stays one."""
    return _grants_answer(actions.set_grants(call.actor, user_id, call.body["grants"], version=call.version))


# The audit trail

ACTION = Param("action", plain, {"type": "string"}, "Only this action, such as `user.grants`.")
ACTOR = Param("actor", _identifier, {"type": "string", "format": "uuid"}, "Only what this user did.")


@routes.get(
    "/manage/audit", answer=AuditShape, many=True, query=[ACTION, ACTOR, LIMIT, CURSOR], errors=[ForbiddenError]
)
def list_audit(call: Call) -> Answer:
    """Who did what to what, newest first."""
    page = queries.list_audit(call.actor, action=call.query["action"], by=call.query["actor"], **_page_of(call))
    return Answer(AuditShape(many=True).dump(page.rows), links=page_links(page))
