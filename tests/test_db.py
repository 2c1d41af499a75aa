"""Transactions and engines: what every action relies on."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from nejat_cms.accounts.models import LoginTally
from nejat_cms.content.models import Article
from nejat_cms.db import TRIES, affected, atomic, db, end_reading, lock, new_id, transaction
from nejat_cms.errors import ConflictError, PreconditionRequiredError, StaleVersionError
from nejat_cms.reading import MOST_IDLE, bind_id, fetch
from tests.factories import on_postgresql, on_sqlite
from tests.tallies import keep, kept, tally


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        end_reading()


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


@pytest.mark.parametrize("loaded_by", ["an action before", "the same transaction"])
def test_a_locked_row_is_the_present_one_whatever_version_was_loaded(context: Flask, loaded_by: str) -> None:
    @atomic
    def make() -> Article:
        article = Article(id=new_id(), kind="article")
        db.session.add(article)
        return article

    @atomic
    def change(kind: str) -> None:
        article = db.session.get_one(Article, made.id)
        article.kind = kind

    @atomic
    def hold() -> Article | None:
        if loaded_by == "the same transaction":
            db.session.refresh(made)
            affected(update(Article).where(Article.id == made.id).values(version=2, kind="brief"))
        held = lock(Article, made.id)
        assert held is not None
        held.touch()
        return held

    made = make()
    key = made.id
    if loaded_by == "an action before":
        elsewhere(context, lambda: change("brief"))
    assert made.version == 1
    held = hold()
    assert held is made
    assert (made.version, made.kind) == (3, "brief")
    assert lock(Article, new_id()) is None
    assert db.session.get_one(Article, key, populate_existing=True).version == 3


def test_what_is_looked_at_after_a_reading_ends_is_read_anew(context: Flask) -> None:
    """With or without a transaction that a rollback would end."""

    @atomic
    def count(by: int) -> LoginTally:
        row = db.session.get(LoginTally, ("one", "")) or tally("one", 0)
        row.failures += by
        db.session.add(row)
        return row

    seen = count(1)
    elsewhere(context, lambda: count(1))
    assert seen.failures == 1
    end_reading()
    assert db.session.get_one(LoginTally, ("one", "")) is seen
    assert seen.failures == 2


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
