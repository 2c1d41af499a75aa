"""Files that mean harm, on both databases and in both kinds of store: what is refused, and what never gets out."""

import hashlib
import io
import struct
import time
import zlib
from dataclasses import replace
from typing import Any

import mutagen
import pypdfium2
import pytest
from flask import Flask
from PIL import Image

from nejat_cms.media.processing import workshop
from nejat_cms.media.processing.refusals import refusal
from nejat_cms.storage import storage
from tests.factories import database_digest, headers
from tests.media.files import opened, path_of, picture, put, saved, sent, upload
from tests.media.files import post as posted
from tests.media.processing import samples, tagged
from tests.newsroom import Desk, desk_for, open_house, quick_client

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
ZIP = b"PK\x03\x04" + b"\0" * 100
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
PPM = b"P6\n2 2\n255\n" + b"\0" * 12


@pytest.fixture
def desk(either_store: Flask) -> Desk:
    open_house(either_store, "en", "fa")
    return desk_for(either_store)


def keys(app: Flask) -> list[str]:
    with app.app_context():
        return [one.key for prefix in ("blobs", "renditions", "uploads") for one in storage().listed(prefix)]


def refuse(desk: Desk, raw: bytes, name: str, status: tuple[int, ...]) -> None:
    """It is refused in clear words, and neither a row nor an object is there for it."""
    app = desk.client.application
    before = database_digest(app), keys(app)
    answer = posted(quick_client(app), desk.token, sent(raw, name))
    assert answer.status_code in status, (name, answer.status_code, answer.get_data(as_text=True))
    assert answer.mimetype == "application/problem+json"
    assert (database_digest(app), keys(app)) == before


@pytest.mark.parametrize("raw", [HTML, SVG, ZIP, EPS, PPM, b"", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.7"])
def test_what_is_no_such_file_is_refused_whatever_it_is_called(desk: Desk, raw: bytes) -> None:
    for name in ("photo.jpg", "photo.png", "paper.pdf", "film.mp4"):
        refuse(desk, raw, name, (415, 422))


def png(width: int, height: int) -> bytes:
    """The header of a picture of one bit a point, and a few of its lines."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 5000))
        + chunk(b"IEND", b"")
    )


def test_a_picture_that_would_not_fit_into_memory_is_refused_by_its_header(desk: Desk) -> None:
    upload(desk, picture(10, 10), "small.jpg")  # the child has started
    gif = (
        b"GIF89a"
        + struct.pack("<HH", 60_000, 60_000)
        + b"\x80\0\0"
        + b"\0" * 6
        + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"
    )
    for raw, name in ((png(50_000, 50_000), "bomb.png"), (gif, "bomb.gif")):
        began = time.perf_counter()
        refuse(desk, raw, name, (422,))
        assert time.perf_counter() - began < 5


def test_a_truncated_picture_is_refused(desk: Desk) -> None:
    refuse(desk, picture()[:-4000], "half.jpg", (422,))
    refuse(desk, picture(form="PNG")[:300], "half.png", (422,))


def with_exif(orientation: int) -> bytes:
    """A picture that says where it was taken and by whom, and how it is to be turned."""
    image = Image.new("RGB", (400, 200), (20, 30, 60))
    image.paste((220, 120, 40), (200, 0, 400, 200))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0xA431] = orientation, "CANARYMAKE", "CANARYSERIAL"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 41.0, 0.0)})
    return saved(image, "JPEG", exif=exif, quality=90, comment=b"CANARYCOMMENT")


def test_nothing_of_where_and_by_whom_it_was_taken_gets_out(desk: Desk) -> None:
    for orientation, size in ((1, (400, 200)), (3, (400, 200)), (6, (200, 400)), (8, (200, 400))):
        asset = upload(desk, with_exif(orientation), f"turned-{orientation}.jpg")
        assert (asset["file"]["width"], asset["file"]["height"]) == size
        client = quick_client(desk.client.application)
        for one in asset["file"]["renditions"].values():
            raw = client.get(path_of(one["url"])).data
            assert b"CANARY" not in raw
            assert b"Exif" not in raw
            assert not opened(raw).getexif()
        full = opened(client.get(path_of(asset["file"]["renditions"]["full"]["url"])).data).convert("RGB")
        assert full.size == size
        bright = {1: (390, 100), 3: (10, 100), 6: (100, 390), 8: (100, 10)}[orientation]
        assert full.getpixel(bright)[0] > 180, orientation  # type: ignore[index]


def test_a_polyglot_comes_out_as_nothing_but_a_picture(desk: Desk) -> None:
    for raw in (picture() + HTML + ZIP, saved(Image.new("RGB", (40, 40)), "PNG") + HTML):
        asset = upload(desk, raw, "both.jpg")
        shown = quick_client(desk.client.application).get(path_of(asset["file"]["renditions"]["full"]["url"]))
        assert b"script" not in shown.data
        assert b"PK\x03\x04" not in shown.data
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.mimetype == "image/webp"


def test_an_animated_picture_is_shown_by_its_first_frame(desk: Desk) -> None:
    frames = [Image.new("P", (60, 60), color) for color in (1, 2, 3)]
    raw = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    asset = upload(desk, raw, "moving.gif")
    shown = opened(quick_client(desk.client.application).get(path_of(asset["file"]["renditions"]["full"]["url"])).data)
    assert getattr(shown, "n_frames", 1) == 1


def test_line_ends_in_a_large_file_are_bytes_like_any_other(desk: Desk) -> None:
    """Whoever looks for the end of a part has to hold back what may be the beginning of it."""
    for end in (b"\n", b"\r\n", b"\0" * 40 + b"\n"):
        asset = upload(desk, samples.wav(seconds=25)[:44] + end.ljust(50, b"\0") * 4000, "lines.wav")
        assert asset["file"]["size"] == 200_044


def test_a_name_is_never_a_place(desk: Desk) -> None:
    before = set(keys(desk.client.application))
    for name in (
        "../../../etc/cron.d/x.jpg",
        "/etc/passwd",
        "a\0b.jpg",
        "C:\\evil.jpg",
        "\u202egpj.exe",
        "n" * 300 + ".jpg",
    ):
        upload(desk, picture(30, 30), name)
    for key in set(keys(desk.client.application)) - before:
        assert key.isascii()
        assert not {"..", "etc", "evil", "passwd"} & set(key.split("/"))


def test_a_body_of_many_parts_is_refused_soon(desk: Desk) -> None:
    app = desk.client.application
    before = database_digest(app), keys(app)
    part = b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nv\r\n'
    bodies = {
        "many parts": b"".join(part % number for number in range(10_000)) + b"--x--\r\n",
        "a large field": b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n'
        + b"v" * 20_000_000
        + b"\r\n--x--\r\n",
        "a flood of CR": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + b"\r" * 3_000_000,
        "no parts": b"--x--\r\n",
        "no boundary": b"hello",
    }
    for what, body in bodies.items():
        began = time.process_time()
        answer = quick_client(app).post(
            "/v1/manage/assets",
            data=body,
            headers=headers(desk.token) | {"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert answer.status_code in (400, 413, 415, 422), (what, answer.status_code)
        assert time.process_time() - began < 2, what
    assert (database_digest(app), keys(app)) == before


def test_who_may_not_change_a_file_changes_no_byte_of_it(desk: Desk) -> None:
    app = desk.client.application
    asset = upload(desk)
    other = desk_for(app, "translator:fa")
    before = database_digest(app)
    assert put(other, asset, picture(20, 20)).status_code == 403
    assert put(other, asset, picture(21, 20), "en").status_code == 403
    assert _digest_but_for_blobs(app, before)
    nobody = posted(quick_client(app), "nobody", sent(picture()))
    assert nobody.status_code == 401
    again = desk.call("GET", f"/assets/{asset['id']}", expect=200).json
    assert again is not None
    assert (again["data"]["file"]["id"], again["data"]["version"]) == (asset["file"]["id"], asset["version"])


def _digest_but_for_blobs(app: Flask, before: Any) -> bool:
    """The bytes that she sent are kept for a day, and belong to nobody."""
    return bool(before) and len([key for key in keys(app) if key.startswith("blobs")]) <= 3


def test_svg_is_refused_unless_it_is_allowed(desk: Desk) -> None:
    refuse(desk, b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "a.svg", (415,))
    refuse(desk, io.BytesIO(SVG).read(), "a.svg", (415,))


def test_svg_that_is_allowed_is_cleaned_and_served_in_a_sandbox(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = desk.client.application
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], allow_svg="yes"))
    raw = SVG.replace(b"<script", b'<rect width="40" height="20" fill="red"/><script')
    asset = upload(desk, raw.replace(b"<svg ", b'<svg width="40" height="20" '), "drawing.svg")
    client = quick_client(app)
    for name, one in asset["file"]["renditions"].items():
        assert opened(client.get(path_of(one["url"])).data).format == "WEBP", name
    draft = desk.write("en", "Drawing", image=asset["id"])
    desk.publish(draft)
    whole = client.get(f"/media/{asset['file']['id']}/file/drawing.svg")
    assert (whole.status_code, whole.mimetype) == (200, "image/svg+xml")
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert b"<rect" in whole.data
    assert b"script" not in whole.data
    assert b"onload" not in whole.data


def served(desk: Desk, asset: Any) -> bytes:
    """The whole file, as whoever has its address gets it."""
    answer = quick_client(desk.client.application).get(path_of(asset["file"]["url"]))
    assert answer.status_code == 200
    return bytes(answer.data)


@pytest.mark.parametrize("name", tagged.RECORDINGS)
def test_a_recording_does_not_tell_where_and_by_whom_it_was_made(desk: Desk, name: str) -> None:
    asset = upload(desk, tagged.RECORDINGS[name], name)
    raw = served(desk, asset)
    assert not [told for told in tagged.TOLD if told in raw]
    assert asset["file"]["size"] == len(raw)
    if name != "a.mp4":  # which mutagen takes for sound alone
        assert mutagen.File(io.BytesIO(raw)).info.length == pytest.approx(asset["file"]["duration"], abs=0.001)
    again = upload(desk, tagged.RECORDINGS[name], name), upload(desk, raw, name)
    assert [served(desk, one) for one in again] == [raw, raw]
    assert [key for key in keys(desk.client.application) if key.startswith("blobs")] == [_key(raw)]


def _key(raw: bytes) -> str:
    """Where bytes are kept: under their own sum, not under that of what was sent."""
    sha256 = hashlib.sha256(raw).hexdigest()
    return f"blobs/{sha256[:2]}/{sha256}"


def test_a_document_does_not_tell_where_and_by_whom_it_was_made(desk: Desk) -> None:
    sent_in = tagged.document()
    asset = upload(desk, sent_in, "boats.pdf")
    raw = served(desk, asset)
    assert not [told for told in (*tagged.TOLD, b"JavaScript", b"/Launch") if told in tagged.unpacked(raw)]
    with pypdfium2.PdfDocument(raw) as kept, pypdfium2.PdfDocument(sent_in) as before:
        assert len(kept) == len(before) == asset["file"]["pages"] == 2
        for after, one in zip(kept, before, strict=True):
            assert after.get_textpage().get_text_range() == one.get_textpage().get_text_range()
            assert after.render().to_pil().tobytes() == one.render().to_pil().tobytes()
        assert kept.get_metadata_value("Title") == tagged.TITLE
        assert kept.get_metadata_value("Author") == ""
    upload(desk, sent_in, "again.pdf")
    assert [key for key in keys(desk.client.application) if key.startswith("blobs")] == [_key(raw)]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("cut.wav", samples.wav()[:-100]),
        ("stream.wav", samples.wav(said=0xFFFFFFFF)),
        ("cut.opus", samples.opus()[:-1]),
        ("cut.flac", samples.flac()[:-1]),
        ("cut.mp4", samples.mp4(b"vide")[:-1]),
    ],
)
def test_a_truncated_recording_is_refused(desk: Desk, name: str, raw: bytes) -> None:
    refuse(desk, raw, name, (422,))


def test_what_cannot_be_stripped_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that one program reads and the other does not."""
    monkeypatch.setattr(type(workshop()), "strip", lambda *_: (_ for _ in ()).throw(refusal("broken_file")))
    refuse(desk, tagged.document(), "odd.pdf", (422,))
    folder = desk.client.application.config["SETTINGS"].data_dir / "incoming"
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []


def test_a_film_does_not_tell_where_it_was_made(desk: Desk) -> None:
    place = samples.box(b"udta", samples.box(b"\xa9xyz", b"+35.6892+051.3890/"))
    more = [place, samples.box(b"meta", bytes(4), b"CANARY"), samples.box(b"trak", samples.box(b"udta", b"CANARY"))]
    film = samples.mp4(b"vide", more=more) + samples.box(b"uuid", bytes(16), b"CANARY")
    asset = upload(desk, film, "boats.mp4")
    raw = quick_client(desk.client.application).get(path_of(asset["file"]["url"])).data
    assert (len(raw), asset["file"]["duration"]) == (len(film), 12.5)
    assert b"CANARY" not in raw
    assert b"+35.6892" not in raw
    assert raw.count(b"free") == 4
