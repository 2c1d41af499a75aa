"""Bodies and query strings: what is hostile or careless is refused with a 4xx that names it."""

import contextlib
import io
from typing import Any

import orjson
import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.errors import InvalidError, MalformedError, UnsupportedMediaTypeError
from nejat_cms.http import MAX_BODY, parsing
from nejat_cms.http.edge import MAX_CREDENTIALS
from nejat_cms.http.parsing import (
    LIMIT,
    MAX_DEPTH,
    MAX_QUERY,
    Param,
    flag,
    locale_tag,
    moment,
    one_of,
    plain,
    read_json,
    read_query,
    whole,
)
from tests.factories import database_digest, headers, token_for

bare = Flask(__name__)


def body(raw: bytes | str, content_type: str = "application/json") -> Any:
    data = raw.encode() if isinstance(raw, str) else raw
    with bare.test_request_context("/", method="POST", data=data, content_type=content_type):
        return read_json(request)


def codes(error: InvalidError) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.pointer or problem.parameter) for problem in error.problems]


PARAMS = (
    LIMIT,
    Param("featured", flag, {}, ""),
    Param("sort", one_of("title", "date"), {}, "", default="date"),
    Param("tag", plain, {}, "", (), many=True),
    Param("locale", locale_tag, {}, ""),
    Param("from", moment, {}, ""),
    Param("year", whole(1, 9999), {}, ""),
)


def query(raw: str | bytes) -> dict[str, Any]:
    with bare.test_request_context("/"):
        request.query_string = raw.encode("latin-1") if isinstance(raw, str) else raw
        return read_query(request, PARAMS)


# Bodies ---------------------------------------------------------------------------------------


def test_no_body_is_an_empty_object() -> None:
    assert body(b"", "") == {}


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        "nonsense",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 2}',
        '[{"b": {"a": 1, "a": 1}}]',
        "[" * 100_000,
        '{"a":' * 100_000,
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": 01}',
        '{"a": ١٠}',
        '{"a": 1_0}',
        '{"a": "tab\there"}',
        '{"a": 1} {"b": 2}',
        "1" * 5_000,
    ],
)
def test_what_is_not_json_is_malformed(raw: str) -> None:
    with pytest.raises((MalformedError, InvalidError)) as caught:
        body(raw)
    assert raw == "1" * 5_000 or caught.type is MalformedError


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
def test_other_encodings_than_utf_8_are_malformed(encoding: str) -> None:
    with pytest.raises(MalformedError):
        body('{"title": "é"}'.encode(encoding))


@pytest.mark.parametrize(
    "raw", [b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b'{"a": "\xc0\x80"}', b'{"a": "\xe2\x82"}']
)
def test_bytes_that_are_not_utf_8_are_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        body(raw)


@pytest.mark.parametrize(
    ("raw", "code", "pointer"),
    [
        (r'{"a": "\ud83d"}', "characters", "/a"),
        (r'{"a": ["x", "\udc00y"]}', "characters", "/a/1"),
        (r'{"a": "x\u0000y"}', "characters", "/a"),
        (r'{"b": {"\u0000": 1}}', "characters", "/b"),
        (r'{"\ud83d": 1}', "characters", ""),
        ('{"a": 9223372036854775808}', "out_of_range", "/a"),
        ('{"a": -9223372036854775809}', "out_of_range", "/a"),
        ('{"a~/b": 1e999}', "out_of_range", "/a~0~1b"),
        ('{"a": -1e999}', "out_of_range", "/a"),
    ],
)
def test_what_no_field_may_hold_is_invalid_where_it_stands(raw: str, code: str, pointer: str) -> None:
    with pytest.raises(InvalidError) as caught:
        body(raw)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [(code, pointer)]


@pytest.mark.parametrize("raw", ['{"a": 9223372036854775807}', '{"a": -9223372036854775808}', r'{"a": "\ud83d\ude00"}'])
def test_what_is_only_just_allowed_is_read(raw: str) -> None:
    assert body(raw) == orjson.loads(raw)


def test_thirty_two_levels_are_read_and_thirty_three_are_too_deep() -> None:
    assert body("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    with pytest.raises(InvalidError) as caught:
        body("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))
    assert [problem.code for problem in caught.value.problems] == ["too_deep"]


def test_a_body_of_which_a_part_never_came_is_malformed() -> None:
    with bare.test_request_context("/", method="POST", data=b"{}", content_type="application/json"):
        request.environ |= {"CONTENT_LENGTH": "3", "wsgi.input_terminated": True}
        with pytest.raises(MalformedError):
            read_json(request)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_other_types_than_json_are_not_read(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        body("{}", content_type)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/merge-patch+json"])
def test_json_and_merge_patches_are_read(content_type: str) -> None:
    assert body('{"a": null}', content_type) == {"a": None}


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@given(json_values)
def test_whatever_json_can_say_is_read_as_it_was_sent(value: Any) -> None:
    assert body(orjson.dumps(value)) == value


@given(st.binary(max_size=60))
def test_no_bytes_whatever_are_more_than_refused(raw: bytes) -> None:
    with contextlib.suppress(MalformedError, InvalidError):
        body(raw)


# Query strings --------------------------------------------------------------------------------


def test_parameters_have_their_defaults_and_their_types() -> None:
    assert query("") == {
        "limit": 20,
        "featured": None,
        "sort": "date",
        "tag": (),
        "locale": None,
        "from": None,
        "year": None,
    }
    found = query("limit=7&featured=true&tag=a,b,a&locale=FA-ir&sort=title")
    assert (found["limit"], found["featured"], found["tag"], found["locale"]) == (7, True, ("a", "b"), "fa-IR")


@pytest.mark.parametrize(
    ("raw", "problems"),
    [
        ("limt=3", [("unknown_parameter", "limt")]),
        ("Limit=3", [("unknown_parameter", "Limit")]),
        ("limit=3&limit=3", [("repeated", "limit")]),
        ("tag=a&tag=b", [("repeated", "tag")]),
        ("limit=", [("invalid", "limit")]),
        ("limit=0", [("invalid", "limit")]),
        ("limit=101", [("invalid", "limit")]),
        ("limit=-1", [("invalid", "limit")]),
        ("limit=%2B5", [("invalid", "limit")]),
        ("limit=+5", [("invalid", "limit")]),
        ("limit=5.0", [("invalid", "limit")]),
        ("limit=1e1", [("invalid", "limit")]),
        ("limit=1_0", [("invalid", "limit")]),
        ("limit=0x10", [("invalid", "limit")]),
        ("limit=%D9%A1%D9%A0", [("invalid", "limit")]),
        ("limit=%EF%BC%95", [("invalid", "limit")]),
        ("limit=5%0A", [("invalid", "limit")]),
        ("year=9223372036854775808", [("invalid", "year")]),
        ("limit=" + "9" * 5_000, [("invalid", "limit")]),
        ("featured=1", [("invalid", "featured")]),
        ("featured=True", [("invalid", "featured")]),
        ("featured", [("invalid", "featured")]),
        ("sort=title,date", [("invalid", "sort")]),
        ("locale=xx-klingon-", [("unknown_locale", "locale")]),
        ("from=2026-02-30", [("invalid", "from")]),
        ("from=2026-1-1", [("invalid", "from")]),
        ("from=%D9%A2026-01-01", [("invalid", "from")]),
        ("from=2026-01-01T00:00:00", [("invalid", "from")]),
        ("tag=" + "x" * 301, [("too_long", "tag")]),
        ("tag=" + ",".join(map(str, range(51))), [("too_many", "tag")]),
        ("a=1&limit=x&featured=no", [("unknown_parameter", "a"), ("invalid", "limit"), ("invalid", "featured")]),
    ],
)
def test_what_is_wrong_with_a_query_is_named(raw: str, problems: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidError) as caught:
        query(raw)
    assert codes(caught.value) == problems


@pytest.mark.parametrize(
    "raw",
    [
        "tag=%FF",
        "tag=%C0%80",
        "tag=%ED%A0%80",
        "%FF=1",
        b"tag=\xff",
        "tag=%00",
        "tag=a%00b",
        "tag=" + "x" * MAX_QUERY,
    ],
)
def test_a_query_that_cannot_be_read_is_malformed(raw: str | bytes) -> None:
    with pytest.raises(MalformedError):
        query(raw)


def test_a_plus_is_a_space_and_letters_of_any_script_are_read() -> None:
    assert query("tag=a+b,%D9%86%D8%A7%D9%86")["tag"] == ("a b", "نان")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_no_query_whatever_is_more_than_refused(raw: str) -> None:
    with contextlib.suppress(MalformedError, InvalidError):
        query(raw)


@given(st.integers(-(2**70), 2**70))
def test_whole_numbers_are_read_or_refused(number: int) -> None:
    try:
        assert query(f"limit={number}")["limit"] == number
    except InvalidError:
        assert not 1 <= number <= 100


def test_a_hostile_body_is_read_no_further_than_its_hundredth_problem() -> None:
    with pytest.raises(InvalidError) as caught:
        body(orjson.dumps({"a": ["\0"] * 1_000, "b": [{"\0": 1}] * 1_000}))
    assert len(caught.value.problems) == 100
    with pytest.raises(InvalidError) as caught:
        body('{"a~b": [[1, {"c/d": "\\u0000"}]]}')
    assert codes(caught.value) == [("characters", "/a~0b/0/1/c~1d")]


def test_places_are_written_out_for_problems_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*steps: Any) -> str:
        raise AssertionError(steps)

    monkeypatch.setattr(parsing, "pointer", never)
    body(orjson.dumps({"a": [[1, "x", {"b": None}]] * 1_000}))


@pytest.mark.parametrize(("path", "limit"), [("/v1/manage/articles", MAX_BODY), ("/v1/auth/login", MAX_CREDENTIALS)])
def test_a_body_in_chunks_that_is_too_large_is_refused_and_not_cut(app: Flask, path: str, limit: int) -> None:
    token = token_for(app, "admin")
    body = b'{"email": "a@example.org", "password": "wrong"}'.ljust(limit + 1)
    before = database_digest(app)
    for size, expected in ((limit + 1, 413), (limit, 0)):
        answer = app.test_client().post(
            path,
            headers=headers(token),
            content_type="application/json",
            input_stream=io.BytesIO(body[:size]),
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert (answer.status_code == 413) == (expected == 413), answer.status_code
    assert database_digest(app) == before
