"""Stores for tests: a folder, or a bucket of moto's S3, a process of its own; and a wire to it that can be cut."""

import contextlib
import os
import select
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nejat_cms.db import new_id
from nejat_cms.settings import Settings
from nejat_cms.storage import Storage
from tests.servers import ROOT, Client, eventually, free_port

KEY = "blobs/ab/abcdef"
AWS_KEYS = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "its-secret"}


def store_at(url: str, data_dir: Path) -> Storage:
    return Storage.of(Settings.from_env({"NEJAT_DATA_DIR": str(data_dir / "data"), "NEJAT_STORAGE_URL": url}))


def found(store: Storage, prefix: str) -> set[str]:
    return {stored.key for stored in store.listed(prefix)}


def whole(store: Storage, key: str, *stretch: int | None) -> bytes:
    return b"".join(store.read(key, *stretch))  # type: ignore[arg-type]


def around(url: str, place: Path) -> dict[str, str]:
    return os.environ | {"NEJAT_DATA_DIR": str(place / "data"), "NEJAT_STORAGE_URL": url}


def child(code: str, url: str, place: Path, *words: str, fine: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run this as a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=around(url, place),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=fine,
    )


# Buckets -------------------------------------------------------------------------------------


@contextmanager
def running_s3() -> Iterator[int]:
    """The port of an S3 without buckets, and its end."""
    port = free_port()
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env=ours,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: _answers(port))
        yield port
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return Client(port).ask("GET", "/moto-api/").status == 200
    return False


def make_bucket(port: int) -> str:
    """The name of a new and empty bucket."""
    name = f"test-{new_id().hex}"
    assert Client(port).ask("PUT", f"/{name}").status == 200
    return name


class Wire(socketserver.ThreadingTCPServer):
    """What lies between the house and its bucket."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 32

    def __init__(self, far_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Carrier)
        self.far_port = far_port
        self.cut = False
        self.silent = False
        self.pause = 0.0
        """Seconds between two pieces of 64 KB."""
        self.brought = 0
        """Bytes that have come from afar."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Carrier(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.far_port)) as far:
            other = {self.request: far, far: self.request}
            while not self.server.cut:
                readable, _, _ = select.select(list(other), [], [], 0.02)
                for end in [] if self.server.silent else readable:
                    data = end.recv(65_536)
                    if not data:
                        return
                    self.server.brought += len(data) if end is far else 0
                    time.sleep(self.server.pause)
                    other[end].sendall(data)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    with Wire(port) as wire:
        carrying = threading.Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.02})
        carrying.start()
        try:
            yield wire
        finally:
            wire.cut = True
            wire.shutdown()
            carrying.join()


def behind(wire: Wire) -> str:
    return f"s3://{make_bucket(wire.far_port)}?endpoint=http://127.0.0.1:{wire.port}&allow_http=true&region=eu-south-1"
