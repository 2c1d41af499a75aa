"""Pictures of sections, tags, people and editions: what readers see of them, and when their files are to be had."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import atomic
from nejat_cms.delivery.actions.documents import present_mark
from nejat_cms.delivery.actions.editions import rebuild, roll_out, stale_documents
from tests.delivery.test_terms import change_term, tag_named, term
from tests.invariants import broken_invariants
from tests.media.files import change, path_of, pdf, picture, put, upload
from tests.newsroom import Desk, data, desk_for, open_house, quick_client, read

Row = dict[str, Any]


@pytest.fixture
def desk(app: Flask) -> Any:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def served(app: Flask, image: Row | None) -> int:
    assert image is not None
    return quick_client(app).get(path_of(image["renditions"]["thumb"]["url"])).status_code


def caught_up(app: Flask) -> None:
    """Render whatever waits for new settings."""
    with app.app_context():
        while atomic(roll_out)():
            pass
        assert stale_documents(present_mark()) == 0


def set_edition(desk: Desk, locale: str, **settings: Any) -> Row:
    etag = desk.call("GET", f"/editions/{locale}", expect=200).headers["ETag"]
    return data(desk.call("PATCH", f"/editions/{locale}", settings, if_match=etag, expect=200))  # type: ignore[no-any-return]


# Sections, tags and people --------------------------------------------------------------------


def test_a_section_shows_its_picture_with_the_words_of_each_edition(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    asset = upload(desk)
    change(desk, asset, texts={"en": {"alt": "A bridge"}, "fa": {"alt": "پل"}})
    names = {
        "en": {"name": "City", "image": asset["id"]},
        "fa": {"name": "شهر", "image": asset["id"]},
        "sq": {"name": "Qyteti"},
    }
    city = term(desk, "sections", names)
    assert city["names"]["en"]["image"] == city["names"]["fa"]["image"] == asset["id"]
    assert city["names"]["sq"]["image"] is None
    image = read(client, "/en/sections/city")["image"]
    assert (image["id"], image["alt"]) == (asset["id"], "A bridge")
    assert set(image["renditions"]) == {"thumb", "card", "wide", "full"}
    assert read(client, "/fa/sections/شهر")["image"]["alt"] == "پل"
    assert read(client, "/sq/sections/qyteti")["image"] is None
    assert read(client, "/en/sections")[0]["image"] == read(client, "/editions/en")["sections"][0]["image"] == image
    assert served(app, image) == 200


def test_a_picture_is_to_be_had_while_readers_see_its_page(app: Flask, client: FlaskClient, desk: Desk) -> None:
    asset = upload(desk)
    text = desk.write("en", tags=["Oven"], authors=["Mina"])
    for plural, name in (("tags", "Oven"), ("people", "Mina")):
        change_term(desk, plural, tag_named(desk, plural, name), names={"en": {"name": name, "image": asset["id"]}})
    assert [use["public"] for use in data(desk.call("GET", f"/assets/{asset['id']}/uses"))] == [False, False]
    desk.publish(text)
    tag, person = read(client, "/en/tags/oven"), read(client, "/en/people/mina")
    assert tag["image"] == person["image"] == read(client, "/en/tags")[0]["image"]
    assert read(client, "/en/people")[0]["image"] == tag["image"]
    assert served(app, tag["image"]) == 200
    desk.step(text, "unpublish")
    read(client, "/en/tags/oven", expect=404)
    assert served(app, tag["image"]) == 404
    desk.publish(text)
    assert served(app, tag["image"]) == 200
    for plural, name in (("tags", "Oven"), ("people", "Mina")):
        change_term(desk, plural, tag_named(desk, plural, name), names={"en": {"name": name, "image": None}})
    assert read(client, "/en/tags/oven")["image"] is read(client, "/en/people/mina")["image"] is None
    assert served(app, tag["image"]) == 404


def test_a_name_that_says_nothing_of_its_picture_keeps_it(client: FlaskClient, desk: Desk) -> None:
    asset = upload(desk)
    city = term(desk, "sections", {"en": {"name": "City", "image": asset["id"]}})
    change_term(desk, "sections", city["id"], names={"en": {"name": "Town"}})
    assert read(client, "/en/sections/city")["image"]["id"] == asset["id"]


def test_a_page_follows_what_is_changed_of_its_picture(app: Flask, client: FlaskClient, desk: Desk) -> None:
    asset = upload(desk)
    term(desk, "sections", {"en": {"name": "City", "image": asset["id"]}, "fa": {"name": "شهر", "image": asset["id"]}})
    before, farsi = read(client, "/en/sections/city"), read(client, "/fa/sections/شهر")
    change(desk, asset, texts={"en": {"alt": "Boats"}})
    assert read(client, "/en/sections/city")["image"]["alt"] == "Boats"
    assert read(client, "/fa/sections/شهر") == farsi
    put(desk, asset, picture(640, 480), "en")
    after = read(client, "/en/sections/city")["image"]
    assert (after["width"], after["renditions"]["thumb"]["url"] != before["image"]["renditions"]["thumb"]["url"]) == (
        640,
        True,
    )
    assert served(app, after) == 200
    assert read(client, "/fa/sections/شهر") == farsi


def test_what_a_page_shows_stays_in_the_library_and_is_told(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    city = term(desk, "sections", {"en": {"name": "City", "image": asset["id"]}, "fa": {"name": "شهر"}})
    tag = term(desk, "tags", {"en": {"name": "Unseen", "image": asset["id"]}})
    set_edition(desk, "sq", share_image=asset["id"])
    uses = desk.call("GET", f"/assets/{asset['id']}/uses", expect=200).json
    assert uses
    assert [(use["type"], use["term"], use["locale"], use["public"]) for use in uses["data"]] == [
        ("section", city["id"], "en", True),
        ("tag", tag["id"], "en", False),
        ("edition", None, "sq", True),
    ]
    assert uses["meta"]["total"] == 3
    etag = desk.call("GET", f"/assets/{asset['id']}", expect=200).headers["ETag"]
    desk.refused("DELETE", f"/assets/{asset['id']}", status=409, code="asset_in_use", if_match=etag)
    change_term(desk, "sections", city["id"], names={"en": None})
    path = f"/tags/{tag['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path, expect=200).headers["ETag"], expect=204)
    set_edition(desk, "sq", share_image=None)
    assert data(desk.call("GET", f"/assets/{asset['id']}/uses", expect=200)) == []
    desk.call("DELETE", f"/assets/{asset['id']}", if_match=etag, expect=204)


def test_what_is_no_picture_of_the_library_is_refused(desk: Desk) -> None:
    paper, missing = upload(desk, pdf(), "plan.pdf"), "01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10"
    etag = desk.call("GET", "/editions/en", expect=200).headers["ETag"]
    for image in (paper["id"], missing, "harbour"):
        body: Row = {"names": {"en": {"name": "City", "image": image}}}
        desk.refused("POST", "/sections", body, status=422, code="invalid", at="/names/en/image")
        body = {"share_image": image}
        desk.refused("PATCH", "/editions/en", body, status=422, code="invalid", at="/share_image", if_match=etag)


def test_only_who_may_name_a_term_in_an_edition_gives_it_a_picture(app: Flask, client: FlaskClient, desk: Desk) -> None:
    asset = upload(desk)
    city = term(desk, "sections", {"en": {"name": "City"}, "fa": {"name": "شهر"}})
    path = f"/sections/{city['id']}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    body = {"names": {"en": {"name": "City", "image": asset["id"]}}}
    for grant in ("author:en", "translator:en", "moderator:en", "editor:fa", "admin:fa"):
        stranger = desk_for(app, grant)
        stranger.refused("PATCH", path, body, status=403, code="forbidden", if_match=etag)
    desk_for(app, "editor:en").call("PATCH", path, body, if_match=etag, expect=200)
    assert read(client, "/en/sections/city")["image"]["id"] == asset["id"]
    assert read(client, "/fa/sections/شهر")["image"] is None


# Editions -------------------------------------------------------------------------------------


def test_an_edition_has_a_picture_for_what_has_none_of_its_own(app: Flask, client: FlaskClient, desk: Desk) -> None:
    common, own = upload(desk), upload(desk, picture(900, 600))
    change(desk, common, texts={"en": {"alt": "Lamp"}})
    plain = desk.published("en", "Plain")
    desk.published("en", "Pictured", image=own["id"])
    desk.publish(desk.translate(plain, "fa", title="ساده"))
    assert read(client, "/en/articles/plain")["seo"]["image"] is None
    assert "image" not in read(client, "/en/articles/plain")["seo"]["json_ld"]
    assert read(client, "/editions/en")["share_image"] is None
    assert set_edition(desk, "en", share_image=common["id"])["share_image"] == common["id"]
    caught_up(app)
    image = read(client, "/editions/en")["share_image"]
    assert (image["id"], image["alt"]) == (common["id"], "Lamp")
    seo = read(client, "/en/articles/plain")["seo"]
    assert seo["image"] == image
    assert seo["json_ld"]["image"] == [one["url"] for one in image["renditions"].values()]
    assert read(client, "/en/articles/plain")["image"] is None
    pictured = read(client, "/en/articles/pictured")
    assert pictured["seo"]["image"] == pictured["image"]
    assert pictured["image"]["id"] == own["id"]
    assert read(client, "/fa/articles/ساده")["seo"]["image"] is None
    assert served(app, image) == 200
    later = desk.published("en", "Later")
    assert read(client, f"/en/articles/{later['slug']}")["seo"]["image"] == image
    with app.app_context():
        rebuild()
    assert read(client, "/en/articles/plain")["seo"] == seo
    set_edition(desk, "en", share_image=None)
    caught_up(app)
    assert read(client, "/en/articles/plain")["seo"]["image"] is None
    assert served(app, image) == 404


def test_documents_follow_what_is_changed_of_their_editions_picture(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    asset = upload(desk)
    set_edition(desk, "en", share_image=asset["id"])
    desk.published("en", "Plain")
    change(desk, asset, texts={"en": {"alt": "Lamp"}})
    caught_up(app)
    assert read(client, "/en/articles/plain")["seo"]["image"]["alt"] == "Lamp"
    assert read(client, "/editions/en")["share_image"]["alt"] == "Lamp"
    put(desk, asset, picture(640, 480), "en")
    caught_up(app)
    image = read(client, "/en/articles/plain")["seo"]["image"]
    assert image == read(client, "/editions/en")["share_image"]
    assert (image["width"], served(app, image)) == (640, 200)


def test_the_picture_of_a_disabled_edition_is_not_to_be_had(app: Flask, client: FlaskClient, desk: Desk) -> None:
    asset = upload(desk)
    set_edition(desk, "fa", share_image=asset["id"])
    image = read(client, "/editions/fa")["share_image"]
    assert served(app, image) == 200
    set_edition(desk, "fa", enabled=False)
    assert served(app, image) == 404
    set_edition(desk, "fa", enabled=True)
    assert served(app, image) == 200


def test_only_who_may_set_an_edition_gives_it_a_picture(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    body = {"share_image": asset["id"]}
    for grant in ("editor:fa", "author:fa", "translator:fa", "moderator:fa", "admin:en"):
        stranger = desk_for(app, grant)
        stranger.refused("PATCH", "/editions/fa", body, status=403, code="forbidden", if_match=etag)
    desk_for(app, "admin:fa").call("PATCH", "/editions/fa", body, if_match=etag, expect=200)
