"""Sections, tags and people: what their page in one edition is called elsewhere."""

from uuid import UUID, uuid5


def page_id(term_id: UUID, locale: str) -> UUID:
    """What names a term's page in one edition where one id must stand for both, as in the uses of assets."""
    return uuid5(term_id, locale)
