"""The editions, and the front page of each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from nejat_cms.content.rules.fronts import pinned_articles
from nejat_cms.delivery.queries import lists, menus, terms
from nejat_cms.delivery.queries.documents import DocumentRow
from nejat_cms.delivery.queries.editions import EditionRow, count_articles, edition_among, enabled_editions
from nejat_cms.delivery.queries.lists import Listing
from nejat_cms.delivery.queries.terms import TermRow
from nejat_cms.delivery.routes.menus import shown_menus
from nejat_cms.delivery.routes.responses import envelope, public_response
from nejat_cms.delivery.routes.terms import section_tree
from nejat_cms.delivery.schemas.editions import EditionItem, PublicEdition
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
    """One edition: its front page, menus, sections, profiles, and the other editions' home addresses."""
    editions = enabled_editions()
    edition = edition_among(locale, editions)
    rows = terms.list_sections(edition)
    sections = section_tree(rows)
    data = _edition_item(edition, editions, count_articles()) | {
        "home": _home(edition, rows, sections),
        "menus": shown_menus(locale, editions),
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


def _home(edition: EditionRow, rows: Sequence[TermRow], tree: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the front page shows: of each list what is pinned and published, then the newest others."""
    front = edition.facts["home"]
    pins = menus.get_pins(edition)
    pinned = menus.get_pinned(edition, pinned_articles(pins))
    sections = _sections_shown(front["sections"], rows, tree)
    first = {row.id: _first(pins["sections"].get(str(row.id), ()), pinned, front["per_section"]) for row in sections}
    most = front["per_section"] + max(map(len, first.values()), default=0)
    newest = lists.list_newest_by_section(edition, [row.id for row in sections], each=most)
    featured = _first(pins["featured"], pinned, front["featured"])
    return {
        "featured": _filled(
            featured, _newest(edition, Listing(featured=True), front["featured"], featured), front["featured"]
        ),
        "recent": _filled([], _newest(edition, Listing(), front["recent"]), front["recent"]),
        "sections": [
            {
                "slug": row.slug,
                "name": row.name,
                "articles": _filled(first[row.id], newest.get(row.id, ()), front["per_section"]),
            }
            for row in sections
        ],
    }


def _sections_shown(
    wanted: Sequence[str] | None, rows: Sequence[TermRow], tree: Sequence[Mapping[str, Any]]
) -> list[TermRow]:
    """The sections of a front page: those that are wanted and have a name here, or all at the top of the tree."""
    if wanted is None:
        by_slug = {row.slug: row for row in rows}
        return [by_slug[top["slug"]] for top in tree]
    by_id = {str(row.id): row for row in rows}
    return [by_id[key] for key in wanted if key in by_id]


def _first(ids: Sequence[str], pinned: Mapping[str, DocumentRow], most: int) -> list[DocumentRow]:
    """What is pinned and published, each once: after a join two ids may stand for one article."""
    rows = {pinned[key].variant_id: pinned[key] for key in ids if key in pinned}
    return list(rows.values())[:most]


def _newest(
    edition: EditionRow, wanted: Listing, most: int, before: Sequence[DocumentRow] = ()
) -> Sequence[DocumentRow]:
    """So many that enough are left without those that come before them."""
    return lists.list_documents(edition, wanted, limit=most + len(before)).rows if most else ()


def _filled(first: Sequence[DocumentRow], others: Iterable[DocumentRow], most: int) -> list[orjson.Fragment]:
    """These, then the others that are not among them, up to so many."""
    rows = {row.variant_id: row for row in (*first, *others)}
    return [orjson.Fragment(row.json()) for row in list(rows.values())[:most]]
