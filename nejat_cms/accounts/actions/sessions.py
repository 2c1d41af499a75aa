"""Signing in and out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete

from nejat_cms.accounts import rules
from nejat_cms.accounts.actions.attempts import Attempt, count_attempt, give_back
from nejat_cms.accounts.actions.tokens import issue
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.models import Token, User
from nejat_cms.accounts.queries import find_credentials
from nejat_cms.db import atomic, db, lock, utc_now
from nejat_cms.errors import (
    CredentialsError,
)
from nejat_cms.permissions import Actor


def log_in(email: str, password: str, *, address: str | None) -> tuple[str, datetime]:
    """Open a session of twelve hours; returns its token, shown only here, and when it ends.

    Somebody unknown, disabled or without a password costs the same statements and the
    same hash as a wrong password, and gets the same answer.

    Failures are counted in the database, before the password is looked at, so that neither a
    second process nor guesses at the same instant get more of them. In fifteen minutes: ten for
    an account, fifty for a client address, of whatever accounts. Success gives back what it took.
    So that a stranger who keeps guessing cannot keep the owner out, an address from which she
    signed in within the last thirty days has ten of its own for her account, and does not look
    at the strangers'. Somewhere new she waits like a stranger, or has her password set anew.

    Raises: TooManyAttemptsError, CredentialsError.
    """
    key = rules.email_key(email)
    attempt = count_attempt(key, address)
    user_id, stored = find_credentials(key)
    if not rules.verify_password(stored, password) or user_id is None:
        raise CredentialsError
    return _begin_session(user_id, stored, attempt)


@atomic
def _begin_session(user_id: UUID, seen_hash: str | None, attempt: Attempt) -> tuple[str, datetime]:
    user = lock(User, user_id)
    if user is None or user.disabled or user.password_hash != seen_hash:
        raise CredentialsError  # disabled or given another password while this one was verified
    give_back(attempt)
    text, token = issue(user_id, "session", "", None, utc_now() + rules.SESSION_LIFETIME)
    record(Actor(user.id, user.name, frozenset(), token.id), "auth.login", "user", user.id)
    return text, token.expires_at


@atomic
def log_out(actor: Actor) -> None:
    """End the session, or revoke the API token, with which this was asked."""
    db.session.execute(delete(Token).where(Token.id == actor.token_id))
    record(actor, "auth.logout", "user", actor.user_id)


@atomic
def log_out_everywhere(actor: Actor) -> None:
    """End all of her sessions, this one too. API tokens stay: they are revoked one by one, or with the password."""
    db.session.execute(delete(Token).where(Token.user_id == actor.user_id, Token.kind == "session"))
    record(actor, "auth.logout_everywhere", "user", actor.user_id)
