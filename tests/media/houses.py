"""A house with a real server that dies where it is told to, over each database and each kind of store."""

import io
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from nejat_cms.db import affected, db, transaction, utc_now
from nejat_cms.media.actions.owning import claim_store
from nejat_cms.media.models import AssetFile, Blob, Upload
from nejat_cms.storage import Storage
from tests.factories import DATABASES
from tests.media.dying import DIES_AFTER, OF_FOLDERS, RENDERED
from tests.media.files import picture
from tests.servers import Client, Reply, Server, alive, eventually, house_over, open_for_business, serving
from tests.stores import AWS_KEYS, make_bucket

TUS = {"Tus_Resumable": "1.0.0"}
STORES = ("folder", "bucket")
HOUSES = tuple(f"{database}-{store}" for database in DATABASES for store in STORES)
OFTEN = frozenset({"kept", "part committed", "finished", "bytes deleted"})
"""Steps at which most is lying about: tried with every change, over SQLite and a folder."""
colors = count(1)


def killed(*steps: str) -> pytest.MarkDecorator:
    """At each of these steps, over each database and each kind of store; what is not `OFTEN`, in the slow set."""
    cases = [
        pytest.param(house, step, marks=() if house == HOUSES[0] and step in OFTEN else pytest.mark.slow)
        for house in HOUSES
        for step in steps
        if house.endswith("folder") or step not in OF_FOLDERS
    ]
    return pytest.mark.parametrize(("mortal", "step"), cases, indirect=["mortal"], scope="module")


def new_picture() -> bytes:
    """One that no other is equal to."""
    number = next(colors)
    return picture(640, 360, color=(250, number * 7 % 256, number * 11 % 256))


def multipart(raw: bytes, name: str) -> tuple[bytes, str]:
    """A body with one file, and its type."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(raw), name)})
    return body, f'multipart/form-data; boundary="{boundary}"'


@dataclass(frozen=True)
class House:
    """A server, somebody who asks it, and an application of the tests' own over the same rows and bytes."""

    app: Flask
    server: Server
    client: Client

    # What it is told, and what came of it ---------------------------------------------------

    def will_die(self, step: str) -> None:
        (self.server.folder / DIES_AFTER).write_text(step)

    def has_died(self) -> bool:
        return not (self.server.folder / DIES_AFTER).exists()

    def rendered(self) -> int:
        """How many pictures were made in all."""
        path = self.server.folder / RENDERED
        return path.stat().st_size if path.exists() else 0

    @contextmanager
    def dying(self, step: str, role: str = "web") -> Iterator[None]:
        """Whatever is asked in here gets no answer; in the end the process is dead that would have answered."""
        former = eventually(lambda: self.server.children().get(role, 0))
        self.will_die(step)
        if role == "web":
            with pytest.raises(OSError, match=r"reset|closed"):
                yield
        else:
            yield
        eventually(lambda: self.has_died() and not alive(former))

    # What is asked ---------------------------------------------------------------------------

    def send(self, path: str, raw: bytes, name: str, method: str = "POST", **more: str) -> Reply:
        body, mime = multipart(raw, name)
        return self.client.ask(method, f"/v1/manage{path}", body, Content_Type=mime, **more)

    def upload(self, raw: bytes, name: str = "harbour.jpg") -> Any:
        """An asset of its own."""
        reply = self.send("/assets", raw, name)
        assert reply.status == 201, reply.raw
        return reply.data

    def asset(self, asset_id: str) -> Reply:
        reply = self.client.ask("GET", f"/v1/manage/assets/{asset_id}")
        assert reply.status == 200, reply.raw
        return reply

    def delete(self, asset: Any) -> None:
        seen = self.asset(asset["id"]).headers["ETag"]
        assert self.client.ask("DELETE", f"/v1/manage/assets/{asset['id']}", If_Match=seen).status == 204

    def begin(self, length: int, name: str) -> str:
        """The path of a new upload in parts."""
        said = {"Upload_Length": str(length), "Upload_Metadata": f"filename {b64encode(name.encode()).decode()}"}
        reply = self.client.ask("POST", "/v1/manage/uploads", **TUS, **said)
        assert reply.status == 201, reply.raw
        return "/" + reply.headers["Location"].split("/", 3)[3]

    def part(self, path: str, offset: int, raw: bytes) -> Reply:
        said = {"Upload_Offset": str(offset), "Content_Type": "application/offset+octet-stream"}
        return self.client.ask("PATCH", path, raw, **TUS, **said)

    def offset(self, path: str) -> int:
        reply = self.client.ask("HEAD", path, **TUS)
        assert reply.status == 200
        return int(reply.headers["Upload-Offset"])

    # What is kept ----------------------------------------------------------------------------

    def named(self, name: str) -> list[str]:
        """The hashes of all files that are called so."""
        with self.app.app_context():
            found = db.session.scalars(select(AssetFile.sha256).where(AssetFile.name == name)).all()
            db.session.rollback()
        return list(found)

    def has_blob(self, sha256: str) -> bool:
        with self.app.app_context():
            found = db.session.get(Blob, sha256) is not None
            db.session.rollback()
        return found

    def let_a_day_pass(self) -> None:
        """Everything was touched a day ago, and what has a time has had it."""
        before = utc_now() - timedelta(hours=25)
        with self.app.app_context(), transaction():
            affected(update(Blob).values(touched_at=before))
            affected(update(Upload).values(expires_at=before))


@contextmanager
def house_at(folder: Path, database_url: str, s3_port: int | None = None) -> Iterator[House]:
    """A new house in a folder; its bytes lie there too, or in a bucket of its own."""
    with ExitStack() as stack:
        more: dict[str, str] = {}
        if s3_port is not None:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            for name, value in AWS_KEYS.items():
                patch.setenv(name, value)
            place = f"s3://{make_bucket(s3_port)}/house?endpoint=http://127.0.0.1:{s3_port}&allow_http=true"
            more = {"NEJAT_STORAGE_URL": place}
        token = open_for_business(folder, database_url)
        app = stack.enter_context(house_over(folder, database_url))
        if more:
            settings = replace(app.config["SETTINGS"], storage_url=more["NEJAT_STORAGE_URL"])
            app.extensions["nejat.storage"] = Storage.of(settings)
        with app.app_context():
            claim_store()  # or the job worker would keep something, and might die of it
        server = stack.enter_context(serving(folder, database_url, more=more, program="tests.media.dying"))
        yield House(app, server, Client(server.port, token, timeout=60))
