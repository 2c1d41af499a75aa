"""Sitemaps

Revision: 0003
Follows: 0002
"""

import time
from datetime import UTC
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Not in batches, which would drop the tables and take along what names them.


def upgrade() -> None:
    op.add_column(
        "public_editions", sa.Column("changed_us", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.execute(sa.text("UPDATE public_editions SET changed_us = :now").bindparams(now=time.time_ns() // 1000))
    _name_editions()
    op.add_column("documents", sa.Column("sitemap", sa.Text(), nullable=True))
    op.add_column("documents", sa.Column("sitemap_part", sa.Integer(), nullable=True))
    op.add_column("documents", sa.Column("sitemap_us", sa.BigInteger(), nullable=True))
    columns = ["locale", "sitemap_part", "sitemap_us"]
    op.create_index(op.f("ix_documents_locale_sitemap_part_sitemap_us"), "documents", columns)
    op.execute("UPDATE documents SET house_mark = ''")  # rendered again by the worker, with what sitemaps say of them


def _name_editions() -> None:
    """Feeds are named by their edition's id, from the first request on."""
    editions = sa.table("editions", sa.column("locale"), sa.column("created_at", sa.DateTime(timezone=True)))
    shown = sa.table("public_editions", sa.column("locale"), sa.column("facts", sa.JSON()))
    connection = op.get_bind()
    query = sa.select(editions.c.locale, editions.c.created_at, shown.c.facts).join_from(
        editions, shown, editions.c.locale == shown.c.locale
    )
    for locale, created_at, facts in connection.execute(query).all():
        instant = created_at.astimezone(UTC) if created_at.tzinfo else created_at
        id_ = uuid5(NAMESPACE_URL, f"{locale} {instant:%Y-%m-%dT%H:%M:%S.%fZ}")
        connection.execute(sa.update(shown).where(shown.c.locale == locale).values(facts=facts | {"id": str(id_)}))


def downgrade() -> None:
    op.drop_index(op.f("ix_documents_locale_sitemap_part_sitemap_us"), "documents")
    for column in ("sitemap", "sitemap_part", "sitemap_us"):
        op.drop_column("documents", column)
    op.drop_column("public_editions", "changed_us")
