"""What documents show of the media library, and of the articles that their contents lead to: pure functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from nejat_cms.content.rules.assets import shown_blocks
from nejat_cms.content.rules.blocks import Block
from nejat_cms.content.rules.embeds import resolve_embed
from nejat_cms.language.calendars import localize_digits
from nejat_cms.media.rules.addresses import Address, public_address
from nejat_cms.media.rules.faces import AssetFace, file_json, picture_json


@dataclass(frozen=True)
class Media:
    """What a text names, by id: files of the library as its edition shows them, articles published in its edition."""

    faces: Mapping[str, AssetFace] = field(default_factory=dict)
    articles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the id that the text names, which another article may have now."""
    followed: frozenset[UUID] = frozenset()
    """These articles, and those that its contents would rather lead to, were they published."""
    address: Address = field(default=public_address(""), compare=False)
    share: AssetFace | None = None
    """The edition's picture for what has none of its own."""
    named: bool = False
    """Whether the text names any file or article, shown or not."""

    @cached_property
    def pictures(self) -> dict[str, dict[str, Any]]:
        return {key: picture_json(face, self.address) for key, face in self.faces.items() if face.type == "image"}

    @cached_property
    def files(self) -> dict[str, dict[str, Any]]:
        return {key: file_json(face, self.address) for key, face in self.faces.items() if face.type != "image"}

    @property
    def words(self) -> str:
        """The words in its documents, for search."""
        return "\n\n".join(face.text for _, face in sorted(self.faces.items()) if face.text)

    def blocks(self, blocks: Sequence[Block]) -> list[Block]:
        """Blocks with what readers are shown of the media they name."""
        return shown_blocks(blocks, self.pictures, self.files, self.articles)


NO_MEDIA = Media()


def image_json(asset_id: str | None, media: Media) -> dict[str, Any] | None:
    """The lead picture."""
    return media.pictures.get(asset_id) if asset_id else None


def share_json(asset_id: str | None, media: Media) -> dict[str, Any] | None:
    """The picture that a text is shared with: its lead picture, else its edition's."""
    own = image_json(asset_id, media)
    if own is not None or media.share is None:
        return own
    return picture_json(media.share, media.address)


def public_fields(
    kind: str, fields: Mapping[str, Any], blocks: Sequence[Block], media: Media, numbering: str
) -> dict[str, Any]:
    """The kind's extra fields as readers are shown them: files of the library with their addresses, a video with its
    provider and an embed that sets no cookies, the number of an issue in the edition's digits, and its contents."""
    shown = {name: _SHOWN.get(name, _as_it_is)(value, media) for name, value in fields.items()}
    shown = {name: value for name, value in shown.items() if value is not None}
    if kind == "video":
        shown |= _video(shown)
    elif kind == "newsletter":
        if "number" in shown:
            shown["number_display"] = localize_digits(str(shown["number"]), numbering)
        shown["contents"] = _contents(blocks, media)
    return shown


def _as_it_is(value: Any, _media: Media) -> Any:
    return value


def _file(value: Any, media: Media) -> Any:
    return media.files.get(value)


def _picture(value: Any, media: Media) -> Any:
    return media.pictures.get(value)


def _pictures(value: Any, media: Media) -> Any:
    return [
        media.pictures[item["asset"]] | {name: item[name] for name in ("alt", "caption") if name in item}
        for item in value
        if item["asset"] in media.pictures
    ]


_SHOWN: Mapping[str, Callable[[Any, Media], Any]] = {
    "file": _file,
    "pdf": _file,
    "cover": _picture,
    "poster": _picture,
    "pictures": _pictures,
}
"""How fields are shown that name assets."""


def _video(shown: Mapping[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    embed = resolve_embed(shown["url"]) if "url" in shown else None
    if embed is not None:
        more = {"provider": embed.provider, "video_id": embed.id, "embed_url": embed.embed_url}
    file = shown.get("file")
    if file is not None and file["duration"] is not None and "duration" not in shown:
        more["duration"] = max(1, round(file["duration"]))
    if file is not None and file["image"] is not None and "poster" not in shown:
        more["poster"] = file["image"]
    return more


def _contents(blocks: Sequence[Block], media: Media) -> list[dict[str, Any]]:
    contents = [block for block in media.blocks(blocks) if block["type"] == "contents"]
    return [entry for block in contents for entry in block["items"]]


def enclosures(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files of a document that a feed offers, from its public JSON: what it is about first, its picture last."""
    fields = document["fields"]
    files = [fields[name] for name in ("pdf", "file") if fields.get(name)]
    found = [
        {"url": file["url"], "type": file["type"], "size": file["size"], "duration": file["duration"]} for file in files
    ]
    image = document["image"]
    if image is not None:
        found.append({"url": image["renditions"]["wide"]["url"], "type": "image/webp", "size": None, "duration": None})
    return found
