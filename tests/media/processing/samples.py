"""Files as they are sent, made here."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyvips

EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
}


def picture(width: int = 300, height: int = 200) -> pyvips.Image:
    """Red above on the left, green on the right, blue below, with some grain."""
    red, green, blue = ([230, 30, 30], [30, 200, 40], [20, 40, 220])
    canvas = pyvips.Image.black(width, height, bands=3) + blue
    canvas = canvas.draw_rect(red, 0, 0, width // 2, height // 2, fill=True)
    canvas = canvas.draw_rect(green, width // 2, 0, width - width // 2, height // 2, fill=True)
    return canvas.cast("uchar").copy(interpretation="srgb")


def encoded(image: pyvips.Image, mime: str, **options: Any) -> bytes:
    if mime == "image/avif":
        options = {"compression": "av1", "effort": 0, "Q": 80} | options
    return bytes(image.write_to_buffer(EXTENSIONS[mime], **options))


def with_metadata(image: pyvips.Image, orientation: int = 1) -> pyvips.Image:
    """As a telephone makes it: where it was, what it is, and which way up it was held."""
    image = image.copy()
    place = "exif-ifd3-GPSLatitude"
    image.set_type(pyvips.GValue.gstr_type, place, "34/1 31/1 0/1 (34, 31, 0, Rational, 3 components, 24 bytes)")
    model = "Cameraphone (Cameraphone, ASCII, 12 components, 12 bytes)"
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Model", model)
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>SERIAL-4711</x:xmpmeta>")
    return image


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of one bit a pixel that says it has this size; `rows` is compressed as it is."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def box(kind: bytes, *inside: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(inside)
    return struct.pack(">I", len(body) + 8) + kind + body


def mp4(
    *handlers: bytes,
    brand: bytes = b"isom",
    units: int = 12_500,
    scale: int = 1000,
    version: int = 0,
    more: Sequence[bytes] = (),
) -> bytes:
    """A film with tracks of these kinds, and nothing in them."""
    times = struct.pack(">4xQQIQ" if version else ">4xIIII", 0, 0, scale, units)
    header = box(b"mvhd", bytes([version]) + times[1:], bytes(80))
    tracks = [box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)))) for handler in handlers]
    return box(b"ftyp", brand, bytes(4), brand) + box(b"moov", header, *tracks, *more) + box(b"mdat", bytes(64))


def wav(seconds: int = 2, rate: int = 8000) -> bytes:
    data = bytes(seconds * rate)
    form = struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)
    inside = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def mp3(frames: int = 100) -> bytes:
    """Silence: layer III, 128 kbit/s, 44,100 Hz, 1,152 samples a frame."""
    return (b"\xff\xfb\x90\xc0" + bytes(413)) * frames


def flac(seconds: int = 3, rate: int = 44_100) -> bytes:
    """The head of a recording, which says how long it is."""
    packed = rate << 44 | 15 << 36 | seconds * rate
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8) + bytes(16)
    return b"fLaC\x80" + len(info).to_bytes(3) + info + b"\xff\xf8" + bytes(64)


def _page(flags: int, granule: int, number: int, packet: bytes) -> bytes:
    """A page of an Ogg file with one short packet."""
    laces = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, granule, 7, number, 0) + bytes([len(laces)])
    return head + laces + packet


def opus(seconds: int = 4) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)
    return _page(2, 0, 0, head) + _page(0, 0, 1, tags) + _page(4, seconds * 48_000, 2, bytes(40))


def written(folder: Path, data: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def pdf(*pages: str, size: tuple[float, float] = (595.3, 841.9), encrypt: str = "") -> bytes:
    """A document with a line of text on each page."""
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(len(pages)))
    font = "/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for at, text in enumerate(pages):
        drawn = f"BT /F 12 Tf 20 20 Td ({text}) Tj ET"
        box = f"/MediaBox [0 0 {size[0]:f} {size[1]:f}]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} {font} /Contents {4 + 2 * at} 0 R >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    trailer = f"/Root 1 0 R /Size {len(objects) + 1} /ID [<{'43' * 16}> <{'43' * 16}>]"
    trailer += f" /Encrypt {encrypt}" if encrypt else ""
    found, places = "%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(found))
        found += f"{number} 0 obj\n{body}\nendobj\n"
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    return f"{found}{table}trailer\n<< {trailer} >>\nstartxref\n{len(found)}\n%%EOF\n".encode("latin-1")
