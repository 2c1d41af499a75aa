"""The table of editions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from nejat_cms.db import Base, Versioned, utc_now


class Edition(Versioned, Base):
    """One publication of the house; its locale is its name everywhere and never changes."""

    __tablename__ = "editions"
    __table_args__ = (
        Index(
            "uq_editions_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    locale: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    native_name: Mapped[str]
    script: Mapped[str]
    direction: Mapped[str]
    calendar: Mapped[str]
    numbering: Mapped[str]
    timezone: Mapped[str]
    base_url: Mapped[str | None]
    title: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    copyright: Mapped[str] = mapped_column(default="")
    social: Mapped[list[Any]]
    share: Mapped[list[Any]]
    fallback: Mapped[list[Any]]
    home: Mapped[dict[str, Any]]
    """How much of what the front page shows, and which sections; see `rules.FRONT`."""
    comments_enabled: Mapped[bool] = mapped_column(server_default=false())
    comments_close_after: Mapped[int | None]
    """Days after publication; None: never."""
    comments_depth: Mapped[int] = mapped_column(server_default=text("4"))
    """How deep threads are."""
    contact_email: Mapped[str | None]
    """Where messages to the edition are mailed to."""
    is_default: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    share_image: Mapped[UUID | None]
    """The picture that stands for its pages which have none of their own; an id of the media library."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    @property
    def comments(self) -> dict[str, Any]:
        """Whether readers may comment, for how many days after publication, and how deep threads are."""
        return {
            "enabled": self.comments_enabled,
            "close_after_days": self.comments_close_after,
            "max_depth": self.comments_depth,
        }

    @comments.setter
    def comments(self, settings: dict[str, Any]) -> None:
        self.comments_enabled = settings["enabled"]
        self.comments_close_after = settings["close_after_days"]
        self.comments_depth = settings["max_depth"]
