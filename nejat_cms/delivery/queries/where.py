"""Conditions of a SELECT and the values bound to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Where:
    """Conditions and the values bound to them."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def any_of(self, values: Iterable[Any]) -> str:
        return f"({', '.join(self.bind(value) for value in values)})"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)


def served(where: Where, locale: str, fallback: Sequence[str]) -> str:
    """For each article: its document in this edition or, where there is none, in the first of the fallbacks."""
    choices = [f"d.locale = {where.bind(locale)}"]
    earlier = [locale]
    for step in fallback:
        if step not in earlier:
            choices.append(f"(d.locale = {where.bind(step)} AND NOT EXISTS ({document_in(where, earlier)}))")
            earlier.append(step)
    return f"({' OR '.join(choices)})"


def document_in(where: Where, locales: Sequence[str]) -> str:
    """The document that the article of `d` has in one of these editions, as a SELECT."""
    return f"SELECT 1 FROM documents o WHERE o.article_id = d.article_id AND o.locale IN {where.any_of(locales)}"
