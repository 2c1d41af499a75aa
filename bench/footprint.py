"""What a house takes: memory, and the time until it serves: `python -m bench.footprint`.

Memory is PSS: what is shared with others counts in parts. A server is its supervisor, one web worker and the
job worker; it is looked at after some requests of each sort, and again after very many.
"""

import argparse
import cProfile
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.profiles import shares
from bench.report import NO_TARGET, Row, report, tell_profile, verdict
from bench.running import DATABASES, Line, place_of
from nejat_cms import create_app, migrate
from nejat_cms.db import db
from nejat_cms.transfer.actions import load_demo
from tests.factories import token_for
from tests.servers import Server, house_over, serving, settings_in

START_SECONDS, IDLE_MB, GROWTH_MB = 4, 250, 64
"""The last is what the cache of one web worker may hold (`NEJAT_CACHE_MB`)."""
REQUESTS, FEW = 800, 200
IDLE_SECONDS = 3.0
FIRST = "/v1/fa/articles"


@dataclass(frozen=True)
class Memory:
    """What the processes of a server hold, in MB: the supervisor, the web worker, the job worker."""

    pss: Sequence[float]
    rss: Sequence[float]

    def __str__(self) -> str:
        parts = " + ".join(f"{part:.0f}" for part in self.pss)
        return f"PSS {sum(self.pss):.0f} MB ({parts}), RSS {sum(self.rss):.0f} MB"


def memory_of(server: Server) -> Memory:
    children = server.children()
    found = [_rollup(pid) for pid in (server.process.pid, children["web"], children["job"])]
    return Memory([each["Pss"] for each in found], [each["Rss"] for each in found])


def _rollup(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) / 1024 for name, _, value in (line.partition(":") for line in lines)}


@contextmanager
def started(folder: Path, database_url: str, word: str) -> Iterator[tuple[Server, float]]:
    """A server, and the seconds from its command to its first list."""
    begun = time.perf_counter()
    with serving(folder, database_url, words=(word,)) as server:
        with Line(server.port) as line:
            line.get(FIRST)
        yield server, time.perf_counter() - begun


# Requests of every sort -----------------------------------------------------------------------

Ask = tuple[str, str, Any]
"""Method, path and body."""


def requests_of(line: Line) -> list[Ask]:
    """A round of what readers and the newsroom ask for, in the demo's editions."""
    paths = [
        "/v1/editions",
        "/sitemap.xml",
        "/v1/manage/articles",
        "/v1/manage/editions",
        "/v1/auth/me",
        "/openapi.json",
    ]
    changed: list[Ask] = []
    for locale in (edition["locale"] for edition in line.get("/v1/editions")):
        items = line.get(f"/v1/{locale}/articles?limit=100")
        words = {word for item in items for word in item["title"].split()}
        base = f"/v1/{locale}"
        paths += [f"{base}/articles?limit={limit}" for limit in range(1, 40)]
        paths += [f"{base}/articles/{item['slug']}" for item in items]
        paths += [f"{base}/articles/{item['slug']}?body=html,blocks,text" for item in items]
        paths += [f"{base}/search?q={word}" for word in sorted(words)]
        paths += [f"{base}/{each}" for each in ("sections", "tags", "people", "archive", "changes", "articles/nowhere")]
        paths += [f"/{locale}/feed.{form}" for form in ("atom", "rss", "json")]
        paths += [f"/v1/manage/articles/{item['id']}/variants/{locale}" for item in items]
        changed += [("PATCH", f"/v1/manage/articles/{item['id']}/variants/{locale}", None) for item in items[:2]]
    return [*(("GET", path, None) for path in paths), *changed]


def ask_all(public: Line, desk: Line, asked: Sequence[Ask], count: int) -> None:
    """So many of these requests, over and over.

    Raises: RuntimeError where one of them fails.
    """
    for turn, (method, path, _) in enumerate(islice(cycle(asked), count)):
        line = desk if path.startswith(("/v1/manage", "/v1/auth")) else public
        if method == "PATCH":
            seen = line.ask("GET", path)[1].headers["ETag"]
            _, reply = line.ask("PATCH", path, {"lead": f"Once more, {turn}."}, If_Match=seen)
            _, reply = line.ask("POST", f"{path}/publish", {}, If_Match=reply.headers["ETag"])
        else:
            _, reply = line.ask(method, path)
        if reply.status != (404 if path.endswith("/nowhere") else 200):
            raise RuntimeError(f"{method} {path}: {reply.status} {reply.raw[:300]!r}")


# The report -----------------------------------------------------------------------------------


def rows(
    databases: Sequence[str] = tuple(DATABASES), requests: int = REQUESTS, idle: float = IDLE_SECONDS
) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    for name in databases:
        with place_of(name) as (folder, database_url):
            target, seconds = f"< {START_SECONDS} s", {}
            for word, when in (("run", "in an empty folder"), ("run", "once more"), ("serve", "")):
                with started(folder, database_url, word) as (_, seconds[when]):
                    fine = verdict(seconds[when] < START_SECONDS) if when else NO_TARGET
                what = f"`nejat {word}` {when}".rstrip() + ", to its first list"
                yield what, DATABASES[name], target if when else "", f"{seconds[when]:.1f} s", fine
            with house_over(folder, database_url) as app:
                token = token_for(app, "admin")
            with (
                started(folder, database_url, "serve") as (server, _),
                Line(server.port) as public,
                Line(server.port, token) as desk,
            ):
                yield from _memory(name, server, public, desk, requests, idle)
        if seconds["in an empty folder"] >= START_SECONDS and name == databases[0]:  # it is the same work on each
            lines = [f"{seconds['']:.1f} s are the server's, as above", *first_steps(name)]
            tell_profile("`nejat run` in an empty folder", DATABASES[name], lines)


def first_steps(name: str) -> list[str]:
    """What a first start does before the server starts, step by step, and where the longest step's time goes."""
    with place_of(name) as (folder, database_url):
        settings = settings_in(folder, database_url)
        begun = time.perf_counter()
        migrate.upgrade(settings.database_url)
        migrated = time.perf_counter()
        app, profiler = create_app(settings), cProfile.Profile()
        made = time.perf_counter()
        with app.app_context(), profiler:
            load_demo()
        steps = {
            "schema": migrated - begun,
            "application": made - migrated,
            "demo, while it is looked at": time.perf_counter() - made,
        }
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
    return [*(f"{seconds:.1f} s {step}" for step, seconds in steps.items()), *shares(profiler)]


def _memory(name: str, server: Server, public: Line, desk: Line, requests: int, idle: float) -> Iterator[Row]:
    asked = requests_of(public)
    few = asked[:: max(1, len(asked) // FEW)]
    ask_all(public, desk, few, len(few))
    time.sleep(idle)
    before = memory_of(server)
    fine = verdict(sum(before.pss) < IDLE_MB)
    what = f"memory of all processes, idle after {len(few)} requests of every sort"
    yield what, DATABASES[name], f"PSS < {IDLE_MB} MB", str(before), fine
    ask_all(public, desk, asked, requests)
    time.sleep(idle)
    after = memory_of(server)
    grown = sum(after.pss) - sum(before.pss)
    what, target = f"memory after {requests:,} mixed requests more", f"at most {GROWTH_MB} MB more, the cache's"
    yield what, DATABASES[name], target, f"{grown:+.0f} MB: {after}", verdict(grown <= GROWTH_MB)


def main() -> int:
    """Measure, and print the table."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    return report(rows())


if __name__ == "__main__":
    sys.exit(main())
