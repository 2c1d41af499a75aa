"""How much an edition published when, and what changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.reading import fetch, json_cell


def list_months(edition: EditionRow, calendar: str) -> list[tuple[int, int, int]]:
    """Year, month and how many listed documents an edition published in it, newest first."""
    rows = fetch(
        """SELECT year, month, n FROM month_counts WHERE locale = :locale AND calendar = :calendar
           ORDER BY year DESC, month DESC""",
        {"locale": edition.locale, "calendar": calendar},
    )
    return [(year, month, count) for year, month, count in rows]


@dataclass(frozen=True)
class ChangeRow:
    """A change of an article in an edition."""

    seq: int
    at_us: int
    type: str
    article_id: UUID
    slug: str
    moves: Sequence[tuple[int, str]]

    def moved_since(self, since: int) -> str | None:
        """The slug under which it is known to who has heard of everything up to `since`, if it has another now."""
        known = next((slug for seq, slug in self.moves if since < seq), None)
        return None if self.type == "withdrawn" or known == self.slug else known


def list_changes(edition: EditionRow, *, after: int, until: int, live_only: bool, limit: int) -> list[ChangeRow]:
    """Changes numbered above `after` and up to `until`, in commit order; one more than `limit` if there are more."""
    rows = fetch(
        f"""SELECT seq, at_us, type, article_id, slug, moves FROM changes
            WHERE locale = :locale AND seq > :after AND seq <= :until {"AND type <> 'withdrawn'" if live_only else ""}
            ORDER BY seq LIMIT {limit + 1:d}""",
        {"locale": edition.locale, "after": after, "until": until},
    )
    return [ChangeRow(row[0], row[1], row[2], UUID(str(row[3])), row[4], json_cell(row[5])) for row in rows]
