"""Every step from every stage, and what publishing does and does not do."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.rules.stages import TRANSITIONS, Stage
from nejat_cms.db import utc_now
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

WAY_TO = {
    Stage.DRAFT: (),
    Stage.IN_REVIEW: ("submit",),
    Stage.APPROVED: ("submit", "approve"),
    Stage.ARCHIVED: ("archive",),
}
CONTRACT: dict[str, tuple[set[str], str | None]] = {
    "submit": ({"draft"}, "in_review"),
    "approve": ({"in_review"}, "approved"),
    "return": ({"in_review", "approved", "archived"}, "draft"),
    "publish": ({"draft", "in_review", "approved"}, "approved"),
    "unpublish": (set(Stage), None),
    "archive": ({"draft", "in_review", "approved"}, "archived"),
    "schedule": ({"draft", "in_review", "approved"}, None),
}


def variant_in(desk: Desk, stage: Stage, *, live: bool) -> dict[str, object]:
    made = desk.write("en", f"A {stage}")
    if live:
        desk.edit(desk.publish(made), lead="Newer.")
    for step in WAY_TO[stage]:
        made = desk.step(made, step)
    return data(desk.variant(made["article"], "en"))  # type: ignore[no-any-return]


def test_the_table_of_transitions_is_the_contract() -> None:
    assert {name: ({*step.sources}, step.target) for name, step in TRANSITIONS.items()} == CONTRACT


@pytest.mark.parametrize("step", TRANSITIONS)
def test_a_step_leads_where_it_should_or_is_refused(app: Flask, step: str) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    sources, target = CONTRACT[step]
    for stage in Stage:
        for live in (False, True):
            before = variant_in(desk, stage, live=live)
            archived = stage == Stage.ARCHIVED
            if stage not in sources or (step == "unpublish" and (not live or archived)):
                etag = desk.variant(str(before["article"]), "en").headers["ETag"]
                path = f"{address_of(before)}/{step}"
                desk.refused("POST", path, {}, status=409, code="invalid_transition", if_match=etag)
                continue
            after = desk.step(before, step)
            assert after["stage"] == (target or stage), (step, stage, live)
            assert after["revision"] == before["revision"]
            published = step == "publish" or (live and not archived and step not in ("unpublish", "archive"))
            assert after["visibility"] == ("published" if published else "unpublished"), (step, stage, live)


def test_an_edit_makes_a_draft_of_whatever_stage_and_leaves_readers_what_they_have(
    app: Flask, client: FlaskClient
) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "Shown")
    after = desk.edit(made, title="Hidden")
    assert (after["stage"], after["visibility"], after["live_revision"], after["revision"]) == (
        "draft",
        "published",
        1,
        2,
    )
    assert read(client, "/en/articles/shown")["title"] == "Shown"
    desk.step(made, "archive")
    assert desk.edit(made, title="Other")["stage"] == "draft"


@pytest.mark.parametrize("way", [(), ("return",), ("return", "submit")])
def test_publishing_what_is_live_already_changes_nothing_for_readers(
    app: Flask, client: FlaskClient, way: tuple[str, ...]
) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en")
    since = client.get("/v1/en/changes").json["meta"]["since"]  # type: ignore[index]
    shown = client.get("/v1/en/articles/a-quiet-morning")
    for step in way:
        made = desk.step(made, step)
    after = desk.publish(made)
    assert (after["stage"], after["revision"], after["live_revision"]) == ("approved", 1, 1)
    assert read(client, f"/en/changes?since={since}") == []
    again = client.get("/v1/en/articles/a-quiet-morning")
    assert again.headers["ETag"] == shown.headers["ETag"]
    assert again.headers["X-Content-Version"] == shown.headers["X-Content-Version"]
    if not way:
        assert after["version"] == made["version"]


def test_the_first_publication_gives_the_date_unless_there_is_one(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    before = utc_now().isoformat()
    made = desk.published("en", "Now")
    first = read(client, "/en/articles/now")["published"]["at"]
    assert before[:19] <= first[:19] <= utc_now().isoformat()[:19]
    assert made["published_at"] == first
    desk.publish(desk.edit(made, lead="x"))
    desk.publish(desk.step(made, "unpublish"))
    now = read(client, "/en/articles/now")
    assert now["published"]["at"] == first
    assert now["updated_at"] >= first
    desk.published("en", "Then", published_at="1999-12-31T23:59:59+02:00")
    assert read(client, "/en/articles/then")["published"]["at"] == "1999-12-31T21:59:59Z"


def test_archiving_withdraws_and_returning_brings_back_a_draft(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "Old news")
    desk.step(made, "schedule", unpublish_at="2999-01-01T00:00:00Z")
    after = desk.step(made, "archive")
    assert (after["stage"], after["visibility"], after["unpublish_at"]) == ("archived", "unpublished", None)
    read(client, "/en/articles/old-news", expect=410)
    after = desk.step(made, "return", note="Needed again")
    assert (after["stage"], after["visibility"]) == ("draft", "unpublished")
    desk.publish(made)
    assert read(client, "/en/articles/old-news")["title"] == "Old news"


def test_a_step_takes_no_more_than_it_knows(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write()
    etag = desk.variant(made["article"], "en").headers["ETag"]
    for step in TRANSITIONS:
        path = f"{address_of(made)}/{step}"
        desk.refused("POST", path, {"force": True}, status=422, code="invalid", at="/force", if_match=etag)
        desk.refused("POST", path, [], status=422, code="invalid", if_match=etag)
    desk.refused("POST", f"{address_of(made)}/promote", {}, status=404, code="not_found", if_match=etag)


def test_what_was_said_on_the_way_is_in_the_audit_trail(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.step(desk.write(), "submit")
    desk.step(made, "return", note="Check the second line")
    trail = data(desk.call("GET", "/audit", expect=200))
    assert "Check the second line" in str(next(row for row in trail if row["action"] == "variant.return"))


def test_what_was_said_with_a_step_is_read_by_who_works_on_it_next(app: Flask) -> None:
    open_house(app, "en", "fa")
    editor, translator = desk_for(app, "editor"), desk_for(app, "translator:fa")
    source = editor.published("en", "Tides")
    made = translator.step(translator.translate(source, "fa"), "submit", note="Is “ebb” right?")

    def note(desk: Desk) -> Any:
        answer = desk.variant(made["article"], "fa").json
        assert answer is not None
        return answer["meta"].get("note")

    assert note(editor) == "Is “ebb” right?"
    editor.step(made, "return", note="It is. Please look at the title.")
    translator.edit(made, title="جزر و مد")
    assert note(translator) == "It is. Please look at the title."
    editor.step(translator.step(made, "submit"), "approve")
    assert note(translator) is None
    editor.step(editor.publish(made), "return", note="Between us.")
    assert note(desk_for(app, "author:en")) is None
