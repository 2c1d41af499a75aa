"""Every odd query, path and header gets a documented answer and moves nothing."""

import re
import time
from collections.abc import Iterator, Mapping
from itertools import product

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.http.routing import Endpoint
from tests.answers import assert_documented
from tests.factories import database_digest, headers, make_user
from tests.hostile.asking import endpoints_of, real_path
from tests.newsroom import Desk, quick_client, read

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


def test_odd_queries_get_a_documented_answer(app: Flask, newsroom: Desk) -> None:
    client = quick_client(app)
    article = newsroom.published("en", "Here")
    user = str(make_user(app, "editor:fa"))
    asked, seen = 0, set[object]()
    for endpoint in endpoints_of(app):
        if endpoint.method != "GET":
            continue
        path = real_path(endpoint.rule, article, user)
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
                path = real_path(filled, article, user).replace("\ue000", piece)
                answer = client.open(
                    "/", method=endpoint.method, headers=sent, json=None if endpoint.body is None else {"zzz": 1},
                    environ_overrides={"PATH_INFO": path},
                )  # fmt: skip
                assert_documented(answer, of=repr(path[:120]))
                asked += 1
    assert asked > 500
    assert database_digest(app) == before


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
