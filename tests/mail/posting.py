"""Mails that are promised, and the worker's turn."""

from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select

from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.events import OutboxRow, backlog, drain
from nejat_cms.mail import send_letter

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
