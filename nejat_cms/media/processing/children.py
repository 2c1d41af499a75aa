"""The child as its parent sees it: started, asked, ended.

The kernel ends a child when the thread that started it ends, and the threads of a server come and go. So each child has
a thread that starts it, waits for its end, and does nothing else.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from typing import Any

STARTING_SECONDS = 20.0
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",  # a thread's own heap for each thread would be kept after a job
    "VIPS_BLOCK_UNTRUSTED": "1",
    "VIPS_DISC_THRESHOLD": "8g",  # never to a file: memory is what is limited
}
"""All of its environment: the server's own has secrets in it."""


class ChildLeftError(Exception):
    """It left before it was asked, as it does when there is nothing to do."""


class ChildLostError(Exception):
    """It ended at work, or did not finish in time."""


class FaultError(RuntimeError):
    """Its work failed in a way that nobody has thought of."""


class Child:
    """A running child. It does one job at a time.

    Raises: RuntimeError where it cannot start; OSError.
    """

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        self._lifeline, end = socket.socketpair()
        self._heard = b""
        self._started = threading.Event()
        self._problem: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        with theirs, end:
            keeper = threading.Thread(target=self._keep, args=(theirs, end), name="media child", daemon=True)
            keeper.start()
            self._started.wait()
        if self._problem is not None:
            self.end()
            raise self._problem
        try:
            hello = self._hear(time.monotonic() + STARTING_SECONDS)
        except (ChildLeftError, ChildLostError):
            hello = {"fault": "it ended at once"}
        if hello != {"ready": True}:
            self.end()
            raise RuntimeError(f"the child that works on files does not start: {hello.get('fault')}")

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def ask(self, job: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Have it do something.

        Raises: ChildLeftError, ChildLostError; FaultError where it fails for no fault of the file's.
        """
        until = time.monotonic() + seconds
        try:
            self._channel.settimeout(seconds)
            self._channel.sendall(json.dumps(job).encode() + b"\n")
        except OSError:
            raise ChildLeftError from None
        answer = self._hear(until)
        if "fault" in answer:
            raise FaultError(f"{job['work']}: {answer['fault']}")
        return answer

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process is not None:
            self._process.kill()
        self._channel.close()
        self._lifeline.close()

    def _keep(self, channel: socket.socket, lifeline: socket.socket) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and our own words
                [sys.executable, "-P", "-m", f"{__package__}.child", str(lifeline.fileno()), str(channel.fileno())],
                env=ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what decoders print is theirs alone
                pass_fds=[lifeline.fileno(), channel.fileno()],
                start_new_session=True,  # a terminal's Ctrl-C is for the server
            )
        except OSError as problem:
            self._problem = problem
        finally:
            self._started.set()
        if self._process is not None:
            self._process.wait()

    def _hear(self, until: float) -> dict[str, Any]:
        """The next line.

        Raises: ChildLeftError, ChildLostError.
        """
        while b"\n" not in self._heard:
            self._channel.settimeout(max(0.001, until - time.monotonic()))
            try:
                more = self._channel.recv(1 << 16)
            except OSError:  # a time-out is one
                raise ChildLostError from None
            if not more:
                raise ChildLeftError if self._has_left() else ChildLostError
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _has_left(self) -> bool:
        """Whether it ended of its own accord; whoever says nothing more has ended, or does at once."""
        if self._process is None:
            return False
        try:
            return self._process.wait(timeout=5) == 0
        except subprocess.TimeoutExpired:
            return False
