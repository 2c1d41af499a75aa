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
    **{name: set() for name in ["thead", "tbody", "tr", "td", "cite", "figcaption"]},
    "pre": _BLOCK | {"data-language"},
    "nav": _BLOCK | {"class"},
    "li": {"data-page", "data-article"},
    "th": {"scope"},
}
_INVISIBLE = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_DIRECT = re.compile(r"(https?://[^/\\@]|mailto:.|tel:[+0-9*#])")


def findings(html: str, *, blocks: bool = True) -> list[str]:
    """Every element, attribute and address that has no business there."""
    allowed: dict[str, set[str]] = {**INLINE, **BLOCKS} if blocks else dict(INLINE)
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
            elif name == "href" and not _harmless(value or ""):
                wrong.append(f"{tag}[href={value!r}]")
            elif name == "class" and value != "contents":
                wrong.append(f"{tag}[class]")
    if parser.css("head > *:not(meta)"):
        wrong.append("something got into the head")
    return wrong


def text_of(html: str) -> str:
    """The text another parser sees, white space collapsed."""
    parser = LexborHTMLParser(f"<body>{html}</body>")
    return " ".join(parser.body.text().split()) if parser.body else ""


def _harmless(url: str) -> bool:
    bare = _INVISIBLE.sub("", url).lower()
    if not bare or "\\" in url or bare.startswith("//"):
        return False
    before_colon, colon, _rest = bare.partition(":")
    is_relative = not colon or re.search("[/?#]", before_colon) is not None
    return is_relative or _DIRECT.match(bare) is not None
