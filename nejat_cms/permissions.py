"""Who may do what: one table from which both the check and the SQL condition are made.

    Actor ── grants ──▶ (Role, locale | all) ── ROLES ──▶ Permission + Condition
                                               ├─ require(actor, permission, subject)   raises
                                               └─ visible(actor, permission, Model)     WHERE …

A subject is anything with a `locale`; the conditions also look at `created_by`,
`based_on_id` and `stage`. Somebody unknown is `ANONYMOUS`, an actor without grants;
the program itself is `SYSTEM`. There is no actor None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from nejat_cms.errors import ForbiddenError, NotFoundError


class Permission(StrEnum):
    """What an actor may be allowed to do, in one edition or in the whole house."""

    READ_LIVE = "variant:read-live"
    READ_APPROVED = "variant:read-approved"
    READ_DRAFT = "variant:read-draft"
    CREATE_VARIANT = "variant:create"
    EDIT_VARIANT = "variant:edit"
    SUBMIT_VARIANT = "variant:submit"
    REVIEW_VARIANT = "variant:review"
    PUBLISH_VARIANT = "variant:publish"
    DELETE_VARIANT = "variant:delete"
    LINK_ARTICLES = "article:link"
    EDIT_TERMS = "term:edit"
    EDIT_MENUS = "menu:edit"
    MODERATE_COMMENTS = "comment:moderate"
    HANDLE_MESSAGES = "message:handle"
    READ_ASSETS = "asset:read"
    ADD_ASSET = "asset:create"
    EDIT_ASSET = "asset:edit"
    EDIT_OWN_ASSET = "asset:edit-own"
    DESCRIBE_ASSET = "asset:describe"
    EDIT_EDITION = "edition:edit"
    MANAGE_EDITIONS = "edition:manage"
    MANAGE_USERS = "user:manage"
    READ_AUDIT = "audit:read"
    HANDLE_PERSONAL_DATA = "personal-data:handle"


HOUSE = frozenset(
    {
        Permission.MANAGE_EDITIONS,
        Permission.MANAGE_USERS,
        Permission.READ_AUDIT,
        Permission.HANDLE_PERSONAL_DATA,
    }
)
"""Permissions that only a grant in all locales gives."""


class Role(StrEnum):
    ADMIN = "admin"
    EDITOR = "editor"
    AUTHOR = "author"
    TRANSLATOR = "translator"
    MODERATOR = "moderator"


@dataclass(frozen=True)
class Grant:
    """A role, in one locale or (None) in all of them."""

    role: Role
    locale: str | None = None

    def __str__(self) -> str:
        return f"{self.role}:{self.locale}" if self.locale else str(self.role)

    def reaches(self, locale: str | None) -> bool:
        return self.locale is None or self.locale == locale

    def covers(self, other: "Grant") -> bool:
        """Whether whoever holds this grant may do everything that `other` allows."""
        if self == Grant(Role.ADMIN):
            return True
        if not self.reaches(other.locale):
            return False
        mine = ROLES[self.role]
        return all(
            mine.get(permission) in (ALWAYS, condition)
            for permission, condition in ROLES[other.role].items()
            if other.locale is None or permission not in HOUSE
        )


@dataclass(frozen=True)
class Actor:
    """Who is asking; a plain value, resolved before the action's transaction begins."""

    user_id: UUID | None
    name: str
    grants: frozenset[Grant]
    token_id: UUID | None = None

    def locales(self, permission: Permission) -> frozenset[str] | None:
        """Where some grant gives the permission, be it under a condition; None: everywhere."""
        found = {grant.locale for grant in self.grants if permission in ROLES[grant.role]}
        return None if None in found else frozenset(locale for locale in found if locale)


@dataclass(frozen=True)
class Condition:
    """When a role's permission applies: the same rule for one subject and for a query.

    It does not hold for a subject that has nothing to judge it by, such as an edition's author.
    """

    holds: Callable[[Actor, Any], bool]
    clause: Callable[[Actor, Any], ColumnElement[bool]]


ALWAYS = Condition(lambda actor, subject: True, lambda actor, model: true())
MINE = Condition(
    lambda actor, subject: actor.user_id is not None and getattr(subject, "created_by", None) == actor.user_id,
    lambda actor, model: model.created_by == actor.user_id,
)
OPEN_STAGES = ("draft", "in_review")
MINE_AND_OPEN = Condition(
    lambda actor, subject: MINE.holds(actor, subject) and getattr(subject, "stage", None) in OPEN_STAGES,
    lambda actor, model: and_(MINE.clause(actor, model), model.stage.in_(OPEN_STAGES)),
)
TRANSLATED = Condition(
    lambda actor, subject: getattr(subject, "based_on_id", None) is not None,
    lambda actor, model: model.based_on_id.is_not(None),
)
APPROVED = Condition(
    lambda actor, subject: getattr(subject, "stage", None) == "approved",
    lambda actor, model: model.stage == "approved",
)

_EVERY_READER = {Permission.READ_LIVE: ALWAYS}
_LIBRARY = dict.fromkeys((Permission.READ_ASSETS, Permission.ADD_ASSET, Permission.DESCRIBE_ASSET), ALWAYS) | {
    Permission.EDIT_OWN_ASSET: MINE
}
_MODERATOR = dict.fromkeys((Permission.MODERATE_COMMENTS, Permission.HANDLE_MESSAGES), ALWAYS)
_EDITOR = (
    _EVERY_READER
    | _LIBRARY
    | _MODERATOR
    | dict.fromkeys(
        (
            Permission.EDIT_ASSET,
            Permission.READ_DRAFT,
            Permission.CREATE_VARIANT,
            Permission.EDIT_VARIANT,
            Permission.SUBMIT_VARIANT,
            Permission.REVIEW_VARIANT,
            Permission.PUBLISH_VARIANT,
            Permission.DELETE_VARIANT,
            Permission.LINK_ARTICLES,
            Permission.EDIT_TERMS,
            Permission.EDIT_MENUS,
        ),
        ALWAYS,
    )
)
ROLES: dict[Role, dict[Permission, Condition]] = {
    Role.ADMIN: {permission: ALWAYS for permission in Permission if permission is not Permission.READ_APPROVED},
    Role.EDITOR: _EDITOR,
    Role.AUTHOR: _EVERY_READER
    | _LIBRARY
    | {
        Permission.READ_DRAFT: MINE,
        Permission.CREATE_VARIANT: ALWAYS,
        Permission.EDIT_VARIANT: MINE_AND_OPEN,
        Permission.SUBMIT_VARIANT: MINE_AND_OPEN,
    },
    Role.TRANSLATOR: _EVERY_READER
    | _LIBRARY
    | {
        Permission.READ_APPROVED: APPROVED,
        Permission.READ_DRAFT: ALWAYS,
        Permission.CREATE_VARIANT: TRANSLATED,
        Permission.EDIT_VARIANT: TRANSLATED,
        Permission.SUBMIT_VARIANT: TRANSLATED,
    },
    Role.MODERATOR: _EVERY_READER | _MODERATOR,
}
EVERYWHERE = frozenset(
    {
        Permission.READ_LIVE,
        Permission.READ_APPROVED,
        Permission.READ_ASSETS,
        Permission.ADD_ASSET,
        Permission.EDIT_OWN_ASSET,
    }
)
"""Permissions that a grant in any one locale gives in all of them, and for what belongs to none."""

SYSTEM = Actor(None, "system", frozenset({Grant(Role.ADMIN)}))
ANONYMOUS = Actor(None, "anonymous", frozenset())


def may(actor: Actor, permission: Permission, subject: Any = None) -> bool:
    """Whether the actor may do this to the subject; without a subject: in the whole house."""
    locale = getattr(subject, "locale", None)
    return any(
        condition.holds(actor, subject)
        for grant, condition in _reaching(actor, permission)
        if permission in EVERYWHERE or grant.reaches(locale)
    )


def require(actor: Actor, permission: Permission, subject: Any = None) -> None:
    """Let the actor pass or say no; what she may not even read must have been 404 before.

    Raises: ForbiddenError.
    """
    if not may(actor, permission, subject):
        raise ForbiddenError


def require_reading(actor: Actor, permission: Permission) -> None:
    """Let the actor read something of the house, or say that there is nothing.

    Raises: NotFoundError.
    """
    if not may(actor, permission):
        raise NotFoundError


def visible(actor: Actor, permission: Permission, model: Any) -> ColumnElement[bool]:
    """The rows of `model` for which `may` says yes, as a SQL condition."""
    clauses = []
    for grant, condition in _reaching(actor, permission):
        clause = condition.clause(actor, model)
        everywhere = grant.locale is None or permission in EVERYWHERE
        clauses.append(clause if everywhere else and_(model.locale == grant.locale, clause))
    return or_(false(), *clauses)


def allowed(actor: Actor, subject: Any) -> list[str]:
    """Every permission the actor has on the subject, for `meta.permissions`."""
    return [str(permission) for permission in Permission if may(actor, permission, subject)]


def _reaching(actor: Actor, permission: Permission) -> list[tuple[Grant, Condition]]:
    return [
        (grant, ROLES[grant.role][permission])
        for grant in sorted(actor.grants, key=str)
        if permission in ROLES[grant.role] and not (permission in HOUSE and grant.locale is not None)
    ]
