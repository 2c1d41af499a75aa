"""Mail: put into the outbox by an action, sent by the worker, kept nowhere afterwards.

    action ── send_letter("accounts.reset", …) ──▶ an outbox row with ids alone, in the action's transaction
    worker ── deliver() ──▶ the registered writer makes the mail now, or says that it is not needed any more
                        └─▶ one SMTP conversation of half a minute at most; the row goes once the server took the mail

At least once: who is killed between the server's yes and the row's end sends it again, under the same
`Message-ID`. A server that is away keeps all mail waiting, and nothing else; a mail that it refuses
concerns that mail alone. Addresses, subjects and texts are in no log and in no error.
"""

import contextlib
import smtplib
import socket
import ssl
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import and_, delete, func, select

from nejat_cms.db import affected, atomic, db, end_reading, new_id, utc_now
from nejat_cms.events import Event, OutboxRow, RefusedError, emit, every, later
from nejat_cms.language.addresses import mail_route
from nejat_cms.settings import Settings

PATIENCE = 10.0
"""Seconds that the server has for any one answer."""
CONVERSATION = 30.0
"""Seconds for the whole of it; well below the lease of an outbox row."""
WAITING_PER_RECIPIENT = 20
WAITING_IN_ALL = 5_000
KEPT_IN_VAIN = timedelta(days=7)
"""How long a mail that was given up waits for `nejat worker --retry-parked`."""
SUBJECT_MAX = 300
HANDLER = "mail.deliver"
UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that end a header line, or are taken to by somebody: CR, LF, NUL, U+0085, U+2028 …"""
POLICY = policy.SMTP.clone(cte_type="7bit")
"""Lines end in CRLF, and whatever is not ASCII is encoded: not every server passes on eight bits."""


@dataclass(frozen=True)
class Mail:
    """One mail to one person. `text` is plain; `locale` is the language it is in."""

    to: str
    subject: str
    text: str = field(repr=False)
    locale: str = "en"
    reply_to: str | None = None


@dataclass(frozen=True)
class MailPromised(Event):
    """A mail is to be sent; whoever registered for `letter` writes it when its turn comes."""

    id: UUID
    recipient: str
    """Whom it counts for; an address, or a digest of one."""
    letter: str
    content: dict[str, Any]


Writer = Callable[[UUID, dict[str, Any]], Mail | None]
_writers: dict[str, Writer] = {}


def letter(name: str) -> Callable[[Writer], Writer]:
    """Register who writes letters of this name.

    It is called by the worker, outside any transaction, with the id of the letter (the same for
    each try) and what was said of it. None: nobody needs this letter any more.
    """

    def register(writer: Writer) -> Writer:
        _writers[name] = writer
        return writer

    return register


def is_on() -> bool:
    """Whether this house sends mail at all."""
    return bool(_settings().smtp_url)


def send_letter(name: str, recipient: str, **content: Any) -> bool:
    """Promise a letter inside an action: it leaves after the commit, or not at all.

    Its writer makes it when its turn comes, so that no secret lies in the outbox. `recipient`: whom it counts
    for, an address or a digest of it. `content`: JSON values.

    False, and nothing is promised: no mail is sent by this house, or too many wait already, for this recipient
    or in all. Two who count at the same instant may each add theirs: the bounds are for floods, not exact.
    """
    if name not in _writers:
        raise ValueError(f"nobody writes {name}")
    his = OutboxRow.payload["recipient"].as_string() == recipient
    waiting = and_(OutboxRow.handler == HANDLER, OutboxRow.parked_at.is_(None))
    in_all, for_him = db.session.execute(select(func.count(), func.count().filter(his)).where(waiting)).one()
    if not is_on() or in_all >= WAITING_IN_ALL or for_him >= WAITING_PER_RECIPIENT:
        return False
    emit(MailPromised(new_id(), recipient, name, content))
    return True


@later(MailPromised, outside=True)
def deliver(event: MailPromised) -> None:
    """Send one mail.

    Raises: MailServerError while the server is away, or the house has none; RefusedError for this mail alone.
    """
    if not is_on():
        raise MailServerError("mail is turned off, and this was promised before")
    mail = _writers[event.letter](event.id, event.content)
    end_reading()
    if mail is None:
        return
    settings = _settings()
    try:
        message = build(mail, settings.mail_from, event.id)
    except ValueError:
        raise RefusedError("the mail cannot be built", for_good=True) from None
    with _conversation(settings) as server:
        _hand_over(server, message, mail.to, settings.mail_from)


@every(hours=1)
def forget_given_up() -> None:
    """Remove mails that were given up a week ago: nobody will send them, and texts are not kept."""

    @atomic
    def run() -> None:
        old = OutboxRow.parked_at < utc_now() - KEPT_IN_VAIN
        affected(delete(OutboxRow).where(OutboxRow.handler == HANDLER, old))

    run()


# The message ----------------------------------------------------------------------------------


def is_line(text: str) -> bool:
    """Whether the text may stand in a header: nothing in it ends a line or is a control."""
    return not any(unicodedata.category(letter) in UNFIT for letter in text)


def _address(text: str, name: str = "") -> Address:
    """`local@domain`, the domain in ASCII: any server can route that.

    Raises: ValueError, in which the address is not named.
    """
    try:
        return Address(name, *mail_route(text))
    except ValueError:
        raise ValueError("not a mail address") from None


def build(mail: Mail, sender: str, name: UUID) -> EmailMessage:
    """The message as it goes over the wire; the same one for the same `name`, but for its date.

    Raises: ValueError where a header would hold what ends a line, or an address is none.
    """
    if not all(is_line(value) for value in (mail.to, mail.subject, mail.locale)):
        raise ValueError("a header is one line")
    sender_name, sender_address = parseaddr(sender)
    origin = _address(sender_address, sender_name)
    message = EmailMessage(POLICY)
    message["From"] = origin
    message["To"] = _address(mail.to)
    answers = _answers(mail)
    if answers is not None:
        message["Reply-To"] = answers
    message["Subject"] = mail.subject[:SUBJECT_MAX]
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{name}@{origin.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message["Content-Language"] = mail.locale  # afterwards: a new content ends the headers of the old
    return message


def _answers(mail: Mail) -> Address | None:
    """Where answers go, if that can be said in a header: what a stranger gave keeps no mail from arriving.

    Another name than an ASCII one has no form there but where the server speaks SMTPUTF8.
    """
    try:
        address = _address(mail.reply_to or "")
    except ValueError:
        return None
    return address if address.username.isascii() else None


# The conversation -----------------------------------------------------------------------------


class MailServerError(Exception):
    """The mail server does not answer, or will not have anything from this house."""


@contextmanager
def _conversation(settings: Settings) -> Iterator[smtplib.SMTP]:
    """An open, encrypted and authenticated conversation, cut off when it takes too long.

    Raises: MailServerError.
    """
    url = urlsplit(settings.smtp_url)
    host, options = url.hostname or "", parse_qs(url.query)
    encrypted = url.scheme == "smtps" or starttls_of(host, options) == "required"
    tls = ssl.create_default_context() if encrypted else None
    server: smtplib.SMTP = (
        smtplib.SMTP_SSL(timeout=PATIENCE, context=tls) if url.scheme == "smtps" else smtplib.SMTP(timeout=PATIENCE)
    )
    server._host = host  # type: ignore[attr-defined]  # the name that a certificate is held to; `connect` sets no such
    limit = threading.Timer(CONVERSATION, _cut, [server])
    limit.daemon = True
    limit.start()
    try:
        server.connect(host, url.port or (465 if url.scheme == "smtps" else 587))
        server.ehlo_or_helo_if_needed()
        if url.scheme == "smtp" and encrypted:
            server.starttls(context=tls)
            server.ehlo_or_helo_if_needed()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailServerError(_words(error)) from None
    finally:
        limit.cancel()
        server.close()


def starttls_of(host: str, options: dict[str, list[str]]) -> str:
    """`required` or `never`; on this very machine nobody listens in."""
    return options.get("starttls", ["never" if host in ("localhost", "127.0.0.1", "::1") else "required"])[0]


def _cut(server: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, AttributeError):
        server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def _hand_over(server: smtplib.SMTP, message: EmailMessage, to: str, sender: str) -> None:
    """Raises RefusedError where the server will not have this mail: for good (5xx), or now (4xx)."""
    recipient = _address(to).addr_spec
    origin = _address(parseaddr(sender)[1]).addr_spec
    try:
        server.send_message(message, origin, [recipient])
    except smtplib.SMTPNotSupportedError:
        raise RefusedError("the server takes no addresses beyond ASCII", for_good=True) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise RefusedError(_status(code), for_good=code >= 500) from None
    except smtplib.SMTPSenderRefused:
        raise
    except smtplib.SMTPDataError as error:
        raise RefusedError(_status(error.smtp_code), for_good=error.smtp_code >= 500) from None


def _words(error: Exception) -> str:
    """What went wrong, without a word of the server's, which may name addresses."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{type(error).__name__}, {_status(error.smtp_code)}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _status(code: int) -> str:
    return f"the server says {code}"


def try_server() -> str:
    """Greet the mail server as if to send something; what is wrong, or nothing.

    For `nejat doctor`.
    """
    try:
        with _conversation(_settings()):
            return ""
    except MailServerError as error:
        return str(error)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
