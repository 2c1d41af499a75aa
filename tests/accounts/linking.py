"""Links that are mailed, and those who follow them."""

import re
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.db import end_reading
from nejat_cms.events import drain
from tests.factories import headers, said
from tests.mailbox import Mailbox

EMAIL = "mina@example.org"
OLD, NEW = "correct horse battery", "staple staple staple"
MINA = {"email": EMAIL, "name": "Mina", "grants": [{"role": "editor", "locale": "fa"}]}


def work(app: Flask) -> None:
    """The job worker's turn."""
    with app.app_context():
        drain()
        end_reading()


def forgotten(client: FlaskClient, email: str = EMAIL, **how: Any) -> TestResponse:
    return client.post("/v1/auth/forgotten", json={"email": email}, **how)


def links(box: Mailbox, purpose: str = "reset") -> list[str]:
    """What stands behind the `#` of every link that arrived."""
    return [
        found
        for text in box.texts
        for found in re.findall(rf"^https://newsroom\.example/{purpose}#(\S+)\r$", text, re.M)
    ]


def follow(client: FlaskClient, token: str, purpose: str = "reset", password: str = NEW) -> TestResponse:
    return client.post(f"/v1/auth/{purpose}", json={"token": token, "password": password})


def log_in(client: FlaskClient, password: str = NEW) -> int:
    return client.post("/v1/auth/login", json={"email": EMAIL, "password": password}).status_code


def dead(answer: TestResponse) -> bool:
    """Whether this is the one answer to every link that leads nowhere."""
    assert answer.status_code == 422, answer.text
    assert "Mina" not in answer.text
    return [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [("/token", "invalid_link")]


def reset_link(app: Flask, client: FlaskClient, box: Mailbox) -> str:
    assert forgotten(client).status_code == 202
    work(app)
    return links(box)[-1]


def patch(client: FlaskClient, token: str, user_id: UUID, **change: Any) -> None:
    path = f"/v1/manage/users/{user_id}"
    etag = client.get(path, headers=headers(token)).headers["ETag"]
    assert client.patch(path, json=change, headers=headers(token, if_match=etag)).status_code == 200
