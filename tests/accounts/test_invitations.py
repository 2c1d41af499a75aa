"""Invitations: one way in, for the one who has the mailbox, once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale, gettext

from nejat_cms import mail
from nejat_cms.accounts import actions
from nejat_cms.cli import LOCALES
from nejat_cms.db import new_id, utc_now
from nejat_cms.errors import ForbiddenError
from nejat_cms.http.problems import INTERFACE_LOCALES
from nejat_cms.permissions import SYSTEM
from tests.accounts.linking import EMAIL, MINA, NEW, OLD, dead, follow, forgotten, links, log_in, patch, work
from tests.factories import database_digest, headers, make_user, said, token_for, token_of
from tests.mailbox import Mailbox, Mood


@pytest.mark.parametrize("locale", INTERFACE_LOCALES)
def test_who_is_invited_chooses_a_password_and_comes_in(
    app: Flask, client: FlaskClient, box: Mailbox, locale: str
) -> None:
    made = client.post("/v1/manage/users", json=MINA | {"locale": locale}, headers=headers(token_for(app, "admin")))
    assert made.status_code == 201
    assert said(made)["data"]["locale"] == locale
    assert said(made)["data"]["has_password"] is False
    assert "warnings" not in said(made)["meta"]
    work(app)
    (arrived,) = box.mails
    with app.app_context(), force_locale(locale):
        subject = gettext("Your invitation to the newsroom")
    assert (arrived["To"], arrived["Content-Language"], arrived["Subject"]) == (EMAIL, locale, subject)
    (token,) = links(box, "invitation")
    assert len(token) == 43
    answer = follow(client, token, "invitation")
    assert (answer.status_code, answer.data) == (204, b"")
    assert log_in(client) == 200
    before = database_digest(app)
    assert dead(follow(client, token, "invitation"))
    assert database_digest(app) == before


def test_with_a_password_nobody_is_invited(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    made = client.post("/v1/manage/users", json=MINA | {"password": NEW}, headers=headers(token_for(app, "admin")))
    assert said(made)["data"]["has_password"] is True
    work(app)
    assert box.received == []
    assert log_in(client) == 200


def test_a_second_invitation_ends_the_first(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    admin = headers(token_for(app, "admin"))
    path = client.post("/v1/manage/users", json=MINA, headers=admin).headers["Location"]
    work(app)
    assert client.post(f"{path}/invite", headers=admin).status_code == 202
    assert dead(follow(client, links(box, "invitation")[0], "invitation")), "from the moment it is asked for"
    work(app)
    first, second = links(box, "invitation")
    assert dead(follow(client, first, "invitation"))
    assert follow(client, second, "invitation").status_code == 204
    before = database_digest(app)
    assert client.post(f"{path}/invite", headers=admin).status_code == 409, "she has a password now"
    assert database_digest(app) == before


def test_two_invitations_that_wait_together_leave_one_link(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    admin = headers(token_for(app, "admin"))
    path = client.post("/v1/manage/users", json=MINA, headers=admin).headers["Location"]
    assert client.post(f"{path}/invite", headers=admin).status_code == 202
    work(app)
    first, second = links(box, "invitation")
    assert dead(follow(client, first, "invitation"))
    assert follow(client, second, "invitation").status_code == 204


@pytest.mark.parametrize("mood", ["takes", "later"])
def test_who_is_invited_at_a_wrong_address_is_invited_at_the_right_one(
    app: Flask, client: FlaskClient, box: Mailbox, mood: Mood
) -> None:
    """Whether the first invitation has left, or the server wants it another time."""
    admin = token_for(app, "admin")
    made = client.post("/v1/manage/users", json=MINA | {"email": "wrong@example.org"}, headers=headers(admin))
    box.mood = mood
    work(app)
    former = links(box, "invitation")
    box.mood = "takes"
    patch(client, admin, UUID(said(made)["data"]["id"]), email=EMAIL)
    with time_machine.travel(utc_now() + timedelta(minutes=5)):
        work(app)
        assert [to for _, to, _ in box.received[len(former) :]] == [[EMAIL]]
        assert not any(follow(client, token, "invitation").status_code == 204 for token in former)
        assert follow(client, links(box, "invitation")[-1], "invitation").status_code == 204
        assert log_in(client) == 200


def test_only_another_address_of_who_has_no_password_sends_an_invitation(
    app: Flask, client: FlaskClient, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, editor = token_for(app, "admin"), make_user(app, "editor:fa", email=EMAIL, password=OLD)
    waiting = make_user(app, email="waiting@example.org")
    patch(client, admin, editor, email="elsewhere@example.org")
    patch(client, admin, waiting, name="Another", email="waiting@example.org")
    patch(client, admin, waiting, disabled=True, email="away@example.org")
    patch(client, admin, waiting, disabled=False)
    work(app)
    assert box.received == []
    monkeypatch.setattr(mail, "WAITING_IN_ALL", 0)
    path, before = f"/v1/manage/users/{waiting}", database_digest(app)
    etag = client.get(path, headers=headers(admin)).headers["ETag"]
    full = client.patch(path, json={"email": "back@example.org"}, headers=headers(admin, if_match=etag))
    assert full.status_code == 429
    assert database_digest(app) == before, "she does not lose the way in unheard"


def test_an_invitation_is_good_for_three_days(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    client.post("/v1/manage/users", json=MINA, headers=headers(token_for(app, "admin")))
    work(app)
    (token,) = links(box, "invitation")
    with time_machine.travel(utc_now() + timedelta(hours=72, seconds=1)):
        before = database_digest(app)
        assert dead(follow(client, token, "invitation"))
        assert database_digest(app) == before
    with time_machine.travel(utc_now() + timedelta(hours=71)):
        assert follow(client, token, "invitation").status_code == 204


def test_nobody_is_made_whose_invitation_would_not_leave(
    app: Flask, client: FlaskClient, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, path = headers(token_for(app, "admin")), f"/v1/manage/users/{make_user(app, email='other@example.org')}"
    monkeypatch.setattr(mail, "WAITING_IN_ALL", 0)
    before = database_digest(app)
    for refused in (
        client.post("/v1/manage/users", json=MINA, headers=admin),
        client.post(f"{path}/invite", headers=admin),
    ):
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "60"
    assert database_digest(app) == before


def test_a_link_serves_its_own_purpose(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    client.post("/v1/manage/users", json=MINA, headers=headers(token_for(app, "admin")))
    work(app)
    (token,) = links(box, "invitation")
    before = database_digest(app)
    assert dead(follow(client, token, "reset"))
    assert database_digest(app) == before


def test_a_house_without_mail_says_so(app: Flask, client: FlaskClient) -> None:
    admin = headers(token_for(app, "admin"))
    made = client.post("/v1/manage/users", json=MINA, headers=admin)
    assert made.status_code == 201
    assert [warning["code"] for warning in said(made)["meta"]["warnings"]] == ["mail_off"]
    before = database_digest(app)
    for answer in (
        client.post(f"{made.headers['Location']}/invite", headers=admin),
        forgotten(client),
        forgotten(client, "nobody@example.org"),
    ):
        assert (answer.status_code, said(answer)["code"]) == (409, "mail_off")
    assert database_digest(app) == before


@pytest.mark.parametrize("grant", ["admin:fa", "editor", "author:fa", "translator:fa", "moderator:fa", ""])
def test_only_administrators_of_the_house_invite(app: Flask, client: FlaskClient, box: Mailbox, grant: str) -> None:
    token = token_of(app, make_user(app, *([grant] if grant else [])))
    known = make_user(app, email=EMAIL)
    before = database_digest(app)
    for user_id in (known, new_id()):
        path = f"/v1/manage/users/{user_id}/invite"
        assert client.post(path, headers=headers(token)).status_code == 403
        assert client.post(path).status_code == 401
    assert database_digest(app) == before
    admin = headers(token_for(app, "admin"))
    assert client.post(f"/v1/manage/users/{new_id()}/invite", headers=admin).status_code == 404


def test_the_operator_gets_a_link_and_nobody_else_does(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "editor:fa", email=EMAIL)
    with app.app_context():
        url = actions.make_invitation(SYSTEM, user_id)
        with pytest.raises(ForbiddenError):
            actions.make_invitation(replace(SYSTEM, user_id=new_id()), user_id)
    base, _, token = url.partition("/invitation#")
    assert base == app.config["SETTINGS"].base_url
    assert follow(client, token, "invitation").status_code == 204
    assert log_in(client) == 200


def test_the_command_line_knows_the_languages_that_are_spoken() -> None:
    assert LOCALES == INTERFACE_LOCALES
