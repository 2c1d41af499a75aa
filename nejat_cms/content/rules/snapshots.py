"""What a revision holds: everything a reader of one edition would see, and what it was made from.

    {"title", "lead", "blocks", "fields", "sections", "tags", "authors", "translators",
     "featured", "source", "seo", "published_at", "based_on", "image"?, "related"?}

Sections, tags and people are ids of terms, as strings, so that a renamed term needs no new
revision; `based_on` is `{"variant": id, "revision": n}` or null; `published_at` is RFC 3339 or
null, which means the moment of first publication; `image` is the id of an asset, and is left out where
there is none; `related` are ids of articles, and are left out where there are none. The slug is not in it:
it belongs to the variant, and takes effect with the next publication.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nejat_cms.content.rules.blocks import Block, Removal

Snapshot = dict[str, Any]


@dataclass(frozen=True)
class Body:
    """A body as it came in: its blocks, and what sanitising took away; blocks read from HTML have no ids yet."""

    blocks: list[Block]
    removed: list[Removal] = field(default_factory=list)
    as_html: bool = False


MERGED = ("fields", "seo")
"""What `PATCH` merges (RFC 7396) instead of replacing."""
OPTIONAL = ("image", "related")
"""What a snapshot has only where it was said."""
KEPT_ON_REPLACE = ("published_at", "based_on")
"""What `PUT` leaves as it is where it is not named."""
TERM_ROLES = {"sections": "section", "tags": "tag", "authors": "author", "translators": "translator"}
"""What a snapshot names terms under, and as what."""


def blank() -> Snapshot:
    return {
        "title": "",
        "lead": "",
        "blocks": [],
        "fields": {},
        "sections": [],
        "tags": [],
        "authors": [],
        "translators": [],
        "featured": False,
        "source": None,
        "seo": {"title": None, "description": None, "noindex": False},
        "published_at": None,
        "based_on": None,
    }


def replaced(before: Snapshot | None, changes: Mapping[str, Any]) -> Snapshot:
    """The snapshot a `PUT` asks for."""
    kept = {name: before[name] for name in KEPT_ON_REPLACE} if before else {}
    return merged(blank() | kept, changes)


def merged(before: Snapshot, changes: Mapping[str, Any]) -> Snapshot:
    """The snapshot a `PATCH` asks for (RFC 7396); a null inside `fields` or `seo` clears that one."""
    known = before.keys() | set(OPTIONAL)
    after = before | {name: value for name, value in changes.items() if name in known}
    for name in OPTIONAL:
        if not after.get(name):
            after.pop(name, None)
    for name in MERGED:
        if name in changes:
            given = changes[name] or {}
            after[name] = {**before[name], **given} if changes[name] is not None else blank()[name]
    after["seo"] = {
        key: after["seo"].get(key) if after["seo"].get(key) is not None else value
        for key, value in blank()["seo"].items()
    }
    return after
