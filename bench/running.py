"""What benchmarks run against: a database of its own on a real disk, and a connection to a server."""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from bench.search import POSTGRESQL, SQLITE
from tests.servers import Reply, postgres_database, running_postgres

DATABASES = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
MOUNTS = Path("/proc/self/mounts")
IN_MEMORY = ("tmpfs", "ramfs")
SETTINGS = "SELECT setting FROM pg_settings WHERE name IN ('data_directory', 'fsync') ORDER BY name"


@contextmanager
def place_of(name: str) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of an empty database: none for SQLite, whose file is in the folder.

    Where temporary files are kept in memory, and a sync costs nothing, both are in the present folder instead.
    """
    usual = tempfile.gettempdir()
    where = str(Path.cwd()) if disk_of(Path(usual)) in IN_MEMORY else usual
    former, tempfile.tempdir = tempfile.tempdir, where
    try:
        with tempfile.TemporaryDirectory(prefix="nejat-bench-") as folder:
            if name == "sqlite":
                yield Path(folder), ""
                return
            with running_postgres() as server, postgres_database(server.get_uri()) as url:
                yield Path(folder), url
    finally:
        tempfile.tempdir = former


def disk_of(folder: Path) -> str:
    """The kind of file system that a folder is on, as the kernel calls it."""
    if not MOUNTS.exists():
        return "disk"
    mounts = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
    above = [(len(point), kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    return max(above, default=(0, "disk"))[1]


def syncing(folder: Path, database_url: str) -> str:
    """Where a database writes, and whether it waits for the disk."""
    if not database_url:
        return f"synchronous=FULL on {disk_of(folder)}"
    with psycopg.connect(database_url) as connection:
        data, fsync = (row[0] for row in connection.execute(SETTINGS).fetchall())
    return f"fsync={fsync} on {disk_of(Path(data))}"


class Line:
    """A connection to a server that is kept open until the end of its `with`."""

    def __init__(self, port: int, token: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.always = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_problem: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[float, Reply]:
        """The seconds that an answer took, and the answer."""
        named = self.always | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            named["Content-Type"] = "application/json"
        begun = time.perf_counter()
        self.connection.request(method, quote(path, safe="/?&=%:,-._~*+"), sent, named)
        answer = self.connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read())
        return time.perf_counter() - begun, reply

    def get(self, path: str) -> Any:
        """The data at a public address.

        Raises: RuntimeError where there is none.
        """
        _, reply = self.ask("GET", path)
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status} {reply.raw[:300]!r}")
        return reply.data
