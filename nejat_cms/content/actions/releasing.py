"""Releases going out: all of it in one transaction, or each edition's part at its own hour.

Locks are taken in this order, here and in `releases`: the release, its articles by their ids, counters.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from flask_babel import lazy_gettext as _
from sqlalchemy import exists, select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.events import ReleasePublished
from nejat_cms.content.actions.saving import hold_articles
from nejat_cms.content.actions.stages import go_live, planner
from nejat_cms.content.actions.together import shown_together
from nejat_cms.content.models import Release, ReleaseItem
from nejat_cms.content.queries.releases import Member, due_releases, members_of, releases_to_wait
from nejat_cms.content.rules.releases import PLANNED, Hindrance, ReleaseState, idle_gates
from nejat_cms.db import atomic, db, end_reading, lock, utc_now
from nejat_cms.errors import (
    ForbiddenError,
    NotFoundError,
    Problem,
    ReleaseBlockedError,
    ReleaseGatedError,
    SlugTakenError,
    UnavailableError,
    pointer,
)
from nejat_cms.events import emit, every
from nejat_cms.permissions import SYSTEM, Actor, Permission, require

log = structlog.get_logger(__name__)

WORDS = {
    Hindrance.NOT_APPROVED: _("It is not approved."),
    Hindrance.ARCHIVED: _("It is archived."),
    Hindrance.IN_THE_TRASH: _("It lies in the trash."),
}


@dataclass(frozen=True)
class HeldRelease:
    """A release with its texts, all locked: nobody writes, moves or publishes any of them meanwhile."""

    release: Release
    members: Sequence[Member]

    @property
    def to_come(self) -> list[Member]:
        """What has not gone out yet."""
        return [each for each in self.members if each.item.published_at is None]

    @property
    def begun(self) -> bool:
        """Whether a part of it has gone out."""
        return len(self.to_come) < len(self.members)


def hold_release(release_id: UUID, also: Collection[UUID] = ()) -> HeldRelease:
    """The release and the articles of all its texts, locked, and with them those that `also` names.

    A text may be moved to another article until its own is held. So it is looked again; and what was held is let go
    before more is, since a lower id must not be waited for with a higher one in hand.

    Raises: NotFoundError.
    """
    release = lock(Release, release_id)
    if release is None:
        raise NotFoundError
    wanted = {*also, *(each.variant.article_id for each in members_of(release_id))}
    while True:
        with db.session.begin_nested() as attempt:
            hold_articles(wanted)
            members = members_of(release_id)
            missing = {each.variant.article_id for each in members} - wanted
            if not missing:
                return HeldRelease(release, members)
            attempt.rollback()
        wanted |= missing


def require_passable(held: HeldRelease) -> None:
    """Refuse a release of which a text cannot be published, or whose gate could never open.

    Raises: ReleaseBlockedError.
    """
    problems = [
        problem for problem in _hindrances(held) if problem.code != Hindrance.NOT_APPROVED
    ] + idle_gate_problems(held.release.gate, held.members)
    if problems:
        raise ReleaseBlockedError(problems)


def idle_gate_problems(gate: Sequence[str], members: Sequence[Member]) -> list[Problem]:
    """A problem for each edition of the gate that has no text in the release."""
    places = idle_gates(gate, {each.variant.locale for each in members})
    return [Problem("no_text", _("The release has no text in this edition."), pointer("gate", n)) for n in places]


def _hindrances(held: HeldRelease) -> list[Problem]:
    return [
        Problem(why, WORDS[why], pointer("items", place))
        for place, each in enumerate(held.members)
        if (why := each.hindrance) is not None
    ]


@atomic
def publish_part(actor: Actor, held: HeldRelease, part: Sequence[Member]) -> None:
    """Make the present revisions of a part of a release what readers see, in one step.

    The gate is that of the whole release. What readers see already at its present revision is left as it is.

    Raises: ForbiddenError, ReleaseBlockedError, ReleaseGatedError, SlugTakenError.
    Emits: VariantPublished for each, ReleasePublished.
    """
    for each in part:
        require(actor, Permission.PUBLISH_VARIANT, each.variant)
    require_passable(held)
    shut = _hindrances(held)
    if shut:
        raise ReleaseGatedError(shut)
    release, now = held.release, utc_now()
    with shown_together():
        for each in part:
            go_live(actor, each.variant, each.variant.revision, each.variant.slug)
            each.item.published_at, each.item.revision = now, each.variant.revision
    complete = not held.to_come
    if complete:
        release.state, release.refusal, release.published_at = ReleaseState.PUBLISHED, None, now
    else:
        release.state = ReleaseState.SCHEDULED
    release.touch()
    locales = tuple(sorted({each.variant.locale for each in part}))
    db.session.flush()
    record(actor, "release.publish", "release", release.id, locales=list(locales), complete=complete)
    emit(ReleasePublished(release.id, locales, complete))


@every(seconds=1)
def run_releases() -> None:
    """Publish what is due of scheduled releases, each part in a transaction of its own; let wait what has to."""
    now = utc_now()
    shut = releases_to_wait(now)
    end_reading()
    for release_id in shut:
        let_release_wait(release_id)
    last: UUID | None = None
    while due := due_releases(now, after=last):  # to the end: those that fail again every time hold up nobody
        end_reading()
        for release_id, version in due:
            _send_out(release_id, version)
        last = due[-1][0]
    end_reading()


def _send_out(release_id: UUID, version: int) -> None:
    try:
        while publish_due_part(release_id):
            pass
    except ReleaseGatedError:
        return  # a text was edited since the releases were looked through; the next look finds it waiting
    except (ForbiddenError, SlugTakenError, ReleaseBlockedError) as error:
        log.warning("release refused", release=str(release_id), reason=error.code)
        refuse_release(release_id, version, error.code)
    except UnavailableError:
        raise
    except Exception:  # it is tried again, and holds up nothing else
        log.exception("release failed", release=str(release_id))


@atomic
def publish_due_part(release_id: UUID) -> bool:
    """Publish the texts of a release whose hour came first of those that are due; answers whether more are due.

    The rights are those that its scheduler has now. However many workers try, the first one under the locks does
    it and the rest find nothing to do.

    Raises: ForbiddenError, ReleaseBlockedError, ReleaseGatedError, SlugTakenError.
    Emits: VariantPublished, ReleasePublished.
    """
    try:
        held = hold_release(release_id)
    except NotFoundError:  # deleted meanwhile
        return False
    if held.release.state not in PLANNED:
        return False
    now = utc_now()
    hours = {each.item.publish_at for each in held.to_come if each.item.publish_at is not None}
    due = sorted(hour for hour in hours if hour <= now)
    if not due:
        return False
    part = [each for each in held.to_come if each.item.publish_at == due[0]]
    publish_part(planner(held.release.scheduled_by), held, part)
    return len(due) > 1


@atomic
def let_release_wait(release_id: UUID) -> None:
    """Say of a release whose hour has come that its gate is shut."""
    release = lock(Release, release_id)
    if release is not None and release.state == ReleaseState.SCHEDULED:
        release.state = ReleaseState.WAITING
        record(SYSTEM, "release.wait", "release", release_id)


@atomic
def refuse_release(release_id: UUID, version: int, reason: str) -> None:
    """Give up a plan that cannot be carried out; the release and the audit trail say why. A newer one stays."""
    release = lock(Release, release_id)
    if release is not None and release.version == version:
        release.state, release.refusal = ReleaseState.REFUSED, reason
        record(SYSTEM, "release.refused", "release", release_id, reason=reason)


@atomic
def hold_releases_of(variant_id: UUID) -> list[Release]:
    """The releases that a variant is in, locked in the order of their ids; before the articles, as everywhere."""
    holding = exists().where(ReleaseItem.release_id == Release.id, ReleaseItem.variant_id == variant_id)
    wanted = select(Release).where(holding).order_by(Release.id).with_for_update()
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


@atomic
def settle_release(release: Release) -> None:
    """Let a release, held, be what is left of it after a text was purged.

    With nothing still to come it has gone out. With no text at all it is in no edition, and so nobody's: it goes too.
    """
    hours = db.session.scalars(select(ReleaseItem.published_at).where(ReleaseItem.release_id == release.id)).all()
    gone_out = [hour for hour in hours if hour is not None]
    if not hours:
        db.session.delete(release)
    elif len(gone_out) == len(hours) and release.state != ReleaseState.PUBLISHED:
        release.state, release.refusal, release.published_at = ReleaseState.PUBLISHED, None, max(gone_out)
        record(SYSTEM, "release.end", "release", release.id)
    db.session.flush()
