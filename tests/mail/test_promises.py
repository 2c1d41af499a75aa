"""Mail leaves after the commit or not at all, is bounded, and nothing of it is kept."""

from typing import Any

import pytest
from flask import Flask

from nejat_cms import mail
from nejat_cms.db import atomic
from nejat_cms.health import examine
from nejat_cms.mail import Mail, send_letter
from tests.mail.posting import after, put, rows
from tests.mailbox import Mailbox, send_by


def test_an_action_that_fails_sends_nothing(app: Flask, box: Mailbox) -> None:
    def fail() -> None:
        send_letter("tests.open", "reader@example.org", to="reader@example.org", subject="Hello", text="Text")
        raise KeyError("no")

    with app.app_context(), pytest.raises(KeyError):
        atomic(fail)()
    assert rows(app) == []
    after(app)
    assert box.received == []


def test_a_house_without_a_server_promises_nothing(app: Flask) -> None:
    assert not put(app)
    assert rows(app) == []
    with app.app_context():
        (finding,) = [finding for finding in examine() if finding.name == "mail"]
    assert finding.fine
    assert "NEJAT_SMTP_URL" in finding.words


def test_the_queue_is_bounded_for_one_and_for_all(app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "WAITING_PER_RECIPIENT", 3)
    monkeypatch.setattr(mail, "WAITING_IN_ALL", 5)
    assert [put(app, "Reader@example.org") for _ in range(4)] == [True, True, True, False]
    assert not put(app, "reader@example.org"), "another spelling is the same recipient"
    assert [put(app, f"{number}@example.org") for number in range(3)] == [True, True, False]
    after(app)
    assert len(box.received) == 5
    assert put(app, "reader@example.org")


def test_mails_that_were_given_up_leave_room_for_others(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "WAITING_IN_ALL", 2)
    box.mood = "refuses"
    assert [put(app, f"{number}@example.org") for number in range(3)] == [True, True, False]
    assert after(app) == {"waiting": 0, "parked": 2}
    box.mood = "takes"
    assert put(app)
    assert after(app) == {"waiting": 0, "parked": 2}
    assert [recipients for _, recipients, _ in box.received] == [["reader@example.org"]]


def test_a_letter_is_written_when_its_turn_comes(app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {"still": True}

    def write(name: Any, content: dict[str, Any]) -> Mail | None:
        return Mail("reader@example.org", "Secret", f"The secret {content['of']}") if wanted["still"] else None

    monkeypatch.setitem(mail._writers, "tests.secret", write)
    for still in (True, False):
        wanted["still"] = still
        with app.app_context():
            assert atomic(send_letter)("tests.secret", "a digest", of="garden")
        assert "The secret" not in str(rows(app)[0].payload)
        assert after(app) == {"waiting": 0, "parked": 0}
    assert box.texts == ["The secret garden\r\n"]


def test_a_letter_that_nobody_writes_is_a_mistake_of_ours(app: Flask, box: Mailbox) -> None:
    with app.app_context(), pytest.raises(ValueError, match="nobody writes"):
        atomic(send_letter)("tests.nothing", "a digest")
    assert rows(app) == []


def test_what_was_promised_waits_while_mail_is_turned_off(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as if its server were away; then it is given up, and the doctor says so."""
    put(app)
    with monkeypatch.context() as off:
        send_by(app, off, "")
        assert after(app) == {"waiting": 1, "parked": 0}
    assert box.received == []
    assert after(app, 60) == {"waiting": 0, "parked": 0}
    assert len(box.received) == 1
