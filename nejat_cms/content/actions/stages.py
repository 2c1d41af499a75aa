"""The steps of a variant's life: from draft to readers and back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from nejat_cms.accounts.actions import record
from nejat_cms.accounts.queries import actor_of
from nejat_cms.content.actions.claims import hold_variant_slugs
from nejat_cms.content.actions.events import VariantPublished, VariantWithdrawn
from nejat_cms.content.actions.pictures import name_pictures
from nejat_cms.content.actions.previews import close_previews
from nejat_cms.content.actions.saving import hold_article
from nejat_cms.content.models import Revision, Variant
from nejat_cms.content.queries.releases import planned_release
from nejat_cms.content.queries.variants import find_variant, get_revision, load_variant
from nejat_cms.content.rules.stages import TRANSITIONS, LocalTime, Stage
from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.editions.queries import get_edition
from nejat_cms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    InvalidTransitionError,
    Problem,
    SlugTakenError,
    UnavailableError,
    pointer,
)
from nejat_cms.events import emit, every
from nejat_cms.language.zones import InvalidDateError, resolve_local_time
from nejat_cms.permissions import ANONYMOUS, SYSTEM, Actor, Permission, require

log = structlog.get_logger(__name__)


@atomic
def move_variant(
    actor: Actor, article_id: UUID, locale: str, step: str, *, version: int | None, note: str = ""
) -> Variant:
    """Submit, approve or return a variant: a step inside the newsroom that no reader notices.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidTransitionError.
    """
    variant = _begin_step(actor, article_id, locale, step, version)
    variant.step_note = note or None
    details = {"note": note} if note else {}
    record(actor, f"variant.{step}", "article", article_id, locale=locale, revision=variant.revision, **details)
    return variant


@atomic
def publish_variant(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> Variant:
    """Make the draft of one edition the text that its readers see.

    The other editions keep what they show: a late translation never holds back the
    original. Publishing what is live already changes nothing.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidTransitionError.
    Emits: VariantPublished.
    """
    hold_article(article_id)
    variant = _allowed_step(actor, article_id, locale, "publish", version)
    go_live(actor, variant, variant.revision, variant.slug)
    return variant


@atomic
def unpublish_variant(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> Variant:
    """Take a variant from its readers; its address says from now on that it was withdrawn.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidTransitionError.
    Emits: VariantWithdrawn.
    """
    hold_article(article_id)
    variant = _allowed_step(actor, article_id, locale, "unpublish", version)
    if variant.live_revision is None:
        raise InvalidTransitionError(_("It is not published."))
    _withdraw(actor, variant)
    return variant


@atomic
def archive_variant(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> Variant:
    """Put a variant away: withdrawn if it was published, and nothing is planned for it any more.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidTransitionError.
    Emits: VariantWithdrawn, if it was published.
    """
    variant = _begin_step(actor, article_id, locale, "archive", version)
    cancel_plan(variant)
    if variant.live_revision is not None:
        _withdraw(actor, variant)
    record(actor, "variant.archive", "article", article_id, locale=locale)
    return variant


@atomic
def schedule_variant(
    actor: Actor, article_id: UUID, locale: str, plan: Mapping[str, Any], *, version: int | None
) -> tuple[Variant, list[dict[str, str]]]:
    """Say when the present revision goes live and when it is withdrawn; what `plan` does not name stays.

    Whoever confirms a time of somebody else's plan answers for it from then on.

    Second in the answer: a warning for each local time that the clock skips; it was moved
    forward by as much as the clock is.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidTransitionError, InvalidError, ConflictError
    where a scheduled release holds it.
    """
    hold_article(article_id)
    variant = _allowed_step(actor, article_id, locale, "schedule", version)
    release = planned_release(variant.id)
    if release is not None:
        words = _("It is to go out with the scheduled release “%(title)s”.", title=release.title)
        raise ConflictError(words, release=str(release.id))
    zone = get_edition(locale).timezone
    times, warnings = {}, []
    for name, value in plan.items():
        times[name], moved = instant_of(value, zone, name)
        if moved:
            warnings.append(
                {
                    "code": "local_time_skipped",
                    "pointer": pointer(name),
                    "detail": str(_("The clock skips this time; it was moved forward.")),
                }
            )
    now = utc_now()
    publish_at = times.get("publish_at", variant.publish_at)
    unpublish_at = times.get("unpublish_at", variant.unpublish_at)
    problems = [
        Problem("in_the_past", _("Must lie in the future."), pointer(name))
        for name, value in times.items()
        if value is not None and value <= now
    ]
    if publish_at is not None and unpublish_at is not None and unpublish_at <= publish_at:
        problems.append(Problem("invalid", _("Must lie after the time of publication."), pointer("unpublish_at")))
    if problems:
        raise InvalidError(problems)
    if unpublish_at is not None and publish_at is None and variant.live_revision is None:
        raise InvalidTransitionError(_("It is not published."))
    pinned = (variant.publish_revision, variant.publish_slug)
    if "publish_at" in times:
        pinned = (None, None) if publish_at is None else (variant.revision, variant.slug)
    answers = actor.user_id if any(times.values()) else variant.scheduled_by
    planned = (variant.publish_at, variant.unpublish_at, variant.publish_revision, variant.publish_slug)
    if (publish_at, unpublish_at, *pinned, answers) != (*planned, variant.scheduled_by):
        _pin(variant, publish_at, *pinned)
        variant.unpublish_at = unpublish_at
        variant.scheduled_by = actor.user_id
        hold_variant_slugs(variant)
        record(
            actor,
            "variant.schedule",
            "article",
            article_id,
            locale=locale,
            publish_at=publish_at and publish_at.isoformat(),
            unpublish_at=unpublish_at and unpublish_at.isoformat(),
        )
    return variant, warnings


def instant_of(value: Any, zone: str, name: str) -> tuple[datetime | None, timedelta]:
    """The instant of a time of publication in a zone, and by how much the clock there made it move forward.

    `name`: the field in which it was sent.

    Raises: InvalidError.
    """
    if not isinstance(value, LocalTime):
        return value, timedelta(0)
    try:
        return resolve_local_time(value.local, value.fold, zone)
    except InvalidDateError as error:
        raise InvalidError(
            Problem("invalid", _("Must be a local time like 2027-03-28T02:30."), pointer(name, "local"))
        ) from error


def _pin(variant: Variant, publish_at: datetime | None, revision: int | None = None, slug: str | None = None) -> None:
    """Say which revision goes out when, and keep what it shows in the media library; all None: none does."""
    former = variant.publish_revision
    variant.publish_at, variant.publish_revision, variant.publish_slug = publish_at, revision, slug
    if former not in (revision, variant.revision, None):
        name_pictures(variant)


def cancel_plan(variant: Variant, *, publication: bool = True, withdrawal: bool = True) -> None:
    """Forget what was planned; the other half of the plan stays as it is, the revision it names too."""
    if publication:
        _pin(variant, None)
    if withdrawal:
        variant.unpublish_at = None
    if variant.publish_at is None and variant.unpublish_at is None:
        variant.scheduled_by = None


def _allowed_step(actor: Actor, article_id: UUID, locale: str, step: str, version: int | None) -> Variant:
    variant = load_variant(actor, article_id, locale)
    transition = TRANSITIONS[step]
    require(actor, transition.permission, variant)
    variant.check_version(version)
    if Stage(variant.stage) not in transition.sources:
        raise InvalidTransitionError
    return variant


def _begin_step(actor: Actor, article_id: UUID, locale: str, step: str, version: int | None) -> Variant:
    hold_article(article_id)
    variant = _allowed_step(actor, article_id, locale, step, version)
    variant.stage = TRANSITIONS[step].target or variant.stage
    return variant


@atomic
def go_live(actor: Actor, variant: Variant, number: int, slug: str) -> None:
    """Make a revision what readers see, under this slug; the caller holds the article and has asked who may.

    Raises: NotFoundError without such a revision, SlugTakenError.
    Emits: VariantPublished, unless readers see just that already.
    """
    revision = get_revision(variant.id, number)
    if number == variant.revision:
        variant.stage = Stage.APPROVED
    if variant.live_revision == number and variant.live_slug == slug:
        return
    now = utc_now()
    revision.published_at = revision.published_at or now
    variant.live_revision, variant.live_slug, variant.withdrawn_slug = number, slug, None
    variant.first_published_at = variant.first_published_at or now
    variant.published_at = variant.published_at or now
    cancel_plan(variant, withdrawal=False)
    hold_variant_slugs(variant)
    close_previews(variant)
    db.session.flush()
    record(actor, "variant.publish", "article", variant.article_id, locale=variant.locale, revision=number)
    emit(VariantPublished(variant.article_id, variant.locale))


def _withdraw(actor: Actor, variant: Variant) -> None:
    variant.withdrawn_slug, variant.live_slug = variant.live_slug, None
    variant.live_revision = None
    cancel_plan(variant, publication=False)
    hold_variant_slugs(variant)
    db.session.flush()
    record(actor, "variant.unpublish", "article", variant.article_id, locale=variant.locale)
    emit(VariantWithdrawn(variant.article_id, variant.locale))


@every(seconds=1)
def run_schedule() -> None:
    """Publish and withdraw what is due, each in a transaction of its own."""
    due = db.session.execute(
        select(Variant.article_id, Variant.locale, Variant.id, Variant.version)
        .where(
            Variant.trashed_at.is_(None),
            or_(Variant.publish_at <= utc_now(), Variant.unpublish_at <= utc_now()),
        )
        .order_by(Variant.publish_at, Variant.unpublish_at)
        .limit(100)
    ).all()
    end_reading()
    for article_id, locale, variant_id, version in due:
        try:
            run_due_steps(article_id, locale)
        except (ForbiddenError, SlugTakenError) as error:
            log.warning("scheduled step refused", variant=str(variant_id), reason=error.code)
            cancel_schedule(article_id, locale, version, error.code)
        except UnavailableError:
            raise
        except Exception:  # it is tried again, and holds up nothing else
            log.exception("scheduled step failed", variant=str(variant_id))


@atomic
def run_due_steps(article_id: UUID, locale: str) -> None:
    """Take the steps of one variant that are due now, with the rights its scheduler has now.

    However many workers try, the first one under the article's lock does it and the rest find nothing to do.

    Raises: ForbiddenError, SlugTakenError.
    Emits: VariantPublished, VariantWithdrawn.
    """
    hold_article(article_id)
    variant = find_variant(article_id, locale)
    if variant is None:
        return
    now = utc_now()
    publishing = variant.publish_at is not None and variant.publish_at <= now
    withdrawing = variant.unpublish_at is not None and variant.unpublish_at <= now
    if not publishing and not withdrawing:
        return
    actor = planner(variant.scheduled_by)
    require(actor, Permission.PUBLISH_VARIANT, variant)
    if publishing:
        number, slug = variant.publish_revision or variant.revision, variant.publish_slug or variant.slug
        if db.session.get(Revision, (variant.id, number)) is not None:
            cancel_plan(variant, withdrawal=False)
            go_live(actor, variant, number, slug)
    if withdrawing and variant.live_revision is not None:
        _withdraw(actor, variant)
    elif withdrawing:
        cancel_plan(variant, publication=False)


@atomic
def cancel_schedule(article_id: UUID, locale: str, version: int, reason: str) -> None:
    """Give up a plan whose maker may not carry it out any more; the audit trail says why. A newer one stays."""
    hold_article(article_id)
    variant = find_variant(article_id, locale)
    if variant is not None and variant.version == version:
        cancel_plan(variant)
        record(SYSTEM, "variant.schedule_refused", "article", article_id, locale=locale, reason=reason)


def planner(scheduled_by: UUID | None) -> Actor:
    """Whoever made the plan, with today's rights; the program itself where it was the program."""
    if scheduled_by is None:
        return SYSTEM
    return actor_of(scheduled_by) or ANONYMOUS
