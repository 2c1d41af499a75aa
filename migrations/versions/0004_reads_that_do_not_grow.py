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
    _order_by_kind_and_feature()
    _order_by_term()


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


def _order_by_kind_and_feature() -> None:
    op.drop_index("ix_documents_locale_listed_title_key_variant_id", "documents")
    op.create_index(
        op.f("ix_documents_locale_kind_title_key_variant_id"),
        "documents",
        ["locale", "kind", "title_key", "variant_id"],
    )
    op.create_index(
        op.f("ix_documents_locale_listed_featured_published_us_variant_id"),
        "documents",
        ["locale", "listed", "featured", "published_us", "variant_id"],
    )


def _order_by_term() -> None:
    op.add_column("document_terms", sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("document_terms", sa.Column("published_us", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        """UPDATE document_terms SET
               listed = (SELECT d.listed FROM documents d WHERE d.variant_id = document_terms.variant_id),
               published_us = (SELECT d.published_us FROM documents d WHERE d.variant_id = document_terms.variant_id)"""
    )
    op.drop_index("ix_document_terms_term_id_role_locale", "document_terms")
    op.create_index(
        "ix_document_terms_newest",
        "document_terms",
        ["term_id", "role", "locale", "listed", "published_us", "variant_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_document_terms_newest", "document_terms")
    op.create_index(op.f("ix_document_terms_term_id_role_locale"), "document_terms", ["term_id", "role", "locale"])
    op.drop_column("document_terms", "published_us")
    op.drop_column("document_terms", "listed")
    op.drop_index("ix_documents_locale_listed_featured_published_us_variant_id", "documents")
    op.drop_index("ix_documents_locale_kind_title_key_variant_id", "documents")
    op.create_index(
        op.f("ix_documents_locale_listed_title_key_variant_id"),
        "documents",
        ["locale", "listed", "title_key", "variant_id"],
    )
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
