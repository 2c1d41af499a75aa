"""Cursors: a `Position` in a list, signed and opaque, good for the query it was made for and no other."""

from collections.abc import Mapping
from hashlib import blake2b, sha256
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import current_app, request
from flask_babel import lazy_gettext as _
from itsdangerous import BadData, URLSafeSerializer

from nejat_cms.errors import InvalidError, Problem
from nejat_cms.paging import Page, Position


class _Orjson:
    """What itsdangerous asks of a serialiser."""

    dumps = staticmethod(lambda value: orjson.dumps(value).decode())
    loads = staticmethod(orjson.loads)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt="cursor",
        serializer=_Orjson,
        signer_kwargs={"digest_method": sha256},
    )


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
    signer = _signer()
    try:
        mark, key, backward = said = signer.loads(text)
    except (BadData, ValueError, TypeError):
        mark = said = None
    # Base64 leaves bits of its last letter unused: a cursor has one spelling, the one that was handed out.
    if mark != _query_mark() or signer.dumps(said) != text:
        raise InvalidError(Problem("invalid_cursor", _("This cursor was not made for this query."), parameter="cursor"))
    return Position(key, backward)


def page_links(page: Page[Any]) -> dict[str, str]:
    """References, beginning with `/v1`, to the neighbours of a page of this very query."""
    neighbours = {"next": page.next, "prev": page.prev}
    return {rel: _page_link(position) for rel, position in neighbours.items() if position is not None}


def _page_link(position: Position) -> str:
    cursor = _signer().dumps([_query_mark(), position.key, position.backward])
    arguments: Mapping[str, Any] = request.args.to_dict() | {"cursor": cursor}
    return f"{quote(request.path)}?{urlencode(arguments)}"
