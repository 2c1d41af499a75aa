"""How long a thread of 500 comments takes beside one of 10: `python -m bench.threads`.

Both threads lie in one house, under a text each, and are asked for in turn, so that whatever else the machine does
meanwhile befalls both. Exits with 1 where the long one takes another statement than the short one.
"""

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

from flask import Flask

from bench.report import Row, report, verdict
from bench.running import DATABASES, place_of
from bench.search import ask
from nejat_cms.community.actions.moderating import recount
from nejat_cms.community.actions.sending import keep_comment
from nejat_cms.community.models import Comment
from nejat_cms.community.rules import CommentStatus
from nejat_cms.content.actions.saving import create_article
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.db import atomic
from nejat_cms.editions.actions import create_edition
from nejat_cms.permissions import SYSTEM
from tests.factories import statements
from tests.servers import house_over

SHORT, LONG = 10, 500
ROUNDS = 200
DEPTH = 8
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@atomic
def open_edition() -> None:
    create_edition(SYSTEM, "en", comments={"enabled": True, "max_depth": DEPTH})


@atomic
def discuss(comments: int) -> str:
    """Publish a text with one thread of so many comments, as deep as one may be; answers where they are read."""
    variant = create_article(SYSTEM, "article", "en", {"title": f"{comments} comments"})
    publish_variant(SYSTEM, variant.article_id, "en", version=variant.version)
    _fill(variant.id, comments)
    recount(variant.id)
    return f"/v1/en/articles/{variant.slug}/comments"


def _fill(variant_id: UUID, comments: int) -> None:
    thread: list[Comment] = []
    for number in range(comments):
        above = next((one for one in reversed(thread[: max(1, number // 2)]) if one.depth < DEPTH), None)
        thread.append(
            keep_comment(
                variant_id,
                "en",
                above,
                name="Reader",
                email=f"reader{number}@reader.example",
                text=f"Number {number}. " + "What is said takes a few lines, as it does among people. " * 4,
                status=CommentStatus.APPROVED,
                at=FIRST + timedelta(minutes=number),
            )
        )


def measure(app: Flask, paths: Sequence[str], rounds: int) -> list[float]:
    """Milliseconds at the median, for each path."""
    times: list[list[float]] = [[] for _ in paths]
    for _ in range(rounds):
        for path, taken in zip(paths, times, strict=True):
            gc.collect(0)
            taken.append(ask(app, path)[0])
    return [median(taken) * 1000 for taken in times]


def count(app: Flask, path: str) -> int:
    with statements(app) as sent:
        ask(app, path)
    return len(sent)


def rows(
    databases: Sequence[str] = tuple(DATABASES), rounds: int = ROUNDS, *, sizes: Sequence[int] = (SHORT, LONG)
) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    for name in databases:
        with place_of(name) as (folder, url), house_over(folder, url) as app:
            with app.app_context():
                open_edition()
                paths = [discuss(size) for size in sizes]
            short, long = measure(app, paths, rounds)
            taken = [count(app, path) for path in paths]
        what, fine = f"a thread of {sizes[1]} comments", taken[0] == taken[1]
        reached = f"{taken[1]}, {taken[0]} for {sizes[0]}"
        yield what, DATABASES[name], f"as many statements as one of {sizes[0]}", reached, verdict(fine)
        yield what, DATABASES[name], "", f"{long:.2f} ms, {long / short:.1f} × one of {sizes[0]} ({short:.2f} ms)", ""


def main() -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.threads", description=__doc__.partition("\n")[0])
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each is asked (default: {ROUNDS})")
    asked = parser.parse_args()
    databases = list(DATABASES) if asked.database == "both" else [asked.database]
    return report(rows(databases, asked.rounds))


if __name__ == "__main__":
    sys.exit(main())
