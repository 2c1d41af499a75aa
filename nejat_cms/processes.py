"""Processes: the web workers, the job worker, and the supervisor that keeps them.

    nejat serve ─┬─ web worker   granian's worker around the application
                 ├─ …
                 └─ job worker   nejat worker

The supervisor itself binds the port and holds it; the web workers inherit the socket. So a second server is refused by
the kernel, and a request that arrives while a worker is being replaced waits in the socket's queue instead of being
turned away. Granian's own supervisor is not used: it opens one socket per worker with SO_REUSEPORT, so that a second
server shares the port without a word; it gives up when a worker dies twice within 5.5 seconds; and when it is killed
its workers serve on.

Each child has a *lifeline*: one end of a socket pair whose other end only the supervisor has. A web worker says along
it that it is ready, and its end tells a child that the supervisor is gone. All children share one number.
"""

import contextlib
import ctypes
import errno
import logging
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from nejat_cms.settings import PREFIX, Settings
from nejat_cms.shared import SharedNumber

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

DRAIN_SECONDS = 30.0
PROVEN_SECONDS = 5.0
LONGEST_PAUSE = 30.0

# Connections that may wait for a worker, and that one worker keeps open, idle ones included.
BACKLOG = 1024
CONNECTIONS = 512
# Under one interpreter lock more threads answer no faster (4 threads serve as many requests as 32),
# but a body that trickles in holds one, and so does a write that waits for its turn at the database.
THREADS = 32
# Also how long an idle keep-alive connection is kept.
HEADER_MILLISECONDS = 15_000
HEADER_BYTES = 65_536


class PortInUseError(Exception):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is in use: stop what listens there, or choose another port (PORT=, --port)"
        )
        self.host = host
        self.port = port


def load_app() -> "WSGIApplication":
    """The application of a web worker, made from its environment."""
    from nejat_cms import create_app  # noqa: PLC0415  the supervisor never needs it

    return create_app(Settings.from_env())


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int = 1,
    with_worker: bool = True,
    ready: Callable[[], None] | None = None,
    _application: str = f"{__name__}:load_app",
    _job: Sequence[str] = ("nejat_cms", "worker"),
) -> int:
    """Serve until TERM or INT, then say how it ended: 0 when all work was finished, else 1.

    `ready` is called once, when every web worker can answer. TERM and INT drain: nothing new
    is accepted, requests and the job under way get 30 seconds to finish; a second one ends them
    at once. HUP starts new workers and lets the old ones finish; on a terminal it means that the
    window was closed, and drains. A child that dies is started again: at once if it had worked,
    else after a pause that doubles from 1 to 30 seconds.

    To be called from the main thread: signals arrive there, and the kernel ends the children
    when the thread that started them ends.

    Raises: PortInUseError; OSError when the address cannot be listened on for another reason.
    """
    version = SharedNumber()
    with _Signals.heard() as signals, _listening_socket(host, port) as listener:
        start = partial(_Child, environment=os.environ | _as_environment(settings), listener=listener, version=version)
        slots = [
            _Slot(f"web worker {number}", partial(start, ["web", str(listener.fileno()), _application]), True)
            for number in range(1, workers + 1)
        ]
        if with_worker:
            slots.append(_Slot("job worker", partial(start, ["job", *_job]), False))
        supervisor = _Supervisor(slots, signals)
        try:
            started = supervisor.run(ready or (lambda: None))
        finally:
            listener.close()
            drained = supervisor.drain()
        return 0 if started and drained else 1


def die_with_parent(lifeline: socket.socket) -> None:
    """Make this process end when its parent does, whatever it is doing.

    The kernel does it on Linux, even to a process that is stopped or sits on the interpreter
    lock in C. Everywhere else, and for a parent that was gone before the kernel was asked, a
    thread waits for the lifeline to end.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)

    def wait() -> None:
        with contextlib.suppress(OSError):
            while lifeline.recv(1):
                pass
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def refuse_used_port(host: str, port: int) -> None:
    """Find out early what `serve` would find out late.

    Raises: PortInUseError; OSError when the address cannot be listened on for another reason.
    """
    with _listening_socket(host, port):
        pass


@contextlib.contextmanager
def _listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """The one socket of the port, which no other process can share.

    Without SO_REUSEPORT only one process can listen, so of two that start at the same instant
    one wins. On BSD and macOS, though, 127.0.0.1 can be bound beside a program that listens on
    every address, whose local clients it would then take: hence the attempt to connect first.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    if _answers(family, address):
        raise PortInUseError(host, port)
    try:
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortInUseError(host, port) from None
        raise
    with listener:
        # Accepted connections inherit it; a small answer must not wait for the client's delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _answers(family: int, address: tuple[Any, ...]) -> bool:
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing is bound here
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect((loopback.get(address[0], address[0]), *address[1:]))
            # The kernel may choose the very port as the client's own, which then reaches itself.
            return bool(client.getsockname() != client.getpeername())
        except OSError:
            return False


def _as_environment(settings: Settings) -> dict[str, str]:
    """The settings as a child reads them, but for the address, which is set or kept in the data dir."""
    return {
        PREFIX + item.name.upper(): str(getattr(settings, item.name))
        for item in fields(settings)
        if item.name != "base_url"
    }


class _Signals:
    """Signals, noted when they arrive and taken when there is time; waiting ends when one arrives."""

    def __init__(self, wakeup: socket.socket) -> None:
        self.wakeup = wakeup
        self.noted: list[int] = []

    def note(self, number: int, _frame: FrameType | None) -> None:
        self.noted.append(number)

    def take(self) -> set[int]:
        noted, self.noted = self.noted, []
        return set(noted)

    @classmethod
    @contextlib.contextmanager
    def heard(cls) -> Iterator["_Signals"]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.setblocking(False)
            signals = cls(ours)
            numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
            handlers = [signal.signal(number, signals.note) for number in numbers]
            wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
            try:
                yield signals
            finally:
                signal.set_wakeup_fd(wakeup)
                for number, handler in zip(numbers, handlers, strict=True):
                    signal.signal(number, handler)


@contextlib.contextmanager
def _terminal_signals_blocked() -> Iterator[None]:
    """A child started in here never gets INT or HUP, from its first instruction on.

    A terminal sends both to the whole group. What they mean is the supervisor's to decide, and
    a child that is still importing would answer Ctrl-C with a traceback.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


class _Child:
    """A running child and the supervisor's end of its lifeline."""

    def __init__(
        self, arguments: Sequence[str], *, environment: dict[str, str], listener: socket.socket, version: SharedNumber
    ) -> None:
        role, *words = arguments
        self.lifeline, theirs = socket.socketpair()
        with theirs, _terminal_signals_blocked():
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter and our own words
                [sys.executable, "-m", __name__, str(theirs.fileno()), role, str(version.descriptor), *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), version.descriptor, *([listener.fileno()] if role == "web" else [])],
            )
        self.born = time.monotonic()
        self.ready = False
        self.silent = False

    def hear(self) -> None:
        self.ready = self.lifeline.recv(1) != b""
        self.silent = True

    def status(self) -> int | None:
        """What it ended with; None while it lives."""
        status = self.process.poll()
        if status is not None:
            self.silent = True
            self.lifeline.close()
        return status

    def proven(self) -> bool:
        """It worked once: its end is an accident, not a fault that the next one has too."""
        return self.ready or time.monotonic() - self.born >= PROVEN_SECONDS


@dataclass
class _Slot:
    """What always has a child in it."""

    name: str
    start: Callable[[], _Child]
    says_ready: bool
    child: _Child | None = None
    successor: _Child | None = None
    pause: float = 0.0
    due: float = 0.0

    def children(self) -> list[_Child]:
        return [child for child in (self.child, self.successor) if child]

    def serves(self) -> bool:
        return self.child is not None and (self.child.ready or not self.says_ready)

    def reap(self) -> int | None:
        """Empty the slot if its child has ended, and set when the next one is due; its status."""
        if self.child is None or (status := self.child.status()) is None:
            return None
        if self.child.proven():
            self.pause = 0.0
        elif status == -signal.SIGKILL:  # by somebody else: no fault that the next one has too
            self.pause = 1.0
        else:
            self.pause = min(max(1.0, self.pause * 2), LONGEST_PAUSE)
        self.due = time.monotonic() + self.pause
        pid, self.child = self.child.process.pid, None
        log.warning("%s %d ended with %d; the next starts in %g s", self.name, pid, status, self.pause)
        return status

    def promote(self) -> _Child | None:
        """Let the successor take over once it is ready; the child it relieves."""
        if self.successor is None:
            return None
        if (status := self.successor.status()) is not None:
            log.error("%s was not renewed: its successor ended with %d", self.name, status)
            self.successor = None
        elif self.successor.ready or not self.says_ready:
            relieved, self.child, self.successor = self.child, self.successor, None
            return relieved
        return None


@dataclass
class _Supervisor:
    slots: list[_Slot]
    signals: _Signals
    # Who was told to stop, and when its time is up; None once it has been killed.
    leaving: dict[_Child, float | None] = field(default_factory=dict)

    def run(self, ready: Callable[[], None]) -> bool:
        """Keep every slot filled until told to stop; False when the application cannot even start."""
        stops = {signal.SIGTERM, signal.SIGINT} | ({signal.SIGHUP} if os.isatty(0) else set())
        announced = False
        while True:
            for slot in self.slots:
                status = slot.reap()
                if status and status > 0 and slot.says_ready and not announced:
                    return False
                if relieved := slot.promote():
                    self.stop(relieved)
                if not slot.child and time.monotonic() >= slot.due:
                    slot.child = slot.start()
            self.reap_leaving()
            if not announced and all(slot.serves() for slot in self.slots):
                announced = True
                ready()
            self.wait()
            arrived = self.signals.take()
            if arrived & stops:
                return True
            if signal.SIGHUP in arrived:
                self.renew()

    def renew(self) -> None:
        for slot in self.slots:
            if slot.child and not slot.successor:
                slot.successor = slot.start()

    def stop(self, child: _Child) -> None:
        child.process.terminate()
        self.leaving[child] = time.monotonic() + DRAIN_SECONDS

    def reap_leaving(self) -> bool:
        """Forget who has left and kill whose time is up; False when somebody was killed."""
        late = [child for child, end in self.leaving.items() if end is not None and time.monotonic() >= end]
        for child in late:
            child.process.kill()
            self.leaving[child] = None
        self.leaving = {child: end for child, end in self.leaving.items() if child.status() is None}
        return not late

    def drain(self) -> bool:
        """Ask every child to finish, and wait; False when one had to be killed."""
        for slot in self.slots:
            for child in slot.children():
                self.stop(child)
        self.slots = []
        finished = True
        while self.leaving:
            self.wait()
            if self.signals.take() & {signal.SIGTERM, signal.SIGINT}:
                self.leaving = {child: end and 0.0 for child, end in self.leaving.items()}
            finished = self.reap_leaving() and finished
        return finished

    def wait(self) -> None:
        """Sleep until a signal arrives, a child says something, or it is time for something."""
        alarms = [slot.due for slot in self.slots if not slot.child]
        alarms += [end for end in self.leaving.values() if end is not None]
        timeout = max(0.0, min(alarms) - time.monotonic()) if alarms else None
        children = [child for slot in self.slots for child in slot.children() if not child.silent]
        sockets = [self.signals.wakeup, *(child.lifeline for child in children)]
        heard, _, _ = select.select(sockets, [], [], timeout)
        if self.signals.wakeup in heard:
            self.signals.wakeup.recv(4096)
        for child in children:
            if child.lifeline in heard:
                child.hear()


def _run_web_worker(lifeline: socket.socket, listener: int, application: str) -> None:
    """Granian's worker in this process, on the socket of the supervisor.

    Granian has no public way to say so: what is used beside its constructor is how it prepares one worker.
    """
    from granian import Granian  # noqa: PLC0415  the supervisor and the job worker never need it
    from granian._granian import SocketHolder  # noqa: PLC0415
    from granian.constants import HTTPModes, Interfaces, RuntimeModes  # noqa: PLC0415
    from granian.http import HTTP1Settings  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    app = pkgutil.resolve_name(application)()
    server: Any = Granian(
        application,
        interface=Interfaces.WSGI,
        runtime_mode=RuntimeModes.mt,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=HEADER_BYTES),
        websockets=False,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        blocking_threads=THREADS,
        # Its few lines go where the application's lines go, and no handler of ours is replaced.
        log_level=LogLevels.warning,
        log_dictconfig={"incremental": True, "handlers": {}, "loggers": {"_granian": {"propagate": True}}},
    )
    # On macOS the socket listens already; elsewhere granian asks for the backlog once more.
    backlog = () if sys.platform == "darwin" else (BACKLOG,)
    held: Callable[..., Any] = SocketHolder
    server._ssp, server._shd, server._sso = None, held(listener, False, *backlog), None
    server._ipc = {0: (None, None)}
    worker = server._spawn_worker(0, server._spawn_wsgi_worker, lambda: app)
    lifeline.send(b"+")
    worker.inner.run()


def _main(lifeline_fd: str, role: str, number_fd: str, *arguments: str) -> None:
    """What a child runs: tied to its parent before anything heavy is imported."""
    lifeline = socket.socket(fileno=int(lifeline_fd))
    lifeline.set_inheritable(False)
    SharedNumber.inherited = int(number_fd)
    die_with_parent(lifeline)
    if role == "web":
        listener, application = arguments
        _run_web_worker(lifeline, int(listener), application)
    else:
        sys.argv = list(arguments)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
