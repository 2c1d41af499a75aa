"""Shapes of menus and front pages."""

from typing import Any, ClassVar, cast

from flask_babel import lazy_gettext as _
from marshmallow import ValidationError, fields, pre_load, validates_schema

from nejat_cms.content.rules.fronts import PINS_MOST, SECTIONS_MOST
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.menus import ITEMS_MOST, LABEL_LIMIT, TARGET_STATES, TARGETS, TargetState
from nejat_cms.errors import Problem, at_most_items
from nejat_cms.http.schemas import WORDS, AtMost, Choice, Instant, Locale, Schema, Shown, Text, at_most, fail
from nejat_cms.urls import URL_MAX, safe_url


class SiteUrl(fields.Field[str]):
    """An absolute http, https or mail address, or a path on the edition's site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "maxLength": URL_MAX, "examples": ["/search"]}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = safe_url(value, schemes=("http", "https", "mailto")) if isinstance(value, str) else None
        if address is None or not (address.startswith("/") or ":" in address.partition("/")[0]):
            words = _("Must be an absolute http, https or mail address, or a path that begins with “/”.")
            raise fail("invalid_url", words)
        return address


class MenuTarget(Schema):
    """What an item leads to: its type, and the one field that type is named by."""

    class Meta(Schema.Meta):
        json_schema: ClassVar = {
            "oneOf": [
                {"properties": {"type": {"enum": [type_]}}, "required": [field] if field else []}
                for type_, field in TARGETS.items()
            ]
        }

    type = Choice(*TARGETS, required=True)
    id = fields.UUID()
    kind = Choice(*KINDS)
    locale = Locale()
    url = SiteUrl()

    @validates_schema
    def names_what_its_type_needs(self, data: dict[str, Any], **kwargs: Any) -> None:
        needed = TARGETS[data["type"]]
        wrong: dict[str, Any] = {name: [WORDS["unknown"]] for name in data if name not in ("type", needed)}
        if needed is not None and needed not in data:
            wrong[needed] = [WORDS["required"]]
        if wrong:
            raise ValidationError(cast(Any, wrong))


class MenuItem(Schema):
    """An item of a menu. Without a label it is called what its target is called in the edition."""

    id = fields.UUID()
    label = Text(LABEL_LIMIT, allow_none=True)
    target = fields.Nested(MenuTarget, allow_none=True)
    children = fields.List(fields.Nested("MenuItem"), validate=at_most(ITEMS_MOST))


class MenuTree(Schema):
    """A whole menu: at most 500 items, five levels deep."""

    items_ = fields.List(
        fields.Nested(MenuItem), data_key="items", attribute="items", required=True, validate=at_most(ITEMS_MOST)
    )

    @pre_load
    def is_not_too_large(self, data: Any, **kwargs: Any) -> Any:
        """Counted before anything is read, which takes a hundred times as long."""
        waiting, found = [data.get("items") if isinstance(data, dict) else None], 0
        while waiting:
            rows = waiting.pop()
            if isinstance(rows, list):
                found += len(rows)
                waiting += [row.get("children") for row in rows if isinstance(row, dict)]
            if found > ITEMS_MOST:
                raise ValidationError(cast(Any, {"items": [Problem("too_many", at_most_items(ITEMS_MOST))]}))
        return data


class Articles(fields.List[Any]):
    """A list of articles, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.UUID(), validate=at_most(PINS_MOST), metadata={"uniqueItems": True}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        ids: list[Any] = super()._deserialize(value, attr, data, **kwargs)
        if len(set(ids)) < len(ids):
            raise fail("repeated", _("The same article is named twice."))
        return ids


class SectionPins(fields.Dict):
    """Articles by the section that shows them first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.UUID(), values=Articles(), validate=AtMost(SECTIONS_MOST), **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            loaded = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            # marshmallow tells a wrong id from what is wrong under it; both are at one place of the request.
            places: dict[str, Any] = {name: list(parts.values()) for name, parts in error.messages.items()}
            raise ValidationError(cast(Any, places)) from error
        if len(loaded) < len(value):
            raise fail("repeated", _("The same section is named twice."))
        return loaded


class FrontPins(Schema):
    """What an edition's front page shows first: of what is featured, and of each section by its id."""

    featured = Articles()
    sections = SectionPins()


# Answers --------------------------------------------------------------------------------------


class MenuTargetBody(Schema):
    """What an item leads to."""

    type = Choice(*TARGETS, required=True)
    id = fields.String(metadata={"format": "uuid"})
    kind = Choice(*KINDS)
    locale = fields.String()
    url = fields.String()


class MenuItemBody(Shown):
    """An item, what its target is called, where it leads, and whether readers see it.

    `unpublished`: the target is not live in this edition. `missing`: it was deleted, or never named here. `hidden`:
    what it lies below is not shown, or it leads nowhere and nothing that is shown lies below it.
    """

    id = fields.String(metadata={"format": "uuid"})
    label = fields.String(allow_none=True)
    target = fields.Nested(MenuTargetBody, allow_none=True)
    title = fields.String(allow_none=True)
    state = Choice(*TargetState)
    url = fields.String(allow_none=True)
    children = fields.List(fields.Nested("MenuItemBody"))


class MenuBody(Shown):
    """A menu as the newsroom sees it."""

    locale = fields.String()
    name = fields.String()
    items_ = fields.List(fields.Nested(MenuItemBody), data_key="items", attribute="items")
    updated_at = Instant()


class MenuRow(Shown):
    """A menu in a list: how many items it has, and how many of them readers do not see."""

    locale = fields.String()
    name = fields.String()
    items_ = fields.Integer(data_key="items", attribute="count")
    broken = fields.Integer()
    updated_at = Instant()


class PinnedBody(Shown):
    """An article that is pinned, as far as the one who asks may know of it."""

    title = fields.String(allow_none=True)
    state = Choice(*TARGET_STATES)
    url = fields.String(allow_none=True)


class FrontBody(Shown):
    """What an edition's front page shows first; `articles`: what is known of each that is named."""

    featured = fields.List(fields.UUID())
    sections = fields.Dict(keys=fields.String(), values=fields.List(fields.UUID()))
    articles = fields.Dict(keys=fields.String(), values=fields.Nested(PinnedBody))
