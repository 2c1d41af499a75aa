"""What an editor would mark in a text before it is printed: letters, joiners, punctuation, digits, direction.

    findings   Finding, and the sheet on which one rule after the other works
    passages   Passage: several texts that are checked as one
    patterns   letters and marks; what is no prose and let be
    common     rules for every language
    digits     numbers in other digits than the text's own
    arabic     for the Arabic script, and for Arabic
    persian    for Farsi
    albanian   for Albanian, with its words

A rule is a generator: text in, findings out, in order, in linear time. Nothing is
ever changed here: who wants the fixes makes them with `apply_fixes`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nejat_cms.language.checks import albanian, arabic, common, digits, persian
from nejat_cms.language.checks.findings import FINDINGS_MOST, Code, Finding, Severity, Sheet, apply_fixes
from nejat_cms.language.checks.passages import Passage
from nejat_cms.language.checks.patterns import PLACEHOLDER, without_opaque
from nejat_cms.language.locales import describe_locale

__all__ = [
    "FINDINGS_MOST",
    "PLACEHOLDER",
    "Code",
    "Finding",
    "Passage",
    "Severity",
    "apply_fixes",
    "check_text",
    "checked_sheet",
]

Rule = Callable[[str], Iterable[Finding]]

_SCRIPTS: Mapping[str, Sequence[Rule]] = {"Arab": [arabic.gaps, arabic.stray_tatweels]}
_LANGUAGES: Mapping[str, Sequence[Rule]] = {
    "ar": [arabic.persian_letters],
    "fa": [
        persian.arabic_letters,
        persian.missing_joiners,
        persian.parted_verbs,
        persian.joined_parts,
        persian.joined_plurals,
    ],
    "sq": [albanian.missing_diacritics],
}
_QUOTED_AS_HERE = frozenset({"ar", "en", "fa", "sq"})
"""Languages whose quotation marks are known to open as they do here: in others ” or » may open."""


def check_text(text: str, locale: str, *, numbering: str | None = None) -> list[Finding]:
    """What is worth looking at in a plain text of one language, by its place.

    `numbering` is a CLDR numbering system; without it, the locale's own. Errors are never
    right, warnings nearly never, of the rest an editor should know. Fixes do not overlap; with
    all of them made (`apply_fixes`), there is nothing left to fix. At most `FINDINGS_MOST`
    are told. Time grows with the length of the text.

    Persian and Arabic letters, digits and joiners are told apart by language, not by script:
    Urdu or Kurdish is checked for punctuation, spaces, brackets and controls alone.

    Raises: UnknownLocaleError.
    """
    return checked_sheet(text, locale, numbering=numbering).findings()


def checked_sheet(text: str, locale: str, *, numbering: str | None = None) -> Sheet:
    """The same, as the sheet that says as well whether anything was `cut`.

    Raises: UnknownLocaleError.
    """
    facts = describe_locale(locale)
    sheet = Sheet(text)
    sheet.take(common.embeddings(text))
    sheet.text = without_opaque(sheet.text)
    for rule in _rules(facts.language, facts.script, numbering or facts.numbering):
        sheet.take(rule(sheet.text))
    return sheet


def _rules(language: str, script: str, numbering: str) -> Iterator[Rule]:
    """In this order: what a rule mends is never work for one that came before it."""
    yield from _SCRIPTS.get(script, [common.double_spaces])
    yield from _LANGUAGES.get(language, [])
    yield lambda text: digits.foreign_digits(text, numbering, script)
    if script == "Arab":
        yield arabic.latin_punctuation
    yield lambda text: common.unpaired(text, quotes=language in _QUOTED_AS_HERE, mirrored=script == "Arab")
    yield common.lone_straight_quotes
    yield common.isolates
    if script == "Arab":
        yield arabic.straight_quotes_to_guillemets
    if language == "sq":
        yield albanian.straight_quotes_to_curly
