"""A real server whose job worker dies with a release half out: `python -m tests.content.dying serve`.

A file in the data dir names a step; whoever reaches it removes the file and is killed.
"""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from nejat_cms import cli, processes
from nejat_cms.content.actions import releasing
from nejat_cms.delivery.actions import documents
from nejat_cms.settings import Settings
from tests.media.dying import DIES_AFTER, Reached, mortal

AFTER: Mapping[str, Reached] = {
    "locked": ((releasing, "hold_release"),),
    "one text live": ((releasing, "go_live"),),
    "shown": ((documents, "follow_articles"),),
    "all but committed": ((releasing, "emit"),),
    "committed": ((releasing, "publish_due_part"),),
}


def prepare(folder: Path) -> None:
    """Have this process die where it is told to."""
    for step, functions in AFTER.items():
        for owner, name in functions:
            setattr(owner, name, mortal(getattr(owner, name), folder / DIES_AFTER, step, before=False))


def main(command: str) -> None:
    if command == "serve":
        processes.serve = partial(processes.serve, _job=("tests.content.dying", "worker"))
    else:
        prepare(Settings.from_env().data_dir)
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1])
