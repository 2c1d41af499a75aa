"""Lists: every filter, every order, fallback, and what is refused."""

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import db
from nejat_cms.language.zones import parse_rfc3339
from nejat_cms.reading import fetch
from tests.factories import public_reads
from tests.newsroom import data, desk_for, open_house, read
from tests.press import press, press_translations


def titles(client: FlaskClient, path: str) -> list[str]:
    return [item["title"] for item in read(client, path)]


def places(problem: dict[str, Any]) -> set[str]:
    return {each["parameter"] for each in problem["errors"]}


def test_lists_hold_every_kind_but_pages_unless_they_are_named(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    kinds = ("article", "page", "brief", "book", "video")
    press(app, "en", *({"title": kind, "kind": kind} for kind in kinds))
    assert titles(client, "/en/articles") == ["video", "book", "brief", "article"]
    assert titles(client, "/en/articles?kind=page") == ["page"]
    assert titles(client, "/en/articles?kind=page,book") == ["book", "page"]
    assert titles(client, "/en/articles?kind=gallery") == []
    for wrong in ("poem", "", "page,poem", "Page"):
        assert places(read(client, f"/en/articles?kind={wrong}", expect=422)) == {"kind"}


def test_sections_hold_what_lies_below_them(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    top = section(desk, {"en": {"name": "World"}, "fa": {"name": "جهان"}})
    middle = section(desk, {"en": {"name": "Asia"}}, parent=top)
    below = section(desk, {"en": {"name": "Iran"}, "fa": {"name": "ایران"}}, parent=middle)
    other = section(desk, {"en": {"name": "Sport"}})
    for title, sections in (("Top", [top]), ("Below", [below]), ("Both", [other, below]), ("None", [])):
        desk.published("en", title, sections=sections)
    assert titles(client, "/en/articles?section=world") == ["Both", "Below", "Top"]
    assert (
        titles(client, "/en/articles?section=asia") == titles(client, "/en/articles?section=iran") == ["Both", "Below"]
    )
    assert titles(client, "/en/articles?section=sport,world") == ["Both", "Below", "Top"]
    assert titles(client, "/en/articles?section=nothing") == titles(client, "/en/articles?section=") == []
    assert titles(client, "/en/articles?section=جهان") == []
    desk.publish(desk.write("fa", "یزد", sections=[below]))
    assert titles(client, "/fa/articles?section=جهان") == ["یزد"]
    crumbs = read(client, "/en/articles/both")["breadcrumbs"]
    assert [crumb["name"] for crumb in crumbs] == ["Sport"]
    assert [crumb["name"] for crumb in read(client, "/en/articles/below")["breadcrumbs"]] == ["World", "Asia", "Iran"]
    assert [crumb["name"] for crumb in read(client, "/fa/articles/یزد")["breadcrumbs"]] == ["جهان", "ایران"]
    assert titles(client, "/fa/articles?section=جهان&fallback=en") == ["یزد", "Both", "Below", "Top"]
    south = section(desk, {"fa": {"name": "جنوب"}}, parent=top)
    desk.published("en", "Gulf", sections=[section(desk, {"en": {"name": "Gulf"}}, parent=south)])
    assert titles(client, "/fa/articles?section=جنوب&fallback=en") == ["Gulf"]
    assert titles(client, "/en/articles?section=world")[0] == "Gulf"
    assert [crumb["name"] for crumb in read(client, "/en/articles/gulf")["breadcrumbs"]] == ["World", "Gulf"]

    etag = desk.call("GET", f"/sections/{below}").headers["ETag"]
    desk.call("PATCH", f"/sections/{below}", {"parent": other}, if_match=etag, expect=200)
    assert titles(client, "/en/articles?section=world") == ["Gulf", "Top"]
    assert titles(client, "/en/articles?section=sport") == ["Both", "Below"]
    counts = {row["slug"]: row["count"] for row in read(client, "/en/sections")}
    assert counts == {"world": 2, "sport": 2}


def section(desk: Any, names: dict[str, Any], **more: Any) -> str:
    return data(desk.call("POST", "/sections", {"names": names, **more}, expect=201))["id"]  # type: ignore[no-any-return]


def test_tags_authors_and_featured_narrow_a_list(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    press(
        app,
        "en",
        {"title": "1", "tags": ["Sea", "Salt"], "authors": ["Ana Dema"], "featured": True},
        {"title": "2", "tags": ["Salt"], "authors": ["Bo"], "translators": ["Ana Dema"]},
        {"title": "3", "tags": ["Land"], "featured": True},
    )
    press(app, "fa", {"title": "۱", "tags": ["دریا"]})
    assert titles(client, "/en/articles?tag=salt") == ["2", "1"]
    assert titles(client, "/en/articles?tag=sea,land") == ["3", "1"]
    assert titles(client, "/en/articles?tag=sea&author=ana-dema") == ["1"]
    assert titles(client, "/en/articles?author=ana-dema") == ["1"]
    assert titles(client, "/en/articles?author=ana-dema,bo") == ["2", "1"]
    assert titles(client, "/en/articles?featured=true") == ["3", "1"]
    assert titles(client, "/en/articles?featured=false") == ["2"]
    assert titles(client, "/en/articles?tag=SEA") == ["1"]
    assert titles(client, "/en/articles?tag=دریا") == []
    assert places(read(client, "/en/articles?featured=1", expect=422)) == {"featured"}


DATED = {
    "2025-03-20T20:29:59Z": "30 Esfand, before midnight in Tehran",
    "2025-03-20T20:30:00Z": "1 Farvardin",
    "2025-12-31T20:30:00Z": "11 Dey, and 2026 in Tehran",
    "2026-03-20T20:29:59Z": "29 Esfand a year later",
}


def test_years_and_months_are_those_of_the_calendar_and_the_zone(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa", "ar")
    works = [{"title": title, "published_at": parse_rfc3339(at)} for at, title in DATED.items()]
    press(app, "fa", *works)
    first, second, third, fourth = DATED.values()
    for query, expected in (
        ("year=1403", [first]),
        ("year=1404", [fourth, third, second]),
        ("year=1404&month=1", [second]),
        ("year=1404&month=12", [fourth]),
        ("year=2026&calendar=gregorian", [fourth, third]),
        ("year=2025&month=3&calendar=gregorian", [second, first]),
        ("year=1446&calendar=islamic-umalqura", [second, first]),
        ("year=1446&month=9&calendar=islamic-umalqura", [second, first]),
        ("year=1&calendar=persian", []),
        ("from=2025-03-21&to=2026-01-01", [second]),
        ("from=2025-03-20T20:30:00Z&to=2025-12-31T20:30:00Z", [second]),
        ("from=2026-01-01", [fourth, third]),
        ("to=2025-03-21", [first]),
        ("year=1404&from=2026-01-01", [fourth, third]),
    ):
        assert titles(client, f"/fa/articles?{query}") == expected, query
    for query, place in (
        ("month=3", "month"),
        ("year=1404&month=13", "month"),
        ("year=0", "year"),
        ("year=10000", "year"),
        ("year=9379", "year"),
        ("year=۱۴۰۴", "year"),
        ("year=1404&calendar=julian", "calendar"),
        ("from=yesterday", "from"),
        ("from=2025-02-30", "from"),
        ("to=2025-03-21T00:00:00", "to"),
        ("from=0001-01-01", "from"),
        ("to=0001-01-01", "to"),
    ):
        assert places(read(client, f"/fa/articles?{query}", expect=422)) == {place}, query


ESFAND = {
    "2025-02-18T20:29:59Z": "Bahman in Tehran",
    "2025-02-18T20:30:00Z": "Esfand in Tehran, Bahman in London",
    "2025-02-19T00:00:00Z": "Esfand in both",
    "2025-03-20T20:29:59Z": "30 Esfand in both",
    "2025-03-20T20:30:00Z": "Farvardin in Tehran, 30 Esfand in London",
    "2025-03-21T00:00:00Z": "Farvardin in both",
}


def test_a_month_of_a_calendar_begins_and_ends_at_the_editions_own_midnights(app: Flask, client: FlaskClient) -> None:
    """Esfand 1403, which has 30 days, in lists, archives and searches of two zones."""
    open_house(app, "fa", "en")
    works = [{"title": title, "published_at": parse_rfc3339(at)} for at, title in ESFAND.items()]
    press(app, "fa", *works)
    press(app, "en", *works)
    titled = list(ESFAND.values())
    for locale, expected in (("fa", titled[1:4]), ("en", titled[2:5])):
        for path in (f"/{locale}/articles?", f"/{locale}/search?q=in&"):
            assert titles(client, f"{path}year=1403&month=12&calendar=persian") == expected[::-1], (locale, path)
            following = titles(client, f"{path}year=1404&month=1&calendar=persian")
            assert following == titled[titled.index(expected[-1]) + 1 :][::-1], (locale, path)
            for month in ("0", "13", "٣"):
                problem = read(client, f"{path}year=1403&month={month}&calendar=persian", expect=422)
                assert places(problem) == {"month"}
        archive = read(client, f"/{locale}/archive?calendar=persian")
        (year,) = [year for year in archive["years"] if year["year"] == 1403]
        (month_,) = [month for month in year["months"] if month["month"] == 12]
        assert month_["count"] == 3
    assert (month_["from"], month_["to"]) == ("2025-02-19T00:00:00Z", "2025-03-21T00:00:00Z")


def test_a_list_is_narrowed_by_where_else_it_is_published(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    one, two, _three = press(app, "en", {"title": "1"}, {"title": "2"}, {"title": "3"})
    press_translations(app, "fa", {one: "یک", two: "دو"})
    press_translations(app, "sq", {one: "Një"})
    desk = desk_for(app)
    desk.call("PUT", f"/articles/{two}/variants/sq", {"title": "Dy"}, if_none_match="*", expect=201)
    assert titles(client, "/en/articles?translated_in=fa") == ["2", "1"]
    assert titles(client, "/en/articles?translated_in=fa,SQ") == ["1"]
    assert titles(client, "/en/articles?not_translated_in=sq") == ["3", "2"]
    assert titles(client, "/en/articles?not_translated_in=sq,fa") == ["3"]
    assert titles(client, "/en/articles?translated_in=fa&not_translated_in=sq") == ["2"]
    assert titles(client, "/en/articles?translated_in=en") == ["3", "2", "1"]
    for name in ("translated_in", "not_translated_in"):
        for wrong in ("fr", "xx", "fa,"):
            assert places(read(client, f"/en/articles?{name}={wrong}", expect=422)) == {name}


def test_titles_are_sorted_as_the_locale_sorts_them(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa", "sq", "en")
    farsi = ["آب", "ابر", "پرنده", "چای", "ژاله", "سیب", "کتاب", "گل", "یزد"]
    press(app, "fa", *({"title": title} for title in reversed(farsi)))
    assert titles(client, "/fa/articles?sort=title") == farsi
    albanian = [
        "cirku",
        "çaji",
        "dera",
        "dhoma",
        "ecja",
        "ëndrra",
        "gishti",
        "gjelli",
        "lulja",
        "llamba",
        "xixa",
        "xhaja",
    ]
    press(app, "sq", *({"title": title} for title in sorted(albanian)))
    assert titles(client, "/sq/articles?sort=title") == albanian
    press(app, "en", {"title": "b"}, {"title": "C"}, {"title": "a"}, {"title": "É"})
    assert titles(client, "/en/articles?sort=title") == ["a", "b", "C", "É"]
    assert titles(client, "/en/articles?sort=published_at") == ["b", "C", "a", "É"]
    for wrong in ("-title", "updated_at", "", "title,"):
        assert places(read(client, f"/en/articles?sort={wrong}", expect=422)) == {"sort"}


def test_fields_narrow_items_and_may_name_those_of_the_detail(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en", "One", body={"html": "<p>Text.</p>"})
    desk.published("en", "Two")
    assert read(client, "/en/articles?fields=title,slug") == [
        {"title": "Two", "slug": "two"},
        {"title": "One", "slug": "one"},
    ]
    item = read(client, "/en/articles?fields=body,older,newer,seo,breadcrumbs,freshness,share&limit=1")[0]
    alone = read(client, "/en/articles/two")
    assert item == {name: alone[name] for name in item}
    assert len(item) == 7
    assert read(client, "/en/articles/two?fields=title") == {"title": "Two"}
    for path in ("/en/articles", "/en/articles/two", "/en/articles?kind=gallery"):
        join = "&" if "?" in path else "?"
        for wrong in ("titel", "title,password", "", "summary"):
            assert places(read(client, f"{path}{join}fields={wrong}", expect=422)) == {"fields"}


def test_the_total_counts_all_pages_of_what_was_asked(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    works = press(app, "en", *({"title": str(number), "featured": number < 2} for number in range(5)))
    press_translations(app, "fa", {works[0]: "۰"})
    for query, total in (
        ("", 5),
        ("&featured=true", 2),
        ("&kind=page", 0),
        ("&translated_in=fa", 1),
        ("&sort=title", 5),
    ):
        answer = client.get(f"/v1/en/articles?limit=1&total=true{query}")
        assert answer.json is not None
        assert answer.json["meta"] == {"total": total}
    assert "meta" not in (client.get("/v1/en/articles?total=false").json or {})
    answer = client.get("/v1/fa/articles?limit=2&total=true&fallback=en")
    assert answer.json is not None
    assert answer.json["meta"] == {"total": 5}


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=1_0", "limit=١٠", "limit=1.0", "limit=", "offset=3", "page=2", "q=x",
     "total=yes", "total=1", "limit=1&limit=2", "kind=page&kind=book", "cursor=x", "cursor=", "locale=fa"],
)  # fmt: skip
def test_what_a_list_does_not_know_is_refused_by_name(app: Flask, client: FlaskClient, query: str) -> None:
    open_house(app, "en")
    problem = read(client, f"/en/articles?{query}", expect=422)
    assert places(problem) == {query.partition("=")[0]}


# Fallback -------------------------------------------------------------------------------------


def test_fallback_is_the_same_in_list_count_and_detail(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq", "ar")
    desk = desk_for(app)
    etag = desk.call("GET", "/editions/sq").headers["ETag"]
    desk.call("PATCH", "/editions/sq", {"fallback": ["fa", "en"]}, if_match=etag, expect=200)
    here, both, english = press(app, "en", {"title": "1"}, {"title": "2"}, {"title": "3"})
    press_translations(app, "fa", {here: "یک", both: "دو"})
    press_translations(app, "sq", {here: "Një"})
    (arabic,) = press(app, "ar", {"title": "عربي"})
    withdrawn = desk.published("sq", "Tërhequr")
    desk.publish(desk.translate(withdrawn, "en", title="Left"))
    desk.step(withdrawn, "unpublish")
    for fallback, expected in (
        ("none", {here: "sq"}),
        ("chain", {here: "sq", both: "fa", english: "en", withdrawn["article"]: "en"}),
        ("en", {here: "sq", both: "en", english: "en", withdrawn["article"]: "en"}),
        ("fa", {here: "sq", both: "fa"}),
        ("fa,EN", {here: "sq", both: "fa", english: "en", withdrawn["article"]: "en"}),
        ("sq,fa", {here: "sq", both: "fa"}),
        ("ar", {here: "sq", arabic: "ar"}),
    ):
        wanted = {str(article): locale for article, locale in expected.items()}
        answer = client.get(f"/v1/sq/articles?fallback={fallback}&total=true")
        items = data(answer)
        assert {item["id"]: item["locale"] for item in items} == wanted, fallback
        assert answer.json["meta"]["total"] == len(wanted)  # type: ignore[index]
        assert answer.headers["Content-Language"] == "sq"
        assert all(item["lang"] == item["locale"] and item["url"].split("/")[3] == item["locale"] for item in items)
        for article in (here, both, english, arabic, withdrawn["article"]):
            alone = client.get(f"/v1/articles/{article}?locale=sq&fallback={fallback}")
            served = wanted.get(str(article))
            if served is None:
                assert alone.status_code == (410 if article == withdrawn["article"] else 404)
                continue
            assert alone.json is not None
            assert alone.json["meta"] == {"locale": {"requested": "sq", "served": served, "fallback": served != "sq"}}
            assert alone.headers["Content-Language"] == served
        for item in items:
            path = f"/sq/articles/{item['slug']}?fallback={fallback}"
            assert read(client, path)["id"] == item["id"], (fallback, item["slug"])
            if item["locale"] != "sq":
                read(client, f"/sq/articles/{item['slug']}", expect=404)


def test_fallback_that_cannot_be_is_refused(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    (work,) = press(app, "en", {"title": "1"})
    for wrong in ("fr", "xx", "none,en", "chain,en", "", "en,"):
        assert places(read(client, f"/fa/articles?fallback={wrong}", expect=422)) == {"fallback"}
        assert places(read(client, f"/articles/{work}?locale=fa&fallback={wrong}", expect=422)) == {"fallback"}
    assert places(read(client, "/fa/articles?fallback=en&sort=title", expect=422)) == {"sort"}
    read(client, "/fa/articles?fallback=none&sort=title")


def test_filters_and_fallback_go_together(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    tag = data(desk.call("POST", "/tags", {"names": {"en": {"name": "Sea"}, "fa": {"name": "دریا"}}}, expect=201))
    assert tag["names"]["fa"]["slug"] == "دریا"
    desk.published("en", "One", tags=["Sea"], featured=True)
    both = desk.published("en", "Two", tags=["Sea"])
    desk.publish(desk.translate(both, "fa", title="دو"))
    assert titles(client, "/fa/articles?fallback=en&tag=دریا") == ["One"]
    assert titles(client, "/fa/articles?fallback=en&featured=false") == ["دو"]
    assert titles(client, "/fa/articles?fallback=en&translated_in=en") == ["دو", "One"]
    assert titles(client, "/fa/articles?fallback=en&not_translated_in=fa") == ["One"]


def test_an_order_by_title_allows_no_fallback_even_where_there_is_none_to_take(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    for fallback in ("chain", "en"):
        assert places(read(client, f"/en/articles?sort=title&fallback={fallback}", expect=422)) == {"sort"}
    assert titles(client, "/en/articles?sort=title&fallback=none") == []


def test_home_shows_the_newest_of_the_house_and_of_each_top_section(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    world = section(desk, {"en": {"name": "World"}, "fa": {"name": "جهان"}})
    asia = section(desk, {"en": {"name": "Asia"}}, parent=world)
    sport = section(desk, {"en": {"name": "Sport"}})
    works = [{"title": f"{n}", "sections": [UUID(asia if n % 2 else world)], "featured": n % 2 == 0} for n in range(12)]
    press(app, "en", *works, {"title": "About", "kind": "page", "featured": True, "sections": [UUID(world)]})
    home = read(client, "/editions/en")["home"]
    newest = read(client, "/en/articles")
    assert home["recent"] == newest[:10]
    assert home["featured"] == read(client, "/en/articles?featured=true")[:5]
    assert [item["title"] for item in home["featured"]] == ["10", "8", "6", "4", "2"]
    assert home["sections"] == [
        {"slug": "sport", "name": "Sport", "articles": []},
        {"slug": "world", "name": "World", "articles": newest[:4]},
    ]
    desk.published("en", "Goal", sections=[sport])
    home = read(client, "/editions/en")["home"]
    assert [item["title"] for item in home["sections"][0]["articles"]] == ["Goal"]
    empty = {"slug": "جهان", "name": "جهان", "articles": []}
    assert read(client, "/editions/fa")["home"] == {"featured": [], "recent": [], "sections": [empty]}


@pytest.mark.parametrize(
    ("query", "index", "sources"),
    [
        ("", "documents_locale_listed_published_us", 1),
        ("?featured=true", "documents_locale_listed_featured_published_us", 1),
        ("?kind=article", "documents_locale_kind_published_us", 1),
        ("?kind=article,video", "documents_locale_kind_published_us", 2),
        ("?kind=article&sort=title", "documents_locale_kind_title_key", 1),
        ("?tag=salt", "document_terms_newest", 1),
        ("?tag=salt,sea&kind=article", "document_terms_newest", 2),
        ("?fallback=fa", "documents_locale_listed_published_us", 2),
    ],
)
def test_a_list_walks_an_index_of_its_order(
    app: Flask, client: FlaskClient, query: str, index: str, sources: int
) -> None:
    open_house(app, "en", "fa")
    press(app, "en", {"title": "One", "tags": ["Salt"], "featured": True})
    sent: list[tuple[str, Any]] = []
    with public_reads(lambda *each: sent.append(each)):
        assert len(read(client, f"/en/articles{query}")) == 1
    sql, params = next(each for each in sent if " d.summary" in each[0])
    with app.app_context():
        if db.engine.name != "sqlite":
            return
        plan = [row[-1] for row in fetch(f"EXPLAIN QUERY PLAN {sql}", params)]
    walked = [step for step in plan if f"ix_{index}" in step]
    assert len(walked) == sources, plan
    assert not [step for step in plan if step.startswith(("SCAN d", "SCAN t"))], plan
    assert sources > 1 or "USE TEMP B-TREE FOR ORDER BY" not in plan[:2], plan


@pytest.mark.parametrize(
    ("path", "forms"),
    [
        ("/en/articles?fields=slug,freshness", set()),
        ("/en/articles?fields=slug,body", {"html"}),
        ("/en/articles/one?fields=title", set()),
        ("/en/articles/one?fields=title,body&body=text", {"text"}),
        ("/en/articles/one?body=blocks,text", {"blocks", "text"}),
        ("/en/articles/one", {"html"}),
    ],
)
def test_no_more_of_a_body_is_fetched_than_is_shown(
    app: Flask, client: FlaskClient, path: str, forms: set[str]
) -> None:
    open_house(app, "en")
    press(app, "en", {"title": "One"})
    sent: list[str] = []
    with public_reads(lambda sql, _: sent.append(sql)):
        found = read(client, path)
    assert set(re.findall(r"d\.body_(\w+)", " ".join(sent))) == forms
    one = found[0] if isinstance(found, list) else found
    assert set(one.get("body", {})) == forms
