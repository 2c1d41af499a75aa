"""Many who write at the same instant: what nobody chose by hand is never the reason for a refusal."""

from collections import Counter
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.models import Term
from nejat_cms.content.queries.terms import section_ancestors
from nejat_cms.db import atomic, db
from tests.crowd import asking, at_once
from tests.delivery.test_terms import term
from tests.invariants import broken_invariants
from tests.newsroom import data, desk_for, open_house, read


def test_everybody_who_writes_under_one_title_gets_a_slug(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    body = {"kind": "article", "locale": "en", "title": "One title"}
    answers = at_once(*(asking(desk, "POST", "/articles", body) for _ in range(12)))
    assert Counter(answer.status_code for answer in answers) == {201: 12}
    wanted = {"one-title", *(f"one-title-{number}" for number in range(2, 13))}
    assert {data(answer)["slug"] for answer in answers} == wanted
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def test_tags_and_people_named_in_any_order_are_made_once(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for number in range(3):
        names = [f"{word} {number}" for word in ("Bread", "Sea", "Apple", "Zoo", "Moon")]
        orders = [names, names[::-1], sorted(names), sorted(names, reverse=True)] * 2
        bodies = [
            {"kind": "article", "locale": "en", "title": f"Work {i}", "tags": order, "authors": order}
            for i, order in enumerate(orders)
        ]
        answers = at_once(*(asking(desk, "POST", "/articles", body) for body in bodies))
        assert Counter(answer.status_code for answer in answers) == {201: 8}
        assert [data(answer)["tags"] for answer in answers] == orders
    for path in ("tags", "people"):
        made = [row["names"]["en"]["name"] for row in data(desk.call("GET", f"/{path}?limit=100"))]
        assert len(made) == len(set(made)) == 15
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def test_two_sections_that_move_below_each_other_make_no_circle(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for number in range(5):
        tops = [term(desk, "sections", {"en": {"name": f"{word} {number}"}})["id"] for word in "AB"]
        below = [term(desk, "sections", {"en": {"name": "Below"}}, parent=top)["id"] for top in tops]
        moves = []
        for top, parent in zip(tops, reversed(below), strict=True):
            etag = desk.call("GET", f"/sections/{top}").headers["ETag"]
            moves.append(asking(desk, "PATCH", f"/sections/{top}", {"parent": parent}, if_match=etag))
        assert sorted(answer.status_code for answer in at_once(*moves)) == [200, 409]
    assert len(read(client, "/en/sections")) == 5


def test_sections_that_lie_in_a_circle_are_walked_once(app: Flask) -> None:
    """A house that was damaged before must still be readable, and repairable."""

    def lay() -> tuple[list[UUID], list[UUID]]:
        one, two = Term(type="section", names=[]), Term(type="section", names=[])
        db.session.add_all((one, two))
        db.session.flush()
        one.parent_id, two.parent_id = two.id, one.id
        db.session.flush()
        found = section_ancestors([one.id])
        one.parent_id = two.parent_id = None
        return found, [two.id, one.id]

    with app.app_context():
        found, wanted = atomic(lay)()
    assert found == wanted


def test_what_moves_brings_its_whole_depth_with_it(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)

    def line(length: int) -> list[str]:
        ids: list[str] = []
        for number in range(length):
            more = {"parent": ids[-1]} if ids else {}
            ids.append(term(desk, "sections", {"en": {"name": f"Level {number}"}}, **more)["id"])
        return ids

    long, short = line(8), line(3)
    etag = desk.call("GET", f"/sections/{short[0]}").headers["ETag"]
    path = f"/sections/{short[0]}"
    desk.refused("PATCH", path, {"parent": long[7]}, status=422, code="invalid", at="/parent", if_match=etag)
    desk.call("PATCH", path, {"parent": long[6]}, if_match=etag, expect=200)
