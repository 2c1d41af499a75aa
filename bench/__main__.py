"""Every target beside what was reached, on both databases: `python -m bench`, which is `make bench`.

Rows go to standard error as they come, and to standard output as one table. Exits with 1 where a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from bench import footprint, growth, house, oracles, readers, writers
from bench.growth import SIZES
from bench.report import MISSED, Row, report

Part = Callable[[], Iterable[Row]]


def say(line: object) -> None:
    """Tell whoever waits."""
    print(line, file=sys.stderr, flush=True)


def rows(parts: dict[str, Part]) -> Iterator[Row]:
    """The rows of all parts, one part after the other; who waits is told how long each took."""
    for name, part in parts.items():
        begun = time.monotonic()
        try:
            yield from part()
        except Exception as error:  # the others are worth knowing all the same
            yield name, "", "", f"{type(error).__name__}: {error}", MISSED
        say(f"{name}: {time.monotonic() - begun:.0f} s")


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, default=100_000, choices=SIZES[1:], help="house (default: 100000)")
    largest = parser.parse_args().largest
    parts: dict[str, Part] = {
        "readers": partial(readers.rows, say=say),
        "writers": writers.rows,
        "oracles": oracles.rows,
        "footprint": footprint.rows,
        "house": house.rows,
        "growth": partial(growth.rows, largest, say=say),
    }
    return report(rows(parts))


if __name__ == "__main__":
    sys.exit(main())
