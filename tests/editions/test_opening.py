"""A new edition is one POST: CLDR answers for all but its locale."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import data, desk_for, open_house, read

DEFAULTS: dict[str, dict[str, str]] = {
    "en": {"dir": "ltr", "script": "Latn", "calendar": "gregorian", "numbering": "latn", "name": "English"},
    "ar": {"dir": "rtl", "script": "Arab", "name": "العربية", "timezone": "Africa/Cairo"},
    "fa": {"dir": "rtl", "script": "Arab", "calendar": "persian", "numbering": "arabext", "timezone": "Asia/Tehran"},
    "sq": {"dir": "ltr", "script": "Latn", "calendar": "gregorian", "name": "Shqip", "timezone": "Europe/Tirane"},
    "fr": {"dir": "ltr", "script": "Latn", "calendar": "gregorian", "name": "Français", "timezone": "Europe/Paris"},
    "ur": {"dir": "rtl", "script": "Arab", "calendar": "gregorian", "name": "اردو", "timezone": "Asia/Karachi"},
}


def test_a_locale_is_all_that_a_new_edition_needs(app: Flask, client: FlaskClient) -> None:
    desk = desk_for(app)
    for locale, expected in DEFAULTS.items():
        answer = desk.call("POST", "/editions", {"locale": locale}, expect=201)
        assert answer.headers["Location"] == f"/v1/manage/editions/{locale}"
        assert answer.headers["ETag"].startswith('"1-')
        shown = read(client, f"/editions/{locale}")
        assert {name: shown[name] for name in expected} == expected
        assert shown["url"].endswith(f"/{locale}")
        assert shown["title"] == shown["name"]
    everyone = read(client, "/editions")
    assert [edition["locale"] for edition in everyone] == list(DEFAULTS)
    assert [edition["locale"] for edition in everyone if edition["is_default"]] == ["en"]
    assert everyone[2]["names"]["sq"] == "Persisht"
    assert everyone[3]["names"]["fa"] == "آلبانیایی"


@pytest.mark.parametrize(
    ("locale", "title", "slug"), [("fr", "L’été à Paris", "l-été-à-paris"), ("ur", "صبح بخیر", "صبح-بخیر")]
)
def test_a_fifth_edition_publishes_after_one_post(
    app: Flask, client: FlaskClient, locale: str, title: str, slug: str
) -> None:
    open_house(app)
    desk = desk_for(app)
    source = desk.published("en")
    desk.call("POST", "/editions", {"locale": locale}, expect=201)
    assert read(client, f"/{locale}/articles") == []
    desk.publish(desk.translate(source, locale, title=title))
    (item,) = read(client, f"/{locale}/articles")
    assert (item["slug"], item["translations"][0]["locale"]) == (slug, "en")
    assert [other["locale"] for other in read(client, "/en/articles")[0]["translations"]] == [locale]


def test_a_locale_is_canonical_whatever_its_case(app: Flask, client: FlaskClient) -> None:
    desk = desk_for(app)
    assert data(desk.call("POST", "/editions", {"locale": "PT-br"}, expect=201))["locale"] == "pt-BR"
    desk.refused("POST", "/editions", {"locale": "pt-BR"}, status=409, code="conflict")
    assert read(client, "/editions/PT-BR")["locale"] == "pt-BR"
    assert read(client, "/Pt-Br/articles") == []


def test_what_is_given_overrides_what_cldr_says(app: Flask, client: FlaskClient) -> None:
    given = {
        "locale": "ar",
        "native_name": "عربي",
        "calendar": "islamic-umalqura",
        "numbering": "latn",
        "timezone": "Asia/Riyadh",
        "direction": "rtl",
        "script": "Arab",
        "base_url": "https://ar.example.org",
        "title": "الدار",
        "tagline": "كل يوم",
        "copyright": "© الدار",
        "social": [{"network": "mastodon", "url": "https://social.example/@dar"}],
        "share": ["telegram", "email"],
        "position": 7,
    }
    desk = desk_for(app)
    made = data(desk.call("POST", "/editions", given, expect=201))
    assert {name: made[name] for name in given} == given
    shown = read(client, "/editions/ar")
    assert (shown["url"], shown["tagline"]) == ("https://ar.example.org", "كل يوم")
    assert shown["social"] == given["social"]
    desk.publish(desk.write("ar", "خبر"))
    article = read(client, "/ar/articles/خبر")
    assert article["published"]["calendar"] == "islamic-umalqura"
    assert article["published"]["local"].endswith("+03:00")
    assert article["published"]["display"].isascii() is False
    assert not set("٠١٢٣٤٥٦٧٨٩") & set(article["published"]["display"])
    assert [link["network"] for link in article["share"]] == ["telegram", "email"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "/locale"),
    ({"locale": "xx"}, "/locale"),
    ({"locale": "editions"}, "/locale"),
    ({"locale": 7}, "/locale"),
    ({"locale": "de", "calendar": "buddhist"}, "/calendar"),
    ({"locale": "de", "timezone": "Europe/Berlin2"}, "/timezone"),
    ({"locale": "de", "timezone": "europe/berlin"}, "/timezone"),
    ({"locale": "de", "numbering": "hans"}, "/numbering"),
    ({"locale": "de", "numbering": "nonsense"}, "/numbering"),
    ({"locale": "de", "direction": "up"}, "/direction"),
    ({"locale": "de", "script": "Xq"}, "/script"),
    ({"locale": "de", "script": "????"}, "/script"),
    ({"locale": "de", "base_url": "ftp://de.example"}, "/base_url"),
    ({"locale": "de", "base_url": "https://de.example/?a=b"}, "/base_url"),
    ({"locale": "de", "base_url": "https://de.example/#top"}, "/base_url"),
    ({"locale": "de", "fallback": ["de"]}, "/fallback/0"),
    ({"locale": "de", "fallback": ["en", "fr"]}, "/fallback/1"),
    ({"locale": "de", "fallback": ["en", "EN"]}, "/fallback/1"),
    ({"locale": "de", "share": ["myspace"]}, "/share/0"),
    ({"locale": "de", "social": [{"network": "x"}]}, "/social/0/url"),
    ({"locale": "de", "social": [{"network": "x", "url": "javascript:alert(1)"}]}, "/social/0/url"),
    ({"locale": "de", "position": -1}, "/position"),
    ({"locale": "de", "position": True}, "/position"),
    ({"locale": "de", "title": ""}, "/title"),
    ({"locale": "de", "title": "x" * 201}, "/title"),
    ({"locale": "de", "titel": "x"}, "/titel"),
    ({"locale": "de", "enabled": "yes"}, "/enabled"),
    ({"locale": "de", "enabled": False, "is_default": True}, "/enabled"),
]


def test_a_wrong_setting_is_named_and_nothing_is_made(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for body, place in WRONG:
        if body.get("is_default"):
            desk.refused("POST", "/editions", body, status=409, code="conflict")
        else:
            desk.refused("POST", "/editions", body, status=422, code="invalid", at=place)


def test_several_wrong_settings_are_told_at_once(app: Flask) -> None:
    body = {"locale": "de", "timezone": "Mars/Olympus", "numbering": "zzzz", "fallback": ["de", "nl"]}
    problem = desk_for(app).refused("POST", "/editions", body, status=422, code="invalid")
    assert {each["pointer"] for each in problem["errors"]} == {"/timezone", "/numbering", "/fallback/0", "/fallback/1"}


def test_a_base_url_has_no_slash_at_its_end(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", base_url="https://news.example/")
    desk = desk_for(app)
    made = desk.published()
    assert read(client, f"/en/articles/{made['slug']}")["url"] == "https://news.example/a-quiet-morning"
    desk.call("POST", "/editions", {"locale": "fa", "base_url": "https://news.example/fa//"}, expect=201)
    assert read(client, "/editions/fa")["url"] == "https://news.example/fa"


def test_only_an_administrator_of_the_house_opens_editions(app: Flask) -> None:
    open_house(app, "en", "fa")
    for grant in ("admin:fa", "editor", "author:fa", "translator:fa", "moderator"):
        desk_for(app, grant).refused("POST", "/editions", {"locale": "ar"}, status=403, code="forbidden")
