"""What readers' frontends call, without a token: lists, documents, terms, archive, changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request
from flask_babel import lazy_gettext as _

from nejat_cms.delivery import queries
from nejat_cms.delivery.params import (
    BODY,
    CALENDAR,
    FALLBACK,
    FIELDS,
    LISTED_FIELDS,
    LISTING,
    LOCALE,
    SINCE,
    check_editions,
    fallback_of,
    listing_of,
)
from nejat_cms.delivery.queries import DocumentRow, EditionRow, Listing, MovedError, TermRow
from nejat_cms.delivery.rules import iri_to_uri
from nejat_cms.delivery.schemas import (
    ArchiveBody,
    ChangeBody,
    DocumentBody,
    EditionItem,
    PublicEdition,
    PublicTerm,
    SummaryBody,
)
from nejat_cms.errors import GoneError, InvalidError, NotFoundError, Problem
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import CURSOR, LIMIT
from nejat_cms.http.routing import Call, Routes
from nejat_cms.language.calendars import InvalidDateError, month_name, period_bounds, to_calendar
from nejat_cms.language.tags import lookup
from nejat_cms.language.zones import to_rfc3339
from nejat_cms.paging import Page, Position

routes = Routes("Public", signed_in=False)
FRESH = "public, max-age=10, stale-while-revalidate=60"
MOVED_FOR = "public, max-age=300"


def public_response(
    body: bytes,
    *,
    locale: str | None = None,
    seq: int | None = None,
    links: Mapping[str, str] | None = None,
    link: str = "",
    vary: str = "",
) -> Response:
    """Ready bytes with everything a cache and a reader need; the ETag is a digest of the bytes."""
    response = Response(body, content_type="application/json")
    headers = response.headers
    headers["ETag"] = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers["Cache-Control"] = FRESH
    if locale:
        headers["Content-Language"] = locale
    if seq is not None:
        headers["X-Content-Version"] = str(seq)
    parts = [f'<{reference}>; rel="{rel}"' for rel, reference in (links or {}).items()]
    if link or parts:
        headers["Link"] = ", ".join([part for part in (link, *parts) if part])
    if vary:
        headers["Vary"] = vary
    return response


def moved_response(moved: MovedError, locale: str | None = None) -> Response:
    """A 301 to where it lives now."""
    response = Response(orjson.dumps({"data": moved.data}), 301, content_type="application/json")
    response.headers["Location"] = iri_to_uri(moved.location)
    response.headers["Cache-Control"] = MOVED_FOR
    if locale:
        response.headers["Content-Language"] = locale
    return response


def _envelope(data: bytes, meta: Mapping[str, Any] | None = None, links: Mapping[str, Any] | None = None) -> bytes:
    parts = [b'{"data":', data]
    for name, value in ((b"meta", meta), (b"links", links)):
        if value:
            parts += [b',"', name, b'":', orjson.dumps(value)]
    return b"".join((*parts, b"}"))


def _editions() -> dict[str, EditionRow]:
    return {edition.locale: edition for edition in queries.list_editions()}


def _edition(locale: str, editions: Mapping[str, EditionRow]) -> EditionRow:
    if locale not in editions:
        raise NotFoundError
    return editions[locale]


# Editions -------------------------------------------------------------------------------------

ITEM = (
    "locale", "dir", "script", "name", "names", "calendar", "numbering", "timezone", "url", "title", "tagline",
    "is_default",
)  # fmt: skip


def _edition_item(edition: EditionRow, editions: Mapping[str, EditionRow], counts: Mapping[str, int]) -> dict[str, Any]:
    item = {name: edition.facts[name] for name in ITEM}
    names = {locale: name for locale, name in edition.facts["names"].items() if locale in editions}
    return item | {"names": names, "articles": counts.get(edition.locale, 0)}


@routes.get("/editions", answer=EditionItem, many=True)
def list_editions(call: Call) -> Response:
    """Every edition, in the order of the house."""
    editions, counts = _editions(), queries.count_articles()
    data = [_edition_item(edition, editions, counts) for edition in editions.values()]
    seq = max((edition.seq for edition in editions.values()), default=0)
    return public_response(_envelope(orjson.dumps(data)), locale=", ".join(editions), seq=seq)


@routes.get("/editions/<locale:locale>", answer=PublicEdition)
def get_edition(call: Call, locale: str) -> Response:
    """One edition: its front page, sections, profiles, and the other editions' home addresses."""
    editions = _editions()
    edition = _edition(locale, editions)
    sections = _tree(queries.list_sections(edition))
    data = _edition_item(edition, editions, queries.count_articles()) | {
        "home": _home(edition, sections),
        "sections": sections,
        "social": edition.facts["social"],
        "copyright": edition.facts["copyright"],
        "counterparts": [
            {name: other.facts[name] for name in ("locale", "dir", "name", "title", "url")}
            for other in editions.values()
            if other.locale != locale
        ],
    }
    return public_response(_envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


FEATURED, RECENT, OF_EACH_SECTION = 5, 10, 4


def _home(edition: EditionRow, tree: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    newest = queries.list_newest_by_section(edition, each=OF_EACH_SECTION)
    return {
        "featured": _listed(queries.list_documents(edition, Listing(featured=True), limit=FEATURED).rows),
        "recent": _listed(queries.list_documents(edition, Listing(), limit=RECENT).rows),
        "sections": [
            {"slug": top["slug"], "name": top["name"], "articles": _listed(newest.get(top["slug"], ()))} for top in tree
        ],
    }


def _listed(rows: Iterable[DocumentRow]) -> list[orjson.Fragment]:
    return [orjson.Fragment(row.json()) for row in rows]


# Articles -------------------------------------------------------------------------------------


@routes.get("/<locale:locale>/articles", answer=SummaryBody, many=True, query=LISTING)
def list_articles(call: Call, locale: str) -> Response:
    """What an edition published, newest first, by any filter."""
    editions = _editions()
    edition = _edition(locale, editions)
    query = call.query
    wanted = listing_of(edition, query, editions)
    position = read_cursor_param(query["cursor"])
    alone = set(query["fields"]) - LISTED_FIELDS
    body = ("html",) if "body" in alone else ()
    try:
        page = queries.list_documents(
            edition, wanted, position=position, limit=query["limit"], alone=bool(alone), body=body
        )
        meta = {"total": queries.count_documents(edition, wanted)} if query["total"] else None
    except InvalidDateError as error:
        raise _no_such_date() from error
    items = [_narrowed(row, query["fields"], body) for row in page.rows]
    links = page_links(page)
    return public_response(
        _envelope(b"[" + b",".join(items) + b"]", meta, links), locale=locale, seq=edition.seq, links=links
    )


def _no_such_date() -> InvalidError:
    return InvalidError(Problem("invalid", _("There is no such date in this calendar."), parameter="year"))


def _narrowed(row: DocumentRow, fields: Sequence[str], body: Sequence[str]) -> bytes:
    """A document's JSON, of which only `fields` are kept if any are named."""
    json = row.json(body)
    if not fields:
        return json
    whole = orjson.loads(json)
    return orjson.dumps({name: whole[name] for name in fields})


def _forms(query: Mapping[str, Any]) -> Sequence[str]:
    """The forms of the body that one article is asked for with."""
    return query["body"] if not query["fields"] or "body" in query["fields"] else ()


@routes.get(
    "/<locale:locale>/articles/<slug>",
    answer=DocumentBody,
    query=(FALLBACK, BODY, FIELDS),
    errors=[NotFoundError, GoneError],
)
def get_article(call: Call, locale: str, slug: str) -> Response:
    """One article by its slug. A former slug leads (301) to the present one; a withdrawn article is 410.

    With `fallback`, what the edition's lists show with it is found here under the same slug.
    """
    query = call.query
    edition, meta = queries.get_edition(locale), None
    editions = {locale: edition} if query["fallback"] == FALLBACK.default else _editions()
    try:
        row = queries.get_document(edition, slug, fallback_of(edition, query, editions), body=_forms(query))
    except MovedError as moved:
        return moved_response(moved, locale)
    served = row.locale
    if query["fallback"] != FALLBACK.default:
        meta = {"locale": {"requested": locale, "served": served, "fallback": served != locale}}
    data = _narrowed(row, query["fields"], row.forms)
    return public_response(_envelope(data, meta), locale=served, seq=editions[served].seq, link=row.link)


@routes.get(
    "/articles/<uuid:article_id>",
    answer=DocumentBody,
    query=(LOCALE, FALLBACK, BODY, FIELDS),
    errors=[NotFoundError, GoneError],
)
def get_article_by_id(call: Call, article_id: UUID) -> Response:
    """One article by its id, in the edition asked for, negotiated, or fallen back to."""
    editions, query = _editions(), call.query
    if not editions:
        raise NotFoundError
    published = queries.published_locales(article_id)
    live = [locale for locale, state in published.items() if state == "live"]
    vary = "" if query["locale"] else "Accept-Language"
    if query["locale"]:
        check_editions("locale", (query["locale"],), editions)
        requested = query["locale"]
    else:
        requested = lookup(request.headers.get("Accept-Language", ""), live) or _default(editions)
    served = next(
        (step for step in (requested, *fallback_of(editions[requested], query, editions)) if step in live), None
    )
    if served is None:
        return _not_served(article_id, requested, published, live, vary)
    row = queries.get_document_of(article_id, served, body=_forms(query))
    meta = {"locale": {"requested": requested, "served": served, "fallback": served != requested}}
    data = _narrowed(row, query["fields"], row.forms)
    return public_response(_envelope(data, meta), locale=served, seq=editions[served].seq, link=row.link, vary=vary)


def _default(editions: Mapping[str, EditionRow]) -> str:
    return next((e.locale for e in editions.values() if e.facts["is_default"]), next(iter(editions)))


def _not_served(
    article_id: UUID, requested: str, published: Mapping[str, str], live: Sequence[str], vary: str
) -> Response:
    """A joined article's id leads on; what was withdrawn is gone; what is elsewhere is said to be."""
    joined = queries.joined_article(article_id)
    if joined is not None and "live" in queries.published_locales(joined).values():
        location = f"/v1/articles/{joined}"
        query = request.query_string.decode("ascii", "ignore")
        return moved_response(MovedError(f"{location}?{query}" if query else location, {"id": str(joined)}))
    if published.get(requested) == "withdrawn" or (published and not live):
        raise GoneError
    raise NotFoundError(**({"available": list(live)} if live else {}))


# Sections, tags, people -----------------------------------------------------------------------


def _term_body(term: TermRow, children: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    body = {
        "slug": term.slug,
        "name": term.name,
        "description": term.description,
        "count": term.count,
        "translations": term.translations,
    }
    return body if children is None else body | {"children": children}


def _tree(sections: Sequence[TermRow]) -> list[dict[str, Any]]:
    """Sections nested, each below the nearest one that has a name in this edition."""
    present = {section.id for section in sections}
    below: dict[UUID | None, list[TermRow]] = defaultdict(list)
    for section in sections:
        below[section.parent_id if section.parent_id in present else None].append(section)

    def grow(parent: UUID | None) -> list[dict[str, Any]]:
        return [_term_body(section, grow(section.id)) for section in below[parent]]

    return grow(None)


def _find(tree: Iterable[dict[str, Any]], slug: str) -> dict[str, Any]:
    for node in tree:
        if node["slug"] == slug:
            return node
        found = _find(node["children"], slug)
        if found:
            return found
    return {}


@routes.get("/<locale:locale>/sections", answer=PublicTerm, many=True)
def list_sections(call: Call, locale: str) -> Response:
    """The edition's sections as a tree, in the order of the house."""
    edition = queries.get_edition(locale)
    data = _tree(queries.list_sections(edition))
    return public_response(_envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


@routes.get("/<locale:locale>/sections/<slug>", answer=PublicTerm)
def get_section(call: Call, locale: str, slug: str) -> Response:
    """One section with everything below it."""
    edition = queries.get_edition(locale)
    try:
        term = queries.get_term(edition, "section", slug)
    except MovedError as moved:
        return moved_response(moved, locale)
    data = _find(_tree(queries.list_sections(edition)), term.slug)
    return public_response(_envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


@routes.get("/<locale:locale>/tags", answer=PublicTerm, many=True, query=(LIMIT, CURSOR))
def list_tags(call: Call, locale: str) -> Response:
    """The tags that published articles carry, in the order of the edition's alphabet."""
    return _term_list(call, locale, "tag")


@routes.get("/<locale:locale>/tags/<slug>", answer=PublicTerm)
def get_tag(call: Call, locale: str, slug: str) -> Response:
    """One tag that published articles carry."""
    return _one_term(locale, "tag", slug)


@routes.get("/<locale:locale>/people", answer=PublicTerm, many=True, query=(LIMIT, CURSOR))
def list_people(call: Call, locale: str) -> Response:
    """The people behind the bylines, in the order of the edition's alphabet."""
    return _term_list(call, locale, "person")


@routes.get("/<locale:locale>/people/<slug>", answer=PublicTerm)
def get_person(call: Call, locale: str, slug: str) -> Response:
    """One person behind the bylines."""
    return _one_term(locale, "person", slug)


def _term_list(call: Call, locale: str, type_: str) -> Response:
    edition = queries.get_edition(locale)
    position = read_cursor_param(call.query["cursor"])
    page: Page[TermRow] = queries.list_terms(edition, type_, position=position, limit=call.query["limit"])
    links = page_links(page)
    data = orjson.dumps([_term_body(term) for term in page.rows])
    return public_response(_envelope(data, None, links), locale=locale, seq=edition.seq, links=links)


def _one_term(locale: str, type_: str, slug: str) -> Response:
    edition = queries.get_edition(locale)
    try:
        term = queries.get_term(edition, type_, slug)
    except MovedError as moved:
        return moved_response(moved, locale)
    return public_response(_envelope(orjson.dumps(_term_body(term))), locale=locale, seq=edition.seq)


# Archive and changes --------------------------------------------------------------------------


@routes.get("/<locale:locale>/archive", answer=ArchiveBody, query=(CALENDAR,))
def get_archive(call: Call, locale: str) -> Response:
    """How much was published in each year and month, in the edition's calendar or another."""
    edition = queries.get_edition(locale)
    calendar = call.query["calendar"] or edition.facts["calendar"]
    months: dict[int, dict[int, int]] = {}
    for day, count in queries.count_by_day(edition):
        year, month, _day = to_calendar(day, calendar)
        in_year = months.setdefault(year, {})
        in_year[month] = in_year.get(month, 0) + count
    years = [
        {
            "year": year,
            "count": sum(counts.values()),
            "months": [_month(edition, calendar, year, month, counts[month]) for month in counts],
        }
        for year, counts in months.items()
    ]
    data = {"calendar": calendar, "years": years}
    return public_response(_envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


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
def list_changes(call: Call, locale: str) -> Response:
    """What was published, updated, moved or withdrawn since an earlier answer, in commit order.

    Follow `links.next` to the last page, then ask again with its `meta.since`. Without `since`:
    everything that is live. Each article comes once, in its newest state.
    """
    edition = queries.get_edition(locale)
    since = _since(call.query["since"], edition)
    position = read_cursor_param(call.query["cursor"])
    after, until = (int(step) for step in position.key) if position else (since or 0, edition.seq)
    limit = call.query["limit"]
    rows = queries.list_changes(edition, after=after, until=until, live_only=since is None, limit=limit)
    more, rows = len(rows) > limit, rows[:limit]
    links = page_links(Page(rows, Position([rows[-1].seq, until]) if more else None, None))
    items = [_change(row, edition, since) for row in rows]
    meta = {"since": str(until)} if since is None or not more else None
    body = _envelope(orjson.dumps(items), meta, links)
    return public_response(body, locale=locale, seq=edition.seq, links=links)


def _since(text: str | None, edition: EditionRow) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= edition.seq):
        raise InvalidError(
            Problem("unknown_since", _("This position was not issued by this server."), parameter="since")
        )
    return int(text)


def _change(row: queries.ChangeRow, edition: EditionRow, since: int | None) -> dict[str, Any]:
    change: dict[str, Any] = {
        "type": "published" if since is None else row.type,
        "id": str(row.article_id),
        "slug": row.slug,
        "url": f"{edition.facts['url']}/{row.slug}",
        "at": to_rfc3339(queries.from_microseconds(row.at_us)),
    }
    if since is not None and row.moved_since(since):
        change |= {"type": "moved", "moved_from": row.moved_from}
    return change
