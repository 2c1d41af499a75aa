"""Stores of both kinds, for tests of what is kept in them."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask

from nejat_cms.media.processing import workshop
from nejat_cms.storage import Storage
from tests.media.houses import House, house_at
from tests.servers import postgres_database
from tests.storage.conftest import bucket_url, keys  # noqa: F401  fixtures


@pytest.fixture(params=["folder", "bucket"])
def either_store(request: pytest.FixtureRequest, app: Flask) -> Iterator[Flask]:
    """The application over a folder, then over a bucket of its own."""
    if request.param == "folder":
        yield app
        return
    former = app.extensions["nejat.storage"]
    address = request.getfixturevalue("bucket_url")
    app.extensions["nejat.storage"] = Storage.of(replace(app.config["SETTINGS"], storage_url=address))
    yield app
    app.extensions["nejat.storage"] = former


@pytest.fixture(scope="module")
def mortal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose server dies where it is told to, shared by the tests of a module; `killed` says over what."""
    database, _, store = request.param.partition("-")
    with ExitStack() as stack:
        postgres = postgres_database(request.getfixturevalue("postgres_url")) if database == "postgresql" else None
        url = stack.enter_context(postgres) if postgres else ""
        port = request.getfixturevalue("s3_port") if store == "bucket" else None
        yield stack.enter_context(house_at(tmp_path_factory.mktemp("mortal"), url, port))


@pytest.fixture(autouse=True, scope="session")
def _no_child_outlives_the_tests() -> Iterator[None]:
    yield
    workshop().close()
