"""Earlier states of a variant, and what lies in the trash."""

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from nejat_cms.content.models import Revision, Variant
from nejat_cms.content.queries.variants import VariantView, get_revision
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, visible


def list_revisions(view: VariantView, *, position: Position | None, limit: int) -> Page[Revision]:
    """The history of a variant as far as the actor may read it, newest first."""
    query = select(Revision).where(Revision.variant_id == view.variant.id)
    if not view.whole_history:
        read = Revision.number == view.revision.number
        query = query.where(read if view.live_only else or_(read, Revision.published_at.is_not(None)))
    return fetch_page(query, Revision.number, position, limit)


def read_revision(view: VariantView, number: int) -> Revision:
    """One revision from the history the actor may read.

    Of an approved text that is not hers she may read what was approved now and what readers saw
    before, which is what a translator compares; of one whose draft she may not know, what is live.

    Raises: NotFoundError.
    """
    if number == view.revision.number:
        return view.revision
    revision = None if view.live_only else get_revision(view.variant.id, number)
    if revision is None or not (view.whole_history or revision.published_at):
        raise NotFoundError
    return revision


def list_trash(actor: Actor, *, position: Position | None, limit: int) -> Page[Variant]:
    """What lies in the trash of the editions where the actor may delete, newest variants first."""
    query = (
        select(Variant)
        .join(Variant.article)
        .options(contains_eager(Variant.article))
        .where(Variant.trashed_at.is_not(None), visible(actor, Permission.DELETE_VARIANT, Variant))
    )
    return fetch_page(query, Variant.id, position, limit)
