"""Reads that do not grow with the house

Revision: 0004
Follows: 0003
"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

from nejat_cms.language.calendars import to_calendar

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CALENDARS = ("gregorian", "persian", "islamic-umalqura")


def upgrade() -> None:
    months = op.create_table(
        "month_counts",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("locale", "calendar", "year", "month", name=op.f("pk_month_counts")),
    )
    _count_months(months)
    op.drop_table("day_counts")


def _count_months(months: sa.Table) -> None:
    """No database knows a Persian month: days are counted there, months here."""
    documents = sa.table("documents", sa.column("locale"), sa.column("listed"), sa.column("local_day", sa.Date()))
    days = (
        sa.select(documents.c.locale, documents.c.local_day, sa.func.count())
        .where(documents.c.listed)
        .group_by(documents.c.locale, documents.c.local_day)
    )
    counted: Counter[tuple[str, str, int, int]] = Counter()
    for locale, day, n in op.get_bind().execute(days):
        for calendar in CALENDARS:
            year, month, _day = to_calendar(day, calendar)
            counted[locale, calendar, year, month] += n
    names = ("locale", "calendar", "year", "month", "n")
    op.bulk_insert(months, [dict(zip(names, (*key, n), strict=True)) for key, n in counted.items()])


def downgrade() -> None:
    op.create_table(
        "day_counts",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("locale", "kind", "day", name=op.f("pk_day_counts")),
    )
    op.execute(
        """INSERT INTO day_counts (locale, kind, day, n)
           SELECT locale, kind, local_day, count(*) FROM documents GROUP BY locale, kind, local_day"""
    )
    op.drop_table("month_counts")
