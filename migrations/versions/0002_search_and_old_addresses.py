"""Search, and addresses from before

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNERS = {"document_texts": ("documents", "variant_id"), "draft_texts": ("variants", "id")}

# An index without content of its own: what is in it is the entries of the table beside it, which triggers
# hand over; to take a row out, FTS5 must be told what was in it.
FTS5 = """CREATE VIRTUAL TABLE {table}_index USING fts5(
    entries, content='', columnsize=0, detail=none, tokenize="ascii tokenchars ':~-_'")"""
PUT_IN = "INSERT INTO {table}_index (rowid, entries) VALUES (new.id, new.entries);"
TAKE_OUT = "INSERT INTO {table}_index ({table}_index, rowid, entries) VALUES ('delete', old.id, old.entries);"
TRIGGERS = {
    "added": f"AFTER INSERT ON {{table}} BEGIN {PUT_IN} END",
    "removed": f"AFTER DELETE ON {{table}} BEGIN {TAKE_OUT} END",
    "changed": f"AFTER UPDATE ON {{table}} BEGIN {TAKE_OUT} {PUT_IN} END",
}


def upgrade() -> None:
    for table, (owner, key) in OWNERS.items():
        op.create_table(
            table,
            sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
            sa.Column("variant_id", sa.Uuid(), nullable=False),
            sa.Column("title", sa.Text(), nullable=False),
            sa.Column("lead", sa.Text(), nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
            sa.Column("entries", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
            sa.Column("version", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(
                ["variant_id"], [f"{owner}.{key}"], name=op.f(f"fk_{table}_variant_id_{owner}"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_variant_id"), table, ["variant_id"], unique=True)
        if op.get_bind().dialect.name == "postgresql":
            op.create_index(op.f(f"ix_{table}_entries"), table, ["entries"], postgresql_using="gin")
            continue
        op.execute(FTS5.format(table=table))
        for name, body in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {table}_{name} {body.format(table=table)}")
    op.create_table(
        "redirects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["locale"], ["editions.locale"], name=op.f("fk_redirects_locale_editions")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_redirects_variant_id_variants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
    )
    op.create_index(op.f("ix_redirects_locale_path"), "redirects", ["locale", "path"], unique=True)
    op.create_index(op.f("ix_redirects_variant_id"), "redirects", ["variant_id"], unique=False)
    op.execute("UPDATE documents SET house_mark = ''")  # rendered again by the worker, their words with them
    op.drop_column("variants", "title_fold")  # not in a batch: a table that is dropped takes what names it along


def downgrade() -> None:
    op.execute("DELETE FROM addresses WHERE type = 'path'")
    op.drop_table("redirects")
    op.add_column("variants", sa.Column("title_fold", sa.Text(), nullable=False, server_default=""))
    for table in OWNERS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TABLE {table}_index")
        op.drop_table(table)
