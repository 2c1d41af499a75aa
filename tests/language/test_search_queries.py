"""What is typed into a search box, and how what it found is shown."""

from collections.abc import Sequence
from html import escape
from string import printable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nejat_cms.language.errors import EmptyQueryError, LongQueryError
from nejat_cms.language.search import (
    QUERY_WORDS,
    SEARCHED_CHARACTERS,
    SNIPPET_CHARACTERS,
    SNIPPETS,
    Query,
    highlight,
    parse_query,
    snippets,
)
from nejat_cms.language.words import index_form
from tests.language.finding import HOSTILE, finds, unmarked

Parsed = tuple[Sequence[str], Sequence[Sequence[str]], Sequence[Sequence[str]]]

LOCALES = st.sampled_from(["en", "ar", "fa", "sq"])
ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120)
TYPED = st.text(alphabet=st.sampled_from("abBتكکی ي\u200c-\"«»‘’‹›“”'*:|&!()\\~^.،؟\u200f\u202e😀𝓫ë"), max_size=80)
PIECES = """
    boat boats Paper snake_case example.org 1,250 Ç’është e\u0308 <b> <mark> </mark> &amp; & < > " ' … . 😀 👩‍👩‍👧 𝓫𝓸𝓪𝓽
    \u200f \u2067 \u2069 \u202e \u00ad کتاب کتاب‌ها می‌خواهم میخواهم پیش‌داوری‌ها كِتَابٌ والكتاب ﷺ
"""
SHOWN = st.lists(st.sampled_from([*PIECES.split(), " ", " ", " ", "\n"]), max_size=60).map("".join)
QUERIES = """
    boat|boats paper|"paper boat"|snake case|example|1 250|bo|k|amp mark|b|ç|eshte
    |کتاب|کتابها|می‌خواهم|ب|الله|پیشداوریها|پیش داوری
"""
LOOKED_FOR = st.sampled_from(QUERIES.split("|"))


def parsed(query: Query) -> Parsed:
    return (
        [word.folded for word in query.words],
        [[word.folded for word in one] for one in query.phrases],
        [list(p) for p in query.excluded],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("paper boats", (["paper", "boats"], [], [])),
        ("  Paper,\tBOATS! ", (["paper", "boats"], [], [])),
        ('"paper boats" river', (["river"], [["paper", "boats"]], [])),
        ('river "paper boats', (["river"], [["paper", "boats"]], [])),
        ("«paper boats» “old mill”", ([], [["paper", "boats"], ["old", "mill"]], [])),
        ("‹paper boats› ‘old mill’ ‚a b‘", ([], [["paper", "boats"], ["old", "mill"], ["a", "b"]], [])),
        ("‘til dawn", (["til", "dawn"], [], [])),
        ("the millers’ ‘old mill’", (["the", "millers"], [["old", "mill"]], [])),
        ('a"b c"', (["a", "b", "c"], [], [])),
        ("paper -boats", (["paper"], [], [["boats"]])),
        ("paper --boats -", (["paper"], [], [["boats"]])),
        ('paper -"old mill"', (["paper"], [], [["old", "mill"]])),
        ("paper -old-mill", (["paper"], [], [["old", "mill"]])),
        ("old-mill", (["old", "mill"], [], [])),
        ("\u200f-boats \u202bpaper\u202c", (["paper"], [], [["boats"]])),
        ("كتاب -می‌خواهم", (["کتاب"], [], [["می", "خواهم"], ["میخواهم"]])),
        ('a "" «» -"" "!"', (["a"], [], [])),
        ("a AND b OR NOT c*", (["a", "and", "b", "or", "not", "c"], [], [])),
    ],
)
def test_a_query_is_words_phrases_and_what_must_not_be_there(text: str, expected: Parsed) -> None:
    assert parsed(parse_query(text, "en")) == expected


def test_the_words_of_a_query_are_kept_in_the_order_they_were_typed() -> None:
    query = parse_query('"paper boats" old -new «river mill» dawn', "en")
    assert tuple(word.folded for word in query.sequence) == ("paper", "boats", "old", "river", "mill", "dawn")


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("paper bo", True),
        ("bo", True),
        ("کتاب‌", True),
        ("کتاب‌ه", True),
        ("paper bo ", False),
        ("paper bo!", False),
        ('"paper bo', False),
        ("paper -bo", False),
        ("miller's", False),
    ],
)
def test_the_last_word_may_be_unfinished(text: str, unfinished: bool) -> None:
    assert parse_query(text, "fa", prefix=True).unfinished == unfinished
    assert not parse_query(text + " a", "fa").unfinished


@pytest.mark.parametrize(
    "text", ["", " ", "-", '"', '""', "«»", "!?…", "-boats", '-"paper boats" -a', "\u200c\u064b", "😀"]
)
def test_a_query_without_a_word_that_must_be_there_is_empty(text: str) -> None:
    for prefix in (False, True):
        with pytest.raises(EmptyQueryError):
            parse_query(text, "en", prefix=prefix)


@pytest.mark.parametrize("form", ["{}", '"{}"', "a -{}", "x, {}"])
def test_a_query_has_no_more_than_24_words(form: str) -> None:
    spare = form.count("a") + form.count("x")
    joiner = " -" if "-" in form else " "
    fits = form.format(joiner.join(["b"] * (QUERY_WORDS - spare)))
    for prefix in (False, True):
        assert parse_query(fits, "en", prefix=prefix)
        with pytest.raises(LongQueryError) as caught:
            parse_query(fits.replace("b", "b b", 1) if joiner == " " else fits + " -b", "en", prefix=prefix)
        assert caught.value.most == QUERY_WORDS


@given(ANYTHING | TYPED, LOCALES, st.booleans())
@example("\x00\ud800", "en", False)
def test_whatever_is_typed_is_a_query_or_one_of_two_errors(text: str, locale: str, prefix: bool) -> None:
    try:
        query = parse_query(text, locale, prefix=prefix)
    except (EmptyQueryError, LongQueryError):
        return
    assert query.sequence
    assert all(query.excluded)
    for alternatives in query.alternatives(locale):
        assert alternatives
        for entry in alternatives:
            bare = entry.removeprefix("~").removesuffix("*")
            assert bare
            assert not set(bare) & set(printable) - set("abcdefghijklmnopqrstuvwxyz0123456789"), entry


@given(TYPED, LOCALES)
def test_an_unfinished_word_finds_what_the_finished_one_does(text: str, locale: str) -> None:
    try:
        finished, unfinished = (parse_query(text, locale, prefix=prefix) for prefix in (False, True))
    except (EmptyQueryError, LongQueryError):
        return
    for one, more in zip(finished.alternatives(locale), unfinished.alternatives(locale), strict=True):
        assert set(one) <= set(more)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_operators_of_the_databases_mean_nothing_here(text: str) -> None:
    for prefix in (False, True):
        try:
            query = parse_query(text, "en", prefix=prefix)
        except EmptyQueryError:
            continue
        for alternatives in query.alternatives("en"):
            for entry in alternatives:
                assert entry.removeprefix("~").removesuffix("*").isalnum(), entry


# Highlights -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "query", "locale", "marked"),
    [
        ("Paper boats", "boat", "en", "Paper <mark>boats</mark>"),
        ("Paper boats", "paper boats", "en", "<mark>Paper</mark> <mark>boats</mark>"),
        ("Boats & <b>boats</b>", "boats", "en", "<mark>Boats</mark> &amp; &lt;b&gt;<mark>boats</mark>&lt;/b&gt;"),
        ('"It\'s" a boat', "boat", "en", '"It\'s" a <mark>boat</mark>'),
        ("Çaji i malit", "caji", "sq", "<mark>Çaji</mark> i malit"),
        ("والكِتَابُ", "كتاب", "ar", "<mark>والكِتَابُ</mark>"),
        ("می‌خواهم بروم", "میخواهم", "fa", "<mark>می‌خواهم</mark> بروم"),
        ("می خواهم بروم", "ميخواهم", "fa", "<mark>می خواهم</mark> بروم"),
        ("میخواهم بروم", "می‌خواهم", "fa", "<mark>میخواهم</mark> بروم"),
        ("این کتاب‌ها", "کتاب", "fa", "این <mark>کتاب‌ها</mark>"),
        ("این کتاب‌ها", "کتابها", "fa", "این <mark>کتاب‌ها</mark>"),
        ("پیش‌داوری‌ها", "پیشداوریها", "fa", "<mark>پیش‌داوری‌ها</mark>"),
        ("snake_case", "snake case", "en", "<mark>snake</mark>_<mark>case</mark>"),
        ("see example.org", "example", "en", "see <mark>example</mark>.org"),
        ("ﷺ", "الله عليه", "ar", "<mark>ﷺ</mark>"),
        ("😀 𝓫𝓸𝓪𝓽 😀", "boat", "en", "😀 <mark>𝓫𝓸𝓪𝓽</mark> 😀"),
        ("سال ۱۴۰۴", "1404", "fa", "سال <mark>۱۴۰۴</mark>"),
        ("the miller’s wheel", "miller", "en", "the <mark>miller</mark>’s wheel"),
        ("Paper", "boat", "en", None),
        ("", "boat", "en", None),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_it_was_written(
    text: str, query: str, locale: str, marked: str | None
) -> None:
    assert highlight(text, parse_query(query, locale), locale) == marked


def test_of_a_word_being_typed_the_whole_word_is_marked() -> None:
    assert highlight("Papers, paperless", parse_query("pap", "en", prefix=True), "en") == (
        "<mark>Papers</mark>, <mark>paperless</mark>"
    )
    assert highlight("والكتاب", parse_query("كتا", "ar", prefix=True), "ar") == "<mark>والكتاب</mark>"
    assert highlight("می‌خواهم", parse_query("میخو", "fa", prefix=True), "fa") == "<mark>می‌خواهم</mark>"


@given(SHOWN | ANYTHING, LOOKED_FOR | ANYTHING, LOCALES, st.booleans())
def test_without_its_marks_a_highlighted_text_is_the_text(text: str, query: str, locale: str, prefix: bool) -> None:
    try:
        asked = parse_query(query, locale, prefix=prefix)
    except (EmptyQueryError, LongQueryError):
        return
    shown = highlight(text, asked, locale)
    pieces = snippets(text, asked, locale)
    assert (shown is None) == (pieces == [])
    if shown is None:
        assert not finds(query, text, locale, prefix=prefix)
        return
    assert unmarked(shown) == text
    assert escape(text, quote=False) == shown.replace("<mark>", "").replace("</mark>", "")
    assert len(pieces) <= SNIPPETS
    reached = 0
    for piece in pieces:
        assert "<mark>" in piece
        bare = unmarked(piece)
        bare = bare if bare in text[reached:] else bare.removeprefix("…")
        bare = bare if bare in text[reached:] else bare.removesuffix("…")
        assert bare in text[reached:]
        reached = text.index(bare, reached)


@given(SHOWN, LOCALES)
def test_what_an_index_finds_can_be_shown(text: str, locale: str) -> None:
    for entry in index_form(text, locale).replace("|", " ").split():
        query = entry.removeprefix("~")
        if finds(query, text, locale):
            assert highlight(text, parse_query(query, locale), locale), query


def test_snippets_are_cut_between_words_around_what_was_found() -> None:
    words = [f"word{number}" for number in range(200)]
    words[100] = "boat"
    (shown,) = snippets(" ".join(words), parse_query("boats", "en"), "en")
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "<mark>boat</mark>" in shown
    assert set(unmarked(shown).strip("…").split()) <= set(words)
    assert SNIPPET_CHARACTERS / 2 < len(unmarked(shown)) <= SNIPPET_CHARACTERS + 2
    assert snippets("A boat", parse_query("boat", "en"), "en") == ["A <mark>boat</mark>"]


def test_there_are_no_more_than_three_snippets_and_they_do_not_overlap() -> None:
    text = " ".join(f"boat {'x' * 90} {number}" for number in range(9))
    shown = snippets(text, parse_query("boat", "en"), "en")
    assert len(shown) == SNIPPETS
    assert [piece.count("<mark>") for piece in shown] == [2, 2, 2]
    numbers = [word for piece in shown for word in unmarked(piece).strip("…").split() if word.isdigit()]
    assert len(set(numbers)) == len(numbers)


def test_only_the_beginning_of_a_very_long_text_is_looked_through_for_snippets() -> None:
    filler = "word " * (SEARCHED_CHARACTERS // 5)
    assert snippets(f"{filler}boat", parse_query("boat", "en"), "en") == []
    assert len(snippets(f"boat {filler}", parse_query("boat", "en"), "en")) == 1
