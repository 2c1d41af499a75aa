"""A body as readers get it: semantic HTML, or plain text.

Every block element carries its id as `data-block`. There is no script, style or frame in it: a video
elsewhere is a link to its page, and a frontend that wants the player takes `embeds.resolve_embed`'s address.

    paragraph  <p>              heading   <h2> … <h6>       divider  <hr>
    list       <ul> or <ol>     quote     <blockquote><p>…</p><cite>…</cite></blockquote>
    table      <table> with <thead> where the first row is one
    code       <pre data-language="…"><code>
    video      <figure><a href="…">…</a><figcaption>…</figcaption></figure>
               <figure><video data-asset="…" data-poster="…"></video><figcaption>…</figcaption></figure>
    image      <figure><img data-asset="…" alt="…"><figcaption>…</figcaption></figure>
    gallery    <figure class="gallery"> with such a figure for each picture
    file       <p class="file"><a data-asset="…">…</a></p>
    contents   <nav class="contents"><ol><li data-page="…" data-article="…">

What `assets.shown_blocks` adds becomes addresses, sizes, and words of the library where a text has none of its
own; an element with such words says `data-library`, so that they are not taken for the text's when it is read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nejat_cms.content.rules.block_types import Block
from nejat_cms.content.rules.inline import escape_attribute, escape_text, inline_text, language_attributes
from nejat_cms.language.direction import Direction, opposite_direction


def render_html(blocks: Sequence[Block]) -> str:
    """The body as HTML, one block a line. `parse_html` reads the same blocks back, with their ids."""
    return "\n".join(_HTML[block["type"]](block, _attributes(block)) for block in blocks)


def render_text(blocks: Sequence[Block]) -> str:
    """The body as plain text: a blank line between blocks, items and rows one a line.

    Cells are parted by tabs, the reading of a ruby follows its word in brackets.
    Blocks without words are left out.
    """
    texts = (_TEXT[block["type"]](block) for block in blocks)
    return "\n\n".join(text for text in texts if text)


def directed(block: Block, surrounding: Direction) -> Block:
    """The block as it stands in a text that runs as `surrounding`: one that runs the other way throughout says so.

    What its author said of it is kept. Code runs from left to right, whatever its words.
    """
    if "dir" in block:
        return block
    code = block["type"] == "code" and surrounding == "rtl"
    direction = "ltr" if code else opposite_direction(_TEXT[block["type"]](block), surrounding)
    return block | {"dir": direction} if direction else block


def _attributes(block: Block) -> str:
    name = f' data-block="{escape_attribute(block["id"])}"' if "id" in block else ""
    return name + language_attributes(block.get("lang"), block.get("dir"))


def _list(items: Sequence[Any], ordered: bool, attributes: str = "") -> str:
    tag = "ol" if ordered else "ul"
    return f"<{tag}{attributes}>{''.join(map(_item, items))}</{tag}>"


def _item(item: Any) -> str:
    if isinstance(item, str):
        return f"<li>{item}</li>"
    return f"<li>{item['html']}{_list(item['items'], item['ordered'])}</li>"


def _quote(block: Block, attributes: str) -> str:
    cite = f"<cite>{escape_text(block['cite'])}</cite>" if "cite" in block else ""
    return f"<blockquote{attributes}><p>{block['html']}</p>{cite}</blockquote>"


class _Words(NamedTuple):
    text: str
    mark: str


def _words(block: Block, name: str, shown: str, *theirs: str) -> _Words:
    """What a block says, else what the library says of what is shown in it."""
    own, library = block.get(name, ""), block.get(shown, {})
    text = own or next(filter(None, (library.get(one) for one in theirs or (name,))), "")
    return _Words(text, " data-library" if text and not own else "")


def _figure(inner: str, caption: _Words, attributes: str = "") -> str:
    said = f"<figcaption{caption.mark}>{escape_text(caption.text)}</figcaption>" if caption.text else ""
    return f"<figure{attributes}>{inner}{said}</figure>"


def _picture(picture: Block, attributes: str = "") -> str:
    return _figure(_img(picture, "asset"), _words(picture, "caption", "image"), attributes)


def _gallery(block: Block, attributes: str) -> str:
    return f'<figure class="gallery"{attributes}>{"".join(map(_picture, block["items"]))}</figure>'


def _img(block: Block, named: str) -> str:
    alt = _words(block, "alt", "image")
    shown: dict[str, Any] = {}
    if "image" in block:
        wide = block["image"]["renditions"]["wide"]
        shown = {"src": wide["url"], "srcset": block["image"]["srcset"], "width": wide["width"]}
        shown |= {"height": wide["height"], "loading": "lazy"}
    return f"<img{_pairs({f'data-{named}': block[named]})}{alt.mark}{_pairs({'alt': alt.text, **shown})}>"


def _pairs(values: Mapping[str, Any]) -> str:
    """Attributes with these values."""
    return "".join(f' {name}="{escape_attribute(str(value))}"' for name, value in values.items())


def _video(block: Block, attributes: str) -> str:
    caption = _words(block, "caption", "file")
    if "asset" in block:
        return _figure(_film(block), caption, attributes)
    poster = _img(block, "poster") if "poster" in block else ""
    link = f"<a{_pairs({'href': block['url']})}>{escape_text(block['url'])}</a>"
    return _figure(poster + link, caption, attributes)


def _film(block: Block) -> str:
    named = _pairs({f"data-{name}": block[name] for name in ("asset", "poster") if name in block})
    if "file" not in block:
        return f"<video{named}></video>"
    image = block.get("image") or block["file"]["image"]
    poster = _pairs({"poster": image["renditions"]["wide"]["url"]}) if image else ""
    return f'<video{named} controls preload="none"{poster}{_pairs({"src": block["file"]["url"]})}></video>'


def _file(block: Block, attributes: str) -> str:
    label = _words(block, "label", "file", "caption", "name")
    shown = f"{_pairs({'href': block['file']['url']})} download" if "file" in block else ""
    link = f"<a{_pairs({'data-asset': block['asset']})}{shown}>{escape_text(label.text)}</a>"
    return f'<p class="file"{attributes}{label.mark}>{link}</p>'


def _table(block: Block, attributes: str) -> str:
    rows = list(block["rows"])
    heading = _row(rows.pop(0), '<th scope="col">', "</th>") if block["header"] else ""
    head = f"<thead>{heading}</thead>" if heading else ""
    body = "".join(_row(row, "<td>", "</td>") for row in rows)
    return f"<table{attributes}>{head}{f'<tbody>{body}</tbody>' if body else ''}</table>"


def _row(cells: Sequence[str], opening: str, closing: str) -> str:
    return f"<tr>{''.join(f'{opening}{cell}{closing}' for cell in cells)}</tr>"


def _code(block: Block, attributes: str) -> str:
    language = f' data-language="{escape_attribute(block["language"])}"' if "language" in block else ""
    return f"<pre{attributes}{language}><code>{escape_text(block['text'])}</code></pre>"


def _contents(block: Block, attributes: str) -> str:
    return f'<nav class="contents"{attributes}><ol>{"".join(map(_entry, block["items"]))}</ol></nav>'


def _entry(entry: Mapping[str, Any]) -> str:
    data = _pairs({f"data-{name}": entry[name] for name in ("page", "article") if name in entry})
    label = escape_text(entry["label"])
    if "url" in entry:
        label = f"<a{_pairs({'href': entry['url']})}>{label}</a>"
    return f"<li{data}>{label}</li>"


_HTML: Mapping[str, Callable[[Block, str], str]] = {
    "paragraph": lambda block, attributes: f"<p{attributes}>{block['html']}</p>",
    "heading": lambda block, attributes: f"<h{block['level']}{attributes}>{block['html']}</h{block['level']}>",
    "list": lambda block, attributes: _list(block["items"], block["ordered"], attributes),
    "quote": _quote,
    "image": _picture,
    "gallery": _gallery,
    "video": _video,
    "file": _file,
    "table": _table,
    "code": _code,
    "contents": _contents,
    "divider": lambda _block, attributes: f"<hr{attributes}>",
}


def _list_text(items: Sequence[Any]) -> str:
    return "\n".join(
        inline_text(item)
        if isinstance(item, str)
        else "\n".join(filter(None, [inline_text(item["html"]), _list_text(item["items"])]))
        for item in items
    )


def _picture_text(picture: Block) -> str:
    return "\n".join(filter(None, [_words(picture, name, "image").text for name in ("alt", "caption")]))


_TEXT: Mapping[str, Callable[[Block], str]] = {
    "paragraph": lambda block: inline_text(block["html"]),
    "heading": lambda block: inline_text(block["html"]),
    "list": lambda block: _list_text(block["items"]),
    "quote": lambda block: "\n".join(filter(None, [inline_text(block["html"]), block.get("cite")])),
    "image": _picture_text,
    "gallery": lambda block: "\n".join(filter(None, map(_picture_text, block["items"]))),
    "video": lambda block: _words(block, "caption", "file").text,
    "file": lambda block: _words(block, "label", "file", "caption", "name").text,
    "table": lambda block: "\n".join("\t".join(inline_text(cell) for cell in row) for row in block["rows"]),
    "code": lambda block: block["text"],
    "contents": lambda block: "\n".join(entry["label"] for entry in block["items"]),
    "divider": lambda _block: "",
}
