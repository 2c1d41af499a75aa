"""Many who ask real servers at once, and some who read slowly or break off."""

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.media.files import path_of, picture
from tests.media.houses import house_at
from tests.media.processing import samples
from tests.servers import Client, Reply, eventually, serving

READERS, PLACES = 40, 12
either = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.mark.slow
def test_a_picture_that_many_ask_two_servers_for_is_made_once(tmp_path: Path, database_url: str) -> None:
    with (
        house_at(tmp_path, database_url) as house,
        serving(tmp_path, database_url, words=("serve", "--no-worker"), program="tests.media.dying") as other,
    ):
        url = path_of(house.upload(picture())["file"]["renditions"]["wide"]["url"])
        together = threading.Barrier(50)

        def ask(number: int) -> Reply:
            together.wait(30)
            return Client((house.server, other)[number % 2].port, timeout=60).ask("GET", url)

        with ThreadPoolExecutor(50) as pool:
            replies = list(pool.map(ask, range(50)))
        assert {reply.status for reply in replies} == {200}
        assert len({reply.raw for reply in replies}) == 1
        assert house.rendered() == 1


class SlowReader:
    """Asks for a file and takes it a hundred bytes at a time."""

    def __init__(self, port: int, path: str) -> None:
        self.wire = socket.socket()
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.wire.settimeout(60)
        self.wire.connect(("127.0.0.1", port))
        self.wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        self.head = b""

    def status(self) -> int:
        while b"\r\n\r\n" not in self.head:
            more = self.wire.recv(100)
            assert more, self.head
            self.head += more
        return int(self.head.split(b" ", 2)[1])

    def take(self) -> None:
        """Another hundred bytes, or fewer where no more have come; whoever was sent away has none."""
        assert self.wire.recv(100)

    def leave(self) -> None:
        """Without a word of farewell."""
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wire.close()


@contextmanager
def reading_on(readers: list[SlowReader]) -> Iterator[threading.Event]:
    """They read on, each a hundred bytes a second; what is said is whether all of them still could."""
    stop, failed = threading.Event(), threading.Event()

    def read() -> None:
        try:
            while not stop.wait(1.0):
                for reader in readers:
                    reader.take()
        except (OSError, AssertionError):
            failed.set()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield failed
    finally:
        stop.set()
        thread.join(60)


def slow_readers(port: int, url: str, number: int) -> tuple[list[SlowReader], list[SlowReader]]:
    """Those who are served, and those who are told to come again."""
    readers = [SlowReader(port, url) for _ in range(number)]
    served = [reader for reader in readers if reader.status() == 200]
    return served, [reader for reader in readers if reader not in served]


@either
def test_slow_readers_hold_up_nobody_who_asks_for_something_else(tmp_path: Path, database_url: str) -> None:
    with house_at(tmp_path, database_url) as house:
        port, editor = house.server.port, house.client
        new = {"kind": "article", "locale": "en", "title": "Boats"}
        article = editor.ask("POST", "/v1/manage/articles", new).data["article"]
        url = path_of(house.upload(samples.wav(20, 1_000_000), "bell.wav")["file"]["url"])
        served, sent_away = slow_readers(port, url, READERS)
        assert len(served) == PLACES
        assert {reader.status() for reader in sent_away} == {503}
        assert all(b"\r\nretry-after: " in reader.head.lower() for reader in sent_away)
        paths = ["/v1/en/articles", "/v1/editions", "/v1/manage/articles", f"/v1/manage/articles/{article}/variants/en"]

        def ask(number: int) -> int:
            return Client(port, house.client.token, timeout=60).ask("GET", paths[number % len(paths)]).status

        with reading_on(served) as failed:
            with ThreadPoolExecutor(8) as pool:
                assert set(pool.map(ask, range(200))) == {200}
            assert editor.ask("GET", url).status == 503  # all of them are there still
            assert not failed.is_set()
        for reader in served[:4]:
            reader.leave()
        eventually(lambda: (found := editor.ask("GET", url)).status == 200 and len(found.raw) > 20_000_000)
        for reader in [*served[4:], *sent_away]:
            reader.leave()
        eventually(lambda: all_are_served(port, url))


def all_are_served(port: int, url: str) -> bool:
    """Whether as many as there are places get one."""
    served, sent_away = slow_readers(port, url, PLACES)
    for reader in [*served, *sent_away]:
        reader.leave()
    return not sent_away


def test_what_came_of_a_part_is_kept_when_the_client_goes(tmp_path: Path) -> None:
    raw = picture()
    with house_at(tmp_path, "") as house:
        path = house.begin(len(raw), "harbour.jpg")
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {house.client.token}\r\n"
            "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {len(raw)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", house.server.port)) as wire:
            wire.sendall(head.encode() + raw[:1000])
        stands = eventually(lambda: house.offset(path))
        assert stands == 1000
        assert house.part(path, stands, raw[stands:]).status == 204
        assert len(house.named("harbour.jpg")) == 1
