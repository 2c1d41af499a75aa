"""Somebody who puts a file into the library and dies on the way: `python -m tests.media.dying STEP FILE`.

The house is told by the environment. Steps are numbered in the order in which they are reached.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nejat_cms import create_app
from nejat_cms.db import db
from nejat_cms.media.actions import assets, receiving
from nejat_cms.media.processing import workshop
from nejat_cms.permissions import SYSTEM
from nejat_cms.settings import Settings
from nejat_cms.storage import FolderStorage

STEPS = ("examined", "promised", "written", "renamed", "kept", "given a place", "committed")


def die_after(owner: Any, name: str, wanted: bool) -> None:
    """Have a function be the last thing that this process does."""
    function: Callable[..., Any] = getattr(owner, name)

    def fatal(*arguments: Any, **named: Any) -> Any:
        function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    if wanted:
        setattr(owner, name, fatal)


def main(step: str, path: Path) -> None:
    app = create_app(Settings.from_env())
    with app.app_context():
        die_after(workshop(), "examine", step == "examined")
        die_after(receiving, "_promise", step == "promised")
        die_after(os, "fsync", step == "written")
        die_after(Path, "replace", step == "renamed")
        die_after(os, "replace", step == "renamed")
        die_after(os, "rename", step == "renamed")
        die_after(FolderStorage, "put", step == "kept")
        die_after(assets, "_put", step == "given a place")
        with receiving.incoming() as place:
            place.write_bytes(path.read_bytes())
            received = receiving.receive(place, path.name)
        assets.add_asset(SYSTEM, received)
        db.session.remove()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
