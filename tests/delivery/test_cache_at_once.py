"""The response cache under many clients at once, its memory, and the codings of what it keeps."""

import gc
import random
import threading
import tracemalloc
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import brotli
import pytest
from flask import Flask

from nejat_cms.delivery import cache as caching_module
from nejat_cms.delivery.cache import ENCODERS, LARGEST_PART, OVERHEAD, ResponseCache, wanted_coding
from nejat_cms.errors import UnavailableError
from tests.delivery.caching import JSON, KEPT, PATH, Behind, Crowd, Told, always, ask, cache_over, change_elsewhere
from tests.factories import on_sqlite

MEGABYTE = 2**20


def statuses(told: list[Told | BaseException]) -> Counter[Any]:
    return Counter(one.status if isinstance(one, Told) else type(one) for one in told)


# Many at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, 200])
def test_of_many_who_miss_the_same_address_one_has_it_computed(app: Flask, size: int) -> None:
    crowd = Crowd(size)

    def say(environ: Any) -> Any:
        crowd.wait_for_the_others()
        return "200 OK", KEPT, b"one"

    behind = Behind(say)
    told = crowd.ask(cache_over(app, behind))
    assert len(behind.asked) == 1
    assert {one.body for one in told if isinstance(one, Told)} == {b"one"}
    assert statuses(told) == {200: size}


def test_who_waits_in_vain_for_another_tries_by_herself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching_module, "LONGEST_WAIT", 0.05)
    begun, stuck = threading.Event(), threading.Event()

    def say(environ: Any) -> Any:
        if len(behind.asked) == 1:
            begun.set()
            assert stuck.wait(30)
        return "200 OK", KEPT, b"one"

    behind = Behind(say)
    cache = cache_over(app, behind)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, cache)
        assert begun.wait(30)
        assert ask(cache).body == b"one"
        assert not first.done()
        stuck.set()
        assert first.result().body == b"one"


def test_what_is_too_large_to_be_kept_is_computed_once_for_all_who_wait(app: Flask) -> None:
    crowd = Crowd(20)

    def say(environ: Any) -> Any:
        crowd.wait_for_the_others()
        return "200 OK", KEPT, bytes(MEGABYTE)

    behind = Behind(say)
    assert statuses(crowd.ask(cache_over(app, behind))) == {200: 20}
    assert len(behind.asked) == 1


def test_those_who_wait_are_not_shown_what_has_changed_since_they_asked(app: Flask) -> None:
    crowd = Crowd(10)

    def say(environ: Any) -> Any:
        if len(behind.asked) == 1:
            crowd.wait_for_the_others()
            change_elsewhere(app)
            return "200 OK", KEPT, b"before"
        return "200 OK", KEPT, b"after"

    behind = Behind(say)
    told = crowd.ask(cache_over(app, behind))
    assert Counter(one.body for one in told if isinstance(one, Told)) == {b"before": 1, b"after": 9}
    assert len(behind.asked) == 2


def test_negotiated_answers_are_each_clients_own(app: Flask) -> None:
    crowd = Crowd(10)

    def say(environ: Any) -> Any:
        if len(behind.asked) == 1:
            crowd.wait_for_the_others()
        return "200 OK", (*KEPT, ("Vary", "Accept-Language")), b"%d" % len(behind.asked)

    behind = Behind(say)
    assert statuses(crowd.ask(cache_over(app, behind))) == {200: 10}
    assert len(behind.asked) == 10


def test_a_computation_that_fails_lets_the_others_go_on(app: Flask) -> None:
    crowd = Crowd(10)

    def say(environ: Any) -> Any:
        if len(behind.asked) == 1:
            crowd.wait_for_the_others()
            raise RuntimeError
        return "200 OK", KEPT, b"fine"

    behind = Behind(say)
    cache = cache_over(app, behind)
    assert statuses(crowd.ask(cache)) == {RuntimeError: 1, 200: 9}
    assert len(behind.asked) == 2
    assert ask(cache).body == b"fine"


def test_an_error_is_shown_to_nobody_else(app: Flask) -> None:
    crowd = Crowd(10)

    def say(environ: Any) -> Any:
        if len(behind.asked) == 1:
            crowd.wait_for_the_others()
            return "500 INTERNAL SERVER ERROR", (JSON, ("Cache-Control", "no-store")), b"{}"
        return "200 OK", KEPT, b"fine"

    behind = Behind(say)
    assert statuses(crowd.ask(cache_over(app, behind))) == {500: 1, 200: 9}


def test_in_an_outage_those_who_wait_are_shown_what_was_kept_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd(20)
    short = (JSON, ("Cache-Control", "public, max-age=0"))
    behind = always(b"kept", short)
    cache = cache_over(app, behind)
    assert ask(cache).body == b"kept"

    def say(environ: Any) -> Any:
        crowd.wait_for_the_others()
        return "503 SERVICE UNAVAILABLE", (JSON, ("Cache-Control", "no-store")), b"{}"

    def away(*_args: Any) -> int:
        raise UnavailableError

    behind.say = say
    monkeypatch.setattr(caching_module, "house_version", away)
    assert statuses(crowd.ask(cache)) == {200: 20}
    assert len(behind.asked) == 2


def test_one_address_does_not_wait_for_another(app: Flask) -> None:
    computing, others = threading.Event(), threading.Event()

    def say(environ: Any) -> Any:
        if environ["QUERY_STRING"] == "slow":
            computing.set()
            assert others.wait(20)
        return "200 OK", KEPT, b"x"

    cache = cache_over(app, Behind(say))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, cache, f"{PATH}?slow")
        assert computing.wait(20)
        assert [ask(cache, f"{PATH}?{number}").status for number in (1, 2, 1)] == [200] * 3
        assert not slow.done()
        others.set()
        assert slow.result(20).status == 200


# Memory ---------------------------------------------------------------------------------------


def taken(cache: ResponseCache, addresses: Iterable[str], **headers: str) -> int:
    """Bytes of memory that are more than before once all of these have been asked for."""
    gc.collect()
    tracemalloc.start()
    try:
        for address in addresses:
            assert ask(cache, address, **headers).status == 200
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@on_sqlite
@pytest.mark.parametrize(("size", "query"), [(10, 10), (10, 7_900), (2_000, 10), (20_000, 10), (100_000, 10)])
def test_no_more_memory_is_taken_than_was_granted(app: Flask, size: int, query: int) -> None:
    """Whether bodies are many or large, in every coding, and however long the addresses are."""
    randomly = random.Random(size)

    def say(environ: Any) -> Any:
        behind.asked.clear()
        link = ("Link", f"<{PATH}?{environ['QUERY_STRING']}>")
        return "200 OK", (*KEPT, link), randomly.randbytes(size // 2).hex().encode()

    behind = Behind(say)
    cache = cache_over(app, behind)
    count = 2 * MEGABYTE // (size + query + OVERHEAD)
    for coding in ("br", "gzip", ""):
        addresses = (f"{PATH}?{coding}{number:0{query}}" for number in range(count))
        assert taken(cache, addresses, accept_encoding=coding) < 1.1 * MEGABYTE
    assert 0.8 * MEGABYTE < held(cache) <= MEGABYTE


def held(cache: ResponseCache) -> int:
    """Bytes that all that is kept takes, added up anew."""
    return sum(answer.size() for answer in cache._answers.values())


def test_an_answer_that_would_push_out_many_is_not_kept(app: Flask) -> None:
    behind = always(b"x" * (MEGABYTE // LARGEST_PART))
    cache = cache_over(app, behind)
    for coding in ("br", "", "br"):
        told = ask(cache, accept_encoding=coding)
        assert told.headers.get("Content-Encoding", "") == coding
    assert len(behind.asked) == 3
    behind.say = always(b"x" * (MEGABYTE // LARGEST_PART - 5_000)).say
    ask(cache)
    ask(cache)
    assert len(behind.asked) == 4


def test_what_is_asked_for_stays_longer_than_what_is_not(app: Flask) -> None:
    behind = always(b"x" * 50_000)
    cache = cache_over(app, behind)
    liked = f"{PATH}?liked"
    for number in range(200):
        ask(cache, f"{PATH}?{number}")
        ask(cache, liked)
    asked = Counter(environ["QUERY_STRING"] for environ in behind.asked)
    assert asked["liked"] == 1
    ask(cache, f"{PATH}?0")
    assert len(behind.asked) == 202, "what nobody asked for again has made room"


def test_many_clients_of_many_addresses_leave_the_count_right(app: Flask) -> None:
    """Adding, coding, dropping and forgetting at once: what is held is what was counted, and within the limit."""

    def say(environ: Any) -> Any:
        number = int(environ["QUERY_STRING"])
        short = (JSON, ("Cache-Control", "public, max-age=0"))  # the next who asks has it computed again
        return "200 OK", (short if number % 2 else KEPT), b"x" * number * 100

    cache = cache_over(app, Behind(say))

    def work(seed: int) -> None:
        randomly = random.Random(seed)
        for _ in range(300):
            told = ask(
                cache, f"{PATH}?{randomly.randrange(1, 600)}", accept_encoding=randomly.choice(["br", "gzip", ""])
            )
            assert told.status == 200
            if randomly.random() < 0.02:
                change_elsewhere(app)
                cache.refresh()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert cache._bytes == held(cache) <= MEGABYTE
    cache.clear()
    assert cache._bytes == held(cache) == 0


def test_what_is_replaced_while_it_is_compressed_is_not_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = always(LARGE, (JSON, ("Cache-Control", "public, max-age=0")))
    cache = cache_over(app, behind)

    def replaced_meanwhile(body: bytes) -> bytes:
        ask(cache)
        return ENCODERS["br"](body)

    monkeypatch.setattr(caching_module, "ENCODERS", {"br": replaced_meanwhile})
    for number in range(1, 4):
        assert ask(cache, accept_encoding="br").headers["Content-Encoding"] == "br"
        assert len(behind.asked) == 2 * number
        assert cache._bytes == held(cache)


# Codings --------------------------------------------------------------------------------------

LARGE = b'{"data": "many words, many words, many words"}' * 50


def test_a_body_is_compressed_once_in_each_coding(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    used: Counter[str] = Counter()
    begun, clients = threading.Semaphore(0), 64

    def counting(coding: str) -> Any:
        encode = ENCODERS[coding]

        def counted(body: bytes) -> bytes:
            used[coding] += 1
            if used.total() == 1:  # until all have asked
                assert all(begun.acquire(timeout=20) for _ in range(clients))
            return encode(body)

        return counted

    def one(number: int) -> Told:
        begun.release()
        return ask(cache, accept_encoding=("br", "gzip")[number % 2])

    monkeypatch.setattr(caching_module, "ENCODERS", {coding: counting(coding) for coding in ENCODERS})
    cache = cache_over(app, always(LARGE))
    ask(cache)
    assert not used
    with ThreadPoolExecutor(clients) as pool:
        told = list(pool.map(one, range(clients)))
    assert used == {"br": 1, "gzip": 1}
    assert {one.headers["Content-Encoding"] for one in told} == {"br", "gzip"}
    assert len({one.body for one in told}) == 2
    assert brotli.decompress(ask(cache, accept_encoding="br").body) == LARGE
    head = ask(cache, method="HEAD", accept_encoding="br")
    assert head.headers == ask(cache, accept_encoding="br").headers
    assert used == {"br": 1, "gzip": 1}


@pytest.mark.parametrize(
    ("body", "varies"),
    [(b"x" * 499, False), (b"", False), (random.Random(0).randbytes(600), True)],
    ids=["tiny", "empty", "not shorter"],
)
def test_what_gains_nothing_is_not_compressed(app: Flask, body: bytes, varies: bool) -> None:
    cache = cache_over(app, always(body))
    for coding in ("br", "gzip", "br, gzip", ""):
        told = ask(cache, accept_encoding=coding)
        assert told.body == body
        assert told.headers["Content-Length"] == str(len(body))
        assert "Content-Encoding" not in told.headers
        assert ("Vary" in told.headers) == varies


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", ""),
        ("br", "br"),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.9", "gzip"),
        ("br;q=0", ""),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br;q=0.000, gzip;q=0.001", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("br;q=0, *", "gzip"),
        ("*, br;q=0, gzip;q=0", ""),
        ("identity", ""),
        ("identity, br;q=0.5", ""),
        ("identity;q=0.5, br;q=0.5", "br"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0", ""),
        ("deflate, zstd, compress", ""),
        ("br;q=x", ""),
        (",,;=;q", ""),
        ("brotli", ""),
        ("br" * 50_000, ""),
        ("br, " * 25_000, ""),
    ],
)
def test_the_coding_is_the_one_that_is_liked_best(app: Flask, accept: str, coding: str) -> None:
    """RFC 9110 §12.5.3; who accepts nothing there is gets the body as it is. What is malformed is no wish."""
    assert wanted_coding(accept) == coding
    told = ask(cache_over(app, always(LARGE)), accept_encoding=accept)
    assert told.headers.get("Content-Encoding", "") == coding
    assert told.headers["Vary"] == "Accept-Encoding"
