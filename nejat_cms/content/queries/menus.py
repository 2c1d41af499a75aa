"""Menus and front pages."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from nejat_cms.content.models import FrontPage, Menu
from nejat_cms.content.queries.targets import Found, TargetView, look_up
from nejat_cms.content.rules.fronts import pinned_articles
from nejat_cms.content.rules.menus import Item, Target, TargetState, count_items, targets_of, walk
from nejat_cms.db import Stamp, db
from nejat_cms.editions.queries import read_edition
from nejat_cms.errors import NotFoundError, pointer
from nejat_cms.permissions import Actor, Permission, require_reading

HEADING = TargetView(TargetState.OK)


@dataclass(frozen=True)
class MenuView:
    """A menu as one actor sees it: each item with its `title`, `state` and `url`."""

    menu: Menu
    items: Sequence[Mapping[str, Any]]
    counterparts: Sequence[str] = ()

    @property
    def locale(self) -> str:
        return self.menu.locale

    @property
    def name(self) -> str:
        return self.menu.name

    @property
    def updated_at(self) -> datetime:
        return self.menu.updated_at

    @property
    def stamp(self) -> Stamp:
        return self.menu.stamp

    @property
    def count(self) -> int:
        return count_items(self.items)

    @property
    def broken(self) -> int:
        return len(self.broken_items)

    @property
    def broken_items(self) -> list[tuple[str, str]]:
        """The JSON Pointer to each item that readers do not see, and what has become of its target."""
        return [(place, item["state"]) for place, item in walk(self.items) if item["state"] != TargetState.OK]


@dataclass(frozen=True)
class FrontView:
    """An edition's front page as one actor sees it."""

    page: FrontPage
    articles: Mapping[str, TargetView]
    sections_missing: Sequence[str]

    @property
    def featured(self) -> Sequence[str]:
        return list(self.page.pins["featured"])

    @property
    def sections(self) -> Mapping[str, Sequence[str]]:
        return dict(self.page.pins["sections"])

    @property
    def stamp(self) -> Stamp:
        return self.page.stamp

    @property
    def broken(self) -> list[tuple[str, str]]:
        """The JSON Pointer to what readers do not see, and what has become of it."""
        lists = [("/featured", self.featured)]
        lists += [(pointer("sections", section), ids) for section, ids in self.sections.items()]
        found = [(pointer("sections", section), str(TargetState.MISSING)) for section in self.sections_missing]
        return found + [
            (f"{place}{pointer(number)}", self.articles[key].state)
            for place, ids in lists
            for number, key in enumerate(ids)
            if self.articles[key].state != TargetState.OK
        ]


def find_menu(locale: str, name: str) -> Menu | None:
    """An edition's menu of a name, as it stands now."""
    query = select(Menu).where(Menu.locale == locale, Menu.name == name)
    return db.session.scalar(query.execution_options(populate_existing=True))


def view_menu(actor: Actor, locale: str, name: str) -> MenuView:
    """A menu as this actor may see it; everybody with a role may.

    Raises: NotFoundError.
    """
    read_edition(actor, locale)
    menu = find_menu(locale, name)
    if menu is None:
        raise NotFoundError
    others = select(Menu.locale).where(Menu.name == name, Menu.locale != locale).order_by(Menu.locale)
    found = look_up(actor, {locale: targets_of(menu.items)})
    return _view(menu, found, db.session.scalars(others).all())


def view_menus(actor: Actor, locales: Sequence[str] = (), *, broken: bool | None = None) -> list[MenuView]:
    """The menus of these editions, or of all, by edition and name; `broken`: those with items that readers do not see.

    Raises: NotFoundError.
    """
    require_reading(actor, Permission.READ_LIVE)
    query = select(Menu).order_by(Menu.locale, Menu.name)
    menus = db.session.scalars(query.where(Menu.locale.in_(locales)) if locales else query).all()
    wanted: dict[str, list[Target]] = defaultdict(list)
    for menu in menus:
        wanted[menu.locale] += targets_of(menu.items)
    found = look_up(actor, wanted)
    views = [_view(menu, found) for menu in menus]
    return [view for view in views if broken is None or broken == bool(view.broken)]


def _view(menu: Menu, found: Found, counterparts: Sequence[str] = ()) -> MenuView:
    def seen(items: Sequence[Item], *, below_hidden: bool = False) -> list[dict[str, Any]]:
        return [_seen(item, below_hidden) for item in items]

    def _seen(item: Item, below_hidden: bool) -> dict[str, Any]:
        target = item["target"]
        view = found.state_of(menu.locale, target) if target is not None else HEADING
        children = seen(item["children"], below_hidden=below_hidden or view.state != TargetState.OK)
        empty = target is None and all(child["state"] != TargetState.OK for child in children)
        hidden = view.state == TargetState.OK and (below_hidden or empty)
        return {
            **item,
            "title": view.title,
            "state": TargetState.HIDDEN if hidden else view.state,
            "url": view.url,
            "children": children,
        }

    return MenuView(menu, seen(menu.items), counterparts)


def view_front_page(actor: Actor, locale: str) -> FrontView:
    """An edition's front page as this actor may see it; everybody with a role may.

    Raises: NotFoundError.
    """
    read_edition(actor, locale)
    page = db.session.get_one(FrontPage, locale, populate_existing=True)
    articles: list[Target] = [{"type": "article", "id": key} for key in pinned_articles(page.pins)]
    sections: list[Target] = [{"type": "section", "id": key} for key in page.pins["sections"]]
    found = look_up(actor, {locale: [*articles, *sections]})
    states = {target["id"]: found.state_of(locale, target) for target in articles}
    missing = [target["id"] for target in sections if found.state_of(locale, target).state != TargetState.OK]
    return FrontView(page, states, missing)
