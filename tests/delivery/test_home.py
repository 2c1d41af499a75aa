"""Front pages: how much they show, what editors put first, and that drafts are never among it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.content.test_menus import make_section
from tests.factories import database_digest, headers, make_user, statements, token_for, token_of
from tests.newsroom import Desk, data, desk_for, open_house, quick_client, read
from tests.press import press

HOME = "/editions/en/home"


def pin(desk: Desk, *featured: str, locale: str = "en", sections: dict[str, list[str]] | None = None) -> Any:
    """Put articles first, whatever the present version."""
    path = f"/editions/{locale}/home"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    body = {"featured": list(featured), "sections": sections or {}}
    return desk.call("PUT", path, body, if_match=etag, expect=200)


def settle(desk: Desk, **home: Any) -> None:
    etag = desk.call("GET", "/editions/en").headers["ETag"]
    desk.call("PATCH", "/editions/en", {"home": home}, if_match=etag, expect=200)


def home_of(client: FlaskClient, locale: str = "en") -> dict[str, Any]:
    found: dict[str, Any] = read(client, f"/editions/{locale}")["home"]
    return found


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def test_an_edition_says_how_much_its_front_page_shows(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    city, sport, park = make_section(desk, en="City"), make_section(desk, en="Sport"), make_section(desk, en="Park")
    press(app, "en", *({"title": f"{n}", "featured": True, "sections": [UUID(city)]} for n in range(60)))
    assert data(desk.call("GET", "/editions/en"))["home"] == {
        "featured": 5, "recent": 10, "per_section": 4, "sections": None,
    }  # fmt: skip
    assert [len(home_of(client)[name]) for name in ("featured", "recent", "sections")] == [5, 10, 3]
    settle(desk, featured=20, recent=50, per_section=20, sections=[sport, city, make_section(desk, fa="شهر")])
    home = home_of(client)
    assert [len(home[name]) for name in ("featured", "recent")] == [20, 50]
    assert [(section["name"], len(section["articles"])) for section in home["sections"]] == [("Sport", 0), ("City", 20)]
    settle(desk, featured=0, recent=0)
    home = home_of(client)
    assert (home["featured"], home["recent"], len(home["sections"])) == ([], [], 2)
    assert data(desk.call("GET", "/editions/en"))["home"]["per_section"] == 20, "what is not named stays"
    settle(desk, sections=[])
    assert home_of(client)["sections"] == []
    settle(desk, per_section=0, sections=None)
    assert [section["articles"] for section in home_of(client)["sections"]] == [[], [], []]
    assert park


@pytest.mark.parametrize(
    ("home", "at"),
    [
        ({"featured": 21}, "/home/featured"),
        ({"recent": 51}, "/home/recent"),
        ({"per_section": -1}, "/home/per_section"),
        ({"per_section": True}, "/home/per_section"),
        ({"sections": ["x"]}, "/home/sections/0"),
        ({"sections": [str(UUID(int=n)) for n in range(41)]}, "/home/sections"),
        ({"sections": [str(UUID(int=1))] * 2}, "/home/sections"),
        ({"latest": 3}, "/home/latest"),
    ],
)
def test_settings_out_of_bounds_are_refused(app: Flask, home: dict[str, Any], at: str) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    etag = desk.call("GET", "/editions/en").headers["ETag"]
    desk.refused("PATCH", "/editions/en", {"home": home}, status=422, code="invalid", at=at, if_match=etag)


def test_a_front_page_shows_no_section_that_there_is_not(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    city, sport = make_section(desk, en="City"), make_section(desk, en="Sport")
    settle(desk, sections=[city])
    press(app, "en", {"title": "Bread", "tags": ["Oven"]})
    tag = data(desk.call("GET", "/tags", expect=200))[0]["id"]
    for unknown in (str(uuid4()), tag):
        body = {"home": {"sections": [city, unknown, sport]}}
        etag = desk.call("GET", "/editions/en").headers["ETag"]
        problem = desk.refused(
            "PATCH", "/editions/en", body, status=422, code="invalid", at="/home/sections/1", if_match=etag
        )
        assert [error["code"] for error in problem["errors"]] == ["unknown_section"]
    etag = desk.call("GET", f"/sections/{city}").headers["ETag"]
    desk.call("DELETE", f"/sections/{city}", if_match=etag, expect=204)
    settle(desk, sections=[sport, city])  # what it names already stays
    assert [section["name"] for section in home_of(client)["sections"]] == ["Sport"]


def test_what_is_pinned_comes_first_and_nothing_twice(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    city = make_section(desk, en="City")
    ids = [str(key) for key in press(
        app, "en", *({"title": f"{n}", "featured": n % 2 == 0, "sections": [UUID(city)]} for n in range(12))
    )]  # fmt: skip
    pin(desk, ids[1], ids[10], sections={city: [ids[0], ids[11], ids[3]]})
    home = home_of(client)
    assert titles(home["featured"]) == ["1", "10", "8", "6", "4"]
    assert titles(home["sections"][0]["articles"]) == ["0", "11", "3", "10"]
    assert titles(home["recent"]) == [str(n) for n in range(11, 1, -1)]
    settle(desk, featured=1, per_section=2)
    home = home_of(client)
    assert titles(home["featured"]) == ["1"]
    assert titles(home["sections"][0]["articles"]) == ["0", "11"]
    settle(desk, featured=20, per_section=20)
    assert titles(home_of(client)["featured"]) == ["1", "10", "8", "6", "4", "2", "0"]
    assert len(home_of(client)["sections"][0]["articles"]) == 12
    pin(desk)
    assert titles(home_of(client)["featured"]) == ["10", "8", "6", "4", "2", "0"]


def test_a_draft_may_be_pinned_and_waits(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    city = make_section(desk, en="City")
    draft, nowhere = desk.write("en", "Zzqx soon"), str(uuid4())
    elsewhere = desk.published("fa", "آنجا")
    answer = pin(desk, draft["article"], elsewhere["article"], sections={city: [nowhere], str(uuid4()): []})
    body = data(answer)
    assert body["featured"] == [draft["article"], elsewhere["article"]]
    assert body["articles"] == {
        draft["article"]: {"title": "Zzqx soon", "state": "unpublished", "url": None},
        elsewhere["article"]: {"title": None, "state": "unpublished", "url": None},
        nowhere: {"title": None, "state": "missing", "url": None},
    }
    warned = {(warning["pointer"], warning["code"]) for warning in answer.json["meta"]["warnings"]}
    other = next(key for key in body["sections"] if key != city)
    assert warned == {
        (f"/sections/{other}", "missing"), ("/featured/0", "unpublished"), ("/featured/1", "unpublished"),
        (f"/sections/{city}/0", "missing"),
    }  # fmt: skip
    moderator = Desk(app.test_client(), token_for(app, "moderator:en"))
    seen = moderator.call("GET", HOME, expect=200)
    assert "zzqx" not in seen.text.lower()
    assert data(seen)["articles"][draft["article"]]["state"] == "missing"
    assert home_of(client) == {
        "featured": [], "recent": [], "sections": [{"slug": "city", "name": "City", "articles": []}],
    }  # fmt: skip
    desk.publish(draft)
    assert titles(home_of(client)["featured"]) == ["Zzqx soon"]
    assert data(desk.call("GET", HOME))["articles"][draft["article"]]["state"] == "ok"
    desk.step(draft, "unpublish")
    assert home_of(client)["featured"] == []


def test_pins_are_checked_and_belong_to_who_saw_them(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    etag = desk.call("GET", HOME).headers["ETag"]
    one = str(uuid4())
    for body, at in [
        ({"featured": [one, one]}, "/featured"),
        ({"featured": ["x"]}, "/featured/0"),
        ({"featured": [str(UUID(int=n)) for n in range(21)]}, "/featured"),
        ({"sections": {"x": []}}, "/sections/x"),
        ({"sections": {one: [one, one]}}, f"/sections/{one}"),
        ({"sections": {str(UUID(int=n)): [] for n in range(41)}}, "/sections"),
        ({"recent": []}, "/recent"),
    ]:
        desk.refused("PUT", HOME, body, status=422, code="invalid", at=at, if_match=etag)
    desk.refused("PUT", HOME, {}, status=428, code="precondition_required")
    same = desk.call("PUT", HOME, {}, if_match=etag, expect=200)
    assert same.headers["ETag"] == etag
    pin(desk, one)
    desk.refused("PUT", HOME, {}, status=412, code="stale_version", if_match=etag)
    desk.refused("PUT", "/editions/fa/home", {}, status=404, code="not_found", if_match=etag)


def test_only_editors_of_the_edition_pin(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    path = "/v1/manage/editions/fa/home"
    for grant, writes in [
        ("admin", True), ("editor", True), ("admin:fa", True), ("editor:fa", True), ("admin:en", False),
        ("editor:en", False), ("author:fa", False), ("translator:fa", False), ("moderator:fa", False),
    ]:  # fmt: skip
        signed = token_for(app, grant)
        seen = client.get(path, headers=headers(signed))
        assert seen.status_code == 200, grant
        before = database_digest(app)
        stale = client.put(path, json={}, headers=headers(signed, if_match='"99-0"'))
        assert stale.status_code == (412 if writes else 403), grant
        assert database_digest(app) == before
        body = {"featured": [str(uuid4())]}
        answer = client.put(path, json=body, headers=headers(signed, if_match=seen.headers["ETag"]))
        assert answer.status_code == (200 if writes else 403), grant
        assert (database_digest(app) == before) != writes
    nobody = token_of(app, make_user(app))
    for method in ("GET", "PUT"):
        answer = client.open(path, method=method, json={}, headers=headers(nobody, if_match='"1-0"'))
        assert answer.status_code == 404


def test_pins_follow_joined_and_split_articles(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    first, second = desk.published("en", "One"), desk.published("fa", "یک")
    pin(desk, second["article"], first["article"])
    pin(desk, second["article"], locale="fa")
    path = f"/articles/{first['article']}/links"
    group = desk.call("GET", f"/articles/{first['article']}").headers["ETag"]
    desk.call("POST", path, {"article": second["article"]}, if_match=group, expect=200)
    assert titles(home_of(client)["featured"]) == ["One"]
    assert titles(home_of(client, "fa")["featured"]) == ["یک"]
    group = desk.call("GET", f"/articles/{first['article']}").headers["ETag"]
    alone = data(desk.call("DELETE", f"{path}/fa", if_match=group, expect=200))
    assert [row["id"] for row in home_of(client, "fa")["featured"]] == [alone["article"]]
    assert titles(home_of(client)["featured"]) == ["One"]
    assert data(desk.call("GET", "/editions/fa/home"))["featured"] == [alone["article"]]


def test_a_front_page_takes_as_many_statements_for_thirty_sections_as_for_three(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    client = quick_client(app)
    sections: list[str] = []
    counts = []
    for most in (3, 30):
        sections += [make_section(desk, en=f"Section {n}") for n in range(len(sections), most)]
        works = press(app, "en", *({"title": key, "sections": [UUID(key)]} for key in sections))
        pin(desk, sections={key: [str(work)] for key, work in zip(sections, works, strict=True)})
        with statements(app) as sent:
            home = data(client.get("/v1/editions/en"))["home"]
        assert len(home["sections"]) == most
        counts.append(len(sent))
    assert len(set(counts)) == 1, counts
