"""Where documents stand in their edition's sitemap: decided under its counter's lock, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from nejat_cms.db import db
from nejat_cms.delivery.models import Document, now_us
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.delivery.rules.sitemaps import entry


@dataclass(frozen=True)
class House:
    """What documents carry of today's settings: their mark, and how many entries a part of the sitemap may hold."""

    mark: str
    part_size: int
    newest_parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By edition, once it was asked for: the last part of its sitemap, and how many entries it holds."""


def in_sitemap(face: Face, siblings: Sequence[Face], old: Document | None, house: House) -> dict[str, Any]:
    """A document's entry, the part it stands in and when the entry changed."""
    shown = entry(face, siblings)
    if shown is None:
        return {"sitemap": None, "sitemap_part": None, "sitemap_us": None}
    same = old is not None and old.sitemap == shown
    return {
        "sitemap": shown,
        "sitemap_part": _part(face.edition.locale, old, house),
        "sitemap_us": old.sitemap_us if old is not None and same else now_us(),
    }


def _part(locale: str, old: Document | None, house: House) -> int:
    """The part it stands in already, unless that holds too much for today's house; else the last one, or a new one.

    What it was given under today's settings is not counted again.
    """
    part = old.sitemap_part if old is not None else None
    same = old is not None and old.house_mark == house.mark
    if part is not None and (same or _held(locale, part) <= house.part_size):
        return part
    if locale not in house.newest_parts:
        house.newest_parts[locale] = _newest_part(locale)
    last, held = house.newest_parts[locale]
    place = last + (held >= house.part_size)
    house.newest_parts[locale] = place, held + 1 if place == last else 1
    return place


def _newest_part(locale: str) -> tuple[int, int]:
    """The last part of an edition's sitemap, and how many entries it holds."""
    parts = select(func.max(Document.sitemap_part), func.count()).where(Document.locale == locale)
    newest = parts.group_by(Document.sitemap_part).order_by(Document.sitemap_part.desc()).limit(1)
    last, held = db.session.execute(newest.where(Document.sitemap_part > 0)).one_or_none() or (None, 0)
    return last or 1, held


def _held(locale: str, part: int) -> int:
    held = select(func.count()).where(Document.locale == locale, Document.sitemap_part == part)
    return db.session.scalar(held) or 0
