"""The editions readers know of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import orjson
from sqlalchemy import Engine

from nejat_cms.errors import NotFoundError
from nejat_cms.language.zones import from_microseconds
from nejat_cms.reading import fetch


@dataclass(frozen=True)
class EditionRow:
    """An enabled edition as readers see it, and its content version."""

    locale: str
    seq: int
    facts: Mapping[str, Any]


class MovedError(Exception):
    """What was asked for lives at another address; `data` is what a 301 says of it."""

    def __init__(self, location: str, data: Mapping[str, Any]) -> None:
        super().__init__(location)
        self.location = location
        self.data = data


EDITION = "SELECT locale, seq, CAST(facts AS TEXT) FROM public_editions WHERE enabled"


def house_version(engine: Engine | None = None) -> int:
    """The version of the whole house; 0 before anything was ever shown to readers."""
    rows = fetch("SELECT version FROM house_version", engine=engine)
    return int(rows[0][0]) if rows else 0


def last_change() -> datetime:
    """When anything that readers see last changed, in any edition."""
    return from_microseconds(house_version())


def get_edition(locale: str) -> EditionRow:
    """An enabled edition.

    Raises: NotFoundError.
    """
    rows = fetch(f"{EDITION} AND locale = :locale", {"locale": locale})
    if not rows:
        raise NotFoundError
    return edition_row(rows[0])


def enabled_editions() -> dict[str, EditionRow]:
    """Every enabled edition by its locale, in order."""
    rows = fetch(f"{EDITION} ORDER BY position, locale")
    return {row[0]: edition_row(row) for row in rows}


def edition_among(locale: str, editions: Mapping[str, EditionRow]) -> EditionRow:
    """One of the editions that were read already.

    Raises: NotFoundError.
    """
    if locale not in editions:
        raise NotFoundError
    return editions[locale]


def default_locale(editions: Mapping[str, EditionRow]) -> str:
    """The house's default edition, or the first; there is one."""
    return next((e.locale for e in editions.values() if e.facts["is_default"]), next(iter(editions)))


def edition_row(row: Sequence[Any]) -> EditionRow:
    """An edition as `EDITION` brings it: its locale, its content version, its facts."""
    return EditionRow(row[0], row[1], _facts(row[2]))


@lru_cache(maxsize=1_000)
def _facts(text: str) -> Mapping[str, Any]:
    """The facts of an edition, read once: they hardly ever change."""
    return cast(Mapping[str, Any], orjson.loads(text))


def count_articles() -> dict[str, int]:
    """How many listed articles each edition has."""
    rows = fetch(
        """SELECT e.locale, (SELECT sum(m.n) FROM month_counts m
               WHERE m.locale = e.locale AND m.calendar = 'gregorian') FROM public_editions e"""
    )
    return {locale: int(count or 0) for locale, count in rows}
