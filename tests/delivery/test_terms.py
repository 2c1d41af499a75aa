"""Sections, tags and people as readers see them, and the archive."""

from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.stages import run_schedule
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.language.zones import parse_rfc3339
from tests.newsroom import Desk, data, desk_for, open_house, read
from tests.press import press


def term(desk: Desk, plural: str, names: dict[str, Any], **more: Any) -> dict[str, Any]:
    return data(desk.call("POST", f"/{plural}", {"names": names, **more}, expect=201))  # type: ignore[no-any-return]


def change_term(desk: Desk, plural: str, term_id: str, **changes: Any) -> dict[str, Any]:
    path = f"/{plural}/{term_id}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    return data(desk.call("PATCH", path, changes, if_match=etag, expect=200))  # type: ignore[no-any-return]


def tag_named(desk: Desk, plural: str, name: str) -> str:
    rows = data(desk.call("GET", f"/{plural}?limit=100"))
    return next(row["id"] for row in rows if name in {each["name"] for each in row["names"].values()})  # type: ignore[no-any-return]


def test_sections_are_a_tree_in_the_order_of_the_house(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    world = term(desk, "sections", {"en": {"name": "World", "description": "All"}, "fa": {"name": "جهان"}}, position=2)
    asia = term(desk, "sections", {"en": {"name": "Asia"}}, parent=world["id"])
    term(desk, "sections", {"en": {"name": "Iran"}, "fa": {"name": "ایران"}}, parent=asia["id"])
    term(desk, "sections", {"en": {"name": "Arts"}}, position=1)
    desk.published("en", "One", sections=[asia["id"]])
    desk.published("en", "Page", kind="page", sections=[asia["id"]])
    tree = read(client, "/en/sections")
    assert [(row["slug"], row["count"]) for row in tree] == [("arts", 0), ("world", 1)]
    assert tree[1]["children"][0]["children"][0]["slug"] == "iran"
    assert (tree[1]["children"][0]["slug"], tree[1]["children"][0]["count"]) == ("asia", 1)
    assert [(each["locale"], each["slug"], each["dir"]) for each in tree[1]["translations"]] == [("fa", "جهان", "rtl")]
    assert tree[1]["description"] == "All"
    assert read(client, "/en/sections/asia") == tree[1]["children"][0]
    assert read(client, "/editions/en")["sections"] == tree
    assert [row["slug"] for row in read(client, "/fa/sections")] == ["جهان"]
    assert [row["slug"] for row in read(client, "/fa/sections/جهان")["children"]] == ["ایران"]
    read(client, "/fa/sections/asia", expect=404)


def test_tags_and_people_are_public_once_something_published_names_them(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "sq")
    desk = desk_for(app)
    term(desk, "tags", {"en": {"name": "Unused"}})
    made = desk.write("en", tags=["Secret plan"], authors=["Shy Author"], translators=["Tim"])
    for path in ("/en/tags", "/en/people"):
        assert read(client, path) == []
    for path in ("/en/tags/secret-plan", "/en/tags/unused", "/en/people/shy-author"):
        read(client, path, expect=404)
    desk.publish(made)
    assert [(row["slug"], row["count"]) for row in read(client, "/en/tags")] == [("secret-plan", 1)]
    assert [row["slug"] for row in read(client, "/en/people")] == ["shy-author", "tim"]
    desk.edit(made, tags=["Another"])
    assert [row["slug"] for row in read(client, "/en/tags")] == ["secret-plan"]
    desk.publish(made)
    assert [row["slug"] for row in read(client, "/en/tags")] == ["another"]
    read(client, "/en/tags/secret-plan", expect=404)
    desk.step(made, "unpublish")
    assert read(client, "/en/tags") == read(client, "/en/people") == []
    page = desk.published("en", "About", kind="page", tags=["House"])
    assert page["tags"] == ["House"]
    assert [(row["slug"], row["count"]) for row in read(client, "/en/tags")] == [("house", 0)]


@pytest.mark.parametrize("path", ["tags", "people"])
def test_tags_and_people_are_counted_when_asked(app: Flask, client: FlaskClient, path: str) -> None:
    open_house(app, "en", "fa")
    press(app, "en", *({"title": name, "tags": [name], "authors": [name]} for name in ("One", "Two", "Three")))
    desk_for(app).write("en", "Draft", tags=["Four"], authors=["Four"])
    answer = client.get(f"/v1/en/{path}?limit=2&total=true").json
    assert answer is not None
    assert (len(answer["data"]), answer["meta"]) == (2, {"total": 3})
    assert client.get(f"/v1/fa/{path}?total=true").json == {"data": [], "meta": {"total": 0}}
    assert "meta" not in (client.get(f"/v1/en/{path}").json or {})


def test_tags_come_in_the_order_of_the_editions_alphabet(app: Flask, client: FlaskClient) -> None:
    open_house(app, "sq")
    names = ["zog", "çel", "cirk", "xham", "ëmbël", "eci", "xixë"]
    press(app, "sq", {"title": "Një", "tags": names})
    found: list[str] = []
    path: str | None = "/v1/sq/tags?limit=2"
    while path:
        answer = client.get(path).json
        assert answer is not None
        found += [row["name"] for row in answer["data"]]
        path = answer.get("links", {}).get("next")
    assert found == ["cirk", "çel", "eci", "ëmbël", "xixë", "xham", "zog"]


def test_a_renamed_section_shows_everywhere_at_once(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    names = {"en": {"name": "City"}, "fa": {"name": "شهر"}}
    city = term(desk, "sections", names)
    park = term(desk, "sections", {"en": {"name": "Parks"}}, parent=city["id"])
    desk.published("en", "In the city", sections=[city["id"]])
    desk.published("en", "In the park", sections=[park["id"]])
    other = desk.published("en", "Elsewhere")
    since = client.get("/v1/en/changes").json["meta"]["since"]  # type: ignore[index]
    etag = client.get("/v1/en/articles/in-the-city").headers["ETag"]
    farsi = client.get("/v1/fa/articles").headers["X-Content-Version"]
    change_term(desk, "sections", city["id"], names={"en": {"name": "Town", "slug": "town"}})
    assert [item["sections"] for item in read(client, "/en/articles?section=town")] == [
        [{"slug": "parks", "name": "Parks"}],
        [{"slug": "town", "name": "Town"}],
    ]
    assert read(client, "/en/articles/in-the-city")["seo"]["json_ld"]["articleSection"] == ["Town"]
    crumbs = read(client, "/en/articles/in-the-park")["breadcrumbs"]
    assert [crumb["name"] for crumb in crumbs] == ["Town", "Parks"]
    assert client.get("/v1/en/articles/in-the-city").headers["ETag"] != etag
    rows = read(client, f"/en/changes?since={since}")
    assert {(row["type"], row["slug"]) for row in rows} == {("updated", "in-the-city"), ("updated", "in-the-park")}
    assert other["article"] not in {row["id"] for row in rows}
    moved = client.get("/v1/en/sections/city")
    assert (moved.status_code, data(moved)["slug"]) == (301, "town")
    assert client.get(moved.headers["Location"]).status_code == 200
    assert read(client, "/en/articles?section=city") == []
    assert read(client, "/fa/sections/شهر")["translations"][0]["slug"] == "town"
    assert client.get("/v1/fa/articles").headers["X-Content-Version"] == farsi
    change_term(desk, "sections", city["id"], names={"en": {"name": "City", "slug": "city"}})
    assert data(client.get("/v1/en/sections/town"))["slug"] == "city"
    assert read(client, "/en/sections/city")["count"] == 2


def test_a_renamed_tag_and_byline_show_everywhere_and_keep_their_old_address(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en", "One", tags=["Sea"], authors=["Ana"])
    change_term(desk, "tags", tag_named(desk, "tags", "Sea"), names={"en": {"name": "Ocean", "slug": "ocean"}})
    change_term(desk, "people", tag_named(desk, "people", "Ana"), names={"en": {"name": "Anna Dema"}})
    item = read(client, "/en/articles?tag=ocean")[0]
    assert (item["tags"], item["authors"]) == ([{"slug": "ocean", "name": "Ocean"}], ["Anna Dema"])
    assert item["people"] == [{"slug": "ana", "name": "Anna Dema", "role": "author"}]
    assert data(client.get("/v1/en/tags/sea")) == {"slug": "ocean", "url": "http://127.0.0.1:8000/en/tags/ocean"}


def test_a_term_that_readers_see_is_not_taken_from_under_them(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    both = term(desk, "tags", {"en": {"name": "Sea"}, "fa": {"name": "دریا"}})
    made = desk.published("en", "One", tags=["Sea"])
    path = f"/tags/{both['id']}"
    refuse: dict[str, Any] = {"status": 409, "code": "conflict"}

    def etag() -> str:
        return desk.call("GET", path).headers["ETag"]

    desk.refused("DELETE", path, if_match=etag(), **refuse)
    desk.edit(made, tags=[])
    desk.refused("DELETE", path, if_match=etag(), **refuse)
    desk.refused("PATCH", path, {"names": {"en": None}}, if_match=etag(), **refuse)
    change_term(desk, "tags", both["id"], names={"fa": None})
    desk.refused("PATCH", path, {"names": {"en": None}}, if_match=etag(), **refuse)
    assert read(client, "/en/articles/one")["tags"] == [{"slug": "sea", "name": "Sea"}]
    desk.publish(made)
    desk.call("DELETE", path, if_match=etag(), expect=204)
    read(client, "/en/tags/sea", expect=404)
    assert desk.published("en", "Two", tags=["Sea"])["tags"] == ["Sea"]
    assert read(client, "/en/tags/sea")["count"] == 1


NAMING = {"sections": "sections", "tags": "tags", "people": "authors"}


def planned_without(desk: Desk, title: str, **named: list[str]) -> dict[str, Any]:
    """A text that is planned to go out naming these, and whose newest revision names none of them."""
    draft = desk.step(desk.write("en", title, **named), "schedule", publish_at="2999-01-01T00:00:00Z")
    return desk.edit(draft, **{field: [] for field in named})


@pytest.mark.parametrize(("plural", "field"), [*NAMING.items(), ("people", "translators")])
def test_what_is_to_go_out_keeps_a_term_until_the_plan_is_another(app: Flask, plural: str, field: str) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    named = term(desk, plural, {"en": {"name": "Sea"}, "fa": {"name": "دریا"}})
    path = f"/{plural}/{named['id']}"
    names = [named["id"]] if plural == "sections" else ["Sea"]
    refuse: dict[str, Any] = {"status": 409, "code": "conflict"}

    def etag() -> str:
        return desk.call("GET", path).headers["ETag"]

    for title, step, body in (
        ("Dropped", "schedule", {"publish_at": None}),
        ("Anew", "schedule", {"publish_at": "2999-01-02T00:00:00Z"}),
        ("Another", "publish", {}),
        ("Archived", "archive", {}),
    ):
        draft = planned_without(desk, title, **{field: names})
        desk.refused("DELETE", path, if_match=etag(), **refuse)
        desk.refused("PATCH", path, {"names": {"en": None}}, if_match=etag(), **refuse)
        change_term(desk, plural, named["id"], names={"fa": None})
        change_term(desk, plural, named["id"], names={"fa": {"name": "دریا"}})
        desk.step(draft, step, **body)
        change_term(desk, plural, named["id"], names={"en": None})
        change_term(desk, plural, named["id"], names={"en": {"name": "Sea"}})
    desk.call("DELETE", path, if_match=etag(), expect=204)


def test_a_text_goes_out_with_all_that_it_named_when_it_was_planned(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    ids = {plural: term(desk, plural, {"en": {"name": "Sea"}})["id"] for plural in NAMING}
    planned_without(desk, "Tides", sections=[ids["sections"]], tags=["Sea"], authors=["Sea"])
    for plural, term_id in ids.items():
        path = f"/{plural}/{term_id}"
        etag = desk.call("GET", path).headers["ETag"]
        assert desk.call("DELETE", path, if_match=etag).status_code == 409
    with app.app_context(), time_machine.travel("2999-01-01T00:00:01Z"):
        run_schedule()
    shown = read(client, "/en/articles/tides")
    assert [len(shown[each]) for each in ("sections", "tags", "people")] == [1, 1, 1]


def test_sections_hang_below_sections_and_never_below_themselves(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    top = term(desk, "sections", {"en": {"name": "Top"}})
    below = term(desk, "sections", {"en": {"name": "Below"}}, parent=top["id"])
    tag = term(desk, "tags", {"en": {"name": "Tag"}})
    path = f"/sections/{top['id']}"
    etag = desk.call("GET", path).headers["ETag"]
    for parent in (top["id"], below["id"]):
        desk.refused("PATCH", path, {"parent": parent}, status=409, code="conflict", if_match=etag)
    desk.refused("PATCH", path, {"parent": tag["id"]}, status=422, code="invalid", at="/parent", if_match=etag)
    desk.refused("DELETE", path, status=409, code="conflict", if_match=etag)
    for body, place in (
        ({}, "/names"),
        ({"names": {}}, "/names"),
        ({"names": {"sq": {"name": "x"}}}, "/names/sq"),
        ({"names": {"en": {"name": ""}}}, "/names/en/name"),
        ({"names": {"en": {"slug": "x"}}}, "/names/en/name"),
        ({"names": {"en": {"name": "x", "slug": "a b"}}}, "/names/en/slug"),
        ({"names": {"xx": {"name": "x"}}}, "/names/xx"),
        ({"names": {"xx": {"name": ""}}}, "/names/xx/name"),
        ({"names": {"en": 7}}, "/names/en"),
        ({"names": []}, "/names"),
    ):
        desk.refused("POST", "/sections", body, status=422, code="invalid", at=place)
    desk.refused(
        "POST",
        "/tags",
        {"names": {"en": {"name": "x"}}, "parent": tag["id"]},
        status=422,
        code="invalid",
        at="/parent",
    )
    editor = desk_for(app, "editor:fa")
    editor.refused("PATCH", path, {"names": {"en": {"name": "x"}}}, status=403, code="forbidden", if_match=etag)
    editor.refused("PATCH", path, {"position": 3}, status=403, code="forbidden", if_match=etag)
    change_term(editor, "sections", top["id"], names={"fa": {"name": "بالا"}})


ARCHIVED = {
    "fa": ("persian", [(1404, 3, [(12, 1), (10, 1), (1, 1)]), (1403, 1, [(12, 1)])]),
    "gregorian": ("gregorian", [(2026, 2, [(3, 1), (1, 1)]), (2025, 2, [(3, 2)])]),
    "islamic-umalqura": ("islamic-umalqura", [(1447, 2, [(10, 1), (7, 1)]), (1446, 2, [(9, 2)])]),
}


def test_the_archive_is_counted_in_any_calendar(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa", "en")
    days = ("2025-03-20T20:29:59Z", "2025-03-20T20:30:00Z", "2025-12-31T20:30:00Z", "2026-03-20T20:29:59Z")
    press(app, "fa", *({"title": at, "published_at": parse_rfc3339(at)} for at in days))
    press(app, "fa", {"title": "page", "kind": "page", "published_at": parse_rfc3339(days[0])})
    for asked, (calendar, expected) in ARCHIVED.items():
        found = read(client, "/fa/archive" + ("" if asked == "fa" else f"?calendar={asked}"))
        assert found["calendar"] == calendar
        assert [
            (year["year"], year["count"], [(month["month"], month["count"]) for month in year["months"]])
            for year in found["years"]
        ] == expected
        for year in found["years"]:
            for month in year["months"]:
                listed = read(client, f"/fa/articles?from={month['from']}&to={month['to']}")
                assert len(listed) == month["count"]
                same = read(client, f"/fa/articles?year={year['year']}&month={month['month']}&calendar={calendar}")
                assert same == listed
    assert read(client, "/fa/archive")["years"][0]["months"][2]["name"] == "فروردین"
    assert read(client, "/en/archive")["years"] == []
    read(client, "/fa/archive?calendar=julian", expect=422)
    work = read(client, "/fa/articles")[0]
    desk_for(app).step({"article": work["id"], "locale": "fa"}, "unpublish")
    assert read(client, "/fa/archive")["years"][0]["count"] == 2
    assert read(client, "/editions")[0]["articles"] == 3


def test_a_tag_that_nothing_shows_takes_no_address_from_one_that_is_shown(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en", "One", tags=["Sea"])
    change_term(desk, "tags", tag_named(desk, "tags", "Sea"), names={"en": {"name": "Ocean", "slug": "ocean"}})
    moved = {"slug": "ocean", "url": "http://127.0.0.1:8000/en/tags/ocean"}

    def follow() -> Any:
        answer = client.get("/v1/en/tags/sea")
        return answer.status_code, data(answer)

    assert follow() == (301, moved)
    term(desk, "tags", {"en": {"name": "Unused", "slug": "sea"}})
    assert follow() == (301, moved)
    change_term(desk, "tags", tag_named(desk, "tags", "Unused"), names={"en": {"name": "Unused", "slug": "lake"}})
    assert follow() == (301, moved)
    change_term(desk, "tags", tag_named(desk, "tags", "Unused"), names={"en": {"name": "Sea", "slug": "sea"}})
    desk.published("en", "Two", tags=["Sea"])
    assert (follow()[0], follow()[1]["name"]) == (200, "Sea")
    change_term(desk, "tags", tag_named(desk, "tags", "Sea"), names={"en": {"name": "Lake", "slug": "lake"}})
    assert follow() == (301, {"slug": "lake", "url": "http://127.0.0.1:8000/en/tags/lake"})


def test_the_content_version_grows_with_every_change_of_a_section(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)

    def versions() -> list[int]:
        return [int(client.get(f"/v1/{locale}/sections").headers["X-Content-Version"]) for locale in ("en", "fa", "sq")]

    def grown(before: list[int]) -> list[bool]:
        return [new > old for new, old in zip(versions(), before, strict=True)]

    before = versions()
    world = term(desk, "sections", {"en": {"name": "World"}, "fa": {"name": "جهان"}})
    assert grown(before) == [True, True, False]
    before = versions()
    change_term(desk, "sections", world["id"], names={"en": {"name": "Globe"}})
    assert grown(before) == [True, False, False]
    before = versions()
    change_term(desk, "sections", world["id"], position=7)
    assert grown(before) == [True, True, False]
    before = versions()
    change_term(desk, "sections", world["id"], names={"fa": None})
    assert grown(before) == [False, True, False]
    before = versions()
    etag = desk.call("GET", f"/sections/{world['id']}").headers["ETag"]
    desk.call("DELETE", f"/sections/{world['id']}", if_match=etag, expect=204)
    assert grown(before) == [True, False, False]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_an_archive_holds_every_date_that_can_be_published(app: Flask, client: FlaskClient, calendar: str) -> None:
    open_house(app, "fa")
    days = ("0001-01-01", "0500-01-01", "0621-12-31", "1504-02-29", "2026-01-01")
    works = [{"title": day, "published_at": parse_rfc3339(f"{day}T12:00:00Z")} for day in days]
    press(app, "fa", *works)
    years = read(client, f"/fa/archive?calendar={calendar}")["years"]
    assert sum(year["count"] for year in years) == len(days)
    assert years[-1]["months"][-1]["from"] == "0001-01-01T00:00:00Z"
    for month in (month for year in years for month in year["months"]):
        found = read(client, f"/fa/articles?from={month['from']}&to={month['to']}")
        assert len(found) == month["count"], month


def test_the_archive_follows_a_text_from_month_to_month(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa")
    desk = desk_for(app)

    def counted(calendar: str = "persian") -> dict[tuple[int, int], int]:
        years = read(client, f"/fa/archive?calendar={calendar}")["years"]
        return {(year["year"], month["month"]): month["count"] for year in years for month in year["months"]}

    one = desk.published("fa", "یک", published_at="2026-03-20T12:00:00Z")
    desk.published("fa", "دو", published_at="2026-03-21T12:00:00Z")
    assert counted() == {(1405, 1): 1, (1404, 12): 1}
    assert counted("gregorian") == {(2026, 3): 2}
    desk.publish(desk.edit(one, published_at="2026-03-21T23:00:00Z"))
    assert counted() == {(1405, 1): 2}
    assert counted("gregorian") == {(2026, 3): 2}
    page = desk.published("fa", "درباره", kind="page", published_at="2026-03-21T12:00:00Z")
    desk.publish(desk.edit(page, published_at="2025-03-21T12:00:00Z"))
    assert counted() == {(1405, 1): 2}
    desk.step(page, "unpublish")
    desk.publish(desk.edit(one, published_at="2024-03-21T12:00:00Z"))
    assert counted() == {(1405, 1): 1, (1403, 1): 1}
    desk.step(one, "unpublish")
    assert counted() == {(1405, 1): 1}
    assert read(client, "/editions/fa")["articles"] == 1


def test_what_nobody_published_moves_no_number_that_readers_see(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en", "One", tags=["Town"])

    def version() -> str:
        return client.get("/v1/en/people").headers["X-Content-Version"]

    before = version()
    person = term(desk, "people", {"en": {"name": "Nobody yet"}})
    change_term(desk, "people", person["id"], names={"en": {"name": "Somebody"}})
    assert version() == before


@pytest.mark.parametrize("path", ["sections", "tags", "people"])
def test_a_language_is_named_once_in_whatever_spelling(app: Flask, path: str) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    body = {"names": {"fa": {"name": "یک"}, "FA": {"name": "دو"}}}
    desk.refused("POST", f"/{path}", body, status=422, code="invalid", at="/names")
