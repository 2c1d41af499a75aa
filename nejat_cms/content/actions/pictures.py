"""Texts and the media library: what they name is in use, and what was approved is not changed by a picture of it."""

from sqlalchemy import or_, select

from nejat_cms.content.models import Variant
from nejat_cms.content.queries.variants import get_revision
from nejat_cms.content.rules.assets import described, snapshot_refs
from nejat_cms.content.rules.stages import Stage
from nejat_cms.db import db
from nejat_cms.errors import ForbiddenError
from nejat_cms.events import on
from nejat_cms.media.actions.events import AssetChanging
from nejat_cms.media.actions.uses import name_assets
from nejat_cms.media.queries import uses_of


def name_pictures(variant: Variant) -> None:
    """Tell the library what the newest revision names, and the one that is planned to go out, if that is another."""
    numbers = {variant.revision, variant.publish_revision or variant.revision}
    snapshots = [get_revision(variant.id, number).snapshot for number in sorted(numbers)]
    refs = [ref for snapshot in snapshots for ref in snapshot_refs(variant.kind, snapshot)]
    name_assets(variant.id, variant.locale, described(refs))


@on(AssetChanging)
def keep_what_was_approved(event: AssetChanging) -> None:
    """Veto: what texts show that are approved, or will go out by themselves, is changed by who may publish them.

    Raises: ForbiddenError.
    """
    if event.publishes_in is None:
        return
    settled = select(Variant.locale).where(
        Variant.id.in_({use.user_id for use in uses_of(event.asset_id)}),
        or_(Variant.stage == Stage.APPROVED, Variant.publish_at.is_not(None)),
        Variant.locale.not_in(event.publishes_in),
    )
    if event.locale is not None:
        settled = settled.where(Variant.locale == event.locale)
    if db.session.scalars(settled.limit(1)).first() is not None:
        raise ForbiddenError
