"""Readers of two languages, with browsers that read different encodings, behind one shared cache."""

import gzip
from collections import Counter

import brotli

from tests.drills.house import CODINGS, Site, in_both
from tests.drills.proxies import reading
from tests.servers import Reply

ROUNDS = 1000
ENGLISH = ("en", "en-GB,en;q=0.9,fa;q=0.1", "de", "*")
"""What readers say to whom the default edition is shown, or English."""
FARSI = ("fa", "fa-IR,fa;q=0.9,en;q=0.8")
DECODERS = {"br": brotli.decompress, "gzip": gzip.decompress}


def document(reply: Reply, accepted: str = "") -> bytes:
    """The body as it was before it was compressed, in a way that the client accepts."""
    coding = reply.headers.get("Content-Encoding", "")
    if not coding:
        return reply.raw
    assert coding in accepted
    assert f"{coding};q=0," not in accepted
    body: bytes = DECODERS[coding](reply.raw)
    return body


def varies_by(reply: Reply) -> set[str]:
    return {name.strip() for name in reply.headers.get("Vary", "").split(",")}


def shown(reply: Reply) -> tuple[object, ...]:
    return reply.status, reply.headers["ETag"], reply.headers["Content-Language"], reply.headers["Link"]


def test_two_readers_who_take_turns_never_get_each_other_s_language(site: Site, proxy: int) -> None:
    _, addresses = in_both(site.newsroom, "A quiet harbour", "بندر آرام")
    negotiated = addresses[0]
    site.settle()
    how = Counter[str]()
    with reading(site.ports["nejat"], proxy, proxy) as (origin, english, farsi):
        right = {
            (address, language): origin.get(address, ("Accept-Language", language))
            for address in addresses
            for language in ("en", "fa")
        }
        assert right[negotiated, "en"].data["title"] == "A quiet harbour"
        assert right[negotiated, "fa"].data["title"] == "بندر آرام"
        for turn in range(ROUNDS):
            address = negotiated if turn % 2 else addresses[turn // 2 % len(addresses)]
            for reader, language, says in ((english, "en", ENGLISH), (farsi, "fa", FARSI)):
                accepted = CODINGS[turn % len(CODINGS)]
                encoding = [("Accept-Encoding", accepted)] if accepted else []
                reply = reader.get(address, ("Accept-Language", says[turn % len(says)]), *encoding)
                asked, expected = (turn, address, language, accepted), right[address, language]
                assert shown(reply) == shown(expected), asked
                assert document(reply, accepted) == expected.raw, asked
                assert ("Accept-Language" in varies_by(reply)) == (address == negotiated), asked
                how[reply.headers["X-Cache"]] += 1
    assert how["MISS"] < ROUNDS / 5, how


def test_a_head_and_a_304_are_of_the_reader_s_own_language(site: Site, proxy: int) -> None:
    _, addresses = in_both(site.newsroom, "A loud harbour", "بندر شلوغ")
    with reading(proxy) as (reader,):
        for address in addresses:
            whole = {language: reader.get(address, ("Accept-Language", language)) for language in ("en", "fa")}
            for language, reply in whole.items():
                wants, etag = ("Accept-Language", language), ("If-None-Match", reply.headers["ETag"])
                for _ in range(2):
                    head = reader.get(address, wants, method="HEAD")
                    assert (*shown(head), head.raw) == (*shown(reply), b""), address
                    same = reader.get(address, wants, etag)
                    assert (same.status, same.raw, same.headers["ETag"]) == (304, b"", etag[1]), address
                    assert varies_by(same) >= varies_by(reply) - {""}, address
            other = reader.get(addresses[0], ("Accept-Language", "en"), ("If-None-Match", whole["fa"].headers["ETag"]))
            assert other.status == 200
