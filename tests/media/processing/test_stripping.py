"""What recordings, films and documents tell beside what they are for: nothing of it is left."""

import io
import random
from pathlib import Path

import mutagen
import pikepdf
import pytest
import pyvips

from nejat_cms.errors import InvalidFileError, UnsupportedFileError
from nejat_cms.media.processing import Workshop, embedded, films, limits, properties, signatures, sound
from nejat_cms.media.processing.limits import RefusedError
from tests.media.processing import samples, tagged
from tests.media.processing.samples import written


def stripped(shop: Workshop, folder: Path, raw: bytes) -> bytes:
    """What is kept of a file; it comes out the same a second time, and of itself."""
    source, target, again = written(folder, raw), folder / "stripped", folder / "again"
    shop.strip(source, target)
    kept = target.read_bytes()
    assert source.read_bytes() == raw
    for one in (source, target):
        shop.strip(one, again)
        assert again.read_bytes() == kept
    return kept


UNTAGGED = {"a.mp3": samples.mp3(100), "a.flac": samples.flac(more=[(3, bytes(16) + b"\x10\0")])}
"""What is left of some, to the byte."""


@pytest.mark.parametrize("name", tagged.RECORDINGS)
def test_a_recording_is_nothing_but_its_sound(shop: Workshop, tmp_path: Path, name: str) -> None:
    raw = tagged.RECORDINGS[name]
    assert b"CANARY" in raw
    assert tagged.PLACE in raw
    kept = stripped(shop, tmp_path, raw)
    assert not [told for told in tagged.TOLD if told in kept]
    facts = shop.examine(tmp_path / "stripped")
    assert facts.duration
    assert facts == shop.examine(written(tmp_path, UNTAGGED.get(name, raw)))


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.opus", "a.ogg", "a.wav"])
def test_what_is_left_plays_as_before(shop: Workshop, tmp_path: Path, name: str) -> None:
    raw = UNTAGGED.get(name, tagged.RECORDINGS[name])
    kept = stripped(shop, tmp_path, tagged.RECORDINGS[name])
    assert kept == UNTAGGED.get(name, kept)
    before, after = mutagen.File(io.BytesIO(raw)), mutagen.File(io.BytesIO(kept))
    assert after.info.length == pytest.approx(before.info.length)
    assert not after.tags
    assert (b"sound" in kept) == (b"sound" in raw)


def test_sizes_and_places_stay_where_they_are_looked_for_by_offset(shop: Workshop, tmp_path: Path) -> None:
    for name in ("a.mp4", "a.opus", "a.ogg"):
        assert len(stripped(shop, tmp_path, tagged.RECORDINGS[name])) == len(tagged.RECORDINGS[name])


def test_a_film_says_neither_when_nor_with_which_camera(shop: Workshop, tmp_path: Path) -> None:
    raw = tagged.RECORDINGS["a.mp4"]
    assert raw.count(b"\xca\x11") == 4
    assert raw.endswith(tagged.PLACE + b"CANARY")
    kept = stripped(shop, tmp_path, raw)
    assert b"\xca\x11" not in kept
    assert kept.endswith(b"mdat" + bytes(24))


def test_a_film_keeps_only_boxes_that_a_player_needs(shop: Workshop, tmp_path: Path) -> None:
    told = [
        samples.box(kind, b"CANARY" * 3) for kind in (b"free", b"skip", b"thum", b"uuid", b"udta", b"meta", b"gps ")
    ]
    source = written(tmp_path, samples.mp4(b"vide", b"soun", more=told) + b"".join(told))
    target = tmp_path / "stripped"
    shop.strip(source, target)
    assert b"CANARY" not in target.read_bytes()
    assert target.stat().st_size == source.stat().st_size
    assert shop.examine(target) == shop.examine(source)


def test_boxes_within_boxes_without_end_are_emptied(shop: Workshop, tmp_path: Path) -> None:
    nested = samples.box(b"udta", b"CANARY")
    for _ in range(1_500):
        nested = samples.box(b"moov", nested)
    shop.strip(written(tmp_path, samples.mp4(b"vide") + nested), tmp_path / "stripped")
    assert b"CANARY" not in (tmp_path / "stripped").read_bytes()


def test_an_action_that_starts_a_program_goes_whatever_else_it_says(shop: Workshop, tmp_path: Path) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("CANARY.exe"), P=1)
    source = io.BytesIO()
    document.save(source)
    shop.strip(written(tmp_path, source.getvalue()), tmp_path / "stripped")
    with pikepdf.open(tmp_path / "stripped") as stripped:
        assert "/OpenAction" not in stripped.Root


def test_a_document_is_its_pages_and_its_title(shop: Workshop, tmp_path: Path) -> None:
    raw = tagged.document()
    before = shop.examine(written(tmp_path, raw))
    kept = stripped(shop, tmp_path, raw)
    plain = tagged.unpacked(kept)
    gone = (b"JavaScript", b"/Launch", b"/EF", b"/Author", b"/CreationDate", b"/PieceInfo", b"/XFA", b"ByteRange")
    assert not [told for told in (*tagged.TOLD, *gone) if told in plain]
    assert shop.examine(tmp_path / "stripped") == before
    assert before.text == "Boats go out\nBoats come in"
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert dict(pdf.docinfo) == {"/Title": tagged.TITLE}
        notes = list(pdf.pages[0].obj.Annots)
        assert [str(note.get("/Contents", "")) for note in notes] == ["", "Look", "", "", ""]
        assert str(notes[0].T) == "Signed"
        assert str(notes[3].A.URI) == "https://example.org/"
    assert _first_page(shop, tmp_path, raw) == _first_page(shop, tmp_path, kept)


def _first_page(shop: Workshop, folder: Path, raw: bytes) -> bytes:
    shop.first_page(written(folder, raw), folder / "page")
    return bytes(pyvips.Image.new_from_file(str(folder / "page")).write_to_memory())


def test_a_title_may_be_in_xmp_alone(shop: Workshop, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(samples.pdf("Words"))) as pdf:
        with pdf.open_metadata(update_docinfo=False) as xmp:
            xmp["dc:title"], xmp["dc:creator"] = tagged.TITLE, ["CANARY"]
        file = io.BytesIO()
        pdf.save(file)
    kept = stripped(shop, tmp_path, file.getvalue())
    assert b"CANARY" not in tagged.unpacked(kept)
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert dict(pdf.docinfo) == {"/Title": tagged.TITLE}


@pytest.mark.parametrize("linearize", [False, True])
def test_documents_however_they_are_packed(shop: Workshop, tmp_path: Path, linearize: bool) -> None:
    raw = tagged.document(linearize=linearize, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    kept = stripped(shop, tmp_path, raw)
    assert not [told for told in tagged.TOLD if told in tagged.unpacked(kept)]
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert pdf.is_linearized == linearize


def test_a_document_that_opens_without_a_password_is_kept_without_encryption(shop: Workshop, tmp_path: Path) -> None:
    raw = tagged.document(encryption=pikepdf.Encryption(owner="owner", user="", R=6))
    before = shop.examine(written(tmp_path, raw))
    kept = stripped(shop, tmp_path, raw)
    assert b"/Encrypt" not in kept
    assert not [told for told in tagged.TOLD if told in tagged.unpacked(kept)]
    assert shop.examine(tmp_path / "stripped") == before


def test_a_jpeg_keeps_what_its_colours_need() -> None:
    def segment(marker: int, body: bytes) -> bytes:
        return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2) + body

    jfif, adobe = segment(0xE0, b"JFIF\0\1\2\0\0\1\0\1\0\0"), segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")
    form = jfif + segment(0xE2, b"ICC_PROFILE\0colours") + adobe
    told = (
        segment(0xE0, b"JFXX\0CANARY")
        + segment(0xE1, b"Exif\0")
        + segment(0xE2, b"MPF\0")
        + segment(0xED, b"Photoshop")
        + segment(0xFE, b"CANARY")
    )
    points = segment(0xDA, b"\1") + b"points\xff\0more\xff\xd0more"
    second = segment(0xC4, b"table") + segment(0xDA, b"\2") + b"finer"
    end = b"\xff\xd9"
    whole = b"\xff\xd8" + form + points + second + end
    said = b"\xff\xd8" + told + form + points + told + second + end + b"CANARY"
    assert embedded.bare_jpeg(said) == whole
    assert embedded.bare_jpeg(whole) == whole
    assert embedded.bare_jpeg(whole[:-2]) == whole[:-2]
    assert embedded.bare_jpeg(b"none") == b""
    assert b"Exif" not in embedded.bare_jpeg(tagged.photo()[:60])
    image = pyvips.Image.new_from_buffer(tagged.photo(), "")
    bare = pyvips.Image.new_from_buffer(embedded.bare_jpeg(tagged.photo()), "")
    assert bare.write_to_memory() == image.write_to_memory()


def test_a_jpeg_2000_tells_nothing_in_boxes() -> None:
    head = b"\0\0\0\x0cjP  \r\n\x87\n"
    raw = (
        head
        + samples.box(b"xml ", b"CANARY")
        + samples.box(b"uuid", bytes(16), b"Exif")
        + samples.box(b"jp2c", b"\xff")
    )
    bare = embedded.bare_jpeg_2000(raw)
    assert len(bare) == len(raw)
    assert not [told for told in tagged.TOLD if told in bare]
    assert embedded.bare_jpeg_2000(b"\xff\x4f\xff\x51") == b"\xff\x4f\xff\x51"


def test_what_is_larger_than_a_picture_may_be_is_stripped_too(tmp_path: Path) -> None:
    shop = Workshop()
    path = tmp_path / "long"
    path.write_bytes(samples.wav())
    size = limits.FILE_BYTES + (1 << 20)
    with path.open("r+b") as file:  # most of it is a hole
        file.write(b"RIFF" + (size - 8).to_bytes(4, "little"))
        file.seek(40)
        file.write((size - 44).to_bytes(4, "little"))
        file.truncate(size)
    shop.strip(path, tmp_path / "kept")
    shop.close()
    assert (tmp_path / "kept").stat().st_size == size


def test_pictures_are_not_stripped(shop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFileError):
        shop.strip(written(tmp_path, tagged.photo()), tmp_path / "kept")


# Whole or not ------------------------------------------------------------------------------------

LARGE_FLAC = samples.flac()
CUT = {
    "a wave without its end": samples.wav()[:-100],
    "a wave without its last bytes": samples.wav()[:-2],
    "a wave that says it has more": samples.wav(said=20_000),
    "a wave of unknown length": samples.wav(said=0),
    "a wave of unknown length as others write it": samples.wav(said=0xFFFFFFFF),
    "a stream of unknown length": samples.wav().replace(b"RIFF\xa4\x3e\0\0", b"RIFF\xff\xff\xff\xff"),
    "a wave without sound": samples.wav(seconds=0),
    "a FLAC without its last byte": LARGE_FLAC[:-1],
    "a FLAC without its last frame": LARGE_FLAC[: LARGE_FLAC.rindex(b"\xff\xf8")],
    "a FLAC that ends within its heads": LARGE_FLAC[:20],
    "a FLAC without frames": LARGE_FLAC[:42],
    "an Opus without its last byte": samples.opus()[:-1],
    "an Opus with half a head in the end": samples.opus()[:-60],
    "an Opus whose comments end nowhere": samples.opus(tags=bytes(100_000))[:66_000],
    "a Vorbis with another byte": samples.vorbis().replace(b"sound", b"pound"),
}


@pytest.mark.parametrize("kind", CUT)
def test_a_recording_that_is_not_whole_is_refused(shop: Workshop, tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, CUT[kind])
    for work in (lambda: shop.examine(path), lambda: shop.strip(path, tmp_path / "kept")):
        with pytest.raises(InvalidFileError) as refused:
            work()
        assert [problem.code for problem in refused.value.problems] == ["broken_file"]


def test_a_wave_may_leave_out_the_byte_that_makes_it_even(shop: Workshop, tmp_path: Path) -> None:
    even = samples.wav(rate=8001, seconds=1)
    assert stripped(shop, tmp_path, even[:-1]) == even
    assert stripped(shop, tmp_path, even) == even


def test_a_flac_may_leave_out_how_many_samples_it_has(shop: Workshop, tmp_path: Path) -> None:
    unsaid = LARGE_FLAC[:22] + bytes(4) + LARGE_FLAC[26:]
    assert stripped(shop, tmp_path, unsaid) == unsaid


def test_whatever_is_cut_or_flipped_is_kept_or_refused(tmp_path: Path) -> None:
    """In this very process, so that whatever else is raised shows."""
    chance, target = random.Random(4), tmp_path / "kept"
    kept = refused = 0
    for raw in (*tagged.RECORDINGS.values(), tagged.document()):
        for _ in range(60):
            broken = bytearray(raw[: chance.randrange(12, len(raw))] if chance.random() < 0.3 else raw)
            for _ in range(chance.randrange(4)):
                broken[chance.randrange(min(len(broken), 3000))] ^= 1 << chance.randrange(8)
            path = written(tmp_path, bytes(broken))
            try:
                match signatures.mime_of(path):
                    case "application/pdf":
                        properties.strip(path, target)
                    case "video/mp4" | "audio/mp4":
                        films.strip(path, target)
                    case str(mime) if mime in sound.KEEPERS:
                        sound.strip(path, target, mime)
                kept += 1
            except RefusedError:
                refused += 1
    assert kept > 50
    assert refused > 50
