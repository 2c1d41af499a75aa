"""Everybody who is asked, over one filled house: which addresses, and what must come back.

cached, uncached     ours with its cache and without (`NEJAT_CACHE_MB=0`)
bare, flask, nginx   the baselines, with the very bytes that ours answers
wagtail              the peer
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from flask import Flask

from bench import library
from bench.baselines import Answer
from bench.corpus import LOCALES, Everywhere
from bench.load import LoadError, Target, load
from bench.peer.making import Peer
from bench.profiles import answer_of, profile
from bench.serving import Served, baseline, house_environment, nginx, peer, serving
from nejat_cms import create_app, migrate
from nejat_cms.db import db
from nejat_cms.delivery.cache import ENCODERS
from nejat_cms.settings import Settings

LOCALE = "fa"
IN_TURN = (LOCALE, *(locale for locale in LOCALES if locale != LOCALE))
DETAILS, PAGES = 100, 5
"""Of each edition, so many articles and pages of its list are asked for in turn where nothing is cached."""
CACHE_MB = 64
ROOMS = {"cached": CACHE_MB, "uncached": 0}
PEER_LIST = "/api/v2/pages/?type=newsroom.ArticlePage&locale={}&fields=*,-body&limit=20&order=-date&offset={}"
PEER_WORKERS = (1, 2)
SLOW_SECONDS = 2
OF_THE_SERVER = {"date", "server", "connection"}
TWO = {"Content-Type", "Content-Length"}


@dataclass(frozen=True)
class Case:
    """What is asked of whom, and what must come back for the first address."""

    name: str
    server: Served
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the request."""
    wanted: Answer | None = None
    """None: anything, as long as it is 200 and has a body. Without headers: whatever they are."""
    slow: bool = False
    """Whether there are few answers a second, so that it takes longer to count them."""

    @property
    def target(self) -> Target:
        return Target(f"http://127.0.0.1:{self.server.port}", self.paths, self.headers, self.server.pid)

    def check(self) -> None:
        """Ask once, on a connection of its own.

        Raises: LoadError where something else comes back.
        """
        reply = self.server.ask(self.paths[0], **self.headers)
        if self.wanted is None:
            right = reply.status == 200 and len(reply.raw) > 0
        else:
            said = sorted((name.lower(), value) for name, value in reply.headers.items())
            said = [pair for pair in said if pair[0] not in OF_THE_SERVER]
            wanted = sorted((name.lower(), value) for name, value in self.wanted.headers)
            right = str(reply.status) == self.wanted.status[:3] and reply.raw == self.wanted.body
            right = right and (said == wanted or not wanted)
        if not right:
            raise LoadError(f"{self.name}: {self.paths[0]} answers {reply.status} {reply.headers.items()}")


@dataclass(frozen=True)
class House:
    """One house in this process, with its cache and without."""

    folder: Path
    database_url: str
    apps: Mapping[str, Flask]
    """By how it is called in the cases' names."""


@dataclass(frozen=True)
class Fleet:
    """All that is asked over one house."""

    cases: Sequence[Case]
    house: House

    def profile(self, case: Case) -> list[str]:
        """Where the time of one of ours goes."""
        return profile(self.house.apps[case.name.partition(" ")[0]], case.paths)

    def payloads(self) -> dict[str, str]:
        """How many bytes of body go out for an article and for a page of the list, ours and the peer's."""
        said = {}
        cases = {case.name: case for case in self.cases}
        for kind in ("detail", "list"):
            ours = _sizes(cases[f"cached {kind}"], ("identity", "gzip", "br"))
            peers = cases.get(f"wagtail {kind}")
            said[kind] = f"{ours}; Wagtail {_sizes(peers, ('identity', 'gzip'))}" if peers else ours
        return said


def _sizes(case: Case, codings: Sequence[str]) -> str:
    sizes = [(coding, len(case.server.ask(case.paths[0], Accept_Encoding=coding).raw)) for coding in codings]
    return ", ".join(f"{size:,} {coding}" for coding, size in sizes)


@contextmanager
def built(folder: Path, database_url: str = "") -> Iterator[House]:
    """An empty house, SQLite in the folder unless an address is given."""
    folder.mkdir()
    with ExitStack() as stack:
        data = folder / "data"
        apps = {name: stack.enter_context(_app(data, database_url, room)) for name, room in ROOMS.items()}
        yield House(folder, database_url, apps)


def fill(houses: Sequence[House], articles: int) -> Everywhere:
    """Load the same articles into all of them, so many in each edition."""
    corpus = Everywhere(articles)
    library.load(corpus, [library.furnish(house.apps["uncached"]) for house in houses], [])
    return corpus


@contextmanager
def launched(house: House, corpus: Everywhere, site: Peer | None = None, workers: int = 1) -> Iterator[Fleet]:
    """Everybody who is asked over a house that is filled."""
    folder, url, apps = house.folder, house.database_url, house.apps
    details, lists = _details(corpus), _lists(apps["uncached"])
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serving(folder / "data", url, room)) for name, room in ROOMS.items()}
        cases = list(_ours(servers, apps, details, lists))
        cases += _baselines(stack, folder, apps, details, lists)
        if site is not None:
            cases += _peers(stack.enter_context(peer(folder / "peer", site, workers)), site)
        yield Fleet(cases, house)


@contextmanager
def _app(data: Path, database_url: str, cache_mb: int) -> Iterator[Flask]:
    settings = Settings.from_env(house_environment(data, database_url, cache_mb))
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def _details(corpus: Everywhere) -> list[str]:
    """Articles of every edition, evenly from the whole corpus, the one that is asked for alone first."""
    few = min(DETAILS, len(corpus))
    works = [work for place in range(few) for work in corpus.article(place * len(corpus) // few)]
    works.sort(key=lambda work: IN_TURN.index(work.locale))
    return [f"/v1/{work.locale}/articles/{work.slug}" for work in works]


def _lists(app: Flask) -> list[str]:
    """The first pages of every edition, each by the link on the one before."""
    found = []
    for locale in IN_TURN:
        path: str | None = f"/v1/{locale}/articles"
        for _ in range(PAGES):
            if path:
                found.append(path)
                path = orjson.loads(answer_of(app, path).body).get("links", {}).get("next")
    return found


def _ours(
    servers: Mapping[str, Served], apps: Mapping[str, Flask], details: Sequence[str], lists: Sequence[str]
) -> Iterator[Case]:
    for kind, paths in {"detail": details, "list": lists}.items():
        yield Case(f"cached {kind}", servers["cached"], paths[:1], {}, answer_of(apps["cached"], paths[0]))
        yield Case(f"uncached {kind}", servers["uncached"], paths, {}, answer_of(apps["uncached"], paths[0]))
    answer = answer_of(apps["cached"], details[0])
    for coding, encode in ENCODERS.items():
        encoded = Answer(answer.status, [], encode(answer.body))
        yield Case(f"cached detail, {coding}", servers["cached"], details[:1], {"Accept-Encoding": coding}, encoded)
    asked = {"If-None-Match": dict(answer.headers)["ETag"]}
    yield Case("cached detail, unchanged", servers["cached"], details[:1], asked, Answer("304", [], b""))


def _baselines(
    stack: ExitStack, folder: Path, apps: Mapping[str, Flask], details: Sequence[str], lists: Sequence[str]
) -> Iterator[Case]:
    """The same answers, from whoever has nothing to do but send them."""
    alone = {"detail": details[0], "list": lists[0]}
    kept = {kind: answer_of(apps["cached"], path) for kind, path in alone.items()}
    few = [(name, value) for name, value in kept["detail"].headers if name in TWO]
    short = Answer(kept["detail"].status, few, kept["detail"].body)
    answers = {alone[kind]: answer for kind, answer in kept.items()} | {"/two-headers": short}
    bare = stack.enter_context(baseline(folder / "bare", "bare", answers))
    yield Case("bare detail with two headers", bare, ["/two-headers"], {}, short)
    computed = {path: answer_of(apps["uncached"], path) for path in (*details, *lists)}
    flask = stack.enter_context(baseline(folder / "flask", "flask_routes", computed))
    files = stack.enter_context(nginx(folder / "nginx", {kind: answer.body for kind, answer in kept.items()}))
    for kind, paths in {"detail": details, "list": lists}.items():
        bytes_alone = Answer("200", [], kept[kind].body)
        yield Case(f"bare {kind}", bare, paths[:1], {}, kept[kind])
        yield Case(f"flask {kind}", flask, paths[:1], {}, bytes_alone)
        yield Case(f"flask {kind}s", flask, paths, {}, bytes_alone)
        yield Case(f"nginx {kind}", files, [f"/{kind}"], {}, bytes_alone)


def _peers(server: Served, site: Peer) -> Iterator[Case]:
    """The same articles and pages."""
    ids = [each for locale in IN_TURN for each in _some(site.ids[locale])]
    yield Case("wagtail detail", server, [f"/api/v2/pages/{each}/" for each in ids], slow=True)
    pages = [(locale, page * 20) for locale in IN_TURN for page in range(PAGES)]
    yield Case("wagtail list", server, [PEER_LIST.format(*each) for each in pages], slow=True)


def _some(ids: Sequence[int]) -> list[int]:
    few = min(DETAILS, len(ids))
    return [ids[place * len(ids) // few] for place in range(few)]


def quicker_workers(site: Peer) -> int:
    """With how many processes the peer answers more on this machine: an operator would have tried, too."""
    rates = {}
    for workers in PEER_WORKERS:
        with TemporaryDirectory(prefix="nejat-bench-") as folder, peer(Path(folder) / "peer", site, workers) as server:
            cases = list(_peers(server, site))
            for case in cases:
                case.check()
            rates[workers] = sum(1 / load(case.target, SLOW_SECONDS).rate for case in cases)
    return min(rates, key=lambda each: rates[each])
