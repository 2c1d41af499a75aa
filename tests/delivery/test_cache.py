"""What the response cache keeps, for whom, and for how long."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms import create_app
from nejat_cms.db import after_commit, db, transaction
from nejat_cms.delivery import cache as caching_module
from nejat_cms.delivery.actions.counters import raise_house_version
from nejat_cms.delivery.cache import ASKED_EVERY, PATIENCE, ResponseCache
from nejat_cms.errors import UnavailableError
from nejat_cms.reading import fetch
from nejat_cms.settings import PREFIX, Settings
from tests.delivery.caching import JSON, KEPT, PATH, Behind, Clock, always, ask, cache_over, change_elsewhere
from tests.factories import uncached
from tests.newsroom import data, desk_for, open_house, quick_client, read
from tests.servers import environment, settings_in

NO_STORE = ("Cache-Control", "no-store")
PROBLEM = "application/problem+json"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(caching_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def failing(error: Exception) -> Callable[..., int]:
    def fail(*_args: Any) -> int:
        raise error

    return fail


# What is kept ---------------------------------------------------------------------------------


def test_an_answer_is_computed_once_and_shown_again(app: Flask) -> None:
    behind = always(b'{"data": []}')
    cache = cache_over(app, behind)
    told = [ask(cache) for _ in range(3)]
    assert len(behind.asked) == 1
    assert told[0].body == b'{"data": []}'
    assert told == told[:1] * 3


def test_a_moved_address_is_kept_too(app: Flask) -> None:
    behind = always(b"{}", (*KEPT, ("Location", "/new")), "301 MOVED")
    cache = cache_over(app, behind)
    told = [ask(cache, if_none_match=tags) for tags in ('W/"one"', "*")]
    assert [(one.status, one.headers["Location"], one.body) for one in told] == [(301, "/new", b"{}")] * 2
    assert len(behind.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param("200 OK", (*KEPT, ("Vary", "Accept-Language")), id="negotiated"),
        pytest.param("200 OK", (*KEPT, ("vary", "Cookie")), id="any case"),
        pytest.param("200 OK", (*KEPT, ("Set-Cookie", "a=b")), id="cookie"),
        pytest.param("200 OK", (JSON, ("Cache-Control", "private, no-store")), id="private"),
        pytest.param("200 OK", (JSON, NO_STORE), id="no-store"),
        pytest.param("200 OK", (JSON,), id="unsaid"),
        pytest.param("302 FOUND", (*KEPT, ("Location", "/docs")), id="302"),
        *(
            pytest.param(f"{status} X", (("Content-Type", PROBLEM), KEPT[1]), id=str(status))
            for status in (400, 404, 406, 410, 422, 429, 500, 503)
        ),
    ],
)
def test_what_is_not_the_same_for_everybody_is_not_kept(
    app: Flask, status: str, headers: tuple[tuple[str, str], ...]
) -> None:
    behind = always(b"x" * 1000, headers, status)
    cache = cache_over(app, behind)
    for coding in ("br", "", "gzip"):
        assert str(ask(cache, accept_encoding=coding).status) == status[:3]
    assert len(behind.asked) == 3


@pytest.mark.parametrize(
    ("address", "method", "sent"),
    [
        (PATH, "GET", {"authorization": "Bearer x"}),
        (PATH, "GET", {"authorization": ""}),
        (PATH, "HEAD", {"cookie": "a=b"}),
        (PATH, "POST", {}),
        (PATH, "OPTIONS", {}),
        ("/v1/preview/abc", "GET", {}),
        ("/v1/manage/articles", "GET", {}),
        ("/v1/auth/me", "GET", {}),
        ("/openapi.json", "GET", {}),
        ("/metrics", "GET", {}),
        ("/nothing", "GET", {}),
    ],
)
def test_these_pass_by_with_all_they_say_and_leave_nothing(
    app: Flask, address: str, method: str, sent: dict[str, str]
) -> None:
    """Whatever has been kept of the same address; and what they are told, nobody else is."""
    behind = Behind(lambda environ: ("200 OK", KEPT, environ.get("HTTP_AUTHORIZATION", "nobody").encode()))
    cache = cache_over(app, behind)
    kept = ask(cache)
    sent = sent | {"x_more": "more"}
    assert [ask(cache, address, method, **sent).status for _ in range(2)] == [200, 200]
    assert ask(cache) == kept
    assert [environ["REQUEST_METHOD"] for environ in behind.asked] == ["GET", method, method]
    for environ in behind.asked[1:]:
        assert {f"HTTP_{name.upper()}": value for name, value in sent.items()}.items() <= environ.items()
    cache.clear()
    ask(cache, address, method, **sent)
    assert ask(cache) == kept


def test_what_no_address_tells_changes_no_answer(app: Flask) -> None:
    """The application is given nothing that another client at the same address would not have sent."""

    def repeat(environ: Any) -> Any:
        heard = {name: value for name, value in environ.items() if name.startswith("HTTP_") and value}
        return "200 OK", KEPT, repr(sorted(heard.items())).encode()

    behind = Behind(repeat)
    cache = cache_over(app, behind)
    evil = dict.fromkeys(
        ("host", "x_forwarded_host", "x_forwarded_for", "x_forwarded_proto", "x_original_url", "x_rewrite_url",
         "x_http_method_override", "range", "if_match", "if_none_match", "origin", "referer", "user_agent", "forwarded",
         "x_forwarded_prefix", "prefer", "idempotency_key", "te", "content_encoding", "proxy_authorization"),
        "evil.example",
    )  # fmt: skip
    first = ask(cache, accept="text/html, */*;q=0.1", accept_encoding="evil", **evil)
    assert (first.status, first.body) == (200, b"[]")
    assert ask(cache) == first
    assert len(behind.asked) == 1


def test_a_reader_who_accepts_no_json_is_told_so_by_the_application(app: Flask) -> None:
    """And a feed is kept even if nobody who asks for it would accept JSON."""
    feed = (("Content-Type", "application/atom+xml; charset=utf-8"), *KEPT[1:])

    def say(environ: Any) -> Any:
        if environ["PATH_INFO"] == PATH and environ.get("HTTP_ACCEPT", "*/*") == "text/html":
            return "406 NOT ACCEPTABLE", (("Content-Type", PROBLEM), NO_STORE), b"{}"
        return "200 OK", (feed if "feed" in environ["PATH_INFO"] else KEPT), b"<feed/>"

    behind = Behind(say)
    cache = cache_over(app, behind)
    statuses = [ask(cache, accept=accept).status for accept in ("text/html", "*/*", "text/html", "*/*")]
    assert statuses == [406, 200, 406, 200]
    assert len(behind.asked) == 3
    assert [ask(cache, "/en/feed.atom", accept="application/atom+xml").status for _ in range(3)] == [200] * 3
    assert len(behind.asked) == 4


def test_a_head_request_is_answered_for_all(app: Flask) -> None:
    behind = always(b"x" * 100)
    cache = cache_over(app, behind)
    head = ask(cache, method="HEAD")
    whole = ask(cache)
    assert (head.status, head.body, head.headers) == (200, b"", whole.headers)
    assert whole.body == b"x" * 100
    assert whole.headers["Content-Length"] == "100"
    assert [environ["REQUEST_METHOD"] for environ in behind.asked] == ["GET"]


def test_addresses_are_told_apart_by_path_and_query_alone(app: Flask) -> None:
    behind = Behind(lambda environ: ("200 OK", KEPT, f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}".encode()))
    cache = cache_over(app, behind)
    targets = [f"{PATH}?a=1&b=2", f"{PATH}?b=2&a=1", f"{PATH}?A=1", f"{PATH}?a=1%26b=2", "/v1/EN/articles", PATH]
    bodies = [ask(cache, target).body for target in targets]
    assert len(set(bodies)) == len(behind.asked) == len(targets)
    assert ask(cache, f"{PATH}?").body == bodies[-1]
    assert len(behind.asked) == len(targets)


def test_with_no_memory_there_is_no_cache(tmp_path: Path) -> None:
    settings_in(tmp_path, migrated=True)
    app = create_app(Settings.from_env(environment(tmp_path) | {f"{PREFIX}CACHE_MB": "0"}))
    assert not isinstance(app.wsgi_app, ResponseCache)
    open_house(app, "en")
    desk = desk_for(app)
    article = desk.published("en", "One")
    assert read(desk.client, "/en/articles/one")["title"] == "One"
    desk.publish(desk.edit(article, lead="New"))
    assert read(desk.client, "/en/articles/one")["lead"] == "New"
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


# How long -------------------------------------------------------------------------------------


def test_an_answer_stands_for_as_long_as_it_says(app: Flask, clock: Clock) -> None:
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    clock.forward(9.9)
    ask(cache)
    assert len(behind.asked) == 1
    clock.forward(0.1)
    ask(cache)
    assert len(behind.asked) == 2


def test_a_change_of_another_node_is_seen_when_the_database_is_asked_again(app: Flask, clock: Clock) -> None:
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    change_elsewhere(app)
    clock.forward(ASKED_EVERY * 0.9)
    ask(cache)
    assert len(behind.asked) == 1
    clock.forward(ASKED_EVERY * 0.1)
    ask(cache)
    assert len(behind.asked) == 2
    assert ASKED_EVERY <= 0.5, "twice in a second, at the least"


@pytest.mark.parametrize("sent", [{"authorization": "Bearer x"}, {"cookie": "a=b"}])
def test_nobody_is_shown_anything_older_after_an_answer_from_the_database(
    app: Flask, clock: Clock, sent: dict[str, str]
) -> None:
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    change_elsewhere(app)
    ask(cache, **sent)
    ask(cache)
    assert len(behind.asked) == 3


def test_what_is_computed_while_something_changes_is_not_kept(app: Flask, clock: Clock) -> None:
    """It may have been read before the change, in part or as a whole."""
    behind = always()
    cache = cache_over(app, behind)

    def change_meanwhile(environ: Any) -> Any:
        if len(behind.asked) == 1:
            change_elsewhere(app)
        return "200 OK", KEPT, b"%d" % len(behind.asked)

    behind.say = change_meanwhile
    assert [ask(cache).body for _ in range(3)] == [b"1", b"2", b"2"]


def test_the_writer_reads_what_she_wrote(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    article = desk.published("en", "One")
    paths = ["/v1/en/articles", "/v1/en/articles/one", "/v1/editions/en", "/v1/en/changes", "/en/feed.json"]
    for number in range(5):
        before = [client.get(path).headers["ETag"] for path in paths]
        desk.publish(desk.edit(article, title=f"Title {number}"))
        answers = [client.get(path) for path in paths]
        assert all(answer.headers["ETag"] != tag for answer, tag in zip(answers, before, strict=True))
        assert data(answers[1])["title"] == f"Title {number}"
    desk.step(article, "unpublish")
    assert client.get("/v1/en/articles/one").status_code == 410
    assert data(client.get("/v1/en/articles")) == []


@pytest.mark.parametrize(
    "path", ["/v1/editions/en", "/v1/en/articles?total=true", "/v1/en/tags?total=true", "/en/feed.atom"]
)
def test_an_answer_of_two_times_is_not_kept(app: Flask, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A text is published after each statement of an answer in turn; whoever asks next reads it."""
    open_house(app, "en")
    desk = desk_for(app)
    article = desk.published("en", "One", tags=["First"])
    client, remaining = quick_client(app), [0]
    names = [name for name in sys.modules if name.startswith("nejat_cms.delivery.queries.")]

    def publish() -> None:
        desk.publish(desk.edit(article, title=f"Title {number}", tags=[f"Tag {number}"]))

    def fetch_and_publish(*args: Any, **kwargs: Any) -> Any:
        rows = fetch(*args, **kwargs)
        remaining[0] -= 1
        if remaining[0] == 0:
            with ThreadPoolExecutor(1) as another:
                another.submit(publish).result()
        return rows

    for name in names:
        if hasattr(sys.modules[name], "fetch"):
            monkeypatch.setattr(f"{name}.fetch", fetch_and_publish)
    for number in range(1, 10):
        app.extensions["nejat.cache"].clear()
        remaining[0] = number
        assert client.get(path).status_code == 200
        if remaining[0] > 0:
            break
        following = client.get(path)
        with uncached():
            assert client.get(path).data == following.data
    assert number > 2, "more statements than one"


def test_a_draft_makes_nothing_old(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    cache = app.extensions["nejat.cache"]
    desk.published("en", "One")
    version = cache.number.cell[0]
    assert version > 0
    desk.edit(desk.write("en", "Two"), lead="More")
    assert cache.number.cell[0] == version


def test_a_change_that_is_rolled_back_is_no_change(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    cache = app.extensions["nejat.cache"]
    monkeypatch.setattr(cache, "refresh", lambda: told.append("told"))

    def write(fail: bool) -> None:
        with transaction():
            raise_house_version()
            after_commit(lambda: told.append("after"))
            if fail:
                raise LookupError

    with app.app_context():
        with pytest.raises(LookupError):
            write(fail=True)
        assert told == []
        write(fail=False)
    assert told == ["told", "after"]


# While the database is away -------------------------------------------------------------------


def away(_environ: Any) -> Any:
    return "503 SERVICE UNAVAILABLE", (("Content-Type", PROBLEM), NO_STORE, ("Retry-After", "2")), b"{}"


def test_what_was_kept_is_shown_a_little_longer_while_the_database_is_away(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    here, behind.say = behind.say, away
    with monkeypatch.context() as patch:
        patch.setattr(caching_module, "house_version", failing(UnavailableError()))
        assert ask(cache, f"{PATH}?limit=1").status == 503, "never asked for before"
        computed = len(behind.asked)
        clock.forward(PATIENCE * 0.9)
        assert ask(cache).status == 200
        assert len(behind.asked) == computed, "nobody tries anew meanwhile"
        for _ in range(5):
            clock.forward(PATIENCE * 0.1)
            assert ask(cache).status == 503
    behind.say = here
    clock.forward(ASKED_EVERY)
    assert ask(cache).status == 200
    computed = len(behind.asked)
    assert ask(cache).status == 200
    assert len(behind.asked) == computed


def test_what_nobody_can_say_still_stands_is_computed_anew(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database answers the application, but not who asks for the house's version."""
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    monkeypatch.setattr(caching_module, "house_version", failing(UnavailableError()))
    clock.forward(PATIENCE)
    for computed in range(2, 5):
        assert ask(cache).status == 200
        assert len(behind.asked) == computed


def test_nothing_kept_is_shown_after_an_answer_that_may_be_newer_than_anybody_knows(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = always()
    cache = cache_over(app, behind)
    ask(cache)
    monkeypatch.setattr(caching_module, "house_version", failing(UnavailableError()))
    assert ask(cache, f"{PATH}?limit=1").status == 200
    asked = len(behind.asked)
    assert ask(cache).status == 200
    assert len(behind.asked) == asked + 1


def test_a_short_outage_is_seen_by_nobody(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = always(headers=(JSON, ("Cache-Control", "public, max-age=0")))
    cache = cache_over(app, behind)
    ask(cache)
    here = behind.say
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(caching_module, "house_version", failing(UnavailableError()))
            behind.say = away
            clock.forward(PATIENCE * 0.4)
            assert ask(cache).status == 200
            clock.forward(PATIENCE * 0.4)
            assert ask(cache).status == 200
        behind.say = here
        clock.forward(ASKED_EVERY)
        assert ask(cache).status == 200


@pytest.mark.parametrize("error", [UnavailableError(), ValueError("relation does not exist")])
def test_whatever_ails_the_database_the_application_says_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(caching_module, "house_version", failing(error))
    cache = cache_over(app, Behind(away))
    told = ask(cache)
    assert (told.status, told.headers["Retry-After"], told.body) == (503, "2", b"{}")
    assert ask(cache, cookie="a=b").status == 503


def test_whether_the_process_is_alive_is_asked_of_no_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching_module, "house_version", lambda *_: pytest.fail("asked"))
    cache = cache_over(app, always())
    for path in ("/healthz", "/openapi.json", "/docs", "/v1/manage/articles", "/nothing"):
        assert ask(cache, path).status == 200
    assert ask(cache, method="POST").status == 200
