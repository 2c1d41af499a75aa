# ruff: noqa: PLC0415  who serves asks where the database stands, and never needs Alembic
"""The schema, owned by Alembic: up, down, and where the database stands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text

from nejat_cms.db import prepare_engine

if TYPE_CHECKING:
    from alembic.config import Config

_PACKAGE = Path(__file__).resolve().parent
SCRIPTS = next(path for path in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations") if path.is_dir())
ONE_AT_A_TIME = 7_301_955
"""Key of the advisory lock that keeps two nodes from migrating at once."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema forward, all of it or none."""
    from alembic import command

    with _connected(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back, all the way or not at all."""
    from alembic import command

    with _connected(url) as connection:
        command.downgrade(_config(connection), revision)


def revision(url: str, message: str, number: str) -> None:
    """Write the migration that brings the database to what the models say (for developers)."""
    from alembic import command

    with _connected(url) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def compared_on(engine: str) -> Callable[..., bool]:
    """Alembic's `include_object`: all but its own table and what one engine alone has for full text.

    On SQLite that is the tables of FTS5; on PostgreSQL the GIN indexes (see `nejat_cms.fulltext`).
    """

    def is_compared(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        if kind == "table":
            return name != "alembic_version" and "_texts_index" not in str(name)
        return kind != "index" or engine == "postgresql" or not str(name).endswith("_texts_entries")

    return is_compared


def standing(url: str) -> tuple[str | None, str | None]:
    """The database's revision and the newest one there is; waits neither for a writer nor for a migration."""
    with _engine(url) as engine, engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        current = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
    names = [path.name for path in (SCRIPTS / "versions").glob("*.py")]
    return current, max((name.partition("_")[0] for name in names), default=None)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url, connect_args={"connect_timeout": 2} if url.startswith("postgresql") else {})
    prepare_engine(engine)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """A connection that changes the schema: one at a time, and nobody writes beside it on SQLite.

    SQLite changes some tables only by making them anew. That must not touch the rows that refer to them, so foreign
    keys are off meanwhile, and looked at before the end (sqlite.org/lang_altertable.html, §7).
    """
    with _engine(url) as engine, engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection:
        if engine.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            if engine.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            yield connection
            if engine.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"the migration left rows that refer to nothing: {lost[:5]}")
