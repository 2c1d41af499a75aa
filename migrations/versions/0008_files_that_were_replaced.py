"""Files that were replaced stay for a while

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
PRESENT = sa.text("replaced_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("asset_uses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("former_file_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_asset_uses_former_file_id"), ["former_file_id"], unique=False)
    with op.batch_alter_table("asset_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_asset_files_asset_id_locale"), type_="unique")
        batch_op.create_index(batch_op.f("ix_asset_files_asset_id"), ["asset_id"], unique=False)
    op.create_index(
        "uq_asset_files_present",
        "asset_files",
        ["asset_id", "locale"],
        unique=True,
        sqlite_where=PRESENT,
        postgresql_where=PRESENT,
    )


def downgrade() -> None:
    op.execute("DELETE FROM asset_files WHERE replaced_at IS NOT NULL")
    op.drop_index("uq_asset_files_present", table_name="asset_files")
    with op.batch_alter_table("asset_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_files_asset_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_asset_files_asset_id_locale"), ["asset_id", "locale"])
        batch_op.drop_column("replaced_at")
    with op.batch_alter_table("asset_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_uses_former_file_id"))
        batch_op.drop_column("changed_at")
        batch_op.drop_column("former_file_id")
