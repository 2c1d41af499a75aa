"""No redirect to another house, and no belief in what a client says about itself."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.answers import told
from tests.factories import database_digest, headers
from tests.newsroom import Desk, data, read

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
        assert EVIL not in told(answer)


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


def test_uploads_alone_take_the_method_from_a_header(app: Flask, client: FlaskClient, newsroom: Desk) -> None:
    """As tus demands: to whoever brings a token, and nowhere that merely looks like it."""
    sent = headers(newsroom.token) | {"Tus-Resumable": "1.0.0"}
    before = database_digest(app)
    for path, status in (
        ("/v1/manage/uploads", 204),
        ("/v1/manage/uploadsx", 404),
        ("/v1/manage/assets", 200),
        ("/v1/manage/uploads/../assets", 404),
        ("/v1/editions", 200),
    ):
        answer = client.get(path, headers=sent | {"X-HTTP-Method-Override": "OPTIONS"})
        assert answer.status_code == status, path
    assert client.get("/v1/manage/uploads", headers={"X-HTTP-Method-Override": "POST"}).status_code == 401
    assert database_digest(app) == before


def test_an_unknown_method_makes_no_new_figure(client: FlaskClient, app: Flask) -> None:
    """Whoever invents methods must not fill the memory with figures about them."""
    for method in ("BREW", "WHEN", "PROPFIND"):
        client.open("/v1/editions", method=method)
    figures = client.get("/metrics").text
    assert "BREW" not in figures
    assert 'method="GET"' in figures
