"""How a file comes in with a request: multipart, the one field `file`, written to disk as it comes."""

import os
from itertools import chain, repeat
from pathlib import Path

from flask import Request, current_app
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from nejat_cms.db import end_reading
from nejat_cms.errors import (
    ForbiddenError,
    InvalidError,
    MalformedError,
    Problem,
    TooLargeError,
    UnsupportedMediaTypeError,
    pointer,
)
from nejat_cms.media.actions.receiving import Received, incoming, receive
from nejat_cms.media.queries import read_asset
from nejat_cms.permissions import Actor, Permission, may

FIELD = "file"
MOST_PARTS = 10
BESIDE = 64 * 1024
"""Bytes that everything in a body but the file may take."""


def largest_file() -> int:
    """Bytes that a file may have."""
    return int(current_app.config["SETTINGS"].upload_mb) * 2**20


def receive_file(actor: Actor, asked: Request) -> Received:
    """The file of a multipart body, examined and kept. Who may add none has none read.

    Raises: ForbiddenError, UnsupportedMediaTypeError, MalformedError, TooLargeError, InvalidError, and what
    `receive` raises.
    """
    if not may(actor, Permission.ADD_ASSET):
        raise ForbiddenError
    asset_id = (asked.view_args or {}).get("asset_id")
    if asset_id is not None:
        read_asset(actor, asset_id)
        end_reading()
    if asked.mimetype != "multipart/form-data":
        raise UnsupportedMediaTypeError(_("Send the file as “multipart/form-data”, in the field “file”."))
    with incoming() as path:
        name = _write(asked, path)
        size = path.stat().st_size
        if size > largest_file():
            raise TooLargeError
        return receive(path, name)


def _write(asked: Request, path: Path) -> str:
    """Write the one file to its place; what it was called. A second file goes nowhere, and is refused afterwards."""
    asked.max_content_length = largest_file() + BESIDE
    with path.open("wb") as place, Path(os.devnull).open("wb") as nowhere:
        places = chain([place], repeat(nowhere))
        parser = FormDataParser(
            stream_factory=lambda *_sizes, **_names: next(places),
            max_form_memory_size=2 * BESIDE,  # a piece of 64 KB of the file, and what is kept of the one before it
            max_content_length=asked.max_content_length,
            max_form_parts=MOST_PARTS,
            silent=False,
        )
        try:
            _stream, form, files = parser.parse(
                asked.stream, asked.mimetype, asked.content_length, asked.mimetype_params
            )
        except RequestEntityTooLarge as error:
            raise TooLargeError from error
        except ValueError as error:
            raise MalformedError(_("The multipart body is not well-formed.")) from error
    unknown = [name for name in (*form, *files) if name != FIELD or name in form]
    problems = [Problem("unknown_field", _("There is no such field here."), pointer(name)) for name in unknown]
    sent = files.getlist(FIELD)
    if not sent:
        problems.append(Problem("required", _("This field is required."), pointer(FIELD)))
    if len(sent) > 1:
        problems.append(Problem("repeated", _("May be given only once."), pointer(FIELD)))
    if problems:
        raise InvalidError(problems)
    return sent[0].filename or ""
