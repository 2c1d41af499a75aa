"""What people read in a browser: the reference at `/docs`, and a page for each problem code.

Rendered here as plain HTML, from the same document and the same error classes that programs get:
no script, no picture, no other host. The one style sheet stands in the page, allowed by its digest.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import orjson
from flask import Response, current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from nejat_cms.errors import NotFoundError
from nejat_cms.http.codes import FIELD_CODES, error_codes
from nejat_cms.http.openapi import document
from nejat_cms.http.problems import STATUS, interface_locale
from nejat_cms.http.routing import Call, Routes
from nejat_cms.language.direction import locale_direction

routes = Routes("House", signed_in=False, prefix="")
TEMPLATES = Path(__file__).parent / "templates"
STYLE = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704  a file of ours
KEPT = "public, max-age=300"
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
WORDS = {
    "problems": _("Problems"),
    "all": _("All problems"),
    "intro": _("Every refusal names a code. These are the codes of whole requests."),
    "fields": _("Codes of single fields and parameters"),
    "code": _("Code"),
    "status": _("HTTP status"),
}


@routes.get("/", status=302, media_types=("text/html",))
def get_start(call: Call) -> Response:
    """Leads to the reference."""
    response = _page(b'<!doctype html><title>Nejat CMS</title><a href="/docs">API reference</a>', "en")
    response.status_code = 302
    response.headers["Location"] = "/docs"
    return response


@routes.get("/openapi.json")
def get_openapi(call: Call) -> Response:
    """This description of the API, as an OpenAPI 3.1 document."""
    return _kept(Response(_once("json", lambda app: orjson.dumps(document(app))), content_type="application/json"))


@routes.get("/docs", media_types=("text/html",))
def get_docs(call: Call) -> Response:
    """This description of the API, for people."""
    return _page(_once("docs", lambda app: _render("docs.html", lang="en", api=document(app)).encode()), "en")


@routes.get("/problems", media_types=("text/html",))
def list_problems(call: Call) -> Response:
    """Every code that a problem may have, in the reader's language."""
    locale = interface_locale()
    with force_locale(locale):
        errors = [(code, STATUS[error], str(error.title)) for code, error in error_codes().items()]
        html = _render("problems.html", lang=locale, errors=errors, fields=FIELD_CODES)
    return _page(html.encode(), locale, negotiated=True)


@routes.get("/problems/<code>", media_types=("text/html",), errors=[NotFoundError])
def get_problem(call: Call, code: str) -> Response:
    """What a problem's code means, and what to do, in the reader's language."""
    locale, error = interface_locale(), error_codes().get(code)
    explanations = [error.explanation] if error else []
    explanations += [FIELD_CODES[code]] if code in FIELD_CODES else []
    if not explanations:
        raise NotFoundError
    with force_locale(locale):
        html = _render(
            "problem.html",
            lang=locale,
            code=code,
            status=STATUS[error] if error else None,
            title=str(error.title) if error else code,
            explanations=[
                *([error.explanation] if error else []),
                *([FIELD_CODES[code]] if code in FIELD_CODES else []),
            ],
        )
    return _page(html.encode(), locale, negotiated=True)


# Rendering -----------------------------------------------------------------------------------


def _once(name: str, make: Any) -> bytes:
    """What is the same for everybody is made once."""
    made: dict[str, bytes] = current_app.extensions.setdefault("nejat.pages", {})
    if name not in made:
        made[name] = make(current_app)
    return made[name]


def _page(html: bytes, locale: str, *, negotiated: bool = False) -> Response:
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Content-Language"] = locale
    if negotiated:
        response.headers["Vary"] = "Accept-Language"
    return _kept(response)


def _kept(response: Response) -> Response:
    response.headers["ETag"] = f'W/"{blake2b(response.get_data(), digest_size=12).hexdigest()}"'
    response.headers["Cache-Control"] = KEPT
    return response


def _render(template: str, *, lang: str, **values: Any) -> str:
    return _templates.get_template(template).render(lang=lang, dir=locale_direction(lang), style=STYLE, **values)


def _prose(text: str) -> Markup:
    """Paragraphs of plain text; what stands between backticks is code."""
    shown = Markup()
    for paragraph in filter(None, text.split("\n\n")):
        pieces = [escape(piece) for piece in paragraph.split("`")]
        shown += Markup("<p>{}</p>\n").format(
            Markup().join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(pieces))
        )
    return shown


def _resolve(node: Mapping[str, Any], api: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference to a component of the document stands for."""
    while "$ref" in node:
        found: Any = api
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _parameters(operation: Mapping[str, Any], api: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_resolve(parameter, api) for parameter in operation.get("parameters", [])]


def _curl(path: str, method: str, operation: Mapping[str, Any], api: Mapping[str, Any]) -> str:
    """How to try an operation on a command line; `$API`, `$TOKEN` and a path's `$LOCALE` are the reader's own."""
    words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
    if operation["security"]:
        words.append('-H "Authorization: Bearer $TOKEN"')
    headers = (one for one in _parameters(operation, api) if one["in"] == "header")
    needed = (one for one in headers if one["required"] or "enum" in one["schema"])
    words += [f"-H '{one['name']}: {_sample(one['schema'], api)}'" for one in needed]
    bodies = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in bodies:
        words.append("-F file=@picture.jpg")
    elif bodies and "application/json" not in bodies:
        words.append(f"-H 'Content-Type: {next(iter(bodies))}' --data-binary @part")
    elif bodies:
        schema = bodies["application/json"]["schema"]
        body = orjson.dumps(_sample(schema, api)).decode()
        words.append(f"-H 'Content-Type: application/json' -d '{body}'")
    shown = re.sub(r"\{(\w+)\}", lambda name: f"${name[1].upper()}", path)
    return " ".join([*words, f'"$API{shown}"'])


def _sample(schema: Mapping[str, Any], api: Mapping[str, Any]) -> Any:
    """The smallest value of a schema that is worth showing."""
    schema = _resolve(schema, api)
    kinds = schema.get("type", "object")
    match kinds if isinstance(kinds, str) else kinds[0]:
        case "object":
            shown = schema.get("required") or schema.get("anyOf", [{}])[0].get("required") or _first_text(schema)
            return {name: _sample(schema["properties"][name], api) for name in shown}
        case "array":
            return [_sample(schema["items"], api)]
        case "string":
            return next(iter(schema.get("enum") or schema.get("examples") or ["…"]))
        case "boolean":
            return True
        case "integer":
            return schema.get("minimum", 1)
        case _:
            return None


def _first_text(schema: Mapping[str, Any]) -> list[str]:
    return [name for name, part in schema.get("properties", {}).items() if part.get("type") == "string"][:1]


_templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_templates.filters |= {"prose": _prose, "resolve": _resolve, "parameters": _parameters}
_templates.globals |= {"curl": _curl, "words": WORDS}
