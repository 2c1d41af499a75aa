"""API tokens, and the end of all tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, or_, select, update

from nejat_cms.accounts import rules
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.models import LoginTally, PasswordLink, Token, User
from nejat_cms.accounts.queries import find_token
from nejat_cms.db import atomic, db, lock, new_id, utc_now
from nejat_cms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Problem,
    UnauthorizedError,
    at_most_items,
)
from nejat_cms.events import every
from nejat_cms.permissions import Actor, Grant, Permission, require


@atomic
def create_token(
    actor: Actor, *, name: str, grants: Sequence[Grant], expires_at: datetime | None = None
) -> tuple[str, Token]:
    """Make a named API token for the actor herself; returns its text, shown only here, and the token.

    It can do no more than she can with the token she asks with, and a token made
    with an API token ends no later than that one.

    Raises: ForbiddenError, UnauthorizedError, InvalidError, ConflictError.
    """
    if actor.user_id is None:
        raise ForbiddenError
    user = locked_user(actor.user_id)
    asking = find_token(actor.token_id)
    if user.disabled or (actor.token_id is not None and asking is None):
        raise UnauthorizedError  # revoked since the request began
    now = utc_now()
    latest = now + rules.TOKEN_LIFETIME_MAX
    if asking is not None and asking.kind == "api":
        latest = min(latest, asking.expires_at)
    problems = rules.uncovered_grants(actor.grants, grants)
    if expires_at is not None and not now < expires_at <= latest:
        problems.append(
            Problem("out_of_range", _("Must be in the future and no later than this token may last."), "/expires_at")
        )
    if problems:
        raise InvalidError(problems)
    count = db.session.scalar(select(func.count()).where(Token.user_id == user.id, Token.kind == "api"))
    if count is not None and count >= rules.TOKENS_MAX:
        raise ConflictError(at_most_items(rules.TOKENS_MAX))
    expires_at = expires_at or min(latest, now + rules.TOKEN_LIFETIME)
    text, token = issue(user.id, "api", name, grants, expires_at)
    record(actor, "token.create", "token", token.id, name=name, grants=[str(grant) for grant in token.grants or ()])
    return text, token


@atomic
def replace_token(
    actor: Actor, user_id: UUID, name: str, *, grants: Sequence[Grant] | None = None, lifetime: timedelta
) -> tuple[str, Token]:
    """The program's own way to a token: a new one of this name for a user, in place of any that had it.

    Without `grants` it may do whatever its user may. For the command line alone:
    no administrator signs in as somebody else.

    Raises: ForbiddenError, NotFoundError.
    """
    if actor.user_id is not None:
        raise ForbiddenError
    require(actor, Permission.MANAGE_USERS)
    locked_user(user_id)
    db.session.execute(delete(Token).where(Token.user_id == user_id, Token.kind == "api", Token.name == name))
    text, token = issue(user_id, "api", name, grants, utc_now() + lifetime)
    shown = None if grants is None else [str(grant) for grant in token.grants or ()]
    record(actor, "token.create", "token", token.id, name=name, user=str(user_id), grants=shown)
    return text, token


@atomic
def delete_token(actor: Actor, token_id: UUID) -> None:
    """Revoke one of her own API tokens.

    Raises: NotFoundError, for somebody else's too.
    """
    token = lock(Token, token_id)
    if token is None or token.user_id != actor.user_id or token.kind != "api":
        raise NotFoundError
    db.session.delete(token)
    record(actor, "token.delete", "token", token_id, name=token.name)


@every(hours=1)
def forget_expired() -> None:
    """Remove tokens that no longer open anything, and attempts that no longer count."""

    @atomic
    def run() -> None:
        now = utc_now()
        db.session.execute(delete(Token).where(Token.expires_at <= now))
        unknown = or_(LoginTally.known_until.is_(None), LoginTally.known_until <= now)
        db.session.execute(delete(LoginTally).where(LoginTally.since <= now - rules.ATTEMPT_WINDOW, unknown))

    run()


def issue(
    user_id: UUID, kind: str, name: str, grants: Sequence[Grant] | None, expires_at: datetime
) -> tuple[str, Token]:
    text = rules.new_token()
    token = Token(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        name=name,
        digest=rules.token_digest(text),
        narrowed_to=None if grants is None else rules.grants_as_json(grants),
        expires_at=expires_at,
    )
    db.session.add(token)
    db.session.flush()
    return text, token


def revoke_all(user_id: UUID) -> None:
    db.session.execute(delete(Token).where(Token.user_id == user_id))


def end_links(user_id: UUID) -> None:
    """Make every link that was sent to a user worth nothing."""
    open_ones = update(PasswordLink).where(PasswordLink.user_id == user_id, PasswordLink.ended_at.is_(None))
    db.session.execute(open_ones.values(ended_at=utc_now()))


def locked_user(user_id: UUID) -> User:
    user = lock(User, user_id)
    if user is None:
        raise NotFoundError
    return user
