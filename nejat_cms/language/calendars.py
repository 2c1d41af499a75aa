"""Days, months and dates in the reader's calendar and digits.

to_calendar(date(2026, 11, 23), "persian")       -> (1405, 9, 2)
period_bounds("persian", 1405, 9, "Asia/Tehran") -> Azar 1405 as two instants
display_date(instant, locale="fa", …).long       -> "دوشنبه ۲ آذر ۱۴۰۵"
"""

import re
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import icu

from .canonical import canonical_locale
from .errors import InvalidDateError, UnknownCalendarError
from .locales import CALENDARS, numbering_digits
from .zones import day_start, to_local

__all__ = [
    "CALENDARS",
    "DisplayDate",
    "InvalidDateError",
    "UnknownCalendarError",
    "display_date",
    "from_calendar",
    "localize_digits",
    "month_name",
    "period_bounds",
    "to_calendar",
]

_EPOCH = date(1970, 1, 1)
_DAY = 86400.0
_LAST_YEAR = date.max.year
_GMT = icu.TimeZone.getGMT()
_KEYS = {"gregorian": "gregory", "persian": "persian", "islamic-umalqura": "islamic-umalqura"}
_SAMPLE_YEARS = {"gregorian": 2000, "persian": 1400, "islamic-umalqura": 1440}
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")

# CLDR's root patterns: what a locale shows for which nobody has said how dates are written.
_ROOT_LONG, _ROOT_FULL, _ROOT_ERA = "y MMMM d", "y MMMM d, EEEE", "G y MMMM d"

# ICU's calendars and formatters keep state while they work.
_lock = threading.Lock()


def to_calendar(day: date, calendar: str) -> tuple[int, int, int]:
    """Year, month (1–12) and day of a date in one of `CALENDARS`.

    Days before a calendar's first year have the year 0 or less. `gregorian` is
    proleptic, as Python's dates are. Umm al-Qura is ICU's table for the years 1300
    to 1600, and arithmetic before and after.

    Source: CLDR calendars as ICU computes them.

    Raises: UnknownCalendarError.
    """
    if calendar == "gregorian":
        return day.year, day.month, day.day
    reckoner = _reckoner(calendar)
    with _lock:
        reckoner.setTime((day - _EPOCH).days * _DAY)
        return (
            reckoner.get(icu.Calendar.YEAR),
            reckoner.get(icu.Calendar.MONTH) + 1,
            reckoner.get(icu.Calendar.DATE),
        )


def from_calendar(calendar: str, y: int, m: int, d: int) -> date:
    """The date that has this year, month (1–12) and day in one of `CALENDARS`; inverse of `to_calendar`.

    Years are those that Python's dates reach: gregorian 1 to 9999, persian -621 to 9378
    and islamic-umalqura -640 to 9666, of which the last two begin and end incomplete.

    Raises: InvalidDateError for a day that does not exist (30 Esfand of a common
    year, month 13), UnknownCalendarError.
    """
    if calendar not in CALENDARS:
        raise UnknownCalendarError(calendar)
    if not (-_LAST_YEAR <= y <= _LAST_YEAR and 1 <= m <= 12 and 1 <= d <= 31):
        raise InvalidDateError((calendar, y, m, d))
    try:
        day = _EPOCH + timedelta(days=_days(calendar, y, m, d))
    except (ValueError, OverflowError) as error:
        raise InvalidDateError((calendar, y, m, d)) from error
    # ICU takes the 30th of a month of 29 days for the 1st of the next.
    if to_calendar(day, calendar) != (y, m, d):
        raise InvalidDateError((calendar, y, m, d))
    return day


def period_bounds(calendar: str, year: int, month: int | None, timezone: str) -> tuple[datetime, datetime]:
    """The instants a year, or one month of it, begins and ends at in a zone: [start, end), aware, UTC.

    Each is the first instant of its day there, see `zones.day_start`; neighbouring
    periods touch and never overlap. A period that reaches over an end of the years
    1 and 9999 is cut off there, so that every day of `to_calendar` lies in one.

    Raises: InvalidDateError for a period that does not exist or lies beyond those
    years, UnknownCalendarError, UnknownTimezoneError.
    """
    if calendar not in CALENDARS:
        raise UnknownCalendarError(calendar)
    if not (-_LAST_YEAR <= year <= _LAST_YEAR and (month is None or 1 <= month <= 12)):
        raise InvalidDateError((calendar, year, month))
    last = month in (None, 12)
    try:
        first = _days(calendar, year, month or 1, 1)
        following = _days(calendar, year + last, 1 if month is None or last else month + 1, 1)
    except ValueError as error:
        raise InvalidDateError((calendar, year, month)) from error
    if following <= (date.min - _EPOCH).days or first > (date.max - _EPOCH).days:
        raise InvalidDateError((calendar, year, month))
    return _bound(first, timezone), _bound(following, timezone)


def _days(calendar: str, y: int, m: int, d: int) -> int:
    """Days from 1970-01-01 to a day that `date` need not reach; one that does not exist is taken for a later one."""
    if calendar == "gregorian":
        cycles = y > _LAST_YEAR  # of 400 years, which are 146,097 days
        return (date(y - 400 * cycles, m, d) - _EPOCH).days + 146_097 * cycles
    reckoner = _reckoner(calendar)
    with _lock:
        reckoner.clear()
        reckoner.set(icu.Calendar.YEAR, y)
        reckoner.set(icu.Calendar.MONTH, m - 1)
        reckoner.set(icu.Calendar.DATE, d)
        return int(reckoner.getTime() // _DAY)


def _bound(days: int, timezone: str) -> datetime:
    """The first instant of a day in a zone; where `datetime` does not reach, its own first or last."""
    try:
        return day_start(_EPOCH + timedelta(days=days), timezone)
    except (InvalidDateError, OverflowError):
        return datetime.min.replace(tzinfo=UTC) if days < 0 else datetime.max.replace(tzinfo=UTC)


def month_name(month: int, *, calendar: str, locale: str, year: int | None = None) -> str:
    """What a month (1–12) is called when it stands alone: “آذر”, “Xhumade-theni”, “nëntor”.

    The names are the same in every year of our calendars; a `year` that is given
    must have the month all the same. Where CLDR has no names in the locale, they
    are the root's.

    Source: CLDR stand-alone wide month names.

    Raises: InvalidDateError, UnknownCalendarError, UnknownLocaleError.
    """
    if calendar not in CALENDARS:
        raise UnknownCalendarError(calendar)
    day = from_calendar(calendar, _SAMPLE_YEARS[calendar] if year is None else year, month, 1)
    return _formatted(day, _formatters(canonical_locale(locale), calendar)[2])


def localize_digits(text: str, numbering: str) -> str:
    """The text with its ASCII digits written in a numbering system: `1405` in `arabext` is `۱۴۰۵`.

    Everything else stays, digits of other scripts included.

    Raises: UnknownNumberingError (see `tags.is_numbering`).
    """
    return text.translate(_digit_table(numbering))


@lru_cache(maxsize=128)
def _digit_table(numbering: str) -> dict[int, str]:
    return str.maketrans(dict(zip("0123456789", numbering_digits(numbering), strict=True)))


@dataclass(frozen=True)
class DisplayDate:
    """A date as readers are shown it: `display` without the weekday, `long` with it."""

    display: str
    long: str


def display_date(instant: datetime, *, locale: str, calendar: str, numbering: str, timezone: str) -> DisplayDate:
    """The day of an instant in a zone, as a reader of this locale expects to see it.

    “۲ آذر ۱۴۰۵” and “دوشنبه ۲ آذر ۱۴۰۵”; “November 23, 2026” and “Monday, November 23,
    2026”. Order and words are CLDR's long and full date. For the Persian calendar
    they are those of the locale's Gregorian one: CLDR's own full pattern puts the
    year first, and shows an era nobody writes. Umm al-Qura dates show theirs (“هـ”).
    No invisible bidi marks.

    `instant` is aware; one whose local day would leave the years 1 to 9999 is
    shown by UTC. Source: CLDR date patterns.

    Raises: UnknownLocaleError, UnknownCalendarError, UnknownNumberingError,
    UnknownTimezoneError.
    """
    if calendar not in CALENDARS:
        raise UnknownCalendarError(calendar)
    day = to_local(instant, timezone).date()
    display, long, _ = _formatters(canonical_locale(locale), calendar)
    return DisplayDate(
        localize_digits(_formatted(day, display), numbering),
        localize_digits(_formatted(day, long), numbering),
    )


def _formatted(day: date, formatter: icu.SimpleDateFormat) -> str:
    with _lock:
        text: str = formatter.format((day - _EPOCH).days * _DAY)
    return _BIDI.sub("", text)


@lru_cache(maxsize=512)
def _formatters(locale: str, calendar: str) -> tuple[icu.SimpleDateFormat, ...]:
    """For the date, the date with its weekday, and the name of its month."""
    formatters = []
    for pattern in (*_patterns(locale, calendar), "LLLL"):
        formatter = icu.SimpleDateFormat(pattern, _icu_locale(locale, calendar))
        if calendar == "gregorian":
            proleptic = icu.GregorianCalendar(_GMT, _icu_locale(locale, calendar))
            proleptic.setGregorianChange(-1e15)  # seconds: long before the year 1, so never Julian
            formatter.setCalendar(proleptic)
        formatter.setTimeZone(_GMT)
        formatters.append(formatter)
    return tuple(formatters)


def _patterns(locale: str, calendar: str) -> tuple[str, str]:
    long, full = _cldr_patterns(locale, "gregorian")
    if full == _ROOT_FULL and long != _ROOT_LONG:
        full = f"EEEE {long}"
    if calendar == "islamic-umalqura":
        own_long, own_full = _cldr_patterns(locale, calendar)
        if own_long.startswith(_ROOT_ERA) or own_full.startswith(_ROOT_ERA):
            return f"{long} G", f"{full} G"
        return own_long, own_full
    return long, full


def _cldr_patterns(locale: str, calendar: str) -> tuple[str, str]:
    where = _icu_locale(locale, calendar)
    styles = (icu.DateFormat.LONG, icu.DateFormat.FULL)
    long, full = (icu.DateFormat.createDateInstance(style, where).toPattern() for style in styles)
    return long, full


def _icu_locale(locale: str, calendar: str) -> icu.Locale:
    return icu.Locale.forLanguageTag(f"{locale}-u-ca-{_KEYS[calendar]}-nu-latn")


@lru_cache(maxsize=len(CALENDARS))
def _reckoner(calendar: str) -> icu.Calendar:
    if calendar not in CALENDARS:
        raise UnknownCalendarError(calendar)
    return icu.Calendar.createInstance(_GMT, _icu_locale("en", calendar))
