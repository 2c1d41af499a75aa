"""Paths that a site had before, as readers meet them."""

from nejat_cms.content.actions.events import RedirectAdded, RedirectRemoved
from nejat_cms.db import db
from nejat_cms.delivery.models import Address
from nejat_cms.events import on

PATH = "path"


@on(RedirectAdded)
def lead_from_path(event: RedirectAdded) -> None:
    """What was at this path lives where the variant lives."""
    db.session.add(
        Address(locale=event.locale, type=PATH, slug_key=event.path, target_id=event.variant_id, state="moved")
    )


@on(RedirectRemoved)
def forget_path(event: RedirectRemoved) -> None:
    """Nothing is known of this path any more."""
    address = db.session.get(Address, (event.locale, PATH, event.path))
    if address is not None:
        db.session.delete(address)
