"""The child: what a workshop starts. Does one job after the other, and leaves when there has been nothing to do.

Nothing of the server is imported here but how to end with it.
"""

import contextlib
import ctypes
import json
import resource
import select
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nejat_cms.media.processing.limits import CPU_SECONDS, FILE_BYTES, IDLE_SECONDS, MEMORY_BYTES, RefusedError
from nejat_cms.media.rules.renditions import Cut
from nejat_cms.media.rules.types import SVG
from nejat_cms.processes import die_with_parent

Job = dict[str, Any]


def examine(job: Job) -> Job:
    """Whatever a file is."""
    from nejat_cms.media.processing import signatures  # noqa: PLC0415  each job loads what it needs

    path = Path(job["source"])
    mime = signatures.mime_of(path) or ""
    match mime.partition("/")[0]:
        case "image" if mime == SVG:
            if not job["svg"]:
                raise RefusedError("unsupported")
            from nejat_cms.media.processing import drawings  # noqa: PLC0415

            return drawings.examine(path)
        case "image":
            from nejat_cms.media.processing import pictures  # noqa: PLC0415

            return pictures.examine(path, mime)
        case "application":
            from nejat_cms.media.processing import documents  # noqa: PLC0415

            return documents.examine(path)
        case "audio" | "video":
            from nejat_cms.media.processing import recordings  # noqa: PLC0415

            return recordings.examine(path, mime)
    raise RefusedError("unsupported")


def render(job: Job) -> Job:
    from nejat_cms.media.processing import pictures, signatures  # noqa: PLC0415

    source = Path(job["source"])
    pictures.render(source, signatures.mime_of(source), Path(job["target"]), job["mime"], Cut(**job["cut"]))
    return {}


def first_page(job: Job) -> Job:
    from nejat_cms.media.processing import documents  # noqa: PLC0415

    documents.first_page(Path(job["source"]), Path(job["target"]))
    return {}


def strip(job: Job) -> Job:
    """Whatever is kept as it is given out."""
    from nejat_cms.media.processing import signatures  # noqa: PLC0415

    source, target = Path(job["source"]), Path(job["target"])
    match signatures.mime_of(source):
        case "image/svg+xml":
            from nejat_cms.media.processing import drawings  # noqa: PLC0415

            target.write_bytes(drawings.cleaned(source))
        case "application/pdf":
            from nejat_cms.media.processing import properties  # noqa: PLC0415

            properties.strip(source, target)
        case "video/mp4" | "audio/mp4":
            from nejat_cms.media.processing import films  # noqa: PLC0415

            films.strip(source, target)
        case "audio/mpeg" | "audio/ogg" | "audio/flac" | "audio/wav" as mime:
            from nejat_cms.media.processing import sound  # noqa: PLC0415

            sound.strip(source, target, mime)
        case _:
            raise RefusedError("unsupported")
    return {}


WORK: Mapping[str, Callable[[Job], Job]] = {
    "examine": examine,
    "render": render,
    "first_page": first_page,
    "strip": strip,
}


BROKEN = (ArithmeticError, ValueError, RecursionError, struct.error)
"""What numbers in a file that are not as they should be end in, wherever nobody has thought of them."""


def answer_to(job: Job) -> Job:
    """What was found, why a file is refused, or what went wrong here."""
    try:
        return {"found": WORK[job["work"]](job)}
    except RefusedError as refused:
        return {"refused": refused.code}
    except BROKEN as problem:
        if job["work"] not in ("examine", "strip"):
            return {"fault": "".join(traceback.format_exception(problem))}
        return {"refused": "broken_file"}
    except MemoryError:
        return {"refused": "too_costly"}
    except OSError as problem:
        return {"refused": code} if (code := RefusedError.code_of(problem)) else {"fault": traceback.format_exc()}
    except Exception:
        return {"fault": traceback.format_exc()}


def limit_process() -> None:
    """Little memory, no image of memory on the disk, and first to go when the machine has none left."""
    for kind, most in (
        (resource.RLIMIT_DATA, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        with contextlib.suppress(ValueError, OSError):  # the server may have less than that already
            resource.setrlimit(kind, (most, most))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def limit_job(job: Job) -> None:
    """The kernel ends a process that has had more of the processor than a job may have.

    What is made of a file may be larger than it, but not by more than a picture may have.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    source = Path(job["source"])
    size = source.stat().st_size if source.exists() else 0
    for kind, most in (
        (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1),
        (resource.RLIMIT_FSIZE, FILE_BYTES + size),
    ):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def give_back() -> None:
    """Return to the system what the last job took; glibc would keep most of it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def main(lifeline: str, channel: str) -> None:
    """Answer until the parent is gone, or nothing has been asked for a while."""
    die_with_parent(socket.socket(fileno=int(lifeline)))
    limit_process()
    with socket.socket(fileno=int(channel)) as parent, parent.makefile("rwb") as lines:

        def say(answer: Job) -> None:
            lines.write(json.dumps(answer).encode() + b"\n")
            lines.flush()

        try:
            from nejat_cms.media.processing import pictures  # noqa: PLC0415, F401  wanted by nearly every job
        except Exception:
            say({"fault": traceback.format_exc()})
            return
        say({"ready": True})
        while select.select([parent], [], [], IDLE_SECONDS)[0]:
            line = lines.readline()
            if not line:
                return
            job = json.loads(line)
            limit_job(job)
            say(answer_to(job))
            give_back()


if __name__ == "__main__":
    main(*sys.argv[1:])
