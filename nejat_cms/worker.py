"""The job worker: the outbox and everything that happens by itself, one tick after another.

Two threads: the clock with all that is the house's own, and the courier, which speaks to mail servers
and caches. However long these take, what is due is published in time.
"""

import signal
import threading
from types import FrameType

import structlog
from flask import Flask

from nejat_cms.db import end_reading, is_outage
from nejat_cms.errors import UnavailableError
from nejat_cms.events import Clock, Courier

IDLE_SECONDS = 0.5
PAUSE_SECONDS = 0.1
"""Between two parts of a long task: who waits to write on SQLite looks again more often than that."""
OUTAGE_SECONDS = 2.0

log = structlog.get_logger(__name__)


def work(app: Flask) -> None:
    """Tick until TERM or INT; the tasks under way are finished first."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    courier = threading.Thread(target=_go_on, args=(app, Courier(), stopping), name="courier")
    courier.start()
    try:
        _go_on(app, Clock(), stopping)
    finally:
        stopping.set()
        courier.join()


def _go_on(app: Flask, worker: Clock | Courier, stopping: threading.Event) -> None:
    while not stopping.is_set():
        with app.app_context():
            pause = _tick(worker)
        stopping.wait(pause)


def _tick(worker: Clock | Courier) -> float:
    """One round; answers how long to wait before the next."""
    try:
        done, unfinished = worker.tick()
        return 0.0 if done else PAUSE_SECONDS if unfinished else IDLE_SECONDS
    except Exception as error:
        if isinstance(error, UnavailableError) or is_outage(error):
            log.warning("database unavailable", reason=type(error).__name__)
        else:
            log.exception("worker round failed")
        return OUTAGE_SECONDS
    finally:
        end_reading()
