"""Many at once: what two writers, or a writer and a reader, can do to each other."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nejat_cms.content.actions import claims, terms
from nejat_cms.delivery.actions import editions
from tests.crowd import KNOWN, SEED, asking, at_once, fresh, step
from tests.factories import on_postgresql
from tests.invariants import broken_invariants
from tests.newsroom import EDITIONS, Desk, data, desk_for, open_house, read

LOCALES = tuple(EDITIONS)


@pytest.fixture(autouse=True)
def _seed() -> None:
    print(f"SEED={SEED}")  # shown when a test fails


@pytest.fixture
def admin(app: Flask) -> Iterator[Desk]:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def four_drafts(desk: Desk, title: str) -> list[Any]:
    source = desk.write("en", title)
    return [source, *(desk.translate(source, locale) for locale in LOCALES[1:])]


def names_of(client: Any, article: str, locale: str) -> set[str]:
    return {other["locale"] for other in read(client, f"/articles/{article}?locale={locale}")["translations"]}


# Counterparts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [8, pytest.param(60, marks=pytest.mark.slow)])
def test_siblings_published_at_the_same_instant_name_each_other(admin: Desk, rounds: int) -> None:
    for number in range(rounds):
        drafts = four_drafts(admin, f"Round {number}")
        answers = at_once(*(step(admin, draft, "publish") for draft in drafts))
        assert [answer.status_code for answer in answers] == [200] * 4
        for draft in drafts:
            named = names_of(admin.client, draft["article"], draft["locale"])
            assert named == set(LOCALES) - {draft["locale"]}


@pytest.mark.parametrize("rounds", [4, pytest.param(30, marks=pytest.mark.slow)])
def test_siblings_published_and_withdrawn_at_the_same_instant_agree(admin: Desk, rounds: int) -> None:
    for number in range(rounds):
        drafts = four_drafts(admin, f"Round {number}")
        for draft in drafts[:2]:
            admin.publish(draft)
        works = [step(admin, draft, "unpublish") for draft in drafts[:2]]
        works += [step(admin, draft, "publish") for draft in drafts[2:]]
        assert [answer.status_code for answer in at_once(*works)] == [200] * 4
        for draft in drafts[2:]:
            assert names_of(admin.client, draft["article"], draft["locale"]) == {"fa", "sq"} - {draft["locale"]}


def test_joining_splitting_and_publishing_at_once_ends_in_one_order_or_another(admin: Desk) -> None:
    """Two articles are locked in the order of their ids: nobody waits for somebody who waits for her."""
    randomly = random.Random(SEED)
    for number in range(6):
        one = admin.published("en", f"One {number}")
        two = admin.published("fa", f"Two {number}")
        etags = {
            variant["article"]: admin.call("GET", f"/articles/{variant['article']}", expect=200).headers["ETag"]
            for variant in (one, two)
        }
        works = [
            asking(
                admin,
                "POST",
                f"/articles/{a['article']}/links",
                {"article": b["article"]},
                if_match=etags[a["article"]],
            )
            for a, b in ((one, two), (two, one))
        ]
        works += [step(admin, admin.edit(variant, title=f"New {number}"), "publish") for variant in (one, two)]
        randomly.shuffle(works)
        statuses = Counter(answer.status_code for answer in at_once(*works))
        assert statuses.keys() <= KNOWN | {404}, statuses
        found = data(admin.client.get(f"/v1/articles/{one['article']}?locale=en", follow_redirects=True))
        assert {other["locale"] for other in found["translations"]} == {"fa"}


def test_roll_out_of_an_edition_and_publishing_at_once(admin: Desk) -> None:
    drafts = [draft for number in range(4) for draft in four_drafts(admin, f"Work {number}")]
    for draft in drafts[::2]:
        admin.publish(draft)
    etag = admin.call("GET", "/editions/fa", expect=200).headers["ETag"]
    works = [step(admin, draft, "publish") for draft in drafts[1::2]]
    works.append(asking(admin, "PATCH", "/editions/fa", {"base_url": "https://fa.example.org"}, if_match=etag))
    statuses = Counter(answer.status_code for answer in at_once(*works))
    assert statuses == {200: len(works)}
    with admin.client.application.app_context():
        editions.continue_roll_out()
    items = read(admin.client, "/fa/articles?limit=100")
    assert len(items) == 4
    assert all(item["url"].startswith("https://fa.example.org/") for item in items)


def test_an_article_that_is_joined_while_settings_roll_out_stops_nothing(
    admin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.published("en", "One")
    found = editions._stale_articles
    monkeypatch.setattr(editions, "_stale_articles", lambda *first: [*found(*first), uuid4()])
    etag = admin.call("GET", "/editions/en", expect=200).headers["ETag"]
    admin.call("PATCH", "/editions/en", {"base_url": "https://en.example.org"}, if_match=etag, expect=200)
    (item,) = read(admin.client, "/en/articles")
    assert item["url"] == "https://en.example.org/one"


# One of a kind --------------------------------------------------------------------------------


def test_of_many_who_ask_for_one_slug_one_gets_it(admin: Desk) -> None:
    body = {"kind": "article", "locale": "en", "title": "The same", "slug": "the-same"}
    answers = at_once(*(asking(admin, "POST", "/articles", body) for _ in range(32)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 31}
    refusals = [answer.json for answer in answers if answer.status_code == 409]
    assert all(refusal and refusal["code"] == "slug_taken" for refusal in refusals)


def test_many_with_the_same_title_all_get_a_slug_of_their_own(admin: Desk) -> None:
    body = {"kind": "article", "locale": "en", "title": "The same"}
    answers = at_once(*(asking(admin, "POST", "/articles", body) for _ in range(4)))  # each try has a winner
    slugs = [data(answer)["slug"] for answer in answers]
    assert sorted(slugs) == ["the-same", "the-same-2", "the-same-3", "the-same-4"]


def test_an_article_gets_one_variant_of_an_edition(admin: Desk) -> None:
    source = admin.write("en")
    path = f"/articles/{source['article']}/variants/fa"
    answers = at_once(
        *(asking(admin, "PUT", path, {"title": f"Title {n}"}, if_none_match="*") for n in range(8)),
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 7}


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_those_who_name_a_new_tag_at_once_name_the_same(admin: Desk, rounds: int) -> None:
    for number in range(rounds):
        works = [
            asking(
                admin,
                "POST",
                "/articles",
                {
                    "kind": "article",
                    "locale": "en",
                    "title": f"Title {number} {writer}",
                    "tags": [f"Tag {number}"],
                    "authors": [f"Ann {number}"],
                },
            )
            for writer in range(6)
        ]
        answers = at_once(*works)
        assert [answer.status_code for answer in answers] == [201] * 6
    for path in ("tags", "people"):
        terms = data(admin.call("GET", f"/{path}?limit=100", expect=200))
        names = Counter(term["names"]["en"]["name"] for term in terms)
        assert set(names.values()) == {1}, names


@on_postgresql  # on SQLite the second writer waits
def test_a_tag_that_is_made_between_looking_and_making_is_found(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The narrow place of the race above, where slug and name are looked up one after the other."""
    open_house(app, "en")
    desk = desk_for(app)
    body = {"kind": "article", "locale": "en", "title": "Title", "tags": ["Bread"]}
    others: list[TestResponse | None] = []

    def after_another(*args: Any, **kwargs: Any) -> str:
        if not others:
            others.append(None)
            others[:] = at_once(asking(desk, "POST", "/articles", body, expect=201))
        return claims.take_free_slug(*args, **kwargs)

    monkeypatch.setattr(terms, "take_free_slug", after_another)
    desk.call("POST", "/articles", body, expect=201)
    assert len(data(desk.call("GET", "/tags", expect=200))) == 1
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def test_two_first_editions_make_one_default(app: Flask) -> None:
    admin = desk_for(app)
    answers = at_once(*(asking(admin, "POST", "/editions", {"locale": locale}) for locale in LOCALES))
    assert {answer.status_code for answer in answers} <= {201, 409}
    editions = data(admin.call("GET", "/editions", expect=200))
    assert sum(edition["is_default"] for edition in editions) == 1
    positions = [edition["position"] for edition in editions]
    assert len(positions) == sum(answer.status_code == 201 for answer in answers)


# Nobody overwrites anybody --------------------------------------------------------------------


@pytest.mark.parametrize("writers", [8, pytest.param(16, marks=pytest.mark.slow)])
def test_a_counter_that_many_raise_has_the_right_sum(admin: Desk, writers: int) -> None:
    """Whoever is told 412 reads again: no raise is lost, and no refused one leaves a revision."""
    each = 3
    book = admin.write("en", "A book", kind="book", fields={"pages": 1})
    path = f"/articles/{book['article']}/variants/en"
    seen: Counter[int] = Counter()

    def count_up() -> None:
        desk = fresh(admin)
        for _ in range(each):
            while True:
                now = desk.call("GET", path, expect=200)
                body = {"fields": {"pages": data(now)["fields"]["pages"] + 1}}
                answer = desk.call("PATCH", path, body, if_match=now.headers["ETag"])
                seen[answer.status_code] += 1
                if answer.status_code == 200:
                    break
                assert answer.status_code in (412, 409), answer.get_data(as_text=True)
                time.sleep(random.random() / 50)

    at_once(*[count_up] * writers)
    after = data(admin.variant(book["article"], "en"))
    assert after["fields"]["pages"] == 1 + writers * each
    assert after["revision"] == 1 + writers * each
    assert seen[200] == writers * each


def test_of_many_who_saw_one_version_one_writes(admin: Desk) -> None:
    article = admin.write("en")
    path = f"/articles/{article['article']}/variants/en"
    etag = admin.variant(article["article"], "en").headers["ETag"]
    works = [asking(admin, "PATCH", path, {"title": f"Title {number}"}, if_match=etag) for number in range(16)]
    answers = at_once(*works)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 15}
    winner = next(data(answer) for answer in answers if answer.status_code == 200)
    now = admin.variant(article["article"], "en")
    assert data(now)["title"] == winner["title"]
    assert data(now)["revision"] == 2
    stale = [answer.json for answer in answers if answer.status_code == 412]
    assert all(problem and problem["etag"] == now.headers["ETag"] for problem in stale)


def test_one_key_makes_one_article_however_often_it_is_sent_at_once(admin: Desk) -> None:
    body = {"kind": "article", "locale": "en", "title": "Once"}
    for key in ("first", "second"):
        answers = at_once(*(asking(admin, "POST", "/articles", body, idempotency_key=key) for _ in range(20)))
        told = Counter(answer.status_code for answer in answers)
        assert told.keys() <= {201, 409}, told
        assert all(answer.headers.get("Retry-After") for answer in answers if answer.status_code == 409)
        done = [answer for answer in answers if answer.status_code == 201]
        assert len({answer.get_data() for answer in done}) == 1
        assert len({(answer.headers["ETag"], answer.headers["Location"]) for answer in done}) == 1
        again = admin.call("POST", "/articles", body, idempotency_key=key, expect=201)
        assert again.get_data() == done[0].get_data()
    assert len(data(admin.call("GET", "/articles?limit=100", expect=200))) == 2


def test_one_key_with_two_bodies_has_one_effect(admin: Desk) -> None:
    works = [
        asking(
            admin,
            "POST",
            "/articles",
            {"kind": "article", "locale": "en", "title": f"Title {number % 2}"},
            idempotency_key="shared",
        )
        for number in range(12)
    ]
    told = Counter(answer.status_code for answer in at_once(*works))
    assert told.keys() <= {201, 409, 422}
    assert told[201] >= 1
    assert len(data(admin.call("GET", "/articles?limit=100", expect=200))) == 1


# The feed -------------------------------------------------------------------------------------


def follow(client: Any, state: dict[str, str], since: str | None, limit: int = 3) -> str:
    """What a frontend that mirrors an edition does: read the feed to its end; answers the next position."""
    path = f"/v1/en/changes?limit={limit}" + (f"&since={since}" if since is not None else "")
    position = None
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        page = answer.json
        for row in page["data"]:
            if row["type"] == "withdrawn":
                state.pop(row["id"], None)
            else:
                state[row["id"]] = row["slug"]
        position = page.get("meta", {}).get("since") or position
        path = page.get("links", {}).get("next")
    assert position is not None
    return str(position)


def live(client: Any) -> dict[str, str]:
    """What is live, by walking the list."""
    found: dict[str, str] = {}
    path = "/v1/en/articles?limit=100"
    while path:
        page = client.get(path).json
        found |= {item["id"]: item["slug"] for item in page["data"]}
        path = page.get("links", {}).get("next")
    return found


@pytest.mark.parametrize("each", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_who_follows_the_feed_misses_nothing(admin: Desk, each: int) -> None:
    writers = 4
    finished = threading.Event()
    still = [writers]
    mirror: dict[str, str] = {}
    guard = threading.Lock()

    def write(number: int) -> None:
        desk, randomly = fresh(admin), random.Random(SEED + number)
        mine: list[Any] = []
        try:
            for turn in range(each):
                choice = randomly.random()
                if not mine or choice < 0.4:
                    mine.append(desk.published("en", f"Writer {number} turn {turn}"))
                    if turn % 2:
                        desk.publish(desk.translate(mine[-1], "fa"))
                    continue
                variant = mine[randomly.randrange(len(mine))]
                if choice < 0.65:
                    desk.publish(desk.edit(variant, slug=f"moved-{number}-{turn}"))
                elif choice < 0.8:
                    desk.publish(desk.edit(variant, lead=f"Lead {turn}"))
                elif data(desk.variant(variant["article"], "en"))["visibility"] == "published":
                    desk.step(variant, "unpublish")
        finally:
            with guard:
                still[0] -= 1
                if not still[0]:
                    finished.set()

    def mirror_it() -> None:
        client = admin.client.application.test_client()
        since = None
        while True:
            last = finished.is_set()
            since = follow(client, mirror, since)
            if last:
                return

    at_once(*[lambda number=number: write(number) for number in range(writers)], mirror_it)
    assert mirror == live(admin.client)
    late: dict[str, str] = {}
    follow(admin.client, late, None)
    assert late == mirror


def test_numbers_of_the_feed_commit_in_order(admin: Desk) -> None:
    """Whoever has seen a number has seen all below it."""
    drafts = [admin.write("en", f"Title {number}") for number in range(12)]
    seen: list[set[int]] = []
    finished = threading.Event()

    def watch() -> None:
        with admin.client.application.app_context():
            from nejat_cms.reading import fetch

            while not finished.is_set():
                seen.append({row[0] for row in fetch("SELECT seq FROM changes WHERE locale = 'en'")})

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        at_once(*(step(admin, draft, "publish") for draft in drafts))
    finally:
        finished.set()
        watcher.join(10)
    final = max(seen, key=len)
    for numbers in seen:
        assert all(number in numbers for number in final if number < max(numbers, default=0))
