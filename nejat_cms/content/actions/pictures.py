"""What was approved is not changed by a picture of it: a veto of content on changes of the media library."""

from sqlalchemy import or_, select

from nejat_cms.content.models import Variant
from nejat_cms.content.rules.stages import Stage
from nejat_cms.db import db
from nejat_cms.errors import ForbiddenError
from nejat_cms.events import on
from nejat_cms.media.actions.events import AssetChanging
from nejat_cms.media.queries import uses_of


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
