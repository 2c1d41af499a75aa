"""Parts of a file: what `Range` asks for (RFC 9110 §14)."""

import re

from nejat_cms.errors import RangeError

_SINGLE = re.compile("bytes=(?:([0-9]{1,30})-([0-9]{0,30})|-([0-9]{1,30}))", re.ASCII | re.IGNORECASE)


def part_of(asked: str, size: int) -> tuple[int, int] | None:
    """The part of so many bytes that is asked for: where it begins, and where the next one would; None: all of it.

    What says no single range of bytes is ignored (§14.2): other units, what is malformed, several ranges at once.
    A last part that is longer than the whole is the whole (§14.1.2).

    Raises: RangeError where there is no byte of it.
    """
    found = _SINGLE.fullmatch(asked)
    if found is None:
        return None
    first, last, length = found.groups()
    if length:
        start, end = max(size - int(length), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeError(content_range=f"bytes */{size}")
    return start, end
