"""Whatever is done to one variant, every other variant's row stays as it was."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from nejat_cms.content.models import Revision, Variant
from nejat_cms.db import db, end_reading
from tests.newsroom import Desk, address_of, desk_for, open_house


def other_rows(app: Flask, *changed: str) -> dict[str, Any]:
    """Every variant but those, and its revisions, column by column."""
    with app.app_context():
        variants = db.session.scalars(select(Variant)).all()
        revisions = db.session.scalars(select(Revision)).all()
        found = {
            str((row.locale, row.id)): {c.name: getattr(row, c.name) for c in Variant.__table__.columns}
            for row in variants
            if str(row.id) not in changed
        } | {
            str((row.variant_id, row.number)): {c.name: getattr(row, c.name) for c in Revision.__table__.columns}
            for row in revisions
            if str(row.variant_id) not in changed
        }
        end_reading()
    return found


ACTIONS: dict[str, list[tuple[str, str, Any]]] = {
    "saving": [("PATCH", "", {"title": "نو", "lead": "x", "tags": ["برف"], "slug": "no"})],
    "replacing": [("PUT", "", {"title": "نو"})],
    "publishing": [("PATCH", "", {"title": "نو"}), ("POST", "/publish", {})],
    "withdrawing": [("POST", "/unpublish", {})],
    "archiving": [("POST", "/archive", {}), ("POST", "/return", {})],
    "planning": [("POST", "/schedule", {"unpublish_at": "2999-01-01T00:00:00Z"})],
    "restoring": [("PATCH", "", {"title": "نو"}), ("POST", "/revisions/1/restore", {})],
    "acknowledging": [("PATCH", "", {"based_on": {"locale": "en", "revision": 2}})],
    "cutting the tie": [("PATCH", "", {"based_on": None}), ("POST", "/publish", {})],
    "deleting": [("POST", "/unpublish", {}), ("DELETE", "", None)],
    "previewing": [("POST", "/preview", {})],
}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_is_done_to_one_variant_leaves_the_others_alone(app: Flask, name: str) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "One")
    farsi = desk.publish(desk.translate(english, "fa", title="یک", tags=["برف"]))
    desk.translate(farsi, "sq", title="Një")
    desk.publish(desk.edit(english, title="Uno"))
    desk.published("fa", "همسایه", tags=["برف"])
    before = other_rows(app, farsi["id"])
    assert len(before) >= 6
    for method, end, body in ACTIONS[name]:
        etag = desk.variant(farsi["article"], "fa").headers["ETag"]
        answer = desk.call(method, address_of(farsi) + end, body, if_match=etag)
        assert answer.status_code < 300, answer.get_data(as_text=True)
    assert other_rows(app, farsi["id"]) == before


def test_a_new_variant_leaves_the_others_alone(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "One")
    before = other_rows(app)
    made = [desk.publish(desk.translate(english, "fa")), copied(desk, english)]
    assert other_rows(app, *(variant["id"] for variant in made)) == before


def copied(desk: Desk, source: dict[str, Any]) -> dict[str, Any]:
    path = f"/articles/{source['article']}/variants/sq"
    answer = desk.call("PUT", path, {"copy_from": source["locale"]}, if_none_match="*", expect=201)
    assert answer.json is not None
    return answer.json["data"]  # type: ignore[no-any-return]
