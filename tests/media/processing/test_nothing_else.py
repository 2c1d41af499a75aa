"""Places beside the usual ones where a file can tell something: each is emptied, or the file refused."""

import base64
import io
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from pikepdf import Array, Dictionary, Name, Pdf

from nejat_cms.media.processing import Workshop, child, embedded, films, properties, sound
from nejat_cms.media.processing.limits import RefusedError
from tests.media.files import opened
from tests.media.processing import samples, tagged
from tests.media.processing.samples import box, written


def emptied(folder: Path, raw: bytes) -> bytes:
    """What is kept of a film: as long as it was, and without what it told."""
    target = folder / "kept"
    films.strip(written(folder, raw), target)
    kept = target.read_bytes()
    assert len(kept) == len(raw)
    assert b"CANARY" in raw
    assert b"CANARY" not in kept
    films.strip(target, folder / "again")
    assert (folder / "again").read_bytes() == kept
    return kept


def refuse_film(folder: Path, raw: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        films.strip(written(folder, raw), folder / "kept")
    assert refused.value.code == "broken_file"


# Films -------------------------------------------------------------------------------------------


def track(handler: bytes, *table: bytes, minf: bytes = b"", number: int = 1) -> bytes:
    head = box(b"tkhd", struct.pack(">4xIII", 0, 0, number), bytes(68))
    kind = box(b"hdlr", bytes(8), handler, bytes(12), b"CANARY\0")
    return box(b"trak", head, box(b"mdia", kind, box(b"minf", minf, box(b"stbl", *table))))


def entry(kind: bytes, *inside: bytes, size: int = 78, channels: int = 2, version: int = 0) -> bytes:
    """The description of samples, with the names of an encoder in it."""
    if size == 78:
        told = bytes(8) + bytes(4) + b"CNRY" + bytes(8) + struct.pack(">HH", 64, 48) + bytes(14) + b"CANARY".ljust(32)
        head = told + struct.pack(">Hh", 24, -1)
    else:
        head = bytes(7) + b"\1" + struct.pack(">HH4sHH", version, 0, b"CNRY", channels, 16) + bytes(8)
    return box(b"stsd", struct.pack(">4xI", 1), box(kind, head, *inside))


def table(chunks: list[int], sizes: list[int], *, same: int = 0, wide: bool = False) -> list[bytes]:
    """Chunks of two samples each, but for the last one."""
    places = struct.pack(">4xI", len(chunks)) + b"".join(struct.pack(">Q" if wide else ">I", at) for at in chunks)
    each = b"" if same else b"".join(struct.pack(">I", size) for size in sizes)
    runs = [(1, 2, 1), (len(chunks), len(sizes) - 2 * (len(chunks) - 1), 1)][-len(chunks) :]
    return [
        box(b"stsz", struct.pack(">4xII", same, len(sizes)), each),
        box(b"stsc", struct.pack(">4xI", len(runs)), *(struct.pack(">III", *run) for run in runs)),
        box(b"co64" if wide else b"stco", places),
    ]


def film(data: bytes, tracks: Callable[[int], list[bytes]]) -> bytes:
    """A film with these data; `tracks` are made of the place where they begin."""

    def made(at: int) -> bytes:
        return samples.mp4(more=tracks(at)) + box(b"mdat", data)

    return made(len(made(0)) - len(data))


@pytest.mark.parametrize("wide", [False, True])
def test_of_the_data_nothing_stays_but_what_is_seen_or_heard(tmp_path: Path, wide: bool) -> None:
    data = b"CANARY" + b"seen1" + b"seen" + b"CANARY" + b"heardheard" + b"CANARY" + b"seen!" + b"CANARY"

    def tracks(at: int) -> list[bytes]:
        return [
            track(b"vide", *table([at + 6, at + 37], [5, 4, 5], wide=wide)),
            track(b"soun", *table([at + 21], [5, 5], same=5, wide=wide)),
            track(b"text", *table([at + 31], [6], wide=wide)),
            track(b"meta", *table([at + 15, 2**63 + 5 if wide else 0xFFFFFFFF], [6, 6, 9], wide=wide)),
        ]

    kept = emptied(tmp_path, film(data, tracks))
    gap = bytes(6)
    assert kept.endswith(b"mdat" + gap + b"seen1seen" + gap + b"heardheard" + gap + b"seen!" + gap)
    assert kept.count(b"trak") == 2


def test_a_place_beyond_all_files_is_no_fault(tmp_path: Path) -> None:
    kept = emptied(tmp_path, film(b"CANARY", lambda _: [track(b"vide", *table([2**64 - 9], [99], wide=True))]))
    assert kept.endswith(bytes(6))


def test_sound_that_is_not_packed_may_say_that_a_sample_has_one_byte(tmp_path: Path) -> None:
    data = b"12345678" + b"CANARY"
    described = entry(b"twos", size=28)
    kept = emptied(tmp_path, film(data, lambda at: [track(b"soun", described, *table([at], [0, 0], same=1))]))
    assert kept.endswith(b"12345678" + bytes(6))


def test_a_film_that_does_not_say_how_large_its_samples_are_is_refused(tmp_path: Path) -> None:
    short = [box(b"stz2", bytes(12)), *table([9], [9])[1:]]
    refuse_film(tmp_path, film(b"CANARY", lambda _: [track(b"vide", *short)]))


def test_what_describes_samples_names_no_encoder(tmp_path: Path) -> None:
    seen = entry(b"avc1", box(b"avcC", b"needed"), box(b"uuid", bytes(16), b"CANARY"))
    heard = entry(b"mp4a", box(b"esds", b"needed"), box(b"wave", b"CANARY"), size=28)
    more = [track(b"vide", seen), track(b"soun", heard)]
    kept = emptied(tmp_path, samples.mp4(more=more))
    assert b"CNRY" not in kept
    assert kept.count(b"needed") == 2
    assert struct.pack(">HH", 64, 48) in kept


@pytest.mark.parametrize(
    "heard",
    [
        entry(b"mp4a", size=28, version=1),
        entry(b"fLaC", box(b"dfLa", bytes(42), b"CANARY"), size=28),
        box(b"stsd", struct.pack(">4xI", 1), box(b"mp4a", bytes(9))),
    ],
    ids=["as QuickTime has it", "with tags of FLAC", "too short"],
)
def test_rare_descriptions_are_refused(tmp_path: Path, heard: bytes) -> None:
    refuse_film(tmp_path, samples.mp4(more=[track(b"soun", heard)]))


@pytest.mark.parametrize(
    "minf",
    [
        box(b"hdlr", bytes(8), b"alis", bytes(12), b"CANARY\0"),
        box(b"dinf", box(b"dref", struct.pack(">4xI", 1), box(b"url ", bytes(4), b"file:///home/CANARY"))),
        box(b"vmhd", bytes(12)) + box(b"vmhd", b"CANARY"),
    ],
    ids=["a second handler", "a place elsewhere", "a second head"],
)
def test_boxes_that_tell_within_a_track(tmp_path: Path, minf: bytes) -> None:
    emptied(tmp_path, samples.mp4(more=[track(b"vide", minf=minf)]))


def fragmented(*tracks: bytes, number: int = 1, more: bytes = b"") -> bytes:
    piece = box(
        b"traf", box(b"tfhd", struct.pack(">II", 0x020000, number)), box(b"trun", struct.pack(">II", 1, 1)), more
    )
    head = samples.mp4(more=[*tracks, box(b"mvex", box(b"trex", bytes(24)), box(b"udta", b"CANARY"))])
    return head + box(b"moof", box(b"mfhd", bytes(8)), piece, box(b"uuid", b"CANARY")) + box(b"mdat", b"seen")


def test_fragments_keep_their_samples_and_tell_nothing(tmp_path: Path) -> None:
    kept = emptied(tmp_path, fragmented(track(b"vide"), more=box(b"udta", b"CANARY")))
    assert kept.endswith(b"seen")
    assert b"trun" in kept


def test_fragments_of_what_is_not_shown_are_refused(tmp_path: Path) -> None:
    refuse_film(tmp_path, fragmented(track(b"vide"), track(b"meta", number=2)))
    refuse_film(tmp_path, fragmented(track(b"vide"), number=2))
    refuse_film(tmp_path, fragmented(box(b"trak", box(b"mdia", bytes(0)))))


MADE = {
    "film.mp4": ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x48:rate=10", "-c:v", "mpeg4", "-c:a", "aac"],
    "pieces.mp4": ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x48", "-c:v", "mpeg4", "-movflags", "frag_keyframe"],
    "fast.mp4": ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x48", "-c:v", "mpeg4", "-movflags", "faststart"],
    "voice.m4a": ["-c:a", "aac"],
    "lossless.m4a": ["-c:a", "alac"],
    "pieces.m4a": ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
    "short.flac": ["-frame_size", "256"],
    "voice.wav": ["-c:a", "pcm_s24le"],
}


@pytest.mark.parametrize("name", MADE)
def test_what_a_real_program_made_plays_as_before(tmp_path: Path, name: str) -> None:
    def run(*words: str) -> bytes:
        return subprocess.run([get_ffmpeg_exe(), "-v", "error", *words], check=True, capture_output=True).stdout

    source, target = tmp_path / name, tmp_path / "kept"
    told = ["-metadata", "title=CANARY", "-metadata", "location=CANARY"]
    run("-f", "lavfi", "-i", "sine=duration=2", *MADE[name], *told, str(source))
    assert b"CANARY" in source.read_bytes()
    assert child.strip({"source": str(source), "target": str(target)}) == {}
    assert b"CANARY" not in target.read_bytes()
    before, after = ({"source": str(path), "svg": False} for path in (source, target))
    assert child.examine(before) == child.examine(after)
    assert run("-i", str(source), "-f", "md5", "-") == run("-i", str(target), "-f", "md5", "-")


# Sound -------------------------------------------------------------------------------------------


def test_nothing_stands_between_the_frames_of_a_flac(tmp_path: Path) -> None:
    raw, head = samples.flac(), 42
    last = raw.rindex(b"\xff\xf8")
    for place in (head, last, len(raw)):
        path = written(tmp_path, raw[:place] + b"CANARY" + raw[place:])
        with pytest.raises(RefusedError):
            sound.check(path, "audio/flac")
    twice = samples.flac(more=[(0, bytes(34)), (3, bytes(18)), (3, b"CANARY".ljust(18))])
    sound.strip(written(tmp_path, twice), tmp_path / "kept", "audio/flac")
    assert (tmp_path / "kept").read_bytes() == samples.flac(more=[(3, bytes(18))])


def test_a_wave_has_each_chunk_once_and_none_that_is_too_large(tmp_path: Path) -> None:
    fact, form = samples.riff(b"fact", bytes(4)), samples.riff(b"fmt ", b"CANARY".ljust(16))
    more = fact + samples.riff(b"fact", b"CANARY") + form
    raw = samples.wav(more=more) + samples.riff(b"data", b"CANARY")
    raw = raw[:4] + struct.pack("<I", len(raw) - 8) + raw[8:]
    sound.strip(written(tmp_path, raw), tmp_path / "kept", "audio/wav")
    kept = (tmp_path / "kept").read_bytes()
    assert b"CANARY" not in kept
    assert (len(kept), kept.count(b"JUNK")) == (len(raw), 3)
    sound.strip(
        written(tmp_path, samples.wav(more=samples.riff(b"fact", b"CANARY" * 3))), tmp_path / "kept", "audio/wav"
    )
    assert b"CANARY" not in (tmp_path / "kept").read_bytes()


# Documents ---------------------------------------------------------------------------------------


def kept_of(folder: Path, change: Callable[[Pdf, Any], None]) -> bytes:
    """What is kept of a document that was changed, with its streams unpacked."""
    with pikepdf.open(io.BytesIO(samples.pdf("Boats"))) as document:
        change(document, document.pages[0].obj)
        document.save(folder / "file", compress_streams=False)
    properties.strip(folder / "file", folder / "kept")
    return tagged.unpacked((folder / "kept").read_bytes())


@pytest.mark.parametrize("kind", ["Launch", "SubmitForm", "ImportData", "GoToR", "GoToE", "Rendition", "Movie"])
@pytest.mark.parametrize("place", ["A", "Next", "many", "OpenAction"])
def test_what_runs_or_leaves_the_document_goes_whatever_else_it_says(tmp_path: Path, kind: str, place: str) -> None:
    def change(document: Pdf, page: Any) -> None:
        parent = document.make_indirect(Dictionary(Type=Name.StructElem))
        action = document.make_indirect(Dictionary(S=Name(f"/{kind}"), P=parent, Told="CANARY"))
        first: Any = Dictionary(S=Name.URI, URI="https://example.org/")
        match place:
            case "A":
                first = action
            case "Next":
                first.Next = action
            case "many":
                first.Next = document.make_indirect(Array([action, Dictionary(S=Name.GoTo, D="there"), action]))
            case _:
                document.Root.OpenAction = action
        page.Annots = Array([Dictionary(Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=first)])

    kept = kept_of(tmp_path, change)
    assert b"CANARY" not in kept
    assert (b"example.org" in kept) == (place != "A")
    assert (b"(there)" in kept) == (place == "many")


def test_elements_of_the_structure_stay_whatever_they_are_called(tmp_path: Path) -> None:
    def change(document: Pdf, page: Any) -> None:
        root = document.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        part = Dictionary(S=Name.Launch, P=root, Alt="Boats", A=Dictionary(O=Name.Layout), Pg=page)
        root.K = document.make_indirect(part)
        document.Root.StructTreeRoot = root

    assert b"(Boats)" in kept_of(tmp_path, change)


def test_documents_tell_nothing_in_rare_places(tmp_path: Path) -> None:
    def change(document: Pdf, page: Any) -> None:
        picture = document.make_stream(tagged.photo(), tagged._image(Name.DCT))
        picture.OPI = Dictionary({"/2.0": Dictionary(F="Macintosh HD:CANARY.tif")})
        page.Resources.XObject = Dictionary(A=picture)
        page.Thumb = document.make_stream(tagged.photo(), tagged._image(Name.DCTDecode))
        bead = document.make_indirect(Dictionary(R=Array([0, 0, 9, 9]), P=page))
        bead.N = bead.V = bead
        thread = document.make_indirect(Dictionary(F=bead, I=Dictionary(Title="CANARY", Subject="CANARY")))
        bead.T = thread
        document.Root.Threads = Array([thread])
        file = document.make_indirect(Dictionary(Type=Name.Filespec, F="CANARY.txt"))
        document.Root.AF, document.Root.Odd = Array([file]), Array([file, Dictionary(F="CANARY.txt")])
        document.Root.More = document.make_stream(b"<x>CANARY</x>", Subtype=Name.XML)
        document.Root.Away = document.make_stream(b"", F="CANARY.bin")

    kept = kept_of(tmp_path, change)
    assert not [told for told in tagged.TOLD if told in kept]
    assert b"/Threads" in kept


@pytest.mark.parametrize("drawn", [b"/F /DCT", b"/Filter /DCTDecode", b"/Filter [/A85 /#44CT]"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_document_with_a_jpeg_among_what_is_drawn_is_refused(tmp_path: Path, drawn: bytes, packed: bool) -> None:
    def change(document: Pdf, _page: Any) -> None:
        stream = document.make_stream(
            b"q BI /W 300 /H 200 /BPC 8 /CS /RGB " + drawn + b" ID " + tagged.photo() + b"\nEI Q"
        )
        document.pages[0].contents_add(stream)
        document.save(tmp_path / "file", compress_streams=packed)

    with pytest.raises(RefusedError):
        kept_of(tmp_path, change)
    with pytest.raises(RefusedError):
        properties.strip(tmp_path / "file", tmp_path / "kept")


def test_a_document_may_speak_of_jpegs(tmp_path: Path) -> None:
    def change(document: Pdf, _page: Any) -> None:
        document.pages[0].contents_add(document.make_stream(b"BT (BI) Tj (/DCTDecode ID) Tj ET BI /W 1 /H 1 ID x EI"))
        document.Root.Odd = document.make_stream(b"none", Filter=Name.CCITTFaxDecode)

    assert b"/DCTDecode ID" in kept_of(tmp_path, change)


# Pictures within ---------------------------------------------------------------------------------


def marked(kind: bytes, body: bytes) -> bytes:
    return b"\xff" + kind + struct.pack(">H", len(body) + 2) + body


def test_a_jpeg_says_no_more_than_how_its_points_are_read() -> None:
    form, adobe = b"JFIF\0\1\2\0\0\1\0\1", b"Adobe\0\x64\0\0\0\0\1"
    points = marked(b"\xda", b"\1") + b"points\xff\xd9"
    told = marked(b"\xe0", form + b"\1\2CANARY") + marked(b"\xee", adobe + b"CANARY") + b"CANARY"
    told += marked(b"\xee", b"CANARYAPP14!") + marked(b"\xe0", b"JFIF\0CAN") + marked(b"\xf3", b"CANARY")
    bare = embedded.bare_jpeg(b"\xff\xd8" + told + points)
    assert bare == b"\xff\xd8" + marked(b"\xe0", form + b"\0\0") + marked(b"\xee", adobe) + points


def j2k(comment: bytes, size: int | None = None, end: bytes = b"\xff\xd9") -> bytes:
    """A code stream of one tile, with a comment in both of its heads."""
    told = marked(b"\x64", b"\0\1" + comment)
    part = told + b"\xff\x93points"
    tile = marked(b"\x90", struct.pack(">HIBB", 0, len(part) + 12 if size is None else size, 0, 1))
    return b"\xff\x4f" + marked(b"\x51", bytes(36)) + told + tile + part + end


def test_a_jpeg_2000_tells_nothing_in_comments() -> None:
    for size, end in ((None, b"\xff\xd9CANARY"), (None, b""), (0, b"")):
        raw, empty = j2k(b"CANARY", size, end), j2k(bytes(6), size, end.replace(b"CANARY", bytes(6)))
        assert embedded.bare_jpeg_2000(raw) == empty
        head, gml = b"\0\0\0\x0cjP  \r\n\x87\n", box(b"asoc", box(b"lbl ", b"gml.data"), box(b"xml ", b"CANARY"))
        bare = embedded.bare_jpeg_2000(head + gml + box(b"jp2c", raw))
        assert b"CANARY" not in bare
        assert bare.endswith(box(b"jp2c", empty))
    for raw in (j2k(b"CANARY", 5), j2k(b"CANARY", 9_999), j2k(b"CANARY", 12, b"\xff\x64\0\0"), b"CANARY" * 9):
        with pytest.raises(RefusedError):
            embedded.bare_jpeg_2000(raw)


def picture_in_png() -> bytes:
    raw = samples.encoded(samples.picture(), "image/png")
    told = (
        samples.chunk(b"tEXt", b"Author\0CANARY") + samples.chunk(b"eXIf", b"CANARY") + samples.chunk(b"tIME", bytes(7))
    )
    return raw[:33] + told + raw[33:] + b"CANARY"


def drawn(shop: Workshop, folder: Path, inside: str) -> bytes:
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="200">'
    )
    source, clean, again = written(folder, f"{head}{inside}</svg>".encode()), folder / "clean", folder / "again"
    shop.strip(source, clean)
    shop.strip(clean, again)
    assert clean.read_bytes() == again.read_bytes()
    return clean.read_bytes()


@pytest.mark.parametrize(("kind", "raw"), [("jpeg", tagged.photo()), ("png", picture_in_png())])
@pytest.mark.parametrize("form", ['href="{}"', 'xlink:href="{}"', 'fill="url({})"'])
def test_a_picture_within_a_drawing_tells_nothing(
    shop: Workshop, tmp_path: Path, kind: str, raw: bytes, form: str
) -> None:
    words = base64.encodebytes(raw).decode() if "href" in form else base64.b64encode(raw).decode()
    clean = drawn(
        shop, tmp_path, f"<image width='300' height='200' {form.format(f'data:image/{kind};base64,{words}')}/>"
    )
    found = clean.partition(f"data:image/{kind};base64,".encode())[2]
    bare = base64.b64decode(found[: min(at for end in b'")' if (at := found.find(end)) >= 0)], validate=True)
    assert not [told for told in tagged.TOLD if told in bare]
    assert opened(bare).tobytes() == opened(raw).tobytes()


@pytest.mark.parametrize(
    "address",
    [
        "data:image/webp;base64," + base64.b64encode(samples.encoded(samples.picture(), "image/webp")).decode(),
        "data:image/png;base64," + base64.b64encode(b"GIF89aCANARY").decode(),
        "data:image/jpeg,%FF%D8CANARY",
        "data:image/jpeg;base64,/9j/CANARY!",
        "data:image/jpeg;charset=x;base64,CANARY%41",
    ],
)
def test_other_pictures_within_a_drawing_go(shop: Workshop, tmp_path: Path, address: str) -> None:
    clean = drawn(shop, tmp_path, f'<image href="{address}"/><text>Source data: boats</text>')
    assert b"data:image" not in clean
    assert b"Source data: boats" in clean


# Faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [RecursionError(), ValueError(), OverflowError(), struct.error()])
def test_numbers_that_nobody_has_thought_of_are_the_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail(_: object) -> Any:
        raise problem

    monkeypatch.setattr(child, "WORK", dict.fromkeys(("strip", "examine", "render"), fail))
    assert child.answer_to({"work": "strip"}) == child.answer_to({"work": "examine"}) == {"refused": "broken_file"}
    assert type(problem).__name__ in child.answer_to({"work": "render"})["fault"]
