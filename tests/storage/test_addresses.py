"""Where the house keeps its files, and what it says when it cannot."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from nejat_cms.errors import UnavailableError
from nejat_cms.health import examine
from nejat_cms.settings import Settings, SettingsError
from nejat_cms.storage import Storage
from tests.stores import KEY, Wire, child, whole

MB = 1024 * 1024


def test_a_check_is_made_once_however_many_ask(folder: Storage, tmp_path: Path, monkeypatch: Any) -> None:
    folder.check()
    root, away = tmp_path / "data" / "media", tmp_path / "away"
    root.rename(away)
    folder.check()
    monkeypatch.setattr(folder, "_check_due", 0.0)
    for _again in range(2):
        with pytest.raises(UnavailableError):
            folder.check()
    away.rename(root)
    monkeypatch.setattr(folder, "_check_due", 0.0)
    folder.check()


def test_texts_are_served_while_files_cannot_be(app: Flask, far: Storage, wire: Wire, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.extensions, "nejat.storage", far)
    client = app.test_client()
    wire.cut = True
    answer = client.get("/readyz")
    assert answer.status_code == 200
    shown = answer.get_json()["checks"]["storage"]
    assert not shown["fine"]
    assert str(wire.port) not in shown["words"]
    assert "s3" not in shown["words"]
    wire.cut = False
    monkeypatch.setattr(far, "_check_due", 0.0)
    assert client.get("/readyz").get_json()["checks"]["storage"]["fine"]
    with app.app_context():
        words = next(finding.words for finding in examine() if finding.name == "storage")
    assert f"files are kept in {far}" in words


@pytest.mark.parametrize(
    "value",
    [
        "file:///var/lib/nejat/media",
        "file:///with%20space",
        "s3://bucket",
        "s3://bucket/",
        "s3://my.bucket-1/a/prefix?region=eu-central-1",
        "s3://bucket?endpoint=https://s3.example:9000&region=eu",
        "s3://bucket?endpoint=http://127.0.0.1:9000&allow_http=true",
    ],
)
def test_addresses_of_stores_are_taken(value: str, tmp_path: Path) -> None:
    settings = Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path), "NEJAT_STORAGE_URL": value})
    assert settings.storage_url == value


@pytest.mark.parametrize(
    "value",
    [
        "media",
        "/var/media",
        "file://media",
        "file:///",
        "file://host/media",
        "file:///media?x=1",
        "gs://bucket",
        "s3://",
        "s3://Bucket",
        "s3://key:secret@bucket",
        "s3://bucket:80",
        "s3://bucket/a//b",
        "s3://bucket/../b",
        "s3://bucket#x",
        "s3://bucket?endpoint=ftp://x",
        "s3://bucket?endpoint=http://x",
        "s3://bucket?region=",
        "s3://bucket?region=a&region=b",
        "s3://bucket?allow_http=yes",
        "s3://bucket?secret_access_key=x",
    ],
)
def test_other_addresses_of_stores_are_refused(value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"NEJAT_DATA_DIR": str(tmp_path), "NEJAT_STORAGE_URL": value})
    assert refused.value.problems[0].startswith("NEJAT_STORAGE_URL: ")
    assert "secret" not in str(refused.value)


def test_files_lie_in_the_data_dir_unless_told_otherwise(tmp_path: Path) -> None:
    data_dir = tmp_path / "a house, 100% ours?"
    settings = Settings.from_env({"NEJAT_DATA_DIR": str(data_dir)})
    Storage.of(settings).put(KEY, b"x")
    assert (data_dir / "media" / KEY).read_bytes() == b"x"
    handed_on = {"NEJAT_DATA_DIR": str(tmp_path), "NEJAT_STORAGE_URL": settings.storage_url}
    assert whole(Storage.of(Settings.from_env(handed_on)), KEY) == b"x"


def test_obstore_is_imported_by_those_who_store_something(tmp_path: Path) -> None:
    code = """
import sys
from nejat_cms import create_app
from nejat_cms.settings import Settings
create_app(Settings.from_env())
print("obstore" in sys.modules)
"""
    assert child(code, "", tmp_path).stdout == "False\n"
