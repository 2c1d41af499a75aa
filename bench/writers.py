"""How long publishing takes, and whether those who write at once stand in each other's way: `python -m bench.writers`.

    alone     a newsroom of one: an edit, then its publication, which is measured; as an action, and through a server
    at once   four processes write as fast as they are answered, and somebody reads; through a server, and as actions

The house has four editions and some thousand documents; what is published has counterparts in all of them.
"""

import argparse
import cProfile
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice, product
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from bench.corpus import LOCALES, Articles, Work
from bench.library import House, draft, furnish, load
from bench.profiles import shares
from bench.report import MISSED, NO_TARGET, Row, percentile, report, tell_profile, verdict
from bench.running import DATABASES, Line, place_of, syncing
from nejat_cms import create_app
from nejat_cms.content.actions.saving import change_variant, create_article, create_variant
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.models import Variant
from nejat_cms.content.rules.snapshots import Body
from nejat_cms.db import db
from nejat_cms.errors import NejatError
from nejat_cms.permissions import SYSTEM
from tests.factories import token_for
from tests.servers import SQLITE_FILE, free_port, house_over, serving, settings_in

DOCUMENTS, PUBLISHES, WRITES, WRITERS = 2_000, 40, 500, 4
ARTICLES = 20
"""How many articles with counterparts are published, in turn."""
PUBLISH_MS, WRITE_MS, WAL_MB = 15, 500, 64
WARM_UP, PROFILED = 10, 30


# The house ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Newsroom:
    """A house to write in, the port its server will have, and who may do everything in it."""

    folder: Path
    database_url: str
    port: int
    token: str
    section: UUID
    variants: Sequence[tuple[UUID, str]]
    """Article and locale of what is published in turn."""


def newsroom(folder: Path, database_url: str, documents: int) -> Newsroom:
    """Load documents, and publish some articles in every edition, the others translated from the first."""
    port = free_port()
    settings_in(folder, database_url).listening_at(f"http://127.0.0.1:{port}")  # or all would be rendered anew for it
    with house_over(folder, database_url) as app:
        house = furnish(app)
        load(Articles(documents, 1), [house], [])
        everywhere = (number for number in range(documents, documents + 4 * ARTICLES) if number % 4 < 2)
        with app.app_context():
            works = [list(Articles(documents, 1).article(number)) for number in islice(everywhere, ARTICLES)]
            variants = list(product([publish_everywhere(house, each) for each in works], LOCALES))
            db.session.remove()
        return Newsroom(folder, database_url, port, token_for(app, "admin"), house.sections[0], variants)


def publish_everywhere(house: House, works: Sequence[Work]) -> UUID:
    """Write an article, translate it into the other editions, and publish it in all."""
    first, *others = works
    source = draft(house, first)
    based_on = {"locale": first.locale, "revision": source.revision}
    made = [source]
    for work in others:
        changes = {"title": work.title, "lead": work.lead, "body": Body(work.blocks), "based_on": based_on}
        changes |= {"sections": [house.sections[work.section]], "tags": ["one", "two"]}
        made.append(create_variant(SYSTEM, source.article_id, work.locale, changes))
    for variant in made:
        publish_variant(SYSTEM, variant.article_id, variant.locale, version=variant.version)
    return source.article_id


# One who publishes ----------------------------------------------------------------------------


def publish_by_action(house: Newsroom, count: int, profiler: cProfile.Profile | None = None) -> list[float]:
    """Seconds that each publication takes, by itself; `profiler` looks at these alone."""
    times = []
    watched = profiler or nullcontext()
    app = create_app(settings_in(house.folder, house.database_url))
    for turn in range(count + WARM_UP):
        article_id, locale = house.variants[turn % len(house.variants)]
        with app.app_context():
            version = _version(article_id, locale)
            changes = {"lead": f"Said otherwise, {turn} times."}
            version = change_variant(SYSTEM, article_id, locale, changes, version=version).version
            db.session.remove()
            begun = time.perf_counter()
            with watched:
                publish_variant(SYSTEM, article_id, locale, version=version)
            times.append(time.perf_counter() - begun)
            db.session.remove()
    _dispose(app)
    return times[WARM_UP:]


def _version(article_id: UUID, locale: str) -> int:
    found = db.session.query(Variant.version).filter_by(article_id=article_id, locale=locale).scalar()
    db.session.rollback()
    return int(found)


def _dispose(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def publish_by_request(house: Newsroom, count: int) -> list[float]:
    """Seconds until the server answered each publication."""
    with Line(house.port, house.token) as line:
        times = [_publish(line, *house.variants[turn % len(house.variants)], turn) for turn in range(count + WARM_UP)]
    return times[WARM_UP:]


def _publish(line: Line, article_id: UUID, locale: str, turn: int) -> float:
    path = f"/v1/manage/articles/{article_id}/variants/{locale}"
    _, seen = line.ask("GET", path)
    _, edited = line.ask("PATCH", path, {"lead": f"Said once more, {turn} times."}, If_Match=seen.headers["ETag"])
    took, reply = line.ask("POST", f"{path}/publish", {}, If_Match=edited.headers["ETag"])
    if reply.status != 200 or reply.data["live_revision"] != reply.data["revision"]:
        raise RuntimeError(f"not published: {reply.status} {reply.raw[:300]!r}")
    return took


def bare_sync(folder: Path, count: int = 100) -> float:
    """Milliseconds, at the median, that a page takes to be appended to a file and to be on the disk."""
    times = []
    descriptor = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for _ in range(count):
        begun = time.perf_counter()
        os.write(descriptor, bytes(4096))
        os.fsync(descriptor)
        times.append(time.perf_counter() - begun)
    os.close(descriptor)
    return percentile(times, 0.5)


# Several who write ----------------------------------------------------------------------------


@dataclass
class Written:
    """What one writer's writes took, and what was not done."""

    times: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    def note(self, took: float, problem: str | None) -> None:
        self.times.append(took)
        self.refused.update([problem] if problem else [])
        self.ended = time.monotonic()


def work_of(writer: int, turn: int) -> Work:
    """What a writer writes next: no other writes the same."""
    number = 10_000_000 + writer * 1_000_000 + turn
    return next(Articles(10, 1).article(number))


def write_by_request(port: int, token: str, section: UUID, writes: int, writer: int) -> Written:
    """Create an article, publish, edit, publish and edit it, and go on with the next one."""
    written, path, seen = Written(), "", ""
    with Line(port, token) as line:
        for turn in range(writes):
            step = turn % 5 if path else 0
            if step == 0:
                took, reply = line.ask("POST", "/v1/manage/articles", _said(work_of(writer, turn), section))
            elif step % 2:
                took, reply = line.ask("POST", f"{path}/publish", {}, If_Match=seen)
            else:
                took, reply = line.ask("PATCH", path, {"lead": f"Changed {turn}."}, If_Match=seen)
            fine = 200 <= reply.status < 300
            written.note(took, None if fine else f"{reply.status} {reply.json.get('code')}")
            made = reply.data if fine else None
            path = f"/v1/manage/articles/{made['article']}/variants/{made['locale']}" if made else ""
            seen = reply.headers["ETag"] if fine else ""
    return written


def _said(work: Work, section: UUID) -> dict[str, Any]:
    said = {"kind": "article", "locale": work.locale, "title": work.title, "lead": work.lead}
    return said | {"body": {"blocks": work.blocks}, "sections": [str(section)], "tags": ["one", "two"]}


def write_by_action(folder: Path, database_url: str, section: UUID, writes: int, writer: int) -> Written:
    """The same writes without a server: this process opens the database itself."""
    app = create_app(settings_in(folder, database_url))
    written, seen = Written(), None
    for turn in range(writes):
        step = turn % 5 if seen is not None else 0
        with app.app_context():
            begun = time.perf_counter()
            problem = None
            try:
                seen = _act(step, seen, work_of(writer, turn), section)
            except NejatError as error:
                problem, seen = error.code, None
            written.note(time.perf_counter() - begun, problem)
            db.session.remove()
    _dispose(app)
    return written


Seen = tuple[UUID, str, int]
"""Article, locale and version of what was written last."""


def _act(step: int, seen: Seen | None, work: Work, section: UUID) -> Seen:
    if seen is None or step == 0:
        changes = {"title": work.title, "lead": work.lead, "body": Body(work.blocks), "sections": [section]}
        variant = create_article(SYSTEM, "article", work.locale, changes | {"tags": ["one", "two"]})
    elif step % 2:
        variant = publish_variant(SYSTEM, seen[0], seen[1], version=seen[2])
    else:
        variant = change_variant(SYSTEM, seen[0], seen[1], {"lead": f"Changed {seen[2]}."}, version=seen[2])
    return variant.article_id, variant.locale, variant.version


def at_once(write: Callable[[int], Written]) -> list[Written]:
    """Have several processes write, each by itself."""
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        return list(pool.map(write, range(WRITERS)))


@dataclass
class Watch:
    """What somebody saw who looked on while others wrote."""

    reads: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    wal_bytes: int = 0


@contextmanager
def watching(house: Newsroom) -> Iterator[Watch]:
    """Read lists and articles while this is open, and look how large SQLite's log becomes."""
    watch, stop = Watch(), threading.Event()
    wal = house.folder / f"{SQLITE_FILE}-wal"

    def look() -> None:
        with Line(house.port) as line:
            for turn, (article_id, locale) in enumerate(cycle(house.variants)):
                if stop.wait(0.01):
                    return
                path = f"/v1/{locale}/articles" if turn % 2 else f"/v1/articles/{article_id}?locale={locale}"
                took, reply = line.ask("GET", path)
                watch.reads.append(took)
                watch.refused.update([reply.status] if reply.status != 200 else [])
                watch.wal_bytes = max(watch.wal_bytes, wal.stat().st_size if wal.exists() else 0)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()


# The report -----------------------------------------------------------------------------------


def rows(
    databases: Sequence[str] = tuple(DATABASES),
    documents: int = DOCUMENTS,
    publishes: int = PUBLISHES,
    writes: int = WRITES,
) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    for name in databases:
        with place_of(name) as (folder, database_url):
            house = newsroom(folder, database_url, documents)
            yield from _alone(name, house, publishes)
            yield from _together(name, house, writes if name == "sqlite" else writes // 4)


def _alone(name: str, house: Newsroom, publishes: int) -> Iterator[Row]:
    where = f"{syncing(house.folder, house.database_url)}, where a bare fsync takes {bare_sync(house.folder):.2f} ms"
    times = publish_by_action(house, publishes)
    with serving(house.folder, house.database_url, port=house.port):
        answered = publish_by_request(house, publishes)
    missed = []
    for what, taken in (("the action alone", times), ("through the server", answered)):
        p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
        target = f"p50 < {PUBLISH_MS} ms" if name == "sqlite" else ""
        fine = verdict(p50 < PUBLISH_MS) if target else NO_TARGET
        missed += [what] if fine == MISSED else []
        reached = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms; {where}"
        yield f"publish one of four editions, {what}", DATABASES[name], target, reached, fine
    if missed:
        profiler = cProfile.Profile()
        publish_by_action(house, PROFILED, profiler)
        lines = [f"{PROFILED} publications, by the action", *shares(profiler)]
        tell_profile(f"publish, {' and '.join(missed)}", DATABASES[name], lines)


def _together(name: str, house: Newsroom, writes: int) -> Iterator[Row]:
    workers = ("serve", "--workers", str(WRITERS))
    with serving(house.folder, house.database_url, port=house.port, words=workers), watching(house) as watch:
        written = at_once(partial(write_by_request, house.port, house.token, house.section, writes))
    yield _written(f"{WRITERS} clients × {writes} writes, {WRITERS} web workers", name, written)
    p50, p99 = percentile(watch.reads, 0.5), percentile(watch.reads, 0.99)
    reached = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(watch.reads):,}; {_told(watch.refused)}"
    yield "a reader meanwhile", DATABASES[name], "none refused", reached, verdict(not watch.refused)
    if name == "sqlite":
        size = watch.wal_bytes / 2**20
        yield (
            "SQLite's log meanwhile, at its largest",
            DATABASES[name],
            f"< {WAL_MB} MB",
            f"{size:.1f} MB",
            verdict(size < WAL_MB),
        )
        written = at_once(partial(write_by_action, house.folder, house.database_url, house.section, writes // 4))
        yield _written(f"{WRITERS} processes × {writes // 4} writes, no server", name, written)


def _written(what: str, name: str, written: Sequence[Written]) -> Row:
    times = [took for each in written for took in each.times]
    refused = sum((each.refused for each in written), Counter[str]())
    seconds = max(each.ended for each in written) - min(each.begun for each in written)
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    reached = f"{_told(refused)}; p50 {p50:.1f} ms, p99 {p99:.1f} ms; {len(times) / seconds:.0f} a second"
    return what, DATABASES[name], f"none refused, p99 < {WRITE_MS} ms", reached, verdict(not refused and p99 < WRITE_MS)


def _told(refused: Counter[Any]) -> str:
    return "refused: " + (", ".join(f"{count} × {what}" for what, count in refused.items()) or "none")


def main() -> int:
    """Measure, and print the table."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    return report(rows())


if __name__ == "__main__":
    sys.exit(main())
