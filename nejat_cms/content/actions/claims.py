"""Who holds which slug: one table for drafts and live addresses, so that the database itself refuses two."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from nejat_cms.content.models import SlugClaim, Term, Variant
from nejat_cms.db import db
from nejat_cms.errors import SlugTakenError
from nejat_cms.language.slugs import slug_key, slugify, with_suffix

ARTICLE = "article"


def hold_slugs(holder_id: UUID, locale: str, type_: str, slugs: Iterable[str | None]) -> None:
    """Make these the slugs that the holder has in an edition, and no others.

    Raises: SlugTakenError.
    """
    wanted = {slug_key(slug) for slug in slugs if slug}
    claims = select(SlugClaim).where(SlugClaim.locale == locale, SlugClaim.type == type_)
    held = {claim.slug_key: claim for claim in db.session.scalars(claims.where(SlugClaim.holder_id == holder_id))}
    new = wanted - held.keys()
    if new and db.session.scalar(claims.where(SlugClaim.slug_key.in_(new)).limit(1)):
        raise SlugTakenError
    for key in held.keys() - wanted:
        db.session.delete(held[key])
    db.session.flush()
    db.session.add_all(SlugClaim(locale=locale, type=type_, slug_key=key, holder_id=holder_id) for key in sorted(new))
    db.session.flush()


def take_free_slug(text: str, locale: str, type_: str, *, fallback: str, holder_id: UUID) -> str:
    """A slug made from a title or name: as it is, or with the first of -2, -3, … that nobody else holds.

    It is the holder's from here on: of two who choose the same at the same instant, the second
    waits for the first and takes the next number, and never hears that a slug she did not ask for is taken.
    """
    base = slugify(text) or fallback
    if _claim(locale, type_, slug_key(base), holder_id):
        return base
    number = 1
    while True:
        batch = [base if n == 1 else with_suffix(base, n) for n in range(number, number + 50)]
        claims = select(SlugClaim.slug_key, SlugClaim.holder_id).where(
            SlugClaim.locale == locale,
            SlugClaim.type == type_,
            SlugClaim.slug_key.in_([slug_key(slug) for slug in batch]),
        )
        holders = {row.slug_key: row.holder_id for row in db.session.execute(claims)}
        for slug in batch:
            key = slug_key(slug)
            if holders.get(key) == holder_id:
                return slug
            if key not in holders and _claim(locale, type_, key, holder_id):
                return slug
        number += 50


def _claim(locale: str, type_: str, key: str, holder_id: UUID) -> bool:
    """Whether the slug was still free; waits for whoever claimed it and did not commit yet."""
    insert = postgresql.insert if db.engine.name == "postgresql" else sqlite.insert
    values = {"locale": locale, "type": type_, "slug_key": key, "holder_id": holder_id}
    made = insert(SlugClaim).values(values).on_conflict_do_nothing().returning(SlugClaim.slug_key)
    return db.session.execute(made).first() is not None


def hold_variant_slugs(variant: Variant) -> None:
    """A variant holds its draft, planned and live slugs, and the one it was withdrawn under.

    In the trash it holds only the last.
    """
    draft = None if variant.trashed_at else variant.slug
    slugs = (draft, variant.publish_slug, variant.live_slug, variant.withdrawn_slug)
    hold_slugs(variant.id, variant.locale, ARTICLE, slugs)


def hold_term_slugs(term: Term) -> None:
    """A term holds its slug in each edition where it has a name."""
    for name in term.names:
        hold_slugs(term.id, name.locale, term.type, (name.slug,))
