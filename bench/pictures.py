"""How long renditions take, and how much memory, beside Pillow: `python -m bench.pictures`.

A picture of 24 megapixels becomes the four named renditions, in WebP and in JPEG each: eight jobs, each from the file
on, as they are asked for one by one. Every way of doing it has a process of its own, and they take turns.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.report import Row, report, verdict
from nejat_cms.media.rules.renditions import RENDITIONS, Cut, cut_of

WIDTH, HEIGHT = 6000, 4000
FOCAL = (0.3, 0.6)
FORMATS = ("image/webp", "image/jpeg")
LEVEL = 1.15
"""How many times as long as Pillow with `draft()` is still as long."""
SCALE = 1 if sys.platform == "darwin" else 1024
"""Bytes in a unit of `ru_maxrss`."""

Render = Callable[[Path, Path, str, Cut], None]


def ours() -> Render:
    """As the child does it."""
    from nejat_cms.media.processing import pictures  # noqa: PLC0415  only what is measured is loaded

    return lambda source, target, mime, cut: pictures.render(source, "image/jpeg", target, mime, cut)


def naive() -> Render:
    """As one would write it: everything is decoded."""
    return _pillow(draft=False)


def draft() -> Render:
    """As Pillow can do it: the decoder shrinks to no less than what is wanted."""
    return _pillow(draft=True)


def _pillow(*, draft: bool) -> Render:
    from PIL import Image, ImageOps  # noqa: PLC0415

    options: dict[str, dict[str, Any]] = {
        "image/webp": {"format": "WEBP", "quality": 80, "method": 4},
        "image/jpeg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
    }

    def render(source: Path, target: Path, mime: str, cut: Cut) -> None:
        with Image.open(source) as image:
            width, height = image.size
            if draft:
                image.draft("RGB", (width * cut.out_width // cut.width, height * cut.out_height // cut.height))
            upright = (ImageOps.exif_transpose(image) or image).convert("RGB")
            across, down = upright.width / width, upright.height / height
            box = (cut.left * across, cut.top * down, (cut.left + cut.width) * across, (cut.top + cut.height) * down)
            size = (cut.out_width, cut.out_height)
            upright.resize(size, Image.Resampling.LANCZOS, box=box).save(target, **options[mime])

    return render


WAYS: Mapping[str, Callable[[], Render]] = {"ours": ours, "naive": naive, "draft": draft}


def make(path: Path) -> None:
    """A picture with light, edges and grain, as a camera makes it."""
    import pyvips  # noqa: PLC0415

    light = pyvips.Image.perlin(WIDTH, HEIGHT, cell_size=512, seed=1) * 90 + 120
    shapes = (pyvips.Image.worley(WIDTH, HEIGHT, cell_size=256, seed=2) > 120).ifthenelse(35, -20)
    grain = pyvips.Image.gaussnoise(WIDTH, HEIGHT, mean=0, sigma=6, seed=3)
    bands = [light + shapes + grain, light * 0.8 + grain + 20, light.fliphor() * 0.7 + shapes * 0.5 + 40]
    picture = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    picture.jpegsave(str(path), Q=90)


def work(way: str, source: Path, folder: Path) -> None:
    """Do it, and say how many seconds it took and how many bytes of memory at most."""
    render = WAYS[way]()
    begun = time.perf_counter()
    for rendition in RENDITIONS.values():
        cut = cut_of(WIDTH, HEIGHT, FOCAL, rendition)
        for mime in FORMATS:
            render(source, folder / f"{way} {rendition.name} {mime.partition('/')[2]}", mime, cut)
    seconds = time.perf_counter() - begun
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SCALE]))


def measure(folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Median seconds, and the most megabytes, of every way."""
    source = folder / "picture.jpg"
    _run("make", source, folder)
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, measured in found.items():
            seconds, peak = json.loads(_run(way, source, folder))
            measured.append((seconds, peak / 2**20))
    return {way: (median(one[0] for one in all_), max(one[1] for one in all_)) for way, all_ in found.items()}


def _run(way: str, source: Path, folder: Path) -> bytes:
    command = [sys.executable, "-m", "bench.pictures", "--way", way, "--source", str(source), "--folder", str(folder)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def rows(rounds: int = 3) -> Iterator[Row]:
    """What was measured, beside its targets."""
    with tempfile.TemporaryDirectory(prefix="nejat-bench-") as folder:
        found = measure(Path(folder), rounds)
    seconds, megabytes = found["ours"]
    what = "24 MP JPEG to 4 renditions, WebP and JPEG"
    for way, name in (("naive", "Pillow"), ("draft", "Pillow with draft()")):
        beside, memory = found[way]
        ratio = seconds / beside
        most = 1.0 if way == "naive" else LEVEL
        shown = f"{ratio:.2f} × ({seconds:.2f} s, {beside:.2f} s)"
        yield f"{what}: time beside {name}", "", f"≤ {most:g} ×", shown, verdict(ratio <= most)
        shown = f"{megabytes / memory:.2f} × ({megabytes:.0f} MB, {memory:.0f} MB)"
        fine = verdict(megabytes < memory) if way == "naive" else ""
        yield f"{what}: memory beside {name}", "", "< 1 ×" if fine else "", shown, fine


def main() -> int:
    """Print the rows; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is measured (default: 3)")
    parser.add_argument("--way", choices=("make", *WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way is None:
        return report(rows(asked.rounds))
    if asked.way == "make":
        make(asked.source)
    else:
        work(asked.way, asked.source, asked.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
