"""Reads of editions."""

from typing import cast

from flask import current_app
from sqlalchemy import select

from nejat_cms.db import db
from nejat_cms.editions.models import Edition
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.errors import NotFoundError
from nejat_cms.language.direction import Direction
from nejat_cms.permissions import Actor, Permission, require_reading


def get_edition(locale: str) -> Edition:
    """The edition of a locale, enabled or not.

    Raises: NotFoundError.
    """
    edition = db.session.get(Edition, locale)
    if edition is None:
        raise NotFoundError
    return edition


def list_editions(*, enabled_only: bool = False) -> list[Edition]:
    """Every edition, in the order the house shows them."""
    query = select(Edition).order_by(Edition.position, Edition.locale)
    return list(db.session.scalars(query.where(Edition.enabled) if enabled_only else query))


def numberings() -> dict[str, str]:
    """The digits of every edition, by locale."""
    return {edition.locale: edition.numbering for edition in list_editions()}


def read_edition(actor: Actor, locale: str) -> Edition:
    """An edition as the newsroom sees it; everybody with a role may.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_LIVE)
    return get_edition(locale)


def read_editions(actor: Actor) -> list[Edition]:
    """Every edition as the newsroom sees them; everybody with a role may.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_LIVE)
    return list_editions()


def facts_of(edition: Edition) -> EditionFacts:
    """What rendering needs of an edition, its site's address filled in."""
    return EditionFacts(
        locale=edition.locale,
        direction=cast(Direction, edition.direction),
        native_name=edition.native_name,
        calendar=edition.calendar,
        numbering=edition.numbering,
        timezone=edition.timezone,
        base_url=edition.base_url or f"{current_app.config['SETTINGS'].base_url}/{edition.locale}",
        media_url=current_app.config["SETTINGS"].base_url,
        title=edition.title,
        share=tuple(edition.share),
        position=edition.position,
        is_default=edition.is_default,
        share_image=str(edition.share_image) if edition.share_image else None,
    )
