"""Counterparts and addresses while several work at once: at every moment, and when they are done."""

import random
import re
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.crowd import KNOWN, SEED, at_once
from tests.delivery.agreement import BASE, LOCALES, check, check_addresses, resolved
from tests.factories import on_postgresql
from tests.invariants import broken_invariants
from tests.newsroom import Desk, data, desk_for, open_house, quick_client

Row = dict[str, Any]
CLIENTS = 4
SLUGS = ("nan", "ab", "bread", "milk")
OLD_PATHS = (
    *(f"/{locale}{end}" for locale in LOCALES for end in ("/nan", "/ab?p=1", "/old?p=1", "/2014/05/old.html")),
    *("/nan", "/?p=1", "/old.html"),
)
STEPS = (
    "translate",
    "publish",
    "publish",
    "unpublish",
    "unpublish",
    "rename",
    "rename",
    "hide",
    "join",
    "join",
    "split",
    "lead",
    "forget",
)


class Colleague:
    """Does what comes to her mind, with what she saw a moment ago; somebody may have been faster."""

    def __init__(self, app: Flask, token: str, number: int) -> None:
        self.desk = Desk(quick_client(app), token)
        self.randomly = random.Random(SEED + number)
        self.done = 0

    def work(self, turns: int) -> None:
        """So many turns, and more where chance or the others left her little to do."""
        for turn in range(turns * 5):
            if turn >= turns and self.done >= turns // 3:
                return
            articles = data(self.desk.call("GET", "/articles?limit=100", expect=200))
            getattr(self, self.randomly.choice(STEPS))(articles)

    def ask(self, method: str, path: str, body: Any = None, *, seen_at: str | None = None) -> Any:
        """What she asked for, with the tag of what she saw; None where somebody was faster."""
        condition: dict[str, Any] = {}
        if seen_at is not None:
            seen = self.desk.call("GET", seen_at)
            if seen.status_code != 200:
                return None
            condition = {"if_match": seen.headers["ETag"]}
        answer = self.desk.call(method, path, body, **condition)
        assert answer.status_code in KNOWN | {404}, (method, path, answer.text)
        self.done += answer.status_code < 300
        return data(answer) if answer.status_code in (200, 201) else None

    def choose(self, articles: Sequence[Row]) -> tuple[str, Row] | None:
        variants = [(row["id"], each) for row in articles for each in row["variants"]]
        return self.randomly.choice(variants) if variants else None

    def show(self, article: str, locale: str) -> None:
        at = f"/articles/{article}/variants/{locale}"
        self.ask("POST", f"{at}/publish", {}, seen_at=at)

    def translate(self, articles: Sequence[Row]) -> None:
        row = self.randomly.choice(articles)
        missing = sorted(set(LOCALES) - {each["locale"] for each in row["variants"]})
        if missing:
            path = f"/articles/{row['id']}/variants/{missing[0]}"
            answer = self.desk.call("PUT", path, {"title": f"Work in {missing[0]}"}, if_none_match="*")
            assert answer.status_code in KNOWN | {404}, answer.text
            self.show(row["id"], missing[0])

    def publish(self, articles: Sequence[Row]) -> None:
        if chosen := self.choose(articles):
            self.show(chosen[0], chosen[1]["locale"])

    def unpublish(self, articles: Sequence[Row]) -> None:
        if chosen := self.choose(articles):
            at = f"/articles/{chosen[0]}/variants/{chosen[1]['locale']}"
            self.ask("POST", f"{at}/unpublish", {}, seen_at=at)

    def rename(self, articles: Sequence[Row]) -> None:
        self._change(articles, {"slug": self.randomly.choice(SLUGS)})

    def hide(self, articles: Sequence[Row]) -> None:
        self._change(articles, {"seo": {"noindex": self.randomly.random() < 0.5}})

    def _change(self, articles: Sequence[Row], changes: Row) -> None:
        if chosen := self.choose(articles):
            at = f"/articles/{chosen[0]}/variants/{chosen[1]['locale']}"
            if self.ask("PATCH", at, changes, seen_at=at):
                self.show(chosen[0], chosen[1]["locale"])

    def join(self, articles: Sequence[Row]) -> None:
        one, two = self.randomly.choice(articles), self.randomly.choice(articles)
        if not {each["locale"] for each in one["variants"]} & {each["locale"] for each in two["variants"]}:
            at = f"/articles/{one['id']}"
            self.ask("POST", f"{at}/links", {"article": two["id"]}, seen_at=at)

    def split(self, articles: Sequence[Row]) -> None:
        if chosen := self.choose([row for row in articles if len(row["variants"]) > 1]):
            at = f"/articles/{chosen[0]}"
            self.ask("DELETE", f"{at}/links/{chosen[1]['locale']}", seen_at=at)

    def lead(self, articles: Sequence[Row]) -> None:
        if chosen := self.choose(articles):
            locale = chosen[1]["locale"]
            own = [path for path in OLD_PATHS if path[1:3] not in set(LOCALES) - {locale}]
            path = self.randomly.choice(own * 3 + list(OLD_PATHS))  # others' now and then
            self.ask("POST", "/redirects", {"locale": locale, "path": path, "article": chosen[0]})

    def forget(self, _articles: Sequence[Row]) -> None:
        known = data(self.desk.call("GET", "/redirects?limit=100", expect=200))
        if known:
            at = f"/redirects/{self.randomly.choice(known)['id']}"
            self.ask("DELETE", at, seen_at=at)


def look_on(app: Flask, finished: threading.Event) -> None:
    """What one snapshot holds, and what one answer says, agrees with itself at every moment."""
    client = quick_client(app)
    while not finished.is_set():
        assert broken_invariants(app.config["SETTINGS"].database_url) == []
        for locale in LOCALES:
            for item in data(client.get(f"/v1/{locale}/articles?limit=100")):
                alone = client.get(f"/v1/{locale}/articles/{quote(item['slug'])}")
                if alone.status_code != 200:
                    assert alone.status_code in (301, 410), alone.text
                    continue
                said = data(alone)
                named = {other["locale"] for other in said["translations"]} | {said["locale"]}
                languages = re.findall('hreflang="([^"]*)"', alone.headers["Link"])
                assert sorted(languages) == sorted({*named, "x-default"}), item["slug"]


@on_postgresql  # on SQLite one waits for the other, and `test_reciprocity` says the same
@pytest.mark.parametrize("turns", [12, pytest.param(80, marks=pytest.mark.slow)])
def test_four_who_work_at_once_leave_no_link_one_sided_and_no_address_astray(app: Flask, turns: int) -> None:
    open_house(app, *LOCALES)
    desk = desk_for(app)
    for number in range(3):  # few, so that they meet
        work = desk.published("en", f"Work {number}")
        for locale in LOCALES[1:]:
            desk.translate(work, locale)
    colleagues = [Colleague(app, desk.token, number) for number in range(CLIENTS)]
    finished = threading.Event()

    def work_together() -> None:
        try:
            at_once(*[lambda one=one: one.work(turns) for one in colleagues])
        finally:
            finished.set()

    print(f"SEED={SEED}")
    at_once(work_together, lambda: look_on(app, finished))
    assert broken_invariants(app.config["SETTINGS"].database_url) == []
    assert all(one.done >= turns // 3 for one in colleagues), "they did not do much"
    check_at_rest(app, desk)


def check_at_rest(app: Flask, desk: Desk) -> None:
    articles = data(desk.call("GET", "/articles?limit=100", expect=200))
    variants = [(row["id"], each) for row in articles for each in row["variants"]]
    live = {(article, each["locale"]) for article, each in variants if each["visibility"] == "published"}
    client = quick_client(app)
    check(client, live)
    shown = {
        item["url"].removeprefix(BASE)
        for locale in LOCALES
        for item in data(client.get(f"/v1/{locale}/articles?limit=100"))
    }
    assert len(shown) == len(live)
    pages = {f"/{locale}/{slug}" for locale in LOCALES for slug in SLUGS}
    others = pages | {f"{page}?p=1" for page in pages} | set(OLD_PATHS)
    answers: dict[str, str | int] = {path: path for path in shown}
    for path in others - shown:
        status, location = resolved(client, path)
        assert location is None or location in shown, path
        assert location is None or path[1:3] not in LOCALES or location.startswith(path[:3]), (path, location)
        assert path.partition("?")[0] not in shown or f"{location}?p=1" == path, (path, location)
        answers[path] = location or status
    claimed = [row["path"] for row in data(desk.call("GET", "/redirects?limit=100", expect=200))]
    assert len(claimed) == len(set(claimed)), "one host, two editions"
    check_addresses(client, answers)
