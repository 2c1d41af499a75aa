"""Many who act at the same instant."""

import os
import random
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from werkzeug.test import TestResponse

from tests.newsroom import Desk

T = TypeVar("T")
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(2**32)
KNOWN = frozenset({200, 201, 204, 409, 412})
"""What a client may be told when others write at the same time: done, or read again."""


def at_once(*works: Callable[[], T]) -> list[T]:
    """Run all of these in threads that begin at the same instant; their answers, in order."""
    together = threading.Barrier(len(works))
    answers: dict[int, T] = {}
    failures: list[BaseException] = []

    def run(number: int, work: Callable[[], T]) -> None:
        try:
            together.wait(30)
            answers[number] = work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "stuck"
    if failures:
        raise failures[0]
    return [answers[number] for number in range(len(works))]


def fresh(desk: Desk) -> Desk:
    """The same person at another screen: a client for one thread."""
    return Desk(desk.client.application.test_client(), desk.token)


def asking(desk: Desk, method: str, path: str, body: Any = None, **more: Any) -> Callable[[], TestResponse]:
    mine = fresh(desk)
    return lambda: mine.call(method, path, body, **more)


def step(desk: Desk, variant: Any, name: str) -> Callable[[], TestResponse]:
    """A transition with the version that is right now; asked for later."""
    etag = desk.variant(variant["article"], variant["locale"]).headers["ETag"]
    path = f"/articles/{variant['article']}/variants/{variant['locale']}/{name}"
    return asking(desk, "POST", path, {}, if_match=etag)
