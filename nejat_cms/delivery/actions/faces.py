"""What is live of an article, as readers see it: read from the newsroom's tables, before it is rendered."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select

from nejat_cms.content.models import Article, Revision, Variant
from nejat_cms.content.queries.freshness import origins_of, public_freshness
from nejat_cms.db import db
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.language.zones import parse_rfc3339

# Every publication asks it, so it is made once.
_LIVE = (
    select(Variant, Revision, Article.kind)
    .join(Revision, (Revision.variant_id == Variant.id) & (Revision.number == Variant.live_revision))
    .join(Article, Article.id == Variant.article_id)
    .where(Variant.article_id.in_(bindparam("articles", expanding=True)), Variant.trashed_at.is_(None))
)


class Live(NamedTuple):
    """A variant, its revision that is live, and what readers see of it."""

    variant: Variant
    revision: Revision
    face: Face


def live_faces(article_ids: Sequence[UUID], facts: dict[str, EditionFacts]) -> dict[UUID, Live]:
    """What is live of these articles, by variant."""
    rows = db.session.execute(_LIVE, {"articles": article_ids}).all()
    held = origins_of([revision for _, revision, _ in rows])  # the session looks none of them up again
    live = {
        variant.id: Live(variant, revision, live_face(variant, revision, kind, facts[variant.locale]))
        for variant, revision, kind in rows
    }
    del held
    return live


def live_face(variant: Variant, revision: Revision, kind: str, edition: EditionFacts) -> Face:
    """What readers see of a variant that is live."""
    slug, since, shown = variant.live_slug, variant.first_published_at, revision.published_at
    if slug is None or since is None or shown is None:
        raise RuntimeError(f"variant {variant.id} is live but was never published")
    return face_of(variant, revision, kind, edition, slug=slug, published_at=since, updated_at=shown)


def face_of(
    variant: Variant,
    revision: Revision,
    kind: str,
    edition: EditionFacts,
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
    )
