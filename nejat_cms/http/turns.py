"""Public answers are computed in turn: that is quicker for all than all at once.

    request ─▶ Turns ── a public answer: when it is somebody's turn, or has waited long enough ─▶ Flask
                   └── anything else ─────────────────────────────────────────────────────────▶ Flask

Threads share one interpreter lock. Whoever reads from a database lets go of it with every row, and others take it away
meanwhile: sixteen threads that do so spend much of their time on handing it on. One after the other they keep it. A
read that takes long holds nobody up: the others go on without their turn.
"""

from collections.abc import Iterable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from nejat_cms.db import db
from nejat_cms.http.application import Application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

AT_ONCE = {"sqlite": 1, "postgresql": 4}
"""SQLite computes in this process; while PostgreSQL does, another thread has something to do."""
PATIENCE = 0.02
"""Seconds after which nobody waits for a turn any longer: few answers take that long."""


def init_app(app: Application) -> None:
    with app.app_context():
        app.wsgi_app = Turns(app, AT_ONCE[db.engines["read"].name])  # type: ignore[method-assign]


class Turns:
    """A WSGI application in front of another."""

    def __init__(self, app: Application, at_once: int) -> None:
        self.application = app.wsgi_app
        self._kept_at = app.kept_at
        self._turns: SimpleQueue[int] = SimpleQueue()
        for turn in range(at_once):
            self._turns.put(turn)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or self._kept_at(environ["PATH_INFO"]) is None:
            return self.application(environ, start_response)
        try:
            turn = self._turns.get(timeout=PATIENCE)
        except Empty:
            return self.application(environ, start_response)
        try:
            return self.application(environ, start_response)
        finally:
            self._turns.put(turn)
