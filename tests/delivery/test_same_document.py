"""Whoever asks for an address, in whatever way, is given one and the same document.

What the application computes is the measure. Through the cache the same must come: the first time and from memory,
whole and by its head, in every coding, and, for those who have it already, as a 304.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from nejat_cms.delivery.cache import WORTH_ENCODING
from nejat_cms.http.application import Application
from nejat_cms.http.edge import OF_A_BODY
from tests.delivery.test_terms import change_term, term
from tests.factories import uncached
from tests.full_house import House, addresses, furnish
from tests.newsroom import desk_for, quick_client

OF_A_CODING = ("Content-Encoding", "Content-Length", "Vary")
DECODERS = {None: bytes, "br": brotli.decompress, "gzip": gzip.decompress}
CODED = ("br", "gzip", "identity")
LOCALE = "fa"
"""The edition that is asked for everything: its slugs are not ASCII."""


@pytest.fixture
def asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every public address of one edition of a house that has everything."""
    monkeypatch.setattr("nejat_cms.delivery.routes.responses.SETTLED", timedelta(days=-1))  # all have a Last-Modified
    house = furnish(app)
    desk = house.desk
    moved = desk.publish(desk.edit(house.live[LOCALE][0], slug="نشانی-تازه"))
    joined = desk.published("en", "Joined later", kind="book", lead="A long lead. " * 50)
    tag = term(desk, "tags", {LOCALE: {"name": "کتاب خوب"}})
    former = tag["names"][LOCALE]["slug"]
    into = desk.published(LOCALE, "پیوسته", kind="book", tags=["کتاب خوب"])
    group = f"/articles/{into['article']}"
    etag = desk.call("GET", group, expect=200).headers["ETag"]
    desk.call("POST", f"{group}/links", {"article": joined["article"]}, if_match=etag, expect=200)
    change_term(desk, "tags", tag["id"], names={LOCALE: {"name": "کتاب بد", "slug": "کتاب-بد"}})
    more = [
        f"/v1/{LOCALE}/articles/{house.live[LOCALE][0]['slug']}?fields=title&body=text",  # 301, with its query
        f"/v1/{LOCALE}/articles/{moved['slug']}?",
        f"/v1/{LOCALE}/articles/%D9%86%D8%B4%D8%A7%D9%86%DB%8C-%D8%AA%D8%A7%D8%B2%D9%87",  # the same, encoded
        f"/v1/{LOCALE.upper()}/articles/{moved['slug']}",
        f"/v1/{LOCALE}/articles/{moved['slug']}/",
        f"/v1/{LOCALE}/articles//{moved['slug']}",
        f"/v1/{LOCALE}/articles/%FF%FE",
        f"/v1/{LOCALE}/articles/%00",
        f"/v1/{LOCALE}/articles/a%2Fb",
        f"/v1/{LOCALE}/articles?limit=1&total=true",
        f"/v1/{LOCALE}/articles?total=true&limit=1",
        f"/v1/{LOCALE}/articles?limit=0",
        f"/v1/{LOCALE}/articles?nothing=known",
        f"/v1/{LOCALE}/articles?limit=%FF",
        f"/v1/{LOCALE}/articles/{joined['slug']}?fallback=en",
        f"/v1/articles/{joined['article']}",
        f"/v1/articles/{joined['article']}?locale={LOCALE}",
        f"/v1/articles/{uuid4()}",
        f"/v1/{LOCALE}/tags/{former}",
        f"/{LOCALE}/tags/{former}/feed.atom",
        f"/{LOCALE}/tags/کتاب-بد/feed.rss",
        f"/v1/{LOCALE}/nothing",
        "/v1/de/articles",
        "/nothing",
    ]
    every = dict.fromkeys([*addresses(app, house, LOCALE), *following(app, LOCALE), *more])
    return [address for address in every if not address.partition("?")[0].endswith(WITH_FORMS)]


WITH_FORMS = ("/comments", "/contact")
"""What hands out a form, which is good once, is no two times the same; no cache may keep it."""


def following(app: Flask, locale: str) -> Iterator[str]:
    """The second pages of all lists."""
    for name in ("articles", "tags", "people", "changes", "search"):
        path: str | None = f"/v1/{locale}/{name}?limit=1" + ("&q=book" if name == "search" else "")
        path = (quick_client(app).get(path).json or {}).get("links", {}).get("next")
        if path:
            yield path


def shown_from_memory() -> float:
    """How many answers have come from memory so far."""
    return REGISTRY.get_sample_value("nejat_cache_answers_total", {"how": "kept"}) or 0.0


def said(answer: TestResponse, *but: str) -> list[tuple[str, str]]:
    """The headers of an answer, without the id of the request, in no order."""
    left_out = {"X-Request-Id", *but}
    return sorted((name, value) for name, value in answer.headers if name not in left_out)


def vary(answer: TestResponse) -> set[str]:
    return set(filter(None, answer.headers.get("Vary", "").split(", ")))


def text(answer: TestResponse) -> bytes:
    """The document of an answer, decompressed, without the id of the request."""
    decoded: bytes = DECODERS[answer.headers.get("Content-Encoding")](answer.data)
    return re.sub(rb'"request_id":"[^"]*"', b"", decoded)


def assert_same(answer: TestResponse, measure: TestResponse) -> None:
    """What came through the cache is what the application computes, but for the coding that was asked for."""
    assert answer.status == measure.status
    assert said(answer, *OF_A_CODING) == said(measure, *OF_A_CODING)
    assert vary(answer) in (vary(measure), vary(measure) | {"Accept-Encoding"})
    if answer.status_code == 304:
        assert answer.data == b""
        assert not OF_A_BODY & set(answer.headers.keys())
    else:
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert text(answer) == text(measure)


def assert_same_head(head: TestResponse, whole: TestResponse) -> None:
    assert head.data == b""
    assert head.status == whole.status
    but = ("Content-Length",) if "X-Request-Id" in whole.headers and whole.is_json else ()  # names the request
    assert said(head, *but) == said(whole, *but)
    assert ("Content-Length" in head.headers) == ("Content-Length" in whole.headers)


def test_every_public_address_is_the_same_document_in_every_way(app: Flask, asked: list[str]) -> None:
    client = quick_client(app)
    statuses: set[int] = set()
    kept = 0
    for number, path in enumerate(asked):
        with uncached():
            measure = client.get(path)
            assert_same_head(client.head(path), measure)
        statuses.add(measure.status_code)
        first = client.get(path)
        before = shown_from_memory()
        second = client.get(path)
        from_memory = shown_from_memory() > before
        may_be = cast(Application, app).kept_at(second.request.environ["PATH_INFO"]) is not None
        everybodys = measure.status_code in (200, 301) and "Vary" not in measure.headers
        assert from_memory == (may_be and everybodys), path
        kept += from_memory
        assert_same(first, measure)
        assert_same(second, measure)
        compressed = may_be and len(measure.data) >= WORTH_ENCODING and "public" in measure.headers["Cache-Control"]
        assert ("Accept-Encoding" in vary(second)) == compressed
        for coding in CODED[number % 3 :] + CODED[: number % 3]:
            whole = client.get(path, headers={"Accept-Encoding": coding})
            assert_same(whole, measure)
            assert said(whole, *OF_A_CODING) == said(second, *OF_A_CODING)
            assert vary(whole) == vary(second)
            expected = coding if compressed and coding != "identity" else None
            assert whole.headers.get("Content-Encoding") == expected, path
        assert_same_head(client.head(path, headers={"Accept-Encoding": coding}), whole)
        assert_unchanged(client, path, second, number)
    assert statuses == {200, 301, 302, 400, 404, 410, 422}
    assert len(asked) > 200
    assert kept > 120


def assert_unchanged(client: FlaskClient, path: str, whole: TestResponse, number: int) -> None:
    """Who has it already is told so, with all the headers that a 304 must repeat (RFC 9110 §15.4.5).

    Of the ways to say it, and of those to say something else, each address is asked in one.
    """
    etag = whole.headers.get("ETag", 'W/"none"')
    tag = etag.removeprefix("W/")
    same, other = (etag, tag, f'"other", {etag}', "*"), ('W/"other"', tag[:-1])
    for tags in (same[number % len(same)], other[number % len(other)]):
        answer = client.get(path, headers={"If-None-Match": tags, "Accept-Encoding": "br"})
        matches = whole.status_code == 200 and "ETag" in whole.headers and tags in same
        assert answer.status_code == (304 if matches else whole.status_code), (path, tags)
        if matches:
            assert answer.data == b""
            assert said(answer) == said(whole, *OF_A_BODY), path
        else:
            assert text(answer) == text(whole)


TAGS = ("*", "own", "strong", "list", 'W/"other"', '"', "W/", ",", "\xff", "own, *", '"a" "b"', '"' * 50, "x" * 5_000)
CODINGS = (
    "br", "gzip", "identity", "gzip, br", "gzip;q=1, br;q=0.5", "br;q=0, gzip", "br;q=0,gzip;q=0", "*", "*;q=0",
    "identity;q=0", "identity;q=0, *;q=0", "deflate, zstd", "GZIP", "br;q=2", "br;q=-1", "br;q=x", "br;q=", ";;,,=",
    "gzip" * 25_000, "br, " * 60, "\xff",
)  # fmt: skip
ACCEPTS = (
    "application/json", "*/*", "text/html", "application/json;q=0", "application/*", "text/html, */*;q=0.1", "", "json",
    "application/atom+xml", "application/xml;q=0.9", ",", "\xff/\xff", "*/*, " * 100, "text/html, " * 100,
)  # fmt: skip
DATES = ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 00:00:00 GMT", "yesterday", "\xff", "0")
LANGUAGES = ("fa", "en", "ar, sq;q=0.5", "*", "xx", "fa-" * 2_000, ";q")


@st.composite
def requests(draw: st.DrawFn) -> dict[str, str]:
    """Headers of a request, sensible and not."""
    named = {
        "If-None-Match": TAGS,
        "If-Modified-Since": DATES,
        "Accept-Encoding": CODINGS,
        "Accept": ACCEPTS,
        "Accept-Language": LANGUAGES,
        "Range": ("bytes=0-9",),
        "Cache-Control": ("no-cache", "max-age=0"),
        "X-HTTP-Method-Override": ("DELETE",),
        "X-Forwarded-Host": ("evil.example",),
        "Host": ("evil.example",),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(named)), max_size=4, unique=True))
    return {name: draw(st.sampled_from(named[name])) for name in chosen}


@pytest.mark.parametrize("examples", [300, pytest.param(4_000, marks=pytest.mark.slow)])
def test_a_request_of_any_kind_gets_through_the_cache_what_it_would_get_without(
    app: Flask, asked: list[str], examples: int
) -> None:
    client = quick_client(app)

    @settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(asked), requests(), st.sampled_from(["GET", "HEAD"]), st.booleans())
    def ask(path: str, sent: dict[str, str], method: str, anew: bool) -> None:
        etag = client.get(path).headers.get("ETag", '"none"')
        own = {"own": etag, "strong": etag.removeprefix("W/"), "list": f'"a", {etag}, "b"'}
        sent = {name: own.get(value, value) for name, value in sent.items()}
        if anew:
            app.extensions["nejat.cache"].clear()
        with uncached():
            measure = client.open(path, method="GET", headers=sent)
        whole = client.open(path, method="GET", headers=sent)
        assert_same(whole, measure)
        answer = client.open(path, method=method, headers=sent)
        if method == "HEAD":
            assert_same_head(answer, whole)
        else:
            assert_same(answer, measure)

    ask()


def test_a_route_that_nobody_has_values_for_fails_the_test(app: Flask) -> None:
    """So that none is forgotten."""
    row: dict[str, Any] = {"slug": "x", "article": str(uuid4()), "id": str(uuid4()), "tags": ["x"]}
    row |= {"authors": ["x"], "translators": ["x"]}
    rows = {LOCALE: [row]}
    house = House(desk_for(app), {LOCALE: "x"}, live=rows, hidden=rows, withdrawn=rows, newer={LOCALE: row})
    assert list(addresses(app, house, LOCALE))
    table: dict[str, Any] = app.extensions["nejat.endpoints"]
    unknown = replace(table["get_tag"], name="get_unknown", rule="/v1/<locale:locale>/unknown/<slug>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table, "get_unknown", unknown)
        with pytest.raises(AssertionError, match="no values for"):
            list(addresses(app, house, LOCALE))
