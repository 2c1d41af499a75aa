"""The editions' counters: they number changes in commit order."""

from collections.abc import Iterable

from sqlalchemy import select

from nejat_cms.db import db
from nejat_cms.delivery.models import PublicEdition


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
