"""A real SMTP server for tests: it takes mail, refuses it, has it come again, says nothing, or hangs up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from flask import Flask

from tests.servers import free_port

Mood = Literal["takes", "refuses", "later", "stalls", "hangs up", "hangs up after"]
SENDER = "Newsroom <news@example.org>"


@dataclass
class Mailbox:
    """What arrived, and how the server treats what comes next."""

    port: int = field(default_factory=free_port)
    mood: Mood = "takes"
    received: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    asked: int = 0
    """How often somebody wanted to hand over a mail."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.SMTP) for *_, raw in self.received]

    @property
    def texts(self) -> list[str]:
        return [str(mail.get_content()) for mail in self.mails]

    async def handle_RCPT(  # noqa: N802  as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        if self.mood in ("refuses", "later"):
            return f"{550 if self.mood == 'refuses' else 451} <{address}> will have no mail"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.mood == "stalls":
            while self.mood == "stalls":
                await asyncio.sleep(0.01)
        elif self.mood == "hangs up":
            server.transport.abort()
            return "421 gone"
        self.received.append((str(envelope.mail_from), list(envelope.rcpt_tos), envelope.original_content or b""))
        if self.mood == "hangs up after":
            server.transport.abort()
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"opensesame", handled=False)


@contextmanager
def mailbox(*, utf8: bool = False) -> Iterator[Mailbox]:
    """A server on a port of its own, until the end."""
    box = Mailbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        enable_SMTPUTF8=utf8,
        authenticator=box.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield box
    finally:
        box.mood = "takes"
        controller.stop()


def send_by(app: Flask, patch: pytest.MonkeyPatch, url: str, **more: Any) -> None:
    """Have the house send its mail through this server."""
    said = {"smtp_url": url, "mail_from": SENDER, "newsroom_url": "https://newsroom.example"} | more
    patch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], **said))
