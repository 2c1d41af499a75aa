"""Users and their grants, and the trail that changes leave."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from nejat_cms.accounts import actions, queries
from nejat_cms.accounts.models import AuditEntry, User, UserGrant
from nejat_cms.db import atomic, db, new_id
from nejat_cms.errors import ConflictError, NejatError
from nejat_cms.permissions import SYSTEM, Grant, Role
from tests.factories import database_digest, headers, make_user, said, statements, token_for, token_of

NEW = {"email": "mina@example.org", "name": "مینا", "grants": [{"role": "editor", "locale": "fa"}]}


def etag_of(client: FlaskClient, path: str, token: str) -> str:
    return str(client.get(path, headers=headers(token)).headers["ETag"])


def test_somebody_new_is_shown_as_she_was_made(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    made = client.post("/v1/manage/users", json=NEW, headers=headers(token))
    assert made.status_code == 201
    path = made.headers["Location"]
    shown = client.get(path, headers=headers(token))
    assert said(shown) == said(made)
    assert shown.headers["ETag"] == made.headers["ETag"]
    data = said(shown)["data"]
    assert {name: data[name] for name in NEW} == NEW
    assert data["disabled"] is False
    assert said(shown)["meta"]["permissions"] == ["user:manage"]
    assert path == f"/v1/manage/users/{data['id']}"


def test_a_change_names_the_version_it_saw(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    path = f"/v1/manage/users/{make_user(app, 'editor:fa')}"
    etag = etag_of(client, path, token)
    before = database_digest(app)
    blind = client.patch(path, json={"name": "x"}, headers=headers(token))
    assert blind.status_code == 428
    for wrong in ('"7-00"', "*", f"W/{etag}"):
        stale = client.patch(path, json={"name": "x"}, headers=headers(token, if_match=wrong))
        assert stale.status_code == 412
        assert said(stale)["etag"] == etag
    assert database_digest(app) == before
    changed = client.patch(path, json={"name": "Mina K."}, headers=headers(token, if_match=etag))
    assert changed.status_code == 200
    assert said(changed)["data"]["name"] == "Mina K."
    assert changed.headers["ETag"] == etag_of(client, path, token) != etag
    assert client.patch(path, json={"name": "y"}, headers=headers(token, if_match=etag)).status_code == 412


def test_grants_share_the_users_version(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    path = f"/v1/manage/users/{make_user(app, 'editor:fa')}"
    etag, seen = etag_of(client, f"{path}/grants", token), etag_of(client, path, token)
    wanted = [
        {"role": "author", "locale": None},
        {"role": "editor", "locale": "fa"},
        {"role": "editor", "locale": "sq"},
    ]
    before = database_digest(app)
    assert client.put(f"{path}/grants", json={"grants": wanted}, headers=headers(token)).status_code == 428
    stale = client.put(f"{path}/grants", json={"grants": wanted}, headers=headers(token, if_match='"9-0"'))
    assert (stale.status_code, said(stale)["etag"]) == (412, etag)
    assert database_digest(app) == before
    answer = client.put(f"{path}/grants", json={"grants": wanted}, headers=headers(token, if_match=etag))
    assert answer.status_code == 200
    assert said(answer)["data"]["grants"] == wanted
    assert said(client.get(path, headers=headers(token)))["data"]["grants"] == wanted
    assert client.patch(path, json={"name": "x"}, headers=headers(token, if_match=seen)).status_code == 412
    again = client.put(
        f"{path}/grants", json={"grants": wanted}, headers=headers(token, if_match=answer.headers["ETag"])
    )
    assert again.headers["ETag"] == answer.headers["ETag"], "what changes nothing makes no version"
    gone = client.put(f"{path}/grants", json={"grants": []}, headers=headers(token, if_match=answer.headers["ETag"]))
    assert said(gone)["data"]["grants"] == []


OTHERS = ["admin:fa", "editor", "author:fa", "translator:fa", "moderator:fa"]


@pytest.mark.parametrize("grant", OTHERS)
def test_nobody_else_learns_or_changes_anything_of_users(app: Flask, client: FlaskClient, grant: str) -> None:
    token = token_for(app, grant)
    known, unknown = make_user(app, "editor:fa"), new_id()
    before = database_digest(app)
    for user_id in (known, unknown):
        path = f"/v1/manage/users/{user_id}"
        for method, address, body in [
            ("GET", "/v1/manage/users", None),
            ("POST", "/v1/manage/users", NEW),
            ("GET", path, None),
            ("PATCH", path, {"disabled": True}),
            ("GET", f"{path}/grants", None),
            ("PUT", f"{path}/grants", {"grants": [{"role": "admin", "locale": None}]}),
            ("GET", "/v1/manage/audit", None),
        ]:
            for more in ({}, {"if_match": '"1-0"'}):
                answer = client.open(address, method=method, json=body, headers=headers(token, **more))
                assert answer.status_code == (404 if method == "GET" else 403), (method, address)
                assert "etag" not in said(answer)
    assert database_digest(app) == before


def test_an_address_belongs_to_one_user(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    make_user(app, email="mina@example.org")
    other = make_user(app, email="other@example.org")
    path = f"/v1/manage/users/{other}"
    etag = etag_of(client, path, token)
    before = database_digest(app)
    for body in (NEW, NEW | {"email": "MINA@example.org"}):
        assert client.post("/v1/manage/users", json=body, headers=headers(token)).status_code == 409
    taken = client.patch(path, json={"email": "Mina@Example.org"}, headers=headers(token, if_match=etag))
    assert taken.status_code == 409
    assert database_digest(app) == before
    mine = client.patch(path, json={"email": "Other@example.org"}, headers=headers(token, if_match=etag))
    assert said(mine)["data"]["email"] == "Other@example.org"


def test_of_two_who_take_an_address_at_once_one_gets_it(app: Flask) -> None:
    def take(number: int) -> str:
        with app.app_context():
            try:
                actions.create_user(SYSTEM, email="Mina@example.org" if number % 2 else "mina@example.org", name="Mina")
            except ConflictError:
                return "conflict"
        return "made"

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(take, range(6)))
    assert sorted(results) == ["conflict"] * 5 + ["made"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"email": "nobody"}, "/email", "invalid"),
        ({"email": "a@b.c\nBcc: x@y.z"}, "/email", "invalid"),
        ({"email": "a" * 250 + "@b.org"}, "/email", "too_long"),
        ({"name": " "}, "/name", "empty"),
        ({"password": "short"}, "/password", "too_short"),
        ({"id": "x"}, "/id", "unknown_field"),
        ({"version": 3}, "/version", "unknown_field"),
        ({"password_hash": "x"}, "/password_hash", "unknown_field"),
        ({"created_at": "x"}, "/created_at", "unknown_field"),
        ({"disabled": True}, "/disabled", "unknown_field"),
        ({"grants": [{"role": "admin", "locale": "everywhere"}]}, "/grants/0/locale", "unknown_locale"),
    ],
)
def test_a_user_of_the_wrong_shape_is_named(
    app: Flask, client: FlaskClient, body: dict[str, Any], pointer: str, code: str
) -> None:
    token = token_for(app, "admin")
    before = database_digest(app)
    answer = client.post("/v1/manage/users", json=NEW | body, headers=headers(token))
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in said(answer)["errors"]] == [(pointer, code)]
    assert database_digest(app) == before


@pytest.mark.parametrize("field", ["password", "grants", "id", "password_hash", "version", "disabled_at"])
def test_a_change_touches_nothing_that_is_not_on_the_list(app: Flask, client: FlaskClient, field: str) -> None:
    token = token_for(app, "admin")
    path = f"/v1/manage/users/{make_user(app, 'editor:fa')}"
    etag = etag_of(client, path, token)
    before = database_digest(app)
    answer = client.patch(path, json={"name": "x", field: "y"}, headers=headers(token, if_match=etag))
    assert [error["pointer"] for error in said(answer)["errors"]] == [f"/{field}"]
    assert database_digest(app) == before


def test_the_last_administrator_of_the_house_stays(app: Flask, client: FlaskClient) -> None:
    admin = make_user(app, "admin")
    make_user(app, "admin:fa")
    token = token_of(app, admin)
    path = f"/v1/manage/users/{admin}"
    before = database_digest(app)
    demotion = {"grants": [{"role": "admin", "locale": "fa"}]}
    etag = etag_of(client, f"{path}/grants", token)
    assert client.put(f"{path}/grants", json=demotion, headers=headers(token, if_match=etag)).status_code == 409
    etag = etag_of(client, path, token)
    assert client.patch(path, json={"disabled": True}, headers=headers(token, if_match=etag)).status_code == 409
    assert database_digest(app) == before
    make_user(app, "admin")
    etag = etag_of(client, f"{path}/grants", token)
    assert client.put(f"{path}/grants", json=demotion, headers=headers(token, if_match=etag)).status_code == 200


def test_two_administrators_cannot_remove_each_other_at_once(app: Flask) -> None:
    for _ in range(3):
        pair = [make_user(app, "admin"), make_user(app, "admin")]

        def demote(target: UUID) -> bool:
            with app.app_context():
                try:
                    actions.set_grants(SYSTEM, target, [], version=1)
                except NejatError:
                    return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(demote, pair)) == [False, True]
        with app.app_context():
            db.session.execute(delete(UserGrant))
            db.session.commit()


def test_a_grant_is_held_once(app: Flask) -> None:
    user_id = make_user(app, "editor", "editor", "editor:fa", "editor:FA")
    with app.app_context():
        assert queries.get_user(user_id).grants == [Grant(Role.EDITOR), Grant(Role.EDITOR, "fa")]
        db.session.rollback()
        for locale in (None, "fa"):
            with pytest.raises(IntegrityError), db.engine.begin() as connection:
                connection.execute(
                    insert(UserGrant),
                    {"id": new_id(), "user_id": user_id, "role": "editor", "locale": locale},
                )


def test_a_repeated_post_makes_one_user(app: Flask, client: FlaskClient) -> None:
    token = token_for(app, "admin")
    body = NEW | {"password": "correct horse battery"}
    sent = [client.post("/v1/manage/users", json=body, headers=headers(token, idempotency_key="k1")) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert said(sent[0]) == said(sent[1])
    assert sent[1].headers["Idempotency-Replayed"] == "true"
    other = client.post("/v1/manage/users", json=NEW, headers=headers(token, idempotency_key="k1"))
    assert other.status_code == 422


@pytest.mark.parametrize("path", ["/v1/manage/users", "/v1/manage/tokens", "/v1/manage/audit"])
def test_a_walk_through_the_pages_meets_everything_once(app: Flask, client: FlaskClient, path: str) -> None:
    admin = make_user(app, "admin")
    token = token_of(app, admin)
    for number in range(6):
        make_user(app, "editor:fa")
        token_of(app, admin, name=f"tool {number}")
    whole = [item["id"] for item in said(client.get(f"{path}?limit=100", headers=headers(token)))["data"]]
    assert whole == sorted(whole, reverse=True)
    pages, address = [], f"{path}?limit=3"
    while address:
        page = client.get(address, headers=headers(token))
        pages.append([item["id"] for item in said(page)["data"]])
        last, address = address, said(page)["links"].get("next")
    assert [found for page in pages for found in page] == whole
    back = client.get(said(client.get(last, headers=headers(token)))["links"]["prev"], headers=headers(token))
    assert [item["id"] for item in said(back)["data"]] == pages[-2]


@pytest.mark.parametrize("path", ["/v1/manage/users", "/v1/manage/tokens", "/v1/manage/audit"])
def test_a_longer_list_takes_no_more_statements(app: Flask, client: FlaskClient, path: str) -> None:
    admin = make_user(app, "admin")
    token = token_of(app, admin)
    counts = []
    for _ in range(2):
        with statements(app) as sent:
            assert client.get(path, headers=headers(token)).status_code == 200
        counts.append(len(sent))
        for number in range(8):
            make_user(app, "editor:fa", "author:ar")
            token_of(app, admin, name=f"tool {number}")
    assert counts[0] == counts[1] <= 3


def test_every_change_leaves_its_trace(app: Flask, client: FlaskClient) -> None:
    admin = make_user(app, "admin", name="Chief")
    token = token_of(app, admin)
    made = client.post("/v1/manage/users", json=NEW, headers=headers(token))
    path = made.headers["Location"]
    user_id = said(made)["data"]["id"]
    etag = made.headers["ETag"]
    etag = client.patch(path, json={"name": "Mina K."}, headers=headers(token, if_match=etag)).headers["ETag"]
    client.put(f"{path}/grants", json={"grants": []}, headers=headers(token, if_match=etag))
    entries = said(client.get(f"/v1/manage/audit?actor={admin}", headers=headers(token)))["data"]
    assert [(entry["action"], entry["subject_id"]) for entry in entries] == [
        ("user.grants", user_id),
        ("user.update", user_id),
        ("user.create", user_id),
    ]
    assert {entry["actor_name"] for entry in entries} == {"Chief"}
    assert entries[0]["details"] == {"before": ["editor:fa"], "after": []}
    only = said(client.get("/v1/manage/audit?action=user.update", headers=headers(token)))["data"]
    assert [entry["id"] for entry in only] == [entries[1]["id"]]
    assert said(client.get("/v1/manage/audit?action=nothing", headers=headers(token)))["data"] == []


@pytest.mark.parametrize(
    "query", ["actor=x", "actor=", "subject=x", "limit=0", "limit=١٠", "cursor=x", "action=a&action=b"]
)
def test_a_question_to_the_trail_that_makes_no_sense_is_refused(app: Flask, client: FlaskClient, query: str) -> None:
    answer = client.get(f"/v1/manage/audit?{query}", headers=headers(token_for(app, "admin")))
    assert answer.status_code == 422
    assert said(answer)["errors"][0]["parameter"] == query.partition("=")[0]


def test_the_trail_is_only_ever_added_to(app: Flask) -> None:
    make_user(app, "admin")

    @atomic
    def rewrite() -> None:
        db.session.scalars(select(AuditEntry)).one().actor_name = "somebody else"

    @atomic
    def remove() -> None:
        db.session.delete(db.session.scalars(select(AuditEntry)).one())

    before = database_digest(app)
    with app.app_context():
        for change in (rewrite, remove):
            with pytest.raises(RuntimeError):
                change()
    assert database_digest(app) == before


def test_what_is_rolled_back_leaves_no_trace(app: Flask) -> None:
    @atomic
    def fail() -> None:
        actions.record(SYSTEM, "test", "user", None, count=1)
        raise ConflictError

    before = database_digest(app)
    with app.app_context():
        with pytest.raises(ConflictError):
            fail()
        with pytest.raises(RuntimeError):
            actions.record(SYSTEM, "test", "user", None)
    assert database_digest(app) == before


def test_users_are_found_however_their_address_is_spelled(app: Flask) -> None:
    user_id = make_user(app, "editor:fa", email="Mina@Example.org")
    with app.app_context():
        found = queries.find_user(" mina@example.ORG")
        assert isinstance(found, User)
        assert not db.session().in_transaction()
        assert (found.id, found.grants) == (user_id, [Grant(Role.EDITOR, "fa")])
        assert not db.session().in_transaction(), "what was found is at hand without reading again"
        assert queries.find_user("nobody@example.org") is None
