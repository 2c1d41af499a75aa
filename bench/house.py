"""How long menus and front pages take as they grow: `python -m bench.house`.

One house has four menus of 10 items and a front page of 3 sections, the other four of 200 and a front page of 30, with
an article pinned in each; a front page brings all four. Every request goes to one after the other, and takes as many
statements in both; exits with 1 where it does not.
"""

import argparse
import gc
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from flask import Flask

from bench.report import Row, verdict
from bench.running import DATABASES
from bench.search import ask, table
from nejat_cms import create_app, migrate
from nejat_cms.content.actions.menus import create_menu, pin_articles
from nejat_cms.content.actions.saving import create_article
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.actions.terms import create_term
from nejat_cms.content.models import FrontPage
from nejat_cms.db import atomic, db
from nejat_cms.permissions import SYSTEM
from nejat_cms.settings import PREFIX, Settings
from tests.factories import statements
from tests.newsroom import open_house
from tests.servers import environment, postgres_database, running_postgres

LOCALE = "en"
SIZES = ((10, 3), (200, 30))
"""Items of the menu and sections of the front page, in the small house and in the large one."""
MENUS = ("main", "footer", "side", "mobile")
OF_EACH_SECTION = 5
ROUNDS, WARM_UP = 60, 5
REQUESTS = {"menu": f"/v1/{LOCALE}/menus/main", "home": f"/v1/editions/{LOCALE}"}


@contextmanager
def house_of(folder: Path, database_url: str, items: int, sections: int) -> Iterator[Flask]:
    """A house with such a menu and front page, whose answers are made anew for every request."""
    folder.mkdir()
    settings = Settings.from_env(environment(folder, database_url) | {f"{PREFIX}CACHE_MB": "0"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    try:
        open_house(app)
        with app.app_context():
            atomic(lambda: _fill(items, sections))()
            db.session.remove()
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def _fill(items: int, sections: int) -> None:
    filed = [create_term(SYSTEM, "section", {LOCALE: {"name": f"Section {n}"}}).id for n in range(sections)]
    works = {section: [_publish(section, n) for n in range(OF_EACH_SECTION)] for section in filed}
    articles = [key for ids in works.values() for key in ids]
    for name in MENUS:
        create_menu(SYSTEM, LOCALE, name, list(_tree(items, filed, articles)))
    version = db.session.get_one(FrontPage, LOCALE).version
    pins = {section: ids[:1] for section, ids in works.items()}
    pin_articles(SYSTEM, LOCALE, version=version, featured=articles[:3], sections=pins)


def _publish(section: UUID, number: int) -> UUID:
    changes = {"title": f"Work {number} of {section}", "sections": [section], "tags": ["Sea"], "featured": number == 0}
    variant = create_article(SYSTEM, "article", LOCALE, changes)
    publish_variant(SYSTEM, variant.article_id, LOCALE, version=variant.version)
    return variant.article_id


def _tree(items: int, sections: Sequence[UUID], articles: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    """Sections with four articles below each, until there are so many items."""
    for first in range(0, items, 5):
        section = sections[first // 5 % len(sections)]
        below = [articles[(first + n) % len(articles)] for n in range(4)]
        children = [{"target": {"type": "article", "id": key}} for key in below]
        yield {"target": {"type": "section", "id": section}, "children": children}


@dataclass(frozen=True)
class Asked:
    """One request in the small house and in the large one."""

    name: str
    database: str
    p50: Sequence[float]
    """Milliseconds at the median."""
    sent: Sequence[int]
    """Statements."""

    @property
    def ratio(self) -> float:
        return self.p50[1] / self.p50[0]

    @property
    def row(self) -> Row:
        reached = (
            f"{self.p50[0]:.2f} → {self.p50[1]:.2f} ms ({self.ratio:.2f} ×), {self.sent[0]} → {self.sent[1]} statements"
        )
        small, large = (
            f"{items} items" if self.name == "menu" else f"{parts} sections and {len(MENUS)} menus of {items} items"
            for items, parts in SIZES
        )
        target = f"as many statements for {large} as for {small}"
        return f"house: {self.name}", self.database, target, reached, verdict(self.sent[0] == self.sent[1])


def measure(apps: Sequence[Flask], database: str, rounds: int) -> Iterator[Asked]:
    """Ask everything in both houses, one right after the other."""
    for name, target in REQUESTS.items():
        times: list[list[float]] = [[] for _ in apps]
        sent = []
        for app in apps:
            with statements(app) as said:
                ask(app, target)
            sent.append(len(said))
        for round_ in range(-WARM_UP, rounds):
            gc.collect()
            for app, took in zip(apps, times, strict=True):
                seconds, _ = ask(app, target)
                if round_ >= 0:
                    took.append(seconds)
        yield Asked(name, database, [median(each) * 1000 for each in times], sent)


def houses(databases: Sequence[str] = tuple(DATABASES), rounds: int = ROUNDS) -> Iterator[Asked]:
    """What was measured on these databases."""
    for database in databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nejat-bench-")))
            server = stack.enter_context(running_postgres()).get_uri() if database == "postgresql" else ""
            apps = []
            for size in SIZES:
                url = stack.enter_context(postgres_database(server)) if server else ""
                apps.append(stack.enter_context(house_of(folder / str(size[0]), url, *size)))
            yield from measure(apps, DATABASES[database], rounds)


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    for each in houses(rounds=rounds):
        yield each.row


def main() -> int:
    """Print the report; 1 where anything takes more statements as it grows."""
    parser = argparse.ArgumentParser(prog="python -m bench.house", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    found = list(rows(parser.parse_args().rounds))
    print(table(("measured", "database", "target", "reached", "verdict"), found))
    return 1 if any(row[-1] != "ok" for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
