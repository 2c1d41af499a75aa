"""Whether the lock files hold what pyproject.toml asks for, with hashes and nothing about where it comes from."""

import contextlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"requirements.lock": ("build",), "requirements-dev.lock": ("build", "dev")}
"""Which dependency groups each holds beside the dependencies themselves, as `make lock` says."""
PIN = re.compile(r"^([A-Za-z0-9._-]+(?:\[[^]]*\])?)==([^ ;\\]+)(?: *; *([^\\]+?))? *(?:\\)?$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


@dataclass
class Pin:
    """One pinned package of a lock file: a version for each marker, and how many hashes."""

    versions: list[str]
    hashes: int = 0


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong, one line each."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    locks = {name: (root / name).read_text("utf-8") for name in LOCKS}
    found = []
    pinned = {}
    for name, text in locks.items():
        pins, odd = read_lock(text)
        pinned[name] = pins
        found += [f"{name}: {line}" for line in odd]
        asked = list(wanted(project, LOCKS[name]))
        found += [f"{name}: {line}" for line in unmet(asked, pins)]
        found += [f"{name}: nobody asks for {package} any more" for package in sorted(pins.keys() - reachable(asked))]
    runtime, development = pinned["requirements.lock"], pinned["requirements-dev.lock"]
    for package, pin in runtime.items():
        other = development.get(package)
        if other is None or other.versions != pin.versions:
            found.append(f"{package} is not the same in both lock files")
    return found


def wanted(project: Mapping[str, object], groups: Iterable[str]) -> Iterator[Requirement]:
    """What pyproject.toml asks for."""
    described, sets = project["project"], project["dependency-groups"]
    assert isinstance(described, dict)
    assert isinstance(sets, dict)
    for line in described["dependencies"]:
        yield Requirement(line)
    for group in groups:
        for line in sets[group]:
            yield Requirement(line)


def read_lock(text: str) -> tuple[dict[str, Pin], list[str]]:
    """The pins of a lock file by canonical name, and the lines that do not belong there."""
    pins: dict[str, Pin] = {}
    odd = []
    current: Pin | None = None
    for line in text.splitlines():
        if HASH.match(line) and current is not None:
            current.hashes += 1
        elif match := PIN.match(line):
            current = pins.setdefault(canonicalize_name(match[1].partition("[")[0]), Pin([]))
            current.versions.append(match[2])
        elif line.strip():
            odd.append(f"neither a pin nor a hash: {line.strip()[:100]!r}")
    odd += [f"{name} has no hash" for name, pin in pins.items() if not pin.hashes]
    return pins, odd


def unmet(requirements: Iterable[Requirement], pins: Mapping[str, Pin]) -> Iterator[str]:
    """Which requirements no pin satisfies."""
    for requirement in requirements:
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None:
            yield f"{requirement.name} is not pinned: run `make lock`"
        elif not all(requirement.specifier.contains(version, prereleases=True) for version in pin.versions):
            yield f"{requirement} is not what is pinned ({', '.join(pin.versions)}): run `make lock`"


def reachable(requirements: Iterable[Requirement]) -> set[str]:
    """What these need, and what that needs, by the metadata of what is installed; a marker may hold elsewhere."""
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(one.name), extra) for one in requirements for extra in ("", *one.extras)]
    while waiting:
        package, extra = waiting.pop()
        if (package, extra) in seen:
            continue
        seen.add((package, extra))
        with contextlib.suppress(PackageNotFoundError):
            for line in requires(package) or ():
                needed = Requirement(line)
                of_extra = re.findall(r"extra == ['\"]([^'\"]+)", str(needed.marker or ""))
                if not of_extra or extra in of_extra:
                    waiting += [(canonicalize_name(needed.name), more) for more in ("", *needed.extras)]
    return {package for package, _ in seen}


def main() -> int:
    found = problems()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
