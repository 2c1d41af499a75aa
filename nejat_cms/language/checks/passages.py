"""Several texts checked as one."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from nejat_cms.language.checks.findings import Finding

_BETWEEN = "\n\n"
"""No rule's fix reaches over it, and no number stands beside a word on its other side."""


@dataclass(frozen=True)
class Passage:
    """Texts of one language that are read one after the other, by where they stand.

    A quotation may begin in one and end in another, and all write numbers in the same digits.
    """

    locale: str
    texts: Mapping[str, str]

    @property
    def whole(self) -> str:
        return _BETWEEN.join(self.texts.values())

    def located(self, findings: Iterable[Finding]) -> Iterable[tuple[str, Finding]]:
        """Findings in `whole`, each by where its text stands and by its place in that."""
        names = list(self.texts)
        starts = list(accumulate((len(text) + len(_BETWEEN) for text in self.texts.values()), initial=0))
        for finding in findings:
            at = bisect_right(starts, finding.start) - 1
            yield names[at], replace(finding, start=finding.start - starts[at], end=finding.end - starts[at])
