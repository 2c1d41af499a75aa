"""Requests that nobody thought of, made from the OpenAPI document: each answer is one it declares, and none a 5xx."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok

from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.db import atomic, db, new_id
from nejat_cms.http.openapi import document
from tests.factories import headers, make_user
from tests.http.conformance import check_response
from tests.media.files import path_of, picture, upload
from tests.newsroom import Desk, data, desk_for, open_house

EXAMPLES = 3
"""Requests an operation; `make test-slow` asks more."""
ENDS_THE_SESSION = ("log_out", "log_out_everywhere", "change_password")


def sent_by_readers(app: Flask, article: Mapping[str, Any]) -> tuple[str, str]:
    """A comment under a text and a message to its edition; answers their ids."""
    with app.app_context():
        return atomic(_sent_by_readers)(UUID(article["id"]), article["locale"])


def _sent_by_readers(variant_id: UUID, locale: str) -> tuple[str, str]:
    shared: dict[str, Any] = {
        "locale": locale,
        "held_for": [],
        "name": "Mina",
        "email": "mina@example.org",
        "text": "Hello",
    }
    shared |= {"email_key": "mina@example.org", "text_key": "", "sent_us": 0}
    comment = Comment(id=new_id(), variant_id=variant_id, depth=1, status="pending", **shared)
    comment.root_id = comment.id
    message = ContactMessage(id=new_id(), subject="Hello", status="new", **shared)
    db.session.add_all([comment, message])
    return str(comment.id), str(message.id)


@dataclass(frozen=True)
class Known:
    """What stands in paths, so that requests do not all end at a 404."""

    values: Mapping[str, Any]
    terms: Mapping[str, dict[str, Any]]
    """Of each type: its id and the slug at which readers find one like it."""

    def of(self, name: str) -> dict[str, Any]:
        """The values that an operation of this name is about."""
        type_ = next((each for each in TERMS if each in name), None)
        return dict(self.values) | (self.terms[type_] if type_ else {})


TERMS = {"section": "sections", "tag": "tags", "person": "people"}


def known_values(app: Flask, desk: Desk, number: int) -> Known:
    """Something of everything; `number` keeps it from what was made before."""
    names = {type_: {"en": {"name": f"{type_} {number}"}} for type_ in TERMS}
    terms = {
        type_: data(desk.call("POST", f"/{plural}", {"names": names[type_]}, expect=201))
        for type_, plural in TERMS.items()
    }
    asset = upload(desk, picture(60, 40))
    first = desk.published(
        "en", "Harbour", image=asset["id"], sections=[terms["section"]["id"]], tags=["Sea"], authors=["A. Sailor"]
    )
    desk.edit(first, title="The harbour")
    desk.publish(desk.translate(first, "fa"))
    comment, message = sent_by_readers(app, first)
    values = {
        "article_id": first["article"],
        "slug": first["slug"],
        "comment_id": comment,
        "message_id": message,
        "asset_id": asset["id"],
        "file_id": asset["file"]["id"],
        "rendition": "thumb",
        "name": path_of(asset["file"]["renditions"]["thumb"]["url"]).rpartition("/")[2].partition("?")[0],
        "variant_id": first["id"],
        "locale": "en",
        "term_id": terms["section"]["id"],
        "menu": "main",
        "user_id": str(make_user(app, "author:fa")),
        "number": 1,
        "old": 1,
        "new": 2,
        "code": "gone",
        "kind": "article",
        "form": "json",
        "part": 1,
    }
    slugs = {"section": terms["section"]["names"]["en"]["slug"], "tag": "sea", "person": "a-sailor"}
    return Known(values, {type_: {"term_id": terms[type_]["id"], "slug": slugs[type_]} for type_ in TERMS})


def as_query(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(as_query, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def likely(body: Any) -> Any:
    """The same body, about languages that exist: at random there are hardly any."""
    if not isinstance(body, dict):
        return body
    changed = {name: likely(value) for name, value in body.items()}
    if isinstance(changed.get("names"), dict):
        changed["names"] = dict(zip(("en", "fa", "ar", "sq"), changed["names"].values(), strict=False))
    return changed | {name: "sq" for name in ("locale", "copy_from") if isinstance(changed.get(name), str)}


def reader_etag(app: Flask, desk: Desk, operation: str, path: str) -> str:
    """The ETag under which a resource is read now: of the path itself or of the nearest one above it."""
    reader = app.extensions["nejat.endpoints"][operation].reader
    while reader and path.count("/") > 3:
        answer = desk.client.get(path, headers=headers(desk.token))
        if answer.status_code == 200 and "ETag" in answer.headers:
            return answer.headers["ETag"]
        path = path.rpartition("/")[0]
    return '"1-00"'


def ask_at_random(app: Flask, desk: Desk, operation: Any, known: Mapping[str, Any], examples: int) -> None:
    name = operation.definition.raw["operationId"]

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(), st.integers(0, 3), st.booleans())
    def ask(case: Any, chance: int, up_to_date: bool) -> None:
        if chance:
            case.path_parameters = {key: known.get(key, value) for key, value in (case.path_parameters or {}).items()}
        path = case.formatted_path
        sent = {key: str(value) for key, value in (case.headers or {}).items()} | headers(desk.token)
        if up_to_date and "If-Match" in sent:
            sent["If-Match"] = reader_etag(app, desk, name, path)
        query = {key: as_query(value) for key, value in (case.query or {}).items()}
        body = {} if case.body is NOT_SET else as_sent(case, chance)
        answer = desk.client.open(path, method=case.method, headers=sent, query_string=query, **body)
        check_response(app, case.method, path, answer)

    ask()


def as_sent(case: Any, chance: int) -> dict[str, Any]:
    """The body as the client takes it: JSON, the fields of a form, or bytes."""
    if case.media_type == "multipart/form-data":
        content = case.body.get("file", b"") if isinstance(case.body, dict) else b""
        raw = content if isinstance(content, bytes) else str(content).encode()
        return {"data": {"file": (BytesIO(raw), "x")}, "content_type": case.media_type}
    if case.media_type == "application/offset+octet-stream":
        raw = case.body if isinstance(case.body, bytes) else str(case.body).encode()
        return {"data": raw, "content_type": case.media_type}
    return {"json": likely(case.body) if chance else case.body}


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: Any, value: Any) -> Any:
    return value


def fuzz(app: Flask, examples: int) -> None:
    desk = desk_for(app)
    open_house(app)
    schema = schemathesis.openapi.from_dict(document(app))
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(found) == sum(len(methods) for methods in document(app)["paths"].values())
    known = known_values(app, desk, 0)
    for number, operation in enumerate(sorted(found, key=lambda each: each.method.upper() != "GET"), 1):
        name = operation.definition.raw["operationId"]
        if name not in ENDS_THE_SESSION:
            ask_at_random(app, desk, operation, known.of(name), examples)
        if operation.method.upper() != "GET":  # it may have changed or ended any of it
            known = known_values(app, desk, number)


@pytest.mark.filterwarnings("ignore")  # schemathesis warns of formats it has no generator for
def test_whatever_is_sent_gets_an_answer_that_is_declared(app: Flask) -> None:
    fuzz(app, EXAMPLES)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_however_much_is_sent_gets_an_answer_that_is_declared(app: Flask) -> None:
    fuzz(app, 10 * EXAMPLES)
