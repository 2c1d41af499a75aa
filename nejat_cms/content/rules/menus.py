"""Menus: trees of items, each with a target, a label or both.

    {"id", "label", "target": {"type", …}, "children": [item, …]}

A target is what an item leads to; `TARGETS` says what each type names it by. An item without a target is a
heading. `{"type": "editions"}` is the switcher: readers see one child for every other edition.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _
from uuid_utils.compat import uuid7

from nejat_cms.errors import InvalidError, Problem, at_most_items, at_most_levels, pointer

ITEMS_MOST, DEPTH_MOST = 500, 5
MENUS_MOST = 50
"""Menus of one edition."""
IN_ALL_MOST = 2000
"""Items of all menus of one edition: its front page brings them all."""
LABEL_LIMIT = 200
TARGETS: Mapping[str, str | None] = {
    "article": "id",
    "section": "id",
    "tag": "id",
    "person": "id",
    "kind": "kind",
    "edition": "locale",
    "editions": None,
    "home": None,
    "url": "url",
}
"""The types of targets, and the one field that each is named by."""
TERM_PATHS: Mapping[str, str] = {"section": "sections", "tag": "tags", "person": "people"}
"""Where a site has its pages of terms."""
Item = Mapping[str, Any]
Target = Mapping[str, Any]


class TargetState(StrEnum):
    """What has become of a target: readers of the edition reach it; it is not live there; there is none.

    `hidden`, of an item alone: nothing is wrong with its target, yet readers do not see the item, because what it lies
    below is not shown, or because it leads nowhere itself and nothing that is shown lies below it.
    """

    OK = "ok"
    UNPUBLISHED = "unpublished"
    MISSING = "missing"
    HIDDEN = "hidden"


TARGET_STATES = (TargetState.OK, TargetState.UNPUBLISHED, TargetState.MISSING)


def settle_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """A tree as it is kept: ids are kept where they are sent, and made where they are missing.

    Raises: InvalidError for more than 500 items or five levels, for an id that is there twice, for an item without a
    label that has nothing to be called by, and for a switcher with children of its own.
    """
    problems = list(_problems(items))
    if problems:
        raise InvalidError(problems)
    return [_settled(item) for item in items]


def _problems(items: Sequence[Item]) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, (place, item) in enumerate(walk(items)):
        if number == ITEMS_MOST:
            yield Problem("too_many", at_most_items(ITEMS_MOST), "/items")
            return
        key, target = item.get("id"), item.get("target")
        if place.count("/children/") == DEPTH_MOST:
            yield Problem("too_deep", at_most_levels(DEPTH_MOST), place)
        if key is not None and str(key) in seen:
            yield Problem("duplicate_id", _("Another item has this id."), f"{place}/id")
        seen.add(str(key))
        if item.get("label") is None and (target is None or target["type"] == "url"):
            yield Problem("required", _("Needs a label, as there is no name to show."), f"{place}/label")
        if item.get("children") and target is not None and target["type"] == "editions":
            yield Problem("invalid", _("The editions are its children, and no others."), f"{place}/children")


def _settled(item: Item) -> dict[str, Any]:
    target = item.get("target")
    return {
        "id": str(item.get("id") or uuid7()),
        "label": item.get("label"),
        "target": {name: str(value) for name, value in target.items()} if target is not None else None,
        "children": [_settled(child) for child in item.get("children", ())],
    }


def walk(items: Sequence[Item], place: str = "/items") -> Iterator[tuple[str, Item]]:
    """Every item of a tree, each before its children, with the JSON Pointer to it."""
    for number, item in enumerate(items):
        here = f"{place}{pointer(number)}"
        yield here, item
        yield from walk(item.get("children", ()), f"{here}/children")


def count_items(items: Sequence[Item]) -> int:
    """How many items a tree has."""
    return sum(1 for _place, _item in walk(items))


def targets_of(items: Sequence[Item]) -> list[Target]:
    """What the items of a tree lead to."""
    found = []
    for item in items:
        if item["target"] is not None:
            found.append(item["target"])
        found += targets_of(item["children"])
    return found


def lead_elsewhere(items: Sequence[Item], former: Collection[str], article: str) -> list[dict[str, Any]]:
    """The same tree, in which what led to one of some articles leads to another one."""
    return [_led_elsewhere(item, former, article) for item in items]


def _led_elsewhere(item: Item, former: Collection[str], article: str) -> dict[str, Any]:
    target = item["target"]
    if target is not None and target["type"] == "article" and target["id"] in former:
        target = target | {"id": article}
    return {**item, "target": target, "children": lead_elsewhere(item["children"], former, article)}


def address_of(target: Target, site: str, slug: str = "") -> str | None:
    """Where a target lives on the site of its edition; None for the switcher, which leads nowhere itself.

    `slug`: that of an article or a term. A kind's list is at `/kinds/{kind}`; an address that begins with `/` is below
    the edition's own.
    """
    match target["type"]:
        case "article":
            return f"{site}/{slug}"
        case "kind":
            return f"{site}/kinds/{target['kind']}"
        case "home" | "edition":
            return site
        case "url":
            return site + target["url"] if target["url"].startswith("/") else str(target["url"])
        case "editions":
            return None
        case type_:
            return f"{site}/{TERM_PATHS[type_]}/{slug}"
