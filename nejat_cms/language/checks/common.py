"""Rules for every language: controls of direction, spaces, brackets and quotes."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.findings import Finding
from nejat_cms.language.checks.patterns import PLACEHOLDER

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
_BOUND = r"\s?(?:[-+−]?(?:\d{1,12}(?:[.,٫]\d{1,12})?|∞)|[^\W\d_])\s?"
_INTERVAL = re.compile(rf"[\[(]{_BOUND}[,;،؛]{_BOUND}[)\]]")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*\Z")
_FACE = re.compile(r"[:;=]-?\Z")


def unpaired(text: str, *, quotes: bool, mirrored: bool) -> Iterator[Finding]:
    """Brackets, and with `quotes` typographic quotes, that stand alone or cross another pair.

    “ closes a „ that is open (Albanian), else it opens; where quotes may be `mirrored` (Arabic
    script, CLDR's delimiters of ar) ” opens and “ closes as well. Not the bracket of `a)`, `1)` or
    `الف)` in an enumeration, nor those of a face :) or of an interval [0, 1). A quotation of several paragraphs
    may open each anew.
    """
    text = _INTERVAL.sub(lambda match: PLACEHOLDER * len(match[0]), text)
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
