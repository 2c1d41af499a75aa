"""Links by mail: invitations, and ways back for who forgot her password.

    invite_user ─┐                                  ┌─▶ a link row, and the mail with the link
    ask_reset ───┴─▶ a letter in the outbox ─▶ worker ─▶ or nothing: nobody has the address, she is disabled …
    accept_invitation, reset_password ─▶ the password, once; every other link, session and token of hers ends

No secret lies anywhere but in the mail: the outbox and the link row have an id, from which the key of
the house makes the link's 256 bits; what comes back is found by a keyed digest of it. Asking costs the same
statements whoever has the address, because the worker alone looks her up.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, select

from nejat_cms import mail
from nejat_cms.accounts import rules
from nejat_cms.accounts.actions.attempts import ANY, account_mark, address_mark, tally_of
from nejat_cms.accounts.actions.passwords import put_password
from nejat_cms.accounts.actions.tokens import end_links, locked_user
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.actions.users import check_password, create_user, update_user
from nejat_cms.accounts.models import PasswordLink, User
from nejat_cms.accounts.queries import find_link
from nejat_cms.db import affected, atomic, db, end_reading, lock, new_id, utc_now
from nejat_cms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    MailOffError,
    Problem,
    TooManyAttemptsError,
    pointer,
)
from nejat_cms.events import every
from nejat_cms.mail import Mail
from nejat_cms.permissions import Actor, Permission, require

INVITATION, RESET = "invitation", "reset"
INVITED, FORGOTTEN = "accounts.invitation", "accounts.reset"
QUEUE_FULL = 60
"""Seconds after which to ask again when too much mail waits."""


# Asking ---------------------------------------------------------------------------------------


def take_on(actor: Actor, *, password: str | None = None, **of_her: Any) -> User:
    """Let somebody work here as `create_user` does, and invite her unless she is given a password.

    Where this house sends no mail she is not invited: its operator can give her a link.

    Raises: ForbiddenError, InvalidError, ConflictError; TooManyAttemptsError while too much mail waits.
    """
    if password is not None:
        return create_user(actor, password=password, **of_her)
    return _create_invited(actor, **of_her)


@atomic
def _create_invited(actor: Actor, **of_her: Any) -> User:
    user = create_user(actor, **of_her)
    if mail.is_on():
        _send_invitation(user)
    return user


@atomic
def change_user(actor: Actor, user_id: UUID, *, version: int | None, **of_her: Any) -> User:
    """Change what is said of a user as `update_user` does; who has no password yet is invited at her new address.

    What was sent to the former one, or waits to be, is worth nothing: she would wait for it in vain.

    Raises: ForbiddenError, NotFoundError, StaleVersionError, InvalidError, ConflictError; TooManyAttemptsError
    while too much mail waits.
    """
    former = db.session.scalar(select(User.email).where(User.id == user_id))
    user = update_user(actor, user_id, version=version, **of_her)
    if user.email != former and not user.disabled and user.password_hash is None and mail.is_on():
        _send_invitation(user)
        record(actor, "user.invite", "user", user_id)
    return user


def _send_invitation(user: User) -> None:
    content = {"user": str(user.id), "asked_at": utc_now().isoformat()}
    if not mail.send_letter(INVITED, account_mark(user.email_key), **content):
        raise TooManyAttemptsError(retry_after=QUEUE_FULL)


@atomic
def invite_user(actor: Actor, user_id: UUID) -> None:
    """Send a user who has no password yet a link by which she chooses one; the links sent before are worth nothing.

    Raises: ForbiddenError, NotFoundError, ConflictError, MailOffError; TooManyAttemptsError while too much mail waits.
    """
    require(actor, Permission.MANAGE_USERS)
    if not mail.is_on():
        raise MailOffError
    user = _invitable(user_id)
    end_links(user_id)
    _send_invitation(user)
    record(actor, "user.invite", "user", user_id)


@atomic
def make_invitation(actor: Actor, user_id: UUID) -> str:
    """The program's own way to an invitation: its link, for an operator who has no mail server.

    For the command line alone: no administrator sees the way to somebody else's account.

    Raises: ForbiddenError, NotFoundError, ConflictError.
    """
    if actor.user_id is not None:
        raise ForbiddenError
    require(actor, Permission.MANAGE_USERS)
    user = _invitable(user_id)
    end_links(user_id)
    name = new_id()
    _keep_link(name, user, INVITATION, utc_now())
    record(actor, "user.invite", "user", user_id)
    return _address(name, INVITATION)


def _invitable(user_id: UUID) -> User:
    user = locked_user(user_id)
    if user.disabled or user.password_hash is not None:
        raise ConflictError(_("Only users who are not disabled and have no password yet can be invited."))
    return user


@atomic
def ask_reset(email: str, *, address: str | None) -> None:
    """Have a link sent to who forgot her password, if there is somebody with this address who has one.

    The same statements and the same answer whoever it is. In fifteen minutes a client may ask twenty
    times; for one account five mails are sent, and more requests are answered like those.

    Raises: MailOffError, TooManyAttemptsError.
    """
    if not mail.is_on():
        raise MailOffError
    key, now = rules.email_key(email), utc_now()
    account = account_mark(key)
    of_account = tally_of(rules.mark(current_app.config["SECRET_KEY"], FORGOTTEN, key), ANY, now)
    of_address = tally_of(ANY, rules.mark(current_app.config["SECRET_KEY"], FORGOTTEN, address_mark(address)), now)
    wait = rules.seconds_to_wait(of_address.failures, of_address.since, rules.RESETS_PER_ADDRESS, now)
    if wait:
        raise TooManyAttemptsError(retry_after=wait)
    for tally in (of_account, of_address):
        if rules.window_is_over(tally.since, now):
            tally.failures, tally.since = 0, now
        tally.failures += 1
    if of_account.failures <= rules.RESETS_PER_ACCOUNT:
        mail.send_letter(FORGOTTEN, account, key=key, asked_at=now.isoformat())


# Writing --------------------------------------------------------------------------------------


@mail.letter(INVITED)
def _write_invitation(name: UUID, content: dict[str, Any]) -> Mail | None:
    wanted = _linked(name, User.id == UUID(content["user"]), INVITATION, datetime.fromisoformat(content["asked_at"]))
    if wanted is None:
        return None
    with force_locale(wanted.locale):
        return _letter(
            wanted,
            _("Your invitation to the newsroom"),
            _("You have been invited to work in the newsroom. Choose a password here:"),
            _address(name, INVITATION),
            _("The link is good for three days, and only once. If you do not know what this is about, do nothing."),
        )


@mail.letter(FORGOTTEN)
def _write_reset(name: UUID, content: dict[str, Any]) -> Mail | None:
    wanted = _linked(name, User.email_key == content["key"], RESET, datetime.fromisoformat(content["asked_at"]))
    if wanted is None:
        return None
    with force_locale(wanted.locale):
        return _letter(
            wanted,
            _("A new password for the newsroom"),
            _("Somebody asked for a new password for your account. If it was you, choose one here:"),
            _address(name, RESET),
            _("The link is good for one hour, and only once. If it was not you, do nothing: your password stays."),
        )


def _letter(user: User, subject: Any, *paragraphs: Any) -> Mail:
    text = "\n\n".join(str(paragraph) for paragraph in paragraphs)
    return Mail(user.email, str(subject), f"{text}\n", user.locale)


def _address(name: UUID, purpose: str) -> str:
    """Behind `#`, which browsers send to no server: the secret is in no log of the newsroom's site."""
    settings = current_app.config["SETTINGS"]
    return f"{settings.newsroom_url or settings.base_url}/{purpose}#{_secret(name)}"


def _secret(name: UUID) -> str:
    return rules.link_secret(current_app.config["SECRET_KEY"], name)


def _linked(name: UUID, whose: Any, purpose: str, asked_at: datetime) -> User | None:
    """The user to whom a link of this name is to be sent, and its row; None where it would lead nowhere.

    Asked again, it is the same link, and one that has ended does not come back.
    """

    @atomic
    def run() -> User | None:
        found = db.session.scalar(select(User).where(whose))
        user = None if found is None else lock(User, found.id)
        if user is None or user.disabled or (user.password_hash is None) is (purpose == RESET):
            return None
        if user.password_at is not None and user.password_at > asked_at:
            return None
        link = lock(PasswordLink, name)
        if link is None and not _is_overtaken(name, user, purpose):
            link = _keep_link(name, user, purpose, asked_at)
        return user if link is not None and _is_open(link, user) else None

    user = run()
    if user is not None:
        db.session.expunge(user)
    end_reading()
    return user


def _is_overtaken(name: UUID, user: User, purpose: str) -> bool:
    """Whether a later invitation was made already; of several ways back each is good until one was gone."""
    later = exists().where(PasswordLink.user_id == user.id, PasswordLink.purpose == INVITATION, PasswordLink.id > name)
    return purpose == INVITATION and bool(db.session.scalar(select(later)))


def _keep_link(name: UUID, user: User, purpose: str, asked_at: datetime) -> PasswordLink:
    if purpose == INVITATION:
        end_links(user.id)
    link = PasswordLink(
        id=name,
        user_id=user.id,
        purpose=purpose,
        digest=_digest(_secret(name)),
        seal=_seal(user),
        expires_at=asked_at + rules.LINK_LIFETIMES[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link


def _digest(secret: str) -> str:
    return rules.mark(current_app.config["SECRET_KEY"], "link", secret)


def _seal(user: User) -> str:
    """Stands for the password she has: a link made before another was set opens nothing."""
    return rules.mark(current_app.config["SECRET_KEY"], "seal", user.password_hash or "")


def _is_open(link: PasswordLink, user: User) -> bool:
    return link.ended_at is None and link.expires_at > utc_now() and link.seal == _seal(user) and not user.disabled


# Following ------------------------------------------------------------------------------------


def accept_invitation(token: str, password: str) -> None:
    """Choose the first password, by a link that was sent.

    Raises: InvalidError; of a link that is unknown, used, too old, or somebody else's in the meantime, the same.
    """
    _follow(INVITATION, token, password)


def reset_password(token: str, password: str) -> None:
    """Choose another password, by a link that was sent; all her sessions, API tokens and other links end.

    Raises: InvalidError, as `accept_invitation` does.
    """
    _follow(RESET, token, password)


def _follow(purpose: str, token: str, password: str) -> None:
    check_password(password, pointer("password"))
    digest = _digest(token)
    if find_link(digest, purpose) is None:
        raise _dead()  # nobody has a password hashed for her without a link
    _choose_password(purpose, digest, rules.hash_password(password))


@atomic
def _choose_password(purpose: str, digest: str, password_hash: str) -> None:
    found = find_link(digest, purpose)
    user = None if found is None else lock(User, found[1])
    link = None if found is None else lock(PasswordLink, found[0])  # after its user, as everywhere
    if user is None or link is None or not _is_open(link, user):
        raise _dead()
    put_password(user, password_hash)
    record(Actor(user.id, user.name, frozenset()), f"auth.{purpose}", "user", user.id)


def _dead() -> InvalidError:
    words = _("This link does not lead anywhere any more. Ask for another one.")
    return InvalidError(Problem("invalid_link", words, pointer("token")))


@every(hours=1)
def forget_old_links() -> None:
    """Remove links that are too old to be used; until then they stay, so that none comes back."""

    @atomic
    def run() -> None:
        affected(delete(PasswordLink).where(PasswordLink.expires_at <= utc_now()))

    run()
