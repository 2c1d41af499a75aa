"""Wall times, instants, and how both are written (RFC 3339)."""

import re
from datetime import UTC, date, datetime, timedelta
from datetime import timezone as fixed_offset
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from .errors import InvalidDateError, UnknownTimezoneError

__all__ = [
    "InvalidDateError",
    "UnknownTimezoneError",
    "day_start",
    "from_microseconds",
    "is_timezone",
    "microseconds",
    "parse_rfc3339",
    "resolve_local_time",
    "to_local",
    "to_local_rfc3339",
    "to_rfc3339",
    "zone",
]

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_LOCAL = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_LONGEST = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_timezone(name: str) -> bool:
    """Whether this is an IANA time zone, exactly as written: `Asia/Tehran`, `UTC`, not `asia/tehran`.

    The names are those of the bundled tzdata, the same on every machine, old
    aliases (`Iran`) included; `Factory`, which means that none was set, is not.
    """
    return name in _names()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    names = (resources.files("tzdata") / "zones").read_text("utf-8").split()
    return frozenset(names) - {"Factory"}


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The rules of a time zone, from the bundled tzdata.

    `ZoneInfo(name)` would prefer the machine's own files, which may be years old
    (Iran gave up summer time in 2022, Egypt took it up again in 2023).

    Raises: UnknownTimezoneError.
    """
    if not is_timezone(name):
        raise UnknownTimezoneError(name)
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def resolve_local_time(local: str, fold: int, timezone: str) -> tuple[datetime, timedelta]:
    """The instant a clock on the wall shows a time, and by how much the time had to be moved.

    `local` is `2027-03-28T02:30` or `2027-03-28T02:30:00`, ASCII, without offset. The
    answer is aware, in UTC. A time that a clock shows twice is the first (`fold` 0)
    or the second (`fold` 1) of the two. A time that it skips moves forward by what
    was skipped, whatever `fold` is: 02:30 becomes 03:30 and the second value is one
    hour; otherwise it is zero.

    Source: PEP 495, tzdata.

    Raises: InvalidDateError (malformed, not a date, out of range, `fold` not 0 or 1),
    UnknownTimezoneError.
    """
    match = _LOCAL.fullmatch(local) if len(local) <= _LONGEST else None
    if match is None or fold not in (0, 1):
        raise InvalidDateError(local)
    rules = zone(timezone)
    try:
        wall = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        instant = wall.replace(tzinfo=rules, fold=fold).astimezone(UTC)
        if instant.astimezone(rules).replace(tzinfo=None) == wall:
            return instant, timedelta(0)
        instant = wall.replace(tzinfo=rules, fold=0).astimezone(UTC)
        return instant, instant.astimezone(rules).replace(tzinfo=None) - wall
    except (ValueError, OverflowError) as error:
        raise InvalidDateError(local) from error


def day_start(day: date, timezone: str) -> datetime:
    """The first instant of a day in a zone, aware, in UTC.

    Midnight, or where the clocks skip it, the instant they skip to; where they show
    it twice, the first. A day that a zone left out altogether (Samoa, 30 December
    2011) begins when the next one does.

    Raises: InvalidDateError if UTC cannot say it (the ends of the years 1 and 9999),
    UnknownTimezoneError.
    """
    rules = zone(timezone)
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    try:
        start = midnight.replace(tzinfo=rules).astimezone(UTC)
        if _wall(start, rules) == midnight:
            return start
        # Skipped. The jump lies at or before `start`, usually there, but some began before midnight.
        before, after = start - timedelta(days=1), start
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // timedelta(seconds=2) * timedelta(seconds=1)
            before, after = (before, middle) if _wall(middle, rules) >= midnight else (middle, after)
        return after
    except OverflowError as error:
        raise InvalidDateError(day) from error


def _wall(instant: datetime, rules: ZoneInfo) -> datetime:
    return instant.astimezone(rules).replace(tzinfo=None)


def to_local(instant: datetime, timezone: str) -> datetime:
    """The same instant by a zone's clocks; by UTC's, where the zone's would leave the years 1 to 9999.

    Raises: ValueError for a naive `instant`, UnknownTimezoneError.
    """
    rules = zone(timezone)
    try:
        return _aware(instant).astimezone(rules)
    except OverflowError:
        return instant.astimezone(UTC)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    """The instant so many microseconds after 1970-01-01T00:00:00Z, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def to_rfc3339(instant: datetime) -> str:
    """An instant as the API writes it: `2026-11-23T10:00:00Z`.

    A fraction of a second is written only if there is one, up to microseconds and
    without zeros at its end: `…00.25Z`. Reads back as the same instant.

    Raises: ValueError for a naive `instant`.
    """
    return _written(_aware(instant).astimezone(UTC)) + "Z"


def to_local_rfc3339(instant: datetime, timezone: str) -> str:
    """An instant by a zone's clocks: `2026-11-23T13:30:00+03:30`. Fractions as in `to_rfc3339`.

    RFC 3339 knows offsets of whole minutes: where a zone once had seconds (local
    mean time, before 1950 or so), time and offset are given by the minute below.

    Raises: ValueError for a naive `instant`, UnknownTimezoneError.
    """
    local = to_local(instant, timezone)
    offset = local.utcoffset() or timedelta(0)
    minutes = offset // timedelta(minutes=1)
    try:
        written = _written(local - (offset - timedelta(minutes=minutes)))
    except OverflowError:
        return to_rfc3339(instant)
    sign = "-" if minutes < 0 else "+"
    return f"{written}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def parse_rfc3339(text: str) -> datetime:
    """The instant a client wrote, aware, in UTC.

    RFC 3339 §5.6 strictly: ASCII digits, `T` between date and time, seconds, and `Z`
    or an offset (`t` and `z` are allowed there). Of a fraction the first six digits
    count, nine are read. Not taken: a space for the `T`, second 60, anything that
    leaves the years 1 to 9999 in UTC.

    Raises: InvalidDateError.
    """
    match = _RFC3339.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise InvalidDateError(text)
    *parts, fraction, sign, hours, minutes = match.groups()
    try:
        offset = timedelta(0)
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                raise InvalidDateError(text)
            offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        year, month, day, hour, minute, second = map(int, parts)
        microsecond = int((fraction or "0").ljust(6, "0")[:6])
        local = datetime(year, month, day, hour, minute, second, microsecond, fixed_offset(offset))
        return local.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidDateError(text) from error


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant


def _written(time: datetime) -> str:
    written = time.replace(tzinfo=None, microsecond=0).isoformat()
    return f"{written}.{time.microsecond:06}".rstrip("0") if time.microsecond else written
