"""Revisions: listed, read, compared, restored, and forgotten by a stated rule."""

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.trash import KEPT_REVISIONS, REVISIONS_KEPT_FOR, prune_revisions
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

DAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def numbers(desk: Desk, variant: dict[str, object]) -> list[int]:
    found: list[int] = []
    path: str | None = f"{address_of(variant)}/revisions?limit=100"
    while path:
        answer = desk.call("GET", path, expect=200)
        found += [row["number"] for row in data(answer)]
        path = ((answer.json or {}).get("links") or {}).get("next")
        path = path and path.removeprefix("/v1/manage")
    return found


def restore(desk: Desk, variant: dict[str, object], number: int) -> dict[str, object]:
    return desk.step(variant, f"revisions/{number}/restore")


def test_every_revision_is_kept_with_its_author_and_note(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "One", note="First try", tags=["Sea"])
    desk.publish(desk.edit(made, title="Two", note="Better", minor=True))
    desk.edit(made, title="Three")
    rows = data(desk.call("GET", f"{address_of(made)}/revisions", expect=200))
    assert [(row["number"], row["title"], row["note"], row["minor"]) for row in rows] == [
        (3, "Three", "", False),
        (2, "Two", "Better", True),
        (1, "One", "First try", False),
    ]
    assert [row["published_at"] is not None for row in rows] == [False, True, False]
    assert {row["author"] for row in rows} == {"Somebody"}
    whole = data(desk.call("GET", f"{address_of(made)}/revisions/1", expect=200))
    assert (whole["title"], whole["tags"], whole["note"]) == ("One", ["Sea"], "First try")
    page = desk.call("GET", f"{address_of(made)}/revisions?limit=2", expect=200)
    following = page.json["links"]["next"].removeprefix("/v1/manage")  # type: ignore[index]
    assert [row["number"] for row in data(desk.call("GET", following, expect=200))] == [1]
    for end in ("4", "0", "-1", "x", "1...4", "4...1", "1..2", "1...x", "١"):
        desk.refused("GET", f"{address_of(made)}/revisions/{end}", status=404, code="not_found")


def test_a_diff_shows_words_blocks_fields_and_what_the_eye_would_miss(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    blocks = [
        {"id": "aaaa", "type": "paragraph", "html": "می خواهم بروم"},
        {"id": "bbbb", "type": "paragraph", "html": "می‌ماند"},
        {"id": "cccc", "type": "divider"},
    ]
    made = desk.write("fa", "کتاب نو", body={"blocks": blocks}, tags=["دریا"])
    blocks = [
        {"id": "aaaa", "type": "paragraph", "html": "می‌خواهم بروم"},
        {"id": "bbbb", "type": "paragraph", "html": "می‌ماند"},
        {"id": "dddd", "type": "paragraph", "html": "تازه"},
    ]
    desk.edit(made, title="کتاب تازه", body={"blocks": blocks}, featured=True, tags=[])
    found = data(desk.call("GET", f"{address_of(made)}/revisions/1...2", expect=200))
    assert (found["from"], found["to"]) == (1, 2)
    title = [(part["op"], part["text"].strip()) for part in found["texts"]["title"]]
    assert ("delete", "نو") in title
    assert ("insert", "تازه") in title
    changes = {block["id"]: block for block in found["blocks"]}
    assert {key: block["change"] for key, block in changes.items()} == {
        "aaaa": "changed",
        "dddd": "added",
        "cccc": "removed",
    }
    inserted = [part for part in changes["aaaa"]["parts"] if part["op"] == "insert"]
    assert any("\u200c" in part["text"] for part in inserted)
    assert all("\u200c" not in part["visible"] for part in inserted)
    assert all(part["visible"] != part["text"] for part in inserted if "\u200c" in part["text"])
    assert set(found["fields"]) == {"featured", "tags"}
    assert found["fields"]["featured"] == {"before": False, "after": True}
    back = data(desk.call("GET", f"{address_of(made)}/revisions/2...1", expect=200))
    assert {block["change"] for block in back["blocks"]} == {"changed", "removed", "added"}
    same = data(desk.call("GET", f"{address_of(made)}/revisions/2...2", expect=200))
    assert (same["texts"], same["blocks"], same["fields"]) == ({}, [], {})


def test_restoring_makes_a_draft_keeps_the_slug_and_never_publishes(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "One", lead="Old.", body={"html": "<p>Old.</p>"}, tags=["Sea"])
    desk.publish(desk.edit(made, title="Two", slug="two", lead="", tags=["Land"], body={"html": "<p>New.</p>"}))
    after = restore(desk, made, 1)
    assert {name: after[name] for name in ("title", "lead", "tags", "slug", "revision", "stage", "live_revision")} == {
        "title": "One",
        "lead": "Old.",
        "tags": ["Sea"],
        "slug": "two",
        "revision": 3,
        "stage": "draft",
        "live_revision": 2,
    }
    assert after["body"] == made["body"]
    assert read(client, "/en/articles/two")["title"] == "Two"
    same = restore(desk, made, 3)
    assert (same["revision"], same["version"]) == (3, after["version"])
    etag = desk.variant(made["article"], "en").headers["ETag"]
    path = f"{address_of(made)}/revisions/9/restore"
    desk.refused("POST", path, {}, status=404, code="not_found", if_match=etag)


def test_a_revision_whose_tag_is_gone_is_restored_without_it(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "One", tags=["Sea", "Land"], authors=["Ana"])
    desk.edit(made, tags=["Land"])
    sea = next(tag for tag in data(desk.call("GET", "/tags")) if tag["names"]["en"]["name"] == "Sea")
    path = f"/tags/{sea['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    after = restore(desk, made, 1)
    assert (after["tags"], after["authors"]) == (["Land"], ["Ana"])
    copied = desk.write("en", "Other")
    assert copied["tags"] == []


def test_old_revisions_that_nothing_needs_are_forgotten(app: Flask) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        made = desk.write("en", "Number 1")
        desk.publish(desk.edit(made, title="Number 2"))
        third = desk.edit(made, title="Number 3")
        desk.translate(third, "fa")
        desk.edit(made, title="Number 4")
        desk.step(made, "schedule", publish_at="2028-01-01T00:00:00Z")
        for number in range(5, KEPT_REVISIONS + 8):
            desk.edit(made, title=f"Number {number}")
        before = numbers(desk, made)
        prune(app)
        assert numbers(desk, made) == before
        clock.move_to(DAY + REVISIONS_KEPT_FOR + timedelta(seconds=1))
        prune(app)
        last = KEPT_REVISIONS + 7
        assert numbers(desk_for(app), made) == [*range(last, last - KEPT_REVISIONS, -1), 4, 3, 2]
        prune(app)
        assert data(desk_for(app).variant(made["article"], "en"))["title"] == f"Number {last}"


def prune(app: Flask) -> None:
    with app.app_context():
        prune_revisions()
