"""The count of comments in documents; whose comments they are, `community` knows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import raise_house_version
from nejat_cms.delivery.models import Document
from nejat_cms.events import Event
from nejat_cms.http.tags import article_tag, edition_tag


@dataclass(frozen=True)
class DocumentsMade(Event):
    """Variants are to be seen that were not, or not any more: nothing is known of what lies beside their text."""

    variant_ids: tuple[UUID, ...]


def set_comment_count(variant_id: UUID, count: int) -> None:
    """Show readers how many comments a text has; where it is not to be seen, there is nothing to show."""
    document = db.session.scalar(select(Document).where(Document.variant_id == variant_id))
    if document is not None and document.comments != count:
        document.comments = count
        raise_house_version(edition_tag(document.locale), article_tag(document.article_id))
