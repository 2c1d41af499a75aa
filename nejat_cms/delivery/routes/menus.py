"""What an edition's site links to."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.menus import targets_of
from nejat_cms.delivery.queries import menus
from nejat_cms.delivery.queries.editions import EditionRow, edition_among, enabled_editions
from nejat_cms.delivery.queries.menus import Tree
from nejat_cms.delivery.routes.responses import envelope, public_response
from nejat_cms.delivery.rules.menus import Site, shown_menu
from nejat_cms.delivery.schemas.editions import MenuName, PublicMenuItem
from nejat_cms.http.application import ReadyResponse
from nejat_cms.http.problems import said_in
from nejat_cms.http.routing import Call, Routes

routes = Routes("Public", signed_in=False, kept=True)


def site_of(locale: str, editions: Mapping[str, EditionRow], trees: Collection[Tree]) -> Site:
    """All that these menus of an edition may lead to."""
    kinds = {target["kind"] for tree in trees for target in targets_of(tree) if target["type"] == "kind"}
    return Site(
        locale,
        {each.locale: each.facts for each in editions.values()},
        {kind: said_in(locale, KINDS[kind].label) for kind in kinds},
        menus.find_reached(editions[locale], trees),
    )


def shown_menus(locale: str, editions: Mapping[str, EditionRow]) -> dict[str, Any]:
    """All menus of an edition by their names."""
    trees = menus.get_menus(editions[locale])
    site = site_of(locale, editions, trees.values())
    return {name: shown_menu(tree, site) for name, tree in trees.items()}


@routes.get("/<locale:locale>/menus", answer=MenuName, many=True)
def list_menus(call: Call, locale: str) -> ReadyResponse:
    """The names of the edition's menus, at most fifty."""
    edition = edition_among(locale, enabled_editions())
    data = [{"name": name} for name in menus.list_menu_names(edition)]
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)


@routes.get("/<locale:locale>/menus/<menu:menu>", answer=PublicMenuItem, many=True)
def get_menu(call: Call, locale: str, menu: str) -> ReadyResponse:
    """One menu, nested. What is not published in this edition is left out, with what lies below it.

    The switcher of editions has a child for every other edition; without a label it is called as this one. A
    heading, which leads nowhere, is left out when nothing is below it. The list of a kind is at `/kinds/{kind}` of
    the site.
    """
    editions = enabled_editions()
    edition = edition_among(locale, editions)
    tree = menus.get_menu(edition, menu)
    data = shown_menu(tree, site_of(locale, editions, [tree]))
    return public_response(envelope(orjson.dumps(data)), locale=locale, seq=edition.seq)
