"""Articles with all their variants, as one actor sees them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text
from sqlalchemy.orm import contains_eager

from nejat_cms.content.models import Article, DraftText, Revision, SlugClaim, Variant, VariantTerm
from nejat_cms.content.queries.freshness import Sources, freshness_is, origins_of
from nejat_cms.content.queries.terms import section_with_descendants
from nejat_cms.content.queries.variants import VariantView, readable, view_of
from nejat_cms.db import db
from nejat_cms.editions.queries import list_editions
from nejat_cms.errors import NotFoundError
from nejat_cms.fulltext import Matching
from nejat_cms.language.search import Query
from nejat_cms.language.slugs import slug_key
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, visible


@dataclass(frozen=True)
class ArticleView:
    """An article with the variants of which the actor may know."""

    article: Article
    variants: Sequence[VariantView]


@dataclass(frozen=True)
class ArticleFilter:
    """What `GET /v1/manage/articles` may be narrowed by; every given condition holds for one variant."""

    locale: Sequence[str] = ()
    kind: Sequence[str] = ()
    stage: Sequence[str] = ()
    visibility: Sequence[str] = ()
    freshness: Sequence[str] = ()
    section: Sequence[str] = ()
    tag: Sequence[str] = ()
    author: Sequence[str] = ()
    published_from: datetime | None = None
    published_to: datetime | None = None
    translated_in: Sequence[str] = ()
    not_translated_in: Sequence[str] = ()
    missing_in: Sequence[str] = ()
    scheduled: bool | None = None
    mine: bool | None = None
    featured: bool | None = None
    q: Query | None = None


def list_articles(actor: Actor, wanted: ArticleFilter, *, position: Position | None, limit: int) -> Page[ArticleView]:
    """Articles of which the actor may see some variant that fits, newest first, with all variants she may see."""
    page = fetch_page(_fitting(actor, wanted), Article.id, position, limit)
    return Page(_article_views(actor, page.rows), page.next, page.prev)


def count_articles(actor: Actor, wanted: ArticleFilter) -> int:
    """How many articles such a list has in all."""
    return db.session.scalar(select(func.count()).select_from(_fitting(actor, wanted).subquery())) or 0


def _fitting(actor: Actor, wanted: ArticleFilter) -> Select[Article]:
    fits = select(Variant.article_id).where(
        Variant.article_id == Article.id, Variant.trashed_at.is_(None), *_conditions(actor, wanted)
    )
    query = select(Article).where(fits.exists())
    if wanted.kind:
        query = query.where(Article.kind.in_(wanted.kind))
    for locale in wanted.missing_in:
        query = query.where(~_has_variant(locale, readable(actor)))
    for locale in wanted.translated_in:
        query = query.where(_has_variant(locale, Variant.live_revision.is_not(None)))
    for locale in wanted.not_translated_in:
        query = query.where(~_has_variant(locale, Variant.live_revision.is_not(None)))
    return query


def _has_variant(locale: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Variant.article_id == Article.id, Variant.locale == locale, Variant.trashed_at.is_(None), condition
    )


def view_article(actor: Actor, article_id: UUID) -> ArticleView:
    """An article with the variants of which the actor may know.

    Raises: NotFoundError where there are none.
    """
    article = db.session.get(Article, article_id)
    views = _article_views(actor, [article] if article else [])
    if not views or not views[0].variants:
        raise NotFoundError
    return views[0]


def _article_views(actor: Actor, articles: Sequence[Article]) -> list[ArticleView]:
    """The articles with their readable variants, in a fixed number of statements."""
    variants = list(
        db.session.scalars(
            select(Variant)
            .join(Variant.article)
            .options(contains_eager(Variant.article))
            .where(Variant.article_id.in_([a.id for a in articles]), Variant.trashed_at.is_(None), readable(actor))
            .order_by(Variant.locale)
        )
    )
    sources, held = _preloaded(variants)
    seen: dict[UUID, list[VariantView]] = defaultdict(list)
    for variant in variants:
        seen[variant.article_id].append(view_of(actor, variant, named=False, sources=sources))
    del held
    return [ArticleView(article, seen[article.id]) for article in articles]


def _preloaded(variants: Sequence[Variant]) -> tuple[Sources, list[object]]:
    """What viewing these variants looks up, fetched at once: their sources, and what the session must hold."""
    shown = _newest_revisions({variant.id for variant in variants})
    source_ids = {row.based_on_id for row in shown if row.based_on_id}
    sources = {source.id: source for source in db.session.scalars(select(Variant).where(Variant.id.in_(source_ids)))}
    newest = [*shown, *_newest_revisions(source_ids)]
    return sources, [list_editions(), newest, origins_of(newest)]


def _newest_revisions(variant_ids: set[UUID]) -> Sequence[Revision]:
    """The newest and the live revision of each of these variants."""
    return db.session.scalars(
        select(Revision)
        .join(Variant, Variant.id == Revision.variant_id)
        .where(
            Variant.id.in_(variant_ids),
            or_(Revision.number == Variant.revision, Revision.number == Variant.live_revision),
        )
    ).all()


def _conditions(actor: Actor, wanted: ArticleFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL, over what this actor may see: a draft's state tells nobody else anything."""
    drafts = or_(visible(actor, Permission.READ_DRAFT, Variant), visible(actor, Permission.READ_APPROVED, Variant))
    asks_for_state = any(
        (
            wanted.stage,
            wanted.scheduled is not None,
            wanted.freshness,
            [name for name in wanted.visibility if name != "published"],
        )
    )
    asks_for_text = any(
        (
            wanted.tag,
            wanted.author,
            wanted.section,
            wanted.q,
            wanted.featured is not None,
            wanted.published_from is not None,
            wanted.published_to is not None,
        )
    )
    conditions = [drafts if asks_for_state else readable(actor)]
    if asks_for_text:  # the row tells of the newest revision; who may not read that is asked about the live one
        conditions.append(or_(drafts, Variant.live_revision == Variant.revision))
    if wanted.locale:
        conditions.append(Variant.locale.in_(wanted.locale))
    if wanted.stage:
        conditions.append(Variant.stage.in_(wanted.stage))
    if wanted.visibility:
        live, planned = Variant.live_revision.is_not(None), Variant.publish_at.is_not(None)
        states = {"published": live, "scheduled": and_(~live, planned), "unpublished": and_(~live, ~planned)}
        conditions.append(or_(*(states[name] for name in wanted.visibility)))
    if wanted.scheduled is not None:
        scheduled = or_(Variant.publish_at.is_not(None), Variant.unpublish_at.is_not(None))
        conditions.append(scheduled if wanted.scheduled else ~scheduled)
    if wanted.mine is not None:
        conditions.append(_made_by(actor) if wanted.mine else ~_made_by(actor))
    return [*conditions, *_text_conditions(actor, wanted)]


def _text_conditions(actor: Actor, wanted: ArticleFilter) -> list[ColumnElement[bool]]:
    """The part of the filter that asks what a text says or is filed under."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.featured is not None:
        conditions.append(Variant.featured == wanted.featured)
    if wanted.q:
        conditions.append(Variant.id.in_(_found(wanted.q)))
    if wanted.freshness:
        conditions.append(or_(*(freshness_is(state, partial(readable, actor)) for state in wanted.freshness)))
    if wanted.published_from is not None:
        conditions.append(Variant.published_at >= wanted.published_from)
    if wanted.published_to is not None:
        conditions.append(Variant.published_at < wanted.published_to)
    for slugs, type_, role in (
        (wanted.section, "section", "section"),
        (wanted.tag, "tag", "tag"),
        (wanted.author, "person", "author"),
    ):
        if slugs:
            keys = [slug_key(slug) for slug in slugs]
            named = select(SlugClaim.holder_id).where(SlugClaim.type == type_, SlugClaim.slug_key.in_(keys))
            ids = section_with_descendants(db.session.scalars(named).all())
            conditions.append(_names_term(VariantTerm.term_id.in_(ids), role))
    return conditions


def _found(query: Query) -> Select[UUID]:
    """The variants whose newest revision answers a search, in any edition's language."""
    values: dict[str, Any] = {}

    def bind(value: Any) -> str:
        name = f"q{len(values)}"
        values[name] = value
        return f":{name}"

    locales = [edition.locale for edition in list_editions()]
    condition = Matching(query, locales, DraftText.__tablename__, DraftText.__tablename__, bind).found()
    return select(DraftText.variant_id).where(text(condition).bindparams(**values))


def _made_by(actor: Actor) -> ColumnElement[bool]:
    return Variant.created_by.is_not_distinct_from(actor.user_id)


def _names_term(condition: ColumnElement[bool], role: str) -> ColumnElement[bool]:
    return exists().where(VariantTerm.variant_id == Variant.id, VariantTerm.role == role, condition)
