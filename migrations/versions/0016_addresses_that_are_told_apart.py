"""Addresses with ß and ς are told apart from those with ss and σ

The key under which an address is found no longer folds two letters that the domain name system keeps.

Revision: 0016
Follows: 0015
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("users", "comments", "contact_messages")
KEPT = "ßς"


def upgrade() -> None:
    _put_keys(KEPT)


def downgrade() -> None:
    _put_keys("")


def _put_keys(kept: str) -> None:
    """Give the addresses concerned their keys; of two users who would share one on the way back, each keeps hers."""
    connection = op.get_bind()
    for name in TABLES:
        columns = [sa.column(each) for each in ("id", "email", "email_key")]
        table = sa.table(name, *columns)
        concerned = sa.or_(*(table.c.email.contains(letter) for letter in "ßẞς"))
        for row in connection.execute(sa.select(*columns).where(concerned).order_by(table.c.id)).all():
            key = _key(row.email, kept)
            taken = sa.select(table.c.id).where(table.c.email_key == key, table.c.id != row.id).limit(1)
            if key != row.email_key and not (name == "users" and connection.execute(taken).first()):
                connection.execute(sa.update(table).where(table.c.id == row.id).values(email_key=key))


def _key(email: str, kept: str) -> str:
    plain = unicodedata.normalize("NFKC", email).strip()
    if kept:
        plain = plain.replace("ẞ", "ß")
    folded = "".join(letter if letter in kept else letter.casefold() for letter in plain)
    return unicodedata.normalize("NFKC", folded)
