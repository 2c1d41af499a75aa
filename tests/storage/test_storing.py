"""What folder and bucket both do, the same way."""

import os
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nejat_cms import storage as module
from nejat_cms.db import utc_now
from nejat_cms.errors import UnavailableError
from nejat_cms.storage import PIECE, NotStoredError, Storage, Stored
from tests.stores import KEY, child, found, whole

MB = 1024 * 1024


def test_what_was_put_is_read(store: Storage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"from a file")
    store.put(KEY, source)
    store.put("tiny", b"from memory")
    store.put("nothing", b"")
    assert (whole(store, KEY), store.size(KEY)) == (b"from a file", 11)
    assert (whole(store, "tiny"), store.size("tiny")) == (b"from memory", 11)
    assert (whole(store, "nothing"), store.size("nothing")) == (b"", 0)
    assert source.read_bytes() == b"from a file"


def test_what_is_put_again_is_replaced(store: Storage) -> None:
    store.put(KEY, b"a long first one")
    store.put(KEY, b"short")
    assert (whole(store, KEY), found(store, "blobs")) == (b"short", {KEY})


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (3, None), (0, 4), (2, 5), (9, 10), (0, 99), (10, None), (50, 60), (5, 5), (7, 2)]
)
def test_a_stretch_is_read_as_python_slices(store: Storage, start: int, end: int | None) -> None:
    store.put(KEY, b"0123456789")
    assert whole(store, KEY, start, end) == b"0123456789"[start:end]


def test_a_large_object_comes_in_pieces(store: Storage) -> None:
    large = os.urandom(2 * PIECE + 77)
    store.put(KEY, large)
    assert [len(piece) for piece in store.read(KEY)] == [PIECE, PIECE, 77]
    assert whole(store, KEY) == large
    assert whole(store, KEY, 5, PIECE + 9) == large[5 : PIECE + 9]
    with store.local(KEY) as path:
        assert path.read_bytes() == large


@pytest.mark.parametrize("stretch", [(), (3, 3), (99,)])
def test_what_is_not_there_is_said_before_any_byte_is_asked_for(store: Storage, stretch: tuple[int, ...]) -> None:
    with pytest.raises(NotStoredError):
        store.read(KEY, *stretch)
    with pytest.raises(NotStoredError), store.local(KEY):
        pass
    assert store.size(KEY) is None


def test_a_folder_is_no_object(store: Storage) -> None:
    store.put(KEY, b"x")
    assert store.size("blobs/ab") is None
    with pytest.raises(NotStoredError):
        store.read("blobs/ab")


def test_deleting_leaves_the_others(store: Storage) -> None:
    for key in ("a/one", "a/two", "a/three"):
        store.put(key, b"x")
    store.delete("a/one", "a/none", "nowhere/at/all", "a/two")
    assert found(store, "a") == {"a/three"}
    store.delete()
    store.delete("a/three", "a/three")
    assert found(store, "a") == set()
    store.put("a/one", b"again")
    assert whole(store, "a/one") == b"again"


def test_all_of_a_folder_is_not_its_namesakes(store: Storage) -> None:
    kept = {"renditions/ab/abcd2/x.webp", "renditions/ab/abcd.x", "renditions/ab/abc/x", "blobs/ab/abcd"}
    for key in kept | {"renditions/ab/abcd/x.webp", "renditions/ab/abcd/deep/y.jpg"}:
        store.put(key, b"x")
    store.delete_all("renditions/ab/abcd")
    assert found(store, "renditions") | found(store, "blobs") == kept
    store.delete_all("renditions/ab/abcd")
    store.delete_all("blobs/ab/abcd")
    store.delete_all("nowhere")
    assert found(store, "renditions") | found(store, "blobs") == kept


def test_many_are_deleted_in_one_go(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 7)
    for number in range(30):
        store.put(f"uploads/one/{number}", b"x")
    store.put("uploads/other/1", b"x")
    store.delete_all("uploads/one")
    assert found(store, "uploads") == {"uploads/other/1"}


def test_a_listing_says_when_and_how_large(store: Storage) -> None:
    before = utc_now() - timedelta(seconds=1)  # S3 counts seconds
    store.put("a/b/c", b"123")
    [stored] = store.listed("a")
    assert stored == Stored("a/b/c", 3, stored.modified)
    assert before.replace(microsecond=0) <= stored.modified <= utc_now()
    assert list(store.listed("a/b/c")) == list(store.listed("nowhere")) == []


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "a//b", "a/", "../a", "a/../b", "a/./b", ".a", "a/.b", "a b", "é", "a\n", "x" * 501]
)
def test_only_keys_of_the_house_are_taken(store: Storage, key: str) -> None:
    store.put(KEY, b"x")
    asking: list[Callable[[], Any]] = [
        lambda: store.put(key, b"y"),
        lambda: store.read(key),
        lambda: store.size(key),
        lambda: store.delete(KEY, key),
        lambda: store.delete_all(key),
        lambda: list(store.listed(key)),
        lambda: store.local(key).__enter__(),
    ]
    for ask in asking:
        with pytest.raises(ValueError, match="not a key"):
            ask()
    assert whole(store, KEY) == b"x"


def test_a_source_that_is_missing_is_the_callers_fault(store: Storage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put(KEY, tmp_path / "none")
    assert store.size(KEY) is None


def test_what_fails_over_a_local_file_is_not_the_stores_fault(store: Storage) -> None:
    store.put(KEY, b"x")
    with pytest.raises(PermissionError), store.local(KEY):
        raise PermissionError
    assert whole(store, KEY) == b"x"


def test_nothing_is_left_lying_about(store: Storage, tmp_path: Path) -> None:
    store.put(KEY, os.urandom(MB))
    with store.local(KEY) as path:
        assert path.exists()
    store.check()
    assert found(store, "tmp") == set()
    assert list((tmp_path / "data").glob("incoming/*")) == []


def test_threads_put_and_remove_side_by_side(store: Storage) -> None:
    """A folder goes with the last file in it, which must not take somebody else's ground away."""
    problems: list[Exception] = []

    def churn(name: int) -> None:
        try:
            for turn in range(25):
                store.put(f"renditions/ab/{turn % 2}/{name}", b"x" * name)
                assert store.size(f"renditions/ab/{turn % 2}/{name}") == name
                store.delete(f"renditions/ab/{turn % 2}/{name}")
        except Exception as problem:  # shown below
            problems.append(problem)

    threads = [threading.Thread(target=churn, args=[name]) for name in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert found(store, "renditions") == set()


READS_MUCH = """
import re, sys
from pathlib import Path
from nejat_cms.settings import Settings
from nejat_cms.storage import Storage
store = Storage.of(Settings.from_env())
source = Path(sys.argv[1])
figure = lambda name: int(re.search(rf"{name}:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
store.put("small", b"x" * 6_000_000)
list(map(len, store.read("small")))
before = figure("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
store.put("large", source)
with store.local("large"):
    print(sum(map(len, store.read("large"))), figure("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_large_objects_take_little_memory(url: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(48 * MB)
    done = child(READS_MUCH, url, tmp_path, str(source))
    size, grown = map(int, done.stdout.split())
    assert size == 48 * MB
    assert grown * 1024 < 20 * MB


def test_what_changes_while_it_is_read_is_never_mixed(store: Storage) -> None:
    store.put(KEY, b"a" * (PIECE + 5))
    chunks = store.read(KEY)
    assert next(chunks) == b"a" * PIECE
    store.put(KEY, b"b" * (PIECE + 5))
    with pytest.raises(UnavailableError):
        list(chunks)
