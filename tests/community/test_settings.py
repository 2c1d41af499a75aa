"""What an edition says of comments and messages."""

from typing import Any

import pytest

from tests.community.forum import Forum
from tests.newsroom import data, places_of


def test_an_edition_takes_no_comments_until_it_says_so(forum: Forum) -> None:
    made = data(forum.desk.call("POST", "/editions", {"locale": "de"}, expect=201))
    assert made["comments"] == {"enabled": False, "close_after_days": None, "max_depth": 4}
    assert made["contact_email"] is None
    etag = forum.desk.call("GET", "/editions/de", expect=200).headers["ETag"]
    changes = {"comments": {"enabled": True, "close_after_days": 30}, "contact_email": "desk@paper.example"}
    changed = data(forum.desk.call("PATCH", "/editions/de", changes, if_match=etag, expect=200))
    assert changed["comments"] == {"enabled": True, "close_after_days": 30, "max_depth": 4}
    assert changed["contact_email"] == "desk@paper.example"
    assert "desk@paper" not in forum.client.get("/v1/editions/de").text + forum.client.get("/v1/de/contact").text


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"comments": {"max_depth": 9}}, "/comments/max_depth", "out_of_range"),
        ({"comments": {"max_depth": 0}}, "/comments/max_depth", "out_of_range"),
        ({"comments": {"close_after_days": 0}}, "/comments/close_after_days", "out_of_range"),
        ({"comments": {"enabled": None}}, "/comments/enabled", "null"),
        ({"comments": {"open": True}}, "/comments/open", "unknown_field"),
        ({"contact_email": "desk"}, "/contact_email", "invalid"),
        ({"contact_email": "desk@paper.example\nBcc: x@y.example"}, "/contact_email", "invalid"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    forum: Forum, changes: dict[str, Any], pointer: str, code: str
) -> None:
    etag = forum.desk.call("GET", "/editions/en", expect=200).headers["ETag"]
    problem = forum.desk.refused("PATCH", "/editions/en", changes, if_match=etag, status=422, code="invalid")
    assert places_of(problem) == {pointer: code}
