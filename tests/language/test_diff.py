from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language import diff
from nejat_cms.language.diff import DiffPart, graphemes, truncate_graphemes, word_diff
from nejat_cms.language.errors import UnknownLocaleError
from nejat_cms.language.segments import words

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.lists(
    st.sampled_from(["a", "b", "c", " ", "\n", "می‌خواهم", "،", "😀", "\u0301", "\u200c"]), max_size=60
).map("".join)


def shown(before: str, after: str, locale: str = "en") -> list[tuple[str, str]]:
    return [(part.op, part.visible) for part in word_diff(before, after, locale)]


def joined(parts: list[DiffPart], *ops: str) -> str:
    return "".join(part.text for part in parts if part.op in ops)


def test_a_changed_word_is_one_deletion_and_one_insertion() -> None:
    assert shown("the red house", "the green house") == [
        ("equal", "the "),
        ("delete", "red"),
        ("insert", "green"),
        ("equal", " house"),
    ]


def test_equal_texts_have_no_changes() -> None:
    assert shown("a b", "a b") == [("equal", "a b")]
    assert shown("", "") == []
    assert shown("", "a") == [("insert", "a")]
    assert shown("a", "") == [("delete", "a")]


def test_a_lost_joiner_can_be_seen() -> None:
    assert shown("من می‌خواهم", "من میخواهم", "fa") == [
        ("equal", "من "),
        ("delete", "می⟨ZWNJ⟩خواهم"),
        ("insert", "میخواهم"),
    ]
    assert shown("a\u200fb\u200e", "a\u00a0b", "en") == [("delete", "a⟨RLM⟩b⟨LRM⟩"), ("insert", "a⟨NBSP⟩b")]


def test_a_mark_that_is_the_difference_stands_on_a_circle() -> None:
    assert shown("مدرسة", "مَدرسة", "ar") == [("delete", "مدرسة"), ("insert", "م◌َدرسة")]
    assert shown("\u00e9", "e\u0301") == [("delete", "\u00e9"), ("insert", "e◌\u0301")]


def test_a_mark_without_a_letter_stands_on_a_circle() -> None:
    assert shown("a", "a \u0301") == [("equal", "a"), ("insert", " ◌\u0301")]
    assert shown("مَا", "هٰذا", "ar") == [("delete", "مَا"), ("insert", "هٰذا")]


def test_words_are_cut_as_the_language_cuts_them() -> None:
    assert list(words("می‌خواهم، بروم!", "fa")) == ["می‌خواهم", "،", " ", "بروم", "!"]
    assert list(words("😀 a", "en")) == ["😀", " ", "a"]
    assert shown("ภาษาไทย", "ภาษาลาว", "th")[0] == ("equal", "ภาษา")


@given(TEXTS, TEXTS)
def test_a_diff_holds_both_texts_in_order(before: str, after: str) -> None:
    parts = word_diff(before, after, "fa")
    assert joined(parts, "equal", "delete") == before
    assert joined(parts, "equal", "insert") == after
    assert all(part.text for part in parts)
    ops = [part.op for part in parts]
    assert all(one != other for one, other in pairwise(ops))
    assert ("insert", "delete") not in set(pairwise(ops))


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), max_size=30))
def test_no_diff_keeps_more(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)  # every character is a word or a space
    longest = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i, one in enumerate(before):
        for j, other in enumerate(after):
            best = max(longest[i][j + 1], longest[i + 1][j])
            longest[i + 1][j + 1] = longest[i][j] + 1 if one == other else best
    assert len(joined(word_diff(before, after, "en"), "equal")) == longest[-1][-1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 300_000, "b " * 300_000),
        ("a " * 300_000, " a" * 300_000),
        ("a\n" * 300_000, "b\na\n" * 150_000),
        (" ".join(str(n) for n in range(100_000)), " ".join(str(n) for n in reversed(range(100_000)))),
        ("x" * 600_000, "y" + "x" * 600_000),
        ("\u0301" * 300_000, "\u0302" * 300_000),
    ],
)
def test_long_and_hostile_texts_take_bounded_work(before: str, after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets: list[diff._Budget] = []

    class Counted(diff._Budget):
        def __init__(self) -> None:
            super().__init__()
            budgets.append(self)

    monkeypatch.setattr(diff, "_Budget", Counted)
    parts = word_diff(before, after, "en")
    assert joined(parts, "equal", "delete") == before
    assert joined(parts, "equal", "insert") == after
    longest = max(len(before), len(after))
    assert sum(diff.DIFF_STEPS - budget.steps for budget in budgets) <= 3 * diff.DIFF_STEPS + 4 * longest


def test_beyond_the_budget_lines_still_tell_what_changed() -> None:
    lines = [f"{n} " + "word " * 10 for n in range(3000)]
    changed = [
        *lines[:1000],
        "new line entirely",
        *lines[1000:2000],
        *(f"{n} other" for n in range(300)),
        *lines[2300:],
    ]
    parts = word_diff("\n".join(lines), "\n".join(changed), "en")
    assert joined(parts, "equal", "insert") == "\n".join(changed)
    assert parts[0].op == "equal"
    assert "new line entirely" in parts[1].text
    assert parts[2].op == "equal"
    assert parts[2].text.count("\n") >= 999


def test_an_unknown_locale_is_refused() -> None:
    with pytest.raises(UnknownLocaleError):
        word_diff("a", "b", "xx")


def test_characters_are_what_readers_call_so() -> None:
    assert graphemes("ne\u0301👩\u200d👧\r\n🇦🇱") == ["n", "e\u0301", "👩\u200d👧", "\r\n", "🇦🇱"]
    assert graphemes("") == []
    assert truncate_graphemes("ne\u0301", 2) == "n"
    assert truncate_graphemes("ne\u0301", 3) == "ne\u0301"
    assert truncate_graphemes("👩\u200d👧", 2) == ""


@given(TEXTS, st.integers(0, 40))
def test_cutting_never_parts_a_character(text: str, length: int) -> None:
    head = truncate_graphemes(text, length)
    assert text.startswith(head)
    assert len(head) <= length or head == text
    assert graphemes(text)[: len(graphemes(head))] == graphemes(head)
