"""Shared caches in front of the house are told to drop what has changed, and only that."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import orjson
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.delivery.actions import purging
from nejat_cms.delivery.actions.purging import AnswersChanged, purge_requests
from nejat_cms.delivery.queries.editions import house_version
from nejat_cms.delivery.rules import sitemaps
from nejat_cms.events import OutboxRow, backlog, drain, emit
from nejat_cms.http.tags import HOUSE
from tests.conftest import empty_database
from tests.content.test_linking import join
from tests.content.test_menus import make_menu, to
from tests.delivery.agreement import LOCALES
from tests.delivery.steps import STEP, Newsroom
from tests.media.files import change, picture, put, upload
from tests.newsroom import Desk, data, desk_for, open_house, quick_client

DATED = frozenset({"Last-Modified", "X-Request-Id", "X-Content-Version"})
"""Headers of which no cache of others needs to hear: they are no part of what is shown."""


@pytest.fixture
def told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A house behind a shared cache that it tells of changes."""
    tell(app, monkeypatch, "http://127.0.0.1:1/purge")
    return app


def tell(app: Flask, patch: pytest.MonkeyPatch, url: str, header: str = "") -> None:
    patch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], purge_url=url, purge_header=header))


def purged(app: Flask) -> set[str]:
    """The tags that were to be dropped since this was asked last."""
    with app.app_context():
        name = "delivery.actions.purging.purge"
        rows = db.session.scalars(select(OutboxRow.payload).where(OutboxRow.handler == name)).all()
        end_reading()
        atomic(lambda: db.session.execute(delete(OutboxRow)))()
    return {tag for payload in rows for tag in payload["tags"]}


# What is dropped ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """What a shared cache keeps of an address."""

    shown: tuple[object, ...]
    tags: frozenset[str]


def see(client: FlaskClient, path: str) -> Seen:
    answer = client.get(path)
    body = answer.data
    if answer.status_code >= 400:
        body = orjson.dumps(answer.json["code"] if answer.json else None)  # but for the request's id and time
    headers = sorted(pair for pair in answer.headers if pair[0] not in DATED)
    tags = answer.headers["Surrogate-Key"].split()
    assert answer.headers["Cache-Tag"].split(",") == tags != [], path
    return Seen((answer.status_code, headers, body), frozenset(tags))


def places(newsroom: Newsroom) -> Iterator[str]:
    """Everything that readers ask for of these editions, but for the change feed's middle."""
    yield from ("/v1/editions", "/sitemap.xml", "/robots.txt")
    for locale in LOCALES:
        yield from (f"/v1/editions/{locale}", f"/v1/{locale}/archive", f"/v1/{locale}/changes")
        yield from (f"/v1/{locale}/{name}" for name in ("sections", "tags", "people", "search?q=work&across=true"))
        yield from (f"/v1/{locale}/articles?{query}" for query in ("", "fallback=en,fa,sq", "fields=title,newer,older"))
        yield from (f"/v1/{locale}/articles?translated_in=en&total=true", f"/v1/{locale}/search?q=work&fallback=en,fa")
        yield from (f"/{locale}/feed.{form}" for form in ("atom", "rss", "json"))
        yield from (f"/sitemaps/{locale}/{part}.xml" for part in ("sections", "1", "2"))
    for path in newsroom.holders:
        _, locale, slug = path.split("/")
        yield f"/v1/{locale}/articles/{quote(slug)}"
        yield f"/v1/resolve?url={quote(path)}"
    for place in newsroom.places():
        yield from (f"/v1/articles/{place.article}", f"/v1/articles/{place.article}?locale=fa&fallback=chain")


@settings(
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=3,
    derandomize=True,
)
@given(steps=st.lists(STEP, min_size=15, max_size=25))
def test_whatever_an_action_changes_has_a_tag_that_is_dropped(
    told: Flask, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int]]
) -> None:
    monkeypatch.setattr(sitemaps, "PART_URLS", 2)
    empty_database(told)
    open_house(told, *LOCALES)
    client = quick_client(told)
    with told.app_context():
        newsroom = Newsroom()
        kept = {path: see(client, path) for path in places(newsroom)}
    purged(told)
    for step in steps:
        with told.app_context():
            newsroom.step(*step)
            paths = set(places(newsroom))
        dropped = purged(told)
        for path in sorted(kept.keys() | paths):
            now = see(client, path)
            if path in kept and kept[path].shown != now.shown:
                assert kept[path].tags & dropped, (step, path, kept[path].tags, dropped)
            kept[path] = now


def test_a_page_alone_is_kept_when_others_are_published(told: Flask, client: FlaskClient) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    years = [desk.published("en", f"Of {year}", published_at=f"{year}-05-01T00:00:00Z") for year in range(2001, 2008)]
    tags = {row["slug"]: see(client, f"/v1/en/articles/{row['slug']}").tags for row in years}
    purged(told)
    desk.published("en", "Between", published_at="2004-08-01T00:00:00Z")
    dropped = purged(told)
    assert {slug for slug, kept in tags.items() if kept & dropped} == {"of-2004", "of-2005"}  # its neighbours now
    assert see(client, "/v1/en/articles").tags & dropped
    assert not see(client, "/v1/fa/articles").tags & dropped


def test_a_draft_that_is_saved_drops_nothing(told: Flask) -> None:
    open_house(told, "en")
    desk = desk_for(told)
    live = desk.published("en", "Live")
    purged(told)
    desk.edit(live, title="Not yet")
    desk.write("en", "Nor this")
    assert purged(told) == set()


@pytest.mark.parametrize(
    ("change", "pages"),
    [
        ({"en": {"name": "News and views"}}, {"/v1/en/articles/work", "/v1/en/sections", "/v1/fa/sections"}),
        ({"en": {"name": "News"}, "fa": {"name": "گزارش"}}, {"/v1/fa/sections/خبر", "/v1/en/sections/news"}),
    ],
)
def test_a_term_s_new_name_drops_every_page_that_shows_it(
    told: Flask, client: FlaskClient, change: Mapping[str, Any], pages: set[str]
) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    names = {"en": {"name": "News"}, "fa": {"name": "خبر"}}
    made = desk.call("POST", "/sections", {"names": names}, expect=201)
    desk.published("en", "Work", sections=[data(made)["id"]])
    kept = {path: see(client, path) for path in pages}
    purged(told)
    path = f"/sections/{data(made)['id']}"
    desk.call("PATCH", path, {"names": change}, if_match=made.headers["ETag"], expect=200)
    dropped = purged(told)
    for page, seen in kept.items():
        assert see(client, page).shown != seen.shown
        assert seen.tags & dropped, page


@pytest.mark.parametrize("step", ["publish", "unpublish"])
def test_a_tag_that_another_edition_begins_or_ends_to_use_drops_the_pages_that_link_to_it(
    told: Flask, client: FlaskClient, step: str
) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    names = {"en": {"name": "Rivers"}, "fa": {"name": "رودها"}}
    desk.call("POST", "/tags", {"names": names}, expect=201)
    desk.published("en", "Work", tags=["Rivers"])
    other = desk.write("fa", "کار", tags=["رودها"])
    if step == "unpublish":
        desk.publish(other)
    pages = ("/v1/en/tags/rivers", "/v1/en/tags")
    kept = {path: see(client, path) for path in pages}
    purged(told)
    desk.step(other, step)
    dropped = purged(told)
    for path, seen in kept.items():
        assert see(client, path).shown != seen.shown, path
        assert seen.tags & dropped, path


@pytest.mark.parametrize("was_published", [False, True])
def test_what_shows_an_article_under_another_id_is_dropped(
    told: Flask, client: FlaskClient, was_published: bool
) -> None:
    open_house(told, "en", "fa", "sq")
    desk = desk_for(told)
    kept, other = desk.published("en", "Milk"), desk.write("fa", "شیر")
    if was_published:
        desk.step(desk.publish(other), "unpublish")
    make_menu(desk, to("article", id=other["article"]))
    desk.published("en", "Bread", related=[other["article"]])
    pages = ("/v1/en/menus/main", "/v1/en/articles/bread/related")
    seen = {path: (see(client, path), client.get(path).headers["X-Content-Version"]) for path in pages}
    elsewhere = see(client, "/v1/sq/articles")
    purged(told)
    join(desk, kept["article"], other["article"])
    dropped = purged(told)
    for path, (before, version) in seen.items():
        assert see(client, path).shown != before.shown, path
        assert before.tags & dropped, path
        assert client.get(path).headers["X-Content-Version"] != version, path
    assert not elsewhere.tags & dropped


def test_an_article_that_takes_the_place_of_a_fallback_drops_it(told: Flask, client: FlaskClient) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    desk.published("fa", "کار", slug="same")
    kept = see(client, "/v1/en/articles/same?fallback=fa")
    purged(told)
    desk.published("en", "Work", slug="same")
    dropped = purged(told)
    assert see(client, "/v1/en/articles/same?fallback=fa").shown != kept.shown
    assert kept.tags & dropped


def test_a_section_that_moves_drops_lists_of_documents_that_lie_in_others_now(told: Flask, client: FlaskClient) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)

    def section(names: dict[str, Any], parent: str | None = None) -> dict[str, Any]:
        made: dict[str, Any] = data(desk.call("POST", "/sections", {"names": names, "parent": parent}, expect=201))
        return made

    first, second = (section({"en": {"name": name}}) for name in ("First", "Second"))
    below = section({"fa": {"name": "پایین"}}, first["id"])
    desk.published("fa", "کار", sections=[below["id"]])
    pages = [f"/v1/en/articles?section={slug}&fallback=fa" for slug in ("first", "second")]
    kept = {path: see(client, path) for path in pages}
    purged(told)
    path = f"/sections/{below['id']}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("PATCH", path, {"parent": second["id"]}, if_match=etag, expect=200)
    dropped = purged(told)
    for page, seen in kept.items():
        assert see(client, page).shown != seen.shown, page
        assert seen.tags & dropped, page


def test_an_edition_s_new_title_drops_what_names_it_in_every_edition(told: Flask, client: FlaskClient) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    desk.translate(desk.published("en", "Work"), "fa")
    pages = ("/v1/editions", "/v1/editions/en", "/v1/editions/fa", "/fa/feed.atom")
    kept = {path: see(client, path) for path in pages}
    purged(told)
    etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
    desk.call("PATCH", "/editions/fa", {"title": "روزنامه"}, if_match=etag, expect=200)
    dropped = purged(told)
    assert all(seen.tags & dropped for seen in kept.values())


def test_media_are_dropped_when_they_are_shown_no_more_or_otherwise(told: Flask) -> None:
    open_house(told, "en")
    desk = desk_for(told)
    asset, other = upload(desk), upload(desk, picture(800, 800))
    tag = f"asset-{asset['id']}"
    purged(told)
    live = desk.published("en", "Boats", image=asset["id"])
    assert tag in purged(told)
    desk.edit(live, lead="At dawn")
    change(desk, other, focal=[0.1, 0.1])
    assert purged(told) == set()
    desk.publish(live)
    assert tag not in purged(told)
    change(desk, asset, focal=[0.1, 0.1])
    assert tag in purged(told), "another cut is at the same address"
    put(desk, asset, picture(900, 900))
    assert tag in purged(told)
    desk.step(live, "unpublish")
    assert tag in purged(told)


def test_media_of_an_edition_that_closes_are_dropped(told: Flask) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    shown, drafted, elsewhere = upload(desk), upload(desk, picture(800, 800)), upload(desk, picture(70, 80))
    desk.published("fa", "قایق‌ها", image=shown["id"])
    desk.write("fa", "پیش‌نویس", image=drafted["id"])
    desk.published("en", "Boats", image=elsewhere["id"])
    for enabled, dropped in ((False, {f"asset-{shown['id']}"}), (True, set())):
        purged(told)
        etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
        desk.call("PATCH", "/editions/fa", {"enabled": enabled}, if_match=etag, expect=200)
        assert {tag for tag in purged(told) if tag.startswith("asset-")} == dropped


def test_the_picture_of_an_edition_that_is_deleted_is_dropped(told: Flask) -> None:
    open_house(told, "en", "fa")
    desk = desk_for(told)
    asset = upload(desk)
    for changes in ({"share_image": asset["id"]}, None):
        purged(told)
        etag = desk.call("GET", "/editions/fa", expect=200).headers["ETag"]
        desk.call("PATCH" if changes else "DELETE", "/editions/fa", changes, if_match=etag)
    assert f"asset-{asset['id']}" in purged(told)


def test_a_house_without_a_shared_cache_writes_no_promises(app: Flask) -> None:
    open_house(app, "en")
    desk_for(app).published("en", "Work")
    assert purged(app) == set()


# How it is told -------------------------------------------------------------------------------


@dataclass
class Cache:
    """A shared cache that notes what it is told, and answers with the next of these statuses, in the end 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)


@contextmanager
def shared_cache(*statuses: int) -> Iterator[Cache]:
    cache = Cache(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            cache.heard.append((self.path, headers, orjson.loads(body)))
            self.send_response(cache.statuses.pop(0) if cache.statuses else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        cache.url = f"http://127.0.0.1:{server.server_port}/purge"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield cache
        finally:
            server.shutdown()
            thread.join()


def after(app: Flask, seconds: float) -> dict[str, int]:
    """What the worker still has to do, so many seconds from now."""
    with app.app_context(), time_machine.travel(utc_now() + timedelta(seconds=seconds)):
        drain()
        waiting = backlog()
        end_reading()
        return waiting


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app, "en")
    return desk_for(app)


def test_a_cache_is_told_once_every_node_answers_anew(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with shared_cache() as cache:
        tell(app, monkeypatch, cache.url, "Fastly-Key: a secret: indeed")
        article = desk.published("en", "Work")["article"]
        assert after(app, 0) == {"waiting": 1, "parked": 0}
        assert cache.heard == []
        assert after(app, purging.SETTLED) == {"waiting": 0, "parked": 0}
    ((path, headers, body),) = cache.heard
    tags = [HOUSE, f"article-{article}", "edition-en"]
    assert (path, body) == ("/purge", {"tags": tags})
    assert (headers["surrogate-key"], headers["cache-tag"]) == (" ".join(tags), ",".join(tags))
    assert headers["fastly-key"] == "a secret: indeed"


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_cache_that_does_not_agree_is_told_again(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with shared_cache(status) as cache:
        tell(app, monkeypatch, cache.url)
        desk.published("en", "Work")
        assert after(app, purging.SETTLED) == {"waiting": 1, "parked": 0}
        assert after(app, 60) == {"waiting": 0, "parked": 0}
    assert [path for path, _, _ in cache.heard] == ["/purge", "/purge"]


def test_a_cache_that_is_away_keeps_the_worker_waiting_for_one_answer_alone(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared_cache(500) as cache:
        tell(app, monkeypatch, cache.url)
        for number in range(3):
            desk.published("en", f"Work {number}")
        assert after(app, purging.SETTLED) == {"waiting": 3, "parked": 0}
        assert len(cache.heard) == 1
        assert after(app, 60) == {"waiting": 0, "parked": 0}
    assert len(cache.heard) == 4


def test_a_cache_is_not_told_while_a_replica_would_bring_it_the_old_again(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared_cache() as cache:
        tell(app, monkeypatch, cache.url)
        desk.published("en", "Work")
        with monkeypatch.context() as behind:
            behind.setattr(purging, "house_version", lambda: house_version() - 1)
            assert after(app, purging.SETTLED) == {"waiting": 1, "parked": 0}
        assert cache.heard == []
        assert after(app, 60) == {"waiting": 0, "parked": 0}
    assert len(cache.heard) == 1


def test_a_change_that_is_rolled_back_tells_nobody(told: Flask, desk: Desk) -> None:
    purged(told)

    def change() -> None:
        emit(AnswersChanged(("edition-en",), 1))
        raise ValueError("no")

    with told.app_context(), pytest.raises(ValueError, match="no"):
        atomic(change)()
    assert purged(told) == set()


def test_no_request_names_more_tags_than_a_cache_takes(app: Flask) -> None:
    tags = tuple(f"article-{number}" for number in range(65))
    named = replace(app.config["SETTINGS"], purge_url="http://127.0.0.1/purge")
    bodies = [orjson.loads(request.data)["tags"] for request in purge_requests(tags, named)]  # type: ignore[arg-type]
    assert [len(some) for some in bodies] == [30, 30, 5]
    assert tuple(tag for some in bodies for tag in some) == tags
