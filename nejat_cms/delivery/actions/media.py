"""Which files readers are shown, and which documents lead to which articles: kept with every document that changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from nejat_cms.content.rules.assets import AssetRef, described
from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import raise_house_version
from nejat_cms.delivery.models import Document, DocumentMention
from nejat_cms.events import Event, emit
from nejat_cms.http.tags import asset_tag
from nejat_cms.media.actions.uses import ShownFiles, show_files
from nejat_cms.media.rules.faces import AssetFace


@dataclass(frozen=True)
class ContentsOutdated(Event):
    """An article that the contents of another one lead to is new, gone, at another address, or known by another id."""

    article_id: UUID
    """The one whose contents they are."""


def files_shown(locale: str, faces: Iterable[AssetFace], refs: Iterable[AssetRef]) -> ShownFiles:
    """What a document shows of the library: the files it names, and the posters they are shown with."""
    every = {face.id: face.file_id for one in faces for face in (one, one.poster) if face}
    return ShownFiles(locale, every, {asset_id for asset_id, own in described(refs).items() if own})


def keep_files(shown: Mapping[UUID, ShownFiles]) -> None:
    """Make public what these documents show, and nothing else of theirs; caches drop what is so no more, or anew."""
    changed = show_files(shown)
    if changed:
        raise_house_version(*map(asset_tag, changed))


def keep_mentions(mentioned: Mapping[UUID, tuple[UUID, Collection[UUID]]], told: Collection[UUID]) -> None:
    """Remember which articles these documents lead to (by variant: its own article and those), and have whatever leads
    to any of which was `told` follow.

    Where several are shown together, one may have been rendered before the other was there: it follows too.
    """
    rows = db.session.execute(
        select(DocumentMention, Document.article_id)
        .join(Document, Document.variant_id == DocumentMention.variant_id)
        .where(or_(DocumentMention.variant_id.in_(mentioned), DocumentMention.article_id.in_(told)))
    ).all()
    present = {(row.variant_id, row.article_id): row for row, _ in rows if row.variant_id in mentioned}
    wanted = {(variant_id, each): own for variant_id, (own, ids) in mentioned.items() for each in ids}
    for key in present.keys() - wanted.keys():
        db.session.delete(present[key])
    db.session.add_all(
        DocumentMention(variant_id=variant_id, article_id=article_id)
        for variant_id, article_id in sorted(wanted.keys() - present.keys())
    )
    leading = {(row.article_id, own) for row, own in rows} | {
        (article_id, own) for (_, article_id), own in wanted.items()
    }
    for follower in sorted({own for article_id, own in leading if article_id in told and article_id != own}):
        emit(ContentsOutdated(follower))


def outdate_contents(article_id: UUID, locale: str | None = None) -> None:
    """Have whatever leads to an article follow, in one edition or in all: its id stands for another one there now."""
    leading = (
        select(Document.article_id)
        .join(DocumentMention, DocumentMention.variant_id == Document.variant_id)
        .where(DocumentMention.article_id == article_id)
    )
    if locale is not None:
        leading = leading.where(Document.locale == locale)
    for follower in sorted({*db.session.scalars(leading)}):
        emit(ContentsOutdated(follower))
