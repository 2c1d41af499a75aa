"""What of HTML names assets of the media library or videos elsewhere, as blocks."""

from collections.abc import Mapping

from nejat_cms.content.rules.block_types import PICTURE, Block, canonical_id
from nejat_cms.content.rules.html_frames import Frame
from nejat_cms.content.rules.removals import Report
from nejat_cms.language.clean import clean_text, is_blank


def asset_block(tag: str, attrs: Mapping[str, str], report: Report) -> Block | None:
    """The block that an `<img>`, `<video>` or `<a>` of `render_html` stands for; None where it names no asset."""
    asset, poster = canonical_id(attrs.get("data-asset")), canonical_id(attrs.get("data-poster"))
    if asset is None:
        return None
    if tag == "img":
        return {"type": "image", "asset": asset} | _alt(attrs, report)
    if tag == "video":
        return {"type": "video", "asset": asset} | ({"poster": poster} if poster else {})
    return {"type": "file", "asset": asset}


def video_block(url: str, figure: Frame | None) -> Block:
    """A video elsewhere, with the poster that its figure has for it."""
    return {"type": "video", "url": url} | ({"poster": figure.poster} if figure and figure.poster else {})


def _alt(attrs: Mapping[str, str], report: Report) -> Block:
    alt = clean_text(attrs.get("alt", ""))
    if is_blank(alt) or "data-library" in attrs:
        return {}
    if len(alt) > PICTURE["alt"].limit:
        report.add("alt", "attribute")
        return {}
    return {"alt": alt}
