"""Query parameters of the newsroom's lists."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.content.queries.articles import ArticleFilter
from nejat_cms.content.rules.freshness import FreshnessState
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.editions.queries import list_editions
from nejat_cms.errors import InvalidError, Problem
from nejat_cms.http.parsing import (
    CURSOR,
    LIMIT,
    SEARCH,
    TOTAL,
    Param,
    flag,
    locale_tag,
    moment,
    one_of,
    plain,
    search_query,
    whole,
)
from nejat_cms.language.calendars import CALENDARS, InvalidDateError, period_bounds


def _words(name: str, names: tuple[str, ...], description: str) -> Param:
    return Param(name, one_of(*names), {"type": "string", "enum": list(names)}, description, (), many=True)


def _texts(name: str, description: str) -> Param:
    return Param(name, plain, {"type": "string"}, description, (), many=True)


_FLAG = {"type": "boolean"}
ARTICLE_FILTERS = (
    Param("locale", locale_tag, {"type": "string"}, "Editions in which a variant fits.", (), many=True),
    _words("kind", tuple(KINDS), "Kinds, any of."),
    _words("stage", tuple(Stage), "Stages, any of."),
    _words("visibility", tuple(Visibility), "Visibilities, any of."),
    _words("freshness", tuple(FreshnessState), "Freshness, any of."),
    _texts("section", "Sections by slug in any edition, with all below them."),
    _texts("tag", "Tags by slug, any of."),
    _texts("author", "Authors by slug, any of."),
    Param("year", whole(1, 9999), {"type": "integer"}, "Published in this year of the calendar, UTC."),
    Param("month", whole(1, 12), {"type": "integer"}, "Published in this month of `year`."),
    Param(
        "calendar", one_of(*CALENDARS), {"type": "string", "enum": list(CALENDARS)}, "Of `year`; Gregorian by default."
    ),
    Param("from", moment, {"type": "string"}, "Published at or after this time; a date means midnight UTC."),
    Param("to", moment, {"type": "string"}, "Published before this time; a date means midnight UTC."),
    Param("translated_in", locale_tag, {"type": "string"}, "Published in all of these editions.", (), many=True),
    Param("not_translated_in", locale_tag, {"type": "string"}, "Published in none of these editions.", (), many=True),
    Param("missing_in", locale_tag, {"type": "string"}, "Editions in which there is no variant.", (), many=True),
    Param("scheduled", flag, _FLAG, "Whether something is planned."),
    Param("mine", flag, _FLAG, "Whether the asker made it."),
    Param("featured", flag, _FLAG, "Whether it is featured."),
    SEARCH,
    TOTAL,
    LIMIT,
    CURSOR,
)
PAGE = (LIMIT, CURSOR)


def require_editions(query: Mapping[str, Any], *names: str) -> None:
    """Refuse parameters that name an edition which is not there.

    Raises: InvalidError.
    """
    known = {edition.locale for edition in list_editions()}
    for name in names:
        if not known.issuperset(query[name]):
            raise InvalidError(Problem("unknown_locale", _("There is no such edition."), parameter=name))


def article_filter(query: Mapping[str, Any]) -> ArticleFilter:
    """What a list of the newsroom is asked for.

    Raises: InvalidError for a month without a year, and for a date that the calendar does not have.
    """
    require_editions(query, "locale", "translated_in", "not_translated_in", "missing_in")
    direct = {field.name for field in fields(ArticleFilter)} & query.keys()
    start, end = _period(query)
    return ArticleFilter(
        **{name: query[name] for name in direct}
        | {
            "q": search_query(query["q"]) if query["q"] is not None else None,
            "published_from": max(filter(None, (start, _instant(query["from"]))), default=None),
            "published_to": min(filter(None, (end, _instant(query["to"]))), default=None),
        }
    )


def _period(query: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    if query["year"] is None:
        if query["month"] is not None:
            raise InvalidError(Problem("requires_year", _("Needs “year” as well."), parameter="month"))
        return None, None
    try:
        return period_bounds(query["calendar"] or CALENDARS[0], query["year"], query["month"], "UTC")
    except InvalidDateError as error:
        words = _("There is no such date in this calendar.")
        raise InvalidError(Problem("invalid", words, parameter="year")) from error


def _instant(value: date | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC)
