"""A file that was replaced: for an hour it is there for whoever was shown it, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from nejat_cms.db import atomic, utc_now
from nejat_cms.delivery.actions import assets
from nejat_cms.delivery.actions.editions import roll_out
from nejat_cms.media.actions.collecting import collect_bytes
from nejat_cms.storage import storage
from tests.media.files import path_of, picture, put, shown_in, upload
from tests.newsroom import Desk, data, desk_for, open_house


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def cartoon_in_two_editions(desk: Desk, asset: Any) -> tuple[Any, Any]:
    english = desk.published("en", "Cartoon", image=asset["id"])
    return english, desk.publish(desk.translate(english, "fa", title="کارتون", image=asset["id"]))


def public_path(file: Any) -> str:
    """Where a file of an asset is for whoever has no signed address."""
    return path_of(file["renditions"]["thumb"]["url"]).partition("?")[0]


def status(app: Flask, path: str) -> int:
    return app.test_client().get(path).status_code


def localized(desk: Desk, asset: Any, side: int) -> str:
    """Give the Farsi edition a file of its own; answers where it is."""
    return public_path(data(put(desk, asset, picture(side, side), "fa"))["files"]["fa"])


def test_a_file_that_was_replaced_stays_for_whoever_was_shown_it(app: Flask, desk: Desk) -> None:
    """For an hour, unless all of it is withdrawn; one that nobody was shown goes at once."""
    asset = upload(desk)
    unseen = [path_of(asset["file"]["renditions"]["thumb"]["url"]).partition("?")[0]]
    asset = data(put(desk, asset, picture(1000, 1000)))
    text = desk.published("en", "Boats", image=asset["id"])
    former = path_of(shown_in(desk, "en", "boats")["renditions"]["thumb"]["url"])
    put(desk, asset, picture(900, 900))
    client = app.test_client()

    def statuses() -> list[int]:
        return [client.get(path).status_code for path in (*unseen, former)]

    assert statuses() == [404, 200]
    desk.step(text, "unpublish")
    assert statuses() == [404, 404]
    desk.publish(text)
    assert statuses() == [404, 404]
    former = path_of(shown_in(desk, "en", "boats")["renditions"]["thumb"]["url"])
    put(desk, data(desk.call("GET", f"/assets/{asset['id']}", expect=200)), picture(800, 800))
    with app.app_context():
        collect_bytes()
    assert statuses() == [404, 200]
    with time_machine.travel(utc_now() + timedelta(hours=1, minutes=1), tick=False), app.app_context():
        collect_bytes()
    assert statuses() == [404, 404]
    assert client.get(path_of(shown_in(desk, "en", "boats")["renditions"]["thumb"]["url"])).status_code == 200


def test_a_replaced_file_stays_until_the_last_text_shows_the_new_one(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "AT_ONCE", 1)
    asset = upload(desk)
    for title in ("One", "Two"):
        desk.published("en", title, image=asset["id"])
    put(desk, asset, picture(900, 900))
    addresses = {path_of(shown_in(desk, "en", slug)["renditions"]["thumb"]["url"]) for slug in ("one", "two")}
    assert len(addresses) == 2
    late = time_machine.travel(utc_now() + timedelta(hours=2), tick=False)
    with late, app.app_context():
        collect_bytes()
        atomic(roll_out)()
        collect_bytes()
    assert {app.test_client().get(path).status_code for path in addresses} == {200}
    assert len({shown_in(desk, "en", slug)["renditions"]["thumb"]["url"] for slug in ("one", "two")}) == 1


def test_bytes_of_a_file_that_was_replaced_long_ago_stay_for_a_day_after_it_is_let_go(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts may follow slowly; whoever was shown the file may be fetching it when its hour is over."""
    asset = upload(desk)
    desk.published("en", "Boats", image=asset["id"])
    with app.app_context():
        [former] = [one.key for one in storage().listed("blobs")]

    def after(**more: float) -> bool:
        with time_machine.travel(utc_now() + timedelta(**more), tick=False), app.app_context():
            atomic(roll_out)()
            collect_bytes()
            return storage().size(former) is not None

    with monkeypatch.context() as patch:
        patch.setattr(assets, "AT_ONCE", 0)
        put(desk, asset, picture(900, 900))
    assert after(hours=25)
    assert after(hours=26, minutes=1)
    assert after(hours=49)
    assert not after(hours=51)


def test_it_goes_with_the_text_that_showed_it(app: Flask, desk: Desk) -> None:
    """Others may show the same asset: they never showed that file."""
    asset = upload(desk)
    first = localized(desk, asset, 900)
    english, farsi = cartoon_in_two_editions(desk, asset)
    localized(desk, asset, 800)
    assert status(app, first) == 200
    desk.step(farsi, "unpublish")
    assert status(app, first) == 404
    common = public_path(asset["file"])
    put(desk, asset, picture(700, 700))
    desk.published("en", "Another", image=asset["id"])
    assert status(app, common) == 200
    desk.step(english, "unpublish")
    assert status(app, common) == 404


def test_a_localized_file_that_is_removed_goes_with_its_text(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    own = localized(desk, asset, 900)
    _english, farsi = cartoon_in_two_editions(desk, asset)
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("DELETE", f"{path}/files/fa", if_match=seen, expect=200)
    assert status(app, own) == 200
    desk.step(farsi, "unpublish")
    assert status(app, own) == 404


def test_what_a_disabled_edition_would_show_is_not_public_when_it_is_replaced(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    own = localized(desk, asset, 900)
    english = desk.published("en", "Cartoon", image=asset["id"])
    seen = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=seen, expect=200)
    desk.publish(desk.translate(english, "fa", title="کارتون", image=asset["id"]))
    assert status(app, own) == 404
    localized(desk, asset, 800)
    assert status(app, own) == 404
