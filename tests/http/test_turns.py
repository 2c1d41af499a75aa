"""Public answers are computed in turn; what takes long, or is not public, holds nobody up."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from nejat_cms.http import turns
from nejat_cms.http.application import Application
from nejat_cms.http.turns import Turns

PUBLIC, OTHER = "/v1/en/articles", "/healthz"


class Busy:
    """An application that notes how many it answers at once, and whom it keeps waiting."""

    def __init__(self, answer: Callable[[str], object]) -> None:
        self.answer = answer
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.answer(environ["PATH_INFO"])
        finally:
            with self.lock:
                self.now -= 1
        start_response("200 OK", [])
        return []


@contextmanager
def asked(app: Flask, busy: Busy, at_once: int = 1) -> Iterator[Callable[[str], None]]:
    layer = Turns(cast(Application, app), at_once)
    layer.application = busy
    yield lambda path: run_wsgi_app(layer, create_environ(path)) and None


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_public_answers_are_computed_at_once_and_no_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30)
    busy = Busy(lambda _: threading.Event().wait(0.01) and None)
    with asked(app, busy, at_once) as ask, ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, [PUBLIC] * 24))
    assert busy.most == at_once


def test_an_answer_that_takes_long_holds_nobody_up(app: Flask) -> None:
    begun, stuck = threading.Event(), threading.Event()

    def answer(path: str) -> None:
        if not begun.is_set():
            begun.set()
            assert stuck.wait(30)

    with asked(app, Busy(answer)) as ask, ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, PUBLIC)
        assert begun.wait(30)
        ask(PUBLIC)
        ask(OTHER)
        assert not first.done()
        stuck.set()
        first.result()
        ask(PUBLIC)


def test_a_turn_comes_back_whatever_happens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30)

    def fail(_: str) -> None:
        raise ValueError("no")

    with asked(app, Busy(fail)) as ask:
        for _ in range(3):
            with pytest.raises(ValueError, match="no"):
                ask(PUBLIC)


def test_what_is_not_public_takes_no_turn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 30)
    together = threading.Barrier(4)
    busy = Busy(lambda _: together.wait(30) and None)
    with asked(app, busy) as ask, ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, [OTHER, "/v1/manage/articles", "/v1/nowhere/at/all", "/docs"]))
    assert busy.most == 4
