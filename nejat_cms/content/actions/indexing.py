"""The newsroom's search follows what is written."""

from sqlalchemy import or_, select

from nejat_cms.content.models import DraftText, Revision, Variant
from nejat_cms.content.rules.blocks import render_text
from nejat_cms.content.rules.snapshots import Snapshot
from nejat_cms.db import atomic, db, end_reading, lock
from nejat_cms.events import every
from nejat_cms.fulltext import INDEX_VERSION, index_text

AT_ONCE = 100
"""How many drafts one transaction indexes."""


def index_draft(variant: Variant, snapshot: Snapshot, *, new: bool = False) -> None:
    """Make what the newsroom finds of a variant what its newest revision says; of a `new` one nothing is found yet."""
    body = render_text(snapshot["blocks"])
    texts = {"title": snapshot["title"], "lead": snapshot["lead"], "body": body}
    index_text(DraftText, variant.id, variant.locale, **texts, new=new)


@every(seconds=30)
def index_waiting_drafts() -> None:
    """Index what was written before there was this index, or before words were cut as they are now."""
    while _waiting():
        end_reading()
        atomic(index_next_drafts)()
    end_reading()


def index_next_drafts() -> None:
    """Index the next hundred drafts that wait for it, each held, so that an edit meanwhile is not undone."""
    for waiting in _waiting():
        variant = lock(Variant, waiting.id)
        if variant is None:
            continue
        revision = db.session.get_one(Revision, (variant.id, variant.revision))
        index_draft(variant, revision.snapshot)


def _waiting() -> list[Variant]:
    indexed = select(Variant).outerjoin(DraftText, DraftText.variant_id == Variant.id)
    late = or_(DraftText.id.is_(None), DraftText.version != INDEX_VERSION)
    return list(db.session.scalars(indexed.where(late).order_by(Variant.id).limit(AT_ONCE)))
