"""Lists are what they are defined to be, whichever way their rows are found: random houses, filters, pages."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from nejat_cms.content.actions.saving import create_article, create_variant
from nejat_cms.content.actions.stages import publish_variant, unpublish_variant
from nejat_cms.content.actions.terms import create_term
from nejat_cms.db import atomic, db, end_reading, utc_now
from nejat_cms.delivery.models import Document, DocumentTerm, TermPage
from nejat_cms.delivery.queries import lists
from nejat_cms.permissions import SYSTEM
from tests.newsroom import open_house, quick_client

LOCALES = ("en", "fa", "sq")
KINDS = ("article", "brief", "book", "page")
WORDS = ("Salt", "Sea", "Rare")


@dataclass(frozen=True)
class Filed:
    """A document, and the slugs of what it lies under, by the editions that have names for it."""

    row: Document
    terms: Mapping[str, set[tuple[str, str]]]

    @property
    def place(self) -> tuple[int, str]:
        return self.row.published_us, self.row.variant_id.hex


def furnish(app: Flask, rng: random.Random, count: int) -> None:
    """A house of so many articles: some in every edition, of any kind, many at one moment; some were withdrawn."""
    open_house(app, *LOCALES)
    start = utc_now() - timedelta(days=400)

    def run() -> None:
        top = create_term(SYSTEM, "section", {locale: {"name": f"Top {locale}"} for locale in LOCALES}).id
        below = create_term(SYSTEM, "section", {"en": {"name": "Below"}, "sq": {"name": "Poshtë"}}, parent=top).id
        for word in WORDS:
            create_term(SYSTEM, "tag", {locale: {"name": word} for locale in LOCALES})
        for number in range(count):
            article: UUID | None = None
            kind = rng.choice(KINDS)
            for locale in rng.sample(LOCALES, rng.randint(1, 3)):
                changes: dict[str, Any] = {
                    "title": rng.choice("abcd"),
                    "slug": f"{number}-{locale}",
                    "featured": rng.random() < 0.3,
                    "tags": rng.sample(WORDS[:2], rng.randint(0, 2)) + (["Rare"] if rng.random() < 0.1 else []),
                    "authors": [rng.choice(("Ana", "Bo"))] if rng.random() < 0.7 else [],
                    "translators": ["Ana"] if rng.random() < 0.2 else [],
                    "sections": rng.sample([top, below] if locale != "fa" else [top], rng.randint(0, 1)),
                    "published_at": start + timedelta(days=30 * rng.randrange(12)),
                }
                variant = (
                    create_article(SYSTEM, kind, locale, changes)
                    if article is None
                    else create_variant(SYSTEM, article, locale, changes)
                )
                article = variant.article_id
                publish_variant(SYSTEM, article, locale, version=variant.version)
                if rng.random() < 0.1:
                    unpublish_variant(SYSTEM, article, locale, version=variant.version)

    with app.app_context():
        atomic(run)()


def everything(app: Flask) -> list[Filed]:
    with app.app_context():
        pages = {}
        for page in db.session.scalars(select(TermPage)):
            pages[page.term_id, page.locale] = page.slug
        filed: dict[UUID, list[DocumentTerm]] = {}
        for term in db.session.scalars(select(DocumentTerm)):
            filed.setdefault(term.variant_id, []).append(term)
        documents = [
            Filed(
                row,
                {
                    locale: {
                        (term.role, pages[term.term_id, locale])
                        for term in filed.get(row.variant_id, ())
                        if (term.term_id, locale) in pages
                    }
                    for locale in LOCALES
                },
            )
            for row in db.session.scalars(select(Document))
        ]
        db.session.expunge_all()
        end_reading()
    return documents


def defined(documents: Sequence[Filed], locale: str, query: Mapping[str, str]) -> list[Filed]:
    """What api.md says a list is: for each article its own document or the first fallback's, filtered, in order."""
    steps = list(dict.fromkeys([locale, *(query["fallback"].split(",") if "fallback" in query else ())]))
    served: dict[UUID, Filed] = {}
    for step in reversed(steps):
        served |= {each.row.article_id: each for each in documents if each.row.locale == step}
    elsewhere = {(each.row.article_id, each.row.locale) for each in documents}

    def wanted(each: Filed) -> bool:
        row = each.row
        kinds = query["kind"].split(",") if "kind" in query else [kind for kind in KINDS if kind != "page"]
        tests = [row.kind in kinds]
        for name, role in (("section", "within"), ("tag", "tag"), ("author", "author"), ("translator", "translator")):
            if name in query:
                tests.append(any((role, slug) in each.terms[locale] for slug in query[name].split(",")))
        if "featured" in query:
            tests.append(row.featured == (query["featured"] == "true"))
        if "translated_in" in query:
            tests.append((row.article_id, query["translated_in"]) in elsewhere)
        if "not_translated_in" in query:
            tests.append((row.article_id, query["not_translated_in"]) not in elsewhere)
        if "from" in query:
            tests.append(row.local_day.isoformat() >= query["from"])
        return all(tests)

    found = [each for each in served.values() if wanted(each)]
    if query["sort"] == "title":
        return sorted(found, key=lambda each: (each.row.title_key, each.place[1]))
    return sorted(found, key=lambda each: each.place, reverse=query["sort"].startswith("-"))


def any_query(rng: random.Random, day: str) -> dict[str, str]:
    def some(*words: str) -> str:
        return ",".join(rng.sample(words, rng.randint(1, len(words))))

    query = {"sort": rng.choice(("-published_at", "-published_at", "published_at", "title"))}
    offers = {
        "kind": some(*KINDS),
        "section": some("top-en", "top-fa", "below", "poshtë", "nothing"),
        "tag": some("salt", "sea", "rare", "nothing"),
        "author": some("ana", "bo"),
        "translator": some("ana", "nothing"),
        "featured": rng.choice(("true", "false")),
        "translated_in": rng.choice(LOCALES),
        "not_translated_in": rng.choice(LOCALES),
        "from": day,
    }
    query |= {name: offers[name] for name in rng.sample(list(offers), rng.choice((0, 0, 1, 1, 2, 3)))}
    if query["sort"] != "title" and rng.random() < 0.6:
        query["fallback"] = some(*LOCALES)
    return query


def walk(client: Any, path: str, rel: str) -> tuple[list[list[str]], str]:
    """The ids on each page from one page on, in the direction of its links, and where the last page is."""
    pages = []
    following: str | None = path
    while following:
        path = following
        answer = client.get(path).json
        pages.append([f"{item['id']} {item['locale']}" for item in answer["data"]])
        following = answer.get("links", {}).get(rel)
    return pages, path


@pytest.mark.parametrize("seed", range(2))
def test_a_list_is_what_it_is_defined_to_be(app: Flask, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    furnish(app, rng, 30)
    documents, client = everything(app), quick_client(app)
    day = (utc_now() - timedelta(days=250)).date().isoformat()
    lengths = set()
    for number in range(40):
        monkeypatch.setattr(lists, "TURNS", rng.choice((1, 2, 3)))
        monkeypatch.setattr(lists, "FEW", rng.choice((0, 1000)))
        monkeypatch.setattr(lists, "MOST_SOURCES", rng.choice((2, 100, 100)))
        locale, query = rng.choice(LOCALES), any_query(rng, day)
        expected = [f"{each.row.article_id} {each.row.locale}" for each in defined(documents, locale, query)]
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"/v1/{locale}/articles?{asked}&limit={rng.choice((1, 4, 7, 20))}"
        forward, last = walk(client, path, "next")
        assert [each for page in forward for each in page] == expected, (number, path)
        assert client.get(f"{path}&total=true").json["meta"]["total"] == len(expected), path  # type: ignore[index]
        if len(forward) > 1:
            assert walk(client, last, "prev")[0][::-1] == forward, path
        lengths.add(len(expected))
    assert len(lengths) > 10


def test_many_editions_to_fall_back_to_are_one_list(app: Flask) -> None:
    """More than could be read one after the other in one statement."""
    more = ("bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "he", "hr", "hu", "it", "lt", "lv", "nb", "nl")
    open_house(app, "en", "fa", *more)
    start = utc_now() - timedelta(days=9)
    ids = []
    with app.app_context():
        for number, locale in enumerate(("fa", *more)):
            changes = {"title": locale, "published_at": start + timedelta(hours=number)}
            variant = create_article(SYSTEM, "article", locale, changes)
            publish_variant(SYSTEM, variant.article_id, locale, version=variant.version)
            ids.append(f"{variant.article_id} {locale}")
    client = quick_client(app)
    fallback = ",".join(("fa", *more))
    for kinds in ("", "&kind=article", "&kind=" + ",".join(("article", "page", "video", "gallery", "book", "brief"))):
        pages = walk(client, f"/v1/en/articles?fallback={fallback}{kinds}&limit=4", "next")[0]
        assert [each for page in pages for each in page] == ids[::-1]
        assert all(len(page) == 4 for page, _ in pairwise(pages))
