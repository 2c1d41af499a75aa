"""What was changed in the media library is followed by everything that shows it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import hold_counters, raise_house_version
from nejat_cms.delivery.actions.documents import AT_ONCE, follow_articles, hold_together
from nejat_cms.delivery.actions.editions import refresh_editions
from nejat_cms.delivery.actions.pictures import editions_showing, show_share_picture, terms_showing
from nejat_cms.delivery.actions.terms import show_terms
from nejat_cms.delivery.models import Document
from nejat_cms.editions.queries import get_edition, list_editions
from nejat_cms.events import on
from nejat_cms.http.tags import asset_tag
from nejat_cms.media.actions.events import AssetChanged
from nejat_cms.media.queries import users_of


@on(AssetChanged)
def show_asset(event: AssetChanged) -> None:
    """Show what was changed in the media library wherever readers are shown it: a few at once, the others roll out."""
    users = users_of([event.asset_id], [event.locale] if event.locale else ())
    showing = select(Document.article_id).where(Document.variant_id.in_(users)).distinct()
    ids = sorted(db.session.scalars(showing)) if users else []
    if len(ids) > AT_ONCE:
        db.session.execute(update(Document).where(Document.article_id.in_(ids[AT_ONCE:])).values(house_mark=""))
    held = hold_together(ids[:AT_ONCE])  # articles before counters, as everywhere
    _show_pages(event.asset_id, terms_showing(event.asset_id), editions_showing(event.asset_id))
    follow_articles(held)
    if users:  # another cut of a picture is at the same address
        raise_house_version(asset_tag(event.asset_id))


def _show_pages(asset_id: UUID, term_ids: Collection[UUID], locales: Collection[str]) -> None:
    """On the pages of terms, and in place of what has no picture of its own: the editions' documents roll out."""
    if not term_ids and not locales:
        return
    hold_counters(edition.locale for edition in list_editions())
    if term_ids:
        show_terms(term_ids)
    if locales:
        refresh_editions()
        for locale in sorted(locales):
            show_share_picture(get_edition(locale))
        db.session.execute(update(Document).where(Document.locale.in_(locales)).values(house_mark=""))
