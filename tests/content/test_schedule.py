"""Publication at the right instant, by the right person, of the right revision."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from nejat_cms.accounts.models import UserGrant
from nejat_cms.content.actions import stages
from nejat_cms.content.actions.stages import run_schedule
from nejat_cms.db import atomic, db
from nejat_cms.errors import UnavailableError
from tests.factories import make_user, token_of
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

DAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def tick(app: Flask) -> None:
    with app.app_context():
        run_schedule()
        assert not db.session().in_transaction()


def plan(desk: Desk, variant: dict[str, object], **when: object) -> tuple[dict[str, object], list[dict[str, str]]]:
    """Schedule a variant; answers it and the warnings."""
    etag = desk.variant(str(variant["article"]), str(variant["locale"])).headers["ETag"]
    answer = desk.call("POST", f"{address_of(variant)}/schedule", when, if_match=etag, expect=200)
    assert answer.json is not None
    return answer.json["data"], answer.json["meta"]["warnings"]


def test_a_plan_is_carried_out_once_at_its_instant(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.write("en", "Later")
        after, warnings = plan(desk, made, publish_at="2027-01-04T10:00:00Z", unpublish_at="2027-01-04T12:00:00+01:00")
        assert warnings == []
        assert (after["visibility"], after["stage"]) == ("scheduled", "draft")
        assert (after["publish_at"], after["unpublish_at"]) == ("2027-01-04T10:00:00Z", "2027-01-04T11:00:00Z")
        clock.move_to(DAY + timedelta(minutes=59, seconds=59))
        tick(app)
        read(client, "/en/articles/later", expect=404)
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        shown = read(client, "/en/articles/later")
        assert shown["published"]["at"] == "2027-01-04T10:00:00Z"
        now = data(desk.variant(made["article"], "en"))
        assert (now["visibility"], now["publish_at"], now["stage"]) == ("published", None, "approved")
        version = now["version"]
        tick(app)
        assert data(desk.variant(made["article"], "en"))["version"] == version
        clock.move_to(DAY + timedelta(hours=2))
        tick(app)
        read(client, "/en/articles/later", expect=410)
        now = data(desk.variant(made["article"], "en"))
        assert (now["visibility"], now["unpublish_at"]) == ("unpublished", None)


def test_a_worker_that_slept_through_both_instants_leaves_it_withdrawn(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.write("en", "Brief")
        plan(desk, made, publish_at="2027-01-04T10:00:00Z", unpublish_at="2027-01-04T11:00:00Z")
        clock.move_to(DAY + timedelta(days=1))
        tick(app)
        read(client, "/en/articles/brief", expect=410)
        now = data(desk.variant(made["article"], "en"))
        assert (now["visibility"], now["publish_at"], now["unpublish_at"]) == ("unpublished", None, None)


def test_a_plan_pins_the_revision_it_was_made_for(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.write("en", "First words")
        plan(desk, made, publish_at="2027-01-04T10:00:00Z")
        desk.edit(made, title="Second thoughts")
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        assert read(client, "/en/articles/first-words")["title"] == "First words"
        now = data(desk.variant(made["article"], "en"))
        assert (now["live_revision"], now["revision"], now["stage"]) == (1, 2, "draft")


def test_withdrawing_or_planning_the_end_does_not_move_the_pin(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.published("en", "Live")
        desk.edit(made, title="Approved")
        plan(desk, made, publish_at="2027-01-04T10:00:00Z")
        desk.edit(made, title="Not yet read by anybody")
        desk.step(made, "unpublish")
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        assert read(client, "/en/articles/live")["title"] == "Approved"


def test_null_cancels_and_what_is_not_named_stays(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.write("en", "Never")
        plan(desk, made, publish_at="2027-01-04T10:00:00Z")
        after, _ = plan(desk, made, unpublish_at="2027-01-04T11:00:00Z")
        assert after["publish_at"] == "2027-01-04T10:00:00Z"
        after, _ = plan(desk, made, publish_at=None, unpublish_at=None)
        assert (after["visibility"], after["publish_at"], after["unpublish_at"]) == ("unpublished", None, None)
        same, _ = plan(desk, made)
        assert same["version"] == after["version"]
        clock.move_to(DAY + timedelta(days=1))
        tick(app)
        read(client, "/en/articles/never", expect=404)


def test_a_plan_for_what_cannot_be_is_refused(app: Flask) -> None:
    with time_machine.travel(DAY, tick=False):
        open_house(app, "en", timezone="Europe/Tirane")
        desk = desk_for(app)
        made = desk.write()
        etag = desk.variant(made["article"], "en").headers["ETag"]
        path = f"{address_of(made)}/schedule"
        for body, place in (
            ({"publish_at": "2027-01-04T09:00:00Z"}, "/publish_at"),
            ({"publish_at": "2020-01-01T00:00:00Z"}, "/publish_at"),
            ({"publish_at": {"local": "2027-01-04T09:59"}}, "/publish_at"),
            ({"publish_at": "tomorrow"}, "/publish_at"),
            ({"publish_at": 1800000000}, "/publish_at"),
            ({"publish_at": {"local": "2027-02-29T10:00"}}, "/publish_at/local"),
            ({"publish_at": {"local": "2027-03-28T10:00Z"}}, "/publish_at/local"),
            ({"publish_at": {"local": "2027-03-28T10:00", "fold": 2}}, "/publish_at"),
            ({"publish_at": {"local": "2027-03-28T10:00", "fold": True}}, "/publish_at"),
            ({"publish_at": {"local": "2027-03-28T10:00", "zone": "UTC"}}, "/publish_at"),
            ({"publish_at": "2027-02-01T00:00:00Z", "unpublish_at": "2027-02-01T00:00:00Z"}, "/unpublish_at"),
            ({"when": "2027-02-01T00:00:00Z"}, "/when"),
        ):
            desk.refused("POST", path, body, status=422, code="invalid", at=place, if_match=etag)
        body = {"unpublish_at": "2027-02-01T00:00:00Z"}
        desk.refused("POST", path, body, status=409, code="invalid_transition", if_match=etag)


@pytest.mark.parametrize(
    ("local", "fold", "instant", "warned"),
    [
        ("2027-03-28T01:59", 0, "2027-03-28T00:59:00Z", False),
        ("2027-03-28T02:30", 0, "2027-03-28T01:30:00Z", True),
        ("2027-03-28T02:30", 1, "2027-03-28T01:30:00Z", True),
        ("2027-03-28T03:00", 0, "2027-03-28T01:00:00Z", False),
        ("2027-10-31T02:30", 0, "2027-10-31T00:30:00Z", False),
        ("2027-10-31T02:30", 1, "2027-10-31T01:30:00Z", False),
    ],
)
def test_a_local_time_is_read_on_the_clock_of_the_edition(
    app: Flask, local: str, fold: int, instant: str, warned: bool
) -> None:
    with time_machine.travel(DAY, tick=False):
        open_house(app, "sq")
        desk = desk_for(app)
        made = desk.write("sq", "Nesër")
        after, warnings = plan(desk, made, publish_at={"local": local, "fold": fold})
        assert after["publish_at"] == instant
        assert [(each["code"], each["pointer"]) for each in warnings] == (
            [("local_time_skipped", "/publish_at")] if warned else []
        )


def test_rights_that_were_taken_away_stop_the_plan(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        admin = desk_for(app)
        user = make_user(app, "editor:en")
        desk = Desk(app.test_client(), token_of(app, user))
        first, second = desk.write("en", "Refused"), admin.write("en", "Allowed")
        plan(desk, first, publish_at="2027-01-04T10:00:00Z")
        plan(admin, second, publish_at="2027-01-04T10:00:01Z")
        take_grants(app, user)
        clock.move_to(DAY + timedelta(hours=2))
        tick(app)
        read(client, "/en/articles/refused", expect=404)
        assert read(client, "/en/articles/allowed")["title"] == "Allowed"
        now = data(admin.variant(first["article"], "en"))
        assert (now["visibility"], now["publish_at"]) == ("unpublished", None)
        trail = data(admin.call("GET", "/audit", expect=200))
        refused = next(row for row in trail if row["action"] == "variant.schedule_refused")
        assert "forbidden" in str(refused)
        tick(app)
        assert data(admin.call("GET", "/audit", expect=200)) == trail


@pytest.mark.parametrize("again", [{"publish_at": "2027-01-04T10:00:00Z"}, {"unpublish_at": "2027-01-04T12:00:00Z"}])
def test_who_confirms_a_plan_answers_for_it(app: Flask, client: FlaskClient, again: dict[str, str]) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        admin = desk_for(app)
        user = make_user(app, "editor:en")
        desk = Desk(app.test_client(), token_of(app, user))
        made = desk.write("en", "Confirmed")
        first, _ = plan(desk, made, publish_at="2027-01-04T10:00:00Z", unpublish_at="2027-01-04T12:00:00Z")
        take_grants(app, user)
        confirmed, _ = plan(admin, made, **again)
        assert confirmed["version"] != first["version"]
        same, _ = plan(admin, made, **again)
        assert same["version"] == confirmed["version"]
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        assert read(client, "/en/articles/confirmed")["title"] == "Confirmed"


def test_who_changes_nothing_of_a_plan_does_not_answer_for_it(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        admin = desk_for(app)
        user = make_user(app, "editor:en")
        made = admin.write("en", "Looked at")
        first, _ = plan(admin, made, publish_at="2027-01-04T10:00:00Z")
        for nothing in ({}, {"unpublish_at": None}):
            same, _ = plan(Desk(app.test_client(), token_of(app, user)), made, **nothing)
            assert same["version"] == first["version"]
        take_grants(app, user)
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        assert read(client, "/en/articles/looked-at")["title"] == "Looked at"


def take_grants(app: Flask, user: UUID) -> None:
    with app.app_context():
        atomic(lambda: db.session.execute(delete(UserGrant).where(UserGrant.user_id == user)))()


def test_a_database_that_is_away_for_a_moment_cancels_no_plan(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        for title in ("One", "Two"):
            plan(desk, desk.write("en", title), publish_at="2027-01-04T10:00:00Z")
        clock.move_to(DAY + timedelta(hours=2))
        with monkeypatch.context() as patch:
            patch.setattr(stages, "run_due_steps", out_of_order)
            with suppress(UnavailableError):
                tick(app)
        read(client, "/en/articles/one", expect=404)
        tick(app)
        assert {item["title"] for item in read(client, "/en/articles")} == {"One", "Two"}


def out_of_order(*_: object) -> None:
    raise UnavailableError
