"""What every answer carries, a refusal's words among it, and who may read it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.errors import NejatError
from nejat_cms.http.problems import STATUS
from tests.answers import REFUSALS, assert_documented
from tests.factories import database_digest, headers, make_user, token_of
from tests.hostile.asking import JSON
from tests.newsroom import Desk


def answers_of_every_kind(client: FlaskClient, desk: Desk) -> Iterator[TestResponse]:
    """One answer for each status there is, public and in the newsroom."""
    token = desk.token
    for path in (
        "/v1/editions",
        "/v1/en/articles/first",
        "/v1/nothing",
        "/v1/en/articles?x=1",
        "/v1/en/articles?x=%ff",
    ):
        yield client.get(path)
    yield client.get("/v1/editions", headers={"Accept": "text/html"})
    yield client.get("/v1/editions", headers={"If-None-Match": "*"})
    yield client.get("/v1/editions", headers={"Authorization": "Bearer x"})
    yield client.post("/v1/editions")
    yield client.options("/v1/editions")
    yield client.get("/docs")
    yield client.get("/problems/gone")
    yield client.get("/healthz")
    yield client.get("/v1/manage/articles")
    yield client.get("/v1/manage/articles", headers=headers(token))
    yield client.get("/v1/auth/me", headers=headers(token))
    yield client.post("/v1/auth/login", json={"email": "a@b.c", "password": "x"})


def test_every_answer_is_safe_to_look_at(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    statuses = set()
    for answer in answers_of_every_kind(client, newsroom):
        statuses.add(answer.status_code)
        sent = answer.headers
        assert sent["X-Content-Type-Options"] == "nosniff"
        assert sent["Referrer-Policy"] == "no-referrer"
        policy = sent["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "Set-Cookie" not in sent
        assert "Server" not in sent
        assert sent.get("X-Request-Id") or sent["Cache-Control"].startswith("public")
        if "Authorization" in answer.request.headers or "/manage" in answer.request.path:
            assert sent["Cache-Control"] == "private, no-store"
    assert statuses >= {200, 204, 301, 304, 400, 401, 404, 405, 406, 422}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://127.0.0.1.evil.example", "file://"])
def test_other_sites_may_read_what_is_public_and_nothing_else(
    app: Flask, client: FlaskClient, newsroom: Desk, origin: str
) -> None:
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in ("/v1/editions", "/v1/en/articles/second", "/v1/en/articles/nothing", "/v1/en/articles?x=1"):
        for answer in (client.get(path, headers=asks), client.options(path, headers=asks)):
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert answer.headers["Access-Control-Expose-Headers"] == (
                "ETag, Link, Location, Retry-After, Content-Language, X-Content-Version"
            )
        preflight = client.options(path, headers=asks)
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "authorization" not in preflight.headers["Access-Control-Allow-Headers"].lower()
    for path in ("/v1/manage/articles", "/v1/manage", "/v1/manage/nothing", "/v1/auth/me", "/v1/auth/login"):
        for method in ("GET", "POST", "OPTIONS"):
            for token in ({}, headers(newsroom.token)):
                answer = client.open(path, method=method, headers=asks | token)
                assert not [name for name, _ in answer.headers if name.startswith("Access-Control")], path


def test_a_newsrooms_write_takes_json_alone(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """What a foreign page could send without asking first is not read."""
    before = database_digest(app)
    body = '{"kind": "brief", "locale": "en", "title": "x"}'
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/xml",
    ):
        answer = client.post("/v1/manage/articles", data=body, headers=headers(newsroom.token) | {"Content-Type": kind})
        assert answer.status_code == 415, kind
    assert database_digest(app) == before


def refused_in(client: FlaskClient, desk: Desk, path: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """A request for every status that a client can bring about."""
    token = headers(desk.token)
    etag = client.get(path, headers=token).headers["ETag"]
    variant = {"json": {"title": "x"}}
    yield 400, {"path": "/v1/editions", "query_string": "x=%ff"}
    yield 401, {"path": "/v1/manage/articles"}
    yield 404, {"path": "/v1/nothing"}
    yield 405, {"path": "/v1/editions", "method": "DELETE"}
    yield 406, {"path": "/v1/editions", "headers": {"Accept": "text/html"}}
    yield 409, {"path": f"{path}/approve", "method": "POST", "json": {}, "headers": token | {"If-Match": etag}}
    yield 412, {"path": path, "method": "PATCH", "headers": token | {"If-Match": '"9-0"'}, **variant}
    yield 413, {"path": path, "method": "PATCH", "headers": token | JSON, "data": b" " * 5_000_000}
    yield 415, {"path": path, "method": "PATCH", "headers": token, "data": b"x"}
    yield 422, {"path": "/v1/editions", "query_string": "x=1"}
    yield 428, {"path": path, "method": "PATCH", "headers": token, **variant}


def test_every_refusal_is_told_in_the_readers_language(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    article = newsroom.write("en", "Here")
    path = f"/v1/manage/articles/{article['article']}/variants/en"
    gone = newsroom.step(newsroom.published("en", "Gone"), "unpublish")
    reader = headers(token_of(app, make_user(app, "editor:fa")))
    cases = [
        *refused_in(client, newsroom, path),
        (403, {"path": "/v1/manage/editions", "method": "POST", "json": {"locale": "fr"}, "headers": reader}),
        (410, {"path": f"/v1/en/articles/{gone['slug']}"}),
    ]
    for status, request in cases:
        titles = {}
        for language in ("en", "ar", "fa", "sq"):
            sent = {**request, "headers": {**request.get("headers", {}), "Accept-Language": f"{language}-XX, *;q=0.1"}}
            answer = client.open(**sent)
            assert answer.status_code == status, (status, answer.status_code, answer.text[:200])
            assert_documented(answer)
            assert answer.headers["Content-Language"] == language
            assert "Accept-Language" in answer.headers["Vary"]
            titles[language] = json.loads(answer.get_data())["title"]
        assert len(set(titles.values())) == 4, titles
    assert client.get("/v1/fa/articles/nothing").headers["Content-Language"] == "fa"
    other = client.get("/v1/fa/articles/nothing", headers={"Accept-Language": "de"})
    assert other.headers["Content-Language"] == "fa"


def test_every_error_has_a_status_of_its_own_line() -> None:
    def below(kind: type[NejatError]) -> Iterator[type[NejatError]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    assert set(below(NejatError)) == set(STATUS)
    assert set(STATUS.values()) - {500, 503} == REFUSALS
