"""Files that tell where, when, by whom and with what they were made, made here: each tells `CANARY`, and the place."""

import io
import struct
from collections.abc import Mapping
from functools import cache
from typing import Any

import pikepdf
from mutagen import apev2, id3
from pikepdf import Array, Dictionary, Name

from tests.media.processing import samples

PLACE = b"+35.6892+051.3890/"
TOLD = (b"CANARY", PLACE, b"Cameraphone", b"SERIAL-4711", b"Exif", b"<x:xmpmeta")
TITLE = "Boats of Mulberry Lane"


@cache
def photo() -> bytes:
    """A JPEG as a telephone makes it, with a comment and something after its end."""
    raw = samples.encoded(samples.with_metadata(samples.picture()), "image/jpeg", strip=False)
    comment = b"CANARY" + PLACE
    return raw[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + raw[2:] + b"CANARY" + raw


def _mp3() -> bytes:
    """Tags of every kind, before the sound, after it and within."""
    file = io.BytesIO()
    tags = id3.ID3()
    tags.add(id3.TPE1(encoding=3, text="CANARY"))
    tags.add(id3.TXXX(encoding=0, desc="place", text=PLACE.decode()))
    tags.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=photo()))
    tags.save(file)
    ape = io.BytesIO()
    values = apev2.APEv2()
    values["Artist"] = "CANARY"
    values["Cover Art (Front)"] = apev2.APEValue(b"a.jpg\0" + photo(), apev2.BINARY)
    values.save(ape)
    lyrics = b"LYRICSBEGINCANARY" + b"000017LYRICS200"
    old = b"TAG" + b"CANARY".ljust(125, b"\0")
    sound = samples.mp3(50)
    return file.getvalue() + sound + file.getvalue() + sound + ape.getvalue() + lyrics + old


def _flac() -> bytes:
    picture = struct.pack(">II", 3, 10) + b"image/jpeg" + bytes(20) + struct.pack(">I", len(photo())) + photo()
    blocks = [
        (2, b"CANA" + PLACE),
        (4, samples.comments(b"ARTIST=CANARY", b"LOCATION=" + PLACE, vendor=b"CANARY")),
        (6, picture),
        (5, b"CANARY".ljust(396, b"\0")),
        (1, b"CANARY"),
        (3, struct.pack(">QQH", 0, 0, 4096)),
    ]
    return samples.flac(more=blocks) + b"TAG" + b"CANARY".ljust(125, b"\0")


def _wav() -> bytes:
    more = [
        samples.riff(b"LIST", b"INFO" + samples.riff(b"IART", b"CANARY")),
        samples.riff(b"bext", b"CANARY".ljust(602, b"\0") + PLACE),
        samples.riff(b"iXML", b"<BWFXML>CANARY</BWFXML>"),
        samples.riff(b"_PMX", b"<x:xmpmeta>SERIAL-4711</x:xmpmeta>"),
        samples.riff(b"id3 ", photo()),
        samples.riff(b"JUNK", b"CANARY!"),
    ]
    return samples.wav(more=b"".join(more)) + b"CANARY"


def _comments() -> bytes:
    return samples.comments(b"ARTIST=CANARY", b"LOCATION=" + PLACE, b"P=" + photo() * 12, vendor=b"CANARY")


def _chained() -> bytes:
    """Two recordings one after the other, the second beside a stream that is no sound."""
    other = samples.page(2, 0, 0, b"fishead\0CANARY", serial=9) + samples.page(4, 0, 1, PLACE, serial=9)
    return samples.opus(tags=_comments()) + other + samples.opus(tags=_comments(), serial=8)


def _mp4() -> bytes:
    """With a track of places, as cameras have it; its one sample is the last thing in the file."""
    times = struct.pack(">4xII", 0xCA11, 0xCA11)
    place = samples.box(b"udta", samples.box(b"\xa9xyz", PLACE))

    def film(at: int) -> bytes:
        table = samples.box(
            b"stbl",
            samples.box(b"stsz", struct.pack(">4xIII", 0, 1, 24)),
            samples.box(b"stsc", struct.pack(">4xIIII", 1, 1, 1, 1)),
            samples.box(b"stco", struct.pack(">4xII", 1, at)),
        )
        handler = samples.box(b"hdlr", bytes(8), b"meta", bytes(12), b"CANARY\0")
        track = samples.box(b"trak", samples.box(b"mdia", handler, samples.box(b"minf", table)))
        shown = samples.box(b"hdlr", bytes(8), b"vide", bytes(12), b"CANARY camera\0")
        seen = samples.box(
            b"trak", samples.box(b"tkhd", times), samples.box(b"mdia", samples.box(b"mdhd", times), shown)
        )
        head = samples.mp4(b"vide", more=[place, seen, track, samples.box(b"meta", bytes(4), b"CANARY")])
        return head + samples.box(b"uuid", bytes(16), b"CANARY") + samples.box(b"mdat", PLACE + b"CANARY")

    return film(len(film(0)) - 24)


RECORDINGS: Mapping[str, bytes] = {
    "a.mp3": _mp3(),
    "a.flac": _flac(),
    "a.wav": _wav(),
    "a.opus": samples.opus(tags=_comments()),
    "a.ogg": samples.vorbis(tags=_comments()),
    "chained.opus": _chained(),
    "a.mp4": _mp4(),
}


def document(**options: Any) -> bytes:
    """A PDF of two pages that tells and runs whatever one can; `options` are those of saving it."""
    with pikepdf.open(io.BytesIO(samples.pdf("Boats go out", "Boats come in"))) as pdf:
        note = "CANARY " + PLACE.decode()
        script = Dictionary(S=Name.JavaScript, JS=note)
        held = pdf.make_indirect(
            Dictionary(Type=Name.Filespec, F="CANARY.txt", EF=Dictionary(F=pdf.make_stream(b"CANARY")))
        )
        xmp = pdf.make_stream(b"<x:xmpmeta>CANARY</x:xmpmeta>", Type=Name.Metadata, Subtype=Name.XML)
        pdf.docinfo["/Title"] = TITLE
        for key in ("/Author", "/Creator", "/Producer", "/CreationDate", "/Company"):
            pdf.docinfo[key] = note
        pdf.Root.Metadata = xmp
        pdf.Root.OpenAction = script
        pdf.Root.AA = Dictionary(WC=script)
        pdf.Root.AF = Array([held])
        pdf.Root.PieceInfo = Dictionary(Maker=Dictionary(Private="CANARY", LastModified=note))
        scripts, files = Dictionary(Names=Array(["CANARY", script])), Dictionary(Names=Array(["CANARY", held]))
        pdf.Root.Names = Dictionary(JavaScript=scripts, EmbeddedFiles=files)
        signature = pdf.make_indirect(Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Name="CANARY", M=note))
        field = Dictionary(FT=Name.Sig, T="Signed", Subtype=Name.Widget, Rect=Array([0, 0, 0, 0]), V=signature)
        field = pdf.make_indirect(field)
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), XFA="CANARY")
        pdf.Root.Perms = Dictionary(DocMDP=signature)
        page = pdf.pages[0]
        place = Array([0, 0, 9, 9])
        link = Dictionary(S=Name.URI, URI="https://example.org/", Next=script)
        notes = [
            Dictionary(Subtype=Name.Text, T="CANARY", M=note, Contents="Look"),
            Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F="CANARY.exe")),
            Dictionary(Subtype=Name.Link, A=link),
            Dictionary(Subtype=Name.FileAttachment, FS=held),
        ]
        for one in notes:
            one.Rect = place
        page.obj.Annots = Array([field, *notes])
        bare = pdf.make_stream(photo(), _image(Name.DCTDecode))
        bare.Metadata = xmp
        page.obj.Resources.XObject = Dictionary(A=bare)
        if not options:
            packed = _image(Array([Name.ASCIIHexDecode, Name.DCTDecode]))
            page.obj.Resources.XObject.B = pdf.make_stream(photo().hex().encode() + b">", packed)
        drawn = b" q 90 0 0 60 200 200 cm /A Do Q" + (b"" if options else b" q 90 0 0 60 300 400 cm /B Do Q")
        page.contents_add(pdf.make_stream(drawn))
        file = io.BytesIO()
        pdf.save(file, compress_streams=False, fix_metadata_version=False, **options)
    return file.getvalue() if options else _added_to(file.getvalue())


def _image(filters: Any) -> Dictionary:
    form = Dictionary(Type=Name.XObject, Subtype=Name.Image, Width=300, Height=200, BitsPerComponent=8)
    form.ColorSpace, form.Filter = Name.DeviceRGB, filters
    return form


def _added_to(raw: bytes) -> bytes:
    """The same with an earlier state in it, as programs leave it that only add to a file."""
    row = b"9000 0 obj\n(CANARY)\nendobj\n"
    return raw.replace(b"%\xbf\xf7\xa2\xfe\n", b"%\xbf\xf7\xa2\xfe\n", 1) + row + raw[raw.rindex(b"startxref") :]


def unpacked(raw: bytes) -> bytes:
    """A document with its streams and objects as they are before they are packed."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        level = pikepdf.StreamDecodeLevel.generalized
        modes = pikepdf.ObjectStreamMode.disable
        pdf.save(file, compress_streams=False, stream_decode_level=level, object_stream_mode=modes, static_id=True)
    return file.getvalue() + raw
