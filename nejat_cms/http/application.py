"""Flask, less what an API of ready bytes has no use for: that was half of the time of a public read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.sessions import SessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.routing import MapAdapter, Rule

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Pairs = Sequence[tuple[str, str]]


class EdgeResponse(Response):
    """An answer, and what the edge says with every one of its kind: that is never looked at header by header."""

    edge: Pairs = ()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body, status, headers = self.get_wsgi_response(environ)
        start_response(status, [*headers, *self.edge])
        return body


class ReadyResponse:
    """Bytes and headers that are ready to go out as they are: Flask looks at neither."""

    __slots__ = ("body", "headers", "status_code")

    def __init__(self, body: bytes, headers: list[tuple[str, str]], status: int = 200) -> None:
        self.body = body
        self.headers = [*headers, ("Content-Length", str(len(body)))]
        self.status_code = status

    def header(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each == name), None)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(f"{self.status_code} {HTTP_STATUS_CODES[self.status_code].upper()}", self.headers)
        return [self.body] if environ["REQUEST_METHOD"] != "HEAD" else []


AnyResponse = EdgeResponse | ReadyResponse


class _NoSessions(SessionInterface):
    """Nobody is remembered by a cookie; `flask.session` refuses to be written to."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


Match = tuple[Rule, Mapping[str, Any]]
"""The rule that a path follows, and what it says for the rule's variables."""


class Kept(NamedTuple):
    """A route whose answers are the same for everybody."""

    any_type: bool
    """Whether it answers whatever a client accepts, as feeds do."""


class Protocol(NamedTuple):
    """What its makers ask of every address below a prefix, whatever comes of a request."""

    headers: Mapping[str, str]
    """What all answers say, refusals too."""
    overriding: bool
    """Whether `X-HTTP-Method-Override` says which method is meant, for clients that cannot send it."""


LONGEST_PATH = 500
"""Characters of a path whose match is remembered."""


class Application(Flask):
    """A Flask application without cookies and without coroutines.

    No route of it depends on the host that a client names, and none leads there. Matches are remembered: readers ask
    for the same addresses again and again.
    """

    response_class = EdgeResponse
    session_interface = _NoSessions()

    def __init__(self, import_name: str, **options: Any) -> None:
        super().__init__(import_name, **options)
        self.kept: Mapping[str, Kept] = {}
        """The routes whose answers may be kept, by endpoint."""
        self.protocols: Mapping[str, Protocol] = {}
        """The protocols of others that are spoken here, by the prefix below which they are."""
        self._remembered = lru_cache(maxsize=2_000)(self._match)

    def match(self, path: str, method: str) -> Match:
        """Where a request leads.

        Raises: werkzeug.exceptions.HTTPException.
        """
        return self._remembered(path, method) if len(path) <= LONGEST_PATH else self._match(path, method)

    def kept_at(self, path_info: str) -> Kept | None:
        """What is at a path, as WSGI has it, if its answers are the same for everybody."""
        try:
            rule, _ = self.match(path_info.encode("latin-1").decode(errors="replace"), "GET")
        except HTTPException:
            return None
        return self.kept.get(rule.endpoint)

    def protocol_at(self, path: str) -> Protocol | None:
        """The protocol of others that is spoken at a path."""
        found = (each for prefix, each in self.protocols.items() if path == prefix or path.startswith(f"{prefix}/"))
        return next(found, None)

    def _match(self, path: str, method: str) -> Match:
        return self.url_map.bind("").match(path, method, return_rule=True)

    def request_context(self, environ: "WSGIEnvironment") -> RequestContext:
        context = super().request_context(self._as_meant(environ))
        request = context.request
        try:
            request.url_rule, values = self.match(request.path, request.method)
            request.view_args = dict(values)
        except HTTPException as error:
            request.routing_exception = error
        return context

    def _as_meant(self, environ: "WSGIEnvironment") -> "WSGIEnvironment":
        meant = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE")
        protocol = self.protocol_at(environ["PATH_INFO"]) if meant else None
        return environ | {"REQUEST_METHOD": meant} if protocol is not None and protocol.overriding else environ

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Response:
        if not isinstance(rv, ReadyResponse):
            return super().finalize_request(rv, from_error_handler)
        for finish in reversed(self.after_request_funcs[None]):
            rv = cast(Callable[[Any], Any], finish)(rv)
        return cast(Response, rv)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        return super().create_url_adapter(request) if request is None else None
