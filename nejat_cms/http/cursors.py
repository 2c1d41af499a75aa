"""Cursors: a `Position` in a list, signed and opaque, good for the query it was made for and no other."""

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import current_app, request
from flask_babel import lazy_gettext as _
from itsdangerous import BadData
from itsdangerous.encoding import base64_decode, base64_encode

from nejat_cms.errors import InvalidError, Problem
from nejat_cms.paging import Page, Position

SEAL = 16
"""Bytes of a cursor's signature."""


@lru_cache(maxsize=1)
def _key(secret: str) -> bytes:
    return blake2b(secret.encode(), person=b"cursor").digest()


def _seal(said: bytes) -> bytes:
    return hmac.digest(_key(current_app.config["SECRET_KEY"]), said, "sha256")[:SEAL]


def _signed(position: Position) -> str:
    said = orjson.dumps([_query_mark(), position.key, position.backward])
    return base64_encode(_seal(said) + said).decode()


def _query_mark() -> str:
    """Stands for the query a cursor belongs to: its path and every parameter but the page's own."""
    asked = sorted((name, value) for name, value in request.args.items() if name not in ("cursor", "limit"))
    return blake2b(orjson.dumps([request.path, asked]), digest_size=8).hexdigest()


def read_cursor_param(text: str | None) -> Position | None:
    """The position a client's cursor stands for.

    Raises: InvalidError for one that was altered, or made for another query.
    """
    if text is None:
        return None
    try:
        sealed = base64_decode(text)
        seal, said = sealed[:SEAL], sealed[SEAL:]
        mark, key, backward = orjson.loads(said if hmac.compare_digest(seal, _seal(said)) else b"")
        position = Position(key, backward)
    except (BadData, ValueError, TypeError):
        mark = None
    # Base64 leaves bits of its last letter unused: a cursor has one spelling, the one that was handed out.
    if mark != _query_mark() or _signed(position) != text:
        raise InvalidError(Problem("invalid_cursor", _("This cursor was not made for this query."), parameter="cursor"))
    return position


def page_links(page: Page[Any]) -> dict[str, str]:
    """References, beginning with `/v1`, to the neighbours of a page of this very query."""
    neighbours = {"next": page.next, "prev": page.prev}
    return {rel: _page_link(position) for rel, position in neighbours.items() if position is not None}


def _page_link(position: Position) -> str:
    arguments: Mapping[str, Any] = request.args.to_dict() | {"cursor": _signed(position)}
    return f"{quote(request.path)}?{urlencode(arguments)}"
