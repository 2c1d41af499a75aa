"""The trash: a variant leaves its edition at once and its address for good."""

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.trash import KEPT_IN_TRASH, empty_trash
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

DAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def bin_variant(desk: Desk, variant: dict[str, object]) -> None:
    etag = desk.variant(str(variant["article"]), str(variant["locale"])).headers["ETag"]
    desk.call("DELETE", address_of(variant), if_match=etag, expect=204)


def test_what_readers_see_is_not_deleted(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published()
    etag = desk.variant(made["article"], "en").headers["ETag"]
    desk.refused("DELETE", address_of(made), status=409, code="conflict", if_match=etag)


def test_deleting_frees_the_locale_and_the_draft_slug(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.write("en", "Tea")
    farsi = desk.translate(english, "fa", title="چای")
    group = desk.call("GET", f"/articles/{english['article']}").headers["ETag"]
    bin_variant(desk, farsi)
    now = desk.call("GET", f"/articles/{english['article']}", expect=200)
    assert now.headers["ETag"] != group
    assert [row["locale"] for row in data(now)["variants"]] == ["en"]
    desk.refused("GET", address_of(farsi), status=404, code="not_found")
    again = desk.translate(english, "fa", title="چای")
    assert again["slug"] == "چای"
    assert again["id"] != farsi["id"]
    (row,) = data(desk.call("GET", "/trash", expect=200))
    assert (row["id"], row["title"], row["locale"], row["article"]) == (
        farsi["id"],
        "چای",
        "fa",
        english["article"],
    )
    path = f"/trash/{farsi['id']}/restore"
    desk.refused("POST", path, {}, status=409, code="conflict")
    bin_variant(desk, again)
    back = data(desk.call("POST", path, {}, expect=200))
    assert (back["id"], back["stage"], back["slug"], back["based_on"]) == (
        farsi["id"],
        "draft",
        "چای",
        {"locale": "en", "revision": 1},
    )
    desk.refused("POST", path, {}, status=404, code="not_found")


def test_what_comes_back_gets_the_next_slug_where_its_own_was_taken(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "Tea")
    bin_variant(desk, made)
    desk.refused("GET", f"/articles/{made['article']}", status=404, code="not_found")
    desk.write("en", "Tea")
    back = data(desk.call("POST", f"/trash/{made['id']}/restore", {}, expect=200))
    assert back["slug"] == "tea-2"


def test_a_plan_and_previews_do_not_survive_the_trash(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "Tea")
    desk.step(made, "schedule", publish_at="2999-01-01T00:00:00Z")
    url = data(desk.call("POST", f"{address_of(made)}/preview", {}, expect=201))["url"]
    bin_variant(desk, made)
    back = data(desk.call("POST", f"/trash/{made['id']}/restore", {}, expect=200))
    assert (back["visibility"], back["publish_at"]) == ("unpublished", None)
    assert client.get(url.split("8000")[-1]).status_code == 404


def test_after_thirty_days_it_is_gone_and_its_address_says_so(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        made = desk.published("en", "Shown once")
        farsi = desk.publish(desk.translate(made, "fa", title="بماند"))
        draft = desk.write("en", "Never shown")
        desk.step(made, "unpublish")
        for variant in (made, draft):
            bin_variant(desk, variant)
        clock.move_to(DAY + KEPT_IN_TRASH - timedelta(seconds=1))
        purge(app)
        desk = desk_for(app)
        assert len(data(desk.call("GET", "/trash"))) == 2
        clock.move_to(DAY + KEPT_IN_TRASH)
        purge(app)
        assert data(desk.call("GET", "/trash")) == []
        desk.refused("POST", f"/trash/{made['id']}/restore", {}, status=404, code="not_found")
        read(client, "/en/articles/shown-once", expect=410)
        read(client, "/en/articles/never-shown", expect=404)
        assert read(client, "/fa/articles/بماند")["translations"] == []
        assert read(client, "/fa/articles/بماند")["freshness"]["state"] == "source"
        desk.refused("GET", f"/articles/{draft['article']}", status=404, code="not_found")
        assert desk.write("en", "Shown once")["slug"] == "shown-once"
        assert data(desk.variant(farsi["article"], "fa"))["based_on"] is None
        desk.publish(desk.translate(farsi, "en", title="Shown once more"))


def purge(app: Flask) -> None:
    with app.app_context():
        empty_trash()


def test_the_trash_shows_and_gives_back_only_what_she_may_delete(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.write("en", "Tea")
    bin_variant(desk, made)
    for grant in ("editor:fa", "author:en", "translator:en", "moderator"):
        other = desk_for(app, grant)
        assert data(other.call("GET", "/trash", expect=200)) == []
    path = f"/trash/{made['id']}/restore"
    desk_for(app, "editor:fa").refused("POST", path, {}, status=404, code="not_found")
    desk_for(app, "translator:en").refused("POST", path, {}, status=403, code="forbidden")
    desk_for(app, "editor:en").call("POST", path, {}, expect=200)
