"""The peer made ready: an environment of its own, and a database with the same articles as ours.

    python -m bench.peer.making

Both are made once, in `.venv/peer`, and again when the lock file, these scripts or the corpus change.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench.peer.rows import ARTICLES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / ".venv" / "peer"
LOCK = HERE / "requirements.lock"
CORPUS = (HERE / "rows.py", ROOT / "bench" / "corpus.py", ROOT / "bench" / "words.py")
SCRIPTS = (*sorted((HERE / "project").rglob("*.py")), *CORPUS)
DATABASE = "PEER_DATABASE"
"""Names the database in the environment of the peer's processes."""


@dataclass(frozen=True)
class Peer:
    """A filled site that waits to be served."""

    python: Path
    database: Path
    ids: Mapping[str, Sequence[int]]
    """Its pages by edition, in the order of the corpus."""

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.database)

    def server(self, port: int, workers: int, threads: int) -> list[str]:
        """The words that serve it, as its operators do."""
        words = ["-m", "gunicorn", "bench.peer.project.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        return [str(self.python), *words, "--workers", str(workers), "--threads", str(threads)]


def prepared(say: Callable[[str], None] = print, articles: int = ARTICLES, home: Path = HOME) -> Peer:
    """The peer, made first where it is not there yet."""
    python = home / "environment" / "bin" / "python"
    _once(home / "environment", digest([LOCK], sys.version), lambda: _install(home / "environment", say))
    data = home / f"data-{articles}"
    _once(data, digest([LOCK, *SCRIPTS], str(articles)), lambda: _fill(python, data, articles, say))
    return Peer(python, data / "db.sqlite3", json.loads((data / "ids.json").read_text()))


def environment_of(database: Path) -> dict[str, str]:
    """What the peer's processes are told: the project's folder, so that they find these scripts, and the database."""
    return os.environ | {"PYTHONPATH": str(ROOT), DATABASE: str(database)}


def digest(files: Sequence[Path], more: str) -> str:
    """Stands for what something is made from."""
    made = sha256(more.encode())
    for file in files:
        made.update(file.read_bytes())
    return made.hexdigest()


def _once(folder: Path, wanted: str, make: Callable[[], None]) -> None:
    if _stamp(folder) != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        make()
        (folder / "made-from").write_text(wanted)


def _stamp(folder: Path) -> str:
    stamp = folder / "made-from"
    return stamp.read_text() if stamp.exists() else ""


def _install(folder: Path, say: Callable[[str], None]) -> None:
    say("installing the peer into an environment of its own: a minute or so, once")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)


def _fill(python: Path, folder: Path, articles: int, say: Callable[[str], None]) -> None:
    say(f"writing {articles:,} articles in each of its editions: half a minute, once")
    folder.mkdir(parents=True)
    with (folder / "ids.json").open("w") as ids:
        words = [str(python), "-m", "bench.peer.project.fill", str(articles)]
        subprocess.run(words, env=environment_of(folder / "db.sqlite3"), cwd=ROOT, stdout=ids, check=True)


def main() -> int:
    """Make it, and say where it is."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    peer = prepared()
    print(f"{sum(map(len, peer.ids.values())):,} articles in {peer.database}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
