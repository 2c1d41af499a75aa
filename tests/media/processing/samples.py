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


def riff(kind: bytes, body: bytes, size: int | None = None) -> bytes:
    """A chunk of a WAV; `size` where it lies about it."""
    return kind + struct.pack("<I", len(body) if size is None else size) + body + bytes(len(body) % 2)


def wav(seconds: int = 2, rate: int = 8000, more: bytes = b"", said: int | None = None) -> bytes:
    """Silence, with more chunks before it; `said` is how many bytes it says to have."""
    form = riff(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8))
    return riff(b"RIFF", b"WAVE" + form + more + riff(b"data", bytes(seconds * rate), said))


def mp3(frames: int = 100) -> bytes:
    """Silence: layer III, 128 kbit/s, 44,100 Hz, 1,152 samples a frame."""
    return (b"\xff\xfb\x90\xc0" + bytes(413)) * frames


def _checked(raw: bytes, polynomial: int, width: int) -> bytes:
    """Bytes and their check sum, the highest bit first."""
    rest = 0
    for byte in raw:
        rest ^= byte << width - 8
        for _ in range(8):
            rest = (rest << 1 ^ (polynomial if rest >> width - 1 else 0)) & (1 << width) - 1
    return raw + rest.to_bytes(width // 8)


def flac(seconds: int = 3, rate: int = 44_100, more: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """Silence: frames of 4,096 samples, the last one shorter; `more` are types and bodies of further blocks."""
    samples = seconds * rate
    packed = rate << 44 | 15 << 36 | samples
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8) + bytes(16)
    found, blocks = b"fLaC", [(0, info), *more]
    for at, (kind, body) in enumerate(blocks, 1):
        found += bytes([kind | (0x80 if at == len(blocks) else 0)]) + len(body).to_bytes(3) + body
    for number, start in enumerate(range(0, samples, 4096)):
        size = struct.pack(">H", min(4096, samples - start) - 1)
        head = _checked(b"\xff\xf8\x79\x08" + chr(number).encode() + size, 0x07, 8)
        found += _checked(head + bytes(3), 0x8005, 16)
    return found


def page(flags: int, granule: int, number: int, packet: bytes, serial: int = 7) -> bytes:
    """A page of an Ogg file with one packet, or as much of it as fits."""
    packet, laces = packet[: 255 * 255], bytes([255] * (len(packet) // 255) + [len(packet) % 255])[:255]
    head = b"OggS" + struct.pack("<BBqII", 0, flags, granule, serial, number)
    rest = bytes([len(laces)]) + laces + packet
    return head + _checked(head + bytes(4) + rest, 0x04C11DB7, 32)[-4:][::-1] + rest


def _pages(packet: bytes, serial: int = 7) -> tuple[bytes, int]:
    """A packet on as many pages as it takes, from page 1 on, and the number of the page after them."""
    starts = range(0, len(packet), 255 * 255)
    pages = [page(bool(start), 0, at, packet[start:], serial) for at, start in enumerate(starts, 1)]
    return b"".join(pages), len(pages) + 1


def comments(*told: bytes, vendor: bytes = b"test") -> bytes:
    """Comments as Vorbis, Opus and FLAC have them."""
    rows = b"".join(struct.pack("<I", len(one)) + one for one in told)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(told)) + rows


def opus(seconds: int = 4, tags: bytes = comments(), serial: int = 7) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    told, number = _pages(b"OpusTags" + tags, serial)
    return page(2, 0, 0, head, serial) + told + page(4, seconds * 48_000, number, b"sound" * 8, serial)


def vorbis(seconds: int = 4, tags: bytes = comments()) -> bytes:
    """Its heads, and nothing that could be decoded."""
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 1, 44_100, 0, 0, 0, 0xB8, 1)
    told, number = _pages(b"\x03vorbis" + tags + b"\x01")
    setup = page(0, 0, number, b"\x05vorbis" + bytes(50))
    return page(2, 0, 0, head) + told + setup + page(4, seconds * 44_100, number + 1, b"sound")


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
