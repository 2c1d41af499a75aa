"""How many listed documents each month of each calendar has, kept in the transaction that publishes them.

An archive reads a few hundred rows, whatever its edition holds. The caller holds the
edition's counter, so nobody else counts in it meanwhile.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, func, insert, select, tuple_

from nejat_cms.db import db
from nejat_cms.delivery.models import Document, MonthCount
from nejat_cms.language.calendars import CALENDARS, to_calendar

Month = tuple[str, int, int]
"""(calendar, year, month)."""


def months_of(day: date) -> list[Month]:
    """The month a day lies in, in each of our calendars."""
    return [(calendar, *to_calendar(day, calendar)[:2]) for calendar in CALENDARS]


def count_in_months(moves: Iterable[tuple[str, date | None, date | None]]) -> None:
    """Of each edition named: one listed document less on the first local day, and one more on the second."""
    changes: Counter[tuple[str, Month]] = Counter()
    for locale, lost, gained in moves:
        if lost != gained:
            changes.update((locale, month) for month in (months_of(gained) if gained else ()))
            changes.subtract((locale, month) for month in (months_of(lost) if lost else ()))
    differing = {(locale, *month): change for (locale, month), change in changes.items() if change}
    if not differing:
        return
    key = tuple_(MonthCount.locale, MonthCount.calendar, MonthCount.year, MonthCount.month)
    rows = db.session.scalars(select(MonthCount).where(key.in_(list(differing))))
    counted = {(row.locale, row.calendar, row.year, row.month): row for row in rows}
    for (locale, calendar, year, number), change in differing.items():
        row = counted.get((locale, calendar, year, number))
        if row is None:
            db.session.add(MonthCount(locale=locale, calendar=calendar, year=year, month=number, n=change))
        elif row.n + change == 0:
            db.session.delete(row)
        else:
            row.n += change
    db.session.flush()


def recount_months() -> None:
    """Count all months of all editions anew."""
    days = db.session.execute(
        select(Document.locale, Document.local_day, func.count())
        .where(Document.listed)
        .group_by(Document.locale, Document.local_day)
    )
    db.session.execute(delete(MonthCount))
    rows = rows_of((locale, day, n) for locale, day, n in days)
    if rows:
        db.session.execute(insert(MonthCount), rows)


def rows_of(days: Iterable[tuple[str, date, int]]) -> list[dict[str, str | int]]:
    """The rows of months in which an edition published so many documents on its days."""
    counted: Counter[tuple[str, Month]] = Counter()
    for locale, day, n in days:
        for month in months_of(day):
            counted[locale, month] += n
    return [
        {"locale": locale, "calendar": calendar, "year": year, "month": month, "n": n}
        for (locale, (calendar, year, month)), n in counted.items()
    ]
