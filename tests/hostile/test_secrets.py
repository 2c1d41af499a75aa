"""No secret in a log line, a table or an answer to whom it is none of."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import Base, db
from nejat_cms.errors import InternalError
from tests.answers import MEMBERS
from tests.factories import headers, make_user, token_of
from tests.newsroom import Desk, data, open_house


class Lines(logging.Handler):
    """Every log line as an operator would read it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        formatter = logging.getLogger().handlers[0].formatter
        self.texts.append((formatter or logging.Formatter()).format(record))


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines.texts
    root.setLevel(level)
    root.removeHandler(lines)


PASSWORD, NEXT_PASSWORD = "correct horse battery", "staple of another house"


def test_no_secret_is_in_any_log_line_or_table(app: Flask, client: FlaskClient, log_lines: list[str]) -> None:
    open_house(app, "en", "fa")
    user = make_user(app, "admin", email="mina@example.org", password=PASSWORD)
    secrets = {PASSWORD, NEXT_PASSWORD, token_of(app, user)}
    login = client.post("/v1/auth/login", json={"email": "mina@example.org", "password": PASSWORD})
    token = data(login)["token"]
    desk = Desk(client, token)
    secrets.add(token)
    for sent in (
        {"email": "mina@example.org", "password": NEXT_PASSWORD},
        {"email": "x", "password": PASSWORD, "x": 1},
    ):
        client.post("/v1/auth/login", json=sent)
    secrets.add(data(desk.call("POST", "/tokens", {"name": "tool", "grants": []}, expect=201))["token"])
    variant = desk.write("en", "A draft nobody should read in a log")
    preview = desk.call("POST", f"/articles/{variant['article']}/variants/en/preview", {}, expect=201)
    door = data(preview)["url"].rpartition("/")[2]
    secrets.add(door)
    client.get(f"/v1/preview/{door}")
    client.get(f"/v1/preview/{door}?x={token}", headers={"X-Token": token, "Cookie": f"t={token}"})
    client.post(f"/v1/preview/{door}")
    client.get(f"/v1/editions?token={token}&password={PASSWORD}", headers={"Authorization": f"Bearer {token}x"})
    client.get("/v1/auth/me", headers={"Authorization": f"Basic {token}"})
    client.post(
        "/v1/manage/users", json={"email": "n@example.org", "name": "N", "password": PASSWORD}, headers=headers(token)
    )
    client.post(
        "/v1/manage/users",
        json={"email": "n@example.org", "name": "N", "password": PASSWORD},
        headers=headers(token, idempotency_key="once"),
    )
    client.post(
        "/v1/manage/users",
        json={"email": "m@example.org", "name": "N", "password": PASSWORD},
        headers=headers(token, idempotency_key="once"),
    )
    client.post("/v1/auth/password", json={"current": PASSWORD, "new": NEXT_PASSWORD}, headers=headers(token))
    client.post("/v1/auth/logout", headers=headers(token))
    text = "\n".join(log_lines)
    assert text.count("/v1/") > 12, "the requests were logged"
    assert "/v1/preview/…" in text
    assert "A draft nobody should read" not in text
    for secret in secrets:
        assert secret not in text
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = str(db.session.execute(table.select()).all())
            assert not [secret for secret in secrets if secret in rows], table.name


def test_a_fault_of_ours_tells_a_client_nothing_and_the_log_where(
    app: Flask, newsroom: Desk, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("nowhere to be found")

    monkeypatch.setattr("nejat_cms.content.queries.articles.list_articles", broken)
    client = FlaskClient(app, app.response_class)  # the other one would not let a 500 pass
    answer = client.get("/v1/manage/articles", headers=headers(newsroom.token, accept_language="fa"))
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == InternalError.code
    assert set(answer.json) == MEMBERS
    assert "nowhere" not in answer.text
    assert answer.headers["Content-Language"] == "fa"
    line = next(text for text in log_lines if "unexpected error" in text)
    assert answer.json["request_id"] in line, "how else would an operator find it"
    assert newsroom.token not in "\n".join(log_lines)
    with app.app_context():
        assert all(engine.hide_parameters for engine in db.engines.values()), "errors of SQL carry no values"


def test_the_figures_are_for_this_machine_or_an_administrator(app: Flask, client: FlaskClient) -> None:
    elsewhere = {"X-Forwarded-For": "192.0.2.1"}
    assert client.get("/metrics", headers=elsewhere).status_code == 401
    for grant, status in (("editor", 403), ("admin:fa", 403), ("admin", 200)):
        sent = headers(token_of(app, make_user(app, grant))) | elsewhere
        assert client.get("/metrics", headers=sent).status_code == status, grant
