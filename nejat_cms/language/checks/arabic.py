"""Rules for texts in the Arabic script, and those of Arabic's own letters."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.common import all_in_pairs, straight_quotes
from nejat_cms.language.checks.findings import Finding
from nejat_cms.language.checks.patterns import LETTER, MARK, NEVER_JOINS, TATWEEL, ZWNJ

# Spaces and joiners ----------------------------------------------------------------------------

_WORD = rf"\w{MARK}\ufffc"
_ENDS_PART = rf"{_WORD}»)\]”"
_GAP = re.compile(rf"[ {ZWNJ}]{{2,}}|(?<=[{NEVER_JOINS}]){ZWNJ}|(?<![{_ENDS_PART}]){ZWNJ}|{ZWNJ}(?![{_WORD}])")
_PART = re.compile(f"[{_WORD}]")
_END_OF_PART = re.compile(f"[{_ENDS_PART}]")


def gaps(text: str) -> Iterator[Finding]:
    """What parts two words, or joins two parts of one, and is neither one space nor one ZWNJ.

    A ZWNJ is misplaced beside a space and at the edge of a word. After a letter that never
    joins forward nobody sees it, so there it is only worth knowing. How a line is indented
    is its author's affair.
    """
    for match in _GAP.finditer(text):
        gap, start, end = match[0], match.start(), match.end()
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if before in ("", "\n") or after in ("", "\n"):
            if ZWNJ in gap:
                yield Finding("misplaced_zwnj", start, end, "warning", gap.replace(ZWNJ, ""))
        elif ZWNJ not in gap:
            yield Finding("double_space", start, end, "warning", " ")
        elif " " in gap:
            yield Finding("misplaced_zwnj", start, end, "warning", " ")
        elif not _END_OF_PART.match(before) or not _PART.match(after):
            yield Finding("misplaced_zwnj", start, end, "warning", "")
        elif len(gap) == 1:
            yield Finding("misplaced_zwnj", start, end, "info", "")
        else:
            yield Finding("doubled_zwnj", start, end, "warning", "" if before in NEVER_JOINS else ZWNJ)


_STRAY_TATWEEL = re.compile(rf"(?<=[{LETTER}{MARK}]){TATWEEL}+(?=[{LETTER}])")


def stray_tatweels(text: str) -> Iterator[Finding]:
    """Tatweel that stretches a word. Not that of هـ, of a prefix before a Latin word, or under a vowel mark."""
    for match in _STRAY_TATWEEL.finditer(text):
        yield Finding("stray_tatweel", match.start(), match.end(), "warning", "")


# Punctuation -----------------------------------------------------------------------------------

_ARABIC_SIGN = {",": "،", ";": "؛", "?": "؟"}
_LATIN_SIGNS = re.compile(
    rf"(?:[{LETTER}{MARK}{TATWEEL}] ?|[٠-٩۰-۹](?=[,;?]+(?:\s|$)))"
    r"((?:[»”\"')\]!.…؟،؛\u200c\u200e\u200f\u2069]*[,;?])+)"
)


def latin_punctuation(text: str) -> Iterator[Finding]:
    """Latin comma, semicolon and question mark after a word in Arabic script, and a space. Not within numbers."""
    for match in _LATIN_SIGNS.finditer(text):
        for at in range(match.start(1), match.end(1)):
            if text[at] in _ARABIC_SIGN:
                yield Finding("latin_punctuation", at, at + 1, "warning", _ARABIC_SIGN[text[at]])


_LETTER = re.compile(f"[{LETTER}]")


def straight_quotes_to_guillemets(text: str) -> Iterator[Finding]:
    """Straight quotation marks around words in Arabic script, which belong between « and ».

    Within « » they are let be. Unless all are in pairs, none is mended.
    """
    pairs, _ = straight_quotes(text)
    sure = all_in_pairs(text, pairs)
    depth, at = 0, 0
    for opened, closed in pairs:
        depth += text.count("«", at, opened) - text.count("»", at, opened)
        at = opened
        if depth <= 0 and _LETTER.search(text, opened, closed):
            for place, guillemet in ((opened, "«"), (closed, "»")):
                yield Finding("ascii_quotes", place, place + 1, "warning", guillemet if sure else None)


# Arabic ----------------------------------------------------------------------------------------

_PERSIAN_LETTER = re.compile(f"ک|ی(?=(?P<next>[{LETTER}{MARK}{TATWEEL}]?))")
_WORD_SO_FAR = re.compile(rf"(?<![{LETTER}{MARK}{TATWEEL}{ZWNJ}])[وف]?([{LETTER}]+)\Z")
_LONGEST = 12
_ALEF_ABOVE = "\u0670"
_ENDS_IN_YEH = frozenset({"في", "التي", "الذي", "هي", "أي", "لي", "بي", "كي", "إني", "أني", "لأني", "ذي"})
_ENDS_IN_ALEF = frozenset({"إلى", "حتى", "متى", "أخرى", "الأخرى", "إحدى", "كبرى", "الكبرى", "موسيقى", "الموسيقى"})


def persian_letters(text: str) -> Iterator[Finding]:
    """ک and ی of a Persian keyboard in Arabic.

    Within a word ی is ي. At its end it looks like ى but was probably meant as ي, and both make
    words (علي, على): without a vowel mark it is mended only in words that have one of the two.
    """
    for match in _PERSIAN_LETTER.finditer(text):
        at = match.start()
        if match[0] == "ک":
            fix: str | None = "ك"
        elif match["next"]:
            fix = "ى" if match["next"] == _ALEF_ABOVE else "ي"
        else:
            fix = _final(text[max(0, at - _LONGEST) : at])
        yield Finding("persian_letter", at, at + 1, "error", fix)


def _final(word: str) -> str | None:
    so_far = _WORD_SO_FAR.search(word.replace("ک", "ك").replace("ی", "ي"))
    for letter, words in (("ي", _ENDS_IN_YEH), ("ى", _ENDS_IN_ALEF)):
        if so_far and so_far[1] + letter in words:
            return letter
    return None
