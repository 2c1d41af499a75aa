import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.clean import clean_text
from nejat_cms.language.direction import Direction, isolated, locale_direction, opposite_direction, text_direction

FSI, PDI = "\u2068", "\u2069"
LINES = st.text().map(clean_text)
DIRECTIONS = st.sampled_from(["ltr", "rtl"])


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Drejtat", "ltr"),
        ("حقوق", "rtl"),
        ("עברית", "rtl"),
        ("«۱۲۳» – کتاب (book)", "rtl"),
        ("123 … book کتاب", "ltr"),
        ("\u200fbook", "rtl"),
        ("\u200eکتاب", "ltr"),
        ("\u061c1", "rtl"),
        ("", None),
        ("123 ١٢٣ 😀 …", None),
        ("\u0301", None),
        ("\u2067کتاب\u2069 book", "ltr"),  # what is isolated does not decide (TR9 P2)
        ("\u2068a\u2067b\u2069c\u2069 کتاب", "rtl"),
        ("\u2066book", None),
        ("\u2066book\nکتاب", "rtl"),  # a paragraph ends its isolates
        ("\u2069کتاب", "rtl"),
        ("\n\n123\nکتاب", "rtl"),
        ("\U0001e900", "rtl"),  # Adlam
    ],
)
def test_the_first_strong_letter_decides(text: str, direction: str | None) -> None:
    assert text_direction(text) == direction


@pytest.mark.parametrize(
    ("locale", "direction"),
    [
        ("en", "ltr"),
        ("sq", "ltr"),
        ("fa", "rtl"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("ckb", "rtl"),
        ("ku", "ltr"),
        ("az", "ltr"),
        ("az-Arab", "rtl"),
        ("ff-Adlm", "rtl"),
        ("dv", "rtl"),
    ],
)
def test_a_language_has_the_direction_of_its_script(locale: str, direction: str) -> None:
    assert locale_direction(locale) == direction


def test_an_editions_own_script_decides_over_the_languages() -> None:
    assert locale_direction("fa", "Latn") == "ltr"
    assert locale_direction("az", "Arab") == "rtl"
    assert locale_direction("ur", "Aran") == "rtl"
    assert locale_direction("fa", "Qaaa") == "ltr"


@pytest.mark.parametrize(
    ("text", "surrounding", "own", "shown"),
    [
        ("Bread", "rtl", None, f"{FSI}Bread{PDI}"),
        ("Bread", "ltr", None, "Bread"),
        ("نان", "ltr", None, f"{FSI}نان{PDI}"),
        ("«۱۲» نان", "ltr", None, f"{FSI}«۱۲» نان{PDI}"),
        ("Bukë (نان)!", "rtl", "ltr", f"{FSI}Bukë (نان)!{PDI}"),
        ("Bukë (نان)!", "rtl", "rtl", "Bukë (نان)!"),  # a Farsi title that begins with a foreign name
        ("Bukë (نان)!", "rtl", None, "Bukë (نان)!"),
        ("Bread", "rtl", "rtl", f"{FSI}Bread{PDI}"),
        ("12 …", "rtl", "ltr", "12 …"),
        ("", "rtl", "ltr", ""),
        (f"{FSI}Bread{PDI}", "rtl", "ltr", f"{FSI}Bread{PDI}"),
    ],
)
def test_a_text_that_runs_the_other_way_is_isolated(
    text: str, surrounding: Direction, own: Direction | None, shown: str
) -> None:
    assert isolated(text, surrounding, own) == shown


@given(LINES, DIRECTIONS, st.none() | DIRECTIONS)
def test_isolating_twice_is_isolating_once(text: str, surrounding: Direction, own: Direction | None) -> None:
    once = isolated(text, surrounding, own)
    assert isolated(once, surrounding, own) == once
    assert once in (text, f"{FSI}{text}{PDI}")


@given(LINES, DIRECTIONS)
def test_only_what_runs_the_other_way_throughout_is_isolated(text: str, surrounding: Direction) -> None:
    against = text_direction(text) is not None and opposite_direction(text, surrounding) is not None
    assert (isolated(text, surrounding) != text) == against


@given(LINES, st.sampled_from(["نان", "bread"]))
def test_what_is_isolated_does_not_turn_what_stands_around_it(text: str, rest: str) -> None:
    shown = isolated(text, "rtl", "ltr")
    assert text_direction(shown) is None
    assert text_direction(f"{shown} {rest}") == text_direction(rest)


@pytest.mark.parametrize(
    ("text", "surrounding", "direction"),
    [
        ("To be, or not to be?", "rtl", "ltr"),
        ("«بودن یا نبودن» ۱۲", "ltr", "rtl"),
        ("Python زبان است", "rtl", None),
        ("زبان Python", "rtl", None),
        ("To be", "ltr", None),
        ("12 – ۱۲ …", "rtl", None),
        ("", "rtl", None),
    ],
)
def test_a_text_runs_the_other_way_when_all_of_it_does(
    text: str, surrounding: Direction, direction: Direction | None
) -> None:
    assert opposite_direction(text, surrounding) == direction


@given(LINES, DIRECTIONS)
def test_what_runs_the_other_way_throughout_begins_so(text: str, surrounding: Direction) -> None:
    found = opposite_direction(text, surrounding)
    assert found is None or (found != surrounding and opposite_direction(text, found) is None)
