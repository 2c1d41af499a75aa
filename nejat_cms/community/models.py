"""Tables of what readers write.

Comment         under a variant; n─1 Comment, the one it answers
ContactMessage  to an edition
BlockedWords    what an edition does not take, one row an edition
SpentForm       a form that was sent: it cannot be sent again
SendTally       how much came from one address, or for one text or edition

No address of a client is kept, but for a keyed digest while it is counted.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from nejat_cms.content.models import Variant
from nejat_cms.db import Base, Versioned, new_id
from nejat_cms.language.zones import from_microseconds


class Comment(Versioned, Base):
    """What a reader wrote under a text. Erased while others answer to it: `removed`, without its words."""

    __tablename__ = "comments"
    __table_args__ = (
        Index(None, "variant_id", "status", "root_us", "root_id"),
        Index(None, "root_id", "status"),
        Index(None, "locale", "text_key"),
        Index(None, "status", "updated_at"),
        Index(None, "locale", "status", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    locale: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id"), index=True)
    root_id: Mapped[UUID]
    """The first comment of its thread: itself, where it answers none."""
    root_us: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    """When that came, as `sent_us`: threads stand in this order."""
    depth: Mapped[int]
    """1 for the first of a thread."""
    status: Mapped[str]
    held_for: Mapped[list[Any]]
    """Why it was held as spam when it came."""
    name: Mapped[str | None]
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(index=True)
    text: Mapped[str | None]
    text_key: Mapped[str | None]
    sent_us: Mapped[int] = mapped_column(BigInteger)
    """When it came, in microseconds since 1970 UTC."""

    variant: Mapped[Variant] = relationship(lazy="raise")

    @property
    def sent_at(self) -> datetime:
        return from_microseconds(self.sent_us)


class ContactMessage(Versioned, Base):
    """What somebody wrote to an edition."""

    __tablename__ = "contact_messages"
    __table_args__ = (
        Index(None, "locale", "status", "id"),
        Index(None, "locale", "text_key"),
        Index(None, "status", "updated_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"))
    status: Mapped[str]
    held_for: Mapped[list[Any]]
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    text: Mapped[str]
    text_key: Mapped[str]
    sent_us: Mapped[int] = mapped_column(BigInteger)

    @property
    def sent_at(self) -> datetime:
        return from_microseconds(self.sent_us)


class BlockedWords(Versioned, Base):
    """Words for which an edition holds a comment or a message as spam."""

    __tablename__ = "blocked_words"

    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale", ondelete="CASCADE"), primary_key=True)
    words: Mapped[list[Any]]


class SpentForm(Base):
    """The nonce of a form that was sent, until the form would have expired."""

    __tablename__ = "spent_forms"

    nonce: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class SendTally(Base):
    """How much was sent in a window; `mark` is a keyed digest of whatever is counted."""

    __tablename__ = "send_tallies"

    mark: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
