"""Query parameters of the newsroom's lists."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _

from nejat_cms.content.queries import ArticleFilter
from nejat_cms.content.rules.freshness import FreshnessState
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.stages import Stage, Visibility
from nejat_cms.http.parsing import CURSOR, LIMIT, BadValueError, Param, flag, locale_tag, one_of, plain
from nejat_cms.language.folding import fold


def uuid_value(text: str) -> UUID:
    try:
        if len(text) == 36:
            return UUID(text)
    except ValueError:
        pass
    raise BadValueError("invalid", _("Must be a UUID."))


def _words(name: str, names: tuple[str, ...], description: str) -> Param:
    return Param(name, one_of(*names), {"type": "string", "enum": list(names)}, description, (), many=True)


def _texts(name: str, description: str) -> Param:
    return Param(name, plain, {"type": "string"}, description, (), many=True)


_FLAG = {"type": "boolean"}
ARTICLE_FILTERS = (
    Param("locale", locale_tag, {"type": "string"}, "Editions in which a variant fits.", (), many=True),
    _words("kind", tuple(KINDS), "Kinds, any of."),
    _words("stage", tuple(Stage), "Stages, any of."),
    _words("visibility", tuple(Visibility), "Visibilities, any of."),
    _words("freshness", tuple(FreshnessState), "Freshness, any of."),
    Param(
        "section",
        uuid_value,
        {"type": "string", "format": "uuid"},
        "Sections by id, with all below them.",
        (),
        many=True,
    ),
    _texts("tag", "Tags by slug, any of."),
    _texts("author", "Authors by slug, any of."),
    Param("missing_in", locale_tag, {"type": "string"}, "Editions in which there is no variant.", (), many=True),
    Param("scheduled", flag, _FLAG, "Whether something is planned."),
    Param("mine", flag, _FLAG, "Whether the asker made it."),
    Param("featured", flag, _FLAG, "Whether it is featured."),
    Param("q", plain, {"type": "string"}, "Words in the title, whatever their letters' variants."),
    LIMIT,
    CURSOR,
)
PAGE = (LIMIT, CURSOR)


def article_filter(query: Mapping[str, Any]) -> ArticleFilter:
    values = {name: value for name, value in query.items() if name not in ("limit", "cursor")}
    return ArticleFilter(**values | {"q": fold(values["q"]) if values["q"] else None})
