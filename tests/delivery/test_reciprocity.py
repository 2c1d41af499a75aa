"""If one names another as its counterpart, the other names it: after any sequence of what a newsroom does.

In JSON, in the `Link` header, in all three feeds and in the sitemap; there without what asks not to be indexed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from nejat_cms.content.actions import linking, saving, stages
from nejat_cms.content.models import Article, Variant
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.delivery.rules import sitemaps
from nejat_cms.delivery.rules.documents import iri_to_uri
from nejat_cms.permissions import SYSTEM
from tests.conftest import empty_database
from tests.delivery.validity import (
    ATOM,
    check_atom,
    check_index,
    check_json_feed,
    check_reciprocity,
    check_rss,
    check_urlset,
    the,
)
from tests.newsroom import data, open_house

LOCALES = ("en", "fa", "sq")
STEPS = (
    "publish",
    "publish",
    "publish",
    "translate",
    "translate",
    "unpublish",
    "rename",
    "hide",
    "join",
    "join",
    "split",
    "rebuild",
)
STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 1000))


@dataclass(frozen=True)
class Place:
    """A variant as it stands."""

    article: UUID
    locale: str
    version: int
    revision: int
    live: bool


class Newsroom:
    """Takes steps that are possible; a number picks among them."""

    def __init__(self) -> None:
        for locale in LOCALES:
            made = saving.create_article(SYSTEM, "article", locale, {"title": f"کار {locale}"})
            self.publish(Place(made.article_id, locale, made.version, 1, False))

    def step(self, name: str, number: int) -> None:
        places = self.places()
        choices = list(getattr(self, f"_to_{name}", lambda places: places)(places))
        if choices:
            getattr(self, name)(choices[number % len(choices)])

    def places(self) -> list[Place]:
        rows = db.session.scalars(select(Variant).order_by(Variant.id)).all()
        places = [
            Place(row.article_id, row.locale, row.version, row.revision, row.live_revision is not None) for row in rows
        ]
        end_reading()
        return places

    def _locales(self, places: list[Place]) -> dict[UUID, set[str]]:
        held: dict[UUID, set[str]] = {}
        for place in places:
            held.setdefault(place.article, set()).add(place.locale)
        return held

    def publish(self, place: Place) -> None:
        stages.publish_variant(SYSTEM, place.article, place.locale, version=place.version)

    def _to_unpublish(self, places: list[Place]) -> Iterator[Place]:
        return (place for place in places if place.live)

    def unpublish(self, place: Place) -> None:
        stages.unpublish_variant(SYSTEM, place.article, place.locale, version=place.version)

    def rename(self, place: Place) -> None:
        changes = {"slug": f"slug-{place.version}-{place.article.hex[-4:]}", "lead": str(place.version)}
        variant = saving.change_variant(SYSTEM, place.article, place.locale, changes, version=place.version)
        stages.publish_variant(SYSTEM, place.article, place.locale, version=variant.version)

    def hide(self, place: Place) -> None:
        """Ask search engines to pass it over, or no longer: every second time."""
        seo = {"noindex": place.version % 2 == 1}
        variant = saving.change_variant(SYSTEM, place.article, place.locale, {"seo": seo}, version=place.version)
        if variant.version > place.version:
            stages.publish_variant(SYSTEM, place.article, place.locale, version=variant.version)

    def _to_translate(self, places: list[Place]) -> Iterator[tuple[Place, str]]:
        held = self._locales(places)
        return ((place, locale) for place in places for locale in LOCALES if locale not in held[place.article])

    def translate(self, choice: tuple[Place, str]) -> None:
        source, locale = choice
        based_on = {"locale": source.locale, "revision": source.revision}
        made = saving.create_variant(SYSTEM, source.article, locale, {"title": "Work", "based_on": based_on})
        stages.publish_variant(SYSTEM, source.article, locale, version=made.version)

    def _to_join(self, places: list[Place]) -> Iterator[tuple[UUID, UUID]]:
        held = self._locales(places)
        return ((one, two) for one in held for two in held if one != two and not held[one] & held[two])

    def join(self, choice: tuple[UUID, UUID]) -> None:
        linking.join_articles(SYSTEM, *choice, version=_group_version(choice[0]))

    def _to_split(self, places: list[Place]) -> Iterator[Place]:
        held = self._locales(places)
        return (place for place in places if len(held[place.article]) > 1)

    def split(self, place: Place) -> None:
        linking.split_article(SYSTEM, place.article, place.locale, version=_group_version(place.article))

    def rebuild(self, place: Place) -> None:
        rebuild()


def _group_version(work: UUID) -> int:
    version = db.session.get_one(Article, work).version
    end_reading()
    return version


def public_documents(client: FlaskClient) -> Iterator[tuple[dict[str, Any], str]]:
    for locale in LOCALES:
        for item in data(client.get(f"/v1/{locale}/articles?limit=100")):
            alone = client.get(f"/v1/{locale}/articles/{quote(item['slug'])}")
            yield item | {"noindex": data(alone)["seo"]["noindex"]}, alone.headers["Link"]


def check(client: FlaskClient, live: set[tuple[str, str]]) -> None:
    """What is live is public; each document names every other one of its article, and itself in the header alone."""
    documents = list(public_documents(client))
    assert {(item["id"], item["locale"]) for item, _ in documents} == live
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for item, _ in documents:
        groups.setdefault(item["id"], {})[item["locale"]] = item
    for item, header in documents:
        group = groups[item["id"]]
        order = [locale for locale in LOCALES if locale in group]
        assert [
            (row["locale"], row["slug"], row["url"], row["title"], row["published_at"]) for row in item["translations"]
        ] == [
            (
                locale,
                group[locale]["slug"],
                group[locale]["url"],
                group[locale]["title"],
                group[locale]["published"]["at"],
            )
            for locale in order
            if locale != item["locale"]
        ]
        links = re.findall(r'<([^>]*)>; rel="alternate"; hreflang="([^"]*)"', header)
        urls = [(quote(group[locale]["url"], safe=":/"), locale) for locale in order]
        assert links == [*urls, (urls[0][0], "x-default")]
    check_feeds(client, groups)
    check_sitemaps(client, groups)


def check_feeds(client: FlaskClient, groups: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Each entry names its own address and exactly the others of its article, the same in all three formats."""
    for locale in LOCALES:
        expected = {
            iri_to_uri(group[locale]["url"]): {other: iri_to_uri(item["url"]) for other, item in group.items()}
            for group in groups.values()
            if locale in group
        }
        base = f"http://127.0.0.1:8000/{locale}/feed"
        atom = check_atom(client.get(f"/{locale}/feed.atom").data, f"{base}.atom")
        found = [
            {str(link.get("hreflang")): link.get("href") for link in entry.findall(f"{ATOM}link")} for entry in atom
        ]
        assert {links[locale]: links for links in found} == expected
        rss = check_rss(client.get(f"/{locale}/feed.rss").data, f"{base}.rss")
        assert {
            the(item, "link"): {str(link.get("hreflang")): link.get("href") for link in item.findall(f"{ATOM}link")}
            | {locale: the(item, "link")}
            for item in rss
        } == expected
        json = check_json_feed(client.get(f"/{locale}/feed.json").data, f"{base}.json")
        assert {
            item["url"]: {other["language"]: other["url"] for other in item["_nejat"]["translations"]}
            | {locale: item["url"]}
            for item in json
        } == expected


def check_sitemaps(client: FlaskClient, groups: dict[str, dict[str, dict[str, Any]]]) -> None:
    """The same groups without what asks not to be indexed, each page once."""
    pages: dict[str, dict[str, str]] = {}
    for url in check_index(client.get("/sitemap.xml").data):
        if not url.endswith("/sections.xml"):
            pages |= check_urlset(client.get(urlsplit(url).path).data)
    check_reciprocity(pages)
    expected = {}
    for group in groups.values():
        shown = {
            locale: iri_to_uri(group[locale]["url"])
            for locale in LOCALES
            if locale in group and not group[locale]["noindex"]
        }
        for url in shown.values():
            expected[url] = shown | {"x-default": next(iter(shown.values()))}
    assert pages == expected


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure names its steps; to find fewer would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=10, max_size=20))
def test_counterparts_are_reciprocal_and_complete_after_anything(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(sitemaps, "PART_URLS", 2)
    with app.app_context():
        empty_database()
    open_house(app, *LOCALES)
    with app.app_context():
        newsroom = Newsroom()
    for step in steps:
        with app.app_context():
            newsroom.step(*step)
            live = {(str(place.article), place.locale) for place in newsroom.places() if place.live}
        check(client, live)
