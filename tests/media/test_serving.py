"""The bytes themselves: who gets them, in which form, and how often they are made."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from nejat_cms.db import utc_now
from nejat_cms.errors import InvalidFileError
from nejat_cms.media import processing
from nejat_cms.media.actions import renditions
from nejat_cms.media.processing.refusals import PROBLEMS
from nejat_cms.media.routes import files
from nejat_cms.media.rules.addresses import SIGNED_SECONDS
from nejat_cms.media.rules.renditions import Cut
from nejat_cms.storage import Storage, storage
from tests.factories import database_digest, said
from tests.media.files import change, opened, path_of, pdf, picture, put, shown_in, upload
from tests.newsroom import Desk, data, desk_for, open_house, quick_client, read


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def test_a_file_is_public_while_readers_are_shown_it(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    client = app.test_client()
    signed = asset["file"]["renditions"]["card"]["url"]
    address = path_of(signed).partition("?")[0]
    draft = desk.write("en", "Boats", image=asset["id"])
    assert client.get(address).status_code == 404
    live = desk.publish(draft)
    assert path_of(shown_in(desk, "en", "boats")["renditions"]["card"]["url"]) == address
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert f"asset-{asset['id']}" in answer.headers["Surrogate-Key"].split()
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    desk.step(live, "unpublish")
    assert client.get(address).status_code == 404
    assert client.get(path_of(signed)).status_code == 200


def test_what_cannot_be_made_is_not_tried_again_for_every_reader(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For some minutes, and of that rendition alone."""
    monkeypatch.setattr(renditions, "_failed", {})
    shown = upload(desk)["file"]["renditions"]
    full, thumb = path_of(shown["full"]["url"]), path_of(shown["thumb"]["url"])
    tried: list[str] = []
    render = processing.Workshop.render

    def fail(shop: Any, source: Any, target: Any, mime: str, cut: Cut) -> None:
        tried.append(mime)
        if cut.out_width > 1000:
            raise InvalidFileError(PROBLEMS["too_costly"])
        render(shop, source, target, mime, cut)

    def ask(path: str) -> int:
        answer = app.test_client().get(path)
        if answer.status_code == 422:
            assert said(answer)["errors"][0]["code"] == "too_costly"
        return answer.status_code

    monkeypatch.setattr(processing.Workshop, "render", fail)
    assert [ask(path) for path in (full, full, thumb, full)] == [422, 422, 200, 422]
    assert len(tried) == 2
    with time_machine.travel(utc_now() + renditions.FAILED_FOR + timedelta(seconds=1), tick=False):
        assert [ask(full), ask(full)] == [422, 422]
        assert len(tried) == 3
        monkeypatch.setattr(processing.Workshop, "render", render)
        assert ask(full) == 422
    with time_machine.travel(utc_now() + 3 * renditions.FAILED_FOR, tick=False):
        fresh = desk.call("GET", "/assets", expect=200).json["data"][0]["file"]["renditions"]  # type: ignore[index]
        assert ask(path_of(fresh["full"]["url"])) == 200


def test_few_failures_are_remembered(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renditions, "_failed", {})
    monkeypatch.setattr(renditions, "FAILURES", 2)
    asset = upload(desk)

    def fail(*_: Any) -> None:
        raise InvalidFileError(PROBLEMS["too_costly"])

    monkeypatch.setattr(processing.Workshop, "render", fail)
    for one in asset["file"]["renditions"].values():
        assert app.test_client().get(path_of(one["url"])).status_code == 422
        assert 1 <= len(renditions._failed) <= 2


def test_a_newer_draft_shows_nothing_of_its_pictures(app: Flask, desk: Desk) -> None:
    first, second = upload(desk), upload(desk, picture(1000, 1000))
    live = desk.published("en", "Boats", image=first["id"])
    desk.edit(live, image=second["id"])
    client = app.test_client()
    address = {
        one["id"]: path_of(one["file"]["renditions"]["thumb"]["url"]).partition("?")[0] for one in (first, second)
    }
    assert client.get(address[first["id"]]).status_code == 200
    assert client.get(address[second["id"]]).status_code == 404
    desk.publish(live)
    assert client.get(address[first["id"]]).status_code == 404
    assert client.get(address[second["id"]]).status_code == 200


def test_a_localized_file_is_public_where_its_edition_shows_it(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    own = data(put(desk, asset, picture(900, 900), "fa"))["files"]["fa"]
    common, localized = (path_of(file["renditions"]["thumb"]["url"]).partition("?")[0] for file in (asset["file"], own))
    client = app.test_client()
    english = desk.published("en", "Cartoon", image=asset["id"])
    assert (client.get(common).status_code, client.get(localized).status_code) == (200, 404)
    desk.publish(desk.translate(english, "fa", title="کارتون", image=asset["id"]))
    desk.step(english, "unpublish")
    assert (client.get(common).status_code, client.get(localized).status_code) == (404, 200)
    assert path_of(shown_in(desk, "fa", "کارتون")["renditions"]["thumb"]["url"]) == localized


def test_another_file_takes_its_place_wherever_it_is_shown(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    desk.published("en", "Boats", image=asset["id"])
    before = shown_in(desk, "en", "boats")
    put(desk, asset, picture(900, 900))
    change(desk, asset, texts={"en": {"alt": "Three boats", "caption": "At dawn"}})
    after = shown_in(desk, "en", "boats")
    assert (after["width"], after["alt"], after["caption"]) == (900, "Three boats", "At dawn")
    assert app.test_client().get(path_of(after["renditions"]["thumb"]["url"])).status_code == 200
    assert app.test_client().get(path_of(before["renditions"]["thumb"]["url"])).status_code == 200  # for now


def test_no_more_than_some_pictures_are_kept_of_a_file(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, but for those that somebody may be reading yet, and the page that others are made of."""
    monkeypatch.setattr(renditions, "MOST", 3)
    asset = upload(desk, pdf(), "plan.pdf")
    path = f"/assets/{asset['id']}/renditions"
    signed = [data(desk.call("POST", path, {"width": 100 + n, "height": 100}, expect=200)) for n in range(6)]

    def kept_after(each: Any) -> int:
        answer = app.test_client().get(path_of(each["signed_url"]))
        assert (answer.status_code, opened(answer.data).height) == (200, each["height"])
        pages = [key for key in stored(app) if key.endswith("page.png")]
        assert len(pages) == 1
        return len(stored(app)) - 1

    assert [kept_after(each) for each in signed[:5]] == [1, 2, 3, 4, 5]
    monkeypatch.setattr(renditions, "SETTLED", timedelta(0))
    assert [kept_after(each) for each in signed[::-1]] == [3, 3, 3, 3, 3, 3]


def test_a_signed_address_is_good_for_a_while_and_for_itself(app: Flask, desk: Desk) -> None:
    asset, other = upload(desk), upload(desk, picture(900, 900))
    url = path_of(asset["file"]["renditions"]["thumb"]["url"])
    client, before = app.test_client(), database_digest(app)
    assert client.get(url).status_code == 200
    assert client.get(url.replace("/thumb/", "/card/")).status_code == 404
    assert client.get(url.replace(asset["file"]["id"], other["file"]["id"])).status_code == 404
    until = int(url.partition("until=")[2].partition("&")[0])
    assert 0 < until - time.time() <= SIGNED_SECONDS
    assert client.get(url.replace(str(until), str(until + 60))).status_code == 404
    assert client.get(url.partition("&")[0]).status_code == 404
    assert database_digest(app) == before


@pytest.mark.parametrize(
    ("form", "name", "family"), [("JPEG", "a.jpg", "jpg"), ("PNG", "a.png", "png"), ("WEBP", "a.webp", "webp")]
)
def test_a_rendition_comes_as_webp_and_in_its_own_family(
    app: Flask, desk: Desk, form: str, name: str, family: str
) -> None:
    asset = upload(desk, picture(form=form), name)
    url = path_of(asset["file"]["renditions"]["thumb"]["url"]).partition("?")[0]
    desk.published("en", "Boats", image=asset["id"])
    client = app.test_client()
    assert opened(client.get(url).data).format == "WEBP"
    assert opened(client.get(f"{url.rpartition('.')[0]}.{family}").data).format == form
    assert client.get(f"{url.rpartition('.')[0]}.gif").status_code == 404
    assert client.get(f"{url.rpartition('/')[0]}/other.webp").status_code == 404
    assert client.get(url.replace("/thumb/", "/huge/")).status_code == 404
    assert client.get(url.replace("/thumb/", "/file/")).status_code == 404


def test_a_crop_keeps_the_focal_point(app: Flask, desk: Desk) -> None:
    """Of a square whose right half is orange, a narrow cut at the right edge is all orange."""
    asset = upload(desk, picture(1000, 1000))
    change(desk, asset, focal=[1.0, 0.5])
    made = data(desk.call("POST", f"/assets/{asset['id']}/renditions", {"width": 100, "height": 400}, expect=200))
    cut = opened(app.test_client().get(path_of(made["signed_url"])).data).convert("RGB")
    assert cut.size == (100, 400)
    assert cut.getpixel((5, 200))[0] > 180  # type: ignore[index]


def test_only_sizes_that_were_signed_are_made(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    desk.published("en", "Boats", image=asset["id"])
    made = data(desk.call("POST", f"/assets/{asset['id']}/renditions", {"width": 500, "height": 500}, expect=200))
    url, client = path_of(made["url"]), quick_client(app)
    assert client.get(url).status_code == 200
    before = len(stored(app))
    for size in range(501, 1501):
        assert client.get(url.replace("500x500", f"{size}x{size}")).status_code == 404
    assert len(stored(app)) == before
    desk.refused("POST", f"/assets/{asset['id']}/renditions", {"width": 5000, "height": 1}, status=422, code="invalid")


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [one.key for one in storage().listed("renditions")]


def test_many_who_ask_at_once_have_it_made_once(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = upload(desk)
    desk.published("en", "Boats", image=asset["id"])
    url = path_of(shown_in(desk, "en", "boats")["renditions"]["wide"]["url"])
    made: list[object] = []
    workshop = processing.workshop()
    render = workshop.render

    def counted(*arguments: Any, **named: Any) -> None:
        made.append(arguments)
        render(*arguments, **named)

    monkeypatch.setattr(workshop, "render", counted)
    start = threading.Barrier(50)

    def ask(_: int) -> bytes:
        start.wait()
        answer = quick_client(app).get(url)
        assert answer.status_code == 200
        return bytes(answer.data)

    with ThreadPoolExecutor(50) as pool:
        bodies = set(pool.map(ask, range(50)))
    assert (len(bodies), len(made)) == (1, 1)


def test_parts_heads_and_what_a_client_has(app: Flask, desk: Desk) -> None:
    asset = upload(desk, pdf(), "report.pdf")
    book = desk.published("en", "Report", kind="book", fields={"file": asset["id"]})
    assert book["fields"]["file"] == asset["id"]
    file = read(desk.client, "/en/articles/report")["fields"]["file"]
    client, url = app.test_client(), path_of(file["url"])
    whole = client.get(url)
    assert (whole.status_code, whole.mimetype, len(whole.data)) == (200, "application/pdf", file["size"])
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{file['size']}"
    last = client.get(url, headers={"Range": "bytes=-5"})
    assert last.data == whole.data[-5:]
    beyond = client.get(url, headers={"Range": f"bytes={file['size']}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{file['size']}")
    several = client.get(url, headers={"Range": "bytes=0-1,3-4"})
    assert (several.status_code, len(several.data)) == (200, file["size"])
    stale = client.get(url, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert stale.status_code == 200
    head = client.head(url)
    assert (head.status_code, head.data, head.content_length) == (200, b"", file["size"])
    same = client.get(url, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")


def test_a_range_is_for_get_alone_and_ignored_where_it_says_nothing(desk: Desk) -> None:
    raw, ask = document(desk)
    for asked in ("seconds=0-10", "items=0-4", "bytes=9-5", "bytes=x-y", "bytes=-"):
        answer = ask(Range=asked)
        assert (answer.status_code, answer.data) == (200, raw), asked
        assert "Content-Range" not in answer.headers
    longer = ask(Range=f"bytes=-{len(raw) + 1}")
    assert (longer.status_code, longer.data) == (206, raw)
    assert longer.headers["Content-Range"] == f"bytes 0-{len(raw) - 1}/{len(raw)}"
    none = ask(Range="bytes=-0")
    assert (none.status_code, none.headers["Content-Range"]) == (416, f"bytes */{len(raw)}")
    for asked in ("bytes=0-9", f"bytes={len(raw)}-"):
        head = ask("HEAD", Range=asked)
        assert (head.status_code, head.data, head.content_length) == (200, b"", len(raw))
        assert "Content-Range" not in head.headers


def test_what_a_client_has_comes_before_the_part_that_it_asks_for(desk: Desk) -> None:
    raw, ask = document(desk)
    etag = ask().headers["ETag"]
    for method in ("GET", "HEAD"):
        for asked in ("bytes=0-9", f"bytes={len(raw)}-", "bytes=-0", "items=0-4"):
            for seen in (etag, f"W/{etag}", f'"x", {etag}', "*"):
                same = ask(method, Range=asked, If_None_Match=seen)
                assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
                assert not {"Content-Range", "Content-Type", "Content-Length"} & set(same.headers.keys())
    assert ask(Range="bytes=0-9", If_None_Match='"x"').status_code == 206
    assert ask(Range=f"bytes={len(raw)}-", If_None_Match='"x"').status_code == 416
    for seen, status in ((etag, 206), ('"x"', 200), (f"W/{etag}", 200), ("Sun, 29 Nov 2026 10:00:00 GMT", 200)):
        assert ask(Range="bytes=0-9", If_Range=seen).status_code == status
    assert ask(Range=f"bytes={len(raw)}-", If_Range='"x"').data == raw


def document(desk: Desk) -> tuple[bytes, Callable[..., TestResponse]]:
    """A document's bytes, and how to ask for it with other headers."""
    url = path_of(upload(desk, pdf(), "report.pdf")["file"]["url"])

    def ask(method: str = "GET", **said: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in said.items()}
        return desk.client.open(url, method=method, headers=sent)

    return ask().data, ask


def test_bytes_that_the_store_has_lost_are_not_found(app: Flask, desk: Desk) -> None:
    """Whether they are asked for themselves, or a picture that is still to be made from them."""
    picture_of, paper = upload(desk)["file"], upload(desk, pdf(), "report.pdf")["file"]
    with app.app_context():
        storage().delete_all("blobs")
    before = database_digest(app)
    renditions = [one["url"] for file in (picture_of, paper) for one in file["renditions"].values()]
    for url in (paper["url"], *renditions):
        answer = app.test_client().get(path_of(url))
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")  # type: ignore[index]
    assert (stored(app), database_digest(app)) == ([], before)


def test_a_document_has_its_first_page_for_a_picture(app: Flask, desk: Desk) -> None:
    asset = upload(desk, pdf(3), "issue.pdf")
    assert (asset["type"], asset["file"]["pages"]) == ("document", 3)
    answer = app.test_client().get(path_of(asset["file"]["renditions"]["card"]["url"]))
    assert opened(answer.data).size == (640, 360)


def test_only_some_large_bodies_are_on_their_way_at_once(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds a thread for as long as its reader takes, and there are few."""
    monkeypatch.setattr(files, "PIECE", 100)
    monkeypatch.setattr(files, "_sending", threading.BoundedSemaphore(1))
    asset = upload(desk, pdf(), "report.pdf")
    url, client = path_of(asset["file"]["url"]), quick_client(app)
    slow = client.get(url, buffered=False)
    assert slow.status_code == 200
    busy = client.get(url)
    assert (busy.status_code, "Retry-After" in busy.headers) == (503, True)
    assert client.head(url).status_code == 200
    assert client.get(url, headers={"Range": "bytes=0-9"}).status_code == 206
    read, reads = Storage.read, []

    def counted(store: Storage, key: str, *bounds: int) -> Generator[bytes, None, None]:
        reads.append(key)
        return read(store, key, *bounds)

    monkeypatch.setattr(Storage, "read", counted)
    assert client.get(url, headers={"If-None-Match": slow.headers["ETag"]}).status_code == 304
    assert reads == []
    slow.close()
    assert client.get(url).status_code == 200
    assert client.get(url).status_code == 200


def test_names_are_safe_in_addresses_and_headers(app: Flask, desk: Desk) -> None:
    client = app.test_client()
    for name in ("../../etc/passwd", "صبح در بندر.jpg", "\u202egpj.exe", "x" * 400 + ".jpg"):
        asset = upload(desk, picture(), name)
        url = path_of(asset["file"]["renditions"]["thumb"]["url"])
        answer = client.get(url)
        assert answer.status_code == 200, name
        said = answer.headers["Content-Disposition"]
        assert said.isascii()
        assert not {"\r", "\n", "/", "\\"} & set(said)


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    yield
    processing.workshop().close()
