"""Reads of users, tokens and the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select

from nejat_cms.accounts.models import AuditEntry, PasswordLink, Token, User, UserGrant
from nejat_cms.accounts.rules import effective_grants, email_key, grants_from_json, token_digest
from nejat_cms.db import db, end_reading, utc_now
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Grant, Permission, Role, require_reading


def find_actor(token: str) -> Actor | None:
    """Who sends this token; None for one that is unknown or expired, or whose user is disabled.

    One statement, in a reading of its own that is closed before an action begins.
    Her grants are read each time: what was taken from her is gone with the next request.
    """
    query = (
        select(Token.id, Token.narrowed_to, User.id, User.name, UserGrant.role, UserGrant.locale)
        .join(User, User.id == Token.user_id)
        .outerjoin(UserGrant, UserGrant.user_id == User.id)
        .where(Token.digest == token_digest(token), Token.expires_at > utc_now(), User.disabled_at.is_(None))
    )
    with _closed_reading():
        rows = db.session.execute(query).all()
    if not rows:
        return None
    token_id, narrowed_to, user_id, name = rows[0][:4]
    narrowed = None if narrowed_to is None else grants_from_json(narrowed_to)
    return Actor(user_id, name, effective_grants(_grants_in(rows), narrowed), token_id)


def actor_of(user_id: UUID) -> Actor | None:
    """A user with the rights she has now, for what she scheduled; None when she is disabled or was never there."""
    query = (
        select(User.name, UserGrant.role, UserGrant.locale)
        .outerjoin(UserGrant, UserGrant.user_id == User.id)
        .where(User.id == user_id, User.disabled_at.is_(None))
    )
    with _closed_reading():
        rows = db.session.execute(query).all()
    return Actor(user_id, rows[0][0], frozenset(_grants_in(rows))) if rows else None


def find_credentials(key: str) -> tuple[UUID | None, str | None]:
    """The user who signs in with this e-mail key, and her password's hash.

    Somebody disabled is like somebody unknown: both None.
    """
    query = select(User.id, User.password_hash).where(User.email_key == key, User.disabled_at.is_(None))
    with _closed_reading():
        row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else (None, None)


def credentials_of(user_id: UUID) -> tuple[str, str | None]:
    """A user's e-mail key and her password's hash.

    Raises: NotFoundError.
    """
    with _closed_reading():
        row = db.session.execute(select(User.email_key, User.password_hash).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def find_user(email: str) -> User | None:
    """The user with this e-mail address, however it is spelled; a copy that no open reading holds."""
    query = select(User).where(User.email_key == email_key(email))
    with _closed_reading():
        user = db.session.scalar(query)
        if user is not None:
            db.session.expunge(user)
    return user


def get_user(user_id: UUID) -> User:
    """A user, disabled or not.

    Raises: NotFoundError.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFoundError
    return user


def read_user(actor: Actor, user_id: UUID) -> User:
    """A user as an administrator sees her.

    Raises: NotFoundError, also where she may know of none.
    """
    require_reading(actor, Permission.MANAGE_USERS)
    return get_user(user_id)


def list_users(actor: Actor, *, position: Position | None = None, limit: int = 20) -> Page[User]:
    """Everybody who works or worked here, newest first.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.MANAGE_USERS)
    return fetch_page(select(User), User.id, position, limit)


def find_token(token_id: UUID | None) -> Token | None:
    return None if token_id is None else db.session.get(Token, token_id)


def list_tokens(actor: Actor, *, position: Position | None = None, limit: int = 20) -> Page[Token]:
    """The actor's own API tokens that still open the door, newest first; nobody else's."""
    query = select(Token).where(Token.user_id == actor.user_id, Token.kind == "api", Token.expires_at > utc_now())
    return fetch_page(query, Token.id, position, limit)


def list_audit(
    actor: Actor,
    *,
    action: str | None = None,
    by: UUID | None = None,
    position: Position | None = None,
    limit: int = 20,
) -> Page[AuditEntry]:
    """What was done, newest first; `action` and `by` (a user's id) narrow it.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_AUDIT)
    query = select(AuditEntry)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if by is not None:
        query = query.where(AuditEntry.actor_id == by)
    return fetch_page(query, AuditEntry.id, position, limit)


def find_link(digest: str, purpose: str) -> tuple[UUID, UUID] | None:
    """The link with this digest that is not used up, and whose it is; both ids."""
    query = select(PasswordLink.id, PasswordLink.user_id).where(
        PasswordLink.digest == digest,
        PasswordLink.purpose == purpose,
        PasswordLink.ended_at.is_(None),
        PasswordLink.expires_at > utc_now(),
    )
    with _closed_reading():
        row = db.session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def house_admins() -> Select[UUID]:
    """Ids of the users who may manage the whole house, in order."""
    held = exists().where(UserGrant.user_id == User.id, UserGrant.role == Role.ADMIN, UserGrant.locale.is_(None))
    return select(User.id).where(User.disabled_at.is_(None), held).order_by(User.id)


def _grants_in(rows: Any) -> list[Grant]:
    """The grants in the last two columns of an outer join."""
    return grants_from_json({"role": row[-2], "locale": row[-1]} for row in rows)


@contextmanager
def _closed_reading() -> Iterator[None]:
    """A reading that leaves the session as it was found: inside a transaction, a part of it; else closed."""
    mine = not db.session().in_transaction()
    try:
        yield
    finally:
        if mine:
            end_reading()
