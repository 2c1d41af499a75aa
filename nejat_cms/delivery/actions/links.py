"""Which pages of the house a document's text links to: kept whenever its body is rendered."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from nejat_cms.db import db
from nejat_cms.delivery.models import DocumentLink
from nejat_cms.delivery.rules.links import Target


def keep_links(linked: Mapping[UUID, set[Target]]) -> None:
    """These documents (by variant) link to these pages, and to no others."""
    rows = db.session.scalars(select(DocumentLink).where(DocumentLink.variant_id.in_(linked))) if linked else ()
    present = {(row.variant_id, Target(row.to_locale, row.to_type, row.to_key)): row for row in rows}
    wanted = {(variant_id, target) for variant_id, targets in linked.items() for target in targets}
    for key in present.keys() - wanted:
        db.session.delete(present[key])
    db.session.add_all(
        DocumentLink(variant_id=variant_id, to_locale=target.locale, to_type=target.type, to_key=target.slug_key)
        for variant_id, target in sorted(wanted - present.keys())
    )
