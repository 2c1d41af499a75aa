"""Linking: the article is the group, so joining two works is moving variants, and splitting one is too."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import update

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.events import ArticlesJoined, ArticleSplit
from nejat_cms.content.actions.saving import hold_article
from nejat_cms.content.models import Article, ArticleAlias, Variant
from nejat_cms.content.queries.variants import load_variant, readable_revision, variants_of
from nejat_cms.db import atomic, db, new_id
from nejat_cms.errors import ConflictError, InvalidError, NotFoundError, Problem
from nejat_cms.events import emit
from nejat_cms.permissions import Actor, Permission, require


@atomic
def join_articles(actor: Actor, article_id: UUID, other_id: UUID, *, version: int | None) -> Article:
    """Say that two articles are the same work: the variants of the other one move here.

    The other id becomes an alias of this one. Every variant keeps its own id, slug, stage
    and readers.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError naming the locales that clash.
    Emits: ArticlesJoined.
    """
    held = {key: hold_article(key) for key in sorted({article_id, other_id})}
    article, other = held[article_id], held[other_id]
    mine, theirs = variants_of(article_id), variants_of(other_id)
    for group in (mine, theirs):
        if not any(readable_revision(actor, variant) for variant in group):
            raise NotFoundError
    for variant in (*mine, *theirs):
        require(actor, Permission.LINK_ARTICLES, variant)
    article.check_version(version)
    if article is other:
        raise InvalidError(Problem("invalid", _("An article cannot be joined to itself."), "/article"))
    clash = sorted({variant.locale for variant in mine} & {variant.locale for variant in theirs})
    if clash:
        raise ConflictError(_("Both articles have a variant in: %(locales)s.", locales=", ".join(clash)), locales=clash)
    if article.kind != other.kind:
        raise ConflictError(_("The two articles are of different kinds."))
    for variant in variants_of(other_id, trashed=True):
        variant.article = article
    db.session.flush()
    db.session.execute(update(ArticleAlias).where(ArticleAlias.article_id == other_id).values(article_id=article_id))
    db.session.delete(other)
    db.session.add(ArticleAlias(id=other_id, article_id=article_id))
    article.touch()
    db.session.flush()
    record(actor, "article.join", "article", article_id, joined=str(other_id))
    emit(ArticlesJoined(article_id, other_id))
    return article


@atomic
def split_article(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> Variant:
    """Make one variant an article of its own, with a new article id and its own variant id.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError where it is the only one.
    Emits: ArticleSplit.
    """
    article = hold_article(article_id)
    variant = load_variant(actor, article_id, locale)
    for sibling in variants_of(article_id):
        require(actor, Permission.LINK_ARTICLES, sibling)
    article.check_version(version)
    if len(variants_of(article_id)) < 2:
        raise ConflictError(_("It is the only variant of its article."))
    alone = Article(id=new_id(), kind=article.kind)
    db.session.add(alone)
    db.session.flush()
    variant.article = alone
    article.touch()
    db.session.flush()
    record(actor, "article.split", "article", article_id, locale=locale, split=str(alone.id))
    emit(ArticleSplit(article_id, alone.id, locale))
    return variant
