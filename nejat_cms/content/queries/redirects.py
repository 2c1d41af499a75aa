"""Paths that a site had before."""

from uuid import UUID

from sqlalchemy import select

from nejat_cms.content.models import Redirect
from nejat_cms.db import db
from nejat_cms.errors import NotFoundError
from nejat_cms.paging import Page, Position, fetch_page
from nejat_cms.permissions import Actor, Permission, may, visible


def read_redirect(actor: Actor, redirect_id: UUID) -> Redirect:
    """One old path, to who may publish in its edition.

    Raises: NotFoundError.
    """
    redirect = db.session.get(Redirect, redirect_id)
    if redirect is None or not may(actor, Permission.PUBLISH_VARIANT, redirect):
        raise NotFoundError
    return redirect


def list_redirects(actor: Actor, *, position: Position | None, limit: int) -> Page[Redirect]:
    """The old paths of the editions where the actor may publish, newest first."""
    query = select(Redirect).where(visible(actor, Permission.PUBLISH_VARIANT, Redirect))
    return fetch_page(query, Redirect.id, position, limit)
