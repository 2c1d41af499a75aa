"""Where an old path of a site leads."""

from dataclasses import dataclass
from uuid import UUID

TERMS = ("section", "tag", "person")
TYPES = ("article", *TERMS, "url")


@dataclass(frozen=True)
class Target:
    """An article's text in the edition, one of its sections, tags or people, or an address.

    `url` is absolute, or a path on the edition's own host.
    """

    type: str
    id: UUID | None = None
    url: str | None = None
