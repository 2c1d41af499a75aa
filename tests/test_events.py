"""Events: handlers in the transaction, handlers after it, leases, retries and the clock."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from nejat_cms import events
from nejat_cms.accounts.models import LoginTally
from nejat_cms.db import affected, atomic, db, end_reading, new_id, utc_now
from nejat_cms.errors import ConflictError
from nejat_cms.events import (
    LEASE,
    MAX_ATTEMPTS,
    Clock,
    Event,
    OutboxRow,
    backlog,
    drain,
    emit,
    every,
    later,
    on,
    unpark,
)


@dataclass(frozen=True)
class Rung(Event):
    """A bell was rung."""

    bell: UUID
    times: int = 1
    heard_by: tuple[str, ...] = ()
    answer: UUID | None = None


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No handlers but a test's own, and afterwards the house's again."""
    for name in ("_on", "_later"):
        monkeypatch.setattr(events, name, type(getattr(events, name))(list))
    monkeypatch.setattr(events, "_by_name", {})
    monkeypatch.setattr(events, "_every", [])


@pytest.fixture
def house_at_work(app: Flask, handlers: None) -> Iterator[Flask]:
    with app.app_context():
        yield app
        end_reading()


@atomic
def ring(event: Event, *, fail: bool = False) -> None:
    db.session.add(LoginTally(account=new_id().hex, address="", failures=0, since=utc_now()))
    emit(event)
    if fail:
        raise ValueError("the rope broke")


def written() -> int:
    count = len(db.session.scalars(select(LoginTally)).all())
    end_reading()
    return count


def rows() -> Sequence[Any]:
    found = db.session.execute(select(OutboxRow.__table__)).all()
    end_reading()
    return found


def write(account: str) -> None:
    """A trace in the database that a handler leaves."""
    db.session.add(LoginTally(account=account, address="", failures=0, since=utc_now()))
    db.session.flush()


def traces(account: str) -> int:
    found = db.session.scalars(select(LoginTally.account).where(LoginTally.account.startswith(account))).all()
    end_reading()
    return len(found)


def into(seen: list[Rung]) -> Callable[[Rung], None]:
    """A handler that only remembers."""

    def hear(event: Rung) -> None:
        seen.append(event)

    return hear


def make_due() -> None:
    """Let every waiting row be due now, whatever it was told to wait for."""

    @atomic
    def run() -> None:
        affected(update(OutboxRow).values(available_at=utc_now() - timedelta(seconds=1)))

    run()


# In the transaction ---------------------------------------------------------------------------


def test_a_handler_runs_at_once_and_commits_with_the_action(house_at_work: Flask) -> None:
    @on(Rung)
    def hear(event: Rung) -> None:
        write(f"heard {event.times}")

    ring(Rung(new_id(), 3))
    assert traces("heard 3") == 1


def test_a_handler_that_raises_vetoes_the_action(house_at_work: Flask) -> None:
    @later(Rung)
    def never(event: Rung) -> None:
        raise AssertionError

    @on(Rung)
    def veto(event: Rung) -> None:
        raise ConflictError

    with pytest.raises(ConflictError):
        ring(Rung(new_id()))
    assert written() == 0
    assert rows() == []


def test_handlers_run_from_the_lowest_feature_to_the_highest(house_at_work: Flask) -> None:
    heard = []

    def handler_of(feature: str) -> Callable[[Rung], None]:
        def hear(event: Rung) -> None:
            heard.append(feature)

        hear.__module__ = f"nejat_cms.{feature}.actions"
        return hear

    for feature in ("webhooks", "content", "delivery", "accounts"):
        on(Rung)(handler_of(feature))
    ring(Rung(new_id()))
    assert heard == ["accounts", "content", "delivery", "webhooks"]


def test_events_are_emitted_by_actions_alone(house_at_work: Flask) -> None:
    with pytest.raises(RuntimeError, match="inside their transaction"):
        emit(Rung(new_id()))


# After it -------------------------------------------------------------------------------------


def test_a_committed_event_is_handled_later_and_as_it_was(house_at_work: Flask) -> None:
    seen: list[Rung] = []
    later(Rung)(into(seen))
    for event in (Rung(new_id(), 2, ("ann", "ben"), new_id()), Rung(new_id())):
        ring(event)
        assert seen == []
        assert drain() == 1
        assert seen == [event]
        seen.clear()
    assert rows() == []
    assert drain() == 0


def test_an_event_that_was_rolled_back_is_never_handled(house_at_work: Flask) -> None:
    seen: list[Rung] = []
    later(Rung)(into(seen))
    with pytest.raises(ValueError, match="rope"):
        ring(Rung(new_id()), fail=True)
    assert drain() == 0
    assert seen == []


def test_what_a_handler_writes_and_its_row_s_end_commit_together(house_at_work: Flask) -> None:
    calls = []

    @later(Rung)
    def hear(event: Rung) -> None:
        calls.append(event)
        write(f"half {len(calls)}")
        if len(calls) == 1:
            raise OSError("in the middle")

    ring(Rung(new_id()))
    assert drain() == 1
    assert traces("half") == 0
    make_due()
    assert drain() == 1
    assert traces("half 2") == 1
    assert traces("half") == 1
    assert rows() == []


def test_one_failing_task_holds_up_no_other(house_at_work: Flask) -> None:
    seen = []

    @later(Rung)
    def hear(event: Rung) -> None:
        if event.times == 0:
            raise OSError("poison")
        seen.append(event.times)

    for times in (0, 1, 2, 0, 3):
        ring(Rung(new_id(), times))
    drain()
    assert seen == [1, 2, 3]
    assert backlog() == {"waiting": 2, "parked": 0}
    end_reading()


def test_waits_grow_until_the_task_is_parked_and_stay_parked(house_at_work: Flask) -> None:
    calls = []

    @later(Rung)
    def hear(event: Rung) -> None:
        calls.append(event)
        raise OSError("poison")

    with time_machine.travel(utc_now(), tick=False) as clock:
        ring(Rung(new_id()))
        waits = []
        for _ in range(MAX_ATTEMPTS):
            assert drain() == 1
            (row,) = rows()
            waits.append((row.available_at - utc_now()).total_seconds())
            clock.shift(timedelta(hours=2))
        assert all(0.8 * 2**n <= wait <= 1.2 * 2**n for n, wait in enumerate(waits, 1)), waits
        (row,) = rows()
        assert row.parked_at is not None
        assert row.last_error == "OSError: poison"
        assert drain() == 0
        clock.shift(timedelta(days=30))
        assert drain() == 0
    assert len(calls) == MAX_ATTEMPTS == 10


def test_parked_tasks_get_another_ten_tries_when_asked(house_at_work: Flask) -> None:
    mended: list[bool] = []
    seen = []

    @later(Rung)
    def hear(event: Rung) -> None:
        if not mended:
            raise OSError("broken")
        seen.append(event)

    ring(Rung(new_id()))
    for _ in range(MAX_ATTEMPTS):
        make_due()
        drain()
    assert backlog() == {"waiting": 0, "parked": 1}
    end_reading()
    mended.append(True)
    assert unpark() == 1
    assert unpark() == 0
    assert drain() == 1
    assert len(seen) == 1
    assert rows() == []


def test_a_handler_that_no_longer_exists_is_parked_and_not_lost(house_at_work: Flask) -> None:
    later(Rung)(lambda event: None)
    ring(Rung(new_id()))
    events._by_name.clear()
    for _ in range(MAX_ATTEMPTS):
        make_due()
        drain()
    assert backlog() == {"waiting": 0, "parked": 1}
    end_reading()


# Leases ---------------------------------------------------------------------------------------


def test_a_task_whose_worker_died_is_taken_over_after_its_lease(house_at_work: Flask) -> None:
    seen: list[Rung] = []
    later(Rung)(into(seen))
    with time_machine.travel(utc_now(), tick=False) as clock:
        ring(Rung(new_id()))
        assert events._claim() is not None  # and its worker dies here
        assert drain() == 0
        clock.shift(LEASE - timedelta(seconds=1))
        assert drain() == 0
        clock.shift(timedelta(seconds=2))
        assert drain() == 1
    assert len(seen) == 1


def test_a_worker_that_overslept_its_lease_cannot_commit(house_at_work: Flask) -> None:
    """It wakes up when another one has done its work, and finds its lease gone."""

    @later(Rung)
    def hear(event: Rung) -> None:
        write(f"done {new_id().hex}")

    with time_machine.travel(utc_now(), tick=False) as clock:
        ring(Rung(new_id()))
        ring(Rung(new_id()))
        mine = events._claim()
        assert mine is not None
        clock.shift(LEASE + timedelta(seconds=1))
        theirs = [events._claim(), events._claim()]
        assert mine[0] in {claim[0] for claim in theirs if claim}
        events._postpone(mine[0], mine[1], "too late", None)  # neither may it put the task off
    assert all(row.lease is not None and row.last_error is None for row in rows())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_claim", lambda _outside: mine)
        assert events._run_one()
    assert traces("done") == 0
    assert len(rows()) == 2


def test_a_task_that_kills_its_worker_each_time_is_parked(house_at_work: Flask) -> None:
    later(Rung)(lambda event: None)
    ring(Rung(new_id()))
    for _ in range(MAX_ATTEMPTS):
        assert events._claim() is not None
        make_due()
    assert events._claim() is None
    assert backlog() == {"waiting": 0, "parked": 1}
    end_reading()


def test_workers_side_by_side_run_each_task_once(house_at_work: Flask) -> None:
    count, workers = 40, 4
    seen: list[int] = []

    @later(Rung)
    def hear(event: Rung) -> None:
        write(f"ran {event.times:03}")  # a second run would break on the key
        seen.append(event.times)

    for number in range(count):
        ring(Rung(new_id(), number))
    together = threading.Barrier(workers)
    done: list[int] = []

    def work() -> None:
        with house_at_work.app_context():
            together.wait()
            done.append(drain())

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(seen) == list(range(count))
    assert traces("ran") == count
    assert sum(done) == count
    assert rows() == []


# The clock ------------------------------------------------------------------------------------


def test_the_clock_runs_each_task_at_its_interval(house_at_work: Flask) -> None:
    ran: list[str] = []
    every(seconds=1)(lambda: ran.append("second"))
    every(minutes=1)(lambda: ran.append("minute"))
    with time_machine.travel(utc_now(), tick=False) as time:
        clock = Clock()
        clock.tick()
        assert ran == ["second", "minute"]
        clock.tick()
        assert ran == ["second", "minute"]
        for _ in range(60):
            time.shift(timedelta(seconds=1))
            clock.tick()
    assert ran.count("second") == 61
    assert ran.count("minute") == 2


def test_a_periodic_task_that_fails_stops_nothing(house_at_work: Flask) -> None:
    ran = []

    @every(seconds=1)
    def fail() -> None:
        db.session.scalars(select(OutboxRow)).all()
        raise OSError("broken")

    every(seconds=1)(lambda: ran.append(written()))
    later(Rung)(lambda event: ran.append(-1))
    ring(Rung(new_id()))
    assert Clock().tick() == (1, False)
    assert ran == [1, -1]


def test_a_clock_that_was_set_back_does_not_stand_still_for_long(house_at_work: Flask) -> None:
    """A periodic task must not wait for an hour because the machine's clock went back by one."""
    ran: list[int] = []
    every(seconds=1)(lambda: ran.append(1))
    start = utc_now()
    with time_machine.travel(start, tick=False) as time:
        clock = Clock()
        clock.tick()
        time.move_to(start - timedelta(hours=1))
        for _ in range(5):
            time.shift(timedelta(seconds=1))
            clock.tick()
    assert len(ran) >= 5


def test_a_long_task_goes_on_after_whatever_else_is_due(house_at_work: Flask) -> None:
    ran: list[str] = []
    left = iter([True, True, False])

    @every(hours=1)
    def in_parts() -> bool:
        ran.append("part")
        return next(left)

    every(seconds=0)(lambda: ran.append("other"))
    clock = Clock()
    assert [clock.tick()[1] for _ in range(4)] == [True, True, False, False]
    assert ran == ["part", "other"] * 3 + ["other"]
