"""Pictures of sections, tags, people and editions

Revision: 0013
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0008"
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


def downgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_column("related")
    with op.batch_alter_table("term_pages", schema=None) as batch_op:
        for role in reversed(ROLES):
            batch_op.drop_column(role)
        batch_op.drop_column("image")
    with op.batch_alter_table("term_names", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_term_names_image"))
        batch_op.drop_column("image")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_column("share_image")
