"""Which language a tag means, and which edition a reader wants.

canonical_locale("FA-ir")                        -> "fa-IR"
lookup("fa-IR, en;q=0.9", ["en", "ar", "fa"])    -> "fa"
describe_locale("fa").calendar                   -> "persian"
display_name("fa", "sq")                         -> "Persisht"
"""

import re
from collections.abc import Iterator, Sequence

from .canonical import LOCALE_MAX, canonical_locale, canonical_or_none
from .errors import UnknownLocaleError
from .locales import CALENDARS, LocaleFacts, describe_locale, display_name, is_numbering, wider

__all__ = [
    "ACCEPT_LANGUAGE_CHARACTERS",
    "ACCEPT_LANGUAGE_RANGES",
    "CALENDARS",
    "LOCALE_MAX",
    "LocaleFacts",
    "UnknownLocaleError",
    "canonical_locale",
    "describe_locale",
    "display_name",
    "is_numbering",
    "lookup",
]

ACCEPT_LANGUAGE_CHARACTERS = 4096
"""How many characters of an `Accept-Language` header are read: the rest is as if not sent."""

ACCEPT_LANGUAGE_RANGES = 64
"""How many of its ranges."""

_QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", re.ASCII)
_SUBTAGS = 8


def lookup(accept_language: str, available: Sequence[str]) -> str | None:
    """The edition a reader wants, out of those there are; None when she named none of them.

    `accept_language` is the header as it came, `available` canonical locales; the
    answer is one of them. Each range of the header, heaviest first and in header
    order among equals, is canonicalised (so `prs` finds `fa`) and widened as
    `locales.wider` does, from its end but by way of CLDR's parents, until an
    available locale is exactly that. `fa-IR, en;q=0.9` finds `fa`, not `en`. There
    is no distance between languages: Sorani (`ckb`) never gets Arabic; and a range
    is never narrowed: `ar` does not find `ar-EG`.

    `*` says nothing about which: it is passed over, and alone it is None, so that
    the caller's default applies. `q=0` refuses every locale of which it is the
    longest range that begins it: `ar-EG, ar;q=0` does not find `ar`. Of a range
    that is named twice the first counts. Malformed ranges and weights are skipped.
    At most 4,096 characters and 64 ranges are read, whatever is sent.

    Source: RFC 4647 §3.4; RFC 9110 §12.4.2 and §12.5.4; CLDR parentLocales.
    """
    weights: dict[str, float] = {}
    for text, weight in _ranges(accept_language):
        locale = _canonical_prefix(text)
        if locale is not None:
            weights.setdefault(locale, weight)

    offered = {canonical_or_none(locale): locale for locale in reversed(available)}
    for locale in sorted(weights, key=weights.__getitem__, reverse=True):
        if weights[locale] == 0:
            break
        for candidate in wider(locale):
            if candidate in offered and not _refused(candidate, weights):
                return offered[candidate]
    return None


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    """The well-formed ranges of a header with their weights, in its order."""
    items = header[:ACCEPT_LANGUAGE_CHARACTERS].split(",", ACCEPT_LANGUAGE_RANGES)
    if len(header) > ACCEPT_LANGUAGE_CHARACTERS:
        items.pop()  # cut in the middle: `fa;q=0.1` might have been left as `fa`
    for item in items[:ACCEPT_LANGUAGE_RANGES]:
        text, *parameters = (part.strip(" \t") for part in item.split(";"))
        weight = 1.0
        if parameters:
            name, _, value = parameters[0].partition("=")
            if len(parameters) > 1 or name.lower() != "q" or not _QVALUE.fullmatch(value):
                continue
            weight = float(value)
        yield text, weight


def _canonical_prefix(text: str) -> str | None:
    """The longest beginning of a range that is a locale; None for `*`, private use and noise."""
    subtags = text[: LOCALE_MAX * 2].split("-")
    # A subtag of one character opens extensions or private use, which no edition has.
    end = next((at for at, subtag in enumerate(subtags) if len(subtag) == 1), len(subtags))
    for length in range(min(end, _SUBTAGS), 0, -1):
        locale = canonical_or_none("-".join(subtags[:length]))
        if locale is not None:
            return locale
    return None


def _shortened(locale: str) -> Iterator[str]:
    """The locale, then the same without its last subtag, and so on."""
    while locale:
        yield locale
        locale = locale.rpartition("-")[0]


def _refused(locale: str, weights: dict[str, float]) -> bool:
    return next((weights[prefix] == 0 for prefix in _shortened(locale) if prefix in weights), False)
