"""`/v1/manage/menus` and `/v1/manage/editions/{locale}/home`: what an edition's site links to, and shows first."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.content.actions import menus
from nejat_cms.content.queries.menus import MenuView, view_front_page, view_menu, view_menus
from nejat_cms.content.rules.menus import TargetState, walk
from nejat_cms.content.schemas.menus import FrontBody, FrontPins, MenuBody, MenuRow, MenuTree
from nejat_cms.editions.queries import list_editions, numberings, read_edition
from nejat_cms.errors import ConflictError, InvalidError, Message, NotFoundError, Problem
from nejat_cms.http.orthography import orthography_warnings
from nejat_cms.http.parsing import Param, flag, locale_tag
from nejat_cms.http.routing import Answer, Call, Routes, require_absent_or_seen
from nejat_cms.language.checks import Passage
from nejat_cms.permissions import Permission, may

routes = Routes("Menus and front pages", signed_in=True)
MENU = "/manage/menus/<locale:locale>/<menu:menu>"
HOME = "/manage/editions/<locale:locale>/home"
FILTERS = (
    Param("locale", locale_tag, {"type": "string"}, "Menus of these editions.", (), many=True),
    Param("broken", flag, {"type": "boolean"}, "Whether readers do not see some of its items."),
)
BROKEN: Mapping[str, Message] = {
    TargetState.UNPUBLISHED: _("Readers do not see it, because it is not published in this edition."),
    TargetState.MISSING: _("Readers do not see it, because there is no such thing in this edition."),
    TargetState.HIDDEN: _("Readers do not see it, because nothing they see is above it or below it."),
}


def _warnings(broken: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"code": state, "pointer": place, "detail": str(BROKEN[state])} for place, state in broken]


def _rights(call: Call, locale: str) -> list[str]:
    edition = read_edition(call.actor, locale)
    return [str(Permission.EDIT_MENUS)] if may(call.actor, Permission.EDIT_MENUS, edition) else []


def _answer(call: Call, view: MenuView, **options: Any) -> Answer:
    written = call.body is not None
    passages = [
        Passage(view.locale, {f"{place}/label": item["label"]})
        for place, item in walk(view.items)
        if written and item["label"] is not None
    ]
    return Answer(
        MenuBody().dump(view),
        meta={
            "permissions": _rights(call, view.locale),
            "counterparts": view.counterparts,
            "warnings": _warnings(view.broken_items) + orthography_warnings(passages, numberings() if passages else {}),
        },
        version=view.stamp,
        **options,
    )


@routes.get("/manage/menus", answer=MenuRow, many=True, query=FILTERS)
def list_managed_menus(call: Call) -> Answer:
    """The menus of every edition, or of some; an edition has at most fifty."""
    if not {edition.locale for edition in list_editions()}.issuperset(call.query["locale"]):
        raise InvalidError(Problem("unknown_locale", _("There is no such edition."), parameter="locale"))
    found = view_menus(call.actor, call.query["locale"], broken=call.query["broken"])
    return Answer([MenuRow().dump(view) for view in found])


@routes.get(MENU, answer=MenuBody)
def get_managed_menu(call: Call, locale: str, menu: str) -> Answer:
    """One menu: its tree, and of each item what it is called, where it leads and whether readers see it.

    `meta.counterparts` names the other editions that have a menu of this name.
    """
    return _answer(call, view_menu(call.actor, locale, menu))


@routes.put(
    MENU, match="create", body=MenuTree, answer=MenuBody, reader="get_managed_menu",
    errors=[NotFoundError, ConflictError],
)  # fmt: skip
def put_menu(call: Call, locale: str, menu: str) -> Answer:
    """Make a menu (`If-None-Match: *`), or write it anew as a whole (`If-Match`).

    Ids of items are kept where they are sent, and made where they are missing. What a target leads to need not be
    published yet, nor be there: readers do not see the item until it is, and `meta.warnings` says so. 409 where the
    menus of the edition would have more than 2,000 items in all.
    """
    if call.creating:
        menus.create_menu(call.actor, locale, menu, call.body["items"])
        address = f"/v1/manage/menus/{locale}/{menu}"
        return _answer(call, view_menu(call.actor, locale, menu), status=201, location=address)
    require_absent_or_seen(call)
    menus.replace_menu(call.actor, locale, menu, call.body["items"], version=call.version)
    return _answer(call, view_menu(call.actor, locale, menu))


@routes.delete(MENU, reader="get_managed_menu")
def delete_menu(call: Call, locale: str, menu: str) -> Answer:
    """Take a menu away."""
    menus.delete_menu(call.actor, locale, menu, version=call.version)
    return Answer(None)


def _front_answer(call: Call, locale: str) -> Answer:
    view = view_front_page(call.actor, locale)
    meta = {"permissions": _rights(call, locale), "warnings": _warnings(view.broken)}
    return Answer(FrontBody().dump(view), meta=meta, version=view.stamp)


@routes.get(HOME, answer=FrontBody)
def get_managed_home(call: Call, locale: str) -> Answer:
    """The articles that an edition's front page shows first, and what has become of each."""
    return _front_answer(call, locale)


@routes.put(HOME, body=FrontPins, answer=FrontBody, reader="get_managed_home")
def put_home(call: Call, locale: str) -> Answer:
    """Put articles first on an edition's front page: among what is featured, and in sections.

    What is not published is kept, and shown to readers once it is.
    """
    menus.pin_articles(call.actor, locale, version=call.version, **call.body)
    return _front_answer(call, locale)
