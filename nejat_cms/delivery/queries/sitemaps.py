"""What stands in the sitemaps: their parts, and the entries of one."""

from dataclasses import dataclass
from datetime import datetime

from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.errors import NotFoundError
from nejat_cms.language.zones import from_microseconds
from nejat_cms.reading import fetch


@dataclass(frozen=True)
class PartRow:
    """A part of an edition's sitemap, and when anything in it last changed."""

    locale: str
    number: int
    changed: datetime


def list_parts() -> list[PartRow]:
    """The parts of every enabled edition that hold anything, in order.

    The index is jumped over from part to part, so a million documents take no longer than their thousand parts.
    """
    rows = fetch(
        """WITH RECURSIVE parts (locale, number) AS (
               SELECT e.locale, (SELECT min(d.sitemap_part) FROM documents d WHERE d.locale = e.locale)
               FROM public_editions e WHERE e.enabled
               UNION ALL
               SELECT p.locale, (SELECT min(d.sitemap_part) FROM documents d
                   WHERE d.locale = p.locale AND d.sitemap_part > p.number)
               FROM parts p WHERE p.number IS NOT NULL
           )
           SELECT p.locale, p.number, (SELECT max(d.sitemap_us) FROM documents d
               WHERE d.locale = p.locale AND d.sitemap_part = p.number)
           FROM parts p JOIN public_editions e ON e.locale = p.locale
           WHERE p.number IS NOT NULL ORDER BY e.position, e.locale, p.number"""
    )
    return [PartRow(locale, number, from_microseconds(changed)) for locale, number, changed in rows]


def list_entries(edition: EditionRow, part: int) -> list[str]:
    """The entries of a part, as they were written.

    Raises: NotFoundError for one that holds none: the schema knows no empty part.
    """
    rows = fetch(
        """SELECT sitemap FROM documents WHERE locale = :locale AND sitemap_part = :part ORDER BY variant_id""",
        {"locale": edition.locale, "part": part},
    )
    if not rows:
        raise NotFoundError
    return [row[0] for row in rows]
