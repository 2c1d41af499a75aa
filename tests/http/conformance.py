"""Holds real answers to the OpenAPI document: what is not declared there, nobody may be given.

    check_response(app, "GET", "/v1/fa/articles", response)

Stricter than the document itself: answers may not hold fields that it does not name. (Clients are
told to expect new ones, so the document leaves answers open.)
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from jsonschema_rs import Draft202012Validator, Registry
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from nejat_cms.http.openapi import document, openapi_path
from nejat_cms.language.zones import parse_rfc3339

HERE = "urn:nejat-openapi"
UNDECLARED = (405,)
"""Statuses of requests that belong to no operation."""


def _holds(check: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether a text passes, for a check that may raise ValueError instead."""

    def holds(text: str) -> bool:
        try:
            return bool(check(text))
        except ValueError:
            return False

    return holds


FORMATS = {
    "date-time": _holds(parse_rfc3339),
    "uuid": _holds(lambda text: str(UUID(text)) == text),
    "iri": _holds(lambda text: urlsplit(text).scheme in ("http", "https")),
}


def check_response(app: Flask, method: str, rule_or_path: str, response: TestResponse) -> None:
    """Assert that an answer is one of those the document declares for its operation.

    `rule_or_path` is a route's rule, a path of the document, or the path of a real request.
    """
    status, method = response.status_code, method.upper()
    assert status < 500 or status == 503, f"{method} {rule_or_path} answered {status}"
    operation = _operation(app, method, rule_or_path)
    if operation is None or status in UNDECLARED:
        if method != "OPTIONS" and response.data:
            _check_problem(app, response)
        return
    where = f"{method} {rule_or_path} → {status}"
    found = operation["responses"].get(str(status))
    assert found is not None, f"{where}: not one of the declared statuses {list(operation['responses'])}"
    api = _strict(app)
    found = _resolved(api, found)
    _check_headers(api, found, response, where)
    _check_body(api, found, method, response, where)


def _check_headers(api: Mapping[str, Any], found: Mapping[str, Any], response: TestResponse, where: str) -> None:
    for name, reference in found.get("headers", {}).items():
        header = _resolved(api, reference)
        sent = "Location" if name == "MovedTo" else name
        assert sent in response.headers or not header.get("required"), f"{where}: without the header {sent}"
    if response.status_code >= 400 and response.mimetype == "application/problem+json":
        assert response.headers.get("Content-Language"), f"{where}: a problem in no language"


def _check_body(
    api: Mapping[str, Any], found: Mapping[str, Any], method: str, response: TestResponse, where: str
) -> None:
    content = found.get("content")
    if content is None or method == "HEAD":
        assert not response.data, f"{where}: a body that is not declared"
        return
    mimetype = response.mimetype or "nothing"
    assert mimetype in content, f"{where}: {mimetype}, not one of {list(content)}"
    if not mimetype.endswith("json"):
        return
    narrowed = "fields" in response.request.args
    _validate(api, content[mimetype]["schema"], response.json, where, strict=not narrowed)


def _check_problem(app: Flask, response: TestResponse) -> None:
    assert response.mimetype == "application/problem+json", f"{response.status_code} as {response.mimetype}"
    api = _strict(app)
    _validate(api, api["components"]["schemas"]["Problem"], response.json, "problem", strict=True)


def _validate(api: Mapping[str, Any], schema: Any, value: Any, where: str, *, strict: bool) -> None:
    validators = api["x-validators"]
    key = (id(schema), strict)  # schemas live as long as the document that they are parts of
    if key not in validators:
        closed = _absolute(_closed(_whole(schema)) if strict else schema)
        registry = api["x-strict" if strict else "x-open"]
        validators[key] = Draft202012Validator(closed, registry=registry, formats=FORMATS, validate_formats=True)
    faults = [
        f"/{'/'.join(map(str, fault.instance_path))}: {fault.message[:300]}"
        for fault in validators[key].iter_errors(value)
    ]
    assert not faults, f"{where}: " + "; ".join(faults[:5])


def _operation(app: Flask, method: str, rule_or_path: str) -> Any:
    path = openapi_path(rule_or_path)
    paths = document(app)["paths"]
    if path not in paths:
        try:
            name, _ = app.url_map.bind("").match(rule_or_path.partition("?")[0], method)
        except HTTPException:
            return None
        path = openapi_path(app.extensions["nejat.endpoints"][name].rule)
    return paths[path].get("get" if method == "HEAD" else method.lower())


def _strict(app: Flask) -> Mapping[str, Any]:
    """The document, its answers closed against fields that it does not name; made once for each application."""
    if "nejat.openapi.strict" not in app.extensions:
        api = document(app)
        closed = _closed(api)
        registries = {"x-strict": Registry([(HERE, closed)]), "x-open": Registry([(HERE, api)])}
        app.extensions["nejat.openapi.strict"] = closed | registries | {"x-validators": {}}
    made: Mapping[str, Any] = app.extensions["nejat.openapi.strict"]
    return made


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(part) for part in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(part) for name, part in node.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _whole(schema: Any) -> Any:
    """The same without what a client gets only by asking for less."""
    if isinstance(schema, list):
        return [_whole(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = schema.get("anyOf", [])
    if len(parts) == 2 and re.search("/Partial[^/]+$", parts[1].get("$ref", "")):
        return parts[0]
    return {name: _whole(part) for name, part in schema.items()}


def _absolute(schema: Any) -> Any:
    """The same with references into the document."""
    if isinstance(schema, list):
        return [_absolute(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: HERE + part if name == "$ref" and isinstance(part, str) else _absolute(part)
        for name, part in schema.items()
    }


def _resolved(api: Mapping[str, Any], node: Any) -> Any:
    while "$ref" in node:
        reference: str = node["$ref"]
        node = api
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    return node
