import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.collation import SORT_KEY_MAX, sort_key
from nejat_cms.language.errors import UnknownLocaleError

ALBANIAN = "a cz ça d da dz dhe e ez ë ëz g gz gj l lz ll n nz nj r rz rr s sz sh t tz th x xz xh z zz zh"
PERSIAN = "آب اب بار پدر تا جان چای زن ژاله کار گل واژه هوا یاد"


def in_order(words: list[str], locale: str) -> list[str]:
    shuffled = sorted(words, key=lambda word: (len(word), word), reverse=True)
    return sorted(shuffled, key=lambda word: sort_key(word, locale))


def test_albanian_titles_stand_in_albanian_order() -> None:
    order = ALBANIAN.split()
    assert in_order(order, "sq") == order


def test_persian_titles_stand_in_persian_order() -> None:
    order = PERSIAN.split()
    assert in_order(order, "fa") == order


def test_persian_and_arabic_put_waw_and_heh_differently() -> None:
    assert sort_key("وا", "fa") < sort_key("ها", "fa")
    assert sort_key("ها", "ar") < sort_key("وا", "ar")


def test_case_and_accents_decide_only_between_equals() -> None:
    words = ["resume", "Resume", "résumé", "resumed"]
    assert in_order(words, "en") == words


@given(st.text(max_size=5000), st.sampled_from(["en", "ar", "fa", "sq", "zh"]))
def test_keys_fit_into_an_index_and_repeat(text: str, locale: str) -> None:
    key = sort_key(text, locale)
    assert isinstance(key, bytes)
    assert len(key) <= SORT_KEY_MAX
    assert sort_key(text, locale) == key


def test_the_longest_keys_are_cut() -> None:
    assert len(sort_key("\U0001f600\u0301漢" * 1000, "en")) <= SORT_KEY_MAX
    assert sort_key("漢" * 300 + "a", "zh") == sort_key("漢" * 300 + "b", "zh")


def test_threads_do_not_disturb_each_other() -> None:
    expected = [sort_key(f"کتاب {n}", "fa") for n in range(200)]
    found: list[list[bytes]] = []

    def work() -> None:
        found.append([sort_key(f"کتاب {n}", "fa") for n in range(200)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_an_unknown_locale_has_no_order() -> None:
    with pytest.raises(UnknownLocaleError):
        sort_key("a", "xx")
