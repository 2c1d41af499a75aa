"""Shared caches in front of the house are told what has changed, soon after it did.

One POST for up to thirty tags, as `Surrogate-Key` (Fastly; Varnish with xkey), as `Cache-Tag`,
and in a JSON body `{"tags": […]}` (Cloudflare). A cache that does not answer is asked again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson
from flask import current_app

from nejat_cms.delivery.queries.editions import house_version
from nejat_cms.events import Event, later
from nejat_cms.http.tags import tag_headers
from nejat_cms.settings import Settings

SETTLED = 1.5
"""Seconds after which every node answers with what was committed: a cache that asks again gets the new."""
AT_ONCE = 30
PATIENCE = 2.0
"""Seconds that a cache has for its answer."""


class ReplicaBehindError(Exception):
    """Where the public reads, this change has not arrived yet."""


class _NoRedirects(HTTPRedirectHandler):
    """The header that proves who asks is for no other host."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = build_opener(_NoRedirects)


@dataclass(frozen=True)
class AnswersChanged(Event):
    """What readers are told under these tags is different now."""

    tags: tuple[str, ...]
    version: int
    """Of the house, from when on they are."""


@later(AnswersChanged, after=SETTLED, outside=True)
def purge(event: AnswersChanged) -> None:
    """Have a shared cache drop what has one of these tags.

    Raises: ReplicaBehindError while it would only be told the old again; urllib.error.URLError where it cannot be
    told, or will not have it; a redirect is no yes.
    """
    if house_version() < event.version:
        raise ReplicaBehindError
    for request in purge_requests(event.tags, current_app.config["SETTINGS"]):
        with _opener.open(request, timeout=PATIENCE):
            pass


def purge_requests(tags: tuple[str, ...], settings: Settings) -> Iterator[Request]:
    """One request for every thirty tags."""
    name, _, secret = settings.purge_header.partition(":")
    for start in range(0, len(tags), AT_ONCE):
        some = tags[start : start + AT_ONCE]
        request = Request(settings.purge_url, orjson.dumps({"tags": some}), method="POST")  # noqa: S310
        for header in (("Content-Type", "application/json"), *tag_headers(some)):
            request.add_header(*header)
        if name:
            request.add_header(name.strip(), secret.strip())
        yield request
