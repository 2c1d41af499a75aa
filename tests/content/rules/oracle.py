"""What may stand in our HTML, checked by another parser than the one that wrote it."""

import re

from selectolax.lexbor import LexborHTMLParser

INLINE = {
    "a": {"href"},
    "abbr": {"title"},
    "span": {"lang", "dir"},
    **{name: set() for name in ["strong", "em", "u", "s", "sub", "sup", "code", "br", "bdi", "ruby", "rt", "rp"]},
}
_BLOCK = {"data-block", "lang", "dir"}
BLOCKS = {
    **dict.fromkeys(["p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table", "figure", "hr"], _BLOCK),
    **{name: set() for name in ["thead", "tbody", "tr", "td", "cite"]},
    "p": _BLOCK | {"class", "data-library"},
    "figure": _BLOCK | {"class"},
    "figcaption": {"data-library"},
    "img": {"data-asset", "data-poster", "data-library", "alt"},
    "video": {"data-asset", "data-poster"},
    "a": INLINE["a"] | {"data-asset"},
    "pre": _BLOCK | {"data-language"},
    "nav": _BLOCK | {"class"},
    "li": {"data-page", "data-article"},
    "th": {"scope"},
}
SHOWN = {
    "img": {"src", "srcset", "width", "height", "loading"},
    "video": {"src", "poster", "controls", "preload"},
    "a": {"download"},
}
"""What is there besides where readers are shown assets of the library."""
_CLASSES = {"nav": "contents", "figure": "gallery", "p": "file"}
_INVISIBLE = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIRECT = re.compile(r"(https?://[^/\\@]|mailto:.|tel:[+0-9*#])")


def findings(html: str, *, blocks: bool = True, shown: bool = False) -> list[str]:
    """Every element, attribute and address that has no business there."""
    allowed: dict[str, set[str]] = {**INLINE, **BLOCKS} if blocks else dict(INLINE)
    if shown:
        allowed |= {name: allowed[name] | more for name, more in SHOWN.items()}
    parser = LexborHTMLParser(f"<!doctype html><body><main>{html}</main>")
    wrong = []
    assert parser.root is not None
    for node in parser.root.traverse(include_text=True):
        tag = node.tag or "?"
        if tag in {"html", "head", "body", "main", "-text", "-doctype", "-document"}:
            if node.attributes:
                wrong.append(f"{tag} with {node.attributes}")
            continue
        if tag not in allowed:
            wrong.append(f"<{tag}>")
            continue
        for name, value in node.attributes.items():
            if name not in allowed[tag]:
                wrong.append(f"{tag}[{name}]")
            elif not _good(name, value or ""):
                wrong.append(f"{tag}[{name}={value!r}]")
            elif name == "class" and value != _CLASSES.get(tag):
                wrong.append(f"{tag}[class]")
    if parser.css("head > *:not(meta)"):
        wrong.append("something got into the head")
    return wrong


def text_of(html: str) -> str:
    """The text another parser sees, white space collapsed."""
    parser = LexborHTMLParser(f"<body>{html}</body>")
    return " ".join(parser.body.text().split()) if parser.body else ""


def _good(name: str, value: str) -> bool:
    if name in {"href", "src", "poster"}:
        return _harmless(value)
    return name not in {"data-asset", "data-poster"} or _UUID.fullmatch(value) is not None


def _harmless(url: str) -> bool:
    bare = _INVISIBLE.sub("", url).lower()
    if not bare or "\\" in url or bare.startswith("//"):
        return False
    before_colon, colon, _rest = bare.partition(":")
    is_relative = not colon or re.search("[/?#]", before_colon) is not None
    return is_relative or _DIRECT.match(bare) is not None
