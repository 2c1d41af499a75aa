"""The calendars against others' reckoning: jdatetime for the Persian one, a table of month lengths for Umm al-Qura."""

from datetime import date, timedelta

import jdatetime
import pytest

from nejat_cms.language.calendars import InvalidDateError, from_calendar, period_bounds, to_calendar
from tests.language.umm_al_qura import FIRST_DAY, months

DAY = timedelta(days=1)


def test_every_persian_day_of_two_centuries_is_jdatetimes() -> None:
    day, last = jdatetime.date(1300, 1, 1).togregorian(), jdatetime.date(1501, 1, 1).togregorian()
    assert (day, last) == (date(1921, 3, 21), date(2122, 3, 21))
    while day < last:
        jalali = to_calendar(day, "persian")
        assert jalali == tuple(jdatetime.GregorianToJalali(day.year, day.month, day.day).getJalaliList())
        assert from_calendar("persian", *jalali) == day
        day += DAY


def test_the_30th_of_esfand_exists_in_leap_years_alone() -> None:
    leap = 0
    for year in range(1300, 1501):
        if jdatetime.date(year, 1, 1).isleap():
            assert to_calendar(from_calendar("persian", year, 12, 30), "persian") == (year, 12, 30)
            leap += 1
            continue
        with pytest.raises(InvalidDateError):
            from_calendar("persian", year, 12, 30)
    assert leap == 49
    for month in range(7, 12):
        with pytest.raises(InvalidDateError):
            from_calendar("persian", 1403, month, 31)


@pytest.mark.parametrize(
    ("year", "month", "zone", "start", "end"),
    [
        (1403, 12, "Asia/Tehran", "2025-02-18T20:30", "2025-03-20T20:30"),
        (1402, 12, "Asia/Tehran", "2024-02-19T20:30", "2024-03-19T20:30"),
        (1403, 12, "Europe/London", "2025-02-19T00:00", "2025-03-21T00:00"),
        (1404, 1, "Europe/Tirane", "2025-03-20T23:00", "2025-04-20T22:00"),
        (1400, 5, "Asia/Tehran", "2021-07-22T19:30", "2021-08-22T19:30"),
    ],
)
def test_a_persian_month_is_a_range_between_midnights_of_a_zone(
    year: int, month: int, zone: str, start: str, end: str
) -> None:
    bounds = period_bounds("persian", year, month, zone)
    assert [bound.isoformat() for bound in bounds] == [f"{start}:00+00:00", f"{end}:00+00:00"]


ANCHORS = {
    (1300, 1): FIRST_DAY,
    (1318, 1): date(1900, 4, 30),
    (1420, 1): date(1999, 4, 17),
    (1442, 9): date(2021, 4, 13),
    (1444, 9): date(2023, 3, 23),
    (1445, 1): date(2023, 7, 19),
    (1445, 9): date(2024, 3, 11),
    (1445, 10): date(2024, 4, 10),
    (1445, 12): date(2024, 6, 7),
    (1446, 1): date(2024, 7, 7),
    (1446, 9): date(2025, 3, 1),
    (1447, 1): date(2025, 6, 26),
    (1501, 1): date(2077, 11, 17),
}
"""First days of months as they were announced, and the ends of other implementations' tables."""


def test_every_umm_al_qura_day_of_three_centuries_is_the_tables() -> None:
    day, anchors = FIRST_DAY, dict(ANCHORS)
    for year, month, length in months():
        assert anchors.pop((year, month), day) == day
        for number in range(1, length + 1):
            assert to_calendar(day, "islamic-umalqura") == (year, month, number)
            assert from_calendar("islamic-umalqura", year, month, number) == day
            day += DAY
        if length == 29:
            with pytest.raises(InvalidDateError):
                from_calendar("islamic-umalqura", year, month, 30)
    assert (year, month) == (1600, 12)
    assert day == date(2174, 11, 26)
    assert anchors == {}


def test_years_of_the_table_have_354_or_355_days() -> None:
    lengths: dict[int, int] = {}
    for year, _, length in months():
        lengths[year] = lengths.get(year, 0) + length
    assert list(lengths) == list(range(1300, 1601))
    assert set(lengths.values()) == {354, 355}
