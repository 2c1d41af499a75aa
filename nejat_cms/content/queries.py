"""Reads of the newsroom: what is there, and what this actor may see of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager

from nejat_cms.content.models import Article, ArticleAlias, Revision, SlugClaim, Term, TermName, Variant, VariantTerm
from nejat_cms.content.rules.freshness import ORIGINAL, Freshness, FreshnessState, changed_paths
from nejat_cms.content.rules.snapshots import Snapshot
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.db import db
from nejat_cms.editions.queries import get_edition, list_editions
from nejat_cms.errors import NotFoundError
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import to_rfc3339
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, may, visible

Sources = Mapping[UUID, Variant]
NAMED = ("tags", "authors", "translators")


@dataclass(frozen=True)
class RevisionView:
    """A revision with what is needed to show it: the names its edition has for the terms in it."""

    revision: Revision
    names: Mapping[str, TermName]

    @property
    def snapshot(self) -> Snapshot:
        return self.revision.snapshot

    @property
    def tags(self) -> list[str]:
        return self._named("tags")

    @property
    def authors(self) -> list[str]:
        return self._named("authors")

    @property
    def translators(self) -> list[str]:
        return self._named("translators")

    def _named(self, field: str) -> list[str]:
        return [self.names[term].name for term in self.snapshot[field] if term in self.names]


@dataclass(frozen=True)
class VariantView(RevisionView):
    """A variant as one actor sees it.

    `live_only`: she may read its live revision and know of no draft. `whole_history`: she may read
    every draft it ever had, not only one that was approved.
    """

    variant: Variant
    live_only: bool
    whole_history: bool
    direction: str
    freshness: Freshness
    based_on_locale: str | None

    @property
    def based_on(self) -> dict[str, Any] | None:
        if self.based_on_locale is None:
            return None
        return {"locale": self.based_on_locale, "revision": self.revision.based_on_revision}

    @property
    def version(self) -> int:
        """Who may know of no draft may not see it grow either; she has nothing to write that would need it."""
        return self.revision.number if self.live_only else self.variant.version

    @property
    def slug(self) -> str | None:
        return self.variant.live_slug if self.live_only else self.variant.slug

    @property
    def stage(self) -> str:
        return Stage.APPROVED if self.live_only else self.variant.stage

    @property
    def visibility(self) -> str:
        return Visibility.PUBLISHED if self.live_only else self.variant.visibility

    @property
    def publish_at(self) -> datetime | None:
        return None if self.live_only else self.variant.publish_at

    @property
    def unpublish_at(self) -> datetime | None:
        return None if self.live_only else self.variant.unpublish_at

    @property
    def published_at(self) -> str | None:
        first = self.variant.first_published_at
        return self.snapshot["published_at"] or (to_rfc3339(first) if first else None)


@dataclass(frozen=True)
class ArticleView:
    """An article with the variants of which the actor may know."""

    article: Article
    variants: Sequence[VariantView]


@dataclass(frozen=True)
class RevisionPair:
    """Two revisions of one variant, to be compared."""

    old: Revision
    new: Revision
    locale: str


def readable_revision(actor: Actor, variant: Variant) -> int | None:
    """The number of the newest revision this actor may read; None: she may not know of the variant."""
    if may(actor, Permission.READ_DRAFT, variant) or may(actor, Permission.READ_APPROVED, variant):
        return variant.revision
    return variant.live_revision if may(actor, Permission.READ_LIVE, variant) else None


def readable(actor: Actor) -> ColumnElement[bool]:
    """The variants of which the actor may read some revision, as a SQL condition."""
    return or_(
        visible(actor, Permission.READ_DRAFT, Variant),
        visible(actor, Permission.READ_APPROVED, Variant),
        and_(Variant.live_revision.is_not(None), visible(actor, Permission.READ_LIVE, Variant)),
    )


def find_variant(article_id: UUID, locale: str) -> Variant | None:
    """The article's variant in one edition, if it has one that is not in the trash."""
    return db.session.scalar(
        select(Variant)
        .join(Variant.article)
        .options(contains_eager(Variant.article))
        .where(Variant.article_id == article_id, Variant.locale == locale, Variant.trashed_at.is_(None))
        .execution_options(populate_existing=True)
    )


def variants_of(article_id: UUID, *, trashed: bool = False) -> list[Variant]:
    """All variants of an article, by locale."""
    query = select(Variant).where(Variant.article_id == article_id).order_by(Variant.locale)
    if not trashed:
        query = query.where(Variant.trashed_at.is_(None))
    query = query.join(Variant.article).options(contains_eager(Variant.article))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def load_variant(actor: Actor, article_id: UUID, locale: str) -> Variant:
    """A variant of which the actor may know.

    Raises: NotFoundError where there is none, and where she may not know of it.
    """
    variant = find_variant(article_id, locale)
    if variant is None or readable_revision(actor, variant) is None:
        raise NotFoundError
    return variant


def get_revision(variant_id: UUID, number: int) -> Revision:
    """One revision of a variant.

    Raises: NotFoundError.
    """
    revision = db.session.get(Revision, (variant_id, number))
    if revision is None:
        raise NotFoundError
    return revision


def view_variant(actor: Actor, article_id: UUID, locale: str) -> VariantView:
    """A variant as this actor may see it.

    Raises: NotFoundError.
    """
    return view_of(actor, load_variant(actor, article_id, locale))


def view_of(actor: Actor, variant: Variant, *, named: bool = True, sources: Sources | None = None) -> VariantView:
    """A variant as this actor may see it; without `named`, its tags and people stay without names.

    `sources` are the variants that others were made from, where they are known already. Of a
    source that she may not know of, she is told no more than readers are.

    Raises: NotFoundError.
    """
    number = readable_revision(actor, variant)
    if number is None:
        raise NotFoundError
    every_draft = may(actor, Permission.READ_DRAFT, variant)
    drafts = every_draft or may(actor, Permission.READ_APPROVED, variant)
    revision = get_revision(variant.id, number)
    source = _source_of(variant, revision, sources)
    if source is None or readable_revision(actor, source) is not None:
        freshness, based_on = newsroom_freshness(source, revision)
    else:
        freshness, based_on = Freshness(FreshnessState.CURRENT), None
    return VariantView(
        revision=revision,
        names=names_in(revision, variant.locale) if named else {},
        variant=variant,
        live_only=not drafts,
        whole_history=every_draft,
        direction=get_edition(variant.locale).direction,
        freshness=freshness,
        based_on_locale=based_on,
    )


def names_in(revision: Revision, locale: str) -> dict[str, TermName]:
    """What the edition calls the tags and people of a revision."""
    return term_names((term for field in NAMED for term in revision.snapshot[field]), locale)


def newsroom_freshness(source: Variant | None, revision: Revision) -> tuple[Freshness, str | None]:
    """How a revision stands to its source's live revision, or newest one if it was never published.

    Second in the answer: the locale of the source, None where there is none (any more).
    """
    if source is None:
        return ORIGINAL, None
    number = source.live_revision
    if number is None and source.first_published_at is None:
        number = source.revision
    if source.trashed_at is not None or number is None:
        return Freshness(FreshnessState.CURRENT, None), None if source.trashed_at else source.locale
    return _compare(source, revision.based_on_revision, number), source.locale


def public_freshness(variant: Variant, revision: Revision) -> Freshness:
    """How a live revision stands to its source's live revision; the source is named only while readers see it."""
    source = _source_of(variant, revision)
    if source is None:
        return ORIGINAL
    if source.live_revision is None or not get_edition(source.locale).enabled:
        return Freshness(FreshnessState.CURRENT)
    return _compare(source, revision.based_on_revision, source.live_revision)


def _source_of(variant: Variant, revision: Revision, sources: Sources | None = None) -> Variant | None:
    """The variant a revision was made from, while both are of one article; it may lie in the trash."""
    if revision.based_on_id is None:
        return None
    source = db.session.get(Variant, revision.based_on_id) if sources is None else sources.get(revision.based_on_id)
    return source if source is not None and source.article_id == variant.article_id else None


def _compare(source: Variant, based_on: int | None, present: int) -> Freshness:
    old, new = db.session.get(Revision, (source.id, based_on)), db.session.get(Revision, (source.id, present))
    if old is None or new is None or old.mark == new.mark:
        return Freshness(FreshnessState.CURRENT, source.locale)
    changed = changed_paths(old.fingerprints, new.fingerprints)
    return Freshness(FreshnessState.OUTDATED, source.locale, len(changed))


def find_alias(article_id: UUID) -> UUID | None:
    """The article that an id stands for since two were joined."""
    return db.session.scalar(select(ArticleAlias.article_id).where(ArticleAlias.id == article_id))


def term_names(ids: Iterable[str], locale: str) -> dict[str, TermName]:
    """The names of terms in one edition, by id; a term without a name there is missing."""
    wanted = [UUID(term_id) for term_id in ids]
    if not wanted:
        return {}
    rows = db.session.scalars(select(TermName).where(TermName.term_id.in_(wanted), TermName.locale == locale))
    return {str(row.term_id): row for row in rows}


def get_term(type_: str, term_id: UUID) -> Term:
    """A section, tag or person.

    Raises: NotFoundError.
    """
    term = db.session.get(Term, term_id)
    if term is None or term.type != type_:
        raise NotFoundError
    return term


def list_terms(type_: str, *, position: Position | None, limit: int) -> Page[Term]:
    """Terms of one type, in the order they were made."""
    return fetch_page(select(Term).where(Term.type == type_), Term.id, position, limit, newest_first=False)


def section_with_descendants(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything below them."""
    tree = select(Term.id).where(Term.id.in_(ids)).cte("tree", recursive=True)
    below = aliased(Term)
    tree = tree.union(select(below.id).join(tree, below.parent_id == tree.c.id))
    return list(db.session.scalars(select(tree.c.id)))


def section_ancestors(ids: Sequence[UUID]) -> list[UUID]:
    """These sections and everything above them, each with its own ancestors just before it, from the top.

    Where sections lie in a circle, the walk ends where it began.
    """
    parents: dict[UUID, UUID | None] = {}
    waiting = set(ids)
    while waiting:
        rows = db.session.execute(select(Term.id, Term.parent_id).where(Term.id.in_(waiting))).all()
        parents |= {row.id: row.parent_id for row in rows}
        waiting = {parent for _, parent in rows if parent is not None} - parents.keys()
    lines: list[UUID] = []
    for term_id in ids:
        line: list[UUID] = []
        current: UUID | None = term_id
        while current in parents and current not in line:
            line.insert(0, current)
            current = parents[current]
        lines += line
    return list(dict.fromkeys(lines))


def list_revisions(view: VariantView, *, position: Position | None, limit: int) -> Page[Revision]:
    """The history of a variant as far as the actor may read it, newest first."""
    query = select(Revision).where(Revision.variant_id == view.variant.id)
    if not view.whole_history:
        read = Revision.number == view.revision.number
        query = query.where(read if view.live_only else or_(read, Revision.published_at.is_not(None)))
    return fetch_page(query, Revision.number, position, limit)


def read_revision(view: VariantView, number: int) -> Revision:
    """One revision from the history the actor may read.

    Of an approved text that is not hers she may read what was approved now and what readers saw
    before, which is what a translator compares; of one whose draft she may not know, what is live.

    Raises: NotFoundError.
    """
    if number == view.revision.number:
        return view.revision
    revision = None if view.live_only else get_revision(view.variant.id, number)
    if revision is None or not (view.whole_history or revision.published_at):
        raise NotFoundError
    return revision


def list_trash(actor: Actor, *, position: Position | None, limit: int) -> Page[Variant]:
    """What lies in the trash of the editions where the actor may delete, newest variants first."""
    query = (
        select(Variant)
        .join(Variant.article)
        .options(contains_eager(Variant.article))
        .where(Variant.trashed_at.is_not(None), visible(actor, Permission.DELETE_VARIANT, Variant))
    )
    return fetch_page(query, Variant.id, position, limit)


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
    q: str | None = None


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
    named = {(row.based_on_id, row.based_on_revision) for row in newest if row.based_on_id}
    key = tuple_(Revision.variant_id, Revision.number)
    return sources, [list_editions(), newest, db.session.scalars(select(Revision).where(key.in_(named))).all()]


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
    return [*conditions, *_text_conditions(wanted)]


def _text_conditions(wanted: ArticleFilter) -> list[ColumnElement[bool]]:
    """The part of the filter that asks what a text says or is filed under."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.featured is not None:
        conditions.append(Variant.featured == wanted.featured)
    if wanted.q:
        pattern = wanted.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(Variant.title_fold.like(f"%{pattern}%", escape="\\"))
    if wanted.freshness:
        conditions.append(or_(*(_freshness_is(state) for state in wanted.freshness)))
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


def _made_by(actor: Actor) -> ColumnElement[bool]:
    return Variant.created_by.is_not_distinct_from(actor.user_id)


def _names_term(condition: ColumnElement[bool], role: str) -> ColumnElement[bool]:
    return exists().where(VariantTerm.variant_id == Variant.id, VariantTerm.role == role, condition)


def _freshness_is(state: str) -> ColumnElement[bool]:
    """The same judgement as `newsroom_freshness`, as SQL."""
    source, old, new = aliased(Variant), aliased(Revision), aliased(Revision)
    made_from = and_(source.id == Variant.based_on_id, source.article_id == Variant.article_id)
    translated = exists().where(made_from)
    if state == FreshnessState.SOURCE:
        return ~translated
    never_published = and_(source.live_revision.is_(None), source.first_published_at.is_(None))
    outdated = exists().where(
        made_from,
        source.trashed_at.is_(None),
        or_(source.live_revision.is_not(None), never_published),
        old.variant_id == source.id,
        old.number == Variant.based_on_revision,
        new.variant_id == source.id,
        new.number == func.coalesce(source.live_revision, source.revision),
        old.mark != new.mark,
    )
    return outdated if state == FreshnessState.OUTDATED else and_(translated, ~outdated)
