"""What nobody should send, sent: every odd query, path, header and body gets a documented answer and moves nothing.

No 5xx, no reflection of what a client says about itself, no redirect to another house, no secret in a log line.
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.db import Base, db
from nejat_cms.errors import InternalError, NejatError
from nejat_cms.http.problems import STATUS
from nejat_cms.http.routing import Endpoint
from tests.factories import database_digest, headers, make_user, token_of
from tests.newsroom import Desk, data, desk_for, open_house, quick_client, read

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


@pytest.fixture
def newsroom(app: Flask) -> Desk:
    """Two editions, a published article that was renamed once, and an administrator's desk."""
    open_house(app, "en", "fa")
    desk = desk_for(app)
    article = desk.published("en", "First", slug="first", tags=["Weather"], authors=["Mina"])
    desk.publish(desk.edit(article, slug="second"))
    desk.publish(desk.translate(article, "fa", title="نخست"))
    return desk


def endpoints_of(app: Flask) -> list[Endpoint]:
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    return list(table.values())


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    """All that an answer says but for the id of its request, and for a time that the clock may just have reached."""
    kept = [(name, value) for name, value in answer.headers if name not in ("X-Request-Id", "Last-Modified")]
    return answer.status_code, kept, re.sub(r'"request_id":"[^"]*"', "", answer.text)


# Who a client says it is asking ---------------------------------------------------------------

EVIL = "evil.example"
SPOOFS = {
    "Host": EVIL,
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Forwarded-For": "127.0.0.1",
    "Forwarded": f"for=127.0.0.1;host={EVIL};proto=gopher",
    "X-Host": EVIL,
    "X-Original-Url": "/v1/manage/users",
    "X-Rewrite-Url": "/v1/manage/users",
    "X-Original-Host": EVIL,
    "X-Http-Method-Override": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Http-Method": "DELETE",
    "X-Real-Ip": "127.0.0.1",
    "True-Client-Ip": "127.0.0.1",
    "Origin": f"https://{EVIL}",
    "Referer": f"https://{EVIL}/",
    "X-Wp-Nonce": "1",
    "Cookie": "session=eyJ1c2VyIjoxfQ.x.y; token=x",
}


def test_what_a_client_says_about_the_host_is_not_believed(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    article = read(client, "/en/articles/second")["id"]
    paths = [
        "/v1/editions", "/v1/editions/fa", "/v1/en/articles?limit=1", "/v1/fa/articles", "/v1/en/articles/first",
        "/v1/en/articles/second", "/v1/en/articles/nothing", f"/v1/articles/{article}", "/v1/en/tags/weather",
        "/v1/en/people", "/v1/en/changes", "/v1/en/archive", "/v1/manage/articles", "/v1/nothing", "/openapi.json",
        "/docs", "/problems/gone", "/healthz", f"/v1/preview/{EVIL[:4]}", "/v1/en/articles?bogus=1",
        "/en/feed.atom", "/fa/feed.json", "/sitemap.xml", "/sitemaps/en/1.xml", "/robots.txt",
    ]  # fmt: skip
    for path in paths:
        plain = told(client.get(path))
        for name, value in SPOOFS.items():
            assert told(client.get(path, headers={name: value})) == plain, (path, name)
        assert told(client.get(path, headers=SPOOFS, base_url=f"http://{EVIL}:666/")) == plain, path
    sent = headers(newsroom.token) | {name: value for name, value in SPOOFS.items() if "Method" not in name}
    made = client.post("/v1/manage/articles", json={"kind": "brief", "locale": "en", "title": "New"}, headers=sent)
    assert made.status_code == 201
    assert re.fullmatch(r"/v1/manage/articles/[0-9a-f-]{36}/variants/en", made.headers["Location"])
    preview = client.post(f"{made.headers['Location']}/preview", json={}, headers=sent)
    assert data(preview)["url"].startswith("http://127.0.0.1:8000/v1/preview/")
    for answer in (made, preview):
        assert EVIL not in str(told(answer))


def test_no_address_leads_out_of_the_house(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """No redirect for a slash too many, a path that looks like a host, or a `next` that somebody thought of."""
    for path in (
        "//evil.example", "///evil.example", "/\\evil.example", "//evil.example/..", "/.//evil.example", "evil.example",
        "/v1//editions", "/v1/editions/", "/v1/en/articles/", "/v1/en/articles/second/", "/v1/manage/articles/",
        "/healthz/", "/docs/", "/v1/en/articles//second", "/v1/en/articles/..;/", "/v1/en/articles/\r\nLocation:x",
    ):  # fmt: skip
        answer = client.get("/", headers=headers(newsroom.token), environ_overrides={"PATH_INFO": path})
        assert answer.status_code == 404, (path, answer.status_code)
        assert "Location" not in answer.headers
    for path in ("/", ""):
        start = client.get("/", base_url="http://evil.example", environ_overrides={"PATH_INFO": path})
        assert (start.status_code, start.headers["Location"]) == (302, "/docs")
    for name in ("next", "url", "redirect", "return_to", "continue"):
        assert client.get(f"/v1/editions?{name}=//evil.example").status_code == 422
    moved = client.get("/v1/en/articles/first")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/v1/en/articles/second")


def test_the_method_is_the_one_that_was_sent(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    article = newsroom.write("en", "Stays")
    path = f"/v1/manage/articles/{article['article']}/variants/en"
    etag = client.get(path, headers=headers(newsroom.token)).headers["ETag"]
    before = database_digest(app)
    sent = headers(newsroom.token, if_match=etag)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert client.get(path, headers=sent | {name: "DELETE"}).status_code == 200
        assert client.post(path, headers=sent | {name: "DELETE"}, json={}).status_code == 405
    for query in ("_method=DELETE", "method=delete", "X-HTTP-Method-Override=DELETE"):
        assert client.get(f"{path}?{query}", headers=sent).status_code == 422
    for method in ("DELETED", "TRACE", "CONNECT", "PROPFIND", "\xf0\x9f\x90\xab"):
        assert client.open(path, headers=sent, environ_overrides={"REQUEST_METHOD": method}).status_code == 405
    assert database_digest(app) == before


def test_an_unknown_method_makes_no_new_figure(client: FlaskClient, app: Flask) -> None:
    """Whoever invents methods must not fill the memory with figures about them."""
    for method in ("BREW", "WHEN", "PROPFIND"):
        client.open("/v1/editions", method=method)
    figures = client.get("/metrics").text
    assert "BREW" not in figures
    assert 'method="GET"' in figures


# Odd queries ----------------------------------------------------------------------------------

ODD_VALUES = (
    "", "%D9%A1%D9%A0", str(2**63), "%00", "%ff", "a" * 301, "a," * 60, "%25(x)s",
    "%20", "1_0", "-1", "0", "101", "1e3", "0x10", "+1", "9" * 30, str(2**64),
    "a%00b", "%ED%A0%80", "%C0%AF", "%E2%80%AE", "%F0%9F%92%A5", "'%20OR%201=1%20--", "%22;DROP%20TABLE%20x",
    ",", ",,en", "..%2f..%2fetc%2fpasswd", "%7B%7B7*7%7D%7D", "%7B0.__class__%7D",
    "true,false", "TRUE", "null", "[]", "%7B%7D", "nan", "-0", "en-", "i-klingon", "x-private", "en-a-b-c", "zz",
    "0000-00-00", "9999-12-31", "2026-02-30", "2026-01-01T00:00:00", "2026-01-01T00:00:00%2B99:99", "*", "%25", "\\",
    "0001-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00%2B14:00",
)  # fmt: skip
STRANGE_QUERIES = (
    "status=draft", "status=any", "preview=1", "filter[status]=draft", "where[updatedBy][password][$startsWith]=a",
    "lookup[author.email]=x", "populate=*", "include=author", "sort=author.email", "sort=created_by", "q=x&q=y",
    "limit=1&limit=2", "a=b", "=", "&", "&&&", "?", "%00=1", "%ff=1", "limit[]=1", "limit%5B%5D=1", "constructor=1",
    "__proto__=1", "limit=1;cursor=x", "LIMIT=1", "x=" + "a" * 9000, "&".join(f"p{number}=1" for number in range(300)),
)  # fmt: skip


def odd_queries(endpoint: Endpoint, seen: set[object]) -> Iterator[str]:
    """All of them for each way of reading a parameter, in public and in the newsroom; a few for every parameter."""
    for param in endpoint.query:
        way = (param.parse.__qualname__, param.many, endpoint.signed_in)
        values = ODD_VALUES if way not in seen else ODD_VALUES[:8]
        seen.add(way)
        yield from (f"{param.name}={value}" for value in values)
        yield f"{param.name}"
        yield f"{param.name}=a&{param.name}=b"
    everything = endpoint.signed_in not in seen
    seen.add(endpoint.signed_in)
    yield from STRANGE_QUERIES if everything else STRANGE_QUERIES[:4]


def real_path(endpoint: Endpoint, article: Mapping[str, Any], user: str) -> str:
    values = {
        "article_id": article["article"], "locale": "en", "slug": "second", "number": 1, "old": 1, "new": 1,
        "variant_id": article["id"], "term_id": uuid4(), "token_id": uuid4(), "user_id": user, "preview": "x",
        "code": "gone", "kind": "article", "form": "rss", "part": 1, "redirect_id": uuid4(), "release_id": uuid4(),
        "asset_id": uuid4(), "upload_id": uuid4(), "file_id": uuid4(), "rendition": "thumb", "name": "x.webp",
        "menu": "main",
        "comment_id": uuid4(), "message_id": uuid4(),
    }  # fmt: skip
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), endpoint.rule)


def test_odd_queries_get_a_documented_answer(app: Flask, newsroom: Desk) -> None:
    client = quick_client(app)
    article = newsroom.published("en", "Here")
    user = str(make_user(app, "editor:fa"))
    asked, seen = 0, set[object]()
    for endpoint in endpoints_of(app):
        if endpoint.method != "GET":
            continue
        path = real_path(endpoint, article, user)
        sent = headers(newsroom.token) if endpoint.signed_in else {}
        for query in odd_queries(endpoint, seen):
            answer = client.get(path, query_string=query, headers=sent)
            assert_documented(answer, of=f"{path}?{query[:80]}")
            asked += 1
            if query in STRANGE_QUERIES and query not in ("&", "&&&"):
                assert answer.status_code in (400, 404, 422), (path, query[:80])
    assert asked > 1000


def test_what_is_not_declared_is_named(client: FlaskClient, newsroom: Desk) -> None:
    answer = client.get("/v1/en/articles?limit=10&limit=20&where[x]=1&%(y)s=2&{0}=3")
    assert answer.status_code == 422
    assert answer.json is not None
    found = [(error["parameter"], error["code"]) for error in answer.json["errors"]]
    assert found == [
        ("limit", "repeated"),
        ("where[x]", "unknown_parameter"),
        ("%(y)s", "unknown_parameter"),
        ("{0}", "unknown_parameter"),
    ]


# Odd paths and headers ------------------------------------------------------------------------

ODD_PIECES = (
    "\0", "a\0b", "\xff", "\xed\xa0\x80", "..", "../..", "..%2f..%2fetc%2fpasswd", "%", "%25", "%zz", "'", '"', "\\",
    "a" * 5000, "💥".encode().decode("latin-1"), "\u202e".encode().decode("latin-1"), "second.css", "second;.css",
    "second/", " second", "second ", "\r\nX: y", "<script>", "{{7*7}}", "%(x)s", "{0.__class__}", "٣".encode().decode(
        "latin-1"), "0", "-1", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
    "9" * 40, "99999999999", "1...99999999999", "EN", "e", "en-", "en--US", "x-private", "i-klingon", "en-a-b", "zz-ZZ",
    "articles", "manage", "en\xc2\xa0", "None", "null", "*", "~", "feed.rss",
)  # fmt: skip


def test_odd_paths_get_a_documented_answer(app: Flask, newsroom: Desk) -> None:
    """Raw bytes in the place of every variable part of every route, whatever its method."""
    client = quick_client(app)
    article = newsroom.published("en", "Here")
    user = str(make_user(app, "editor:fa"))
    before = database_digest(app)
    asked, seen = 0, set[tuple[str, bool]]()
    for endpoint in endpoints_of(app):
        if "/auth/" in endpoint.rule:
            continue
        variables = re.findall(r"<(?:\w+:)?\w+>", endpoint.rule)
        sent = headers(newsroom.token, if_match='"1-0"') if endpoint.signed_in else {}
        for variable in variables:
            pieces = ODD_PIECES if (variable, endpoint.signed_in) not in seen else ODD_PIECES[:8]
            seen.add((variable, endpoint.signed_in))
            for piece in pieces:
                rest = endpoint.rule.replace(variable, "\ue000", 1)
                filled = re.sub(r"<(?:\w+:)?\w+>", lambda _: "1", rest) if "number" in rest else rest
                path = real_path_of(filled, article, user).replace("\ue000", piece)
                answer = client.open(
                    "/", method=endpoint.method, headers=sent, json=None if endpoint.body is None else {"zzz": 1},
                    environ_overrides={"PATH_INFO": path},
                )  # fmt: skip
                assert_documented(answer, of=repr(path[:120]))
                asked += 1
    assert asked > 500
    assert database_digest(app) == before


def real_path_of(rule: str, article: Mapping[str, Any], user: str) -> str:
    values = {
        "article_id": article["article"], "locale": "en", "slug": "second", "variant_id": article["id"],
        "term_id": user, "token_id": user, "user_id": user, "preview": "x", "code": "gone",
        "kind": "article", "form": "atom", "redirect_id": user, "release_id": user,
        "asset_id": user, "upload_id": user, "file_id": user, "rendition": "thumb", "name": "x.webp",
        "menu": "main",
        "comment_id": user, "message_id": user,
    }  # fmt: skip
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule)


ODD_HEADERS: Mapping[str, tuple[str, ...]] = {
    "Accept": (
        "*/*", "text/html", "application/xml", "image/png", "application/json;q=0", "*/*;q=0", ",", ";", "a/b/c",
        "application/json;q=nan", "application/json;q=1e9", "text/*;level=1", "q=1", "*" * 5000, "application/*",
        'application/json;x="\\', "application/problem+json", "; ; ;", "/", "application/json;charset=utf-16",
    ),
    "Accept-Language": ("", "*", "fa;q=2", "-", "en-" + "x-" * 500, "fa-" * 2000, ",,,;;;", "é", "zz;q=0.5,*;q=0"),
    "Accept-Encoding": ("", "*;q=0", "gzip;q=nan", "identity;q=0"),
    "Accept-Charset": ("utf-16", "*;q=0"),
    "If-None-Match": ("", "*", "W/", '"', '"a', "W/*", 'W/"x",' * 2000, "\\", '"1-0", *', "1-0"),
    "If-Match": ("", "*", "W/", '"', '"-1-0"', '"9999999999999-0"', '"١-0"'.encode().decode("latin-1"), '"1-0", "2-0"'),
    "If-Modified-Since": ("yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 50),
    "Range": ("bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-99999999999999999999", "lines=1"),
    "Content-Type": ("", "x", "application/json; charset=utf-16", "text/plain\\", "multipart/form-data", ";"),
    "Expect": ("200-ok",),
    "Prefer": ("return=minimal", "return=", "return=minimal, respond-async; wait=9", "\\"),
    "Cookie": ("a=b", "=;=;", "a" * 5000, "session=\\"),
    "Authorization": (
        "", "Bearer", "Bearer ", "bearer  x", "Basic", "Basic !!!", "Bearer " + "a" * 9000, "Bearer é", "Bearer a b",
        "Bearer nejat_" + "x" * 43, "Digest username=x", "Bearer null", "Negotiate", "AWS4-HMAC-SHA256 x", "é",
    ),
    "Idempotency-Key": ("", "a" * 256, "é", "\t", "x y"),
    "Transfer-Encoding": ("gzip",),
    "Content-Length": ("-1", "x", "1e3"),
    "Upgrade": ("websocket", "h2c"),
    "X-Request-Id": ("<script>", "a" * 5000),
}  # fmt: skip


def test_odd_headers_get_a_documented_answer(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    article = newsroom.published("en", "Here")
    before = database_digest(app)
    management = f"/v1/manage/articles/{article['article']}/variants/en"
    cases = [("GET", "/v1/en/articles"), ("GET", f"/v1/articles/{article['article']}"), ("GET", management)]
    cases += [("PATCH", management), ("POST", f"{management}/publish"), ("GET", "/docs"), ("HEAD", "/v1/editions")]
    for method, path in cases:
        sent = headers(newsroom.token) if "manage" in path else {}
        for name, values in ODD_HEADERS.items():
            for value in values:
                environ = {"HTTP_" + name.upper().replace("-", "_"): value}
                if name in ("Content-Type", "Content-Length"):
                    environ = {name.upper().replace("-", "_"): value}
                answer = client.open(
                    path, method=method, headers=sent, data=b'{"zzz": 1}' if method != "GET" else None,
                    environ_overrides=environ,
                )  # fmt: skip
                assert_documented(answer, of=f"{method} {path} {name}: {value[:60]!r}")
                assert answer.status_code != 201
                assert "<script>" not in str(answer.headers)
    assert database_digest(app) == before


def test_a_key_that_is_no_key_is_refused(app: Flask, newsroom: Desk) -> None:
    before = database_digest(app)
    body = {"kind": "brief", "locale": "en", "title": "Once"}
    for key in ("", "a" * 256, "é", "\x7f", "a\tb"):
        answer = newsroom.client.post(
            "/v1/manage/articles", json=body, headers=headers(newsroom.token),
            environ_overrides={"HTTP_IDEMPOTENCY_KEY": key},
        )  # fmt: skip
        assert answer.status_code == 422, repr(key)
    assert database_digest(app) == before


def test_ten_thousand_languages_are_soon_read(client: FlaskClient, newsroom: Desk) -> None:
    pairs = ["".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz", repeat=2)]
    ranges = ",".join(f"{pair}-Latn-{number:03};q=0.{number:03}" for number in range(16) for pair in pairs)
    assert ranges.count(",") > 10_000
    article = read(client, "/en/articles/second")["id"]
    for path, status in [(f"/v1/articles/{article}", 200), ("/v1/nothing", 404)]:
        client.get(path)
        began = time.process_time()
        assert client.get(path, headers={"Accept-Language": ranges}).status_code == status
        assert time.process_time() - began < 0.05


def test_a_cursor_is_good_for_its_own_query_alone(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    newsroom.published("en", "Third")
    link = client.get("/v1/en/articles?limit=1").json["links"]["next"]  # type: ignore[index]
    cursor = re.search("cursor=([^&]*)", link)[1]  # type: ignore[index]
    assert client.get(link).status_code == 200
    forged = [
        cursor[:-1],
        *(cursor[:-1] + letter for letter in "AB" if letter != cursor[-1]),
        cursor + "A",
        f"{cursor[:9]}.{cursor[9:]}",
        "." + cursor,
        cursor[::-1],
        "e30.x",
    ]
    for path in ["/v1/en/articles", "/v1/en/tags", "/v1/en/changes", "/v1/manage/articles", "/v1/manage/users"]:
        sent = headers(newsroom.token) if "manage" in path else {}
        own = [] if path == "/v1/en/articles" else [cursor]
        for text in forged + own:
            answer = client.get(path, query_string={"cursor": text}, headers=sent)
            assert answer.status_code == 422, (path, text)
            assert [error["parameter"] for error in answer.json["errors"]] == ["cursor"]  # type: ignore[index]
    for query in ("sort=title", "kind=page", "fallback=fa"):
        assert client.get(f"/v1/en/articles?limit=1&cursor={cursor}&{query}").status_code == 422


def test_the_longest_names_can_be_paged_through(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """A position holds a sort key, which is longer than the title it was made from."""
    words = ["ژ" * 300, "ک" * 299 + "ه", "<" * 300, "Ω" * 300]
    for title in words:
        newsroom.published("fa", title, tags=[title[:100]], authors=[title[:200]])
    for first in ("/v1/fa/articles?sort=title&limit=1", "/v1/fa/tags?limit=1", "/v1/fa/people?limit=1"):
        path, seen = first, 0
        while path:
            answer = client.get(path)
            assert answer.status_code == 200, answer.json
            assert answer.json is not None
            seen += len(answer.json["data"])
            path = answer.json.get("links", {}).get("next", "")
        assert seen >= len(words)


# Odd bodies -----------------------------------------------------------------------------------

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
        path = real_path(endpoint, article, user)
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


JSON = {"Content-Type": "application/json"}


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
        path = real_path(endpoint, article, user)
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


# What is text stays text ----------------------------------------------------------------------

WORDS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}} {% raw %} ${7*7} #{7*7} <%= 7*7 %>",
    "%(x)s %s %d %n {0.__class__} {x} {}",
    "O'Brien; DROP TABLE users; --",
    "=cmd|' /C calc'!A0",
    "&lt;b&gt; &amp; &#x3c;",
    "\\u0041 \\n C:\\",
)


@pytest.mark.parametrize("word", WORDS)
def test_markup_and_placeholders_come_back_as_they_were_sent(
    app: Flask, client: FlaskClient, newsroom: Desk, word: str
) -> None:
    desk = newsroom
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": word, "description": word}}}, expect=201))
    etag = desk.call("GET", "/editions/en").headers["ETag"]
    desk.call(
        "PATCH",
        "/editions/en",
        {"title": word, "tagline": word, "copyright": word, "native_name": word},
        if_match=etag,
        expect=200,
    )
    texts = {
        "title": word, "lead": word, "tags": [word], "authors": [word], "translators": [word],
        "source": {"name": word, "url": None}, "seo": {"title": word, "description": word, "noindex": False},
        "fields": {"author": word, "publisher": word},
    }  # fmt: skip
    written = desk.write(
        "en",
        word,
        **{name: value for name, value in texts.items() if name != "title"},
        kind="book",
        sections=[section["id"]],
        note=word,
    )
    assert {name: written[name] for name in texts} == texts
    desk.publish(written)
    shown = read(client, f"/articles/{written['article']}?locale=en&body=html,blocks,text")
    assert (shown["title"], shown["lead"], shown["fields"]) == (word, word, texts["fields"])
    assert shown["source"] == texts["source"]
    assert (shown["authors"], shown["translators"]) == ([word], [word])
    assert [tag["name"] for tag in shown["tags"]] == [word]
    assert [one["name"] for one in shown["sections"]] == [word]
    assert (shown["seo"]["title"], shown["seo"]["description"]) == (word, word)
    assert shown["seo"]["json_ld"]["headline"] == word
    assert shown["breadcrumbs"][-1]["name"] == word
    assert all("49" not in link["url"] or "49" in written["article"] for link in shown["share"])
    edition = read(client, "/editions/en")
    assert {edition["title"], edition["tagline"], edition["copyright"], edition["name"]} == {word}
    assert word in [one["name"] for one in read(client, "/en/sections")]
    token = data(desk.call("POST", "/tokens", {"name": word, "grants": []}, expect=201))
    assert token["name"] == word
    user = desk.call("POST", "/users", {"email": "new@example.org", "name": word}, expect=201)
    assert data(user)["name"] == word
    for path in ("/v1/en/articles", "/v1/editions/en", "/v1/en/sections", "/v1/en/tags", "/v1/en/people"):
        assert client.get(path).content_type == "application/json"


def test_words_of_a_client_are_never_filled_in(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """A name that looks like a placeholder stays what it is, also inside a message of ours, in each language."""
    for language in ("en", "ar", "fa", "sq"):
        for name in ("%(kind)s", "%s", "{0.__class__}", "%(limit)d", "%"):
            body = {"kind": "book", "locale": "en", "title": "x", "fields": {name: "x"}}
            answer = newsroom.call("POST", "/articles", body, expect=422, accept_language=language)
            assert answer.json is not None
            assert [error["pointer"] for error in answer.json["errors"]] == [f"/fields/{name}"]
            assert "book" in answer.json["errors"][0]["detail"]
            query = client.get("/v1/en/articles", query_string={name: "x"}, headers={"Accept-Language": language})
            assert query.status_code == 422


BAD_ADDRESSES = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\u2028javascript:alert(1)",
    " javascript:alert(1)", "javascript%3Aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
    "ftp://example.org", "//evil.example", "/path", "https:evil.example", "https:\\\\evil.example", "https://",
    "https://user:password@example.org", "https://example.org\\@evil.example", "https://exa mple.org", "blob:x",
    "https://0x7f.1", "https://example.org:99999", "https://\u202eexample.org", "mailto:a@b.c", "x" * 3000, "",
)  # fmt: skip


def test_addresses_that_are_none_are_refused_everywhere(app: Flask, newsroom: Desk) -> None:
    etag = newsroom.call("GET", "/editions/en").headers["ETag"]
    before = database_digest(app)
    article = {"kind": "article", "locale": "en", "title": "x"}
    for address in BAD_ADDRESSES:
        bodies: list[tuple[str, str, dict[str, Any], str]] = [
            ("POST", "/articles", article | {"source": {"name": "x", "url": address}}, "/source/url"),
            ("POST", "/editions", {"locale": "sq", "base_url": address}, "/base_url"),
            ("PATCH", "/editions/en", {"base_url": address}, "/base_url"),
            ("PATCH", "/editions/en", {"social": [{"network": "x", "url": address}]}, "/social/0/url"),
        ]
        if address:
            bodies.append(("POST", "/articles", article | {"kind": "video", "fields": {"url": address}}, "/fields/url"))
            blocks = {"blocks": [{"type": "video", "url": address}]}
            bodies.append(("POST", "/articles", article | {"body": blocks}, "/body/blocks/0"))
        for method, path, body, pointer in bodies:
            answer = newsroom.call(method, path, body, if_match=etag)
            assert answer.status_code == 422, (path, address, answer.status_code)
            assert answer.json is not None
            assert all(error["pointer"].startswith(pointer) for error in answer.json["errors"]), answer.json
    assert database_digest(app) == before


@pytest.mark.parametrize("tail", ["/", "?a=b", "#c", "/?", "/a/../b?x#y"])
def test_a_sites_address_is_one_that_a_path_can_follow(
    app: Flask, client: FlaskClient, newsroom: Desk, tail: str
) -> None:
    etag = newsroom.call("GET", "/editions/en").headers["ETag"]
    answer = newsroom.call("PATCH", "/editions/en", {"base_url": f"https://example.org{tail}"}, if_match=etag)
    if answer.status_code == 200:
        assert read(client, "/en/articles/second")["url"] == "https://example.org/second"
    else:
        assert answer.status_code == 422
    assert (answer.status_code == 200) == (tail == "/")


def test_nothing_executable_comes_out_of_a_body(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    links = "".join(f'<p><a href="{address}">link</a></p>' for address in BAD_ADDRESSES if address not in ("/path", ""))
    html = (
        f"<script>alert(1)</script><style>*{{}}</style><svg onload=alert(1)></svg><iframe src='javascript:1'></iframe>"
        f"<p onclick=alert(1) style='x'>kept</p>{links}<img src=x onerror=alert(1)><math href='javascript:1'></math>"
    )
    written = newsroom.call(
        "POST", "/articles", {"kind": "article", "locale": "en", "title": "x", "body": {"html": html}}
    )
    assert written.status_code == 201
    assert written.json is not None
    assert written.json["meta"]["removed"]
    newsroom.publish(data(written))
    body = read(client, f"/articles/{data(written)['article']}?locale=en&body=html,blocks,text")["body"]
    assert "kept" in body["text"]
    kept = body["html"] + json.dumps(body["blocks"])
    for word in ("<script", "<style", "<svg", "<iframe", "<math", "<img", "onclick", "onerror", "onload", "style="):
        assert word not in kept
    for address in re.findall(r'href=\\?"([^"\\]*)', kept):
        assert address.startswith(("mailto:", "https://")), address
        assert "javascript" not in address.lower()


# What every answer carries --------------------------------------------------------------------


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


# Secrets --------------------------------------------------------------------------------------


class Lines(logging.Handler):
    """Every log line as an operator would read it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        formatter = logging.getLogger().handlers[0].formatter
        self.texts.append((formatter or logging.Formatter()).format(record))


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines.texts
    root.setLevel(level)
    root.removeHandler(lines)


PASSWORD, NEXT_PASSWORD = "correct horse battery", "staple of another house"


def test_no_secret_is_in_any_log_line_or_table(app: Flask, client: FlaskClient, log_lines: list[str]) -> None:
    open_house(app, "en", "fa")
    user = make_user(app, "admin", email="mina@example.org", password=PASSWORD)
    secrets = {PASSWORD, NEXT_PASSWORD, token_of(app, user)}
    login = client.post("/v1/auth/login", json={"email": "mina@example.org", "password": PASSWORD})
    token = data(login)["token"]
    desk = Desk(client, token)
    secrets.add(token)
    for sent in (
        {"email": "mina@example.org", "password": NEXT_PASSWORD},
        {"email": "x", "password": PASSWORD, "x": 1},
    ):
        client.post("/v1/auth/login", json=sent)
    secrets.add(data(desk.call("POST", "/tokens", {"name": "tool", "grants": []}, expect=201))["token"])
    variant = desk.write("en", "A draft nobody should read in a log")
    preview = desk.call("POST", f"/articles/{variant['article']}/variants/en/preview", {}, expect=201)
    door = data(preview)["url"].rpartition("/")[2]
    secrets.add(door)
    client.get(f"/v1/preview/{door}")
    client.get(f"/v1/preview/{door}?x={token}", headers={"X-Token": token, "Cookie": f"t={token}"})
    client.post(f"/v1/preview/{door}")
    client.get(f"/v1/editions?token={token}&password={PASSWORD}", headers={"Authorization": f"Bearer {token}x"})
    client.get("/v1/auth/me", headers={"Authorization": f"Basic {token}"})
    client.post(
        "/v1/manage/users", json={"email": "n@example.org", "name": "N", "password": PASSWORD}, headers=headers(token)
    )
    client.post(
        "/v1/manage/users",
        json={"email": "n@example.org", "name": "N", "password": PASSWORD},
        headers=headers(token, idempotency_key="once"),
    )
    client.post(
        "/v1/manage/users",
        json={"email": "m@example.org", "name": "N", "password": PASSWORD},
        headers=headers(token, idempotency_key="once"),
    )
    client.post("/v1/auth/password", json={"current": PASSWORD, "new": NEXT_PASSWORD}, headers=headers(token))
    client.post("/v1/auth/logout", headers=headers(token))
    text = "\n".join(log_lines)
    assert text.count("/v1/") > 12, "the requests were logged"
    assert "/v1/preview/…" in text
    assert "A draft nobody should read" not in text
    for secret in secrets:
        assert secret not in text
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = str(db.session.execute(table.select()).all())
            assert not [secret for secret in secrets if secret in rows], table.name


def test_a_fault_of_ours_tells_a_client_nothing_and_the_log_where(
    app: Flask, newsroom: Desk, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("nowhere to be found")

    monkeypatch.setattr("nejat_cms.content.queries.articles.list_articles", broken)
    client = FlaskClient(app, app.response_class)  # the other one would not let a 500 pass
    answer = client.get("/v1/manage/articles", headers=headers(newsroom.token, accept_language="fa"))
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == InternalError.code
    assert set(answer.json) == MEMBERS
    assert "nowhere" not in answer.text
    assert answer.headers["Content-Language"] == "fa"
    line = next(text for text in log_lines if "unexpected error" in text)
    assert answer.json["request_id"] in line, "how else would an operator find it"
    assert newsroom.token not in "\n".join(log_lines)
    with app.app_context():
        assert all(engine.hide_parameters for engine in db.engines.values()), "errors of SQL carry no values"


def test_the_figures_are_for_this_machine_or_an_administrator(app: Flask, client: FlaskClient) -> None:
    elsewhere = {"X-Forwarded-For": "192.0.2.1"}
    assert client.get("/metrics", headers=elsewhere).status_code == 401
    for grant, status in (("editor", 403), ("admin:fa", 403), ("admin", 200)):
        sent = headers(token_of(app, make_user(app, grant))) | elsewhere
        assert client.get("/metrics", headers=sent).status_code == status, grant
