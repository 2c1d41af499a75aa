"""Houses full of documents, loaded in bulk, with the rows that publishing would have written.

    furnish   editions, sections and tags
    load      a corpus into several houses, each text rendered and cut into words once
    check     some works published for real: what was written then is what `load` would have written

Rows come from the functions that publishing uses. What search does not read is left out: articles and
their revisions, addresses, changes, month counts.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from sqlalchemy import insert, select

from bench.corpus import LOCALES, Articles, Work
from bench.words import SECTIONS, TAGS
from nejat_cms.content.actions.saving import create_article, create_variant
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.actions.terms import create_term
from nejat_cms.content.models import Variant
from nejat_cms.content.rules.freshness import ORIGINAL
from nejat_cms.content.rules.snapshots import Body, blank
from nejat_cms.db import atomic, db
from nejat_cms.delivery.actions.documents import body_columns, columns_of, present_mark
from nejat_cms.delivery.actions.faces import live_faces
from nejat_cms.delivery.actions.terms import recount_pages, write_names
from nejat_cms.delivery.models import Document, DocumentTerm, DocumentText, TermPage, now_us
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.delivery.rules.sitemaps import entry, part_size
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.fulltext import indexed
from nejat_cms.permissions import SYSTEM
from tests.newsroom import open_house

ARTICLES_AT_ONCE, AHEAD = 200, 4
Row = dict[str, Any]


@dataclass
class House:
    """An application, and the ids of its sections and tags in the order of `words`."""

    app: Flask
    sections: Sequence[UUID]
    tags: Sequence[UUID]
    documents: Counter[str] = field(default_factory=Counter)
    """How many were loaded, by edition."""


@dataclass(frozen=True)
class Rendered:
    """The rows of a document and of its words; what differs from house to house is added when they are written."""

    work: Work
    document: Row
    text: Row


def furnish(app: Flask) -> House:
    """Open the editions, sections and tags of an empty house."""
    open_house(app, *LOCALES)

    def make(type_: str, terms: Sequence[Mapping[str, str]]) -> list[UUID]:
        named = [{locale: {"name": name} for locale, name in term.items()} for term in terms]
        return [create_term(SYSTEM, type_, names).id for names in named]

    with app.app_context():
        return House(app, make("section", SECTIONS), make("tag", TAGS))


def load(articles: Articles, large: Sequence[House], small: Sequence[House]) -> None:
    """Write a whole corpus into the large houses, and the part of it that is shared into the small ones.

    Two processes render while this one writes.
    """
    with large[0].app.app_context():
        render = partial(_render, articles, _facts(), present_mark())
    starts = range(0, len(articles), ARTICLES_AT_ONCE)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        ahead = deque(pool.submit(render, start) for start in starts[:AHEAD])
        for start in [*starts[AHEAD:], *[None] * len(ahead)]:
            rows = ahead.popleft().result()
            if start is not None:
                ahead.append(pool.submit(render, start))
            shared = [row for row in rows if articles.shared(row.work)]
            for houses, theirs in ((large, rows), (small, shared)):
                for house in houses:
                    _write(house, theirs)
    for house in (*large, *small):
        with house.app.app_context():
            atomic(lambda: recount_pages(db.session.scalars(select(TermPage)).all()))()
            if db.engine.name == "postgresql":  # as its own autovacuum would soon
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM ANALYZE")


def _render(articles: Articles, facts: Mapping[str, EditionFacts], mark: str, start: int) -> list[Rendered]:
    numbers = range(start, min(start + ARTICLES_AT_ONCE, len(articles)))
    works = [list(articles.article(number)) for number in numbers]
    return [row for each in works for row in rendered(each, faces_of(each, facts), mark)]


def rendered(works: Sequence[Work], faces: Sequence[Face], mark: str) -> Iterator[Rendered]:
    """The rows of one article, edition by edition."""
    for work, face in zip(works, faces, strict=True):
        document = columns_of(face, faces, mark) | body_columns(face) | {"sitemap": entry(face, faces)}
        body = orjson.loads(document["body_text"])
        text = indexed(work.locale, title=face.title, lead=face.lead, body=body)
        variant_id = UUID(face.variant_id)
        yield Rendered(work, document | {"variant_id": variant_id}, text | {"variant_id": variant_id})


def filing(house: House, work: Work) -> list[tuple[str, int, UUID]]:
    """What a work is filed under: (role, position, term)."""
    section = house.sections[work.section]
    tags = [("tag", at, house.tags[tag]) for at, tag in enumerate(work.tags)]
    return [("section", 0, section), *tags, ("within", 0, section)]


def _write(house: House, rows: Sequence[Rendered]) -> None:
    if not rows:
        return
    terms = [
        {
            "variant_id": row.document["variant_id"],
            "role": role,
            "position": position,
            "term_id": term_id,
            "locale": row.work.locale,
        }
        for row in rows
        for role, position, term_id in filing(house, row.work)
    ]
    with house.app.app_context():
        size = part_size(facts.base_url for facts in _facts().values())
        db.session.rollback()

        def write() -> None:
            db.session.execute(insert(Document), [row.document | _sitemap(house, row.work, size) for row in rows])
            db.session.execute(insert(DocumentTerm), terms)
            db.session.execute(insert(DocumentText), [row.text for row in rows])
            write_names([row.document["variant_id"] for row in rows])

        atomic(write)()


def _sitemap(house: House, work: Work, size: int) -> Row:
    house.documents[work.locale] += 1
    return {"sitemap_part": (house.documents[work.locale] - 1) // size + 1, "sitemap_us": now_us()}


def faces_of(works: Sequence[Work], facts: Mapping[str, EditionFacts]) -> list[Face]:
    """The editions of one article as publishing would show them."""
    empty = blank()
    return [
        Face(
            article_id=str(work.article_id),
            variant_id=str(work.variant_id),
            kind=work.kind,
            edition=facts[work.locale],
            slug=work.slug,
            title=work.title,
            lead=work.lead,
            blocks=work.blocks,
            fields=empty["fields"],
            source=empty["source"],
            seo=empty["seo"],
            featured=work.featured,
            published_at=work.published_at,
            updated_at=work.published_at,
            freshness=ORIGINAL,
            revision=1,
        )
        for work in works
    ]


def _facts() -> dict[str, EditionFacts]:
    return {edition.locale: facts_of(edition) for edition in list_editions()}


# What publishing writes -----------------------------------------------------------------------


def check(house: House, articles: Iterable[Sequence[Work]]) -> int:
    """Publish articles in an empty house and compare every row; answers how many documents were compared.

    Raises: AssertionError where a column differs.
    """
    compared = 0
    with house.app.app_context():
        for works in articles:
            publish(house, works)
            compared += _compare(house, works)
            db.session.rollback()
    return compared


def publish(house: House, works: Sequence[Work]) -> None:
    """Write and publish an article, edition by edition, as a newsroom would."""
    article_id = None
    for work in works:
        variant = draft(house, work, article_id)
        article_id = variant.article_id
        publish_variant(SYSTEM, article_id, work.locale, version=variant.version)


def draft(house: House, work: Work, article_id: UUID | None = None) -> Variant:
    """Write what one edition says of a new article, or of this one."""
    changes = {
        "title": work.title,
        "lead": work.lead,
        "slug": work.slug,
        "body": Body(work.blocks),
        "sections": [house.sections[work.section]],
        "tags": [TAGS[tag][work.locale] for tag in work.tags],
        "featured": work.featured,
        "published_at": work.published_at,
    }
    if article_id is None:
        return create_article(SYSTEM, work.kind, work.locale, changes)
    return create_variant(SYSTEM, article_id, work.locale, changes)


def _compare(house: House, works: Sequence[Work]) -> int:
    article_id = db.session.scalars(
        select(Document.article_id).where(Document.locale == works[0].locale, Document.slug == works[0].slug)
    ).one()
    facts = _facts()
    live = {one.variant.locale: one.face for one in live_faces([article_id], facts).values()}
    faces = [live[work.locale] for work in works]
    for face, made in zip(faces, faces_of(works, facts), strict=True):
        ours = replace(made, article_id=face.article_id, variant_id=face.variant_id, updated_at=face.updated_at)
        assert face == ours, (face, ours)
    for row in rendered(works, faces, present_mark()):
        for model, wanted in ((Document, row.document), (DocumentText, row.text)):
            published = db.session.scalars(select(model).where(model.variant_id == wanted["variant_id"])).one()
            for name, value in wanted.items():
                kept = getattr(published, name)
                if name == "entries":  # each database gives them back in its own writing and order
                    assert sorted(kept.replace("'", "").split()) == sorted(value), kept
                else:
                    assert kept == value, (model, name, kept, value)
        filed = select(DocumentTerm.role, DocumentTerm.position, DocumentTerm.term_id)
        filed = filed.where(DocumentTerm.variant_id == row.document["variant_id"])
        assert sorted(map(tuple, db.session.execute(filed))) == sorted(filing(house, row.work))
    return len(works)
