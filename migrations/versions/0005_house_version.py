"""One version of the whole house

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_version")),
    )
    op.execute("INSERT INTO house_version (id, version) SELECT 1, coalesce(max(changed_us), 0) FROM public_editions")
    op.drop_column("public_editions", "changed_us")


def downgrade() -> None:
    op.add_column(
        "public_editions", sa.Column("changed_us", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.execute("UPDATE public_editions SET changed_us = (SELECT version FROM house_version)")
    op.drop_table("house_version")
