"""One site on each database for all drills: starting it takes longer than most of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.house import Site, site_over
from tests.factories import DATABASES
from tests.servers import postgres_database

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a drill."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.drills)


@pytest.fixture(scope="session", params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that all drills share: what they publish stays."""
    folder = tmp_path_factory.mktemp("site")
    if request.param == "sqlite":
        with site_over(folder, "") as site:
            yield site
        return
    with postgres_database(request.getfixturevalue("postgres_url")) as url, site_over(folder, url) as site:
        yield site


@pytest.fixture(params=["varnish", "nginx"])
def proxy(request: pytest.FixtureRequest, site: Site) -> int:
    """The port of each that may stand in front."""
    return site.ports[request.param]
