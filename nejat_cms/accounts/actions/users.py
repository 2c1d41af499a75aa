"""Users and their grants."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from nejat_cms.accounts import rules
from nejat_cms.accounts.actions.tokens import end_links, locked_user, revoke_all
from nejat_cms.accounts.actions.trail import record
from nejat_cms.accounts.models import User, UserGrant
from nejat_cms.accounts.queries import house_admins
from nejat_cms.db import atomic, db, new_id, utc_now
from nejat_cms.errors import (
    ConflictError,
    InvalidError,
    Problem,
    pointer,
)
from nejat_cms.permissions import Actor, Grant, Permission, require


def create_user(
    actor: Actor,
    *,
    email: str,
    name: str,
    locale: str = "en",
    password: str | None = None,
    grants: Iterable[Grant] = (),
) -> User:
    """Let somebody work here. Without a password she has no way in but a token, or an invitation.

    Raises: ForbiddenError, InvalidError, ConflictError.
    """
    require(actor, Permission.MANAGE_USERS)
    if password is not None:
        check_password(password, pointer("password"))
    password_hash = None if password is None else rules.hash_password(password)
    return _add_user(actor, email, name, locale, password_hash, list(grants))


@atomic
def _add_user(actor: Actor, email: str, name: str, locale: str, password_hash: str | None, grants: list[Grant]) -> User:
    key = _free_email_key(email)
    user = User(id=new_id(), email=email, email_key=key, name=name, locale=locale, granted=[])
    user.password_hash, user.password_at = password_hash, utc_now() if password_hash else None
    _put_grants(user, grants)
    db.session.add(user)
    db.session.flush()
    record(actor, "user.create", "user", user.id, grants=[str(grant) for grant in user.grants])
    return user


@atomic
def update_user(
    actor: Actor,
    user_id: UUID,
    *,
    version: int | None,
    email: str | None = None,
    name: str | None = None,
    locale: str | None = None,
    disabled: bool | None = None,
) -> User:
    """Change what is said of a user; None leaves a thing as it is.

    Who is disabled loses every session and API token, and does not get them back when enabled.
    Links that were sent to a former address, or to who is disabled, are worth nothing.

    Raises: ForbiddenError, NotFoundError, StaleVersionError, InvalidError, ConflictError.
    """
    require(actor, Permission.MANAGE_USERS)
    admins = _locked_house_admins()
    user = locked_user(user_id)
    user.check_version(version)
    changed = []
    if email is not None and email != user.email:
        user.email_key = _free_email_key(email, owner=user_id)
        user.email = email
        end_links(user_id)
        changed.append("email")
    if name is not None and name != user.name:
        user.name = name
        changed.append("name")
    if locale is not None and locale != user.locale:
        user.locale = locale
        changed.append("locale")
    if disabled is not None and disabled != user.disabled:
        user.disabled_at = utc_now() if disabled else None
        changed.append("disabled")
        if disabled:
            revoke_all(user_id)
            end_links(user_id)
    if changed:
        db.session.flush()
        _require_house_admin(admins)
        record(actor, "user.update", "user", user_id, changed=changed, disabled=user.disabled)
    return user


@atomic
def set_grants(actor: Actor, user_id: UUID, grants: Sequence[Grant], *, version: int | None) -> User:
    """Replace what a user may do, from her next request on; her tokens shrink with it.

    Raises: ForbiddenError, NotFoundError, StaleVersionError; ConflictError where nobody would manage the house.
    """
    require(actor, Permission.MANAGE_USERS)
    admins = _locked_house_admins()
    user = locked_user(user_id)
    user.check_version(version)
    before = [str(grant) for grant in user.grants]
    _put_grants(user, grants)
    after = [str(grant) for grant in user.grants]
    if before != after:
        user.touch()
        db.session.flush()
        _require_house_admin(admins)
        record(actor, "user.grants", "user", user_id, before=before, after=after)
    return user


def _put_grants(user: User, grants: Iterable[Grant]) -> None:
    """Make the rows say `grants`; those that stay keep their row, because the new are inserted before the old go."""
    wanted = set(grants)
    kept = [row for row in user.granted if row.grant in wanted]
    added = wanted - {row.grant for row in kept}
    user.granted = kept + [UserGrant(role=str(grant.role), locale=grant.locale) for grant in sorted(added, key=str)]


def _locked_house_admins() -> list[UUID]:
    """Who can manage the house; locked, so that two of them do not take it from each other at once."""
    return list(db.session.scalars(house_admins().with_for_update()))


def _require_house_admin(before: Sequence[UUID]) -> None:
    if before and not db.session.scalars(house_admins()).first():
        raise ConflictError(_("This is the last administrator of the whole house. Name another one first."))


def _free_email_key(email: str, *, owner: UUID | None = None) -> str:
    if not rules.is_email(email):
        raise InvalidError(Problem("invalid", _("This is not an e-mail address."), pointer("email")))
    key = rules.email_key(email)
    holder = db.session.scalar(select(User.id).where(User.email_key == key))
    if holder not in (None, owner):
        raise ConflictError(_("Another user has this e-mail address."))
    return key


def check_password(password: str, place: str) -> None:
    problem = rules.password_problem(password, place)
    if problem is not None:
        raise InvalidError(problem)
