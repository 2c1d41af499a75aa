"""Old paths of a site: who may make them lead to a text, what they may be, and that they never come before a page."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nejat_cms.content.actions import redirects
from nejat_cms.content.actions.trash import purge_variant
from nejat_cms.db import db
from nejat_cms.delivery.models import Address
from nejat_cms.permissions import SYSTEM
from tests.delivery.test_resolve import BASE, lead, resolve, settle, status
from tests.delivery.test_terms import term
from tests.invariants import broken_invariants
from tests.newsroom import Desk, address_of, data, desk_for, open_house

Row = dict[str, Any]


@pytest.fixture
def desk(app: Flask) -> Any:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def body_for(variant: Row, path: str = "/old") -> Row:
    return {"locale": variant["locale"], "path": path, "article": variant["article"]}


def remove(desk: Desk, redirect: Row) -> None:
    path = f"/redirects/{redirect['id']}"
    desk.call("DELETE", path, if_match=desk.call("GET", path, expect=200).headers["ETag"], expect=204)


def kept(desk: Desk) -> list[str]:
    """The old paths that are known, newest first."""
    return [row["path"] for row in data(desk.call("GET", "/redirects?limit=100", expect=200))]


# Making and unmaking --------------------------------------------------------------------------


def test_an_old_path_is_made_read_listed_and_removed(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    made = desk.call("POST", "/redirects", body_for(bread), expect=201)
    row = data(made)
    target = {"type": "article", "id": bread["article"], "url": None}
    assert row == {"id": row["id"], "locale": "en", "path": "/old", "variant": bread["id"], "target": target}
    assert made.headers["Location"] == f"/v1/manage/redirects/{row['id']}"
    one = desk.call("GET", f"/redirects/{row['id']}", expect=200)
    assert (data(one), one.headers["ETag"]) == (row, made.headers["ETag"])
    second = lead(desk, "/older", bread)
    assert data(desk.call("GET", "/redirects", expect=200)) == [second, row]
    first_page = desk.call("GET", "/redirects?limit=1", expect=200).json
    assert first_page
    assert [each["id"] for each in first_page["data"]] == [second["id"]]
    next_page = desk.call("GET", first_page["links"]["next"].removeprefix("/v1/manage"), expect=200)
    assert data(next_page) == [row]
    assert status(client, "/old") == 301
    remove(desk, row)
    assert status(client, "/old") == 404
    desk.refused("GET", f"/redirects/{row['id']}", status=404, code="not_found")
    assert kept(desk) == ["/older"]
    trail = [entry["action"] for entry in data(desk.call("GET", "/audit?limit=100", expect=200))]
    assert (trail.count("redirect.create"), trail.count("redirect.delete")) == (2, 1)


def test_removal_names_what_was_read(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    first, second = (lead(desk, path, bread) for path in ("/old", "/older"))
    path = f"/redirects/{first['id']}"
    other = desk.call("GET", f"/redirects/{second['id']}", expect=200).headers["ETag"]
    desk.refused("DELETE", path, status=428, code="precondition_required")
    for tag in ('"99-00000000"', "*", f"W/{other}", other):
        desk.refused("DELETE", path, status=412, code="stale_version", if_match=tag)
    assert kept(desk) == ["/older", "/old"]


def test_a_repeated_request_makes_one_old_path(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    first = desk.call("POST", "/redirects", body_for(bread), idempotency_key="once", expect=201)
    again = desk.call("POST", "/redirects", body_for(bread), idempotency_key="once", expect=201)
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    other = body_for(bread, "/other")
    desk.refused("POST", "/redirects", other, status=422, code="invalid", at="", idempotency_key="once")
    assert kept(desk) == ["/old"]


# Who may --------------------------------------------------------------------------------------


def test_only_who_may_publish_in_an_edition_keeps_its_old_paths(app: Flask, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    row = lead(desk, "/old", bread)
    path = f"/redirects/{row['id']}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    for grant in ("author:en", "translator:en", "moderator:en", "editor:fa", "admin:fa"):
        stranger = desk_for(app, grant)
        stranger.refused("POST", "/redirects", body_for(bread, "/x"), status=403, code="forbidden")
        stranger.refused("GET", path, status=404, code="not_found")
        stranger.refused("DELETE", path, status=404, code="not_found", if_match=etag)
        assert kept(stranger) == []
    nobody = Desk(app.test_client(), "nobody")
    for method, place, body in (
        ("GET", "/redirects", None),
        ("POST", "/redirects", body_for(bread, "/x")),
        ("GET", path, None),
        ("DELETE", path, None),
        ("DELETE", "/redirects/00000000-0000-0000-0000-000000000000", None),
    ):
        nobody.refused(method, place, body, status=401, code="unauthorized")
    editor = desk_for(app, "editor:en")
    farsi = lead(desk, "/old-fa", desk.published("fa", "نان"))
    assert kept(editor) == ["/old"]
    lead(editor, "/x", bread)
    remove(editor, row)
    editor.refused("GET", f"/redirects/{farsi['id']}", status=404, code="not_found")


def test_a_draft_that_she_may_not_read_is_not_there(app: Flask, desk: Desk) -> None:
    secret = desk.write("en", "Secret")
    missing = body_for(secret) | {"article": "00000000-0000-7000-8000-000000000000"}
    answers = [
        desk_for(app, "editor:fa").refused("POST", "/redirects", body, status=404, code="not_found")
        for body in (body_for(secret), missing)
    ]
    assert {answer["detail"] for answer in answers} == {answers[0]["detail"]}


def test_the_text_must_be_one_of_the_edition(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    desk.refused("POST", "/redirects", body_for(bread) | {"locale": "fa"}, status=404, code="not_found")
    desk.refused("POST", "/redirects", body_for(bread) | {"locale": "de"}, status=404, code="not_found")
    section = term(desk, "sections", {"en": {"name": "City"}})
    desk.refused("POST", "/redirects", body_for(bread) | {"article": section["id"]}, status=404, code="not_found")
    binned = desk.write("en", "Binned")
    etag = desk.variant(binned["article"], "en").headers["ETag"]
    desk.call("DELETE", address_of(binned), if_match=etag, expect=204)
    desk.refused("POST", "/redirects", body_for(binned), status=404, code="not_found")


# What it may be -------------------------------------------------------------------------------


NO_PATHS = (
    None,
    "",
    " ",
    7,
    ["/old"],
    "old",
    "?p=1",
    "//evil.example/x",
    "///evil.example",
    "/\t/evil.example",
    "\\evil",
    "/\\evil.example",
    "/old%5Cevil",
    "https://127.0.0.1:8000/old",
    "javascript:alert(1)",
    "/old%",
    "/old%zz",
    "/old%FF",
    "/old%00",
    "/old%0D%0ASet-Cookie:x",
    "/ol\u0001d",
    "/ol%7Fd",
    "/ol%C2%85d",
    "/ol\u202ed",
    "/ol%E2%80%AEd",
    "/ol%E2%80%8Fd",
    "/ol\u2066d",
    "/ol%E2%80%A8d",
    "/old?x=%0A",
    "/old?x=%E2%80%AE",
)


def test_what_is_no_path_is_refused(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    for path in NO_PATHS:
        body = body_for(bread) | {"path": path}
        problem = desk.refused("POST", "/redirects", body, status=422, code="invalid", at="/path")
        assert [each["pointer"] for each in problem["errors"]] == ["/path"], path


def test_what_is_missing_or_unknown_is_named(desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    for field in ("locale", "path", "article"):
        body = {name: value for name, value in body_for(bread).items() if name != field}
        desk.refused("POST", "/redirects", body, status=422, code="invalid", at=f"/{field}")
    for field, value in (("target", "javascript:alert(1)"), ("to", "//evil.example"), ("status", 302)):
        desk.refused("POST", "/redirects", body_for(bread) | {field: value}, status=422, code="invalid", at=f"/{field}")


@pytest.mark.parametrize("letter", ["a", "ب", "\U00010300"])
def test_a_path_is_as_long_as_every_database_can_keep(client: FlaskClient, desk: Desk, letter: str) -> None:
    bread = desk.published("en", "Bread")
    longest = "/" + "".join(chr(ord(letter) + number % 16) for number in range(599))
    row = lead(desk, longest, bread)
    assert row["path"] == longest
    assert status(client, longest) == 301
    for longer in (longest + "a", f"{longest}?x", "/" + letter * 4100):
        desk.refused("POST", "/redirects", body_for(bread, longer), status=422, code="invalid", at="/path")


SAME = (
    "/old-نام/é",
    "/old-%D9%86%D8%A7%D9%85/%C3%A9",
    "/old-%d9%86%d8%a7%d9%85/%c3%a9/",
    "//".join(("/old-نام", "é//")),
    "/OLD-نام/É",
    "/old-نام/e\u0301",
    "/old%2Dنام/%65%CC%81#top",
    " /old-نام/é ",
    "/old-نام/é?",
)


def test_one_path_is_one_however_it_is_written(client: FlaskClient, desk: Desk) -> None:
    bread, milk = desk.published("en", "Bread"), desk.published("en", "Milk")
    row = lead(desk, SAME[2], bread)
    assert row["path"] == SAME[0]
    for path in SAME:
        desk.refused("POST", "/redirects", body_for(milk, path), status=409, code="conflict")
        assert resolve(client, path)["id"] == bread["article"]
    remove(desk, row)
    for path in SAME:
        row = lead(desk, path, milk)
        assert row["path"] == SAME[0]
        remove(desk, row)
    lead(desk, "/old-نام/é?Page=1", bread)
    lead(desk, "/old-نام/é?page=1", milk)  # what a query says is another matter
    lead(desk, "/old-نام/é", desk.published("fa", "نان"))  # and so is that there is none
    assert resolve(client, "/OLD-نام/é?page=1")["id"] == milk["article"]


# Pages come first -----------------------------------------------------------------------------


def test_no_old_path_is_taken_where_an_edition_has_a_page_or_one_that_moved(client: FlaskClient, desk: Desk) -> None:
    """It would change nothing that readers meet there."""
    city = term(desk, "sections", {"en": {"name": "City"}})
    bread = desk.published("en", "Bread", sections=[city["id"]], tags=["Oven"], published_at="2026-03-05T10:00:00Z")
    desk.publish(desk.edit(desk.published("en", "Moved"), slug="there"))
    pages = (
        "/en",
        "/en/",
        "/en/bread",
        "/en/Bread/",
        "/en/br%65ad",
        "/en/moved",
        "/en/there",
        "/en/sections/city",
        "/en/tags/oven",
        "/en/archive/2026/3",
        "/fa",
    )
    for path in pages:
        before = status(client, path)
        desk.refused("POST", "/redirects", body_for(bread, path), status=409, code="conflict")
        assert status(client, path) == before
    settle(desk, "fa", "https://fa.example")
    farsi = desk.published("fa", "نان")
    desk.refused("POST", "/redirects", body_for(farsi, "/نان"), status=409, code="conflict")
    lead(desk, "/نان", bread)  # the page is on another host
    assert resolve(client, f"{BASE}/نان")["id"] == bread["article"]
    assert resolve(client, "https://fa.example/نان")["id"] == farsi["article"]


def test_a_page_that_comes_later_comes_first_and_stays_so(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    row = lead(desk, "/en/milk", bread)
    milk = desk.write("en", "Milk")
    assert resolve(client, "/en/milk")["location"] == f"{BASE}/en/bread"
    desk.publish(milk)
    assert (status(client, "/en/milk"), resolve(client, "/en/milk")["id"]) == (200, milk["article"])
    desk.publish(desk.edit(milk, slug="cream"))
    assert resolve(client, "/en/milk")["location"] == f"{BASE}/en/cream"
    desk.step(milk, "unpublish")
    assert status(client, "/en/milk") == client.get("/v1/en/articles/milk").status_code == 301
    assert resolve(client, "/en/milk")["location"] == f"{BASE}/en/bread"
    remove(desk, row)
    assert status(client, "/en/milk") == 410


def test_no_two_and_no_three_lead_in_a_circle(client: FlaskClient, desk: Desk) -> None:
    """An old path leads to a text, never to another path, so that one step is always enough."""
    drafts = [desk.write("en", title) for title in ("One", "Two", "Three")]
    lead(desk, "/en/one", drafts[0])
    for here, there in zip(drafts, (*drafts[1:], drafts[0]), strict=True):
        if here is not drafts[0]:
            lead(desk, f"/en/{here['slug']}", there)
    assert [status(client, f"/en/{slug}") for slug in ("one", "two", "three")] == [404] * 3
    for count, draft in enumerate(drafts, 1):
        desk.publish(draft)
        for slug in ("one", "two", "three"):
            if status(client, f"/en/{slug}") == 301:
                assert resolve(client, resolve(client, f"/en/{slug}")["location"])["status"] == 200
        assert [status(client, f"/en/{each['slug']}") for each in drafts[:count]] == [200] * count
    for slug in ("two", "three", "one", "two"):  # and renaming them in turn makes none either
        desk.publish(desk.edit(drafts[0], slug=f"{slug}-again"))
    for slug in ("one", "two-again", "three-again", "one-again"):
        found = resolve(client, f"/en/{slug}")
        assert resolve(client, found.get("location", f"/en/{slug}"))["status"] == 200


# What becomes of the text ---------------------------------------------------------------------


def test_an_old_path_goes_where_its_text_goes(app: Flask, client: FlaskClient, desk: Desk) -> None:
    bread = desk.write("en", "Bread")
    lead(desk, "/old", bread)
    assert status(client, "/old") == 404
    desk.publish(bread)
    assert resolve(client, "/old")["location"] == f"{BASE}/en/bread"
    desk.step(bread, "unpublish")
    assert status(client, "/old") == 410
    etag = desk.variant(bread["article"], "en").headers["ETag"]
    desk.call("DELETE", address_of(bread), if_match=etag, expect=204)
    assert status(client, "/old") == 410
    desk.call("POST", f"/trash/{bread['id']}/restore", expect=200)
    desk.publish(bread)
    assert status(client, "/old") == 301


def test_joining_and_splitting_leaves_old_paths_with_their_text(client: FlaskClient, desk: Desk) -> None:
    bread, farsi = desk.published("en", "Bread"), desk.published("fa", "نان")
    lead(desk, "/old", farsi)
    group = f"/articles/{bread['article']}"
    etag = desk.call("GET", group, expect=200).headers["ETag"]
    desk.call("POST", f"{group}/links", {"article": farsi["article"]}, if_match=etag, expect=200)
    found = resolve(client, "/old")
    assert (found["id"], found["location"]) == (bread["article"], f"{BASE}/fa/نان")
    assert found["counterparts"]["en"] == {"url": f"{BASE}/en/bread", "reason": "counterpart"}
    etag = desk.call("GET", group, expect=200).headers["ETag"]
    desk.call("DELETE", f"{group}/links/fa", if_match=etag, expect=200)
    found = resolve(client, "/old")
    assert (found["location"], found["counterparts"]["en"]["reason"]) == (f"{BASE}/fa/نان", "home")


def test_a_forgotten_text_leaves_its_path_to_another(app: Flask, client: FlaskClient, desk: Desk) -> None:
    bread, milk = desk.published("en", "Bread"), desk.published("en", "Milk")
    lead(desk, "/old", bread)
    desk.step(bread, "unpublish")
    etag = desk.variant(bread["article"], "en").headers["ETag"]
    desk.call("DELETE", address_of(bread), if_match=etag, expect=204)
    with app.app_context():
        purge_variant(UUID(bread["id"]))
    assert (status(client, "/old"), kept(desk)) == (410, [])
    row = lead(desk, "/old", milk)
    assert resolve(client, "/old")["location"] == f"{BASE}/en/milk"
    remove(desk, row)
    assert status(client, "/old") == 404


def test_an_edition_that_has_old_paths_has_their_texts_and_stays(app: Flask, desk: Desk) -> None:
    lead(desk, "/old", desk.write("fa", "نان"))
    etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    desk.refused("DELETE", "/editions/fa", status=409, code="conflict", if_match=etag)
    with app.app_context():
        assert db.session.scalars(select(Address.state).where(Address.type == "path")).all() == ["moved"]


def test_the_program_itself_keeps_old_paths(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """What an import does."""
    bread = desk.published("en", "Bread")
    with app.app_context():
        redirects.add_redirect(SYSTEM, "en", "/?p=9", UUID(bread["article"]))
    assert resolve(client, "/?p=9")["id"] == bread["article"]
