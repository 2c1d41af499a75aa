"""Releases: how far one has come, and what is in the way of its going out."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from nejat_cms.content.rules.stages import Stage

ITEMS_MOST = 200


class ReleaseState(StrEnum):
    """`waiting`: its time has come, and its gate is shut; it goes as soon as the gate opens.

    `refused`: it was given up when its time came, and can be published or planned again.
    """

    OPEN = "open"
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"


PLANNED = (ReleaseState.SCHEDULED, ReleaseState.WAITING)


class Hindrance(StrEnum):
    """Why a text cannot go out with its release now. For approval a release waits; for the others it is refused."""

    NOT_APPROVED = "not_approved"
    ARCHIVED = "archived"
    IN_THE_TRASH = "in_the_trash"


def hindrance(stage: str, *, trashed: bool, gated: bool) -> Hindrance | None:
    """What is in the way of a text that has not gone out yet; `gated`: the release waits for its edition."""
    if trashed:
        return Hindrance.IN_THE_TRASH
    if stage == Stage.ARCHIVED:
        return Hindrance.ARCHIVED
    return Hindrance.NOT_APPROVED if gated and stage != Stage.APPROVED else None


def idle_gates(gate: Sequence[str], locales: Collection[str]) -> list[int]:
    """Which editions of a gate have no text in the release, by their places: these gates would never open."""
    return [place for place, locale in enumerate(gate) if locale not in locales]
