"""Pictures made from files: each once, however many ask for it at the same time."""

import fcntl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

from flask import current_app

from nejat_cms.db import utc_now
from nejat_cms.errors import InvalidFileError, Problem, UnavailableError
from nejat_cms.media.actions.receiving import blob_key, incoming, renditions_prefix
from nejat_cms.media.processing import workshop
from nejat_cms.media.queries import ServedFile
from nejat_cms.media.rules.renditions import Cut
from nejat_cms.media.rules.types import FILE_TYPES
from nejat_cms.storage import storage

RENDERER = 1
"""Raised whenever renditions must look different from now on."""
PATIENCE = 20.0
"""Seconds after which who waits for another's work is told to come again."""
LOCKS = 64
MOST = 64
"""Pictures that are kept of one file, whatever sizes were signed and wherever the focal point has been."""
SETTLED = timedelta(minutes=10)
"""Younger ones may be on their way to somebody."""
PAGE = "page.png"
FAILED_FOR = timedelta(minutes=10)
"""For so long nobody tries again what cannot be made: any reader may ask for it, and each try keeps others waiting."""
FAILURES = 1_000
"""How many are remembered."""

_failed: dict[str, tuple[datetime, Sequence[Problem]]] = {}
"""By key: until when it is remembered of a picture that it cannot be made, and why. Each process has its own."""


def made(file: ServedFile, cut: Cut, mime: str) -> str:
    """The key of a rendition, which is made now if nobody has asked for it before.

    Raises: InvalidFileError, UnavailableError, NotStoredError where the file's own bytes are lost.
    """
    said = repr((RENDERER, cut, mime)).encode()
    key = f"{renditions_prefix(file.sha256)}/{sha256(said).hexdigest()[:32]}.{FILE_TYPES[mime].extension}"
    if storage().size(key) is None:
        with _alone(key), _tried_once(key):
            if storage().size(key) is None:
                source = first_page(file) if file.mime == "application/pdf" else blob_key(file.sha256)
                with storage().local(source) as original, incoming() as target:
                    workshop().render(original, target, mime, cut)
                    storage().put(key, target)
                _make_room(renditions_prefix(file.sha256))
    return key


def _make_room(prefix: str) -> None:
    """The oldest go; whoever asks for one has it made again."""
    pictures = [one for one in storage().listed(prefix) if not one.key.endswith(PAGE)]
    spare = sorted(pictures, key=lambda one: one.modified)[:-MOST]
    storage().delete(*(one.key for one in spare if one.modified < utc_now() - SETTLED))


def first_page(file: ServedFile) -> str:
    """The key of a document's first page as a picture."""
    key = f"{renditions_prefix(file.sha256)}/{PAGE}"
    if storage().size(key) is None:
        with storage().local(blob_key(file.sha256)) as original, incoming() as target:
            workshop().first_page(original, target)
            storage().put(key, target)
    return key


@contextmanager
def _tried_once(key: str) -> Iterator[None]:
    """Remember what cannot be made, and say so without trying again.

    Raises: InvalidFileError.
    """
    until, problems = _failed.get(key, (None, ()))
    if until is not None and utc_now() < until:
        raise InvalidFileError(problems)
    try:
        yield
    except InvalidFileError as error:
        if len(_failed) >= FAILURES:
            _failed.clear()
        _failed[key] = (utc_now() + FAILED_FOR, error.problems)
        raise


@contextmanager
def _alone(key: str) -> Iterator[None]:
    """Of all threads and processes of this machine, one at a time for the same key.

    Another machine may make it too; the bytes are the same.
    """
    folder = current_app.config["SETTINGS"].data_dir / "incoming"
    folder.mkdir(mode=0o700, exist_ok=True)
    until = time.monotonic() + PATIENCE
    with (folder / f"{crc32(key.encode()) % LOCKS}.lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UnavailableError from None
            time.sleep(0.01)
        yield
