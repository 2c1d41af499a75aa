"""Menus, and what front pages show

Revision: 0009
Follows: 0008
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HOME = {"featured": 5, "recent": 10, "per_section": 4, "sections": None}
NO_PINS = {"featured": [], "sections": {}}


def upgrade() -> None:
    op.create_table(
        "menus",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["locale"], ["editions.locale"], name=op.f("fk_menus_locale_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menus")),
    )
    op.create_index(op.f("ix_menus_locale_name"), "menus", ["locale", "name"], unique=True)
    op.create_table(
        "front_pages",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["locale"], ["editions.locale"], name=op.f("fk_front_pages_locale_editions")),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_front_pages")),
    )
    op.create_table(
        "public_menus",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["locale"], ["public_editions.locale"], name=op.f("fk_public_menus_locale_public_editions")
        ),
        sa.PrimaryKeyConstraint("locale", "name", name=op.f("pk_public_menus")),
    )
    op.create_table(
        "public_front_pages",
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("pins", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["locale"], ["public_editions.locale"], name=op.f("fk_public_front_pages_locale_public_editions")
        ),
        sa.PrimaryKeyConstraint("locale", name=op.f("pk_public_front_pages")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("home", sa.JSON(), nullable=False, server_default=json.dumps(HOME)))
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.alter_column("home", server_default=None)
    _furnish()


def _furnish() -> None:
    """Every edition has a front page on which nothing is pinned, and shows as much as it did."""
    connection = op.get_bind()
    editions = sa.table("editions", sa.column("locale"), sa.column("updated_at", sa.DateTime(timezone=True)))
    front_pages = sa.table(
        "front_pages",
        sa.column("locale"),
        sa.column("pins", sa.JSON()),
        sa.column("version"),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    for locale, at in connection.execute(sa.select(editions.c.locale, editions.c.updated_at)).all():
        values = {"locale": locale, "pins": NO_PINS, "version": 1, "updated_at": at}
        connection.execute(sa.insert(front_pages).values(**values))
    _change_facts(lambda facts: {**facts, "home": HOME})


def _change_facts(change) -> None:
    connection = op.get_bind()
    public = sa.table("public_editions", sa.column("locale"), sa.column("facts", sa.JSON()))
    for locale, facts in connection.execute(sa.select(public.c.locale, public.c.facts)).all():
        connection.execute(sa.update(public).where(public.c.locale == locale).values(facts=change(facts)))


def downgrade() -> None:
    _change_facts(lambda facts: {name: value for name, value in facts.items() if name != "home"})
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_column("home")
    op.drop_table("public_front_pages")
    op.drop_table("public_menus")
    op.drop_table("front_pages")
    op.drop_index(op.f("ix_menus_locale_name"), table_name="menus")
    op.drop_table("menus")
