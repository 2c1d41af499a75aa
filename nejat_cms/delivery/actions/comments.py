"""The count of comments in documents; whose comments they are, `community` knows."""

from collections.abc import Mapping
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


def set_comment_counts(counts: Mapping[UUID, int]) -> None:
    """Show readers how many comments texts have; where one is not to be seen, there is nothing to show."""
    for document in db.session.scalars(select(Document).where(Document.variant_id.in_(counts))):
        if document.comments != counts[document.variant_id]:
            document.comments = counts[document.variant_id]
            raise_house_version(edition_tag(document.locale), article_tag(document.article_id))
