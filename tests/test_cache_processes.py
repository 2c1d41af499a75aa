"""Four processes that show one house while it changes: what the response cache promises its readers.

    node A ─┬─ web worker        node B ─┬─ web worker        one database
            └─ web worker                └─ web worker

The processes of one node cannot be told apart from outside, so a node is held to what each process promises.
"""

import gzip
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.servers import Client, Reply, Server, open_for_business, serving

SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(2**32)
WITHIN = 1.0
"""Seconds after which a change is seen on every node."""
ROLES = ("alpha", "beta")
"""The articles that change; how often each has is the number in its title."""
CANARY = "zzqx"


@dataclass(frozen=True)
class Seen:
    """An answer of a node: when it was asked for and when it was there, and how far each counter in it had come."""

    node: int
    path: str
    began: float
    ended: float
    counters: Mapping[str, int]


@dataclass(frozen=True)
class Written:
    """A change that was confirmed at a time."""

    at: float
    role: str
    number: int


@dataclass
class Readers:
    """All that was seen and written, by whoever reads and writes at once."""

    ports: list[int]
    paths: list[str]
    token: str
    seen: list[Seen] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    passed_by: Counter[str] = field(default_factory=Counter)
    finished: threading.Event = field(default_factory=threading.Event)

    def read(self, node: int, path: str, **headers: str) -> Seen:
        began = time.monotonic()
        reply = Client(self.ports[node]).ask("GET", path, **headers)
        ended = time.monotonic()
        assert reply.status == 200, (path, reply.raw)
        assert CANARY.encode() not in reply.raw, path
        seen = Seen(node, path, began, ended, counters_in(reply))
        self.seen.append(seen)
        return seen

    def keep_reading(self, node: int, randomly: random.Random) -> None:
        while not self.finished.is_set():
            self.read(node, randomly.choice(self.paths))

    def keep_passing_by(self, secrets: Sequence[str], randomly: random.Random) -> None:
        """Between the others: who has a token or a cookie, at the newsroom's addresses and at everybody's."""
        while not self.finished.is_set():
            node, secret = randomly.randrange(len(self.ports)), randomly.choice(secrets)
            reply = Client(self.ports[node], self.token).ask("GET", secret)
            assert reply.status == 200
            assert CANARY.encode() in reply.raw
            assert reply.headers["Cache-Control"] == "private, no-store"
            path = randomly.choice(self.paths)
            known = Client(self.ports[node], self.token).ask("GET", path)
            assert known.headers["Cache-Control"] == "private, no-store"
            assert self.read(node, path, Cookie=f"name={CANARY}").counters.keys() == counters_in(known).keys()
            self.passed_by[path] += 1

    def keep_publishing(self, role: str, article: str, times: int, randomly: random.Random) -> None:
        """New titles, through either node; each is there at once for who asks the node it was written at."""
        for number in range(1, times + 1):
            node = randomly.randrange(len(self.ports))
            publish(Client(self.ports[node], self.token), article, title(role, number))
            self.written.append(Written(time.monotonic(), role, number))
            for path in [*randomly.sample(self.paths, 2), *self.paths[:1] * 4]:  # each worker of it, most likely
                seen = self.read(node, path)
                assert seen.counters.get(role, number) >= number, seen
            time.sleep(randomly.random() / 10)  # so that something is kept meanwhile


def title(role: str, number: int) -> str:
    return f"{role.title()} number {number} end"


def counters_in(reply: Reply) -> dict[str, int]:
    """The numbers in an answer that may never go down: of each article, and of the edition."""
    found = {
        role: {int(number) for number in re.findall(rf"{role.title()} number (\d+) end", reply.raw.decode())}
        for role in ROLES
    }
    assert all(len(numbers) <= 1 for numbers in found.values()), "an answer of two times"
    counters = {role: max(numbers) for role, numbers in found.items() if numbers}
    version = reply.headers.get("X-Content-Version")
    return counters | ({} if version is None else {"edition": int(version)})


def assert_same_document(client: Client, path: str) -> None:
    """What comes out of a real server's other end: whole, its head, compressed, unchanged."""
    plain = client.ask("GET", path)
    for coding, decode in {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}.items():
        whole, head = (client.ask(method, path, Accept_Encoding=coding) for method in ("GET", "HEAD"))
        assert decode(whole.raw) == plain.raw
        assert (head.status, head.raw) == (200, b"")
        assert int(head.headers["Content-Length"]) == len(whole.raw)
        said = [
            {name: value for name, value in each.headers.items() if name.lower() != "date"} for each in (whole, head)
        ]
        assert said[0] == said[1]
        unchanged = client.ask("GET", path, Accept_Encoding=coding, If_None_Match=head.headers["ETag"])
        assert (unchanged.status, unchanged.raw) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary"):
            assert unchanged.headers[name] == whole.headers[name]
        assert unchanged.headers.get("Content-Length", "0") == "0"


def shown_from_memory(node: Server) -> float:
    """How many answers one of the node's processes has shown again."""
    figures = Client(node.port).ask("GET", "/metrics").raw.decode()
    found = re.search(r'^nejat_cache_answers_total{how="kept"} (\S+)', figures, re.MULTILINE)
    assert found
    return float(found[1])


def publish(client: Client, article: str, words: str) -> None:
    path = f"/v1/manage/articles/{article}/variants/en"
    etag = client.ask("GET", path).headers["ETag"]
    changed = client.ask("PATCH", path, {"title": words}, If_Match=etag)
    assert changed.status == 200, changed.raw
    shown = client.ask("POST", f"{path}/publish", {}, If_Match=changed.headers["ETag"])
    assert shown.status == 200, shown.raw


def write(client: Client, **changes: Any) -> Any:
    made = client.ask("POST", "/v1/manage/articles", {"kind": "article", "locale": "en", **changes})
    assert made.status == 201, made.raw
    return made.data


def run_all(beside: Iterable[Callable[[], None]], works: Iterable[Callable[[], None]], done: threading.Event) -> None:
    """Run all of these, tell the former when the latter are done, and raise what went wrong in any."""
    with ThreadPoolExecutor(16) as pool:
        readers = [pool.submit(work) for work in beside]
        writers = [pool.submit(work) for work in works]
        try:
            for writer in writers:
                writer.result()
        finally:
            done.set()
        for reader in readers:
            reader.result()


def gone_backwards(seen: Iterable[Seen]) -> list[tuple[Seen, Seen]]:
    """Who was shown something older than what the same node had shown before she asked."""
    found = []
    highest: dict[tuple[int, str], Seen] = {}
    answers = sorted(seen, key=lambda one: one.ended)
    following = iter(answers)
    upcoming = next(following, None)
    for asked in sorted(answers, key=lambda one: one.began):
        while upcoming is not None and upcoming.ended < asked.began:
            for name, number in upcoming.counters.items():
                known = highest.get((upcoming.node, name))
                if known is None or number > known.counters[name]:
                    highest[upcoming.node, name] = upcoming
            upcoming = next(following, None)
        for name, number in asked.counters.items():
            known = highest.get((asked.node, name))
            if known is not None and number < known.counters[name]:
                found.append((known, asked))
    return found


def come_late(seen: Iterable[Seen], written: Iterable[Written]) -> list[tuple[Written, Seen]]:
    """Who asked a second after a change was confirmed, and was not shown it."""
    return [
        (change, asked)
        for asked in seen
        for change in written
        if asked.began >= change.at + WITHIN and asked.counters.get(change.role, change.number) < change.number
    ]


@pytest.mark.parametrize("times", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_four_processes_show_each_change_at_once_or_soon_and_never_take_it_back(
    tmp_path: Path, database_url: str, times: int
) -> None:
    print(f"SEED={SEED}")  # shown when it fails
    token = open_for_business(tmp_path, database_url)
    words = ("serve", "--workers", "2", "--no-worker")
    with ExitStack() as servers:
        nodes: list[Server] = [servers.enter_context(serving(tmp_path, database_url, words=words)) for _ in range(2)]
        desk = Client(nodes[0].port, token)
        articles = {role: write(desk, title=title(role, 0), slug=role, tags=["Same"]) for role in ROLES}
        for role, article in articles.items():
            publish(desk, article["article"], title(role, 0))
        hidden = write(desk, title=CANARY, tags=[CANARY])
        path = f"/v1/manage/articles/{hidden['article']}/variants/en"
        preview = desk.ask("POST", f"{path}/preview", {}).data["url"]
        readers = Readers(
            [node.port for node in nodes],
            [
                "/v1/en/articles",
                *(f"/v1/en/articles/{role}" for role in ROLES),
                f"/v1/articles/{articles['alpha']['article']}",  # negotiated
                "/v1/editions/en",
                "/v1/en/changes",
                "/v1/en/articles?tag=same&total=true",
                "/v1/en/search?q=number",
                "/en/feed.atom",
            ],
            token,
        )
        for number in range(len(nodes)):
            assert readers.read(number, "/v1/en/articles").counters.keys() == {*ROLES, "edition"}
        time.sleep(WITHIN)  # until everybody knows of all this
        secrets = [path, preview[preview.index("/v1/") :]]
        draw = random.Random(SEED)
        before = [shown_from_memory(node) for node in nodes]
        run_all(
            [
                *(partial(readers.keep_reading, node, random.Random(draw.random())) for node in (0, 0, 1, 1)),
                partial(readers.keep_passing_by, secrets, random.Random(draw.random())),
            ],
            [
                partial(readers.keep_publishing, role, article["article"], times, random.Random(draw.random()))
                for role, article in articles.items()
            ],
            readers.finished,
        )
        assert all(shown_from_memory(node) > first for node, first in zip(nodes, before, strict=True))
        time.sleep(WITHIN)
        for number, node in enumerate(nodes):
            for at in readers.paths * 2:
                last = readers.read(number, at)
                assert all(last.counters.get(role, times) == times for role in ROLES), last
            assert_same_document(Client(node.port), "/v1/en/articles")
    assert gone_backwards(readers.seen) == []
    assert come_late(readers.seen, readers.written) == []
    assert len(readers.written) == times * len(ROLES)
    assert len(readers.seen) > 20 * times
    assert readers.passed_by
