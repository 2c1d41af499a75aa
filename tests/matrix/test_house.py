"""Who runs the house; and what nobody may do without a token, or with a body that cannot be read."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions import terms
from nejat_cms.db import new_id
from nejat_cms.http.edge import MAX_CREDENTIALS
from nejat_cms.http.routing import Endpoint
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers, make_user, token_of
from tests.matrix.staff import NOTHING, ROLES, WRONG, Body, Role, Text, address, hire, make, telling, writes_of
from tests.newsroom import open_house, quick_client

# Of the house ---------------------------------------------------------------------------------


def test_the_house_is_run_by_its_administrators(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    somebody = make_user(app, "editor:fa")
    grants = {"grants": [{"role": "admin", "locale": None}]}
    lines: list[tuple[str, str, Body | None]] = [
        ("POST", "/v1/manage/editions", {"locale": "fr"}),
        ("POST", "/v1/manage/users", {"email": "new@example.org", "name": "New"}),
        ("PATCH", f"/v1/manage/users/{somebody}", {"disabled": True}),
        ("PATCH", f"/v1/manage/users/{new_id()}", {"disabled": True}),
        ("PUT", f"/v1/manage/users/{somebody}/grants", grants),
        ("PUT", f"/v1/manage/users/{new_id()}/grants", grants),
        *(("DELETE", f"/v1/manage/editions/{locale}", None) for locale in ("sq", "ar", "fa")),
        *(("PATCH", f"/v1/manage/editions/{locale}", {"is_default": True}) for locale in ("sq", "ar", "fa")),
        *(("PATCH", f"/v1/manage/editions/{locale}", {"tagline": "Mine now"}) for locale in ("en", "sq", "ar", "fa")),
    ]
    before = database_digest(app)
    for role in ROLES:
        for method, path, body in lines:
            hers = role.name == "admin" and role.locale and path.endswith(f"/{role.locale}") and body
            if role.runs_the_house or (hers and body != {"is_default": True}):
                continue
            for etag in ('"1-0"', '"2-0"', WRONG):
                answer = client.open(path, method=method, json=body, headers=headers(staff.tokens[role], if_match=etag))
                expected = 404 if role is NOTHING and "/editions/" in path else 403
                assert answer.status_code == expected, (str(role), method, path, answer.status_code)
                assert answer.json is not None
                assert "etag" not in answer.json
    assert database_digest(app) == before
    for role in (Role("admin", "fa"), Role("admin")):
        token = staff.tokens[role]
        path = "/v1/manage/editions/fa"
        assert client.patch(path, json={"tagline": "x"}, headers=headers(token, if_match=WRONG)).status_code == 412
        etag = client.get(path, headers=headers(token)).headers["ETag"]
        body = {"tagline": f"A word from {role}"}
        assert client.patch(path, json=body, headers=headers(token, if_match=etag)).status_code == 200
    token = staff.tokens[Role("admin")]
    for method, path, body in lines[:2]:
        assert client.open(path, method=method, json=body, headers=headers(token)).status_code == 201
    for method, path, body in [lines[2], lines[4], ("DELETE", "/v1/manage/editions/fr", None)]:
        etag = client.get(path, headers=headers(token)).headers["ETag"]
        answer = client.open(path, method=method, json=body, headers=headers(token, if_match=etag))
        assert answer.status_code in (200, 204), (path, answer.json)


def test_somebody_without_a_role_cannot_tell_which_editions_there_are(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    token = token_of(app, make_user(app))
    for method, body in [("GET", None), ("PATCH", {"tagline": "x"}), ("DELETE", None)]:
        answers = [
            client.open(
                f"/v1/manage/editions/{locale}", method=method, json=body, headers=headers(token, if_match=WRONG)
            )
            for locale in ("fa", "de")
        ]
        assert telling(answers[0]) == telling(answers[1])
        assert answers[0].status_code in (403, 404)


def test_a_token_is_its_owners_own(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "ar")
    staff = hire(app)
    grants = {role: [{"role": role.name, "locale": role.locale}] if role.name else [] for role in ROLES}
    admin = headers(staff.tokens[Role("admin")])
    admins = client.post("/v1/manage/tokens", json={"name": "x", "grants": []}, headers=admin)
    assert admins.json is not None
    for role in ROLES:
        mine = headers(staff.tokens[role])
        before = database_digest(app)
        if not role.runs_the_house:
            for too_much in ({"role": "admin", "locale": None}, {"role": "editor", "locale": "ar"}):
                if role == Role("editor") and too_much["role"] == "editor":
                    continue
                more = client.post("/v1/manage/tokens", json={"name": "x", "grants": [too_much]}, headers=mine)
                assert more.status_code == 422, str(role)
            theirs = client.delete(f"/v1/manage/tokens/{admins.json['data']['id']}", headers=mine)
            nobodys = client.delete(f"/v1/manage/tokens/{new_id()}", headers=mine)
            assert telling(theirs) == telling(nobodys)
            assert theirs.status_code == 404
        assert database_digest(app) == before
        made = client.post("/v1/manage/tokens", json={"name": "x", "grants": grants[role]}, headers=mine)
        assert made.status_code == 201, str(role)
        assert client.delete(made.headers["Location"], headers=mine).status_code == 204
        assert client.post("/v1/auth/logout", headers=mine).status_code == 204
        assert client.get("/v1/auth/me", headers=mine).status_code == 401


# Without a token, and with a body that cannot be read -----------------------------------------


def test_without_a_token_all_of_management_is_401_whether_it_is_there_or_not(app: Flask) -> None:
    client = quick_client(app)
    open_house(app, "en", "fa")
    with app.app_context():
        text = make(Text("draft", "fa"))
    endpoints: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    values = {
        "user_id": new_id(),
        "term_id": new_id(),
        "token_id": new_id(),
        "redirect_id": new_id(),
        "release_id": new_id(),
        "asset_id": new_id(),
        "upload_id": new_id(),
        "comment_id": new_id(),
        "message_id": new_id(),
        "menu": "main",
        "old": 1,
        "new": 1,
    }
    paths = {
        address(endpoint, text, **values)
        for endpoint in endpoints.values()
        if endpoint.rule.startswith("/v1/manage") or (endpoint.signed_in and endpoint.rule.startswith("/v1/auth"))
    }
    paths |= {path.replace(str(text.article), str(new_id())) for path in paths}
    paths |= {"/v1/manage", "/v1/manage/", "/v1/manage/nothing", "/v1/manage/x.css", "/v1/manage/articles/1;.css"}
    strange = {"/v1/manage/articles/%2e%2e", "/v1/manage//articles", "/v1/manage/%00", "/v1/manage/articles?q=%ff"}
    before = database_digest(app)
    tellings = set()
    for path in sorted(paths | strange):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            if path.startswith("/v1/auth") and not any(
                (endpoint.rule, endpoint.method) == (path, method) for endpoint in endpoints.values()
            ):
                continue
            for sent in ({}, {"Authorization": "Bearer nejat_x"}, {"Authorization": "Basic YWRtaW46YWRtaW4="}):
                answer = client.open(path, method=method, data=b"{", headers=sent | {"Accept-Language": "en"})
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert answer.headers["Cache-Control"] == "private, no-store"
                assert "Allow" not in answer.headers
                assert "Access-Control-Allow-Origin" not in answer.headers
                if method != "HEAD":
                    tellings.add(str(telling(answer)))
    assert len(tellings) == 1
    assert database_digest(app) == before


def test_a_body_that_cannot_be_read_or_says_too_much_changes_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    token = token_of(app, make_user(app, "admin"))
    with app.app_context():
        text = make(Text("draft", "fa"))
        term = terms.create_term(SYSTEM, "tag", {"fa": {"name": "نام"}}).id
    values: dict[str, Any] = {
        "user_id": make_user(app, "editor:fa"),
        "term_id": term,
        "token_id": new_id(),
        "redirect_id": new_id(),
    }
    values |= {"asset_id": new_id(), "upload_id": new_id(), "release_id": new_id(), "menu": "main", "slug": "x"}
    values |= {"comment_id": new_id(), "message_id": new_id()}
    before = database_digest(app)
    sent = headers(token, if_match='"1-0"')
    deep = b'{"title":' + b"[" * 100_000
    asked = 0
    for endpoint in writes_of(app).values():
        if endpoint.body is None:
            continue
        path = address(endpoint, text, **values)
        for expected, content_type, raw in [
            (400, "application/json", b"{"),
            (400, "application/json", b'{"a": 1, "a": 2}'),
            (400, "application/json", b'{"a": NaN}'),
            (400, "application/json", '{"a": "é"}'.encode("utf-16")),
            (400, "application/json", b'{"a": "\xff"}'),
            (400, "application/json", deep),
            (415, "text/plain", b"{}"),
            (415, "application/x-www-form-urlencoded", b"title=x"),
            (415, "multipart/form-data; boundary=x", b"--x--"),
            (422, "application/json", b'{"zzz": 1}'),
            (422, "application/json", b"[]"),
            (422, "application/json", b'"text"'),
            (422, "application/json", b"null"),
            (422, "application/json", b'{"title": "\\u0000"}'),
            (422, "application/json", b'{"title": "\\ud83d"}'),
            (422, "application/json", b'{"title": ' + b"[" * 40 + b"]" * 40 + b"}"),
            (413, "application/json", b" " * (4 * 1024 * 1024 + 1)),
        ]:
            answer = client.open(path, method=endpoint.method, data=raw, headers=sent | {"Content-Type": content_type})
            status = 413 if "/auth/" in path and len(raw) > MAX_CREDENTIALS else expected
            assert answer.status_code == status, (endpoint.name, raw[:30], answer.status_code, answer.json)
            assert answer.content_type == "application/problem+json"
            asked += 1
    assert asked > 200
    assert database_digest(app) == before
