"""How long reads take as an edition grows a thousandfold: `python -m bench.growth`.

Houses of 1,000, 10,000 and 100,000 documents in one edition, and with `--largest 1000000` one more; every request goes
to one after the other, so that whatever else the machine does meanwhile befalls all. Exits with 1 where a request
takes more than 1.3 times as long, at the median, in a larger house as in the smallest.
"""

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text

from bench.corpus import Articles, Work
from bench.library import furnish
from bench.profiles import profile
from bench.report import MISSED, Row, tell_profile, verdict
from bench.running import DATABASES
from bench.search import ask, table
from bench.words import SECTIONS, TAGS
from nejat_cms import create_app, migrate
from nejat_cms.content.actions.saving import create_article, create_variant
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.rules.snapshots import Body
from nejat_cms.db import atomic, db
from nejat_cms.delivery.actions.archive import recount_months
from nejat_cms.delivery.actions.terms import SHOWING, recount_pages, write_names
from nejat_cms.delivery.models import Document, DocumentTerm, TermPage
from nejat_cms.http.cursors import page_links
from nejat_cms.language.slugs import slugify
from nejat_cms.paging import Page, Position
from nejat_cms.permissions import SYSTEM
from nejat_cms.settings import PREFIX, Settings
from tests.servers import environment, postgres_database, running_postgres

MOST_GROWTH = 1.3
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LOCALE, OTHER = "en", "fa"
PUBLISHED, TRANSLATED, RARE = 250, 25, 5
"""Documents of each edition that are published for real; how many of them in the other edition too, and how many carry
the rare tag. The other edition and the rare tag do not grow."""
RARE_TAG = "Comets"
FIRST_DAY = datetime(2015, 1, 1, 12, tzinfo=UTC)
DAYS = 3650
COPIES_AT_ONCE = 400
WARM_UP, ROUNDS = 5, 24
PLACES = 20
"""How many articles and deep pages are asked for in turn."""


# Filling --------------------------------------------------------------------------------------


@contextmanager
def house_of(folder: Path, database_url: str, documents: int) -> Iterator[Flask]:
    """A house with so many documents in one edition, whose answers are made anew for every request."""
    folder.mkdir()
    settings = Settings.from_env(environment(folder, database_url) | {f"{PREFIX}CACHE_MB": "0"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    try:
        fill(app, documents)
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def fill(app: Flask, documents: int) -> None:
    """Publish some works, and write the rest of the documents as copies of their rows."""
    sections = furnish(app).sections
    articles = Articles(PUBLISHED * 10, 1)
    with app.app_context():
        atomic(lambda: _publish(articles, sections))()
        db.session.remove()
        atomic(lambda: _copy(documents))()
        atomic(recount_months)()
        atomic(lambda: recount_pages(db.session.scalars(select(TermPage)).all()))()
        db.session.remove()
        if db.engine.name == "postgresql":  # as its own autovacuum would soon
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")


def _publish(articles: Articles, sections: Sequence[UUID]) -> None:
    for place in range(PUBLISHED):
        number = place // 2 * 4 + place % 2  # of every four articles, the first two are in every edition
        works = {work.locale: work for work in articles.article(number)}
        changes = _changes(works[LOCALE], place, sections)
        variant = create_article(SYSTEM, "article", LOCALE, changes)
        publish_variant(SYSTEM, variant.article_id, LOCALE, version=variant.version)
        if place % (PUBLISHED // TRANSLATED) == 0:
            changes = _changes(works[OTHER], place, sections)
            other = create_variant(SYSTEM, variant.article_id, OTHER, changes)
            publish_variant(SYSTEM, other.article_id, OTHER, version=other.version)


def _changes(work: Work, place: int, sections: Sequence[UUID]) -> dict[str, object]:
    rare = [RARE_TAG] if work.locale == LOCALE and place < RARE else []
    return {
        "title": work.title,
        "lead": work.lead,
        "slug": f"work-{place:05d}",
        "body": Body(work.blocks[:2]),
        "sections": [sections[work.section]],
        "tags": [TAGS[tag][work.locale] for tag in work.tags] + rare,
        "featured": work.featured,
        "published_at": FIRST_DAY.replace(year=2015 + place % 10),
    }


def _copy(documents: int) -> None:
    """Copy the published documents of the edition until there are so many, evenly spread over ten years.

    Each has ids, slug, time and changes of its own, and stands in its own place of terms, addresses, changes and the
    sitemap. Its text, and the dates written out in it, are those of its model.
    """
    copies = documents // PUBLISHED - 1
    rare = db.session.scalars(select(TermPage.term_id).where(TermPage.name == RARE_TAG)).one()
    values = {"rare": rare.hex if db.engine.name == "sqlite" else rare}
    for first in range(1, copies + 1, COPIES_AT_ONCE):
        last = min(first + COPIES_AT_ONCE - 1, copies)
        for statement in _copying(documents, first, last):
            db.session.execute(text(statement), values if ":rare" in statement else {})
    write_names(db.session.scalars(select(TermPage.term_id)).all(), SHOWING)
    seq = f"seq + {copies * PUBLISHED:d}"
    db.session.execute(text(f"UPDATE public_editions SET seq = {seq} WHERE locale = '{LOCALE}'"))


def _copying(documents: int, first: int, last: int) -> Iterator[str]:
    """The statements that write the copies of these numbers."""
    models = f"""WITH RECURSIVE c (n) AS (SELECT {first:d} UNION ALL SELECT n + 1 FROM c WHERE n < {last:d}),
        g AS (SELECT variant_id, row_number() OVER (ORDER BY variant_id) - 1 AS place FROM documents
              WHERE locale = '{LOCALE}' AND slug LIKE 'work-%')"""
    number = f"((c.n - 1) * {PUBLISHED:d} + g.place)"
    day = f"({number} * {DAYS:d} / {documents - PUBLISHED:d})"
    published = f"({int(FIRST_DAY.timestamp()):d} + {day} * 86400) * 1000000 + {number}"
    spelled = SPELLINGS[db.engine.name]
    columns: dict[str, str] = {column.name: f"d.{column.name}" for column in Document.__table__.columns}
    columns |= {name: spelled["id"].format(f"d.{name}") for name in ("variant_id", "article_id")}
    columns |= dict.fromkeys(("slug", "slug_key"), "'copy-' || c.n || '-' || d.slug")
    columns |= {name: spelled["bytes"].format(f"d.{name}") for name in ("summary", "detail", "card")}
    columns |= {name: f"replace(d.{name}, d.slug, {columns['slug']})" for name in ("link", "sitemap")}
    columns |= {"published_us": published, "local_day": spelled["day"].format(day)}
    columns["sitemap_part"] = f"{number} / 1000 + 1"
    yield f"""INSERT INTO documents ({", ".join(columns)}) {models}
        SELECT {", ".join(columns.values())} FROM c CROSS JOIN g JOIN documents d ON d.variant_id = g.variant_id"""
    filed: dict[str, str] = {column.name: f"t.{column.name}" for column in DocumentTerm.__table__.columns}
    filed |= {"variant_id": spelled["id"].format("t.variant_id"), "published_us": published}
    yield f"""INSERT INTO document_terms ({", ".join(filed)}) {models} SELECT {", ".join(filed.values())}
        FROM c CROSS JOIN g JOIN document_terms t ON t.variant_id = g.variant_id WHERE t.term_id <> :rare"""
    yield f"""INSERT INTO addresses (locale, type, slug_key, target_id, state) {models}
        SELECT d.locale, 'article', {columns["slug_key"]}, {columns["variant_id"]}, 'live'
        FROM c CROSS JOIN g JOIN documents d ON d.variant_id = g.variant_id"""
    yield f"""INSERT INTO changes (locale, article_id, seq, at_us, type, slug, moves, digest) {models}
        SELECT d.locale, {columns["article_id"]}, e.seq + {number} + 1, h.at_us, 'published',
            {columns["slug"]}, h.moves, h.digest || c.n
        FROM c CROSS JOIN g JOIN documents d ON d.variant_id = g.variant_id
        JOIN changes h ON h.article_id = d.article_id AND h.locale = d.locale
        JOIN public_editions e ON e.locale = d.locale"""


SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "id": "printf('%08x', c.n) || substr({0}, 9)",
        "bytes": """CAST(replace(replace(CAST({0} AS TEXT), d.slug, 'copy-' || c.n || '-' || d.slug),
            '"id":"' || substr(d.article_id, 1, 8), '"id":"' || printf('%08x', c.n)) AS BLOB)""",
        "day": f"date('{FIRST_DAY:%Y-%m-%d}', {{0}} || ' days')",
    },
    "postgresql": {
        "id": "(lpad(to_hex(c.n), 8, '0') || substr({0}::text, 9))::uuid",
        "bytes": """convert_to(replace(replace(convert_from({0}, 'UTF8'), d.slug, 'copy-' || c.n || '-' || d.slug),
            '"id":"' || substr(d.article_id::text, 1, 8), '"id":"' || lpad(to_hex(c.n), 8, '0')), 'UTF8')""",
        "day": f"date '{FIRST_DAY:%Y-%m-%d}' + ({{0}})::int",
    },
}
"""How each database spells the id of a copy, its bytes, and a day after the first."""


# Measuring ------------------------------------------------------------------------------------


def targets(app: Flask) -> dict[str, Sequence[str]]:
    """What is measured in a house: by name the addresses that are asked for in turn."""
    list_, section = f"/v1/{LOCALE}/articles", slugify(SECTIONS[0][LOCALE])
    with app.app_context():
        keys = select(Document.published_us, Document.variant_id, Document.slug).where(Document.locale == LOCALE)
        middle = FIRST_DAY.timestamp() * 1_000_000 + DAYS / 2 * 86_400 * 1_000_000
        nearest = keys.where(Document.published_us < int(middle)).order_by(Document.published_us.desc())
        places = db.session.execute(nearest.limit(PLACES)).all()
        seq = db.session.scalar(select(func.max(text("seq"))).select_from(text("changes"))) or 0
        db.session.remove()
    deep = [_deeper(app, list_, row.published_us, row.variant_id) for row in places]
    tag = slugify(TAGS[0][LOCALE])
    return {
        "first page": [list_],
        "deep page": deep,
        "fallback list": [f"/v1/{OTHER}/articles?fallback={LOCALE}"],
        "fallback list, the other way": [f"{list_}?fallback={OTHER}"],
        "list of a section": [f"{list_}?section={section}"],
        "list of a common tag": [f"{list_}?tag={tag}"],
        "list of a rare tag": [f"{list_}?tag={slugify(RARE_TAG)}"],
        "list of a section and a tag": [f"{list_}?section={section}&tag={tag}"],
        "list of a year": [f"{list_}?year=2019"],
        "list by title": [f"{list_}?sort=title"],
        "detail": [f"{list_}/{row.slug}" for row in places],
        "archive": [f"/v1/{LOCALE}/archive"],
        "changes": [f"/v1/{LOCALE}/changes"],
        "changes since": [f"/v1/{LOCALE}/changes?since={seq // 2}"],
        "home": [f"/v1/editions/{LOCALE}"],
        "feed of a section": [f"/{LOCALE}/sections/{section}/feed.json"],
    }


def _deeper(app: Flask, path: str, published_us: int, variant_id: UUID) -> str:
    """The page after a document, as the page before it would link to it."""
    with app.test_request_context(path):
        return page_links(Page([], Position([published_us, variant_id.hex]), None))["next"]


Times = dict[str, list[list[float]]]
"""By what was asked, the seconds it took in each house, the smallest first."""


def measure(apps: Sequence[Flask], rounds: int) -> Times:
    """Ask everything in every house, one right after the other and each of them first in its turn."""
    asked = [targets(app) for app in apps]
    times: Times = {name: [[] for _ in apps] for name in asked[0]}
    for round_ in range(-WARM_UP, rounds):
        gc.collect()
        gc.disable()
        for name in asked[0]:
            for step in range(len(apps)):
                at = (round_ + step) % len(apps)
                addresses = asked[at][name]
                took, _ = ask(apps[at], addresses[round_ % len(addresses)])
                if round_ >= 0:
                    times[name][at].append(took)
        gc.enable()
    return times


@dataclass(frozen=True)
class Growth:
    """p50 of one request in every house, the smallest first, in milliseconds."""

    name: str
    database: str
    p50: Sequence[float]

    @property
    def ratio(self) -> float:
        """How many times as long it takes, at most, as in the smallest house."""
        return max(self.p50[1:]) / self.p50[0]

    @property
    def verdict(self) -> str:
        return verdict(self.ratio <= MOST_GROWTH)


def growths(sizes: Sequence[int], databases: Sequence[str], rounds: int, say: Callable[[str], None]) -> list[Growth]:
    """Fill houses of these sizes on these databases, and measure."""
    found = []
    for database in databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nejat-bench-")))
            server = stack.enter_context(running_postgres()).get_uri() if database == "postgresql" else ""
            apps = []
            for size in sizes:
                url = stack.enter_context(postgres_database(server)) if server else ""
                apps.append(stack.enter_context(house_of(folder / str(size), url, size)))
                say(f"{DATABASES[database]}: a house of {size:,} documents")
            for name, times in measure(apps, rounds).items():
                found.append(Growth(name, DATABASES[database], [median(each) * 1000 for each in times]))
                if found[-1].verdict == MISSED:
                    lines = [f"{ms:.2f} ms among {size:,}" for ms, size in zip(found[-1].p50, sizes, strict=True)]
                    lines += profile(apps[-1], targets(apps[-1])[name], rounds)
                    tell_profile(f"growth: {name}", DATABASES[database], lines)
    return found


def rows(
    largest: int = 100_000,
    databases: Sequence[str] = tuple(DATABASES),
    rounds: int = ROUNDS,
    *,
    say: Callable[[str], None] = print,
) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    sizes = [size for size in SIZES if size <= largest]
    for each in growths(sizes, databases, rounds, say):
        target = f"p50 at most {MOST_GROWTH} × from {sizes[0]:,} to {sizes[-1]:,} documents"
        yield f"growth: {each.name}", each.database, target, f"{each.ratio:.2f} ×", each.verdict


def main() -> int:
    """Print the report; 1 where anything grows more than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, default=100_000, choices=SIZES[1:], help="documents (default: 100000)")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    asked = parser.parse_args()
    sizes = [size for size in SIZES if size <= asked.largest]
    databases = list(DATABASES) if asked.database == "both" else [asked.database]
    found = growths(sizes, databases, asked.rounds, print)
    shown = [
        [each.name, each.database, *(f"{ms:.2f}" for ms in each.p50), f"{each.ratio:.2f}", each.verdict]
        for each in found
    ]
    print("\nMilliseconds at the median, by documents of the edition.\n")
    print(table(["request", "database", *(f"{size:,}" for size in sizes), "growth", f"<= {MOST_GROWTH}"], shown))
    return 1 if any(each.verdict != "ok" for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
