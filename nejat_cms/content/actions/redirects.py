"""Paths that a site had before: old links go on leading to what they led to, or to what stands for it now."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.events import RedirectAdded, RedirectRemoved
from nejat_cms.content.models import Redirect
from nejat_cms.content.queries.redirects import read_redirect
from nejat_cms.content.queries.terms import get_term
from nejat_cms.content.queries.variants import find_alias, load_variant
from nejat_cms.content.rules.redirects import Target
from nejat_cms.db import atomic, db, new_id
from nejat_cms.editions.queries import get_edition
from nejat_cms.errors import ConflictError, NotFoundError
from nejat_cms.events import emit
from nejat_cms.permissions import Actor, Permission, require, require_reading
from nejat_cms.urls import place_of


@atomic
def add_redirect(actor: Actor, locale: str, path: str, target: Target | UUID) -> Redirect:
    """Make an old path of an edition's site lead to a text, a section, tag or person there, or to an address.

    `path` is a `Place.key`; an id alone is an article's. What it leads to is found wherever that lives.

    Raises: NotFoundError, ForbiddenError; ConflictError, also where readers meet something else, or will; InvalidError
    for an address that leads on, or back.
    Emits: RedirectAdded.
    """
    if isinstance(target, UUID):
        target = Target("article", target)
    redirect = Redirect(id=new_id(), locale=locale, path=path)
    _lead(actor, redirect, target)
    if db.session.scalar(select(Redirect.id).where(Redirect.locale == locale, Redirect.path == path)):
        raise ConflictError(_("This path leads somewhere already."))
    db.session.add(redirect)
    db.session.flush()
    about = redirect.variant.article_id if redirect.variant is not None else target.id
    target_id = redirect.variant_id or redirect.term_id or redirect.id
    record(actor, "redirect.create", target.type, about or redirect.id, locale=locale, path=path)
    emit(RedirectAdded(locale, path, target_id, redirect.url))
    return redirect


def _lead(actor: Actor, redirect: Redirect, target: Target) -> None:
    """Say where it leads, as far as she may.

    Raises: NotFoundError, ForbiddenError.
    """
    if target.type == "article" and target.id is not None:
        variant = load_variant(actor, find_alias(target.id) or target.id, redirect.locale)
        require(actor, Permission.PUBLISH_VARIANT, variant)
        redirect.variant_id = variant.id
        return
    require_reading(actor, Permission.READ_LIVE)
    get_edition(redirect.locale)
    require(actor, Permission.PUBLISH_VARIANT, redirect)
    if target.id is not None:
        term = get_term(target.type, target.id)
        if redirect.locale not in {name.locale for name in term.names}:
            raise NotFoundError
        redirect.term_id = term.id
    elif target.url is not None:
        place = place_of(target.url)
        redirect.url, redirect.url_key = target.url, place.key if place else None


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
