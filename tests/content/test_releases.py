"""Releases: what is put together goes out together, or not at all."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nejat_cms import events
from nejat_cms.accounts.models import AuditEntry
from nejat_cms.content.actions import releasing, stages
from nejat_cms.content.actions.events import ReleasePublished
from nejat_cms.db import db, new_id
from nejat_cms.errors import SlugTakenError
from tests.content.releasing import (
    act,
    approve,
    etag_of,
    gather,
    items_of,
    now,
    publish,
    refused,
    schedule,
    states,
    work,
)
from tests.factories import database_digest, statements
from tests.full_house import CANARY
from tests.newsroom import EDITIONS, Desk, address_of, data, desk_for, open_house, places_of, read

FAR = "2099-01-01T00:00:00Z"


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def test_a_release_goes_out_in_all_its_editions_at_once(desk: Desk, client: FlaskClient) -> None:
    first, second = work(desk, "First"), work(desk, "Second", ("fa", "en"))
    release = gather(desk, first | {"second": second["fa"]}, note="For spring", gate=["ar"])
    assert (release["state"], release["gate"], release["count"]) == ("open", ["ar"], 5)
    assert release["locales"] == ["ar", "en", "fa", "sq"]
    assert [item["locale"] for item in release["items"]] == [*EDITIONS, "fa"]
    problem = refused(desk, release, "POST", "/publish", {}, status=409, code="release_gated", at="/items/1")
    assert places_of(problem) == {"/items/1": "not_approved"}
    ar = release["items"][1]
    assert (ar["ready"], ar["hindrance"], ar["stage"]) == (False, "not_approved", "draft")
    approve(desk, first["ar"])
    assert all(item["ready"] for item in now(desk, release)["items"])
    done = publish(desk, release)
    assert done["state"] == "published"
    assert {item["visibility"] for item in done["items"]} == {"published"}
    assert [item["published_revision"] for item in done["items"]] == [1] * 5
    assert len({item["published_at"] for item in done["items"]} | {done["published_at"]}) == 1
    shown = read(client, "/en/articles/first")
    assert {each["locale"] for each in shown["translations"]} == {"ar", "fa", "sq"}
    read(client, "/en/articles/second", expect=404)
    assert read(client, "/fa/articles/second")["translations"] == []


def test_publishing_what_is_out_already_changes_nothing(app: Flask, desk: Desk) -> None:
    texts = work(desk, locales=("en", "fa"))
    desk.publish(texts["en"])
    release = gather(desk, texts)
    assert publish(desk, release)["state"] == "published"
    assert data(desk.variant(texts["en"]["article"], "en"))["live_revision"] == 1
    before = database_digest(app)
    assert publish(desk, release)["state"] == "published"
    assert database_digest(app) == before


def test_one_text_that_cannot_go_holds_all_of_them(desk: Desk, client: FlaskClient) -> None:
    texts = work(desk, "Held", locales=("en", "fa", "sq"))
    release = gather(desk, texts)
    desk.step(texts["fa"], "archive")
    problem = refused(desk, release, "POST", "/publish", {}, status=409, code="release_blocked")
    assert places_of(problem) == {"/items/1": "archived"}
    etag = desk.variant(texts["sq"]["article"], "sq").headers["ETag"]
    desk.call("DELETE", address_of(texts["sq"]), if_match=etag, expect=204)
    body = {"publish_at": FAR}
    problem = refused(desk, release, "POST", "/schedule", body, status=409, code="release_blocked")
    assert places_of(problem) == {"/items/1": "archived", "/items/2": "in_the_trash"}
    read(client, "/en/articles/held", expect=404)
    desk.call("POST", f"/trash/{texts['sq']['id']}/restore", {}, expect=200)
    desk.step(texts["fa"], "return")
    assert publish(desk, release)["state"] == "published"


def test_a_failure_in_the_middle_publishes_none(
    app: Flask, desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = work(desk, "Half")
    release = gather(desk, texts)
    calls: list[Any] = []

    def third_fails(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise SlugTakenError
        stages.go_live(*args)

    monkeypatch.setattr(releasing, "go_live", third_fails)
    refused(desk, release, "POST", "/publish", {}, status=409, code="slug_taken")
    assert len(calls) == 3
    read(client, "/en/articles/half", expect=404)


def test_what_cannot_be_a_release_is_refused(desk: Desk) -> None:
    texts = work(desk, locales=("en", "fa"))
    items = items_of(texts)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"items": items}, "/title", "required"),
        ({"title": "", "items": items}, "/title", "empty"),
        ({"title": "x" * 301, "items": items}, "/title", "too_long"),
        ({"title": "x"}, "/items", "required"),
        ({"title": "x", "items": []}, "/items", "required"),
        ({"title": "x", "items": items * 101}, "/items", "too_many"),
        ({"title": "x", "items": [{"article": items[0]["article"]}]}, "/items/0/locale", "required"),
        ({"title": "x", "items": [*items, items[0]]}, "/items/2", "repeated"),
        ({"title": "x", "items": [*items, {"article": str(new_id()), "locale": "en"}]}, "/items/2", "unknown_text"),
        ({"title": "x", "items": [items[0] | {"locale": "sq"}]}, "/items/0", "unknown_text"),
        ({"title": "x", "items": items, "gate": ["en", "sq"]}, "/gate/1", "no_text"),
        ({"title": "x", "items": items, "gate": ["en", "EN"]}, "/gate/1", "repeated"),
        ({"title": "x", "items": items, "gate": ["xx"]}, "/gate/0", "unknown_locale"),
        ({"title": "x", "items": items, "state": "published"}, "/state", "unknown_field"),
    ]
    for body, place, code in wrong:
        problem = desk.refused("POST", "/releases", body, status=422, code="invalid", at=place)
        assert places_of(problem)[place] == code


def test_a_text_is_to_go_out_with_one_release(desk: Desk) -> None:
    texts = work(desk, locales=("en", "fa"))
    first = gather(desk, texts, title="First")
    body = {"title": "Second", "items": items_of({"en": texts["en"]})}
    problem = desk.refused("POST", "/releases", body, status=409, code="conflict")
    assert problem["release"] == first["id"]
    other = gather(desk, work(desk, "Other", ("en",)), title="Other")
    body = {"items": items_of(texts)}
    refused(desk, other, "PATCH", "", body, status=409, code="conflict")
    publish(desk, first)
    assert gather(desk, texts, title="Second")["state"] == "open"


def test_a_release_is_changed_by_who_saw_it(app: Flask, desk: Desk) -> None:
    texts = work(desk)
    release = gather(desk, {"en": texts["en"], "fa": texts["fa"]}, gate=["fa"])
    path = f"/releases/{release['id']}"
    desk.refused("PATCH", path, {"title": "x"}, status=428, code="precondition_required")
    desk.refused("POST", f"{path}/publish", {}, status=428, code="precondition_required")
    seen = etag_of(desk, release)
    changed = act(desk, release, "PATCH", "", {"title": "Summer", "items": items_of(texts), "gate": []})["data"]
    assert (changed["title"], changed["count"], changed["gate"]) == ("Summer", 4, [])
    body: Any
    for method, end, body in (("PATCH", "", {"title": "x"}), ("DELETE", "", None), ("POST", "/publish", {})):
        desk.refused(method, f"{path}{end}", body, status=412, code="stale_version", if_match=seen)
    body = {"items": items_of({"fa": texts["fa"], "ar": texts["ar"]}), "gate": ["ar"]}
    fewer = act(desk, release, "PATCH", "", body)["data"]
    assert [item["locale"] for item in fewer["items"]] == ["fa", "ar"]
    before = database_digest(app)
    act(desk, release, "PATCH", "", body)
    assert database_digest(app) == before
    body = {"items": items_of({"fa": texts["fa"]})}
    refused(desk, release, "PATCH", "", body, status=422, code="invalid", at="/gate/0")


def test_deleting_a_release_keeps_what_it_published(desk: Desk, client: FlaskClient) -> None:
    texts = work(desk, "Kept", ("en", "fa"))
    release = gather(desk, texts)
    publish(desk, release)
    body = {"items": items_of({"en": texts["en"]})}
    refused(desk, release, "PATCH", "", body, status=409, code="invalid_transition")
    refused(desk, release, "POST", "/schedule", {"publish_at": FAR}, status=409, code="invalid_transition")
    assert act(desk, release, "PATCH", "", {"note": "Went well"})["data"]["note"] == "Went well"
    act(desk, release, "DELETE", expect=204)
    desk.call("GET", f"/releases/{release['id']}", expect=404)
    assert read(client, "/en/articles/kept")["title"] == "Kept"


def test_a_release_follows_its_texts_wherever_they_are_moved(desk: Desk, client: FlaskClient) -> None:
    texts = work(desk, "Moved", ("en", "fa"))
    release = gather(desk, texts)
    article = texts["en"]["article"]
    etag = desk.call("GET", f"/articles/{article}", expect=200).headers["ETag"]
    split = data(desk.call("DELETE", f"/articles/{article}/links/fa", if_match=etag, expect=200))
    assert split["article"] != article
    assert now(desk, release)["items"][1]["article"] == split["article"]
    other = work(desk, "Joined", ("sq",))["sq"]
    etag = desk.call("GET", f"/articles/{other['article']}", expect=200).headers["ETag"]
    body = {"article": split["article"]}
    desk.call("POST", f"/articles/{other['article']}/links", body, if_match=etag, expect=200)
    assert now(desk, release)["items"][1]["article"] == other["article"]
    assert states(publish(desk, release)) == {"en": "published", "fa": "published"}
    assert read(client, "/en/articles/moved")["translations"] == []


def test_a_text_published_alone_goes_out_with_the_release_at_what_it_has_become(desk: Desk) -> None:
    texts = work(desk, "Alone", ("en", "fa"))
    release = gather(desk, texts, gate=["en"])
    desk.publish(texts["en"])
    assert now(desk, release)["items"][0]["ready"]
    desk.edit(texts["en"], title="Second thoughts")
    assert now(desk, release)["items"][0]["hindrance"] == "not_approved"
    approve(desk, texts["en"])
    done = publish(desk, release)
    assert [item["published_revision"] for item in done["items"]] == [2, 1]


def test_a_release_is_listed_by_state_and_edition(app: Flask, desk: Desk) -> None:
    first = gather(desk, work(desk, "One", ("en", "fa")), title="One")
    second = gather(desk, work(desk, "Two", ("en",)), title="Two")
    publish(desk, first)

    def listed(query: str = "", who: Desk = desk) -> list[str]:
        return [row["title"] for row in data(who.call("GET", f"/releases{query}", expect=200))]

    assert listed() == ["Two", "One"]
    assert listed("?state=open") == ["Two"]
    assert listed("?state=published,waiting") == ["One"]
    assert listed("?locale=fa,sq") == ["One"]
    assert listed("?locale=sq") == []
    assert listed(who=desk_for(app, "editor:fa")) == ["One"]
    assert listed(who=desk_for(app, "author:fa")) == []
    page = desk.call("GET", "/releases?limit=1", expect=200).json
    assert page is not None
    assert data(desk.call("GET", page["links"]["next"].removeprefix("/v1/manage"), expect=200))[0]["id"] == first["id"]
    desk.refused("GET", "/releases?locale=de", status=422, code="invalid", at="locale")
    desk.refused("GET", "/releases?state=gone", status=422, code="invalid", at="state")
    assert second["count"] == 1


def test_somebody_of_one_edition_reads_what_is_hers_of_a_release(app: Flask, desk: Desk) -> None:
    texts = work(desk, f"Secret {CANARY}", ("en", "fa"))
    release = gather(desk, texts, gate=["en"])
    fa = desk_for(app, "editor:fa")
    answer = fa.call("GET", f"/releases/{release['id']}", expect=200)
    assert answer.json is not None
    en, own = answer.json["data"]["items"]
    assert (en["title"], en["stage"], en["visibility"], en["revision"]) == (None, None, None, None)
    assert (en["ready"], en["hindrance"]) == (False, "not_approved")
    assert (own["stage"], own["visibility"], own["revision"]) == ("draft", "unpublished", 1)
    assert answer.json["meta"]["permissions"] == []
    refused(fa, release, "POST", "/publish", {}, status=403, code="forbidden")


def test_what_happened_to_a_release_is_told_and_recorded(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[ReleasePublished] = []
    monkeypatch.setitem(events._on, ReleasePublished, [told.append])
    release = gather(desk, work(desk, "Told", ("fa", "en")))
    schedule(desk, release, FAR)
    publish(desk, release)
    assert [(str(each.release_id), each.locales, each.complete) for each in told] == [
        (release["id"], ("en", "fa"), True)
    ]
    act(desk, release, "DELETE", expect=204)
    with app.app_context():
        query = select(AuditEntry.action).where(AuditEntry.subject_id == release["id"]).order_by(AuditEntry.id)
        steps = list(db.session.scalars(query))
    assert steps == ["release.create", "release.schedule", "release.publish", "release.delete"]


def test_reading_a_release_costs_the_same_however_much_it_holds(app: Flask, desk: Desk) -> None:
    small = gather(desk, work(desk, "Small", ("en",)))
    counts = []
    for path in (f"/releases/{small['id']}", "/releases"):
        with statements(app) as sent:
            desk.call("GET", path, expect=200)
        counts.append(len(sent))
    large = gather(desk, {f"{n}{key}": each for n in range(3) for key, each in work(desk, f"Large {n}").items()})
    for path, count in zip((f"/releases/{large['id']}", "/releases"), counts, strict=True):
        with statements(app) as sent:
            desk.call("GET", path, expect=200)
        assert len(sent) == count
