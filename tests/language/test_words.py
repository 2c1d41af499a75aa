"""The words of an index: where they stand, what they are folded and stemmed to, and that index and query agree."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.errors import EmptyQueryError, LongQueryError
from nejat_cms.language.folding import fold
from nejat_cms.language.words import (
    ENTRIES_BYTES,
    INDEX_CHARACTERS,
    INDEX_WORDS,
    WORD_MAX,
    chains,
    index_entries,
    index_form,
    joined,
    stem,
    words_in,
)
from tests.language.finding import find_each_other, finds

LOCALES = st.sampled_from(["en", "ar", "fa", "sq", "fa-AF", "he", "th", "ja"])
ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)
WRITTEN = st.text(
    alphabet=st.sampled_from(
        "abcdefgilmnorstuzABÇËçë’'.,:_ابتجدرسشفقکكلمنهةویيىأإآؤئپچژگ۱٢3\u200c\u064e\u0651\u0640\u0654 \n؟،«»()😀𝓪\u200f"
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("Paper boats!", "en", [("Paper", "paper"), ("boats", "boats")]),
        ("می‌خواهم", "fa", [("می", "می"), ("خواهم", "خواهم")]),
        ("كِتَابٌ (قديم)", "ar", [("كِتَابٌ", "کتاب"), ("قديم", "قدیم")]),
        ("Ç’është", "sq", [("Ç", "c"), ("është", "eshte")]),
        ("The miller’s, millers'", "en", [("The", "the"), ("miller", "miller"), ("millers", "millers")]),
        ("S'S's", "en", [("S", "s"), ("S", "s")]),
        ("state-of-the-art", "en", [("state", "state"), ("of", "of"), ("the", "the"), ("art", "art")]),
        ("a.b@c.org", "en", [("a", "a"), ("b", "b"), ("c", "c"), ("org", "org")]),
        ("snake_case 1,250.5", "en", [("snake", "snake"), ("case", "case"), ("1", "1"), ("250", "250"), ("5", "5")]),
        ("۳٫۵ و ١٬٢٥٠", "fa", [("۳", "3"), ("۵", "5"), ("و", "و"), ("١", "1"), ("٢٥٠", "250")]),
        ("😀 a 👩‍👩‍👧 𝓫", "en", [("a", "a"), ("𝓫", "b")]),
        ("½ ﷺ", "ar", [("½", "1"), ("½", "2"), ("ﷺ", "صلی"), ("ﷺ", "الله"), ("ﷺ", "علیه"), ("ﷺ", "وسلم")]),
        ("ﻛﺘﺎﺏ", "ar", [("ﻛﺘﺎﺏ", "کتاب")]),
        ("\u202bکتـــاب\u202c", "fa", [("کتـــاب\u202c", "کتاب")]),
        ("co\u00adop", "en", [("co\u00adop", "coop")]),
        ("日本語の本", "ja", [("日本語", "日本語"), ("の", "の"), ("本", "本")]),
        ("— … !? \u200c\u064b", "fa", []),
        ("", "en", []),
    ],
)  # fmt: skip
def test_words_stand_where_they_are_in_the_text(text: str, locale: str, expected: list[tuple[str, str]]) -> None:
    words = list(words_in(text, locale))
    assert [(text[word.start : word.end], word.folded) for word in words] == expected


@given(ANYTHING | WRITTEN, LOCALES)
def test_every_word_is_in_the_piece_of_text_it_names(text: str, locale: str) -> None:
    words = list(words_in(text, locale))
    for word in words:
        assert 0 <= word.start < word.end <= len(text)
        assert word.folded in fold(text[word.start : word.end])
        assert fold(word.folded) == word.folded
    for before, after in itertools.pairwise(words):
        assert before.end <= after.start or (before.start, before.end) == (after.start, after.end)


def test_only_zwnj_glues_a_word_to_the_one_before_it() -> None:
    glued = {word.folded: word.glued for word in words_in("پیش‌داوری ها، آب‌‌وهوا ‌باد s’ka", "fa")}
    assert [word for word, is_glued in glued.items() if is_glued] == ["داوری", "وهوا"]


@pytest.mark.parametrize(
    ("text", "locale", "form"),
    [
        ("Boats, old boats", "en", " boats old boats | ~boat "),
        ("می‌خواهم کتابها را", "fa", " می خواهم کتابها را | ~کتاب | میخواهم | میخواهم کتابها را "),
        ("پیش‌داوری‌ها", "fa", " پیش داوری ها | ~داوری | ~پیشداوری | داوریها | پیشداوری | پیشداوریها | پیشداوریها "),
        ("خانه‌ی ما", "fa", " خانه ی ما | خانه | خانهی | خانه ما "),
        ("1,250 boats", "en", " 1 250 boats | 1250 | ~boat | 1250 boats "),
        ("لحقوق", "ar", " لحقوق | ~حقوق "),
        ("مسئول", "fa", " مسیول | ~مسوول "),
        ("Të drejtat", "sq", " te drejtat "),
        ("… !", "en", ""),
    ],
)
def test_a_text_is_kept_as_words_then_what_they_are_joined_then_stems(text: str, locale: str, form: str) -> None:
    assert index_form(text, locale) == form


@given(st.lists(ANYTHING | WRITTEN, max_size=3), LOCALES)
def test_entries_can_break_out_of_no_query_language(texts: list[str], locale: str) -> None:
    """One colon, after the locale; then perhaps the sign of a stem; then letters, digits and marks."""
    for entry in index_entries(locale, [index_form(text, locale) for text in texts]):
        mark, colon, word = entry.partition(":")
        assert (mark, colon) == (locale, ":")
        assert word.removeprefix("~")
        for char in word.removeprefix("~"):
            assert char.isalnum() or unicodedata.category(char)[0] == "M", entry
            assert char == char.lower() or not char.isascii()


def test_entries_are_named_once_and_no_more_of_them_than_a_tsvector_holds() -> None:
    assert index_entries("en", [" a b | ~c ", " b a "]) == ["en:a", "en:b", "en:~c"]
    many = " ".join(f"{number:060}" for number in range(20_000))
    kept = index_entries("en", [f" {many} "])
    assert ENTRIES_BYTES - 64 < sum(map(len, kept)) <= ENTRIES_BYTES
    assert kept[0] == f"en:{0:060}"


def test_a_word_longer_than_64_characters_is_cut() -> None:
    (word,) = words_in("ë" * 80, "sq")
    assert word.folded == "e" * WORD_MAX
    assert (word.start, word.end) == (0, 80)
    (pair,) = joined(list(words_in(f"{'ک' * 50}\u200c{'گ' * 50}", "fa")))
    assert pair == (range(2), "ک" * 50 + "گ" * 14)
    assert finds("ë" * 70, "E" * 90, "sq")
    assert finds(f"{'ک' * 50}{'گ' * 50}", f"{'ک' * 50}\u200c{'گ' * 50}", "fa")


@pytest.mark.parametrize(
    ("piece", "form"), [("a ", "a "), ("ﷺ ", "صلی الله علیه وسلم "), ("1 ۲ ", "1 2 "), ("ligature", "")]
)
def test_of_an_endless_text_the_first_words_are_indexed(piece: str, form: str) -> None:
    """A novel of 80,000 words is whole; a few bytes that fold to many letters stay few."""
    novel = "sixth " * (INDEX_CHARACTERS // 6)
    assert index_form(novel, "en") == f" {novel}"
    indexed = index_form(f"{piece * 1_000_000} beyond", "ar")
    assert "beyond" not in indexed
    assert form in indexed
    assert len(indexed) < INDEX_CHARACTERS + 100
    assert len(indexed.partition(" |")[0].split()) <= INDEX_WORDS


# Stems ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ["garden", "gardens", "Gardening", "gardened"]),
        ("en-GB", ["boat", "boats", "boating"]),
        ("fa", ["کتاب", "کتابها", "کتاب‌ها", "کتابهای", "كتاب هاي"]),
        ("fa", ["زیبا", "زیباتر", "زیباترین"]),
        ("fa-AF", ["خوب", "خوبترين", "خوب‌ترین"]),
        ("ar", ["مدرسة", "مدرسه", "المدرسة", "والمدرسة", "بالمدرسة", "للمدرسة", "كالمدرسة", "فالمدرسة"]),
        ("ar", ["لغة", "اللغة", "واللغة"]),
        ("ar", ["سنة", "السنة", "والسنة"]),
        ("ar", ["حق", "الحق", "والحق"]),
        ("ar-EG", ["كتاب", "الكتاب", "وَالكِتَاب"]),
        ("ar", ["والد", "والده", "والدي", "الوالد"]),
        ("ar", ["حب", "الحب", "بالحب", "فالحب"]),
        ("ar", ["مسؤول", "مسئول", "المسؤول", "والمسئول"]),
        ("ar", ["شؤون", "شئون"]),
        ("ar", ["إملاء", "املا"]),
        ("fa", ["شیء", "شی"]),
        ("ar", ["بالغ", "بالغين", "بالغون"]),
    ],
)
def test_forms_of_a_word_find_each_other(locale: str, words: list[str]) -> None:
    assert find_each_other(words, locale)


@pytest.mark.parametrize(
    ("one", "other"), [("الله", "له"), ("التي", "تي"), ("الذي", "ذي"), ("الآن", "آن"), ("والد", "د"), ("الو", "و")]
)
def test_what_only_looks_like_an_article_is_none(one: str, other: str) -> None:
    assert not finds(one, other, "ar")
    assert not finds(other, one, "ar")


@pytest.mark.parametrize("locale", ["sq", "tr", "ja", "ckb", "ps"])
def test_nothing_is_stemmed_where_nothing_good_is_known(locale: str) -> None:
    for word in ("drejtat", "librave", "shtepise", "books", "کتابها", "المدرسه"):
        assert stem(word, locale) == word


@given(ANYTHING | WRITTEN, LOCALES)
def test_stems_of_folded_words_are_folded(text: str, locale: str) -> None:
    for word in words_in(text, locale):
        stemmed = stem(word.folded, locale)
        assert stemmed
        assert fold(stemmed) == stemmed
        assert " " not in stemmed


# Spellings ------------------------------------------------------------------------------------

STEMS = ("کتاب", "باغ", "خانه", "ماهی", "پنجره", "آب", "نوشته")
SUFFIXES = ("ها", "های", "هایی", "هایشان", "تر", "ترین")
VERBS = ("خواهم", "رود", "نویسند", "آییم")


@pytest.mark.parametrize(
    ("first", "second"),
    [*itertools.product(STEMS, SUFFIXES), *itertools.product(("می", "نمی"), VERBS)],
)
def test_zwnj_space_and_nothing_between_an_affix_and_its_word_are_the_same(first: str, second: str) -> None:
    spellings = [f"{first}{between}{second}" for between in ("\u200c", " ", "")]
    assert find_each_other([*spellings, *(one.replace("ک", "ك").replace("ی", "ي") for one in spellings)], "fa")
    for query in spellings:
        typed = [query[:at] for at in range(len(first) + 1, len(query)) if query[at - 1] != " "]
        for beginning, text in itertools.product(typed, spellings):
            assert finds(beginning, text, "fa", prefix=True), (beginning, text)


@pytest.mark.parametrize("parts", [("هفته", "نامه"), ("پیش", "داوری"), ("آب", "وهوا"), ("گفت", "وگو"), ("دل", "پذیر")])
def test_a_compound_with_zwnj_is_found_with_a_space_and_joined(parts: tuple[str, str]) -> None:
    compound = "\u200c".join(parts)
    for query in ("\u200c".join(parts), " ".join(parts), "".join(parts)):
        assert finds(query, f"یک {compound} دیگر", "fa"), query
    for text in ("\u200c".join(parts), " ".join(parts), "".join(parts)):
        assert finds(compound, f"یک {text} دیگر", "fa"), text


def test_a_compound_of_three_is_found_joined_in_pairs_and_whole() -> None:
    for query in ("پیشداوری", "داوریها", "پیشداوریها", "پیش‌داوریها", "پیشداوری‌ها", "پیش داوری ها"):
        assert finds(query, "پیش‌داوری‌ها", "fa"), query


@pytest.mark.parametrize(("first", "second"), [("هیچ", "کس"), ("آن", "را"), ("این", "که"), ("کتاب", "خانه")])
def test_what_many_join_is_one_word_however_it_is_written(first: str, second: str) -> None:
    assert find_each_other([f"{first}{between}{second}" for between in ("\u200c", " ", "")], "fa")


def test_an_affix_belongs_to_the_word_beside_it() -> None:
    for query in ("می‌خواهم", "می خواهم", "میخواهم"):
        assert not finds(query, "می روم، چون خواهم رفت", "fa")
    assert finds("می ", "میخواهم", "fa", prefix=True)
    assert finds("خانه ی", "خانه‌های دوست", "fa", prefix=True)


def test_ezafe_is_the_same_in_all_its_spellings() -> None:
    texts = ["خانهٔ دوست", "خانۀ دوست", "خانه‌ی دوست", "خانه ی دوست", "خانه دوست"]
    assert find_each_other([*texts, *(f'"{text}"' for text in texts)], "fa")


def test_a_phrase_is_found_with_its_affixes_apart_and_joined() -> None:
    texts = ["آن گلهای باغ", "آن گل‌های باغ", "آن گل های باغ"]
    assert find_each_other([*texts, *(f'"{text}"' for text in texts)], "fa")
    assert not finds('"گلهای باغ"', "باغ گلهای", "fa")
    assert finds('"حقوق الإنسان"', "اليوم العالمي لحقوق الإنسان", "ar")
    assert finds('"الحقوق العامة"', "للحقوق العامة", "ar")
    assert not finds('"حقوق الإنسان"', "لحقوق كل الإنسان", "ar")


@pytest.mark.parametrize(
    "number", ["1,250,000", "1.250.000", "۱٬۲۵۰٬۰۰۰", "1'250'000", "1\u202f250\u00a0000", "1250000"]
)
def test_thousands_may_be_parted(number: str) -> None:
    for query in ("1250000", "۱۲۵۰۰۰۰", "1,250,000"):
        assert finds(query, number, "fa"), query
    assert not finds("250000", number, "fa")
    assert not finds("35", "3,5", "fa")


@pytest.mark.parametrize(("query", "text"), [("كرة", "فكرة لجنة"), ("جنة", "لجنة"), ("بئر", "كبير"), ("ما", "ماء")])
def test_a_first_or_last_letter_of_a_words_own_stays(query: str, text: str) -> None:
    assert not finds(query, text, "ar")


def test_any_two_words_may_be_typed_apart_but_not_typed_together() -> None:
    assert finds("حقوق بشر", "حقوقبشر", "fa")
    assert not finds("حقوقبشر", "حقوق بشر", "fa")
    assert not finds("news paper", "newspaper", "en")


@given(WRITTEN, st.sampled_from(["en", "ar", "fa", "sq"]))
def test_every_word_of_a_text_finds_it(text: str, locale: str) -> None:
    for word in words_in(text, locale):
        query = text[word.start : word.end]
        assert finds(query, text, locale), query
        assert finds(query, text, locale, prefix=True), query
        assert finds(f'"{query}"', text, locale), query


@given(WRITTEN, st.sampled_from(["en", "ar", "fa", "sq"]))
def test_a_text_finds_itself_however_it_is_spelled(text: str, locale: str) -> None:
    plain = text.replace("-", " ").translate(dict.fromkeys(map(ord, "«»"), " "))
    spelled = {
        plain,
        fold(plain),
        plain.upper(),
        unicodedata.normalize("NFD", plain),
        unicodedata.normalize("NFKC", plain),
    }
    for query in spelled:
        try:
            assert finds(query, plain, locale), query
        except EmptyQueryError:
            assert index_form(plain, locale) == ""
        except LongQueryError:
            assert index_form(plain, locale).count(" ") > 24


@given(WRITTEN, LOCALES)
def test_chains_are_the_words_and_lose_nothing_that_is_joined(text: str, locale: str) -> None:
    words = list(words_in(text, locale))
    parts = list(chains(words))
    assert [word for chain in parts for word in chain] == words
    apart = sorted(entry for chain in parts for _, entry in joined(chain))
    assert apart == sorted(entry for _, entry in joined(words))
