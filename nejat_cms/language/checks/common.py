"""Rules for every language: controls of direction, spaces, brackets and quotes, digits."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.findings import Finding, Severity
from nejat_cms.language.checks.patterns import LETTER, PLACEHOLDER
from nejat_cms.language.locales import numbering_digits

_EMBEDDING = re.compile("[\u202a-\u202e]")
_ISOLATE = re.compile("[\u2066-\u2069]")
_ISOLATE_OR_LINE = re.compile("[\u2066-\u2069\n\u2029]")
_PDI = "\u2069"


def embeddings(text: str) -> Iterator[Finding]:
    """Embeddings and overrides, which can make a text read as another (Unicode TR36 §3; CVE-2021-42574)."""
    for match in _EMBEDDING.finditer(text):
        yield Finding("bidi_control", match.start(), match.end(), "error", "")


def isolates(text: str) -> Iterator[Finding]:
    """Isolates without their other half; the end of a line ends them all (TR9, BD9)."""
    if not _ISOLATE.search(text):
        return
    open_ones: list[int] = []
    for match in _ISOLATE_OR_LINE.finditer(text):
        if "\u2066" <= match[0] < _PDI:
            open_ones.append(match.start())
        elif match[0] == _PDI:
            if open_ones:
                open_ones.pop()
            else:
                yield Finding("bidi_control", match.start(), match.end(), "warning")
        else:
            yield from (Finding("bidi_control", start, start + 1, "warning") for start in open_ones)
            open_ones = []
    yield from (Finding("bidi_control", start, start + 1, "warning") for start in open_ones)


_DOUBLE_SPACE = re.compile(r"(?<=[^\n ]) {2,}(?=[^\n ])")


def double_spaces(text: str) -> Iterator[Finding]:
    """More than one space between two words; how a line is indented is its author's affair."""
    for match in _DOUBLE_SPACE.finditer(text):
        yield Finding("double_space", match.start(), match.end(), "warning", " ")


# Brackets and quotes ---------------------------------------------------------------------------

_CLOSES = {")": "(", "]": "[", "}": "{", "»": "«", "”": "“„", "“": "„"}
_OPENERS = "([{«“„"
_BRACKETS = re.compile(r"[()\[\]{}]")
_BRACKETS_AND_QUOTES = re.compile(r"[()\[\]{}«»“”„]")
_DEEPEST = 32
"""How many may be open at once; of more, the first is taken to be alone."""
_NUMBER_OR_FACE = re.compile(r"(?:(?:^|(?<=\s))(?:\d{1,3}|[^\W\d_]{1,2}|الف|[ivxIVX]{1,4})|[:;=]-?)\Z")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*\Z")
_FACE = re.compile(r"[:;=]-?\Z")


def unpaired(text: str, *, quotes: bool, mirrored: bool) -> Iterator[Finding]:
    """Brackets, and with `quotes` typographic quotes, that stand alone or cross another pair.

    “ closes a „ that is open (Albanian), else it opens; where quotes may be `mirrored` (Arabic
    script, CLDR's delimiters of ar) ” opens and “ closes as well. Not the bracket of `a)`, `1)` or
    `الف)` in an enumeration, nor that of a face :). A quotation of several paragraphs may open each anew.
    """
    closes = _CLOSES | {"“": "„”"} if mirrored else _CLOSES
    openers = _OPENERS + "”" if mirrored else _OPENERS
    alone: list[int] = []
    open_ones, places = "", list[int]()
    for match in (_BRACKETS_AND_QUOTES if quotes else _BRACKETS).finditer(text):
        char, at = match[0], match.start()
        depth = max(map(open_ones.rfind, closes.get(char, "\0")))
        if depth >= 0:
            alone += places[depth + 1 :]
            open_ones = open_ones[:depth]
            del places[depth:]
        elif char not in openers:
            if char != ")" or not _NUMBER_OR_FACE.search(text[max(0, at - 6) : at]):
                alone.append(at)
        elif char in "([{" or not open_ones.endswith(char) or not _LINE_START.search(text[max(0, at - 8) : at]):
            if len(places) == _DEEPEST:
                alone.append(places.pop(0))
                open_ones = open_ones[1:]
            open_ones += char
            places.append(at)
    faces = [at for at in places if text[at] == "(" and _FACE.search(text[max(0, at - 2) : at])]
    yield from (Finding("unbalanced", at, at + 1, "warning") for at in sorted({*alone, *places}.difference(faces)))


Pair = tuple[int, int]


def straight_quotes(text: str) -> tuple[list[Pair], list[int]]:
    """Where straight quotation marks stand in pairs, and where one stands alone.

    Neither: the mark of inches and seconds (5"), and one that opens a further paragraph of a quotation.
    """
    pairs: list[Pair] = []
    alone: list[int] = []
    opened = None
    at = text.find('"')
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        begins_word = (not before or before.isspace() or before in "([{«") and bool(after) and not after.isspace()
        if opened is None:
            if not before.isdigit() and before != PLACEHOLDER:
                opened = at
        elif not begins_word:
            pairs.append((opened, at))
            opened = None
        elif before not in ("", "\n"):
            alone.append(opened)
            opened = at
        at = text.find('"', at + 1)
    return pairs, alone if opened is None else [*alone, opened]


def all_in_pairs(text: str, pairs: list[Pair]) -> bool:
    """Whether there is no straight quotation mark but those in pairs; else which belong together is a guess."""
    return text.count('"') == 2 * len(pairs)


def lone_straight_quotes(text: str) -> Iterator[Finding]:
    """Straight quotation marks without their other half."""
    yield from (Finding("unbalanced", at, at + 1, "warning") for at in straight_quotes(text)[1])


# Digits ----------------------------------------------------------------------------------------

_SETS = ("latn", "arab", "arabext")
_NUMBER = re.compile("[0-9]+|[٠-٩]+|[۰-۹]+")
_LATIN = f"A-Za-z\u00c0-\u024f{PLACEHOLDER}"
_BETWEEN = r"[^\w\s]*\s?[^\w\s]*"
_NEAR = 12
_BESIDE = {
    letters: (re.compile(rf"[{letters}]{_BETWEEN}\Z"), re.compile(f"{_BETWEEN}[{letters}]"))
    for letters in (_LATIN, LETTER)
}


def foreign_digits(text: str, numbering: str, script: str) -> Iterator[Finding]:
    """Numbers in other digits than `numbering`: a warning where a text has both, else worth knowing.

    Of Arabic and Persian digits one is always a warning in a text of the other: it comes from another
    keyboard, and 4, 5 and 6 look different. Beside a word of another script than the text's a number
    is in that one's digits: `Python 3`, `A4`, `15 km`. Numbering systems beyond these three are let be.
    """
    if numbering not in _SETS:
        return
    digits = numbering_digits(numbering)
    zeros = {_zero(match) for match in _numbers(text, digits, script)}
    for match in _numbers(text, digits, script):
        if match[0][0] not in digits:
            other_keyboard = numbering != "latn" and not match[0].isascii()
            severity: Severity = "warning" if other_keyboard or len(zeros) > 1 else "info"
            fix = "".join(digits[int(digit)] for digit in match[0])
            yield Finding("mixed_digits", match.start(), match.end(), severity, fix)


def _numbers(text: str, digits: str, script: str) -> Iterator[re.Match[str]]:
    """Every number of the text's own, in whichever digits."""
    for match in _NUMBER.finditer(text):
        if match[0][0] in digits or not _belongs_to_neighbour(text, match, script):
            yield match


def _zero(match: re.Match[str]) -> int:
    """Which digits a number is in, by their zero."""
    return ord(match[0][0]) - int(match[0][0])


def _belongs_to_neighbour(text: str, match: re.Match[str], script: str) -> bool:
    if match[0].isascii() == (script != "Arab"):
        return False
    after, before = _BESIDE[_LATIN if match[0].isascii() else LETTER]
    return (
        after.search(text[max(0, match.start() - _NEAR) : match.start()]) is not None
        or before.match(text, match.end(), match.end() + _NEAR) is not None
    )
