"""Changes to editions."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update

from nejat_cms.accounts.actions import record
from nejat_cms.db import atomic, db
from nejat_cms.editions.models import Edition
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.editions.rules import DEFAULT_COMMENTS, DEFAULT_SHARE, FRONT, defaults_for, site_address, wrong_settings
from nejat_cms.errors import ConflictError, InvalidError, NotFoundError, Problem, pointer
from nejat_cms.events import Event, emit
from nejat_cms.permissions import Actor, Permission, require, require_reading


@dataclass(frozen=True)
class EditionChanged(Event):
    """An edition was created, or one of its settings changed."""

    locale: str


@dataclass(frozen=True)
class EditionDeleted(Event):
    """An edition is about to go; a handler that knows of content in it vetoes."""

    locale: str


@dataclass(frozen=True)
class FrontSectionsChosen(Event):
    """A front page is to show these sections; a handler that knows of sections vetoes those that there are not.

    `kept`: those it was to show before, which stay whatever has become of them.
    """

    sections: tuple[str, ...]
    kept: tuple[str, ...]


@atomic
def create_edition(actor: Actor, locale: str, **settings: Any) -> Edition:
    """Open a new edition; CLDR answers for every setting that is not given.

    The first edition of a house is its default until another one is.

    Raises: ForbiddenError, ConflictError, InvalidError.
    Emits: FrontSectionsChosen, EditionChanged.
    """
    require(actor, Permission.MANAGE_EDITIONS)
    if _hold(locale) is not None:
        raise ConflictError(_("There is an edition in this language already."))
    last, count = db.session.execute(select(func.max(Edition.position), func.count(Edition.locale))).one()
    blank = {
        "position": (last or 0) + 1,
        "base_url": None,
        "social": [],
        "share": list(DEFAULT_SHARE),
        "fallback": [],
        "contact_email": None,
        "is_default": count == 0,
        "enabled": True,
    }
    settings = {**blank, **defaults_for(locale), **settings}
    settings["base_url"] = site_address(settings["base_url"])
    settings["home"] = {**FRONT, **settings.get("home", {})}
    settings["comments"] = {**DEFAULT_COMMENTS, **settings.get("comments", {})}
    _check(locale, settings)
    emit(FrontSectionsChosen(tuple(settings["home"]["sections"] or ()), ()))
    if settings["is_default"]:
        if not settings["enabled"]:
            raise ConflictError(_("A disabled edition cannot be the default."))
        _clear_default()
    edition = Edition(locale=locale, **settings)
    db.session.add(edition)
    db.session.flush()
    record(actor, "edition.create", "edition", locale, locale=locale)
    emit(EditionChanged(locale))
    return edition


@atomic
def update_edition(actor: Actor, locale: str, *, version: int | None, **settings: Any) -> Edition:
    """Change an edition's settings; its pages follow in the background where there are many.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError, InvalidError.
    Emits: FrontSectionsChosen, EditionChanged.
    """
    require_reading(actor, Permission.READ_LIVE)
    edition = _hold(locale)
    if edition is None:
        raise NotFoundError
    require(actor, Permission.EDIT_EDITION, edition)
    if "base_url" in settings:
        settings["base_url"] = site_address(settings["base_url"])
    if "home" in settings:
        settings["home"] = {**edition.home, **settings["home"]}
    if "comments" in settings:
        settings["comments"] = {**edition.comments, **settings["comments"]}
    changed = {name: value for name, value in settings.items() if getattr(edition, name) != value}
    if "is_default" in changed:
        require(actor, Permission.MANAGE_EDITIONS)
    edition.check_version(version)
    _check(locale, changed)
    if not changed:
        return edition
    if "home" in changed:
        chosen, kept = (tuple(each["sections"] or ()) for each in (changed["home"], edition.home))
        emit(FrontSectionsChosen(chosen, kept))
    if changed.get("is_default") is False or (edition.is_default and changed.get("enabled") is False):
        raise ConflictError(_("Make another edition the default first."))
    if changed.get("is_default"):
        if not changed.get("enabled", edition.enabled):
            raise ConflictError(_("A disabled edition cannot be the default."))
        _clear_default()
    for name, value in changed.items():
        setattr(edition, name, value)
    db.session.flush()
    record(actor, "edition.update", "edition", locale, locale=locale, changed=sorted(changed))
    emit(EditionChanged(locale))
    return edition


@atomic
def delete_edition(actor: Actor, locale: str, *, version: int | None) -> None:
    """Close an edition that never held anything, or holds nothing any more.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError.
    Emits: EditionDeleted.
    """
    require_reading(actor, Permission.READ_LIVE)
    edition = _hold(locale)
    if edition is None:
        raise NotFoundError
    require(actor, Permission.MANAGE_EDITIONS)
    edition.check_version(version)
    if edition.is_default and len(list_editions()) > 1:
        raise ConflictError(_("Make another edition the default first."))
    for other in list_editions():
        if locale in other.fallback:
            other.fallback = [step for step in other.fallback if step != locale]
    emit(EditionDeleted(locale))
    db.session.delete(edition)
    record(actor, "edition.delete", "edition", locale, locale=locale)


def _hold(locale: str) -> Edition | None:
    """The edition, with all of them locked: what one may be called or fall back to depends on the others."""
    every = db.session.scalars(
        select(Edition).order_by(Edition.locale).with_for_update(), execution_options={"populate_existing": True}
    )
    return {edition.locale: edition for edition in every}.get(locale)


def _check(locale: str, settings: dict[str, Any]) -> None:
    problems = [
        Problem("invalid", _("There is no such calendar, numbering system, script or time zone."), pointer(name))
        for name in wrong_settings(settings)
    ]
    known = {edition.locale for edition in list_editions()}
    problems += [
        Problem("unknown_locale", _("There is no such edition to fall back to."), pointer("fallback", index))
        for index, step in enumerate(settings.get("fallback", ()))
        if step == locale or step not in known or step in settings["fallback"][:index]
    ]
    if problems:
        raise InvalidError(problems)
    if "base_url" in settings:
        _refuse_shared_address(locale, settings["base_url"])


def _refuse_shared_address(locale: str, base_url: str | None) -> None:
    """Two editions at one address would be one to readers and search engines.

    Raises: ConflictError.
    """
    address = base_url or f"{current_app.config['SETTINGS'].base_url}/{locale}"
    others = {_comparable(facts_of(other).base_url) for other in list_editions() if other.locale != locale}
    if _comparable(address) in others:
        raise ConflictError(_("Another edition has this site address already."))


def _comparable(address: str) -> tuple[str, str, str]:
    """Scheme and host are the same in any case (RFC 3986 §6.2.2.1); the path is not."""
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower(), parts.path


def _clear_default() -> None:
    db.session.execute(update(Edition).where(Edition.is_default).values(is_default=False, version=Edition.version + 1))
