"""What every public answer is made of: ready bytes, and the headers a cache and a reader need."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from flask_babel import lazy_gettext as _
from werkzeug.http import http_date

from nejat_cms.delivery.queries.documents import DocumentRow
from nejat_cms.delivery.queries.editions import MovedError
from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.errors import InvalidError, Problem
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.tags import HOUSE, article_tag, details_tag, edition_tag, tag_headers

FRESH = "public, max-age=10, stale-while-revalidate=60"
MOVED_FOR = "public, max-age=300"
SETTLED = timedelta(minutes=1)
"""Longer than a transaction lasts. Within it another change of the same second, or of an earlier one, may commit."""


def public_response(
    body: bytes,
    *,
    locale: str | None = None,
    seq: int | None = None,
    links: Mapping[str, str] | None = None,
    link: str = "",
    vary: str = "",
    tags: Sequence[str] = (),
    content_type: str = "application/json",
    changed: datetime | None = None,
    kept: str = FRESH,
) -> ReadyResponse:
    """Ready bytes with everything a cache and a reader need; the ETag is a digest of the bytes.

    `tags`: what it is made from; by default the edition, or several. `changed`, for readers that know no ETags:
    when anything it is made from last changed. It is said once nothing can have changed before it any more.
    `kept`: for how long it may be shown again, `Cache-Control`.
    """
    headers = [
        ("Content-Type", content_type),
        ("ETag", f'W/"{sha256(body, usedforsecurity=False).hexdigest()[:24]}"'),  # processors have it built in
        ("Cache-Control", kept),
        *tag_headers(tags or [edition_tag(locale) if locale else HOUSE]),
    ]
    if locale:
        headers.append(("Content-Language", locale))
    if seq is not None:
        headers.append(("X-Content-Version", str(seq)))
    if links:
        link = ", ".join(filter(None, (link, *(f'<{reference}>; rel="{rel}"' for rel, reference in links.items()))))
    if link:
        headers.append(("Link", link))
    if vary:
        headers.append(("Vary", vary))
    if changed is not None and changed < datetime.now(UTC) - SETTLED:
        headers.append(("Last-Modified", http_date(changed)))
    return ReadyResponse(body, headers)


def tags_of(row: DocumentRow) -> list[str]:
    """The tags of an article alone."""
    return [article_tag(row.article_id), details_tag(row.locale)]


def moved_response(moved: MovedError, locale: str | None = None) -> ReadyResponse:
    """A 301 to where it lives now."""
    headers = [
        ("Content-Type", "application/json"),
        ("Location", iri_to_uri(moved.location)),
        ("Cache-Control", MOVED_FOR),
        *tag_headers([HOUSE]),
    ]
    if locale:
        headers.append(("Content-Language", locale))
    return ReadyResponse(orjson.dumps({"data": moved.data}), headers, 301)


def envelope(data: bytes, meta: Mapping[str, Any] | None = None, links: Mapping[str, Any] | None = None) -> bytes:
    parts = [b'{"data":', data]
    for name, value in ((b"meta", meta), (b"links", links)):
        if value:
            parts += [b',"', name, b'":', orjson.dumps(value)]
    return b"".join((*parts, b"}"))


def narrowed(row: DocumentRow, fields: Sequence[str], body: Sequence[str]) -> bytes:
    """A document's JSON, of which only `fields` are kept if any are named."""
    json = row.json(body)
    if not fields:
        return json
    whole = orjson.loads(json)
    return orjson.dumps({name: whole[name] for name in fields})


def no_such_date() -> InvalidError:
    """What a list answers that is asked for a year or month its calendar does not have."""
    return InvalidError(Problem("invalid", _("There is no such date in this calendar."), parameter="year"))
