import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.language.segments import graphemes
from nejat_cms.language.slugs import (
    RESERVED_SLUGS,
    SLUG_KEY_MAX,
    SLUG_MAX,
    InvalidSlugError,
    check_slug,
    slug_key,
    slugify,
    with_suffix,
)

TITLES = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200) | st.text(
    alphabet=st.sampled_from("aß ë-\u200c\u0301\u0640\u064eکیه٣ΐﷺİ😀\u3164ﬃ"), max_size=400
)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Të drejtat & Çështjet", "të-drejtat-çështjet"),
        ("من می‌خواهم «کتاب» بخوانم", "من-می-خواهم-کتاب-بخوانم"),
        ("مَدْرَسَةٌ عربيّة", "مدرسة-عربية"),
        ("کلیهٔ کتـاب‌ها", "کلیه-کتاب-ها"),
        ("تا\u0654مین", "تأمین"),
        ("۱۲ کتاب ٣", "۱۲-کتاب-٣"),
        ("  --a__b..c/d--  ", "a-b-c-d"),
        ("a\u202eb\x00c\u200d", "ab-c"),
        ("Ｆｕｌｌ １", "full-1"),
        ("İstanbul", "istanbul"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("\u0301accent", "accent"),
        ("a\u034f\u0300", "à"),
        ("1\ufe0f\u20e3 first", "1-first"),
        ("Search", "search-2"),
        ("ＴＡＧＳ!", "tags-2"),
        ("Feed.atom", "feed-atom"),
        ("😀", ""),
        ("ـــ", ""),
        ("\u3164", ""),
        ("", ""),
    ],
)
def test_a_title_becomes_a_slug_in_its_own_letters(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_a_long_title_is_cut_between_words() -> None:
    assert slugify("word " * 60) == "-".join(["word"] * 24)
    assert slugify("one two three", 9) == "one-two"
    assert slugify("one two three", 7) == "one-two"
    assert slugify("a " + "b" * 200) == "a-" + "b" * 118


def test_a_word_longer_than_the_slug_is_cut_between_characters() -> None:
    title = "e\u0301\u0323" * 100
    slug = slugify(title, 50)
    assert len(slug) <= 50
    assert graphemes(slug) == graphemes(slugify(title))[: len(graphemes(slug))]


@given(TITLES, st.integers(min_value=12, max_value=SLUG_MAX))
def test_a_slug_made_from_any_title_is_a_valid_slug(title: str, length: int) -> None:
    slug = slugify(title, length)
    assert len(slug) <= length
    assert slugify(slug, length) == slug
    if slug:
        assert check_slug(slug) == slug
        assert slug_key(slug) not in RESERVED_SLUGS
        assert 0 < len(slug_key(slug)) <= SLUG_KEY_MAX
        assert all(char == "-" or unicodedata.category(char)[0] in "LMN" or ord(char) > 0x1000 for char in slug)


@pytest.mark.parametrize(
    ("slug", "canonical"),
    [
        ("Hello-World", "hello-world"),
        ("می‌خواهم", "می-خواهم"),
        ("-a--b-", "a-b"),
        ("te\u0308", "të"),
        ("کتـاب", "کتاب"),
        ("حقوق-بشر", "حقوق-بشر"),
        ("e\u0301" * SLUG_MAX, "é" * SLUG_MAX),
    ],
)
def test_a_chosen_slug_comes_out_canonical(slug: str, canonical: str) -> None:
    assert check_slug(slug) == canonical
    assert check_slug(canonical) == canonical


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("", "empty"),
        ("-", "empty"),
        ("\u200c", "empty"),
        ("ـ", "empty"),
        ("a b", "characters"),
        ("a/b", "characters"),
        ("a_b", "characters"),
        ("a.b", "characters"),
        ("..", "characters"),
        ("a%20b", "characters"),
        ("a\u202eb", "characters"),
        ("a\u200db", "characters"),
        ("a\u200fb", "characters"),
        ("a\nb", "characters"),
        ("a\x00", "characters"),
        ("\ud800", "characters"),
        ("\u3164", "characters"),
        ("\u0301a", "characters"),
        ("😀", "characters"),
        ("a" * (SLUG_MAX + 1), "too_long"),
        ("a" * 1_000_000, "too_long"),
        ("ﷺ" * SLUG_MAX, "too_long"),
        ("feed.atom", "reserved"),
        ("FEED.RSS", "reserved"),
        ("Search", "reserved"),
        ("-search-", "reserved"),
        ("séarch", "reserved"),
        ("ｔａｇｓ", "reserved"),
    ],
)
def test_what_cannot_be_a_slug_is_refused_with_its_reason(slug: str, reason: str) -> None:
    with pytest.raises(InvalidSlugError) as caught:
        check_slug(slug)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("کتاب-ها", "كتاب‌ها"),
        ("علی", "على"),
        ("të-drejtat", "te-drejtat"),
        ("۱۲-a", "12-A"),
        ("a--b", "a-b-"),
        ("مدرسة", "مدرسه"),
    ],
)
def test_slugs_that_look_the_same_have_one_key(one: str, other: str) -> None:
    assert slug_key(one) == slug_key(other)


def test_a_hyphen_still_tells_slugs_apart() -> None:
    assert slug_key("می-خواهم") != slug_key("میخواهم")
    assert slug_key("گل") != slug_key("کل")


@given(TITLES)
def test_a_key_of_a_key_is_itself(slug: str) -> None:
    assert slug_key(slug_key(slug)) == slug_key(slug)


@given(TITLES)
def test_checking_changes_no_key(slug: str) -> None:
    try:
        canonical = check_slug(slug)
    except InvalidSlugError:
        return
    assert check_slug(canonical) == canonical
    assert slug_key(canonical) == slug_key(slug)


def test_the_second_of_a_name_gets_a_number() -> None:
    assert with_suffix("kitchen", 2) == "kitchen-2"
    assert with_suffix("a" * SLUG_MAX, 13) == "a" * (SLUG_MAX - 3) + "-13"
    assert with_suffix("one-two-three", 2, 10) == "one-two-2"
    assert with_suffix("", 2) == "2"


@given(TITLES.map(slugify), st.integers(min_value=2, max_value=10_000))
def test_a_numbered_slug_is_a_valid_slug(slug: str, n: int) -> None:
    numbered = with_suffix(slug, n)
    assert len(numbered) <= SLUG_MAX
    assert check_slug(numbered) == numbered
