"""Two nodes and a worker on one PostgreSQL behind one nginx: one house to whoever reads."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.drills.house import Newsroom
from tests.drills.proxies import nginx, reading
from tests.servers import Client, Server, free_port, open_for_business, serving, shell
from tests.servers import postgres_database as database_on

SECONDS = 8.0
READERS = 3
OLD = 1.0
"""Seconds after which no node shows what was replaced."""


@dataclass
class Work:
    """An article that is published again and again, and when the writer was told so."""

    article: str
    newsroom: Newsroom
    told: list[float] = field(default_factory=list)
    """When each number was acknowledged; the article's title is its newest number."""

    def publish_next(self) -> None:
        number = len(self.told)
        self.newsroom.republish(self.article, "en", title=f"Number {number}")
        self.told.append(time.monotonic())

    def due(self, now: float) -> int:
        """The least number that may be shown to who asks now."""
        return max((number for number, at in enumerate(list(self.told)) if at <= now - OLD), default=0)


@dataclass(frozen=True)
class Pair:
    """Two nodes of one house."""

    nodes: tuple[Server, Server]
    works: tuple[Work, ...]


@pytest.fixture
def pair(tmp_path: Path, postgres_url: str) -> Iterator[Pair]:
    """Nodes with nothing in common but the database and what they are told; a worker beside them."""
    said = {"NEJAT_SECRET_KEY": "the same on every node, as it must be", "NEJAT_BASE_URL": "https://api.example"}
    said["NEJAT_TRUSTED_PROXIES"] = "1"
    with database_on(postgres_url) as url, ExitStack() as stack:
        folders = [tmp_path / name for name in ("one", "two", "worker")]
        for folder in folders:
            folder.mkdir()
        token = open_for_business(folders[0], url, "en", "fa")
        one, two = (
            stack.enter_context(serving(folder, url, words=("serve", "--no-worker"), more=said))
            for folder in folders[:2]
        )
        stack.enter_context(_worker(folders[2], url, said))
        works = []
        for server in (one, two):
            newsroom = Newsroom(Client(server.port, token))
            works.append(Work(newsroom.published("en", "Number 0"), newsroom))
            works[-1].told.append(time.monotonic())
        yield Pair((one, two), tuple(works))


@contextmanager
def _worker(folder: Path, database_url: str, said: dict[str, str]) -> Iterator[None]:
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nejat_cms", "worker"],
            env=shell(folder, database_url, said),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield
        assert process.poll() is None, (folder / "worker.log").read_text()
    finally:
        process.terminate()
        process.wait(40)


@contextmanager
def meanwhile(*works: Callable[[], None]) -> Iterator[None]:
    """These, each in a thread of its own, again and again while this is open; what goes wrong goes wrong here."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    if failures:
        raise failures[0]


def number_of(title: str) -> int:
    return int(title.removeprefix("Number "))


def test_nobody_is_shown_what_was_replaced_a_second_ago(pair: Pair) -> None:
    """With nginx's own cache off: what it hands on comes from either node's memory."""
    shown: list[int] = []

    def publish(work: Work) -> None:
        work.publish_next()
        time.sleep(random.uniform(0, 0.4))

    ports = [node.port for node in pair.nodes]
    with nginx(*ports, port=(port := free_port()), caching=False), reading(*[port] * READERS) as readers:

        def read(place: int) -> None:
            work = random.choice(pair.works)
            listed = random.random() < 0.3
            least = work.due(time.monotonic())
            if listed:
                rows = readers[place].get("/v1/en/articles?fields=id,title").data
                title = next(row["title"] for row in rows if row["id"] == work.article)
            else:
                title = readers[place].get(f"/v1/articles/{work.article}?locale=en&fields=title").data["title"]
            assert number_of(title) >= least, (title, least, listed)
            shown.append(number_of(title))

        writing = [lambda work=work: publish(work) for work in pair.works]
        with meanwhile(*writing, *[lambda place=place: read(place) for place in range(READERS)]):
            time.sleep(SECONDS)
    assert min(len(work.told) for work in pair.works) > 5
    assert len(shown) > 200
    assert max(shown) > 4


def test_readers_are_served_while_a_node_dies_and_when_both_have(pair: Pair) -> None:
    victim, survivor = pair.nodes
    mine = next(work for work in pair.works if work.newsroom.client.port == survivor.port)
    addresses = (f"/v1/articles/{mine.article}", "/v1/en/articles?limit=2", "/v1/editions")
    answers: list[tuple[int, str]] = []

    def publish() -> None:
        mine.publish_next()
        time.sleep(0.3)

    with nginx(*(node.port for node in pair.nodes), port=(port := free_port())), reading(*[port] * READERS) as readers:

        def read(place: int) -> None:
            passing = [("Cookie", "of=mine")] if random.random() < 0.5 else []
            reply = readers[place].get(random.choice(addresses), *passing)
            answers.append((reply.status, reply.headers.get("X-Cache", "")))

        with meanwhile(publish, *[lambda place=place: read(place) for place in range(READERS)]):
            time.sleep(2)
            victim.kill_group()
            time.sleep(3)
        assert {status for status, _ in answers} == {200}
        assert {"HIT", "BYPASS"} <= {how for _, how in answers}
        assert len(answers) > 200
        survivor.kill_group()
        for address in addresses:
            assert readers[0].get(address).status == 200
        assert readers[0].get(addresses[0], ("Cookie", "of=mine")).status == 502
