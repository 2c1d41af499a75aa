import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.folding import fold

UDHR = Path(__file__).resolve().parents[3] / "shared" / "data" / "udhr.json"


@pytest.mark.parametrize(
    "spellings",
    [
        ["می‌خواهم", "ميخواهم", "میخواهم", "مى\u200cخواهم"],
        ["کتاب", "كتاب", "کتـــاب", "كِتابٌ", "\ufedb\ufe98\ufe8e\ufe8f"],
        ["تأمین", "تا\u0654مین", "تامین", "تأمين"],
        ["کلیهٔ", "کلیۀ", "کلیه", "كلية", "کلیة"],
        ["مسؤول", "مسوول", "مسو\u0654ول"],
        ["مسئله", "مسیله", "مسي\u0654له"],
        ["أحمد", "احمد", "إحمد", "آحمد", "ٱحمد"],
        ["على", "علي", "علی", "علے"],
        ["مَدْرَسَة", "مدرسه"],
        ["٢٠٢٦", "۲۰۲۶", "2026", "２０２６", "২০২৬"],
        ["Të drejtat", "te drejtat", "TË DREJTAT", "Te\u0308  drejtat\n"],
        ["Çështje", "ceshtje", "C\u0327E\u0308SHTJE"],
        ["Straße", "STRASSE"],
        ["İstanbul", "istanbul", "ıstanbul"],
        ["Łódź", "lodz"],
        ["œuvre", "oeuvre"],
        ["co\u00adop", "coop"],
        ["\u202bکتاب\u202c", "\u2067کتاب\u2069"],
    ],
)
def test_spellings_a_reader_takes_to_be_the_same_fold_equal(spellings: list[str]) -> None:
    assert len({fold(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("پ", "ب"),
        ("چ", "ج"),
        ("ژ", "ز"),
        ("گ", "ک"),
        ("ق", "ک"),
        ("q", "ç"),
        ("ھ", "ه"),
        ("й", "и"),
        ("が", "か"),
        ("क़", "क"),
        ("कि", "क"),
        ("می خواهم", "می‌خواهم"),
    ],
)
def test_letters_of_their_own_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_keeps_words_apart_and_trims() -> None:
    assert fold("  یک\u00a0دو\n\tسه ") == "یک دو سه"
    assert fold("\u200c\u064b\u0640") == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(min_codepoint=0xC0, max_codepoint=0x6FF)))
def test_composed_and_decomposed_texts_fold_equal(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_every_letter_folds_to_itself_once_folded() -> None:
    unstable = [
        hex(code)
        for code in range(0x20000)
        if not 0xD800 <= code <= 0xDFFF and fold(fold(chr(code))) != fold(chr(code))
    ]
    assert unstable == []


@pytest.mark.skipif(not UDHR.exists(), reason="the shared texts are not beside this checkout")
def test_a_declaration_of_rights_folds_the_same_however_it_is_composed() -> None:
    declarations: list[dict[str, Any]] = json.loads(UDHR.read_text("utf-8"))
    for declaration in declarations:
        text = json.dumps(declaration, ensure_ascii=False)
        assert fold(text) == fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    persian = next(json.dumps(d, ensure_ascii=False) for d in declarations if d["lang"] == "fa")
    assert fold("تأمین") in fold(persian)
    albanian = next(json.dumps(d, ensure_ascii=False) for d in declarations if d["lang"] == "sq")
    assert "te drejtat" in fold(albanian)
