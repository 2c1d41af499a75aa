"""A database that goes, is held, has no room: refused in time, in the domain's words, and well again after."""

import contextlib
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nejat_cms.db import _write_ahead, atomic, db, end_reading, new_id
from nejat_cms.errors import UnavailableError
from nejat_cms.reading import fetch
from tests.factories import headers, token_for
from tests.newsroom import open_house
from tests.servers import house_over, running_postgres
from tests.tallies import keep, kept, tally

QUICK = 2.0
"""Seconds within which an outage must be answered."""


def is_refusal(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json is not None
    assert answer.json["code"] == "unavailable"


def quickly(ask: Callable[[], TestResponse]) -> TestResponse:
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < QUICK
    return answer


def refuses_and_lives(app: Flask, token: str) -> None:
    """Every request is answered, soon, with 503; the process itself is well."""
    client = app.test_client()
    body = {"kind": "article", "locale": "en", "title": "Not now"}
    is_refusal(quickly(lambda: client.get(f"/v1/en/articles/{new_id()}")))  # in no cache
    is_refusal(quickly(lambda: client.get("/v1/manage/articles", headers=headers(token))))
    is_refusal(quickly(lambda: client.post("/v1/manage/articles", json=body, headers=headers(token))))
    is_refusal(quickly(lambda: client.post("/v1/auth/login", json={"email": "a@example.org", "password": "x" * 12})))
    assert quickly(lambda: client.get("/healthz")).status_code == 200
    assert quickly(lambda: client.get("/readyz")).status_code == 503


def serves_again(app: Flask, token: str) -> None:
    """The first answers after the outage are right ones."""
    client = app.test_client()
    for _ in range(12):  # more than the pool keeps: no dead connection is handed out
        assert client.get("/v1/editions").status_code == 200
        assert client.get("/v1/manage/articles", headers=headers(token)).status_code == 200
    body = {"kind": "article", "locale": "en", "title": "At last"}
    assert client.post("/v1/manage/articles", json=body, headers=headers(token)).status_code == 201
    assert client.get("/readyz").status_code == 200


def fill_the_pools(app: Flask, token: str) -> None:
    """Several connections in the pools, so that an outage finds them there."""
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait()
        with app.test_client() as client:
            assert client.get("/v1/editions").status_code == 200
            assert client.get("/v1/manage/articles", headers=headers(token)).status_code == 200

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(signal.SIGINT, id="shut down", marks=pytest.mark.slow),
        pytest.param(signal.SIGQUIT, id="at once"),
    ],
)
def test_a_postgresql_that_goes_and_comes_back(tmp_path: Path, way: signal.Signals) -> None:
    with running_postgres() as server, house_over(tmp_path, server.get_uri()) as app:
        open_house(app, "en")
        token = token_for(app, "admin")
        fill_the_pools(app, token)
        process = server.get_postmaster_info().process
        assert process is not None
        process.send_signal(way)
        process.wait(20)
        refuses_and_lives(app, token)
        server.ensure_postgres_running()
        serves_again(app, token)


def test_an_sqlite_file_that_goes_and_comes_back(tmp_path: Path) -> None:
    with house_over(tmp_path) as app:
        open_house(app, "en")
        token = token_for(app, "admin")
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        path, hidden = tmp_path / "nejat.sqlite3", tmp_path / "hidden"
        path.rename(hidden)
        path.mkdir()  # nobody can open a folder as a database, or make an empty one in its place
        refuses_and_lives(app, token)
        path.rmdir()
        hidden.rename(path)
        serves_again(app, token)


def test_an_sqlite_file_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nejat_cms.db.BUSY_SECONDS", 1)
    with house_over(tmp_path) as app:
        open_house(app, "en")
        token = token_for(app, "admin")
        client = app.test_client()
        body = {"kind": "article", "locale": "en", "title": "Held"}
        other = sqlite3.connect(tmp_path / "nejat.sqlite3", isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            is_refusal(quickly(lambda: client.post("/v1/manage/articles", json=body, headers=headers(token))))
            assert quickly(lambda: client.get("/v1/editions")).status_code == 200
            assert quickly(lambda: client.get("/readyz")).status_code == 200
        finally:
            other.close()
        serves_again(app, token)


def test_who_waits_to_write_asks_again_before_others_can_overtake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    with house_over(tmp_path) as app, app.app_context():
        other = sqlite3.connect(tmp_path / "nejat.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 200:
                other.rollback()

        monkeypatch.setattr("nejat_cms.db.time.sleep", pause)
        atomic(lambda: db.session.add(tally("waited")))()
        other.close()
        assert kept() == ["waited"]
        told = db.session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        end_reading()
    assert len(pauses) == 200
    assert max(pauses) < 0.005
    assert told == 5000


def test_more_writers_than_connections_wait_or_are_told_to_come_back(tmp_path: Path) -> None:
    """As many threads as a web worker has, all at once, and never a 500."""
    with house_over(tmp_path) as app:
        open_house(app, "en")
        token = token_for(app, "admin")
        statuses: list[int] = []
        together = threading.Barrier(40)

        def work(number: int) -> None:
            together.wait()
            body = {"kind": "article", "locale": "en", "title": f"Number {number}"}
            answer = app.test_client().post("/v1/manage/articles", json=body, headers=headers(token))
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert statuses == [201] * 40


def test_a_pool_without_room_is_an_outage_and_no_fault(tmp_path: Path) -> None:
    with house_over(tmp_path) as app:
        open_house(app, "en")
        token = token_for(app, "admin")
        with app.app_context():
            engines = list(db.engines.values())
        for engine in engines:
            engine.dispose()  # of a connection that was read from, too
        held = [engine.connect() for engine in engines for _ in range(40)]
        try:
            client = app.test_client()
            is_refusal(client.get("/v1/editions"))
            is_refusal(client.get("/v1/manage/articles", headers=headers(token)))
        finally:
            for connection in held:
                connection.close()
        serves_again(app, token)


def test_an_action_during_an_outage_says_so_in_the_domain_s_words(tmp_path: Path) -> None:
    with house_over(tmp_path) as app, app.app_context():
        db.engine.dispose()
        path = tmp_path / "nejat.sqlite3"
        path.unlink()
        path.mkdir()
        with pytest.raises(UnavailableError):
            keep("one")
        db.engines["read"].dispose()
        with pytest.raises(UnavailableError):
            fetch("SELECT 1")


def test_the_switch_to_a_log_that_is_refused_at_once_is_tried_again(tmp_path: Path) -> None:
    """Of two that switch a new database at the same instant SQLite refuses one, whatever `busy_timeout` says."""

    class Refused:
        def __init__(self, connection: sqlite3.Connection, times: int) -> None:
            self.connection, self.times = connection, times

        def execute(self, sql: str) -> None:
            self.times -= 1
            if self.times >= 0:
                raise sqlite3.OperationalError("database is locked")
            self.connection.execute(sql)

    with contextlib.closing(sqlite3.connect(tmp_path / "new.sqlite3")) as connection:
        _write_ahead(Refused(connection, 3), sqlite3.OperationalError)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
