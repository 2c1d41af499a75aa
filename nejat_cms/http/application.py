"""Flask, less what an API of ready bytes has no use for: that was half of the time of a public read."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter

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


class ReadyResponse(EdgeResponse):
    """Bytes and headers that are ready to go out: `Content-Length` is added, nothing else is looked at again."""

    def __init__(self, body: bytes, headers: Pairs, status: int = 200) -> None:
        super().__init__(status=status, headers=Headers(headers))
        self.set_data(body)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(self.status, [*self.headers, *self.edge])
        return [self.get_data()] if environ["REQUEST_METHOD"] != "HEAD" else []


class _NoSessions(SessionInterface):
    """Nobody is remembered by a cookie; `flask.session` refuses to be written to."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


class Application(Flask):
    """A Flask application without cookies, without coroutines, and without a host of its own in its routes."""

    response_class = EdgeResponse
    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """No route depends on the host that a client names, and none leads there."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("", path_info=request.path, default_method=request.method)
