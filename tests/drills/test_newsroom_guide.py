"""The commands of docs/newsroom.md, one after another, as a reader of it would type them."""

import re
import subprocess
from pathlib import Path

from tests.servers import ROOT, serving

GUIDE = ROOT / "docs" / "newsroom.md"


def commands(port: int, token: str) -> str:
    """All that the guide tells to type, for a server on another port; each request that is refused ends it."""
    blocks = re.findall(r"^```\n(.+?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    typed = "".join(block for block in blocks if "──" not in block)
    assert "TOKEN=nejat_…" in typed
    return typed.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("nejat_…", token)


def test_every_command_of_the_newsroom_guide_works(tmp_path: Path) -> None:
    with serving(tmp_path, words=("run",)) as server:
        token = re.search(r"nejat_[\w-]{40,}", server.output())
        assert token is not None
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", commands(server.port, token[0])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    said = done.stdout
    assert "{'state': 'outdated', 'source': 'en', 'outdated_segments': 1}" in said
    assert said.index("'outdated'") < said.index("{'state': 'current', 'source': 'en', 'outdated_segments': 0}")
    assert "'code': 'arabic_letter'" in said
    assert "2031-03-21T04:30:00Z" in said  # eight o'clock in Tehran
    assert '{"data":{"comments":1,"messages":0}}' in said  # erased
