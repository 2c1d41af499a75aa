"""A disk that is full, at each place where a file is written: 503, nothing changes, and it works again with space.

Two ways to have the kernel refuse to write, without a disk of one's own: a limit to how large a file of this process
may become (EFBIG), and `/dev/full`, for what another process writes (ENOSPC).
"""

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from nejat_cms.media.actions import receiving, renditions
from nejat_cms.storage import FolderStorage, storage
from tests.factories import database_digest
from tests.media.files import path_of, pdf, picture, post, saved, sent, upload
from tests.media.processing import samples, tagged
from tests.media.test_uploads import ask, begin, send
from tests.media.wholeness import require_nothing_left, require_whole
from tests.newsroom import Desk, desk_for, open_house

ENOUGH, LARGE = 4_000, b"\0" * 300_000
"""Bytes that a file may still have, and many more of them."""
Full = Callable[[], None]


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app, "en")
    return desk_for(app)


@pytest.fixture
def limit() -> Iterator[Callable[[int], None]]:
    """No file of this process may grow beyond so many bytes."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def full_store(limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> Full:
    """From then on the disk of the store has no space, and that of incoming files has."""
    put = FolderStorage.put

    def refused(store: FolderStorage, key: str, source: Path | bytes) -> None:
        limit(ENOUGH)
        try:
            put(store, key, source)
        finally:
            limit(resource.RLIM_INFINITY)

    return lambda: monkeypatch.setattr(FolderStorage, "put", refused)


def require_refused(app: Flask, asking: Callable[[], TestResponse]) -> None:
    before, kept = database_digest(app), stored(app)
    answer = asking()
    assert answer.status_code == 503, answer.get_data(as_text=True)
    assert answer.headers["Retry-After"]
    assert (database_digest(app), stored(app)) == (before, kept)


def stored(app: Flask) -> set[str]:
    with app.app_context():
        return {one.key for prefix in ("blobs", "renditions", "tmp", "uploads") for one in storage().listed(prefix)}


def test_an_incoming_file_that_finds_no_space(app: Flask, desk: Desk, limit: Callable[[int], None]) -> None:
    def asking() -> TestResponse:
        limit(100_000)
        try:
            return post(desk.client, desk.token, sent(picture(quality=95) + LARGE))
        finally:
            limit(resource.RLIM_INFINITY)

    require_refused(app, asking)
    require_nothing_left(app)
    upload(desk)
    require_whole(app)


def test_an_incoming_file_that_cannot_even_be_begun(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no more files fit; said by a stand-in for the kernel, which has no limit for it."""
    begun = os.open

    def refused(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_EXCL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return begun(path, flags, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        require_refused(app, lambda: post(desk.client, desk.token, sent(picture())))
    upload(desk)
    require_whole(app)


def test_a_store_without_space_for_a_file_that_came(
    app: Flask, desk: Desk, full_store: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that stays is the row of bytes that were about to be written, which goes after a day."""
    full_store()
    answer = post(desk.client, desk.token, sent(picture()))
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert stored(app) == set()
    require_whole(app)
    require_nothing_left(app)
    monkeypatch.undo()
    upload(desk)
    require_whole(app)


def test_a_store_without_space_for_a_part(
    app: Flask, desk: Desk, full_store: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = picture()
    path = begin(desk, len(raw))
    assert send(desk, path, 0, raw[:1000]).status_code == 204
    full_store()
    require_refused(app, lambda: send(desk, path, 1000, raw[1000:]))
    assert ask(desk, "HEAD", path).headers["Upload-Offset"] == "1000"
    monkeypatch.undo()
    assert send(desk, path, 1000, raw[1000:]).status_code == 204
    require_whole(app)
    require_nothing_left(app)


def test_a_part_that_finds_no_space_on_its_way(app: Flask, desk: Desk, limit: Callable[[int], None]) -> None:
    raw = picture()
    path = begin(desk, len(raw) + 400_000)
    assert send(desk, path, 0, raw[:1000]).status_code == 204

    def asking() -> TestResponse:
        limit(100_000)
        try:
            return send(desk, path, 1000, LARGE)
        finally:
            limit(resource.RLIM_INFINITY)

    require_refused(app, asking)
    assert send(desk, path, 1000, raw[1000:]).status_code == 204
    require_nothing_left(app)


def test_a_store_without_space_for_a_rendition(
    app: Flask, desk: Desk, full_store: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = saved(Image.effect_noise((700, 460), 90).convert("RGB"), "JPEG")
    url = path_of(upload(desk, noise)["file"]["renditions"]["full"]["url"])
    full_store()
    require_refused(app, lambda: desk.client.get(url))
    monkeypatch.undo()
    assert desk.client.get(url).status_code == 200
    require_nothing_left(app)


@contextmanager
def no_space(module: Any) -> Iterator[None]:
    """Files that this module begins find no space, whoever writes them."""
    begun = receiving.incoming

    @contextmanager
    def full() -> Iterator[Path]:
        with begun() as path:
            path.unlink()
            path.symlink_to("/dev/full")
            yield path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "incoming", full)
        yield


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (tagged.document(), "boats.pdf"),
        (tagged.RECORDINGS["a.mp4"], "boats.mp4"),
        (samples.wav(), "boats.wav"),
        (samples.mp3(), "boats.mp3"),
    ],
)
def test_a_file_that_finds_no_space_where_it_is_stripped(app: Flask, desk: Desk, raw: bytes, name: str) -> None:
    """One that came in parts is kept until it can be finished."""
    path = begin(desk, len(raw), name)
    assert send(desk, path, 0, raw[:100]).status_code == 204
    with no_space(receiving):
        require_refused(app, lambda: post(desk.client, desk.token, sent(raw, name)))
        assert send(desk, path, 100, raw[100:]).status_code == 503
        require_refused(app, lambda: ask(desk, "HEAD", path))
    assert ask(desk, "HEAD", path).headers["Upload-Offset"] == str(len(raw))
    upload(desk, raw, name)
    require_whole(app)
    require_nothing_left(app)


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
@pytest.mark.parametrize(("raw", "name"), [(picture(), "harbour.jpg"), (pdf(), "issue.pdf")])
def test_a_rendition_that_finds_no_space_where_it_is_made(app: Flask, desk: Desk, raw: bytes, name: str) -> None:
    url = path_of(upload(desk, raw, name)["file"]["renditions"]["card"]["url"])
    with no_space(renditions):
        require_refused(app, lambda: desk.client.get(url))
    assert desk.client.get(url).status_code == 200
    require_whole(app)
    require_nothing_left(app)
