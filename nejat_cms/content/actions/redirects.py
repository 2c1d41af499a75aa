"""Paths that a site had before: old links go on leading to the text they led to."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.events import RedirectAdded, RedirectRemoved
from nejat_cms.content.models import Redirect
from nejat_cms.content.queries.redirects import read_redirect
from nejat_cms.content.queries.variants import load_variant
from nejat_cms.db import atomic, db
from nejat_cms.errors import ConflictError
from nejat_cms.events import emit
from nejat_cms.permissions import Actor, Permission, require


@atomic
def add_redirect(actor: Actor, locale: str, path: str, article_id: UUID) -> Redirect:
    """Make an old path of an edition's site lead to an article's text there, wherever that lives.

    `path` is a `Place.key`.

    Raises: NotFoundError, ForbiddenError, ConflictError, also where readers meet something else, or will.
    Emits: RedirectAdded.
    """
    variant = load_variant(actor, article_id, locale)
    require(actor, Permission.PUBLISH_VARIANT, variant)
    if db.session.scalar(select(Redirect.id).where(Redirect.locale == locale, Redirect.path == path)):
        raise ConflictError(_("This path leads somewhere already."))
    redirect = Redirect(locale=locale, path=path, variant_id=variant.id)
    db.session.add(redirect)
    db.session.flush()
    record(actor, "redirect.create", "article", article_id, locale=locale, path=path)
    emit(RedirectAdded(locale, path, variant.id))
    return redirect


@atomic
def remove_redirect(actor: Actor, redirect_id: UUID, *, version: int | None) -> None:
    """Let an old path lead nowhere again.

    Raises: NotFoundError, StaleVersionError.
    Emits: RedirectRemoved.
    """
    redirect = read_redirect(actor, redirect_id)
    redirect.check_version(version)
    db.session.delete(redirect)
    record(actor, "redirect.delete", "redirect", redirect_id, locale=redirect.locale, path=redirect.path)
    emit(RedirectRemoved(redirect.locale, redirect.path))
