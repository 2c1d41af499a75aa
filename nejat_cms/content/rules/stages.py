"""Where a variant stands in the newsroom, and which step leads where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nejat_cms.permissions import Permission


class Stage(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    UNPUBLISHED = "unpublished"


@dataclass(frozen=True)
class Transition:
    """A step: from which stages it may be taken, to which it leads (None: the same), and who may take it."""

    sources: frozenset[Stage]
    target: Stage | None
    permission: Permission


_UNARCHIVED = frozenset(Stage) - {Stage.ARCHIVED}
TRANSITIONS = {
    "submit": Transition(frozenset({Stage.DRAFT}), Stage.IN_REVIEW, Permission.SUBMIT_VARIANT),
    "approve": Transition(frozenset({Stage.IN_REVIEW}), Stage.APPROVED, Permission.REVIEW_VARIANT),
    "return": Transition(
        frozenset({Stage.IN_REVIEW, Stage.APPROVED, Stage.ARCHIVED}), Stage.DRAFT, Permission.REVIEW_VARIANT
    ),
    "publish": Transition(_UNARCHIVED, Stage.APPROVED, Permission.PUBLISH_VARIANT),
    "unpublish": Transition(frozenset(Stage), None, Permission.PUBLISH_VARIANT),
    "archive": Transition(_UNARCHIVED, Stage.ARCHIVED, Permission.PUBLISH_VARIANT),
    "schedule": Transition(_UNARCHIVED, None, Permission.PUBLISH_VARIANT),
}


@dataclass(frozen=True)
class LocalTime:
    """A time on the wall clock of an edition, still without its zone; `fold` picks among two that are the same."""

    local: str
    fold: int


def visibility_of(live_revision: int | None, publish_at: datetime | None) -> Visibility:
    """Published while a live revision stands; else scheduled or unpublished."""
    if live_revision is not None:
        return Visibility.PUBLISHED
    return Visibility.UNPUBLISHED if publish_at is None else Visibility.SCHEDULED
