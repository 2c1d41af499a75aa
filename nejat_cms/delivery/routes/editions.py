"""The editions, and the front page of each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.delivery.queries import lists, terms
from nejat_cms.delivery.queries.documents import DocumentRow
from nejat_cms.delivery.queries.editions import EditionRow, count_articles, edition_among, enabled_editions
from nejat_cms.delivery.queries.lists import Listing
from nejat_cms.delivery.routes.responses import envelope, public_response
from nejat_cms.delivery.routes.terms import section_tree
from nejat_cms.delivery.schemas import EditionItem, PublicEdition
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.routing import Call, Routes
from nejat_cms.http.tags import HOUSE

routes = Routes("Public", signed_in=False, kept=True)

ITEM = (
    "locale", "dir", "script", "name", "names", "calendar", "numbering", "timezone", "url", "title", "tagline",
    "is_default",
)  # fmt: skip


def _edition_item(edition: EditionRow, editions: Mapping[str, EditionRow], counts: Mapping[str, int]) -> dict[str, Any]:
    item = {name: edition.facts[name] for name in ITEM}
    names = {locale: name for locale, name in edition.facts["names"].items() if locale in editions}
    return item | {"names": names, "articles": counts.get(edition.locale, 0)}


@routes.get("/editions", answer=EditionItem, many=True)
def list_editions(call: Call) -> ReadyResponse:
    """Every edition, in the order of the house."""
    editions, counts = enabled_editions(), count_articles()
    data = [_edition_item(edition, editions, counts) for edition in editions.values()]
    seq = max((edition.seq for edition in editions.values()), default=0)
    return public_response(envelope(orjson.dumps(data)), locale=", ".join(editions), seq=seq, tags=[HOUSE])


@routes.get("/editions/<locale:locale>", answer=PublicEdition)
def get_edition(call: Call, locale: str) -> ReadyResponse:
    """One edition: its front page, sections, profiles, and the other editions' home addresses."""
    editions = enabled_editions()
    edition = edition_among(locale, editions)
    rows = terms.list_sections(edition)
    sections = section_tree(rows)
    data = _edition_item(edition, editions, count_articles()) | {
        "home": _home(edition, sections, {row.slug: row.id for row in rows}),
        "sections": sections,
        "social": edition.facts["social"],
        "copyright": edition.facts["copyright"],
        "share_image": edition.facts.get("share_image"),
        "counterparts": [
            {name: other.facts[name] for name in ("locale", "dir", "name", "title", "url")}
            for other in editions.values()
            if other.locale != locale
        ],
    }
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


FEATURED, RECENT, OF_EACH_SECTION = 5, 10, 4


def _home(edition: EditionRow, tree: Sequence[Mapping[str, Any]], ids: Mapping[str, UUID]) -> dict[str, Any]:
    newest = lists.list_newest_by_section(edition, [ids[top["slug"]] for top in tree], each=OF_EACH_SECTION)
    return {
        "featured": _listed(lists.list_documents(edition, Listing(featured=True), limit=FEATURED).rows),
        "recent": _listed(lists.list_documents(edition, Listing(), limit=RECENT).rows),
        "sections": [
            {"slug": top["slug"], "name": top["name"], "articles": _listed(newest.get(ids[top["slug"]], ()))}
            for top in tree
        ],
    }


def _listed(rows: Iterable[DocumentRow]) -> list[orjson.Fragment]:
    return [orjson.Fragment(row.json()) for row in rows]
