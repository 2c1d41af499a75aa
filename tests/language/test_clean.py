import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.clean import clean_text, has_forbidden, is_blank

ODD = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=[]),
        st.sampled_from("\u2066\u2067\u2068\u2069\u202a\u202e\u200c\u200d\u200e\ufeff\r\n\t \x85\u2028\u00a0a"),
    )
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  a  ", "a"),
        ("a\r\nb\u2028c\u2029d\x85e\tf\v\fg", "a b c d e f g"),
        ("a \u3000\u2003 b", "a b"),
        ("a\u202egnp.exe\u202c", "agnp.exe"),
        ("\ufeffa\u202a\u202b\u202db", "ab"),
        ("a\x00\x1b\x9fb\x7f", "ab"),
        ("a\ufdd0\uffff\U0010ffffb\ud800", "ab"),
        ("a\u2067b", "a\u2067b\u2069"),
        ("a\u2069b", "ab"),
        ("a \u2069 b", "a b"),
        ("\u2066a\u2067b\u2069", "\u2066a\u2067b\u2069\u2069"),
        ("\u2067کتاب\u2069 book", "\u2067کتاب\u2069 book"),
    ],
)
def test_what_could_deceive_or_break_goes(text: str, kept: str) -> None:
    assert clean_text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",
        "ه\u200d.ق.",
        "\u200fکتاب\u200e \u061c۱",
        "تأمین",  # decomposed or composed, as its author typed it
        "ta\u0301",
        "مَدرسةٌ",
        "10\u00a0km",
        "co\u00adoperate",
        "👩\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e007f",
    ],
)
def test_what_an_author_wrote_stays(text: str) -> None:
    assert clean_text(text) == text
    assert clean_text(text, multiline=True) == text


def test_lines_of_a_longer_text_stay_lines() -> None:
    text = "\n one\r\ntwo  \u2028\tthree\rfour\x85five\x0bsix \n"
    assert clean_text(text, multiline=True) == "one\ntwo  \n three\nfour\nfive\nsix"


def test_an_isolate_is_closed_at_the_end_of_its_line() -> None:
    assert clean_text("\u2067a\nb\u2069", multiline=True) == "\u2067a\u2069\nb"


@given(ODD, st.booleans())
def test_cleaning_twice_changes_nothing(text: str, multiline: bool) -> None:
    once = clean_text(text, multiline=multiline)
    assert clean_text(once, multiline=multiline) == once


@given(ODD, st.booleans())
def test_a_clean_text_has_no_controls_and_only_pairs_of_isolates(text: str, multiline: bool) -> None:
    clean = clean_text(text, multiline=multiline)
    assert not has_forbidden(clean)
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\ufeff\u2028\u2029\r\t")
    assert [char for char in clean if unicodedata.category(char) == "Cc"] == ["\n"] * clean.count("\n")
    for line in clean.split("\n"):
        depth = 0
        for char in line:
            depth += (char in "\u2066\u2067\u2068") - (char == "\u2069")
            assert depth >= 0
        assert depth == 0
    assert multiline or "\n" not in clean


def test_what_no_database_keeps_is_found() -> None:
    assert has_forbidden("a\x00")
    assert has_forbidden("\ud83d")
    assert has_forbidden("\udc00a")
    assert not has_forbidden("😀 \x01 کتاب")


def test_a_title_of_joiners_is_blank() -> None:
    assert all(is_blank(text) for text in ("", " \n\u00a0", "\u200c\u200d\u200f", "\u2067\u2069", "\u3164", "\u2800"))
    assert not any(is_blank(text) for text in ("a", "\u200cی", "😀", "۰", "."))
