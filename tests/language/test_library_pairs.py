"""What other libraries take to be the same: every pair of theirs has a verdict here, and most of them hold.

A pair holds when each of the two, looked for, finds the other. Of normalisations more is wanted: one folded key.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nejat_cms.language.folding import fold
from nejat_cms.language.words import index_form, stem, words_in
from tests.language.finding import find_each_other, finds

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "search"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the shared pairs are not beside this checkout")

NORMALISATIONS = ("lucene_arabic_normalization", "lucene_persian_normalization")
SPACING = "where a writer left out a space is for the orthography checks to say: a search does not respell texts"
EMPHASIS = "letters repeated for emphasis are what the writer wrote"
NAIVE = "Snowball leaves this ending, and a stemmer of our own would cut it from words it belongs to"
NOT_WANTED = {
    ("hazm_normalizer", "اِعلاممممم کَرد : « زمین لرزه ای به بُزرگیِ 6 دهم ریشتر ...»"): EMPHASIS,
    ("hazm_normalizer", "سلاممم دوستان"): EMPHASIS,
    ("hazm_normalizer", "مسافت ۹کیلومتر"): SPACING,
    ("hazm_normalizer", "مسافت۹ کیلومتر"): SPACING,
    ("hazm_normalizer", "پیامبر اکرم ﷺ"): "the sign is words, which may be looked for",
    ("hazm_normalizer", "﷽"): "Unicode takes the sign for an ornament: it has no compatibility letters",
    ("hazm_stemmer", "کتابی"): NAIVE,
    ("hazm_stemmer", "کتابهایشان"): NAIVE,
    ("hazm_stemmer", "قدمش"): NAIVE,
    ("lucene_arabic_light_stem", "وحسن"): "a first و is as often the word's own: وجد, وقت, ولد",
    ("lucene_arabic_light_stem", "ساهدات"): NAIVE,
    ("lucene_arabic_light_stem", "ساهدهات"): NAIVE,
    ("lucene_persian_stem_9_9", "دوستان"): NAIVE,
}
LANGUAGES = {"lucene_arabic_normalization": "ar", "lucene_arabic_light_stem": "ar"}


def pairs() -> Iterator[tuple[str, str, str]]:
    groups: dict[str, Any] = json.loads((FOLDER / "library-test-pairs.json").read_text("utf-8"))
    for name, group in groups.items():
        for pair in [*group.get("pairs", ()), *itertools.chain(*group.get("cases", {}).values())]:
            one, other = (" ".join(side) if isinstance(side, list) else side for side in pair)
            yield name, one, other


def holds(group: str, one: str, other: str) -> bool:
    locale = LANGUAGES.get(group, "fa")
    if group in NORMALISATIONS:
        return fold(one) == fold(other)
    if not index_form(one, locale) or not index_form(other, locale):
        return index_form(one, locale) == index_form(other, locale)
    return find_each_other([one, other], locale)


def test_every_pair_of_the_libraries_holds_or_is_not_wanted_for_a_reason() -> None:
    found = list(pairs())
    verdicts = {(group, one): holds(group, one, other) for group, one, other in found}
    assert {pair for pair, held in verdicts.items() if not held} == NOT_WANTED.keys()
    assert len(found) > 100
    assert {group for group, *_ in found} >= {"hazm_normalizer", "hazm_stemmer", *LANGUAGES, *NORMALISATIONS}


def test_what_lucene_folds_to_one_token_is_one_here() -> None:
    """The traps: spellings of the same word. Lucene's stop words, which leave nothing, say nothing."""
    oracle: dict[str, Any] = json.loads((FOLDER / "lucene-8.7-oracle.json").read_text("utf-8"))
    alike = defaultdict(set)
    for trap in oracle["traps"]:
        if trap["tokens"]:
            alike[trap["lang"], tuple(trap["tokens"])].add(trap["text"])
    together = {key: texts for key, texts in alike.items() if len(texts) > 1}
    for (locale, _), texts in together.items():
        assert find_each_other(sorted(texts), locale), texts
    assert len(together) > 10


def test_what_lucene_misses_is_found_here() -> None:
    for locale, texts in (
        ("ar", ["كتابهم", "كتاب"]),
        ("ar", ["ﻻ", "لا"]),
        ("ar", ["ٱلْحَمْدُ", "الحمد", "حمد"]),
        ("fa", ["می‌خواهم", "می خواهم", "ميخواهم"]),
        ("fa", ["کتاب‌ها", "کتاب ها", "کتابها", "كتاب"]),
        ("fa", ["رفته‌اند", "رفته اند"]),
    ):
        assert find_each_other(texts, locale), texts


def test_every_word_of_the_declarations_finds_its_paragraph() -> None:
    oracle: dict[str, Any] = json.loads((FOLDER / "lucene-8.7-oracle.json").read_text("utf-8"))
    for one in oracle["udhr"][::4]:
        text, locale = one["text"], one["lang"]
        for word in words_in(text, locale):
            assert finds(text[word.start : word.end], text, locale), (locale, word.folded)


def test_persian_stems_are_snowballs() -> None:
    lines = (FOLDER / "snowball-persian-sample.tsv").read_text("utf-8").splitlines()
    wrong = [line for line in lines if stem(fold(line.split("\t")[0]), "fa") != fold(line.split("\t")[1])]
    assert wrong == []
    assert len(lines) == 600


def test_albanian_forms_stay_what_they_are_and_lose_no_more_than_their_marks() -> None:
    """No stemmer: `drejtat` does not find `drejtë`. And of all words only two have a form that looks the same."""
    groups: dict[str, list[str]] = json.loads((FOLDER / "albanian-lemma-groups-udhr.json").read_text("utf-8"))
    owners = defaultdict(set)
    for lemma, forms in groups.items():
        for form in forms:
            plain = form.replace("ë", "e").replace("ç", "c")
            assert stem(fold(form), "sq") == fold(form) == plain
            assert find_each_other([form, plain, plain.upper()], "sq")
            owners[plain].add(lemma)
        for one, other in itertools.permutations(forms, 2):
            assert finds(one, other, "sq") == (fold(one) == fold(other))
    assert {form for form, lemmas in owners.items() if len(lemmas) > 1} == {"kete"}
