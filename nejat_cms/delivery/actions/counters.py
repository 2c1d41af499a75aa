"""The editions' counters, which number changes in commit order, and the version of the whole house."""

from collections.abc import Iterable

from flask import current_app
from sqlalchemy import select, text

from nejat_cms.db import after_commit, before_commit, db
from nejat_cms.delivery.actions.purging import AnswersChanged
from nejat_cms.delivery.models import PublicEdition, now_us
from nejat_cms.events import emit
from nejat_cms.http.tags import HOUSE, edition_tag


def hold_counters(locales: Iterable[str]) -> dict[str, PublicEdition]:
    """The counter rows, locked in locale order until the transaction ends, so that numbers commit in order."""
    rows = db.session.scalars(
        select(PublicEdition)
        .where(PublicEdition.locale.in_(set(locales)))
        .order_by(PublicEdition.locale)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.locale: row for row in rows}


def advance(counter: PublicEdition, steps: int = 1) -> int:
    """The next number of an edition that is held, or the last of the next so many: readers will see a change."""
    counter.seq += steps
    raise_house_version(edition_tag(counter.locale))
    return counter.seq


def raise_house_version(*tags: str) -> None:
    """Readers will see a change: no answer that was kept before this transaction's commit is good after it.

    Caches that others run keep those without these tags.
    """
    before_commit(_raise, *tags)
    after_commit(_tell)


def _raise(tags: set[str]) -> None:
    version = db.session.scalar(
        text(
            """INSERT INTO house_version AS h (id, version) VALUES (1, :now) ON CONFLICT (id) DO UPDATE
               SET version = CASE WHEN excluded.version > h.version THEN excluded.version ELSE h.version + 1 END
               RETURNING version"""
        ),
        {"now": now_us()},
    )
    if tells_shared_caches():
        emit(AnswersChanged((HOUSE, *sorted(tags)), version))


def tells_shared_caches() -> bool:
    """Whether a cache in front of the house wants to hear what has changed."""
    return bool(current_app.config["SETTINGS"].purge_url)


def _tell() -> None:
    """Every process of this server knows at once; the others, and these if it cannot be told, ask by themselves."""
    cache = current_app.extensions.get("nejat.cache")
    if cache is not None:
        cache.refresh()
