import pytest

from nejat_cms.language.direction import locale_direction, text_direction


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
