"""Errors on the wire: one table from error class to status, rendered as RFC 9457 problem documents."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from flask_babel import force_locale
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from nejat_cms import errors
from nejat_cms.db import is_outage, new_id
from nejat_cms.errors import InvalidError, Message, NejatError, Problem, ReleaseBlockedError
from nejat_cms.http.tags import HOUSE, tag_headers
from nejat_cms.language.tags import lookup

STATUS: Mapping[type[NejatError], int] = {
    errors.MalformedError: 400,
    errors.UnauthorizedError: 401,
    errors.CredentialsError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.MethodNotAllowedError: 405,
    errors.NotAcceptableError: 406,
    errors.ConflictError: 409,
    errors.SlugTakenError: 409,
    errors.AssetInUseError: 409,
    errors.CommentsClosedError: 409,
    errors.InvalidTransitionError: 409,
    errors.MailOffError: 409,
    errors.ReleaseGatedError: 409,
    errors.ReleaseBlockedError: 409,
    errors.GoneError: 410,
    errors.StaleVersionError: 412,
    errors.UploadProtocolError: 412,
    errors.TooLargeError: 413,
    errors.UnsupportedMediaTypeError: 415,
    errors.UnsupportedFileError: 415,
    errors.RangeError: 416,
    errors.InvalidError: 422,
    errors.InvalidFileError: 422,
    errors.PreconditionRequiredError: 428,
    errors.TooManyAttemptsError: 429,
    errors.InternalError: 500,
    errors.UnavailableError: 503,
}
INTERFACE_LOCALES = ("en", "ar", "fa", "sq")
"""The languages of the API's own words."""
RETRY_AFTER: Mapping[type[NejatError], int] = {errors.UnavailableError: 2}
KEPT_FOR_A_MINUTE = (404, 410)
IN_HEADERS = ("retry_after", "allow", "content_range", "tus_version")
"""What an error says in headers and not in its body."""

log = structlog.get_logger(__name__)


def request_id() -> str:
    """What this request is called in its answer and in the log."""
    if "request_id" not in g:
        g.request_id = str(new_id())
    return str(g.request_id)


def interface_locale() -> str:
    """The language in which this request is told of errors: its header's, else its path's edition's, else English."""
    wanted = lookup(request.headers.get("Accept-Language", ""), INTERFACE_LOCALES)
    if wanted:
        return wanted
    edition = re.match(r"/(?:v1/(?:editions/|.*/variants/)?|sitemaps/)?([A-Za-z]{2})(?:/|$)", request.path)
    named = edition[1].lower() if edition else ""
    return named if named in INTERFACE_LOCALES else INTERFACE_LOCALES[0]


def said_in(locale: str, message: Message) -> str:
    """A message of ours in an edition's language, or else in English."""
    with force_locale(lookup(locale, INTERFACE_LOCALES) or INTERFACE_LOCALES[0]):
        return str(message)


def problem_response(error: NejatError) -> Response:
    """The error as `application/problem+json` (RFC 9457), in the reader's language."""
    status = STATUS[type(error)]
    locale = interface_locale()
    with force_locale(locale):
        body: dict[str, Any] = {
            "type": f"/problems/{error.code}",
            "title": str(error.title),
            "status": status,
            "detail": str(error.detail),
            "code": error.code,
            "instance": request.path,
            "request_id": request_id(),
        }
        if isinstance(error, InvalidError | ReleaseBlockedError):
            body["errors"] = [_problem(problem) for problem in error.problems[:100]]
        body |= {name: value for name, value in error.extra.items() if name not in IN_HEADERS}
    response = Response(orjson.dumps(body), status, content_type="application/problem+json")
    response.headers["Content-Language"] = locale
    response.headers["Vary"] = "Accept-Language"
    kept = status in KEPT_FOR_A_MINUTE and g.get("public", False)
    response.headers["Cache-Control"] = "public, max-age=60" if kept else "no-store"
    if kept:
        response.headers.update(tag_headers([HOUSE]))
    retry_after = error.extra.get("retry_after", RETRY_AFTER.get(type(error)))
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if "content_range" in error.extra:
        response.headers["Content-Range"] = error.extra["content_range"]
    if "tus_version" in error.extra:
        response.headers["Tus-Version"] = error.extra["tus_version"]
    if "allow" in error.extra:
        response.headers["Allow"] = error.extra["allow"]
    return response


def _problem(problem: Problem) -> dict[str, str]:
    place = {"parameter": problem.parameter} if problem.parameter is not None else {"pointer": problem.pointer or ""}
    return place | {"code": problem.code, "detail": str(problem.detail)}


def init_app(app: Flask) -> None:
    @app.errorhandler(NejatError)
    def domain_error(error: NejatError) -> Response:
        return problem_response(error)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        match error:
            case NotFound():
                return problem_response(errors.NotFoundError())
            case MethodNotAllowed():
                methods = ", ".join(sorted(error.valid_methods or ()))
                return problem_response(errors.MethodNotAllowedError(allow=methods))
            case RequestEntityTooLarge():
                return problem_response(errors.TooLargeError())
            case _ if error.code is not None and error.code < 500:
                return problem_response(errors.MalformedError())
        return unexpected(error)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        if is_outage(error):
            log.warning("database unavailable", reason=type(error).__name__, request_id=request_id())
            return problem_response(errors.UnavailableError())
        log.exception("unexpected error", request_id=request_id())
        return problem_response(errors.InternalError())
