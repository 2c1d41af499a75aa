"""Where the time of a cached read, of a miss and of a publication goes: `python -m bench.slow_motion`.

Each is done many times in this process; the functions on its way are timed, and what none of them takes is the rest.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from pkgutil import resolve_name
from statistics import median
from typing import Any
from unittest.mock import patch
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from werkzeug.test import EnvironBuilder

from bench.corpus import Articles
from bench.library import furnish, publish
from bench.search import POSTGRESQL, SQLITE, table
from nejat_cms.content.actions.saving import change_variant
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.queries.variants import find_variant
from nejat_cms.db import db, end_reading
from nejat_cms.delivery.models import Document
from nejat_cms.permissions import SYSTEM
from tests.servers import house_over, postgres_database, running_postgres

ARTICLES = 40
READS, PUBLICATIONS = 2000, 100
DOCUMENTS = "nejat_cms.delivery.actions.documents"
MISS: Mapping[str, str] = {
    "find the route": "nejat_cms.http.application.Application.match",
    "read the query": "nejat_cms.http.routing.read_query",
    "one SELECT": "nejat_cms.delivery.queries.documents.fetch",
    "put the bytes together": "nejat_cms.delivery.queries.documents.DocumentRow.json",
    "ask for the house's version": "nejat_cms.delivery.cache.house_version",
    "digest and headers": "nejat_cms.delivery.routes.articles.public_response",
}
PUBLICATION: Mapping[str, str] = {
    "lock the article": "nejat_cms.content.actions.stages.hold_article",
    "load, require, compare, apply rules": "nejat_cms.content.actions.stages._allowed_step",
    "lock the editions' counters": f"{DOCUMENTS}.hold_counters",
    "load what is live": f"{DOCUMENTS}.live_faces",
    "render summary, detail, card, link": f"{DOCUMENTS}.columns_of",
    "render the body": f"{DOCUMENTS}.body_columns",
    "file under terms": f"{DOCUMENTS}.file_documents",
    "write down their names": f"{DOCUMENTS}.write_names",
    "cut words for search": f"{DOCUMENTS}.index_text",
    "addresses": f"{DOCUMENTS}._lead_to",
    "change feed": f"{DOCUMENTS}._note",
    "version of the house": "nejat_cms.delivery.actions.counters._raise",
    "commit": "sqlalchemy.orm.Session.commit",
}
"""By what happens, the function that does it; none is called by another."""


@contextmanager
def timed(functions: Mapping[str, str]) -> Iterator[dict[str, float]]:
    """Seconds that were spent in each of these functions since it was asked last."""
    spent: dict[str, float] = defaultdict(float)

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[name] += time.perf_counter() - begun

        return run

    with ExitStack() as stack:
        for name, target in functions.items():
            stack.enter_context(patch(target, watched(name, resolve_name(target))))
        yield spent


def slowly(functions: Mapping[str, str], times: int, act: Callable[[], object]) -> dict[str, float]:
    """Microseconds of each step at the median, of all of it and of what no step takes."""
    taken: dict[str, list[float]] = defaultdict(list)
    with timed(functions) as spent:
        for number in range(-times // 10, times):
            spent.clear()
            begun = time.perf_counter()
            act()
            whole = time.perf_counter() - begun
            if number >= 0:
                for name in functions:
                    taken[name].append(spent[name])
                taken["the rest"].append(whole - sum(spent.values()))
                taken["in all"].append(whole)
    return {name: median(values) * 1e6 for name, values in taken.items()}


def scenes(app: Flask) -> dict[str, dict[str, float]]:
    """What is looked at in a house that has something to show."""
    house = furnish(app)
    with app.app_context():
        for number in range(ARTICLES):
            publish(house, list(Articles(ARTICLES, 1).article(number)))
        newest = select(Document.article_id, Document.locale, Document.slug).order_by(Document.variant_id.desc())
        article, locale, slug = db.session.execute(newest.limit(1)).one()
        end_reading()
    environ = EnvironBuilder(path=f"/v1/{locale}/articles/{slug}").get_environ()

    def read() -> None:
        b"".join(app(dict(environ), lambda *_: lambda _: None))

    found = {"a cached read": slowly({}, READS, read)}
    cache = app.extensions["nejat.cache"]

    def miss() -> None:
        cache.clear()
        read()

    found["a miss"] = slowly(MISS, READS, miss)
    with app.app_context():
        found["a publication"] = _publications(article, locale)
    return found


def _publications(article: UUID, locale: str) -> dict[str, float]:
    """Of an article with counterparts in every edition, whose draft says something new each time."""

    def edited() -> Iterator[int]:
        for number in range(PUBLICATIONS * 2):
            variant = find_variant(article, locale)
            assert variant is not None
            version = variant.version
            end_reading()
            changes = {"title": f"Take {number}"}
            yield change_variant(SYSTEM, article, locale, changes, version=version).version

    versions = edited()

    def one() -> dict[str, float]:
        version = next(versions)
        with timed(PUBLICATION) as spent:
            begun = time.perf_counter()
            publish_variant(SYSTEM, article, locale, version=version)
            whole = time.perf_counter() - begun
        return spent | {"the rest": whole - sum(spent.values()), "in all": whole}

    taken = [one() for _ in range(PUBLICATIONS)]
    return {name: median(each.get(name, 0.0) for each in taken) * 1e6 for name in (*PUBLICATION, "the rest", "in all")}


def main() -> int:
    """Print what each step costs on both databases."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    columns: list[dict[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory(prefix="nejat-bench-") as folder, running_postgres() as server:
        with house_over(Path(folder) / "a") as app:
            columns.append(scenes(app))
        with postgres_database(server.get_uri()) as url, house_over(Path(folder) / "b", url) as app:
            columns.append(scenes(app))
    rows: list[Sequence[str]] = [
        [scene, name, *(f"{found[scene][name]:,.1f}" for found in columns)]
        for scene, steps in columns[0].items()
        for name in steps
    ]
    print(table(["", "microseconds at the median", SQLITE, POSTGRESQL], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
