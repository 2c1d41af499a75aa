"""What is done with a variant: transitions, schedule, history, previews."""

from typing import Any
from uuid import UUID

from flask import current_app

from nejat_cms.content.actions import previews, saving, stages
from nejat_cms.content.queries import history, variants
from nejat_cms.content.queries.variants import RevisionPair, RevisionView
from nejat_cms.content.routes.articles import VARIANT, follows_alias, variant_answer
from nejat_cms.content.routes.params import PAGE
from nejat_cms.content.schemas.answers import DiffBody, PreviewBody, RevisionBody, RevisionRow, VariantBody
from nejat_cms.content.schemas.inputs import Note, Nothing, Schedule
from nejat_cms.errors import InvalidTransitionError, SlugTakenError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.routing import Answer, Call, Routes

routes = Routes("Stages and history", signed_in=True)
STEP: dict[str, Any] = {
    "answer": VariantBody,
    "match": "required",
    "reader": "get_variant",
    "errors": [InvalidTransitionError],
}


@routes.post(f"{VARIANT}/submit", body=Note, **STEP)
def submit_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Hand a draft in for review."""
    return _move(call, article_id, locale, "submit")


@routes.post(f"{VARIANT}/approve", body=Note, **STEP)
def approve_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Say that what was handed in may be published."""
    return _move(call, article_id, locale, "approve")


@routes.post(f"{VARIANT}/return", body=Note, **STEP)
def return_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Send a variant back to be worked on, with a note; also takes it out of the archive."""
    return _move(call, article_id, locale, "return")


def _move(call: Call, article_id: UUID, locale: str, step: str) -> Answer:
    note = call.body.get("note", "")
    return variant_answer(
        call, stages.move_variant(call.actor, article_id, locale, step, version=call.version, note=note)
    )


@routes.post(f"{VARIANT}/publish", body=Nothing, **STEP | {"errors": [InvalidTransitionError, SlugTakenError]})
def publish_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Make the draft of one edition the text its readers see; the other editions keep theirs."""
    return variant_answer(call, stages.publish_variant(call.actor, article_id, locale, version=call.version))


@routes.post(f"{VARIANT}/unpublish", body=Nothing, **STEP)
def unpublish_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Take a variant from its readers; its address answers 410 from now on."""
    return variant_answer(call, stages.unpublish_variant(call.actor, article_id, locale, version=call.version))


@routes.post(f"{VARIANT}/archive", body=Nothing, **STEP)
def archive_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Put a variant away, unpublishing it if need be."""
    return variant_answer(call, stages.archive_variant(call.actor, article_id, locale, version=call.version))


@routes.post(f"{VARIANT}/schedule", body=Schedule, **STEP)
def schedule_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Say when the present revision goes live and when it is withdrawn.

    Local times are read on the clock of the edition's zone. A time that the clock skips is moved
    forward by as much, with a warning; of a time that comes twice, `fold` picks the first (0) or the second (1).
    """
    variant, warnings = stages.schedule_variant(call.actor, article_id, locale, call.body, version=call.version)
    return variant_answer(call, variant, warnings=warnings)


@routes.get(f"{VARIANT}/revisions", answer=RevisionRow, many=True, query=PAGE)
@follows_alias
def list_revisions(call: Call, article_id: UUID, locale: str) -> Answer:
    """The history of a variant, newest first."""
    view = variants.view_variant(call.actor, article_id, locale)
    position = read_cursor_param(call.query["cursor"])
    page = history.list_revisions(view, position=position, limit=call.query["limit"])
    rows = [RevisionView(revision, {}) for revision in page.rows]
    return Answer([RevisionRow().dump(row) for row in rows], links=page_links(page))


@routes.get(f"{VARIANT}/revisions/<number:number>", answer=RevisionBody)
@follows_alias
def get_revision(call: Call, article_id: UUID, locale: str, number: int) -> Answer:
    """One revision, whole."""
    view = variants.view_variant(call.actor, article_id, locale)
    revision = history.read_revision(view, number)
    return Answer(RevisionBody().dump(RevisionView(revision, variants.names_in(revision, locale))))


@routes.get(f"{VARIANT}/revisions/<number:old>...<number:new>", answer=DiffBody)
@follows_alias
def compare_revisions(call: Call, article_id: UUID, locale: str, old: int, new: int) -> Answer:
    """What changed from one revision to another, word by word; joiners and marks are made visible."""
    view = variants.view_variant(call.actor, article_id, locale)
    pair = RevisionPair(history.read_revision(view, old), history.read_revision(view, new), locale)
    return Answer(DiffBody().dump(pair))


@routes.post(f"{VARIANT}/revisions/<number:number>/restore", body=Nothing, **STEP | {"errors": []})
def restore_revision(call: Call, article_id: UUID, locale: str, number: int) -> Answer:
    """Make an old revision the newest draft; never publishes, and leaves the slug as it is."""
    variant = saving.restore_revision(call.actor, article_id, locale, number, version=call.version)
    return variant_answer(call, variant, copied=True)


@routes.post(f"{VARIANT}/preview", body=Nothing, answer=PreviewBody, status=201, idempotent=False)
def open_preview(call: Call, article_id: UUID, locale: str) -> Answer:
    """A link that shows the newest revision as it is now, for 24 hours, until it is published or revoked."""
    token, preview = previews.open_preview(call.actor, article_id, locale)
    url = f"{current_app.config['SETTINGS'].base_url}/v1/preview/{token}"
    return Answer(PreviewBody().dump({"url": url, "expires_at": preview.expires_at}))


@routes.delete(f"{VARIANT}/preview", reader="get_variant")
def revoke_previews(call: Call, article_id: UUID, locale: str) -> Answer:
    """Close every preview of a variant."""
    previews.revoke_previews(call.actor, article_id, locale, version=call.version)
    return Answer(None)
