"""What changed between two texts, word by word, invisible characters included."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .canonical import canonical_locale
from .segments import graphemes, truncate_graphemes, words

__all__ = ["DIFF_EDITS", "DIFF_STEPS", "DIFF_WORDS", "DiffPart", "graphemes", "truncate_graphemes", "word_diff"]

Op = Literal["equal", "insert", "delete"]
Change = tuple[Op, str]

DIFF_STEPS = 1_000_000
"""How many comparisons one diff may take before it answers more coarsely."""

DIFF_EDITS = 1_000
"""How many words may be deleted and inserted before the same."""

DIFF_WORDS = 200_000
"""Up to how many characters words are looked up as the language has them, dictionaries included."""

_NAMES = {
    "\u00a0": "NBSP",
    "\u00ad": "SHY",
    "\u034f": "CGJ",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202f": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}
_INVISIBLE = re.compile("[" + "".join(_NAMES) + "]")
_WORD_START = re.compile(r"(?:^|(?<=\s))[^\x00-\u02ff]")  # no mark lies below U+0300
_ANY = re.compile(r"[^\x00-\u02ff]")
_SPACED = re.compile(r"\s+|\S+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DOTTED_CIRCLE = "◌"
_MARKED = 10_000  # in a longer replacement nobody looks for a mark


@dataclass(frozen=True)
class DiffPart:
    """One stretch of a diff.

    `text` is exactly what stands in one or both texts; `visible` the same for the
    eye: invisible characters by name (⟨ZWNJ⟩), and a combining mark without a
    letter on a dotted circle.
    """

    op: Op
    text: str
    visible: str


def word_diff(before: str, after: str, locale: str) -> list[DiffPart]:
    """What was deleted and inserted between two texts, in reading order.

    The `equal` and `delete` parts joined are `before`, `equal` and `insert` joined are
    `after`; no part is empty, no two neighbours have the same `op`, and a deletion
    stands before the insertion that replaces it. Where the two differ in nothing but
    marks and invisible characters, each mark is shown on a circle of its own, or no
    reader would find it.

    Words, spaces and punctuation are compared, as the locale cuts them; in stretches of
    more than `DIFF_WORDS` characters, what stands between spaces. What begins and ends
    both texts alike is set aside first. When the rest differs so much that it would
    take more than `DIFF_STEPS` comparisons or `DIFF_EDITS` edits, lines are compared
    first and then words within changed lines, with as much work once more; what is
    beyond that is one deletion and one insertion. So texts of 2 MB take a few
    seconds at most, however they differ.

    Source: UAX 29 word boundaries; E. Myers, An O(ND) Difference Algorithm (1986).

    Raises: UnknownLocaleError.
    """
    locale = canonical_locale(locale)
    changes = _compare(_units(before, locale), _units(after, locale), _Budget())
    if changes is None:
        changes = _compare_by_lines(before, after, locale)
    return list(_parts(_merged(changes)))


class _Budget:
    """How much work is left."""

    def __init__(self) -> None:
        self.steps = DIFF_STEPS


def _compare_by_lines(before: str, after: str, locale: str) -> list[Change]:
    old_lines, new_lines = _LINE.findall(before), _LINE.findall(after)
    budget = _Budget()
    changes = _compare(old_lines, new_lines, budget) or _replaced(old_lines, new_lines)
    refined: list[Change] = []
    merged = _merged(changes)
    for at, (op, text) in enumerate(merged):
        if op == "delete" and at + 1 < len(merged) and merged[at + 1][0] == "insert":
            old, new = _units(text, locale), _units(merged[at + 1][1], locale)
            refined += _compare(old, new, budget) or _replaced(old, new)
        elif op != "insert" or at == 0 or merged[at - 1][0] != "delete":
            refined.append((op, text))
    return refined


def _units(text: str, locale: str) -> list[str]:
    return list(words(text, locale)) if len(text) <= DIFF_WORDS else _SPACED.findall(text)


def _compare(old: Sequence[str], new: Sequence[str], budget: _Budget) -> list[Change] | None:
    """The changes from one sequence to the other; None when the budget does not reach."""
    if budget.steps < 0:
        return None
    start, end = _common_ends(old, new)
    old_end, new_end = len(old) - end, len(new) - end
    numbers: dict[str, int] = {}
    matches = _matches(
        [numbers.setdefault(unit, len(numbers)) for unit in old[start:old_end]],
        [numbers.setdefault(unit, len(numbers)) for unit in new[start:new_end]],
        budget,
    )
    if matches is None:
        return None
    changes: list[Change] = [("equal", "".join(old[:start]))]
    at_old, at_new = start, start
    for x, y, length in [*matches, (old_end - start, new_end - start, end)]:
        changes.append(("delete", "".join(old[at_old : start + x])))
        changes.append(("insert", "".join(new[at_new : start + y])))
        at_old, at_new = start + x + length, start + y + length
        changes.append(("equal", "".join(old[start + x : at_old])))
    return changes


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The same without looking further than at both ends."""
    start, end = _common_ends(old, new)
    return [
        ("equal", "".join(old[:start])),
        ("delete", "".join(old[start : len(old) - end])),
        ("insert", "".join(new[start : len(new) - end])),
        ("equal", "".join(old[len(old) - end :])),
    ]


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many units both begin with, and how many of the rest both end with."""
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    return start, end


def _matches(old: list[int], new: list[int], budget: _Budget) -> list[tuple[int, int, int]] | None:
    """The stretches both have in common, as (place in old, place in new, length), in order."""
    n, m = len(old), len(new)
    trace: list[dict[int, int]] = []
    furthest = {1: 0}
    for edits in range(min(n + m, DIFF_EDITS) + 1):
        reached: dict[int, int] = {}
        # Diagonals that have run off either sequence lead nowhere.
        for k in range(-edits + 2 * max(0, edits - m), edits - 2 * max(0, edits - n) + 1, 2):
            origin = _origin(furthest, k)
            x = begun = furthest[origin] + (origin < k)
            while x < n and x - k < m and old[x] == new[x - k]:
                x += 1
            budget.steps -= 1 + x - begun
            reached[k] = x
            if x >= n and x - k >= m:
                return _walked_back([*trace, reached], n, m)
        if budget.steps < 0:
            return None
        trace.append(reached)
        furthest = reached
    return None


def _origin(furthest: dict[int, int], k: int) -> int:
    """The neighbouring diagonal from which an edit gets further on diagonal `k`: k + 1 inserts, k - 1 deletes."""
    return k + 1 if furthest.get(k - 1, -1) < furthest.get(k + 1, -1) else k - 1


def _walked_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, int]]:
    matches = []
    for furthest in reversed(trace[:-1]):
        k = x - y
        origin = _origin(furthest, k)
        begun = furthest[origin] + (origin < k)
        if x > begun:
            matches.append((begun, begun - k, x - begun))
        x = furthest[origin]
        y = x - origin
    if x:
        matches.append((0, 0, x))
    return matches[::-1]


def _merged(changes: Sequence[Change]) -> list[Change]:
    """Without empty parts and equal neighbours, and each deletion before its insertion."""
    merged: list[Change] = []
    pending: dict[Op, list[str]] = {"delete": [], "insert": []}
    equal: list[str] = []

    def flush() -> None:
        merged.extend((op, "".join(texts)) for op, texts in pending.items() if texts)
        pending["delete"], pending["insert"] = [], []

    for op, text in changes:
        if not text:
            continue
        if op == "equal":
            flush()
            equal.append(text)
        else:
            if equal:
                merged.append(("equal", "".join(equal)))
                equal = []
            pending[op].append(text)
    flush()
    if equal:
        merged.append(("equal", "".join(equal)))
    return merged


def _parts(changes: list[Change]) -> Iterator[DiffPart]:
    for at, (op, text) in enumerate(changes):
        neighbour = changes[at + 1 : at + 2] if op == "delete" else changes[max(at - 1, 0) : at]
        only_marks = (
            op != "equal"
            and bool(neighbour)
            and len(text) < _MARKED
            and neighbour[0][0] not in ("equal", op)
            and _bare(neighbour[0][1]) == _bare(text)
        )
        yield DiffPart(op, text, _visible(text, every_mark=only_marks))


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", _INVISIBLE.sub("", text))
    return "".join(char for char in decomposed if not _is_mark(char))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _visible(text: str, *, every_mark: bool) -> str:
    def circled(match: re.Match[str]) -> str:
        return _DOTTED_CIRCLE + match[0] if _is_mark(match[0]) else match[0]

    shown = (_ANY if every_mark else _WORD_START).sub(circled, text)
    return _INVISIBLE.sub(lambda match: f"⟨{_NAMES[match[0]]}⟩", shown)
