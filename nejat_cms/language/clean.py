"""What every plain text goes through on its way in: what could deceive or break goes, the rest stays."""

import re

# Embeddings and overrides (they can make a text read as another), byte order marks, surrogates and
# noncharacters. C0 and C1 controls as well, but those that break lines or space words come first.
_NONCHARACTERS = "".join(f"{chr(plane + 0xFFFE)}-{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_REMOVED = re.compile(
    f"[\u202a-\u202e\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef{_NONCHARACTERS}]"
)
_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_BREAKING_SPACES = "\t \u1680\u2000-\u2006\u2008-\u200a\u205f\u3000"
_SPACE_RUN = re.compile(f"[{_BREAKING_SPACES}]+")
_ISOLATE = re.compile("[\u2066-\u2069]")
_PDI = "\u2069"
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
# Everything a reader would see nothing of, Hangul fillers and the Braille blank included.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]*"
)


def clean_text(text: str, *, multiline: bool = False) -> str:
    """A plain text as it is kept: what its author wrote, without what could deceive or break.

    Goes: bidi embeddings and overrides (U+202A–202E), U+FEFF, C0 and C1 controls,
    surrogates and noncharacters, space at both ends. Isolates (U+2066–2069) come
    out in pairs: one left open is closed at the end of its line, a stray end goes.

    Stays: ZWNJ, ZWJ, RLM, LRM, ALM, soft hyphens, non-breaking spaces, combining
    marks, and the author's way of composing letters: no normalisation.

    On one line (the default) line breaks of every kind and runs of space become
    one space. With `multiline` every line break becomes `\\n`, a tab a space, and
    runs of spaces stay. Idempotent.

    Source: Unicode TR9 §2 and TR36 §3; CVE-2021-42574.
    """
    text = _LINE_BREAK.sub("\n", _REMOVED.sub("", text))
    if multiline:
        lines = [_balanced(line) for line in text.replace("\t", " ").split("\n")]
        return "\n".join(lines).strip()
    return _SPACE_RUN.sub(" ", _balanced(text.replace("\n", " "))).strip()


def has_forbidden(text: str) -> bool:
    """Whether a text holds what no database keeps: NUL, or half of a surrogate pair."""
    return _FORBIDDEN.search(text) is not None


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: only space, joiners, bidi marks and fillers."""
    return _INVISIBLE.fullmatch(text) is not None


def _balanced(line: str) -> str:
    """One line with its isolates in pairs (TR9 BD9: a line's end closes them all)."""
    depth = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth
        if match[0] != _PDI:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return ""
        return match[0]

    balanced = _ISOLATE.sub(keep, line)
    return balanced + _PDI * depth
