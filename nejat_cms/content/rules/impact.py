"""What a step would do beyond the thing it is taken with: findings, each with a code that has words of its own."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import lazy_gettext as _

MOST_ROWS = 50
"""Things of one code that are told one by one; the others are counted."""


class Step(StrEnum):
    UNPUBLISH = "unpublish"
    ARCHIVE = "archive"
    DELETE = "delete"
    RENAME = "slug"


class Severity(StrEnum):
    BLOCKS = "blocks"
    """The step will be refused."""
    BREAKS = "breaks"
    """Readers will miss it, or meet something that leads nowhere."""
    FOLLOWS = "follows"
    """It goes on working, or changes by itself."""


class Code(NamedTuple):
    severity: Severity
    detail: Any


CODES = {
    "not_published": Code(Severity.BLOCKS, _("It is not published.")),
    "not_archivable": Code(Severity.BLOCKS, _("It cannot be archived as it stands.")),
    "published": Code(Severity.BLOCKS, _("Readers see it: unpublish it first.")),
    "slug_taken": Code(Severity.BLOCKS, _("This slug is somebody else's.")),
    "named_by_texts": Code(Severity.BLOCKS, _("This text names it.")),
    "has_sections_below": Code(Severity.BLOCKS, _("This section lies below it.")),
    "address_gone": Code(Severity.BREAKS, _("This address, present or former, will not lead to it any more.")),
    "counterpart_lost": Code(Severity.BREAKS, _("This text will lose its counterpart in this edition.")),
    "source_lost": Code(Severity.BREAKS, _("This translation was made from it and will have no source.")),
    "link_broken": Code(Severity.BREAKS, _("A link in this text will lead nowhere.")),
    "contents_broken": Code(Severity.BREAKS, _("The contents of this text will lead to it no more.")),
    "related_lost": Code(Severity.BREAKS, _("This text names it as related, and will not any more.")),
    "menu_item_hidden": Code(Severity.BREAKS, _("An item of this menu leads to it, and will be left out.")),
    "front_page_changed": Code(Severity.BREAKS, _("This front page shows it, and will not any more.")),
    "pin_hidden": Code(Severity.BREAKS, _("It is pinned on the front page, and will be left out.")),
    "release_stopped": Code(Severity.BREAKS, _("This release is to publish it, and will not go out.")),
    "comments_hidden": Code(Severity.BREAKS, _("What readers wrote under it will not be seen.")),
    "page_emptied": Code(Severity.BREAKS, _("Nothing else is filed here: this page will disappear.")),
    "redirect_broken": Code(Severity.BREAKS, _("This redirect will lead nowhere.")),
    "former_address_lost": Code(
        Severity.BREAKS, _("The new address was this text's once, and will not lead to it any more.")
    ),
    "plan_dropped": Code(Severity.FOLLOWS, _("What was planned for it will not happen.")),
    "address_moves": Code(Severity.FOLLOWS, _("This address will lead on to the new one.")),
    "link_redirected": Code(Severity.FOLLOWS, _("A link in this text will be led on to the new address.")),
}


@dataclass(frozen=True)
class Subject:
    """What a step is asked about: a live text of one edition, or a section, tag or person."""

    type: str
    id: UUID
    """Of the variant or the term."""
    article_id: UUID | None = None
    locale: str | None = None
    """The edition it is about; None: every edition."""
    slug: str | None = None
    """The new one, where the step is another slug."""


@dataclass(frozen=True)
class Finding:
    """One thing that a step would touch, in which edition; `title` only where the asker may read it."""

    code: str
    locale: str | None
    type: str
    id: UUID | None = None
    title: str | None = None
    url: str | None = None
    count: int = 1
    """How many of them there are."""

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity

    @property
    def detail(self) -> str:
        return str(CODES[self.code].detail)


def listed(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in the order of their codes, blocking ones first; of each code what is told apart comes first."""
    rank = {code: number for number, code in enumerate(CODES)}
    return sorted(findings, key=lambda each: (rank[each.code], each.locale is None, each.locale or ""))


def and_more(code: str, type_: str, total: int, told: Sequence[Finding]) -> list[Finding]:
    """Those that are told one by one, and how many more there are."""
    rest = total - len(told)
    return [*told, Finding(code, None, type_, count=rest)] if rest > 0 else list(told)


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many things were found of each code."""
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.code] += finding.count
    return {code: counts[code] for code in CODES if counts[code]}
