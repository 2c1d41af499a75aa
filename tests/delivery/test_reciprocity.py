"""If one names another as its counterpart, the other names it: after any sequence of what a newsroom does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from nejat_cms.content.actions import linking, saving, stages
from nejat_cms.content.models import Article, Variant
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.permissions import SYSTEM
from tests.conftest import empty_database
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
            yield item, client.get(f"/v1/{locale}/articles/{quote(item['slug'])}").headers["Link"]


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


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure names its steps; to find fewer would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=10, max_size=20))
def test_counterparts_are_reciprocal_and_complete_after_anything(
    app: Flask, client: FlaskClient, steps: list[tuple[str, int]]
) -> None:
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
