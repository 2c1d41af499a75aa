"""What readers, and the newsroom, are shown of a file: pure functions from plain values to JSON."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nejat_cms.media.rules.addresses import WHOLE, Address, file_name, srcset
from nejat_cms.media.rules.renditions import RENDITIONS, cut_of
from nejat_cms.media.rules.types import FILE_TYPES

BEST = "webp"
"""The format that addresses in JSON name; the original family is had under its own extension."""


@dataclass(frozen=True)
class AssetFace:
    """The file of an asset that one edition shows, and what the edition says about it."""

    id: UUID
    file_id: UUID
    type: str
    mime: str
    name: str
    size: int
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None
    focal: tuple[float, float] = (0.5, 0.5)
    color: str | None = None
    thumbhash: str | None = None
    pages: int | None = None
    duration: float | None = None
    text: str = ""
    """The words in it, for search."""
    poster: "AssetFace | None" = None

    @property
    def pictured(self) -> "AssetFace | None":
        """What its picture is made from: itself, its first page, or the poster that was chosen for it."""
        return self if self.width and self.height else self.poster

    @property
    def extension(self) -> str:
        return FILE_TYPES[self.mime].extension


def picture_json(face: AssetFace, address: Address) -> dict[str, Any]:
    """A picture, with everything a page needs to show it at any width.

    `srcset` has the whole picture at each width there is; `thumb` and `card` are cut around the focal point.
    """
    width, height = face.width or 0, face.height or 0
    shown: dict[str, dict[str, Any]] = {}
    for rendition in RENDITIONS.values():
        cut = cut_of(width, height, face.focal, rendition)
        url = address(face.file_id, rendition.name, file_name(face.name, BEST))
        shown[rendition.name] = {"url": url, "width": cut.out_width, "height": cut.out_height}
    whole = {one["width"]: one["url"] for name, one in shown.items() if not RENDITIONS[name].crop}
    return {
        "id": str(face.id),
        "alt": face.alt,
        "caption": face.caption,
        "credit": face.credit,
        "width": width,
        "height": height,
        "focal": list(face.focal),
        "color": face.color,
        "thumbhash": face.thumbhash,
        "srcset": srcset([(url, one) for one, url in sorted(whole.items())]),
        "renditions": shown,
    }


def file_json(face: AssetFace, address: Address) -> dict[str, Any]:
    """A document, recording or film: where its bytes are, and its picture if there is one."""
    picture = face.pictured
    return {
        "id": str(face.id),
        "type": face.mime,
        "url": address(face.file_id, WHOLE, file_name(face.name, face.extension)),
        "name": file_name(face.name, face.extension),
        "size": face.size,
        "pages": face.pages,
        "duration": face.duration,
        "caption": face.caption,
        "credit": face.credit,
        "image": picture_json(picture, address) if picture else None,
    }


def face_json(face: AssetFace, address: Address) -> dict[str, Any]:
    """What readers are shown of an asset, whatever it is."""
    return (picture_json if face.type == "image" else file_json)(face, address)
