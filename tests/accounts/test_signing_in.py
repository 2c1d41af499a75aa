"""Signing in and out, and what keeps guessers out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from nejat_cms.accounts import actions, rules
from nejat_cms.accounts.models import LoginTally, Token, User
from nejat_cms.db import Base, db, utc_now
from nejat_cms.errors import CredentialsError, TooManyAttemptsError
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers, make_user, said, statements, token_for, token_of

EMAIL = "mina@example.org"
PASSWORD = "correct horse battery"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.9"


@pytest.fixture
def quick_hash(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Passwords compared as they are; returns what each comparison was made with."""
    compared: list[str | None] = []

    def verify(stored: str | None, password: str) -> bool:
        compared.append(stored)
        return stored is not None and password == PASSWORD

    monkeypatch.setattr(rules, "verify_password", verify)
    return compared


def log_in(
    client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, address: str = HOME, **more: Any
) -> TestResponse:
    body = {"email": email, "password": password}
    return client.post("/v1/auth/login", json=body, environ_base={"REMOTE_ADDR": address}, **more)


def session_of(client: FlaskClient, **options: Any) -> str:
    answer = log_in(client, **options)
    assert answer.status_code == 200, said(answer)
    return str(said(answer)["data"]["token"])


def me(client: FlaskClient, token: str) -> TestResponse:
    return client.get("/v1/auth/me", headers=headers(token))


def test_a_right_password_opens_a_session_of_twelve_hours(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "editor:fa", email=EMAIL, password=PASSWORD, name="Mina")
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        answer = log_in(client)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert said(answer)["data"]["expires_at"] == "2026-11-23T22:00:00Z"
        shown = said(me(client, said(answer)["data"]["token"]))["data"]
    assert shown["id"] == str(user_id)
    assert (shown["email"], shown["name"]) == (EMAIL, "Mina")
    assert shown["grants"] == [{"role": "editor", "locale": "fa"}]
    assert shown["token"]["kind"] == "session"


def test_a_session_ends_by_itself(app: Flask, client: FlaskClient) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    with time_machine.travel(utc_now(), tick=False) as clock:
        token = session_of(client)
        clock.shift(rules.SESSION_LIFETIME - timedelta(seconds=1))
        assert me(client, token).status_code == 200
        clock.shift(timedelta(seconds=1))
        assert me(client, token).status_code == 401


def test_no_secret_is_written_down(app: Flask, client: FlaskClient) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    token = session_of(client)
    log_in(client, password="something else 123")
    with app.app_context():
        rows = [repr(row) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
    kept = "\n".join(rows)
    for secret in (token, token.removeprefix(rules.TOKEN_PREFIX), PASSWORD, "something else 123", HOME):
        assert secret not in kept


def test_wrong_unknown_disabled_and_passwordless_are_told_apart_by_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    make_user(app, "admin", email="tokens-only@example.org")
    gone = make_user(app, "editor", email="gone@example.org", password=PASSWORD)
    with app.app_context():
        actions.update_user(SYSTEM, gone, version=1, disabled=True)
    hashed: list[str | None] = []
    verify = rules.verify_password

    def counted(stored: str | None, password: str) -> bool:
        hashed.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(rules, "verify_password", counted)

    seen = []
    before = database_digest(app)
    for email, password in [
        (EMAIL, "wrong password"),
        ("nobody@example.org", PASSWORD),
        ("gone@example.org", PASSWORD),
        ("tokens-only@example.org", PASSWORD),
        ("not an address", PASSWORD),
    ]:
        hashed.clear()
        with statements(app) as sent:
            answer = log_in(client, email, password)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        seen.append((said(answer) | {"request_id": None}, sent[:], len(hashed)))
    assert database_digest(app) == before
    first = seen[0]
    assert first[0]["code"] == "bad_credentials"
    assert first[2] == 1
    # The first attempt of all makes the row of its address, which the others find.
    assert [len(sent) for _body, sent, _hashes in seen[1:]] == [len(seen[1][1])] * 4
    assert all((body, hashes) == (first[0], first[2]) for body, _sent, hashes in seen)


def test_no_password_is_looked_at_inside_a_transaction(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    during: list[bool] = []

    def watched(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            during.append(db.session().in_transaction())
            return work(*args)

        return run

    for name in ("verify_password", "hash_password"):
        monkeypatch.setattr(rules, name, watched(getattr(rules, name)))
    token = session_of(client)
    body = {"current": PASSWORD, "new": "another long one"}
    assert client.post("/v1/auth/password", json=body, headers=headers(token)).status_code == 204
    new = {"email": "new@example.org", "name": "New", "password": PASSWORD}
    assert client.post("/v1/manage/users", json=new, headers=headers(token)).status_code == 201
    assert during == [False] * 4


def test_after_ten_failures_an_account_waits(app: Flask, client: FlaskClient, quick_hash: list[str | None]) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    make_user(app, "admin", email="other@example.org", password=PASSWORD)
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _ in range(10):
            assert log_in(client, password="guess").status_code == 401
        clock.shift(timedelta(minutes=5))
        refused = log_in(client)
        assert refused.status_code == 429
        assert said(refused)["code"] == "too_many_attempts"
        assert refused.headers["Retry-After"] == "600"
        assert len(quick_hash) == 10
        assert log_in(client, email="other@example.org").status_code == 200
        clock.shift(timedelta(minutes=10))
        assert log_in(client).status_code == 200


def test_nobody_unknown_is_counted_differently(app: Flask, client: FlaskClient, quick_hash: list[str | None]) -> None:
    statuses = [log_in(client, email="nobody@example.org").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_no_way_of_writing_it_buys_more_guesses(app: Flask, client: FlaskClient, quick_hash: list[str | None]) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    spellings = [EMAIL, EMAIL.upper(), f" {EMAIL}  ", EMAIL.replace("m", "ｍ"), EMAIL.title()]
    for number in range(100):
        answer = log_in(
            client,
            spellings[number % len(spellings)],
            "guess",
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"},
        )
        assert answer.status_code == (401 if number < 10 else 429)
    assert client.post("/v1/auth/login/", json={}).status_code == 404
    assert client.post("/v1/Auth/login", json={}).status_code == 404
    twice = '{"email": "a@b.c", "email": "d@e.f", "password": "x"}'
    assert client.post("/v1/auth/login", data=twice, content_type="application/json").status_code == 400


def test_one_address_has_fifty_guesses_at_whatever_accounts(
    app: Flask, client: FlaskClient, quick_hash: list[str | None]
) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    for number in range(50):
        assert log_in(client, f"user{number}@example.org").status_code == 401
    assert log_in(client).status_code == 429
    assert log_in(client, address=ELSEWHERE).status_code == 200


def test_signing_in_gives_back_what_it_took(app: Flask, client: FlaskClient, quick_hash: list[str | None]) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    for _ in range(60):
        assert log_in(client).status_code == 200
    for _ in range(3):
        for _ in range(9):
            assert log_in(client, password="guess").status_code == 401
        assert log_in(client).status_code == 200


def test_a_stranger_cannot_keep_the_owner_out_where_she_signs_in(
    app: Flask, client: FlaskClient, quick_hash: list[str | None]
) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    with time_machine.travel(utc_now(), tick=False) as clock:
        session_of(client, address=HOME)
        for _ in range(10):
            assert log_in(client, password="guess", address=ELSEWHERE).status_code == 401
        assert log_in(client, address=ELSEWHERE).status_code == 429
        assert log_in(client, address="203.0.113.5").status_code == 429, "somewhere new she waits"
        assert log_in(client, address=HOME).status_code == 200
        for _ in range(10):
            assert log_in(client, password="guess", address=HOME).status_code == 401
        assert log_in(client, address=HOME).status_code == 429, "even at home guesses are numbered"

        clock.shift(rules.KNOWN_ADDRESS_FOR + timedelta(seconds=1))
        for _ in range(10):
            log_in(client, password="guess", address=ELSEWHERE)
        assert log_in(client, address=HOME).status_code == 429, "a month later home is as strange as any place"


def test_guesses_at_the_same_instant_get_no_more_tries(
    app: Flask, client: FlaskClient, quick_hash: list[str | None]
) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)

    def guess(_number: int) -> type[Exception]:
        with app.app_context():
            try:
                actions.log_in(EMAIL, "guess", address=HOME)
            except (CredentialsError, TooManyAttemptsError) as error:
                return type(error)
        raise AssertionError("a guess was right")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(guess, range(24)))
    assert results.count(CredentialsError) == 10
    assert results.count(TooManyAttemptsError) == 14
    with app.app_context():
        assert db.session.scalar(select(func.max(LoginTally.failures))) == 10


def test_who_is_disabled_while_her_password_is_verified_does_not_get_in(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = make_user(app, "editor", email=EMAIL, password=PASSWORD)

    def disable_meanwhile(stored: str | None, password: str) -> bool:
        actions.update_user(SYSTEM, user_id, version=1, disabled=True)
        return True

    monkeypatch.setattr(rules, "verify_password", disable_meanwhile)
    assert log_in(client).status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count(Token.id))) == 0


def test_signing_out_ends_this_session_only(app: Flask, client: FlaskClient) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    one, other = session_of(client), session_of(client)
    assert client.post("/v1/auth/logout", headers=headers(one)).status_code == 204
    assert me(client, one).status_code == 401
    assert me(client, other).status_code == 200


def test_signing_out_everywhere_leaves_api_tokens_and_other_people(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "admin", email=EMAIL, password=PASSWORD)
    make_user(app, "admin", email="other@example.org", password=PASSWORD)
    sessions = [session_of(client), session_of(client)]
    api, others = token_of(app, user_id), session_of(client, email="other@example.org")
    assert client.post("/v1/auth/logout-everywhere", headers=headers(api)).status_code == 204
    assert [me(client, token).status_code for token in sessions] == [401, 401]
    assert me(client, api).status_code == 200
    assert me(client, others).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer nejat_unknown", "Basic bWluYTp4", "Bearer " + "x" * 500, "Bearer nejat_é", "x"],
)
@pytest.mark.parametrize("path", ["/v1/auth/me", "/v1/manage/users", "/v1/manage/nothing/here"])
def test_without_a_good_token_everything_is_401(client: FlaskClient, authorization: str, path: str) -> None:
    answer = client.get(path, headers={"Authorization": authorization} if authorization else {})
    assert answer.status_code == 401
    assert said(answer)["code"] == "unauthorized"


def test_an_altered_token_is_no_token(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    for wrong in (token[:-1], token + "x", token.swapcase(), token.removeprefix(rules.TOKEN_PREFIX)):
        assert me(client, wrong).status_code == 401


def test_whoever_kept_a_stale_token_can_sign_in_again(app: Flask, client: FlaskClient) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    assert log_in(client, headers=headers("nejat_unknown")).status_code == 200


def test_no_other_site_may_try_passwords_with_its_readers_browsers(app: Flask, client: FlaskClient) -> None:
    answer = log_in(client, headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options("/v1/auth/login", headers=asked)
    assert preflight.status_code >= 400
    assert "Access-Control-Allow-Headers" not in preflight.headers


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"email": EMAIL}, "/password", "required"),
        ({"password": PASSWORD}, "/email", "required"),
        ({"email": EMAIL, "password": PASSWORD, "otp": "1"}, "/otp", "unknown_field"),
        ({"email": ["x"], "password": PASSWORD}, "/email", "invalid_type"),
        ({"email": EMAIL, "password": None}, "/password", "null"),
        ({"email": EMAIL, "password": "x" * 257}, "/password", "too_long"),
        ({"email": EMAIL, "password": "x\u0000"}, "/password", "characters"),
    ],
)
def test_a_sign_in_of_the_wrong_shape_is_named(
    client: FlaskClient, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = client.post("/v1/auth/login", json=body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [(pointer, code)]


def test_what_is_over_is_forgotten(app: Flask, client: FlaskClient, quick_hash: list[str | None]) -> None:
    make_user(app, "admin", email=EMAIL, password=PASSWORD)
    with time_machine.travel(utc_now(), tick=False) as clock:
        session_of(client)
        log_in(client, "nobody@example.org", "guess")
        clock.shift(rules.SESSION_LIFETIME)
        with app.app_context():
            actions.forget_expired()
            assert db.session.scalar(select(func.count(Token.id))) == 0
            left = db.session.scalars(select(LoginTally)).all()
            assert [tally.known_until is not None for tally in left] == [True]
            assert db.session.scalar(select(func.count(User.id))) == 1
