"""Addresses of media: `/media/{file}/{rendition}/{name}`, and the signatures that make some of them good.

thumb, card, wide, full   a rendition that everybody may ask for
800x600-9f2c…             a size of its own, signed for this file
file                      the bytes themselves, of what is no picture
?until=…&signature=…      good until then for whoever holds it, be the file public or not
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote
from uuid import UUID

from nejat_cms.language.slugs import slugify

SIGNED_SECONDS, STEP_SECONDS = 15 * 60, 5 * 60
"""How long a signed address is good at most, and for how long the same one is given."""
WHOLE = "file"
SEAL_DIGITS = 24
LONGEST_STEM = 80
_CUSTOM = re.compile(rf"([1-9][0-9]{{0,3}})x([1-9][0-9]{{0,3}})-([0-9a-f]{{{SEAL_DIGITS}}})", re.ASCII)

Address = Callable[[UUID, str, str], str]
"""The absolute address of a file's rendition under a name."""


@dataclass(frozen=True)
class Signer:
    """Makes and checks signatures with the house's secret."""

    secret: str

    def seal(self, *said: str | int) -> str:
        key = blake2b(self.secret.encode(), person=b"media").digest()
        return hmac.digest(key, "\0".join(map(str, said)).encode(), "sha256").hex()[:SEAL_DIGITS]

    def holds(self, seal: str, *said: str | int) -> bool:
        return hmac.compare_digest(seal.encode(), self.seal(*said).encode())

    def custom(self, file_id: UUID, width: int, height: int) -> str:
        """The name of a rendition of this size, good for this file."""
        return f"{width}x{height}-{self.seal('size', str(file_id), width, height)}"

    def size_of(self, file_id: UUID, rendition: str) -> tuple[int, int] | None:
        """The size that such a name stands for; None unless it was made here for this file."""
        match = _CUSTOM.fullmatch(rendition)
        if match is None:
            return None
        width, height = int(match[1]), int(match[2])
        return (width, height) if self.holds(match[3], "size", str(file_id), width, height) else None


def public_address(base_url: str) -> Address:
    """Addresses as documents show them, which are good for as long as the file is public."""
    return lambda file_id, rendition, name: base_url + media_path(file_id, rendition, name)


def signed_address(base_url: str, signer: Signer, now: float) -> Address:
    """Addresses for the newsroom and for previews, good for a quarter of an hour from `now` (a Unix time), less up to
    five minutes in which they stay the same, so that what is read again is the same to the byte."""
    until = int(now) // STEP_SECONDS * STEP_SECONDS + SIGNED_SECONDS

    def address(file_id: UUID, rendition: str, name: str) -> str:
        path = media_path(file_id, rendition, name)
        return f"{base_url}{path}?until={until}&signature={signer.seal('until', path, until)}"

    return address


def media_path(file_id: UUID, rendition: str, name: str) -> str:
    """The path of a file's rendition, percent-encoded."""
    return f"/media/{file_id}/{rendition}/{quote(name, safe='')}"


def file_name(name: str, extension: str) -> str:
    """The last part of an address: letters and digits of the name under which a file came, and what it is now.

    `Foto e Portit (1).JPG` in WebP is `foto-e-portit-1.webp`.
    """
    stem = slugify(name.rpartition(".")[0] or name, LONGEST_STEM)
    return f"{stem or 'file'}.{extension}"


def disposition(name: str, *, attachment: bool) -> str:
    """`Content-Disposition` (RFC 6266): a name that any client understands, and the true one."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "", name, flags=re.ASCII).strip(".-") or "file"
    kind = "attachment" if attachment else "inline"
    exact = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{kind}; filename="{plain}"{exact}'


def srcset(choices: Sequence[tuple[str, int]]) -> str:
    """The `srcset` of these addresses and their widths."""
    return ", ".join(f"{url} {width}w" for url, width in choices)
