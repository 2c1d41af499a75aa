"""Bytes in and out, by key (`blobs/ab/abcd…`): a folder of this machine, or a bucket of S3 and what speaks like it.

A key is made by the house, never of a user's words. An object appears whole or not at all, and is safe before it is
acknowledged. Either kind of store is spoken to through obstore, which is imported when something is first asked of it.
"""

import os
import re
import secrets
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import structlog
from flask import Flask, current_app
from flask_babel import lazy_gettext as _

from nejat_cms.errors import UnavailableError
from nejat_cms.settings import Settings

if TYPE_CHECKING:
    from obstore.store import LocalStore, S3Config, S3Store

KEY = re.compile(r"(?=.{1,500}$)[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
DRAFTS = "tmp"
"""Below which lies what is being written; whoever is stopped half way leaves it there."""
PIECE = 2 * 1024 * 1024
"""Bytes that are asked for at once, and held in memory for each reader."""
PARTS = 2
"""Of a large object, how many parts of 5 MB are in memory and on their way to a bucket at once."""
AT_ONCE = 1_000
CONNECT_SECONDS, REQUEST_SECONDS, CHECK_SECONDS = 3.0, 20.0, 2.0
RETRIES = 2
CHECK_KEPT = 10.0
"""Seconds for which the outcome of a check is good: strangers may ask for it, and must not keep a bucket busy."""

log = structlog.get_logger(__name__)


class NotStoredError(LookupError):
    """There is no object with this key."""


@dataclass(frozen=True)
class Stored:
    """An object, as a listing shows it."""

    key: str
    size: int
    modified: datetime


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["nejat.storage"] = Storage.of(settings)


def storage() -> "Storage":
    """The store of the current application."""
    return cast(Storage, current_app.extensions["nejat.storage"])


class Storage(ABC):
    """Where objects are kept. Every method raises UnavailableError while that cannot be reached, or is full."""

    def __init__(self) -> None:
        self._checking = threading.Lock()
        self._check_due = float("-inf")
        self._found_well = False

    @staticmethod
    def of(settings: Settings) -> "Storage":
        address = urlsplit(settings.storage_url)
        if address.scheme == "s3":
            return BucketStorage(address, settings.data_dir / "incoming")
        return FolderStorage(Path(unquote(address.path)))

    @cached_property
    @abstractmethod
    def store(self) -> "LocalStore | S3Store": ...

    @abstractmethod
    def put(self, key: str, source: Path | bytes) -> None:
        """Keep these bytes, in place of those that had the key."""

    def size(self, key: str) -> int | None:
        """How many bytes it has; None where there is no such object."""
        with suppress(NotStoredError), self._heard(key):
            return self.store.head(_checked(key))["size"]
        return None

    def read(self, key: str, start: int = 0, end: int | None = None) -> Generator[bytes, None, None]:
        """Its bytes from `start` up to, not including, `end`, a piece at a time; `close` it to read no further.

        What is wrong comes out at once, before any byte, while an answer can still be another one.

        Raises: NotStoredError.
        """
        chunks = self._chunks(_checked(key), start, end)
        next(chunks)
        return chunks

    def _chunks(self, key: str, start: int, end: int | None) -> Generator[bytes, None, None]:
        """Nothing, once the first piece is in hand; then the pieces.

        Each is a request of its own: however slowly somebody reads, no connection waits for her.
        """
        with self._heard(key):
            size, e_tag, piece = self._first(key, start, start + PIECE if end is None else min(start + PIECE, end))
            end = size if end is None else min(size, end)
            yield b""
            while piece:
                yield piece
                start += len(piece)
                piece = b""
                if start < end:  # of the same object still: two halves of different ones would be neither
                    stretch = (start, min(start + PIECE, end))
                    piece = bytes(self.store.get(key, options={"range": stretch, "if_match": e_tag}).bytes())

    def _first(self, key: str, start: int, end: int) -> tuple[int, str | None, bytes]:
        """Size and ETag of an object, and its first piece, in one request."""
        if start < end:
            try:
                got = self.store.get(key, options={"range": (start, end)})
                return got.meta["size"], got.meta["e_tag"], bytes(got.bytes())
            except _obstore_error() as error:
                if not any(words in str(error) for words in ("416 Range Not Satisfiable", "range was invalid")):
                    raise
        whole = self.store.head(key)  # there is none: it begins behind the end
        return whole["size"], whole["e_tag"], b""

    @abstractmethod
    def local(self, key: str) -> AbstractContextManager[Path]:
        """A file of this machine with its bytes, to be read only.

        Raises: NotStoredError.
        """

    @abstractmethod
    def delete(self, *keys: str) -> None:
        """Remove these objects; one that is not there is no error."""

    def delete_all(self, prefix: str) -> None:
        """Remove what lies below a folder."""
        keys = (stored.key for stored in self.listed(prefix))
        while some := list(islice(keys, AT_ONCE)):
            self.delete(*some)

    def listed(self, prefix: str) -> Iterator[Stored]:
        """What lies below a folder, at any depth; nothing where there is no such folder."""
        with self._heard():
            for batch in self.store.list(prefix=_checked(prefix), chunk_size=AT_ONCE):
                for found in batch:
                    if KEY.fullmatch(found["path"]):  # what an operator's tools leave lying about is none of ours
                        yield Stored(found["path"], found["size"], found["last_modified"])

    def check(self) -> None:
        """Write a few bytes, read and remove them, unless that was done a moment ago.

        Raises: UnavailableError.
        """
        with self._checking:
            if time.monotonic() >= self._check_due:
                self._found_well = False
                with suppress(UnavailableError, NotStoredError):
                    self._probe(f"{DRAFTS}/{secrets.token_hex(16)}")
                    self._found_well = True
                self._check_due = time.monotonic() + CHECK_KEPT
            if not self._found_well:
                raise _unavailable()

    def _probe(self, key: str) -> None:
        self.put(key, key.encode())
        self.read(key).close()
        self.delete(key)

    def _is_there(self, error: Exception) -> bool:
        """Whether the store itself is there, when an error says that something is not."""
        return "NoSuchBucket" not in str(error)

    @contextmanager
    def _heard(self, key: str = "") -> Iterator[None]:
        """Say what went wrong in the house's words; with a key, what is not there is not stored."""
        try:
            yield
        except (OSError, _obstore_error()) as error:
            if key and isinstance(error, FileNotFoundError) and self._is_there(error):
                raise NotStoredError(key) from error
            log.warning("storage unavailable", error=str(error).partition("\n")[0])
            raise _unavailable() from error


def _unavailable() -> UnavailableError:
    return UnavailableError(_("Files cannot be kept or read at the moment. Try again shortly."))


def _obstore_error() -> type[Exception]:
    from obstore.exceptions import BaseError  # noqa: PLC0415  it takes a while to import

    return BaseError


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key


class FolderStorage(Storage):
    """Files below a folder; nobody else on the machine may read what is made there.

    The folder itself is made at the start and never again: a disk that is not mounted must not be written past.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        with suppress(OSError):  # a check says so
            root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __str__(self) -> str:
        return str(self.root)

    @cached_property
    def store(self) -> "LocalStore":
        from obstore.store import LocalStore  # noqa: PLC0415  it takes a while to import

        return LocalStore(self.root)

    def put(self, key: str, source: Path | bytes) -> None:
        target = self.root / _checked(key)
        draft = self.root / DRAFTS / secrets.token_hex(16)
        with source.open("rb") if isinstance(source, Path) else BytesIO(source) as file, self._heard():
            try:
                # obstore's own put renames without any fsync: after a power cut there may be a name with no bytes
                # behind it, and a row that says they are kept. So the bytes are made safe first, then the name.
                self._make(draft.parent)
                with open(draft, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as written:
                    shutil.copyfileobj(file, written, PIECE)
                    written.flush()
                    os.fsync(written.fileno())
                self._name(draft, target)
            finally:
                with suppress(OSError):
                    draft.unlink()

    def _name(self, draft: Path, target: Path) -> None:
        for patience in reversed(range(10)):
            try:
                self._make(target.parent)
                draft.replace(target)
                break
            except FileNotFoundError:  # somebody removed the last file beside it, and the folder with it
                if not patience or not draft.exists():
                    raise
        with suppress(FileNotFoundError):  # or this one already
            _sync(target.parent)

    def _make(self, folder: Path) -> None:
        if folder == self.root or folder.is_dir():
            return
        self._make(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _sync(folder.parent)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        if self.size(key) is None:
            raise NotStoredError(key)
        yield self.root / key

    def delete(self, *keys: str) -> None:
        paths = [self.root / _checked(key) for key in keys]
        with self._heard():
            for path in paths:
                try:
                    path.unlink()
                except FileNotFoundError as error:
                    if not self._is_there(error):
                        raise
            for folder in {path.parent for path in paths}:
                with suppress(FileNotFoundError):
                    _sync(folder)  # bytes whose row is gone must not come back with the power
                self._prune(folder)

    def _prune(self, folder: Path) -> None:
        with suppress(OSError):  # as a rule something lies in it
            while self.root not in (folder, folder.parent):
                folder.rmdir()
                folder = folder.parent

    def listed(self, prefix: str) -> Iterator[Stored]:
        with self._heard():
            self.root.stat()  # without it there would merely be nothing to list
        yield from super().listed(prefix)

    def _is_there(self, error: Exception) -> bool:
        return self.root.is_dir()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketStorage(Storage):
    """Objects of a bucket, below a prefix. Who may use it is said as to every AWS tool, in the environment."""

    def __init__(self, address: SplitResult, incoming: Path) -> None:
        super().__init__()
        self.address = address
        self.incoming = incoming
        """Where copies lie for as long as they are needed; the library sweeps it."""
        with suppress(OSError):
            incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __str__(self) -> str:
        return f"s3://{self.address.netloc}{self.address.path}"

    @cached_property
    def store(self) -> "S3Store":
        return self._opened(REQUEST_SECONDS, RETRIES)

    @cached_property
    def hasty(self) -> "S3Store":
        """For checks: whoever asks after the house must not have to wait for a bucket that does not answer."""
        return self._opened(CHECK_SECONDS, 0)

    def _opened(self, seconds: float, retries: int) -> "S3Store":
        from obstore.store import S3Store  # noqa: PLC0415  it takes a while to import

        said = dict(parse_qsl(self.address.query))
        return S3Store(
            self.address.netloc,
            prefix=self.address.path.strip("/") or None,
            config=cast("S3Config", {name: said[name] for name in ("endpoint", "region") if name in said}),
            client_options={
                "allow_http": "allow_http" in said,
                "connect_timeout": timedelta(seconds=min(seconds, CONNECT_SECONDS)),
                "timeout": timedelta(seconds=seconds),
            },
            retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=seconds / 2)},
        )

    def put(self, key: str, source: Path | bytes) -> None:
        if isinstance(source, Path):
            source.stat()  # one that is not there is the caller's mistake, not the bucket's
        with self._heard():
            self.store.put(_checked(key), source, max_concurrency=PARTS)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with ExitStack() as stack:
            with self._heard():
                copy = stack.enter_context(NamedTemporaryFile(dir=self.incoming))
                with closing(self.read(key)) as chunks:
                    copy.writelines(chunks)
                copy.flush()
            yield Path(copy.name)

    def delete(self, *keys: str) -> None:
        with self._heard():
            self.store.delete([_checked(key) for key in keys])

    def _probe(self, key: str) -> None:
        with self._heard():
            self.hasty.put(key, key.encode())
            self.hasty.get(key).bytes()
            self.hasty.delete(key)
