"""Releases that go out by themselves: at their hour, once the gate is open, by the right person, once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from nejat_cms.accounts.models import UserGrant
from nejat_cms.content.actions import releasing, saving
from nejat_cms.content.actions.trash import empty_trash
from nejat_cms.content.queries import releases
from nejat_cms.db import atomic, db
from nejat_cms.errors import UnavailableError
from tests.content.releasing import (
    act,
    approve,
    gather,
    items_of,
    now,
    publish,
    refused,
    schedule,
    states,
    tick,
    work,
)
from tests.factories import database_digest, make_user, token_of
from tests.invariants import broken_invariants
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

DAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
TEN = "2027-01-04T10:00:00Z"


@atomic
def take_rights(user: UUID) -> None:
    db.session.execute(delete(UserGrant).where(UserGrant.user_id == user))


def throw_away(desk: Desk, variant: dict[str, object]) -> None:
    etag = desk.variant(str(variant["article"]), str(variant["locale"])).headers["ETag"]
    desk.call("DELETE", address_of(variant), if_match=etag, expect=204)


def test_a_release_goes_out_at_its_instant(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        release = gather(desk, work(desk, "Later"))
        planned = schedule(desk, release, "2027-01-04T11:00:00+01:00")
        assert (planned["state"], planned["publish_at"], planned["local"]) == ("scheduled", TEN, None)
        assert {item["publish_at"] for item in planned["items"]} == {TEN}
        clock.move_to(DAY + timedelta(minutes=59, seconds=59))
        tick(app)
        read(client, "/en/articles/later", expect=404)
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        shown = read(client, "/en/articles/later")
        assert (shown["published"]["at"], len(shown["translations"])) == (TEN, 3)
        done = now(desk, release)
        assert (done["state"], done["published_at"]) == ("published", TEN)
        before = database_digest(app)
        tick(app)
        assert database_digest(app) == before


def test_each_edition_goes_at_its_own_hour(app: Flask, client: FlaskClient) -> None:
    """Tehran is half past four hours ahead of London, Cairo two, Tirana one."""
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        release = gather(desk, work(desk, "Morning"))
        planned = schedule(desk, release, {"local": "2027-01-05T08:00"})
        assert (planned["publish_at"], planned["local"]) == (None, {"local": "2027-01-05T08:00", "fold": 0})
        hours = {item["locale"]: item["publish_at"][11:16] for item in planned["items"]}
        assert hours == {"en": "08:00", "ar": "06:00", "fa": "04:30", "sq": "07:00"}
        for hour, minute, out in ((4, 29, set()), (4, 30, {"fa"}), (6, 0, {"fa", "ar"}), (7, 30, {"fa", "ar", "sq"})):
            clock.move_to(datetime(2027, 1, 5, hour, minute, tzinfo=UTC))
            tick(app)
            shown = now(desk, release)
            assert {locale for locale, state in states(shown).items() if state == "published"} == out
            assert shown["state"] == "scheduled"
        body = {"items": items_of({"en": release["items"][0]})}
        refused(desk, release, "PATCH", "", body, status=409, code="invalid_transition")
        clock.move_to(datetime(2027, 1, 6, tzinfo=UTC))
        tick(app)
        assert now(desk, release)["state"] == "published"
        read(client, "/en/articles/morning")


def test_a_time_that_a_clock_skips_moves_forward_there(app: Flask) -> None:
    """On 28 March 2027 Tirana and London skip an hour, each its own; Tehran and Cairo skip none."""
    with time_machine.travel(DAY, tick=False):
        open_house(app)
        desk = desk_for(app)
        release = gather(desk, work(desk))
        answer = act(desk, release, "POST", "/schedule", {"publish_at": {"local": "2027-03-28T02:30", "fold": 1}})
        hours = {item["locale"]: item["publish_at"][11:16] for item in answer["data"]["items"]}
        assert hours == {"en": "01:30", "ar": "00:30", "fa": "23:00", "sq": "01:30"}
        (warning,) = answer["meta"]["warnings"]
        assert (warning["code"], warning["pointer"]) == ("local_time_skipped", "/publish_at")
        assert " sq " in warning["detail"]


def test_a_release_waits_for_its_gate_and_goes_as_soon_as_it_opens(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Gated")
        release = gather(desk, texts, gate=["ar", "fa"])
        approve(desk, texts["ar"])
        schedule(desk, release, TEN)
        clock.move_to(DAY + timedelta(hours=2))
        tick(app)
        assert now(desk, release)["state"] == "waiting"
        before = database_digest(app)
        tick(app)
        assert database_digest(app) == before
        approve(desk, texts["fa"])
        desk.edit(texts["ar"], title="تصحيح")
        tick(app)
        assert now(desk, release)["state"] == "waiting"
        read(client, "/en/articles/gated", expect=404)
        approve(desk, texts["ar"])
        tick(app)
        assert states(now(desk, release)) == dict.fromkeys(texts, "published")
        assert len(read(client, "/en/articles/gated")["translations"]) == 3


def test_a_plan_is_cancelled_and_made_anew(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Never", ("en", "fa"))
        release = gather(desk, texts)
        schedule(desk, release, TEN)
        open_again = schedule(desk, release, None)
        assert (open_again["state"], open_again["publish_at"]) == ("open", None)
        assert {item["publish_at"] for item in open_again["items"]} == {None}
        before = database_digest(app)
        schedule(desk, release, None)
        assert database_digest(app) == before
        clock.move_to(DAY + timedelta(days=1))
        tick(app)
        read(client, "/en/articles/never", expect=404)
        for when, place in (
            (TEN, "/publish_at"),
            ("tomorrow", "/publish_at"),
            ({"local": "2027-01-05T09:30"}, "/publish_at"),
            ({"local": "2027-02-30T10:00"}, "/publish_at/local"),
            ({"local": "2027-02-01T10:00", "zone": "UTC"}, "/publish_at"),
        ):
            refused(desk, release, "POST", "/schedule", {"publish_at": when}, status=422, code="invalid", at=place)
        refused(desk, release, "POST", "/schedule", {}, status=422, code="invalid", at="/publish_at")


def test_one_text_has_one_plan(app: Flask) -> None:
    with time_machine.travel(DAY, tick=False):
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Planned", ("en", "fa"))
        release = gather(desk, texts)
        desk.step(texts["en"], "schedule", publish_at=TEN)
        body = {"publish_at": TEN}
        refused(desk, release, "POST", "/schedule", body, status=409, code="release_blocked", at="/items/0")
        desk.step(texts["en"], "schedule", publish_at=None)
        schedule(desk, release, TEN)
        etag = desk.variant(texts["en"]["article"], "en").headers["ETag"]
        path = f"{address_of(texts['en'])}/schedule"
        problem = desk.refused("POST", path, body, status=409, code="conflict", if_match=etag)
        assert problem["release"] == release["id"]
        schedule(desk, release, None)
        desk.step(texts["en"], "schedule", publish_at=TEN)


def test_a_text_that_joins_a_planned_release_goes_with_it(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Joining", ("en", "fa", "sq"))
        release = gather(desk, {"en": texts["en"], "fa": texts["fa"]})
        schedule(desk, release, {"local": "2027-01-05T08:00"})
        desk.step(texts["sq"], "archive")
        body = {"items": items_of(texts)}
        refused(desk, release, "PATCH", "", body, status=409, code="release_blocked", at="/items/2")
        desk.step(texts["sq"], "return")
        joined = act(desk, release, "PATCH", "", body)["data"]
        assert joined["items"][2]["publish_at"] == "2027-01-05T07:00:00Z"
        clock.move_to(DAY + timedelta(days=2))
        tick(app)
        assert len(read(client, "/sq/articles/joining-sq")["translations"]) == 2


@pytest.mark.parametrize(
    ("mishap", "reason"),
    [
        ("archived", "release_blocked"),
        ("in the trash", "release_blocked"),
        ("rights lost", "forbidden"),
        ("disabled", "forbidden"),
    ],
)
def test_a_release_that_cannot_go_is_refused_whole(app: Flask, client: FlaskClient, mishap: str, reason: str) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        admin = desk_for(app)
        user = make_user(app, "editor")
        desk = Desk(client, token_of(app, user))
        texts = work(admin, "Refused", ("en", "fa"))
        release = gather(desk, texts)
        other = gather(admin, work(admin, "Unharmed", ("en", "fa")))
        for each, who in ((release, desk), (other, admin)):
            schedule(who, each, TEN)
        if mishap == "archived":
            admin.step(texts["fa"], "archive")
        elif mishap == "in the trash":
            throw_away(admin, texts["fa"])
        elif mishap == "rights lost":
            with app.app_context():
                take_rights(user)
        else:
            etag = admin.call("GET", f"/users/{user}", expect=200).headers["ETag"]
            admin.call("PATCH", f"/users/{user}", {"disabled": True}, if_match=etag, expect=200)
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        told = now(admin, release)
        assert (told["state"], told["refusal"]) == ("refused", reason)
        read(client, "/en/articles/refused", expect=404)
        assert len(read(client, "/en/articles/unharmed")["translations"]) == 1
        before = database_digest(app)
        tick(app)
        assert database_digest(app) == before
        if mishap == "archived":
            admin.step(texts["fa"], "return")
        elif mishap == "in the trash":
            admin.call("POST", f"/trash/{texts['fa']['id']}/restore", {}, expect=200)
        done = publish(admin, release)
        assert (done["state"], done["refusal"]) == ("published", None)


def test_a_later_part_that_cannot_go_leaves_the_earlier_one_out(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Parts", ("en", "fa"))
        release = gather(desk, texts)
        schedule(desk, release, {"local": "2027-01-05T08:00"})
        clock.move_to(datetime(2027, 1, 5, 5, tzinfo=UTC))
        tick(app)
        throw_away(desk, texts["en"])
        clock.move_to(datetime(2027, 1, 5, 9, tzinfo=UTC))
        tick(app)
        told = now(desk, release)
        assert (told["state"], told["refusal"]) == ("refused", "release_blocked")
        read(client, "/fa/articles/parts-fa")
        read(client, "/en/articles/parts", expect=404)


def test_a_failure_of_one_release_holds_up_no_other(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        failing, sound = gather(desk, work(desk, "Failing")), gather(desk, work(desk, "Sound"))
        for each in (failing, sound):
            schedule(desk, each, TEN)
        real = releasing.publish_due_part

        def fail(release_id: UUID) -> bool:
            if str(release_id) == failing["id"]:
                raise RuntimeError("something unforeseen")
            return real(release_id)

        clock.move_to(DAY + timedelta(hours=1))
        with monkeypatch.context() as patch:
            patch.setattr(releasing, "publish_due_part", fail)
            tick(app)
        read(client, "/en/articles/failing", expect=404)
        read(client, "/en/articles/sound")

        def unavailable(release_id: UUID) -> bool:
            raise UnavailableError

        with monkeypatch.context() as patch:
            patch.setattr(releasing, "publish_due_part", unavailable)
            with pytest.raises(UnavailableError):
                tick(app)
        tick(app)
        read(client, "/en/articles/failing")


def test_a_text_that_is_gone_for_good_leaves_its_release_and_the_last_one_ends_it(app: Flask) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Purged", ("en", "fa"))
        release = gather(desk, texts, gate=["fa"])
        throw_away(desk, texts["fa"])
        clock.move_to(DAY + timedelta(days=31))
        with app.app_context():
            empty_trash()
        desk = desk_for(app)
        left = now(desk, release)
        assert (left["count"], left["gate"]) == (1, ["fa"])
        refused(desk, release, "POST", "/publish", {}, status=409, code="release_blocked", at="/gate/0")
        assert act(desk, release, "PATCH", "", {"gate": []})["data"]["gate"] == []
        throw_away(desk, texts["en"])
        clock.move_to(DAY + timedelta(days=63))
        with app.app_context():
            empty_trash()
        assert data(desk_for(app).call("GET", "/releases", expect=200)) == []


def test_what_is_left_of_a_release_has_gone_out_once_the_last_text_to_come_is_purged(app: Flask) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        texts = work(desk, "Purged", ("en", "fa"))
        release = gather(desk, texts)
        schedule(desk, release, {"local": "2027-01-05T08:00"})
        clock.move_to(datetime(2027, 1, 5, 5, tzinfo=UTC))
        tick(app)  # Farsi: its clock is ahead
        throw_away(desk, texts["en"])
        clock.move_to(datetime(2027, 1, 5, 9, tzinfo=UTC))
        tick(app)
        assert now(desk, release)["state"] == "refused"
        clock.move_to(DAY + timedelta(days=40))
        with app.app_context():
            empty_trash()
        desk = desk_for(app)
        left = now(desk, release)
        assert (left["state"], left["refusal"], left["count"]) == ("published", None, 1)
        assert left["published_at"] == left["items"][0]["published_at"]
        assert publish(desk, release)["state"] == "published"
        assert broken_invariants(app.config["SETTINGS"].database_url) == []


def test_releases_that_fail_every_time_hold_up_none_that_come_after_them(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app)
        desk = desk_for(app)
        failing = [gather(desk, work(desk, f"Failing {number}", ("en",)))["id"] for number in range(2)]
        for one in (*failing, gather(desk, work(desk, "Sound", ("en",)))["id"]):
            schedule(desk, {"id": one}, TEN)
        real = releasing.publish_due_part

        def fail(release_id: UUID) -> bool:
            if str(release_id) in failing:
                raise RuntimeError("something unforeseen")
            return real(release_id)

        monkeypatch.setattr(releasing, "publish_due_part", fail)
        monkeypatch.setattr(releases, "AT_ONCE", 2)
        clock.move_to(DAY + timedelta(hours=1))
        tick(app)
        read(client, "/en/articles/sound")


def test_a_text_that_moves_while_its_release_is_taken_hold_of_lets_all_be_held_anew_in_order(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_house(app)
    desk = desk_for(app)
    texts = work(desk, "First", ("en",)) | {"second": work(desk, "Second", ("en",))["en"]}
    release, ids = gather(desk, texts), {UUID(each["article"]) for each in texts.values()}
    held: list[set[UUID]] = []
    looks = iter([slice(0, 1), slice(0, 2)])  # at the first look the second text is in another article
    real_members, real_hold = releases.members_of, saving.hold_articles

    def hold(wanted: set[UUID]) -> None:
        held.append(set(wanted))
        real_hold(wanted)

    monkeypatch.setattr(releasing, "members_of", lambda key: real_members(key)[next(looks, slice(0, 2))])
    monkeypatch.setattr(releasing, "hold_articles", hold)
    assert publish(desk, release)["state"] == "published"
    assert held[-1] == ids
    assert [len(each) for each in held] == [1, 2]
