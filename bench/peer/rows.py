"""What the peer keeps of a work: the same text, terms and dates that ours keeps. Nothing here needs Django."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.corpus import Articles, Work
from bench.words import SECTIONS, TAGS

ARTICLES = 2_000
"""Each in four editions."""


@dataclass(frozen=True)
class PeerArticle:
    """The columns of a page, of the article it is, and what it is filed under by place in `words`."""

    locale: str
    page: dict[str, Any]
    article: dict[str, Any]
    section: int
    tags: tuple[int, ...]


def peer_articles(articles: Articles) -> Iterator[PeerArticle]:
    """Every article of a corpus in every edition."""
    for number in range(len(articles)):
        for work in articles.article(number):
            yield peer_article(work)


def peer_article(work: Work) -> PeerArticle:
    """One of them. Counterparts share a key, as Wagtail's own translations do."""
    page = {
        "title": work.title,
        "draft_title": work.title,
        "slug": work.slug,
        "translation_key": work.article_id,
        "live": True,
        "has_unpublished_changes": False,
    } | dict.fromkeys(("first_published_at", "last_published_at", "latest_revision_created_at"), work.published_at)
    article = {
        "kind": work.kind,
        "lead": work.lead,
        "body": "".join(f'<p data-block-key="b{at}">{text}</p>' for at, text in enumerate(work.body)),
        "date": work.published_at,
        "featured": work.featured,
        "authors": [],
    }
    return PeerArticle(work.locale, page, article, work.section, tuple(work.tags))


def term_names(kind: str) -> Iterator[tuple[str, int, str]]:
    """Every section or tag in every edition: its locale, its place, its name."""
    for place, names in enumerate({"section": SECTIONS, "tag": TAGS}[kind]):
        for locale, name in names.items():
            yield locale, place, name
