"""Whether a translation still says what its source says: computed from revisions, never from clocks.

Every revision carries a fingerprint for each segment, by path (`title`, `lead`,
`body/<block id>`). An ordinary edit gives a changed segment a new fingerprint; a minor
one lets it keep the old. So two revisions differ, to a translator, exactly where their
fingerprints differ.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from nejat_cms.content.rules.blocks import Block, segments

Fingerprints = Mapping[str, str]


class FreshnessState(StrEnum):
    SOURCE = "source"
    CURRENT = "current"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Freshness:
    """`source` is the locale a variant was made from, None for an original or where it may not be named."""

    state: FreshnessState
    source: str | None = None
    outdated_segments: int = 0

    def as_dict(self) -> dict[str, str | int | None]:
        return {"state": str(self.state), "source": self.source, "outdated_segments": self.outdated_segments}


ORIGINAL = Freshness(FreshnessState.SOURCE)


def article_segments(title: str, lead: str, blocks: list[Block]) -> dict[str, str]:
    """The translatable pieces of a text by path: title, lead, and one for each block that holds words."""
    return {"title": title, "lead": lead} | segments(blocks)


def fingerprint(
    texts: Mapping[str, str],
    before: Mapping[str, str] | None = None,
    inherited: Fingerprints | None = None,
    *,
    minor: bool = False,
    named: Iterable[tuple[Mapping[str, str], Fingerprints]] = (),
) -> dict[str, str]:
    """The fingerprints of a revision, given the texts and the fingerprints of the one before it.

    A segment whose text did not change inherits its fingerprint. In a minor revision so does
    a changed one; a segment that a minor revision adds has the fingerprint of nothing (it is
    left out), and one that it removes keeps its own, so that neither counts as a difference.

    `named` are the texts and fingerprints of the revisions that translations were made from:
    a segment that says what one of them said has its fingerprint again, and one that says
    something else never has, though a minor edit may have lent it to other words.
    """
    before, inherited, named = before or {}, inherited or {}, tuple(named)
    prints = {}
    for path, text in texts.items():
        if before.get(path) != text and not minor:
            prints[path] = _fresh(path, text, named)
        elif path in inherited:
            prints[path] = inherited[path]
    if minor:
        prints |= {path: kept for path, kept in inherited.items() if path not in texts}
    return prints


def _fresh(path: str, text: str, named: Iterable[tuple[Mapping[str, str], Fingerprints]]) -> str:
    own, taken = _digest(text), set()
    for texts, prints in named:
        if texts.get(path) == text and path in prints:
            return prints[path]
        taken.add(prints.get(path))
    while own in taken:
        own = _digest(own)
    return own


def changed_paths(old: Fingerprints, new: Fingerprints) -> set[str]:
    """The paths at which two revisions differ for a translator: added, removed or rewritten."""
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def mark(prints: Fingerprints) -> str:
    """One digest for all fingerprints, so that a query can tell equal from different."""
    return _digest("\n".join(f"{path}={prints[path]}" for path in sorted(prints)))


def _digest(text: str) -> str:
    return blake2b(" ".join(text.split()).encode(), digest_size=12).hexdigest()
