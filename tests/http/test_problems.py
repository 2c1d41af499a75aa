"""Problems: every error has a status and words, in the reader's language, and tells nothing it should not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import nejat_cms
from nejat_cms import errors
from nejat_cms.content.rules.releases import Hindrance
from nejat_cms.errors import InvalidError, NejatError, Problem, ReleaseBlockedError, pointer
from nejat_cms.http.codes import FIELD_CODES
from nejat_cms.http.problems import INTERFACE_LOCALES, STATUS, problem_response
from nejat_cms.http.schemas import WORDS

PACKAGE = Path(nejat_cms.__file__).parent
CODED = ("Problem", "fail", "BadValueError", "FormError", "_bad", "_problem")
"""What is called with a field's code as its first argument."""


def all_errors(root: type[NejatError] = NejatError) -> Iterator[type[NejatError]]:
    for error in root.__subclasses__():
        yield error
        yield from all_errors(error)


def test_every_error_has_a_status_a_code_of_its_own_and_words() -> None:
    found = set(all_errors())
    assert found == set(STATUS)
    assert len({error.code for error in found}) == len(found)
    for error in found:
        assert 400 <= STATUS[error] <= 503
        assert str(error.title)
        assert str(error.explanation).endswith("."), error


def codes_in_source() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in CODED and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def test_every_code_of_a_field_is_explained() -> None:
    used = set(codes_in_source()) | {problem.code for problem in WORDS.values()} | {"local_time_skipped", *Hindrance}
    assert used - FIELD_CODES.keys() == set(), "explain it in nejat_cms/http/codes.py"
    assert FIELD_CODES.keys() - used == set(), "nobody is told this any more"
    assert {"required", "unknown_field", "unknown_parameter", "unknown_type"} <= used


@pytest.mark.parametrize(
    ("accept", "path", "language"),
    [
        (None, "/v1/nowhere", "en"),
        ("fa-IR, en;q=0.9", "/v1/nowhere", "fa"),
        ("prs", "/v1/nowhere", "fa"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "/v1/nowhere", "ar"),
        ("de, sq;q=0.5, en;q=0.4", "/v1/nowhere", "sq"),
        ("ckb", "/v1/nowhere", "en"),
        ("de", "/v1/sq/articles", "sq"),
        (None, "/v1/fa/articles", "fa"),
        (None, "/v1/FA/articles", "fa"),
        ("en", "/v1/fa/articles", "en"),
        (None, "/v1/de/articles", "en"),
        ("*", "/v1/fa/articles", "fa"),
        ("\x01;;;q=x,,", "/v1/nowhere", "en"),
    ],
)
def test_a_problem_is_told_in_the_readers_language(
    client: FlaskClient, accept: str | None, path: str, language: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": accept} if accept else {})
    assert answer.status_code == 404
    assert answer.headers["Content-Language"] == language
    assert language in INTERFACE_LOCALES
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_problem_names_its_code_and_its_request(client: FlaskClient) -> None:
    answer = client.get("/v1/nowhere")
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json == {
        "request_id": answer.headers["X-Request-Id"],
        "type": "/problems/not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address, or nothing that you may know of.",
        "code": "not_found",
        "instance": "/v1/nowhere",
    }


@pytest.mark.parametrize("error", STATUS)
def test_every_error_can_be_rendered_in_every_language(app: Flask, error: type[NejatError]) -> None:
    for locale in INTERFACE_LOCALES:
        with app.test_request_context(headers={"Accept-Language": locale}):
            detailed = issubclass(error, InvalidError | ReleaseBlockedError)
            answer = problem_response(error([]) if detailed else error())
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (STATUS[error], error.code)
        assert answer.headers["Content-Language"] == locale
        assert answer.headers["Cache-Control"] == "no-store"


def test_every_wrong_field_is_named_by_pointer_or_parameter(app: Flask) -> None:
    wrong = [Problem("required", "Needed.", "/title"), Problem("repeated", "Once.", parameter="limit")]
    with app.test_request_context():
        answer = problem_response(InvalidError(wrong))
    assert answer.json is not None
    assert answer.json["errors"] == [
        {"pointer": "/title", "code": "required", "detail": "Needed."},
        {"parameter": "limit", "code": "repeated", "detail": "Once."},
    ]


def test_a_thousand_wrong_fields_make_an_answer_of_a_hundred(app: Flask) -> None:
    with app.test_request_context():
        answer = problem_response(InvalidError(Problem("null", "No.", f"/{at}") for at in range(1000)))
    assert answer.json is not None
    assert len(answer.json["errors"]) == 100


def test_waiting_is_told_in_seconds_and_not_in_the_body(app: Flask) -> None:
    with app.test_request_context():
        answer = problem_response(errors.TooManyAttemptsError(retry_after=17))
        assert problem_response(errors.UnavailableError()).headers["Retry-After"] == "2"
    assert answer.headers["Retry-After"] == "17"
    assert b"retry_after" not in answer.data


def test_what_is_not_there_is_kept_for_a_minute_by_the_public_alone(client: FlaskClient) -> None:
    assert client.get("/v1/en/articles/never").headers["Cache-Control"] == "public, max-age=60"
    assert client.get("/v1/manage/articles").headers["Cache-Control"] == "private, no-store"


def test_a_fault_of_ours_says_nothing_of_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret /path SELECT")

    monkeypatch.setattr("nejat_cms.delivery.routes.editions.enabled_editions", broken)
    answer = FlaskClient(app).get("/v1/editions")  # the usual client refuses a 500
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert not {"secret", "SELECT", "Zero", "Traceback"} & set(answer.get_data(as_text=True).replace("/", " ").split())


def test_a_pointer_escapes_what_would_lead_elsewhere() -> None:
    assert pointer("a/b", "c~d", 3) == "/a~1b/c~0d/3"
