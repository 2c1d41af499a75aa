"""Numbers in other digits than a text's own, each judged and mended as a whole."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.findings import Finding, Severity
from nejat_cms.language.checks.patterns import LETTER, PLACEHOLDER
from nejat_cms.language.locales import numbering_digits

_SETS = ("latn", "arab", "arabext")
_LATN = ord("0")
_DIGIT = "[0-9٠-٩۰-۹]"
_WHOLE = rf"{_DIGIT}++(?:[.,:/\\\-‐‑–—−٫٬×+*=^~_]{_DIGIT}++)*+"
_NUMBER = re.compile(_WHOLE)
_RUN = re.compile(rf"{_WHOLE}(?:(?:(?:(?<=[0-9]),)?[ \u00a0\u202f]| (?:[-–—/]|و|تا|یا|أو|إلى) ){_WHOLE})*+")
"""Numbers that go together: `15, 2026`, `10 – 12`, `10 و 11`."""
_THOUSANDS = re.compile(f"{_DIGIT}{{1,3}}(?:,{_DIGIT}{{3}})+")
_BETWEEN = r"[^\w\s]*\s?[^\w\s]*"
_NEAR = 12
_BESIDE = {
    arabic: (re.compile(rf"[{letters}]{_BETWEEN}\Z"), re.compile(f"{_BETWEEN}[{letters}]"))
    for arabic, letters in ((True, f"A-Za-z\u00c0-\u024f{PLACEHOLDER}"), (False, LETTER))
}
_ISOLATED = {
    arabic: re.compile(f"{isolate}[^\u2066-\u2069\n]*\u2069")
    for arabic, isolate in ((True, "\u2066"), (False, "\u2067"))
}


_Number = tuple[re.Match[str], set[int], bool]
"""A number, the zeros of its digits, and whether a word of another script stands beside it."""


def foreign_digits(text: str, numbering: str, script: str) -> Iterator[Finding]:
    """Numbers in other digits than `numbering`: a warning where a text has both, else worth knowing.

    Of Arabic and Persian digits one is always a warning in a text of the other: it comes from another
    keyboard, and 4, 5 and 6 look different. Let be, since they are right as they are: a number beside a word
    of another script than the text's, with those that go on from it (`Python 3.12`, `A320-200`,
    `January 15, 2026`); one in an isolate of the other direction; addresses, versions, ISBNs and dates of
    several dots or hyphens. 12.5 may be a version, too, so it is only worth knowing. Numbering systems beyond
    these three are let be.

    A number is mended whole, or not at all where its separators would be others as well.
    """
    if numbering not in _SETS:
        return
    digits = numbering_digits(numbering)
    own, arabic = ord(digits[0]), script == "Arab"
    text = _ISOLATED[arabic].sub(lambda match: PLACEHOLDER * len(match[0]), text)
    foreign, seen = list[_Number](), set[int]()
    for number in _numbers(text, own, arabic):
        seen |= number[1]
        if number[1] != {own}:
            foreign.append(number)
    for match, zeros, lent in foreign:
        other_keyboard = numbering != "latn" and not zeros <= {own, _LATN}
        severity: Severity = "warning" if other_keyboard or len(seen) > 1 else "info"
        if zeros == {_LATN} and "." in match[0]:
            severity = "info"
        fix = None if lent and len(zeros) > 1 else _converted(match[0], digits)
        yield Finding("mixed_digits", match.start(), match.end(), severity, fix)


def _numbers(text: str, own: int, arabic: bool) -> Iterator[_Number]:
    """Every number that is not let be."""
    for run in _RUN.finditer(text):
        for match in _NUMBER.finditer(text, run.start(), run.end()):
            zeros = {ord(digit) - int(digit) for digit in match[0] if digit.isdecimal()}
            lent = zeros != {own} and _beside(text, run, arabic)
            whole_lent = lent and len(zeros) == 1 and (_LATN in zeros) == arabic
            code = zeros == {_LATN} != {own} and max(match[0].count("."), match[0].count("-")) > 1
            if not (whole_lent or code):
                yield match, zeros, lent


def _beside(text: str, run: re.Match[str], arabic: bool) -> bool:
    """Whether a word of another script than the text's stands before the numbers or after them."""
    before, after = _BESIDE[arabic]
    return (
        before.search(text[max(0, run.start() - _NEAR) : run.start()]) is not None
        or after.match(text, run.end(), run.end() + _NEAR) is not None
    )


def _converted(number: str, digits: str) -> str | None:
    """The number in these digits, thousands parted as these part them; None where that is a guess."""
    if not digits.isascii() and _THOUSANDS.fullmatch(number):
        number = number.replace(",", "٬")
    if any(sign in number for sign in (".,٫٬" if digits.isascii() else ".,")):
        return None
    return number.translate(str.maketrans("".join(map(numbering_digits, _SETS)), digits * len(_SETS)))
