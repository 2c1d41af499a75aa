"""A real Varnish and a real nginx in front of real servers: run from the very examples that operators are given."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import orjson

from tests.servers import ROOT, Reply, eventually

EXAMPLES = ROOT / "docs" / "examples"
SEARCHED = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
user {user} {group};
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/nejat.conf;
}}
"""


def program(name: str) -> str:
    """Where it is installed."""
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


def example(name: str, changes: Mapping[str, str]) -> str:
    """What an operator is given, with these lines of it as she would write them."""
    text = (EXAMPLES / name).read_text("utf-8")
    for line, other in changes.items():
        assert text.count(line) == 1, (name, line)
        text = text.replace(line, other)
    return text


@contextmanager
def varnish(origin: int, *, port: int, purge_key: str = "") -> Iterator[Path]:
    """Varnish on a port, in front of another; answers the folder by which its tools know it."""
    text = example("varnish.vcl", {'.port = "8000"': f'.port = "{origin}"'})
    with _folder() as folder:
        (folder / "nejat.vcl").write_text(text, "utf-8")
        command = [program("varnishd"), "-F", "-j", "none", "-n", str(folder / "varnish")]
        command += ["-f", str(folder / "nejat.vcl"), "-a", f"127.0.0.1:{port}", "-s", "malloc,64m"]
        with _running(command, folder, port, PURGE_KEY=purge_key):
            yield folder / "varnish"


@contextmanager
def nginx(*origins: int, port: int, caching: bool = True) -> Iterator[None]:
    """nginx on a port, in front of others."""
    with _folder() as folder:
        changes = {
            "listen 80;": f"listen 127.0.0.1:{port};",
            "    server 127.0.0.1:8000;\n": "".join(f"    server 127.0.0.1:{origin};\n" for origin in origins),
            "/var/cache/nginx/nejat": str(folder / "cache"),
        }
        if not caching:
            changes["proxy_cache nejat;"] = "proxy_cache off;"
        (folder / "nejat.conf").write_text(example("nginx.conf", changes), "utf-8")
        user = pwd.getpwuid(os.getuid())
        main = NGINX.format(folder=folder, user=user.pw_name, group=grp.getgrgid(user.pw_gid).gr_name)
        (folder / "main.conf").write_text(main, "utf-8")
        with _running([program("nginx"), "-c", str(folder / "main.conf")], folder, port):
            yield


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder from which programs may run: Varnish compiles its configuration into one, and memory may forbid it."""
    folder = Path(tempfile.mkdtemp(prefix="nejat-drill-", dir="/var/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(command: Sequence[str], folder: Path, port: int, **environ: str) -> Iterator[None]:
    """A program that listens, and the end of it and of all that it has started."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    def listening() -> bool:
        assert process.poll() is None, (folder / "output").read_text("utf-8", "replace")
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(listening)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


# What Varnish says of itself ------------------------------------------------------------------


def fetches(folder: Path) -> int:
    """How often it has asked the server behind it."""
    said = subprocess.run(
        [program("varnishstat"), "-n", str(folder), "-1", "-j", "-f", "MAIN.backend_req"],
        capture_output=True,
        check=True,
    )
    return int(orjson.loads(said.stdout)["counters"]["MAIN.backend_req"]["value"])


def bans(folder: Path) -> str:
    """What it was told to drop."""
    command = [program("varnishadm"), "-n", str(folder), "ban.list"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


# A reader -------------------------------------------------------------------------------------


@dataclass
class Reader:
    """Somebody with one connection that stays open, whose targets and headers go out as they are written."""

    port: int

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=20)

    def get(self, target: str, *headers: tuple[str, str], method: str = "GET") -> Reply:
        """Ask; a header may be said twice, and `Host` be another."""
        host = [pair for pair in headers if pair[0] == "Host"]
        self._connection.putrequest(method, target, skip_host=bool(host), skip_accept_encoding=True)
        for pair in headers:
            self._connection.putheader(*(each.encode() for each in pair))
        self._connection.endheaders()
        answer = self._connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def close(self) -> None:
        self._connection.close()


@contextmanager
def reading(*ports: int) -> Iterator[list[Reader]]:
    """A reader at each of these ports."""
    with ExitStack() as stack:
        readers = [Reader(port) for port in ports]
        for reader in readers:
            stack.callback(reader.close)
        yield readers
