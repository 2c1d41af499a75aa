"""Links within the house, for those who ask what a step would break

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_links",
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("to_locale", sa.Text(), nullable=False),
        sa.Column("to_type", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["documents.variant_id"],
            name=op.f("fk_document_links_variant_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "to_locale", "to_type", "to_key", name=op.f("pk_document_links")),
    )
    op.create_index(
        op.f("ix_document_links_to_locale_to_type_to_key"), "document_links", ["to_locale", "to_type", "to_key"]
    )


def downgrade() -> None:
    op.drop_table("document_links")
