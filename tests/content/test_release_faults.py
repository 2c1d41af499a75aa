"""kill -9 while releases go out: at any moment readers have all of one or nothing of it, and in the end all."""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from nejat_cms.db import db, utc_now
from nejat_cms.language.zones import to_rfc3339
from tests.content import dying
from tests.content.releasing import approve, etag_of, gather, now, schedule, tick, work
from tests.crowd import asking, at_once, step
from tests.factories import DATABASES, on_postgresql
from tests.invariants import broken_invariants
from tests.media.dying import DIES_AFTER
from tests.newsroom import EDITIONS, Desk, address_of, data, desk_for, open_house, quick_desk, read
from tests.servers import Client, Server, eventually, house_over, serving, settings_in

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(2**32)
SOON = timedelta(seconds=1.2)
Texts = Mapping[str, Mapping[str, Any]]
killing = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@dataclass
class Reader:
    """Asks for a work in all its editions, again and again, and notes how much of it there was."""

    client: Client
    texts: Texts
    seen: list[tuple[int, ...]] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    def look(self) -> None:
        """What is out stays out, so from the first edition that is there on, all must be, each naming all others."""
        statuses = []
        for locale, variant in self.texts.items():
            reply = self.client.ask("GET", f"/v1/{locale}/articles/{variant['slug']}")
            statuses.append(reply.status)
            if reply.status == 200 and len(reply.data["translations"]) != len(self.texts) - 1:
                self.torn.append(f"{locale} names {[each['locale'] for each in reply.data['translations']]}")
        if statuses != sorted(statuses, reverse=True):
            self.torn.append(f"in turn: {statuses}")
        self.seen.append(tuple(statuses))

    def read_on(self, stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                self.look()
            time.sleep(0.01)  # the server has other things to do as well


@contextlib.contextmanager
def watching(port: int, works: Sequence[Texts]) -> Iterator[list[Reader]]:
    """Readers who watch these works while this is open; nothing that they saw was torn."""
    stop = threading.Event()
    readers = [Reader(Client(port), texts) for texts in works]
    threads = [threading.Thread(target=reader.read_on, args=(stop,), daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield readers
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert [fault for reader in readers for fault in reader.torn] == []
    assert all(reader.seen for reader in readers)


@contextlib.contextmanager
def staffed(folder: Path, database_url: str, program: str = "nejat_cms") -> Iterator[tuple[Server, Desk]]:
    """A server of four editions, and a desk over the same database; nothing is answered from memory."""
    with house_over(folder, database_url) as app:
        open_house(app)
        with serving(folder, database_url, program=program, more={"NEJAT_CACHE_MB": "0"}) as server:
            yield server, quick_desk(app, "admin")
    assert broken_invariants(settings_in(folder, database_url).database_url) == []


def planned(desk: Desk, title: str, after: timedelta = SOON) -> tuple[Texts, dict[str, Any]]:
    """A work in four editions that goes out soon, in Arabic as an approved text."""
    texts = work(desk, title)
    approve(desk, texts["ar"])
    release = gather(desk, texts, gate=["ar"])
    return texts, schedule(desk, release, to_rfc3339(utc_now() + after))


def is_out(desk: Desk, release: Mapping[str, Any]) -> Callable[[], bool]:
    return lambda: bool(now(desk, release)["state"] == "published")


def went_out_once(desk: Desk, release: Mapping[str, Any]) -> None:
    for item in now(desk, release)["items"]:
        shown = data(desk.variant(item["article"], item["locale"]))
        assert (shown["visibility"], shown["live_revision"], shown["revision"]) == ("published", 1, 1)


@killing
@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True)
def test_a_worker_killed_at_any_step_leaves_all_or_nothing(tmp_path: Path, database_url: str) -> None:
    with staffed(tmp_path, database_url, "tests.content.dying") as (server, desk):
        for number, fatal in enumerate(dying.AFTER):
            former = eventually(lambda: server.children().get("job", 0))
            texts, release = planned(desk, f"Step {number}")
            told = tmp_path / DIES_AFTER
            told.write_text(fatal)
            with watching(server.port, [texts]) as (reader,):
                eventually(lambda told=told: not told.exists())  # type: ignore[misc]
                eventually(lambda former=former: server.children().get("job", former) != former)  # type: ignore[misc]
                eventually(is_out(desk, release))
                eventually(lambda reader=reader: set(reader.seen[-1]) == {200})  # type: ignore[misc]
            assert reader.seen[0] == (404, 404, 404, 404)
            went_out_once(desk, release)


@killing
@pytest.mark.parametrize(
    ("database_url", "rounds"),
    [("sqlite", 2), *(pytest.param(url, 25, marks=pytest.mark.slow) for url in DATABASES)],
    indirect=["database_url"],
)
@pytest.mark.parametrize("victim", ["job", "web"])
def test_a_process_killed_at_any_moment_leaves_all_or_nothing(
    tmp_path: Path, database_url: str, rounds: int, victim: str
) -> None:
    """The job worker while releases are due one after another; a web worker while they are sent out by hand."""
    print(f"SEED={SEED}")
    randomly = random.Random(SEED)
    with staffed(tmp_path, database_url) as (server, desk):
        token = desk.token
        for number in range(rounds):
            child = eventually(lambda: server.children().get(victim, 0))
            plans = [
                planned(desk, f"Round {number} {n}", timedelta(seconds=60) if victim == "web" else SOON)
                for n in range(3)
            ]
            releases = [release for _, release in plans]
            with watching(server.port, [texts for texts, _ in plans]) as readers:
                if victim == "web":
                    sending = threading.Thread(target=send_out, args=(server.port, token, desk, releases))
                    sending.start()
                    time.sleep(randomly.random() * 0.3)
                else:
                    time.sleep(0.7 + randomly.random() * 0.8)
                os.kill(child, signal.SIGKILL)
                if victim == "web":
                    sending.join(60)
                for release in releases:
                    eventually(is_out(desk, release))
                eventually(lambda readers=readers: all(set(each.seen[-1]) == {200} for each in readers))  # type: ignore[misc]
            for release in releases:
                went_out_once(desk, release)


def send_out(port: int, token: str, desk: Desk, releases: Sequence[Mapping[str, Any]]) -> None:
    """Publish each through the server, and what got no answer again."""
    client = Client(port, token, timeout=10)
    for release in releases:
        for _ in range(2000):
            with contextlib.suppress(OSError):
                seen = etag_of(desk, release)
                reply = client.ask("POST", f"/v1/manage/releases/{release['id']}/publish", {}, If_Match=seen)
                if reply.status == 200:
                    break
            time.sleep(0.02)


# At the same instant --------------------------------------------------------------------------


@on_postgresql
def test_releases_and_single_texts_go_out_at_once_without_waiting_for_each_other_forever(app: Flask) -> None:
    """Each release holds what the others hold, in another order of editions, and single texts of the same works."""
    open_house(app)
    desk, before = quick_desk(app, "admin"), deadlocks(app)
    for number in range(3):
        works = [work(desk, f"Work {number} {n}") for n in range(4)]
        locales = list(EDITIONS)
        mixed = [
            {f"{n}": works[n][locales[(n + shift) % 4]] for n in (range(4) if shift % 2 else reversed(range(4)))}
            for shift in range(2)
        ]
        releases = [gather(desk, texts) for texts in mixed]
        sent = [
            asking(desk, "POST", f"/releases/{each['id']}/publish", {}, if_match=etag_of(desk, each))
            for each in releases
        ]
        alone = [step(desk, works[n][locales[(n + 2) % 4]], "publish") for n in range(4)]
        statuses = Counter(answer.status_code for answer in at_once(*sent, *alone))
        assert statuses == {200: 6}
        for release in releases:
            assert now(desk, release)["state"] == "published"
    assert deadlocks(app) == before
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def deadlocks(app: Flask) -> int:
    """How many PostgreSQL has broken up so far; its connections tell when they are closed."""
    with app.app_context():
        db.engine.dispose()
        time.sleep(0.2)
        return int(db.session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")))


@on_postgresql
def test_of_several_workers_one_sends_a_release_out(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    releases = [planned(desk, f"Once {n}", timedelta(seconds=0.5))[1] for n in range(3)]
    deadline = time.monotonic() + 30
    while not all(is_out(desk, each)() for each in releases):
        assert time.monotonic() < deadline
        at_once(*(lambda: tick(app) for _ in range(4)))
    audited = Counter(
        row["action"]
        for row in data(desk.call("GET", "/audit?limit=100", expect=200))
        if row["action"] in ("release.publish", "variant.publish", "release.refused")
    )
    assert audited == {"release.publish": 3, "variant.publish": 12}
    for release in releases:
        went_out_once(desk, release)


@on_postgresql
def test_whoever_throws_a_text_away_while_its_release_goes_out_gets_one_of_two_answers(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    outcomes = set()
    for number in range(6):
        texts = work(desk, f"Race {number}", ("en", "fa"))
        release = gather(desk, texts)
        etag = desk.variant(texts["fa"]["article"], "fa").headers["ETag"]
        sent, thrown = at_once(
            asking(desk, "POST", f"/releases/{release['id']}/publish", {}, if_match=etag_of(desk, release)),
            asking(desk, "DELETE", address_of(texts["fa"]), if_match=etag),
        )
        outcomes.add((sent.status_code, thrown.status_code))
        expected = 200 if sent.status_code == 200 else 404
        read(desk.client, f"/en/articles/{texts['en']['slug']}", expect=expected)
    assert outcomes <= {(200, 412), (409, 204)}
    assert broken_invariants(app.config["SETTINGS"].database_url) == []
