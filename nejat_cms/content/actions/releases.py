"""Releases as the newsroom makes, changes and plans them; going out is in `releasing`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.releasing import (
    HeldRelease,
    hold_release,
    idle_gate_problems,
    publish_part,
    require_passable,
)
from nejat_cms.content.actions.saving import hold_articles
from nejat_cms.content.actions.stages import instant_of
from nejat_cms.content.models import Release, ReleaseItem, Variant
from nejat_cms.content.queries.releases import Member, knows_release, other_release, variants_named
from nejat_cms.content.queries.variants import present_ids, readable_revision
from nejat_cms.content.rules.releases import PLANNED, ReleaseState
from nejat_cms.content.rules.stages import LocalTime
from nejat_cms.db import atomic, db, new_id, utc_now
from nejat_cms.editions.queries import list_editions
from nejat_cms.errors import (
    ConflictError,
    InvalidError,
    InvalidTransitionError,
    NotFoundError,
    Problem,
    ReleaseBlockedError,
    pointer,
)
from nejat_cms.permissions import Actor, Permission, require

Named = Sequence[Mapping[str, Any]]


@atomic
def create_release(actor: Actor, given: Mapping[str, Any]) -> Release:
    """Put variants together that are to go out together.

    Raises: ForbiddenError, InvalidError, ConflictError where one of them is to go out with another release.
    """
    release = Release(id=new_id(), title=given["title"], note=given.get("note", ""), created_by=actor.user_id)
    release.gate = list(given.get("gate", ()))
    variants = _hold_named(actor, given["items"])
    members = _members(release, variants, {})
    _check_gate(release.gate, members)
    _require_free(release, variants)
    db.session.add(release)
    db.session.flush()
    db.session.add_all(each.item for each in members)
    db.session.flush()
    record(actor, "release.create", "release", release.id, texts=len(members), gate=release.gate)
    return release


@atomic
def change_release(actor: Actor, release_id: UUID, changes: Mapping[str, Any], *, version: int | None) -> Release:
    """Change what is named of a release. What it holds stays as it is once a part of it has gone out.

    A text that joins a planned release gets the hour of its edition; if that has come, it goes at once.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError, InvalidTransitionError, ConflictError,
    ReleaseBlockedError.
    """
    named = present_ids(each["article"] for each in changes.get("items", ()))
    held = _hold_mine(actor, release_id, version, named.values())
    release, members = held.release, list(held.members)
    before = (release.title, release.note, release.gate, [each.variant.id for each in members])
    gate = list(changes.get("gate", release.gate))
    if "items" in changes:
        variants = _hold_named(actor, changes["items"])
        members = _members(release, variants, {each.item.variant_id: each.item for each in held.members})
    after = (
        changes.get("title", release.title),
        changes.get("note", release.note),
        gate,
        [each.variant.id for each in members],
    )
    if after == before:
        return release
    release.title, release.note = after[:2]
    if after[2:] != before[2:]:
        if held.begun:
            raise InvalidTransitionError(_("A part of it has gone out."))
        _check_gate(gate, members)
        release.gate = gate
        _replace_items(held, members)
        if release.state in PLANNED:
            _require_plannable(HeldRelease(release, members))
            _set_hours(release, [each for each in members if each.item.publish_at is None])
    release.touch()
    record(actor, "release.update", "release", release_id, changed=sorted(changes))
    return release


@atomic
def delete_release(actor: Actor, release_id: UUID, *, version: int | None) -> None:
    """Take variants apart again that were put together; what has gone out stays with its readers.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    """
    held = _hold_mine(actor, release_id, version)
    db.session.delete(held.release)
    record(actor, "release.delete", "release", release_id, state=held.release.state)


@atomic
def publish_release(actor: Actor, release_id: UUID, *, version: int | None) -> Release:
    """Publish all of a release that is still to come, now and at once; nothing of it where anything is in the way.

    Publishing one that is out already changes nothing.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ReleaseBlockedError, ReleaseGatedError.
    Emits: VariantPublished, ReleasePublished.
    """
    held = _hold_mine(actor, release_id, version)
    if held.to_come:
        publish_part(actor, held, held.to_come)
    return held.release


@atomic
def schedule_release(
    actor: Actor, release_id: UUID, publish_at: Any, *, version: int | None
) -> tuple[Release, list[dict[str, str]]]:
    """Say when a release goes out: at an instant, or in each edition at that time of its own clock; None cancels.

    Second in the answer: a warning for each edition whose clock skips the time.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError, InvalidTransitionError,
    ReleaseBlockedError.
    """
    held = _hold_mine(actor, release_id, version)
    release = held.release
    if not held.to_come:
        raise InvalidTransitionError(_("It has gone out already."))
    if publish_at is None and release.state == ReleaseState.OPEN:
        return release, []
    local = publish_at if isinstance(publish_at, LocalTime) else None
    release.at = None if local else publish_at
    release.local, release.fold = (local.local, local.fold) if local else (None, None)
    release.refusal = None
    warnings: list[dict[str, str]] = []
    if publish_at is None:
        release.state, release.scheduled_by = ReleaseState.OPEN, None
        for each in held.to_come:
            each.item.publish_at = None
    else:
        _require_plannable(held)
        skipped = _set_hours(release, held.to_come)
        now = utc_now()
        if any(each.item.publish_at <= now for each in held.to_come if each.item.publish_at):
            raise InvalidError(Problem("in_the_past", _("Must lie in the future."), "/publish_at"))
        warnings = [_skipped(locale) for locale in skipped]
        release.state, release.scheduled_by = ReleaseState.SCHEDULED, actor.user_id
    release.touch()
    at = release.at and release.at.isoformat()
    record(actor, "release.schedule", "release", release_id, at=at, local=release.local, fold=release.fold)
    return release, warnings


def _skipped(locale: str) -> dict[str, str]:
    words = _("The clock of the edition %(locale)s skips this time; there it was moved forward.", locale=locale)
    return {"code": "local_time_skipped", "pointer": "/publish_at", "detail": str(words)}


def _hold_mine(actor: Actor, release_id: UUID, version: int | None, also: Collection[UUID] = ()) -> HeldRelease:
    held = hold_release(release_id, also)
    if not knows_release(actor, held.members):
        raise NotFoundError
    for each in held.members:
        require(actor, Permission.PUBLISH_VARIANT, each.variant)
    held.release.check_version(version)
    return held


def _hold_named(actor: Actor, named: Named) -> list[Variant]:
    """The variants that somebody names, their articles locked; of one she may not know, she learns nothing."""
    present = present_ids(each["article"] for each in named)
    keys = [(present[each["article"]], each["locale"]) for each in named]
    hold_articles(article_id for article_id, _locale in keys)
    found = variants_named(set(keys))
    problems = []
    for place, key in enumerate(keys):
        if key in keys[:place]:
            problems.append(Problem("repeated", _("The same text is named twice."), pointer("items", place)))
        elif key not in found or readable_revision(actor, found[key]) is None:
            problems.append(Problem("unknown_text", _("There is no such text."), pointer("items", place)))
    if problems:
        raise InvalidError(problems)
    variants = [found[key] for key in keys]
    for variant in variants:
        require(actor, Permission.PUBLISH_VARIANT, variant)
    return variants


def _members(release: Release, variants: Sequence[Variant], present: Mapping[UUID, ReleaseItem]) -> list[Member]:
    """The variants as members of a release: with the items that there are, and new ones."""
    return [
        Member(present.get(variant.id) or ReleaseItem(release_id=release.id, variant_id=variant.id), variant)
        for variant in variants
    ]


def _check_gate(gate: Sequence[str], members: Sequence[Member]) -> None:
    """Give each text its place, and say whether the release waits for it."""
    problems = idle_gate_problems(gate, members)
    problems += [
        Problem("repeated", _("The same language is named twice."), pointer("gate", place))
        for place, locale in enumerate(gate)
        if locale in gate[:place]
    ]
    if problems:
        raise InvalidError(problems)
    for position, each in enumerate(members):
        each.item.position, each.item.gated = position, each.variant.locale in gate


def _replace_items(held: HeldRelease, members: Sequence[Member]) -> None:
    kept = {each.variant.id for each in members}
    former = {each.variant.id for each in held.members}
    for each in held.members:
        if each.variant.id not in kept:
            db.session.delete(each.item)
    fresh = [each for each in members if each.variant.id not in former]
    _require_free(held.release, [each.variant for each in fresh])
    db.session.add_all(each.item for each in fresh)
    db.session.flush()


def _require_free(release: Release, variants: Sequence[Variant]) -> None:
    other = other_release([variant.id for variant in variants], release.id) if variants else None
    if other is not None:
        words = _("A text is to go out with the release “%(title)s”.", title=other.title)
        raise ConflictError(words, release=str(other.id))


def _require_plannable(held: HeldRelease) -> None:
    """What goes out by plan goes out by one plan.

    Raises: ReleaseBlockedError.
    """
    require_passable(held)
    problems = [
        Problem("scheduled_alone", _("A time of publication is planned for it by itself."), pointer("items", place))
        for place, each in enumerate(held.members)
        if each.item.published_at is None and each.variant.publish_at is not None
    ]
    if problems:
        raise ReleaseBlockedError(problems)


def _set_hours(release: Release, members: Sequence[Member]) -> list[str]:
    """Give texts the instants at which they go out by the plan; answers the editions whose clocks skip the time.

    Raises: InvalidError.
    """
    plan = LocalTime(release.local, release.fold or 0) if release.local else release.at
    hours: dict[str, datetime | None] = {}
    skipped = []
    zones = {edition.locale: edition.timezone for edition in list_editions()}
    for locale in sorted({each.variant.locale for each in members}):
        hours[locale], moved = instant_of(plan, zones[locale], "publish_at")
        if moved:
            skipped.append(locale)
    for each in members:
        each.item.publish_at = hours[each.variant.locale]
    return skipped
