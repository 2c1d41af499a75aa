"""Whose an old path may be: none of another edition's, none of a page's, and nobody's twice."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions.trash import purge_variant
from tests.content.test_redirects import body_for, kept, remove
from tests.crowd import asking, at_once
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


def refuse(desk: Desk, variant: Row, *paths: str) -> None:
    for path in paths:
        desk.refused("POST", "/redirects", body_for(variant, path), status=409, code="conflict")


# Other editions -------------------------------------------------------------------------------


def test_no_edition_takes_a_path_inside_another_one(app: Flask, client: FlaskClient, desk: Desk) -> None:
    rights = desk.published("en", "Human rights")
    farsi = desk.published("fa", "نان")
    inside = ("/en/human-rights?utm_source=x", "/en?utm_source=x", "/en/next", "/EN/next", "/fa/../en/next")
    refuse(desk_for(app, "editor:fa"), farsi, *inside)
    assert resolve(client, "/en/human-rights?utm_source=x")["id"] == rights["article"]
    assert resolve(client, "/en?utm_source=x")["type"] == "edition"
    assert status(client, "/en/next") == 404
    for path in ("/fa?p=1", "/fa/next", "/?p=1", "/next.html"):
        lead(desk, path, farsi)
        assert resolve(client, path)["id"] == farsi["article"], path


def test_the_nearest_site_says_whose_a_path_is_and_the_root_of_a_host_is_everybodys(desk: Desk) -> None:
    """What a site at the root has not got, another had once: `/?p=1` says nothing of its language."""
    for locale, path in (("sq", ""), ("en", "/News"), ("fa", "/news/fa")):
        settle(desk, locale, f"https://news.example{path}")
    albanian, english, farsi = (desk.published(locale, "Work") for locale in ("sq", "en", "fa"))
    refuse(desk, albanian, "/news/x", "/news/fa/x", "/news?p=1")
    refuse(desk, english, "/news/fa/x", "/news/fa?p=1")
    refuse(desk, farsi, "/news/x", "/news?p=1")
    for number, variant in enumerate((albanian, english, farsi)):
        lead(desk, f"/?p={number}", variant)
        lead(desk, f"/{number}.html", variant)
    lead(desk, "/news/fa/x", farsi)
    lead(desk, "/news/x", english)


def test_an_old_path_of_a_host_is_one_editions(app: Flask, client: FlaskClient, desk: Desk) -> None:
    farsi, bread = desk.published("fa", "نان"), desk.published("en", "Bread")
    row = lead(desk, "/old", farsi)
    query = lead(desk, "/?p=1", farsi)
    refuse(desk, bread, "/old", "/OLD/", "/?p=1")
    edition = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=edition, expect=200)
    refuse(desk, bread, "/old", "/fa/x")  # it may return
    remove(desk, row)
    lead(desk, "/old", bread)
    settle(desk, "en", "https://en.example")
    refuse(desk, desk.published("sq", "Buka"), "/?p=1")
    lead(desk, "/?p=1", bread)  # another host
    assert resolve(client, "https://en.example/?p=1")["locale"] == "en"
    remove(desk, query)
    assert sorted(kept(desk)) == ["/?p=1", "/old"]


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_of_two_editions_that_claim_a_path_at_once_one_has_it(client: FlaskClient, desk: Desk, rounds: int) -> None:
    claims = [desk.published("fa", "نان"), desk.published("en", "Bread"), desk.published("en", "Milk")]
    for number in range(rounds):
        path = f"/old-{number}"
        answers = at_once(*(asking(desk, "POST", "/redirects", body_for(each, path)) for each in claims))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        [won] = [each for each, answer in zip(claims, answers, strict=True) if answer.status_code == 201]
        assert resolve(client, path)["id"] == won["article"]
    assert len(kept(desk)) == rounds


def test_a_path_whose_text_was_forgotten_is_free_for_every_edition(app: Flask, client: FlaskClient, desk: Desk) -> None:
    farsi, bread = desk.published("fa", "نان"), desk.published("en", "Bread")
    lead(desk, "/old", farsi)
    desk.step(farsi, "unpublish")
    etag = desk.variant(farsi["article"], "fa").headers["ETag"]
    desk.call("DELETE", address_of(farsi), if_match=etag, expect=204)
    refuse(desk, bread, "/old")
    with app.app_context():
        purge_variant(UUID(farsi["id"]))
    assert status(client, "/old") == 410
    row = lead(desk, "/old", bread)
    assert resolve(client, "/old")["id"] == bread["article"]
    remove(desk, row)
    assert status(client, "/old") == 404


# Pages ----------------------------------------------------------------------------------------


def test_a_page_is_the_same_with_any_query_but_for_a_front_page(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}})
    bread = desk.published("en", "Bread", sections=[city["id"]])
    desk.publish(desk.edit(desk.published("en", "Moved"), slug="there"))
    pages = ("/en/bread", "/en/moved", "/en/sections/city")
    refuse(desk, bread, *(f"{path}?utm_source=x" for path in pages))
    lead(desk, "/en/milk?p=1", bread)
    assert resolve(client, "/en/milk?p=1")["location"] == f"{BASE}/en/bread"
    milk = desk.published("en", "Milk")
    assert (status(client, "/en/milk?p=1"), resolve(client, "/en/milk?p=1")["id"]) == (200, milk["article"])
    desk.publish(desk.edit(milk, slug="cream"))
    assert resolve(client, "/en/milk?p=1")["location"] == f"{BASE}/en/cream"
    lead(desk, "/en?p=1", bread)
    assert resolve(client, "/en?p=1")["location"] == f"{BASE}/en/bread"
    assert [status(client, path) for path in ("/en", "/en?p=2")] == [200, 200]


BELOW = (
    "feed.atom",
    "Feed.RSS",
    "feed.json?x=1",
    "archive",
    "archive/2026",
    "tags",
    "tags/later",
    "people/",
    "sections/later/feed.atom",
    "kinds/page/feed.rss",
    "search?q=x",
)
OF_THE_API = (
    "/",
    "/v1",
    "/v1/editions",
    "/V1/later?x=1",
    "/sitemap.xml",
    "/sitemaps",
    "/sitemaps/fa/1.xml",
    "/robots.txt",
    "/openapi.json",
    "/docs",
    "/problems/conflict",
    "/media/x/thumb/y.webp",
    "/healthz",
    "/metrics",
)


def test_what_other_pages_are_at_is_no_old_path(app: Flask, client: FlaskClient, desk: Desk) -> None:
    """Those of an edition below it, those of the API on its own host; on a site's own host they mean nothing."""
    farsi = desk.published("fa", "نان")
    refuse(desk, farsi, *(f"/fa/{path}" for path in BELOW), *OF_THE_API)
    settle(desk, "fa", "https://fa.example")
    refuse(desk, farsi, *(f"/{path}" for path in BELOW))
    refuse(desk, desk.published("en", "Bread"), "/fa/feed.atom")  # which the API serves, wherever the site is
    for path in OF_THE_API[1:]:
        lead(desk, path, farsi)
        assert resolve(client, f"https://fa.example{path}")["id"] == farsi["article"], path
    assert {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {"<locale:locale>"} == {
        path.lower().split("/")[1] for path in (*OF_THE_API, "/readyz")
    }
    assert data(client.get("/v1/editions"))
