"""What is live of an article, as readers see it: read from the newsroom's tables, before it is rendered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from flask import current_app
from sqlalchemy import bindparam, select

from nejat_cms.content.models import Article, Revision, Variant
from nejat_cms.content.queries.freshness import origins_of, public_freshness
from nejat_cms.content.rules.assets import snapshot_refs
from nejat_cms.content.rules.blocks import Block
from nejat_cms.db import db
from nejat_cms.delivery.actions.former_ids import meant_by
from nejat_cms.delivery.models import Document
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.delivery.rules.media import Media
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.language.zones import parse_rfc3339
from nejat_cms.media.queries import assets_of, face_in
from nejat_cms.media.rules.addresses import Address, public_address

# Every publication asks it, so it is made once.
_LIVE = (
    select(Variant, Revision, Article.kind)
    .join(Revision, (Revision.variant_id == Variant.id) & (Revision.number == Variant.live_revision))
    .join(Article, Article.id == Variant.article_id)
    .where(Variant.article_id.in_(bindparam("articles", expanding=True)), Variant.trashed_at.is_(None))
)

Published = Mapping[tuple[str, UUID], Mapping[str, str]]


class Live(NamedTuple):
    """A variant, its revision that is live, and what readers see of it."""

    variant: Variant
    revision: Revision
    face: Face


def live_faces(article_ids: Sequence[UUID], facts: dict[str, EditionFacts], *, held: bool = False) -> dict[UUID, Live]:
    """What is live of these articles, by variant; `held`: what it shows of the library stays as it is meanwhile."""
    rows = db.session.execute(_LIVE, {"articles": article_ids}).all()
    origins = origins_of([revision for _, revision, _ in rows])  # the session looks none of them up again
    media = media_of([(variant, revision, kind) for variant, revision, kind in rows], facts, held=held)
    live = {
        variant.id: Live(
            variant, revision, live_face(variant, revision, kind, facts[variant.locale], media[variant.id])
        )
        for variant, revision, kind in rows
    }
    del origins
    return live


def live_face(variant: Variant, revision: Revision, kind: str, edition: EditionFacts, media: Media) -> Face:
    """What readers see of a variant that is live."""
    slug, since, shown = variant.live_slug, variant.first_published_at, revision.published_at
    if slug is None or since is None or shown is None:
        raise RuntimeError(f"variant {variant.id} is live but was never published")
    return face_of(variant, revision, kind, edition, media, slug=slug, published_at=since, updated_at=shown)


def face_of(
    variant: Variant,
    revision: Revision,
    kind: str,
    edition: EditionFacts,
    media: Media,
    *,
    slug: str,
    published_at: datetime,
    updated_at: datetime,
) -> Face:
    """A revision as readers see it, or would; `published_at` is for one that names no date of its own."""
    snapshot = revision.snapshot
    named_date = snapshot["published_at"]
    return Face(
        article_id=str(variant.article_id),
        variant_id=str(variant.id),
        kind=kind,
        edition=edition,
        slug=slug,
        title=snapshot["title"],
        lead=snapshot["lead"],
        blocks=snapshot["blocks"],
        fields=snapshot["fields"],
        source=snapshot["source"],
        seo=snapshot["seo"],
        featured=snapshot["featured"],
        published_at=parse_rfc3339(named_date) if named_date else published_at,
        updated_at=updated_at,
        freshness=public_freshness(variant, revision),
        revision=revision.number,
        image=snapshot.get("image"),
        media=media,
        related=snapshot.get("related", ()),
    )


def media_of(
    rows: Sequence[tuple[Variant, Revision, str]],
    facts: Mapping[str, EditionFacts],
    address: Address | None = None,
    *,
    held: bool = False,
) -> dict[UUID, Media]:
    """What each of these texts shows of the media library, and of the articles that its contents lead to.

    One statement more for what is named of the library, two for articles, and none for nothing.
    """
    address = address or public_address(current_app.config["SETTINGS"].base_url)
    named = {variant.id: snapshot_refs(kind, revision.snapshot) for variant, revision, kind in rows}
    pictures = {variant.locale: facts[variant.locale].share_image for variant, _, _ in rows}
    share = {locale: UUID(picture) for locale, picture in pictures.items() if picture}
    assets = assets_of({ref.id for refs in named.values() for ref in refs} | {*share.values()}, held=held)
    naming = {variant: articles_in(revision.snapshot["blocks"]) for variant, revision, _ in rows}
    contents = _contents_of(naming)
    media = {}
    for variant, _revision, _kind in rows:
        faces = {str(ref.id): face_in(assets, ref.id, variant.locale) for ref in named[variant.id]}
        media[variant.id] = Media(
            {key: face for key, face in faces.items() if face},
            contents[variant.id].shown,
            frozenset(contents[variant.id].followed),
            address,
            face_in(assets, share[variant.locale], variant.locale) if variant.locale in share else None,
            bool(faces or naming[variant]),
        )
    return media


def articles_in(blocks: Sequence[Block]) -> set[UUID]:
    """The articles that a body's contents lead to."""
    contents = [block["items"] for block in blocks if block["type"] == "contents"]
    return {UUID(entry["article"]) for items in contents for entry in items if "article" in entry}


class Contents(NamedTuple):
    """What the contents of a text lead to; never to itself."""

    shown: dict[str, Mapping[str, str]]
    """The articles that are published in its edition, by the id that it names."""
    followed: set[UUID]
    """These, and those that would come before them."""


def _contents_of(naming: Mapping[Variant, Collection[UUID]]) -> dict[UUID, Contents]:
    """What texts lead to that name these articles, by variant."""
    meant = meant_by({(variant.locale, each) for variant, ids in naming.items() for each in ids})
    published = _published({article_id for ids in meant.values() for article_id in ids})
    return {
        variant.id: _contents(variant, {each: meant[variant.locale, each] for each in ids}, published)
        for variant, ids in naming.items()
    }


def _contents(variant: Variant, meant: Mapping[UUID, Sequence[UUID]], published: Published) -> Contents:
    contents = Contents({}, set())
    for named, article_ids in meant.items():
        for article_id in article_ids:
            if article_id == variant.article_id:
                continue
            contents.followed.add(article_id)
            if (variant.locale, article_id) in published:
                contents.shown[str(named)] = published[variant.locale, article_id]
                break
    return contents


def _published(article_ids: Collection[UUID]) -> Published:
    """Where these articles are published, by edition: id, slug, address and title."""
    if not article_ids:
        return {}
    query = select(Document.locale, Document.article_id, Document.card).where(Document.article_id.in_(article_ids))
    cards = {(locale, article_id): orjson.loads(card) for locale, article_id, card in db.session.execute(query)}
    return {key: {name: card[name] for name in ("id", "slug", "url", "title")} for key, card in cards.items()}
