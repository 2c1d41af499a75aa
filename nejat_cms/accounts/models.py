"""Tables of accounts. No token, password, or client address is in any of them: digests only."""

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from nejat_cms.accounts.rules import grants_from_json
from nejat_cms.db import Base, Versioned, new_id, utc_now
from nejat_cms.permissions import Grant


class User(Base, Versioned):
    """Somebody who works here; disabled rather than deleted, because her name is on what she did."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    """As she types it."""
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(default="en", server_default="en")
    """The language, one of the API's own, in which she is written to."""
    password_hash: Mapped[str | None]
    """Null: she has no way in but a token or an invitation."""
    password_at: Mapped[datetime | None]
    """When her password was set last."""
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    granted: Mapped[list["UserGrant"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def has_password(self) -> bool:
        return self.password_hash is not None

    @property
    def disabled(self) -> bool:
        return self.disabled_at is not None

    @property
    def grants(self) -> list[Grant]:
        """Her grants, in a stable order."""
        return sorted((row.grant for row in self.granted if row.grant), key=str)


class UserGrant(Base):
    """A role that a user has, in one locale or (null) in all."""

    __tablename__ = "user_grants"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "locale"),
        Index(  # a unique constraint lets any number of nulls through
            "uq_user_grants_everywhere",
            "user_id",
            "role",
            unique=True,
            sqlite_where=text("locale IS NULL"),
            postgresql_where=text("locale IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str]
    locale: Mapped[str | None]

    @property
    def grant(self) -> Grant | None:
        return next(iter(grants_from_json([{"role": self.role, "locale": self.locale}])), None)


class Token(Base):
    """What opens the door for a user: a session from a sign-in, or an API token with a name."""

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("kind IN ('session', 'api')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    narrowed_to: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Its own grants; null: all that its user has at the time of asking."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def grants(self) -> list[Grant] | None:
        return None if self.narrowed_to is None else grants_from_json(self.narrowed_to)


class PasswordLink(Base):
    """A link by mail with which a password can be chosen, once; its text is nowhere but in the mail."""

    __tablename__ = "password_links"
    __table_args__ = (CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    """The id of the letter that carried it."""
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    seal: Mapped[str]
    """A keyed digest of the password's hash that she had: with another one the link is worth nothing."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class LoginTally(Base):
    """How often a password was tried in vain, per account, per client address, or for the two together.

    Both columns are keyed digests; empty stands for any.
    """

    __tablename__ = "login_tallies"

    account: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime] = mapped_column(index=True)
    known_until: Mapped[datetime | None]
    """Of the two together: until when this is an address from which the account's owner signs in."""


class AuditEntry(Base):
    """One thing that somebody did; written once, never changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "action", "id"), Index(None, "actor_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor_id: Mapped[UUID | None]
    """Null: the program itself. No foreign key: the trail outlives whom it names."""
    actor_name: Mapped[str]
    token_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[str | None]
    locale: Mapped[str | None]
    details: Mapped[dict[str, Any]]


@event.listens_for(AuditEntry, "before_update")
@event.listens_for(AuditEntry, "before_delete")
def _refuse(_mapper: Any, _connection: Any, _entry: AuditEntry) -> NoReturn:
    raise RuntimeError("the audit trail is only ever added to")
