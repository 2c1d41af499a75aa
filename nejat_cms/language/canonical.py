"""The one way a locale is written. (Callers take it from `tags`.)"""

import re
from functools import lru_cache

import icu

from .errors import UnknownLocaleError

LOCALE_MAX = 35
"""Longest tag in characters (RFC 5646 §4.4.1)."""

# language, extlang, script, region, variants: RFC 5646 §2.1 without extensions, private use and the
# grandfathered tags. Languages of four letters and more are reserved there, so that `auth` or
# `articles`, first steps of the API's own paths, can never be locales.
_TAG = re.compile(
    r"[a-z]{2,3}(-[a-z]{3})?(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*",
    re.ASCII | re.IGNORECASE,
)
_ENGLISH = icu.Locale("en")
_ENGLISH_NAMES = icu.LocaleDisplayNames.createInstance(_ENGLISH)

# CLDR has a name for these, but nobody publishes in them: codes for "unknown", "several" and "none",
# and the regions of pseudo-locales.
_NO_LANGUAGES = frozenset({"", "und", "mul", "mis", "zxx", "root"})
_NO_SCRIPTS = frozenset({"Zinh", "Zmth", "Zsye", "Zsym", "Zxxx", "Zyyy", "Zzzz"})
_NO_REGIONS = frozenset({"QO", "XA", "XB", "ZZ"})


def canonical_locale(tag: str) -> str:
    """The one way this house writes a locale: `FA-ir` is `fa-IR`, `iw` is `he`.

    Takes a BCP 47 tag in any case: language, script, region, variants. Deprecated
    and overlong forms become what CLDR replaces them with (`prs` → `fa-AF`,
    `pes` → `fa`, `arb` → `ar`, `als` → `sq`, `fas` → `fa`, `en-840` → `en-US`).
    Every part must have a name in CLDR. Idempotent.

    Refused: underscores, extensions (`-u-`), private use (`-x-`, `qaa`, `XA`),
    `und`, `mul`, more than 35 characters.

    Source: RFC 5646 §2.1 and §4.5; UTS 35 Annex C; CLDR as bundled with ICU.

    Raises: UnknownLocaleError.
    """
    canonical = canonical_or_none(tag)
    if canonical is None:
        raise UnknownLocaleError(tag)
    return canonical


def canonical_or_none(tag: str) -> str | None:
    """`canonical_locale`, with None for what it refuses: many tags are tried, few are known."""
    return _canonical(tag) if len(tag) <= LOCALE_MAX else None


@lru_cache(maxsize=4096)
def _canonical(tag: str) -> str | None:
    if not _TAG.fullmatch(tag):
        return None
    try:
        # The tag is parsed first, because createCanonical alone also takes POSIX names.
        locale = icu.Locale.createCanonical(icu.Locale.forLanguageTag(tag).getName())
        canonical: str = locale.toLanguageTag()
    except icu.ICUError:
        return None
    # ICU moves what it cannot read into private use instead of refusing it.
    if not _TAG.fullmatch(canonical) or len(canonical) > LOCALE_MAX or not _known(locale):
        return None
    return canonical


def _known(locale: icu.Locale) -> bool:
    language, script, region = locale.getLanguage(), locale.getScript(), locale.getCountry()
    if language in _NO_LANGUAGES or script in _NO_SCRIPTS or region in _NO_REGIONS:
        return False
    variants = [variant for variant in locale.getVariant().split("_") if variant]
    return (
        locale.getDisplayLanguage(_ENGLISH) != language
        and (not script or locale.getDisplayScript(_ENGLISH) != script)
        and (not region or locale.getDisplayCountry(_ENGLISH) != region)
        and all(_ENGLISH_NAMES.variantDisplayName(variant) != variant for variant in variants)
    )
