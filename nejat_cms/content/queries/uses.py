"""Where an asset is used: in texts, on the pages of sections, tags and people, and for whole editions."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from nejat_cms.content.models import TermName
from nejat_cms.content.queries.variants import readable_variants
from nejat_cms.content.rules.terms import page_id
from nejat_cms.db import db
from nejat_cms.editions.queries import list_editions
from nejat_cms.editions.rules import edition_id
from nejat_cms.media.queries import uses_of
from nejat_cms.permissions import Actor

NOTHING = {"article": None, "variant": None, "kind": None, "term": None}


def list_uses(actor: Actor, asset_id: UUID) -> tuple[list[dict[str, Any]], int]:
    """Who shows an asset or would, as far as the actor may read it; and how many there are in all."""
    uses = uses_of(asset_id)
    users, public = {use.user_id for use in uses}, {use.user_id for use in uses if use.public}
    rows: list[dict[str, Any]] = [
        NOTHING
        | {
            "type": "text",
            "article": variant.article_id,
            "variant": variant.id,
            "kind": variant.kind,
            "locale": variant.locale,
            "title": variant.title,
            "public": variant.id in public,
        }
        for variant in readable_variants(actor, users)
    ]
    names = select(TermName).where(TermName.image == asset_id).order_by(TermName.locale, TermName.term_id)
    rows += [
        NOTHING
        | {
            "type": name.type,
            "term": name.term_id,
            "locale": name.locale,
            "title": name.name,
            "public": page_id(name.term_id, name.locale) in public,
        }
        for name in db.session.scalars(names)
    ]
    rows += [
        NOTHING
        | {
            "type": "edition",
            "locale": edition.locale,
            "title": edition.title,
            "public": edition_id(edition.locale, edition.created_at) in public,
        }
        for edition in list_editions()
        if edition.share_image == asset_id
    ]
    return rows, len(users)
