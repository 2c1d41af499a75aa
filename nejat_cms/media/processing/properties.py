"""What a PDF says and does beside its pages: taken out of it, with qpdf.

    in no object     properties (but the title), XMP, what programs keep for themselves, files, scripts, signatures
    in no picture    EXIF, IPTC, XMP and comments of JPEG and JPEG 2000

qpdf writes only what can be reached: earlier states of a document that was added to go as well. Nothing that is drawn
is encoded anew, and the same document becomes the same bytes, as does what became of it.
"""

import contextlib
import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from nejat_cms.media.processing.films import silence
from nejat_cms.media.processing.limits import RefusedError

TOLD = frozenset(
    {
        *("/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/LastModified", "/Metadata", "/PieceInfo"),
        *("/AA", "/JS", "/JavaScript", "/XFA"),
        *("/EmbeddedFiles", "/Collection"),
        *("/Perms", "/DSS"),
    }
)
"""Keys that go from wherever they stand (ISO 32000-2): properties, programs, files, and what belongs to a signature."""
NOTED = frozenset({"/T", "/M"})
"""By whom and when a note was made that stands on a page; of a field of a form the first is its name."""
RUNNING = ("/JavaScript", "/Launch")


def strip(source: Path, target: Path) -> None:
    """Write a document anew with its pages, and its title, which readers see in the tab and hear first.

    What was encrypted so that everybody may open it is not any more; whatever had been signed is no longer signed.

    Raises: RefusedError.
    """
    try:
        with pikepdf.open(source) as document:
            title = _title(document)
            for thing in document.objects:
                _clean(thing)
                if isinstance(thing, Stream):
                    _clean_stream(document, thing)
            for key in set(document.trailer.keys()) - {"/Root", "/Size"}:
                del document.trailer[key]
            if title:
                document.trailer["/Info"] = document.make_indirect(Dictionary(Title=title))
            document.save(
                target,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                linearize=document.is_linearized,
                encryption=False,
                deterministic_id=True,
            )
    except pikepdf.PasswordError:
        raise RefusedError("encrypted_file") from None
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError, LookupError):
        raise RefusedError("broken_file") from None


def _title(document: pikepdf.Pdf) -> str:
    """The title among the properties, else the one in XMP, where newer documents have it."""
    info = document.trailer.get("/Info")
    if isinstance(info, Dictionary) and isinstance(title := info.get("/Title"), pikepdf.String):
        return str(title)
    with contextlib.suppress(Exception):  # XMP is read by more than one parser, and may be anything
        return str(document.open_metadata().get("dc:title", ""))
    return ""


def _clean(thing: Any) -> None:
    """Take out of an object whatever is told or runs; what it merely refers to has its turn."""
    told: frozenset[Any]
    held: list[tuple[Any, Any]]
    if isinstance(thing, Array):
        told, held = frozenset(), list(enumerate(thing))[::-1]
    elif isinstance(thing, Dictionary | Stream):
        is_note = "/Rect" in thing and thing.get("/Subtype") != "/Widget"
        told, held = TOLD | NOTED if is_note else TOLD, list(thing.items())
    else:
        return
    for place, value in held:
        if place in told:
            del thing[place]
        elif isinstance(value, pikepdf.Object):  # numbers are not
            if _goes(value):
                del thing[place]
            elif not value.is_indirect:
                _clean(value)


def _goes(value: Any) -> bool:
    """Whether it is an action that runs something, a file, XMP or a signature."""
    if isinstance(value, Stream):
        return value.get("/Type") in ("/Metadata", "/EmbeddedFile")
    return isinstance(value, Dictionary) and (
        "/EF" in value or "/ByteRange" in value or (value.get("/S") in RUNNING and "/P" not in value)
    )


# Pictures ----------------------------------------------------------------------------------------


def _clean_stream(document: pikepdf.Pdf, stream: Stream) -> None:
    """Take out of a picture in JPEG or JPEG 2000 what it tells, and leave its points as they are."""
    filters, parameters = _list(stream.get("/Filter")), _list(stream.get("/DecodeParms"))
    if not filters:  # packed here, as qpdf writes one that it has packed itself differently when it comes again
        stream.write(zlib.compress(stream.read_raw_bytes()), filter=Name.FlateDecode)
        return
    cleaner = CLEANERS.get(str(filters[-1]))
    if cleaner is None:
        return
    raw = stream.read_raw_bytes()
    if filters[1:]:
        around = Stream(document, raw)
        around.Filter, around.DecodeParms = Array(filters[:-1]), Array(parameters[: len(filters) - 1])
        raw = around.read_bytes()
    clean = cleaner(raw)
    if clean != raw:
        own = parameters[-1] if len(parameters) == len(filters) else None
        stream.write(clean, filter=filters[-1], decode_parms=own)


def _list(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, Array) else [value]


_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""Where something other than points begins in a JPEG (ITU-T T.81 §B.1.1)."""
_END = b"\xff\xd9"
_FORM = (b"\xff\xe0", b"\xff\xee")
"""Of what programs add, this says how to read the points: JFIF, and Adobe's kind of colours."""


def bare_jpeg(raw: bytes) -> bytes:
    """A JPEG without EXIF, XMP, IPTC, comments, further pictures and whatever comes after its end."""
    at = raw.find(b"\xff\xd8")
    if at < 0:
        return raw
    kept, at = [b"\xff\xd8"], at + 2
    while found := _MARKER.search(raw, at):
        kept.append(raw[at : found.start()])
        marker, at = found[0], found.end() + int.from_bytes(raw[found.end() : found.end() + 2])
        if marker == _END:
            return b"".join(kept) + _END
        segment = raw[found.start() : at]
        if not (b"\xff\xe0" <= marker <= b"\xff\xef" or marker == b"\xff\xfe") or _is_form(marker, segment):
            kept.append(segment)
    return b"".join(kept) + raw[at:]


def _is_form(marker: bytes, segment: bytes) -> bool:
    return marker in _FORM or (marker == b"\xff\xe2" and segment[4:].startswith(b"ICC_PROFILE\0"))


def bare_jpeg_2000(raw: bytes) -> bytes:
    """A JPEG 2000 whose boxes of XMP, EXIF and XML are empty; the mere code stream as it is."""
    if raw[4:8] != b"jP  ":
        return raw
    file = BytesIO(raw)
    silence(file)
    return file.getvalue()


CLEANERS = {"/DCTDecode": bare_jpeg, "/JPXDecode": bare_jpeg_2000}
