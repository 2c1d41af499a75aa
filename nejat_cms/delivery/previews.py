"""The preview of a draft: the one public door behind which authoring tables lie, in a module of its own."""

from uuid import UUID

from flask import Response
from sqlalchemy import select

from nejat_cms.accounts.queries import actor_of
from nejat_cms.content.actions.previews import preview_digest
from nejat_cms.content.models import Article, Preview, TermName, Variant
from nejat_cms.content.queries.terms import section_ancestors, term_names
from nejat_cms.content.queries.variants import get_revision
from nejat_cms.content.rules.snapshots import Snapshot
from nejat_cms.db import db, utc_now
from nejat_cms.delivery.actions.faces import face_of, live_faces, media_of
from nejat_cms.delivery.params import BODY
from nejat_cms.delivery.queries.documents import DocumentRow
from nejat_cms.delivery.rules import documents as rules
from nejat_cms.delivery.schemas.articles import DocumentBody
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.errors import NotFoundError
from nejat_cms.http.routing import Call, Routes
from nejat_cms.media.routes.assets import signed_addresses
from nejat_cms.permissions import Permission, may

routes = Routes("Preview", signed_in=False)
SECRET = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


@routes.get("/preview/<preview>", answer=DocumentBody, query=(BODY,), errors=[NotFoundError])
def get_preview(call: Call, preview: str) -> Response:
    """One revision of one variant in the public shape, to whoever holds its link."""
    door = db.session.scalar(
        select(Preview).where(Preview.digest == preview_digest(preview), Preview.expires_at > utc_now())
    )
    variant = db.session.get(Variant, door.variant_id) if door else None
    if door is None or variant is None or variant.trashed_at is not None or not _still_lent(door, variant):
        raise NotFoundError
    row = draft_document(variant, door.revision)
    response = Response(b'{"data":%s}' % row.json(call.query["body"]), content_type="application/json")
    response.headers.update(SECRET)
    response.headers["Content-Language"] = variant.locale
    return response


def _still_lent(door: Preview, variant: Variant) -> bool:
    """Whether whoever opened the door may still read what lies behind it."""
    if door.opened_by is None:
        return True
    actor = actor_of(door.opened_by)
    return actor is not None and may(actor, Permission.EDIT_VARIANT, variant)


def draft_document(variant: Variant, number: int) -> DocumentRow:
    """A revision rendered as publishing it now would."""
    editions = list_editions()
    facts = {edition.locale: facts_of(edition) for edition in editions}
    article = db.session.get_one(Article, variant.article_id)
    revision = get_revision(variant.id, number)
    now = utc_now()
    shown_since = variant.first_published_at or now
    edition = facts[variant.locale]
    media = media_of([(variant, revision, article.kind)], facts, signed_addresses())[variant.id]
    face = face_of(
        variant, revision, article.kind, edition, media, slug=variant.slug, published_at=shown_since, updated_at=now
    )
    enabled = {edition.locale for edition in editions if edition.enabled}
    live = live_faces([article.id], facts).values()
    siblings = [one.face for one in live if one.variant.id != variant.id and one.variant.locale in enabled]
    cells = [
        0,
        variant.id,
        b"",
        rules.summary(face, siblings),
        0,
        _entries(revision.snapshot, variant.locale),
        rules.detail(face, siblings),
        _crumbs(revision.snapshot, variant.locale, edition.base_url),
        None,
        None,
        "",
        variant.locale,
        0,
        variant.article_id,
        *rules.bodies(face.blocks, edition.direction, media),
    ]
    return DocumentRow(cells)


def _entries(snapshot: Snapshot, locale: str) -> str:
    """The names of a draft's terms as the public SELECT would bring them."""
    roles = {"section": "sections", "tag": "tags", "author": "authors", "translator": "translators"}
    named: dict[str, TermName] = term_names((term for field in roles.values() for term in snapshot[field]), locale)
    return "\x1e".join(
        f"{role}\x1f{rules.term_face(named[term].slug, named[term].name)}"
        for role, field in roles.items()
        for term in snapshot[field]
        if term in named
    )


def _crumbs(snapshot: Snapshot, locale: str, base_url: str) -> str:
    line = [str(step) for step in section_ancestors([UUID(term) for term in snapshot["sections"][:1]])]
    named = term_names(line, locale)
    return ",".join(rules.term_crumb(named[step].slug, named[step].name, base_url) for step in line if step in named)
