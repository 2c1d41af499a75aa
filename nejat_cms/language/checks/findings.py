"""What a check finds, and the sheet on which one rule after the other works."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning", "info"]
Code = Literal[
    "arabic_letter",
    "ascii_quotes",
    "bidi_control",
    "double_space",
    "doubled_zwnj",
    "latin_punctuation",
    "misplaced_zwnj",
    "missing_diacritic",
    "missing_zwnj",
    "mixed_digits",
    "persian_letter",
    "stray_tatweel",
    "unbalanced",
]

FINDINGS_MOST = 200
"""How many findings of one text are told, the most severe ones."""

_WEIGHT: dict[Severity, int] = {"info": 0, "warning": 1, "error": 2}


@dataclass(frozen=True)
class Finding:
    """Something to look at in text[start:end], in code points.

    `fix` is what may stand there instead without changing what is said; None where
    only the author can know.
    """

    code: Code
    start: int
    end: int
    severity: Severity
    fix: str | None = None


class Sheet:
    """A text as the fixes found so far would leave it, and what was found.

    A rule reads `text` and says what it finds by places in that. Because it never
    sees what an earlier rule mends, no fix makes work for another: where a later fix
    touches an earlier one, the two become one.
    """

    def __init__(self, text: str) -> None:
        self._fixes: list[Finding] = []
        self._notes: list[Finding] = []
        self._dropped = False
        self.text = text

    def take(self, found: Iterable[Finding]) -> None:
        """What one rule found, in order and not overlapping: the first `FINDINGS_MOST`, and as many infos."""
        room, kept = {True: FINDINGS_MOST, False: FINDINGS_MOST}, list[Finding]()
        for finding in found:
            grave = finding.severity != "info"
            if room[grave]:
                kept.append(finding)
                room[grave] -= 1
                continue
            self._dropped = True
            if grave:
                break
        if not kept:
            return
        places = _Places(self._fixes)
        for finding in kept:
            if finding.fix is None:
                start, end = places.original(finding.start, finding.end)
                self._notes.append(replace(finding, start=start, end=end))
        self._fixes = places.merged([finding for finding in kept if finding.fix is not None])
        self.text = apply_fixes(self.text, kept)

    def findings(self) -> list[Finding]:
        """The `FINDINGS_MOST` most severe of them, by their places in the original text."""
        found = sorted([*self._fixes, *self._notes], key=lambda one: -_WEIGHT[one.severity])
        return sorted(found[:FINDINGS_MOST], key=lambda one: (one.start, one.end, one.code))

    @property
    def cut(self) -> bool:
        """Whether there was more than `findings` tells."""
        return self._dropped or len(self._fixes) + len(self._notes) > FINDINGS_MOST


def apply_fixes(text: str, findings: Iterable[Finding]) -> str:
    """The text with every fix made, and nothing else changed. `findings` in order of their places."""
    parts, at = [], 0
    for finding in findings:
        if finding.fix is not None:
            parts += [text[at : finding.start], finding.fix]
            at = finding.end
    return "".join([*parts, text[at:]])


class _Places:
    """Where the fixes made so far stand in the text that they leave."""

    def __init__(self, fixes: list[Finding]) -> None:
        self.fixes = fixes
        self.starts: list[int] = []
        self.ends: list[int] = []
        shift = 0
        for fix in fixes:
            self.starts.append(fix.start + shift)
            self.ends.append(fix.start + shift + len(fix.fix or ""))
            shift = self.ends[-1] - fix.end

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] was before, together with every fix that it touches."""
        first, last = self._touched(start, end)
        before = self.fixes[first - 1].end - self.ends[first - 1] if first else 0
        after = self.fixes[last - 1].end - self.ends[last - 1] if last else 0
        start, end = start + before, end + after
        if first < last:
            start, end = min(start, self.fixes[first].start), max(end, self.fixes[last - 1].end)
        return start, end

    def merged(self, later: list[Finding]) -> list[Finding]:
        """The fixes made so far and later ones, as fixes of the original text."""
        whole: list[Finding] = []
        at = 0
        for finding in later:
            first, last = self._touched(finding.start, finding.end)
            whole += self.fixes[at:first]
            whole.append(self._joined(finding, first, last))
            at = last
        return whole + self.fixes[at:]

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """The range of fixes that overlap text[start:end]; one that took text away must lie inside."""
        first = bisect_right(self.ends, start)
        last = first
        while last < len(self.fixes) and self.starts[last] < end:
            last += 1
        return first, last

    def _joined(self, finding: Finding, first: int, last: int) -> Finding:
        start, end = self.original(finding.start, finding.end)
        fix, severity = finding.fix or "", finding.severity
        if first < last:
            touched = self.fixes[first:last]
            fix = (
                (touched[0].fix or "")[: max(0, finding.start - self.starts[first])]
                + fix
                + (touched[-1].fix or "")[max(0, finding.end - self.starts[last - 1]) :]
            )
            severity = max([severity, *(one.severity for one in touched)], key=_WEIGHT.__getitem__)
        return replace(finding, start=start, end=end, fix=fix, severity=severity)
