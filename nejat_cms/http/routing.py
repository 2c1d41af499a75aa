"""Routes: one declaration says what a route takes, who may call it and what it answers.

    @articles.post("/manage/articles", body=NewArticle, answer=VariantAnswer, status=201)
    def create_article(call: Call) -> Answer: ...

From the declaration come the reading of query and body, the 401, the version that
`If-Match` names, `Idempotency-Key`, the `ETag`, conditional answers, and the OpenAPI
document. A view gets a `Call` and its path's values and returns an `Answer`, or, where
the bytes are ready, a `Response`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, cast

import orjson
from flask import Request, Response, current_app, g, request
from flask.globals import request_ctx
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from nejat_cms.db import MARK_DIGITS, Stamp
from nejat_cms.errors import (
    NejatError,
    NotAcceptableError,
    NotFoundError,
    PreconditionRequiredError,
    StaleVersionError,
    UnauthorizedError,
)
from nejat_cms.http.application import Application, Kept, Protocol, ReadyResponse
from nejat_cms.http.idempotency import answer_once
from nejat_cms.http.parsing import Header, Param, read_json, read_query
from nejat_cms.http.schemas import Schema, load
from nejat_cms.language.clean import has_forbidden
from nejat_cms.language.tags import UnknownLocaleError, canonical_locale
from nejat_cms.permissions import ANONYMOUS, Actor

Matching = Literal["none", "required", "create"]
FEED_FORMATS = ("atom", "rss", "json")
MENU_NAME_MAX = 60
_ETAG = re.compile(f'"([0-9]{{1,12}})-([0-9a-f]{{{MARK_DIGITS}}})[0-9a-f]+"', re.ASCII)
UNSEEN = Stamp(-1, "")
"""The version of an `If-Match` that can match nothing: weak, `*`, or not one of ours."""


@dataclass(frozen=True)
class Call:
    """What a view is given: who asks, and what the request says beside its path."""

    actor: Actor
    query: Mapping[str, Any]
    body: Any
    version: Stamp | None
    """The version `If-Match` names; None without the header."""
    creating: bool
    """Whether `If-None-Match: *` asks to create only."""


@dataclass(frozen=True)
class Answer:
    """What a view says; `version` makes the ETag that a later `If-Match` is compared with."""

    data: Any
    meta: Mapping[str, Any] | None = None
    links: Mapping[str, Any] | None = None
    status: int | None = None
    version: Stamp | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        parts = {"data": self.data, "meta": self.meta, "links": self.links}
        return orjson.dumps({name: part for name, part in parts.items() if part is not None or name == "data"})


View = Callable[..., "Answer | Response | ReadyResponse"]
Receive = Callable[[Actor, Request], Any]
"""How the file of a body is read and kept, before any transaction; what it answers is the call's body."""


@dataclass(frozen=True)
class Endpoint:
    """One row of the route table."""

    name: str
    tag: str
    method: str
    rule: str
    view: View
    answer: type[Schema] | None
    many: bool
    body: type[Schema] | None
    file: "Receive | None"
    partial: bool
    query: Sequence[Param]
    status: int
    signed_in: bool
    match: Matching
    reader: str | None
    idempotent: bool
    errors: Sequence[type[NejatError]]
    media_types: Sequence[str]
    dated: bool
    ranged: bool
    raw: str
    headers: Sequence[Header]

    @property
    def takes_json_only(self) -> bool:
        """Whether a client must accept JSON."""
        return self.media_types == ("application/json",)

    @property
    def summary(self) -> str:
        return (self.view.__doc__ or "").strip().split("\n", 1)[0]

    @property
    def description(self) -> str:
        return (self.view.__doc__ or "").strip().partition("\n")[2].strip()


class Routes:
    """The routes of one feature; `tag` groups them in the documentation."""

    def __init__(
        self, tag: str, *, signed_in: bool, prefix: str = "/v1", kept: bool = False, protocol: Protocol | None = None
    ) -> None:
        """`kept`: public answers, which the response cache may keep; `protocol`: what else holds below the prefix."""
        self.tag = tag
        self.signed_in = signed_in
        self.kept = kept
        self.protocol = protocol
        self.prefix = prefix
        self.endpoints: list[Endpoint] = []

    def route(
        self,
        method: str,
        rule: str,
        *,
        answer: type[Schema] | None = None,
        many: bool = False,
        body: type[Schema] | None = None,
        file: Receive | None = None,
        partial: bool = False,
        query: Sequence[Param] = (),
        status: int = 200,
        signed_in: bool | None = None,
        match: Matching = "none",
        reader: str | None = None,
        idempotent: bool | None = None,
        errors: Sequence[type[NejatError]] = (),
        media_types: Sequence[str] = ("application/json",),
        dated: bool = False,
        ranged: bool = False,
        raw: str = "",
        headers: Sequence[Header] = (),
    ) -> Callable[[View], View]:
        """Declare a route. `file`: how the file is received that comes in place of JSON; `match`: whether `If-Match`
        is needed (`create`: or `If-None-Match: *`); `reader` names the endpoint that reads the same resource, whose
        ETag a 412 carries; `dated`: whether its answer says `Last-Modified`; `ranged`: whether a part of it may
        be asked for; `raw`: the media type of a body that the view reads itself;
        `headers`: those that it reads itself."""
        signed_in = self.signed_in if signed_in is None else signed_in

        def register(view: View) -> View:
            self.endpoints.append(
                Endpoint(
                    name=view.__name__,
                    tag=self.tag,
                    method=method,
                    rule=self.prefix + rule,
                    view=view,
                    answer=answer,
                    many=many,
                    body=body,
                    file=file,
                    partial=partial,
                    query=tuple(query),
                    status=status,
                    signed_in=signed_in,
                    match=match,
                    reader=reader,
                    idempotent=signed_in and method == "POST" if idempotent is None else idempotent,
                    errors=tuple(errors),
                    media_types=tuple(media_types),
                    dated=dated,
                    ranged=ranged,
                    raw=raw,
                    headers=tuple(headers),
                )
            )
            return view

        return register

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self.route("GET", rule, **options)

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self.route("POST", rule, **options)

    def put(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self.route("PUT", rule, **{"match": "required", **options})

    def patch(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self.route("PATCH", rule, **{"match": "required", "partial": True, **options})

    def delete(self, rule: str, **options: Any) -> Callable[[View], View]:
        return self.route("DELETE", rule, **{"match": "required", "status": 204, **options})


class LocaleConverter(BaseConverter):
    """A language tag in a path: any case in, canonical out."""

    regex = "[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"

    def to_python(self, value: str) -> str:
        try:
            return canonical_locale(value)
        except UnknownLocaleError as error:
            raise NotFound from error  # a ValidationError would let another method's rule turn it into a 405


class FeedConverter(BaseConverter):
    """The name of a format of feeds."""

    regex = "|".join(FEED_FORMATS)


class NumberConverter(BaseConverter):
    """A positive number in ASCII digits; Werkzeug's `int` would also match `١٢`."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


class MenuConverter(BaseConverter):
    """The name of a menu: ASCII letters in lower case and digits, joined by hyphens."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        if len(value) > MENU_NAME_MAX:
            raise NotFound
        return value


CONVERTERS: Mapping[str, type[BaseConverter]] = {
    "locale": LocaleConverter,
    "menu": MenuConverter,
    "number": NumberConverter,
    "feed": FeedConverter,
}


def register(app: Application, routes: Sequence[Routes], authenticate: Callable[[str], Actor | None]) -> None:
    """Put every route into the app; `authenticate` turns a bearer token into an actor."""
    app.url_map.converters |= CONVERTERS
    app.url_map.merge_slashes = False
    app.config["AUTHENTICATE"] = authenticate
    table = {endpoint.name: endpoint for group in routes for endpoint in group.endpoints}
    if len(table) != sum(len(group.endpoints) for group in routes):
        raise RuntimeError("two routes share a name")
    app.extensions["nejat.endpoints"] = table
    app.kept = {
        each.name: Kept(any_type=not each.takes_json_only) for group in routes if group.kept for each in group.endpoints
    }
    app.protocols = {group.prefix: group.protocol for group in routes if group.protocol is not None}
    for endpoint in table.values():
        app.add_url_rule(
            endpoint.rule,
            endpoint.name,
            _bound(endpoint, table),
            methods=[endpoint.method],
            provide_automatic_options=False,
            strict_slashes=endpoint.rule != "/",  # else an empty path would be sent to whatever host the client named
        )

    @app.before_request
    def refuse_strangers_and_noise() -> None:
        path = request_ctx.request.path
        if path == "/v1/manage" or path.startswith("/v1/manage/"):
            current_actor(required=True)
        if has_forbidden(path):  # NUL: nothing can be there, and one of the databases would not even look
            raise NotFoundError


def current_actor(*, required: bool) -> Actor:
    """Who is asking. A token that is sent must be good.

    Raises: UnauthorizedError.
    """
    if "actor" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        actor: Actor | None = None
        if scheme.lower() == "bearer" and token.isascii() and 0 < len(token) < 200:
            actor = current_app.config["AUTHENTICATE"](token.strip())
        if actor is None and scheme:
            raise UnauthorizedError
        g.actor = actor or ANONYMOUS
    if required and g.actor is ANONYMOUS:
        raise UnauthorizedError
    return cast(Actor, g.actor)


def _bound(endpoint: Endpoint, table: Mapping[str, Endpoint]) -> Callable[..., Response | ReadyResponse]:
    def run(**path: Any) -> Response | ReadyResponse:
        asked = request_ctx.request
        if endpoint.takes_json_only and not _accepts_json(asked):
            raise NotAcceptableError
        call = _read_call(endpoint, asked)
        try:
            if endpoint.idempotent and (key := asked.headers.get("Idempotency-Key")) is not None:
                said = repr(call.body).encode() if endpoint.file else asked.get_data()
                return answer_once(
                    call.actor, key, said, lambda: _made(endpoint, cast(Answer, endpoint.view(call, **path)))
                )
            answer = endpoint.view(call, **path)
            return _made(endpoint, answer) if isinstance(answer, Answer) else answer
        except StaleVersionError as error:
            if endpoint.reader is not None:
                error.extra["etag"] = _present_etag(table[endpoint.reader], call, path)
            raise

    return run


def _accepts_json(asked: Request) -> bool:
    accept = asked.accept_mimetypes if "HTTP_ACCEPT" in asked.environ else None
    return not accept or bool(accept.quality("application/json"))


def _read_call(endpoint: Endpoint, asked: Request) -> Call:
    # Where nobody needs to be known a stale token is no harm, and asking for its owner would need the database.
    actor = current_actor(required=True) if endpoint.signed_in else ANONYMOUS
    query = read_query(asked, endpoint.query)
    body = None
    if endpoint.file is not None:
        if endpoint.match == "required" and "If-Match" not in asked.headers:
            raise PreconditionRequiredError  # before a file is received that would be refused
        body = endpoint.file(actor, asked)
    elif endpoint.body is not None:
        body = load(endpoint.body, read_json(asked), partial=endpoint.partial)
    creating = asked.environ.get("HTTP_IF_NONE_MATCH", "").strip() == "*"
    return Call(actor, query, body, _seen_version(asked.environ.get("HTTP_IF_MATCH")), creating)


def _seen_version(header: str | None) -> Stamp | None:
    """Of a list the highest: versions only grow, so if any of them is the present one, it is this."""
    if header is None:
        return None
    tags = [_ETAG.fullmatch(part.strip()) for part in header.split(",")]
    return max((Stamp(int(tag[1]), tag[2]) for tag in tags if tag), default=UNSEEN)


def _made(endpoint: Endpoint, answer: Answer) -> Response:
    """What an answer says, as it goes out."""
    status = answer.status or endpoint.status
    body = answer.body()
    response = Response(body, status, content_type="application/json")
    if answer.version is not None:
        response.headers["ETag"] = _etag(answer.version, body)
    elif request.method in ("GET", "HEAD"):
        response.headers["ETag"] = f'W/"{blake2b(body, digest_size=8).hexdigest()}"'
    if answer.location is not None:
        response.headers["Location"] = answer.location
    for rel, reference in (answer.links or {}).items():
        response.headers.add("Link", f'<{reference}>; rel="{rel}"')
    response.headers.update(answer.headers)
    # Only where the resource can be read again: a new token is shown once.
    minimal = answer.version is not None and "return=minimal" in request.headers.get("Prefer", "")
    if status == 204 or (minimal and request.method != "GET"):
        response.status_code = 204
        response.set_data(b"")
        del response.headers["Content-Type"]
        if minimal:
            response.headers["Preference-Applied"] = "return=minimal"
    return response


def is_taken(path: str) -> bool:
    """Whether an address is one of this API, or begins as the fixed ones of its routes do (`/v1/…`)."""
    first = path.split("/")[1]
    begin = {endpoint.rule.split("/")[1] for endpoint in current_app.extensions["nejat.endpoints"].values()}
    return first in begin or current_app.url_map.bind("").test(path)


def with_query(location: str) -> str:
    """Another address with the query of this request."""
    query = request.query_string.decode("ascii", "ignore")
    return f"{location}?{query}" if query else location


def _etag(version: Stamp, body: bytes) -> str:
    return f'"{version:d}-{version.mark}{blake2b(body, digest_size=8).hexdigest()}"'


def _present_etag(reader: Endpoint, call: Call, path: Mapping[str, Any]) -> str | None:
    """The ETag under which the resource would be read now, by somebody who was just told that hers is stale.

    None where she may not read what is in her way.
    """
    names = set(re.findall(r"<(?:\w+:)?(\w+)>", reader.rule))
    asked = Call(call.actor, {param.name: param.default for param in reader.query}, None, None, False)
    try:
        answer = reader.view(asked, **{name: value for name, value in path.items() if name in names})
    except NotFoundError:
        return None
    if not isinstance(answer, Answer) or answer.version is None:
        return None
    return _etag(answer.version, answer.body())


def require_absent_or_seen(call: Call) -> None:
    """For a PUT that may create: one of the two preconditions must be named.

    Raises: PreconditionRequiredError.
    """
    if call.version is None and not call.creating:
        raise PreconditionRequiredError
