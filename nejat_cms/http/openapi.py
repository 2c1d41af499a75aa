"""The route table as an OpenAPI 3.1 document.

document(app)   the whole, made once
    ├── paths       one operation an `Endpoint`; what can go wrong follows from what it declares
    └── components  schemas (`shapes`), the problem document, headers, parameters, one response a status
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import orjson
from flask import Flask
from flask_babel import force_locale

from nejat_cms.errors import NejatError, UnavailableError, UploadProtocolError
from nejat_cms.http.envelope import shared_schemas
from nejat_cms.http.parsing import BODY_TYPES, Param
from nejat_cms.http.problems import STATUS
from nejat_cms.http.routing import FEED_FORMATS, MENU_NAME_MAX, Endpoint, LocaleConverter, MenuConverter
from nejat_cms.http.schemas import Schema
from nejat_cms.http.shapes import JsonSchema, Shapes, paragraphs, reference

VERSION = "1"
JSON, HTML, PROBLEM = "application/json", "text/html", "application/problem+json"
FORM = "multipart/form-data"
DESCRIPTION = paragraphs(
    """
    One newsroom, several linked language editions, read as JSON.

    Answers are `{"data": …, "meta": {…}, "links": {…}}`. Errors are `application/problem+json`; each code is
    explained under `/problems`. Ids are UUIDs, times RFC 3339, locales BCP 47. What is not known is refused:
    an unknown parameter or field is a 422 that names it.

    Every GET answers HEAD as well. Readers' addresses need no token; the newsroom's need `Authorization: Bearer …`.
    """
)


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application; the same for every reader and on every server."""
    if "nejat.openapi" not in app.extensions:
        app.extensions["nejat.openapi"] = _made(list(app.extensions["nejat.endpoints"].values()))
    return cast(dict[str, Any], app.extensions["nejat.openapi"])


def openapi_path(rule: str) -> str:
    """A rule's path as OpenAPI writes it: `/v1/<locale:locale>/tags` is `/v1/{locale}/tags`."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _made(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    shapes = Shapes()
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(openapi_path(endpoint.rule), {})[endpoint.method.lower()] = _operation(endpoint, shapes)
    for name, schema in shared_schemas().items():
        shapes.add(name, schema)
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "Nejat CMS", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints)],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": shapes.components(),
            "responses": _problem_responses(),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token from `/v1/auth/login` or `/v1/manage/tokens`.",
                }
            },
        },
    }
    return cast(dict[str, Any], orjson.loads(orjson.dumps(whole)))


def _operation(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    text = paragraphs(endpoint.view.__doc__).partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [endpoint.tag],
        "summary": text[0],
        "description": text[2],
        "parameters": [
            *_path_parameters(endpoint),
            *map(_query_parameter, endpoint.query),
            *(_header(one.name, one.description, one.schema, required=one.required) for one in endpoint.headers),
            *_headers_in(endpoint),
        ],
        "requestBody": _request_body(endpoint, shapes),
        "responses": _responses(endpoint, shapes),
        "security": [{"bearer": []}] if endpoint.signed_in else [],
    }
    return {name: part for name, part in operation.items() if part or name == "security"}


# What comes in -------------------------------------------------------------------------------

_PATH_SCHEMAS: Mapping[str, JsonSchema] = {
    "": {"type": "string", "minLength": 1},
    "locale": {"type": "string", "pattern": f"^{LocaleConverter.regex}$", "examples": ["fa"]},
    "feed": {"type": "string", "enum": list(FEED_FORMATS)},
    "menu": {
        "type": "string",
        "pattern": f"^{MenuConverter.regex}$",
        "maxLength": MENU_NAME_MAX,
        "examples": ["main"],
    },
    "number": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    "uuid": {"type": "string", "format": "uuid"},
}


def _path_parameters(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", endpoint.rule):
        yield {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS[converter]}


def _query_parameter(param: Param) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": param.name, "in": "query", "description": param.description}
    if param.required:
        shown["required"] = True
    schema = dict(param.schema)
    if param.many:
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": 50}
        shown |= {"style": "form", "explode": False}
    if param.default not in (None, ()):
        schema["default"] = param.default
    return shown | {"schema": schema}


def _header(name: str, description: str, schema: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": description, "required": required, "schema": schema}


_ETAG: JsonSchema = {"type": "string", "examples": ['"3-5f1d0c4ee3a7b2908c44d1"']}
_TEXT: JsonSchema = {"type": "string"}
_SEEN = "The `ETag` last read of this very resource. Without it 428; when it is stale, weak or `*`, 412."
_PARAMETERS = {
    "IfMatch": _header("If-Match", _SEEN, _ETAG, required=True),
    "IfMatchOrCreate": _header("If-Match", "To replace: the `ETag` last read of this very resource.", _ETAG),
    "IfNoneMatchAny": _header("If-None-Match", "To create only: `*`.", {"type": "string", "enum": ["*"]}),
    "IfNoneMatch": _header("If-None-Match", "ETags that are kept already: 304 if one is still good.", _ETAG),
    "IfModifiedSince": _header(
        "If-Modified-Since", "The `Last-Modified` of what is kept, where its ETag is not: 304 if it is good.", _TEXT
    ),
    "Range": _header("Range", "The part that is wanted: `bytes=0-999`.", _TEXT),
    "IdempotencyKey": _header(
        "Idempotency-Key",
        "Makes a repeat of this request safe for 24 hours: it gets the first one's answer.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    ),
    "Prefer": _header("Prefer", "`return=minimal` gives 204 without a body.", {"type": "string"}),
    "AcceptLanguage": _header("Accept-Language", "What the reader understands (RFC 9110).", {"type": "string"}),
}


def _headers_in(endpoint: Endpoint) -> list[dict[str, str]]:
    negotiated = not endpoint.signed_in and any(param.name == "locale" for param in endpoint.query)
    applying = {
        "IfMatch": endpoint.match == "required",
        "IfMatchOrCreate": endpoint.match == "create",
        "IfNoneMatchAny": endpoint.match == "create",
        "IfNoneMatch": endpoint.method == "GET",
        "IfModifiedSince": endpoint.dated,
        "Range": endpoint.ranged,
        "IdempotencyKey": endpoint.idempotent,
        "Prefer": endpoint.method != "GET" and endpoint.status != 204,
        "AcceptLanguage": negotiated or HTML in endpoint.media_types,
    }
    return [{"$ref": f"#/components/parameters/{name}"} for name, applies in applying.items() if applies]


def _request_body(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any] | None:
    if endpoint.file is not None:
        sent = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
        return {"required": True, "content": {FORM: {"schema": sent | {"additionalProperties": False}}}}
    if endpoint.raw:
        return {"required": True, "content": {endpoint.raw: {"schema": {"type": "string", "format": "binary"}}}}
    if endpoint.body is None:
        return None
    schema = shapes.body(endpoint.body, partial=endpoint.partial)
    types = BODY_TYPES if endpoint.method == "PATCH" else BODY_TYPES[:1]
    # Without a body the empty object is read.
    return {"required": shapes.requires(schema), "content": {name: {"schema": schema} for name in types}}


# What goes out -------------------------------------------------------------------------------


def _response_header(description: str, schema: JsonSchema, **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": schema, **more}


_HEADERS = {
    "ETag": _response_header("This state of the resource, for `If-None-Match` and `If-Match`.", _ETAG),
    "Content-Language": _response_header("The language of the answer.", _TEXT | {"examples": ["fa"]}),
    "Last-Modified": _response_header(
        "When anything it is made from last changed; said from a minute after that.", _TEXT
    ),
    "Link": _response_header("Counterparts (`alternate`, with `hreflang`) and pages (`next`, `prev`).", _TEXT),
    "Location": _response_header("Where it is.", _TEXT | {"format": "uri-reference"}),
    "MovedTo": _response_header("Where it lives now.", _TEXT | {"format": "uri-reference"}, required=True),
    "X-Content-Version": _response_header("The edition's content version: every publication raises it.", _TEXT),
    "Surrogate-Key": _response_header("What it is made from, for a shared cache that drops by tags.", _TEXT),
    "Cache-Tag": _response_header("The same, with commas.", _TEXT),
    "X-Request-Id": _response_header("The id of this request in the server's log.", _TEXT),
    "Retry-After": _response_header("After how many seconds to try again.", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": _response_header("`Bearer`.", _TEXT),
    "Accept-Ranges": _response_header("`bytes`: a part may be asked for (RFC 9110 §14).", _TEXT),
    "Content-Range": _response_header("Which part this is, or how many bytes there are.", _TEXT),
    "Preference-Applied": _response_header("`return=minimal`.", _TEXT),
    "Idempotency-Replayed": _response_header("`true` where this is the answer to an earlier request.", _TEXT),
}


def _headers_out(*names: str) -> dict[str, Any]:
    shown = {name: {"$ref": f"#/components/headers/{name}"} for name in (*names, "X-Request-Id")}
    return {"headers": shown}


def _responses(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    found = dict(_successes(endpoint, shapes))
    found |= {status: _shared_response(status) for status in sorted(_refusals(endpoint))}
    if UploadProtocolError in endpoint.errors:  # its 412 is not about a version
        found[412] = _problem_response(UploadProtocolError)
    if UnavailableError in endpoint.errors:  # readiness: its answer says what is missing
        found[503] = _problem_response(UnavailableError, "Retry-After")
        found[503]["content"][JSON] = found[200]["content"][JSON]
    return {str(status): response for status, response in sorted(found.items())}


def _shared_response(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_response_name(status)}"}


def _successes(endpoint: Endpoint, shapes: Shapes) -> Iterator[tuple[int, dict[str, Any]]]:
    headers = _success_headers(endpoint)
    if endpoint.status == 204:
        yield 204, {"description": "Done."} | _headers_out(*headers)
        return
    content = _content(endpoint, shapes)
    done = "Made." if endpoint.status == 201 else "Done." if endpoint.method != "GET" else "What was asked for."
    yield endpoint.status, {"description": done} | _headers_out(*headers) | content
    if endpoint.method != "GET":
        applied = _headers_out("ETag", "Location", "Preference-Applied")
        yield 204, {"description": "Done; nothing more was wanted."} | applied
    if endpoint.match == "create":
        yield 201, {"description": "Made."} | _headers_out("Location", *headers) | content
    if endpoint.ranged:
        yield 206, {"description": "The part that was asked for."} | _headers_out("Content-Range", *headers) | content
    if endpoint.method == "GET":
        yield 304, {"description": "What you have is still good."} | _headers_out("ETag")
    if _may_have_moved(endpoint):
        moved = {"content": {JSON: {"schema": reference("Moved")}}}
        yield 301, {"description": "It lives elsewhere now."} | _headers_out("MovedTo", "Content-Language") | moved


def _success_headers(endpoint: Endpoint) -> list[str]:
    applying = {
        "ETag": endpoint.status != 204,
        "Location": endpoint.status in (201, 302),
        "Content-Language": not endpoint.signed_in and endpoint.method == "GET" and not endpoint.ranged,
        "Last-Modified": endpoint.dated,
        "Accept-Ranges": endpoint.ranged,
        "Link": endpoint.method == "GET" and endpoint.answer is not None and not endpoint.dated,
        **dict.fromkeys(("X-Content-Version", "Surrogate-Key", "Cache-Tag"), _is_public(endpoint)),
        "Idempotency-Replayed": endpoint.idempotent,
    }
    return [name for name, applies in applying.items() if applies]


def _is_public(endpoint: Endpoint) -> bool:
    return not endpoint.signed_in and endpoint.answer is not None


def _may_have_moved(endpoint: Endpoint) -> bool:
    """A slug may have changed; an article's id may have become an alias of another's."""
    names_what_moves = "/<slug>" in endpoint.rule or "/articles/<uuid:article_id>" in endpoint.rule
    return endpoint.method == "GET" and names_what_moves


def _content(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    if endpoint.media_types != (JSON,):
        schemas = {name: _whole(endpoint, shapes) if name.endswith("json") else _TEXT for name in endpoint.media_types}
        return {"content": {name: {"schema": schema} for name, schema in schemas.items()}}
    schema = {"type": "object"} if endpoint.answer is None else _envelope(endpoint, endpoint.answer, shapes)
    return {"content": {JSON: {"schema": schema}}}


def _whole(endpoint: Endpoint, shapes: Shapes) -> JsonSchema:
    """What a format of its own makers holds: no envelope around it."""
    return {"type": "object"} if endpoint.answer is None else shapes.answer(endpoint.answer)


def _envelope(endpoint: Endpoint, answer: type[Schema], shapes: Shapes) -> JsonSchema:
    names = {param.name for param in endpoint.query}
    item = shapes.answer(answer)
    if "fields" in names:
        item = {"anyOf": [item, shapes.answer(answer, partial=True)]}
    properties = {
        "data": {"type": "array", "items": item} if endpoint.many else item,
        "meta": reference("Meta"),
        "links": reference("Links"),
    }
    if "cursor" not in names:
        del properties["links"]
    return {"type": "object", "properties": properties, "required": ["data"]}


# What can go wrong ---------------------------------------------------------------------------


def _refusals(endpoint: Endpoint) -> set[int]:
    """Every status that this endpoint may refuse a request with."""
    declared = {STATUS[error] for error in endpoint.errors}
    named = "<" in endpoint.rule
    sends = endpoint.body is not None or endpoint.file is not None or endpoint.raw != ""
    reads_body = sends or endpoint.idempotent
    applying = {
        400: True,
        401: endpoint.signed_in,
        403: endpoint.signed_in,
        404: named or (endpoint.signed_in and endpoint.method == "GET"),  # what she may not read is not there
        406: endpoint.media_types == (JSON,),
        409: endpoint.signed_in and endpoint.method != "GET",
        412: endpoint.match != "none",
        413: reads_body,
        415: sends,
        422: True,
        428: endpoint.match != "none",
        503: True,
    }
    return declared | {status for status, applies in applying.items() if applies}


def _by_status() -> dict[int, type[NejatError]]:
    """The most general error of each status."""
    general: dict[int, type[NejatError]] = {}
    for error, status in STATUS.items():
        general.setdefault(status, error)
    return general


def _response_name(status: int) -> str:
    return _by_status()[status].__name__.removesuffix("Error")


def _problem_responses() -> dict[str, Any]:
    more = {
        401: ["WWW-Authenticate"],
        409: ["Retry-After"],
        416: ["Content-Range"],
        429: ["Retry-After"],
        503: ["Retry-After"],
    }
    return {
        _response_name(status): _problem_response(error, *more.get(status, []))
        for status, error in sorted(_by_status().items())
        if status not in (405, 500)
    }


def _problem_response(error: type[NejatError], *headers: str) -> dict[str, Any]:
    with force_locale("en"):
        description = f"{error.title}. {error.explanation}"
    content = {PROBLEM: {"schema": reference("Problem")}}
    return {"description": description, **_headers_out("Content-Language", *headers), "content": content}
