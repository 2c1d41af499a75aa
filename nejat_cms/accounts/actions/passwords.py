"""Changing passwords, and what ends with them."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete

from nejat_cms.accounts import rules
from nejat_cms.accounts.actions.attempts import Attempt, account_mark, count_attempt, give_back
from nejat_cms.accounts.actions.tokens import end_links, locked_user, revoke_all
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.actions.users import check_password
from nejat_cms.accounts.models import LoginTally, Token, User
from nejat_cms.accounts.queries import credentials_of
from nejat_cms.db import atomic, db, lock, utc_now
from nejat_cms.errors import (
    ForbiddenError,
    InvalidError,
    Problem,
    UnauthorizedError,
    pointer,
)
from nejat_cms.permissions import Actor, Permission, require


def change_password(actor: Actor, *, current: str, new: str, address: str | None) -> None:
    """Give herself another password; every other session and every API token of hers ends.

    A wrong present password counts like one at sign-in.

    Raises: ForbiddenError, InvalidError, TooManyAttemptsError.
    """
    if actor.user_id is None:
        raise ForbiddenError
    check_password(new, pointer("new"))
    key, stored = credentials_of(actor.user_id)
    attempt = count_attempt(key, address)
    if not rules.verify_password(stored, current):
        raise InvalidError(Problem("wrong_password", _("This is not the present password."), pointer("current")))
    _exchange_password(actor, actor.user_id, stored, rules.hash_password(new), attempt)


@atomic
def _exchange_password(actor: Actor, user_id: UUID, seen_hash: str | None, new_hash: str, attempt: Attempt) -> None:
    user = lock(User, user_id)
    if user is None or user.disabled or user.password_hash != seen_hash:
        raise UnauthorizedError
    user.password_hash, user.password_at = new_hash, utc_now()
    end_links(user_id)
    give_back(attempt)
    db.session.execute(delete(Token).where(Token.user_id == user_id, Token.id != actor.token_id))
    record(actor, "auth.password", "user", user_id)


def set_password(actor: Actor, user_id: UUID, password: str) -> None:
    """Give a user another password without knowing hers; all her sessions and API tokens end.

    Failed attempts at her account are forgotten, so that she can sign in from anywhere.

    Raises: ForbiddenError, NotFoundError, InvalidError.
    """
    require(actor, Permission.MANAGE_USERS)
    check_password(password, pointer("password"))
    _put_password(actor, user_id, rules.hash_password(password))


@atomic
def _put_password(actor: Actor, user_id: UUID, password_hash: str) -> None:
    put_password(locked_user(user_id), password_hash)
    record(actor, "user.password", "user", user_id)


def put_password(user: User, password_hash: str) -> None:
    """Give a locked user this password, and end whatever opened her door before; inside an action."""
    user.password_hash, user.password_at = password_hash, utc_now()
    end_links(user.id)
    revoke_all(user.id)
    db.session.execute(delete(LoginTally).where(LoginTally.account == account_mark(user.email_key)))
