"""Mail leaves after the commit, at least once, in one language, to one person, and nothing of it is kept."""

import logging
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select

from nejat_cms import log, mail
from nejat_cms.db import atomic, db, end_reading, new_id, utc_now
from nejat_cms.events import LEASE, MAX_ATTEMPTS, OutboxRow, backlog, drain
from nejat_cms.health import examine
from nejat_cms.mail import Mail, build, send_letter
from nejat_cms.settings import Settings, SettingsError
from tests.factories import make_user
from tests.mailbox import SENDER, Mailbox, Mood, mailbox, send_by
from tests.servers import eventually, free_port, house_over, shell

ALLOWED = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
}
WORDS = {
    "en": ("The lighthouse", "It is lit.\n"),
    "ar": ("المنارة", "أُضيئت المنارة.\n"),
    "fa": ("فانوس دریایی", "فانوس‌ها روشن می‌شوند.\n"),
    "sq": ("Feneri çelë", "Është ndezur çdo natë.\n"),
}


@pytest.fixture(autouse=True)
def open_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters whose words are told when they are promised."""
    monkeypatch.setitem(mail._writers, "tests.open", lambda _name, content: Mail(**content))


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with mailbox() as box:
        send_by(app, monkeypatch, box.url)
        yield box


def put(app: Flask, to: str = "reader@example.org", subject: str = "Hello", text: str = "Text", **more: Any) -> bool:
    """Promise a mail, in an action of its own."""
    with app.app_context():
        return atomic(send_letter)("tests.open", to.casefold(), to=to, subject=subject, text=text, **more)


def after(app: Flask, seconds: float = 0) -> dict[str, int]:
    """What is left to do once the worker has had its turn, so many seconds from now."""
    with app.app_context(), time_machine.travel(utc_now() + timedelta(seconds=seconds)):
        drain()
        waiting = backlog()
        end_reading()
        return waiting


def rows(app: Flask) -> list[OutboxRow]:
    with app.app_context():
        found = list(db.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))
        db.session.expunge_all()
        end_reading()
        return found


# What arrives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_a_mail_arrives_once_and_right_in_every_language(app: Flask, box: Mailbox, locale: str) -> None:
    subject, text = WORDS[locale]
    assert put(app, "reader@example.org", subject, text, locale=locale)
    assert box.received == [], "nothing leaves before the worker's turn"
    assert after(app) == {"waiting": 0, "parked": 0}
    assert rows(app) == []
    ((sender, recipients, raw),) = box.received
    assert (sender, recipients) == ("news@example.org", ["reader@example.org"])
    assert raw.isascii()
    (arrived,) = box.mails
    assert (arrived["Subject"], box.texts) == (subject, [text.replace("\n", "\r\n")])
    assert (arrived["From"], arrived["To"]) == (SENDER, "reader@example.org")
    assert (arrived["Content-Language"], arrived["Auto-Submitted"]) == (locale, "auto-generated")
    assert arrived["Content-Type"] == 'text/plain; charset="utf-8"'
    assert after(app, 3600) == {"waiting": 0, "parked": 0}
    assert len(box.received) == 1


def test_a_mail_has_these_headers_and_no_others(app: Flask, box: Mailbox) -> None:
    put(app)
    put(app, reply_to="writer@example.org")
    after(app)
    plain, answered = box.mails
    seen = {"X-Peer", "X-MailFrom", "X-RcptTo"}
    assert set(plain.keys()) - seen == ALLOWED
    assert len(plain.keys()) == len(set(plain.keys()))
    assert set(answered.keys()) - seen == ALLOWED | {"Reply-To"}
    assert answered["Reply-To"] == "writer@example.org"
    assert plain["Message-ID"] != answered["Message-ID"]
    assert plain["Message-ID"].endswith("@example.org>")


def test_who_has_a_name_in_another_script_is_answered_where_that_can_be_said(app: Flask, box: Mailbox) -> None:
    put(app, reply_to="writer@bücher.example")
    put(app, reply_to="نویسنده@example.org")
    assert after(app) == {"waiting": 0, "parked": 0}
    assert [arrived["Reply-To"] for arrived in box.mails] == ["writer@xn--bcher-kva.example", None]


@pytest.mark.parametrize("letter", ["\r", "\n", "\r\nBcc: all@example.org", "\0", "\u2028", "\u2029", "\u0085", "\x1b"])
@pytest.mark.parametrize("where", ["to", "subject", "reply_to", "locale"])
def test_nothing_makes_a_second_header(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch, letter: str, where: str
) -> None:
    values = {"to": "a@example.org", "subject": "Hello", "reply_to": "b@example.org", "locale": "en"}
    hostile = Mail(**{"text": "Text"} | values | {where: values[where] + letter})
    monkeypatch.setitem(mail._writers, "tests.open", lambda _name, _content: hostile)
    put(app)
    assert after(app) == {"waiting": 0, "parked": int(where != "reply_to")}, "nobody could be answered there anyway"
    assert [arrived.get_all("Reply-To") for arrived in box.mails] == [None] * int(where == "reply_to")
    assert not any("all@example.org" in str(raw) + str(to) for _, to, raw in box.received)


@pytest.mark.parametrize(
    "to", ["a", "@example.org", "a@", "a@example.org,b@example.org", "A <a@example.org>", "a b@example.org", "a@b@c.d"]
)
def test_a_mail_goes_to_one_address(app: Flask, box: Mailbox, to: str) -> None:
    put(app, to)
    assert after(app) == {"waiting": 0, "parked": 1}
    assert box.received == []


def test_what_looks_like_a_template_stays_what_it_is(app: Flask, box: Mailbox) -> None:
    odd = "{{7*7}} %(x)s {0.__class__} <b>&amp;</b> =?utf-8?q?=42?="
    put(app, subject=odd, text=f"{odd}\n.\nend\n")
    after(app)
    assert box.texts == [f"{odd}\r\n.\r\nend\r\n"]
    assert "49" not in box.mails[0]["Subject"]
    assert box.mails[0]["Subject"].startswith("{{7*7}} %(x)s {0.__class__} <b>&amp;</b>")


def test_an_address_in_another_script_is_reached(app: Flask, box: Mailbox) -> None:
    put(app, "reader@bücher.example")
    put(app, "reader@straße.example", reply_to="writer@βόλος.example")
    after(app)
    (_, first, _), (_, second, _) = box.received
    assert first == ["reader@xn--bcher-kva.example"]
    assert second == ["reader@xn--strae-oqa.example"], "strasse.example is somebody else's"
    assert box.mails[1]["Reply-To"] == "writer@xn--nxasmm1c.example"


@pytest.mark.parametrize("utf8", [True, False])
def test_a_name_in_another_script_needs_a_server_that_takes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, utf8: bool
) -> None:
    with mailbox(utf8=utf8) as box:
        send_by(app, monkeypatch, box.url)
        put(app, "خواننده@example.org")
        assert after(app) == {"waiting": 0, "parked": int(not utf8)}
        assert [recipients for _, recipients, _ in box.received] == ([["خواننده@example.org"]] if utf8 else [])


# When the server does not take it -------------------------------------------------------------


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


# What is promised and what is not -------------------------------------------------------------


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


# Settings -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What the environment says of mail, and whether that will do."""

    url: str
    sender: str
    fine: bool


@pytest.mark.parametrize(
    "said",
    [
        Said("smtp://localhost", SENDER, True),
        Said("smtp://me:p%40ss@mail.example:587", "news@example.org", True),
        Said("smtps://me:pass@mail.example", "تحریریه <news@example.org>", True),
        Said("smtp://mail.example?starttls=never", SENDER, True),
        Said("smtp://me:pass@mail.example?starttls=never", SENDER, False),
        Said("smtp://mail.example?starttls=perhaps", SENDER, False),
        Said("smtps://mail.example?starttls=required", SENDER, False),
        Said("https://mail.example", SENDER, False),
        Said("smtp://mail.example:port", SENDER, False),
        Said("smtp://mail.example", "", False),
        Said("", SENDER, False),
        Said("smtp://mail.example", "Newsroom", False),
        Said("smtp://mail.example", "a@example.org\nBcc: b@example.org", False),
        Said("smtp://mail.example", "a@example.org, b@example.org", False),
        Said("smtp://mail.example", "Newsroom <news@example..org>", False),
    ],
)
def test_settings_of_mail_are_checked_before_anything_runs(tmp_path: Path, said: Said) -> None:
    environ = {"NEJAT_DATA_DIR": str(tmp_path), "NEJAT_SMTP_URL": said.url, "NEJAT_MAIL_FROM": said.sender}
    if said.fine:
        settings = Settings.from_env(environ)
        assert said.url not in repr(settings)
        build(Mail("reader@example.org", "Hello", "Text"), settings.mail_from, new_id())
    else:
        with pytest.raises(SettingsError, match=r"NEJAT_(SMTP_URL|MAIL_FROM): "):
            Settings.from_env(environ)


@pytest.mark.parametrize(("password", "right"), [("opensesame", True), ("closed", False)])
def test_a_password_is_used_and_told_to_nobody(
    app: Flask,
    box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    password: str,
    right: bool,
) -> None:
    send_by(app, monkeypatch, f"smtp://me:{password}@127.0.0.1:{box.port}")
    caplog.set_level(logging.DEBUG)
    put(app)
    assert after(app) == {"waiting": int(not right), "parked": 0}
    assert box.logins[0] == (b"me", password.encode())
    assert password not in caplog.text + str([row.last_error for row in rows(app)])
    with app.app_context():
        (finding,) = [finding for finding in examine(asking_others=True) if finding.name == "mail server"]
    assert finding.fine is right
    assert password not in finding.words


def test_encryption_is_asked_for_and_not_given_up(app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    send_by(app, monkeypatch, f"smtp://me:opensesame@127.0.0.1:{box.port}?starttls=required")
    put(app)
    assert after(app) == {"waiting": 1, "parked": 0}
    assert (box.logins, box.received) == ([], [])


def test_a_traceback_on_a_terminal_shows_no_values(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    log.configure(Settings(data_dir=tmp_path, log_format="text"))
    try:
        _fail_with("open" + "sesame")
    except ValueError:
        structlog.get_logger("tests").exception("failed")
    finally:
        logging.getLogger().handlers = handlers
        logging.getLogger().setLevel(level)
        log.configure(Settings(data_dir=tmp_path, log_level="error"))
    shown = capsys.readouterr().err
    assert "_fail_with" in shown
    assert "opensesame" not in shown


def _fail_with(secret: str) -> None:
    raise ValueError(len(secret))


@dataclass(frozen=True)
class Certified:
    """What a server shows that is called `localhost`, and whom one must believe to take it for that."""

    shown: ssl.SSLContext
    authority: Path


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("certificate")
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = utc_now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(folder / "certificate", folder / "key")
    return Certified(shown, folder / "certificate")


@pytest.mark.parametrize("how", ["starttls", "tls"])
@pytest.mark.parametrize("believed", [True, False])
def test_a_server_is_spoken_to_in_private_once_it_has_shown_who_it_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch, certified: Certified, how: str, believed: bool
) -> None:
    if believed:
        monkeypatch.setenv("SSL_CERT_FILE", str(certified.authority))
    with mailbox(**{how: certified.shown}) as box:  # type: ignore[arg-type]
        address = f"me:opensesame@localhost:{box.port}"
        url = f"smtps://{address}" if how == "tls" else f"smtp://{address}?starttls=required"
        send_by(app, monkeypatch, url)
        put(app)
        assert after(app) == {"waiting": int(not believed), "parked": 0}
        assert len(box.received) == int(believed)
        assert box.logins == ([(b"me", b"opensesame")] if believed else [])
