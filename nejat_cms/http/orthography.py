"""What a check of orthography found, in the reader's words: in answers, and among the warnings of a write."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from nejat_cms.errors import Message
from nejat_cms.language.checks import Code, Finding, Passage, check_text

WARNINGS_MOST = 50
"""How many findings a write tells, errors first. `POST /v1/manage/language/check` tells more."""

DETAILS: Mapping[Code, Message] = {
    "arabic_letter": _("An Arabic letter in a Farsi text."),
    "ascii_quotes": _("A straight quotation mark in the place of a typographic one."),
    "bidi_control": _("An invisible character that changes the direction of the text."),
    "doubled_zwnj": _("More than one zero-width non-joiner."),
    "double_space": _("More than one space."),
    "latin_punctuation": _("A Latin punctuation mark in Arabic script."),
    "misplaced_zwnj": _("A zero-width non-joiner in the wrong place."),
    "missing_diacritic": _("A word that is written with ë or ç."),
    "missing_zwnj": _("A zero-width non-joiner is missing between two parts of a word."),
    "mixed_digits": _("A number in other digits than those of this language or edition."),
    "persian_letter": _("A Persian letter in an Arabic text."),
    "stray_tatweel": _("A tatweel that stretches a word."),
    "unbalanced": _("A bracket or quotation mark without its other half."),
}


def shown_finding(finding: Finding) -> dict[str, Any]:
    """A finding as the API shows it, in the language of the request."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "start": finding.start,
        "end": finding.end,
        "fix": finding.fix,
        "detail": str(DETAILS[finding.code]),
    }


def orthography_warnings(passages: Iterable[Passage], numberings: Mapping[str, str]) -> list[dict[str, Any]]:
    """The errors, then the warnings of some texts, by JSON Pointers; what is only worth knowing is left out.

    `numberings`: the digits of the house's editions, by locale.
    """
    found = [
        (pointer, finding)
        for passage in passages
        for pointer, finding in passage.located(
            check_text(passage.whole, passage.locale, numbering=numberings.get(passage.locale))
        )
        if finding.severity != "info"
    ]
    found.sort(key=lambda one: one[1].severity != "error")
    return [{"pointer": pointer} | shown_finding(finding) for pointer, finding in found[:WARNINGS_MOST]]
