"""Changing passwords, and what ends with them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from nejat_cms.accounts import actions
from nejat_cms.accounts.models import AuditEntry, User
from nejat_cms.db import db, new_id
from nejat_cms.errors import ForbiddenError, InvalidError, NotFoundError
from nejat_cms.permissions import ANONYMOUS, SYSTEM
from tests.factories import database_digest, headers, make_user, said, token_for, token_of

EMAIL = "mina@example.org"
OLD, NEW = "correct horse battery", "staple staple staple"


def log_in(client: FlaskClient, password: str) -> TestResponse:
    return client.post("/v1/auth/login", json={"email": EMAIL, "password": password})


def change(client: FlaskClient, token: str, current: str = OLD, new: str = NEW) -> TestResponse:
    return client.post("/v1/auth/password", json={"current": current, "new": new}, headers=headers(token))


def opens(client: FlaskClient, token: str) -> bool:
    return client.get("/v1/auth/me", headers=headers(token)).status_code == 200


def test_a_new_password_ends_every_other_session_and_token(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "admin", email=EMAIL, password=OLD)
    stranger = token_for(app, "admin")
    here, there = (str(said(log_in(client, OLD))["data"]["token"]) for _ in range(2))
    api = token_of(app, user_id)
    assert change(client, here).status_code == 204
    assert [opens(client, token) for token in (here, there, api, stranger)] == [True, False, False, True]
    assert log_in(client, OLD).status_code == 401
    assert log_in(client, NEW).status_code == 200


def test_a_wrong_present_password_changes_nothing_and_is_counted(app: Flask, client: FlaskClient) -> None:
    token = token_of(app, make_user(app, "admin", email=EMAIL, password=OLD))
    before = database_digest(app)
    for _ in range(10):
        answer = change(client, token, current="guess")
        assert answer.status_code == 422
        assert [error["pointer"] for error in said(answer)["errors"]] == ["/current"]
    assert change(client, token).status_code == 429
    assert log_in(client, OLD).status_code == 429
    assert database_digest(app) == before


def test_who_has_no_password_cannot_change_it(app: Flask, client: FlaskClient) -> None:
    assert change(client, token_for(app, "admin"), current="").status_code == 422


@pytest.mark.parametrize("new", ["x" * 11, "x" * 257, ""])
def test_a_password_of_the_wrong_length_is_refused(app: Flask, client: FlaskClient, new: str) -> None:
    token = token_of(app, make_user(app, "admin", email=EMAIL, password=OLD))
    before = database_digest(app)
    answer = change(client, token, new=new)
    assert answer.status_code == 422
    assert [error["pointer"] for error in said(answer)["errors"]] == ["/new"]
    assert database_digest(app) == before


def test_a_password_set_for_somebody_ends_everything_and_forgets_failures(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "admin", email=EMAIL, password=OLD)
    token = token_of(app, user_id)
    for _ in range(11):
        last = log_in(client, "guess guess guess")
    assert last.status_code == 429
    with app.app_context():
        actions.set_password(SYSTEM, user_id, NEW)
    assert not opens(client, token)
    assert log_in(client, NEW).status_code == 200


def test_only_who_manages_users_sets_their_passwords(app: Flask) -> None:
    user_id = make_user(app, "admin", email=EMAIL, password=OLD)
    before = database_digest(app)
    with app.app_context():
        for actor, target, password, error in [
            (ANONYMOUS, user_id, NEW, ForbiddenError),
            (SYSTEM, new_id(), NEW, NotFoundError),
            (SYSTEM, user_id, "short", InvalidError),
        ]:
            with pytest.raises(error):
                actions.set_password(actor, target, password)
    assert database_digest(app) == before


def test_a_password_never_reaches_the_trail_or_an_answer(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    body = {"email": EMAIL, "name": "Mina", "password": OLD, "grants": []}
    answer = client.post("/v1/manage/users", json=body, headers=headers(token))
    assert answer.status_code == 201
    user_id = said(answer)["data"]["id"]
    answers = [answer, client.get(f"/v1/manage/users/{user_id}", headers=headers(token))]
    with app.app_context():
        stored = db.session.scalar(select(User.password_hash).where(User.email == EMAIL))
        details = [repr(vars(entry)) for entry in db.session.scalars(select(AuditEntry))]
        assert db.session.scalar(select(func.count(User.id)).where(User.password_hash == OLD)) == 0
    assert stored is not None
    assert stored.startswith("$argon2id$")
    for text in [*details, *(answer.text for answer in answers)]:
        assert OLD not in text
        assert "argon2" not in text
