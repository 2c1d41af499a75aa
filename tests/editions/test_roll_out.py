"""What a change of settings costs after publication: documents are rendered again, some at once, the rest later."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import db, end_reading
from nejat_cms.delivery.actions import editions as rolling
from nejat_cms.delivery.actions.documents import present_mark
from nejat_cms.settings import Settings
from tests.editions.test_settings import change
from tests.newsroom import desk_for, open_house, read
from tests.press import press, press_translations


def waiting(app: Flask) -> int:
    """How many documents still show former settings."""
    with app.app_context():
        found = rolling.stale_documents(present_mark())
        end_reading()
        return found


def roll(app: Flask) -> None:
    with app.app_context():
        while rolling.continue_roll_out():
            end_reading()
        assert not db.session().in_transaction()


def test_a_new_zone_and_calendar_show_at_once_where_there_is_little(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    desk.published("fa", "شب یلدا", published_at="2025-12-21T21:00:00Z")
    path = "/fa/articles/شب-یلدا"
    assert read(client, path)["published"]["display"] == "۱ دی ۱۴۰۴"
    assert read(client, "/fa/archive")["years"][0]["months"][0]["month"] == 10
    change(desk, "fa", timezone="Europe/London")
    published = read(client, path)["published"]
    assert (published["local"], published["display"]) == ("2025-12-21T21:00:00+00:00", "۳۰ آذر ۱۴۰۴")
    assert read(client, "/fa/archive")["years"][0]["months"][0]["month"] == 9
    change(desk, "fa", calendar="gregorian", numbering="latn")
    published = read(client, path)["published"]
    assert (published["calendar"], published["at"]) == ("gregorian", "2025-12-21T21:00:00Z")
    assert "21" in published["display"]
    assert read(client, "/fa/archive")["calendar"] == "gregorian"
    assert waiting(app) == 0


def test_a_new_site_address_moves_every_link_and_leaves_versions_alone(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    names = {"en": {"name": "City"}, "fa": {"name": "شهر"}}
    city = desk.call("POST", "/sections", {"names": names}, expect=201).json["data"]["id"]  # type: ignore[index]
    english = desk.published("en", sections=[city])
    farsi = desk.publish(desk.translate(english, "fa", title="بامداد", sections=[city]))
    since = client.get("/v1/en/changes").json["meta"]["since"]  # type: ignore[index]
    change(desk, "fa", base_url="https://fa.example")
    article = read(client, "/fa/articles/بامداد")
    assert (article["url"], article["seo"]["canonical"]) == ("https://fa.example/بامداد",) * 2
    assert article["breadcrumbs"] == [{"name": "شهر", "url": "https://fa.example/sections/شهر"}]
    assert read(client, "/fa/sections/شهر")["translations"][0]["url"].endswith("/en/sections/city")
    assert read(client, "/en/sections/city")["translations"][0]["url"] == "https://fa.example/sections/شهر"
    assert read(client, "/en/articles/a-quiet-morning")["translations"][0]["url"] == "https://fa.example/بامداد"
    link = client.get("/v1/en/articles/a-quiet-morning").headers["Link"]
    assert '<https://fa.example/%D8%A8%D8%A7%D9%85%D8%AF%D8%A7%D8%AF>; rel="alternate"; hreflang="fa"' in link
    assert [row["type"] for row in read(client, f"/en/changes?since={since}")] == ["updated"]
    assert desk.variant(farsi["article"], "fa").json["data"]["version"] == farsi["version"]  # type: ignore[index]


def test_what_is_too_much_for_one_transaction_follows_in_the_background(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "AT_ONCE", 2)
    open_house(app, "en")
    desk = desk_for(app)
    for number in range(5):
        desk.published("en", f"Piece {number}")
    change(desk, "en", timezone="Asia/Tokyo")
    assert waiting(app) == 3
    roll(app)
    assert waiting(app) == 0
    assert all(item["published"]["local"].endswith("+09:00") for item in read(client, "/en/articles"))


def test_readiness_tells_what_is_still_rolling_out(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "AT_ONCE", 1)
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en", "One")
    desk.published("en", "Two")
    change(desk, "en", timezone="Asia/Tokyo")
    before = client.get("/readyz").get_data(as_text=True)
    roll(app)
    assert before != client.get("/readyz").get_data(as_text=True)


def test_another_address_of_the_server_is_rolled_out_by_the_worker(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    section = desk.call("POST", "/sections", {"names": {"en": {"name": "City"}}}, expect=201).json
    article = desk.published("en", sections=[section["data"]["id"]])  # type: ignore[index]
    desk.publish(desk.translate(article, "fa", title="بامداد"))
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, base_url="https://api.example")
    try:
        roll(app)
        assert waiting(app) == 0
        shown = read(client, "/en/articles/a-quiet-morning")
        assert shown["url"] == "https://api.example/en/a-quiet-morning"
        assert shown["translations"][0]["url"] == "https://api.example/fa/بامداد"
        assert shown["breadcrumbs"][0]["url"] == "https://api.example/en/sections/city"
        assert [edition["url"] for edition in read(client, "/editions")] == [
            "https://api.example/en",
            "https://api.example/fa",
        ]
    finally:
        app.config["SETTINGS"] = settings


def test_a_roll_out_that_has_nothing_to_do_changes_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk_for(app).published("en")
    version = client.get("/v1/en/articles").headers["X-Content-Version"]
    roll(app)
    assert client.get("/v1/en/articles").headers["X-Content-Version"] == version


def test_what_was_in_a_disabled_edition_is_forgotten_by_its_counterparts_first(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "AT_ONCE", 2)
    open_house(app, "en", "fr")
    press(app, "en", *({"title": f"Work {number}"} for number in range(6)))
    (shared,) = press(app, "en", {"title": "Shared"})
    press_translations(app, "fr", {shared: "Commun"})
    desk = desk_for(app)
    etag = desk.call("GET", "/editions/fr").headers["ETag"]
    desk.call("PATCH", "/editions/fr", {"enabled": False}, if_match=etag, expect=200)
    assert read(client, "/en/articles/shared")["translations"] == []
    assert "fr" not in client.get("/v1/en/articles/shared").headers["Link"]


def test_a_long_roll_out_leaves_room_between_its_parts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "AT_ONCE", 2)
    open_house(app, "en")
    press(app, "en", *({"title": f"Work {number}"} for number in range(6)))
    desk = desk_for(app)
    etag = desk.call("GET", "/editions/en").headers["ETag"]
    desk.call("PATCH", "/editions/en", {"timezone": "Asia/Tehran"}, if_match=etag, expect=200)
    with app.app_context():
        parts = []
        while rolling.continue_roll_out():
            parts.append(rolling.stale_documents(present_mark()))
            end_reading()
    assert parts == [2]


def test_a_server_that_was_started_later_says_where_the_house_is(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers over one data dir do not undo each other's addresses for ever."""
    open_house(app, "en")
    press(app, "en", {"title": "One"})
    first = Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path)}).listening_at("http://127.0.0.1:9001")
    second = Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path)}).listening_at("http://127.0.0.1:9002")
    assert Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path)}).base_url == "http://127.0.0.1:9002"
    assert (first.superseded, second.superseded) == (True, False)
    for settings in (first, second, first):
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with app.app_context():
            rolling.continue_roll_out()
    assert read(client, "/en/articles/one")["url"] == "http://127.0.0.1:9002/en/one"
