"""The whole story: a client that publishes thirty works in four editions, over the wire, against a real server."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.invariants import broken_invariants
from tests.newsroom import EDITIONS
from tests.servers import ROOT, open_for_business, serving, settings_in

CLIENT = ROOT.parent / "shared" / "tools" / "udhr_client.py"


@pytest.mark.skipif(not CLIENT.exists(), reason="the acceptance client is not part of this repository")
def test_the_declaration_of_human_rights_in_four_editions(tmp_path: Path, database_url: str) -> None:
    token = open_for_business(tmp_path, database_url, *EDITIONS)
    with serving(tmp_path, database_url) as server:
        done = subprocess.run(
            [sys.executable, str(CLIENT), f"http://127.0.0.1:{server.port}", token],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:] + server.output()[-3000:]
        assert done.stdout.rstrip().endswith(" 0 failed")
    assert broken_invariants(settings_in(tmp_path, database_url).database_url) == []
