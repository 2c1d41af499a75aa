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


def upgrade() -> None:
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("share_image", sa.Uuid(), nullable=True))
    with op.batch_alter_table("term_names", schema=None) as batch_op:
        batch_op.add_column(sa.Column("image", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_term_names_image"), ["image"], unique=False)
    with op.batch_alter_table("term_pages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("image", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("term_pages", schema=None) as batch_op:
        batch_op.drop_column("image")
    with op.batch_alter_table("term_names", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_term_names_image"))
        batch_op.drop_column("image")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_column("share_image")
