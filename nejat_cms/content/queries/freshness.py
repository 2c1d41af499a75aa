"""Whether a text still says what its source says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from nejat_cms.content.models import Revision, Variant
from nejat_cms.content.rules.freshness import ORIGINAL, Freshness, FreshnessState, changed_paths
from nejat_cms.db import db
from nejat_cms.editions.queries import get_edition

Sources = Mapping[UUID, Variant]


def newsroom_freshness(source: Variant | None, revision: Revision) -> tuple[Freshness, str | None]:
    """How a revision stands to its source's live revision, or newest one if it was never published.

    Second in the answer: the locale of the source, None where there is none (any more).
    """
    if source is None:
        return ORIGINAL, None
    number = source.live_revision
    if number is None and source.first_published_at is None:
        number = source.revision
    if source.trashed_at is not None or number is None:
        return Freshness(FreshnessState.CURRENT, None), None if source.trashed_at else source.locale
    return _compare(source, revision.based_on_revision, number), source.locale


def public_freshness(variant: Variant, revision: Revision) -> Freshness:
    """How a live revision stands to its source's live revision; the source is named only while readers see it."""
    source = source_of(variant, revision)
    if source is None:
        return ORIGINAL
    if source.live_revision is None or not get_edition(source.locale).enabled:
        return Freshness(FreshnessState.CURRENT)
    return _compare(source, revision.based_on_revision, source.live_revision)


def source_of(variant: Variant, revision: Revision, sources: Sources | None = None) -> Variant | None:
    """The variant a revision was made from, while both are of one article; it may lie in the trash."""
    if revision.based_on_id is None:
        return None
    source = db.session.get(Variant, revision.based_on_id) if sources is None else sources.get(revision.based_on_id)
    return source if source is not None and source.article_id == variant.article_id else None


def origins_of(revisions: Iterable[Revision]) -> Sequence[Revision]:
    """The revisions that these name as the ones they were made from."""
    named = {(row.based_on_id, row.based_on_revision) for row in revisions if row.based_on_id}
    key = tuple_(Revision.variant_id, Revision.number)
    return db.session.scalars(select(Revision).where(key.in_(named))).all() if named else []


def revisions_translated(variant_id: UUID) -> Sequence[Revision]:
    """The revisions of a variant that others were made from."""
    translated = select(Revision.based_on_revision).where(Revision.based_on_id == variant_id)
    return db.session.scalars(
        select(Revision).where(Revision.variant_id == variant_id, Revision.number.in_(translated))
    ).all()


def _compare(source: Variant, based_on: int | None, present: int) -> Freshness:
    old, new = db.session.get(Revision, (source.id, based_on)), db.session.get(Revision, (source.id, present))
    if old is None or new is None or old.mark == new.mark:
        return Freshness(FreshnessState.CURRENT, source.locale)
    changed = changed_paths(old.fingerprints, new.fingerprints)
    return Freshness(FreshnessState.OUTDATED, source.locale, len(changed))


def freshness_is(state: str, knows: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """The same judgement as `newsroom_freshness`, as SQL, by somebody who `knows` of a source or does not."""
    source, old, new = aliased(Variant), aliased(Revision), aliased(Revision)
    made_from = and_(source.id == Variant.based_on_id, source.article_id == Variant.article_id)
    translated = exists().where(made_from)
    if state == FreshnessState.SOURCE:
        return ~translated
    never_published = and_(source.live_revision.is_(None), source.first_published_at.is_(None))
    outdated = exists().where(
        made_from,
        knows(source),
        source.trashed_at.is_(None),
        or_(source.live_revision.is_not(None), never_published),
        old.variant_id == source.id,
        old.number == Variant.based_on_revision,
        new.variant_id == source.id,
        new.number == func.coalesce(source.live_revision, source.revision),
        old.mark != new.mark,
    )
    return outdated if state == FreshnessState.OUTDATED else and_(translated, ~outdated)
