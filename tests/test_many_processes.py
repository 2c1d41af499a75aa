"""Many at once in processes of their own: writers that share one database, and a server under many writers."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.crowd import at_once
from tests.invariants import broken_invariants
from tests.servers import ROOT, Client, open_for_business, serving, settings_in, shell

WRITER = """
import sys, time
from nejat_cms import create_app
from nejat_cms.settings import Settings
from tests.newsroom import Desk

token, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = create_app(Settings.from_env()).test_client()
print("ready", flush=True)
sys.stdin.readline()
headers = {"Authorization": f"Bearer {token}"}
worst = 0.0
for number in range(count):
    began = time.monotonic()
    body = {"kind": "article", "locale": "en", "title": f"{name} {number}", "tags": ["everybody's"]}
    made = client.post("/v1/manage/articles", json=body, headers=headers)
    assert made.status_code == 201, (made.status_code, made.text)
    path = f"/v1/manage/articles/{made.json['data']['article']}/variants/en/publish"
    shown = client.post(path, json={}, headers=headers | {"If-Match": made.headers["ETag"]})
    assert shown.status_code == 200, (shown.status_code, shown.text)
    assert client.get("/v1/en/articles").status_code == 200
    worst = max(worst, time.monotonic() - began)
print(worst)
"""


@pytest.mark.parametrize("count", [12, pytest.param(250, marks=pytest.mark.slow)])
def test_processes_that_share_one_sqlite_file_are_never_told_that_it_is_locked(tmp_path: Path, count: int) -> None:
    writers = 4
    token = open_for_business(tmp_path)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, token, f"Writer {number}", str(count)],
            env=shell(tmp_path),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(writers)
    ]
    try:
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=180) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert [process.returncode for process in processes] == [0] * writers, [said[1][-2000:] for said in told]
    assert broken_invariants(settings_in(tmp_path).database_url) == []
    assert all(log.stat().st_size < 64 << 20 for log in tmp_path.glob("*-wal"))


def test_a_server_under_many_writers_answers_each(tmp_path: Path, database_url: str) -> None:
    """Real workers, real connections: nobody is told 5xx, and nothing is lost."""
    token = open_for_business(tmp_path, database_url)
    with serving(tmp_path, database_url) as server:

        def write(number: int) -> list[int]:
            client = Client(server.port, token)
            body = {"kind": "article", "locale": "en", "title": f"Number {number}", "tags": ["one"]}
            made = client.ask("POST", "/v1/manage/articles", body)
            path = f"/v1/manage/articles/{made.data['article']}/variants/en/publish"
            client.ask("POST", path, {}, If_Match=made.headers["ETag"])
            client.ask("GET", "/v1/en/articles?total=true")
            return client.statuses

        told = Counter(
            status for statuses in at_once(*[lambda n=n: write(n) for n in range(40)]) for status in statuses
        )
        assert told == {201: 40, 200: 80}
        total = Client(server.port).ask("GET", "/v1/en/articles?total=true&limit=1").json["meta"]["total"]
        assert total == 40
    assert broken_invariants(settings_in(tmp_path, database_url).database_url) == []
