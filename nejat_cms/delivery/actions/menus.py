"""Menus and front pages as readers meet them: what the newsroom wrote last, copied as it is."""

from collections.abc import Collection

from sqlalchemy import select

from nejat_cms.content.actions.events import ArticleSplit, FrontPageChanged, MenuChanged
from nejat_cms.content.models import FrontPage, Menu
from nejat_cms.db import db
from nejat_cms.delivery.actions.counters import advance, hold_counters
from nejat_cms.delivery.models import PublicFrontPage, PublicMenu
from nejat_cms.events import on


@on(MenuChanged)
def show_menu(event: MenuChanged) -> None:
    """Make a menu what the newsroom says now."""
    counters = hold_counters([event.locale])
    follow_menus([event.locale])
    advance(counters[event.locale])


@on(FrontPageChanged)
def show_front_page(event: FrontPageChanged) -> None:
    """Put first what the newsroom puts first now."""
    counters = hold_counters([event.locale])
    follow_front_pages([event.locale])
    advance(counters[event.locale])


@on(ArticleSplit)
def show_split_article(event: ArticleSplit) -> None:
    """What led to the article in this edition leads to the new one.

    Where readers see it, its document tells them that it changed; where they do not, there is nothing to tell.
    """
    hold_counters([event.locale])
    follow_menus([event.locale])
    follow_front_pages([event.locale])


def follow_menus(locales: Collection[str]) -> None:
    """Make the menus of these editions what the newsroom says."""
    wanted = {
        (row.locale, row.name): row.items
        for row in db.session.execute(select(Menu.locale, Menu.name, Menu.items).where(Menu.locale.in_(locales)))
    }
    rows = db.session.scalars(select(PublicMenu).where(PublicMenu.locale.in_(locales)))
    present = {(row.locale, row.name): row for row in rows}
    differ = {
        key for key in wanted.keys() | present.keys() if key not in present or present[key].items != wanted.get(key)
    }
    for locale, name in sorted(differ):
        row = present.get((locale, name))
        if (locale, name) not in wanted:
            db.session.delete(row)
            continue
        row = row or PublicMenu(locale=locale, name=name)
        row.items = wanted[locale, name]
        db.session.add(row)
    db.session.flush()


def follow_front_pages(locales: Collection[str]) -> None:
    """Make what is pinned in these editions what the newsroom says."""
    pages = select(FrontPage.locale, FrontPage.pins).where(FrontPage.locale.in_(locales))
    rows = db.session.scalars(select(PublicFrontPage).where(PublicFrontPage.locale.in_(locales)))
    present = {row.locale: row for row in rows}
    for locale, pins in db.session.execute(pages.order_by(FrontPage.locale)).all():
        row = present.get(locale) or PublicFrontPage(locale=locale)
        if row.pins != pins:
            row.pins = pins
            db.session.add(row)
    db.session.flush()
