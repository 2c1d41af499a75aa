"""Tables of the public face. All but `addresses` and `changes` can be made anew by `nejat rebuild`.

HouseVersion   one number that every change readers can see makes greater
PublicEdition  facts of an edition, and the counter that numbers its changes
Document 1─n DocumentTerm n─1 TermPage    a published variant, and what it is filed under
Document 1─1 DocumentNames  what it says of its terms
Document 1─n DocumentLink, DocumentMention   what of the house its text links to, and its contents lead to
Document 1─1 DocumentText   its words, for search
Address        what a slug of an edition leads to: it outlives the variant
Change         the newest change of each article in an edition, in commit order
MonthCount     how many listed documents an edition published in each month of each calendar
PublicMenu     a menu of an edition, as it was written last
PublicFrontPage  what an edition's front page shows first
"""

import time
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from nejat_cms.db import Base
from nejat_cms.fulltext import IndexedText


def now_us() -> int:
    """This moment in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


class PublicEdition(Base):
    """An edition as readers see it. `seq` is its content version; it is locked until the change it numbers commits."""

    __tablename__ = "public_editions"

    locale: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    enabled: Mapped[bool]
    facts: Mapped[dict[str, Any]]
    seq: Mapped[int] = mapped_column(BigInteger, default=0)


class HouseVersion(Base):
    """One row, raised with every commit that readers can see.

    It is the time of that commit in microseconds since 1970 UTC, or one more than the version before where the
    clock does not show more: so it grows even after a backup was restored or a clock was set back.
    """

    __tablename__ = "house_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)


class Document(Base):
    """The published face of a variant. Its JSON lacks its closing brace: what changes apart from it is spliced in."""

    __tablename__ = "documents"
    __table_args__ = (
        Index(None, "article_id", "locale", unique=True),
        Index(None, "locale", "slug_key", unique=True),
        Index(None, "locale", "listed", "published_us", "variant_id"),
        Index(None, "locale", "listed", "featured", "published_us", "variant_id"),
        Index(None, "locale", "kind", "published_us", "variant_id"),
        Index(None, "locale", "kind", "title_key", "variant_id"),
        Index(None, "house_mark"),
        Index(None, "locale", "sitemap_part", "sitemap_us"),
    )

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    article_id: Mapped[UUID]
    locale: Mapped[str] = mapped_column(ForeignKey("public_editions.locale"))
    kind: Mapped[str]
    listed: Mapped[bool]
    featured: Mapped[bool]
    slug: Mapped[str]
    slug_key: Mapped[str]
    published_us: Mapped[int] = mapped_column(BigInteger)
    """The date readers see, in microseconds since 1970 UTC."""
    local_day: Mapped[date]
    title_key: Mapped[bytes]
    revision: Mapped[int]
    related: Mapped[list[Any] | None]
    """Ids of articles that its editors chose, in their order, published or not."""
    house_mark: Mapped[str]
    """Digest of the house's settings it was rendered with; another one means that it must be rendered again."""
    summary: Mapped[bytes]
    detail: Mapped[bytes]
    card: Mapped[bytes]
    link: Mapped[str]
    sitemap: Mapped[str | None]
    """Its `<url>` in the sitemap; None, like its part, where it asks not to be indexed."""
    sitemap_part: Mapped[int | None]
    """The part of the edition's sitemap it stands in, and stays in, so that parts keep their addresses."""
    sitemap_us: Mapped[int | None] = mapped_column(BigInteger)
    """When its `<url>` last changed."""
    body_html: Mapped[bytes]
    body_blocks: Mapped[bytes]
    body_text: Mapped[bytes]
    comments: Mapped[int] = mapped_column(default=0)


class DocumentTerm(Base):
    """What a document is filed under. Role `within` names every section it lies in, the ancestors too."""

    __tablename__ = "document_terms"
    __table_args__ = (
        Index("ix_document_terms_newest", "term_id", "role", "locale", "listed", "published_us", "variant_id"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("documents.variant_id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[UUID]
    locale: Mapped[str]
    listed: Mapped[bool] = mapped_column(server_default=false())
    """This and the next are the document's own, kept here so that a term's documents lie in their order."""
    published_us: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class DocumentNames(Base):
    """What a document says of its terms, put together from their pages, lest every reader's request does so.

    In a table of its own: another name of a term is written into all documents that show it, without their bodies.
    """

    __tablename__ = "document_names"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("documents.variant_id", ondelete="CASCADE"), primary_key=True)
    entries: Mapped[str]
    """`role US face`, joined by RS (U+001F and U+001E), in the order of roles and places."""


class DocumentMention(Base):
    """An article that a document leads to by its address in the same edition: an entry of a newsletter's contents.

    By the id that it has now, since it was joined or split; where another one would come before it, or nothing is
    published, also what the entry will lead to as soon as it is.
    """

    __tablename__ = "document_mentions"

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("documents.variant_id", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class DocumentLink(Base):
    """What a document's text links to in the house itself: type and slug, as `Address` has them.

    Type `related`: an article that it names as related; the key is its id.
    """

    __tablename__ = "document_links"
    __table_args__ = (Index(None, "to_locale", "to_type", "to_key"),)

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("documents.variant_id", ondelete="CASCADE"), primary_key=True)
    to_locale: Mapped[str] = mapped_column(primary_key=True)
    to_type: Mapped[str] = mapped_column(primary_key=True)
    to_key: Mapped[str] = mapped_column(primary_key=True)


class DocumentText(IndexedText, Base):
    """The words of a document, for search."""

    __tablename__ = "document_texts"
    __table_args__ = (
        Index(None, "variant_id", unique=True),
        Index(None, "entries", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("documents.variant_id", ondelete="CASCADE"))


class TermPage(Base):
    """A section, tag or person in one edition. Tags and people are public once a document names them."""

    __tablename__ = "term_pages"
    __table_args__ = (
        Index(None, "locale", "type", "slug_key", unique=True),
        Index(None, "locale", "type", "name_key", "term_id"),
    )

    term_id: Mapped[UUID] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(ForeignKey("public_editions.locale"), primary_key=True)
    type: Mapped[str]
    parent_id: Mapped[UUID | None]
    position: Mapped[int]
    slug: Mapped[str]
    slug_key: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[bytes]
    description: Mapped[str]
    image: Mapped[str | None]
    """Its picture, as JSON."""
    face: Mapped[str]
    """`{"slug": …, "name": …}`, ready to be spliced into documents."""
    crumbs: Mapped[str]
    """For a section: its breadcrumbs from the top, JSON objects joined by commas."""
    count: Mapped[int] = mapped_column(default=0)
    """Listed documents under it."""
    uses: Mapped[int] = mapped_column(default=0)
    """All documents under it."""
    authored: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Listed documents that somebody wrote."""
    translated: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class Address(Base):
    """What a slug leads to: `live`, `moved` (its holder lives elsewhere now) or `gone`.

    Types beside those of slugs: `id`, of an article that was joined to another; `split`, of one whose variant in the
    edition became an article of its own; `path`, of a site as it once was.
    """

    __tablename__ = "addresses"
    __table_args__ = (Index(None, "target_id"),)

    locale: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    slug_key: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[UUID]
    state: Mapped[str]
    location: Mapped[str | None]
    """Of a path that leads to an address: that one, absolute or a path on the edition's host."""


class Change(Base):
    """The newest change of an article in one edition; `seq` grows in commit order."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "locale", "seq", unique=True),)

    locale: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    at_us: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    slug: Mapped[str]
    moves: Mapped[list[Any]] = mapped_column(default=list)
    """Its last moves, oldest first: each one's number, and the slug it had until then."""
    digest: Mapped[str]
    """Of the document it tells of; the same again is no change."""


class MonthCount(Base):
    """How many listed documents an edition published in one month of one calendar, by the days of its own time zone."""

    __tablename__ = "month_counts"

    locale: Mapped[str] = mapped_column(primary_key=True)
    calendar: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]


class PublicMenu(Base):
    """A tree of links of an edition. What its items are called and lead to is found when it is read."""

    __tablename__ = "public_menus"

    locale: Mapped[str] = mapped_column(ForeignKey("public_editions.locale"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    items: Mapped[list[Any]]


class PublicFrontPage(Base):
    """The articles that an edition's front page shows first, as far as they are published when it is read."""

    __tablename__ = "public_front_pages"

    locale: Mapped[str] = mapped_column(ForeignKey("public_editions.locale"), primary_key=True)
    pins: Mapped[dict[str, Any]]
