"""Menus, each written as a whole, and what editors put first on a front page."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, exists, func, select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.events import ArticleSplit, FrontPageChanged, MenuChanged
from nejat_cms.content.models import ArticleAlias, FrontPage, Menu, Term
from nejat_cms.content.queries.menus import find_menu
from nejat_cms.content.rules.fronts import pin_instead
from nejat_cms.content.rules.menus import IN_ALL_MOST, MENUS_MOST, Item, count_items, lead_elsewhere, settle_items
from nejat_cms.db import atomic, db, lock
from nejat_cms.editions.actions import EditionChanged, EditionDeleted, FrontSectionsChosen
from nejat_cms.editions.queries import read_edition
from nejat_cms.errors import ConflictError, InvalidError, NotFoundError, Problem, StaleVersionError, pointer
from nejat_cms.events import emit, on
from nejat_cms.permissions import Actor, Permission, require


@atomic
def create_menu(actor: Actor, locale: str, name: str, items: Sequence[Item]) -> Menu:
    """Give an edition a menu of a name that it has none of yet.

    Raises: NotFoundError, ForbiddenError, StaleVersionError where there is one, ConflictError where there are fifty
    or they would have more than 2,000 items in all, InvalidError.
    Emits: MenuChanged.
    """
    require(actor, Permission.EDIT_MENUS, read_edition(actor, locale))
    if find_menu(locale, name) is not None:
        raise StaleVersionError
    if (db.session.scalar(select(func.count()).where(Menu.locale == locale)) or 0) >= MENUS_MOST:
        raise ConflictError(_("The edition has as many menus as it may have."))
    menu = Menu(locale=locale, name=name, items=settle_items(items))
    _require_room(menu, 0)
    db.session.add(menu)
    db.session.flush()
    record(actor, "menu.create", "menu", menu.id, locale=locale, name=name)
    emit(MenuChanged(locale, name))
    return menu


@atomic
def replace_menu(actor: Actor, locale: str, name: str, items: Sequence[Item], *, version: int | None) -> Menu:
    """Make a menu hold these items and no others; the same ones again change nothing.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError, ConflictError where it grows and the menus
    of the edition would have more than 2,000 items in all.
    Emits: MenuChanged.
    """
    menu = _held(actor, locale, name, version)
    settled = settle_items(items)
    if settled == menu.items:
        return menu
    before, menu.items = count_items(menu.items), settled
    _require_room(menu, before)
    db.session.flush()
    record(actor, "menu.edit", "menu", menu.id, locale=locale, name=name)
    emit(MenuChanged(locale, name))
    return menu


@atomic
def delete_menu(actor: Actor, locale: str, name: str, *, version: int | None) -> None:
    """Take a menu away.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    Emits: MenuChanged.
    """
    menu = _held(actor, locale, name, version)
    db.session.delete(menu)
    db.session.flush()
    record(actor, "menu.delete", "menu", menu.id, locale=locale, name=name)
    emit(MenuChanged(locale, name))


@atomic
def pin_articles(
    actor: Actor,
    locale: str,
    *,
    version: int | None,
    featured: Sequence[UUID] = (),
    sections: Mapping[UUID, Sequence[UUID]] | None = None,
) -> FrontPage:
    """Put these articles first on an edition's front page, and no others; the same ones again change nothing.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    Emits: FrontPageChanged.
    """
    edition = read_edition(actor, locale)
    page = lock(FrontPage, locale)
    if page is None:
        raise NotFoundError
    require(actor, Permission.EDIT_MENUS, edition)
    page.check_version(version)
    pins = {
        "featured": [str(key) for key in featured],
        "sections": {str(section): [str(key) for key in ids] for section, ids in (sections or {}).items()},
    }
    if pins == page.pins:
        return page
    page.pins = pins
    db.session.flush()
    record(actor, "front_page.edit", "edition", locale, locale=locale)
    emit(FrontPageChanged(locale))
    return page


def _held(actor: Actor, locale: str, name: str, version: int | None) -> Menu:
    """A menu, locked, for somebody who may change it and saw this version.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    """
    edition = read_edition(actor, locale)
    found = find_menu(locale, name)
    menu = lock(Menu, found.id) if found is not None else None
    if menu is None:
        raise NotFoundError
    require(actor, Permission.EDIT_MENUS, edition)
    menu.check_version(version)
    return menu


def _require_room(menu: Menu, before: int) -> None:
    """Refuse what makes the menus of an edition too large; the front page is held, so that they grow one by one.

    Raises: ConflictError.
    """
    items = count_items(menu.items)
    if items <= before:
        return
    lock(FrontPage, menu.locale)
    others = select(Menu.items).where(Menu.locale == menu.locale, Menu.name != menu.name)
    with db.session.no_autoflush:
        items += sum(map(count_items, db.session.scalars(others)))
    if items > IN_ALL_MOST:
        words = _("The menus of the edition would have more than %(most)s items in all.", most=IN_ALL_MOST)
        raise ConflictError(words)


@on(ArticleSplit)
def follow_split_article(event: ArticleSplit) -> None:
    """What led to an article in the edition whose variant is one of its own now leads to that one.

    Elsewhere the article is what it was. A joined one needs nothing: its id goes on standing for the other.
    """
    aliases = db.session.scalars(select(ArticleAlias.id).where(ArticleAlias.article_id == event.article_id))
    former, present = {str(event.article_id), *map(str, aliases)}, str(event.split_id)
    menus = select(Menu).where(Menu.locale == event.locale).order_by(Menu.id).with_for_update()
    for menu in db.session.scalars(menus, execution_options={"populate_existing": True}).all():
        items: list[Any] = lead_elsewhere(menu.items, former, present)
        if items != menu.items:
            menu.items = items
    page = lock(FrontPage, event.locale)
    if page is not None:
        pins = pin_instead(page.pins, former, present)
        if pins != page.pins:
            page.pins = pins
    db.session.flush()


@on(FrontSectionsChosen)
def know_sections_of_front_page(event: FrontSectionsChosen) -> None:
    """Veto: a front page shows no section that there is not. One without a name in the edition waits for it.

    Raises: InvalidError.
    """
    wanted = {UUID(each) for each in event.sections if each not in event.kept}
    known = (
        set(db.session.scalars(select(Term.id).where(Term.type == "section", Term.id.in_(wanted)))) if wanted else ()
    )
    problems = [
        Problem("unknown_section", _("There is no such section."), pointer("home", "sections", place))
        for place, each in enumerate(event.sections)
        if UUID(each) in wanted and UUID(each) not in known
    ]
    if problems:
        raise InvalidError(problems)


@on(EditionChanged)
def open_front_page(event: EditionChanged) -> None:
    """A new edition has a front page on which nothing is pinned."""
    if not db.session.scalar(select(exists().where(FrontPage.locale == event.locale))):
        db.session.add(FrontPage(locale=event.locale, pins={"featured": [], "sections": {}}))
        db.session.flush()


@on(EditionDeleted)
def keep_editions_with_menus(event: EditionDeleted) -> None:
    """Veto: an edition that has a menu is not empty. What was pinned goes with it, as there is nothing to pin.

    Raises: ConflictError.
    """
    if db.session.scalar(select(exists().where(Menu.locale == event.locale))):
        raise ConflictError(_("The edition is not empty."))
    db.session.execute(delete(FrontPage).where(FrontPage.locale == event.locale))
