"""Whoever is stopped half way: no row without bytes, and after a day no bytes without a row."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete

from nejat_cms.db import db, transaction, utc_now
from nejat_cms.media.actions import collecting
from nejat_cms.media.actions.collecting import collect_bytes, sweep_what_has_no_row
from nejat_cms.media.models import Asset, AssetFile, Blob
from nejat_cms.storage import Stored, storage
from tests.factories import database_digest, headers
from tests.media.files import path_of, picture, sent, upload
from tests.media.wholeness import require_nothing_left, require_whole
from tests.newsroom import desk_for, open_house, quick_client


def test_bytes_that_somebody_brings_again_are_not_collected(app: Flask) -> None:
    """They were nobody's for a day; then they come again, just before they would be collected."""
    open_house(app, "en")
    desk = desk_for(app)
    asset = upload(desk)
    path = f"/assets/{asset['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False):
        upload(desk_for(app))
        with app.app_context():
            collect_bytes()
        require_whole(app)
        with app.app_context():
            assert len(list(storage().listed("blobs"))) == 1


def test_renditions_go_with_their_bytes(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    asset = upload(desk)
    assert app.test_client().get(path_of(asset["file"]["renditions"]["thumb"]["url"])).status_code == 200
    path = f"/assets/{asset['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    with app.app_context():
        assert len(list(storage().listed("renditions"))) == 1
    require_nothing_left(app)
    with app.app_context():
        assert list(storage().listed("renditions")) == []


def test_an_upload_that_breaks_off_leaves_nothing(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    before = database_digest(app)
    raw = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + picture()[:2000]
    said = headers(desk.token) | {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(len(raw) + 5000),
    }
    answer = quick_client(app).post("/v1/manage/assets", data=raw, headers=said)
    assert answer.status_code == 400
    assert database_digest(app) == before
    require_nothing_left(app)


def test_bytes_that_are_being_removed_are_not_brought_again_meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open while the store is asked; an upload of the same bytes, and whoever else collects, wait."""
    open_house(app, "en")
    desk = desk_for(app)
    asset = upload(desk)
    path = f"/assets/{asset['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    met: list[int] = []
    delete_all = type(storage_of(app)).delete_all

    def meanwhile(store: Any, prefix: str) -> None:
        patch.undo()
        collect_bytes()  # another worker
        answer = quick_client(app).post(
            "/v1/manage/assets", data=sent(picture()), content_type="multipart/form-data", headers=headers(desk.token)
        )
        met.append(answer.status_code)
        delete_all(store, prefix)

    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(type(storage()), "delete_all", meanwhile)
            collect_bytes()
        assert list(storage().listed("blobs")) == []
    assert met == [503]
    upload(desk)
    require_whole(app)


def storage_of(app: Flask) -> Any:
    with app.app_context():
        return storage()


def test_what_has_no_row_is_swept(app: Flask) -> None:
    """As after a backup that was copied before and after the database."""
    open_house(app, "en")
    desk = desk_for(app)
    kept = upload(desk)
    desk.client.get(path_of(kept["file"]["renditions"]["thumb"]["url"]))
    with app.app_context():
        storage().put("blobs/ab/abcd", b"nobody's")
        storage().put("renditions/ab/abcd/x.webp", b"nobody's")
        storage().put("blobs/notes", b"an operator's")
        before = len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))
        sweep_what_has_no_row()
        assert (len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))) == before
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        sweep_what_has_no_row()
        assert (len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))) == (2, 1)
    require_whole(app)


def test_a_large_store_is_swept_as_it_is_listed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million keys are never in memory at once."""
    open_house(app, "en")
    met: list[int] = []
    store = type(storage_of(app))
    listed, remove = store.listed, store.delete

    def counted(store: Any, prefix: str) -> Iterator[Stored]:
        for one in listed(store, prefix):
            met.append(0)
            yield one

    def counting(store: Any, *keys: str) -> None:
        met.append(len(keys))
        remove(store, *keys)

    with app.app_context():
        sweep_what_has_no_row()
        for number in range(10, 30):
            storage().put(f"renditions/ab/ab{number}/x.webp", b"nobody's")
    monkeypatch.setattr(collecting, "AT_ONCE", 4)
    monkeypatch.setattr(store, "listed", counted)
    monkeypatch.setattr(store, "delete", counting)
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        sweep_what_has_no_row()
    assert met == [*[0] * 4, *[1] * 4] * 5


def test_bytes_without_a_row_that_come_while_they_are_swept_are_not_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    upload(desk)
    with app.app_context():
        sweep_what_has_no_row()
    with app.app_context(), transaction():  # as in a database that was restored from before
        for model in (AssetFile, Asset, Blob):
            db.session.execute(delete(model))
    met: list[int] = []
    remove = type(storage_of(app)).delete

    def meanwhile(store: Any, *keys: str) -> None:
        monkeypatch.undo()
        answer = quick_client(app).post(
            "/v1/manage/assets", data=sent(picture()), content_type="multipart/form-data", headers=headers(desk.token)
        )
        met.append(answer.status_code)
        remove(store, *keys)

    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        monkeypatch.setattr(type(storage()), "delete", meanwhile)
        sweep_what_has_no_row()
    require_whole(app)
    assert met == [503]
    upload(desk)
    require_whole(app)


def test_a_store_that_lacks_the_files_is_told_of(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    assert checks(app)["library"]["fine"]
    upload(desk, picture(64, 48))
    upload(desk, picture(48, 64))
    assert checks(app)["library"]["fine"]
    with app.app_context():
        storage().delete_all("blobs")
    assert not checks(app)["library"]["fine"]


def checks(app: Flask) -> Any:
    """What `/readyz` says; the house can serve all the while."""
    answer = quick_client(app).get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json["checks"]
