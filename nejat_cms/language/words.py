"""The words of a text as a search index keeps them: cut once, folded, stemmed; index and query alike."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise

import Stemmer

from .canonical import canonical_locale
from .folding import fold
from .segments import words as pieces_of

WORDS_VERSION = 1
"""Raised whenever the same text would give other words: every index is made anew."""

WORD_MAX = 64
"""Longest word in code points; what is longer is cut."""

INDEX_CHARACTERS = 500_000
INDEX_WORDS = 100_000
"""How much of a text is indexed: so many code points, and so many words or code points of folded words."""

ENTRIES_BYTES = 600_000

STEMMERS = {"ar": "arabic", "en": "english", "fa": "persian"}
"""The languages with a stemmer, by their Snowball algorithms. None is kept for Albanian; a naive one would do harm."""

ZWNJ = "\u200c"
STEM = "~"
BESIDE = "|"

# What UAX 29 leaves within a word: apostrophes, and marks between letters or digits (`example.org`, `1,000`).
_PARTS = re.compile("[^\u200c'\u2018\u2019\u02bc\uff07.,:;_\u00b7\u2027\u060c\u066b\u066c]+")
_POSSESSIVE = re.compile("['\u2019\u02bc\uff07][sS]$")
# Written with a space, with ZWNJ or joined, as the writer likes: they are one word with their neighbour.
_PREFIXES = frozenset({"می", "نمی"})
_SUFFIXES = frozenset({"ها", "های", "هایی", "هایم", "هایت", "هایش", "هایمان", "هایتان", "هایشان", "تر", "ترین", "ترها"})
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")

_stemmers: dict[str, Stemmer.Stemmer] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Word:
    """A word where it stands: `text[start:end]`, folded. `glued`: ZWNJ alone parts it from the word before."""

    start: int
    end: int
    folded: str
    glued: bool = False


def words_in(text: str, locale: str) -> Iterator[Word]:
    """The words of a text in order, with their places in code points.

    ZWNJ and apostrophes part words, as spaces do; an English possessive is left out.
    What folds to several words (U+FDFA) gives them all in one place. Punctuation,
    symbols and emoji are no words.

    Source: UAX 29 word boundaries with CLDR's dictionaries; `folding.fold`.
    """
    start = 0
    for piece in pieces_of(text, locale):
        if piece.isspace():
            start += len(piece)
            continue
        bare = _POSSESSIVE.sub("", piece) if "s" in piece[-1:].lower() else piece
        for part in _PARTS.finditer(bare):
            for folded in _folded(part[0][: 4 * WORD_MAX]):
                glued = part.start() > 0 and bare[part.start() - 1] == ZWNJ
                yield Word(start + part.start(), start + part.end(), folded, glued)
        start += len(piece)


@lru_cache(maxsize=50_000)
def _folded(part: str) -> tuple[str, ...]:
    folded = fold(part)
    if not folded.isalnum():
        folded = "".join(char if _is_letter(char) else " " for char in folded)
    return tuple(word[:WORD_MAX] for word in folded.split() if not _is_mark(word[0]))


def _is_letter(char: str) -> bool:
    return char.isalnum() or _is_mark(char)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=50_000)
def stem(word: str, locale: str) -> str:
    """What forms of a word have in common: `books` and `book`, کتابها and کتاب. The word itself where nothing is known.

    `word` is folded, and so is the answer. Source: the Snowball stemmers.
    """
    language = canonical_locale(locale).partition("-")[0]
    if language not in STEMMERS:
        return word
    if language == "ar":
        word = _in_arabic_letters(word)
    with _lock:  # a stemmer keeps its word while it works
        stemmer = _stemmers.setdefault(language, Stemmer.Stemmer(STEMMERS[language]))
        stemmed: str = stemmer.stemWord(word)
    return fold(stemmed if len(stemmed) > 1 else word)


def _in_arabic_letters(word: str) -> str:
    """What folding took to be Persian, for a stemmer that knows Arabic alone.

    Without its article and the `و ب ك ف ل` before it, which Snowball leaves on short words (الحق, والسنة, بالقلم).
    """
    word = _ARABIC_ARTICLE.sub("", word).translate(_TO_ARABIC)
    return word[:-1] + "ة" if word.endswith("ه") else word


_TO_ARABIC = str.maketrans("یک", "يك")
# What is left must be a word: two letters, or three behind a letter that could be a word's own first; and
# neither الله, التي, الذي, الآن nor forms of والد and بالغ begin with an article.
_ARABIC_ARTICLE = re.compile("^(?:وال(?!د.$)|[بکف]ال(?=...)(?!غ)|لل(?=...)|ال)(?!له$|تی$|ذی$|ان$)(?=..)")


def joined(words: Sequence[Word], *, as_typed: bool = False) -> list[tuple[range, str]]:
    """What neighbours would be without the space or ZWNJ between them, with the places of the words in the list.

    In a text, where writers do without: two words of which one is a Persian prefix
    (می) or suffix (ها), and runs of words that ZWNJ parts, in pairs and whole. In a
    query, `as_typed`, any two words of Arabic script: somebody may have left out the
    space that the text lacks.
    """
    found = []
    for at, (before, after) in enumerate(pairwise(words)):
        if _affixed(before, after) or (as_typed and _is_arabic(before.folded) and _is_arabic(after.folded)):
            found.append(range(at, at + 2))
    starts = [at for at, word in enumerate(words) if not word.glued]
    found += [range(start, end) for start, end in pairwise([*starts, len(words)]) if end - start > 2]
    return [(places, "".join(words[at].folded for at in places)[:WORD_MAX]) for places in found]


def _affixed(before: Word, after: Word) -> bool:
    return after.glued or before.folded in _PREFIXES or after.folded in _SUFFIXES


def chains(words: Iterable[Word]) -> Iterator[list[Word]]:
    """The words of a text in lists, each as long as `joined` may join one to the next: most are alone."""
    chain: list[Word] = []
    for word in words:
        if chain and not _affixed(chain[-1], word):
            yield chain
            chain = []
        chain.append(word)
    if chain:
        yield chain


def _is_arabic(word: str) -> bool:
    return _ARABIC.search(word) is not None


def index_form(text: str, locale: str) -> str:
    """A text as it is looked through: ` word word | joined | ~stem `, each entry between spaces; "" without words.

    Words stand in their order, so that ` first second ` is in it when the text has
    this phrase. After them, each behind a bar: what `joined` says, and the stem, marked
    with `~`, of every word that differs from its own. What lies beyond `INDEX_CHARACTERS`
    and `INDEX_WORDS` is not in it.
    """
    words = list(_first(words_in(text[:INDEX_CHARACTERS], locale)))
    if not words:
        return ""
    entries = [word.folded for word in words]
    together = [word for _, word in joined(words)]
    stems = [STEM + stemmed for word in {*entries, *together} if (stemmed := stem(word, locale)) != word]
    beside = [part for entry in sorted({*together, *stems}) for part in (BESIDE, entry)]
    return " ".join(["", *entries, *beside, ""])


def _first(words: Iterable[Word]) -> Iterator[Word]:
    left = INDEX_CHARACTERS
    for word in islice(words, INDEX_WORDS):
        left -= len(word.folded) + 1
        if left < 0:
            return
        yield word


def index_entries(locale: str, forms: Iterable[str]) -> list[str]:
    """Every entry of these forms once, in order, each with its edition's mark: `fa:کتاب`.

    No more than 600,000 bytes of them: a PostgreSQL `tsvector` holds 1 MB.
    """
    entries: dict[str, None] = {}
    left = ENTRIES_BYTES
    for form in forms:
        for entry in form.split():
            marked = f"{locale}:{entry}"
            if entry == BESIDE or marked in entries:
                continue
            left -= len(marked.encode())
            if left < 0:
                return list(entries)
            entries[marked] = None
    return list(entries)
