"""The order a reader expects of a list of titles."""

import threading
from functools import lru_cache

import icu

from .canonical import canonical_locale

SORTED_CHARACTERS = 300
SORT_KEY_MAX = 1024

_lock = threading.Lock()


def sort_key(text: str, locale: str) -> bytes:
    """Bytes that sort as CLDR sorts the text in this locale: `dh` after `d` in Albanian, آ before ا in Persian.

    Compare them bytewise, and only with keys of the same locale. The first 300 code
    points count; of the key itself 1,024 bytes are kept, which for the longest
    (Chinese, emoji) are its first 250 letters or so: a shortened key still sorts
    right as far as it reaches. Equal keys are possible for different texts, so sort
    by an id after it. The same ICU always gives the same key; another release of
    ICU may not, so stored keys are rebuilt after an upgrade (`COLLATION_VERSION`).

    Source: UTS 10 and CLDR's tailorings, at tertiary strength.

    Raises: UnknownLocaleError.
    """
    collator = _collator(locale)
    # Reading a collator is safe from several threads in ICU's C++; the wrapper promises nothing.
    with _lock:
        key: bytes = collator.getSortKey(text[:SORTED_CHARACTERS])
    return key[:SORT_KEY_MAX]


@lru_cache(maxsize=256)
def _collator(locale: str) -> icu.Collator:
    return icu.Collator.createInstance(icu.Locale.forLanguageTag(canonical_locale(locale)))


COLLATION_VERSION = f"icu-{icu.ICU_VERSION}"
"""Changes whenever stored sort keys could differ from new ones."""
