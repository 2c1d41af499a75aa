"""A store of another house: nothing is removed from it, and the operator is told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete

from nejat_cms.db import db, utc_now
from nejat_cms.media.actions.collecting import collect_bytes, sweep_what_has_no_row
from nejat_cms.media.actions.owning import MARK, adopt_store
from nejat_cms.media.models import StoreMark
from nejat_cms.storage import storage
from tests.factories import tables_in_use
from tests.media.files import path_of, picture, upload
from tests.newsroom import Desk, desk_for, open_house, quick_client


def kept(app: Flask) -> set[str]:
    """All that is in the store, but for the mark."""
    with app.app_context():
        return {one.key for prefix in ("blobs", "renditions", "uploads", "tmp") for one in storage().listed(prefix)}


def mark(app: Flask) -> bytes | None:
    with app.app_context():
        return b"".join(storage().read(MARK)) if storage().size(MARK) else None


def unmark(app: Flask) -> None:
    with app.app_context():
        storage().delete(MARK)


def forget_mark(app: Flask) -> None:
    """As in a database from before there was one."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(delete(StoreMark))


def collect(app: Flask, days: int = 0) -> None:
    """What the job worker does, today or some days later."""
    with time_machine.travel(utc_now() + timedelta(days=days, minutes=days), tick=False), app.app_context():
        collect_bytes()
        sweep_what_has_no_row()


def lose_the_database(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(tables_in_use(connection)):
            connection.execute(delete(table))


def finding(app: Flask) -> Any:
    answer = quick_client(app).get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json["checks"]["library"]


def house_in_use(app: Flask) -> Desk:
    """A house with a picture, a rendition of it and what is on its way."""
    open_house(app, "en")
    desk = desk_for(app)
    asset = upload(desk)
    assert desk.client.get(path_of(asset["file"]["renditions"]["thumb"]["url"])).status_code == 200
    with app.app_context():
        storage().put("uploads/ab/part", b"half")
        storage().put("tmp/half", b"half")
    return desk


def remove(desk: Desk) -> None:
    """Take the only asset out of the library."""
    [asset] = desk.call("GET", "/assets", expect=200).json["data"]  # type: ignore[index]
    path = f"/assets/{asset['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)


def test_a_new_house_marks_its_store_and_keeps_the_mark(either_store: Flask) -> None:
    collect(either_store)
    first = mark(either_store)
    assert first is not None
    house_in_use(either_store)
    collect(either_store, days=1)
    assert mark(either_store) == first
    assert {key.split("/")[0] for key in kept(either_store)} == {"blobs", "renditions"}
    assert finding(either_store)["fine"]


@pytest.mark.parametrize("marked", [True, False])
def test_an_empty_database_removes_nothing_from_a_store_in_use(either_store: Flask, marked: bool) -> None:
    house_in_use(either_store)
    if marked:
        collect(either_store)
    before, first = kept(either_store), mark(either_store)
    assert (first is not None) == marked
    lose_the_database(either_store)
    collect(either_store, days=2)
    assert (kept(either_store), mark(either_store)) == (before, first)
    assert not finding(either_store)["fine"]
    assert "nejat adopt" in finding(either_store)["words"]


def test_a_store_that_is_adopted_is_collected_from(either_store: Flask) -> None:
    house_in_use(either_store)
    collect(either_store)
    lose_the_database(either_store)
    with either_store.app_context():
        adopt_store()
    assert finding(either_store)["fine"]
    collect(either_store, days=2)
    assert kept(either_store) == set()


def test_from_a_store_with_another_mark_not_even_known_bytes_are_removed(either_store: Flask) -> None:
    """The other house may have the same picture."""
    desk = house_in_use(either_store)
    collect(either_store)
    ours = mark(either_store)
    with either_store.app_context():
        storage().put(MARK, b"another")
    remove(desk)
    before = kept(either_store)
    collect(either_store, days=2)
    assert kept(either_store) == before
    assert not finding(either_store)["fine"]
    assert ours is not None
    with either_store.app_context():
        storage().put(MARK, ours + b"\n")  # an editor's
    collect(either_store, days=2)
    assert kept(either_store) == set()


def test_a_house_from_before_there_were_marks_takes_its_store_over(either_store: Flask) -> None:
    desk = house_in_use(either_store)
    upload(desk, picture(64, 48))
    with either_store.app_context():
        storage().put("blobs/ab/abcd", b"nobody's")
    assert finding(either_store)["fine"]
    collect(either_store, days=1)
    assert mark(either_store) is not None
    assert "blobs/ab/abcd" not in kept(either_store)
    assert finding(either_store)["fine"]


def test_a_database_from_before_the_mark_removes_nothing_until_it_is_told_to(either_store: Flask) -> None:
    house_in_use(either_store)
    collect(either_store)
    forget_mark(either_store)
    before = kept(either_store)
    collect(either_store, days=1)
    assert kept(either_store) == before
    assert not finding(either_store)["fine"]


def test_a_store_that_was_put_back_without_its_mark_is_marked_as_before(either_store: Flask) -> None:
    house_in_use(either_store)
    collect(either_store)
    first = mark(either_store)
    unmark(either_store)
    collect(either_store)
    assert mark(either_store) == first


def test_most_of_a_store_decides_whose_it_is(app: Flask) -> None:
    """Whoever wrote a single file into another's store does not own it."""
    house_in_use(app)
    with app.app_context():
        for number in range(2):
            storage().put(f"blobs/0{number}/0{number}ab", b"another's")
    before = kept(app)
    collect(app, days=2)
    assert kept(app) == before
    assert mark(app) is None
