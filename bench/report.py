"""Rows of measurements, and the one table that they make."""

import sys
from collections.abc import Iterable, Sequence

from bench.search import table

Row = tuple[str, str, str, str, str]
"""What was measured, on which database, its target, what was reached, and whether that is enough."""
HEAD = ("measured", "database", "target", "reached", "verdict")
OK, MISSED, NO_TARGET = "ok", "MISSED", ""


def verdict(fine: bool) -> str:
    return OK if fine else MISSED


def percentile(times: Sequence[float], share: float) -> float:
    """The time, in milliseconds, that this share of all times does not exceed; `times` are seconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def tell_profile(what: str, database: str, lines: Iterable[str]) -> None:
    """Show who waits where the time goes of a target that was missed."""
    print(f"\n{what} on {database}, a target missed: " + "\n  ".join(lines) + "\n", file=sys.stderr, flush=True)


def report(rows: Iterable[Row]) -> int:
    """Print every row as it comes, to who waits, and all of them as a table in the end; 1 where a target is missed."""
    found = []
    for row in rows:
        print(" | ".join(row), file=sys.stderr, flush=True)
        found.append(row)
    print(table(HEAD, found))
    return 1 if any(row[-1] == MISSED for row in found) else 0
