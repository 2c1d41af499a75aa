"""The newsroom that is attacked, on both databases."""

import pytest
from flask import Flask

from tests.newsroom import Desk, desk_for, open_house


@pytest.fixture
def newsroom(app: Flask) -> Desk:
    """Two editions, a published article that was renamed once, and an administrator's desk."""
    open_house(app, "en", "fa")
    desk = desk_for(app)
    article = desk.published("en", "First", slug="first", tags=["Weather"], authors=["Mina"])
    desk.publish(desk.edit(article, slug="second"))
    desk.publish(desk.translate(article, "fa", title="نخست"))
    return desk
