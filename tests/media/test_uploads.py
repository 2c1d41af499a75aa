"""Uploads in parts, as tus 1.0.0 has them."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from nejat_cms.db import db, utc_now
from nejat_cms.errors import UnavailableError
from nejat_cms.media.actions import uploads
from nejat_cms.media.actions.collecting import collect_bytes
from nejat_cms.media.models import Asset, Upload
from nejat_cms.media.processing import FaultError
from nejat_cms.media.routes import uploads as routes
from nejat_cms.storage import storage
from tests.factories import database_digest, headers
from tests.media.files import path_of, picture
from tests.newsroom import Desk, data, desk_for, open_house, quick_client

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def ask(desk: Desk, method: str, path: str, body: bytes = b"", **more: Any) -> TestResponse:
    said = headers(desk.token) | TUS | {name.replace("_", "-"): str(value) for name, value in more.items()}
    return desk.client.open(path, method=method, data=body, headers=said)


def begin(desk: Desk, length: int, name: str = "قایق.jpg") -> str:
    metadata = f"filename {b64encode(name.encode()).decode()},filetype aW1hZ2UvanBlZw=="
    answer = ask(desk, "POST", "/v1/manage/uploads", Upload_Length=length, Upload_Metadata=metadata)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return path_of(answer.headers["Location"])


def send(desk: Desk, path: str, offset: int, part: bytes, **more: Any) -> TestResponse:
    return ask(desk, "PATCH", path, part, Upload_Offset=offset, Content_Type="application/offset+octet-stream", **more)


def test_a_file_comes_in_parts_and_becomes_an_asset(app: Flask, desk: Desk) -> None:
    raw = picture()
    path = begin(desk, len(raw))
    half = len(raw) // 2
    first = send(desk, path, 0, raw[:half])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(half))
    assert "Location" not in first.headers
    stands = ask(desk, "HEAD", path)
    assert (stands.headers["Upload-Offset"], stands.headers["Upload-Length"]) == (str(half), str(len(raw)))
    assert stands.headers["Cache-Control"].endswith("no-store")
    assert stands.headers["Upload-Expires"].endswith("GMT")
    last = send(desk, path, half, raw[half:])
    assert last.status_code == 204
    asset = data(desk.call("GET", path_of(last.headers["Location"]).removeprefix("/v1/manage"), expect=200))
    assert (asset["file"]["name"], asset["file"]["size"]) == ("قایق.jpg", len(raw))
    assert data(ask(desk, "GET", path))["asset"] == asset["id"]
    again = send(desk, path, len(raw), b"")
    assert again.headers["Location"] == last.headers["Location"]
    with app.app_context():
        assert db.session.query(Asset).count() == 1
        assert list(storage().listed("uploads")) == []


def test_a_part_is_taken_where_the_upload_stands(app: Flask, desk: Desk) -> None:
    raw = picture()
    path = begin(desk, len(raw))
    send(desk, path, 0, raw[:100])
    before = database_digest(app)
    assert send(desk, path, 0, raw[:100]).status_code == 409
    assert send(desk, path, 200, raw[200:]).status_code == 409
    assert send(desk, path, 100, raw[100:] + b"more").status_code == 413
    assert ask(desk, "PATCH", path, b"x", Upload_Offset=100, Content_Type="text/plain").status_code == 415
    assert send(desk, path, -1, b"x").status_code == 422
    assert database_digest(app) == before
    assert send(desk, path, 100, raw[100:]).status_code == 204


def test_the_last_part_fills_the_room_whoever_finds_the_end_of_a_body(desk: Desk) -> None:
    """A server that finds it says so to the application, which has to read on until nothing more comes."""
    raw = picture()
    path = begin(desk, len(raw))
    said = headers(desk.token) | TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    for body, status in ((raw + b"x", 413), (raw, 204)):
        answer = desk.client.patch(path, data=body, headers=said, environ_overrides={"wsgi.input_terminated": True})
        assert answer.status_code == status
    assert data(ask(desk, "GET", path))["asset"]


def test_an_upload_is_its_makers_alone(app: Flask, desk: Desk) -> None:
    path = begin(desk, 100)
    other, moderator = desk_for(app, "editor:fa"), desk_for(app, "moderator:fa")
    before = database_digest(app)
    assert ask(other, "HEAD", path).status_code == 404
    assert send(other, path, 0, b"x").status_code == 404
    assert ask(moderator, "POST", "/v1/manage/uploads", Upload_Length=5).status_code == 403
    assert send(Desk(desk.client, "nobody"), path, 0, b"x").status_code == 401
    assert database_digest(app) == before


def test_what_is_no_such_file_is_refused_and_forgotten(app: Flask, desk: Desk) -> None:
    raw = b"<html><script>alert(1)</script></html>"
    path = begin(desk, len(raw), "photo.jpg")
    answer = send(desk, path, 0, raw)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_file")  # type: ignore[index]
    assert ask(desk, "HEAD", path).status_code == 404
    with app.app_context():
        assert (db.session.query(Asset).count(), db.session.query(Upload).count()) == (0, 0)
        assert list(storage().listed("uploads")) == []
        assert list(storage().listed("blobs")) == []


def test_the_protocol_is_held_to(app: Flask, desk: Desk) -> None:
    before = database_digest(app)
    plain = desk.client.post("/v1/manage/uploads", headers=headers(desk.token) | {"Upload-Length": "5"})
    assert (plain.status_code, plain.headers["Tus-Version"]) == (412, "1.0.0")
    for said in (
        {"Upload_Length": "1_0"},
        {"Upload_Length": "٥"},
        {},
        {"Upload_Length": 5, "Upload_Metadata": "filename ###"},
        {"Upload_Length": 5, "Upload_Metadata": f"filename YS5qcGc=,note {'YWFh' * 1000}"},
    ):
        assert ask(desk, "POST", "/v1/manage/uploads", **said).status_code == 422, said
    assert ask(desk, "POST", "/v1/manage/uploads", Upload_Length=10**12).status_code == 413
    assert database_digest(app) == before
    path = begin(desk, 5)
    assert desk.client.head(path, headers=headers(desk.token)).status_code == 412
    assert ask(desk, "HEAD", path).headers["Upload-Offset"] == "0"
    options = ask(desk, "OPTIONS", "/v1/manage/uploads")
    assert (options.status_code, options.headers["Tus-Extension"]) == (204, "creation,expiration")


def test_every_answer_says_which_version_is_spoken(app: Flask, desk: Desk) -> None:
    start, raw = "/v1/manage/uploads", b"<html>"
    path, page = begin(desk, 5), begin(desk, len(raw))
    nobody, moderator = Desk(desk.client, "nobody"), desk_for(app, "moderator:fa")
    answers = [
        (401, send(nobody, path, 0, b"x")),
        (403, ask(moderator, "POST", start, Upload_Length=5)),
        (404, ask(desk, "HEAD", f"{start}/{uuid4()}")),
        (404, ask(desk, "HEAD", f"{start}/nothing")),
        (405, ask(desk, "DELETE", path)),
        (406, ask(desk, "GET", path, Accept="text/html")),
        (409, send(desk, path, 3, b"x")),
        (412, ask(desk, "HEAD", path, Tus_Resumable="0.2.2")),
        (413, ask(desk, "POST", start, Upload_Length=10**12)),
        (413, send(desk, path, 0, b"123456")),
        (415, ask(desk, "PATCH", path, b"x", Upload_Offset=0)),
        (415, send(desk, page, 0, raw)),
        (422, ask(desk, "POST", start, Upload_Length="x")),
    ]
    for status, answer in answers:
        assert (answer.status_code, answer.headers.getlist("Tus-Resumable")) == (status, ["1.0.0"]), status
    assert "Tus-Resumable" not in desk.client.get("/v1/manage/assets", headers=headers(desk.token)).headers


def test_a_client_that_cannot_send_patch_says_so_in_a_header(app: Flask, desk: Desk) -> None:
    """The core has it that the method that was sent is ignored then."""
    raw = picture()
    path = begin(desk, len(raw))
    part = {"Upload_Offset": 0, "Content_Type": "application/offset+octet-stream", "X_HTTP_Method_Override": "PATCH"}
    before = database_digest(app)
    assert ask(Desk(desk.client, "nobody"), "POST", path, raw, **part).status_code == 401
    for method in ("DELETE", "BREW"):
        assert ask(desk, "POST", path, raw, **part | {"X_HTTP_Method_Override": method}).status_code == 405
    assert ask(desk, "POST", path, raw, **part | {"X_HTTP_Method_Override": ""}).status_code == 405
    assert database_digest(app) == before
    first = ask(desk, "POST", path, raw[:100], **part)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "100")
    stands = ask(Desk(quick_client(app), desk.token), "POST", path, X_HTTP_Method_Override="HEAD")
    assert (stands.status_code, stands.headers["Upload-Offset"]) == (200, "100")
    last = ask(desk, "POST", path, raw[100:], **part | {"Upload_Offset": 100})
    assert data(ask(desk, "GET", path))["asset"] == last.headers["Location"].rpartition("/")[2]


def test_only_so_many_are_under_way_and_have_so_many_parts(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many begin at once."""
    monkeypatch.setattr(uploads, "MOST_OPEN", 3)
    monkeypatch.setattr(uploads, "MOST_PARTS", 2)

    def ask_for_one(_: int) -> int:
        return ask(Desk(quick_client(app), desk.token), "POST", "/v1/manage/uploads", Upload_Length=5).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask_for_one, range(8))) == [201] * 3 + [409] * 5
    with app.app_context():
        path = f"/v1/manage/uploads/{db.session.scalars(select(Upload.id)).first()}"
    assert [send(desk, path, at, b"x").status_code for at in (0, 1)] == [204, 204]
    before = database_digest(app)
    answer = send(desk, path, 2, b"x")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")  # type: ignore[index]
    assert database_digest(app) == before
    with app.app_context():
        assert len(list(storage().listed("uploads"))) == 2


def test_an_upload_that_was_given_up_is_collected(app: Flask, desk: Desk) -> None:
    path = begin(desk, 1000)
    send(desk, path, 0, b"x" * 500)
    with time_machine.travel(utc_now() + timedelta(hours=25)), app.app_context():
        collect_bytes()
        assert db.session.query(Upload).count() == 0
        assert list(storage().listed("uploads")) == []


def test_a_name_from_a_client_is_no_header(app: Flask, desk: Desk) -> None:
    raw = picture(60, 60)
    for name in ("a\r\nX-Evil: 1.jpg", "\u2028.jpg", "", "a\0b.jpg"):
        last = send(desk, begin(desk, len(raw), name), 0, raw)
        asset = data(desk.call("GET", path_of(last.headers["Location"]).removeprefix("/v1/manage"), expect=200))
        assert not set("\r\n\0\u2028") & set(asset["file"]["name"])
        shown = desk.client.get(path_of(asset["file"]["renditions"]["full"]["url"]))
        assert shown.status_code == 200
        assert "X-Evil" not in shown.headers


def test_what_came_of_a_part_that_breaks_off_is_kept(app: Flask, desk: Desk) -> None:
    raw = picture()
    path = begin(desk, len(raw))
    send(desk, path, 0, raw[:1000], Content_Length=5000)
    assert ask(desk, "HEAD", path).headers["Upload-Offset"] == "1000"
    last = send(desk, path, 1000, raw[1000:])
    asset = data(desk.call("GET", path_of(last.headers["Location"]).removeprefix("/v1/manage"), expect=200))
    assert asset["file"]["size"] == len(raw)


def test_an_upload_that_could_not_be_finished_is_when_it_is_asked_for(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that hears that all of it is there takes it for done."""
    raw = picture()
    path = begin(desk, len(raw))

    def unavailable(*_: object) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(routes, "receive", unavailable)
        assert send(desk, path, 0, raw).status_code == 503
        assert ask(desk, "HEAD", path).status_code == 503
    assert ask(desk, "HEAD", path).headers["Upload-Offset"] == str(len(raw))
    asset = data(ask(desk, "GET", path))["asset"]
    assert data(desk.call("GET", f"/assets/{asset}", expect=200))["file"]["size"] == len(raw)


@pytest.mark.parametrize("step", ["assemble", "receive", "finish_upload"])
def test_whoever_finishes_an_upload_second_hears_of_the_same_asset(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A HEAD finishes it just before the PATCH that brought the last part takes its next step."""
    raw = picture()
    path = begin(desk, len(raw))
    module = routes if step == "receive" else uploads
    go_on = getattr(module, step)

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(module, step, go_on)
        with ThreadPoolExecutor(1) as other:
            seen = other.submit(ask, Desk(quick_client(app), desk.token), "HEAD", path).result()
        assert (seen.status_code, seen.headers["Upload-Offset"]) == (200, str(len(raw)))
        return go_on(*arguments)

    monkeypatch.setattr(module, step, overtaken)
    last = send(desk, path, 0, raw)
    assert last.status_code == 204, last.get_data(as_text=True)
    asset = data(desk.call("GET", path_of(last.headers["Location"]).removeprefix("/v1/manage"), expect=200))
    assert data(ask(desk, "GET", path))["asset"] == asset["id"]
    with app.app_context():
        assert db.session.query(Asset).count() == 1
        assert list(storage().listed("uploads")) == []


def test_an_upload_that_nobody_can_examine_is_forgotten(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fail whenever somebody asks where it stands."""
    raw = picture()
    path = begin(desk, len(raw))

    def fail(*_: object) -> None:
        raise FaultError("examine: of a kind that nobody has thought of")

    monkeypatch.setattr(routes, "receive", fail)
    with pytest.raises(AssertionError, match="answered 500"):
        send(desk, path, 0, raw)
    assert ask(desk, "HEAD", path).status_code == 404
    with app.app_context():
        assert list(storage().listed("uploads")) == []


def test_an_upload_whose_parts_are_lost_is_begun_again(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = picture()
    path = begin(desk, len(raw))
    send(desk, path, 0, raw[:1000])
    with app.app_context():
        storage().delete_all("uploads")
    assert send(desk, path, 1000, raw[1000:]).status_code == 404
    assert ask(desk, "HEAD", path).status_code == 404
    with app.app_context():
        assert db.session.query(Asset).count() == 0


def test_what_was_said_of_a_file_is_told_again(app: Flask, desk: Desk) -> None:
    stands = ask(desk, "HEAD", begin(desk, 100, "a.jpg"))
    assert stands.headers["Upload-Metadata"] == "filename YS5qcGc=,filetype aW1hZ2UvanBlZw=="
    longest = "filename YS5qcGc=,note ".ljust(4000, "A")[:3999] + "="
    begun = ask(desk, "POST", "/v1/manage/uploads", Upload_Length=5, Upload_Metadata=longest)
    assert begun.headers["Upload-Metadata"] == longest
    before = database_digest(app)
    longer = ask(desk, "POST", "/v1/manage/uploads", Upload_Length=5, Upload_Metadata=f"{longest},")
    (problem,) = longer.json["errors"]  # type: ignore[index]
    assert (longer.status_code, problem["code"], problem["pointer"]) == (422, "too_long", "/Upload-Metadata")
    assert database_digest(app) == before
