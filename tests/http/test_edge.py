from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from nejat_cms import create_app
from nejat_cms.http import edge

FROM_A_PROXY = {"X-Forwarded-For": "198.51.100.7"}


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    edge._tell_of_proxies.cache_clear()
    yield
    edge._tell_of_proxies.cache_clear()


def test_a_house_behind_a_proxy_that_it_was_not_told_of_says_so_once(client: FlaskClient) -> None:
    with capture_logs() as said:
        client.get("/v1/auth/me")
        assert said == []
        for _ in range(3):
            client.get("/v1/auth/me", headers=FROM_A_PROXY)
    (line,) = said
    assert (line["log_level"], line["setting"]) == ("warning", "NEJAT_TRUSTED_PROXIES")
    assert "198.51.100.7" not in str(line)


def test_a_house_that_was_told_of_its_proxies_says_nothing(app: Flask) -> None:
    told = create_app(replace(app.config["SETTINGS"], trusted_proxies=1))
    with capture_logs() as said:
        told.test_client().get("/v1/auth/me", headers=FROM_A_PROXY)
    assert said == []
