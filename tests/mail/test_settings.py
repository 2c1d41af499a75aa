"""Where mail is sent is checked before anything runs, in private, and its password is told to nobody."""

import logging
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from nejat_cms import log
from nejat_cms.db import new_id, utc_now
from nejat_cms.health import examine
from nejat_cms.mail import Mail, build
from nejat_cms.settings import Settings, SettingsError
from tests.mail.posting import after, put, rows
from tests.mailbox import SENDER, Mailbox, mailbox, send_by


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
