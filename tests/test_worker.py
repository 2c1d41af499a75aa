"""The job worker: what is planned happens once and in time, whoever dies, oversleeps or cannot reach the database."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from nejat_cms import worker
from nejat_cms.accounts.models import AuditEntry
from nejat_cms.content.actions import stages
from nejat_cms.db import db, end_reading, utc_now
from nejat_cms.errors import ConflictError, UnavailableError
from nejat_cms.events import Clock, OutboxRow, backlog
from nejat_cms.language.zones import to_rfc3339
from tests.factories import make_user, token_of
from tests.invariants import broken_invariants
from tests.mailbox import mailbox, send_by
from tests.newsroom import Desk, desk_for, open_house, read
from tests.servers import Client, eventually, open_for_business, serving, settings_in, shell


@pytest.fixture
def admin(app: Flask) -> Iterator[Desk]:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def at(**offset: float) -> str:
    return to_rfc3339(utc_now() + timedelta(**offset))


def run_schedule(app: Flask) -> None:
    with app.app_context():
        stages.run_schedule()
        end_reading()


def times_recorded(app: Flask, action: str) -> int:
    with app.app_context():
        found = len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all())
        end_reading()
        return found


def state_of(desk: Desk, variant: Any) -> str:
    said = desk.variant(variant["article"], variant["locale"]).json
    assert said is not None
    return str(said["data"]["visibility"])


# The schedule ---------------------------------------------------------------------------------


def test_what_is_due_goes_live_once_however_many_workers_look(app: Flask, admin: Desk) -> None:
    plans = [admin.step(admin.write("en", f"Title {n}"), "schedule", publish_at=at(hours=1)) for n in range(6)]
    together = threading.Barrier(4)

    def look() -> None:
        together.wait()
        run_schedule(app)

    with time_machine.travel(utc_now() + timedelta(hours=2), tick=True):
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        run_schedule(app)
    assert {state_of(admin, plan) for plan in plans} == {"published"}
    assert times_recorded(app, "variant.publish") == 6
    assert len(read(app.test_client(), "/en/changes")) == 6


def test_what_became_due_while_nobody_worked_is_made_up_for(app: Flask, admin: Desk) -> None:
    draft = admin.step(admin.write("en", "Late"), "schedule", publish_at=at(hours=1), unpublish_at=at(hours=3))
    with time_machine.travel(utc_now() + timedelta(hours=2), tick=True):
        run_schedule(app)
        assert state_of(admin, draft) == "published"
    with time_machine.travel(utc_now() + timedelta(days=3), tick=True):
        run_schedule(app)
        assert state_of(admin, draft) == "unpublished"
    both = admin.step(admin.write("en", "Both"), "schedule", publish_at=at(hours=1), unpublish_at=at(hours=3))
    with time_machine.travel(utc_now() + timedelta(days=3), tick=True):
        run_schedule(app)
        assert state_of(admin, both) == "unpublished"


def test_a_clock_that_goes_back_publishes_nothing_twice(app: Flask, admin: Desk) -> None:
    admin.step(admin.write("en", "Once"), "schedule", publish_at=at(hours=1))
    with time_machine.travel(utc_now() + timedelta(hours=2), tick=True):
        run_schedule(app)
    for offset in (0, 2, -1, 3):
        with time_machine.travel(utc_now() + timedelta(hours=offset), tick=True):
            run_schedule(app)
    assert times_recorded(app, "variant.publish") == 1


@pytest.mark.parametrize("fault", [UnavailableError(), ConflictError(), ValueError("a fault of ours")])
def test_a_passing_fault_cancels_no_plan(
    app: Flask, admin: Desk, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Only what its maker may not do, or cannot do any more, is given up."""
    draft = admin.step(admin.write("en", "Planned"), "schedule", publish_at=at(hours=1))

    def fail(*_: Any) -> None:
        raise fault

    with time_machine.travel(utc_now() + timedelta(hours=2), tick=True), app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(stages, "run_due_steps", fail)
            Clock().tick()
        assert times_recorded(app, "variant.schedule_refused") == 0
        run_schedule(app)
    assert state_of(admin, draft) == "published"


def test_one_plan_that_fails_holds_up_no_other(app: Flask, admin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [admin.step(admin.write("en", f"Title {n}"), "schedule", publish_at=at(hours=n + 1)) for n in range(3)]
    do = stages.run_due_steps

    def fail_for_the_first(article_id: Any, locale: str) -> None:
        if str(article_id) == plans[0]["article"]:
            raise ValueError("a fault of ours")
        do(article_id, locale)

    monkeypatch.setattr(stages, "run_due_steps", fail_for_the_first)
    with time_machine.travel(utc_now() + timedelta(hours=9), tick=True):
        run_schedule(app)
        assert [state_of(admin, plan) for plan in plans] == ["scheduled", "published", "published"]


def test_a_plan_whose_maker_lost_her_rights_is_given_up_and_recorded(app: Flask, admin: Desk) -> None:
    user = make_user(app, "editor:en")
    editor = Desk(app.test_client(), token_of(app, user))
    draft = editor.step(editor.write("en", "Planned"), "schedule", publish_at=at(hours=1))
    answer = admin.call("GET", f"/users/{user}", expect=200)
    grants = {"grants": [{"role": "author", "locale": "en"}]}
    admin.call("PUT", f"/users/{user}/grants", grants, if_match=answer.headers["ETag"], expect=200)
    with time_machine.travel(utc_now() + timedelta(hours=2), tick=True):
        run_schedule(app)
    assert state_of(admin, draft) == "unpublished"
    assert times_recorded(app, "variant.schedule_refused") == 1


# The process ----------------------------------------------------------------------------------


def test_the_worker_rests_while_the_database_is_away_and_goes_on_after(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def tick(self) -> int:
            raise UnavailableError

    class Faulty:
        def tick(self) -> int:
            raise ValueError("a fault of ours")

    with app.app_context():
        assert worker._tick(Broken()) == worker.OUTAGE_SECONDS  # type: ignore[arg-type]
        assert worker._tick(Faulty()) == worker.OUTAGE_SECONDS  # type: ignore[arg-type]
        assert worker._tick(Clock()) == worker.IDLE_SECONDS


def test_the_clock_keeps_time_while_a_mail_server_takes_its_own(
    app: Flask, admin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has a mail and says nothing of it until the plan was carried out."""
    stops: dict[int, Any] = {}
    monkeypatch.setattr(worker.signal, "signal", stops.__setitem__)  # type: ignore[attr-defined]
    seen: list[UUID | None] = []
    with mailbox() as box:
        send_by(app, monkeypatch, box.url)
        box.mood = "stalls"
        admin.call("POST", "/users", {"email": "mina@example.org", "name": "Mina", "grants": []}, expect=201)
        plan = admin.step(admin.write("en", "In time"), "schedule", publish_at=at(seconds=2))

        def look() -> None:
            try:
                eventually(lambda: box.received)
                eventually(lambda: state_of(admin, plan) == "published")
                with app.app_context():
                    seen.extend(db.session.scalars(select(OutboxRow.lease)))
                    end_reading()
            finally:
                box.mood = "takes"
                stops[signal.SIGTERM](signal.SIGTERM, None)

        looking = threading.Thread(target=look)
        looking.start()
        worker.work(app)
        looking.join()
    assert len(seen) == 1
    assert seen[0] is not None, "the mail was still under way"
    with app.app_context():
        assert backlog() == {"waiting": 0, "parked": 0}, "the mail under way was finished first"
        end_reading()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_what_is_due_is_public_in_time_though_a_worker_is_killed(tmp_path: Path, database_url: str) -> None:
    """Two workers, one killed; on SQLite another program holds the file for a while."""
    token = open_for_business(tmp_path, database_url)
    with serving(tmp_path, database_url) as server:
        second = subprocess.Popen([sys.executable, "-m", "nejat_cms", "worker"], env=shell(tmp_path, database_url))
        try:
            first = server.children()["job"]
            eventually(lambda: hears_term(first) and hears_term(second.pid))
            client = Client(server.port, token)
            for number in range(4):
                new = {"kind": "article", "locale": "en", "title": f"Number {number}"}
                made = client.ask("POST", "/v1/manage/articles", new)
                path = f"/v1/manage/articles/{made.data['article']}/variants/en/schedule"
                plan = {"publish_at": at(seconds=2)}
                assert client.ask("POST", path, plan, If_Match=made.headers["ETag"]).status == 200
            due = time.monotonic() + 2
            os.kill(first, signal.SIGKILL)
            if not database_url:
                time.sleep(1.5)
                other = sqlite3.connect(tmp_path / "nejat.sqlite3", isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                time.sleep(1.5)
                other.close()
            reader = Client(server.port)
            eventually(lambda: len(reader.ask("GET", "/v1/en/articles").data) == 4)
            assert time.monotonic() < due + 5
            second.terminate()
            assert second.wait(20) == 0
        finally:
            second.kill()
            second.wait()
    assert broken_invariants(settings_in(tmp_path, database_url).database_url) == []


def hears_term(pid: int) -> bool:
    """Whether the process has got as far as to answer TERM by itself."""
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)
