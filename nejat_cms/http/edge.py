"""What happens to every request and every answer: ids, client addresses, headers, conditions, one log line."""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, g, request
from flask.globals import app_ctx, request_ctx
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_date, parse_etags, unquote_etag
from werkzeug.middleware.proxy_fix import ProxyFix

from nejat_cms.http.application import AnyResponse, Application, EdgeResponse, ReadyResponse
from nejat_cms.http.problems import request_id
from nejat_cms.settings import Settings

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_EXPOSED = "ETag, Link, Location, Retry-After, Content-Language, X-Content-Version"
MANAGEMENT = tuple(SECURITY.items())
TO_ALL = (*MANAGEMENT, ("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", _EXPOSED))
"""What goes out with the answers that pages of any site may read."""
PRIVATELY = "private, no-store"
PRIVATE = ("/v1/manage", "/v1/auth", "/v1/preview")
"""Where an answer, even that there is none, is for one reader alone."""
MAX_CREDENTIALS = 16 * 1024
"""Bytes of a body that strangers may send to be signed in."""
OF_A_BODY = frozenset({"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Last-Modified"})
"""What a 304 need not repeat (RFC 9110 §15.4.5). A browser may put all else in place of what it keeps."""

log = logging.getLogger("nejat_cms.request")


def init_app(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]

    @app.before_request
    def begin() -> Response | None:
        asked, state = request_ctx.request, app_ctx.g
        state.began = time.perf_counter()
        state.public = not asked.path.startswith(PRIVATE)
        if asked.path.startswith("/v1/auth"):
            asked.max_content_length = MAX_CREDENTIALS
        if not settings.trusted_proxies and "HTTP_X_FORWARDED_FOR" in asked.environ:
            _tell_of_proxies()
        return _preflight() if asked.method == "OPTIONS" and not _is_management() else None

    @app.after_request
    def finish(response: AnyResponse) -> AnyResponse:
        if isinstance(response, ReadyResponse):
            _finish_ready(response, request_ctx.request.environ)
        else:
            _finish(response, request_ctx.request.environ)
        level = logging.DEBUG if g.get("public") and response.status_code < 400 else logging.INFO
        if log.isEnabledFor(level):
            _log(level, response)
        return response


def _finish_ready(response: ReadyResponse, environ: Mapping[str, Any]) -> None:
    if response.status_code == 200 and is_conditional(environ):
        modified = parse_date(response.header("Last-Modified"))
        if is_unchanged(response.header("ETag"), modified, environ):
            response.status_code, response.body = 304, b""
            response.headers = [pair for pair in response.headers if pair[0] not in OF_A_BODY]
    if "HTTP_AUTHORIZATION" in environ:
        response.headers = [pair for pair in response.headers if pair[0] != "Cache-Control"]
        response.headers += (("Cache-Control", PRIVATELY), ("X-Request-Id", request_id()))
    response.headers += TO_ALL  # and no id, where many requests are told the same


def _finish(response: EdgeResponse, environ: Mapping[str, Any]) -> None:
    if (
        response.status_code == 200
        and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and is_conditional(environ)
        and is_unchanged(response.headers.get("ETag"), response.last_modified, environ)
    ):
        _leave_out_the_body(response)
    management = _is_management()
    if management or "HTTP_AUTHORIZATION" in environ:
        response.headers["Cache-Control"] = PRIVATELY
    protocol = cast(Application, current_app).protocol_at(request.path)
    if protocol is not None:
        response.headers.update(protocol.headers)
    said = MANAGEMENT if management else TO_ALL
    response.edge = [pair for pair in said if pair[0] not in response.headers]
    response.headers["X-Request-Id"] = request_id()


def _log(level: int, response: AnyResponse) -> None:
    structlog.get_logger(log.name).log(
        level,
        "request",
        method=request.method,
        path=_loggable(request.path),
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        request_id=request_id(),
    )


@cache
def _tell_of_proxies() -> None:
    """Say once in each process why strangers may be refused for what others did."""
    structlog.get_logger(log.name).warning(
        "X-Forwarded-For arrives and is not believed: behind a proxy, all readers count as one client where attempts "
        "to sign in, comments and messages are limited",
        setting="NEJAT_TRUSTED_PROXIES",
    )


def _is_management() -> bool:
    """Signing in belongs to it: no other site's page may try passwords with its readers' browsers."""
    return request.path.startswith(("/v1/manage", "/v1/auth"))


def _loggable(path: str) -> str:
    """The path without what opens a door: a preview's token is its last part."""
    return "/v1/preview/…" if path.startswith("/v1/preview/") else path


def _preflight() -> Response:
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST" if _takes_posts() else "GET, HEAD"
    response.headers["Access-Control-Allow-Headers"] = "Accept-Language, Content-Type, If-None-Match"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _takes_posts() -> bool:
    """Whether readers may send something to this address, with a page of any site."""
    try:
        current_app.url_map.bind("").match(request.path, "POST")
    except HTTPException:
        return False
    return True


def is_conditional(environ: Mapping[str, Any]) -> bool:
    return "HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ


def is_unchanged(etag: str | None, modified: datetime | None, environ: Mapping[str, Any]) -> bool:
    """RFC 9110 §13.1.2: weak comparison, and `*` matches whatever is there. §13.1.3: a time counts without tags."""
    if "HTTP_IF_NONE_MATCH" in environ:
        tag, _ = unquote_etag(etag)
        return tag is not None and parse_etags(environ["HTTP_IF_NONE_MATCH"]).contains_weak(tag)
    since = parse_date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return since is not None and modified is not None and modified <= since


def _leave_out_the_body(response: Response) -> None:
    response.status_code = 304
    response.set_data(b"")
    for name in OF_A_BODY:
        response.headers.remove(name)
