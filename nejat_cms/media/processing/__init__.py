"""What is done with files that somebody sent: in a process of its own, which may fail.

    Workshop ── one line of JSON a job ──▶ child ─┬─ signatures   what a file says it is
       ▲                                          ├─ pictures     pyvips
       └────── one line of JSON ───────────────── ├─ documents    pdfium
               facts, or why not                  ├─ properties   of documents: qpdf takes them out
                                                  ├─ recordings   mutagen
                                                  ├─ sound        of recordings, without their tags
                                                  ├─ films        without theirs
                                                  ├─ embedded     pictures within documents and drawings
                                                  └─ drawings     svg-hush

Decoders are large programs in C that read what strangers wrote. So only the child loads them; it has little memory and
time, none of the server's environment, and is replaced when it ends. It is started when first needed and leaves when
there has been nothing to do for a minute, so that an idle server is small.
"""

import threading
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nejat_cms.media.processing.children import Child, ChildLeftError, ChildLostError, FaultError
from nejat_cms.media.rules.renditions import Cut

__all__ = ["Facts", "FaultError", "Workshop", "workshop"]

PATIENCE = 20.0
"""How long somebody waits for her turn, in seconds."""
SECONDS = 30.0
"""How long one job may take."""
TEXT_MAX = 200_000


@dataclass(frozen=True)
class Facts:
    """What was found out about a file; None and "" where there is no such thing.

    `width` and `height` are those of its picture as it is seen: itself, or the first page of a document. `color` is the
    dominant one as `#rrggbb`, `thumbhash` is in Base64, `duration` in seconds, `text` what a document says.
    """

    mime: str
    width: int | None = None
    height: int | None = None
    color: str | None = None
    thumbhash: str | None = None
    pages: int | None = None
    duration: float | None = None
    text: str = ""


class Workshop:
    """Examines files and makes pictures of them, one at a time; any thread may ask."""

    def __init__(self, *, patience: float = PATIENCE, seconds: float = SECONDS) -> None:
        self._patience = patience
        self._seconds = seconds
        self._turn = threading.Lock()
        self._child: Child | None = None

    def examine(self, path: Path, *, svg: bool = False) -> Facts:
        """Find out what a file is, and whether it is whole: a picture is decoded, a document opened.

        Raises: UnsupportedFileError, InvalidFileError, UnavailableError.
        """
        # Imported here, as ICU is large and the child has no use for it.
        from nejat_cms.language.clean import clean_text  # noqa: PLC0415

        found = self._ask("examine", path, svg=svg)
        found["text"] = clean_text(found.get("text", ""), multiline=True)[:TEXT_MAX].rstrip()
        return Facts(**found)

    def render(self, source: Path, target: Path, mime_out: str, cut: Cut) -> None:
        """Make a picture of a picture: turned upright, in sRGB, and with nothing in it but what is to be seen.

        `source` is what was examined, the stripped file in the case of SVG, or a first page.

        Raises: UnsupportedFileError, InvalidFileError, UnavailableError.
        """
        self._ask("render", source, target=str(target.absolute()), mime=mime_out, cut=asdict(cut))

    def first_page(self, source: Path, target: Path) -> None:
        """Make a picture of the first page of a PDF: PNG, its longer side 2560 pixels.

        Raises: UnsupportedFileError, InvalidFileError, UnavailableError.
        """
        self._ask("first_page", source, target=str(target.absolute()))

    def strip(self, source: Path, target: Path) -> None:
        """Write a file anew without what it tells of where, when, by whom and with what it was made, or what runs.

        `source` is what was examined: a drawing, document, recording or film. The same file always becomes the same
        bytes, and these become themselves.

        Raises: UnsupportedFileError, InvalidFileError, UnavailableError.
        """
        self._ask("strip", source, target=str(target.absolute()))

    def close(self) -> None:
        """Send the child away; the next job starts another."""
        with self._turn:
            self._dismiss()

    def _ask(self, work: str, source: Path, **said: Any) -> dict[str, Any]:
        # The words of errors need Flask, which the child would load as well.
        from nejat_cms.media.processing.refusals import busy, refusal  # noqa: PLC0415

        if not self._turn.acquire(timeout=self._patience):
            raise busy()
        try:
            answer = self._answer({"work": work, "source": str(source.absolute())} | said)
        finally:
            self._turn.release()
        if "refused" in answer:
            raise refusal(answer["refused"])
        found: dict[str, Any] = answer["found"]
        return found

    def _answer(self, job: dict[str, Any]) -> dict[str, Any]:
        """The child's answer; one that has left for want of work is replaced."""
        while True:
            fresh = self._child is None
            try:
                self._child = self._child or Child()
                return self._child.ask(job, self._seconds)
            except ChildLeftError:
                self._dismiss()
                if fresh:
                    raise RuntimeError("the child that works on files left as soon as it came") from None
            except ChildLostError:
                self._dismiss()
                return {"refused": "too_costly"}
            except BaseException:  # what it may still say belongs to no other job
                self._dismiss()
                raise

    def _dismiss(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


@cache
def workshop() -> Workshop:
    """The workshop of this process."""
    return Workshop()
