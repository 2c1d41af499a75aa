"""How quickly readers are answered: `python -m bench.readers`.

Ours beside what it is measured against, on one machine in one run: each in turn, for several short rounds, so that
whatever else the machine does befalls all. Exits with 1 where a target is missed.

    bare callable, Flask route   the same bytes on our own server
    nginx                        the same bytes as a file
    Wagtail's API v2             the same articles, in its own database
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.fleet import SLOW_SECONDS, Case, built, fill, launched, quicker_workers
from bench.load import Load, LoadError, load
from bench.peer.making import Peer, prepared
from bench.peer.rows import ARTICLES
from bench.search import POSTGRESQL, SQLITE, table
from tests.servers import postgres_database, running_postgres

DATABASES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
ROUNDS, SECONDS = 3, 1
Row = tuple[str, str, str, str, str]
Said = Callable[[str], None]


@dataclass(frozen=True)
class Goal:
    """How many times as often as another one must be answered; 0: whatever it is, it is worth knowing."""

    name: str
    case: str
    beside: str
    least: float = 0.0


GOALS = (
    Goal("cached detail", "cached detail", "bare detail", 0.85),
    Goal("cached detail", "cached detail", "flask detail", 2.5),
    Goal("cached detail", "cached detail", "bare detail with two headers"),
    Goal("cached detail", "cached detail", "nginx detail"),
    Goal("cached list", "cached list", "bare list", 0.85),
    Goal("cached list", "cached list", "flask list", 2.5),
    Goal("cached list", "cached list", "nginx list"),
    Goal("uncached detail", "uncached detail", "flask details", 0.5),
    Goal("uncached list", "uncached list", "flask lists", 0.35),
    Goal("uncached detail", "uncached detail", "wagtail detail", 20),
    Goal("uncached list", "uncached list", "wagtail list", 20),
    Goal("cached detail, as readers get it", "cached detail", "wagtail detail"),
    Goal("cached list, as readers get it", "cached list", "wagtail list"),
)
"""Who is compared is asked soon after one another, in this order."""
ORDER = tuple(dict.fromkeys(name for goal in GOALS for name in (goal.case, goal.beside)))


@dataclass(frozen=True)
class Measured:
    """What every case brought in each round it took part in, on one database."""

    database: str
    loads: Mapping[str, Mapping[int, Load]]
    payloads: Mapping[str, str]
    profiles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of the cases that missed a target: where their time goes."""

    def ratio(self, goal: Goal) -> float:
        """Of the answers a second: the median of the rounds."""
        return median(ours.rate / theirs.rate for ours, theirs in self._pairs(goal))

    def ratio_of_work(self, goal: Goal) -> float:
        """The same of requests for one second of processor time: what depends least on who else uses the machine."""
        return median(theirs.cpu_us / ours.cpu_us for ours, theirs in self._pairs(goal))

    def _pairs(self, goal: Goal) -> Iterator[tuple[Load, Load]]:
        ours, theirs = self.loads[goal.case], self.loads[goal.beside]
        for round_ in ours.keys() & theirs.keys():
            yield ours[round_], theirs[round_]

    def verdict(self, goal: Goal) -> str:
        if not goal.least:
            return ""
        return "ok" if self.ratio(goal) >= goal.least else "MISSED"

    @property
    def goals(self) -> list[Goal]:
        """Those whose other side was measured."""
        return [goal for goal in GOALS if goal.beside in self.loads]


def measure(
    databases: Sequence[str] = tuple(DATABASES),
    *,
    rounds: int = ROUNDS,
    seconds: int = SECONDS,
    articles: int = ARTICLES,
    site: Peer | None = None,
    say: Said = lambda _: None,
) -> Iterator[Measured]:
    """Fill a house on each of these databases, and ask everybody in turn; without a `site` the peer is left out.

    Raises: LoadError where wrk is missing, or a request was not answered as it should be.
    """
    workers = quicker_workers(site) if site else 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nejat-bench-")))
        houses = {}
        for name in databases:
            url = ""
            if name == "postgresql":
                url = stack.enter_context(postgres_database(stack.enter_context(running_postgres()).get_uri()))
            houses[DATABASES[name]] = stack.enter_context(built(folder / name, url))
        corpus = fill(list(houses.values()), articles)
        for database, house in houses.items():
            with launched(house, corpus, site, workers) as fleet:
                for case in fleet.cases:
                    case.check()
                say(f"{database}: {articles:,} articles in each edition, {len(fleet.cases)} cases in turn")
                loads = in_turn(fleet.cases, rounds, seconds)
                found = Measured(database, loads, fleet.payloads())
                missed = {goal.case for goal in found.goals if found.verdict(goal) == "MISSED"}
                profiles = {case.name: fleet.profile(case) for case in fleet.cases if case.name in missed}
            yield replace(found, profiles=profiles)


def in_turn(cases: Sequence[Case], rounds: int, seconds: int) -> dict[str, dict[int, Load]]:
    """Every case once a round, each round beginning with another one.

    What no target needs is asked every other round, and so is who is slow, but for longer.
    """
    cases = sorted(cases, key=lambda case: ORDER.index(case.name) if case.name in ORDER else len(ORDER))
    needed = {name for goal in GOALS if goal.least for name in (goal.case, goal.beside)}
    loads: dict[str, dict[int, Load]] = {case.name: {} for case in cases}
    for round_ in range(rounds):
        first = round_ * len(cases) // rounds
        for case in (*cases[first:], *cases[:first]):
            if round_ % 2 == 0 or (case.name in needed and not case.slow):
                loads[case.name][round_] = load(case.target, max(seconds, SLOW_SECONDS) if case.slow else seconds)
    return loads


def explanation(measured: Measured) -> Iterator[str]:
    """Where the time of what missed its target goes."""
    for name, lines in measured.profiles.items():
        spent = median(each.cpu_us for each in measured.loads[name].values())
        yield f"\n{name} on {measured.database}, a target missed: {spent:.0f} µs of processor time in the server,"
        yield from lines


def rows_of(measured: Measured) -> Iterator[Row]:
    """A row for every goal, and for how many bytes go out."""
    for goal in measured.goals:
        target = f"at least {goal.least:g} × {goal.beside}" if goal.least else f"beside {goal.beside}"
        reached = f"{measured.ratio(goal):.2f} × ({measured.ratio_of_work(goal):.2f} by processor time)"
        yield f"reading: {goal.name}", measured.database, target, reached, measured.verdict(goal)
    for name, sizes in measured.payloads.items():
        yield f"reading: bytes of a {name}", measured.database, "beside Wagtail's", sizes, ""


def rows(databases: Sequence[str] = tuple(DATABASES), *, rounds: int = ROUNDS, say: Said = print) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough.

    What is worth knowing and has no target has no verdict either. Profiles of what was missed are said at once.

    Raises: LoadError where wrk is missing, or a request was not answered as it should be.
    """
    for measured in measure(databases, rounds=rounds, site=prepared(say), say=say):
        for line in explanation(measured):
            say(line)
        yield from rows_of(measured)


def main() -> int:
    """Print the report; 1 where a target is missed or there is no figure to show."""
    parser = argparse.ArgumentParser(prog="python -m bench.readers", description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    parser.add_argument("--seconds", type=int, default=SECONDS, help=f"for how long each time (default: {SECONDS})")
    parser.add_argument("--articles", type=int, default=ARTICLES, help=f"in each edition (default: {ARTICLES})")
    parser.add_argument("--without-peer", action="store_true", help="leave Wagtail out")
    asked = parser.parse_args()
    databases = list(DATABASES) if asked.database == "both" else [asked.database]
    found: list[Row] = []
    try:
        site = None if asked.without_peer else prepared(articles=asked.articles)
        how = {"rounds": asked.rounds, "seconds": asked.seconds, "articles": asked.articles}
        for measured in measure(databases, **how, site=site, say=print):
            print(f"\n{table(['case', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', 'bytes'], figures(measured))}\n")
            found += rows_of(measured)
            for line in explanation(measured):
                print(line)
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\n{table(['measured', 'database', 'target', 'reached', 'verdict'], [list(row) for row in found])}")
    return 1 if any(row[-1] == "MISSED" for row in found) else 0


def figures(measured: Measured) -> list[list[str]]:
    """Each case at the median of its rounds."""
    return [
        [name, *(format(median(getattr(each, what) for each in loads.values()), how) for what, how in FIGURES)]
        for name, loads in measured.loads.items()
    ]


FIGURES = (("rate", ",.0f"), ("p50", ".2f"), ("p99", ".2f"), ("cpu_us", ",.0f"), ("bytes", ",.0f"))

if __name__ == "__main__":
    sys.exit(main())
