"""Readers who write, and a clock that moves: what a test needs sent, held and approved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from nejat_cms.community.actions.defence import count_sending
from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.rules import Limit
from nejat_cms.db import atomic, db, end_reading
from nejat_cms.editions.actions import update_edition
from nejat_cms.editions.queries import get_edition
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest
from tests.newsroom import Desk, data, desk_for, open_house, places_of

NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)
SLUG = "a-quiet-morning"


@dataclass
class Forum:
    """A house whose editions take comments, a text in one of them, somebody who moderates, and the clock."""

    app: Flask
    client: FlaskClient
    desk: Desk
    clock: time_machine.Traveller
    article: dict[str, Any]
    hosts: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def path(self) -> str:
        return f"/v1/en/articles/{self.article['slug']}/comments"

    def read(self, path: str | None = None, *, expect: int = 200) -> Any:
        answer = self.client.get(path or self.path)
        assert answer.status_code == expect, answer.text
        return answer.json

    def form(self, path: str | None = None) -> str:
        """A form that somebody had time to fill in."""
        form: str = self.read(path)["meta"]["form"]
        self.clock.shift(timedelta(seconds=5))
        return form

    def post(self, path: str, body: Mapping[str, Any], *, host: str | None = None, **header: str) -> TestResponse:
        """Send a body from an address of its own, if none is named."""
        number = next(self.hosts)
        address = host or f"198.51.{number // 250}.{number % 250}"
        sent = {name.replace("_", "-").title(): value for name, value in header.items()}
        return self.client.post(path, json=body, headers=sent, environ_base={"REMOTE_ADDR": address})

    def send(self, text: str = "Well said.", *, path: str | None = None, **changes: Any) -> TestResponse:
        """Send a comment as a reader would."""
        host = changes.pop("host", None)
        body = {"name": "Reader", "email": "reader@example.org", "text": text, **changes}
        body.setdefault("form", self.form(path) if "form" not in body else None)
        return self.post(path or self.path, body, host=host)

    def write(self, text: str = "Where can I subscribe?", locale: str = "en", **changes: Any) -> TestResponse:
        """Send a message as a reader would."""
        path, host = f"/v1/{locale}/contact", changes.pop("host", None)
        body = {"name": "Reader", "email": "reader@example.org", "subject": "A question", "text": text, **changes}
        if "form" not in body:
            body["form"] = self.form(path)
        return self.post(path, body, host=host)

    def refused(self, answer_to: Any, *, status: int, code: str, at: str | None = None) -> Any:
        """What is sent must be refused, and not one row may change."""
        before = database_digest(self.app)
        answer: TestResponse = answer_to()
        assert answer.status_code == status, answer.text
        problem = answer.json
        assert problem is not None
        assert (places_of(problem)[at] if at else problem["code"]) == code, problem
        assert database_digest(self.app) == before
        return problem

    def newest(self) -> Comment:
        comment: Comment = self._newest(Comment)
        return comment

    def newest_message(self) -> ContactMessage:
        message: ContactMessage = self._newest(ContactMessage)
        return message

    def _newest(self, model: Any) -> Any:
        with self.app.app_context():
            row = db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()
            db.session.expunge(row)
            end_reading()
            return row

    def approved(self, text: str = "Well said.", **changes: Any) -> str:
        """A comment that readers see; answers its id."""
        answer = self.send(text, **changes)
        assert answer.status_code == 202, answer.text
        comment = self.newest()
        self.step(comment.id, "approve")
        return str(comment.id)

    def step(self, comment_id: UUID | str, step: str, *, expect: int = 200) -> TestResponse:
        path = f"/comments/{comment_id}"
        etag = self.desk.call("GET", path, expect=200).headers["ETag"]
        return self.desk.call("POST", f"{path}/{step}", {}, if_match=etag, expect=expect)

    def erase(self, comment_id: UUID | str) -> None:
        path = f"/comments/{comment_id}"
        etag = self.desk.call("GET", path, expect=200).headers["ETag"]
        self.desk.call("DELETE", path, if_match=etag, expect=204)

    def threads(self) -> Any:
        return self.read()["data"]

    def count(self) -> int:
        """How many comments the article says it has."""
        shown: int = data(self.client.get(self.path.removesuffix("/comments")))["comments"]
        return shown


@atomic
def _count(what: str, place: str, limit: Limit, times: int) -> None:
    for number in range(times):
        count_sending(what, f"192.0.2.{number}", place, limit)


def spent(app: Flask, what: str, place: str, limit: Limit, times: int) -> None:
    """So much was sent to a place already, from as many addresses."""
    with app.app_context():
        _count(what, place, limit, times)


def allow_comments(app: Flask, *locales: str, **settings: Any) -> None:
    with app.app_context():
        for locale in locales:
            version = get_edition(locale).version
            end_reading()
            update_edition(SYSTEM, locale, version=version, comments={"enabled": True, **settings})


def open_forum(app: Flask, client: FlaskClient, clock: time_machine.Traveller) -> Forum:
    open_house(app)
    allow_comments(app, "en", "fa", "ar", "sq")
    desk = desk_for(app)
    return Forum(app, client, desk, clock, desk.published("en"))
