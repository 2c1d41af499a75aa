"""The demo's site, as a frontend walks it."""

import pytest
from flask import Flask

from tests.site.reader import Site


@pytest.fixture(scope="session")
def site(demo: Flask) -> Site:
    return Site(demo)
