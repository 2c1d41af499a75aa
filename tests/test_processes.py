"""Real processes on real ports. Run as a program, this module is also the server under test, its
application and the stand-in for the job worker."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from nejat_cms import processes
from nejat_cms.processes import PortInUseError, serve
from nejat_cms.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 20.0
IN_USE = 3
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


# What runs in the processes under test


def toy_app() -> "WSGIApplication":
    """Answers with its process id; /hold keeps a request in flight until the folder says `go`."""
    folder = Settings.from_env().data_dir

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        answer = str(os.getpid())
        if environ["PATH_INFO"] == "/hold":
            (folder / "held").touch()
            eventually((folder / "go").exists)
        elif environ["PATH_INFO"] == "/base_url":
            answer = Settings.from_env().base_url
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [answer.encode()]

    return app


def broken_app() -> "WSGIApplication":
    raise RuntimeError("this house cannot open")


def run_job_worker() -> None:
    folder = Settings.from_env().data_dir

    def finish(*_: object) -> None:
        (folder / "job.finished").touch()
        sys.exit(0)

    signal.signal(signal.SIGTERM, finish)
    (folder / "job.draft").write_text(str(os.getpid()))
    (folder / "job.draft").rename(folder / "job.pid")
    while True:
        signal.pause()


def run_server(folder: str, port: str, *options: str) -> int:
    settings = Settings(data_dir=Path(folder)).completed().listening_at(f"http://127.0.0.1:{port}/api")
    try:
        return serve(
            settings,
            host="127.0.0.1",
            port=int(port),
            with_worker="no-worker" not in options,
            ready=(Path(folder) / f"ready.{os.getpid()}").touch,
            _application=f"tests.test_processes:{'broken_app' if 'broken' in options else 'toy_app'}",
            _job=("tests.test_processes", "job"),
        )
    except PortInUseError as problem:
        print(problem)
        return IN_USE


# What the tests say


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path, port: int, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A server in a process group of its own, and the end of all of it."""
    with (folder / "output").open("ab") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.test_processes", "serve", str(folder), str(port), *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


@contextlib.contextmanager
def serving(folder: Path, port: int, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    with started(folder, port, *options) as server:
        eventually((folder / f"ready.{server.pid}").exists)
        yield server


def get(port: int, path: str = "/") -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read().decode()


def patient_get(port: int) -> str:
    """As a client that asks again when its connection was lost."""

    def attempt() -> str:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return get(port)
        return ""

    return eventually(attempt)


@contextlib.contextmanager
def request_in_flight(folder: Path, port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", "/hold")
        eventually((folder / "held").exists)
        yield connection


def job_pid(folder: Path) -> int:
    eventually((folder / "job.pid").exists)
    return int((folder / "job.pid").read_text())


def alive(pid: int) -> bool:
    """Whether it still runs; a dead process that nobody has collected yet does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not Path("/proc/self").exists()
    except ProcessLookupError:
        return False


def gone(*pids: int) -> Callable[[], bool]:
    return lambda: not any(alive(pid) for pid in pids)


def refuses(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def output_of(folder: Path) -> str:
    return (folder / "output").read_text()


def test_a_port_of_another_program_is_refused(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)), started(tmp_path, port) as server:
        assert server.wait(PATIENCE) == IN_USE
    assert output_of(tmp_path).splitlines() == [
        f"port {port} on 127.0.0.1 is in use: stop what listens there, or choose another port (PORT=, --port)"
    ]


def test_a_port_that_another_program_would_share_is_refused(tmp_path: Path, port: int) -> None:
    with (
        socket.create_server(("127.0.0.1", port), reuse_port=True),
        started(tmp_path, port) as server,
    ):
        assert server.wait(PATIENCE) == IN_USE


def test_a_port_of_a_program_that_listens_on_every_address_is_refused(tmp_path: Path, port: int) -> None:
    with socket.create_server(("", port)), started(tmp_path, port) as server:
        assert server.wait(PATIENCE) == IN_USE


def test_a_second_server_is_refused_and_the_first_serves_on(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port):
        first = get(port)
        with started(tmp_path, port) as second:
            assert second.wait(PATIENCE) == IN_USE
        assert get(port) == first


def test_a_program_that_would_share_the_port_later_is_refused(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port), pytest.raises(OSError, match="in use"):
        socket.create_server(("127.0.0.1", port), reuse_port=True)


def test_of_servers_started_at_the_same_instant_one_wins(tmp_path: Path, port: int) -> None:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(started(tmp_path, port)) for _ in range(4)]
        eventually(lambda: sum(server.poll() is not None for server in servers) == 3)
        eventually(lambda: list(tmp_path.glob("ready.*")))
        assert sorted(server.poll() or 0 for server in servers) == [0, IN_USE, IN_USE, IN_USE]
        assert get(port)


def test_a_port_in_use_elsewhere_says_so_to_the_caller(tmp_path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PortInUseError, match=str(port)):
        serve(Settings(data_dir=tmp_path), host="127.0.0.1", port=port)


def test_killing_the_server_leaves_no_process_and_frees_the_port(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port) as server:
        children = int(get(port)), job_pid(tmp_path)
        server.kill()
        eventually(gone(*children))
        eventually(lambda: refuses(port))


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ends a stopped child")
def test_killing_the_server_ends_children_that_cannot_run(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port) as server:
        children = int(get(port)), job_pid(tmp_path)
        for child in children:
            os.kill(child, signal.SIGSTOP)
        server.kill()
        eventually(gone(*children))


def test_killing_the_server_while_it_starts_leaves_no_process(tmp_path: Path, port: int) -> None:
    with started(tmp_path, port) as server:
        eventually(lambda: not refuses(port))
        server.kill()
        server.wait()
        eventually(lambda: refuses(port))
    assert not list(tmp_path.glob("ready.*"))


def test_a_killed_web_worker_is_replaced_again_and_again(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port):
        seen = [int(get(port))]
        for _ in range(3):
            os.kill(seen[-1], signal.SIGKILL)
            eventually(gone(seen[-1]))
            seen.append(int(patient_get(port)))
        assert len(set(seen)) == 4


def test_a_request_that_finds_no_web_worker_waits_for_the_next(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port):
        first = int(get(port))
        os.kill(first, signal.SIGKILL)
        eventually(gone(first))
        assert int(get(port)) != first


def test_a_killed_job_worker_is_replaced(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port):
        first = job_pid(tmp_path)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: job_pid(tmp_path) != first)
        assert alive(job_pid(tmp_path))


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the server", "to the group"])
def test_term_lets_the_request_and_the_job_finish(tmp_path: Path, port: int, send: Callable[[int, int], None]) -> None:
    with serving(tmp_path, port) as server:
        children = int(get(port)), job_pid(tmp_path)
        with request_in_flight(tmp_path, port) as connection:
            send(server.pid, signal.SIGTERM)
            eventually(lambda: refuses(port))
            assert server.poll() is None
            (tmp_path / "go").touch()
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, str(children[0]).encode())
        assert server.wait(PATIENCE) == 0
        assert gone(*children)()
    assert (tmp_path / "job.finished").exists()


def test_term_does_not_wait_for_idle_connections(tmp_path: Path, port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with serving(tmp_path, port) as server, contextlib.closing(connection):
        connection.request("GET", "/")
        connection.getresponse().read()
        server.send_signal(signal.SIGTERM)
        assert server.wait(5) == 0


def test_a_second_term_ends_what_is_under_way(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port) as server:
        web_worker = int(get(port))
        with request_in_flight(tmp_path, port):
            server.send_signal(signal.SIGTERM)
            eventually(lambda: refuses(port))
            server.send_signal(signal.SIGTERM)
            assert server.wait(5) == 1
            assert gone(web_worker)()


def test_ctrl_c_drains_without_a_word(tmp_path: Path, port: int) -> None:
    """A terminal interrupts the whole process group, the children too."""
    with serving(tmp_path, port) as server:
        job_pid(tmp_path)
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(PATIENCE) == 0
    assert output_of(tmp_path) == ""


def test_ctrl_c_while_it_starts_ends_it_without_a_word(tmp_path: Path, port: int) -> None:
    with started(tmp_path, port) as server:
        eventually(lambda: not refuses(port))
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(PATIENCE) == 0
    assert output_of(tmp_path) == ""


def test_hup_renews_every_child_and_refuses_nobody(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port) as server:
        first, job = get(port), job_pid(tmp_path)
        server.send_signal(signal.SIGHUP)
        eventually(lambda: get(port) != first)
        eventually(gone(int(first), job))
        eventually(lambda: job_pid(tmp_path) != job)


def test_without_a_worker_there_is_none(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port, "no-worker") as server:
        assert get(port)
        # A new generation of all children has come and gone: a job worker would have left its trace.
        first = get(port)
        server.send_signal(signal.SIGHUP)
        eventually(lambda: get(port) != first)
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    assert not (tmp_path / "job.pid").exists()


def test_an_application_that_cannot_start_ends_the_server(tmp_path: Path, port: int) -> None:
    with started(tmp_path, port, "broken") as server:
        assert server.wait(PATIENCE) == 1
    assert "this house cannot open" in output_of(tmp_path)


def test_settings_given_to_serve_reach_the_children(tmp_path: Path, port: int) -> None:
    with serving(tmp_path, port, "no-worker"):
        assert get(port, "/base_url") == f"http://127.0.0.1:{port}/api"


def test_every_setting_survives_the_way_through_the_environment(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, trusted_proxies=2, log_format="json").completed()
    assert Settings.from_env(processes._as_environment(settings)) == settings


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        sys.exit(run_server(*sys.argv[2:]))
    run_job_worker()
