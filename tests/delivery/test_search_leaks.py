"""Only what is live now is ever found by readers. (`test_visibility` asks the search for its canaries as well.)"""

from datetime import UTC, datetime
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.stages import run_schedule
from tests.answers import told
from tests.content.test_trash import bin_variant
from tests.delivery.test_search import titles
from tests.factories import statements
from tests.newsroom import Desk, data, desk_for, open_house, quick_client

ASKED = (
    "q={}",
    "q=%22{}%22",
    "q=%22title+{}%22",
    "q={}+body",
    "q=open+-open+{}",
    "q={}&across=true",
    "q={}&prefix=true",
    "q={}&total=true",
    "q={}&fallback=fa",
)


def texts(word: str) -> dict[str, Any]:
    return {"title": f"Title {word}", "lead": f"Lead {word}", "body": {"html": f"<p>Body {word}</p>"}}


def finds_nothing(app: Flask, client: FlaskClient, word: str) -> None:
    """A search for it answers like one for a word that never was: status, headers, body, number of statements."""
    for query in ASKED:
        heard = []
        for asked in (word, "q" * len(word)):
            with statements(app) as sql:
                answer = client.get(f"/v1/en/search?{query.format(asked)}")
            heard.append((told(answer), len(sql)))
        assert heard[0] == heard[1], (word, query)
        assert data(answer) == []


def test_what_is_not_live_is_found_by_no_word_of_it(app: Flask) -> None:
    client = quick_client(app)
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    opened = desk.published("en", "Open title", lead="Open lead", body={"html": "<p>Open body</p>"})
    drafts = {word: desk.write("en", **texts(word)) for word in ("alder", "birch", "cedar", "elm", "fir", "hazel")}
    desk.step(drafts["birch"], "submit")
    desk.step(desk.step(drafts["cedar"], "submit"), "approve")
    desk.step(drafts["elm"], "archive")
    desk.step(drafts["fir"], "schedule", publish_at="2099-01-01T00:00:00Z")
    bin_variant(desk, drafts["hazel"])
    desk.step(desk.published("en", **texts("juniper")), "unpublish")
    desk.step(desk.published("en", **texts("larch")), "archive")
    desk.edit(opened, **texts("maple"))
    desk.translate(opened, "fa", **texts("oak"))
    desk.publish(desk.translate(opened, "sq", **texts("pine")))
    etag = desk.call("GET", "/editions/sq").headers["ETag"]
    desk.call("PATCH", "/editions/sq", {"enabled": False}, if_match=etag, expect=200)
    words = [*drafts, "juniper", "larch", "maple", "oak", "pine"]
    for word in words:
        finds_nothing(app, client, word)
    assert titles(client, "en", "open title lead body") == ["Open title"]
    assert titles(client, "en", f"open -{' -'.join(words)}") == ["Open title"]


def test_the_search_follows_what_is_published_at_once(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    made = desk.write("en", **texts("alder"))
    finds_nothing(app, client, "alder")
    desk.publish(made)
    assert titles(client, "en", "alder") == titles(client, "fa", "alder", "&across=true") == ["Title alder"]
    desk.edit(made, **texts("birch"))
    assert (titles(client, "en", "alder"), titles(client, "en", "birch")) == (["Title alder"], [])
    desk.publish(made)
    assert (titles(client, "en", "alder"), titles(client, "en", "birch")) == ([], ["Title birch"])
    farsi = desk.publish(desk.translate(made, "fa", title="توس"))
    assert titles(client, "fa", "birch", "&across=true") == ["توس"]
    desk.step(farsi, "unpublish")
    assert titles(client, "fa", "توس") == titles(client, "en", "توس", "&across=true") == []
    assert titles(client, "fa", "birch", "&across=true") == ["Title birch"]
    desk.step(made, "unpublish")
    finds_nothing(app, client, "birch")
    desk.publish(made)
    assert titles(client, "en", "birch") == ["Title birch"]
    desk.step(made, "archive")
    finds_nothing(app, client, "birch")


def test_an_edition_that_closes_takes_its_texts_along(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.published("en", **texts("alder"))
    desk.publish(desk.translate(made, "fa", title="توسکا"))
    assert titles(client, "en", "توسکا", "&across=true") == ["Title alder"]
    switch(desk, "fa", enabled=False)
    assert titles(client, "en", "توسکا", "&across=true") == []
    assert client.get("/v1/fa/search?q=توسکا").status_code == 404
    switch(desk, "fa", enabled=True)
    assert titles(client, "en", "توسکا", "&across=true") == ["Title alder"]
    assert titles(client, "fa", "alder", "&across=true") == titles(client, "fa", "توسکا") == ["توسکا"]


def switch(desk: Desk, locale: str, **settings: Any) -> None:
    etag = desk.call("GET", f"/editions/{locale}").headers["ETag"]
    desk.call("PATCH", f"/editions/{locale}", settings, if_match=etag, expect=200)


def test_what_is_planned_is_found_when_its_time_has_come(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(datetime(2027, 1, 4, 9, 0, tzinfo=UTC), tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        made = desk.write("en", **texts("alder"))
        desk.step(made, "schedule", publish_at="2027-01-04T10:00:00Z", unpublish_at="2027-01-04T11:00:00Z")
        for hour, expected in ((9, []), (10, ["Title alder"]), (11, [])):
            clock.move_to(datetime(2027, 1, 4, hour, 0, tzinfo=UTC))
            with app.app_context():
                run_schedule()
            assert titles(client, "en", "alder") == expected, hour
