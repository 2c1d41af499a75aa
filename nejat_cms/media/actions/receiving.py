"""A file that came: examined and its bytes kept, before the transaction that gives it a place begins.

    incoming file ─▶ examined ─▶ stripped ─▶ row of the blob ─▶ bytes in the store ─▶ (the action) row of the asset

Whatever stops in between leaves bytes that belong to nobody, and they are collected after a day.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _

from nejat_cms.db import atomic, db, lock, utc_now
from nejat_cms.errors import UnavailableError
from nejat_cms.language.clean import clean_text
from nejat_cms.media.models import Blob
from nejat_cms.media.processing import Facts, workshop
from nejat_cms.media.rules.types import FILE_TYPES, SVG
from nejat_cms.storage import storage

NAME_MAX = 200
SHARDED = re.compile(r"\w+/[0-9a-f]{2}/[0-9a-f]+")
"""How the library's own keys begin: whatever else lies about is none of ours."""


@dataclass(frozen=True)
class Received:
    """A file whose bytes are kept."""

    sha256: str
    size: int
    type: str
    name: str


def blob_key(sha256: str) -> str:
    """Where the bytes are."""
    return f"blobs/{sha256[:2]}/{sha256}"


def renditions_prefix(sha256: str) -> str:
    """Below which lies what was made from them."""
    return f"renditions/{sha256[:2]}/{sha256}"


@contextmanager
def incoming() -> Iterator[Path]:
    """A place for a file on its way, gone in the end.

    Raises: UnavailableError where the disk is full.
    """
    folder: Path = current_app.config["SETTINGS"].data_dir / "incoming"
    path = folder / secrets.token_hex(16)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield path
    except OSError as error:
        raise UnavailableError from error
    finally:
        path.unlink(missing_ok=True)


def receive(path: Path, name: str) -> Received:
    """Find out what a file is and keep its bytes; `name` is what somebody called it.

    Of a picture only renditions are given out. Whatever else comes is kept as it may be given out, and what is known
    of it is found in that.

    Raises: UnsupportedFileError, InvalidFileError, UnavailableError.
    """
    svg = current_app.config["SETTINGS"].allow_svg == "yes"
    facts = workshop().examine(path, svg=svg)
    if FILE_TYPES[facts.mime].group == "image" and facts.mime != SVG:
        return _keep(path, facts, name)
    with incoming() as stripped:
        workshop().strip(path, stripped)
        return _keep(stripped, workshop().examine(stripped, svg=svg), name)


def _keep(path: Path, facts: Facts, name: str) -> Received:
    with path.open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    _promise(sha256, size, facts)
    key = blob_key(sha256)
    if storage().size(key) != size:
        storage().put(key, path)
    return Received(sha256, size, FILE_TYPES[facts.mime].group, clean_name(name))


@atomic
def _promise(sha256: str, size: int, facts: Facts) -> None:
    """The row of bytes that are about to be written; one that was there is not collected meanwhile."""
    blob = lock(Blob, sha256)
    if blob is not None and blob.going:
        raise UnavailableError(_("These very bytes are being removed. Try again shortly."))
    if blob is None:
        db.session.add(Blob(sha256=sha256, size=size, **asdict(facts)))
    else:
        blob.touched_at = utc_now()


def clean_name(name: str) -> str:
    """The name of a file as the newsroom sees it: its last part, one line, not too long."""
    last = clean_text(name.replace("\0", "")).replace("\\", "/").rpartition("/")[2].strip()
    stem, dot, end = last[-NAME_MAX:].rpartition(".")
    return (f"{stem}{dot}{end}" if stem else last[-NAME_MAX:]) or "file"
