"""Articles: in lists by any filter, one by its slug, one by its id."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request

from nejat_cms.delivery.params import (
    BODY,
    FALLBACK,
    FIELDS,
    LISTED_FIELDS,
    LISTING,
    LOCALE,
    RELATED_LIMIT,
    check_editions,
    fallback_of,
    listing_of,
)
from nejat_cms.delivery.queries import documents, lists, related
from nejat_cms.delivery.queries.editions import (
    MovedError,
    default_locale,
    edition_among,
    enabled_editions,
    get_edition,
)
from nejat_cms.delivery.routes.responses import (
    envelope,
    moved_response,
    narrowed,
    no_such_date,
    public_response,
    tags_of,
)
from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.delivery.schemas.articles import DocumentBody, SummaryBody
from nejat_cms.errors import GoneError, NotFoundError
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.routing import Call, Routes, with_query
from nejat_cms.http.tags import edition_tag
from nejat_cms.language.calendars import InvalidDateError
from nejat_cms.language.tags import lookup

routes = Routes("Public", signed_in=False, kept=True)


@routes.get("/<locale:locale>/articles", answer=SummaryBody, many=True, query=LISTING)
def list_articles(call: Call, locale: str) -> ReadyResponse:
    """What an edition published, newest first, by any filter."""
    query = call.query
    others = query["fallback"] != FALLBACK.default or query["translated_in"] or query["not_translated_in"]
    editions = enabled_editions() if others else {locale: get_edition(locale)}
    edition = edition_among(locale, editions)
    wanted = listing_of(edition, query, editions)
    position = read_cursor_param(query["cursor"])
    alone = set(query["fields"]) - LISTED_FIELDS
    body = ("html",) if "body" in alone else ()
    try:
        page = lists.list_documents(
            edition, wanted, position=position, limit=query["limit"], alone=bool(alone), body=body
        )
        meta = {"total": lists.count_documents(edition, wanted)} if query["total"] else None
    except InvalidDateError as error:
        raise no_such_date() from error
    items = [narrowed(row, query["fields"], body) for row in page.rows]
    links = page_links(page)
    return public_response(
        envelope(b"[" + b",".join(items) + b"]", meta, links),
        locale=locale,
        seq=edition.seq,
        links=links,
        tags=[edition_tag(each) for each in (locale, *wanted.fallback)],
    )


def _moved(moved: MovedError, locale: str) -> ReadyResponse:
    """A 301, to another article with the query that asked for this one."""
    if moved.location.startswith("/v1/") and "/articles/" in moved.location:
        moved = MovedError(with_query(iri_to_uri(moved.location)), moved.data)
    return moved_response(moved, locale)


def _forms(query: Mapping[str, Any]) -> Sequence[str]:
    """The forms of the body that one article is asked for with."""
    return query["body"] if not query["fields"] or "body" in query["fields"] else ()


@routes.get(
    "/<locale:locale>/articles/<slug>",
    answer=DocumentBody,
    query=(FALLBACK, BODY, FIELDS),
    errors=[NotFoundError, GoneError],
)
def get_article(call: Call, locale: str, slug: str) -> ReadyResponse:
    """One article by its slug. A former slug leads (301) to the present one; a withdrawn article is 410.

    Where somebody has the address of a withdrawn article lead elsewhere, that is a 301 too: `Location` is where
    this API has what it leads to, or the address itself, and `url` is what a site sends its readers to.

    With `fallback`, what the edition's lists show with it is found here under the same slug.
    """
    query, meta = call.query, None
    steps: Sequence[str] = ()
    tags: list[str] = []
    if query["fallback"] != FALLBACK.default:
        editions = enabled_editions()
        steps = fallback_of(edition_among(locale, editions), query, editions)
        tags = [edition_tag(locale)]  # which may come to have an article of its own there
    try:
        row = documents.get_document(locale, slug, steps, body=_forms(query))
    except MovedError as moved:
        return _moved(moved, locale)
    if query["fallback"] != FALLBACK.default:
        meta = {"locale": {"requested": locale, "served": row.locale, "fallback": row.locale != locale}}
    data = narrowed(row, query["fields"], row.forms)
    return public_response(
        envelope(data, meta), locale=row.locale, seq=row.seq, link=row.link, tags=tags_of(row) + tags
    )


@routes.get(
    "/<locale:locale>/articles/<slug>/related",
    answer=SummaryBody,
    many=True,
    query=(RELATED_LIMIT,),
    errors=[NotFoundError, GoneError],
)
def list_related_articles(call: Call, locale: str, slug: str) -> ReadyResponse:
    """What else there is to read after an article: what its editors chose, then what is alike, no `page` among it.

    Chosen ones come in their order, as far as they are published in this edition. Then, of the newest forty under
    each of its tags and sections, those with the most in common: three points for a tag, one for a section; of
    equals the newer, then the one with the greater id. Where the article moved or went, this did too.
    """
    edition = get_edition(locale)
    try:
        rows = related.list_related(edition, slug, limit=call.query["limit"])
    except MovedError as moved:
        return _moved(moved, locale)
    data = b"[" + b",".join([row.json() for row in rows]) + b"]"
    return public_response(envelope(data), locale=locale, seq=edition.seq)


@routes.get(
    "/articles/<uuid:article_id>",
    answer=DocumentBody,
    query=(LOCALE, FALLBACK, BODY, FIELDS),
    errors=[NotFoundError, GoneError],
)
def get_article_by_id(call: Call, article_id: UUID) -> ReadyResponse:
    """One article by its id, in the edition asked for, negotiated, or fallen back to."""
    editions, query = enabled_editions(), call.query
    if not editions:
        raise NotFoundError
    published = documents.published_locales(article_id)
    live = [locale for locale, state in published.items() if state == "live"]
    vary = "" if query["locale"] else "Accept-Language"
    if query["locale"]:
        check_editions("locale", (query["locale"],), editions)
        requested = query["locale"]
    else:
        requested = lookup(request.headers.get("Accept-Language", ""), live) or default_locale(editions)
    served = next(
        (step for step in (requested, *fallback_of(editions[requested], query, editions)) if step in live), None
    )
    if served is None:
        return _not_served(article_id, requested, published, live, vary)
    row = documents.get_document_of(article_id, served, body=_forms(query))
    meta = {"locale": {"requested": requested, "served": served, "fallback": served != requested}}
    data = narrowed(row, query["fields"], row.forms)
    seq = editions[served].seq
    return public_response(envelope(data, meta), locale=served, seq=seq, link=row.link, vary=vary, tags=tags_of(row))


def _not_served(
    article_id: UUID, requested: str, published: Mapping[str, str], live: Sequence[str], vary: str
) -> ReadyResponse:
    """A joined article's id leads on, if readers ever knew it; what was withdrawn is gone; what is elsewhere is
    said to be."""
    joined = documents.joined_article(article_id) if published else None
    if joined is not None and "live" in documents.published_locales(joined).values():
        return moved_response(MovedError(with_query(f"/v1/articles/{joined}"), {"id": str(joined)}))
    if published.get(requested) == "withdrawn" or (published and not live):
        raise GoneError
    raise NotFoundError(**({"available": list(live)} if live else {}))
