"""The demo, loaded once for all who walk it. Who writes in it leaves it as it was."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from nejat_cms.events import drain
from nejat_cms.transfer.actions import load_demo
from tests.conftest import ConformingClient
from tests.factories import DATABASES
from tests.servers import house_over, postgres_database
from tests.site.reader import Site


@pytest.fixture(scope="session", params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo's site, on a database of its own."""
    with ExitStack() as opened:
        url = ""
        if request.param == "postgresql":
            url = opened.enter_context(postgres_database(request.getfixturevalue("postgres_url")))
        app = opened.enter_context(house_over(tmp_path_factory.mktemp("site"), url))
        app.test_client_class = ConformingClient
        with app.test_request_context():
            load_demo()
            drain()
        yield Site(app)
