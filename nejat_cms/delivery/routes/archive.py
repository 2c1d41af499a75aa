"""The archive by years and months, and the change feed."""

from typing import Any

import orjson
from flask_babel import lazy_gettext as _

from nejat_cms.delivery.params import CALENDAR, SINCE
from nejat_cms.delivery.queries import archive
from nejat_cms.delivery.queries.archive import ChangeRow
from nejat_cms.delivery.queries.editions import EditionRow, get_edition
from nejat_cms.delivery.routes.responses import envelope, public_response
from nejat_cms.delivery.schemas.discovery import ArchiveBody, ChangeBody
from nejat_cms.errors import InvalidError, Problem
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT
from nejat_cms.http.routing import Call, Routes
from nejat_cms.language.calendars import month_name, period_bounds
from nejat_cms.language.zones import from_microseconds, to_rfc3339
from nejat_cms.paging import Page, Position

routes = Routes("Public", signed_in=False, kept=True)


@routes.get("/<locale:locale>/archive", answer=ArchiveBody, query=(CALENDAR,))
def get_archive(call: Call, locale: str) -> ReadyResponse:
    """How much was published in each year and month, in the edition's calendar or another."""
    edition = get_edition(locale)
    calendar = call.query["calendar"] or edition.facts["calendar"]
    months: dict[int, dict[int, int]] = {}
    for year, month, count in archive.list_months(edition, calendar):
        months.setdefault(year, {})[month] = count
    years = [
        {
            "year": year,
            "count": sum(counts.values()),
            "months": [_month(edition, calendar, year, month, counts[month]) for month in counts],
        }
        for year, counts in months.items()
    ]
    data = {"calendar": calendar, "years": years}
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


def _month(edition: EditionRow, calendar: str, year: int, month: int, count: int) -> dict[str, Any]:
    start, end = period_bounds(calendar, year, month, edition.facts["timezone"])
    return {
        "month": month,
        "name": month_name(month, calendar=calendar, locale=edition.locale),
        "count": count,
        "from": to_rfc3339(start),
        "to": to_rfc3339(end),
    }


@routes.get("/<locale:locale>/changes", answer=ChangeBody, many=True, query=(SINCE, LIMIT, CURSOR))
def list_changes(call: Call, locale: str) -> ReadyResponse:
    """What was published, updated, moved or withdrawn since an earlier answer, in commit order.

    Follow `links.next` to the last page, then ask again with its `meta.since`. Without `since`:
    everything that is live. Each article comes once, in its newest state.
    """
    edition = get_edition(locale)
    since = _since(call.query["since"], edition)
    position = read_cursor_param(call.query["cursor"])
    after, until = (int(step) for step in position.key) if position else (since or 0, edition.seq)
    limit = call.query["limit"]
    rows = archive.list_changes(edition, after=after, until=until, live_only=since is None, limit=limit)
    more, rows = len(rows) > limit, rows[:limit]
    links = page_links(Page(rows, Position([rows[-1].seq, until]) if more else None, None))
    items = [_change(row, edition, since) for row in rows]
    meta = {"since": str(until)} if since is None or not more else None
    body = envelope(orjson.dumps(items), meta, links)
    return public_response(body, locale=locale, seq=edition.seq, links=links)


def _since(text: str | None, edition: EditionRow) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= edition.seq):
        raise InvalidError(
            Problem("unknown_since", _("This position was not issued by this server."), parameter="since")
        )
    return int(text)


def _change(row: ChangeRow, edition: EditionRow, since: int | None) -> dict[str, Any]:
    change: dict[str, Any] = {
        "type": "published" if since is None else row.type,
        "id": str(row.article_id),
        "slug": row.slug,
        "url": f"{edition.facts['url']}/{row.slug}",
        "at": to_rfc3339(from_microseconds(row.at_us)),
    }
    if since is not None and (known := row.moved_since(since)):
        change |= {"type": "moved", "moved_from": known}
    return change
