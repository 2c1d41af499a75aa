"""Whether the migrations make exactly what the models say, on SQLite and on a real PostgreSQL."""

import sys
import tempfile
from collections.abc import Iterator

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect

from nejat_cms import create_app, migrate
from nejat_cms.db import Base, prepare_engine
from nejat_cms.settings import Settings
from tests.servers import running_postgres


def differences(connection: Connection) -> list[str]:
    """How a migrated database differs from the models, one line each: tables, columns, types, keys and indexes."""
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_object": migrate.compared_on(connection.dialect.name),
    }
    context = MigrationContext.configure(connection, opts=options)
    found = [str(difference) for difference in compare_metadata(context, Base.metadata)]
    return found + list(_what_alembic_does_not_compare(connection))


def _what_alembic_does_not_compare(connection: Connection) -> Iterator[str]:
    """Primary keys, checks, deletion rules and the conditions of partial indexes."""
    inspector = inspect(connection)
    present_tables = inspector.get_table_names()
    for table in (table for table in Base.metadata.sorted_tables if table.name in present_tables):
        wanted = [column.name for column in table.primary_key]
        present = inspector.get_pk_constraint(table.name)["constrained_columns"]
        if wanted != present:
            yield f"{table.name}: primary key {present}, not {wanted}"
        checks = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        named = {str(part.name) for part in table.constraints if isinstance(part, CheckConstraint)}
        if checks != named:
            yield f"{table.name}: checks {sorted(checks)}, not {sorted(named)}"
        rules = {
            (tuple(key["constrained_columns"]), key["referred_table"], key.get("options", {}).get("ondelete"))
            for key in inspector.get_foreign_keys(table.name)
        }
        meant = {
            (tuple(key.column_keys), key.referred_table.name, key.ondelete) for key in table.foreign_key_constraints
        }
        if rules != meant:
            yield f"{table.name}: foreign keys {rules}, not {meant}"
        for index in inspector.get_indexes(table.name):
            condition = index.get("dialect_options", {}).get(f"{connection.dialect.name}_where")
            model = next((one for one in table.indexes if one.name == index["name"]), None)
            intended = model.dialect_options[connection.dialect.name]["where"] if model is not None else None
            if (condition is None) != (intended is None) or (
                condition is not None and str(intended).lower() not in str(condition).lower()
            ):
                yield f"{table.name}: index {index['name']} where {condition}, not {intended}"


def differences_at(url: str) -> list[str]:
    """Migrate an empty database to the newest revision and compare."""
    migrate.upgrade(url)
    engine = create_engine(url)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            return differences(connection)
    finally:
        engine.dispose()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        settings = Settings.from_env({"NEJAT_DATA_DIR": name, "NEJAT_LOG_LEVEL": "error"})
        create_app(settings)  # every model is imported, as when it serves
        problems = [f"SQLite: {line}" for line in differences_at(settings.database_url)]
        with running_postgres() as server:
            address = Settings.from_env({"NEJAT_DATA_DIR": name, "NEJAT_DATABASE_URL": server.get_uri()})
            problems += [f"PostgreSQL: {line}" for line in differences_at(address.database_url)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
