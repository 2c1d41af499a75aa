"""kill -9 at random moments while clients write: what was acknowledged is there, nothing is half there.

Every writer keeps a list of what it was told. What it was not told about, it sends again
under the same key after the restart, and that has one effect.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from nejat_cms.content.models import Article, Variant
from nejat_cms.db import new_id
from tests.factories import DATABASES
from tests.invariants import broken_invariants
from tests.servers import Client, Reply, Server, alive, eventually, free_port, open_for_business, serving, settings_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(2**32)
LOCALES = ("en", "fa")
WRITERS = 4
Ask = tuple[str, str, Any, dict[str, str]]


@dataclass
class Writer:
    """A client that writes, publishes and withdraws works of its own, and remembers what it was told."""

    client: Client
    randomly: random.Random
    told: dict[tuple[str, str], Any] = field(default_factory=dict)
    unanswered: Ask | None = None
    failures: list[str] = field(default_factory=list)

    def work(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.turn()
            except OSError:
                time.sleep(0.01)

    def turn(self) -> None:
        """One request: the one that got no answer, or the next."""
        ask = self.unanswered or self.next()
        self.unanswered = ask
        method, path, body, headers = ask
        reply = self.client.ask(method, path, body, **headers)
        if reply.status != 503 and "Retry-After" not in reply.headers:
            self.note(ask, reply)
            self.unanswered = None

    def next(self) -> Ask:
        """Something to ask for, with what it takes to ask for it twice."""
        variant = self.randomly.choice(list(self.told.values())) if self.told else None
        choice = self.randomly.random()
        if variant is None or choice < 0.3:
            new = {"kind": "article", "locale": "en", "title": f"Title {new_id()}", "tags": ["one", "two"]}
            return "POST", "/v1/manage/articles", new, {"Idempotency_Key": new_id().hex}
        base = f"/v1/manage/articles/{variant['article']}/variants"
        seen = {"If_Match": variant["etag"]}
        if choice < 0.5 and (variant["article"], "fa") not in self.told:
            missing = {"title": f"عنوان {new_id()}", "based_on": {"locale": "en", "revision": 1}}
            return "PUT", f"{base}/fa", missing, {"If_None_Match": "*"}
        if choice < 0.7:
            return "PATCH", f"{base}/{variant['locale']}", {"lead": f"Lead {new_id()}"}, seen
        step = "unpublish" if variant["visibility"] == "published" and choice > 0.9 else "publish"
        return "POST", f"{base}/{variant['locale']}/{step}", {}, seen | {"Idempotency_Key": new_id().hex}

    def note(self, ask: Ask, reply: Reply) -> None:
        if reply.status in (200, 201):
            data = reply.data
            self.told[data["article"], data["locale"]] = data | {"etag": reply.headers["ETag"]}
        elif reply.status == 412:  # a PUT or PATCH that was done, and whose answer was lost
            now = self.client.ask("GET", "/".join(ask[1].split("/")[:7]))
            if now.status != 200:
                raise ConnectionError(f"cannot be read: {now.status}")
            self.note(ask, now)
        elif reply.status != 409:
            self.failures.append(f"{ask[0]} {ask[1]}: {reply.status} {reply.raw[:300]!r}")


@contextlib.contextmanager
def writing(port: int, token: str, writers: list[Writer]) -> Iterator[None]:
    """Clients that write while this is open, each on to the last answer that it gets."""
    stop = threading.Event()
    writers += [
        Writer(Client(port, token, timeout=10), random.Random(SEED + number)) for number in range(len(writers), WRITERS)
    ]
    threads = [threading.Thread(target=writer.work, args=(stop,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


def lost_or_doubled(url: str, writers: list[Writer]) -> list[str]:
    """How what is kept differs from what the writers were told."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(select(Variant.__table__, Article.kind).join_from(Variant, Article)).all()
    engine.dispose()
    kept = {(str(row.article_id), row.locale): row for row in rows}
    problems = []
    told = {key: said for writer in writers for key, said in writer.told.items()}
    pending = {tuple(writer.unanswered[1].split("/")[4:7:2]) for writer in writers if writer.unanswered is not None}
    for key, said in told.items():
        row = kept.get(key)
        if row is None:
            problems.append(f"lost: {key}")
        elif row.version < said["version"] or row.revision < said["revision"]:
            problems.append(f"older than acknowledged: {key} {row.version} {said['version']}")
        elif row.version == said["version"] and row.live_revision != said["live_revision"]:
            problems.append(f"shown otherwise than acknowledged: {key}")
        elif row.version > said["version"] and key not in pending:
            problems.append(f"changed by nobody: {key} {row.version} {said['version']}")
    creating = sum(writer.unanswered is not None and writer.unanswered[0] in ("POST", "PUT") for writer in writers)
    if len(kept.keys() - told.keys()) > creating:
        problems.append(f"{len(kept.keys() - told.keys())} variants that nobody was told of, {creating} unanswered")
    return problems + [failure for writer in writers for failure in writer.failures]


def settled(url: str, writers: list[Writer]) -> None:
    """With every unanswered request sent again and answered, all agree to the last row."""
    for writer in writers:
        for _ in range(20):
            if writer.unanswered is not None:
                writer.turn()
    assert lost_or_doubled(url, writers) == []
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = {(str(row.article_id), row.locale) for row in connection.execute(select(Variant.__table__))}
    engine.dispose()
    assert kept == {key for writer in writers for key in writer.told}
    assert broken_invariants(url) == []


def moment(randomly: random.Random, longest: float = 0.4) -> None:
    """Let some time pass."""
    time.sleep(randomly.random() * longest)


def gone(pids: Collection[int]) -> Callable[[], bool]:
    return lambda: not any(alive(pid) for pid in pids)


def renewed(server: Server, role: str, former: int) -> Callable[[], bool]:
    return lambda: server.children().get(role, former) != former


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return Client(port).ask("GET", "/v1/editions").status == 200
    return False


def end_supervisor(server: Server) -> None:
    """It alone: the kernel takes its children with it."""
    server.process.kill()
    server.process.wait()


END: dict[str, Callable[[Server], None]] = {"group": Server.kill_group, "supervisor": end_supervisor}


def kills(**rounds: int) -> pytest.MarkDecorator:
    """Each victim twice on SQLite with every change, and as often as said on each database in the slow set."""
    cases = [("sqlite", 2, victim) for victim in rounds]
    slowly = [
        pytest.param(url, rounds[victim], victim, marks=pytest.mark.slow) for url in DATABASES for victim in rounds
    ]
    return pytest.mark.parametrize(("database_url", "rounds", "victim"), [*cases, *slowly], indirect=["database_url"])


@kills(group=20, supervisor=5)
def test_killing_everything_loses_nothing(tmp_path: Path, database_url: str, rounds: int, victim: str) -> None:
    print(f"SEED={SEED}")
    randomly = random.Random(SEED)
    token = open_for_business(tmp_path, database_url, *LOCALES)
    url, port = settings_in(tmp_path, database_url).database_url, free_port()
    writers: list[Writer] = []
    for _ in range(rounds):
        with serving(tmp_path, database_url, port=port) as server:
            children = server.children()
            assert {"web", "job"} <= children.keys()
            with writing(port, token, writers):
                eventually(lambda: sum(bool(writer.told) for writer in writers) == WRITERS)
                moment(randomly)
                END[victim](server)
            eventually(gone(children.values()), 5)
        assert lost_or_doubled(url, writers) == []
        assert broken_invariants(url) == []
    with serving(tmp_path, database_url, port=port):
        settled(url, writers)


@kills(web=25, job=25)
def test_killing_one_worker_loses_nothing(tmp_path: Path, database_url: str, rounds: int, victim: str) -> None:
    print(f"SEED={SEED}")
    randomly = random.Random(SEED)
    token = open_for_business(tmp_path, database_url, *LOCALES)
    url, port = settings_in(tmp_path, database_url).database_url, free_port()
    writers: list[Writer] = []
    with serving(tmp_path, database_url, port=port) as server:
        with writing(port, token, writers):
            for _ in range(rounds):
                child = eventually(lambda: server.children().get(victim, 0))
                moment(randomly, 2.0 if victim == "job" else 0.4)  # it imports for a second, unheard
                os.kill(child, signal.SIGKILL)
                eventually(renewed(server, victim, child))
                eventually(lambda: answers(port))
                assert not alive(child)
        assert server.process.poll() is None
        settled(url, writers)
    assert all(writer.told for writer in writers)
