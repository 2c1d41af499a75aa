"""A store of each kind for every test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nejat_cms import storage
from nejat_cms.storage import Storage
from tests.stores import AWS_KEYS, Wire, behind, make_bucket, store_at, wire_to


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in AWS_KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket_url(s3_port: int, keys: None) -> str:
    return f"s3://{make_bucket(s3_port)}/house/media?endpoint=http://127.0.0.1:{s3_port}&allow_http=true"


@pytest.fixture(params=["folder", "bucket"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "bucket":
        return str(request.getfixturevalue("bucket_url"))
    return (tmp_path / "a folder").as_uri()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Storage:
    return store_at(url, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return store_at("", tmp_path)


@pytest.fixture
def wire(s3_port: int, keys: None) -> Iterator[Wire]:
    with wire_to(s3_port) as wire:
        yield wire


@pytest.fixture
def far(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """A store behind the wire, less patient than in earnest."""
    monkeypatch.setattr(storage, "REQUEST_SECONDS", 2.0)
    monkeypatch.setattr(storage, "CHECK_SECONDS", 0.5)
    return store_at(behind(wire), tmp_path)
