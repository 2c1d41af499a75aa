"""If one names another as its counterpart, the other names it: after any sequence of what a newsroom does.

In JSON, in the `Link` header, in all three feeds, in the sitemap (there without what asks not to be indexed) and in
`/v1/resolve`. And whatever was ever an address answers as it should: none leads in a circle or hides what lives.
"""

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nejat_cms.delivery.rules import sitemaps
from tests.conftest import empty_database
from tests.delivery.agreement import LOCALES, check, check_addresses
from tests.delivery.steps import STEP, Newsroom
from tests.newsroom import open_house, quick_client


def run(app: Flask, patch: pytest.MonkeyPatch, steps: list[tuple[str, int]], *, every: int) -> None:
    """Take these steps in a new house; look at everything that readers meet after so many of them, and at the end."""
    patch.setattr(sitemaps, "PART_URLS", 2)
    empty_database(app)
    open_house(app, *LOCALES)
    client = quick_client(app)
    with app.app_context():
        newsroom = Newsroom()
    for number, step in enumerate(steps, 1):
        with app.app_context():
            newsroom.step(*step)
            live, addresses = newsroom.live(), newsroom.addresses()
        if number % every == 0 or number == len(steps):
            check(client, live)
            check_addresses(client, addresses)


SEQUENCES = settings(
    deadline=None,
    phases=[Phase.generate],  # a failure names its steps; to find fewer would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@settings(SEQUENCES, max_examples=5, derandomize=True)
@given(steps=st.lists(STEP, min_size=20, max_size=40))
def test_counterparts_and_addresses_are_right_after_anything(
    app: Flask, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    run(app, monkeypatch, steps, every=5)


@pytest.mark.slow
@settings(SEQUENCES, max_examples=12)
@given(steps=st.lists(STEP, min_size=20, max_size=50))
def test_counterparts_and_addresses_are_right_after_much_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    run(app, monkeypatch, steps, every=1)
