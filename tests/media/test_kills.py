"""kill -9 at each step of what a real server does with files: the next one finishes it, and nothing is half there.

The kernel ends the process as soon as the step is reached; the supervisor starts another.
"""

import sys
from pathlib import Path

import pytest

from nejat_cms.storage import storage
from tests.media.files import path_of, pdf
from tests.media.houses import House, house_at, killed, new_picture
from tests.media.wholeness import require_nothing_left, require_whole
from tests.servers import Client, eventually, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

RECEIVING = ("examined", "promised", "written", "renamed", "kept", "given a place")


@killed(*RECEIVING, "committed")
def test_a_server_killed_while_a_file_comes_takes_it_from_whoever_sends_it_again(mortal: House, step: str) -> None:
    raw, name = new_picture(), f"{step}.jpg"
    with mortal.dying(step):
        mortal.upload(raw, name)
    assert len(mortal.named(name)) == (step == "committed")
    require_whole(mortal.app)
    mortal.upload(raw, name)
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


@pytest.mark.slow
def test_another_server_takes_the_file_after_all_processes_were_killed(tmp_path: Path, database_url: str) -> None:
    raw = new_picture()
    with house_at(tmp_path, database_url) as house:
        with house.dying("kept"):
            house.upload(raw)
        house.server.kill_group()
        with serving(tmp_path, database_url) as second:
            again = House(house.app, second, Client(second.port, house.client.token))
            assert again.named("harbour.jpg") == []
            again.upload(raw)
            require_whole(house.app)
            require_nothing_left(house.app)


@killed(*RECEIVING, "replaced")
def test_a_server_killed_while_a_file_is_replaced_shows_the_former_or_the_new_one(mortal: House, step: str) -> None:
    asset = mortal.upload(new_picture(), "former.jpg")
    path, raw, name = f"/assets/{asset['id']}/file", new_picture(), f"new, {step}.jpg"
    seen = mortal.asset(asset["id"]).headers["ETag"]
    with mortal.dying(step):
        mortal.send(path, raw, name, "PUT", If_Match=seen)
    found = mortal.asset(asset["id"])
    assert found.data["file"]["name"] == (name if step == "replaced" else "former.jpg")
    require_whole(mortal.app)
    again = mortal.send(path, raw, name, "PUT", If_Match=found.headers["ETag"])
    assert (again.status, again.data["file"]["name"]) == (200, name)
    shown = mortal.client.ask("GET", path_of(again.data["file"]["renditions"]["thumb"]["url"]))
    assert shown.status == 200
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


# Renditions -----------------------------------------------------------------------------------


@killed("rendered", "written", "renamed", "kept")
def test_a_picture_whose_maker_was_killed_is_made_by_the_next(mortal: House, step: str) -> None:
    url = path_of(mortal.upload(new_picture())["file"]["renditions"]["card"]["url"])
    reader, before = Client(mortal.server.port), mortal.rendered()
    with mortal.dying(step):
        reader.ask("GET", url)
    shown = reader.ask("GET", url)
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/webp")
    assert reader.ask("GET", url).raw == shown.raw
    assert mortal.rendered() - before == (1 if step in ("renamed", "kept") else 2)
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


@killed("first page made", "kept")
def test_a_page_whose_maker_was_killed_is_made_by_the_next(mortal: House, step: str) -> None:
    url = path_of(mortal.upload(pdf(), "issue.pdf")["file"]["renditions"]["card"]["url"])
    reader = Client(mortal.server.port)
    with mortal.dying(step):
        reader.ask("GET", url)
    assert reader.ask("GET", url).status == 200
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


# Uploads in parts -----------------------------------------------------------------------------


@killed("part kept", "part committed")
def test_an_upload_goes_on_where_it_stood_when_its_server_was_killed(mortal: House, step: str) -> None:
    raw, name = new_picture(), f"in parts, {step}.jpg"
    path, half = mortal.begin(len(raw), name), len(raw) // 2
    with mortal.dying(step):
        mortal.part(path, 0, raw[:half])
    stands = mortal.offset(path)
    assert stands == (half if step == "part committed" else 0)
    assert mortal.part(path, stands, raw[stands:]).status == 204
    require_one(mortal, raw, name)


@killed("part kept", "part committed", "assembled", *RECEIVING, "finished")
def test_an_upload_whose_server_was_killed_at_its_end_becomes_one_asset(mortal: House, step: str) -> None:
    raw, name = new_picture(), f"to the end, {step}.jpg"
    path, half = mortal.begin(len(raw), name), len(raw) // 2
    assert mortal.part(path, 0, raw[:half]).status == 204
    with mortal.dying(step):
        mortal.part(path, half, raw[half:])
    stands = mortal.offset(path)
    if stands < len(raw):
        assert mortal.part(path, stands, raw[stands:]).status == 204
    require_one(mortal, raw, name)


def require_one(mortal: House, raw: bytes, name: str) -> None:
    """One asset came of it, with the bytes that it has when it comes in one piece."""
    mortal.upload(raw, f"whole {name}")
    assert mortal.named(name) == mortal.named(f"whole {name}")
    assert len(mortal.named(name)) == 1
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


# Collection -----------------------------------------------------------------------------------


@killed("marked", "renditions deleted", "bytes deleted", "struck")
def test_what_a_killed_worker_was_removing_is_removed_by_the_next(mortal: House, step: str) -> None:
    """Whoever brings the same bytes meanwhile waits until they are gone."""
    raw, name = new_picture(), f"going, {step}.jpg"
    asset = mortal.upload(raw, name)
    [sha256] = mortal.named(name)
    thumb = path_of(asset["file"]["renditions"]["thumb"]["url"])
    assert mortal.client.ask("GET", thumb).status == 200
    mortal.delete(asset)
    with mortal.dying(step, "job"):
        mortal.let_a_day_pass()
    meanwhile = mortal.send("/assets", raw, name)
    if step == "struck":
        assert meanwhile.status == 201
    else:
        assert (meanwhile.status, "Retry-After" in meanwhile.headers) == (503, True)
        require_whole(mortal.app)
        mortal.let_a_day_pass()
        eventually(lambda: not mortal.has_blob(sha256))
        assert mortal.named(name) == []
        mortal.upload(raw, name)
    require_whole(mortal.app)
    require_nothing_left(mortal.app)


@killed("expired")
def test_parts_of_an_upload_whose_remover_was_killed_are_removed(mortal: House, step: str) -> None:
    path = mortal.begin(1000, "given up.jpg")
    assert mortal.part(path, 0, b"x" * 500).status == 204
    with mortal.dying(step, "job"):
        mortal.let_a_day_pass()
    assert mortal.client.ask("HEAD", path, Tus_Resumable="1.0.0").status == 404
    with mortal.app.app_context():
        assert len(list(storage().listed("uploads"))) == 1
    require_nothing_left(mortal.app)
