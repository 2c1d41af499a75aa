"""The folder: what is on the disk when, who may read it, and what a full or missing disk does."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nejat_cms.errors import UnavailableError
from nejat_cms.storage import PIECE, FolderStorage, Storage
from tests.stores import KEY, child, found, store_at, whole

MB = 1024 * 1024


def test_nobody_else_may_read_the_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = store_at("", tmp_path)
        folder.put(KEY, b"x")
    finally:
        os.umask(before)
    paths = [tmp_path / "data" / "media", *(tmp_path / "data" / "media").rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_file()} == {0o600}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_bytes_are_on_the_disk_before_their_name(folder: Storage, tmp_path: Path, monkeypatch: Any) -> None:
    steps: list[tuple[str, str]] = []
    really_sync, really_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        steps.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(root).as_posix()))
        really_sync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        steps.append(("name", target.relative_to(root).as_posix()))
        return really_replace(path, target)

    root = tmp_path / "data" / "media"
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    folder.put(KEY, b"x")
    kinds = [(what, where.partition("/")[0] if where.startswith("tmp") else where) for what, where in steps]
    assert kinds == [
        ("sync", "."),  # tmp is made
        ("sync", "tmp"),  # the bytes
        ("sync", "."),
        ("sync", "blobs"),
        ("name", KEY),
        ("sync", "blobs/ab"),
    ]


def test_a_folder_that_is_removed_meanwhile_is_made_again(folder: FolderStorage, monkeypatch: Any) -> None:
    """As by whoever deletes the last file beside the one that is about to get its name."""
    removed: list[Path] = []
    really = FolderStorage._make

    def make(store: FolderStorage, path: Path) -> None:
        really(store, path)
        if path.name == "ab" and not removed:
            path.rmdir()
            removed.append(path)

    monkeypatch.setattr(FolderStorage, "_make", make)
    folder.put(KEY, b"x")
    assert (whole(folder, KEY), len(removed)) == (b"x", 1)


STOPPED = """
import os, signal, sys
from nejat_cms.settings import Settings
from nejat_cms.storage import PIECE, FolderStorage, Storage
left = int(sys.argv[1])
def stopping(name):
    really = getattr(os, name)
    def step(*args, **kwargs):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return really(*args, **kwargs)
    setattr(os, name, step)
store = Storage.of(Settings.from_env())
for name in ("open", "mkdir", "fsync", "replace", "unlink"):
    stopping(name)
store.put("blobs/ab/abcdef", b"new" * 1000)
store.delete("blobs/ab/gone")
print("done")
"""


@pytest.mark.parametrize("former", [None, b"old"])
def test_whoever_is_killed_leaves_all_or_nothing(tmp_path: Path, former: bytes | None) -> None:
    stops = 0
    for stop in range(1, 30):
        place = tmp_path / str(stop)
        folder = store_at("", place)
        if former:
            folder.put(KEY, former)
        folder.put("blobs/ab/gone", b"x")
        done = child(STOPPED, "", place, str(stop), fine=False)
        assert folder.size(KEY) in (3000, len(former) if former else None)
        assert folder.size("blobs/ab/gone") in (1, None)
        folder.put(KEY, b"next")
        assert whole(folder, KEY) == b"next"
        folder.delete(*found(folder, "tmp"))
        assert found(folder, "tmp") == set()
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        stops += 1
    assert done.stdout == "done\n"
    assert stops >= 6


FULL = """
import resource, sys
from pathlib import Path
from nejat_cms.errors import UnavailableError
from nejat_cms.settings import Settings
from nejat_cms.storage import PIECE, FolderStorage, Storage
store = Storage.of(Settings.from_env())
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for source in (b"x" * 200_000, Path(sys.argv[1])):
    try:
        store.put("blobs/ab/abcdef", source)
    except UnavailableError:
        print("full", file=sys.stderr)
store.put("blobs/ab/small", b"x")
"""


def test_a_full_disk_changes_nothing(folder: Storage, tmp_path: Path) -> None:
    folder.put(KEY, b"old")
    (tmp_path / "source").write_bytes(bytes(200_000))
    assert child(FULL, "", tmp_path, str(tmp_path / "source")).stderr == "full\nfull\n"
    assert whole(folder, KEY) == b"old"
    assert (found(folder, "tmp"), folder.size("blobs/ab/small")) == (set(), 1)


def test_a_folder_that_is_gone_is_not_an_empty_one(folder: Storage, tmp_path: Path) -> None:
    """A disk that is not mounted: nothing may be taken for missing, or written where it will be hidden."""
    folder.put(KEY, b"x")
    assert whole(folder, KEY) == b"x"
    root, away = tmp_path / "data" / "media", tmp_path / "away"
    root.rename(away)
    asking: list[Callable[[], Any]] = [
        lambda: folder.put(KEY, b"y"),
        lambda: folder.read(KEY),
        lambda: folder.size(KEY),
        lambda: folder.delete(KEY),
        lambda: folder.delete_all("blobs"),
        lambda: list(folder.listed("blobs")),
        lambda: folder.local(KEY).__enter__(),
        folder.check,
    ]
    for ask in asking:
        with pytest.raises(UnavailableError):
            ask()
    assert not root.exists()
    away.rename(root)
    assert whole(folder, KEY) == b"x"


def test_what_others_leave_in_the_folder_is_let_be(folder: Storage, tmp_path: Path) -> None:
    folder.put("a/b/c", b"x")
    (tmp_path / "data" / "media" / "a" / ".DS_Store").write_text("x")
    (tmp_path / "data" / "media" / "a" / "a note").write_text("x")
    assert found(folder, "a") == {"a/b/c"}
    folder.delete_all("a")
    assert {path.name for path in (tmp_path / "data" / "media" / "a").iterdir()} == {".DS_Store", "a note"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_reader_who_goes_away_leaves_nothing_open(folder: Storage) -> None:
    folder.put(KEY, bytes(3 * PIECE))
    before = len(list(Path("/proc/self/fd").iterdir()))
    chunks = folder.read(KEY)
    assert len(next(chunks)) == PIECE
    chunks.close()
    assert list(chunks) == []
    folder.read(KEY).close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
