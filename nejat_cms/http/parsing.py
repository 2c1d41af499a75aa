"""Bodies and query parameters, read strictly: nothing is guessed, nothing is ignored."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Request
from flask_babel import lazy_gettext as _

from nejat_cms.errors import (
    InvalidError,
    MalformedError,
    Problem,
    UnsupportedMediaTypeError,
    at_most_characters,
    at_most_items,
    at_most_levels,
    at_most_words,
    pointer,
)
from nejat_cms.language.calendars import InvalidDateError
from nejat_cms.language.clean import has_forbidden
from nejat_cms.language.errors import EmptyQueryError, LongQueryError
from nejat_cms.language.search import Query, parse_query
from nejat_cms.language.tags import UnknownLocaleError, canonical_locale
from nejat_cms.language.zones import parse_rfc3339

MAX_DEPTH = 32
MAX_PROBLEMS = 100
MAX_QUERY = 8_000
MAX_CURSOR = 4_000
"""Characters of a cursor: the longest sort key, twice encoded, and its signature."""
BODY_TYPES = ("application/json", "application/merge-patch+json")


def read_json(request: Request) -> Any:
    """The body as a JSON value (RFC 8259); an empty body is an empty object.

    Refused: other encodings than UTF-8, NaN and infinities, a name given twice, lone
    surrogates, NUL, whole numbers beyond 64 bits, more than 32 levels.

    Raises: UnsupportedMediaTypeError, MalformedError, InvalidError.
    """
    raw = request.get_data()
    if request.content_length is None and len(raw) == request.max_content_length:
        request.stream.read(1)  # a body that comes in chunks ends at the limit, or is refused here
    if request.content_length is not None and len(raw) != request.content_length:
        raise MalformedError  # the client went away in the middle; what came is not what it meant
    if not raw:
        return {}
    if request.mimetype not in BODY_TYPES:
        raise UnsupportedMediaTypeError
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_unique_names, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError from error
    if problems := _inspect(value):
        raise InvalidError(problems)
    return value


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is given twice")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _inspect(root: Any) -> list[Problem]:
    """What no field of any body may hold, whichever database is behind it; the first hundred of such things.

    A place is known by its step and the place it lies in; only that of a problem is written out.
    """
    problems: list[Problem] = []
    waiting: list[tuple[_Place, Any, int]] = [(None, root, 1)]
    while waiting and len(problems) < MAX_PROBLEMS:
        place, value, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                return [Problem("too_deep", at_most_levels(MAX_DEPTH), _pointer(place))]
            items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
            for step, child in items:
                if isinstance(step, str) and has_forbidden(step):
                    problems.append(Problem("characters", FORBIDDEN, _pointer(place)))
                elif isinstance(child, dict | list):
                    waiting.append(((place, step), child, depth + 1))
                elif problem := _unfit(child):
                    problems.append(Problem(*problem, _pointer((place, step))))
                if len(problems) == MAX_PROBLEMS:
                    break
        elif problem := _unfit(value):
            problems.append(Problem(*problem, _pointer(place)))
    return problems


_Place = tuple[Any, str | int] | None
"""The place it lies in, and the step from there; None for the whole."""
FORBIDDEN = _("Contains characters that no text may have.")
TOO_LARGE = _("This number is too large.")


def _unfit(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, str):
        return ("characters", FORBIDDEN) if has_forbidden(value) else None
    if isinstance(value, int):
        return None if -(2**63) <= value < 2**63 else ("out_of_range", TOO_LARGE)
    return ("out_of_range", TOO_LARGE) if isinstance(value, float) and not math.isfinite(value) else None


def _pointer(place: _Place) -> str:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return pointer(*reversed(steps))


class BadValueError(ValueError):
    """A query value that its parameter does not take; carries a code and words for the client."""

    def __init__(self, code: str, detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Header:
    """One request header that a route reads itself, as OpenAPI describes it."""

    name: str
    schema: Mapping[str, Any]
    description: str
    required: bool = True


@dataclass(frozen=True)
class Param:
    """One query parameter: how it is read, and how OpenAPI describes it."""

    name: str
    parse: Callable[[str], Any]
    schema: Mapping[str, Any]
    description: str
    default: Any = None
    many: bool = field(default=False)
    """Whether it takes a comma list; its value is then a tuple."""
    required: bool = field(default=False)

    def read(self, text: str) -> Any:
        if not self.many:
            return self.parse(text)
        parts = text.split(",")
        if len(parts) > 50:
            raise BadValueError("too_many", at_most_items(50))
        return tuple(dict.fromkeys(self.parse(part) for part in parts))


def read_query(request: Request, params: Sequence[Param]) -> dict[str, Any]:
    """The query parameters that a route declares, each with its default when absent.

    Raises: MalformedError; InvalidError for an unknown, a repeated or an unreadable parameter.
    """
    raw = request.query_string
    values = {param.name: param.default for param in params}
    missing = {param.name for param in params if param.required}
    if not raw and not missing:
        return values
    if len(raw) > MAX_QUERY:
        raise MalformedError
    try:
        decoded = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        raise MalformedError from error
    known = {param.name: param for param in params}
    problems = []
    if has_forbidden(decoded):
        raise MalformedError
    for name, texts in request.args.lists():
        param = known.get(name)
        if param is None:
            problems.append(Problem("unknown_parameter", _("There is no such parameter here."), parameter=name))
        elif len(texts) > 1:
            problems.append(Problem("repeated", _("May be given only once."), parameter=name))
        else:
            try:
                values[name] = param.read(texts[0])
            except BadValueError as error:
                problems.append(Problem(error.code, error.detail, parameter=name))
        missing.discard(name)
    problems += [Problem("required", _("This parameter is required."), parameter=name) for name in sorted(missing)]
    if problems:
        raise InvalidError(problems)
    return values


def whole(low: int, high: int) -> Callable[[str], int]:
    """A number in ASCII digits; `int()` alone would take `١٠` and `1_0`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or not low <= int(text) <= high:
            raise BadValueError("invalid", _("Must be a whole number from %(low)s to %(high)s.", low=low, high=high))
        return int(text)

    return parse


def flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadValueError("invalid", _("Must be “true” or “false”."))
    return text == "true"


def one_of(*names: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in names:
            raise BadValueError("invalid", _("Must be one of: %(names)s.", names=", ".join(names)))
        return text

    return parse


def plain(text: str) -> str:
    if len(text) > 300:
        raise BadValueError("too_long", at_most_characters(300))
    return text


def _opaque(text: str) -> str:
    if len(text) > MAX_CURSOR:
        raise BadValueError("too_long", at_most_characters(MAX_CURSOR))
    return text


def locale_tag(text: str) -> str:
    try:
        return canonical_locale(text)
    except UnknownLocaleError as error:
        raise BadValueError("unknown_locale", _("This is not a language tag known to CLDR.")) from error


def moment(text: str) -> date | datetime:
    """An RFC 3339 instant, or a date that the route places at its edition's midnight."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
            return date.fromisoformat(text)
        return parse_rfc3339(text)
    except (InvalidDateError, ValueError) as error:
        raise BadValueError("invalid", _("Must be an RFC 3339 time or a date like 2026-11-23.")) from error


LIMIT = Param(
    "limit",
    whole(1, 100),
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    "How many items a page holds.",
    default=20,
)
SEARCH = Param(
    "q",
    plain,
    {"type": "string", "maxLength": 300},
    "Words that must all be there, in any of their forms and spellings; “quoted phrases” stand as they are, and of "
    "what a hyphen precedes nothing may be there as it is written (`-boat` keeps what has “boats”). Of a very long "
    "text the first 500,000 characters are looked through.",
)
TOTAL = Param("total", flag, {"type": "boolean"}, "Whether to count all that there are.", default=False)
CURSOR = Param("cursor", _opaque, {"type": "string"}, "Where the page begins; taken from `links`.")


def search_query(text: str, locale: str = "en", *, prefix: bool = False) -> Query:
    """What the parameter `q` looks for; `locale` only matters to languages that write words without spaces.

    Raises: InvalidError.
    """
    try:
        return parse_query(text, locale, prefix=prefix)
    except EmptyQueryError as error:
        words = _("There is no word in it to look for.")
        raise InvalidError(Problem("no_words", words, parameter="q")) from error
    except LongQueryError as error:
        raise InvalidError(Problem("too_long", at_most_words(error.most), parameter="q")) from error
