"""Whoever is stopped half way: no row without bytes, and after a day no bytes without a row."""

import os
import resource
import signal
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from nejat_cms.db import db, utc_now
from nejat_cms.media.actions.collecting import collect_bytes, sweep_what_has_no_row
from nejat_cms.media.actions.receiving import blob_key
from nejat_cms.media.models import Asset, AssetFile, Blob
from nejat_cms.storage import storage
from tests.factories import database_digest, headers
from tests.media.dying import STEPS
from tests.media.files import path_of, picture, sent, upload
from tests.newsroom import desk_for, open_house, quick_client
from tests.servers import environment, house_over


def require_whole(app: Flask) -> None:
    """Every file has its bytes, and they are what the row says."""
    with app.app_context():
        for file in db.session.query(AssetFile):
            raw = b"".join(storage().read(blob_key(file.sha256)))
            assert (sha256(raw).hexdigest(), len(raw)) == (file.sha256, file.blob.size)
        db.session.rollback()


def require_nothing_left(app: Flask, blobs: int) -> None:
    """A day later nothing lies about that belongs to nobody."""
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        for name in ("incoming", "media/tmp"):
            for path in (app.config["SETTINGS"].data_dir / name).glob("*"):
                os.utime(path, (0, 0))
        collect_bytes()
        assert db.session.query(Blob).count() == blobs
        assert len(list(storage().listed("blobs"))) == blobs
        assert list(storage().listed("tmp")) == []
        assert list((app.config["SETTINGS"].data_dir / "incoming").glob("*")) == []
        db.session.rollback()


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step(step: str, tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "harbour.jpg"
    file.write_bytes(picture())
    folder = tmp_path / "house"
    with house_over(folder, database_url) as app:
        told = os.environ | environment(folder, database_url)
        words = [sys.executable, "-m", "tests.media.dying", step, str(file)]
        done = subprocess.run(words, env=told, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with app.app_context():
            assets = db.session.query(Asset).count()
            db.session.rollback()
        assert assets == (step == "committed")
        require_whole(app)
        open_house(app, "en")
        upload(desk_for(app), file.read_bytes())  # whoever tries again gets it in
        require_whole(app)
        require_nothing_left(app, 1)


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
    require_nothing_left(app, 0)
    with app.app_context():
        assert list(storage().listed("renditions")) == []


@pytest.fixture
def small_files() -> Any:
    """No file of this process may grow beyond some kilobytes, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_leaves_nothing(app: Flask, small_files: Any) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    client, before = quick_client(app), database_digest(app)
    raw = picture(quality=95) + b"\0" * 300_000
    small_files(100_000)
    answer = client.post(
        "/v1/manage/assets", data=sent(raw), content_type="multipart/form-data", headers=headers(desk.token)
    )
    small_files(resource.RLIM_INFINITY)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert database_digest(app) == before
    require_nothing_left(app, 0)


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
    require_nothing_left(app, 0)


def test_bytes_that_are_being_removed_are_not_brought_again_meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open while the store is asked, and an upload of the same bytes waits until they are gone."""
    open_house(app, "en")
    desk = desk_for(app)
    asset = upload(desk)
    path = f"/assets/{asset['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    met: list[int] = []
    delete_all = type(storage_of(app)).delete_all

    def meanwhile(store: Any, prefix: str) -> None:
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
        before = len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))
        sweep_what_has_no_row()
        assert (len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))) == before
    with time_machine.travel(utc_now() + timedelta(hours=25), tick=False), app.app_context():
        sweep_what_has_no_row()
        assert (len(list(storage().listed("blobs"))), len(list(storage().listed("renditions")))) == (1, 1)
    require_whole(app)
