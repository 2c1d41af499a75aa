"""One variant: who may know of it, and how she sees it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import contains_eager

from nejat_cms.content.models import ArticleAlias, Revision, TermName, Variant
from nejat_cms.content.queries.freshness import Sources, newsroom_freshness, source_of
from nejat_cms.content.queries.terms import term_names
from nejat_cms.content.rules.freshness import Freshness, FreshnessState
from nejat_cms.content.rules.snapshots import Snapshot
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.db import Stamp, db
from nejat_cms.editions.queries import get_edition
from nejat_cms.errors import NotFoundError
from nejat_cms.language.zones import to_rfc3339
from nejat_cms.permissions import Actor, Permission, may, visible

NAMED = ("tags", "authors", "translators")


@dataclass(frozen=True)
class RevisionView:
    """A revision with what is needed to show it: the names its edition has for the terms in it."""

    revision: Revision
    names: Mapping[str, TermName]

    @property
    def snapshot(self) -> Snapshot:
        return self.revision.snapshot

    @property
    def tags(self) -> list[str]:
        return self._named("tags")

    @property
    def authors(self) -> list[str]:
        return self._named("authors")

    @property
    def translators(self) -> list[str]:
        return self._named("translators")

    def _named(self, field: str) -> list[str]:
        return [self.names[term].name for term in self.snapshot[field] if term in self.names]


@dataclass(frozen=True)
class VariantView(RevisionView):
    """A variant as one actor sees it.

    `live_only`: she may read its live revision and know of no draft. `whole_history`: she may read
    every draft it ever had, not only one that was approved.
    """

    variant: Variant
    live_only: bool
    whole_history: bool
    direction: str
    freshness: Freshness
    based_on_locale: str | None

    @property
    def based_on(self) -> dict[str, Any] | None:
        if self.based_on_locale is None:
            return None
        return {"locale": self.based_on_locale, "revision": self.revision.based_on_revision}

    @property
    def version(self) -> int:
        """Who may know of no draft may not see it grow either; she has nothing to write that would need it."""
        return self.revision.number if self.live_only else self.variant.version

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.version, self.variant.stamp.mark)

    @property
    def slug(self) -> str | None:
        return self.variant.live_slug if self.live_only else self.variant.slug

    @property
    def stage(self) -> str:
        return Stage.APPROVED if self.live_only else self.variant.stage

    @property
    def visibility(self) -> str:
        return Visibility.PUBLISHED if self.live_only else self.variant.visibility

    @property
    def publish_at(self) -> datetime | None:
        return None if self.live_only else self.variant.publish_at

    @property
    def unpublish_at(self) -> datetime | None:
        return None if self.live_only else self.variant.unpublish_at

    @property
    def published_at(self) -> str | None:
        first = self.variant.first_published_at
        return self.snapshot["published_at"] or (to_rfc3339(first) if first else None)


@dataclass(frozen=True)
class RevisionPair:
    """Two revisions of one variant, to be compared."""

    old: Revision
    new: Revision
    locale: str


def readable_revision(actor: Actor, variant: Variant) -> int | None:
    """The number of the newest revision this actor may read; None: she may not know of the variant."""
    if may(actor, Permission.READ_DRAFT, variant) or may(actor, Permission.READ_APPROVED, variant):
        return variant.revision
    return variant.live_revision if may(actor, Permission.READ_LIVE, variant) else None


def readable(actor: Actor, model: Any = Variant) -> ColumnElement[bool]:
    """The variants (`model`: or an alias) of which the actor may read some revision, as a SQL condition."""
    return or_(
        visible(actor, Permission.READ_DRAFT, model),
        visible(actor, Permission.READ_APPROVED, model),
        and_(model.live_revision.is_not(None), visible(actor, Permission.READ_LIVE, model)),
    )


def readable_variants(actor: Actor, ids: Collection[UUID]) -> list[Variant]:
    """Those of these variants of which the actor may read some revision, by locale."""
    query = select(Variant).join(Variant.article).options(contains_eager(Variant.article))
    query = query.where(Variant.id.in_(ids), readable(actor)).order_by(Variant.locale, Variant.id)
    return list(db.session.scalars(query))


_PRESENT = (
    select(Variant)
    .join(Variant.article)
    .options(contains_eager(Variant.article))
    .where(
        Variant.article_id == bindparam("article"), Variant.locale == bindparam("locale"), Variant.trashed_at.is_(None)
    )
    .execution_options(populate_existing=True)
)
"""Every action begins with it, so it is made once."""


def find_variant(article_id: UUID, locale: str) -> Variant | None:
    """The article's variant in one edition, if it has one that is not in the trash."""
    return db.session.scalar(_PRESENT, {"article": article_id, "locale": locale})


def variants_of(article_id: UUID, *, trashed: bool = False) -> list[Variant]:
    """All variants of an article, by locale."""
    query = select(Variant).where(Variant.article_id == article_id).order_by(Variant.locale)
    if not trashed:
        query = query.where(Variant.trashed_at.is_(None))
    query = query.join(Variant.article).options(contains_eager(Variant.article))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def load_variant(actor: Actor, article_id: UUID, locale: str) -> Variant:
    """A variant of which the actor may know.

    Raises: NotFoundError where there is none, and where she may not know of it.
    """
    variant = find_variant(article_id, locale)
    if variant is None or readable_revision(actor, variant) is None:
        raise NotFoundError
    return variant


def get_revision(variant_id: UUID, number: int) -> Revision:
    """One revision of a variant.

    Raises: NotFoundError.
    """
    revision = db.session.get(Revision, (variant_id, number))
    if revision is None:
        raise NotFoundError
    return revision


def view_variant(actor: Actor, article_id: UUID, locale: str) -> VariantView:
    """A variant as this actor may see it.

    Raises: NotFoundError.
    """
    return view_of(actor, load_variant(actor, article_id, locale))


def view_of(actor: Actor, variant: Variant, *, named: bool = True, sources: Sources | None = None) -> VariantView:
    """A variant as this actor may see it; without `named`, its tags and people stay without names.

    `sources` are the variants that others were made from, where they are known already. Of a
    source that she may not know of, she is told no more than readers are.

    Raises: NotFoundError.
    """
    number = readable_revision(actor, variant)
    if number is None:
        raise NotFoundError
    every_draft = may(actor, Permission.READ_DRAFT, variant)
    drafts = every_draft or may(actor, Permission.READ_APPROVED, variant)
    revision = get_revision(variant.id, number)
    source = source_of(variant, revision, sources)
    if source is None or readable_revision(actor, source) is not None:
        freshness, based_on = newsroom_freshness(source, revision)
    else:
        freshness, based_on = Freshness(FreshnessState.CURRENT), None
    return VariantView(
        revision=revision,
        names=names_in(revision, variant.locale) if named else {},
        variant=variant,
        live_only=not drafts,
        whole_history=every_draft,
        direction=get_edition(variant.locale).direction,
        freshness=freshness,
        based_on_locale=based_on,
    )


def names_in(revision: Revision, locale: str) -> dict[str, TermName]:
    """What the edition calls the tags and people of a revision."""
    return term_names((term for field in NAMED for term in revision.snapshot[field]), locale)


def present_ids(article_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The id that each of these articles has now: that of another one where it was joined to it."""
    ids = list(article_ids)
    aliases = select(ArticleAlias.id, ArticleAlias.article_id).where(ArticleAlias.id.in_(ids))
    joined = {row.id: row.article_id for row in db.session.execute(aliases)} if ids else {}
    return {key: joined.get(key, key) for key in ids}


def find_alias(article_id: UUID) -> UUID | None:
    """The article that an id stands for since two were joined."""
    return db.session.scalar(select(ArticleAlias.article_id).where(ArticleAlias.id == article_id))
