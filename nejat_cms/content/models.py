"""Tables of the newsroom: what is written here is not public until `delivery` renders it.

Article 1─n Variant 1─n Revision          SlugClaim: who holds which slug of an edition
        1─n ArticleAlias  1─1 DraftText  n─m Term 1─n TermName       Preview: a door to one revision
                                          Redirect: an old path of a site, and where it leads
Menu: a tree of links of one edition      FrontPage: what an edition's front page shows first
Release 1─n ReleaseItem n─1 Variant
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from nejat_cms.content.rules.redirects import Target
from nejat_cms.content.rules.releases import ReleaseState
from nejat_cms.content.rules.stages import Stage, Visibility, visibility_of
from nejat_cms.db import Base, Versioned, new_id, utc_now
from nejat_cms.fulltext import IndexedText

NOT_TRASHED = text("trashed_at IS NULL")
TO_COME = text("published_at IS NULL")


class Article(Versioned, Base):
    """The work: what its variants have in common, which is that they are the same work, and its kind."""

    __tablename__ = "articles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ArticleAlias(Base):
    """The id of an article that was joined to another one."""

    __tablename__ = "article_aliases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id"), index=True)


class Variant(Versioned, Base):
    """The article in one edition. What it says is in its revisions; this row says where it stands."""

    __tablename__ = "variants"
    __table_args__ = (
        Index(
            "uq_variants_article_locale",
            "article_id",
            "locale",
            unique=True,
            sqlite_where=NOT_TRASHED,
            postgresql_where=NOT_TRASHED,
        ),
        Index(None, "locale", "updated_at", "id"),
        Index(None, "based_on_id"),
        Index(None, "publish_at"),
        Index(None, "unpublish_at"),
        Index(None, "trashed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id"))
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"))
    slug: Mapped[str]
    title: Mapped[str]
    featured: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(default=Stage.DRAFT)
    step_note: Mapped[str | None]
    """What was said to whoever works on it next when it was handed in, approved or returned."""
    revision: Mapped[int]
    live_revision: Mapped[int | None]
    first_published_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    """The date that readers see, or would see, of the newest revision."""
    publish_at: Mapped[datetime | None]
    publish_revision: Mapped[int | None]
    publish_slug: Mapped[str | None]
    unpublish_at: Mapped[datetime | None]
    scheduled_by: Mapped[UUID | None]
    based_on_id: Mapped[UUID | None]
    based_on_revision: Mapped[int | None]
    live_slug: Mapped[str | None]
    withdrawn_slug: Mapped[str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    trashed_at: Mapped[datetime | None]

    article: Mapped[Article] = relationship(lazy="raise")

    @property
    def visibility(self) -> Visibility:
        return visibility_of(self.live_revision, self.publish_at)

    @property
    def kind(self) -> str:
        return self.article.kind


class DraftText(IndexedText, Base):
    """The words of a variant's newest revision, for the newsroom's search."""

    __tablename__ = "draft_texts"
    __table_args__ = (
        Index(None, "variant_id", unique=True),
        Index(None, "entries", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))


class Revision(Base):
    """An immutable snapshot of one variant."""

    __tablename__ = "revisions"
    __table_args__ = (Index(None, "based_on_id", "based_on_revision"),)

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    snapshot: Mapped[dict[str, Any]]
    fingerprints: Mapped[dict[str, Any]]
    mark: Mapped[str]
    """Digest of the fingerprints: two revisions with the same mark say the same to a translator."""
    minor: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    based_on_id: Mapped[UUID | None]
    based_on_revision: Mapped[int | None]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]
    """When it first went live; such a revision is never pruned."""


class SlugClaim(Base):
    """A slug of an edition that is somebody's: unique on its folded key, for drafts and live addresses alike."""

    __tablename__ = "slug_claims"

    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"), primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    slug_key: Mapped[str] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID] = mapped_column(index=True)


class Term(Versioned, Base):
    """A section, a tag or a person: one thing with a name of its own in every edition it exists in."""

    __tablename__ = "terms"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    type: Mapped[str] = mapped_column(index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("terms.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)

    names: Mapped[list["TermName"]] = relationship(
        lazy="selectin", order_by="TermName.locale", cascade="all, delete-orphan"
    )


class TermName(Base):
    """A term in one edition."""

    __tablename__ = "term_names"
    __table_args__ = (Index(None, "locale", "type", "name_fold"),)

    term_id: Mapped[UUID] = mapped_column(ForeignKey("terms.id", ondelete="CASCADE"), primary_key=True)
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"), primary_key=True)
    type: Mapped[str]
    name: Mapped[str]
    name_fold: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    image: Mapped[UUID | None] = mapped_column(index=True)
    """A picture of the media library."""


class VariantTerm(Base):
    """A term that the newest revision of a variant names, and as what."""

    __tablename__ = "variant_terms"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id"], ["variants.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["term_id"], ["terms.id"]),
        Index(None, "term_id", "role"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[UUID]


class Redirect(Versioned, Base):
    """A path that an edition's site had before, and where it leads: to a text, to a term's page, or to an address."""

    __tablename__ = "redirects"
    __table_args__ = (Index(None, "locale", "path", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"))
    path: Mapped[str]
    """`Place.key`: decoded, in small letters, without a slash at the end, with its query if it had one."""
    variant_id: Mapped[UUID | None] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    term_id: Mapped[UUID | None] = mapped_column(ForeignKey("terms.id", ondelete="CASCADE"), index=True)
    url: Mapped[str | None]
    url_key: Mapped[str | None] = mapped_column(index=True)
    """The `Place.key` of `url`: what leads to a path must not be led on from there."""

    variant: Mapped[Variant | None] = relationship(lazy="joined")
    term: Mapped[Term | None] = relationship(lazy="joined")

    @property
    def target(self) -> Target:
        if self.variant is not None:
            return Target("article", self.variant.article_id)
        if self.term is not None:
            return Target(self.term.type, self.term.id)
        return Target("url", url=self.url)


class Preview(Base):
    """A door to one revision of one variant, open until it expires, is revoked, or the variant is published."""

    __tablename__ = "previews"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str]
    opened_by: Mapped[UUID | None]
    """Whose right to read the draft it lends; None for the program itself."""
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Menu(Versioned, Base):
    """A tree of links that an edition's site shows; menus of one name in several editions are counterparts."""

    __tablename__ = "menus"
    __table_args__ = (Index(None, "locale", "name", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"))
    name: Mapped[str]
    items: Mapped[list[Any]]
    """As `rules/menus.py` draws them."""


class FrontPage(Versioned, Base):
    """The articles that an edition's front page shows first; every edition has one from its beginning."""

    __tablename__ = "front_pages"

    locale: Mapped[str] = mapped_column(ForeignKey("editions.locale"), primary_key=True)
    pins: Mapped[dict[str, Any]]
    """As `rules/fronts.py` draws them."""


class Release(Versioned, Base):
    """A set of variants that readers get together."""

    __tablename__ = "releases"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    gate: Mapped[list[Any]]
    """The editions whose texts must be approved before any goes out."""
    state: Mapped[str] = mapped_column(default=ReleaseState.OPEN)
    refusal: Mapped[str | None]
    """The code of the problem for which a plan was given up."""
    at: Mapped[datetime | None]
    local: Mapped[str | None]
    fold: Mapped[int | None]
    """Of a plan, either an instant or a time on the wall clock of each edition."""
    created_by: Mapped[UUID | None]
    scheduled_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]


class ReleaseItem(Base):
    """A variant in a release; until it has gone out with it, it is in no other."""

    __tablename__ = "release_items"
    __table_args__ = (
        Index(
            "uq_release_items_to_come",
            "variant_id",
            unique=True,
            sqlite_where=TO_COME,
            postgresql_where=TO_COME,
        ),
        Index(None, "variant_id"),
        Index(None, "publish_at"),
    )

    release_id: Mapped[UUID] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]
    gated: Mapped[bool]
    """Whether its edition is one of the gate."""
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    revision: Mapped[int | None]
    """Which revision went out with the release."""
