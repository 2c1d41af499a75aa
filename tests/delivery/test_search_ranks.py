"""In which order hits come, alone and across editions, and which text they are shown by."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import utc_now
from tests.delivery.search_corpus import NEWEST, body_of
from tests.delivery.test_search import search, titles
from tests.newsroom import data, desk_for, open_house
from tests.press import press, press_translations


def press_oldest_first(app: Flask, locale: str, *works: dict[str, Any]) -> list[Any]:
    """Publish works so that what should come first by its rank comes last by its date."""
    return press(app, locale, *(work | {"published_at": NEWEST + timedelta(hours=at)} for at, work in enumerate(works)))


RANKS: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "English": (
        "en",
        "paper boat",
        [
            {"title": "Old paper boat"},
            {"title": "A boat of paper"},
            {"title": "Boats and papers"},
            {"title": "Boats", "lead": "They are paper"},
            {"title": "Nothing", "lead": "Of paper", "body": body_of("A boat")},
        ],
    ),
    "Farsi": (
        "fa",
        "کتاب‌های باران",
        [
            {"title": "این کتاب های باران"},
            {"title": "باران، کتاب‌های"},
            {"title": "کتابها در باران"},
            {"title": "کتاب", "lead": "در باران"},
            {"title": "هیچ", "body": body_of("کتابهای باران")},
        ],
    ),
    "Arabic": (
        "ar",
        "كتاب قديم",
        [
            {"title": "كِتابٌ قَديم في البيت"},
            {"title": "قديم: كتاب"},
            {"title": "الكتاب القديم"},
            {"title": "بيت قديم", "lead": "والكتاب"},
            {"title": "بيت", "body": body_of("كتاب قديم")},
        ],
    ),
    "Albanian": (
        "sq",
        "caji i malit",
        [
            {"title": "ÇAJI I MALIT"},
            {"title": "I malit çaji"},
            {"title": "Çaji", "lead": "I malit"},
            {"title": "Pije", "lead": "Çaji", "body": body_of("i malit")},
        ],
    ),
    "a phrase": (
        "en",
        '"paper boat"',
        [
            {"title": "Old paper boat"},
            {"title": "Paper of a boat", "lead": "A paper boat"},
            {"title": "Nothing", "body": body_of("A paper boat")},
        ],
    ),
    "words and a phrase": (
        "en",
        '"paper boat" pond',
        [{"title": "A paper boat, pond"}, {"title": "Pond: a paper boat"}, {"title": "A paper boat in ponds"}],
    ),
    "an unfinished word": (
        "en",
        "paper bo&prefix=true",
        [
            {"title": "Old paper boats"},
            {"title": "Boat of paper"},
            {"title": "Boats and papers"},
            {"title": "Paper", "lead": "Boats"},
            {"title": "Nothing", "body": body_of("Boats of paper")},
        ],
    ),
}


@pytest.mark.parametrize("name", RANKS)
def test_a_title_goes_before_a_lead_and_a_word_before_its_forms(app: Flask, client: FlaskClient, name: str) -> None:
    locale, query, works = RANKS[name]
    open_house(app, locale)
    press_oldest_first(app, locale, *works)
    q, _, more = query.partition("&")
    assert titles(client, locale, q, f"&{more}" if more else "") == [work["title"] for work in works]
    assert titles(client, locale, q, f"&across=true&{more}" if more else "&across=true") == [
        work["title"] for work in works
    ]


def test_among_equals_the_newest_comes_first_and_then_the_greater_id(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    at = utc_now() - timedelta(days=1)
    press(
        app,
        "en",
        {"title": "Boat a", "published_at": at},
        {"title": "Boat b", "published_at": at - timedelta(microseconds=1)},
        {"title": "Boat c", "published_at": at},
        {"title": "A pond", "lead": "Boat", "published_at": at + timedelta(hours=1)},
    )
    assert titles(client, "en", "boat") == ["Boat c", "Boat a", "Boat b", "A pond"]


# Across editions ------------------------------------------------------------------------------


def hits(client: FlaskClient, locale: str, q: str, more: str = "") -> list[tuple[str, str, str]]:
    found = search(client, locale, q, f"&across=true{more}")
    return [(item["title"], item["locale"], item["found_in"]) for item in found]


def test_a_hit_in_another_edition_answers_with_this_editions_counterpart(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    boats, pond, _alone = press(
        app, "en", {"title": "Paper boats"}, {"title": "A pond", "lead": "Boats"}, {"title": "Old boat"}
    )
    press_translations(app, "fa", {boats: "قایق‌های کاغذی", pond: "برکه"})
    press_translations(app, "sq", {boats: "Varka prej letre"})
    assert hits(client, "fa", "boat") == [
        ("Old boat", "en", "en"),  # every word as it was typed
        ("قایق‌های کاغذی", "fa", "en"),
        ("برکه", "fa", "en"),
    ]
    (_, found, _) = search(client, "fa", "boat", "&across=true")
    assert found["id"] == str(boats)
    assert found["highlights"] == {"title": "Paper <mark>boats</mark>", "body": []}
    assert found["lang"] == "fa"
    assert {other["locale"] for other in found["translations"]} == {"en", "sq"}
    assert hits(client, "en", "قایق") == [("Paper boats", "en", "fa")]
    assert hits(client, "sq", "قایق") == [("Varka prej letre", "sq", "fa")]
    assert hits(client, "ar", "boats") == [
        ("Paper boats", "en", "en"),
        ("Old boat", "en", "en"),
        ("A pond", "en", "en"),
    ]
    assert hits(client, "ar", "varka") == [("Varka prej letre", "sq", "sq")]
    assert titles(client, "fa", "boat") == []


def test_an_article_found_in_several_editions_is_one_row_by_its_best_text(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    one, two, three = press(
        app,
        "en",
        {"title": "HTML for gardens"},
        {"title": "Gardens", "lead": "HTML"},
        {"title": "Gardens again", "body": body_of("HTML")},
    )
    press_translations(app, "fa", {one: "HTML برای باغ", two: "کتاب HTML", three: "باغ"})
    press_translations(app, "sq", {two: "HTML", three: "HTML shqip"})
    assert hits(client, "en", "html") == [
        ("Gardens again", "en", "sq"),
        ("Gardens", "en", "sq"),
        ("HTML for gardens", "en", "en"),
    ]
    assert hits(client, "fa", "html") == [("باغ", "fa", "sq"), ("کتاب HTML", "fa", "fa"), ("HTML برای باغ", "fa", "fa")]
    answer = client.get("/v1/fa/search?q=html&across=true&total=true&limit=2").json or {}
    assert answer["meta"] == {"total": 3}
    following = client.get(answer["links"]["next"]).json or {}
    assert [item["id"] for item in (*answer["data"], *following["data"])] == [str(three), str(two), str(one)]


def test_filters_across_editions_are_those_of_the_text_that_is_shown(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    one, _two, _page = press(
        app,
        "en",
        {"title": "Boats", "tags": ["Sea"], "featured": True},
        {"title": "Boat", "tags": ["Salt"]},
        {"title": "Boat yard", "kind": "page"},
    )
    press_translations(app, "fa", {one: "قایق"})
    assert hits(client, "fa", "boat") == [("Boat", "en", "en"), ("قایق", "fa", "en")]
    assert hits(client, "fa", "boat", "&featured=true") == []
    assert hits(client, "en", "قایق", "&featured=true&tag=sea") == [("Boats", "en", "fa")]
    assert hits(client, "fa", "boat", "&kind=page") == [("Boat yard", "en", "en")]
    assert hits(client, "fa", "boat", "&translated_in=fa") == [("قایق", "fa", "en")]
    assert hits(client, "fa", "boat", "&not_translated_in=fa") == [("Boat", "en", "en")]
    assert hits(client, "fa", "boat -boats") == [("Boat", "en", "en")]


def test_a_disabled_edition_is_not_looked_through(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    (boats,) = press(app, "fa", {"title": "قایق"})
    press_translations(app, "en", {boats: "Boats"})
    press(app, "fa", {"title": "قایق تنها"})
    press_translations(app, "sq", {boats: "Varka"})
    assert len(hits(client, "en", "قایق")) == 2
    etag = desk.call("GET", "/editions/fa").headers["ETag"]
    etag = desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=etag, expect=200).headers["ETag"]
    assert hits(client, "en", "قایق") == hits(client, "sq", "قایق") == []
    assert client.get("/v1/fa/search?q=قایق").status_code == 404
    assert client.get("/v1/en/search?q=boat&fallback=fa").status_code == 422
    assert titles(client, "en", "قایق", "&fallback=chain") == []
    assert hits(client, "en", "varka") == [("Boats", "en", "sq")]
    desk.call("PATCH", "/editions/fa", {"enabled": True}, if_match=etag, expect=200)
    assert len(hits(client, "en", "قایق")) == 2
    assert data(client.get("/v1/fa/search?q=قایق"))
