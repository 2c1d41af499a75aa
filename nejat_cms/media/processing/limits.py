"""How much a file may cost, and how the child says that one costs more, or is no good."""

import errno

MEMORY_BYTES = 1 << 30
FILE_BYTES = 128 << 20
CPU_SECONDS = 30
IDLE_SECONDS = 60.0

PIXELS = 100_000_000
SIDE = 20_000
FRAMES = 300


class RefusedError(Exception):
    """A file is refused; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @staticmethod
    def code_of(problem: OSError) -> str | None:
        """Why what was made of a file cannot be written; None where that is not what happened."""
        return {errno.ENOSPC: "no_space", errno.EDQUOT: "no_space", errno.EFBIG: "too_costly"}.get(problem.errno or 0)


def check_size(width: int, height: int, frames: int = 1) -> None:
    """Raises: RefusedError for a picture with more pixels than one may have."""
    if not (width > 0 and height > 0):
        raise RefusedError("broken_file")
    if max(width, height) > SIDE or width * height * frames > PIXELS or frames > FRAMES:
        raise RefusedError("too_many_pixels")
