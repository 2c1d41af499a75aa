"""Forgotten passwords: one way back, for the one who has the mailbox, once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from nejat_cms.accounts import actions, rules
from nejat_cms.accounts.models import AuditEntry, PasswordLink, Token, User
from nejat_cms.db import Base, db, end_reading, utc_now
from nejat_cms.events import OutboxRow
from nejat_cms.permissions import SYSTEM
from tests.accounts.linking import (
    EMAIL,
    MINA,
    NEW,
    OLD,
    dead,
    follow,
    forgotten,
    links,
    log_in,
    patch,
    reset_link,
    work,
)
from tests.factories import database_digest, headers, make_user, said, statements, token_for, token_of
from tests.mailbox import Mailbox


def test_who_forgot_her_password_chooses_another(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    user_id = make_user(app, "admin", email=EMAIL, password=OLD)
    api, other = token_of(app, user_id), token_for(app, "admin")
    session = said(client.post("/v1/auth/login", json={"email": EMAIL, "password": OLD}))["data"]["token"]
    token = reset_link(app, client, box)
    assert log_in(client, OLD) == 200, "asking alone changes nothing"
    answer = follow(client, token)
    assert (answer.status_code, answer.data) == (204, b"")
    assert (log_in(client, OLD), log_in(client, NEW)) == (401, 200)
    opens = [client.get("/v1/auth/me", headers=headers(each)).status_code for each in (session, api, other)]
    assert opens == [401, 401, 200]


def test_asking_is_the_same_whoever_is_asked_about(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    make_user(app, email="invited@example.org")
    gone = make_user(app, email="gone@example.org", password=OLD)
    patch(client, token_for(app, "admin"), gone, disabled=True)
    forgotten(client, "warm@example.org")
    answers, sent = [], []
    for email in (EMAIL, "nobody@example.org", "invited@example.org", "gone@example.org", "no address"):
        with statements(app) as asked:
            answer = forgotten(client, email)
        answers.append((answer.status_code, answer.data, sorted(set(answer.headers.keys()))))
        sent.append(asked)
    assert answers[0][0] == 202
    assert all(answer == answers[0] for answer in answers)
    assert all(asked == sent[0] for asked in sent)
    assert not [statement for statement in sent[0] if re.search(r"\busers\b", statement)], (
        "she is looked up by the worker"
    )
    work(app)
    assert [arrived["To"] for arrived in box.mails] == [EMAIL]
    with app.app_context():
        assert db.session.scalar(select(func.count(OutboxRow.id))) == 0


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "Origin", "Referer"])
def test_a_link_leads_where_the_house_says_whatever_the_client_says(
    app: Flask, client: FlaskClient, box: Mailbox, name: str
) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    value = "host=evil.example" if name == "Forwarded" else "evil.example"
    assert forgotten(client, headers={name: value}).status_code == 202
    work(app)
    assert len(links(box)) == 1
    assert all(b"evil" not in raw for *_, raw in box.received)


def test_a_way_back_is_good_for_an_hour(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    token = reset_link(app, client, box)
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        before = database_digest(app)
        assert dead(follow(client, token))
        assert database_digest(app) == before
    with time_machine.travel(utc_now() + timedelta(minutes=59)):
        assert follow(client, token).status_code == 204


def test_a_way_back_works_once_and_the_others_end_with_it(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    tokens = [reset_link(app, client, box) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert follow(client, tokens[1]).status_code == 204
    before = database_digest(app)
    assert [dead(follow(client, token, password="another password")) for token in tokens] == [True] * 3
    assert database_digest(app) == before


def test_of_two_who_follow_a_link_at_once_one_comes_in(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    token = reset_link(app, client, box)
    words = [f"{NEW} {number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda word: follow(app.test_client(), token, password=word).status_code, words))
    assert sorted(statuses) == [204, 422, 422, 422]
    winner = words[statuses.index(204)]
    assert [log_in(client, word) for word in words] == [200 if word == winner else 401 for word in words]


@pytest.mark.parametrize("what", ["password", "set", "address", "disabled", "disabled and back"])
def test_whatever_changes_who_she_is_ends_her_links(app: Flask, client: FlaskClient, box: Mailbox, what: str) -> None:
    admin, user_id = token_for(app, "admin"), make_user(app, "editor:fa", email=EMAIL, password=OLD)
    token = reset_link(app, client, box)
    if what == "password":
        body = {"current": OLD, "new": "quite another word"}
        answer = client.post("/v1/auth/password", json=body, headers=headers(token_of(app, user_id)))
        assert answer.status_code == 204
    elif what == "set":
        with app.app_context():
            actions.set_password(SYSTEM, user_id, "quite another word")
    elif what == "address":
        patch(client, admin, user_id, email="elsewhere@example.org")
    else:
        patch(client, admin, user_id, disabled=True)
        if what == "disabled and back":
            patch(client, admin, user_id, disabled=False)
    before = database_digest(app)
    assert dead(follow(client, token))
    assert database_digest(app) == before


@pytest.mark.parametrize("known", [True, False])
def test_once_it_was_answered_nothing_is_left_of_the_address_that_asked(
    app: Flask, client: FlaskClient, box: Mailbox, known: bool
) -> None:
    if known:
        make_user(app, "editor:fa", email=EMAIL, password=OLD)
    forgotten(client)
    work(app)
    assert len(box.received) == int(known)
    with app.app_context():
        assert db.session.scalars(select(OutboxRow)).all() == []
        end_reading()


def test_what_waits_when_the_password_changes_is_not_sent(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    user_id = make_user(app, "editor:fa", email=EMAIL, password=OLD)
    forgotten(client)
    with app.app_context():
        actions.set_password(SYSTEM, user_id, NEW)
    work(app)
    assert box.received == []


def test_a_mail_that_is_sent_twice_has_the_same_link_and_a_used_one_stays_used(
    app: Flask, client: FlaskClient, box: Mailbox
) -> None:
    """The first time the server hangs up after it took the mail, so that the worker knows nothing of it."""
    make_user(app, "admin", email=EMAIL, password=OLD)
    box.mood = "hangs up after"
    token = reset_link(app, client, box)
    box.mood = "takes"
    with time_machine.travel(utc_now() + timedelta(minutes=1)):
        work(app)
        assert links(box) == [token, token]
        box.mood = "hangs up after"
        later = reset_link(app, client, box)
        assert follow(client, later).status_code == 204
        box.mood = "takes"
    with time_machine.travel(utc_now() + timedelta(minutes=5)):
        work(app)
        assert links(box) == [token, token, later], "nobody needs it any more"
        before = database_digest(app)
        assert dead(follow(client, later))
        assert database_digest(app) == before


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 100, "\u202e" * 20, "\u0000", "نشانه"])
def test_a_link_that_never_was_is_like_one_that_was_used(app: Flask, client: FlaskClient, token: str) -> None:
    before = database_digest(app)
    for purpose in ("reset", "invitation"):
        answer = follow(client, token, purpose)
        assert answer.status_code in (422, 400)
    assert database_digest(app) == before


def test_a_password_that_is_too_short_leaves_the_link_alone(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    token = reset_link(app, client, box)
    before = database_digest(app)
    answer = follow(client, token, password="short")
    assert [error["pointer"] for error in said(answer)["errors"]] == ["/password"]
    more = client.post("/v1/auth/reset", json={"token": token, "password": NEW, "email": "me@evil.example"})
    assert more.status_code == 422
    assert database_digest(app) == before
    assert follow(client, token).status_code == 204


def test_a_client_may_ask_so_often_however_she_spells_it(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    spellings = [EMAIL, EMAIL.upper(), f" {EMAIL} ", "Mina@Example.org", "ｍｉｎａ@example.org"]
    for number in range(rules.RESETS_PER_ADDRESS):
        odd = {"X-Forwarded-For": f"203.0.113.{number}"}
        assert forgotten(client, spellings[number % 5], headers=odd).status_code == 202
    before = database_digest(app)
    refused = forgotten(client, "another@example.org")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert database_digest(app) == before
    work(app)
    assert len(box.received) == rules.RESETS_PER_ACCOUNT, "her mailbox is not flooded"
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert forgotten(client, environ_overrides=elsewhere).status_code == 202
    assert log_in(client, OLD) == 200, "none of it counts against her signing in"
    with time_machine.travel(utc_now() + rules.ATTEMPT_WINDOW):
        assert forgotten(client).status_code == 202


def test_a_secret_lies_nowhere_but_in_the_mail(
    app: Flask, client: FlaskClient, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    admin = headers(token_for(app, "admin"), idempotency_key="once")
    make_user(app, "admin", email=EMAIL, password=OLD)
    box.mood = "later"
    invited = MINA | {"email": "new@example.org"}
    answers = [client.post("/v1/manage/users", json=invited, headers=admin), forgotten(client)]
    work(app)
    waiting = everything(app)
    box.mood = "takes"
    with time_machine.travel(utc_now() + timedelta(minutes=1)):
        work(app)
        tokens = [*links(box), *links(box, "invitation")]
        assert len(tokens) == 2
        answers += [follow(client, tokens[0]), follow(client, tokens[1], "invitation")]
    for text in (waiting, everything(app), caplog.text, *(answer.text + str(answer.headers) for answer in answers)):
        assert not [token for token in tokens if token in text]
    with app.app_context():
        assert db.session.scalar(select(func.count(OutboxRow.id))) == 0
        done = set(db.session.scalars(select(AuditEntry.action)))
    assert {"auth.reset", "auth.invitation"} <= done


def everything(app: Flask) -> str:
    with app.app_context():
        rows = [repr(tuple(row)) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
        end_reading()
    return "\n".join(rows)


def test_old_links_are_forgotten(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    make_user(app, "admin", email=EMAIL, password=OLD)
    reset_link(app, client, box)
    for later, left in ((timedelta(), 1), (timedelta(hours=2), 0)):
        with app.app_context(), time_machine.travel(utc_now() + later):
            actions.forget_old_links()
            assert db.session.scalar(select(func.count(PasswordLink.id))) == left
            assert db.session.scalar(select(func.count(Token.id))) == 0
            assert db.session.scalar(select(func.count(User.id))) == 1
            end_reading()
