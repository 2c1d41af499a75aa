"""What holds for every text: fixes leave the rest alone and no work behind, and time grows with the length."""

from itertools import pairwise
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.checks import FINDINGS_MOST, Finding, Passage, apply_fixes, check_text, checked_sheet
from nejat_cms.language.checks.albanian import WORDS
from nejat_cms.language.folding import fold

LOCALES = st.sampled_from(["fa", "ar", "sq", "en", "fa-AF", "ur", "ckb", "he", "ja"])
NUMBERINGS = st.sampled_from([None, "latn", "arab", "arabext", "beng"])
MARKS = st.text(
    alphabet=st.sampled_from(
        "abekoçëABPËp ,;?!.:()[]{}«»“”„\"'0123٤۱۲يكیکىةهـاولمنرشدوخ\u200c\u200d\u064b\u0670\u0654\u200f"
        "\u202a\u202e\u202c\u2066\u2067\u2069\n\t@#/`+-_﴿﴾\ufffc%"
    ),
    max_size=60,
)
PIECES = (
    "می", "نمی", " ها", "های", "ترین", " اند", "خواهم", "شود", "خانه", "کتاب", "في", "إلى", "مدرسة", "per", "eshte",
    "www.", "https://a.b", "a@b.c", " 12 ", "۱۲", "٣", "(", ")", "«", "»", "“", "”", "„", '"', ",", "?", "ـ", "ی",
    "\n", "\n\n", " ", "  ", "\u200c", "\u200c\u200c", "Python", "3.12", "1, 2", "2,500", " - ", " و ", "km", "«ي»",
    "كتاب", " ال", "لله", "ة", "پ", "[0, 1)", "\u2066", "\u2069",
)  # fmt: skip
WORDS_AND_MARKS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
TEXTS = MARKS | WORDS_AND_MARKS | st.text(max_size=40)


def fixes(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.fix is not None]


@given(TEXTS, LOCALES, NUMBERINGS)
def test_findings_are_in_order_and_lie_in_the_text(text: str, locale: str, numbering: str | None) -> None:
    found = check_text(text, locale, numbering=numbering)
    assert [(one.start, one.end) for one in found] == sorted((one.start, one.end) for one in found)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert one.fix != text[one.start : one.end]
        assert "\ufffc" in text or "\ufffc" not in (one.fix or "")


@given(TEXTS, LOCALES, NUMBERINGS)
def test_with_all_fixes_made_nothing_is_left_to_fix(text: str, locale: str, numbering: str | None) -> None:
    mended = apply_fixes(text, check_text(text, locale, numbering=numbering))
    assert fixes(check_text(mended, locale, numbering=numbering)) == []


@given(TEXTS, LOCALES, st.data())
def test_fixes_do_not_overlap_and_leave_the_rest_as_it_is(text: str, locale: str, data: st.DataObject) -> None:
    found = fixes(check_text(text, locale))
    for one, next_one in pairwise(found):
        assert one.end <= next_one.start
    some = [one for one in found if data.draw(st.booleans())]
    mended, at, end = apply_fixes(text, some), 0, 0
    for one in some:
        kept = text[end : one.start] + (one.fix or "")
        assert mended.startswith(kept, at)
        at, end = at + len(kept), one.end
    assert mended[at:] == text[end:]


@given(st.dictionaries(st.text(max_size=5), TEXTS, min_size=1, max_size=4), LOCALES)
def test_a_passage_finds_each_thing_in_the_text_it_stands_in(texts: dict[str, str], locale: str) -> None:
    passage = Passage(locale, texts)
    found = check_text(passage.whole, locale)
    located = list(passage.located(found))
    for (name, one), whole in zip(located, found, strict=True):
        assert 0 <= one.start < one.end <= len(texts[name])
        assert texts[name][one.start : one.end] == passage.whole[whole.start : whole.end]
        assert (one.code, one.fix) == (whole.code, whole.fix)


def test_a_quotation_may_end_in_a_later_text_of_its_passage() -> None:
    passage = Passage("fa", {"a": "گفت: «باغ", "b": "سبز", "c": "است» و رفت (", "d": ""})
    assert [(name, one.start) for name, one in passage.located(check_text(passage.whole, "fa"))] == [("c", 11)]
    assert list(Passage("fa", {}).located(check_text("", "fa"))) == []


# Much and hostile text ------------------------------------------------------------------------


def test_of_too_many_findings_the_most_severe_are_told() -> None:
    text = "يک  " * 150 + "باغ\u202b"
    found = check_text(text, "fa")
    assert len(found) == FINDINGS_MOST
    assert sum(one.severity == "error" for one in found) == 151
    assert found[-1].code == "bidi_control"
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_what_is_only_worth_knowing_hides_no_fault() -> None:
    found = check_text("دفتر\u200cها " * 300 + "باغ\u200c.", "fa")
    assert len(found) == FINDINGS_MOST
    assert (found[-1].code, found[-1].severity) == ("misplaced_zwnj", "warning")


def test_it_is_said_when_something_was_cut_though_what_is_told_became_fewer() -> None:
    sheet = checked_sheet("نـمـیخواهم " * FINDINGS_MOST, "fa")
    assert (len(sheet.findings()), sheet.cut) == (FINDINGS_MOST // 2, True)
    sheet = checked_sheet("نـمـیخواهم " * (FINDINGS_MOST // 2), "fa")
    assert (len(sheet.findings()), sheet.cut) == (FINDINGS_MOST // 2, False)
    assert checked_sheet("دفتر\u200cها " * (FINDINGS_MOST + 1), "fa").cut
    assert checked_sheet("باغ  سبز, " * (FINDINGS_MOST - 1), "fa").cut


HOSTILE = (
    "(", ")", ")«", "«", "“", "”", "„“", '"', ' "a', "\u200c", " \u200c", " ", "ـ", "بـ", "\u2066", "\u2066\n",
    "\u202b", "\u2069", "ب,", "ب»»", "»,", ",", " ها", "ب ها", "هها", " می خواهم", "می ", "ی", "یک", "1 ", "۱1",
    "1)", "a.", "a-", "-", "_", "www", "www.", "http:", "a@", "@", "a.b@", "+0 ", " +000000", "`", "` ", "﴿",
    "\u064b", "a", "e", "eshte ", "per se ", ":(", "\ufffc", "\n", "a\u0308", "😀", "1", "1.", "1, ", "1,111", "۱.1 - ",
    "a 1 ", "[1,", "[0, 1)", "«ي", "«ي»", '"ي" ', "«ال", "ال", "«لله ",
)  # fmt: skip
SHORT, LONG = 10_000, 40_000


def processor_time(piece: str, length: int, locale: str) -> float:
    begun = thread_time()
    check_text(piece * (length // len(piece)), locale)
    return thread_time() - begun


@pytest.mark.parametrize("locale", ["fa", "ar", "sq"])
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_whatever_is_repeated(piece: str, locale: str) -> None:
    """Of four times the text the work is four times as much; were it to grow with the square, sixteen times.

    It is the processor's time, and the least of several: what else goes on only adds to it.
    """
    short, long = [processor_time(piece, SHORT, locale)], [processor_time(piece, LONG, locale)]
    while min(long) >= 10 * min(short) and len(long) < 5:
        short.append(processor_time(piece, SHORT, locale))
        long.append(processor_time(piece, LONG, locale))
    assert min(long) < 10 * min(short)


# Words ----------------------------------------------------------------------------------------


def test_a_word_without_its_marks_is_no_other_word_of_the_list() -> None:
    assert len(WORDS) > 400
    for plain, right in WORDS.items():
        assert plain != right
        assert fold(plain) == fold(right)
        assert plain.isascii()
        assert plain not in WORDS.values()
