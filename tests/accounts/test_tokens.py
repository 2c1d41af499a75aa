"""API tokens: made, narrowed, shown once, revoked."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.accounts import actions, queries, rules
from nejat_cms.db import db, new_id, utc_now
from nejat_cms.errors import ForbiddenError, UnauthorizedError
from nejat_cms.permissions import SYSTEM, Grant, Role
from tests.factories import database_digest, headers, make_user, said, statements, token_for, token_of

EDITOR_FA = {"role": "editor", "locale": "fa"}


def create(client: FlaskClient, token: str, **body: Any) -> TestResponse:
    body = {"name": "Importer", "grants": [EDITOR_FA], **body}
    return client.post("/v1/manage/tokens", json=body, headers=headers(token))


def grants_of(client: FlaskClient, token: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/auth/me", headers=headers(token))
    assert answer.status_code == 200, said(answer)
    found: list[dict[str, Any]] = said(answer)["data"]["grants"]
    return found


def session_of(app: Flask) -> str:
    """A session of a new administrator."""
    make_user(app, "admin", email="mina@example.org", password="correct horse battery")
    with app.app_context():
        text, _ends = actions.log_in("mina@example.org", "correct horse battery", address=None)
        return text


def test_a_token_is_shown_once_and_lasts_ninety_days(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        mine = session_of(app)
        answer = create(client, mine)
        listed = said(client.get("/v1/manage/tokens", headers=headers(mine)))["data"]
    assert answer.status_code == 201
    made = said(answer)["data"]
    assert made["token"].startswith("nejat_")
    assert made["expires_at"] == "2027-02-21T10:00:00Z"
    assert answer.headers["Location"] == f"/v1/manage/tokens/{made['id']}"
    assert listed == [{key: made[key] for key in made if key != "token"}]
    assert made["token"] not in str(listed)


def test_a_made_token_opens_the_door(app: Flask, client: FlaskClient) -> None:
    made = said(create(client, token_for(app, "admin")))["data"]["token"]
    assert grants_of(client, made) == [EDITOR_FA]
    assert client.get("/v1/manage/users", headers=headers(made)).status_code == 404


@pytest.mark.parametrize("held", ["editor:fa", "admin:fa", "translator"])
@pytest.mark.parametrize(
    "wanted",
    [{"role": "editor", "locale": "ar"}, {"role": "editor", "locale": None}, {"role": "admin", "locale": None}],
)
def test_nobody_passes_on_more_than_she_has(app: Flask, client: FlaskClient, held: str, wanted: dict[str, Any]) -> None:
    token = token_for(app, held)
    before = database_digest(app)
    answer = create(client, token, grants=[wanted])
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [("/grants/0", "not_covered")]
    assert database_digest(app) == before


def test_a_narrowed_token_makes_no_wider_one(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "admin")
    narrow = token_of(app, user_id, "editor:fa")
    assert create(client, narrow, grants=[{"role": "admin", "locale": None}]).status_code == 422
    assert create(client, narrow).status_code == 201


def test_a_token_loses_what_its_user_loses_at_once(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "editor:fa", "editor:ar")
    everything, narrow = token_of(app, user_id, name="a"), token_of(app, user_id, "editor:fa", "editor:ar", name="b")
    assert len(grants_of(client, narrow)) == 2
    with app.app_context():
        actions.set_grants(SYSTEM, user_id, [Grant(Role.EDITOR, "fa"), Grant(Role.AUTHOR, "sq")], version=1)
    assert grants_of(client, narrow) == [EDITOR_FA]
    assert grants_of(client, everything) == [{"role": "author", "locale": "sq"}, EDITOR_FA]


def test_a_token_lasts_a_year_at_most(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        session = session_of(app)
        assert create(client, session, expires_at="2027-11-23T10:00:00Z").status_code == 201
        for wrong in ("2027-11-23T10:00:01Z", "2026-11-23T13:30:00+03:30", "2020-01-01T00:00:00Z"):
            answer = create(client, session, expires_at=wrong)
            assert [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [
                ("/expires_at", "out_of_range")
            ]
        soon = said(create(client, session, expires_at="2026-11-23T14:00:00+03:30"))["data"]
        assert soon["expires_at"] == "2026-11-23T10:30:00Z"
        clock.shift(timedelta(minutes=30))
        assert client.get("/v1/auth/me", headers=headers(soon["token"])).status_code == 401
        assert soon["id"] not in client.get("/v1/manage/tokens", headers=headers(session)).text


def test_a_token_never_outlives_the_api_token_it_was_made_with(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        week = token_for(app, "admin")
        assert said(create(client, week))["data"]["expires_at"] == "2026-11-30T10:00:00Z"
        assert create(client, week, expires_at="2026-11-30T10:00:01Z").status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": ""}, "/name", "empty"),
        ({"name": "x" * 101}, "/name", "too_long"),
        ({"grants": None}, "/grants", "null"),
        ({"grants": [{"role": "king", "locale": "fa"}]}, "/grants/0/role", "invalid"),
        ({"grants": [{"role": "editor", "locale": "xx-nowhere"}]}, "/grants/0/locale", "unknown_locale"),
        ({"grants": [{"role": "editor"}]}, "/grants/0/locale", "required"),
        ({"grants": [EDITOR_FA | {"until": 1}]}, "/grants/0/until", "unknown_field"),
        ({"grants": [EDITOR_FA] * 51}, "/grants", "too_many"),
        ({"expires_at": "tomorrow"}, "/expires_at", "invalid"),
        ({"user_id": "x"}, "/user_id", "unknown_field"),
        ({"kind": "session"}, "/kind", "unknown_field"),
    ],
)
def test_a_token_of_the_wrong_shape_is_named(
    app: Flask, client: FlaskClient, body: dict[str, Any], pointer: str, code: str
) -> None:
    token = token_for(app, "admin")
    before = database_digest(app)
    answer = create(client, token, **body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [(pointer, code)]
    assert database_digest(app) == before


def test_locales_of_grants_are_kept_canonical(app: Flask, client: FlaskClient) -> None:
    grants = [{"role": "editor", "locale": "FA"}, EDITOR_FA]
    assert said(create(client, token_for(app, "admin"), grants=grants))["data"]["grants"] == [EDITOR_FA]


def test_a_revoked_token_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    mine = token_for(app, "admin")
    made = said(create(client, mine))["data"]
    assert client.delete(f"/v1/manage/tokens/{made['id']}", headers=headers(mine)).status_code == 204
    assert client.get("/v1/auth/me", headers=headers(made["token"])).status_code == 401
    assert client.delete(f"/v1/manage/tokens/{made['id']}", headers=headers(mine)).status_code == 404


def test_nobody_revokes_or_sees_somebody_elses_token(app: Flask, client: FlaskClient) -> None:
    mine, other = token_for(app, "editor:fa"), token_for(app, "admin")
    made = said(create(client, mine))["data"]
    before = database_digest(app)
    refused = client.delete(f"/v1/manage/tokens/{made['id']}", headers=headers(other))
    missing = client.delete(f"/v1/manage/tokens/{new_id()}", headers=headers(other))
    assert refused.status_code == missing.status_code == 404
    ignored = {"request_id": None, "instance": None}
    assert said(refused) | ignored == said(missing) | ignored
    assert made["id"] not in client.get("/v1/manage/tokens", headers=headers(other)).text
    assert database_digest(app) == before


def test_a_token_revoked_meanwhile_makes_no_other(app: Flask) -> None:
    user_id = make_user(app, "admin")
    text = token_of(app, user_id)
    with app.app_context():
        actor = queries.find_actor(text)
        assert actor is not None
        actions.log_out(actor)
        with pytest.raises(UnauthorizedError):
            actions.create_token(actor, name="late", grants=[Grant(Role.ADMIN)])


def test_one_user_has_a_hundred_tokens_at_most(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = token_for(app, "admin")
    monkeypatch.setattr(rules, "TOKENS_MAX", 3)
    assert [create(client, mine).status_code for _ in range(3)] == [201, 201, 409]


def test_tokens_honour_no_idempotency_key(app: Flask, client: FlaskClient) -> None:
    mine = token_for(app, "admin")
    body = {"name": "Importer", "grants": [EDITOR_FA]}
    made = [
        said(client.post("/v1/manage/tokens", json=body, headers=headers(mine, idempotency_key="k")))["data"]["token"]
        for _ in range(2)
    ]
    assert made[0] != made[1]


def test_a_replaced_token_is_the_only_one_of_its_name(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "admin")
    old, kept = token_of(app, user_id, name="make run"), token_of(app, user_id, name="other")
    new = token_of(app, user_id, name="make run")
    statuses = [client.get("/v1/auth/me", headers=headers(token)).status_code for token in (old, kept, new)]
    assert statuses == [401, 200, 200]


def test_no_administrator_makes_a_token_for_somebody_else(app: Flask) -> None:
    admin, other = make_user(app, "admin"), make_user(app, "editor:fa")
    before = database_digest(app)
    with app.app_context():
        actor = queries.actor_of(admin)
        assert actor is not None
        with pytest.raises(ForbiddenError):
            actions.replace_token(actor, other, "x", lifetime=timedelta(days=1))
    assert database_digest(app) == before


def test_finding_out_who_asks_takes_one_statement_and_leaves_nothing_open(app: Flask) -> None:
    token = token_for(app, "editor:fa", "editor:ar", "translator:sq")
    with app.app_context(), statements(app) as sent:
        actor = queries.find_actor(token)
        assert actor is not None
        assert len(actor.grants) == 3
        assert not db.session().in_transaction()
    assert len(sent) == 1


def test_who_is_disabled_opens_nothing_at_once_and_forever(app: Flask, client: FlaskClient) -> None:
    user_id = make_user(app, "editor:fa")
    token = token_of(app, user_id)
    with app.app_context():
        actions.update_user(SYSTEM, user_id, version=1, disabled=True)
    assert client.get("/v1/auth/me", headers=headers(token)).status_code == 401
    with app.app_context():
        actions.update_user(SYSTEM, user_id, version=2, disabled=False)
    assert client.get("/v1/auth/me", headers=headers(token)).status_code == 401


def test_jobs_run_with_the_rights_their_owner_has_now(app: Flask) -> None:
    user_id = make_user(app, "editor:fa", name="Mina")
    with app.app_context():
        actor = queries.actor_of(user_id)
        assert actor is not None
        assert (actor.name, actor.grants) == ("Mina", frozenset({Grant(Role.EDITOR, "fa")}))
        assert not db.session().in_transaction()
        actions.set_grants(SYSTEM, user_id, [], version=1)
        narrowed = queries.actor_of(user_id)
        assert narrowed is not None
        assert narrowed.grants == frozenset()
        actions.update_user(SYSTEM, user_id, version=2, disabled=True)
        assert queries.actor_of(user_id) is None
        assert queries.actor_of(new_id()) is None


def test_rights_are_looked_up_inside_a_transaction_without_ending_it(app: Flask) -> None:
    user_id = make_user(app, "editor:fa")
    with app.app_context():
        user = queries.get_user(user_id)
        assert db.session().in_transaction()
        assert queries.actor_of(user_id) is not None
        assert db.session().in_transaction()
        assert user in db.session


def test_expired_tokens_are_refused_before_they_are_forgotten(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        token = token_for(app, "admin")
        clock.shift(timedelta(days=7))
        assert client.get("/v1/auth/me", headers=headers(token)).status_code == 401
