"""The example of docs/frontends.md, made by the guide's own commands: real npm, real compiler, a served demo."""

import re
import subprocess
from pathlib import Path

from tests.servers import ROOT, serving

GUIDE = ROOT / "docs" / "frontends.md"
EXAMPLE = ROOT / "docs" / "examples" / "frontend.ts"
EDITIONS = {"en": "ltr", "ar": "rtl", "fa": "rtl", "sq": "ltr"}


def commands(port: int) -> str:
    """What the guide tells to type, for a server on another port."""
    text = GUIDE.read_text("utf-8")
    block = re.search(r"```\n(mkdir frontend .+?)```", text, re.DOTALL)
    assert block is not None
    assert "docs/examples/frontend.ts" in block[1]
    example, shown = EXAMPLE.read_text("utf-8"), re.search(r"```ts\n(.+?)```", text, re.DOTALL)
    assert shown is not None
    assert all(part.strip() in example for part in shown[1].split("\n\n"))
    return block[1].replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("../docs/", f"{ROOT}/docs/")


def run(folder: Path, script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )


def test_a_client_with_generated_types_reads_the_demo(tmp_path: Path) -> None:
    house, work = tmp_path / "house", tmp_path / "work"
    house.mkdir()
    work.mkdir()
    with serving(house, words=("run",)) as server:
        done = run(work, commands(server.port))
    assert done.returncode == 0, done.stdout + done.stderr
    for locale, direction in EDITIONS.items():
        assert f"({locale}, {direction}): 35 articles" in done.stdout
        assert f'<html lang="{locale}" dir="{direction}">' in done.stdout
    assert done.stdout.count('hreflang="x-default"') == len(EDITIONS)
    assert "undefined" not in done.stdout

    # The types are no blind ones: what there is not does not compile.
    example = work / "frontend" / "frontend.ts"
    right = example.read_text("utf-8")
    for field, other in {"article.dir": "article.direction", "number_display": "numbers", "srcset}": "source}"}.items():
        assert field in right
        example.write_text(right.replace(field, other), "utf-8")
        refused = run(example.parent, next(line for line in commands(0).splitlines() if line.startswith("npx tsc")))
        assert (refused.returncode != 0, "does not exist on type" in refused.stdout) == (True, True), other
