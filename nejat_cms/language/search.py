"""What a reader types into a search box, and where a text answers it.

parse_query('"paper boats" -plastic river')   a phrase, a word that must not be there, a word
query.alternatives("en")                      for each word, the entries of an index of which one is enough
highlight(text, query, "en")                  the text with <mark> around what was found
snippets(text, query, "en")                   the pieces of a long text around what was found
stands_in(form, query, "en")                  whether there is anything to show of a text, by its `index_form`
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from itertools import islice, pairwise

from .errors import EmptyQueryError, LongQueryError
from .words import PREFIXES, STEM, ZWNJ, Word, chains, forms, is_bound, joined, run_together, words_in

QUERY_WORDS = 24
"""How many words a query may have."""

SNIPPET_CHARACTERS = 160
SNIPPETS = 3
SEARCHED_CHARACTERS = 50_000
SEARCHED_WORDS = 10_000
"""How far into a text `snippets` looks."""

_ELLIPSIS = "…"

BEGUN = "*"
"""After an entry that is still being typed: any entry that begins so will do."""

_QUOTES = '"«»“”„‟＂'
_PIECE = re.compile(
    rf"(?<!\S)(-?)(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?|‹([^‹›]*)›|[‘‚]([^‘’]*)[‘’](?!\w))|([^\s{_QUOTES}]+)"
)
_INVISIBLE = str.maketrans("", "", "\u200e\u200f\u061c\u2066\u2067\u2068\u2069")
Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A search, in words.

    All of `words` must be there, and each of `phrases` as it stands; of `excluded`, folded
    words or phrases, none may be. `sequence` is every word that must be there, in
    the order they were typed; if `unfinished`, the last of `words` is its last and
    may be the beginning of one.
    """

    words: tuple[Word, ...]
    phrases: tuple[tuple[Word, ...], ...] = ()
    excluded: tuple[Phrase, ...] = ()
    sequence: tuple[Word, ...] = ()
    unfinished: bool = False

    def alternatives(self, locale: str) -> list[Phrase]:
        """For each word, the entries of an index (`words.index_form`) of which one is enough.

        One that ends in `*` stands for all that begin so.
        """
        together, kept = joined(self.words, as_typed=True), joined(self.words)
        last = len(self.words) - 1 if self.unfinished else None
        links = [at for at, pair in enumerate(pairwise(self.words)) if is_bound(*pair)]
        bound = {at for link in links for at in (link, link + 1)}
        found = []
        for at, word in enumerate(self.words):
            alone = [] if at in bound else [(range(at, at + 1), word.folded)]
            spellings = [*alone, *(one for one in together if at in one[0])]
            stemmed = [form for one in spellings if one in (*alone, *kept) for form in forms(one[1], locale)]
            entries = [entry for _, entry in spellings] + [mark + form for form in stemmed for mark in ("", STEM)]
            begun = [entry for places, entry in spellings if last in places]
            entries += [mark + entry + BEGUN for entry in begun for mark in ("", STEM)]
            found.append(tuple(dict.fromkeys(entries)))
        for phrase in self.phrases:
            together = joined(phrase)
            for at, word in enumerate(phrase):
                entries = [word.folded, *(entry for places, entry in together if at in places)]
                if at == 0 and len(phrase) > 1 and _is_arabic(locale):
                    entries += [STEM + form for form in forms(word.folded, locale)]
                found.append(tuple(dict.fromkeys(entries)))
        return found


def standing(phrase: Sequence[Word], locale: str) -> list[Phrase]:
    """The sequences of entries of which one must stand in a text that has this phrase.

    As it was typed, and with all joined that may be. In Arabic its first word may have
    a letter before it: "حقوق الإنسان" stands in لحقوق الإنسان.
    """
    typed, canonical = tuple(word.folded for word in phrase), run_together(phrase)
    found = [typed, canonical]
    if _is_arabic(locale):
        found += [(letter + typed[0], *typed[1:]) for letter in "وفبکل"]
        found += [("لل" + typed[0][2:], *typed[1:])] if typed[0].startswith("ال") else []
    return list(dict.fromkeys(found))


def _is_arabic(locale: str) -> bool:
    return locale.partition("-")[0] == "ar"


def parse_query(text: str, locale: str, *, prefix: bool = False) -> Query:
    """What somebody looks for: words, phrases in quotation marks of any kind, and what a hyphen before it excludes.

    With `prefix` the last word may be unfinished, unless a space or a mark follows it; a Persian prefix (می) always is.
    A quotation mark that is never closed reaches to the end (but ‘ and ‹ must be closed).

    Raises: EmptyQueryError when nothing is left to look for, LongQueryError for more than 24 words.
    """
    text = text.translate(_INVISIBLE)
    words: list[Word] = []
    phrases: list[tuple[Word, ...]] = []
    excluded: list[Phrase] = []
    sequence: list[Word] = []
    count, unfinished = 0, False
    for piece in _PIECE.finditer(text):
        sign, *quoted, bare = piece.groups()
        found = list(words_in(next((one for one in quoted if one is not None), bare or ""), locale))
        folded = tuple(word.folded for word in found)
        count += len(found)
        unfinished = False
        if sign or (bare or "").startswith("-"):
            excluded += dict.fromkeys((folded, run_together(found)))
            continue
        sequence += found
        if bare is None:
            phrases.append(tuple(found))
        elif found:
            words += found
            rest = text[piece.start() + found[-1].end :].strip(ZWNJ)
            unfinished = prefix and (not rest or (rest.isspace() and found[-1].folded in PREFIXES))
    if not sequence:
        raise EmptyQueryError(text)
    if count > QUERY_WORDS:
        raise LongQueryError(text, QUERY_WORDS)
    return Query(tuple(words), tuple(filter(None, phrases)), tuple(filter(None, excluded)), tuple(sequence), unfinished)


def highlight(text: str, query: Query, locale: str) -> str | None:
    """The text as HTML, what was found in `<mark>`, all else escaped; None when nothing was."""
    marked = list(_found(text, query, locale))
    return _marked(text, 0, len(text), marked) if marked else None


def stands_in(form: str, query: Query, locale: str) -> bool:
    """Whether a text has any word of a query, told by its `index_form`: where it has none, it need not be cut."""
    wanted, begun = _wanted(query, locale)
    return any(f" {entry} " in form for entry in wanted) or any(f" {entry}" in form for entry in begun)


def snippets(text: str, query: Query, locale: str, *, most: int = SEARCHED_WORDS) -> list[str]:
    """Up to three pieces of a long text around what was found first, as `highlight` shows them, in their order.

    Each has about 160 characters, begins and ends between words, and has an ellipsis
    where the text goes on. Only the first 50,000 characters and the first `most` words
    are looked at, and none after what is shown.
    """
    text = text[:SEARCHED_CHARACTERS]
    shown: list[str] = []
    reached = 0
    marked: list[tuple[int, int]] = []
    for place in _found(text, query, locale, most):
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


@lru_cache(maxsize=100)
def _wanted(query: Query, locale: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The entries that may be there, and the beginnings of entries."""
    entries = [entry for alternatives in query.alternatives(locale) for entry in alternatives]
    begun = tuple(entry.removesuffix(BEGUN) for entry in entries if entry.endswith(BEGUN))
    return frozenset(entry for entry in entries if not entry.endswith(BEGUN)), begun


def _found(text: str, query: Query, locale: str, most: int | None = None) -> Iterator[tuple[int, int]]:
    """Where the first `most` words of a text answer a query, in order: (start, end). None overlaps another."""
    start = end = 0
    for first, last in _marks(islice(words_in(text, locale), most), *_wanted(query, locale), locale):
        if first >= end and end:
            yield start, end
        start, end = (first if first >= end else start), max(last, end)
    if end:
        yield start, end


def _marks(
    words: Iterable[Word], wanted: frozenset[str], begun: tuple[str, ...], locale: str
) -> Iterator[tuple[int, int]]:
    @cache
    def answers(entry: str) -> bool:
        stems = forms(entry, locale, in_text=True)
        marked = [entry, *(STEM + form for form in stems)]
        return not wanted.isdisjoint((*marked, *stems)) or any(one.startswith(begun) for one in marked)

    for chain in chains(words):
        entries = [(range(at, at + 1), word.folded) for at, word in enumerate(chain)] + joined(chain)
        for places, entry in sorted(entries, key=lambda found: found[0].start):
            if answers(entry):
                yield chain[places[0]].start, chain[places[-1]].end
