"""Left to right, or right to left."""

from typing import Literal

import icu

from .canonical import canonical_locale

Direction = Literal["ltr", "rtl"]

_Class = icu.UCharDirection
_STRONG: dict[int, Direction] = {
    _Class.LEFT_TO_RIGHT: "ltr",
    _Class.RIGHT_TO_LEFT: "rtl",
    _Class.RIGHT_TO_LEFT_ARABIC: "rtl",
}
_OPENS = frozenset({"\u2066", "\u2067", "\u2068"})
_CLOSES = "\u2069"
_FSI = "\u2068"


def text_direction(text: str) -> Direction | None:
    """The direction a text asks for by its first strong letter; None when it has none.

    Digits, punctuation and emoji are not strong; LRM, RLM and ALM are. What stands
    between an isolate and its end is passed over, and an isolate that is never
    closed reaches to the end of its paragraph. Paragraphs without a strong letter
    are passed over, so a text that begins with a blank line is judged by the next.

    Source: Unicode TR9, P2 and P3.
    """
    depth = 0
    for char in text:
        if char in _OPENS:
            depth += 1
        elif char == _CLOSES:
            depth = max(depth - 1, 0)
        elif depth and char not in "\n\r\x1c\x1d\x1e\x85\u2029":
            continue
        else:
            kind = icu.Char.charDirection(char)
            if kind in _STRONG:
                return _STRONG[kind]
            if kind == _Class.BLOCK_SEPARATOR:
                depth = 0
    return None


def opposite_direction(text: str, surrounding: Direction) -> Direction | None:
    """The direction of a text all of whose strong letters run against its surrounding's; None for any other text.

    Stricter than the first letter: a sentence of one script may begin with a name in another.
    """
    found = None
    for char in text:
        direction = _STRONG.get(icu.Char.charDirection(char))
        if direction == surrounding:
            return None
        found = direction or found
    return found


def isolated(text: str, surrounding: Direction, own: Direction | None = None) -> str:
    """A text as it is put into another: within FSI and PDI where it runs the other way.

    It does if it is said to (`own`: its language's direction) and has a strong letter, or if
    all of its strong letters do. For places that hold nothing but text, such as the titles of
    a feed or the subject of a mail: what stands beside it, and its own brackets and full stop,
    keep their sides. `text` is one line as `clean_text` leaves it, its isolates in pairs; one
    that is isolated already stays as it is.

    Source: Unicode TR9 §2.4.2 and §2.7.
    """
    if text_direction(text) is None:
        return text
    other_way = own not in (None, surrounding) or opposite_direction(text, surrounding)
    return f"{_FSI}{text}{_CLOSES}" if other_way else text


def locale_direction(locale: str, script: str | None = None) -> Direction:
    """The direction a language is written in: `fa` is `rtl`, `az` `ltr`, `az-Arab` `rtl`.

    `script` (ISO 15924) overrides the locale's own, as an edition's setting may.

    Source: CLDR likelySubtags; Unicode script metadata.

    Raises: UnknownLocaleError, unless a script is given.
    """
    if script is None:
        likely = icu.Locale.forLanguageTag(canonical_locale(locale))
        likely.addLikelySubtags()
        script = likely.getScript()
    return script_direction(script)


def script_direction(script: str) -> Direction:
    """The direction of a script by its ISO 15924 code; `ltr` for one that Unicode does not know."""
    # Nastaliq is a style of Arabic, and ICU keeps no facts about styles.
    codes = icu.Script.getCode("Arab" if script == "Aran" else script)
    return "rtl" if codes and icu.Script(codes[0]).isRightToLeft() else "ltr"
