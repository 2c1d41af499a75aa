"""Front pages: the articles that editors put first, among what is featured and in each section.

{"featured": [article, …], "sections": {section: [article, …]}}
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

PINS_MOST = 20
"""Articles in one list."""
SECTIONS_MOST = 40
Pins = Mapping[str, Any]


def pinned_articles(pins: Pins) -> list[str]:
    """The ids of all articles that are pinned anywhere, each once."""
    return list(dict.fromkeys([*pins["featured"], *(each for ids in pins["sections"].values() for each in ids)]))


def pin_instead(pins: Pins, former: Collection[str], article: str) -> dict[str, Any]:
    """The same, with another article in the place of some."""

    def replaced(ids: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(article if each in former else each for each in ids))

    sections = {section: replaced(ids) for section, ids in pins["sections"].items()}
    return {"featured": replaced(pins["featured"]), "sections": sections}
