"""A number that only grows, seen at once by every process of a server.

    supervisor    SharedNumber()                 makes it: eight bytes of a file without a name
    web worker    SharedNumber(descriptor)       sees it, and raises it
    job worker    SharedNumber(descriptor)

Looking costs what reading eight bytes of memory costs.
"""

import fcntl
import mmap
import os
import tempfile
import threading
from pathlib import Path

BYTES = 8


class SharedNumber:
    """A whole number of 64 bits; a process that is given no descriptor of one has its own, from 0 on."""

    inherited: int | None = None
    """The descriptor that the supervisor handed to this process."""

    def __init__(self, descriptor: int | None = None) -> None:
        self.descriptor = _unnamed_file() if descriptor is None else descriptor
        self.cell = memoryview(mmap.mmap(self.descriptor, BYTES)).cast("Q")
        """`cell[0]` is the number. Aligned, so that nobody ever sees half of one."""
        self._writing = threading.Lock()

    def raise_to(self, number: int) -> None:
        """Make it at least this: of two that raise it at once, the greater one stays."""
        if number <= self.cell[0]:
            return
        with self._writing:  # between threads; locks of files are between processes
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX)
            try:
                self.cell[0] = max(self.cell[0], number)
            finally:
                fcntl.lockf(self.descriptor, fcntl.LOCK_UN)


def _unnamed_file() -> int:
    descriptor, path = tempfile.mkstemp()
    Path(path).unlink()
    os.write(descriptor, bytes(BYTES))  # a hole in a file, on a disk that is full, would kill who looks at it
    return descriptor
