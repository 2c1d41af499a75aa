"""The bucket: gone, silent, slow, and back; and whoever is killed while she writes to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nejat_cms import storage as module
from nejat_cms.errors import UnavailableError
from nejat_cms.storage import PIECE, Storage
from tests.servers import ROOT, eventually
from tests.stores import KEY, Wire, around, behind, found, store_at, whole

MB = 1024 * 1024


def quickly(ask: Callable[[], Any], seconds: float = 5.0) -> None:
    """It is unavailable, and says so before long."""
    before = time.monotonic()
    with pytest.raises(UnavailableError):
        ask()
    assert time.monotonic() - before < seconds


@pytest.mark.parametrize("fault", ["cut", "silent"])
def test_a_bucket_that_is_gone_is_unavailable_until_it_is_back(
    far: Storage, wire: Wire, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_KEPT", 0.0)
    far.put(KEY, b"x")
    far.check()
    setattr(wire, fault, True)
    asking: list[Callable[[], Any]] = [
        lambda: far.put(KEY, b"y"),
        lambda: far.read(KEY),
        lambda: far.size(KEY),
        lambda: far.delete(KEY),
        lambda: far.delete_all("blobs"),
        lambda: list(far.listed("blobs")),
    ]
    for ask in asking if fault == "cut" else asking[:2]:
        quickly(ask)
    quickly(far.check, 1.0)
    setattr(wire, fault, False)
    assert eventually(lambda: whole(far, KEY)) in ((b"x",) if fault == "cut" else (b"x", b"y"))
    far.check()


def test_a_bucket_that_goes_while_it_is_read_is_unavailable(far: Storage, wire: Wire) -> None:
    far.put(KEY, bytes(3 * PIECE))
    chunks = far.read(KEY)
    next(chunks)
    wire.cut = True
    quickly(lambda: list(chunks))


def test_a_bucket_that_stumbles_while_it_is_read_is_asked_again(far: Storage, wire: Wire) -> None:
    content = os.urandom(3 * PIECE)
    far.put(KEY, content)
    chunks = far.read(KEY)
    first = next(chunks)
    wire.cut = True
    threading.Timer(0.1, setattr, (wire, "cut", False)).start()
    assert first + b"".join(chunks) == content


def test_nothing_is_fetched_for_a_reader_who_went_away(far: Storage, wire: Wire) -> None:
    far.put(KEY, bytes(8 * PIECE))
    wire.brought = 0
    chunks = far.read(KEY)
    next(chunks)
    chunks.close()
    time.sleep(0.2)
    assert wire.brought < PIECE + 100_000


def test_a_slow_bucket_is_a_bucket(far: Storage, wire: Wire) -> None:
    content = os.urandom(3 * MB)
    wire.pause = 0.01
    far.put(KEY, content)
    assert whole(far, KEY) == content


PUTS_MUCH = """
from nejat_cms.settings import Settings
from nejat_cms.storage import Storage
store = Storage.of(Settings.from_env())
store.put("blobs/ab/small", b"x")
print("begun", flush=True)
store.put("blobs/ab/abcdef", bytes(24 * 1024 * 1024))
"""


def test_whoever_is_killed_half_way_leaves_no_object(wire: Wire, tmp_path: Path) -> None:
    url = behind(wire)
    process = subprocess.Popen(
        [sys.executable, "-c", PUTS_MUCH], env=around(url, tmp_path), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    with process.stdout:
        assert process.stdout.readline() == b"begun\n"
        wire.pause = 0.02
        time.sleep(0.5)
        process.kill()
    assert process.wait() == -signal.SIGKILL
    wire.pause = 0.0
    far = store_at(url, tmp_path)
    assert (far.size(KEY), found(far, "blobs")) == (None, {"blobs/ab/small"})
    far.put(KEY, b"next")
    assert whole(far, KEY) == b"next"


def test_a_bucket_that_does_not_exist_is_no_empty_one(s3_port: int, keys: None, tmp_path: Path) -> None:
    store = store_at(f"s3://no-such-bucket?endpoint=http://127.0.0.1:{s3_port}&allow_http=true", tmp_path)
    for ask in (lambda: store.put(KEY, b"x"), lambda: store.read(KEY), store.check):
        with pytest.raises(UnavailableError):
            ask()


def test_a_store_lies_below_its_prefix(bucket_url: str, tmp_path: Path) -> None:
    prefixed, bare = store_at(bucket_url, tmp_path), store_at(bucket_url.replace("/house/media", ""), tmp_path)
    prefixed.put(KEY, b"x")
    assert found(bare, "house") == {f"house/media/{KEY}"}
    assert bare.size(KEY) is None
