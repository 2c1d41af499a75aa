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
_PARTS = re.compile("[^\u200c'\u2018\u2019\u02bc\uff07.,:;_\u00b7\u2027\u060c\u066b\u066c\u202f]+")
_THOUSANDS = ".,'\u2019\u066c\u060c\u00a0\u2009\u202f"
_POSSESSIVE = re.compile("['\u2019\u02bc\uff07][sS]$")
# Written with a space, with ZWNJ or joined, as the writer likes: they are one word with their neighbour.
PREFIXES = frozenset({"می", "نمی"})
_SUFFIXES = frozenset({"ها", "های", "هایی", "هایم", "هایت", "هایش", "هایمان", "هایتان", "هایشان", "تر", "ترین", "ترها"})
# Words of their own that many join: آنرا, اینکه, هیچکس, همچنین, and what makes compounds of any noun: کتابخانه.
_OPENERS = frozenset({"این", "ان", "همین", "همان", "هیچ", "هر", "هم", "چنان", "چون", "او", "بل"})
_SECONDS = frozenset(
    {
        "را",
        "که",
        "چه",
        "کس",
        "کسی",
        "یک",
        "کدام",
        "جا",
        "جای",
        "گاه",
        "گونه",
        "قدر",
        "طور",
        "وقت",
        "چنین",
        "چنان",
        "دیگر",
    }
)
_CLOSERS = frozenset(
    {"خانه", "نامه", "گاه", "گونه", "پذیر", "امیز", "شناس", "شناسی", "کننده", "سازی", "گذاری", "گیری", "بندی"}
)
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff]")

_stemmers: dict[str, Stemmer.Stemmer] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Word:
    """A word where it stands: `text[start:end]`, folded.

    `glued`: nothing parts it from the word before but ZWNJ, or what parts thousands from hundreds.
    """

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
    start, last = 0, Word(0, 0, "")
    for piece in pieces_of(text, locale):
        if piece.isspace():
            start += len(piece)
            continue
        bare = _POSSESSIVE.sub("", piece) if "s" in piece[-1:].lower() else piece
        for part in _PARTS.finditer(bare):
            for folded in _folded(part[0][: 4 * WORD_MAX]):
                first = start + part.start()
                glued = part.start() > 0 and bare[part.start() - 1] == ZWNJ
                glued = glued or (_is_number(folded) and _is_thousand(last, folded, text[last.end : first]))
                last = Word(first, start + part.end(), folded, glued)
                yield last
        start += len(piece)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _is_thousand(before: Word, folded: str, between: str) -> bool:
    groups = _is_number(before.folded) and len(before.folded) <= 3 == len(folded)
    return groups and len(between) == 1 and between in _THOUSANDS


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


@lru_cache(maxsize=50_000)
def forms(word: str, locale: str, *, in_text: bool = False) -> tuple[str, ...]:
    """The stems by which a word is found: its own, and that of its other spelling (مسئول and مسؤول, املاء and املا).

    Of an Arabic word `in_text`, also that without a `ل` or `ک` of its own before it: لحقوق is found by حقوق.
    """
    spellings = {word: None, _FINAL_HAMZA.sub("", _HAMZA_SEAT.sub("وو", word)): None}
    if in_text and canonical_locale(locale).partition("-")[0] == "ar" and _PROCLITIC.match(word):
        spellings[word[1:]] = None
    return tuple(dict.fromkeys(stem(spelling, locale) for spelling in spellings))


# ئ before و, folded; a last ء behind three letters, or it would make ما of ماء.
_HAMZA_SEAT = re.compile("(?<=.)یو(?=.)")
_FINAL_HAMZA = re.compile("(?:(?<=...)|(?<=شی))ء$")
# Snowball takes و ب ف away itself. Behind ل and ک four letters must be left: لجنة is no جنة, کبير no بئر.
_PROCLITIC = re.compile("[لک](?=....)")
_TO_ARABIC = str.maketrans("یک", "يك")
# What is left must be a word: two letters, or three where the letters before could be a word's own; and
# neither الله, التي, الذي, الآن nor forms of والد and بالغ begin with an article.
_ARABIC_ARTICLE = re.compile("^(?:وال(?!د.$)|بال(?!غ)|فال|کال(?=...)|لل(?=...)|ال)(?!له$|تی$|ذی$|ان$)(?=..)")


def joined(words: Sequence[Word], *, as_typed: bool = False) -> list[tuple[range, str]]:
    """What neighbours would be without the space or ZWNJ between them, with the places of the words in the list.

    In a text, where writers do without: two words of which one is a Persian prefix
    (می) or suffix (ها), that many join (آن را) or that ZWNJ parts; and whole runs of these.
    Numbers of thousands are only whole. A ی after ه is an ezafe: خانه‌ی is خانه too. In a
    query, `as_typed`, any two words of Arabic script: somebody may have left out the
    space that the text lacks.
    """
    pairs, ezafes = [], []
    for at, (before, after) in enumerate(pairwise(words)):
        both = as_typed and _is_arabic(before.folded) and _is_arabic(after.folded)
        if both or (_joins(before, after) and not _is_number(after.folded)):
            pairs.append(range(at, at + 2))
        if _is_ezafe(before, after):
            ezafes.append((range(at, at + 2), before.folded))
    starts = [at for at, word in enumerate(words) if at == 0 or not _joins(words[at - 1], word)]
    for start, end in pairwise([*starts, len(words)]):
        if end - start > 2 or (end - start == 2 and _is_number(words[end - 1].folded)):
            pairs.append(range(start, end))
    return [(places, "".join(words[at].folded for at in places)[:WORD_MAX]) for places in pairs] + ezafes


def run_together(words: Sequence[Word]) -> tuple[str, ...]:
    """The words with all joined that `joined` may join: the same phrase, in whichever of its spellings."""
    said: list[str] = []
    for at, word in enumerate(words):
        if at and _is_ezafe(words[at - 1], word):
            continue
        if at and _joins(words[at - 1], word):
            said[-1] = (said[-1] + word.folded)[:WORD_MAX]
        else:
            said.append(word.folded)
    return tuple(said)


def is_bound(before: Word, after: Word) -> bool:
    """Whether two words are one in every text: an index has them joined, however they were written there."""
    return _affixed(before, after) or (after.glued and _joined_by_many(before, after))


def _joins(before: Word, after: Word) -> bool:
    return after.glued or _affixed(before, after) or _joined_by_many(before, after)


def _affixed(before: Word, after: Word) -> bool:
    return before.folded in PREFIXES or after.folded in _SUFFIXES or _is_ezafe(before, after)


def _is_ezafe(before: Word, after: Word) -> bool:
    return after.folded == "ی" and before.folded[1:].endswith("ه")


def _joined_by_many(before: Word, after: Word) -> bool:
    opened = before.folded in _OPENERS and after.folded in _SECONDS
    return opened or (after.folded in _CLOSERS and _is_arabic(before.folded))


def chains(words: Iterable[Word]) -> Iterator[list[Word]]:
    """The words of a text in lists, each as long as `joined` may join one to the next: most are alone."""
    chain: list[Word] = []
    for word in words:
        if chain and not _joins(chain[-1], word):
            yield chain
            chain = []
        chain.append(word)
    if chain:
        yield chain


def _is_arabic(word: str) -> bool:
    return _ARABIC.search(word) is not None


def index_form(text: str, locale: str) -> str:
    """A text as it is looked through: ` word word | joined | ~stem | joinedword word `; "" without words.

    Words stand in their order, so that ` first second ` is in it when the text has
    this phrase. After them, each behind a bar: what `joined` says, and the stems, marked
    with `~`, of every word, those that differ from it (`forms`); and last the text once
    more, `run_together`, if that differs. What lies beyond `INDEX_CHARACTERS`
    and `INDEX_WORDS` is not in it.
    """
    words = list(_first(words_in(text[:INDEX_CHARACTERS], locale)))
    if not words:
        return ""
    entries = [word.folded for word in words]
    together = [word for _, word in joined(words)]
    stems = [
        STEM + form for word in {*entries, *together} for form in forms(word, locale, in_text=True) if form != word
    ]
    beside = [part for entry in sorted({*together, *stems}) for part in (BESIDE, entry)]
    canonical = run_together(words)
    again = [] if list(canonical) == entries else [BESIDE, *canonical]
    return " ".join(["", *entries, *beside, *again, ""])


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
