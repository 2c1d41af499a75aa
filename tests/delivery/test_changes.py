"""The change feed: everything that readers would notice, once, in the order it was committed."""

import random
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.trash import purge_variant
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read
from tests.press import press


def walk(client: FlaskClient, locale: str, since: str | None = None, limit: int = 100) -> tuple[list[Any], str]:
    """Every row since a position, page by page, and the position for the next call."""
    path = f"/v1/{locale}/changes?limit={limit}" + (f"&since={since}" if since else "")
    rows: list[Any] = []
    first_position: str | None = None
    while True:
        answer = client.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        said = answer.json
        assert said is not None
        rows += said["data"]
        meta = said.get("meta", {})
        first_position = first_position or meta.get("since")
        if "next" not in said.get("links", {}):
            assert meta["since"] == (first_position if since is None else meta["since"])
            return rows, meta["since"]
        path = said["links"]["next"]


def test_what_happens_is_told_in_the_editions_it_happens_in(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    _, position = walk(client, "en")
    _, elsewhere = walk(client, "fa")

    def news() -> list[tuple[str, str]]:
        nonlocal position
        rows, position = walk(client, "en", position)
        return [(row["type"], row["slug"]) for row in rows]

    made = desk.write("en", "One")
    assert news() == []
    desk.publish(made)
    assert news() == [("published", "one")]
    desk.publish(desk.edit(made, lead="x"))
    assert news() == [("updated", "one")]
    desk.publish(desk.edit(made, slug="uno"))
    rows, position = walk(client, "en", position)
    assert [(row["type"], row["slug"], row["moved_from"]) for row in rows] == [("moved", "uno", "one")]
    assert rows[0]["url"] == "http://127.0.0.1:8000/en/uno"
    assert walk(client, "fa", elsewhere)[0] == []
    farsi = desk.publish(desk.translate(made, "fa", title="یک"))
    assert news() == [("updated", "uno")]
    assert [row["type"] for row in walk(client, "fa", elsewhere)[0]] == ["published"]
    desk.publish(desk.edit(farsi, body={"html": "<p>Only the body, which counterparts do not show</p>"}))
    assert news() == []
    desk.publish(desk.edit(farsi, title="دو"))
    assert news() == [("updated", "uno")]
    desk.step(farsi, "unpublish")
    assert news() == [("updated", "uno")]
    desk.step(made, "unpublish")
    assert news() == [("withdrawn", "uno")]
    desk.publish(made)
    assert news() == [("published", "uno")]


def test_each_article_comes_once_in_its_newest_state(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    one, two = desk.published("en", "One"), desk.published("en", "Two")
    everything, position = walk(client, "en")
    assert [(row["type"], row["slug"]) for row in everything] == [("published", "one"), ("published", "two")]
    for word in "abc":
        desk.publish(desk.edit(one, lead=word))
    desk.step(two, "unpublish")
    desk.publish(desk.edit(one, lead="d"))
    rows, _ = walk(client, "en", position)
    assert [(row["type"], row["slug"]) for row in rows] == [("withdrawn", "two"), ("updated", "one")]
    assert [row["slug"] for row in walk(client, "en")[0]] == ["one"]


def test_a_position_that_was_never_given_out_is_refused(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    press(app, "en", {"title": "1"})
    _, position = walk(client, "en")
    for wrong in (str(int(position) + 1), "x", "-1", "", "1.0", "١", "9" * 30, f"{position} "):
        problem = read(client, f"/en/changes?since={wrong}", expect=422)
        assert [(each["parameter"], each["code"]) for each in problem["errors"]] == [("since", "unknown_since")]
    read(client, f"/fa/changes?since={int(position) + 1}", expect=422)
    cursor = walk_cursor(client)
    read(client, f"/en/changes?since={position}&limit=1&cursor={cursor}", expect=422)


def walk_cursor(client: FlaskClient) -> str:
    press(client.application, "en", {"title": "2"})
    link = client.get("/v1/en/changes?limit=1").json["links"]["next"]  # type: ignore[index]
    return str(link).split("cursor=")[1]


def test_a_follower_has_what_readers_have_whatever_happens_while_she_walks(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    rng = random.Random(11)
    variants = [desk.write("en", f"Work {number}") for number in range(6)]

    def something_happens() -> None:
        variant = rng.choice(variants)
        live = data(desk.variant(variant["article"], "en"))["live_revision"]
        match rng.randrange(4):
            case 0 if live:
                desk.step(variant, "unpublish")
            case 1:
                desk.publish(desk.edit(variant, slug=f"slug-{rng.randrange(1000)}"))
            case _:
                desk.publish(desk.edit(variant, lead=str(rng.random())))

    known: dict[str, str] = {}
    position: str | None = None
    for _ in range(8):
        for _ in range(3):
            something_happens()
        path = "/v1/en/changes?limit=2" + (f"&since={position}" if position else "")
        meta: dict[str, Any] = {}
        while path:
            said = client.get(path).json
            assert said is not None
            for row in said["data"]:
                known.pop(row["id"], None)
                if row["type"] != "withdrawn":
                    known[row["id"]] = row["slug"]
            meta |= said.get("meta", {})
            path = said.get("links", {}).get("next", "")
            something_happens()
        position = meta["since"]
    rows, _ = walk(client, "en", position, limit=2)
    for row in rows:
        known.pop(row["id"], None)
        if row["type"] != "withdrawn":
            known[row["id"]] = row["slug"]
    assert known == {item["id"]: item["slug"] for item in read(client, "/en/articles?limit=100")}


def test_a_move_is_told_to_whoever_has_not_heard_of_it(app: Flask, client: FlaskClient) -> None:
    """What happens to an article after it moved does not hide the move from a follower who was away."""
    open_house(app, "en")
    desk = desk_for(app)
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "World"}}}, expect=201))
    made = desk.published("en", "One", sections=[section["id"]])
    _, before = walk(client, "en")

    def told(since: str) -> list[tuple[str, str, str | None]]:
        return [(row["type"], row["slug"], row.get("moved_from")) for row in walk(client, "en", since)[0]]

    desk.publish(desk.edit(made, slug="uno"))
    _, after = walk(client, "en")
    assert told(before) == [("moved", "uno", "one")]
    assert told(after) == []
    desk.publish(desk.edit(made, slug="eins"))
    assert told(before) == [("moved", "eins", "one")], "the slug she knows, not the one between"
    assert told(after) == [("moved", "eins", "uno")]
    desk.publish(desk.edit(made, slug="uno"))
    assert told(after) == [("updated", "uno", None)], "it lives where she knows it"
    _, after = walk(client, "en")
    desk.publish(desk.edit(made, lead="Later"))
    assert told(before) == [("moved", "uno", "one")]
    assert told(after) == [("updated", "uno", None)]
    path = f"/sections/{section['id']}"
    etag = desk.call("GET", path).headers["ETag"]
    desk.call("PATCH", path, {"names": {"en": {"name": "Globe"}}}, if_match=etag, expect=200)
    assert told(before) == [("moved", "uno", "one")]
    assert told(after) == [("updated", "uno", None)]
    desk.step(made, "unpublish")
    assert told(before) == told(after) == [("withdrawn", "uno", None)]
    desk.publish(made)
    assert told(before) == [("moved", "uno", "one")]
    assert told(after) == [("published", "uno", None)]
    assert [(row["type"], row.get("moved_from")) for row in walk(client, "en")[0]] == [("published", None)]


def test_who_did_not_hear_that_it_went_is_told_that_it_moved(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "One")
    _, before = walk(client, "en")
    desk.step(made, "unpublish")
    _, gone = walk(client, "en", before)
    desk.publish(desk.edit(made, slug="uno"))
    told = [
        [(row["type"], row["slug"], row.get("moved_from")) for row in walk(client, "en", since)[0]]
        for since in (before, gone)
    ]
    assert told == [[("moved", "uno", "one")], [("published", "uno", None)]]


def test_an_edition_that_comes_again_goes_on_counting(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "sq")
    desk = desk_for(app)
    made = desk.published("sq", "Një")
    _, since = walk(client, "sq")
    desk.call("DELETE", address_of(desk.step(made, "unpublish")), if_match=etag_of(desk, made), expect=204)
    with app.app_context():
        purge_variant(UUID(made["id"]))
    path = "/editions/sq"
    desk.call("DELETE", path, if_match=desk.call("GET", path).headers["ETag"], expect=204)
    desk.call("POST", "/editions", {"locale": "sq"}, expect=201)
    again = desk.published("sq", "Prapë")
    assert [(row["type"], row["id"]) for row in walk(client, "sq", since)[0]] == [
        ("withdrawn", made["article"]),
        ("published", again["article"]),
    ]


def etag_of(desk: Desk, variant: dict[str, Any]) -> str:
    return desk.variant(variant["article"], variant["locale"]).headers["ETag"]
