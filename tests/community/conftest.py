"""A forum at noon, on both databases."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.community.forum import NOON, Forum, open_forum


@pytest.fixture
def forum(app: Flask, client: FlaskClient) -> Iterator[Forum]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield open_forum(app, client, clock)
