"""The response cache: what was answered once is answered again from memory, in front of Flask.

    request ─▶ ResponseCache ── kept, and the house's version still stands ───────────▶ answer
                    └── else: one of those who ask has it computed, the others wait ─ Flask ┘

A public answer is good for one version of the house. Every commit that readers can see raises it, and the processes
of the same server know at once, through eight bytes of shared memory. All others ask the database, every `ASKED_EVERY`
seconds; where it cannot say, nothing is shown from memory any more after `PATIENCE` seconds.

No process shows a version older than one it has shown: an answer goes out only after the database was asked again,
so the number in shared memory is never behind what readers have seen.

What is kept depends on nothing but the address. The application is given the request without its headers, all but
the languages it wants, and an answer that varies by these is not kept. Requests with a token or a cookie pass by.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
import structlog
from prometheus_client import Counter
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_date

from nejat_cms.db import db
from nejat_cms.delivery.queries.editions import house_version
from nejat_cms.http.application import Application
from nejat_cms.http.edge import OF_A_BODY, is_unchanged
from nejat_cms.settings import Settings
from nejat_cms.shared import SharedNumber

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ASKED_EVERY = 0.25
"""Seconds for which a process relies on the version it knows."""
PATIENCE = 2.0
"""Seconds for which what is kept is shown on while the database cannot say whether it still stands."""
INFINITE = float("inf")
LONGEST_WAIT = 2.0
"""Seconds after which who waits for another's computation tries by herself."""
OVERHEAD = 2000
"""Bytes that an answer takes beside its address, its headers and its bodies: the objects around them."""
LARGEST_PART = 8
"""An answer that would take more than one part in so many of the memory is not kept."""
WORTH_ENCODING = 500
"""Bytes below which a body goes out as it is: it fits into one packet either way."""
LONGEST_HEADER = 256
"""Characters of an `Accept` or `Accept-Encoding` that are looked at; more are nobody's browser."""
ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}
ANSWERS = Counter("nejat_cache_answers", "Public answers: shown again from memory, or computed.", ["how"])
KEPT, COMPUTED = ANSWERS.labels("kept"), ANSWERS.labels("computed")

Headers = list[tuple[str, str]]
Address = tuple[str, str]
"""Path and query as the server hands them over: all that the application can see of a request's target."""

log = structlog.get_logger(__name__)


def init_app(app: Application, settings: Settings) -> None:
    """Put the cache in front of the application, unless it is switched off."""
    if settings.cache_mb:
        cache = ResponseCache(app, settings.cache_mb)
        app.extensions["nejat.cache"] = cache
        app.wsgi_app = cache  # type: ignore[method-assign]


class Answer:
    """What the application said at an address, under one version of the house, and what goes out for it."""

    __slots__ = (
        "beside",
        "etag",
        "kept",
        "mimetype",
        "modified",
        "sent",
        "shared",
        "status",
        "until",
        "used",
        "version",
    )

    def __init__(self, address: Address, status: str, headers: Headers, body: bytes, version: int) -> None:
        named = {name.lower(): value for name, value in headers}
        control = named.get("cache-control", "")
        public = control.startswith("public")
        self.status, self.version = status, version
        self.etag = named.get("etag")
        self.modified = parse_date(named.get("last-modified"))
        self.mimetype = named.get("content-type", "").partition(";")[0]
        self.until = time.monotonic() + _max_age(control)
        self.kept = self.used = False
        self.shared = public and status[:3] in ("200", "301") and not {"vary", "set-cookie"} & named.keys()
        """Whether everybody who asks for this address is told the same."""
        if self.shared:
            headers = [(name, value) for name, value in headers if name != "X-Request-Id"]
        self.beside = OVERHEAD + sum(map(len, address)) + sum(len(name) + len(value) for name, value in headers)
        self.sent: dict[str, tuple[Headers, bytes]] = {"": (headers, body)}
        """Headers and body by content coding; the empty one is the body as it is."""
        if public and len(body) >= WORTH_ENCODING:
            vary = ", ".join(filter(None, (named.get("vary"), "Accept-Encoding")))
            self.sent[""] = [*(pair for pair in headers if pair[0] != "Vary"), ("Vary", vary)], body
        else:
            self.sent |= dict.fromkeys(ENCODERS, self.sent[""])

    def size(self) -> int:
        """Bytes it takes in memory."""
        return self.beside + sum({id(body): len(body) for _, body in self.sent.values()}.values())

    def encoded(self, coding: str) -> tuple[Headers, bytes]:
        """What goes out compressed; as it is where that is shorter."""
        headers, body = self.sent[""]
        shorter = ENCODERS[coding](body)
        if len(shorter) >= len(body):
            return self.sent[""]
        rest = [pair for pair in headers if pair[0] != "Content-Length"]
        return [*rest, ("Content-Encoding", coding), ("Content-Length", str(len(shorter)))], shorter


class Flight:
    """The computation of one address that is under way."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.answer: Answer | None = None
        """What it brought, also for those who wait, if it is good for them."""


class ResponseCache:
    """A WSGI application in front of another: it answers again what that one has answered."""

    def __init__(self, app: Application, megabytes: int) -> None:
        self.application = app.wsgi_app
        self._kept_at = app.kept_at
        self._most = megabytes * 2**20
        with app.app_context():
            self._engine = db.engines["read"]
        self.number = SharedNumber(SharedNumber.inherited)
        self._cell = self.number.cell
        self._ask_at = 0.0
        self._asking = threading.Lock()
        self._known_at = -INFINITE
        """When the database was last asked and answered."""
        self._lock = threading.Lock()
        self._encoding = threading.Lock()
        self._answers: OrderedDict[Address, Answer] = OrderedDict()
        self._version = 0
        """Of all that is kept."""
        self._bytes = 0
        self._flights: dict[Address, Flight] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        address = environ["PATH_INFO"], environ["QUERY_STRING"]
        answer = self._answers.get(address)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        accept = environ.get("HTTP_ACCEPT")
        readable = accept is None or accepts_json(accept)
        if answer is None or not readable:
            route = self._kept_at(address[0])
            if route is None or not (readable or route.any_type):
                return self.application(environ, start_response)
        if "HTTP_AUTHORIZATION" in environ or "HTTP_COOKIE" in environ:
            return self._passed_by(environ, start_response)
        now = time.monotonic()
        if now >= self._ask_at and self._asking.acquire(blocking=False):
            try:
                self._ask_at = now + ASKED_EVERY
                self.refresh()
            finally:
                self._asking.release()
        if answer is not None and self._stands(answer, now):
            answer.used = True
            KEPT.inc()
        else:
            answer = self._computed(address, environ)
        return self._send(answer, environ, start_response)

    def refresh(self) -> bool:
        """Find out the house's version; False where the database cannot tell.

        What is wrong with it is the application's to say, in its own words, to whoever needs it.
        """
        asked = time.monotonic()
        try:
            self.number.raise_to(house_version(self._engine))
        except Exception as error:
            log.warning("the version of the house is not known", since=self._cell[0], reason=type(error).__name__)
            return False
        self._known_at = max(self._known_at, asked)
        return True

    def clear(self) -> None:
        """Forget everything that is kept."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        for answer in self._answers.values():
            answer.kept = False
        self._answers, self._bytes, self._version = OrderedDict(), 0, self._cell[0]

    def _computed(self, address: Address, environ: "WSGIEnvironment") -> Answer:
        """What is at an address now; of all who ask for the same one at once, one has it computed."""
        while True:
            with self._lock:
                answer = self._answers.get(address)
                if answer is not None and self._stands(answer):
                    return answer
                flight = self._flights.get(address)
                if flight is None:
                    flight = self._flights[address] = Flight()
                    break
            if not flight.landed.wait(LONGEST_WAIT):  # the next one tries, and the others wait for her
                self._take_off(address, flight)
                continue
            answer = flight.answer
            if answer is not None and not answer.shared:
                return self._compute(environ)
            if answer is not None and answer.version == self._cell[0]:
                return answer
        try:
            flight.answer = self._keep(address, self._compute(environ))
            return flight.answer
        finally:
            self._take_off(address, flight)
            flight.landed.set()

    def _take_off(self, address: Address, flight: Flight) -> None:
        with self._lock:
            if self._flights.get(address) is flight:
                del self._flights[address]

    def _stands(self, answer: Answer, now: float | None = None) -> bool:
        """Whether it may be shown: it is of the version that the house had when it was asked, not long ago."""
        now = time.monotonic() if now is None else now
        return answer.version == self._cell[0] and now < answer.until and now - self._known_at < PATIENCE

    def _is_known(self) -> bool:
        return time.monotonic() - self._known_at < PATIENCE

    def _passed_by(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """What is for this one client; but nobody is shown anything older after it."""
        body = self.application(environ, start_response)
        self._agree()
        return body

    def _agree(self) -> None:
        """Nothing goes out that is newer than what all processes of this server know of; else nothing kept does."""
        if not self.refresh():
            self._known_at = -INFINITE

    def _compute(self, environ: "WSGIEnvironment") -> Answer:
        COMPUTED.inc()
        version = self._cell[0]
        asked = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
        asked |= {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_LANGUAGE": environ.get("HTTP_ACCEPT_LANGUAGE", "")}
        said: list[tuple[str, Headers]] = []
        body = self.application(asked, lambda status, headers, _=None: said.append((status, headers)))  # type: ignore[arg-type]
        try:
            whole = b"".join(body)
        finally:
            getattr(body, "close", bool)()
        (status, headers), *_ = said
        if not status.startswith("503"):  # which shows nothing
            self._agree()
        return Answer((environ["PATH_INFO"], environ["QUERY_STRING"]), status, headers, whole, version)

    def _keep(self, address: Address, answer: Answer) -> Answer:
        """Keep an answer while it stands. When the database has just gone, what was kept before it is shown on."""
        with self._lock:
            if self._version != self._cell[0]:
                self._forget()
            if answer.status.startswith("503") and self._is_known():
                return self._answers.get(address, answer)
            former = self._answers.pop(address, None)
            if former is not None:
                former.kept = False
                self._bytes -= former.size()
            if answer.shared and answer.version == self._version and answer.size() <= self._most // LARGEST_PART:
                self._answers[address] = answer
                self._bytes += answer.size()
                answer.kept = True
                self._make_room()
        return answer

    def _make_room(self) -> None:
        """Drop what has been kept longest, but for what was asked for since: that gets a second turn."""
        while self._bytes > self._most:
            address, answer = next(iter(self._answers.items()))
            if answer.used:
                answer.used = False
                self._answers.move_to_end(address)
            else:
                del self._answers[address]
                answer.kept = False
                self._bytes -= answer.size()

    def _send(self, answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """What the client asked for of one and the same answer: whole, compressed, its head, or that it stands."""
        if answer.status.startswith("200") and is_unchanged(answer.etag, answer.modified, environ):
            start_response("304 NOT MODIFIED", [pair for pair in answer.sent[""][0] if pair[0] not in OF_A_BODY])
            return []
        coding = wanted_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers, body = answer.sent.get(coding) or self._encoded(answer, coding)
        start_response(answer.status, headers)
        return [body] if environ["REQUEST_METHOD"] == "GET" else []

    def _encoded(self, answer: Answer, coding: str) -> tuple[Headers, bytes]:
        with self._encoding:
            if coding not in answer.sent:
                encoded = answer.encoded(coding)
                with self._lock:
                    before = answer.size()
                    answer.sent[coding] = encoded
                    if answer.kept:
                        self._bytes += answer.size() - before
                        self._make_room()
        return answer.sent[coding]


def _max_age(control: str) -> int:
    """Seconds for which `Cache-Control` lets an answer stand."""
    _, _, seconds = control.partition("max-age=")
    return int(seconds.partition(",")[0] or 0)


@lru_cache(maxsize=1000)
def _accepts_json(accept: str) -> bool:
    return bool(parse_accept_header(accept, MIMEAccept).quality("application/json"))


def accepts_json(accept: str) -> bool:
    """Whether an `Accept` header may be answered with JSON, for all that can be seen at a glance."""
    return len(accept) <= LONGEST_HEADER and _accepts_json(accept)


@lru_cache(maxsize=1000)
def _wanted_coding(accept: str) -> str:
    weights = parse_accept_header(accept)
    best = max(ENCODERS, key=weights.quality)
    return best if weights.quality(best) and weights.quality(best) >= weights.quality("identity") else ""


def wanted_coding(accept: str) -> str:
    """The content coding an `Accept-Encoding` header prefers, of those there are; empty for none (RFC 9110 §12.5.3)."""
    return _wanted_coding(accept) if accept and len(accept) <= LONGEST_HEADER else ""
