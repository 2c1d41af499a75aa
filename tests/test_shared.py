"""A number that all processes of a server see."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from nejat_cms.shared import SharedNumber
from tests.servers import ROOT

RAISE = """
import sys
from nejat_cms.shared import SharedNumber

number = SharedNumber(int(sys.argv[1]))
print(number.cell[0], flush=True)
sys.stdin.readline()
first, step = int(sys.argv[2]), int(sys.argv[3])
seen = 0
for value in range(first, 200_000, step):
    number.raise_to(value)
    assert number.cell[0] >= max(value, seen), "it went down"
    seen = number.cell[0]
"""


def test_it_only_grows() -> None:
    number = SharedNumber()
    seen = []
    for value in (3, 1, 3, 0, 2**40, 5, 2**63, 2**64 - 1, 7):
        number.raise_to(value)
        seen.append(number.cell[0])
    assert seen == [3, 3, 3, 3, 2**40, 2**40, 2**63, 2**64 - 1, 2**64 - 1]


def test_a_process_that_is_given_none_has_its_own() -> None:
    first, second = SharedNumber(), SharedNumber()
    first.raise_to(5)
    assert (first.cell[0], second.cell[0]) == (5, 0)
    assert SharedNumber(first.descriptor).cell[0] == 5


def test_threads_that_raise_it_at_once_leave_the_highest() -> None:
    number = SharedNumber()

    def work(first: int) -> None:
        for value in range(first, 20_000, 8):
            number.raise_to(value)
            assert number.cell[0] >= value

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert number.cell[0] == 19_999


def test_processes_that_raise_it_at_once_leave_the_highest() -> None:
    number = SharedNumber()
    number.raise_to(2)
    os.set_inheritable(number.descriptor, True)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RAISE, str(number.descriptor), str(first), "4"],
            cwd=ROOT,
            pass_fds=[number.descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "2\n"  # what was there before it began
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0] * 4
    assert number.cell[0] == 199_999
