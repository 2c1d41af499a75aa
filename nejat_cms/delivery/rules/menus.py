"""Menus as readers get them: what cannot be reached is left out, with all below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nejat_cms.content.rules.menus import Item, Target, address_of

Entry = dict[str, Any]


@dataclass(frozen=True)
class Reached:
    """An article or a term that readers of an edition reach: its id now, its slug, and what it is called."""

    id: str
    slug: str
    name: str


@dataclass(frozen=True)
class Site:
    """The edition whose menus are shown, and all that they may lead to."""

    locale: str
    editions: Mapping[str, Mapping[str, Any]]
    """The facts of every enabled edition, in order."""
    kinds: Mapping[str, str]
    """What the kinds are called."""
    reached: Mapping[tuple[str, str], Reached] = field(default_factory=dict)
    """By type and id."""

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.editions[self.locale]


def shown_menu(items: Sequence[Item], site: Site) -> list[Entry]:
    """The items that lead somewhere, and headings with such an item below them; nested as they were."""
    return [shown for item in items if (shown := _shown(item, site)) is not None]


def _shown(item: Item, site: Site) -> Entry | None:
    target = item["target"]
    if target is not None and target["type"] == "editions":
        children = _switcher(site)
    else:
        children = shown_menu(item["children"], site)
    if target is None or target["type"] == "editions":
        if not children:
            return None
        named = site.facts["name"] if target is not None else ""
        return _entry(item["label"] or named, None, _target(target, site.locale), children)
    found = _found(target, site)
    if found is None:
        return None
    name, url, said = found
    return _entry(item["label"] or name, url, said, children)


def _found(target: Target, site: Site) -> tuple[str, str | None, Entry | None] | None:
    """What a target is called, where it is, and how it is told; None where readers do not reach it."""
    base, type_ = site.facts["url"], target["type"]
    if type_ == "edition":
        other = site.editions.get(target["locale"])
        return (other["name"], other["url"], _target(target, target["locale"])) if other is not None else None
    if "id" in target:
        reached = site.reached.get((type_, target["id"]))
        if reached is None:
            return None
        said = {"type": type_, "id": reached.id, "slug": reached.slug, "locale": site.locale}
        return reached.name, address_of(target, base, reached.slug), said
    names = {"home": site.facts["title"], "kind": site.kinds.get(target.get("kind", ""), "")}
    return names.get(type_, ""), address_of(target, base), _target(target, site.locale)


def _switcher(site: Site) -> list[Entry]:
    """One child for every other edition, in its own words."""
    return [
        _entry(other["name"], other["url"], {"type": "edition", "locale": locale}, [])
        for locale, other in site.editions.items()
        if locale != site.locale
    ]


def _target(target: Target | None, locale: str) -> Entry | None:
    if target is None:
        return None
    kind = {"slug": target["kind"]} if target["type"] == "kind" else {}
    return {"type": target["type"], **kind, "locale": locale}


def _entry(label: str, url: str | None, target: Entry | None, children: list[Entry]) -> Entry:
    return {"label": label, "url": url, "target": target, "children": children}
