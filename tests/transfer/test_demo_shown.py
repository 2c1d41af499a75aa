"""The demo as readers get it: every kind in every edition, linked to its counterparts, with files that are there."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.transfer.actions import load_demo
from tests.content.releasing import now, tick
from tests.media.files import path_of
from tests.newsroom import EDITIONS, data, quick_client, quick_desk, read

LEAST = {"cartoon": 2, "newspic": 2, "gallery": 2, "video": 2, "book": 2, "newsletter": 2, "brief": 1}
DIGITS = {"en": "12", "ar": "١٢", "fa": "۱۲", "sq": "12"}


def test_the_demo_shows_it_all(demo: Flask) -> None:
    client = quick_client(demo)
    shown = {
        locale: {kind: read(client, f"/{locale}/articles?kind={kind}&limit=100") for kind in LEAST}
        for locale in EDITIONS
    }
    for locale, kinds in shown.items():
        for kind, least in LEAST.items():
            assert len(kinds[kind]) >= least, (locale, kind)
            for item in kinds[kind]:
                assert len(item["translations"]) == 3, item["slug"]
                assert item["image"]["alt"], item["slug"]
        assert all(len(item["fields"]["pictures"]) >= 5 for item in kinds["gallery"])
        assert {"embed_url", "file"} <= {name for item in kinds["video"] for name in item["fields"]}
        assert any("file" in item["fields"] for item in kinds["book"])
        for issue in kinds["newsletter"]:
            assert issue["fields"]["pdf"]["pages"] == 2
            contents = issue["fields"]["contents"]
            assert contents
            assert all(entry["url"].startswith(issue["url"].rpartition("/")[0]) for entry in contents)
        assert DIGITS[locale] in {issue["fields"]["number_display"] for issue in kinds["newsletter"]}
    drawn = [tuple(item["image"]["renditions"]["full"]["url"] for item in shown[each]["cartoon"]) for each in EDITIONS]
    assert len(set(drawn)) == len(EDITIONS), "each edition's cartoons carry its own words"
    fetch_all(client, set(addresses(shown["fa"])))


def test_every_edition_of_the_demo_has_menus_and_pins(demo: Flask) -> None:
    client = quick_client(demo)
    desk = quick_desk(demo, "admin")
    assert data(desk.call("GET", "/menus?broken=true", expect=200)) == []
    for locale in EDITIONS:
        edition = read(client, f"/editions/{locale}")
        main, footer = edition["menus"]["main"], edition["menus"]["footer"]
        assert {item["target"]["type"] for item in main if item["target"]} == {
            "home", "section", "article", "editions",
        }, locale  # fmt: skip
        assert [child["target"]["locale"] for child in main[-1]["children"]] == [
            other for other in EDITIONS if other != locale
        ]
        assert any(child["target"]["type"] == "kind" for item in main for child in item["children"])
        assert [item["target"]["type"] for item in footer] == ["article", "article", "kind", "url", "url"]
        pins = data(desk.call("GET", f"/editions/{locale}/home", expect=200))
        assert {view["state"] for view in pins["articles"].values()} == {"ok"}
        assert [row["id"] for row in edition["home"]["featured"]][:2] == pins["featured"]
    assert len(read(client, "/editions/en")["menus"]["main"][3]["children"]) == 3
    assert len(read(client, "/editions/sq")["menus"]["main"][3]["children"]) == 2, "craft has no Albanian name"


def addresses(value: Any) -> Iterator[str]:
    """The smallest rendition of every picture in it, and every file."""
    if isinstance(value, dict):
        if "renditions" in value:
            yield value["renditions"]["thumb"]["url"]
        elif "/file/" in value.get("url", ""):
            yield value["url"]
        for each in value.values():
            yield from addresses(each)
    elif isinstance(value, list):
        for each in value:
            yield from addresses(each)


def fetch_all(client: FlaskClient, urls: set[str]) -> None:
    assert len(urls) > 25
    for url in urls:
        answer = client.get(path_of(url))
        assert answer.status_code == 200, url
        assert answer.data


def test_readers_of_the_demo_have_commented(demo: Flask) -> None:
    client, desk = quick_client(demo), quick_desk(demo, "admin")
    for locale in EDITIONS:
        talked_of = [row for row in read(client, f"/{locale}/articles?limit=100") if row["comments"]]
        assert talked_of, locale
        for row in talked_of:
            answer = client.get(f"/v1/{locale}/articles/{row['slug']}/comments").json
            assert answer is not None
            assert answer["meta"]["open"]
            assert any(thread["children"] for thread in answer["data"])
    kept = Counter(row["status"] for row in data(desk.call("GET", "/comments?limit=100", expect=200)))
    assert (kept["spam"], kept["pending"] >= 3, kept["approved"] >= 8) == (1, True, True)
    waiting = data(desk.call("GET", "/comments?status=pending&limit=100", expect=200))
    letters = data(desk.call("GET", "/contact", expect=200))
    assert {row["locale"] for row in waiting} == {row["locale"] for row in letters} == set(EDITIONS)


def test_a_release_of_the_demo_waits_for_its_gate(app: Flask) -> None:
    with app.test_request_context():
        load_demo()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False):
        tick(app)
        desk = quick_desk(app, "admin")
        (row,) = data(desk.call("GET", "/releases", expect=200))
        release = now(desk, row)
        assert (release["state"], release["locales"]) == ("waiting", sorted(EDITIONS))
        assert [item["hindrance"] for item in release["items"]] == [None, None, "not_approved", None]
        desk.step(release["items"][2], "approve")
        tick(app)
        assert now(desk, row)["state"] == "published"


def test_the_demo_shows_pictures_of_its_pages_and_where_old_paths_lead(demo: Flask) -> None:
    client = quick_client(demo)
    for locale in EDITIONS:
        edition = read(client, f"/editions/{locale}")
        pictured = [section["image"] for section in edition["sections"] if section["image"]]
        assert len(pictured) >= 5
        assert all(image["alt"] for image in (edition["share_image"], *pictured))
        for url in {*addresses(edition["share_image"]), *addresses(pictured)}:
            assert client.get(path_of(url)).status_code == 200, url
    assert read(client, "/en/people/ida-wickmoor")["image"]["alt"]
    assert read(client, "/en/articles/a-night-among-the-shelves/related")
    assert read(client, "/resolve?url=/reading-room")["type"] == "section"
    assert read(client, "/resolve?url=/ferry-times")["location"] == "https://ferry.example/lanara"
    assert read(client, "/resolve?url=/2019/lentil-soup.html")["type"] == "article"
