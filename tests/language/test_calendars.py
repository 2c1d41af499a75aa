import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.calendars import (
    CALENDARS,
    InvalidDateError,
    UnknownCalendarError,
    display_date,
    from_calendar,
    localize_digits,
    month_name,
    period_bounds,
    to_calendar,
)
from nejat_cms.language.errors import UnknownNumberingError, UnknownTimezoneError

CALENDAR = st.sampled_from(CALENDARS)


@pytest.mark.parametrize(
    ("day", "jalali"),
    [
        (date(1979, 2, 11), (1357, 11, 22)),
        (date(2000, 3, 20), (1379, 1, 1)),
        (date(2021, 3, 20), (1399, 12, 30)),
        (date(2021, 3, 21), (1400, 1, 1)),
        (date(2024, 3, 19), (1402, 12, 29)),
        (date(2024, 3, 20), (1403, 1, 1)),
        (date(2025, 3, 20), (1403, 12, 30)),
        (date(2025, 3, 21), (1404, 1, 1)),
        (date(2026, 11, 23), (1405, 9, 2)),
        (date(2030, 3, 20), (1408, 12, 30)),
    ],
)
def test_persian_dates_are_those_of_the_official_calendar(day: date, jalali: tuple[int, int, int]) -> None:
    assert to_calendar(day, "persian") == jalali
    assert from_calendar("persian", *jalali) == day


def test_persian_leap_years_are_those_of_the_official_calendar() -> None:
    def leap(year: int) -> bool:
        try:
            return bool(from_calendar("persian", year, 12, 30))
        except InvalidDateError:
            return False

    leaps = [1354, 1358, 1362, 1366, 1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408, 1412, 1416]
    assert [year for year in range(1351, 1420) if leap(year)] == leaps


@pytest.mark.parametrize(
    ("day", "hijri"),
    [
        (date(1999, 4, 17), (1420, 1, 1)),
        (date(2023, 3, 23), (1444, 9, 1)),
        (date(2024, 7, 7), (1446, 1, 1)),
        (date(2025, 6, 26), (1447, 1, 1)),
        (date(2026, 11, 23), (1448, 6, 13)),
    ],
)
def test_umm_al_qura_dates_are_those_of_the_table(day: date, hijri: tuple[int, int, int]) -> None:
    assert to_calendar(day, "islamic-umalqura") == hijri
    assert from_calendar("islamic-umalqura", *hijri) == day


@pytest.mark.parametrize(
    ("calendar", "y", "m", "d"),
    [
        ("persian", 1402, 12, 30),
        ("persian", 1402, 13, 1),
        ("persian", 1402, 0, 1),
        ("persian", 1402, 7, 31),
        ("persian", 1402, 1, 32),
        ("persian", 1402, 1, 0),
        ("persian", -621, 10, 10),
        ("gregorian", 0, 1, 1),
        ("persian", 9378, 12, 1),
        ("persian", 10**30, 1, 1),
        ("islamic-umalqura", 1448, 6, 31),
        ("islamic-umalqura", 9999, 1, 1),
        ("gregorian", 2026, 2, 29),
        ("gregorian", 10_000, 1, 1),
    ],
)
def test_a_day_that_does_not_exist_is_refused(calendar: str, y: int, m: int, d: int) -> None:
    with pytest.raises(InvalidDateError):
        from_calendar(calendar, y, m, d)


@given(st.dates(), CALENDAR)
def test_every_day_survives_the_way_there_and_back(day: date, calendar: str) -> None:
    assert from_calendar(calendar, *to_calendar(day, calendar)) == day


@given(st.dates(max_value=date(9999, 12, 30)), CALENDAR)
def test_days_follow_each_other_in_every_calendar(day: date, calendar: str) -> None:
    assert to_calendar(day, calendar) < to_calendar(day + timedelta(days=1), calendar)


def test_other_calendars_are_unknown() -> None:
    for call in (
        lambda: to_calendar(date(2026, 1, 1), "buddhist"),
        lambda: from_calendar("buddhist", 1, 1, 1),
        lambda: month_name(1, calendar="buddhist", locale="th"),
        lambda: period_bounds("", 1, 1, "UTC"),
    ):
        with pytest.raises(UnknownCalendarError):
            call()


def test_a_persian_month_runs_between_tehrans_midnights() -> None:
    start, end = period_bounds("persian", 1405, 9, "Asia/Tehran")
    assert start == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert end == datetime(2026, 12, 21, 20, 30, tzinfo=UTC)
    assert start.utcoffset() == timedelta(0)


def test_tehran_kept_summer_time_until_2022() -> None:
    start, end = period_bounds("persian", 1401, 1, "Asia/Tehran")
    assert start == datetime(2022, 3, 20, 20, 30, tzinfo=UTC)
    assert end == datetime(2022, 4, 20, 19, 30, tzinfo=UTC)
    assert period_bounds("persian", 1402, 4, "Asia/Tehran")[0] == datetime(2023, 6, 21, 20, 30, tzinfo=UTC)


def test_a_leap_year_has_its_last_day() -> None:
    start, end = period_bounds("persian", 1403, None, "Asia/Tehran")
    assert end - start == timedelta(days=366)
    assert period_bounds("gregorian", 2026, None, "UTC")[1] == datetime(2027, 1, 1, tzinfo=UTC)


@given(st.integers(1, 9000), st.integers(1, 12), CALENDAR, st.sampled_from(["Asia/Tehran", "America/Havana", "UTC"]))
def test_months_touch_and_never_overlap(year: int, month: int, calendar: str, timezone: str) -> None:
    start, end = period_bounds(calendar, year + 1, month, timezone)
    following = (year + 2, 1) if month == 12 else (year + 1, month + 1)
    assert start < end == period_bounds(calendar, *following, timezone)[0]


@pytest.mark.parametrize(
    ("calendar", "year", "month", "timezone"),
    [
        ("gregorian", 0, None, "UTC"),
        ("gregorian", 10_000, None, "UTC"),
        ("gregorian", 2026, 0, "UTC"),
        ("persian", 1405, 13, "UTC"),
        ("persian", -621, 9, "UTC"),
        ("persian", 9378, 11, "UTC"),
        ("persian", -622, None, "UTC"),
        ("islamic-umalqura", 9667, None, "UTC"),
    ],
)
def test_a_period_beyond_the_calendar_is_refused(calendar: str, year: int, month: int | None, timezone: str) -> None:
    with pytest.raises(InvalidDateError):
        period_bounds(calendar, year, month, timezone)


@given(st.dates(), CALENDAR, st.sampled_from(["Asia/Tehran", "America/Havana", "UTC"]))
def test_every_day_lies_in_a_month_and_a_year_of_every_calendar(day: date, calendar: str, timezone: str) -> None:
    year, month, _ = to_calendar(day, calendar)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    hours = timedelta(hours=18)  # further than any of these zones is from Greenwich
    for period in (month, None):
        start, end = period_bounds(calendar, year, period, timezone)
        assert start < end
        assert start - noon <= hours
        assert noon - end <= hours


def test_the_first_and_the_last_period_end_where_the_years_do() -> None:
    beginning, ending = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert period_bounds("gregorian", 9999, 12, "UTC") == (datetime(9999, 12, 1, tzinfo=UTC), ending)
    assert period_bounds("gregorian", 1, 1, "Asia/Tehran")[0] == beginning
    assert period_bounds("persian", -621, 10, "UTC")[0] == beginning
    assert period_bounds("persian", 9378, 10, "UTC")[1] == ending


@pytest.mark.parametrize(
    ("month", "calendar", "locale", "name"),
    [
        (1, "persian", "fa", "فروردین"),
        (12, "persian", "fa", "اسفند"),
        (9, "persian", "fa-AF", "قوس"),
        (9, "persian", "en", "Azar"),
        (11, "gregorian", "sq", "nëntor"),
        (11, "gregorian", "ar", "نوفمبر"),
        (9, "islamic-umalqura", "ar", "رمضان"),
        (11, "gregorian", "ru", "ноябрь"),
    ],
)
def test_a_month_has_its_name(month: int, calendar: str, locale: str, name: str) -> None:
    assert month_name(month, calendar=calendar, locale=locale) == name


def test_months_that_do_not_exist_have_no_name() -> None:
    assert month_name(12, calendar="persian", locale="fa", year=1402) == "اسفند"
    for month, year in ((0, None), (13, None), (12, 9378)):
        with pytest.raises(InvalidDateError):
            month_name(month, calendar="persian", locale="fa", year=year)


def test_digits_are_written_as_the_edition_writes_them() -> None:
    assert localize_digits("1405/09/02 – a", "arabext") == "۱۴۰۵/۰۹/۰۲ – a"
    assert localize_digits("1405 ۱", "arab") == "١٤٠٥ ۱"
    assert localize_digits("2026", "beng") == "২০২৬"
    assert localize_digits("2026", "latn") == "2026"
    with pytest.raises(UnknownNumberingError):
        localize_digits("2026", "roman")


@pytest.mark.parametrize(
    ("locale", "calendar", "numbering", "timezone", "expected"),
    [
        ("fa", "persian", "arabext", "Asia/Tehran", ("۲ آذر ۱۴۰۵", "دوشنبه ۲ آذر ۱۴۰۵")),
        ("fa-AF", "persian", "arabext", "Asia/Kabul", ("۲ قوس ۱۴۰۵", "دوشنبه ۲ قوس ۱۴۰۵")),
        ("fa", "gregorian", "latn", "Asia/Tehran", ("23 نوامبر 2026", "دوشنبه 23 نوامبر 2026")),
        ("ar", "gregorian", "arab", "Africa/Cairo", ("٢٣ نوفمبر ٢٠٢٦", "الاثنين، ٢٣ نوفمبر ٢٠٢٦")),
        (
            "ar",
            "islamic-umalqura",
            "arab",
            "Asia/Riyadh",
            ("١٣ جمادى الآخرة ١٤٤٨ هـ", "الاثنين، ١٣ جمادى الآخرة ١٤٤٨ هـ"),
        ),
        ("ar", "persian", "arab", "UTC", ("٢ آذر ١٤٠٥", "الاثنين، ٢ آذر ١٤٠٥")),
        ("en", "gregorian", "latn", "UTC", ("November 23, 2026", "Monday, November 23, 2026")),
        ("en-GB", "gregorian", "latn", "UTC", ("23 November 2026", "Monday, 23 November 2026")),
        ("en", "persian", "latn", "UTC", ("Azar 2, 1405", "Monday, Azar 2, 1405")),
        ("sq", "gregorian", "latn", "Europe/Tirane", ("23 nëntor 2026", "e hënë, 23 nëntor 2026")),
        ("sq", "persian", "latn", "UTC", ("2 Azar 1405", "e hënë, 2 Azar 1405")),
        ("th", "gregorian", "latn", "UTC", ("23 พฤศจิกายน ค.ศ. 2026", "วันจันทร์ที่ 23 พฤศจิกายน ค.ศ. 2026")),
    ],
)
def test_a_date_is_shown_as_its_readers_expect(
    locale: str, calendar: str, numbering: str, timezone: str, expected: tuple[str, str]
) -> None:
    instant = datetime(2026, 11, 23, 10, tzinfo=UTC)
    shown = display_date(instant, locale=locale, calendar=calendar, numbering=numbering, timezone=timezone)
    assert (shown.display, shown.long) == expected


def test_the_day_is_the_zones_day() -> None:
    instant = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    tehran = display_date(instant, locale="fa", calendar="persian", numbering="arabext", timezone="Asia/Tehran")
    cairo = display_date(instant, locale="ar", calendar="gregorian", numbering="arab", timezone="Africa/Cairo")
    assert tehran.display == "۳ آذر ۱۴۰۵"
    assert cairo.display == "٢٣ نوفمبر ٢٠٢٦"


def test_old_dates_are_gregorian_and_not_julian() -> None:
    shown = display_date(
        datetime(1500, 3, 1, 12, tzinfo=UTC), locale="en", calendar="gregorian", numbering="latn", timezone="UTC"
    )
    assert shown.long == f"{date(1500, 3, 1):%A}, March 1, 1500"


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(["en", "ar", "fa", "sq", "ckb", "he", "ps", "zh", "tlh", "az-Arab"]),
    CALENDAR,
    st.sampled_from(["Asia/Tehran", "America/New_York", "Pacific/Kiritimati"]),
)
def test_any_instant_can_be_shown_without_bidi_marks(
    instant: datetime, locale: str, calendar: str, timezone: str
) -> None:
    shown = display_date(instant, locale=locale, calendar=calendar, numbering="latn", timezone=timezone)
    assert not set(shown.display + shown.long) & set("\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
    assert shown.display
    assert len(shown.long) > len(shown.display)


def test_a_naive_instant_or_an_unknown_zone_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="time zone"):
        display_date(
            datetime(2026, 1, 1),  # noqa: DTZ001
            locale="en",
            calendar="gregorian",
            numbering="latn",
            timezone="UTC",
        )
    with pytest.raises(UnknownTimezoneError):
        display_date(
            datetime(2026, 1, 1, tzinfo=UTC), locale="en", calendar="gregorian", numbering="latn", timezone="Mars"
        )


def test_threads_do_not_disturb_each_other() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(200)]

    def shown() -> list[str]:
        instants = (datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in days)
        return [
            display_date(i, locale="fa", calendar="persian", numbering="arabext", timezone="UTC").long for i in instants
        ] + [str(to_calendar(day, "persian")) for day in days]

    expected, found = shown(), list[list[str]]()
    threads = [threading.Thread(target=lambda: found.append(shown())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
