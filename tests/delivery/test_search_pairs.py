"""What finds what: every pair of `search_pairs`, on SQLite and PostgreSQL, and both give the same rows.

One database is pressed; the other is its copy, row by row, so that even ids are the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from nejat_cms.db import Base, db
from nejat_cms.delivery.queries.editions import enabled_editions
from nejat_cms.delivery.queries.lists import Listing
from nejat_cms.delivery.queries.search import HitRow, Search, search_documents
from nejat_cms.fulltext import IndexedText
from nejat_cms.language.search import Query, highlight, parse_query, snippets
from tests.delivery.search_corpus import CORPUS, works
from tests.delivery.search_pairs import PAIRS, PREFIXES
from tests.factories import DATABASES
from tests.newsroom import open_house, quick_client
from tests.press import press
from tests.servers import house_over, postgres_database

QUERIES = [
    (locale, theme, query, hits, prefix)
    for themes, prefix in ((PAIRS, False), ({one: {"prefix": pairs} for one, pairs in PREFIXES.items()}, True))
    for locale, groups in themes.items()
    for theme, pairs in groups.items()
    for query, hits in pairs.items()
]


Hit = tuple[str, int, str, str | None, str | None, list[str]]
"""Its article, its tier, where it was found, and title, lead and body as they are shown."""


@dataclass(frozen=True)
class Libraries:
    """The corpus on both databases, what its texts are called, and what every query found, alone and across."""

    apps: Mapping[str, Flask]
    names: Mapping[str, str]
    found: Mapping[str, Sequence[tuple[list[Hit], list[Hit]]]]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Libraries]:
    with ExitStack() as stack:
        url = stack.enter_context(postgres_database(postgres_url))
        apps = {
            "sqlite": stack.enter_context(house_over(tmp_path_factory.mktemp("sqlite"))),
            "postgresql": stack.enter_context(house_over(tmp_path_factory.mktemp("postgresql"), url)),
        }
        open_house(apps["sqlite"])
        names: dict[str, str] = {}
        for locale, texts in CORPUS.items():
            ids = press(apps["sqlite"], locale, *works(texts))
            names |= {id_.hex: text.name for id_, text in zip(ids, texts, strict=True)}
        copy(apps["sqlite"], apps["postgresql"])
        yield Libraries(apps, names, {name: search_all(app) for name, app in apps.items()})


def copy(one: Flask, other: Flask) -> None:
    """Make the other house's empty database what this one's is."""
    kept: dict[str, list[dict[str, Any]]] = {}
    with one.app_context():
        for table in Base.metadata.sorted_tables:
            kept[table.name] = [dict(row) for row in db.session.execute(select(table)).mappings()]
    mapped = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    with other.app_context(), db.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            rows = kept[table.name]
            if issubclass(mapped.get(table, Base), IndexedText):
                rows = [row | {"entries": row["entries"].split()} for row in rows]
            connection.execute(delete(table))
            if rows:
                connection.execute(insert(table), rows)


def search_all(app: Flask) -> list[tuple[list[Hit], list[Hit]]]:
    with app.app_context():
        editions = enabled_editions()

        def look(locale: str, query: Query, locales: Sequence[str], *, across: bool) -> list[Hit]:
            search = Search(query, locales, across)
            return [shown(row, query) for row in search_documents(editions[locale], Listing(), search, limit=100).rows]

        return [
            (
                look(locale, query, [locale], across=False),
                look(locale, query, list(editions), across=True) if at % 3 == 0 else [],
            )
            for at, (locale, query) in enumerate(
                (one[0], parse_query(one[2], one[0], prefix=one[4])) for one in QUERIES
            )
        ]


def shown(row: HitRow, query: Query) -> Hit:
    texts = row.texts()
    title, lead = (highlight(texts[name], query, row.found_in) for name in ("title", "lead"))
    article = UUID(orjson.loads(row.document.json())["id"]).hex
    return article, row.tier, row.found_in, title, lead, snippets(texts["body"], query, row.found_in)


@pytest.mark.parametrize("database", DATABASES)
def test_every_query_finds_what_it_should_and_nothing_else(libraries: Libraries, database: str) -> None:
    wrong = []
    for (locale, theme, query, hits, prefix), (found, _) in zip(QUERIES, libraries.found[database], strict=True):
        names = [libraries.names[hit[0]] for hit in found]
        if sorted(names) != sorted(hits.split()):
            wrong.append((locale, theme, query, prefix, f"found {names}, not {hits.split()}"))
        for article, *_, title, lead, body in found:  # nothing is found that a reader could not be shown
            assert title or lead or body, (locale, query, libraries.names[article])
    assert wrong == []
    assert len(QUERIES) >= 250


def test_both_databases_find_the_same_rows_in_the_same_order(libraries: Libraries) -> None:
    """Ids, tiers, places and highlights, of every query; and of every third across all editions."""
    for one, *found in zip(QUERIES, *libraries.found.values(), strict=True):
        assert found[0] == found[1], one
    assert sum(len(across) > len(alone) for alone, across in libraries.found["sqlite"]) > 20


def test_routes_answer_what_was_found(libraries: Libraries) -> None:
    """The same through HTTP, every tenth query, byte for byte on both databases."""
    clients = [quick_client(app) for app in libraries.apps.values()]
    for at in range(0, len(QUERIES), 10):
        locale, _, query, _, prefix = QUERIES[at]
        asked = {"q": query, "prefix": str(prefix).lower(), "limit": "100", "total": "true"}
        answers = [client.get(f"/v1/{locale}/search", query_string=asked) for client in clients]
        assert [answer.status_code for answer in answers] == [200, 200], query
        assert answers[0].text == answers[1].text
        said = answers[0].json or {}
        expected = libraries.found["sqlite"][at][0]
        assert said["meta"] == {"total": len(expected)}
        heard = [(UUID(item["id"]).hex, item["highlights"]) for item in said["data"]]
        assert heard == [
            (article, {name: text for name, text in (("title", title), ("lead", lead)) if text} | {"body": body})
            for article, _, _, title, lead, body in expected
        ]
