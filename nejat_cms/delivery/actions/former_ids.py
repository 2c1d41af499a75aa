"""What the id of an article stands for since it was joined to another, or its variant in an edition was split off.

Texts go on naming what they named, as related or in their contents; a revision is never changed for it.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from nejat_cms.db import db
from nejat_cms.delivery.models import Address

JOINED = "id"
SPLIT = "split"
Named = tuple[str, UUID]
"""An edition, and the id of an article that a text there names."""


def remember_joined(article_id: UUID, joined_id: UUID) -> None:
    """The other article's id leads here from now on, and so do the ids that led to it."""
    for address in db.session.scalars(
        select(Address).where(Address.type.in_((JOINED, SPLIT)), Address.target_id == joined_id)
    ):
        address.target_id = article_id
    db.session.add(Address(locale="", type=JOINED, slug_key=joined_id.hex, target_id=article_id, state="moved"))
    db.session.flush()


def remember_split(article_id: UUID, split_id: UUID, locale: str) -> None:
    """In its edition, the split article is meant by each id that the other one had there until then."""
    stands_for = select(Address).where(Address.target_id == article_id)
    joined = db.session.scalars(stands_for.where(Address.type == JOINED)).all()
    earlier = db.session.scalars(stands_for.where(Address.type == SPLIT, Address.locale == locale)).all()
    for key in {article_id.hex, *(address.slug_key for address in (*joined, *earlier))}:
        address = db.session.get(Address, (locale, SPLIT, key))
        if address is None:
            address = Address(locale=locale, type=SPLIT, slug_key=key, state="moved")
            db.session.add(address)
        address.target_id = split_id
    db.session.flush()


def meant_by(named: Collection[Named]) -> dict[Named, list[UUID]]:
    """The articles that each of these may stand for, of which the first counts that is published in the edition.

    The article itself or the one it was joined to, then the one that was split off it. One statement, and none for
    nothing.
    """
    if not named:
        return {}
    rows = db.session.execute(
        select(Address.type, Address.locale, Address.slug_key, Address.target_id).where(
            Address.locale.in_({"", *(locale for locale, _ in named)}),
            Address.type.in_((JOINED, SPLIT)),
            Address.slug_key.in_({article_id.hex for _, article_id in named}),
        )
    )
    joined, split = {}, {}
    for type_, locale, key, target in rows:
        if type_ == JOINED:
            joined[UUID(key)] = target
        else:
            split[locale, UUID(key)] = target
    return {each: [joined.get(each[1], each[1]), *([split[each]] if each in split else [])] for each in named}
