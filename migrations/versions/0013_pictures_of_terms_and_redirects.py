"""Pictures of terms and editions, related articles, and redirects to anything

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
ROLES = {"authored": "author", "translated": "translator"}


def upgrade() -> None:
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("share_image", sa.Uuid(), nullable=True))
    with op.batch_alter_table("term_names", schema=None) as batch_op:
        batch_op.add_column(sa.Column("image", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_term_names_image"), ["image"], unique=False)
    with op.batch_alter_table("term_pages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("image", sa.Text(), nullable=True))
        for role in ROLES:
            batch_op.add_column(sa.Column(role, sa.Integer(), server_default=sa.text("0"), nullable=False))
    for column, role in ROLES.items():
        op.execute(
            f"""UPDATE term_pages SET {column} = (SELECT count(*) FROM document_terms t
                WHERE t.term_id = term_pages.term_id AND t.locale = term_pages.locale AND t.listed
                AND t.role = '{role}') WHERE type = 'person'"""
        )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("related", sa.JSON(), nullable=True))
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("location", sa.Text(), nullable=True))
    with op.batch_alter_table("redirects", schema=None) as batch_op:
        batch_op.alter_column("variant_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column("term_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("url_key", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_redirects_term_id_terms"), "terms", ["term_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_index(batch_op.f("ix_redirects_term_id"), ["term_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redirects_url_key"), ["url_key"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM redirects WHERE variant_id IS NULL")
    op.execute(
        "DELETE FROM addresses WHERE location IS NOT NULL OR (type = 'path' AND target_id IN (SELECT id FROM terms))"
    )
    with op.batch_alter_table("redirects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redirects_url_key"))
        batch_op.drop_index(batch_op.f("ix_redirects_term_id"))
        batch_op.drop_constraint(batch_op.f("fk_redirects_term_id_terms"), type_="foreignkey")
        batch_op.drop_column("url_key")
        batch_op.drop_column("url")
        batch_op.drop_column("term_id")
        batch_op.alter_column("variant_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_column("addresses", "location")
    op.drop_column("documents", "related")
    for role in reversed(ROLES):
        op.drop_column("term_pages", role)
    op.drop_column("term_pages", "image")
    op.drop_index(op.f("ix_term_names_image"), table_name="term_names")
    op.drop_column("term_names", "image")
    op.drop_column("editions", "share_image")
