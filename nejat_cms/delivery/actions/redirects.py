"""Paths that a site had before, as readers meet them."""

from flask_babel import lazy_gettext as _

from nejat_cms.content.actions.events import RedirectAdded, RedirectRemoved
from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import hold_counters
from nejat_cms.delivery.models import Address
from nejat_cms.delivery.queries.editions import enabled_editions
from nejat_cms.delivery.queries.places import find_page
from nejat_cms.errors import ConflictError
from nejat_cms.events import on
from nejat_cms.urls import Place, place_of

PATH = "path"


@on(RedirectAdded)
def lead_from_path(event: RedirectAdded) -> None:
    """What was at this path lives where the variant lives.

    Raises: ConflictError where an edition has a page, or had one: that is what readers would go on meeting.
    """
    if _is_page(event):
        raise ConflictError(_("This path leads somewhere already."))
    _raise_version(event.locale)
    address = _address(event) or Address(locale=event.locale, type=PATH, slug_key=event.path)
    address.target_id, address.state = event.variant_id, "moved"  # it may have led to a text that was forgotten since
    db.session.add(address)


@on(RedirectRemoved)
def forget_path(event: RedirectRemoved) -> None:
    """Nothing is known of this path any more."""
    _raise_version(event.locale)
    address = _address(event)
    if address is not None:
        db.session.delete(address)


def _is_page(event: RedirectAdded) -> bool:
    """Whether the path, on the edition's host, is one that an edition itself knows of; none of these has a query."""
    editions = enabled_editions()
    site = place_of(editions[event.locale].facts["url"]) if event.locale in editions else None
    if site is None or "?" in event.path:
        return False
    return find_page(Place(site.host, event.path.rstrip("/"), ""), editions) is not None


def _address(event: RedirectAdded | RedirectRemoved) -> Address | None:
    return db.session.get(Address, (event.locale, PATH, event.path))


def _raise_version(locale: str) -> None:
    """Another content version: `/v1/resolve` answers otherwise from now on."""
    hold_counters([locale])[locale].seq += 1
