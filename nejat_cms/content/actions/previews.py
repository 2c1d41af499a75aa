"""Previews: a link that shows one revision to whoever holds it, for a day."""

import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete

from nejat_cms.accounts.actions import record
from nejat_cms.content.models import Preview, Variant
from nejat_cms.content.queries.variants import load_variant
from nejat_cms.db import atomic, db, utc_now
from nejat_cms.events import every
from nejat_cms.permissions import Actor, Permission, require

LIFETIME = timedelta(hours=24)


def preview_digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@atomic
def open_preview(actor: Actor, article_id: UUID, locale: str) -> tuple[str, Preview]:
    """A token that shows the newest revision of a variant, as it is now, for 24 hours; and its row.

    Raises: NotFoundError, ForbiddenError.
    """
    variant = load_variant(actor, article_id, locale)
    require(actor, Permission.EDIT_VARIANT, variant)
    token = secrets.token_urlsafe(32)
    preview = Preview(
        digest=preview_digest(token),
        opened_by=actor.user_id,
        variant_id=variant.id,
        revision=variant.revision,
        expires_at=utc_now() + LIFETIME,
    )
    db.session.add(preview)
    record(actor, "preview.open", "article", article_id, locale=locale, revision=variant.revision)
    return token, preview


@atomic
def revoke_previews(actor: Actor, article_id: UUID, locale: str, *, version: int | None) -> None:
    """Close every preview of a variant.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    """
    variant = load_variant(actor, article_id, locale)
    require(actor, Permission.EDIT_VARIANT, variant)
    variant.check_version(version)
    close_previews(variant)
    record(actor, "preview.revoke", "article", article_id, locale=locale)


def close_previews(variant: Variant) -> None:
    """End every preview of a variant, because its revision is published or must not be seen."""
    db.session.execute(delete(Preview).where(Preview.variant_id == variant.id))


@every(minutes=10)
@atomic
def forget_expired_previews() -> None:
    """Remove previews that open nothing any more."""
    db.session.execute(delete(Preview).where(Preview.expires_at <= utc_now()))
