"""The part of an address that a title becomes, in the title's own letters."""

import re

import icu

from .errors import InvalidSlugError
from .folding import fold
from .segments import truncate_graphemes

__all__ = [
    "RESERVED_SLUGS",
    "SLUG_KEY_MAX",
    "SLUG_MAX",
    "InvalidSlugError",
    "check_slug",
    "slug_key",
    "slugify",
    "with_suffix",
]

SLUG_MAX = 120
"""Longest slug in code points."""

SLUG_KEY_MAX = 2 * SLUG_MAX
"""Longest key of a valid slug in code points (a key can be longer than its slug: ß is ss)."""

RESERVED_SLUGS = frozenset(
    ["feed.atom", "feed.rss", "feed.json", "sections", "tags", "people", "kinds", "search", "archive"]
)
"""What a slug's place in an address already means."""

_NFC = icu.Normalizer2.getNFCInstance()
_NFKC = icu.Normalizer2.getNFKCInstance()
_ZWNJ = "\u200c"
_TATWEEL = "\u0640"
_HARAKAT = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08ff]"
)
_HYPHENS = re.compile("-+")

_Category = icu.UCharCategory
_BASES = frozenset(
    {
        _Category.UPPERCASE_LETTER,
        _Category.LOWERCASE_LETTER,
        _Category.TITLECASE_LETTER,
        _Category.MODIFIER_LETTER,
        _Category.OTHER_LETTER,
        _Category.DECIMAL_DIGIT_NUMBER,
    }
)
_MARKS = frozenset({_Category.NON_SPACING_MARK, _Category.COMBINING_SPACING_MARK})


def slugify(title: str, max_length: int = SLUG_MAX) -> str:
    """The slug of a title: its words in its own letters, small, with hyphens between them.

    Letters, their marks and decimal digits stay (Arabic, Persian, Albanian ë and ç
    as they are); ZWNJ, space and everything else become one hyphen. Harakat and
    tatweel go, and compatibility forms become ordinary letters. Cut to `max_length`
    code points between words if one ends in the second half, else between
    characters. Never a control or bidi character, never a reserved word (`search`
    becomes `search-2`).

    `""` when nothing is left (a title of emoji): the caller decides what to take
    instead. Otherwise `check_slug` accepts it unchanged, and `slugify` too.
    """
    letters = _HARAKAT.sub("", _lower(_NFKC.normalize(title)))
    slug = _cut(_hyphenated(letters, strict=False), max_length)
    return with_suffix(slug, 2, max_length) if slug_key(slug) in RESERVED_SLUGS else slug


def check_slug(slug: str) -> str:
    """A slug that somebody chose, in its canonical form: NFC, small letters, ZWNJ as `-`.

    Hyphens at the ends and repeated ones go, and tatweel. Marks stay where they are
    on a letter.

    Raises: InvalidSlugError with `reason`
    `empty` (nothing is left), `too_long` (more than 120 code points, or a key of
    more than 240), `characters` (anything but letters, marks, decimal digits and
    hyphens: dots, spaces, slashes, controls, invisible fillers),
    `reserved` (one of `RESERVED_SLUGS`, also when it only looks like one).
    """
    if len(slug) > 4 * SLUG_MAX:  # decomposed letters get shorter; this only bounds the work
        raise InvalidSlugError(slug, "too_long")
    if slug.lower() in RESERVED_SLUGS:
        raise InvalidSlugError(slug, "reserved")
    canonical = _hyphenated(_lower(slug), strict=True)
    key = slug_key(canonical)
    if not key:
        raise InvalidSlugError(slug, "empty")
    if len(canonical) > SLUG_MAX or len(key) > SLUG_KEY_MAX:
        raise InvalidSlugError(slug, "too_long")
    if key in RESERVED_SLUGS:
        raise InvalidSlugError(slug, "reserved")
    return canonical


def slug_key(slug: str) -> str:
    """What two slugs have in common when a reader cannot tell them apart: the folded slug.

    ZWNJ and white space count as hyphens, which stay significant: `می-خواهم` is not
    `میخواهم`. Runs of hyphens are one, and none stands at the ends. Takes anything,
    also what no slug may be (a request's path); idempotent. Source: `folding.fold`.
    """
    key = fold(slug.replace(_ZWNJ, "-")).replace(" ", "-")
    return _HYPHENS.sub("-", key).strip("-")


def with_suffix(slug: str, n: int, max_length: int = SLUG_MAX) -> str:
    """The slug for the `n`th thing of that name: `kitchen-2`, shortened to fit `max_length`."""
    suffix = f"-{n}"
    return (_cut(slug, max_length - len(suffix)) + suffix).lstrip("-")


def _lower(text: str) -> str:
    # Lowering the Turkish capital leaves a dot of its own on an i that has one already.
    lowered: str = _NFC.normalize(_NFC.normalize(text).replace("İ", "i").lower())
    return lowered


def _hyphenated(text: str, *, strict: bool) -> str:
    """Words joined by hyphens. What belongs in no slug parts words, or is refused when `strict`."""
    kept: list[str] = []
    for char in text.replace(_TATWEEL, "").replace(_ZWNJ, "-"):
        kind = icu.Char.charType(char)
        invisible = icu.Char.hasBinaryProperty(char, icu.UProperty.DEFAULT_IGNORABLE_CODE_POINT)
        if not invisible and (kind in _BASES or (kind in _MARKS and kept and kept[-1] != "-")):
            kept.append(char)
        elif strict and char != "-":
            raise InvalidSlugError(text, "characters")
        elif not invisible and kind not in _MARKS:
            kept.append("-")
    # Once more, because what was left out may have parted a letter from its mark.
    composed: str = _NFC.normalize("".join(kept))
    return _HYPHENS.sub("-", composed).strip("-")


def _cut(slug: str, length: int) -> str:
    if len(slug) <= length:
        return slug
    head = truncate_graphemes(slug, max(length, 0))
    word_end = head.rfind("-")
    if slug[len(head)] != "-" and word_end >= length // 2:
        head = head[:word_end]
    return head.strip("-")
