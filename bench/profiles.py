"""Where time goes: what is shown with a target that was missed."""

import cProfile
import re
import time
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from bench.baselines import Answer

REQUESTS, LINES = 200, 10


def answer_of(app: Flask, target: str) -> Answer:
    """What the WSGI callable itself says, without a server or client around it."""
    return _run(app, _environ(target))


def profile(app: Flask, targets: Sequence[str], requests: int = REQUESTS) -> list[str]:
    """The functions that most time is spent in, with their share, when this process alone asks for these in turn."""
    environs = [_environ(targets[turn % len(targets)]) for turn in range(requests)]
    for environ in environs[: len(targets)]:
        _run(app, dict(environ))
    begun = time.perf_counter()
    for environ in environs:
        _run(app, dict(environ))
    took = (time.perf_counter() - begun) / requests
    profiler = cProfile.Profile()
    profiler.enable()
    for environ in environs:
        _run(app, environ)
    profiler.disable()
    took_us = f"{took * 1_000_000:.0f} µs a request in one process and thread without a server around it"
    return [took_us, *shares(profiler)]


def shares(profiler: cProfile.Profile) -> list[str]:
    """The functions that most of the time was spent in, with their share of it."""
    timed = sorted(profiler.getstats(), key=lambda each: each.inlinetime, reverse=True)
    whole = sum(each.inlinetime for each in timed)
    return ["  alone  with what it calls"] + [
        f"{each.inlinetime / whole:7.1%} {each.totaltime / whole:7.1%}  {_spelled(each.code)}" for each in timed[:LINES]
    ]


def _environ(target: str) -> dict[str, object]:
    path, _, query = target.partition("?")
    return dict(EnvironBuilder(path=path, query_string=query).get_environ())


def _run(app: Flask, environ: dict[str, object]) -> Answer:
    said: list[Any] = []
    body = b"".join(app(environ, lambda *start: said.extend(start)))  # type: ignore[arg-type]
    return Answer(said[0], said[1], body)


def _spelled(code: CodeType | str) -> str:
    """`nejat_cms/db.py:269 fetch`; a function in C by its name alone."""
    if isinstance(code, str):
        return re.sub(" at 0x[0-9a-f]+", "", code)
    path = Path(code.co_filename)
    return f"{path.parent.name}/{path.name}:{code.co_firstlineno} {code.co_qualname}"
