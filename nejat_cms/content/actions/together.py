"""Publishing many at once: readers get all of it in one step, and everybody locks in the same order.

Each publication by itself holds the counters of its editions until the commit. Two transactions that publish
several, each in an order of its own, would wait for each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from nejat_cms.content.actions.events import PublishedTogether
from nejat_cms.db import db
from nejat_cms.events import emit

PUT_OFF = "shown together"


@contextmanager
def shown_together() -> Iterator[None]:
    """Show what is published in here at the end of it, all at once: for whoever publishes many in one transaction.

    Emits: PublishedTogether.
    """
    info = db.session().info
    if PUT_OFF in info:
        yield
        return
    due: dict[UUID, None] = info.setdefault(PUT_OFF, {})
    try:
        yield
    finally:
        del info[PUT_OFF]
    emit(PublishedTogether(tuple(due)))


def put_off(article_id: UUID) -> bool:
    """Whether it will be shown with others, at the end."""
    due: dict[UUID, None] | None = db.session().info.get(PUT_OFF)
    if due is None:
        return False
    due[article_id] = None
    return True
