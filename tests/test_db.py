"""Transactions, engines and outages: what every action relies on."""

import contextlib
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.test import TestResponse

from nejat_cms.accounts.models import LoginTally
from nejat_cms.content.models import Article
from nejat_cms.db import TRIES, _write_ahead, affected, atomic, db, end_reading, lock, new_id, transaction, utc_now
from nejat_cms.errors import ConflictError, PreconditionRequiredError, StaleVersionError, UnavailableError
from nejat_cms.reading import MOST_IDLE, bind_id, fetch
from tests.factories import headers, on_postgresql, on_sqlite, token_for
from tests.newsroom import open_house
from tests.servers import house_over, running_postgres

QUICK = 2.0
"""Seconds within which an outage must be answered."""


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        end_reading()


def tally(account: str, failures: int = 0) -> LoginTally:
    return LoginTally(account=account, address="", failures=failures, since=utc_now())


def kept() -> list[str]:
    names = list(db.session.scalars(select(LoginTally.account).order_by(LoginTally.account)))
    end_reading()
    return names


@atomic
def keep(*accounts: str) -> None:
    for account in accounts:
        db.session.add(tally(account))
        db.session.flush()


def elsewhere(app: Flask, work: Callable[[], Any]) -> None:
    """Do something in another thread, with a session of its own, to its end."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert not failures, failures


# One transaction ------------------------------------------------------------------------------


def test_the_outermost_action_commits(context: Flask) -> None:
    keep("one")
    elsewhere(context, lambda: kept() == ["one"] or pytest.fail("not committed"))


def test_a_nested_action_joins_the_one_around_it(context: Flask) -> None:
    @atomic
    def outer() -> None:
        keep("inner")
        if context.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
            elsewhere(context, lambda: kept() == [] or pytest.fail("the nested action committed"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        outer()
    assert kept() == []


def test_an_action_that_fails_leaves_nothing(context: Flask) -> None:
    @atomic
    def fail() -> None:
        keep("one", "two")
        db.session.add(tally("three"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert kept() == []
    keep("after")
    assert kept() == ["after"]


def test_an_action_refuses_a_session_that_is_reading(context: Flask) -> None:
    db.session.scalar(select(func.count()).select_from(LoginTally))
    with pytest.raises(RuntimeError, match="close the reading one"):
        keep("one")
    end_reading()
    keep("one")
    assert kept() == ["one"]


def test_what_an_action_returns_can_be_read_after_its_commit(context: Flask) -> None:
    @atomic
    def make() -> LoginTally:
        row = tally("one", 3)
        db.session.add(row)
        return row

    assert make().failures == 3
    assert not db.session().in_transaction()


# Run again ------------------------------------------------------------------------------------


def failing(*errors: Exception) -> tuple[Callable[[], int], list[int]]:
    """An action that raises each of these, one an attempt, and then succeeds; and its attempts so far."""
    attempts: list[int] = []

    @atomic
    def run() -> int:
        attempts.append(1)
        db.session.add(tally(f"attempt {len(attempts)}"))
        db.session.flush()
        if len(attempts) <= len(errors):
            raise errors[len(attempts) - 1]
        return len(attempts)

    return run, attempts


def refused(cause: Exception) -> OperationalError:
    return OperationalError("UPDATE", {}, cause)


@pytest.mark.parametrize("cause", [SerializationFailure, DeadlockDetected, LockNotAvailable])
def test_a_passing_fault_is_tried_again_from_the_start(context: Flask, cause: type[Exception]) -> None:
    run, _ = failing(refused(cause()), refused(cause()), refused(cause()))
    assert run() == 4
    assert kept() == ["attempt 4"]


def test_a_fault_that_stays_is_a_conflict_after_seven_more_tries(context: Flask) -> None:
    run, attempts = failing(*[refused(DeadlockDetected()) for _ in range(10)])
    with pytest.raises(ConflictError):
        run()
    assert len(attempts) == TRIES == 8
    assert kept() == []


def test_the_second_of_two_writers_sees_the_first_and_decides_again(context: Flask) -> None:
    decisions = []

    @atomic
    def find_or_make() -> str:
        found = db.session.get(LoginTally, ("same", ""), populate_existing=True)
        decisions.append(found is not None)
        if found is None:
            if len(decisions) == 1:  # another writer is faster, by raw means: SQLite would make it wait
                raise IntegrityError("INSERT", {}, Exception("unique"))
            db.session.add(tally("same"))
        return "found" if found else "made"

    assert find_or_make() == "made"
    assert find_or_make() == "found"
    assert decisions == [False, False, True]


def test_a_real_race_for_one_key_has_one_winner(context: Flask) -> None:
    outcomes: list[str] = []
    together = threading.Barrier(8)

    @atomic
    def find_or_make() -> str:
        if db.session.get(LoginTally, ("same", ""), populate_existing=True):
            return "found"
        db.session.add(tally("same"))
        return "made"

    def work() -> None:
        with context.app_context():
            together.wait()
            outcomes.append(find_or_make())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["found"] * 7 + ["made"]


def test_a_version_that_moved_on_under_a_writer_is_stale(context: Flask) -> None:
    @atomic
    def make() -> UUID:
        article = Article(id=new_id(), kind="article")
        db.session.add(article)
        return article.id

    @atomic
    def touch_what_was_seen() -> None:
        article = db.session.get_one(Article, key)
        seen_elsewhere = update(Article).where(Article.id == key).values(version=article.version + 1)
        affected(seen_elsewhere)
        article.touch()
        db.session.flush()

    key = make()
    with pytest.raises(StaleVersionError):
        touch_what_was_seen()
    assert db.session.get_one(Article, key).version == 1


def test_a_writer_must_name_the_version_she_saw() -> None:
    article = Article(version=3)
    article.check_version(3)
    with pytest.raises(PreconditionRequiredError):
        article.check_version(None)
    with pytest.raises(StaleVersionError):
        article.check_version(2)


def test_a_locked_row_is_the_present_one(context: Flask) -> None:
    keep("one")

    @atomic
    def count_up() -> None:
        stale = db.session.get_one(LoginTally, ("one", ""))
        time.sleep(0.005)
        held = lock(LoginTally, ("one", ""))
        assert held is stale
        held.failures += 1

    def work() -> None:
        with context.app_context():
            for _ in range(5):
                count_up()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert db.session.get_one(LoginTally, ("one", "")).failures == 20


# Both engines alike ---------------------------------------------------------------------------


@on_sqlite
def test_sqlite_is_told_to_keep_what_it_acknowledges(context: Flask) -> None:
    for name in (None, "read"):
        with db.engines[name].connect() as connection:
            told = {
                pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
                for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@on_postgresql
def test_postgresql_keeps_what_it_acknowledges_and_waits_for_nobody_forever(context: Flask) -> None:
    with db.engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("fsync", "synchronous_commit", "TimeZone", "lock_timeout", "statement_timeout")
        }
        waits = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert told == {
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "lock_timeout": "10s",
        "statement_timeout": "30s",
    }
    assert waits == "1min"


@on_sqlite
def test_a_writer_holds_sqlite_from_its_first_word(context: Flask) -> None:
    path = db.engine.url.database
    assert path is not None

    @atomic
    def nothing_yet() -> None:
        other = sqlite3.connect(path, timeout=0)
        try:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        finally:
            other.close()

    nothing_yet()


def test_readers_do_not_wait_for_a_writer(context: Flask) -> None:
    keep("one")

    @atomic
    def slow() -> None:
        db.session.add(tally("two"))
        db.session.flush()
        assert fetch("SELECT account FROM login_tallies ORDER BY account") == [("one",)]

    slow()


@on_sqlite
def test_foreign_keys_hold(context: Flask) -> None:
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text("INSERT INTO article_aliases (id, article_id) VALUES ('00', '11')"))


def test_instants_come_back_aware_and_in_utc(context: Flask) -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    moment = datetime(2026, 11, 23, 13, 30, 0, 123456, tehran)

    @atomic
    def write() -> None:
        row = tally("one")
        row.since = moment
        db.session.add(row)

    write()
    db.session.expunge_all()
    found = db.session.get_one(LoginTally, ("one", "")).since
    assert found == moment
    assert found.tzinfo is UTC
    assert found.hour == 10
    end_reading()
    earlier = select(LoginTally.account).where(LoginTally.since < moment.astimezone(UTC) + timedelta(microseconds=1))
    assert list(db.session.scalars(earlier)) == ["one"]


def test_public_reads_speak_to_both_engines_in_one_tongue(context: Flask) -> None:
    key = new_id()

    @atomic
    def write() -> None:
        db.session.add(Article(id=key, kind="100%"))

    write()
    keep("b", "a")
    assert fetch("SELECT kind FROM articles WHERE id = :id AND kind LIKE '1%'", {"id": bind_id(key)}) == [("100%",)]
    assert fetch("SELECT account FROM login_tallies ORDER BY account") == [("a",), ("b",)]
    ((found,),) = fetch("SELECT id FROM articles")
    assert UUID(str(found)) == key


def test_a_public_read_sees_what_was_just_committed(context: Flask) -> None:
    for number in range(20):
        keep(f"{number:02}")
        assert fetch("SELECT count(*) FROM login_tallies") == [(number + 1,)]


def test_of_a_crowd_that_reads_few_connections_are_kept(context: Flask) -> None:
    engine = db.engines["read"]
    engine.dispose()
    together = threading.Barrier(20)

    def read() -> None:
        together.wait(30)
        fetch("SELECT account FROM login_tallies", engine=engine)

    threads = [threading.Thread(target=read) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 1 <= engine.pool.checkedout() <= MOST_IDLE  # type: ignore[attr-defined]
    engine.dispose()
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_public_read_leaves_no_transaction_open(context: Flask) -> None:
    """One that did would hold SQLite's log and PostgreSQL's vacuum, and see no news."""
    for _ in range(40):  # more than the pool has room for
        fetch("SELECT account FROM login_tallies")
    with transaction():
        pass
    if db.engine.name == "sqlite":
        with db.engine.connect() as connection:
            connection.execution_options(begin="")
            busy, log, done = connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").one()
        assert (busy, log) == (0, done)


# Outages --------------------------------------------------------------------------------------


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
