"""Files that tests send: drawn here, each a few kilobytes."""

import io
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.factories import headers
from tests.newsroom import Desk, data, read

SCALE = (220, 120, 40)


def picture(
    width: int = 1600, height: int = 900, *, form: str = "JPEG", color: tuple[int, ...] = SCALE, **options: Any
) -> bytes:
    """A picture with a dark left half, so that turning, cutting and mirroring show."""
    mode = "RGBA" if len(color) == 4 else "RGB"
    image = Image.new(mode, (width, height), color)
    image.paste((20, 30, 60, 255)[: len(color)], (0, 0, width // 2, height))
    return saved(image, form, **options)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def opened(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def pdf(pages: int = 2) -> bytes:
    """A document of empty pages."""
    first, *others = [Image.new("RGB", (420, 594), "white") for _ in range(pages)]
    return saved(first, "PDF", save_all=True, append_images=others)


def sent(raw: bytes, name: str = "harbour.jpg", mime: str = "image/jpeg") -> dict[str, Any]:
    """The body of a multipart request with one file."""
    return {"file": (io.BytesIO(raw), name, mime)}


def upload(desk: Desk, raw: bytes | None = None, name: str = "harbour.jpg", *, expect: int = 201) -> Any:
    """Put a file into the library; answers the asset, or the problem."""
    answer = post(desk.client, desk.token, sent(picture() if raw is None else raw, name))
    assert answer.status_code == expect, (answer.status_code, answer.get_data(as_text=True))
    return data(answer) if expect == 201 else answer.json


def post(client: FlaskClient, token: str, form: dict[str, Any], path: str = "/assets", **more: str) -> TestResponse:
    return client.post(
        f"/v1/manage{path}", data=form, content_type="multipart/form-data", headers=headers(token, **more)
    )


def put(desk: Desk, asset: Any, raw: bytes, locale: str = "", name: str = "other.jpg") -> TestResponse:
    """Give an asset another file, whatever its present version."""
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    end = f"/files/{locale}" if locale else "/file"
    return desk.client.put(
        f"/v1/manage{path}{end}",
        data=sent(raw, name),
        content_type="multipart/form-data",
        headers=headers(desk.token, if_match=seen),
    )


def change(desk: Desk, asset: Any, **changes: Any) -> Any:
    """Change what is named of an asset, whatever its present version."""
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    return data(desk.call("PATCH", path, changes, if_match=seen, expect=200))


def path_of(url: str) -> str:
    """The path and query of one of our own addresses."""
    return "/" + url.split("/", 3)[3]


def shown_in(desk: Desk, locale: str, slug: str) -> Any:
    """The lead picture of an article, as readers are shown it."""
    return read(desk.client, f"/{locale}/articles/{slug}")["image"]
