from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.zones import (
    InvalidDateError,
    UnknownTimezoneError,
    day_start,
    is_timezone,
    parse_rfc3339,
    resolve_local_time,
    to_local_rfc3339,
    to_rfc3339,
    zone,
)

HOUR = timedelta(hours=1)
ZONES = st.sampled_from(
    ["UTC", "Asia/Tehran", "Africa/Cairo", "Europe/Tirane", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
)


def test_zones_are_those_of_iana() -> None:
    assert all(is_timezone(name) for name in ("UTC", "Asia/Tehran", "Europe/Tirane", "Africa/Cairo", "Europe/Kyiv"))
    wrong = ["", "asia/tehran", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "localtime", "posix/UTC", "Factory"]
    assert not any(is_timezone(name) for name in [*wrong, "UTC\x00", "Asia", "zone.tab", "+03:30"])


def test_an_unknown_zone_is_named_as_such() -> None:
    for call in (
        lambda: zone("../zone.tab"),
        lambda: resolve_local_time("2026-01-01T00:00", 0, "Mars"),
        lambda: day_start(date(2026, 1, 1), "Mars"),
        lambda: to_local_rfc3339(datetime(2026, 1, 1, tzinfo=UTC), "Mars"),
    ):
        with pytest.raises(UnknownTimezoneError):
            call()


def test_a_wall_time_becomes_an_instant() -> None:
    assert resolve_local_time("2026-11-23T13:30", 0, "Asia/Tehran") == (
        datetime(2026, 11, 23, 10, tzinfo=UTC),
        timedelta(0),
    )
    assert resolve_local_time("2026-11-23T13:30:07", 1, "Asia/Tehran") == (
        datetime(2026, 11, 23, 10, 0, 7, tzinfo=UTC),
        timedelta(0),
    )


@pytest.mark.parametrize("fold", [0, 1])
def test_a_time_the_clocks_skip_moves_forward_by_the_gap(fold: int) -> None:
    instant, moved = resolve_local_time("2027-03-28T02:30", fold, "Europe/Tirane")
    assert instant == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert to_local_rfc3339(instant, "Europe/Tirane") == "2027-03-28T03:30:00+02:00"
    assert moved == HOUR


def test_cairo_skips_midnight() -> None:
    instant, moved = resolve_local_time("2027-04-30T00:30", 0, "Africa/Cairo")
    assert to_local_rfc3339(instant, "Africa/Cairo") == "2027-04-30T01:30:00+03:00"
    assert moved == HOUR
    start = day_start(date(2027, 4, 30), "Africa/Cairo")
    assert to_local_rfc3339(start, "Africa/Cairo") == "2027-04-30T01:00:00+03:00"
    assert to_local_rfc3339(start - timedelta(seconds=1), "Africa/Cairo") == "2027-04-29T23:59:59+02:00"


def test_a_time_shown_twice_is_the_first_or_the_second() -> None:
    first, moved_first = resolve_local_time("2026-10-25T02:30", 0, "Europe/Tirane")
    second, moved_second = resolve_local_time("2026-10-25T02:30", 1, "Europe/Tirane")
    assert second - first == HOUR
    assert moved_first == moved_second == timedelta(0)


def test_tehran_has_no_summer_time_since_2022() -> None:
    assert to_local_rfc3339(datetime(2022, 7, 1, tzinfo=UTC), "Asia/Tehran").endswith("+04:30")
    for year in (2023, 2026, 2030):
        assert to_local_rfc3339(datetime(year, 7, 1, tzinfo=UTC), "Asia/Tehran").endswith("+03:30")
        assert resolve_local_time(f"{year}-03-22T00:30", 0, "Asia/Tehran")[1] == timedelta(0)


@pytest.mark.parametrize(
    ("day", "timezone", "start"),
    [
        (date(2026, 11, 23), "Asia/Tehran", "2026-11-22T20:30:00Z"),
        (date(2026, 11, 1), "America/Havana", "2026-11-01T04:00:00Z"),  # midnight twice: the first
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00:00Z"),  # a day Samoa left out
        (date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00:00Z"),
        (date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30:00Z"),  # from 23:30 to 00:30
    ],
)
def test_a_day_begins_at_its_first_instant(day: date, timezone: str, start: str) -> None:
    assert to_rfc3339(day_start(day, timezone)) == start


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1)), ZONES)
def test_the_instant_before_a_days_first_belongs_to_the_day_before(day: date, timezone: str) -> None:
    start = day_start(day, timezone)
    assert start.astimezone(zone(timezone)).date() >= day
    assert (start - timedelta(microseconds=1)).astimezone(zone(timezone)).date() < day


@pytest.mark.parametrize(
    "local",
    [
        "",
        "2027-03-28",
        "2027-03-28 02:30",
        "2027-03-28t02:30",
        "2027-03-28T02:30Z",
        "2027-03-28T02:30:00.5",
        "2027-03-28T24:00",
        "2027-03-28T02:60",
        "2027-02-30T02:30",
        "2027-3-28T02:30",
        "۲۰۲۷-03-28T02:30",
        "0000-01-01T00:00",
        "0001-01-01T00:00",
        "2027-03-28T02:30\n",
        "1" * 1_000_000,
    ],
)
def test_malformed_wall_times_are_refused(local: str) -> None:
    with pytest.raises(InvalidDateError):
        resolve_local_time(local, 0, "Asia/Tehran")


def test_there_is_no_third_time() -> None:
    for fold in (2, -1):
        with pytest.raises(InvalidDateError):
            resolve_local_time("2026-10-25T02:30", fold, "Europe/Tirane")


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)), st.sampled_from([0, 1]), ZONES)  # noqa: DTZ001
def test_a_moved_time_lies_later_by_what_is_said(wall: datetime, fold: int, timezone: str) -> None:
    wall = wall.replace(microsecond=0)
    instant, moved = resolve_local_time(wall.isoformat(), fold, timezone)
    assert moved >= timedelta(0)
    assert instant.astimezone(zone(timezone)).replace(tzinfo=None) == wall + moved


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23t10:00:00z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T13:30:00+03:30", "2026-11-23T10:00:00Z"),
        ("2026-11-23T05:00:00.250-05:00", "2026-11-23T10:00:00.25Z"),
        ("2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456Z"),
        ("2026-11-23T10:00:00-00:00", "2026-11-23T10:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_instants_are_read_and_written_as_rfc_3339_says(text: str, written: str) -> None:
    assert to_rfc3339(parse_rfc3339(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00Z",
        "2026-11-23 10:00:00Z",
        "2026-11-23T10:00:00+0330",
        "2026-11-23T10:00:00+24:00",
        "2026-11-23T10:00:00+03:60",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T10:00:00,5Z",
        "2026-11-23T10:00:60Z",
        "2026-11-23T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01T00:00:00Z",
        "۲۰۲۶-11-23T10:00:00Z",
        " 2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00Z\n",
        "2026-11-23T10:00:00." + "0" * 100_000 + "Z",
    ],
)
def test_what_is_not_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(InvalidDateError):
        parse_rfc3339(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_being_written(instant: datetime) -> None:
    assert parse_rfc3339(to_rfc3339(instant)) == instant


@given(st.datetimes(timezones=st.just(UTC)), ZONES)
def test_local_times_name_the_same_instant(instant: datetime, timezone: str) -> None:
    written = to_local_rfc3339(instant, timezone)
    assert parse_rfc3339(written) == instant


def test_local_times_carry_their_offset() -> None:
    instant = datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert to_local_rfc3339(instant, "Asia/Tehran") == "2026-11-23T13:30:00+03:30"
    assert to_local_rfc3339(instant, "America/New_York") == "2026-11-23T05:00:00-05:00"
    assert to_local_rfc3339(instant, "America/St_Johns") == "2026-11-23T06:30:00-03:30"
    assert to_local_rfc3339(instant, "UTC") == "2026-11-23T10:00:00+00:00"


def test_a_naive_time_is_no_instant() -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        to_rfc3339(naive)
    with pytest.raises(ValueError, match="time zone"):
        to_local_rfc3339(naive, "UTC")
