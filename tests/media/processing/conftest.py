"""One workshop for all of these tests."""

from collections.abc import Iterator

import pytest

from nejat_cms.media.processing import Workshop


@pytest.fixture(scope="package")
def shop() -> Iterator[Workshop]:
    workshop = Workshop()
    yield workshop
    workshop.close()
