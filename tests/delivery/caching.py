"""A response cache by itself: over an application that says what it is told to, at a time that is set."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import create_environ, run_wsgi_app

from nejat_cms.db import db
from nejat_cms.delivery.cache import ResponseCache
from nejat_cms.delivery.routes.responses import FRESH
from nejat_cms.http.application import Application

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH = "/v1/en/articles"
"""An address that may be kept; others are it with a query."""
JSON = ("Content-Type", "application/json")
KEPT = (JSON, ("Cache-Control", FRESH), ("ETag", 'W/"one"'))
"""The headers of an answer that may be kept."""
Said = tuple[str, Sequence[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Told:
    """What a client was told."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Behind:
    """The application behind a cache: says what `say` answers, and remembers how it was asked."""

    say: Callable[["WSGIEnvironment"], Said]
    asked: list["WSGIEnvironment"] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.asked.append(environ)
        status, headers, body = self.say(environ)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


@dataclass
class Clock:
    """The time that the cache knows."""

    now: float = 1000.0

    def forward(self, seconds: float) -> None:
        self.now += seconds


def always(body: bytes = b"[]", headers: Sequence[tuple[str, str]] = KEPT, status: str = "200 OK") -> Behind:
    return Behind(lambda environ: (status, headers, body))


def cache_over(app: Flask, application: Behind, megabytes: int = 1) -> ResponseCache:
    """A cache of its own, which asks the database of `app` for the house's version."""
    cache = ResponseCache(cast(Application, app), megabytes)
    cache.application = application
    return cache


def ask(cache: Any, address: str = PATH, method: str = "GET", **headers: str) -> Told:
    """Ask like a client; `accept_encoding="br"` is a header."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    path, _, query = address.partition("?")
    body, status, said = run_wsgi_app(cache, create_environ(path, query_string=query, method=method, headers=named))
    return Told(int(status.split()[0]), dict(said), b"".join(body))


def change_elsewhere(app: Flask) -> None:
    """Readers will see a change, and nobody tells the cache: as when another node has written."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO house_version AS h (id, version) VALUES (1, 1)"
                " ON CONFLICT (id) DO UPDATE SET version = h.version + 1"
            )
        )


@dataclass
class Crowd:
    """Clients who all ask at once. `wait_for_the_others`, called in a computation, lasts until everybody else waits
    for one that is under way."""

    size: int
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def wait_for_the_others(self) -> None:
        for _ in range(self.size - 1):
            assert self.waiting.acquire(timeout=20), "somebody did not wait"

    def ask(self, cache: ResponseCache, address: str = PATH, **headers: str) -> list[Told | BaseException]:
        """What each was told, or what was raised."""

        def one(_number: int) -> Told | BaseException:
            try:
                return ask(cache, address, **headers)
            except RuntimeError as error:
                return error

        with ThreadPoolExecutor(self.size, thread_name_prefix="crowd") as pool, self.counted():
            return list(pool.map(one, range(self.size)))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Note each client who begins to wait."""
        wait = threading.Event.wait

        def noted(event: threading.Event, timeout: float | None = None) -> bool:
            if threading.current_thread().name.startswith("crowd"):
                self.waiting.release()
            return wait(event, timeout)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threading.Event, "wait", noted)
            yield
