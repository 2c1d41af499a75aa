"""Search in what is published."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask_babel import lazy_gettext as _

from nejat_cms.delivery.params import LISTED_FIELDS, NO_FALLBACK, SEARCHING, listing_of
from nejat_cms.delivery.queries import search
from nejat_cms.delivery.queries.editions import edition_among, enabled_editions
from nejat_cms.delivery.queries.search import HitRow, Search
from nejat_cms.delivery.routes.responses import envelope, narrowed, no_such_date, public_response
from nejat_cms.delivery.schemas.articles import HitBody
from nejat_cms.errors import InvalidError, Problem
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.http.parsing import search_query
from nejat_cms.http.routing import Call, Routes
from nejat_cms.http.tags import HOUSE, edition_tag
from nejat_cms.language.calendars import InvalidDateError
from nejat_cms.language.search import SEARCHED_WORDS, Query, highlight, snippets, stands_in

routes = Routes("Public", signed_in=False, kept=True)

PAGE_WORDS = 40_000
"""How many words of bodies are cut for one page of hits, of each body the first: a fifth of a second's work."""


@routes.get("/<locale:locale>/search", answer=HitBody, many=True, query=SEARCHING)
def search_articles(call: Call, locale: str) -> ReadyResponse:
    """What an edition published on something, best first: in the title, then in the lead, then elsewhere.

    Letters are found in any of their spellings, words in any of their forms. Filters are those of the list.
    """
    editions = enabled_editions()
    edition = edition_among(locale, editions)
    query = call.query
    wanted = listing_of(edition, query, editions)
    if query["across"] and query["fallback"] != (NO_FALLBACK,):
        raise InvalidError(Problem("invalid", _("Cannot be combined with “fallback”."), parameter="across"))
    looked_for = search_query(query["q"], locale, prefix=query["prefix"])
    looked_in = tuple(editions) if query["across"] else (locale, *wanted.fallback)
    asked = Search(looked_for, tuple(dict.fromkeys(looked_in)), query["across"])
    position = read_cursor_param(query["cursor"])
    alone = set(query["fields"]) - LISTED_FIELDS
    body = ("html",) if "body" in alone else ()
    try:
        page = search.search_documents(
            edition, wanted, asked, limit=query["limit"], position=position, alone=bool(alone), body=body
        )
        meta = {"total": search.count_hits(edition, wanted, asked)} if query["total"] else None
    except InvalidDateError as error:
        raise no_such_date() from error
    shown = _highlights(page.rows, looked_for)
    items = [
        _hit(row, narrowed(row.document, query["fields"], body), beside, asked.across)
        for row, beside in zip(page.rows, shown, strict=True)
    ]
    links = page_links(page)
    return public_response(
        envelope(b"[" + b",".join(items) + b"]", meta, links),
        locale=locale,
        seq=edition.seq,
        links=links,
        tags=[HOUSE] if asked.across else [edition_tag(each) for each in asked.locales],
    )


def _highlights(hits: Sequence[HitRow], query: Query) -> list[dict[str, Any]]:
    """What is shown of each hit. Texts without a word of the query are not cut, and bodies share `PAGE_WORDS`."""
    found = [{name for name, form in hit.forms.items() if stands_in(form, query, hit.found_in)} for hit in hits]
    most = min(SEARCHED_WORDS, PAGE_WORDS // max(1, sum("body" in names for names in found)))
    shown = []
    for hit, names in zip(hits, found, strict=True):
        texts = hit.texts()
        marked = {name: highlight(texts[name], query, hit.found_in) for name in ("title", "lead") if name in names}
        body = snippets(texts["body"], query, hit.found_in, most=most) if "body" in names else []
        shown.append({name: text for name, text in marked.items() if text} | {"body": body})
    return shown


def _hit(row: HitRow, json: bytes, highlights: dict[str, Any], across: bool) -> bytes:
    beside: dict[str, Any] = {"highlights": highlights}
    if across:
        beside["found_in"] = row.found_in
    return b"".join((json[:-1], b",", orjson.dumps(beside)[1:]))
