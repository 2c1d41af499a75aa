"""HTML as a newsroom pastes it, made into blocks.

Read once from left to right (`markup`), with a stack of the elements that matter. Wherever a block
begins or ends, the line of text so far is delivered to the innermost open element that collects
lines (a list item, a cell, a quotation), else it is a paragraph. What such an element cannot hold
(a table in a quotation) becomes lines in it: text is never lost. `html_blocks` makes the blocks.
"""

from collections.abc import Mapping

from nejat_cms.content.rules.block_types import BODY_BYTES, LIST_DEPTH, Block, check_size, too_long_body
from nejat_cms.content.rules.html_blocks import HEADINGS, BlockBuilder, code_language
from nejat_cms.content.rules.html_frames import Frame
from nejat_cms.content.rules.inline import sanitize_inline
from nejat_cms.content.rules.markup import HIDDEN, tokens
from nejat_cms.content.rules.removals import Removal, Report
from nejat_cms.content.rules.rendering import render_html
from nejat_cms.errors import InvalidError

__all__ = ["Removal", "parse_html", "render_html", "sanitize_inline"]

POINTER = "/body/html"

_NAMED = ("data-asset", "data-poster", "data-library")
# What an element is; every other block element is a wrapper, which only parts lines.
_KINDS = dict.fromkeys(HEADINGS, "heading") | {
    "blockquote": "quote",
    "ul": "list",
    "ol": "list",
    "menu": "list",
    "li": "item",
    "table": "table",
    "tr": "row",
    "td": "cell",
    "th": "cell",
    "caption": "caption",
    "pre": "pre",
    "hr": "divider",
    "figure": "figure",
    "figcaption": "caption",
}
# What an element may say that names an asset of the library. The rest is what readers are shown of it.
_ASSET_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "img": (*_NAMED, "alt", "src", "srcset", "width", "height", "loading"),
    "video": (*_NAMED, "src", "poster", "controls", "preload"),
    "a": (*_NAMED, "href", "download"),
}
# What each can hold as what it is (`""`: the body itself); anything else in it becomes lines.
_HOLDS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        ["heading", "quote", "list", "table", "pre", "verse", "figure", "gallery", "file", "contents", "divider"]
    ),
    "gallery": frozenset(["figure"]),
    "list": frozenset(["item", "list"]),
    "item": frozenset(["list"]),
    "quote": frozenset(["cite"]),
    "table": frozenset(["row", "cell", "caption"]),
    "row": frozenset(["cell"]),
    "contents": frozenset(["label"]),
}
_KNOWN_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "contents": ("class",),
    "gallery": ("class",),
    "file": ("class", "data-library"),
    "caption": ("data-library",),
    "label": ("data-page", "data-article"),
    "pre": ("class", "data-language"),
    "verse": ("class",),
    "cell": ("colspan", "rowspan", "scope"),
}
_PARTS = frozenset(["p", "div", "section", "article", "main", "header", "footer", "aside", "nav", "search", "hgroup"])
_OTHER_WRAPPERS = frozenset(["address", "center", "details", "summary", "dl", "dt", "dd", "html", "head", "body"])
_TABLE_PARTS = frozenset(["thead", "tbody", "tfoot", "colgroup"])
_FORMS = frozenset(["form", "fieldset", "legend", "option", "optgroup", "dialog", "frameset"])
_BLOCK_TAGS = _KINDS.keys() | _PARTS | _OTHER_WRAPPERS | _TABLE_PARTS | _FORMS

_LISTS = frozenset(["ul", "ol", "menu"])
_CELLS = frozenset(["td", "th", "caption"])
_TABLE = frozenset(["table"])
_SECTIONS_OF_TABLE = frozenset(["thead", "tbody", "tfoot", "tr", "caption"])
# What a start tag ends when it is still open, and what keeps it from looking further out.
_IMPLIED_ENDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset(["li"]), _LISTS | _CELLS | _TABLE),
    "dt": (frozenset(["dt", "dd"]), _CELLS | _TABLE | {"dl"}),
    "dd": (frozenset(["dt", "dd"]), _CELLS | _TABLE | {"dl"}),
    "td": (_CELLS, _TABLE | {"tr"}),
    "th": (_CELLS, _TABLE | {"tr"}),
    "tr": (frozenset(["tr", "caption"]), _TABLE),
    "thead": (_SECTIONS_OF_TABLE, _TABLE),
    "tbody": (_SECTIONS_OF_TABLE, _TABLE),
    "tfoot": (_SECTIONS_OF_TABLE, _TABLE),
}


def parse_html(html: str) -> tuple[list[Block], list[Removal]]:
    """The blocks of a piece of HTML, and what was removed from it.

    Takes whatever is pasted: fragments and whole documents, WordPress with its
    comments, word processors. Wrappers vanish and hand their `lang` and `dir` on;
    bare text becomes paragraphs, empty ones are dropped; an embedded video of an
    allowed provider becomes a video block. What `render_html` wrote of assets is read
    back; other pictures are removed and reported. The blocks have no ids, unless
    `render_html` wrote them into `data-block`.

    `parse_html(render_html(blocks))` gives the same blocks, and so does what readers
    are shown of them. Time grows with length, whatever nests in what.

    Raises: InvalidError at `/body/html`: `too_long` (2 MB, as sent or as kept) or
    `too_many` (2,000 blocks).
    """
    if len(html) > BODY_BYTES or len(html.encode("utf-8", "replace")) > BODY_BYTES:
        raise InvalidError(too_long_body(POINTER))
    report = Report(POINTER)
    reader = _Reader(report)
    for kind, data, attrs in tokens(html):
        if kind == "text":
            reader.text(data)
        elif kind == "start":
            reader.start(data, attrs)
        elif kind == "end":
            reader.end(data)
        else:
            report.add("comment", "comment")
    blocks = reader.body.finish()
    check_size(blocks, POINTER)
    return blocks, report.removals


class _Reader:
    """Which elements begin and end where: as much of HTML §13.2.6 as a flat text needs."""

    def __init__(self, report: Report) -> None:
        self.body = BlockBuilder(report)
        self._report = report
        self._writer = self.body.writer

    def text(self, text: str) -> None:
        top = self.body.top
        if top and top.kind == "pre":
            top.lines.append(text)
        elif top and top.kind == "verse":
            for at, line in enumerate(text.split("\n")):
                if at:
                    self._writer.br()
                self._writer.text(line)
        else:
            self._writer.text(text)

    def start(self, tag: str, attrs: Mapping[str, str]) -> None:
        top = self.body.top
        if top and top.kind == "pre":
            self._start_in_code(top, tag, attrs)
        elif tag in _BLOCK_TAGS:
            self._start_block(tag, attrs)
        elif tag == "cite" and top and top.kind == "quote":
            top.joined = not self._writer.empty
            self.body.flush()
            self._push("cite", tag, attrs)
        elif tag == "br":
            self._report.attributes(attrs)
            self._writer.br()
        elif tag in _ASSET_ATTRIBUTES and self.body.asset(tag, attrs):
            self._report.attributes(attrs, *_ASSET_ATTRIBUTES[tag])
        elif tag == "iframe":
            self.body.video(attrs)
        elif tag in HIDDEN:
            self._report.add(tag, "element")
        else:
            self._writer.start(tag, attrs)

    def end(self, tag: str) -> None:
        top = self.body.top
        if tag in _BLOCK_TAGS or (top and top.tag == tag):
            self.body.flush()
            tags = frozenset(HEADINGS) if tag in HEADINGS else frozenset([tag])
            inner = _CELLS | _SECTIONS_OF_TABLE | _TABLE
            self.body.end(tag, tags, _TABLE if tag in inner else _CELLS | _TABLE)
        elif not (top and top.kind == "pre"):
            self._writer.end(tag)

    def _start_block(self, tag: str, attrs: Mapping[str, str]) -> None:
        self.body.flush()
        self.body.close(frozenset(["p"]), _CELLS | _TABLE)
        if tag in _IMPLIED_ENDS:
            self.body.close(*_IMPLIED_ENDS[tag])
        if tag in _FORMS:
            self._report.add(tag, "element")
        if self.body.holder_kind == "heading" and tag in _KINDS:
            # A heading left open would swallow what follows it.
            self.body.close(frozenset(HEADINGS), _CELLS | _TABLE)
        kind = self._kind(tag, attrs)
        if kind == "cell" and self.body.holder_kind == "table":
            self._push("row", "tr", {})
        self._push(kind, tag, attrs)
        if tag == "hr":
            self.body.end(tag, frozenset([tag]), frozenset())

    def _kind(self, tag: str, attrs: Mapping[str, str]) -> str:
        """What an element is where it stands: itself, or a mere wrapper around lines."""
        holder, kind = self.body.holder_kind, _KINDS.get(tag, "wrapper")
        classes = attrs.get("class", "").split()
        if tag == "nav" and "contents" in classes:
            kind = "contents"
        elif tag == "figure" and "gallery" in classes:
            kind = "gallery"
        elif tag == "p" and "file" in classes:
            kind = "file"
        elif tag == "pre" and "verse" in attrs.get("class", ""):
            kind = "verse"
        elif tag == "footer" and holder == "quote":
            kind = "cite"
        elif tag == "li" and holder == "contents":
            kind = "label"
        elif tag == "figcaption" and holder in {"", "gallery"} and self.body.figure:
            return kind
        elif kind == "list" and self.body.list_depth == LIST_DEPTH:
            self._report.add(tag, "depth")
            return "wrapper"
        return kind if kind in _HOLDS.get(holder, ()) else "wrapper"

    def _push(self, kind: str, tag: str, attrs: Mapping[str, str]) -> None:
        self._report.attributes(attrs, "lang", "dir", "data-block", *_KNOWN_ATTRIBUTES.get(kind, ()))
        self.body.push(kind, tag, attrs)

    def _start_in_code(self, frame: Frame, tag: str, attrs: Mapping[str, str]) -> None:
        if tag == "br":
            frame.lines.append("\n")
        elif tag == "code":
            frame.language = frame.language or code_language(attrs)
        elif tag != "span":
            self._report.add(tag, "element")
