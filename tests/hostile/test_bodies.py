"""Every odd body gets a documented answer and moves nothing; none says what is not its to say."""

import json
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import Base
from tests.answers import assert_documented
from tests.factories import database_digest, headers, make_user
from tests.hostile.asking import JSON, endpoints_of, real_path
from tests.newsroom import Desk, quick_client

ODD_JSON: tuple[Any, ...] = (
    None, "", " ", 0, -1, 1.5, 2**63 - 1, -(2**63), 1e308, True, [], {}, [[]], [None], ["a"], {"en": None}, {"": ""},
    "a" * 10_000, "\u202e", "٣", "💥" * 100, "\u0301", "{{7*7}}", "2026-13-45", "javascript:alert(1)", [{}] * 60,
)  # fmt: skip


def test_odd_bodies_get_a_documented_answer(app: Flask, newsroom: Desk) -> None:
    """Every field of every body, given what it does not expect."""
    client = quick_client(app)
    article = newsroom.write("en", "Here")
    user = str(make_user(app, "editor:fa"))
    asked, seen = 0, set[tuple[str | None, type]]()
    for endpoint in endpoints_of(app):
        if endpoint.body is None or "/auth/" in endpoint.rule:
            continue
        path = real_path(endpoint.rule, article, user)
        for field in endpoint.body().fields.values():
            name = field.data_key or field.name
            values = ODD_JSON if (name, type(field)) not in seen else ODD_JSON[:4]
            seen.add((name, type(field)))
            for value in values:
                sent = headers(newsroom.token, if_match='"999-0"')
                answer = client.open(path, method=endpoint.method, data=json.dumps({name: value}), headers=sent | JSON)
                assert_documented(answer, of=f"{endpoint.name} {name} {str(value)[:60]}")
                asked += 1
    assert asked > 500


def test_no_body_says_what_is_not_its_to_say(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """Every column there is, and every field of an answer that its body does not declare, is refused by name."""
    article = newsroom.write("en", "Here")
    user = str(make_user(app, "editor:fa"))
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    guessed = {"status", "state", "is_admin", "role", "roles", "author_id", "user", "owner", "_id", "__class__", "uuid"}
    before = database_digest(app)
    for endpoint in endpoints_of(app):
        if endpoint.body is None:
            continue
        declared = {field.data_key or name for name, field in endpoint.body().fields.items()}
        shown = (
            {field.data_key or name for name, field in endpoint.answer().fields.items()} if endpoint.answer else set()
        )
        undeclared = sorted((columns | shown | guessed) - declared)
        path = real_path(endpoint.rule, article, user)
        for start in range(0, len(undeclared), 90):
            names = undeclared[start : start + 90]
            answer = client.open(
                path, method=endpoint.method, json=dict.fromkeys(names, 1),
                headers=headers(newsroom.token, if_match='"1-0"'),
            )  # fmt: skip
            assert answer.status_code == 422, (endpoint.name, answer.status_code)
            errors = answer.json["errors"]  # type: ignore[index]
            unknown = {error["pointer"][1:] for error in errors if error["code"] == "unknown_field"}
            assert unknown >= set(names[:80]), endpoint.name
    assert database_digest(app) == before


def test_a_variant_is_told_its_place_by_its_address(app: Flask, newsroom: Desk) -> None:
    """Neither its edition, its article nor its stage can be slipped into a body."""
    article = newsroom.write("en", "Here")
    path = f"/articles/{article['article']}/variants/en"
    etag = newsroom.variant(article["article"], "en").headers["ETag"]
    before = database_digest(app)
    for name, value in {
        "locale": "fa", "id": str(uuid4()), "article": str(uuid4()), "stage": "approved", "visibility": "published",
        "created_at": "2020-01-01T00:00:00Z", "version": 9, "live_revision": 1, "kind": "page", "dir": "rtl",
        "publish_at": "2020-01-01T00:00:00Z", "created_by": str(uuid4()), "freshness": {"state": "current"},
    }.items():  # fmt: skip
        for method in ("PATCH", "PUT"):
            answer = newsroom.call(method, path, {"title": "x", name: value}, if_match=etag, expect=422)
            assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [  # type: ignore[index]
                (f"/{name}", "unknown_field")
            ]
    assert database_digest(app) == before
