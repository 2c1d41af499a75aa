"""The marshmallow base: shapes in and out, with coded problems in place of English sentences."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import marshmallow
from flask_babel import lazy_gettext as _
from marshmallow import RAISE, fields

from nejat_cms.errors import InvalidError, Problem, at_most_characters, at_most_items, pointer
from nejat_cms.language.clean import clean_text, is_blank
from nejat_cms.language.tags import UnknownLocaleError, canonical_locale
from nejat_cms.language.zones import InvalidDateError, parse_rfc3339, to_rfc3339
from nejat_cms.urls import http_url

WORDS: Mapping[str, Problem] = {
    "required": Problem("required", _("This field is required.")),
    "null": Problem("null", _("Must not be null.")),
    "unknown": Problem("unknown_field", _("There is no such field here.")),
    "type": Problem("invalid_type", _("Has the wrong JSON type.")),
    "validator_failed": Problem("invalid", _("This value is not valid.")),
}
"""marshmallow's error keys that every field shares; any other key becomes `invalid_type`."""


class Schema(marshmallow.Schema):
    """Base of all shapes. Unknown fields are refused; errors are `Problem`s with pointers."""

    error_messages: ClassVar[dict[str, Any]] = {"unknown": WORDS["unknown"], "type": WORDS["type"]}  # type: ignore[misc]

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        _code_messages(field_obj)


def _code_messages(field_obj: fields.Field[Any]) -> None:
    """Make every message of a field, and of the fields of its items, a `Problem`."""
    coded: dict[str, Any] = {key: WORDS.get(key, WORDS["type"]) for key in field_obj.error_messages}
    field_obj.error_messages = coded
    for part in ("inner", "key_field", "value_field"):
        inner = getattr(field_obj, part, None)
        if inner is not None:
            _code_messages(inner)


class Shown(Schema):
    """Base of answers that say everything they know: each field is always there."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.required = True


def load(schema: type[Schema], value: Any, *, partial: bool = False) -> dict[str, Any]:
    """The value in the schema's shape; `partial`: fields may be missing, but not those of an object in it.

    Raises: InvalidError with one problem for each field that is wrong.
    """
    try:
        shape = schema()
        # True alone would reach into nested objects, and let half of one pass.
        return cast(dict[str, Any], shape.load(value, partial=tuple(shape.fields) if partial else False))
    except marshmallow.ValidationError as error:
        raise InvalidError(list(_problems(error.messages))) from error


def _problems(messages: Any, path: str = "") -> Iterator[Problem]:
    if isinstance(messages, Problem):
        yield messages.below(path)
    elif isinstance(messages, dict):
        for step, inner in messages.items():
            yield from _problems(inner, path if step == "_schema" else path + pointer(step))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _problems(inner, path)
    else:
        raise TypeError(f"a validation message at {path or '/'} has no code: {messages!r}")


def fail(code: str, detail: Any) -> marshmallow.ValidationError:
    """A coded validation error for custom fields and validators; raise what it returns."""
    return marshmallow.ValidationError(cast(Any, [Problem(code, detail)]))  # a list: marshmallow extends others by it


def too_long(limit: int) -> marshmallow.ValidationError:
    return fail("too_long", at_most_characters(limit))


@dataclass(frozen=True)
class AtMost:
    """A list or a mapping of at most `limit` items."""

    limit: int

    def __call__(self, value: Any) -> None:
        if len(value) > self.limit:
            raise fail("too_many", at_most_items(self.limit))


at_most = AtMost


def between(low: int, high: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if not low <= value <= high:
            raise fail("out_of_range", _("Must be a whole number from %(low)s to %(high)s.", low=low, high=high))

    return check


class Choice(fields.Field[str]):
    """One of a few words."""

    def __init__(self, *names: str, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "enum": list(names)}, **kwargs)
        self.names = names

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if value not in self.names or not isinstance(value, str):
            raise fail("invalid", _("Must be one of: %(names)s.", names=", ".join(self.names)))
        return value


class Text(fields.Field[str]):
    """Plain text, cleaned of what no reader sees; never HTML. `limit` counts characters after cleaning."""

    def __init__(self, limit: int, *, empty: bool = False, multiline: bool = False, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": limit}, **kwargs)
        self.limit = limit
        self.empty = empty
        self.multiline = multiline

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise fail("invalid_type", _("Has the wrong JSON type."))
        if len(value) > 4 * self.limit:
            raise too_long(self.limit)
        text = clean_text(value, multiline=self.multiline)
        if len(text) > self.limit:
            raise too_long(self.limit)
        if not self.empty and is_blank(text):
            raise fail("empty", _("Must not be empty."))
        return text


class Locale(fields.Field[str]):
    """A BCP 47 tag known to CLDR, in canonical form whatever its case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "examples": ["fa"]}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            return canonical_locale(value if isinstance(value, str) else "")
        except UnknownLocaleError as error:
            raise fail("unknown_locale", _("This is not a language tag known to CLDR.")) from error


class ByLocale(fields.Dict):
    """Something for each of several locales, each named once, in whatever spelling."""

    def __init__(self, values: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(keys=Locale(), values=values, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            loaded = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except marshmallow.ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            # marshmallow tells a wrong name from what is wrong under it; both are at one place of the request.
            places: dict[str, Any] = {name: list(parts.values()) for name, parts in error.messages.items()}
            raise marshmallow.ValidationError(cast(Any, places)) from error
        if len(loaded) < len(value):
            raise fail("repeated", _("The same language is named twice."))
        return loaded


class Instant(fields.Field[Any]):
    """An RFC 3339 time with its offset; shown in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time"}, **kwargs)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else to_rfc3339(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return parse_rfc3339(value if isinstance(value, str) else "")
        except InvalidDateError as error:
            raise fail("invalid", _("Must be an RFC 3339 time with an offset.")) from error


class Whole(fields.Integer):
    """A JSON integer; neither `"3"` nor `3.0` nor `true`."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=between(low, high), metadata={"minimum": low, "maximum": high}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


class Flag(fields.Boolean):
    """JSON true or false, nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class WebAddress(fields.Field[str]):
    """An absolute http or https address without credentials."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "iri", "maxLength": 2000}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = http_url(value) if isinstance(value, str) else None
        if address is None:
            raise fail("invalid_url", _("Must be an absolute http or https address."))
        return address
