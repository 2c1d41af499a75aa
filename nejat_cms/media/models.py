"""Tables of the media library.

Asset 1─n AssetFile n─1 Blob       the thing, its files (one for all editions, some for one), their bytes
      1─n AssetText                what is said about it in an edition
      1─n AssetUse                 who shows it, or would
Upload 1─n UploadPart              what has come so far of a file that comes in parts
StoreMark                          by which the house knows its own store
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from nejat_cms.db import Base, Versioned, new_id, utc_now

COMMON = ""
"""The locale of the file that all editions show which have none of their own."""


class Blob(Base):
    """Bytes, and what was found in them. Equal bytes are stored once.

    The row comes before the bytes and goes after them: whoever touched it of late may be about to write, so nothing
    is collected that was touched within a day.
    """

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    color: Mapped[str | None]
    thumbhash: Mapped[str | None]
    pages: Mapped[int | None]
    duration: Mapped[float | None]
    text: Mapped[str] = mapped_column(default="")
    going: Mapped[bool] = mapped_column(default=False)
    """Whether its bytes are being removed: whoever brings them again has to wait until they are gone."""
    touched_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Asset(Versioned, Base):
    """A thing of the library. What is said about it is said per edition, in `AssetText`."""

    __tablename__ = "assets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type: Mapped[str] = mapped_column(index=True)
    focal_x: Mapped[float] = mapped_column(default=0.5)
    focal_y: Mapped[float] = mapped_column(default=0.5)
    poster_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id"), index=True)
    words: Mapped[str] = mapped_column(default="")
    """Names and texts, folded, for the newsroom's search."""
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    files: Mapped[list["AssetFile"]] = relationship(
        lazy="selectin",
        order_by="AssetFile.locale",
        cascade="all, delete-orphan",
        passive_deletes=True,
        primaryjoin="and_(AssetFile.asset_id == Asset.id, AssetFile.replaced_at.is_(None))",
    )
    texts: Mapped[list["AssetText"]] = relationship(
        lazy="selectin", order_by="AssetText.locale", cascade="all, delete-orphan"
    )

    def file_in(self, locale: str) -> "AssetFile":
        """The file that an edition shows: its own, else the common one."""
        by_locale = {file.locale: file for file in self.files}
        return by_locale.get(locale) or by_locale[COMMON]


class AssetFile(Base):
    """One file of an asset; its id is in public addresses, and never means another file."""

    __tablename__ = "asset_files"
    __table_args__ = (
        Index(
            "uq_asset_files_present",
            "asset_id",
            "locale",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), index=True)
    locale: Mapped[str] = mapped_column(default=COMMON)
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    replaced_at: Mapped[datetime | None]
    """When another one took its place; it is there for as long as a use names it."""

    blob: Mapped[Blob] = relationship(lazy="joined", innerjoin=True)


class AssetText(Base):
    """What is said about an asset in one edition."""

    __tablename__ = "asset_texts"

    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True)
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"), primary_key=True)
    alt: Mapped[str] = mapped_column(default="")
    caption: Mapped[str] = mapped_column(default="")
    credit: Mapped[str] = mapped_column(default="")


class AssetUse(Base):
    """That somebody, in one edition, shows an asset to readers (`public`), or would with what was written last."""

    __tablename__ = "asset_uses"
    __table_args__ = (
        Index(None, "user_id"),
        Index(None, "file_id"),
        Index(None, "former_file_id"),
        Index(None, "locale", "asset_id"),
    )

    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    public: Mapped[bool] = mapped_column(primary_key=True)
    locale: Mapped[str]
    described: Mapped[bool] = mapped_column(default=False)
    """Whether it says itself what is to be seen."""
    file_id: Mapped[UUID | None]
    """The file that readers are shown; what no use names is not public."""
    former_file_id: Mapped[UUID | None]
    """The file that they were shown before: pages that name it are about for some time."""
    changed_at: Mapped[datetime | None]
    """Since when it is the former one."""


class Upload(Versioned, Base):
    """A file that comes in parts (tus 1.0)."""

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    metadata_header: Mapped[str] = mapped_column(default="")
    """`Upload-Metadata` as it was sent: it is told again."""
    length: Mapped[int] = mapped_column(BigInteger)
    offset: Mapped[int] = mapped_column(BigInteger, default=0)
    asset_id: Mapped[UUID | None] = mapped_column(ForeignKey("assets.id", ondelete="SET NULL"), index=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    parts: Mapped[list["UploadPart"]] = relationship(
        lazy="selectin", order_by="UploadPart.start", cascade="all, delete-orphan"
    )


class UploadPart(Base):
    """A part that has come, and where its bytes are."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]


class StoreMark(Base):
    """One row: what the store of this house bears, so that nothing is removed from another house's."""

    __tablename__ = "store_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str]
