"""Text within a block: a few inline elements, written anew in one canonical form.

    sanitize_inline   any HTML → inline HTML of the list below, and what was removed
    inline_text       that inline HTML → plain text
    InlineWriter      what both `sanitize_inline` and `html.parse_html` write with

`a[href] strong em u s sub sup code br span[lang|dir] bdi abbr[title] ruby rt rp`. Another inline
element that says `lang` or `dir` gets a span as well, so that no text loses its language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import nh3

from nejat_cms.content.rules.markup import tokens
from nejat_cms.content.rules.removals import Removal, Report
from nejat_cms.language.clean import clean_text, is_blank
from nejat_cms.language.tags import canonical_locale
from nejat_cms.urls import safe_url

INLINE_TAGS: Mapping[str, str] = {
    name: name
    for name in ["a", "strong", "em", "u", "s", "sub", "sup", "code", "span", "bdi", "abbr", "ruby", "rt", "rp"]
} | {
    "b": "strong",
    "i": "em",
    "del": "s",
    "strike": "s",
}
"""What is understood on the way in, and what it becomes."""
LINE_TAGS = frozenset(
    [
        "p",
        "div",
        "li",
        "td",
        "th",
        "tr",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "blockquote",
        "pre",
        "section",
        "article",
        "figure",
        "figcaption",
    ]
)
"""Elements that part lines where there is only room for a line."""
DIRECTIONS = frozenset(["ltr", "rtl", "auto"])
INLINE_DEPTH = 32
"""How deep inline elements nest; deeper ones are taken away and their text stays."""

# Those that HTML opens again after a block ended without closing them.
_FORMATTING = frozenset(["a", "b", "code", "em", "i", "s", "strike", "strong", "u", "del"])
_ISOLATES = re.compile("([\u2066-\u2069])")
_PDI = "\u2069"
_SECOND_OPINION = nh3.Cleaner(
    tags=frozenset(INLINE_TAGS.values()) | {"br"},
    clean_content_tags=frozenset(),
    # Named one by one and with nothing for all, because by itself nh3 lets lang and title through everywhere.
    attributes={
        "*": frozenset(),
        "a": frozenset(["href"]),
        "abbr": frozenset(["title"]),
        "span": frozenset(["lang", "dir"]),
    },
    url_schemes=frozenset(["http", "https", "mailto", "tel"]),
    link_rel=None,
)


def sanitize_inline(html: str, pointer: str = "") -> tuple[str, list[Removal]]:
    """A piece of HTML as inline HTML in canonical form, and what was removed from it.

    Canonical: elements in the order they were opened and properly nested, none of
    them empty; space collapsed and outside of elements, none at the ends; only
    `&`, `<`, `>` (and `"` in attributes) as references. Blocks become lines. What
    `clean_text` removes is removed, isolates are closed at the end of their line.
    Text of unknown elements stays. `""` when a reader would see nothing.

    `sanitize_inline(x)` of what it returned is the same. `pointer` names the field
    in the removals. Takes any string; time grows with its length.
    """
    report = Report(pointer)
    return read_inline(html, report), report.removals


def read_inline(html: str, report: Report) -> str:
    return _read(html, InlineWriter(report))


def _read(html: str, writer: "InlineWriter") -> str:
    report = writer.report
    for kind, data, attrs in tokens(html):
        if kind == "text":
            writer.text(data)
        elif kind == "comment":
            report.add("comment", "comment")
        elif data == "br":
            report.attributes(attrs)
            writer.br()
        elif data in LINE_TAGS:
            writer.line()
            if kind == "start":
                report.attributes(attrs)
                report.add(data, "element")
        elif kind == "start":
            writer.start(data, attrs)
        else:
            writer.end(data)
    return writer.take()


def inline_text(html: str) -> str:
    """The plain text of inline HTML: `<br>` is a line break, a reading over a word follows it in brackets."""
    parts: list[str] = []
    bracketed = False
    for kind, data, _attrs in tokens(html):
        if kind == "text":
            parts.append(data)
        elif data == "br":
            parts.append("\n")
        elif data == "rp":
            bracketed = True
        elif data == "rt" and not bracketed:
            parts.append("(" if kind == "start" else ")")
        elif data == "ruby":
            bracketed = False
    return "".join(parts)


def escape_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_attribute(value: str) -> str:
    return escape_text(value).replace('"', "&quot;")


def language_attributes(lang: str | None, direction: str | None) -> str:
    """` lang="fa" dir="rtl"`, or less, or nothing."""
    return (f' lang="{escape_attribute(lang)}"' if lang else "") + (f' dir="{direction}"' if direction else "")


def read_language(attrs: Mapping[str, str], report: Report) -> tuple[str | None, str | None]:
    """The `lang` (canonical) and `dir` an element says; what is neither is reported."""
    lang, direction = attrs.get("lang") or None, (attrs.get("dir") or "").strip().lower() or None
    if lang is not None:
        try:
            lang = canonical_locale(lang.strip())
        except ValueError:
            report.add("lang", "language")
            lang = None
    if direction is not None and direction not in DIRECTIONS:
        report.add("dir", "attribute")
        direction = None
    return lang, direction


@dataclass(frozen=True)
class _Open:
    """An element that is open in the source; `opening` is empty for one that leaves no trace."""

    name: str
    opening: str
    closing: str

    depth: int


@dataclass(frozen=True)
class Mark:
    """What was open where a block began."""

    length: int
    outside: list[_Open] | None


class InlineWriter:
    """Writes one line of inline HTML after the other; elements left open continue in the next.

    What it writes is deferred until text needs it: space, line breaks, opening
    tags. So nothing is ever written that encloses nothing.
    """

    def __init__(self, report: Report, *, rereading: bool = False) -> None:
        self.report = report
        self._rereading = rereading
        self.written = 0
        """How many characters all lines have taken so far."""
        self._open: list[_Open] = []
        self._depth = 0
        self._ignored: dict[str, int] = {}
        self._parts: list[str] = []
        self._begun = 0  # how many of the open elements are written
        self._visible = False
        self._space = False
        self._breaks = 0
        self._isolates = 0

    @property
    def empty(self) -> bool:
        """Whether the line holds nothing yet."""
        return not self._parts

    def text(self, text: str) -> None:
        for piece in _ISOLATES.split(text) if not text.isascii() else [text]:
            if len(piece) == 1 and "\u2066" <= piece <= _PDI:
                self._isolate(piece)
            elif piece:
                # The letters at both ends keep the space between pieces from being taken for space around a text.
                self._put(clean_text(f"x{piece}x")[1:-1])

    def br(self) -> None:
        self._close_isolates()
        self._breaks += 1
        self._space = False

    def line(self) -> None:
        """Go on in a new line, unless this one is empty."""
        if self._parts and not self._breaks:
            self.br()

    def start(self, name: str, attrs: Mapping[str, str]) -> None:
        if self._depth >= INLINE_DEPTH or len(self._open) >= 2 * INLINE_DEPTH:
            self._ignore(name)
            return
        tag = INLINE_TAGS.get(name)
        if tag is None:
            self.report.add(name, "element")
        if tag in {"rt", "rp"} and not self._back_to_ruby():
            self.report.add(name, "element")
            tag = None
        if tag == "a":
            self.end("a")
        opening, closing = self._tags(tag, attrs)
        element = _Open(name, opening, closing, opening.count("<"))
        if tag is None and not element.opening and name not in INLINE_TAGS:
            return
        if self._depth + element.depth > INLINE_DEPTH:
            self._ignore(name)
            return
        self._open.append(element)
        self._depth += element.depth

    def end(self, name: str) -> None:
        if self._ignored.get(name):
            self._ignored[name] -= 1
            return
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].name == name:
                self._unwind(at)
                self._keep(at, self._open[at + 1 :])
                return

    def take(self) -> str:
        """The line so far, or `""` when a reader would see nothing of it; then begin a new one."""
        self._close_isolates()
        self._unwind(0)
        html = "".join(self._parts) if self._visible else ""
        self._parts, self._visible, self._space, self._breaks = [], False, False, 0
        if "<" in html and not self._rereading:
            html = self._agreed(html)
        self.written += len(html)
        return html

    def enter(self, *, sealed: bool = False) -> Mark:
        """A block begins; its mark goes to `leave`. In a sealed one nothing from outside is open or can be closed."""
        mark = Mark(len(self._open), self._open if sealed else None)
        if sealed:
            self._open, self._depth = [], 0
        return mark

    def leave(self, mark: Mark) -> None:
        """A block ends, its last line taken: formatting left open goes on after it, unless it was sealed."""
        if mark.outside is not None:
            self._open = mark.outside
            self._keep(len(self._open), [])
        elif len(self._open) > mark.length:
            self._keep(mark.length, self._open[mark.length :])

    def _keep(self, length: int, others: list[_Open]) -> None:
        """Of what is open keep the first, and of `others` those that HTML opens again."""
        self._open[length:] = [entry for entry in others if entry.name in _FORMATTING]
        self._depth = sum(entry.depth for entry in self._open)

    def _ignore(self, name: str) -> None:
        self.report.add(name, "depth")
        self._ignored[name] = self._ignored.get(name, 0) + 1

    def _put(self, text: str) -> None:
        core = text.strip(" ")
        self._space = self._space or text.startswith(" ")
        if not core:
            return
        self._begin()
        self._visible = self._visible or not is_blank(core)
        self._parts.append(escape_text(core))
        self._space = text.endswith(" ")

    def _isolate(self, char: str) -> None:
        if char != _PDI:
            self._isolates += 1
        elif self._isolates:
            self._isolates -= 1
        else:
            return
        self._begin()
        self._parts.append(char)

    def _close_isolates(self) -> None:
        if self._isolates:
            self._parts.append(_PDI * self._isolates)
            self._isolates = 0

    def _begin(self) -> None:
        if self._parts:
            self._parts.append("<br>" * self._breaks or " " * self._space)
        self._breaks, self._space = 0, False
        self._parts.extend(entry.opening for entry in self._open[self._begun :])
        self._begun = len(self._open)

    def _unwind(self, length: int) -> None:
        if self._begun > length:
            self._parts.extend(entry.closing for entry in reversed(self._open[length : self._begun]))
            self._begun = length

    def _back_to_ruby(self) -> bool:
        """Make a ruby the innermost element, as its readings must be its children."""
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].name == "ruby":
                self._unwind(at + 1)
                self._open, self._depth = self._open[: at + 1], 0
                self._keep(at + 1, [])
                return True
        return False

    def _tags(self, tag: str | None, attrs: Mapping[str, str]) -> tuple[str, str]:
        """The opening and closing tags that stand for an element: none, one, or one with a span in it."""
        lang, direction = read_language(attrs, self.report)
        known, own = ["lang", "dir"], ""
        if tag == "a":
            known.append("href")
            href = safe_url(attrs.get("href", ""))
            if href is None:
                tag = None
                if "href" in attrs:
                    self.report.add("href", "url")
            else:
                own = f' href="{escape_attribute(href)}"'
        elif tag == "abbr":
            known.append("title")
            title = clean_text(attrs.get("title", ""))
            own = f' title="{escape_attribute(title)}"' if title else ""
        self.report.attributes(attrs, *known)
        opening = f"<{tag}{own}>" if tag and tag != "span" else ""
        closing = f"</{tag}>" if opening else ""
        if said := language_attributes(lang, direction):
            span = f"<span{said}>", "</span>"
            # Readings must stay children of their ruby, so there the span goes around.
            outer, inner = (span, (opening, closing)) if tag == "ruby" else ((opening, closing), span)
            return outer[0] + inner[0], inner[1] + outer[1]
        return opening, closing

    def _agreed(self, html: str) -> str:
        """The line, unless a sanitiser of other people's making would change it: then what both agree on."""
        cleaned = _SECOND_OPINION.clean(html)
        if cleaned.replace("&nbsp;", "\u00a0") == html:
            return html
        agreed = _read(cleaned, InlineWriter(Report(""), rereading=True))
        if agreed != html:
            self.report.add("html", "markup")
        return agreed
