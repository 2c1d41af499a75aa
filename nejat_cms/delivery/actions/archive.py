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


def count_in_months(locale: str, *, lost: date | None = None, gained: date | None = None) -> None:
    """One listed document less on a local day of an edition, or one more, or one that moved from day to day."""
    changes = Counter(months_of(gained) if gained else ())
    changes.subtract(months_of(lost) if lost else ())
    differing = {month: change for month, change in changes.items() if change}
    if not differing:
        return
    month = tuple_(MonthCount.calendar, MonthCount.year, MonthCount.month)
    rows = db.session.scalars(select(MonthCount).where(MonthCount.locale == locale, month.in_(list(differing))))
    counted = {(row.calendar, row.year, row.month): row for row in rows}
    for key, change in differing.items():
        row = counted.get(key)
        if row is None:
            calendar, year, number = key
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
