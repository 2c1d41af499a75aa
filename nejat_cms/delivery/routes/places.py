"""What an address leads to: for frontends that were given one and for whoever follows an old link."""

import orjson
from flask_babel import lazy_gettext as _

from nejat_cms.delivery.params import ADDRESS
from nejat_cms.delivery.queries import places
from nejat_cms.delivery.queries.editions import enabled_editions
from nejat_cms.delivery.queries.places import Found
from nejat_cms.delivery.routes.responses import envelope, public_response
from nejat_cms.delivery.schemas.discovery import PlaceBody
from nejat_cms.errors import InvalidError, NotFoundError, Problem
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.routing import Call, Routes
from nejat_cms.http.tags import HOUSE
from nejat_cms.urls import place_of

routes = Routes("Public", signed_in=False, kept=True)


@routes.get("/resolve", answer=PlaceBody, query=(ADDRESS,), errors=[NotFoundError])
def resolve_address(call: Call) -> ReadyResponse:
    """What an address of any edition's site leads to, and where its counterparts in the other editions are.

    An absolute address or a path, percent-encoded or not, with or without a slash at the end. `status` says
    how a site answers there: 200; 301, and `location` where to; 410 for what was withdrawn. `slug` is empty for a front
    page, and for the archive as a whole.
    """
    url = call.query["url"]
    place = place_of(url)
    if place is None:
        raise InvalidError(Problem("invalid_url", _("Must be an http address or a path."), parameter="url"))
    editions = enabled_editions()
    found = places.find_place(place, editions)
    if found is None:
        raise NotFoundError
    counterparts = places.counterparts_of(found, editions)
    data = _described(found) | {
        "counterparts": {locale: {"url": one.url, "reason": one.reason} for locale, one in counterparts.items()}
    }
    seq = max(edition.seq for edition in editions.values())
    return public_response(envelope(orjson.dumps(data)), locale=found.edition.locale, seq=seq, tags=[HOUSE])


def _described(found: Found) -> dict[str, object]:
    described: dict[str, object] = {
        "type": found.type,
        "locale": found.edition.locale,
        "id": found.id and str(found.id),
        "slug": found.slug,
        "status": found.status,
    }
    return described | ({"location": found.url} if found.status == 301 else {})
