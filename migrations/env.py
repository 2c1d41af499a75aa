"""How Alembic reaches the models and the database; `nejat_cms.migrate` hands the connection over."""

from typing import Any

from alembic import context

from nejat_cms.accounts import models as accounts
from nejat_cms.content import models as content
from nejat_cms.db import Base, UtcDateTime
from nejat_cms.delivery import models as delivery
from nejat_cms.editions import models as editions
from nejat_cms.http import idempotency
from nejat_cms.media import models as media
from nejat_cms.migrate import compared_on

TABLES_OF = (accounts, content, delivery, editions, idempotency, media)


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Migrations name plain SQLAlchemy types only, so that they outlive this package's own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    include_object=compared_on(connection.dialect.name),
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
