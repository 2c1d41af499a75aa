"""What happens to every request and every answer: ids, client addresses, headers, conditions, one log line."""

import time

import structlog
from flask import Flask, Response, g, request
from werkzeug.http import parse_etags
from werkzeug.middleware.proxy_fix import ProxyFix

from nejat_cms.db import new_id
from nejat_cms.settings import Settings

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
EXPOSED = "ETag, Link, Location, Retry-After, Content-Language, X-Content-Version"
PRIVATE = ("/v1/manage", "/v1/auth", "/v1/preview")
"""Where an answer, even that there is none, is for one reader alone."""
MAX_CREDENTIALS = 16 * 1024
"""Bytes of a body that strangers may send to be signed in."""
KEPT_IN_304 = (  # without Content-Language, which a 304 needs not repeat (RFC 9110 §15.4.5)
    "Cache-Control",
    "Content-Security-Policy",  # a browser may put a 304's headers in place of those it keeps
    "ETag",
    "Link",
    "Vary",
    "X-Content-Version",
)

log = structlog.get_logger("nejat_cms.request")


def init_app(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]

    @app.before_request
    def begin() -> Response | None:
        g.request_id = str(new_id())
        g.began = time.perf_counter()
        g.public = not request.path.startswith(PRIVATE)
        if request.path.startswith("/v1/auth"):
            request.max_content_length = MAX_CREDENTIALS
        return _preflight() if request.method == "OPTIONS" and not _is_management() else None

    @app.after_request
    def finish(response: Response) -> Response:
        if request.method in ("GET", "HEAD") and response.status_code == 200 and _unchanged(response):
            response = _not_modified(response)
        headers = response.headers
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers["X-Request-Id"] = g.get("request_id", "")
        if _is_management() or "Authorization" in request.headers:
            headers["Cache-Control"] = "private, no-store"
        if not _is_management():
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = EXPOSED
        log.info(
            "request",
            method=request.method,
            path=_loggable(request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
            request_id=g.get("request_id"),
        )
        return response


def _is_management() -> bool:
    """Signing in belongs to it: no other site's page may try passwords with its readers' browsers."""
    return request.path.startswith(("/v1/manage", "/v1/auth"))


def _loggable(path: str) -> str:
    """The path without what opens a door: a preview's token is its last part."""
    return "/v1/preview/…" if path.startswith("/v1/preview/") else path


def _preflight() -> Response:
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
    response.headers["Access-Control-Allow-Headers"] = "Accept-Language, Content-Type, If-None-Match"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _unchanged(response: Response) -> bool:
    """RFC 9110 §13.1.2: weak comparison, and `*` matches whatever is there. §13.1.3: a time counts without tags."""
    etag, _ = response.get_etag()
    if "If-None-Match" in request.headers:
        return etag is not None and parse_etags(request.headers["If-None-Match"]).contains_weak(etag)
    since, modified = request.if_modified_since, response.last_modified
    return since is not None and modified is not None and modified <= since


def _not_modified(response: Response) -> Response:
    slim = Response(status=304)
    for name in KEPT_IN_304:
        for value in response.headers.getlist(name):
            slim.headers.add(name, value)
    del slim.headers["Content-Type"]
    return slim
