"""The workshop itself: one child, one job at a time, and whatever may happen to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from nejat_cms.errors import InvalidFileError, UnavailableError
from nejat_cms.media.processing import Workshop, children, limits
from nejat_cms.media.processing.children import Child, ChildLeftError
from nejat_cms.media.rules.renditions import Cut
from tests.media.processing.samples import encoded, picture, written

CHILD = "nejat_cms.media.processing.child"


def jpeg(folder: Path) -> Path:
    return written(folder, encoded(picture(), "image/jpeg"))


def child_of(shop: Workshop) -> Child:
    child = shop._child
    assert child is not None
    return child


def gone(pid: int) -> bool:
    """Whether it ends within a few seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_the_parent_never_loads_a_decoder(tmp_path: Path) -> None:
    path = jpeg(tmp_path)
    script = (
        "import sys\nfrom pathlib import Path\nfrom nejat_cms.media.processing import workshop\n"
        f"print(workshop().examine(Path({str(path)!r})).width)\n"
        "print(sorted({'pyvips', 'pypdfium2', 'pikepdf', 'mutagen', 'py_svg_hush', 'cffi'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.split("\n")[:2] == ["300", "[]"]


def test_the_child_loads_nothing_of_the_server() -> None:
    script = f"import sys, {CHILD}, nejat_cms.media.processing.pictures\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert not {"flask", "sqlalchemy", "icu", "babel"} & set(run.stdout.split())


def test_there_is_no_child_before_the_first_job_and_one_for_all(tmp_path: Path) -> None:
    shop = Workshop()
    assert shop._child is None
    path = jpeg(tmp_path)
    shop.examine(path)
    pid = child_of(shop).pid
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(shop.examine, [path] * 16))
    assert len(set(found)) == 1
    assert child_of(shop).pid == pid
    shop.close()
    assert gone(pid)


def test_the_child_outlives_the_thread_that_asked_first(tmp_path: Path) -> None:
    shop, path = Workshop(), jpeg(tmp_path)
    thread = threading.Thread(target=shop.examine, args=(path,))
    thread.start()
    thread.join()
    pid = child_of(shop).pid
    time.sleep(0.2)
    shop.examine(path)
    assert child_of(shop).pid == pid
    shop.close()


def test_the_child_has_none_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEJAT_SECRET_KEY", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    shop = Workshop()
    shop.examine(jpeg(tmp_path))
    environment = Path(f"/proc/{child_of(shop).pid}/environ").read_bytes()
    names = {one.partition(b"=")[0].decode() for one in environment.split(b"\0") if one}
    assert names == {*children.ENVIRONMENT, "PYTHONPATH"}
    shop.close()


def test_a_child_is_limited(tmp_path: Path) -> None:
    shop, path = Workshop(), jpeg(tmp_path)
    shop.examine(path)
    lines = Path(f"/proc/{child_of(shop).pid}/limits").read_text(encoding="ascii").splitlines()
    limit = {line[:26].strip(): line[26:46].strip() for line in lines}
    assert limit["Max data size"] == str(limits.MEMORY_BYTES)
    assert limit["Max file size"] == str(limits.FILE_BYTES + path.stat().st_size)
    assert limit["Max core file size"] == "0"
    assert int(limit["Max cpu time"]) <= limits.CPU_SECONDS + 3
    shop.close()


def test_a_child_that_was_killed_is_replaced(tmp_path: Path) -> None:
    shop, path = Workshop(), jpeg(tmp_path)
    facts = shop.examine(path)
    pid = child_of(shop).pid
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert shop.examine(path) == facts
    assert child_of(shop).pid != pid
    shop.close()


def test_a_child_that_left_for_want_of_work_is_replaced(tmp_path: Path) -> None:
    shop, path = Workshop(), jpeg(tmp_path)
    facts = shop.examine(path)
    child = child_of(shop)
    ask = child.ask
    with patch.object(child, "ask", side_effect=ChildLeftError) as left:
        assert shop.examine(path) == facts
    assert left.call_count == 1
    assert child_of(shop).ask != ask
    shop.close()


def test_an_idle_child_leaves(tmp_path: Path) -> None:
    script = f"from nejat_cms.media.processing import limits\nlimits.IDLE_SECONDS = 0.2\nimport {CHILD} as child\n"
    script += "import sys\nchild.main(*sys.argv[1:])"
    run = subprocess.Popen

    def start(arguments: list[str], **options: object) -> subprocess.Popen[bytes]:
        at = arguments.index("-m")
        return run([*arguments[:at], "-c", script, *arguments[at + 2 :]], **options)  # type: ignore[call-overload, no-any-return]

    shop, path = Workshop(), jpeg(tmp_path)
    with patch("subprocess.Popen", start):
        facts = shop.examine(path)
    pid = child_of(shop).pid
    assert gone(pid)
    assert shop.examine(path) == facts
    assert child_of(shop).pid != pid
    shop.close()


def test_a_job_that_takes_too_long_is_ended_and_the_next_one_done(tmp_path: Path) -> None:
    shop, path = Workshop(seconds=0.5), jpeg(tmp_path)
    facts = shop.examine(path)
    pid = child_of(shop).pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(InvalidFileError) as refused:
        shop.examine(path)
    assert [problem.code for problem in refused.value.problems] == ["too_costly"]
    assert gone(pid)
    shop._seconds = 30
    assert shop.examine(path) == facts
    shop.close()


def test_whoever_gets_no_turn_is_told_to_come_again(tmp_path: Path) -> None:
    shop, path = Workshop(patience=0.2), jpeg(tmp_path)
    shop.examine(path)
    pid = child_of(shop).pid
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(shop.examine, path)
        while not shop._turn.locked():
            time.sleep(0.01)
        with pytest.raises(UnavailableError):
            shop.examine(path)
        os.kill(pid, signal.SIGCONT)
        assert first.result(timeout=20).width == 300
    shop.close()


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import time\nfrom pathlib import Path\nfrom nejat_cms.media.processing import workshop\n"
        f"workshop().examine(Path({str(jpeg(tmp_path))!r}))\n"
        "print(workshop()._child.pid, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


def test_what_fails_for_no_fault_of_the_file_is_no_refusal(shop: Workshop, tmp_path: Path) -> None:
    path, target = jpeg(tmp_path), tmp_path / "out"
    with pytest.raises(RuntimeError, match="No such file"):
        shop.examine(tmp_path / "missing")
    with pytest.raises(RuntimeError, match="not within"):
        shop.render(path, target, "image/webp", Cut(200, 0, 200, 200, 10, 10))
    assert not target.exists()
    assert shop.examine(path).width == 300


def test_a_full_disk_is_not_the_fault_of_a_file(shop: Workshop, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    path = jpeg(tmp_path)
    for mime in ("image/webp", "image/jpeg", "image/png", "image/avif"):
        with pytest.raises(UnavailableError):
            shop.render(path, full, mime, Cut(0, 0, 300, 200, 300, 200))
    assert path.stat().st_size > 0
