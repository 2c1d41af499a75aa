"""What a reader types into a search box, and where a text answers it.

parse_query('"paper boats" -plastic river')   a phrase, a word that must not be there, a word
query.alternatives("en")                      for each word, the entries of an index of which one is enough
highlight(text, query, "en")                  the text with <mark> around what was found
snippets(text, query, "en")                   the pieces of a long text around what was found
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .errors import EmptyQueryError, LongQueryError
from .words import STEM, Word, joined, stem, words_in

QUERY_WORDS = 24
"""How many words a query may have."""

SNIPPET_CHARACTERS = 160
SNIPPETS = 3
SEARCHED_CHARACTERS = 50_000
"""How far into a text `snippets` looks."""

_ELLIPSIS = "…"

_QUOTES = '"«»“”„‟'
_PIECE = re.compile(rf"(?<!\S)(-?)[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?|([^\s{_QUOTES}]+)")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A search, in folded words.

    All of `words` must be there, and each of `phrases` as it stands; of `excluded`,
    words or phrases, none may be. `prefix` begins a word that is still being typed.
    """

    words: tuple[Word, ...]
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    prefix: str = ""

    @property
    def sequence(self) -> Phrase:
        """Every finished word that must be there, as a title could have them one after the other."""
        return (*(word.folded for word in self.words), *(word for phrase in self.phrases for word in phrase))

    def alternatives(self, locale: str) -> list[Phrase]:
        """For each finished word, the entries of an index (`words.index_form`) of which one is enough."""
        together = joined(self.words, as_typed=True)
        found = []
        for at, word in enumerate(self.words):
            stemmed = stem(word.folded, locale)
            found.append((stemmed, STEM + stemmed, *(entry for places, entry in together if at in places)))
        return found + [(word,) for phrase in self.phrases for word in phrase]


def parse_query(text: str, locale: str, *, prefix: bool = False) -> Query:
    """What somebody looks for: words, phrases in quotation marks of any kind, and what a hyphen before it excludes.

    With `prefix` the last word may be unfinished, unless a space or a mark follows it.
    A quotation mark that is never closed reaches to the end.

    Raises: EmptyQueryError when nothing is left to look for, LongQueryError for more than 24 words.
    """
    words: list[Word] = []
    phrases: list[Phrase] = []
    excluded: list[Phrase] = []
    unfinished = False
    for piece in _PIECE.finditer(text):
        sign, quoted, bare = piece.groups()
        found = list(words_in(bare if quoted is None else quoted, locale))
        unfinished = False
        if sign or (bare or "").startswith("-"):
            excluded.append(tuple(word.folded for word in found))
        elif quoted is not None:
            phrases.append(tuple(word.folded for word in found))
        elif found:
            words += found
            unfinished = prefix and piece.start() + found[-1].end == len(text)
    last = words.pop().folded if unfinished else ""
    query = Query(tuple(words), tuple(filter(None, phrases)), tuple(filter(None, excluded)), last)
    if not query.sequence and not query.prefix:
        raise EmptyQueryError(text)
    if len(query.sequence) + sum(map(len, query.excluded)) > QUERY_WORDS:
        raise LongQueryError(text, QUERY_WORDS)
    return query


def highlight(text: str, query: Query, locale: str) -> str | None:
    """The text as HTML, what was found in `<mark>`, all else escaped; None when nothing was."""
    marked = list(_found(text, query, locale))
    return _marked(text, 0, len(text), marked) if marked else None


def snippets(text: str, query: Query, locale: str) -> list[str]:
    """Up to three pieces of a long text around what was found first, as `highlight` shows them, in their order.

    Each has about 160 characters, begins and ends between words, and has an ellipsis
    where the text goes on. Only the first 50,000 characters are looked at.
    """
    text = text[:SEARCHED_CHARACTERS]
    shown: list[str] = []
    reached = 0
    marked: list[tuple[int, int]] = []
    for place in _found(text, query, locale):
        if marked and place[1] > marked[0][0] + SNIPPET_CHARACTERS * 3 // 4:
            shown.append(_snippet(text, reached, marked))
            reached, marked = marked[-1][1], []
            if len(shown) == SNIPPETS:
                return shown
        marked.append(place)
    return [*shown, _snippet(text, reached, marked)] if marked else shown


def _snippet(text: str, reached: int, marked: Sequence[tuple[int, int]]) -> str:
    first, last = marked[0][0], marked[-1][1]
    start = max(first - SNIPPET_CHARACTERS // 4, reached)
    end = min(max(start + SNIPPET_CHARACTERS, last), len(text))
    if start > reached:
        start = next((at + 1 for at in range(start, first) if text[at].isspace()), first)
    if end < len(text):
        end = next((at for at in range(end, last, -1) if text[at].isspace()), last)
    lead, more = _ELLIPSIS if start > 0 else "", _ELLIPSIS if end < len(text) else ""
    return lead + _marked(text, start, end, marked).strip() + more


def _marked(text: str, start: int, end: int, marked: Sequence[tuple[int, int]]) -> str:
    parts = []
    for first, last in marked:
        parts += [escape(text[start:first], quote=False), "<mark>", escape(text[first:last], quote=False), "</mark>"]
        start = last
    return "".join([*parts, escape(text[start:end], quote=False)])


def _found(text: str, query: Query, locale: str) -> Iterator[tuple[int, int]]:
    """Where a text has words of a query, in order: (start, end)."""
    wanted = {entry for alternatives in query.alternatives(locale) for entry in alternatives}
    before: Word | None = None
    for word in words_in(text, locale):
        pair = before is not None and before.folded + word.folded in wanted
        if pair and before is not None:
            yield before.start, word.end
        elif before is not None and _answers(before, query, wanted, locale):
            yield before.start, before.end
        before = None if pair else word
    if before is not None and _answers(before, query, wanted, locale):
        yield before.start, before.end


def _answers(word: Word, query: Query, wanted: set[str], locale: str) -> bool:
    stemmed = stem(word.folded, locale)
    if query.prefix and word.folded.startswith(query.prefix):
        return True
    return word.folded in wanted or stemmed in wanted or STEM + stemmed in wanted
