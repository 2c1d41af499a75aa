"""How long search takes as documents grow tenfold: `python -m bench.search`.

Both databases, two sizes each; every request goes to one size and then the other, so that whatever else
the machine does meanwhile befalls both. Exits with 1 where hits differ or growth misses its target.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import orjson
from flask import Flask
from sqlalchemy import text
from werkzeug.test import EnvironBuilder

from bench.corpus import LOCALES, Articles, common_word, commonest_word
from bench.library import House, check, draft, furnish, load
from bench.queries import COMMON, DEEP_PAGE, RARE
from bench.words import PLANTED, SECTIONS, SHARED, TAGS, WORDS
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.db import db
from nejat_cms.delivery.actions import documents as publishing
from nejat_cms.delivery.queries import search
from nejat_cms.fulltext import Matching
from nejat_cms.language.slugs import slugify
from nejat_cms.permissions import SYSTEM
from tests.servers import house_over, postgres_database, running_postgres

MOST_GROWTH = 3.0
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
SAMPLE = 8
"""Articles that are published for real, to be compared."""


@dataclass(frozen=True)
class Asked:
    """A query in one edition: where its hits are counted, and what is measured in the small house and the large one."""

    name: str
    locale: str
    counted: str
    targets: Sequence[str]


@dataclass(frozen=True)
class Shelf:
    """Two houses on one database, the small one and the large one."""

    database: str
    small: House
    large: House

    @property
    def apps(self) -> tuple[Flask, Flask]:
        return self.small.app, self.large.app


class Unindexed(Matching):
    """The same search without the index: every text of the editions is looked through. It knows no excluded words."""

    def found(self) -> str:
        locales = ", ".join(self.bind(locale) for locale in self.locales)
        conditions = [f"{self.alias}.variant_id IN (SELECT variant_id FROM documents WHERE locale IN ({locales}))"]
        conditions.append(self._every_word_in("title", "lead", "body"))
        conditions += [self._stands(self._spellings(phrase)) for phrase in self.query.phrases]
        return " AND ".join(conditions)


# Requests -------------------------------------------------------------------------------------


def ask(app: Flask, target: str) -> tuple[float, Any]:
    """Seconds that an answer took, and its JSON: the WSGI callable alone, without a client around it."""
    path, _, query = target.partition("?")
    environ = EnvironBuilder(path=path, query_string=query).get_environ()
    statuses: list[str] = []

    def start(status: str, _headers: object, _error: object = None) -> Callable[[bytes], None]:
        statuses.append(status)
        return lambda _: None

    begun = time.perf_counter()
    body = b"".join(app(environ, start))
    took = time.perf_counter() - begun
    if statuses != ["200 OK"]:
        raise RuntimeError(f"{target}: {statuses} {body!r}")
    return took, orjson.loads(body)


def requests(shelf: Shelf, queries: Mapping[str, str]) -> list[Asked]:
    """Every query in every edition."""
    made = []
    for name, template in queries.items():
        for locale in LOCALES:
            query = quote(template.format(**words_of(locale)), safe="=&-")
            target = f"/v1/{locale}/search?{query}"
            deep = name.endswith("deep page")
            targets = [_deep(app, target) if deep else target for app in shelf.apps]
            made.append(Asked(name, locale, f"{target.removesuffix('&total=true')}&total=true", targets))
    return made


def words_of(locale: str) -> dict[str, str]:
    """What the names in a query's template stand for."""
    return {
        **vars(PLANTED[locale]),
        "shared": SHARED,
        "commonest": commonest_word(locale),
        "common": common_word(locale),
        "frequent": WORDS[locale][21],
        "letter": WORDS[locale][22][0],
        "section": slugify(SECTIONS[0][locale]),
        "tag": slugify(TAGS[0][locale]),
        "other": LOCALES[LOCALES.index(locale) - 1],
    }


def _deep(app: Flask, target: str) -> str:
    """A page deep in the results, or the last one."""
    for _ in range(DEEP_PAGE - 1):
        target = ask(app, target)[1].get("links", {}).get("next", target)
    return target


# Measuring ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """Seconds that the requests of one kind took in the small house and in the large one."""

    small: list[float]
    large: list[float]

    @property
    def growth(self) -> float:
        """How many times as long the median request takes in the large house."""
        return median(self.large) / median(self.small)

    def cells(self) -> list[str]:
        """p50 in both houses, in milliseconds, and the ratio."""
        return [_ms(median(self.small)), _ms(median(self.large)), f"{self.growth:.2f}"]

    def high_cells(self) -> list[str]:
        """p99 in both houses, in milliseconds, and the ratio."""
        small, large = (sorted(times)[int(len(times) * 0.99)] for times in (self.small, self.large))
        return [_ms(small), _ms(large), f"{large / small:.2f}"]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def measure(apps: Sequence[Flask], asked: Sequence[Asked], rounds: int, more: str = "") -> dict[str, Times]:
    """Ask everything in both houses, one right after the other and in turns first, so many times over."""
    times = {one.name: Times([], []) for one in asked}
    for round_ in range(rounds):
        gc.collect()
        gc.disable()
        for one in asked:
            both = list(zip(apps, one.targets, (times[one.name].small, times[one.name].large), strict=True))
            for app, target, taken in both if round_ % 2 else reversed(both):
                taken.append(ask(app, target + more)[0])
        gc.enable()
    return times


Found = tuple[int, Sequence[str]]
"""How many hits a query has in all, and what its page shows, in order."""


def look(app: Flask, one: Asked, target: str) -> Found:
    counted = ask(app, one.counted)[1]
    page = ask(app, target)[1]["data"] if "cursor=" in target else counted["data"]
    return counted["meta"]["total"], [f"{item['id']} {item['locale']}" for item in page]


def differing(shelves: Sequence[Shelf]) -> tuple[dict[str, int], list[str]]:
    """How many hits each planted query has in all editions together, and those whose hits are not the same everywhere.

    They must be in the small house and the large one, on either database; those of common words, on either one.
    """
    hits: dict[str, int] = {}
    wrong = []
    for everywhere, queries in ((True, RARE), (False, COMMON)):
        for asked in zip(*(requests(shelf, queries) for shelf in shelves), strict=True):
            answers = [
                [look(app, one, target) for app, target in zip(shelf.apps, one.targets, strict=True)]
                for shelf, one in zip(shelves, asked, strict=True)
            ]
            found = [answer for both in answers for answer in both] if everywhere else answers
            if any(each != found[0] for each in found):
                wrong.append(f"{asked[0].name}, {asked[0].locale}")
            if everywhere:
                hits[asked[0].name] = hits.get(asked[0].name, 0) + answers[0][0][0]
    return hits, wrong


# What an index costs --------------------------------------------------------------------------


def publishing_times(house: House, first: int, count: int) -> Times:
    """Seconds that publishing one variant takes without the index of its words (`small`) and with it, in turns."""
    times = Times([], [])
    articles = Articles(first, 1)
    for number in range(first, first + 2 * count):
        work = next(articles.article(number))
        indexed = number % 2 == 1
        unindexed = patch.object(publishing, "index_text", lambda *_args, **_texts: None)
        with house.app.app_context(), nullcontext() if indexed else unindexed:
            variant = draft(house, work)
            begun = time.perf_counter()
            publish_variant(SYSTEM, variant.article_id, work.locale, version=variant.version)
            (times.large if indexed else times.small).append(time.perf_counter() - begun)
            db.session.remove()
    return times


SIZES = {
    "sqlite": """SELECT
        (SELECT sum(length(summary) + length(detail) + length(card) + length(body_html) + length(body_blocks)
            + length(body_text)) FROM documents),
        (SELECT sum(length(CAST(title || lead || body || entries AS BLOB))) FROM document_texts),
        (SELECT sum(length(block)) FROM document_texts_index_data)""",
    "postgresql": """SELECT pg_table_size('documents'), pg_table_size('document_texts'),
        pg_relation_size('ix_document_texts_entries')""",
}
"""Bytes of the documents, of their words as they are looked through, and of the index."""


def sizes(app: Flask) -> list[int]:
    with app.app_context():
        return [int(size) for size in db.session.execute(text(SIZES[db.engine.name])).one()]


# The report -----------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that reads well as it is."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    shown = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(f"| {line} |" for line in shown)


def run(folder: Path, documents: int, share: int, rounds: int) -> tuple[list[str], list[str]]:
    """Load, measure and print; answers the queries whose hits differ, and those that grow too much.

    Raises: AssertionError where what is loaded in bulk is not what publishing writes.
    """
    articles = Articles(documents, share)
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres()).get_uri()

        def house(name: str) -> House:
            url = stack.enter_context(postgres_database(server)) if name.startswith(POSTGRESQL) else ""
            (folder / name).mkdir()
            return furnish(stack.enter_context(house_over(folder / name, url)))

        shelves = [Shelf(name, house(f"{name} small"), house(f"{name} large")) for name in (SQLITE, POSTGRESQL)]
        for name in (SQLITE, POSTGRESQL):
            compared = check(house(f"{name} sample"), (list(articles.article(at)) for at in range(SAMPLE)))
            print(f"{name}: {compared} published documents equal the rows that are loaded")
        begun = time.perf_counter()
        load(articles, [shelf.large for shelf in shelves], [shelf.small for shelf in shelves])
        print(f"loaded {documents // share} and {documents} documents twice in {time.perf_counter() - begun:.0f} s")
        hits, wrong = differing(shelves)
        print("\nqueries whose hits differ:", ", ".join(wrong) or "none")
        slow = _report_rare(shelves, hits, rounds)
        _report_common(shelves, max(1, rounds // 10))
        _report_costs(shelves, len(articles), rounds)
        print("\nqueries that grow too much:", ", ".join(slow) or "none")
    return wrong, slow


def _report_rare(shelves: Sequence[Shelf], hits: Mapping[str, int], rounds: int) -> list[str]:
    rows, slow = [], []
    for shelf in shelves:
        asked = requests(shelf, RARE)
        pages, firsts = (measure(shelf.apps, asked, rounds, more) for more in ("", "&limit=1"))
        for name, times in pages.items():
            missed = max(times.growth, firsts[name].growth) >= MOST_GROWTH
            verdict = "MISSED" if missed else "ok"
            rows.append([shelf.database, name, str(hits[name]), *times.cells(), *times.high_cells()])
            rows[-1] += [*firsts[name].cells(), verdict]
            slow += [f"{shelf.database}: {name}"] if missed else []
    ratios = [
        "p50 small",
        "p50 large",
        "growth",
        "p99 small",
        "p99 large",
        "growth",
        "one, small",
        "one, large",
        "growth",
    ]
    print("\nPlanted words: a page of hits, and the first hit alone; in ms.\n")
    print(table(["database", "query", "hits", *ratios, f"< {MOST_GROWTH:g}"], rows))
    return slow


def _report_common(shelves: Sequence[Shelf], rounds: int) -> None:
    rows = []
    for shelf in shelves:
        asked = requests(shelf, COMMON)
        found = measure(shelf.apps, asked, rounds)
        with patch.object(search, "Matching", Unindexed):
            scanned = measure(shelf.apps, asked, rounds)
        for name, times in found.items():
            hits = [
                ask(app, one.counted)[1]["meta"]["total"] for one in asked if one.name == name for app in shelf.apps
            ]
            rows.append([shelf.database, name, str(sum(hits[0::2])), str(sum(hits[1::2]))])
            rows[-1] += [*times.cells(), *scanned[name].cells()]
            rows[-1].append(f"{median(scanned[name].large) / median(times.large):.1f} ×")
    print("\nCommon words, beside a plain scan: the same answer without the index; p50 in ms.\n")
    heads = ["hits small", "hits large", "p50 small", "p50 large", "growth", "scan small", "scan large", "growth"]
    print(table(["database", "query", *heads, "index is faster"], rows))


def _report_costs(shelves: Sequence[Shelf], first: int, rounds: int) -> None:
    rows = []
    for shelf in shelves:
        documents, texts, index = sizes(shelf.large.app)
        size = [f"{value / 2**20:.1f}" for value in (documents, texts, index)]
        rows.append([shelf.database, *publishing_times(shelf.large, first, rounds).cells()])
        rows[-1] += [*size, f"{(texts + index) / documents:.2f}"]
    print("\nPublishing one variant in the large house, p50 in ms; and what it holds, in MiB.\n")
    heads = ["not indexed", "indexed", "ratio", "documents", "texts", "index", "texts and index / documents"]
    print(table(["database", *heads], rows))


def main() -> int:
    """Print the report; 1 where hits differ or growth misses its target."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=100_000, help="in the large houses (default: 100,000)")
    parser.add_argument("--share", type=int, default=10, help="the small ones have one in so many (default: 10)")
    parser.add_argument("--rounds", type=int, default=25, help="how often each query is asked (default: 25)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nejat-bench-") as folder:
        wrong, slow = run(Path(folder), asked.documents, asked.share, asked.rounds)
    return 1 if wrong or slow else 0


if __name__ == "__main__":
    sys.exit(main())
