"""A server that is away, refuses, breaks off, dawdles: mail comes at least once, and holds up no other."""

import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from nejat_cms import mail
from nejat_cms.db import atomic, db, utc_now
from nejat_cms.events import LEASE, MAX_ATTEMPTS, OutboxRow
from nejat_cms.health import examine
from tests.factories import make_user
from tests.mail.posting import after, put, rows
from tests.mailbox import SENDER, Mailbox, Mood, mailbox, send_by
from tests.servers import eventually, free_port, house_over, shell


def test_mail_waits_for_a_server_that_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    send_by(app, monkeypatch, f"smtp://127.0.0.1:{free_port()}")
    assert put(app)
    assert after(app) == {"waiting": 1, "parked": 0}
    (row,) = rows(app)
    assert row.last_error is not None
    assert "reader" not in row.last_error
    with mailbox() as box:
        send_by(app, monkeypatch, box.url)
        assert after(app, 60) == {"waiting": 0, "parked": 0}
        assert len(box.received) == 1


def test_mail_is_given_up_after_ten_tries_and_the_doctor_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    send_by(app, monkeypatch, f"smtp://127.0.0.1:{free_port()}")
    put(app)
    hours = [after(app, 3600 * 2 * number) for number in range(MAX_ATTEMPTS)]
    assert hours == [{"waiting": 1, "parked": 0}] * (MAX_ATTEMPTS - 1) + [{"waiting": 0, "parked": 1}]
    with app.app_context():
        found = {finding.name: finding for finding in examine(asking_others=True)}
        assert not found["outbox"].fine
        assert not found["mail server"].fine
        assert not found["mail server"].vital
    with app.app_context(), time_machine.travel(utc_now() + timedelta(days=9)):
        mail.forget_given_up()
    assert rows(app) == [], "a text that nobody gets is not kept for good"


@pytest.mark.parametrize(
    ("mood", "left"), [("refuses", {"waiting": 0, "parked": 1}), ("later", {"waiting": 1, "parked": 0})]
)
def test_a_mail_that_is_refused_keeps_no_other_waiting(
    app: Flask, box: Mailbox, mood: Mood, left: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    box.mood = mood
    put(app, "nobody@example.org")
    put(app, "somebody@example.org")
    first, second = rows(app)
    after(app)
    assert box.asked == 2
    box.mood = "takes"
    with app.app_context():
        atomic(lambda: db.session.delete(db.session.get(OutboxRow, second.id)))()
    assert put(app, "somebody@example.org")
    assert after(app) == left
    assert [recipients for _, recipients, _ in box.received] == [["somebody@example.org"]]
    assert "nobody@" not in caplog.text + str([row.last_error for row in rows(app)])
    assert {row.id for row in rows(app)} == {first.id}


@pytest.mark.parametrize("mood", ["hangs up", "hangs up after"])
def test_a_mail_whose_conversation_breaks_comes_again_under_the_same_name(app: Flask, box: Mailbox, mood: Mood) -> None:
    box.mood = mood
    put(app)
    assert after(app) == {"waiting": 1, "parked": 0}
    box.mood = "takes"
    assert after(app, 60) == {"waiting": 0, "parked": 0}
    assert len(box.received) == (1 if mood == "hangs up" else 2)
    assert len({arrived["Message-ID"] for arrived in box.mails}) == 1


def test_a_mail_that_breaks_every_conversation_holds_up_no_other_for_long(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server hangs up on two of them, time after time, and takes all others."""
    hand_over = mail._hand_over

    def break_off(server: Any, message: Any, to: str, sender: str) -> None:
        if to.startswith("poison"):
            raise smtplib.SMTPServerDisconnected
        hand_over(server, message, to, sender)

    monkeypatch.setattr(mail, "_hand_over", break_off)
    start = utc_now()
    for number in range(2):
        put(app, f"poison{number}@example.org")
    for minute in range(6):
        with time_machine.travel(start + timedelta(minutes=minute)):
            put(app, f"reader{minute}@example.org")
            after(app)
            after(app, 2)
            after(app, 4)
        assert len(box.received) == minute + 1
    assert [to for _, to, _ in box.received] == [[f"reader{minute}@example.org"] for minute in range(6)]


def test_a_server_that_is_away_for_long_loses_no_mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits as after failures of its own: none is tried more often because others wait too."""
    send_by(app, monkeypatch, f"smtp://127.0.0.1:{free_port()}")
    start = utc_now()
    for number in range(3):
        put(app, f"reader{number}@example.org")
    for seconds in range(0, 600, 5):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert after(app) == {"waiting": 3, "parked": 0}
    attempts = [row.attempts for row in rows(app)]
    assert max(attempts) - min(attempts) <= 1
    with mailbox() as box:
        send_by(app, monkeypatch, box.url)
        assert after(app, 3600) == {"waiting": 0, "parked": 0}
        assert len(box.received) == 3


def test_a_worker_that_dies_sends_it_again_under_the_same_name(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies once the server took the mail, before the row is gone: nothing but the lease is left of it."""

    def die(_server: Any) -> None:
        raise SystemExit

    put(app)
    with monkeypatch.context() as dying:
        dying.setattr(mail.smtplib.SMTP, "quit", die)  # type: ignore[attr-defined]
        with pytest.raises(SystemExit):
            after(app)
    assert len(box.received) == 1
    assert after(app, 10) == {"waiting": 1, "parked": 0}
    assert after(app, LEASE.total_seconds() + 1) == {"waiting": 0, "parked": 0}
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_worker_that_is_killed_in_the_middle_loses_no_mail(tmp_path: Path, database_url: str) -> None:
    """The server has the whole mail and has not yet said yes. Half a minute of patience later the worker would know."""
    with mailbox() as box, house_over(tmp_path, database_url) as house, pytest.MonkeyPatch.context() as patch:
        send_by(house, patch, box.url)
        make_user(house, "admin", email="mina@example.org", password="correct horse battery")
        assert house.test_client().post("/v1/auth/forgotten", json={"email": "mina@example.org"}).status_code == 202
        box.mood = "stalls"
        told = {"NEJAT_SMTP_URL": box.url, "NEJAT_MAIL_FROM": SENDER}
        words = [sys.executable, "-m", "nejat_cms", "worker"]
        worker = subprocess.Popen(words, env=shell(tmp_path, database_url, told), stderr=subprocess.DEVNULL)
        try:
            eventually(lambda: box.received)
        finally:
            worker.kill()
            worker.wait()
        box.mood = "takes"
        assert after(house) == {"waiting": 1, "parked": 0}
        assert after(house, LEASE.total_seconds() + 1) == {"waiting": 0, "parked": 0}
        assert rows(house) == []
        assert len(box.received) == 2
        assert len({arrived["Message-ID"] for arrived in box.mails}) == 1


def test_a_server_that_says_nothing_holds_up_little(app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.2)
    box.mood = "stalls"
    for _ in range(3):
        put(app)
    assert after(app) == {"waiting": 3, "parked": 0}
    assert box.asked == 1, "one of them waited in vain, the others a moment"
    box.mood = "takes"
    assert after(app, 60) == {"waiting": 0, "parked": 0}


@contextmanager
def trickling() -> Iterator[int]:
    """A server that sends a byte now and then, and never a whole line."""
    stop = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(0.02):
                try:
                    connection.send(b"2")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=[listener], daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            thread.join()


def test_a_server_that_dribbles_is_cut_off(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "CONVERSATION", 0.3)
    with trickling() as port:
        send_by(app, monkeypatch, f"smtp://127.0.0.1:{port}")
        put(app)
        assert after(app) == {"waiting": 1, "parked": 0}
    assert rows(app)[0].last_error
