"""The query parameters of public reads: one table, from which requests are read and OpenAPI is made."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.delivery.queries.documents import BODY_FORMS
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.lists import Listing
from nejat_cms.delivery.schemas.articles import DocumentBody, SummaryBody
from nejat_cms.errors import InvalidError, Problem, at_most_characters
from nejat_cms.http.parsing import (
    CURSOR,
    LIMIT,
    SEARCH,
    TOTAL,
    BadValueError,
    Param,
    flag,
    locale_tag,
    moment,
    one_of,
    plain,
    whole,
)
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.language.zones import InvalidDateError, day_start

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
NO_FALLBACK, CHAIN = "none", "chain"


def address(text: str) -> str:
    if len(text) > 4000:
        raise BadValueError("too_long", at_most_characters(4000))
    return text


def _fallback(text: str) -> str:
    return text if text in (NO_FALLBACK, CHAIN) else locale_tag(text)


def _words(name: str, names: tuple[str, ...], description: str, **options: Any) -> Param:
    return Param(name, one_of(*names), {"type": "string", "enum": list(names)}, description, **options)


def _slugs(name: str, description: str) -> Param:
    return Param(name, plain, TEXT, description, (), many=True)


CALENDAR = _words("calendar", CALENDARS, "The calendar of `year` and `month`; the edition's own if not given.")
FALLBACK = Param(
    "fallback",
    _fallback,
    TEXT,
    "What to serve where there is no variant in the edition: `none`, `chain` (the edition's own), or locales.",
    (NO_FALLBACK,),
    many=True,
)
LISTED_FIELDS = frozenset(field.data_key or name for name, field in SummaryBody().fields.items())
FIELD_NAMES = frozenset(field.data_key or name for name, field in DocumentBody().fields.items())
FIELDS = _words(
    "fields",
    tuple(sorted(FIELD_NAMES)),
    "Narrow items to these fields; fields of the detail may be named.",
    default=(),
    many=True,
)
BODY = _words("body", BODY_FORMS, "Forms of the body.", default=("html",), many=True)
LISTING = (
    _words("kind", tuple(KINDS), "Kinds, any of; every kind but `page` if not given.", default=(), many=True),
    _slugs("section", "Sections by slug, any of, with all below them."),
    _slugs("tag", "Tags by slug, any of."),
    _slugs("author", "Authors by slug, any of."),
    _slugs("translator", "Translators by slug, any of."),
    Param("year", whole(1, 9999), {"type": "integer"}, "Published in this year of the calendar."),
    Param("month", whole(1, 12), {"type": "integer"}, "Published in this month of `year`."),
    CALENDAR,
    Param("from", moment, TEXT, "Published at or after this time; a date means the edition's midnight."),
    Param("to", moment, TEXT, "Published before this time; a date means the edition's midnight."),
    Param("translated_in", locale_tag, TEXT, "Published in all of these editions too.", (), many=True),
    Param("not_translated_in", locale_tag, TEXT, "Published in none of these editions.", (), many=True),
    Param("featured", flag, FLAG, "Whether featured."),
    _words("sort", ("-published_at", "published_at", "title"), "The order.", default="-published_at"),
    FALLBACK,
    FIELDS,
    TOTAL,
    LIMIT,
    CURSOR,
)
SEARCHING = (
    replace(SEARCH, required=True),
    Param("prefix", flag, FLAG, "Whether the last word may be unfinished, as while typing.", default=False),
    Param(
        "across",
        flag,
        FLAG,
        "Whether to look through every edition; what is found elsewhere is shown as this edition's counterpart "
        "where there is one, and `found_in` says where.",
        default=False,
    ),
    *(param for param in LISTING if param.name != "sort"),
)
ADDRESS = Param(
    "url",
    address,
    {"type": "string", "maxLength": 4000},
    "An absolute address of a site, or a path that begins with `/`.",
    required=True,
)
RELATED_LIMIT = Param(
    "limit",
    whole(1, 20),
    {"type": "integer", "minimum": 1, "maximum": 20, "default": 5},
    "How many at most.",
    default=5,
)
SINCE = Param("since", plain, TEXT, "`meta.since` of an earlier answer; without it, everything that is live.")
LOCALE = Param("locale", locale_tag, TEXT, "The edition; negotiated by `Accept-Language` if not given.")


def fallback_of(edition: EditionRow, query: Mapping[str, Any], editions: Mapping[str, EditionRow]) -> tuple[str, ...]:
    """The locales to fall back to, in order; those of disabled editions are passed over in a chain.

    Raises: InvalidError for a locale that is no edition.
    """
    wanted = query["fallback"]
    if wanted == (NO_FALLBACK,):
        return ()
    if wanted == (CHAIN,):
        return tuple(locale for locale in edition.facts["fallback"] if locale in editions)
    check_editions("fallback", wanted, editions)
    return tuple(locale for locale in wanted if locale != edition.locale)


def check_editions(name: str, locales: tuple[str, ...], editions: Mapping[str, EditionRow]) -> None:
    """Refuse locales that are no edition readers know of.

    Raises: InvalidError.
    """
    if any(locale not in editions for locale in locales):
        raise InvalidError(Problem("unknown_locale", _("There is no such edition."), parameter=name))


def listing_of(edition: EditionRow, query: Mapping[str, Any], editions: Mapping[str, EditionRow]) -> Listing:
    """What a list is asked for.

    Raises: InvalidError for parameters that contradict each other or name what does not exist.
    """
    for name in ("translated_in", "not_translated_in"):
        check_editions(name, query[name], editions)
    fallback = fallback_of(edition, query, editions)
    if query["month"] is not None and query["year"] is None:
        raise InvalidError(Problem("requires_year", _("Needs “year” as well."), parameter="month"))
    sort = query.get("sort", Listing.sort)
    if query["fallback"] != (NO_FALLBACK,) and sort == "title":
        raise InvalidError(Problem("invalid", _("Cannot be combined with “fallback”."), parameter="sort"))
    return Listing(
        kinds=query["kind"],
        sections=query["section"],
        tags=query["tag"],
        authors=query["author"],
        translators=query["translator"],
        translated_in=query["translated_in"],
        not_translated_in=query["not_translated_in"],
        featured=query["featured"],
        year=query["year"],
        month=query["month"],
        calendar=query["calendar"],
        since=_instant("from", query, edition),
        until=_instant("to", query, edition),
        fallback=fallback,
        sort=sort,
    )


def _instant(name: str, query: Mapping[str, Any], edition: EditionRow) -> datetime | None:
    value: date | datetime | None = query[name]
    if value is None or isinstance(value, datetime):
        return value
    try:
        return day_start(value, edition.facts["timezone"])
    except InvalidDateError as error:
        words = _("There is no such date in this calendar.")
        raise InvalidError(Problem("invalid", words, parameter=name)) from error
