"""Articles and their variants: write, link, delete, restore."""

from collections.abc import Sequence
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request
from flask_babel import lazy_gettext as _

from nejat_cms.content.actions import linking, saving, trash
from nejat_cms.content.models import Variant
from nejat_cms.content.queries import articles, history, variants
from nejat_cms.content.routes.params import ARTICLE_FILTERS, PAGE, article_filter
from nejat_cms.content.rules.assets import AssetRef, snapshot_refs
from nejat_cms.content.rules.freshness import FreshnessState
from nejat_cms.content.rules.prose import variant_passages
from nejat_cms.content.schemas.answers import ArticleBody, TrashRow, VariantBody
from nejat_cms.content.schemas.inputs import NewArticle, NewVariant, Nothing, OtherArticle, VariantChanges
from nejat_cms.editions.queries import numberings
from nejat_cms.errors import ConflictError, SlugTakenError
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.orthography import orthography_warnings
from nejat_cms.http.routing import Answer, Call, Routes, View, require_absent_or_seen, with_query
from nejat_cms.media.queries import assets_of, face_in, undescribed
from nejat_cms.media.routes.assets import signed_addresses
from nejat_cms.media.rules.faces import face_json
from nejat_cms.permissions import allowed

routes = Routes("Articles", signed_in=True)
ARTICLE = "/manage/articles/<uuid:article_id>"
OUTDATED = {
    "code": "outdated",
    "pointer": "/based_on",
    "detail": _("The source has changed since this translation was made."),
}
MISSING_ALT = {
    "code": "missing_alt",
    "detail": _("Nobody has said in this edition what is to be seen here."),
}
VARIANT = ARTICLE + "/variants/<locale:locale>"


def variant_answer(call: Call, variant: Variant, *, copied: bool = False, **meta: Any) -> Answer:
    """A variant as the caller may see it, with what she may do to it, what sanitising took from her body and
    what to look at in the texts that she sent, or in all of them where some were `copied`."""
    view = variants.view_of(call.actor, variant)
    shown, sent = VariantBody().dump(view), call.body or {}
    written = shown if copied else sent
    removed = [removal.as_dict() for removal in sent["body"].removed] if "body" in sent else []
    warnings = [OUTDATED] if view.freshness.state is FreshnessState.OUTDATED else []
    refs = refs_of(view)
    bare = undescribed({ref.id for ref in refs if ref.types == ("image",) and not ref.described}, variant.locale)
    warnings += [MISSING_ALT | {"pointer": ref.pointer} for ref in refs if ref.id in bare and not ref.described]
    found = {
        "permissions": allowed(call.actor, variant),
        "warnings": [warning | {"detail": str(warning["detail"])} for warning in warnings]
        + meta.pop("warnings", [])
        + orthography_warnings(variant_passages(shown, written), numberings() if written else {}),
        "removed": removed,
        "assets": shown_assets(refs, variant.locale),
    } | meta
    if variant.step_note and not view.live_only:
        found["note"] = variant.step_note
    return Answer(shown, meta=found, version=view.stamp)


def refs_of(view: variants.VariantView) -> list[AssetRef]:
    """The assets that a variant names."""
    return snapshot_refs(view.variant.kind, view.snapshot)


def shown_assets(refs: Sequence[AssetRef], locale: str) -> dict[str, Any]:
    """By id: what an edition shows of these assets, at addresses that are good for a quarter of an hour."""
    known, address = assets_of({ref.id for ref in refs}), signed_addresses()
    faces = {str(ref.id): face_in(known, ref.id, locale) for ref in refs}
    return {asset_id: face_json(face, address) for asset_id, face in faces.items() if face}


def _group_answer(call: Call, article_id: UUID) -> Answer:
    view = articles.view_article(call.actor, article_id)
    rights = [set(allowed(call.actor, row.variant)) for row in view.variants]
    meta = {"permissions": sorted(set.intersection(*rights)), "warnings": []}
    return Answer(ArticleBody().dump(view), meta=meta, version=view.article.stamp)


@routes.get("/manage/articles", answer=ArticleBody, many=True, query=ARTICLE_FILTERS)
def list_managed_articles(call: Call) -> Answer:
    """Every article of which the caller may see a variant that fits, newest first."""
    position = read_cursor_param(call.query["cursor"])
    wanted = article_filter(call.query)
    page = articles.list_articles(call.actor, wanted, position=position, limit=call.query["limit"])
    meta = {"total": articles.count_articles(call.actor, wanted)} if call.query["total"] else None
    return Answer([ArticleBody().dump(view) for view in page.rows], meta=meta, links=page_links(page))


@routes.post("/manage/articles", body=NewArticle, answer=VariantBody, status=201, errors=[SlugTakenError])
def create_article(call: Call) -> Answer:
    """Begin a new work with its first variant, a draft."""
    changes = {name: value for name, value in call.body.items() if name not in ("kind", "locale")}
    variant = saving.create_article(call.actor, call.body["kind"], call.body["locale"], changes)
    return _created(call, variant)


def _created(call: Call, variant: Variant) -> Answer:
    answer = variant_answer(call, variant, copied=call.body.get("copy_from") is not None)
    address = f"/v1/manage/articles/{variant.article_id}/variants/{variant.locale}"
    return Answer(answer.data, meta=answer.meta, status=201, version=answer.version, location=address)


def follows_alias(view: View) -> View:
    """Lead who reads below the id of a joined article (301) to the same place below the other's."""

    @wraps(view)
    def run(call: Call, article_id: UUID, **path: Any) -> Answer | Response | ReadyResponse:
        alias = variants.find_alias(article_id)
        if alias is None:
            return view(call, article_id, **path)
        articles.view_article(call.actor, alias)
        response = Response(orjson.dumps({"data": {"id": str(alias)}}), 301, content_type="application/json")
        below = request.path[len(f"/v1/manage/articles/{article_id}") :]
        response.headers["Location"] = with_query(f"/v1/manage/articles/{alias}{below}")
        return response

    return run


@routes.get(ARTICLE, answer=ArticleBody)
@follows_alias
def get_managed_article(call: Call, article_id: UUID) -> Answer:
    """An article: where each of its variants stands. The id of a joined article leads (301) to the other."""
    return _group_answer(call, article_id)


@routes.get(VARIANT, answer=VariantBody)
@follows_alias
def get_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """One variant; to who may read its live revision alone, that revision."""
    return variant_answer(call, variants.load_variant(call.actor, article_id, locale))


@routes.put(VARIANT, match="create", body=NewVariant, answer=VariantBody, reader="get_variant", errors=[SlugTakenError])
def put_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Create a missing variant (`If-None-Match: *`), or replace one (`If-Match`)."""
    if call.creating:
        return _created(call, saving.create_variant(call.actor, article_id, locale, call.body))
    require_absent_or_seen(call)
    variant = saving.replace_variant(call.actor, article_id, locale, call.body, version=call.version)
    return variant_answer(call, variant)


@routes.patch(VARIANT, body=VariantChanges, answer=VariantBody, reader="get_variant", errors=[SlugTakenError])
def patch_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Change what is named and keep the rest (RFC 7396)."""
    variant = saving.change_variant(call.actor, article_id, locale, call.body, version=call.version)
    return variant_answer(call, variant)


@routes.delete(VARIANT, reader="get_variant", errors=[ConflictError])
def delete_variant(call: Call, article_id: UUID, locale: str) -> Answer:
    """Move an unpublished variant to the trash, for 30 days."""
    trash.delete_variant(call.actor, article_id, locale, version=call.version)
    return Answer(None)


@routes.post(
    f"{ARTICLE}/links",
    body=OtherArticle,
    answer=ArticleBody,
    match="required",
    reader="get_managed_article",
    errors=[ConflictError],
)
def join_articles(call: Call, article_id: UUID) -> Answer:
    """Say that another article is the same work: its variants move here, its id becomes an alias."""
    linking.join_articles(call.actor, article_id, call.body["article"], version=call.version)
    return _group_answer(call, article_id)


@routes.delete(
    f"{ARTICLE}/links/<locale:locale>",
    answer=VariantBody,
    status=200,
    reader="get_managed_article",
    errors=[ConflictError],
)
def split_article(call: Call, article_id: UUID, locale: str) -> Answer:
    """Make one variant an article of its own; it keeps its variant id and gets a new article id."""
    return variant_answer(call, linking.split_article(call.actor, article_id, locale, version=call.version))


@routes.get("/manage/trash", answer=TrashRow, many=True, query=PAGE)
def list_trash(call: Call) -> Answer:
    """Deleted variants of the editions where the caller may delete."""
    position = read_cursor_param(call.query["cursor"])
    page = history.list_trash(call.actor, position=position, limit=call.query["limit"])
    return Answer([TrashRow().dump(row) for row in page.rows], links=page_links(page))


@routes.post(
    "/manage/trash/<uuid:variant_id>/restore",
    body=Nothing,
    answer=VariantBody,
    errors=[ConflictError],
)
def restore_variant(call: Call, variant_id: UUID) -> Answer:
    """Take a variant out of the trash, as a draft."""
    return variant_answer(call, trash.restore_variant(call.actor, variant_id))
