"""A house as readers reach it: real servers, Varnish and nginx in front of them, and a newsroom behind."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.drills.proxies import fetches, nginx, varnish
from tests.servers import Client, Reply, eventually, free_port, open_for_business, serving

PURGE_KEY = "only the house knows"
LONG = "<p>" + "The ferry waited an hour for the fog to lift. " * 60 + "</p>"
"""A body that is worth compressing."""
CODINGS = ("gzip, deflate, br", "gzip", "identity", "br", "", "gzip;q=0, br;q=0.5")
"""What clients say they can read."""


@dataclass(frozen=True)
class Newsroom:
    """Somebody who works here, and her client; every call asserts the status it expects."""

    client: Client

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, **headers: str) -> Reply:
        reply = self.client.ask(method, f"/v1/manage/articles{path}", body, **headers)
        assert reply.status == expect, (method, path, reply.status, reply.raw)
        return reply

    def write(self, locale: str, title: str, **changes: Any) -> str:
        """A new article with a draft in one edition; answers its id."""
        body = {"kind": "article", "locale": locale, "title": title, "body": {"html": LONG}, **changes}
        return str(self.call("POST", "", body, expect=201).data["article"])

    def published(self, locale: str, title: str, **changes: Any) -> str:
        article = self.write(locale, title, **changes)
        self.step(article, locale, "publish")
        return article

    def translated(self, article: str, locale: str, title: str, **changes: Any) -> None:
        """The article in another edition, for its readers to see."""
        body = {"title": title, "body": {"html": LONG}, **changes}
        self.call("PUT", f"/{article}/variants/{locale}", body, expect=201, If_None_Match="*")
        self.step(article, locale, "publish")

    def edit(self, article: str, locale: str, **changes: Any) -> None:
        """Change the draft; readers see nothing of it."""
        self._at(article, locale, "PATCH", "", changes)

    def republish(self, article: str, locale: str, **changes: Any) -> None:
        self.edit(article, locale, **changes)
        self.step(article, locale, "publish")

    def step(self, article: str, locale: str, step: str) -> None:
        self._at(article, locale, "POST", f"/{step}", {})

    def preview(self, article: str, locale: str) -> str:
        """The path of a new preview."""
        url: str = self._at(article, locale, "POST", "/preview", {}, expect=201).data["url"]
        return url[url.index("/v1/") :]

    def _at(self, article: str, locale: str, method: str, end: str, body: Any, *, expect: int = 200) -> Reply:
        path = f"/{article}/variants/{locale}"
        etag = self.call("GET", path).headers["ETag"]
        return self.call(method, path + end, body, expect=expect, If_Match=etag)


@dataclass(frozen=True)
class Site:
    """One server with its job worker, Varnish that is told of changes, and nginx."""

    ports: Mapping[str, int]
    """Of `nejat`, `varnish` and `nginx`."""
    token: str
    varnish: Path

    @property
    def newsroom(self) -> Newsroom:
        return Newsroom(Client(self.ports["nejat"], self.token))

    def settle(self) -> None:
        """Wait until Varnish was told of everything."""
        eventually(lambda: waiting(self.ports["nejat"]) == 0)

    def fetches(self) -> int:
        """How often Varnish has asked the server."""
        return fetches(self.varnish)


def waiting(port: int) -> float:
    """Background tasks that a server's house still has to do."""
    return figure(port, "nejat_outbox_waiting")


def figure(port: int, name: str) -> float:
    """One of a server's own figures."""
    metrics = Client(port).ask("GET", "/metrics").raw.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", metrics, re.MULTILINE)
    assert found, metrics
    return float(found[1])


def behind_varnish(port: int) -> dict[str, str]:
    """What the environment of a server says that tells a Varnish on a port."""
    return {
        "NEJAT_TRUSTED_PROXIES": "1",
        "NEJAT_PURGE_URL": f"http://127.0.0.1:{port}/purge",
        "NEJAT_PURGE_HEADER": f"X-Purge-Key: {PURGE_KEY}",
    }


@contextmanager
def site_over(folder: Path, database_url: str) -> Iterator[Site]:
    """A site in two editions, English and Farsi, over an empty database."""
    token = open_for_business(folder, database_url, "en", "fa")
    ports = {name: free_port() for name in ("varnish", "nginx")}
    with (
        serving(folder, database_url, more=behind_varnish(ports["varnish"])) as server,
        varnish(server.port, port=ports["varnish"], purge_key=PURGE_KEY) as tools,
        nginx(server.port, port=ports["nginx"]),
    ):
        yield Site(ports | {"nejat": server.port}, token, tools)


def in_both(newsroom: Newsroom, english: str, farsi: str) -> tuple[str, tuple[str, ...]]:
    """An article in both editions: its id, and addresses that show it and no other, the first a negotiated one."""
    tag = uuid4().hex
    article = newsroom.published("en", english, tags=[tag])
    newsroom.translated(article, "fa", farsi, tags=[tag])
    said = Client(newsroom.client.port).ask("GET", f"/v1/articles/{article}?locale=fa").data
    other = next(each for each in said["translations"] if each["locale"] == "en")
    return article, (
        f"/v1/articles/{article}",
        f"/v1/articles/{article}?locale=fa",
        f"/v1/en/articles/{other['slug']}",
        f"/v1/fa/articles/{quote(said['slug'])}",
        f"/v1/fa/articles?tag={tag}",
        f"/en/tags/{tag}/feed.json",
    )


def at_once(asking: Iterable[Callable[[], Reply]]) -> list[Reply]:
    """What all of them are told who ask at the same instant."""
    works = list(asking)
    together = Barrier(len(works))

    def run(ask: Callable[[], Reply]) -> Reply:
        together.wait(30)
        return ask()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
