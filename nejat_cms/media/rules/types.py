"""Which types of files the library takes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FileType:
    """A type of files.

    `rendered_as` is, of pictures, the type in which their renditions are had beside WebP: the original family,
    or what comes nearest to it.
    """

    mime: str
    group: str
    extension: str
    rendered_as: str = ""


SVG = "image/svg+xml"
"""Taken only where the operator allows it, for it is a program more than a picture."""

FILE_TYPES: Mapping[str, FileType] = {
    one.mime: one
    for one in (
        FileType("image/jpeg", "image", "jpg", "image/jpeg"),
        FileType("image/png", "image", "png", "image/png"),
        FileType("image/webp", "image", "webp", "image/png"),
        FileType("image/gif", "image", "gif", "image/png"),
        FileType("image/avif", "image", "avif", "image/avif"),
        FileType(SVG, "image", "svg", "image/png"),
        FileType("application/pdf", "document", "pdf"),
        FileType("audio/mpeg", "audio", "mp3"),
        FileType("audio/mp4", "audio", "m4a"),
        FileType("audio/ogg", "audio", "ogg"),
        FileType("audio/flac", "audio", "flac"),
        FileType("audio/wav", "audio", "wav"),
        FileType("video/mp4", "video", "mp4"),
    )
}
