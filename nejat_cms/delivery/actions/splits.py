"""What the id of an article stands for in an edition whose variant was made an article of its own.

Texts there go on naming as related what they named; a revision is never changed for it.
"""

from sqlalchemy import select

from nejat_cms.content.actions.events import ArticleSplit
from nejat_cms.db import db
from nejat_cms.delivery.models import Address
from nejat_cms.events import on

SPLIT = "split"


@on(ArticleSplit)
def remember_split(event: ArticleSplit) -> None:
    """In its edition, the split article is meant by each id that the other one had there until then."""
    stands_for = select(Address).where(Address.target_id == event.article_id)
    joined = db.session.scalars(stands_for.where(Address.type == "id")).all()
    earlier = db.session.scalars(stands_for.where(Address.type == SPLIT, Address.locale == event.locale)).all()
    for key in {event.article_id.hex, *(address.slug_key for address in (*joined, *earlier))}:
        address = db.session.get(Address, (event.locale, SPLIT, key))
        if address is None:
            address = Address(locale=event.locale, type=SPLIT, slug_key=key, state="moved")
            db.session.add(address)
        address.target_id = event.split_id
    db.session.flush()
