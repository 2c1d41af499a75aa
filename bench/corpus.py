"""Texts for benchmarks: as many as are asked for, always the same, with words whose frequency is known.

A word of rank r comes with a probability of 1/(r + 2.7), as in Zipf's and Mandelbrot's law: the first is in
nearly every text, and most are in next to none. Of ten documents eight are two articles in all
four editions and two are articles in one edition alone.

A smaller house is every so-manieth part of a larger one (`Articles.shared`), spread evenly over it, and only
articles of that part have planted words: so whatever asks for one has the same hits in both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from uuid import UUID

from bench.words import JOINER, PLANTED, SECTIONS, SHARED, TAGS, WORDS

LOCALES = tuple(WORDS)
SEED = 20_260_301
FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
SECONDS = 10 * 365 * 86_400
KINDS = ("article", "article", "article", "article", "brief")
ROUND, ROUND_DOCUMENTS, EVERYWHERE = 4, 10, 2
"""So many articles have so many documents; so many of them, the first ones, are in all editions."""
MANY_EVERY, WORD_EVERY = 10, 50
"""Of the shared part's articles in all four editions, how many share one with a planted word."""


@dataclass(frozen=True)
class Work:
    """What one edition says of an article."""

    article: int
    locale: str
    kind: str
    slug: str
    title: str
    lead: str
    body: Sequence[str]
    """Paragraphs."""
    section: int
    tags: Sequence[int]
    featured: bool
    published_at: datetime

    @property
    def article_id(self) -> UUID:
        return ordered_id(self.article, 0)

    @property
    def variant_id(self) -> UUID:
        return ordered_id(self.article, 1 + LOCALES.index(self.locale))

    @property
    def blocks(self) -> list[dict[str, str]]:
        return [{"id": f"b{at}", "type": "paragraph", "html": text} for at, text in enumerate(self.body)]


def ordered_id(number: int, place: int) -> UUID:
    """A UUIDv7, later for greater numbers, as a newsroom's own are."""
    return UUID(int=(1_500_000_000_000 + number) << 80 | 7 << 76 | 2 << 62 | place)


@dataclass(frozen=True)
class Articles:
    """As many articles as have `documents`, of which every `share`-th ten are the smaller house's."""

    documents: int
    share: int

    def __len__(self) -> int:
        return self.documents // ROUND_DOCUMENTS * ROUND

    def shared(self, work: Work) -> bool:
        """Whether it is in the smaller house too."""
        return work.article // ROUND % self.share == 0

    def article(self, number: int) -> Iterator[Work]:
        """What each edition says of one article."""
        round_, place = divmod(number, ROUND)
        everywhere = place < EVERYWHERE
        planted = round_ // self.share * 2 + place if everywhere and round_ % self.share == 0 else -1
        rng = Random(SEED + number)
        kind, section = rng.choice(KINDS), rng.randrange(len(SECTIONS))
        tags = sorted(rng.sample(range(len(TAGS)), 2))
        featured = rng.random() < 0.05
        published_at = FIRST_DAY + timedelta(seconds=rng.randrange(SECONDS))
        for locale in LOCALES if everywhere else (LOCALES[(round_ + place) % len(LOCALES)],):
            texts = [_title(rng, locale), _sentences(rng, locale, 2), *_paragraphs(rng, locale)]
            if planted >= 0:
                _plant(texts, locale, planted)
            title, lead, *body = texts
            slug = f"{locale}-{number}"
            yield Work(number, locale, kind, slug, title, lead, body, section, tags, featured, published_at)


class Everywhere(Articles):
    """As many articles as there are, each of them in all editions: of every four of a corpus the first two."""

    def __init__(self, articles: int) -> None:
        super().__init__(articles * ROUND_DOCUMENTS // EVERYWHERE, articles)

    def __len__(self) -> int:
        return self.documents // ROUND_DOCUMENTS * EVERYWHERE

    def article(self, number: int) -> Iterator[Work]:
        round_, place = divmod(number, EVERYWHERE)
        return super().article(round_ * ROUND + place)


def _title(rng: Random, locale: str) -> str:
    return _sentence(rng, locale, rng.randint(3, 7))


def _paragraphs(rng: Random, locale: str) -> list[str]:
    return [_sentences(rng, locale, rng.randint(2, 5)) for _ in range(rng.randint(2, 5))]


def _sentences(rng: Random, locale: str, count: int) -> str:
    return " ".join(_sentence(rng, locale, rng.randint(6, 14)) + "." for _ in range(count))


def _sentence(rng: Random, locale: str, length: int) -> str:
    words, frequency = vocabulary(locale)
    said = " ".join(rng.choices(words, cum_weights=frequency, k=length))
    return said[0].upper() + said[1:]


@cache
def vocabulary(locale: str) -> tuple[Sequence[str], Sequence[float]]:
    """The words of a language, the most frequent first, and the frequency of each with all before it."""
    words = WORDS[locale]
    pairs = [
        first + JOINER.get(locale, "") + second for first in words[15:] for second in words[15:] if first != second
    ]
    Random(SEED).shuffle(pairs)
    every = [*words, *pairs]
    return every, list(accumulate(1 / (rank + 2.7) for rank in range(1, len(every) + 1)))


def _plant(texts: list[str], locale: str, at: int) -> None:
    """Add planted words to the texts of an article by its place among those that have any."""
    planted = PLANTED[locale]
    if at % MANY_EVERY == 0:
        texts[_place(at // MANY_EVERY)] += f" {planted.many}"
    nth, rest = divmod(at, WORD_EVERY)
    if rest == 1:
        before = f"{common_word(locale)} " if nth % 8 < 4 else ""
        after = f" {planted.beside}" if nth % 4 < 2 else ""
        texts[_place(nth // 4)] += f" {before}{planted.form if nth % 2 else planted.word}{after}"
        if nth % 4 == 3:
            texts[-1] += f" {planted.beside}"
    if rest == 2:
        texts[_place(nth)] += f" {SHARED}"


def _place(nth: int) -> int:
    """The title, the lead or the first paragraph."""
    return (0, 1, 2, 2)[nth % 4]


def common_word(locale: str) -> str:
    """One that is in half of all texts."""
    return WORDS[locale][20]


def commonest_word(locale: str) -> str:
    """One that is in nearly every text."""
    return WORDS[locale][0]
