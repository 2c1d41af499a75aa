"""An element that is open while HTML is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nejat_cms.content.rules.block_types import Block
from nejat_cms.content.rules.inline import Mark


@dataclass
class Frame:
    """An open element. `lang` and `dir` are those of the blocks it makes."""

    tag: str
    kind: str
    attrs: Mapping[str, str]
    mark: Mark
    lang: str | None
    dir: str | None
    id: str | None
    outer_holder: "Frame | None"
    lines: list[str] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    """Of a list its items, of a table its rows, of a row its cells, of a table of contents its entries."""
    nested: Block | None = None
    """The list in an item; the picture or video in a figure; what a file block will be."""
    poster: str = ""
    """In a figure, the picture of the video to come."""
    cite: str = ""
    joined: bool = False
    """Whether what was taken for the source of a quotation stands in a line of its text."""
    header: bool = False
    language: str = ""
