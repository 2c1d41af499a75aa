"""The trash, and what is forgotten: deleted variants after 30 days, unpublished old revisions after 90."""

from datetime import timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import aliased, contains_eager

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.claims import ARTICLE, hold_slugs, hold_variant_slugs, take_free_slug
from nejat_cms.content.actions.events import VariantPurged
from nejat_cms.content.actions.previews import close_previews
from nejat_cms.content.actions.releasing import hold_releases_of, settle_release
from nejat_cms.content.actions.saving import hold_article
from nejat_cms.content.actions.stages import cancel_plan
from nejat_cms.content.models import Article, ArticleAlias, Redirect, Revision, SlugClaim, Variant
from nejat_cms.content.queries.variants import find_variant, load_variant
from nejat_cms.content.rules.stages import Stage
from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.editions.actions import EditionDeleted
from nejat_cms.errors import ConflictError, NotFoundError
from nejat_cms.events import emit, every, on
from nejat_cms.language.slugs import slug_key
from nejat_cms.media.actions.uses import forget_user
from nejat_cms.permissions import SYSTEM, Actor, Permission, may, require

KEPT_IN_TRASH = timedelta(days=30)
KEPT_REVISIONS = 50
REVISIONS_KEPT_FOR = timedelta(days=90)


@atomic
def delete_variant(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> None:
    """Move an unpublished variant to the trash; its edition is free for another at once.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError while it is published.
    """
    article = hold_article(article_id)
    variant = load_variant(actor, article_id, locale)
    require(actor, Permission.DELETE_VARIANT, variant)
    variant.check_version(version)
    if variant.live_revision is not None:
        raise ConflictError(_("Unpublish it first."))
    variant.trashed_at = utc_now()
    cancel_plan(variant)
    hold_variant_slugs(variant)
    close_previews(variant)
    article.touch()
    record(actor, "variant.delete", "article", article_id, locale=locale)


@atomic
def restore_variant(actor: Actor, variant_id: UUID) -> Variant:
    """Take a variant out of the trash, as a draft; where its slug was taken meanwhile, it gets the next free one.

    Raises: NotFoundError, ForbiddenError, ConflictError where its edition has another variant by now.
    """
    trashed = _trashed_variant(variant_id)
    if not may(actor, Permission.READ_DRAFT, trashed):
        raise NotFoundError
    require(actor, Permission.DELETE_VARIANT, trashed)
    article = hold_article(trashed.article_id)
    variant = _trashed_variant(variant_id)
    if find_variant(variant.article_id, variant.locale) is not None:
        raise ConflictError(_("The article has another variant in this edition by now."))
    variant.trashed_at = None
    variant.stage = Stage.DRAFT
    if _is_taken(variant):
        variant.slug = take_free_slug(
            variant.title, variant.locale, ARTICLE, fallback=variant.kind, holder_id=variant.id
        )
    hold_variant_slugs(variant)
    article.touch()
    record(actor, "variant.undelete", "article", variant.article_id, locale=variant.locale)
    return variant


def _trashed_variant(variant_id: UUID) -> Variant:
    variant = db.session.scalar(
        select(Variant)
        .join(Variant.article)
        .options(contains_eager(Variant.article))
        .where(Variant.id == variant_id, Variant.trashed_at.is_not(None))
        .execution_options(populate_existing=True)
    )
    if variant is None:
        raise NotFoundError
    return variant


def _is_taken(variant: Variant) -> bool:
    claim = db.session.get(SlugClaim, (variant.locale, ARTICLE, slug_key(variant.slug)))
    return claim is not None and claim.holder_id != variant.id


@every(hours=1)
def empty_trash() -> None:
    """Forget variants that lay in the trash for 30 days; what was once published stays 410 at its address."""
    overdue = select(Variant.id).where(Variant.trashed_at <= utc_now() - KEPT_IN_TRASH).limit(500)
    ids = list(db.session.scalars(overdue))
    end_reading()
    for variant_id in ids:
        purge_variant(variant_id)


@atomic
def purge_variant(variant_id: UUID) -> None:
    """Remove a trashed variant with its revisions for good, and its article with the last of them.

    The releases it was in have gone out if nothing else of them is still to come.

    Emits: VariantPurged.
    """
    variant = db.session.get(Variant, variant_id)
    if variant is None or variant.trashed_at is None:
        return
    releases = hold_releases_of(variant.id)
    article = hold_article(variant.article_id)
    hold_slugs(variant.id, variant.locale, ARTICLE, ())
    forget_user(variant.id)
    db.session.execute(delete(Variant).where(Variant.id == variant_id, Variant.trashed_at.is_not(None)))
    if not db.session.scalar(select(exists().where(Variant.article_id == article.id))):
        db.session.execute(delete(ArticleAlias).where(ArticleAlias.article_id == article.id))
        db.session.execute(delete(Article).where(Article.id == article.id))
    for release in releases:
        settle_release(release)
    record(SYSTEM, "variant.purge", "article", article.id, locale=variant.locale)
    emit(VariantPurged(article.id))


@every(hours=6)
@atomic
def prune_revisions() -> None:
    """Forget old revisions that nothing needs.

    Kept for good: what was ever published, what a translation or a plan names, and the
    newest 50 of every variant. The rest goes after 90 days.
    """
    newer, user = aliased(Revision), aliased(Revision)
    rank = (
        select(func.count())
        .where(newer.variant_id == Revision.variant_id, newer.number > Revision.number)
        .scalar_subquery()
    )
    db.session.execute(
        delete(Revision)
        .where(
            Revision.published_at.is_(None),
            Revision.created_at <= utc_now() - REVISIONS_KEPT_FOR,
            rank >= KEPT_REVISIONS,
            ~exists().where(user.based_on_id == Revision.variant_id, user.based_on_revision == Revision.number),
            ~exists().where(Variant.id == Revision.variant_id, Variant.publish_revision == Revision.number),
        )
        .execution_options(synchronize_session=False)
    )


@on(EditionDeleted)
def keep_editions_with_content(event: EditionDeleted) -> None:
    """Veto: an edition that holds a text or a name, even in the trash, is not deleted.

    Raises: ConflictError.
    """
    held = db.session.scalar(select(exists().where(Variant.locale == event.locale))) or db.session.scalar(
        select(exists().where(SlugClaim.locale == event.locale))
    )
    held = held or db.session.scalar(select(exists().where(Redirect.locale == event.locale)))
    if held:
        raise ConflictError(_("The edition is not empty."))
