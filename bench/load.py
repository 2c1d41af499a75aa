"""Load on a server of this machine: `wrk` beside it, and what the server's processes spent meanwhile.

    python -m bench.load http://127.0.0.1:8000/v1/en/articles --seconds 5

Rates on a machine with other work to do come and go; processor time per request hardly does.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16
PATIENCE = 60
"""Seconds after which a request counts as failed."""
PROCESSES = Path("/proc")
REPORT = """
done = function(summary, latency, _)
    local faults = {}
    for name, count in pairs(summary.errors) do
        faults[#faults + 1] = string.format('"%s": %d', name, count)
    end
    io.stderr:write(string.format('{"requests": %d, "us": %d, "bytes": %d, "p50": %d, "p99": %d, "errors": {%s}}',
        summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
        table.concat(faults, ", ")))
end
"""
TURNS = """
local requests, turn = {}, 0
init = function(_)
    for path in io.lines(%s) do requests[#requests + 1] = wrk.format("GET", path) end
end
request = function()
    turn = turn %% #requests + 1
    return requests[turn]
end
"""
"""Every address in its turn. For a single one wrk has its request ready without asking."""


class LoadError(Exception):
    """There is no figure to show: no wrk, or not every request was answered as it should be."""


@dataclass(frozen=True)
class Target:
    """What is asked for: addresses of one server in turn, and what the requests say."""

    origin: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    pid: int = 0
    """The server's first process; 0: not ours to look at."""


@dataclass(frozen=True)
class Load:
    """What one load brought. Times of answers are in milliseconds."""

    rate: float
    p50: float
    p99: float
    cpu_us: float
    """Processor time that all the server's processes spent on a request, in microseconds; nan where it is not told."""
    bytes: float
    """Of an answer, its headers included."""


def wrk() -> str:
    """The program that makes the load.

    Raises: LoadError where it is missing.
    """
    found = shutil.which("wrk")
    if found is None:
        raise LoadError("wrk is missing: `apt-get install wrk`, `brew install wrk`, or whatever installs it here")
    return found


def load(target: Target, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Ask as fast as one thread of wrk can, on so many connections.

    Raises: LoadError where wrk is missing or any request failed.
    """
    program = wrk()
    with tempfile.TemporaryDirectory(prefix="nejat-load-") as folder:
        script = Path(folder) / "load.lua"
        addresses = Path(folder) / "addresses"
        addresses.write_text("\n".join(target.paths))
        script.write_text((TURNS % json.dumps(str(addresses)) if len(target.paths) > 1 else "") + REPORT)
        words = [program, "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
        words += ["--timeout", f"{PATIENCE}s", "--latency", "--script", str(script)]
        words += [word for name, value in target.headers.items() for word in ("--header", f"{name}: {value}")]
        spent = processor_seconds(target.pid)
        ended = subprocess.run(
            [*words, target.origin + target.paths[0]],
            capture_output=True,
            text=True,
            timeout=seconds + 2 * PATIENCE,
            check=False,
        )
        spent = processor_seconds(target.pid) - spent
    if ended.returncode or not ended.stderr.startswith("{"):
        raise LoadError(f"wrk ended with {ended.returncode}: {ended.stderr or ended.stdout}")
    said = json.loads(ended.stderr)
    faults = {name: count for name, count in said["errors"].items() if count}
    if faults or not said["requests"]:
        raise LoadError(f"{target.origin}{target.paths[0]}: of {said['requests']} requests there failed {faults}")
    requests = said["requests"]
    return Load(
        rate=requests / said["us"] * 1_000_000,
        p50=said["p50"] / 1000,
        p99=said["p99"] / 1000,
        cpu_us=spent / requests * 1_000_000,
        bytes=said["bytes"] / requests,
    )


def processor_seconds(pid: int) -> float:
    """What a process and all that live below it have spent, in the kernel and out of it; nan where nobody says."""
    if not pid or not (PROCESSES / "self" / "stat").exists():
        return nan
    below: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in PROCESSES.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            cells = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked around
            continue
        ticks[int(folder.name)] = int(cells[11]) + int(cells[12])
        below.setdefault(int(cells[1]), []).append(int(folder.name))
    waiting, total = [pid], 0
    while waiting:
        each = waiting.pop()
        total += ticks.get(each, 0)
        waiting += below.get(each, [])
    return total / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Print what one load brought; 1 where there is no figure to show."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__.partition("\n")[0])
    parser.add_argument("address", nargs="+", help="addresses of one server, asked for in turn")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--pid", type=int, default=0, help="the server's first process, to count its processor time")
    asked = parser.parse_args()
    parts = [urlsplit(address) for address in asked.address]
    paths = [each.path + (f"?{each.query}" if each.query else "") for each in parts]
    try:
        brought = load(
            Target(f"{parts[0].scheme}://{parts[0].netloc}", paths, pid=asked.pid), asked.seconds, asked.connections
        )
    except LoadError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{brought.rate:,.0f} requests a second, p50 {brought.p50:.2f} ms, p99 {brought.p99:.2f} ms, "
        f"{brought.cpu_us:.0f} µs of processor time and {brought.bytes:,.0f} bytes each"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
