"""A real Chromium without a screen, told what to do over a pipe (Chrome DevTools Protocol)."""

import base64
import io
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from tests.drills.proxies import program

WORDS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=800,600", "--remote-debugging-pipe")


@dataclass
class Browser:
    """Asked one thing at a time; what it tells unasked is not heard."""

    said: int
    heard: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    rest: bytes = b""

    def ask(self, method: str, session: str | None = None, **params: Any) -> Any:
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self.said, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            pass
        return answer["result"]

    def _next(self) -> Any:
        while b"\0" not in self.rest:
            more = os.read(self.heard, 1 << 20)
            assert more, "the browser has ended"
            self.rest += more
        one, _, self.rest = self.rest.partition(b"\0")
        return json.loads(one)

    def open(self, url: str) -> "Tab":
        target = self.ask("Target.createTarget", url=url)["targetId"]
        return Tab(self, target, self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


@dataclass(frozen=True)
class Tab:
    browser: Browser
    target: str
    session: str

    def title(self) -> str:
        return str(self.browser.ask("Target.getTargetInfo", targetId=self.target)["targetInfo"]["title"])

    def picture(self) -> Image.Image:
        """What is to be seen at the moment."""
        raw = self.browser.ask("Page.captureScreenshot", self.session, format="png")["data"]
        return Image.open(io.BytesIO(base64.b64decode(raw))).convert("RGB")


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, and its end."""
    theirs, said = os.pipe()
    heard, ours = os.pipe()
    pipes = f'exec "$0" "$@" 3<&{theirs} 4>&{ours}'  # it hears on 3 and speaks on 4
    words = ["bash", "-c", pipes, program("chromium"), *WORDS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(words, pass_fds=[theirs, ours], stderr=subprocess.DEVNULL)
    os.close(theirs)
    os.close(ours)
    try:
        yield Browser(said, heard)
    finally:
        process.kill()
        process.wait()
        os.close(said)
        os.close(heard)
