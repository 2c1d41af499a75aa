"""What answers say, taken whole: to compare two of them, or to hold one to the contract."""

import json
import re

from werkzeug.test import TestResponse

MEMBERS = {"type", "title", "status", "detail", "code", "instance", "request_id"}
MORE_MEMBERS = {"errors", "etag", "available", "locales"}
REFUSALS = {400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 416, 422, 428, 429}
ANSWERS = {200, 201, 204, 301, 302, 304} | REFUSALS


def assert_documented(answer: TestResponse, *, of: str = "") -> None:
    """A status of the contract and, if it is a refusal, a whole problem document."""
    assert answer.status_code in ANSWERS, (of, answer.status_code, answer.text[:300])
    if answer.status_code < 400 or answer.request.method in ("HEAD", "OPTIONS"):
        return
    assert answer.content_type == "application/problem+json", of
    problem = json.loads(answer.get_data())
    assert MEMBERS <= set(problem) <= MEMBERS | MORE_MEMBERS, of
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["title"]
    assert problem["detail"]
    assert answer.headers["Content-Language"] in ("en", "ar", "fa", "sq")
    assert "public" not in answer.headers["Cache-Control"] or answer.status_code in (404, 410)
    if answer.status_code == 422:
        assert problem["errors"]
        for error in problem["errors"]:
            assert set(error) in ({"pointer", "code", "detail"}, {"parameter", "code", "detail"})
    for word in ("Traceback", "sqlalchemy", "sqlite", "psycopg", "SELECT ", "/site-packages/", "nejat_cms/"):
        assert word not in json.dumps(problem | {"instance": "", "errors": ""}), of


def told(answer: TestResponse) -> str:
    """All that an answer says, status, headers and body, but for the id of its request and a time that the clock may
    just have reached (see `test_feeds`)."""
    kept = [f"{name}: {value}" for name, value in answer.headers if name not in ("X-Request-Id", "Last-Modified")]
    return "\n".join([str(answer.status_code), *kept, re.sub(r'"request_id":"[^"]*"', "", answer.text)])
