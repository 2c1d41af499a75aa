"""What of a variant is prose, in which language, and where: what a check of orthography reads."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from nejat_cms.content.rules.block_types import Block, canonical_id, worded_pictures, worded_places
from nejat_cms.content.rules.markup import decode, tokens
from nejat_cms.language.checks import PLACEHOLDER, Passage

_MUTE = frozenset(["code", "rt", "rp"])


def variant_passages(variant: Mapping[str, Any], named: Container[str]) -> Iterator[Passage]:
    """The texts of a variant, as the API shows it, in the fields that are `named`; by JSON Pointers into it.

    The blocks of one language are one passage; every other text is read on its own. Not `source`,
    which is a name that others gave.
    """
    texts = {f"/{name}": variant[name] for name in ("title", "lead") if name in named}
    for name in ("seo", "fields"):
        if name in named:
            texts |= {at: text for key, value in variant[name].items() for at, text in _texts(f"/{name}/{key}", value)}
    for name in ("tags", "authors", "translators"):
        if name in named:
            texts |= {f"/{name}/{at}": value for at, value in enumerate(variant[name])}
    yield from (Passage(variant["locale"], {at: text}) for at, text in texts.items())
    if "body" in named:
        yield from _body_passages(variant["body"]["blocks"], variant["locale"])


def _texts(at: str, value: Any) -> Iterator[tuple[str, str]]:
    """What a field says: itself if it is a text, or what is said about its pictures."""
    if isinstance(value, str) and canonical_id(value) is None:
        yield at, value
    elif isinstance(value, list):
        yield from ((place, text) for place, _kind, text in worded_pictures(value, at))


def _body_passages(blocks: list[Block], locale: str) -> list[Passage]:
    texts: dict[str, dict[str, str]] = {}
    for at, block in enumerate(blocks):
        lang = block.get("lang", locale)
        own = texts.setdefault(lang, {})
        for below, kind, value in worded_places(block):
            if kind != "code":
                own[f"/body/blocks/{at}{below}"] = prose_text(value, lang) if kind == "inline" else value
    return [Passage(lang, own) for lang, own in texts.items()]


def prose_text(html: str, lang: str) -> str:
    """The text of inline HTML in one language, each character of what is no such prose a U+FFFC.

    No such prose: `<code>`, readings over a word, and what says another language. Places are
    those in the element's `textContent` with one line break for each `<br>`.
    """
    if "<" not in html:
        return decode(html)
    parts: list[str] = []
    mute = [False]
    for kind, data, attrs in tokens(html):
        if kind == "text":
            parts.append(PLACEHOLDER * len(data) if mute[-1] else data)
        elif data == "br":
            parts.append("\n")
        elif kind == "start":
            mute.append(mute[-1] or data in _MUTE or attrs.get("lang", lang) != lang)
        else:
            mute.pop()
    return "".join(parts)
