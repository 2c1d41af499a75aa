"""Pages for people: readable without scripts, in the reader's language, from this server alone."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser, LexborNode

from nejat_cms.http.codes import FIELD_CODES, error_codes
from nejat_cms.http.openapi import document
from nejat_cms.http.pages import _prose

PAGES = ("/docs", "/problems", "/problems/gone", "/problems/required")


def parsed(client: FlaskClient, path: str) -> LexborHTMLParser:
    return LexborHTMLParser(client.get(path).get_data(as_text=True))


def first(page: LexborHTMLParser, selector: str) -> LexborNode:
    found = page.css_first(selector)
    assert found is not None, selector
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_script_and_no_other_host(client: FlaskClient, path: str) -> None:
    page = parsed(client, path)
    assert page.css("script, iframe, img, link, object, embed, form") == []
    for node in page.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in ("href", "src", "action"):
                assert re.match(r"[/#](?!/)", value or ""), value
    assert not re.search(r"url\(|@import|//", first(page, "style").text())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_allows_its_own_style_and_nothing_else(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    [style] = re.findall("<style>(.*?)</style>", answer.get_data(as_text=True), re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert set(policy) == {
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        f"style-src 'sha256-{digest}'",
    }
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    kept = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert kept.status_code == 304
    assert kept.headers["Content-Security-Policy"] == answer.headers["Content-Security-Policy"]


def test_the_reference_shows_every_operation_and_every_schema(app: Flask, client: FlaskClient) -> None:
    page = parsed(client, "/docs")
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    api = document(app)
    operations = {op["operationId"] for item in api["paths"].values() for op in item.values()}
    assert operations | {f"schema-{name}" for name in api["components"]["schemas"]} <= set(ids)
    targets = {(node.attributes["href"] or "").removeprefix("#") for node in page.css("a[href^='#']")}
    assert targets - set(ids) == set()
    lines = [node.text() for node in page.css("pre code")]
    assert len(lines) == len(operations)
    assert all(line.startswith("curl ") and '"$API/' in line for line in lines)


def test_the_reference_can_be_used_on_a_phone_and_in_the_dark(client: FlaskClient) -> None:
    page = parsed(client, "/docs")
    assert first(page, "meta[name=viewport]").attributes["content"] == "width=device-width, initial-scale=1"
    assert "color-scheme: light dark" in first(page, "style").text()
    assert first(page, "html").attributes["lang"] == "en"
    assert len(page.css("h1")) == 1


@pytest.mark.parametrize(
    ("accept", "lang", "direction"),
    [
        ("en", "en", "ltr"),
        ("ar-EG", "ar", "rtl"),
        ("fa-IR,en;q=0.5", "fa", "rtl"),
        ("sq", "sq", "ltr"),
        ("de", "en", "ltr"),
    ],
)
@pytest.mark.parametrize("path", ["/problems", "/problems/slug_taken", "/problems/unknown_field"])
def test_a_problem_is_explained_in_the_readers_language(
    client: FlaskClient, path: str, accept: str, lang: str, direction: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": accept})
    root = first(LexborHTMLParser(answer.get_data(as_text=True)), "html")
    assert (root.attributes["lang"], root.attributes["dir"]) == (lang, direction)
    assert answer.headers["Content-Language"] == lang
    assert answer.headers["Vary"] == "Accept-Language"


def test_every_code_has_a_page_and_is_in_the_index(client: FlaskClient) -> None:
    index = parsed(client, "/problems")
    listed = {node.attributes["href"] for node in index.css("td a")}
    codes = [*error_codes(), *FIELD_CODES]
    assert listed == {f"/problems/{code}" for code in codes}
    for code in codes:
        page = parsed(client, f"/problems/{code}")
        errors = [error_codes()[code].explanation] if code in error_codes() else []
        words = [*errors, *([FIELD_CODES[code]] if code in FIELD_CODES else [])]
        assert [node.text() for node in page.css("main p")] == [str(text) for text in words]
        assert first(page, "dd code").text() == code


def test_a_problem_of_the_api_leads_to_its_page(client: FlaskClient) -> None:
    problem = client.get("/v1/nowhere").json
    assert problem is not None
    assert client.get(problem["type"]).status_code == 200


@pytest.mark.parametrize("code", ["nonsense", "GONE", "%3Cscript%3E", "gone%00", "..%2Fdocs"])
def test_a_code_that_does_not_exist_is_a_404_problem(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/problems/{code}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_prose_is_escaped_and_knows_code() -> None:
    assert _prose("a `<b>` & c\n\nd") == "<p>a <code>&lt;b&gt;</code> &amp; c</p>\n<p>d</p>\n"


def test_the_start_leads_to_the_reference(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


def test_the_lines_to_try_can_be_pasted(client: FlaskClient) -> None:
    lines = [node.text() for node in parsed(client, "/docs").css("pre code")]
    assert not [line for line in lines if re.search(r"\"\$API[^\"]*[{}]", line)]
    (saving,) = (line for line in lines if line.startswith("curl -X PUT") and "/variants/$LOCALE" in line)
    assert "-H 'If-None-Match: *'" in saving
