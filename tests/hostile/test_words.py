"""What is text stays text: never markup, a template, a script or an address of elsewhere."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import database_digest
from tests.newsroom import Desk, data, read

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
