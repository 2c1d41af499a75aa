"""Messages to an edition: kept, mailed to one address, and to no other."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from nejat_cms.community import rules
from nejat_cms.community.models import ContactMessage
from nejat_cms.db import db, end_reading
from nejat_cms.editions.actions import update_edition
from nejat_cms.editions.queries import get_edition
from nejat_cms.events import OutboxRow, drain
from nejat_cms.mail import SUBJECT_MAX
from nejat_cms.permissions import SYSTEM
from tests.community.forum import Forum, spent
from tests.factories import database_digest
from tests.mailbox import SENDER, mailbox, send_by
from tests.newsroom import data

DESK = "desk@paper.example"
HEADERS = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Content-Language",
}  # fmt: skip


def answer_at(app: Flask, locale: str, address: str | None) -> None:
    with app.app_context():
        version = get_edition(locale).version
        end_reading()
        update_edition(SYSTEM, locale, version=version, contact_email=address)


def sent(app: Flask) -> None:
    with app.app_context():
        drain()


def messages(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(ContactMessage)) or 0
        end_reading()
        return count


def test_a_message_is_kept_for_who_answers_it(forum: Forum) -> None:
    answer = forum.write("When do you open?\n\nThank you.", subject=" Opening  hours ", email="mina@example.org")
    assert answer.status_code == 202
    assert answer.json == {"data": {"message": "Thank you. Your message has been received."}}
    assert answer.headers["Cache-Control"] == "no-store"
    (row,) = data(forum.desk.call("GET", "/contact", expect=200))
    assert {name: row[name] for name in ("locale", "status", "name", "email", "subject", "text", "at")} == {
        "locale": "en",
        "status": "new",
        "name": "Reader",
        "email": "mina@example.org",
        "subject": "Opening hours",
        "text": "When do you open?\n\nThank you.",
        "at": "2031-05-01T12:00:05Z",
    }


def test_it_is_mailed_to_its_edition_and_nobody_else(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        forum.write("<b>When</b> do you open?", name="Mina K.", email="mina@example.org", subject="پرسش & <i>more</i>")
        forum.write("To Farsi, which has no address.", "fa")
        sent(forum.app)
        assert [to for _, to, _ in box.received] == [[DESK]]
        (mail,) = box.mails
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS), "each header once"
    assert mail["From"] == SENDER
    assert mail["To"] == DESK
    assert mail["Reply-To"] == "mina@example.org"
    assert mail["Subject"] == "[English] پرسش & <i>more</i>"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == "Mina K. <mina@example.org>\n\n<b>When</b> do you open?\n"


LINE_ENDS = ("\r\n", "\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c")
INJECTED = [f"x{end}Bcc: evil@example.org" for end in LINE_ENDS]


@pytest.mark.parametrize("field", ["name", "email", "subject"])
def test_no_field_makes_a_header(forum: Forum, field: str) -> None:
    for injected in INJECTED:
        value = f"a@example.org{injected}" if field == "email" else injected
        form = forum.form("/v1/en/contact")
        code = "invalid" if field == "email" else "characters"
        refused = partial(forum.write, form=form, **{field: value})
        forum.refused(refused, status=422, code=code, at=f"/{field}")
    assert messages(forum.app) == 0


@pytest.mark.parametrize(
    ("email", "reply_to"),
    [
        ("mina@example.org", "mina@example.org"),
        ("mina@münchen.example", "mina@xn--mnchen-3ya.example"),
        ("مینا@example.org", None),
    ],
)
def test_a_strange_address_keeps_no_mail_from_arriving(
    forum: Forum, monkeypatch: pytest.MonkeyPatch, email: str, reply_to: str | None
) -> None:
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        text = "Bcc: evil@example.org\n\n.\nQUIT\nRCPT TO:<evil@example.org>"
        assert forum.write(text, email=email, subject="To: evil@example.org, " * 9).status_code == 202
        sent(forum.app)
        assert [to for _, to, _ in box.received] == [[DESK]]
        (mail,) = box.mails
    assert mail["Reply-To"] == reply_to
    assert mail["Bcc"] is None
    assert email in mail.get_content()
    assert text in mail.get_content().replace("\r\n", "\n")
    assert len(str(mail["Subject"])) <= SUBJECT_MAX


def test_what_is_erased_or_held_is_not_mailed(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        forum.write("http://a http://b http://c")
        assert forum.newest_message().status == "spam"
        forum.write("Gone before it is sent.")
        path = f"/contact/{forum.newest_message().id}"
        etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
        forum.desk.call("DELETE", path, if_match=etag, expect=204)
        sent(forum.app)
        assert box.received == []


def test_what_one_sender_repeats_within_a_day_is_kept_and_held(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        for text in ("Where are you?", "  WHERE are you?"):
            assert forum.write(text).status_code == 202
        sent(forum.app)
        assert len(box.received) == 1
    assert messages(forum.app) == 2
    assert (forum.newest_message().status, forum.newest_message().held_for) == ("spam", ["repeated"])
    for changes in ({"subject": "Another question"}, {"locale": "fa"}):
        forum.write("Where are you?", **changes)
        assert forum.newest_message().status == "new"
    forum.clock.shift(timedelta(hours=24))
    forum.write("Where are you?")
    assert forum.newest_message().status == "new"


def test_what_two_people_write_alike_is_mailed_twice(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a moderator took the first for spam."""
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        for number in range(3):
            forum.write("Please subscribe me, from the first of next month on.", email=f"mina{number}@example.org")
            sent(forum.app)
            if number == 0:
                step(forum, "spam")
        assert [mail["Reply-To"] for mail in box.mails] == [f"mina{number}@example.org" for number in range(3)]


def step(forum: Forum, name: str) -> None:
    path = f"/contact/{forum.newest_message().id}"
    etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
    forum.desk.call("POST", f"{path}/{name}", {}, if_match=etag, expect=200)


def test_what_was_no_spam_is_mailed_once_it_is_open(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_at(forum.app, "en", DESK)
    with mailbox() as box:
        send_by(forum.app, monkeypatch, box.url)
        forum.write("http://a http://b http://c", email="mina@example.org")
        sent(forum.app)
        assert box.received == []
        step(forum, "reopen")
        sent(forum.app)
        step(forum, "answer")
        step(forum, "reopen")
        sent(forum.app)
        assert [mail["Reply-To"] for mail in box.mails] == ["mina@example.org"]


def test_an_edition_takes_sixty_messages_an_hour(forum: Forum) -> None:
    spent(forum.app, "message", "en", rules.PER_EDITION, 59)
    assert forum.write("The sixtieth.").status_code == 202
    assert forum.write("One more.").status_code == 429
    assert forum.write("Elsewhere.", "fa").status_code == 202


def test_a_flood_ends(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    """From one address after five; from many after what an edition takes in an hour; mail stays behind that."""
    answer_at(forum.app, "en", DESK)
    send_by(forum.app, monkeypatch, "smtp://127.0.0.1:9")
    monkeypatch.setattr(rules, "PER_EDITION", rules.Limit(25, timedelta(hours=1)))
    for number in range(5):
        assert forum.write(f"Number {number}", host="203.0.113.7").status_code == 202
    assert forum.write("One more", host="203.0.113.7").status_code == 429
    for number in range(20):
        assert forum.write(f"Another {number}").status_code == 202
    form = forum.form("/v1/en/contact")
    before = database_digest(forum.app)
    refused = forum.write("One more", form=form)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 3000
    assert database_digest(forum.app) == before
    assert messages(forum.app) == 25
    with forum.app.app_context():
        waiting = db.session.scalar(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.handler == "mail.deliver")
        )
    assert waiting == 20


@pytest.mark.parametrize("more", [{"to": "a@b.c"}, {"bcc": "a@b.c"}, {"status": "answered"}, {"user_id": 1}])
def test_nothing_else_can_be_said(forum: Forum, more: dict[str, Any]) -> None:
    form = forum.form("/v1/en/contact")
    (name,) = more
    forum.refused(partial(forum.write, form=form, **more), status=422, code="unknown_field", at=f"/{name}")


def test_an_edition_that_was_written_to_is_not_empty(forum: Forum) -> None:
    forum.write("Hello.", "sq")
    etag = forum.desk.call("GET", "/editions/sq", expect=200).headers["ETag"]
    forum.desk.refused("DELETE", "/editions/sq", if_match=etag, status=409, code="conflict")
    etag = forum.desk.call("GET", "/editions/ar", expect=200).headers["ETag"]
    forum.desk.call("DELETE", "/editions/ar", if_match=etag, expect=204)


def test_an_edition_that_is_disabled_takes_nothing(forum: Forum) -> None:
    form = forum.form("/v1/sq/contact")
    etag = forum.desk.call("GET", "/editions/sq", expect=200).headers["ETag"]
    forum.desk.call("PATCH", "/editions/sq", {"enabled": False}, if_match=etag, expect=200)
    forum.read("/v1/sq/contact", expect=404)
    forum.refused(partial(forum.write, "Hello.", "sq", form=form), status=404, code="not_found")
