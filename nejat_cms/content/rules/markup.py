"""HTML as a flat stream of text and tags, read once from left to right.

No tree is built, so that no input can make one that is deep or costly: an HTML5
tree builder takes 19 s for 100,000 nested `<div>` and 1.4 GB for 30 kB of unclosed
`<b class=…>` before `<p>` (measured with lexbor). What a stream lacks in error
recovery is harmless, because nothing of it is ever passed on: its readers write
every tag and attribute anew from a short list.

Source: HTML Living Standard §13.2.5, tokenization.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.entities import html5
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["text", "start", "end", "comment"]


class Token(NamedTuple):
    """`data` is the text, or the name of the element in small letters. Attributes have their values decoded."""

    kind: Kind
    data: str
    attrs: Mapping[str, str]


_NO_ATTRS: Mapping[str, str] = MappingProxyType({})
COMMENT = Token("comment", "", _NO_ATTRS)

HIDDEN = frozenset(
    [
        "script",
        "style",
        "title",
        "template",
        "iframe",
        "noembed",
        "noframes",
        "svg",
        "audio",
        "video",
        "canvas",
        "datalist",
    ]
)
"""Elements whose content is no text of the author's: code, fallbacks, drawings."""
_LITERAL = frozenset(["textarea", "xmp"])
_CODE = frozenset(["script", "style"])
_CLOSERS = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.ASCII | re.IGNORECASE) for name in HIDDEN | _LITERAL}

_MARKUP = re.compile(r"<(?=[a-zA-Z!?]|/.)", re.ASCII | re.DOTALL)
_NAME = re.compile(r"[a-zA-Z][^\t\n\f\r />]*+")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+
        (?: (?P<end>>)
          | (?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*+)
            (?: [\t\n\f\r ]*+ = [\t\n\f\r ]*+
                (?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' | (?P<bare>(?!["'])[^\t\n\f\r >]*+) ) )?
        )""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(r"--!?>")
_ZEROS = re.compile(r"(&#[xX]?)0+(?=[0-9a-fA-F])", re.ASCII)
# Python refuses to convert numbers of thousands of digits; no character has more than seven.
_TOO_BIG = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?", re.ASCII)
_ATTRIBUTE_REFERENCE = re.compile(r"&(?:#[xX]?[0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*+[;=]?)", re.ASCII)


def tokens(html: str) -> Iterator[Token]:
    """The texts, tags and comments of a piece of HTML, in its order.

    The content of `HIDDEN` elements is passed over, that of `<textarea>` and `<xmp>`
    is text. Where the standard would lose everything to the end (a tag or comment
    that never ends), the rest is text instead; only an endless `<script>` or
    `<style>` takes it along. Takes any string; time and memory grow with its length.
    """
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    endless: set[str] = set()  # what was looked for to the end of the input in vain, and need not be again
    at = 0
    while match := _MARKUP.search(html, at):
        start = match.start()
        if start > at:
            yield _text(html[at:start])
        name = _NAME.match(html, start + 1) or (html[start + 1] == "/" and _NAME.match(html, start + 2))
        if not name:
            at = _past_comment(html, start, endless)
            if at < 0:
                yield _text(html[start:])
                return
            if html[start : start + 9].lower() != "<!doctype":
                yield COMMENT
            continue
        attrs, at = _attributes(html, name.end())
        if at < 0:
            yield _text(html[start:])
            return
        element = name[0].lower()
        if html[start + 1] == "/":
            yield Token("end", element, _NO_ATTRS)
            continue
        yield Token("start", element, attrs)
        closed = html.endswith("/>", start, at) and element not in _CODE
        if element in _CLOSERS and element not in endless and not closed:
            closer = _CLOSERS[element].search(html, at)
            if closer is None:
                endless.add(element)
                at = len(html) if element in _CODE else at
                continue
            if element in _LITERAL:
                yield _text(html[at : closer.start()])
            at = closer.start()
    if at < len(html):
        yield _text(html[at:])


def _text(source: str) -> Token:
    return Token("text", decode(source), _NO_ATTRS)


def decode(text: str) -> str:
    """Text with its character references read: `&amp;` is `&`."""
    return unescape(_TOO_BIG.sub("\ufffd", _ZEROS.sub(r"\1", text))) if "&" in text else text


def _past_comment(html: str, start: int, endless: set[str]) -> int:
    """Where a comment, a doctype or a processing instruction ends; -1 if the rest is no markup."""
    if html.startswith("<!--", start):
        if "-->" in endless:
            return start + 4
        if match := _COMMENT_END.search(html, start + 2):
            return match.end()
        endless.add("-->")
        return start + 4
    return html.find(">", start) + 1 or -1


def _attributes(html: str, at: int) -> tuple[Mapping[str, str], int]:
    """The attributes of a tag, the first of each name, and where the tag ends; -1 if it does not."""
    attrs: dict[str, str] = {}
    while match := _ATTRIBUTE.match(html, at):
        at = match.end()
        if match["end"]:
            return attrs, at
        name = match["name"].lower()
        if name not in attrs:
            attrs[name] = _attribute_value(match["double"] or match["single"] or match["bare"] or "")
    return attrs, -1


def _attribute_value(source: str) -> str:
    if "&" not in source:
        return source
    return _ATTRIBUTE_REFERENCE.sub(_attribute_reference, _ZEROS.sub(r"\1", source))


def _attribute_reference(match: re.Match[str]) -> str:
    """In an attribute a name without its semicolon is often part of a query: `?a=1&copy=2`."""
    reference = match[0]
    known = reference.startswith("&#") or reference[1:] in html5
    return decode(reference) if known else reference
