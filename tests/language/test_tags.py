import os
import subprocess
import sys

import pytest
from babel.core import get_global

from nejat_cms.language import tags
from nejat_cms.language.canonical import canonical_or_none
from nejat_cms.language.locales import wider
from nejat_cms.language.tags import (
    UnknownLocaleError,
    canonical_locale,
    describe_locale,
    display_name,
    is_numbering,
    lookup,
)
from nejat_cms.language.zones import is_timezone

EDITIONS = ["en", "ar", "fa", "sq"]
NO_LOCALES = """
    articles auth editions manage preview resolve
    xx qaa und mul zxx root english i-klingon en-XX en-ZZ en-XA fa-Zzzz de-foobar de-1996-1996
    pt_BR x-private en-x-a en-u-ca-persian en- -en en--US * ｆａ fa-
"""
LANGUAGES = "ur ckb fa-AF ps th bn my he yi ku az-Arab zh-Hant ja am dz ff-Adlm tlh nan"


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("fa", "fa"),
        ("FA-ir", "fa-IR"),
        ("PT-br", "pt-BR"),
        ("ZH-hant-hk", "zh-Hant-HK"),
        ("sr-latn", "sr-Latn"),
        ("de-1996", "de-1996"),
        ("es-419", "es-419"),
        ("iw", "he"),
        ("prs", "fa-AF"),
        ("pes", "fa"),
        ("fas", "fa"),
        ("arb", "ar"),
        ("als", "sq"),
        ("sqi", "sq"),
        ("sh", "sr-Latn"),
        ("en-840", "en-US"),
        ("en-UK", "en-GB"),
        ("sq-XK", "sq-XK"),
        ("zh-yue", "yue"),
    ],
)
def test_a_locale_has_one_spelling(given: str, canonical: str) -> None:
    assert canonical_locale(given) == canonical
    assert canonical_locale(canonical) == canonical


@pytest.mark.parametrize(
    "tag",
    NO_LOCALES.split(),
)
def test_what_is_no_locale_is_refused(tag: str) -> None:
    with pytest.raises(UnknownLocaleError) as caught:
        canonical_locale(tag)
    assert caught.value.value == tag


@pytest.mark.parametrize("tag", ["", " fa", "fa ", "fa\n", "fa\x00", "\ud800", "fa-\u202eIR"])
def test_space_and_controls_make_no_locale(tag: str) -> None:
    with pytest.raises(UnknownLocaleError):
        canonical_locale(tag)


def test_a_tag_longer_than_35_characters_is_refused_unread() -> None:
    assert canonical_locale("sl-rozaj-biske-1994") == "sl-1994-biske-rozaj"
    for tag in ("de-" + "-".join(["1996"] * 8), "a" * 1_000_000):
        with pytest.raises(UnknownLocaleError) as caught:
            canonical_locale(tag)
        assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("header", "edition"),
    [
        ("fa-IR, en;q=0.9", "fa"),  # a prefix at full weight goes before an exact match at less
        ("ar-EG,ar;q=0.8", "ar"),
        ("de, en;q=0.5", "en"),
        ("en;q=0.5, fa;q=0.8", "fa"),
        ("ar, fa", "ar"),
        ("fa, ar", "fa"),
        ("fa;q=0.7, ar;q=0.7", "fa"),
        ("FA-ir", "fa"),
        ("prs", "fa"),
        ("pes-IR", "fa"),
        ("arb", "ar"),
        ("sq-XK", "sq"),
        ("als", "sq"),
        ("en-US-u-ca-persian", "en"),
        ("en-XX", "en"),
        ("fa-x-private", "fa"),
        ("ckb, en;q=0.1", "en"),  # Sorani is written in Arabic letters and is not Arabic
        ("ckb", None),
        ("ku-Arab", None),
        ("ur", None),
        ("", None),
        ("*", None),
        ("*, fa;q=0.5", "fa"),
        ("de, *;q=0.5", None),
        ("fa, *;q=0", "fa"),
        ("fa;q=0", None),
        ("fa;q=0, en;q=0.1", "en"),
        ("ar-EG, ar;q=0, en;q=0.2", "en"),
        ("fa;q=0.000, en;q=0.001", "en"),
        ("fa;q=1.000", "fa"),
    ],
)
def test_a_browser_gets_the_edition_it_asks_for(header: str, edition: str | None) -> None:
    assert lookup(header, EDITIONS) == edition


@pytest.mark.parametrize(
    "header",
    [
        "fa;q=2, en",
        "fa;q=0.1234, en",
        "fa;q=١, en",
        "fa;q=, en",
        "fa;level=1, en",
        "fa;q=1;q=1, en",
        "fa_IR, en",
        "f a, en",
        ",,;,-, en",
        "fa;q=nan, en",
        "\ud800, en",
    ],
)
def test_malformed_ranges_are_passed_over(header: str) -> None:
    assert lookup(header, EDITIONS) == "en"


def test_optional_space_and_case_around_weights_do_not_matter() -> None:
    assert lookup("en ; Q=0.5 ,\tfa ; q=0.6", EDITIONS) == "fa"


@pytest.mark.parametrize(
    ("header", "editions", "edition"),
    [
        ("es-MX", "es es-419", "es-419"),
        ("es-MX", "es es-ES", "es"),
        ("es-ES", "es-419 es", "es"),
        ("en-AU", "en en-001", "en-001"),
        ("en-AT", "en en-001 en-150", "en-150"),
        ("en-US", "en-001 en", "en"),
        ("pt-MZ", "pt pt-PT", "pt-PT"),
        ("zh-Hant-HK", "zh zh-Hant", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant zh-Hant-HK", "zh-Hant-HK"),
        ("zh-TW", "zh zh-Hant", "zh-Hant"),
        ("zh-TW", "zh en", "zh"),
        ("zh-SG", "zh zh-Hant", "zh"),
        ("pa-PK", "pa pa-Arab", "pa-Arab"),
        ("nb-NO", "en no", "no"),
        ("no", "en nb", None),
        ("ht", "fr fr-HT", None),  # CLDR's parents, but other languages
        ("hi-Latn", "en en-IN", None),
        ("hi-Latn", "en hi", "hi"),
        ("pes", "fa-AF fa", "fa"),
        ("prs", "fa fa-AF", "fa-AF"),
        ("prs-AF", "fa en", "fa"),
        ("arb-EG", "en ar", "ar"),
        ("als-XK", "en sq", "sq"),
        ("sq-MK", "sq sq-XK", "sq"),
        ("es-MX, es-419;q=0", "es-419 es", "es"),
        ("es-MX, es;q=0", "es-419 es", None),  # what begins with a refused range is refused
        ("es-MX;q=0.2, en-GB;q=0.3", "es-419 en-001", "en-001"),
    ],
)
def test_a_reader_is_served_by_what_cldr_calls_a_parent(header: str, editions: str, edition: str | None) -> None:
    assert lookup(header, editions.split()) == edition


def test_widening_ends_and_stays_in_one_language() -> None:
    for child in get_global("parent_exceptions"):
        steps = wider(child.replace("_", "-"))
        assert len(set(steps)) == len(steps) <= 6
        assert {step.split("-")[0] for step in steps} - {"no"} in ({child.split("_")[0]}, set())


def test_a_request_is_never_narrowed() -> None:
    assert lookup("ar", ["ar-EG"]) is None
    assert lookup("ar-EG-1994", ["ar-EG"]) == "ar-EG"
    assert lookup("en-GB, en;q=0.5", ["en-US", "en"]) == "en"


def test_nobody_is_offered_what_is_not_there() -> None:
    assert lookup("fa, en;q=0.5", []) is None


def test_a_flood_of_ranges_costs_a_bounded_number_of_look_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = 0

    def counted(tag: str) -> str | None:
        nonlocal looked_up
        looked_up += 1
        return canonical_or_none(tag)

    monkeypatch.setattr(tags, "canonical_or_none", counted)
    floods = [
        ",".join(f"x{n}-a-b-c-d-e-f-g-h" for n in range(10_000)),
        "," * 100_000,
        ";" * 100_000,
        "a-" * 50_000,
        ",".join(["en-Latn-US-1996"] * 10_000),
        "q" * 100_000,
    ]
    for flood in floods:
        looked_up = 0
        lookup(flood, EDITIONS)
        assert looked_up <= 64 * 8 + len(EDITIONS)


def test_a_range_that_the_limit_cuts_in_two_is_not_read() -> None:
    padding = "de," * 10 + " " * (4096 - 30 - 2)
    assert lookup(padding + "fa;q=0, en", EDITIONS) is None


def test_an_edition_begins_with_what_cldr_says() -> None:
    fa = describe_locale("fa")
    assert (fa.script, fa.direction, fa.native_name) == ("Arab", "rtl", "فارسی")
    assert (fa.calendar, fa.numbering, fa.timezone) == ("persian", "arabext", "Asia/Tehran")
    ar = describe_locale("ar")
    assert (ar.script, ar.direction, ar.native_name) == ("Arab", "rtl", "العربية")
    assert (ar.calendar, ar.numbering, ar.timezone) == ("gregorian", "arab", "Africa/Cairo")
    sq = describe_locale("sq")
    assert (sq.script, sq.direction, sq.native_name) == ("Latn", "ltr", "Shqip")
    assert (sq.calendar, sq.numbering, sq.timezone) == ("gregorian", "latn", "Europe/Tirane")
    en = describe_locale("en")
    assert (en.native_name, en.calendar, en.numbering, en.timezone) == ("English", "gregorian", "latn", "UTC")


def test_a_region_with_several_zones_has_utc_unless_one_is_primary() -> None:
    zones = {tag: describe_locale(tag).timezone for tag in ("de", "es", "pt-BR", "ru", "en-GB", "sq-XK", "es-419")}
    assert zones == {
        "de": "Europe/Berlin",
        "es": "Europe/Madrid",
        "pt-BR": "UTC",
        "ru": "UTC",
        "en-GB": "Europe/London",
        "sq-XK": "Europe/Belgrade",
        "es-419": "UTC",
    }


@pytest.mark.parametrize("tag", LANGUAGES.split())
def test_any_language_has_usable_facts(tag: str) -> None:
    facts = describe_locale(tag)
    assert facts.locale == tag
    assert facts.calendar in tags.CALENDARS
    assert is_numbering(facts.numbering)
    assert is_timezone(facts.timezone)
    assert facts.native_name
    assert facts.script


def test_buddhist_years_are_not_offered() -> None:
    assert describe_locale("th").calendar == "gregorian"
    assert describe_locale("fa-AF").calendar == "persian"
    assert describe_locale("ur").numbering == "latn"


def test_numbering_systems_are_those_of_ten_digits() -> None:
    assert all(is_numbering(name) for name in ("latn", "arab", "arabext", "beng", "deva", "hanidec", "adlm"))
    assert not any(is_numbering(name) for name in ("roman", "hebr", "hans", "native", "", "LATN", "latn\x00"))


@pytest.mark.parametrize(
    ("locale", "in_locale", "name"),
    [
        ("fa", "en", "Persian"),
        ("fa", "sq", "Persisht"),
        ("sq", "sq", "Shqip"),
        ("sq", "fa", "آلبانیایی"),
        ("en", "ar", "الإنجليزية"),
        ("fr", "fr", "Français"),
        ("fa-AF", "fa", "دری"),
        ("pt-BR", "pt", "Português (Brasil)"),
        ("nl-IS", "nl", "Nederlands (IJsland)"),
    ],
)
def test_a_language_is_called_as_a_menu_shows_it(locale: str, in_locale: str, name: str) -> None:
    assert display_name(locale, in_locale) == name


def test_names_are_asked_for_known_locales_only() -> None:
    for pair in (("xx", "en"), ("en", "xx")):
        with pytest.raises(UnknownLocaleError):
            display_name(*pair)


def test_the_machines_own_locale_changes_nothing() -> None:
    program = (
        "from nejat_cms.language.tags import display_name\n"
        "from nejat_cms.language.calendars import month_name\n"
        "print(display_name('nan', 'nan'), month_name(1, calendar='gregorian', locale='tlh'))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "LANG": lang, "LC_ALL": lang, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for lang in ("fa_IR.UTF-8", "de_DE.UTF-8")
    }
    assert shown == {b"Min Nan Chinese January\n"}
