"""What CLDR says of a locale: name, script, direction, calendar, digits, zone. (Callers take it from `tags`.)"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import icu
from babel.core import get_global

from .canonical import canonical_locale
from .direction import Direction, script_direction
from .errors import UnknownNumberingError

CALENDARS = ("gregorian", "persian", "islamic-umalqura")
"""The calendars dates can be shown in, by their CLDR ids."""

# CLDR's primaryZones (supplemental/metaZones): where one zone speaks for a region with several.
_PRIMARY_ZONES = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    # IANA has no row for Kosovo, whose clocks it files under Belgrade's.
    "XK": "Europe/Belgrade",
}


@dataclass(frozen=True)
class LocaleFacts:
    """What an edition in this locale starts with, until somebody says otherwise.

    `script` is ISO 15924, `direction` `ltr` or `rtl`, `native_name` the language's
    own name as a menu shows it, `calendar` one of `CALENDARS`, `numbering` a CLDR
    numbering system of ten digits, `timezone` an IANA name.
    """

    locale: str
    language: str
    script: str
    direction: Direction
    native_name: str
    calendar: str
    numbering: str
    timezone: str


@lru_cache(maxsize=1024)
def describe_locale(locale: str) -> LocaleFacts:
    """What a new edition in this locale should look like, if nobody says more.

    What the tag leaves open is filled from CLDR's likely subtags: `fa` is
    `fa-Arab-IR`, so it has the Persian calendar, the digits `arabext` and Tehran's
    time.

    - `script`: Latn when CLDR knows none.
    - `calendar`: CLDR's first for the region, if it is one of ours, else gregorian
      (Thailand's Buddhist one is not ours).
    - `numbering`: CLDR's default for the likely region, not for the bare language:
      CLDR 42 gives plain `ar` European digits, but `ar-EG` `arab`, which is what
      Arabic newsrooms expect. `ur` is `latn`, as CLDR has it. `latn` where the
      default is not ten plain digits.
    - `timezone`: the region's only zone, or the one CLDR calls primary (Berlin, not
      Busingen); UTC where several stand side by side (`en` is likely US), and for
      `419` and the like.

    Source: CLDR likelySubtags, calendarPreferenceData, numberingSystems,
    primaryZones; tzdata zone.tab.

    Raises: UnknownLocaleError.
    """
    locale = canonical_locale(locale)
    likely = icu.Locale.forLanguageTag(locale)
    likely.addLikelySubtags()
    script: str = likely.getScript() or "Latn"
    calendar: str = icu.Calendar.createInstance(likely).getType()
    numbering: str = icu.NumberingSystem.createInstance(likely).getName()
    return LocaleFacts(
        locale=locale,
        language=likely.getLanguage(),
        script=script,
        direction=script_direction(script),
        native_name=display_name(locale, locale),
        calendar=calendar if calendar in CALENDARS else "gregorian",
        numbering=numbering if is_numbering(numbering) else "latn",
        timezone=_region_zones().get(likely.getCountry(), "UTC"),
    )


@lru_cache(maxsize=4096)
def wider(locale: str) -> tuple[str, ...]:
    """A canonical locale, and what serves its readers where it is not to be had, nearest first.

    Each step is CLDR's parent (`es-MX`, `es-419`, `es`), else the script that the
    region is likely to write (`zh-TW`, `zh-Hant-TW`, `zh-Hant`, `zh`), else the tag
    without its last part. Never another language, though CLDR takes texts for
    Haitian from French; but a language leads to its macro-language: `nb`, `no`.

    Source: RFC 4647 §3.4; CLDR parentLocales (Babel's copy) and likelySubtags.
    """
    steps = []
    while locale:
        steps.append(locale)
        locale = _parents().get(locale) or _with_script(locale) or locale.rpartition("-")[0]
    return tuple(steps)


@lru_cache(maxsize=1)
def _parents() -> dict[str, str]:
    """CLDR's parents that are more than the tag cut short; the root, as of `zh-Hant`, is nobody's language."""
    pairs = [
        (child.replace("_", "-"), parent.replace("_", "-")) for child, parent in get_global("parent_exceptions").items()
    ]
    return {
        child: parent
        for child, parent in pairs
        if parent != "root" and ("-" not in parent or parent.split("-")[0] == child.split("-")[0])
    }


def _with_script(locale: str) -> str | None:
    """The locale with its script, where it is not the one that its language is likely to be written in."""
    named = icu.Locale.forLanguageTag(locale)
    if named.getScript() or not named.getCountry():
        return None
    usual, likely = icu.Locale(named.getLanguage()), icu.Locale.forLanguageTag(locale)
    usual.addLikelySubtags()
    likely.addLikelySubtags()
    if likely.getScript() == usual.getScript():
        return None
    language, _, rest = locale.partition("-")
    return f"{language}-{likely.getScript()}-{rest}"


@lru_cache(maxsize=4096)
def display_name(locale: str, in_locale: str) -> str:
    """What one language is called in another, as a menu shows it: `fa` in `sq` is “Persisht”.

    The first letter is a capital where the script has capitals, even in languages
    that write their names small in a sentence: names stand alone here. Dialects go
    by names of their own: `fa-AF` in `en` is “Dari”.

    Source: CLDR localeDisplayNames, dialect names, context uiListOrMenu.

    Raises: UnknownLocaleError, for either.
    """
    locale = canonical_locale(locale)
    reader = icu.Locale.forLanguageTag(canonical_locale(in_locale))
    names = icu.LocaleDisplayNames.createInstance(
        reader, [icu.UDisplayContext.CAPITALIZATION_FOR_UI_LIST_OR_MENU, icu.UDisplayContext.DIALECT_NAMES]
    )
    name: str = names.localeDisplayName(icu.Locale.forLanguageTag(locale))
    whole = icu.U_TITLECASE_WHOLE_STRING | icu.U_TITLECASE_NO_LOWERCASE
    titled: str = icu.CaseMap.toTitle(reader, whole, name)
    return titled


def is_numbering(numbering: str) -> bool:
    """Whether this is a CLDR numbering system of ten digits: `latn`, `arab`, `beng`, but not `roman`."""
    try:
        numbering_digits(numbering)
    except UnknownNumberingError:
        return False
    return True


@lru_cache(maxsize=256)
def numbering_digits(numbering: str) -> str:
    """The ten digits of a CLDR numbering system, from zero to nine.

    Raises: UnknownNumberingError, also for systems that are rules (`roman`).
    """
    if numbering not in _numbering_names():
        raise UnknownNumberingError(numbering)
    system = icu.NumberingSystem.createInstanceByName(numbering)
    digits: str = system.getDescription()
    if system.isAlgorithmic() or system.getRadix() != 10 or len(digits) != 10:
        raise UnknownNumberingError(numbering)
    return digits


@lru_cache(maxsize=1)
def _numbering_names() -> frozenset[str]:
    return frozenset(icu.NumberingSystem.getAvailableNames())


@lru_cache(maxsize=1)
def _region_zones() -> dict[str, str]:
    """The zone of each region that has one, or has a primary one."""
    rows = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines()
    zones: dict[str, list[str]] = {}
    for row in rows:
        if row and not row.startswith("#"):
            region, _, zone = row.split("\t")[:3]
            zones.setdefault(region, []).append(zone)
    return {region: names[0] for region, names in zones.items() if len(names) == 1} | _PRIMARY_ZONES
