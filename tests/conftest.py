"""Both databases, one application for each, and an empty house for every test."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from nejat_cms import create_app, migrate
from nejat_cms.db import db
from nejat_cms.events import drain
from nejat_cms.settings import Settings
from nejat_cms.transfer.actions import load_demo
from tests.factories import DATABASES, tables_in_use
from tests.http.conformance import check_response
from tests.mailbox import Mailbox, mailbox, send_by
from tests.servers import house_over, postgres_database, running_postgres
from tests.stores import running_s3

MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * 1024**3:
    # Every commit waits for the disk, so thousands of tests would too. A process that is killed loses
    # nothing of a file in memory either: what is tested here stays the same.
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: it is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL that lives as long as the test session."""
    with running_postgres() as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """The port of an S3 that lives as long as the test session."""
    with running_s3() as port:
        yield port


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
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application with a migrated database; `app` empties it for each test."""
    folder = tmp_path_factory.mktemp("house")
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    environ = {"NEJAT_DATA_DIR": str(folder), "NEJAT_DATABASE_URL": url, "NEJAT_LOG_LEVEL": "error"}
    settings = Settings.from_env(environ)
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    app.test_client_class = ConformingClient
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session", params=DATABASES)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo, loaded once for all who read it. Who writes in it leaves what readers see as it was."""
    with ExitStack() as opened:
        url = ""
        if request.param == "postgresql":
            url = opened.enter_context(postgres_database(request.getfixturevalue("postgres_url")))
        app = opened.enter_context(house_over(tmp_path_factory.mktemp("demo"), url))
        app.test_client_class = ConformingClient
        with app.test_request_context():
            load_demo()
            drain()
        yield app


@pytest.fixture
def app(house: Flask) -> Iterator[Flask]:
    """The application over an empty database."""
    yield house
    empty_database(house)


def empty_database(app: Flask) -> None:
    """Make it a new house: its version too begins anew, which it does for nobody else."""
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(tables_in_use(connection)):  # TRUNCATE would make a new file for every table
            connection.execute(delete(table))
    for kept in (app.config["SETTINGS"].data_dir / "media").glob("*"):
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    app.extensions["nejat.cache"].number.cell[0] = 0
    app.extensions["nejat.cache"].clear()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that takes what the house sends."""
    with mailbox() as box:
        send_by(app, monkeypatch, box.url)
        yield box
