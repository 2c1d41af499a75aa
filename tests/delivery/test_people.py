"""The page of a person: what she wrote and translated in an edition, and how it is listed."""

from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.delivery.actions.editions import rebuild
from tests.delivery.test_terms import change_term, tag_named
from tests.factories import statements
from tests.invariants import broken_invariants
from tests.newsroom import Desk, desk_for, open_house, read
from tests.press import press


@pytest.fixture
def desk(app: Flask) -> Any:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def titles(rows: Any) -> list[str]:
    return [row["title"] for row in rows]


def test_a_person_is_shown_with_what_she_wrote_and_translated(app: Flask, client: FlaskClient, desk: Desk) -> None:
    wrote = desk.published("en", "Wrote", authors=["Mina", "Bo"])
    desk.published("en", "Translated", translators=["Mina"])
    desk.published("en", "Both", authors=["Mina"], translators=["Mina"])
    desk.published("en", "Page", kind="page", authors=["Mina"])
    desk.published("en", "Another's", authors=["Bo"])
    desk.write("en", "Draft", authors=["Mina"])
    desk.published("fa", "دیگر", authors=["Mina"])
    mina = read(client, "/en/people/mina")
    assert (mina["count"], mina["roles"]) == (3, {"author": 2, "translator": 2})
    assert titles(mina["articles"]) == ["Both", "Translated", "Wrote"]
    assert mina["articles"][2] == read(client, "/en/articles?author=bo")[1]
    desk.step(wrote, "unpublish")
    mina = read(client, "/en/people/mina")
    assert (mina["roles"], titles(mina["articles"])) == ({"author": 1, "translator": 2}, ["Both", "Translated"])
    with app.app_context():
        rebuild()
    assert read(client, "/en/people/mina") == mina


def test_her_page_leads_to_the_lists_of_all_she_did(client: FlaskClient, desk: Desk) -> None:
    desk.published("fa", "یک", authors=["مینا"], translators=["بهار"])
    desk.published("fa", "دو", authors=["بهار"], translators=["مینا"])
    links = read(client, "/fa/people/مینا")["links"]
    assert unquote(links["author"]) == "/v1/fa/articles?author=مینا"
    assert titles(client.get(links["author"]).json["data"]) == ["یک"]  # type: ignore[index]
    assert titles(client.get(links["translator"]).json["data"]) == ["دو"]  # type: ignore[index]


def test_people_and_tags_name_their_counterparts(client: FlaskClient, desk: Desk) -> None:
    text = desk.published("en", "Bread", authors=["Mina"], tags=["Oven"])
    for plural, name, farsi in (("people", "Mina", "مینا"), ("tags", "Oven", "تنور")):
        change_term(desk, plural, tag_named(desk, plural, name), names={"fa": {"name": farsi}})
        assert read(client, f"/en/{plural}/{name.lower()}")["translations"] == []
    desk.publish(desk.translate(text, "fa", title="نان", authors=["مینا"], tags=["تنور"]))
    for plural, slug, farsi in (("people", "mina", "مینا"), ("tags", "oven", "تنور")):
        [other] = read(client, f"/en/{plural}/{slug}")["translations"]
        assert (other["locale"], other["slug"]) == ("fa", farsi)
        [back] = read(client, f"/fa/{plural}/{farsi}")["translations"]
        assert (back["locale"], back["slug"]) == ("en", slug)


@pytest.mark.parametrize("path", ["articles?", "search?q=work&"])
def test_lists_and_search_and_counts_are_narrowed_by_translator(client: FlaskClient, desk: Desk, path: str) -> None:
    desk.published("en", "Work one", translators=["Mina"], authors=["Bo"])
    desk.published("en", "Work two", authors=["Mina"])
    desk.published("en", "Work three", translators=["Mina", "Bo"], tags=["Oven"])

    def found(query: str) -> tuple[list[str], int]:
        answer = client.get(f"/v1/en/{path}{query}&total=true").json
        assert answer is not None
        return titles(answer["data"]), answer["meta"]["total"]

    assert found("translator=mina") == (["Work three", "Work one"], 2)
    assert found("translator=bo") == (["Work three"], 1)
    assert found("translator=mina&author=bo") == (["Work one"], 1)
    assert found("translator=mina&author=mina") == ([], 0)
    assert found("translator=mina&tag=oven") == (["Work three"], 1)
    assert found("translator=nobody") == ([], 0)


def test_a_page_of_a_person_takes_no_more_statements_for_more_work(app: Flask, desk: Desk) -> None:
    counts, shown = set(), []
    client = FlaskClient(app, app.response_class)
    for rows in (1, 30):
        roles: tuple[dict[str, Any], ...] = ({"authors": ["Mina"]}, {"translators": ["Mina"]})
        press(app, "en", *({"title": f"{rows} {number}", **roles[number % 2]} for number in range(rows)))
        with statements(app) as sent:
            person = read(client, "/en/people/mina")
        counts.add(len(sent))
        shown.append(len(person["articles"]))
    assert (len(counts), shown) == (1, [1, 20])
    assert [each["published"]["at"] for each in person["articles"]] == sorted(
        (each["published"]["at"] for each in person["articles"]), reverse=True
    )
