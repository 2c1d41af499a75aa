"""Rules for Farsi: the letters of an Arabic keyboard, and the ZWNJ between the parts of a word."""

import re
from collections.abc import Iterator

from nejat_cms.language.checks.common import straight_quotes
from nejat_cms.language.checks.findings import Finding, Severity
from nejat_cms.language.checks.patterns import LETTER, MARK, NEVER_JOINS, TATWEEL, ZWNJ

_ARABIC_LETTER = re.compile("[يك](?!\u0654)|ى(?!\u0670)|ة(?![ \u200c]?ال)")
_FARSI = {"ي": "ی", "ى": "ی", "ك": "ک"}
_QUOTED = re.compile('[«“][^«»“”"\n]*[»”]')
_QUOTE = re.compile("[«»“”\n]")
_FARSI_LETTER = re.compile("[پچژگکی]")
_START, _END = f"(?<![{LETTER}{MARK}{TATWEEL}{ZWNJ}])", f"(?![{LETTER}{MARK}])"
_ARABIC = re.compile(
    rf"[ةإ\u064c\u064d\u0652]|{_START}(?:أ|[وف]?(?:لله|هذ[اه]|ذلك|الذي|(?:في|التي|علي(?:كم|نا|ها|هم)){_END}))"
)
_LIKE_ARABIC = re.compile(rf"[\u064e\u064f]|{_START}[وفبكل]?ال(?!ان|بته)[{LETTER}]{{2}}")


def arabic_letters(text: str) -> Iterator[Finding]:
    """ي ى and ك, which Farsi writes ی and ک.

    A hamza of its own above ي makes ئ, and an alef above ى belongs to an Arabic spelling: both
    stay. ة is only worth knowing: it may stand for ه or for ت, or be right (دایرةالمعارف).
    In quotation marks they may be Arabic's own.
    """
    straight = [(one, other + 1) for one, other in straight_quotes(text)[0] if not _QUOTE.search(text, one, other)]
    at = 0
    for start, end in sorted([*(match.span() for match in _QUOTED.finditer(text)), *straight]):
        yield from _arabic_letters(text, at, start, "error")
        yield from _arabic_letters(text, start, end, _severity_within(text[start:end]))
        at = end
    yield from _arabic_letters(text, at, len(text), "error")


def _arabic_letters(text: str, start: int, end: int, severity: Severity) -> Iterator[Finding]:
    for match in _ARABIC_LETTER.finditer(text, start, end):
        fix = _FARSI.get(match[0]) if severity != "info" else None
        yield Finding("arabic_letter", match.start(), match.end(), severity if fix else "info", fix)


def _severity_within(quotation: str) -> Severity:
    """Surely Farsi, surely Arabic or a single letter that is spoken of («ي»), or neither.

    No sign may go by what a later rule mends: spaces, joiners, digits.
    """
    if _FARSI_LETTER.search(quotation):
        return "error"
    if len(quotation) == len("«ي»") or _ARABIC.search(quotation) or len(_LIKE_ARABIC.findall(quotation)) > 1:
        return "info"
    return "warning"


# Where a ZWNJ belongs --------------------------------------------------------------------------

_PRESENT = """
خواه کن شو گوی رو آی توان دان باش ده گیر بین نویس خوان رس رسان ساز گذار گذر مان افت پرداز آور بر زن کش یاب شناس
پرس فرست خر فروش نشین خواب آموز اندیش افزای گرد بخش پذیر کوش ترس خند شنو ایست پز چین کار دوز سوز ریز پوش آزمای
دار پیچ جوش گنج نام انجام خیز گزین سنج
"""
_PAST = """
خواست کرد شد گفت رفت آمد توانست دانست داد گرفت دید نوشت خواند رسید رساند ساخت گذاشت گذشت ماند افتاد پرداخت آورد
برد زد کشید یافت شناخت پرسید فرستاد خرید فروخت نشست خوابید آموخت اندیشید افزود گشت بخشید پذیرفت کوشید ترسید
خندید شنید ایستاد پخت چید کاشت دوخت سوخت ریخت پوشید آزمود داشت پیچید جوشید گنجید نامید انجامید برخاست گزید سنجید
"""
_VERB_FORMS = frozenset(
    {stem + ending for stem in _PRESENT.split() for ending in ("م", "ی", "د", "یم", "ید", "ند")}
    | {stem + ending for stem in _PAST.split() for ending in ("", "م", "ی", "یم", "ید", "ند")}
)
"""What follows می in the verbs that are used most. Not خوردن and نوشیدن: می is also wine."""
_OTHER_WORDS = frozenset({"دانی", "فروشی", "کارم", "کاری", "کارید", "نامی"})
"""Forms that make another word when می is joined to them directly: میدانی belongs to a square."""

_APART = re.compile(rf"(?<![{LETTER}{MARK}{TATWEEL}{ZWNJ}])(?:ن?می) ([{LETTER}]+)(?![{LETTER}{MARK}{TATWEEL}])")
_MAY = re.compile(r"(?:ماه|[0-9۰-۹٠-٩]) ?\Z")
_DIRECTLY = re.compile(rf"(?<![{LETTER}{MARK}{TATWEEL}{ZWNJ}])(ن?می)([{LETTER}]+)(?![{LETTER}{MARK}{TATWEEL}])")
_OF_PLURAL = "ها(?:ی(?:ی|م|ت|ش|مان|تان|شان)?|ست)?"
_SUFFIX = re.compile(rf" (?:{_OF_PLURAL}|ترین|اند|ایم|اید)(?![{LETTER}{MARK}{TATWEEL}{ZWNJ}])")
_WORD_BEFORE = re.compile(rf"[{LETTER}{MARK}]+\Z")
_NO_NOUNS = frozenset(["با", "از", "به", "که", "در", "تا", "را", "یا", "نه", "بله", "آره", "ای", "هان"])
_COPULA = frozenset({" اند", " ایم", " اید"})
_HEH_AND_PLURAL = re.compile(rf"(?<=[{LETTER}])(?<![ه{NEVER_JOINS}])ه(?={_OF_PLURAL}(?![{LETTER}{MARK}{TATWEEL}]))")


def missing_joiners(text: str) -> Iterator[Finding]:
    """A space where a part of the word before it begins: `کتاب ها`, `بزرگ ترین`, `رفته اند`.

    Where the letter before never joins, the part is simply joined to it. Not تر (also "wet"),
    ام (also in Arabic names) and ای (also a call).
    """
    for match in _SUFFIX.finditer(text):
        at = match.start()
        word = _WORD_BEFORE.search(text[max(0, at - 20) : at])
        if word is None or len(word[0]) < 2 or word[0] in _NO_NOUNS or word[0].endswith(("ها", "های")):
            continue
        if match[0] in _COPULA and not (word[0].endswith("ه") and len(word[0]) > 2):
            continue
        yield Finding("missing_zwnj", at, at + 1, "warning", "" if text[at - 1] in NEVER_JOINS else ZWNJ)


def parted_verbs(text: str) -> Iterator[Finding]:
    """می and نمی with a space before a form of a verb: `می خواهم`. Not the month: `ماه می`, `۱۲ می`."""
    for match in _APART.finditer(text):
        if match[1] in _VERB_FORMS and not _MAY.search(text[max(0, match.start() - 4) : match.start()]):
            yield Finding("missing_zwnj", match.start(1) - 1, match.start(1), "warning", ZWNJ)


def joined_parts(text: str) -> Iterator[Finding]:
    """می joined directly to a form of a verb (`میخواهم`), where that can be no other word."""
    for match in _DIRECTLY.finditer(text):
        if match[2] in _VERB_FORMS and (match[1] == "نمی" or match[2] not in _OTHER_WORDS):
            yield Finding("missing_zwnj", match.start(1), match.end(1), "warning", match[1] + ZWNJ)


def joined_plurals(text: str) -> Iterator[Finding]:
    """The plural joined directly to a word in ه: `خانهها`."""
    for match in _HEH_AND_PLURAL.finditer(text):
        yield Finding("missing_zwnj", match.start(), match.end(), "warning", "ه" + ZWNJ)
