"""What was sent and is not kept, said once for each field."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

REPORTED_MOST = 100
"""How many different removals are reported for one field."""
_NAME_MOST = 64


@dataclass(frozen=True)
class Removal:
    """Something that was sent and is not kept.

    `what` is an element or attribute as it was named; `reason` one of `element`,
    `attribute`, `url`, `language`, `depth`, `comment`, `markup`.
    """

    pointer: str
    what: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class Report:
    """The different removals of one field, in order of their first appearance."""

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        self._removals: dict[Removal, None] = {}

    def add(self, what: str, reason: str) -> None:
        if len(self._removals) < REPORTED_MOST:
            self._removals[Removal(self.pointer, what[:_NAME_MOST], reason)] = None

    def attributes(self, attrs: Mapping[str, str], *known: str) -> None:
        for name in attrs:
            if name not in known:
                self.add(name, "attribute")

    @property
    def removals(self) -> list[Removal]:
        return list(self._removals)
