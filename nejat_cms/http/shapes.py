"""marshmallow schemas as components of the OpenAPI document (JSON Schema 2020-12).

apispec knows marshmallow's own fields. What it does not know, our fields say in their
`metadata`, which is JSON Schema, and in two words of ours:

component   the rest of the metadata is a component of this name, which the field refers to
shown_as    a field that describes what a `Method` answers

What holds between fields, a schema says in `Meta.json_schema`.
"""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any, cast

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import fields

from nejat_cms.http.schemas import AtMost, Schema, Text

JsonSchema = dict[str, Any]
REFERENCE = "#/components/schemas/"


def reference(name: str) -> JsonSchema:
    return {"$ref": REFERENCE + name}


def paragraphs(docstring: str | None) -> str:
    """A docstring's text, one line a paragraph."""
    text = inspect.cleandoc(docstring or "")
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


class _Converter(OpenAPIConverter):
    def field2property(self, field: fields.Field[Any]) -> JsonSchema:
        shown_as = field.metadata.get("shown_as")
        if shown_as is not None:
            return _nullable(self.field2property(shown_as)) if field.allow_none else self.field2property(shown_as)
        if "component" in field.metadata:
            schema = cast(JsonSchema, self._named(field.metadata))
        else:
            schema = super().field2property(field)
            schema |= _limits(field)
            schema |= {name: self._named(schema[name]) for name in ("oneOf", "items", "properties") if name in schema}
        return _nullable(schema) if field.allow_none else schema

    def field2nullable(self, field: fields.Field[Any], ret: JsonSchema) -> JsonSchema:
        return {}

    def field2default(self, field: fields.Field[Any], **kwargs: Any) -> JsonSchema:
        return {}

    def field2read_only(self, field: fields.Field[Any], **kwargs: Any) -> JsonSchema:
        return {}

    def schema2jsonschema(self, schema: Any) -> JsonSchema:
        shape: JsonSchema = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        shape.pop("additionalProperties", None)
        return {"description": paragraphs(type(schema).__doc__), **shape, **getattr(schema.Meta, "json_schema", {})}

    def _named(self, value: Any) -> Any:
        """The same JSON Schema with a reference in place of each component in it."""
        if isinstance(value, list):
            return [self._named(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        whole = {name: self._named(part) for name, part in value.items() if name != "component"}
        if "component" not in value:
            return whole
        if value["component"] not in self.spec.components.schemas:
            self.spec.components.schema(value["component"], whole)
        return reference(value["component"])


def _limits(field: fields.Field[Any]) -> JsonSchema:
    """What apispec cannot see in a field's validators."""
    limits: JsonSchema = {}
    if isinstance(field, Text) and not field.empty:
        limits["minLength"] = 1
    for validator in field.validators:
        if isinstance(validator, AtMost):
            limits["maxProperties" if isinstance(field, fields.Dict) else "maxItems"] = validator.limit
    return limits


def _nullable(schema: JsonSchema) -> JsonSchema:
    """The same, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "oneOf" in schema:
        return schema | {"oneOf": [*schema["oneOf"], {"type": "null"}]}
    if "type" not in schema or schema["type"] == "null":
        return schema
    if "enum" in schema:
        schema = schema | {"enum": [*(name for name in schema["enum"] if name is not None), None]}
    return schema | {"type": [schema["type"], "null"]}


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


class Shapes:
    """The components that operations refer to; each is made when it is first referred to."""

    def __init__(self) -> None:
        plugin = _Plugin(schema_name_resolver=_component_name)
        self._spec = APISpec("", "", "3.1.0", plugins=[plugin])
        self._converter = cast(_Converter, plugin.converter)
        self._inputs: set[str] = set()

    def answer(self, schema: type[Schema], *, partial: bool = False) -> JsonSchema:
        """A reference to what an answer holds; `partial`: where the client narrowed it."""
        return self._refer(schema, partial)

    def body(self, schema: type[Schema], *, partial: bool = False) -> JsonSchema:
        """A reference to what a body may hold, and nothing else; `partial`: nothing is required."""
        found = self._refer(schema, partial)
        self._inputs.add(found["$ref"].removeprefix(REFERENCE))
        return found

    def requires(self, found: JsonSchema) -> bool:
        """Whether what is referred to has fields that must be there."""
        return not {"required", "allOf"}.isdisjoint(self._schemas[found["$ref"].removeprefix(REFERENCE)])

    def add(self, name: str, schema: JsonSchema) -> JsonSchema:
        self._spec.components.schema(name, schema)
        return reference(name)

    def components(self) -> dict[str, JsonSchema]:
        """All that were referred to, by name. Inputs hold nothing but what they name."""
        waiting, inputs = list(self._inputs), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in inputs:
                inputs.add(name)
                waiting += _references(self._schemas[name])
        for name in inputs:
            if "properties" in self._schemas[name]:
                self._schemas[name].setdefault("additionalProperties", False)
        return dict(sorted(self._schemas.items()))

    @property
    def _schemas(self) -> dict[str, JsonSchema]:
        return self._spec.components.schemas

    def _refer(self, schema: type[Schema], partial: bool) -> JsonSchema:
        shape = schema()
        if partial and any(field.required for field in shape.fields.values()):
            shape = schema(partial=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # two schemas of one name would get numbers, and those could change
            found: JsonSchema = self._converter.resolve_nested_schema(shape)  # type: ignore[no-untyped-call]
            return found


def _component_name(schema: Any) -> str:
    name = schema.__name__ if isinstance(schema, type) else type(schema).__name__
    return f"Partial{name}" if getattr(schema, "partial", False) else name


def _references(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        own = [value["$ref"].removeprefix(REFERENCE)] if isinstance(value.get("$ref"), str) else []
        return own + [name for part in value.values() for name in _references(part)]
    return [name for part in value for name in _references(part)] if isinstance(value, list) else []
