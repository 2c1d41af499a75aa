"""Which part of a file a `Range` asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.errors import RangeError
from nejat_cms.media.rules.ranges import part_of

numbers = st.integers(0, 300)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-", (10, 100)),
        ("bytes=10-1000", (10, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-100", (0, 100)),
        ("bytes=-101", (0, 100)),
        ("Bytes=1-2", (1, 3)),
    ],
)
def test_one_part_that_is_there(asked: str, part: tuple[int, int]) -> None:
    assert part_of(asked, 100) == part


IGNORED = [
    "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=٥-٩", "bytes=9-5", "bytes=200-150", "bytes=--5", "bytes=1_0-",
    "bytes=0-1,3-4", "bytes=0-1,", "bytes=0-4 bytes", f"bytes={'9' * 5000}-", "seconds=0-10", "items=0-4", "=0-4",
]  # fmt: skip


@pytest.mark.parametrize("asked", IGNORED)
def test_what_is_no_single_range_of_bytes_is_ignored(asked: str) -> None:
    assert part_of(asked, 100) is None


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_part_without_a_byte_is_refused(asked: str) -> None:
    with pytest.raises(RangeError) as refused:
        part_of(asked, 100)
    assert refused.value.extra["content_range"] == "bytes */100"


@given(numbers, numbers, st.integers(1, 200))
def test_a_part_is_what_a_slice_would_be(first: int, more: int, size: int) -> None:
    whole = bytes(range(200))[:size]
    if first < size:
        start, end = part_of(f"bytes={first}-{first + more}", size) or (0, 0)
        assert whole[start:end] == whole[first : first + more + 1]
    if more:
        start, end = part_of(f"bytes=-{more}", size) or (0, 0)
        assert whole[start:end] == whole[-more:]
