"""Varnish keeps answers for an hour, and shows what was published a moment ago: it is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from nejat_cms.delivery.actions.purging import SETTLED
from tests.drills.house import PURGE_KEY, Newsroom, Site, behind_varnish, in_both, waiting
from tests.drills.proxies import Reader, bans, fetches, reading, varnish
from tests.servers import Client, Reply, eventually, free_port, open_for_business, serving

SOON = 3.0
"""Seconds after which a reader behind Varnish sees what was published."""
MAX_AGE = 10.0
"""Seconds for which Varnish would keep an answer if it were not told."""


@pytest.fixture
def reader(site: Site) -> Iterator[Reader]:
    """Somebody behind Varnish."""
    with reading(site.ports["varnish"]) as (reader,):
        yield reader


def is_hit(reply: Reply) -> bool:
    return reply.headers["X-Cache"] == "HIT"


def warm(reader: Reader, *addresses: str) -> None:
    for address in addresses:
        reader.get(address, ("Accept-Language", "en"))
        assert is_hit(reader.get(address, ("Accept-Language", "en"))), address


def within(since: float, reader: Reader, address: str, title: str) -> Reply:
    """The first answer that has this title: all before it are the one that was kept, and it comes in time."""
    while title not in (reply := reader.get(address, ("Accept-Language", "en"))).raw.decode():
        assert is_hit(reply)
        assert time.monotonic() - since < SOON, address
        time.sleep(0.02)
    return reply


def test_a_publish_is_shown_within_three_seconds_of_an_hour(site: Site, reader: Reader) -> None:
    newsroom = site.newsroom
    article, shown = in_both(newsroom, "Before the flood", "پیش از سیل")
    in_both(newsroom, "Its neighbour", "همسایه")
    _, (_, *others) = in_both(newsroom, "Something else", "چیزی دیگر")
    beside = [address for address in others if "/articles/" in address]
    lists = ("/v1/en/articles?limit=5", "/en/feed.atom")
    site.settle()
    warm(reader, *shown, *beside, *lists)
    newsroom.republish(article, "en", title="After the flood")
    at = time.monotonic()
    for address in (shown[0], shown[2], *lists):
        within(at, reader, address, "After the flood")
    for address in beside:
        assert is_hit(reader.get(address, ("Accept-Language", "en"))), address
    site.settle()
    warm(reader, *shown, *beside, *lists)
    before, filled = site.fetches(), time.monotonic()
    while time.monotonic() - filled < MAX_AGE + 1:
        for address in (*shown, *beside, *lists):
            reply = reader.get(address, ("Accept-Language", "en"))
            assert is_hit(reply)
            assert "max-age=10," in reply.headers["Cache-Control"]
            assert int(reply.headers.get("Age", "0")) == 0
        time.sleep(0.25)
    assert site.fetches() == before


def test_what_is_withdrawn_is_gone_within_three_seconds(site: Site, reader: Reader) -> None:
    article, shown = in_both(site.newsroom, "To be withdrawn", "پس گرفتنی")
    site.settle()
    warm(reader, *shown)
    site.newsroom.step(article, "en", "unpublish")
    at = time.monotonic()
    reply = reader.get(shown[2])
    while reply.status == 200:
        assert is_hit(reply)
        assert time.monotonic() - at < SOON
        time.sleep(0.02)
        reply = reader.get(shown[2])
    assert (reply.status, reply.json["code"]) == (410, "gone")
    assert b"withdrawn" not in reader.get(shown[-1]).raw
    assert reader.get(shown[3]).data["translations"] == []


def test_a_new_article_takes_the_place_of_the_404_that_was_kept(site: Site, reader: Reader) -> None:
    address = "/v1/fa/articles/" + quote("هنوز-نه")
    assert reader.get(address).status == 404
    assert is_hit(reader.get(address))
    site.newsroom.published("fa", "هنوز نه")
    within(time.monotonic(), reader, address, "هنوز نه")


REFUSED = [
    ("GET", {"X-Purge-Key": PURGE_KEY, "Cache-Tag": "house"}, 403),
    ("POST", {"Cache-Tag": "house"}, 403),
    ("POST", {"X-Purge-Key": "", "Cache-Tag": "house"}, 403),
    ("POST", {"X-Purge-Key": PURGE_KEY + "!", "Cache-Tag": "house"}, 403),
    ("POST", {"X-Purge-Key": PURGE_KEY}, 400),
    ("POST", {"X-Purge-Key": PURGE_KEY, "Cache-Tag": ".*"}, 400),
    ("POST", {"X-Purge-Key": PURGE_KEY, "Cache-Tag": "house) || obj.status ~ (2"}, 400),
]
UNKNOWN = ("POST", {"X-Purge-Key": PURGE_KEY, "Cache-Tag": "article,edition,details-e"}, 200)
"""Tags that are only the beginnings of others."""


def test_nobody_else_makes_varnish_drop_anything(site: Site, reader: Reader) -> None:
    _, shown = in_both(site.newsroom, "Here to stay", "ماندنی")
    site.settle()
    warm(reader, *shown)
    for method, headers, status in (*REFUSED, UNKNOWN):
        assert reader.get("/purge", *headers.items(), method=method).status == status, headers
        for address in shown:
            assert is_hit(reader.get(address, ("Accept-Language", "en"))), (address, headers)


def test_a_cache_that_is_down_while_something_is_published_is_told_later(tmp_path: Path, database_url: str) -> None:
    newsroom_of = open_for_business(tmp_path, database_url, "en", "fa")
    port = free_port()
    with serving(tmp_path, database_url, more=behind_varnish(port)) as server:
        newsroom = Newsroom(Client(server.port, newsroom_of))
        with varnish(server.port, port=port, purge_key=PURGE_KEY) as tools:
            article = newsroom.published("en", "While it is up")
            eventually(lambda: f"article-{article}" in bans(tools))
        newsroom.republish(article, "en", title="While it is down")
        time.sleep(SETTLED + 1)
        assert waiting(server.port) > 0
        with varnish(server.port, port=port, purge_key=PURGE_KEY) as tools:
            eventually(lambda: f"article-{article}" in bans(tools))
            eventually(lambda: waiting(server.port) == 0)


# Behind something slower than a house ---------------------------------------------------------


@contextmanager
def slow_origin() -> Iterator[int]:
    """A server whose answers are good for a second and name a tag; at `/slow` they take longer than that."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                time.sleep(0.8)
            self.send_response(200)
            self.send_header("Cache-Control", "public, max-age=1, stale-while-revalidate=0")
            self.send_header("Cache-Tag", "house")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("purge_key", "path", "kept"), [(PURGE_KEY, "/", True), (PURGE_KEY, "/slow", False), ("", "/", False)]
)
def test_only_what_came_at_once_is_kept_beyond_its_max_age_by_one_that_is_told(
    purge_key: str, path: str, kept: bool
) -> None:
    """What took long to come may be older than a purge that came meanwhile."""
    port = free_port()
    with (
        slow_origin() as origin,
        varnish(origin, port=port, purge_key=purge_key) as tools,
        reading(port) as (reader,),
    ):
        reader.get(path)
        assert is_hit(reader.get(path))
        time.sleep(2)
        assert is_hit(reader.get(path)) == kept
        assert fetches(tools) == (1 if kept else 2)
        purged = reader.get("/purge", ("X-Purge-Key", purge_key), ("Cache-Tag", "house"), method="POST")
        assert purged.status == (200 if purge_key else 403)
