"""What a stranger says to spoil what a shared cache keeps: the next reader is told what she would be told anyway."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, count
from uuid import uuid4

import pytest

from tests.drills.house import Site
from tests.drills.proxies import Reader, reading
from tests.hostile.test_hosts import EVIL, SPOOFS
from tests.servers import Client, Reply

Pairs = tuple[tuple[str, str], ...]
ON_THE_WAY = {"age", "date", "via", "server", "connection", "x-cache", "x-varnish", "accept-ranges"}
"""Headers that are the proxies' own."""
FRAMING = {"content-length", "transfer-encoding"}
"""Headers that say no more than how a body is sent."""
NOT_TOLD = {"cache-tag", "surrogate-key", "x-request-id", "last-modified"}
"""Headers that are not for readers, or are another one every time."""
FIELDS = list(combinations(("title", "slug", "url", "lang", "dir", "lead", "kind", "tags", "authors", "sections"), 4))
VICTIMS: tuple[Pairs, ...] = ((), (("Accept-Language", "en"),), (("Accept-Language", "de"),))
ALONE: tuple[Pairs, ...] = tuple((pair,) for pair in SPOOFS.items())
TOGETHER: tuple[Pairs, ...] = (
    tuple(SPOOFS.items()),
    (("Accept_Language", "fa"),),
    (("Accept-Language", "en"), ("Accept_Language", "fa")),
    (("Accept-Language", "de"), ("Accept-Language", "fa")),
    (("Accept-Language", "fa"), ("Connection", "Accept-Language")),
    (("Accept_Encoding", "br"),),
    (("Accept-Encoding", "br, gzip"),),
    (("If_None_Match", "*"),),
    (("If-None-Match", "*"),),
    (("If_Modified_Since", "Fri, 01 Jan 2100 00:00:00 GMT"),),
    (("Range", "bytes=0-3"),),
    (("Accept", "text/html"),),
    (("X_Forwarded_For", EVIL), ("X_Forwarded_Host", EVIL)),
    (("Authorization", "0"),),
    (("Cookie", "0"),),
    (("Cache-Control", "max-age=9999"), ("Pragma", "no-cache")),
    (("Surrogate-Key", EVIL), ("Cache-Tag", EVIL), ("X-Told", "1"), ("X-Asked-At", "0")),
)


@dataclass
class Places:
    """Addresses that nobody has asked for."""

    article: str
    slug: str
    former: str

    def __post_init__(self) -> None:
        self._numbers = count()

    def fresh(self) -> tuple[str, ...]:
        """A negotiated one, two lists and a plain one, one that moved, one that is nowhere."""
        number = next(self._numbers)
        listed = f"fields={','.join(FIELDS[number])}"
        fields = f"{listed}&body=text"
        return (
            f"/v1/articles/{self.article}?{fields}",
            f"/v1/en/articles?{listed}&tag={self.slug}",
            f"/v1/fa/search?{listed}&q={self.slug}",
            f"/v1/en/articles/{self.slug}?{fields}",
            f"/v1/en/articles/{self.former}?{fields}",
            f"/v1/en/articles/nothing-{number}-{self.slug}",
        )


@pytest.fixture
def places(site: Site, proxy: int) -> Places:
    former, slug = f"former-{uuid4().hex}", f"here-{uuid4().hex}"
    article = site.newsroom.published("en", f"Quiet {slug}", slug=former, tags=[slug])
    site.newsroom.republish(article, "en", slug=slug)
    site.newsroom.translated(article, "fa", f"آرام {slug}")
    return Places(article, slug, former)


def told(reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name.lower(), value) for name, value in reply.headers.items()]
    kept = sorted(pair for pair in headers if pair[0] not in ON_THE_WAY | FRAMING | NOT_TOLD)
    return reply.status, kept, re.sub(rb'"request_id":"[^"]*"', b"", reply.raw)


@pytest.fixture
def origin(site: Site) -> Iterator[Reader]:
    with reading(site.ports["nejat"]) as (reader,):
        yield reader


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_one_says_the_next_is_not_told(origin: Reader, proxy: int, places: Places, method: str) -> None:
    with reading(proxy) as (reader,):
        for spoof in (*ALONE, *TOGETHER):
            for address in places.fresh():
                with reading(proxy) as (stranger,):
                    first = stranger.get(address, *spoof, method=method)
                assert EVIL.encode() not in first.raw, (address, spoof)
                assert EVIL not in str(first.headers), (address, spoof)
                for victim in VICTIMS:
                    for _ in range(2):
                        right = told(origin.get(address, *victim))
                        assert told(reader.get(address, *victim)) == right, (address, spoof)


def test_a_host_in_the_target_is_not_believed(origin: Reader, proxy: int, places: Places) -> None:
    with reading(proxy) as (reader,):
        for start in (f"http://{EVIL}", f"http://{EVIL}:666", f"https://{EVIL}", f"http://user@{EVIL}"):
            for address in places.fresh():
                with reading(proxy) as (stranger,):
                    first = stranger.get(start + address, ("Host", EVIL))
                assert first.status == 400 or EVIL.encode() not in first.raw.replace(start.encode(), b""), first.raw
                assert told(reader.get(address)) == told(origin.get(address)), (start, address)


def test_another_spelling_of_a_target_spoils_nothing(origin: Reader, proxy: int, places: Places) -> None:
    slug = places.slug
    spellings = (
        f"/v1/en/articles/{slug};.css", f"/v1/en/articles/{slug}/x.css", f"/v1/en/articles/{slug}%2f..%2f",
        f"/v1/en/articles/{slug}%3flimit=1", f"/v1/en/articles/{slug}%23", f"//v1/en/articles/{slug}",
        f"/v1/en//articles/{slug}", f"/v1/manage/../en/articles/{slug}", f"/v1/en/articles/./{slug}",
        f"/v1/en/articles/{slug}%00", f"/V1/en/articles/{slug}", f"/v1/EN/articles/{slug}", f"/v1/en/articles/{slug}/",
        f"/v1/en/articles/nothing-{slug}/../{slug}", f"/v1/en/articles/{slug}?", f"/v1/en/articles/{slug}?&",
        f"/v1/en/articles/{slug}?fields=title&x=1", f"/v1/en/articles/{slug}?_method=DELETE",
    )  # fmt: skip
    right = told(origin.get(f"/v1/en/articles/{slug}"))
    missing = told(origin.get(f"/v1/en/articles/nothing-{slug}"))
    with reading(proxy) as (reader,):
        for spelling in spellings:
            answer = reader.get(spelling)
            assert answer.status in (400, 401, 404, 422) or told(answer)[2] == right[2], spelling
            assert told(reader.get(f"/v1/en/articles/{slug}")) == right, spelling
            assert told(reader.get(f"/v1/en/articles/nothing-{slug}")) == missing, spelling


def test_a_method_in_a_header_changes_nothing(site: Site, origin: Reader, proxy: int, places: Places) -> None:
    overrides = [("X-Http-Method-Override", "GET"), ("X-Method-Override", "GET"), ("X-Http-Method", "GET")]
    with reading(proxy) as (reader,):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE", "BAN"):
            for address in places.fresh():
                with reading(proxy) as (stranger,):
                    refused = stranger.get(address, *overrides, method=method)
                assert refused.status in (200, 204, 400, 401, 403, 405, 501), (method, address)
                assert told(reader.get(address)) == told(origin.get(address)), (method, address)
    assert Client(site.ports["nejat"]).ask("GET", f"/v1/articles/{places.article}").status == 200
