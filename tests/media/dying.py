"""A real server whose processes die where they are told to: `python -m tests.media.dying serve`, as `nejat serve` else.

A file in the data dir names a step; whoever reaches it removes the file and is killed. Its job worker collects bytes
every moment, not every hour, and whatever is rendered is counted.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nejat_cms import cli, events, processes
from nejat_cms.media.actions import assets, collecting, receiving, uploads
from nejat_cms.media.processing import Workshop
from nejat_cms.settings import Settings
from nejat_cms.storage import BucketStorage, FolderStorage, Storage

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

DIES_AFTER, RENDERED = "dies-after", "rendered"
"""Files of the data dir: the step at which to die, and a byte for each picture that was made."""
Reached = tuple[tuple[Any, str], ...]
AFTER: Mapping[str, Reached] = {
    "examined": ((Workshop, "examine"),),
    "promised": ((receiving, "_promise"),),
    "renamed": ((Path, "replace"),),
    "kept": ((FolderStorage, "put"), (BucketStorage, "put")),
    "given a place": ((assets, "_put"),),
    "committed": ((assets, "add_asset"),),
    "replaced": ((assets, "put_file"),),
    "part committed": ((uploads, "add_part"),),
    "assembled": ((uploads, "assemble"),),
    "finished": ((uploads, "finish_upload"),),
    "first page made": ((Workshop, "first_page"),),
    "rendered": ((Workshop, "render"),),
    "marked": ((collecting, "_mark"),),
    "renditions deleted": ((Storage, "delete_all"),),
    "struck": ((collecting, "_strike"),),
    "expired": ((collecting, "_expire"),),
}
BEFORE: Mapping[str, Reached] = {
    "written": ((FolderStorage, "_name"),),
    "part kept": ((uploads, "add_part"),),
    "bytes deleted": ((collecting, "_strike"),),
}
OF_FOLDERS = frozenset({"written", "renamed"})
"""Steps that a bucket does not have."""


def load_app() -> "WSGIApplication":
    """The application of a web worker."""
    prepare(Settings.from_env().data_dir)
    return processes.load_app()


def prepare(folder: Path) -> None:
    """Have this process die where it is told to."""
    for before, steps in ((True, BEFORE), (False, AFTER)):
        for step, functions in steps.items():
            for owner, name in functions:
                setattr(owner, name, mortal(getattr(owner, name), folder / DIES_AFTER, step, before))
    setattr(Workshop, "render", counted(Workshop.render, folder / RENDERED))  # noqa: B010  no type of its own


def mortal(function: Callable[..., Any], told: Path, step: str, before: bool) -> Callable[..., Any]:
    def die() -> None:
        if told.exists() and told.read_text() == step:
            told.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        if before:
            die()
        answer = function(*arguments, **named)
        if not before:
            die()
        return answer

    return run


def counted(function: Callable[..., Any], count: Path) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        with count.open("ab") as file:
            file.write(b".")
        return function(*arguments, **named)

    return run


def main(command: str) -> None:
    if command == "serve":
        ours = "tests.media.dying"
        processes.serve = partial(processes.serve, _application=f"{ours}:load_app", _job=(ours, "worker"))
    else:
        prepare(Settings.from_env().data_dir)
        events._every[:] = [
            (timedelta(seconds=0.1) if handler is collecting.collect_bytes else interval, handler)
            for interval, handler in events._every
        ]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1])
