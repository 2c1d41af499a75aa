"""Paths that a site had before, as readers meet them."""

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, delete, select

from nejat_cms.content.actions.events import RedirectAdded, RedirectRemoved
from nejat_cms.content.models import Redirect
from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import advance, hold_counters
from nejat_cms.delivery.models import Address, PublicEdition
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.places import find_page, nearest, place_at, sites_of
from nejat_cms.errors import ConflictError, InvalidError, Problem
from nejat_cms.events import on
from nejat_cms.http.routing import is_taken
from nejat_cms.language.slugs import RESERVED_SLUGS
from nejat_cms.urls import Place, place_of

PATH = "path"
Editions = dict[str, EditionRow]


@on(RedirectAdded)
def lead_from_path(event: RedirectAdded) -> None:
    """What was at this path lives where its target lives.

    All counters are held: nobody else claims the path, publishes there or moves a site meanwhile. Editions
    that are disabled count, since they may return.

    Raises: ConflictError where an edition on the host has an old path or a page, or where a page moved: that is what
    readers would go on meeting; and where pages of another kind or edition live, or will. What was withdrawn gives
    way. InvalidError for an address that leads on or back.
    """
    counters = hold_counters(db.session.scalars(select(PublicEdition.locale)))
    editions = {locale: EditionRow(locale, row.seq, row.facts) for locale, row in counters.items()}
    path, _query, query = event.path.partition("?")
    site = place_of(editions[event.locale].facts["url"])
    place = Place(site.host if site else "", path.rstrip("/"), query)
    on_host = [edition.locale for edition, _base in sites_of(place, editions)]
    if _is_known(event, place, editions, on_host):
        raise ConflictError(_("This path leads somewhere already."))
    if _is_reserved(event.locale, place, editions):
        raise ConflictError(_("This path is kept for other pages."))
    _refuse_chains(event, place, editions)
    # It may have led to a text that was forgotten since, of any of these editions.
    db.session.execute(
        delete(Address).where(Address.type == PATH, Address.slug_key == event.path, Address.locale.in_(on_host))
    )
    db.session.add(
        Address(
            locale=event.locale,
            type=PATH,
            slug_key=event.path,
            target_id=event.target_id,
            state="moved",
            location=event.url,
        )
    )
    advance(counters[event.locale])  # another content version: `/v1/resolve` answers otherwise from now on


@on(RedirectRemoved)
def forget_path(event: RedirectRemoved) -> None:
    """Nothing is known of this path any more."""
    advance(hold_counters([event.locale])[event.locale])
    address = db.session.get(Address, (event.locale, PATH, event.path))
    if address is not None:
        db.session.delete(address)


def _is_known(event: RedirectAdded, place: Place, editions: Editions, on_host: list[str]) -> bool:
    """Whether an edition on the host knows of the path; a front page knows of none with a query."""
    page = find_page(place, editions)
    if page is not None and page.status != 410 and not (place.query and page.type == "edition"):
        return True
    others = Redirect.locale.in_(on_host), Redirect.locale != event.locale
    return db.session.scalar(select(Redirect.id).where(Redirect.path == event.path, *others)) is not None


def _is_reserved(locale: str, place: Place, editions: Editions) -> bool:
    """Whether it is for pages that are no articles, of another edition below the host's root, or of this API."""
    inside = nearest(place, editions)
    if any(rest.split("/")[0] in RESERVED_SLUGS for _edition, _base, rest in inside):
        return True
    if any(base.path for _edition, base, _rest in inside) and locale not in [each[0].locale for each in inside]:
        return True
    api = place_of(current_app.config["SETTINGS"].base_url)
    rest = place.below(api) if api else None
    return rest is not None and bool(rest or not place.query) and is_taken(f"/{rest}")


def _refuse_chains(event: RedirectAdded, place: Place, editions: Editions) -> None:
    """One step is always enough: no old path leads to another, so none leads in a circle.

    Raises: ConflictError where others lead to this path; InvalidError where it would lead to one, or to what is gone.
    """
    path = place.path.lower() or "/"
    to_it: ColumnElement[bool] = Redirect.url_key.in_((place.key, path))
    if not place.query:  # it is known by whatever query
        to_it |= Redirect.url_key.startswith(f"{path}?", autoescape=True)
    own = (Redirect.locale == event.locale) & (Redirect.path == event.path)
    leading = db.session.execute(select(Redirect.locale, Redirect.url).where(to_it, ~own))
    for locale, url in leading:
        there = place_at(url or "", editions[locale])
        if there is not None and there.host == place.host:
            raise ConflictError(_("Another old path leads to this one."))
    there = place_at(event.url, editions[event.locale]) if event.url else None
    if there is None:
        return
    locales = [edition.locale for edition, _base in sites_of(there, editions)]
    page = find_page(there, editions)
    known = db.session.scalar(
        select(Redirect.id).where(
            Redirect.locale.in_(locales), Redirect.path.in_((there.key, there.path.lower() or "/"))
        )
    )
    if known is not None or (page is not None and page.status == 410):
        words = _("This address leads on, or to what was withdrawn. Name the page itself.")
        raise InvalidError(Problem("invalid", words, "/target/url"))
