"""Open elements on their way to becoming blocks.

`html._Reader` says which elements begin and end, and what each is where it stands; here lines of
text find the element they belong to, and elements that end become blocks.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from nejat_cms.content.rules.block_types import (
    BLOCK_TYPES,
    BLOCKS_MOST,
    BODY_BYTES,
    LABEL_LIMIT,
    LANGUAGE_NAME,
    PICTURES_MOST,
    Block,
    canonical_id,
    canonical_page,
    clean_code,
    is_block_id,
    too_long_body,
    too_many_blocks,
)
from nejat_cms.content.rules.embeds import resolve_embed
from nejat_cms.content.rules.html_frames import Frame
from nejat_cms.content.rules.html_media import asset_block, video_block
from nejat_cms.content.rules.inline import InlineWriter, escape_text, inline_text, read_language
from nejat_cms.content.rules.markup import decode
from nejat_cms.content.rules.removals import Report
from nejat_cms.content.rules.tables import Cell, span, table_rows
from nejat_cms.errors import InvalidError, Problem, at_most_items
from nejat_cms.language.clean import clean_text, is_blank
from nejat_cms.language.direction import locale_direction

DEPTH = 100
"""How deep block elements are followed; deeper ones still part lines."""

HEADINGS = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_TRANSPARENT = frozenset(["wrapper", "figure", "file"])
_LANGUAGE_CLASS = re.compile(r"(?:^|\s)lang(?:uage)?-(\S+)")
_ONLY_LINK = re.compile(r'<a href="([^"]*)">[^<]*</a>|([^<]*)')
_LEADING_DASH = re.compile(r"^[-–—―~\s]+")


class BlockBuilder:
    """The blocks so far, and the stack of elements that are open."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.writer = InlineWriter(report)
        self.blocks: list[Block] = []
        self.list_depth = 0
        self._frames: list[Frame] = []
        self._open: Counter[str] = Counter()
        self._unfollowed: Counter[str] = Counter()
        self._ids: set[str] = set()
        self._finishers: Mapping[str, Callable[[Frame], None]] = {
            "heading": self._finish_heading,
            "quote": self._finish_quote,
            "cite": self._finish_cite,
            "list": self._finish_list,
            "item": self._finish_item,
            "table": self._finish_table,
            "row": self._finish_row,
            "cell": self._finish_cell,
            "caption": self._finish_caption,
            "pre": self._finish_pre,
            "contents": self._finish_contents,
            "label": self._finish_label,
            "figure": self._finish_figure,
            "gallery": self._finish_gallery,
            "file": self._finish_file,
            "divider": self._finish_divider,
        }

    @property
    def top(self) -> Frame | None:
        """The innermost open element."""
        return self._frames[-1] if self._frames else None

    def finish(self) -> list[Block]:
        self.flush()
        self.pop(0)
        return self.blocks

    def push(self, kind: str, tag: str, attrs: Mapping[str, str]) -> None:
        if len(self._frames) == DEPTH:
            self._unfollowed[tag] += 1
            return
        outer = self._frames[-1] if self._frames else None
        holder = self.holder
        if holder and kind != "cite":
            holder.joined = False
        block_id = attrs.get("data-block")
        frame = Frame(
            tag,
            kind,
            attrs,
            self.writer.enter(sealed=kind in {"cell", "caption"}),
            outer.lang if outer else None,
            outer.dir if outer else None,
            # Draft.js marks every block with data-block="true".
            block_id if is_block_id(block_id) and block_id != "true" else None,
            holder,
            language=code_language(attrs) if kind == "pre" else "",
        )
        lang, direction = read_language(attrs, self.report)
        if holder and (lang or direction):
            self.writer.start("span", {"lang": lang or "", "dir": direction or ""})
        elif lang:
            frame.lang, frame.dir = lang, direction or locale_direction(lang)
        elif direction:
            frame.dir = direction
        self._frames.append(frame)
        self._open[tag] += 1
        self.list_depth += kind == "list"

    def end(self, tag: str, tags: frozenset[str], stops: frozenset[str]) -> None:
        """An end tag: as `close`, unless it belongs to an element too deep to be followed."""
        if self._unfollowed[tag]:
            self._unfollowed[tag] -= 1
        else:
            self.close(tags, stops)

    def close(self, tags: frozenset[str], stops: frozenset[str]) -> None:
        """End the innermost open element of these tags, and all in it, unless one of `stops` is in between."""
        if not any(self._open[tag] for tag in tags):
            return
        for at in range(len(self._frames) - 1, -1, -1):
            if self._frames[at].tag in tags:
                self.pop(at)
                return
            if self._frames[at].tag in stops:
                return

    def pop(self, length: int) -> None:
        while len(self._frames) > length:
            frame = self._frames.pop()
            self._open[frame.tag] -= 1
            self.list_depth -= frame.kind == "list"
            if finish := self._finishers.get(frame.kind):
                finish(frame)
            self.writer.leave(frame.mark)

    def flush(self) -> None:
        """Deliver the line so far to whom it belongs."""
        html = self.writer.take()
        if self.writer.written > BODY_BYTES:
            raise InvalidError(too_long_body(self.report.pointer))
        if not html:
            return
        holder = self.holder
        if holder is None or holder.kind in {"table", "row", "verse", "gallery"}:
            self._paragraph(html)
        elif holder.kind == "list":
            holder.items.append({"html": html, "ordered": False, "items": []})
        elif holder.kind == "contents":
            holder.items.append({"label": clean_text(inline_text(html))})
        else:
            if holder.kind == "quote" and holder.cite:
                # What was taken for the source of a quotation stands in the middle of it.
                cite = escape_text(holder.cite)
                if holder.joined:
                    html = f"{holder.lines.pop()} {cite} {html}"
                else:
                    holder.lines.append(cite)
                holder.cite = ""
            holder.lines.append(html)

    @property
    def holder(self) -> Frame | None:
        """The innermost open element that makes of its content something other than blocks."""
        top = self._frames[-1] if self._frames else None
        return top.outer_holder if top and top.kind in _TRANSPARENT else top

    @property
    def holder_kind(self) -> str:
        holder = self.holder
        return holder.kind if holder else ""

    @property
    def figure(self) -> Frame | None:
        """The innermost figure, unless a gallery is in it."""
        found = next((frame for frame in reversed(self._frames) if frame.kind in {"figure", "gallery"}), None)
        return found if found and found.kind == "figure" else None

    # What becomes of them

    def _emit(self, frame: Frame | None, block: Block) -> Block:
        if len(self.blocks) == BLOCKS_MOST:
            raise InvalidError(too_many_blocks(self.report.pointer))
        if frame and frame.id and frame.id not in self._ids:
            self._ids.add(frame.id)
            block = {"id": frame.id, **block}
        if frame:
            block |= {name: value for name, value in (("lang", frame.lang), ("dir", frame.dir)) if value}
        self.blocks.append(block)
        return block

    def _paragraph(self, html: str) -> None:
        if (top := self.top) and top.kind == "file" and top.nested:
            top.lines.append(html)
            return
        figure = self.figure
        if figure and figure.nested is None and (match := _ONLY_LINK.fullmatch(html)):
            embed = resolve_embed(decode(match[1] or match[2]))
            if embed:
                figure.nested = self._emit(figure, video_block(embed.url, figure))
                return
        self._emit(self._namer(), {"type": "paragraph", "html": html})

    def _namer(self) -> Frame | None:
        """The frame whose language a paragraph has, with the id of the nearest that has one to give."""
        if not self._frames:
            return None
        named = next((frame.id for frame in reversed(self._frames) if frame.id and frame.id not in self._ids), None)
        return replace(self._frames[-1], id=named if self.holder_kind in {"", "verse"} else None)

    def _finish_heading(self, frame: Frame) -> None:
        if frame.lines:
            level = HEADINGS[frame.tag]
            self._emit(frame, {"type": "heading", "level": level, "html": "<br>".join(frame.lines)})

    def _finish_quote(self, frame: Frame) -> None:
        html = "<br><br>".join(frame.lines)
        if html:
            self._emit(frame, {"type": "quote", "html": html} | ({"cite": frame.cite} if frame.cite else {}))
        elif frame.cite:
            self._emit(frame, {"type": "paragraph", "html": escape_text(frame.cite)})

    def _finish_cite(self, frame: Frame) -> None:
        text = clean_text(inline_text(" ".join(frame.lines)))
        text = _LEADING_DASH.sub("", text) if frame.tag == "footer" else text
        quote = self.holder
        if quote is None or is_blank(text):
            return
        both = f"{quote.cite}, {text}" if quote.cite else text
        if len(both) <= BLOCK_TYPES["quote"]["cite"].limit:
            quote.cite = both
        else:
            quote.lines += frame.lines

    def _finish_item(self, frame: Frame) -> None:
        holder = self.holder
        nested = frame.nested or {"ordered": False, "items": []}
        if holder and (frame.lines or nested["items"]):
            holder.items.append({"html": "<br>".join(frame.lines), **nested})

    def _finish_list(self, frame: Frame) -> None:
        holder = self.holder
        ordered = frame.tag == "ol"
        if not frame.items:
            return
        if holder is None:
            self._emit(frame, {"type": "list", "ordered": ordered, "items": list(map(_flat, frame.items))})
            return
        if holder.kind == "item":
            holder.nested = holder.nested or {"ordered": ordered, "items": []}
            inner = holder.nested
        else:
            # A list straight in a list belongs to the item before it.
            holder.items = holder.items or [{"html": "", "ordered": ordered, "items": []}]
            inner = holder.items[-1]
            inner["ordered"] = inner["ordered"] if inner["items"] else ordered
        inner["items"] += frame.items

    def _finish_cell(self, frame: Frame) -> None:
        row = self.holder
        if row is not None:
            spans = span(frame.attrs.get("colspan")), span(frame.attrs.get("rowspan"))
            row.items.append(Cell("<br>".join(frame.lines), *spans, header=frame.tag == "th"))

    def _finish_row(self, frame: Frame) -> None:
        table = self.holder
        if table is None or not frame.items:
            return
        head = any(outer.tag == "thead" for outer in self._frames[self._frames.index(table) :])
        if not table.items:
            table.header = head or all(cell.header for cell in frame.items)
        table.items.append(frame.items)

    def _finish_table(self, frame: Frame) -> None:
        rows = table_rows(frame.items)
        if any(any(row) for row in rows):
            self._emit(frame, {"type": "table", "header": frame.header, "rows": rows})

    def _finish_caption(self, frame: Frame) -> None:
        figure = self.figure
        shown = figure.nested if figure and self.holder_kind in {"", "gallery"} else None
        text = clean_text(inline_text(" ".join(frame.lines)))
        if shown and "data-library" in frame.attrs:
            return
        if shown and "caption" not in shown and 0 < len(text) <= BLOCK_TYPES["video"]["caption"].limit:
            shown["caption"] = text
            return
        for line in frame.lines:
            self._paragraph(line)

    def _finish_pre(self, frame: Frame) -> None:
        text = clean_code("".join(frame.lines))
        if not is_blank(text):
            language = {"language": frame.language} if frame.language else {}
            self._emit(frame, {"type": "code", **language, "text": text})

    def _finish_contents(self, frame: Frame) -> None:
        if frame.items:
            self._emit(frame, {"type": "contents", "items": frame.items})

    def _finish_label(self, frame: Frame) -> None:
        contents = self.holder
        label = clean_text(inline_text(" ".join(frame.lines)))
        if contents is None or is_blank(label):
            return
        if len(label) > LABEL_LIMIT:
            self._emit(None, {"type": "paragraph", "html": escape_text(label)})
            return
        page, article = canonical_page(frame.attrs.get("data-page")), canonical_id(frame.attrs.get("data-article"))
        entry = {"label": label, "page": page, "article": article}
        contents.items.append({name: value for name, value in entry.items() if value is not None})

    def _finish_divider(self, frame: Frame) -> None:
        if self.holder is None:
            said = "lang" in frame.attrs or "dir" in frame.attrs
            self._emit(frame if said else replace(frame, lang=None, dir=None), {"type": "divider"})

    def video(self, attrs: Mapping[str, str]) -> None:
        """A video elsewhere, in a frame."""
        embed = resolve_embed(attrs.get("src", ""))
        if embed is None:
            self.report.add("iframe", "url")
        elif not self._place(video_block(embed.url, self.figure)):
            # Where a video cannot stand, a link to it can.
            self.writer.start("a", {"href": embed.url})
            self.writer.text(embed.url)
            self.writer.end("a")

    def asset(self, tag: str, attrs: Mapping[str, str]) -> bool:
        """An asset of the library; False where the element names none, or none can stand."""
        block, top = asset_block(tag, attrs, self.report), self.top
        if block is None:
            return tag == "img" and self._poster(canonical_id(attrs.get("data-poster")))
        if tag != "a":
            return self._place(block)
        if top is None or top.kind != "file" or top.nested:
            return False
        top.nested = block
        return True

    def _poster(self, asset: str | None) -> bool:
        figure = self.figure if asset else None
        if figure:
            figure.poster = asset or ""
        return figure is not None

    def _place(self, block: Block) -> bool:
        """Put a picture or video where it stands; False where none can, as in a cell."""
        if self.holder_kind not in {"", "gallery"}:
            return False
        self.flush()
        holder = self.holder
        if holder and block["type"] == "image":
            del block["type"]
            holder.items.append(block)
        else:
            block = self._emit(self._namer(), block)
        if figure := self.figure:
            figure.nested = block
        return True

    def _finish_figure(self, frame: Frame) -> None:
        if frame.poster and "poster" not in (frame.nested or {}):
            self.report.add("img", "element")

    def _finish_gallery(self, frame: Frame) -> None:
        if len(frame.items) > PICTURES_MOST:
            raise InvalidError(Problem("too_many", at_most_items(PICTURES_MOST), self.report.pointer))
        if frame.items:
            self._emit(frame, {"type": "gallery", "items": frame.items})

    def _finish_file(self, frame: Frame) -> None:
        if frame.nested is None:
            return
        text = clean_text(inline_text(" ".join(frame.lines)))
        own = not is_blank(text) and "data-library" not in frame.attrs
        fits = len(text) <= BLOCK_TYPES["file"]["label"].limit
        self._emit(frame, frame.nested | ({"label": text} if own and fits else {}))
        if own and not fits:
            for line in frame.lines:
                self._paragraph(line)


def code_language(attrs: Mapping[str, str]) -> str:
    """The programming language that `data-language` or a class (`language-python`, HTML §4.5.15) names."""
    match = _LANGUAGE_CLASS.search(attrs.get("class", ""))
    name = attrs.get("data-language") or (match[1] if match else "")
    return name if LANGUAGE_NAME.fullmatch(name) else ""


def _flat(item: Block) -> str | Block:
    """An item as it is kept: its text alone when no list is nested in it."""
    return item | {"items": list(map(_flat, item["items"]))} if item["items"] else item["html"]
