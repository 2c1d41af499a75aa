"""Stores of both kinds, for tests of what is kept in them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from nejat_cms.media.processing import workshop
from nejat_cms.storage import Storage
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


@pytest.fixture(autouse=True, scope="session")
def _no_child_outlives_the_tests() -> Iterator[None]:
    yield
    workshop().close()
