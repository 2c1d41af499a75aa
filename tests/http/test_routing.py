"""What every route has in common: preconditions, preferences, negotiation, methods, addresses."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound

from nejat_cms.db import Stamp, new_id
from nejat_cms.errors import PreconditionRequiredError
from nejat_cms.http.application import Application
from nejat_cms.http.routing import UNSEEN, Answer, Call, Routes, _seen_version, require_absent_or_seen
from nejat_cms.permissions import ANONYMOUS
from tests.factories import database_digest, headers, token_for

bare = Flask(__name__)


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (None, None),
        ('"3-5f1d0c4e"', 3),
        (' "3-5f1d0c4e" ', 3),
        ('"0-abcdef0"', 0),
        ('"999999999999-abcdef0"', 999_999_999_999),
        ('"9999999999999-abcdef0"', UNSEEN),
        ('W/"3-5f1d0c4e"', UNSEEN),
        ("*", UNSEEN),
        ("", UNSEEN),
        ("3", UNSEEN),
        ("3-5f1d0c4e", UNSEEN),
        ('"3"', UNSEEN),
        ('"3-"', UNSEEN),
        ('"-3-5f1d0c4e"', UNSEEN),
        ('"٣-5f1d0c4e"', UNSEEN),
        ('"3-5F1D0C4E"', UNSEEN),
        ('"3-5f1d0c4e", "4-5f1d0c4e"', 4),
        ('"12-5f1d0c4e","4-5f1d0c4e"', 12),
        ('W/"5-5f1d0c4e", "x", "4-5f1d0c4e"', 4),
        ('W/"5-5f1d0c4e", "x"', UNSEEN),
        ('"3-5f1d0c4e"x', UNSEEN),
    ],
)
def test_if_match_names_a_version_or_one_that_nothing_has(header: str | None, version: int | None) -> None:
    assert _seen_version(header.encode().decode("latin-1") if header is not None else None) == version


def test_a_put_that_may_create_needs_one_of_two_preconditions() -> None:
    def call(version: Stamp | None, creating: bool) -> Call:
        return Call(ANONYMOUS, {}, None, version, creating)

    require_absent_or_seen(call(Stamp(3, "5f1d0c"), False))
    require_absent_or_seen(call(None, True))
    with pytest.raises(PreconditionRequiredError):
        require_absent_or_seen(call(None, False))


def test_a_name_can_be_given_to_one_route_only(app: Flask) -> None:
    from nejat_cms.http.routing import register

    routes = Routes("Twice", signed_in=False)

    @routes.get("/a")
    @routes.get("/b")
    def same(call: Call) -> Answer:
        return Answer(None)

    with pytest.raises(RuntimeError, match="share a name"):
        register(Application(__name__), [routes], lambda token: None)


# Preconditions and preferences, on a small resource -----------------------------------------------


@pytest.fixture
def user(app: Flask, client: FlaskClient) -> tuple[str, dict[str, str]]:
    """The address of a user, and an administrator's headers."""
    admin = headers(token_for(app, "admin"))
    made = client.post("/v1/manage/users", json={"email": "a@example.org", "name": "A"}, headers=admin)
    return made.headers["Location"], admin


def test_a_write_without_the_version_seen_is_428_and_with_a_stale_one_412(
    app: Flask, client: FlaskClient, user: tuple[str, dict[str, str]]
) -> None:
    address, admin = user
    etag = client.get(address, headers=admin).headers["ETag"]
    before = database_digest(app)
    assert client.patch(address, json={"name": "B"}, headers=admin).status_code == 428
    for stale in ('"7-00"', f"W/{etag}", "*", "", '"x"'):
        refused = client.patch(address, json={"name": "B"}, headers=admin | {"If-Match": stale})
        assert refused.json is not None
        assert (refused.status_code, refused.json["etag"]) == (412, etag), stale
    assert database_digest(app) == before
    changed = client.patch(address, json={"name": "B"}, headers=admin | {"If-Match": etag})
    assert (changed.status_code, changed.headers["ETag"] != etag) == (200, True)
    assert client.get(address, headers=admin).headers["ETag"] == changed.headers["ETag"]


def test_minimal_answers_have_no_body_and_keep_their_headers(
    client: FlaskClient, user: tuple[str, dict[str, str]]
) -> None:
    address, admin = user
    asked = admin | {"Prefer": "return=minimal"}
    etag = client.get(address, headers=asked).headers["ETag"]
    answer = client.patch(address, json={"name": "B"}, headers=asked | {"If-Match": etag})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert "Content-Type" not in answer.headers
    assert answer.headers["ETag"] == client.get(address, headers=admin).headers["ETag"]
    made = client.post("/v1/manage/users", json={"email": "b@example.org", "name": "B"}, headers=asked)
    assert (made.status_code, made.headers["Location"].startswith("/v1/manage/users/")) == (204, True)
    assert client.get(address, headers=asked).status_code == 200


def test_other_preferences_are_no_fault(client: FlaskClient, user: tuple[str, dict[str, str]]) -> None:
    address, admin = user
    answer = client.get(address, headers=admin | {"Prefer": "respond-async, wait=10"})
    assert (answer.status_code, "Preference-Applied" in answer.headers) == (200, False)


def test_a_read_that_is_still_good_is_304(client: FlaskClient, user: tuple[str, dict[str, str]]) -> None:
    address, admin = user
    etag = client.get(address, headers=admin).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = client.get(address, headers=admin | {"If-None-Match": known})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag), known
        assert "Content-Type" not in answer.headers
    assert client.get(address, headers=admin | {"If-None-Match": '"x"'}).status_code == 200


def test_every_read_of_the_newsroom_has_an_etag(app: Flask, client: FlaskClient) -> None:
    admin = headers(token_for(app, "admin"))
    for path in ("/v1/manage/articles", "/v1/manage/kinds", "/v1/manage/trash"):
        etag = client.get(path, headers=admin).headers["ETag"]
        assert client.get(path, headers=admin | {"If-None-Match": etag}).status_code == 304, path


def test_nothing_of_the_newsroom_may_be_kept_by_a_cache(client: FlaskClient, user: tuple[str, dict[str, str]]) -> None:
    address, admin = user
    assert client.get(address, headers=admin).headers["Cache-Control"] == "private, no-store"
    assert client.get("/v1/editions", headers=admin).headers["Cache-Control"] == "private, no-store"
    assert client.get("/v1/editions").headers["Cache-Control"].startswith("public")


# Negotiation, methods, addresses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/json;q=0.2, text/html", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("image/png, text/*", 406),
    ],
)
def test_json_is_given_to_who_takes_it(client: FlaskClient, accept: str | None, status: int) -> None:
    answer = client.get("/v1/editions", headers={"Accept": accept} if accept else {})
    assert answer.status_code == status
    assert answer.mimetype == ("application/json" if status == 200 else "application/problem+json")


def test_pages_are_given_to_who_takes_html(client: FlaskClient) -> None:
    for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8"):
        assert client.get("/docs", headers={"Accept": accept}).mimetype == "text/html"


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data", "text/json"])
def test_a_body_of_another_type_is_415(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post("/v1/auth/login", data=b'{"email": "a"}', content_type=content_type)
    assert answer.status_code == 415


def test_a_body_beyond_the_limit_is_413(client: FlaskClient) -> None:
    answer = client.post("/v1/auth/login", data=b" " * (4 * 1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/editions", "GET, HEAD"),
        ("DELETE", "/v1/fa/articles", "GET, HEAD"),
        ("GET", "/v1/auth/login", "POST"),
        ("TRACE", "/v1/editions", "GET, HEAD"),
        ("BREW", "/docs", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_there_is_405_and_says_which_are(
    client: FlaskClient, method: str, path: str, allowed: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.mimetype == "application/problem+json"


def test_head_says_what_get_would_without_a_body(client: FlaskClient) -> None:
    for path in ("/v1/editions", "/openapi.json", "/docs", "/problems/gone"):
        get, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
            assert head.headers[name] == get.headers[name], name


def test_any_site_may_read_the_public_side_and_no_site_the_newsroom(client: FlaskClient) -> None:
    asked = {"Origin": "https://site.example", "Access-Control-Request-Method": "GET"}
    answer = client.options("/v1/fa/articles", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    read = client.get("/v1/editions", headers=asked)
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]
    for path in ("/v1/manage/articles", "/v1/auth/login"):
        for refused in (client.options(path, headers=asked), client.get(path, headers=asked)):
            assert refused.status_code >= 400
            assert not [name for name, _ in refused.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/editions/",
        "/v1/fa/articles/",
        "//v1/editions",
        "/v1//editions",
        "/docs/",
        "/openapi.json/",
        "/v1/%2e%2e/editions",
        "/v1/x/articles",
        "/v1/articles/0193",
    ],
)
def test_an_address_that_is_nearly_right_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_locale_in_a_path_is_read_in_any_case_and_some_words_are_never_one(app: Flask) -> None:
    paths = app.url_map.bind("")
    assert paths.match("/v1/FA-ir/articles", "GET") == ("list_articles", {"locale": "fa-IR"})
    for name in ("articles", "auth", "editions", "manage", "preview", "resolve"):
        with pytest.raises(NotFound):
            paths.match(f"/v1/{name}/tags/x", "GET")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "POST"])
def test_what_is_no_language_is_404_for_every_method(app: Flask, client: FlaskClient, method: str) -> None:
    path = f"/v1/manage/articles/{new_id()}/variants/xx-never"
    answer = client.open(path, method=method, headers=headers(token_for(app, "admin")))
    assert answer.status_code == (405 if method == "POST" else 404)


@pytest.mark.parametrize("path", ["/v1/manage/articles", "/v1/manage/nothing", "/v1/manage", "/v1/manage/"])
def test_a_stranger_learns_nothing_of_the_newsroom(client: FlaskClient, path: str) -> None:
    for ask in (client.get, client.post, client.delete):
        answer = ask(path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer é", f"Bearer {'x' * 5000}", "nonsense"],
)
def test_a_bad_token_is_no_harm_where_none_is_needed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, authorization: str
) -> None:
    asked: list[str] = []
    monkeypatch.setitem(client.application.config, "AUTHENTICATE", asked.append)
    for path in ("/v1/editions", "/docs", "/openapi.json", "/problems", "/healthz"):
        answer = client.get(path, headers={"Authorization": authorization})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), path
    assert asked == []


@pytest.mark.parametrize("kind", ["articles", "sections", "tags", "people", "nosuch"])
def test_nothing_is_at_an_address_that_no_database_can_look_for(client: FlaskClient, kind: str) -> None:
    for slug in ("%00", "a%00b"):
        answer = client.get(f"/v1/en/{kind}/{slug}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/v1/en/nosuch", True),
        ("/v1/zz/articles", True),
        ("/nosuch", True),
        ("/v1/en/articles/%00", True),
        ("/v1/preview/nosuch", False),
        ("/v1/auth/nosuch", False),
    ],
)
def test_what_is_not_there_may_be_kept_for_a_minute_where_everybody_reads(
    client: FlaskClient, path: str, kept: bool
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert (answer.headers["Cache-Control"] == "public, max-age=60") is kept
    assert ("no-store" in answer.headers["Cache-Control"]) is not kept


def test_signing_in_takes_a_small_body_only(client: FlaskClient) -> None:
    sent = {"email": "a@example.org", "password": "x" * 20_000}
    answer = client.post("/v1/auth/login", json=sent)
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")  # type: ignore[index]
    answer = client.post("/v1/auth/login", json=sent | {"password": "x" * 10_000})
    assert answer.status_code in (401, 422)


def test_every_answer_carries_an_id_and_what_keeps_browsers_safe(client: FlaskClient) -> None:
    seen = set()
    for path in ("/v1/editions", "/v1/nowhere", "/docs", "/v1/manage/articles", "/problems/gone"):
        answer = client.get(path)
        shared_by_all = path == "/v1/editions"
        seen.add("" if shared_by_all else answer.headers["X-Request-Id"])
        assert not shared_by_all or "X-Request-Id" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert len(seen) == 5


def test_an_idempotency_key_gives_the_first_answer_again(app: Flask, client: FlaskClient) -> None:
    admin = headers(token_for(app, "admin")) | {"Idempotency-Key": "k1"}

    def make(name: str) -> Any:
        return client.post("/v1/manage/users", json={"email": "c@example.org", "name": name}, headers=admin)

    first, again, other = make("C"), make("C"), make("D")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json["errors"][0]["code"] == "idempotency_key_reused"


def test_an_object_inside_a_patch_is_whole_or_refused() -> None:
    from nejat_cms.content.schemas.inputs import VariantChanges
    from nejat_cms.errors import InvalidError
    from nejat_cms.http.schemas import load

    assert load(VariantChanges, {"lead": "x"}, partial=True) == {"lead": "x"}
    with pytest.raises(InvalidError) as caught:
        load(VariantChanges, {"based_on": {"locale": "en"}, "source": {}}, partial=True)
    found = sorted((problem.code, problem.pointer) for problem in caught.value.problems)
    assert found == [("required", "/based_on/revision"), ("required", "/source/name")]
