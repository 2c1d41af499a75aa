"""Both databases, one application for each, and an empty house for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms import create_app, migrate
from nejat_cms.db import Base, db
from nejat_cms.settings import Settings
from tests.http.conformance import check_response
from tests.servers import postgres_database, running_postgres

DATABASES = ("sqlite", "postgresql")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL that lives as long as the test session."""
    with running_postgres() as server:
        yield server.get_uri()


class ConformingClient(FlaskClient):
    """A client that holds every answer of every test to the OpenAPI document."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        asked = response.request
        check_response(self.application, asked.method, asked.path, response)
        return response


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `NEJAT_DATABASE_URL` says for a database of the test's own: nothing for SQLite in the data dir."""
    if request.param == "sqlite":
        yield ""
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture(scope="session", params=DATABASES)
def house(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """One application with a migrated database; `app` empties it for each test.

    Nothing waits for a disk here: what must survive a crash is tested on databases of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="nejat-house-", dir=MEMORY))
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER DATABASE postgres SET synchronous_commit = off")
    environ = {"NEJAT_DATA_DIR": str(folder), "NEJAT_DATABASE_URL": url, "NEJAT_LOG_LEVEL": "error"}
    settings = Settings.from_env(environ)
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    app.test_client_class = ConformingClient
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    shutil.rmtree(folder)


@pytest.fixture
def app(house: Flask) -> Iterator[Flask]:
    """The application over an empty database."""
    yield house
    with house.app_context():
        empty_database()


def empty_database() -> None:
    names = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with db.engine.begin() as connection:
        for name in names:  # TRUNCATE would make a new file for every table
            connection.exec_driver_sql(f"DELETE FROM {name}")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
