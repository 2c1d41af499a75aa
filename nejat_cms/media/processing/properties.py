"""What a PDF says and does beside its pages: taken out of it, with qpdf.

    in no object     properties (but the title), XMP, what programs keep for themselves, files, scripts, signatures
    in no picture    what JPEG and JPEG 2000 tell beside their points

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

from nejat_cms.media.processing.embedded import bare_jpeg, bare_jpeg_2000
from nejat_cms.media.processing.limits import RefusedError

TOLD = frozenset(
    {
        *("/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/LastModified", "/Metadata", "/PieceInfo"),
        *("/Keywords", "/Subject", "/OPI", "/Thumb"),
        *("/AA", "/JS", "/JavaScript", "/XFA"),
        *("/EmbeddedFiles", "/Collection", "/AF", "/FS", "/UF", "/Movie", "/Sound", "/RichMediaContent"),
        *("/Perms", "/DSS"),
    }
)
"""Keys that go from wherever they stand (ISO 32000-2): properties, programs, files, and what belongs to a signature."""
NOTED = frozenset({"/T", "/M"})
"""By whom and when a note was made that stands on a page; of a field of a form the first is its name."""
ELSEWHERE = frozenset({"/F", "/FFilter", "/FDecodeParms"})
"""What says of a stream that it is in another file."""
ACTING = frozenset({"/A", "/PA", "/OpenAction", "/Next"})
"""Where an action stands. An element of the structure, which may be called like one, is never there."""
HARMLESS = frozenset({"/GoTo", "/URI", "/Named", "/ResetForm", "/Hide", "/SetOCGState", "/Thread", "/Trans"})
"""Actions that stay: within the document, and to a page of the web."""


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
            saved = BytesIO()  # where a disk is full, qpdf ends the process
            document.save(
                saved,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                linearize=document.is_linearized,
                encryption=False,
                deterministic_id=True,
            )
        target.write_bytes(saved.getbuffer())
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
    if isinstance(thing, Array):
        told, held = frozenset[str](), list[tuple[Any, Any]](enumerate(thing))[::-1]
    elif isinstance(thing, Dictionary | Stream):
        told, held = _told(thing), list(thing.items())
    else:
        return
    for place, value in held:
        if place in told or _goes(value) or (place in ACTING and _runs(value)):
            del thing[place]
        elif isinstance(value, pikepdf.Object):  # numbers are not
            if place in ACTING and isinstance(value, Array):
                for number in reversed(range(len(value))):
                    if _runs(value[number]):
                        del value[number]
            if not value.is_indirect:
                _clean(value)


def _told(thing: Any) -> frozenset[str]:
    """The keys of this object that go."""
    told = TOLD
    if "/Rect" in thing and thing.get("/Subtype") != "/Widget":
        told |= NOTED
    if isinstance(thing, Stream):
        told |= ELSEWHERE
    if isinstance(first := thing.get("/F"), Dictionary) and "/N" in first and "/V" in first:
        told |= {"/I"}  # of a thread of articles, which has properties of its own
    return told


def _goes(value: Any) -> bool:
    """Whether it is a file, XMP or a signature."""
    if isinstance(value, Stream):
        return value.get("/Type") in ("/Metadata", "/EmbeddedFile") or value.get("/Subtype") == "/XML"
    return isinstance(value, Dictionary) and (
        value.get("/Type") == "/Filespec"
        or not value.keys().isdisjoint(("/EF", "/UF", "/ByteRange"))
        or isinstance(value.get("/F"), pikepdf.String)
    )


def _runs(value: Any) -> bool:
    return isinstance(value, Dictionary) and "/S" in value and value.get("/S") not in HARMLESS


# Pictures ----------------------------------------------------------------------------------------


def _clean_stream(document: pikepdf.Pdf, stream: Stream) -> None:
    """Take out of a picture in JPEG or JPEG 2000 what it tells, and leave its points as they are."""
    filters, parameters = _list(stream.get("/Filter")), _list(stream.get("/DecodeParms"))
    if not filters:  # packed here, as qpdf writes one that it has packed itself differently when it comes again
        stream.write(zlib.compress(stream.read_raw_bytes()), filter=Name.FlateDecode)
        filters = [Name.FlateDecode]
    cleaner = CLEANERS.get(str(filters[-1]))
    if cleaner is None:
        with contextlib.suppress(pikepdf.PdfError):  # of damaged streams, and of what only pictures are packed with
            if stream.get("/Subtype") != "/Image" and _INLINE.search(stream.read_bytes(LOSSLESS)):
                raise RefusedError("broken_file")
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


CLEANERS = {"/DCTDecode": bare_jpeg, "/DCT": bare_jpeg, "/JPXDecode": bare_jpeg_2000}
LOSSLESS = pikepdf.StreamDecodeLevel.specialized
_INLINE = re.compile(
    rb"\bBI(?=[\s/<\0])[^()]{0,999}?/" + b"".join(rb"(?:%c|#%x)" % (letter, letter) for letter in b"DCT"), re.IGNORECASE
)
"""A JPEG that stands among what is drawn, without an object of its own."""
