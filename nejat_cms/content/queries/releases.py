"""Releases and what is in them, as one actor may see it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_

from nejat_cms.content.models import Release, ReleaseItem, Variant
from nejat_cms.content.rules.releases import PLANNED, Hindrance, ReleaseState, hindrance
from nejat_cms.content.rules.stages import Stage
from nejat_cms.db import db
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, may, visible

AT_ONCE = 100


@dataclass(frozen=True)
class Member:
    """A variant in a release."""

    item: ReleaseItem
    variant: Variant

    @property
    def hindrance(self) -> Hindrance | None:
        """What is in its way; nothing is once it has gone out."""
        if self.item.published_at is not None:
            return None
        trashed = self.variant.trashed_at is not None
        return hindrance(self.variant.stage, trashed=trashed, gated=self.item.gated)


@dataclass(frozen=True)
class MemberView(Member):
    """A variant in a release as one actor sees it: of a draft that she may not read, no more than what the release
    says itself."""

    readable: bool

    @property
    def title(self) -> str | None:
        return self.variant.title if self.readable else None

    @property
    def stage(self) -> str | None:
        return self.variant.stage if self.readable else None

    @property
    def visibility(self) -> str | None:
        return self.variant.visibility if self.readable else None

    @property
    def revision(self) -> int | None:
        return self.variant.revision if self.readable else None

    @property
    def ready(self) -> bool:
        return self.hindrance is None


@dataclass(frozen=True)
class ReleaseRow:
    """A release, the editions that its texts are in, and how many texts there are."""

    release: Release
    locales: Sequence[str]
    count: int

    @property
    def local(self) -> dict[str, str | int | None] | None:
        """The plan, where it is a time on every edition's own clock."""
        return {"local": self.release.local, "fold": self.release.fold} if self.release.local else None


@dataclass(frozen=True)
class ReleaseView(ReleaseRow):
    """A release with its texts."""

    items: Sequence[MemberView]
    whole: bool
    """Whether the actor may publish every one of them, and so do with the release as she likes."""


def members_of(release_id: UUID) -> list[Member]:
    """What is in a release, in its order, as it stands now."""
    query = (
        select(ReleaseItem, Variant)
        .join(Variant, Variant.id == ReleaseItem.variant_id)
        .where(ReleaseItem.release_id == release_id)
        .order_by(ReleaseItem.position)
        .execution_options(populate_existing=True)
    )
    return [Member(item, variant) for item, variant in db.session.execute(query)]


def knows_release(actor: Actor, members: Sequence[Member]) -> bool:
    """Whether she may publish any of its texts."""
    return any(may(actor, Permission.PUBLISH_VARIANT, each.variant) for each in members)


def read_release(actor: Actor, release_id: UUID) -> ReleaseView:
    """One release, to who may publish in any of its editions.

    Raises: NotFoundError.
    """
    release, members = db.session.get(Release, release_id), members_of(release_id)
    if release is None or not knows_release(actor, members):
        raise NotFoundError
    items = [MemberView(each.item, each.variant, _reads(actor, each.variant)) for each in members]
    locales = sorted({each.variant.locale for each in members})
    whole = all(may(actor, Permission.PUBLISH_VARIANT, each.variant) for each in members)
    return ReleaseView(release, locales, len(items), items, whole)


def _reads(actor: Actor, variant: Variant) -> bool:
    return may(actor, Permission.READ_DRAFT, variant) or may(actor, Permission.READ_APPROVED, variant)


def list_releases(
    actor: Actor, states: Sequence[str], locales: Sequence[str], *, position: Position | None, limit: int
) -> Page[ReleaseRow]:
    """The releases with a text that the actor may publish, newest first, narrowed to states and editions."""
    query = select(Release).where(_holds(visible(actor, Permission.PUBLISH_VARIANT, Variant)))
    if states:
        query = query.where(Release.state.in_(states))
    if locales:
        query = query.where(_holds(Variant.locale.in_(locales)))
    page = fetch_page(query, Release.id, position, limit)
    held: dict[UUID, list[str]] = defaultdict(list)
    for release_id, locale in db.session.execute(
        select(ReleaseItem.release_id, Variant.locale)
        .join(Variant, Variant.id == ReleaseItem.variant_id)
        .where(ReleaseItem.release_id.in_([release.id for release in page.rows]))
    ):
        held[release_id].append(locale)
    rows = [ReleaseRow(one, sorted(set(held[one.id])), len(held[one.id])) for one in page.rows]
    return Page(rows, page.next, page.prev)


def _holds(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ReleaseItem.release_id == Release.id, ReleaseItem.variant_id == Variant.id, condition)


def variants_named(keys: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], Variant]:
    """Those of these variants that there are, outside the trash, by article and locale."""
    query = select(Variant).where(
        tuple_(Variant.article_id, Variant.locale).in_(list(keys)), Variant.trashed_at.is_(None)
    )
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {(variant.article_id, variant.locale): variant for variant in found}


def planned_release(variant_id: UUID) -> Release | None:
    """The scheduled release with which a variant is still to go out."""
    return db.session.scalar(
        select(Release)
        .join(ReleaseItem)
        .where(
            ReleaseItem.variant_id == variant_id, ReleaseItem.published_at.is_(None), Release.state.in_(list(PLANNED))
        )
    )


def other_release(variant_ids: Collection[UUID], release_id: UUID) -> Release | None:
    """Another release with which any of these variants is still to go out."""
    return db.session.scalar(
        select(Release)
        .join(ReleaseItem)
        .where(
            ReleaseItem.variant_id.in_(variant_ids),
            ReleaseItem.published_at.is_(None),
            ReleaseItem.release_id != release_id,
        )
        .order_by(Release.id)
        .limit(1)
    )


def due_releases(now: datetime, *, after: UUID | None = None) -> list[tuple[UUID, int]]:
    """The first releases of which a part is due and no gate is shut, with their versions; the oldest first."""
    query = _due(now).where(Release.state.in_(list(PLANNED)), ~_gate_is_shut())
    if after is not None:
        query = query.where(Release.id > after)
    return [(row.id, row.version) for row in db.session.execute(query)]


def releases_to_wait(now: datetime) -> list[UUID]:
    """Releases of which a part is due for the first time while their gate is shut."""
    query = _due(now).where(Release.state == ReleaseState.SCHEDULED, _gate_is_shut())
    return [row.id for row in db.session.execute(query)]


def _due(now: datetime) -> Select[UUID, int]:
    due = and_(ReleaseItem.published_at.is_(None), ReleaseItem.publish_at <= now)
    return (
        select(Release.id, Release.version)
        .where(exists().where(ReleaseItem.release_id == Release.id, due))
        .order_by(Release.id)
        .limit(AT_ONCE)
    )


def _gate_is_shut() -> ColumnElement[bool]:
    """Whether some text is still to be approved. One that cannot be, shuts no gate: its release is refused."""
    return _holds(
        and_(
            ReleaseItem.gated,
            ReleaseItem.published_at.is_(None),
            Variant.trashed_at.is_(None),
            or_(Variant.stage == Stage.DRAFT, Variant.stage == Stage.IN_REVIEW),
        )
    )
