"""Cache tags: what an answer is made from, so that a shared cache can drop just what has changed.

    house             what is made from several editions; and that something moved, is gone or is not there
    edition-<locale>  lists, feeds, sitemaps, sections, the search: whatever shows more than one article of an edition
    details-<locale>  every article of an edition that is shown alone
    article-<id>      an article alone, in any edition
    asset-<id>        the bytes of a file of the media library, and every picture made from it

What is dropped when an article changes names its neighbours too, for their pages show its title.
"""

from collections.abc import Iterable
from uuid import UUID

HOUSE = "house"


def edition_tag(locale: str) -> str:
    return f"edition-{locale}"


def details_tag(locale: str) -> str:
    return f"details-{locale}"


def article_tag(article_id: UUID | str) -> str:
    return f"article-{article_id}"


def asset_tag(asset_id: UUID | str) -> str:
    return f"asset-{asset_id}"


def tag_headers(tags: Iterable[str]) -> list[tuple[str, str]]:
    """The tags of an answer, or of what is to be dropped, as different caches want them told."""
    known = list(dict.fromkeys(tags))
    return [("Surrogate-Key", " ".join(known)), ("Cache-Tag", ",".join(known))]
