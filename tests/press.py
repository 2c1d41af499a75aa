"""Many published articles at once, through the actions and in one transaction: for lists, pages and counts."""

from typing import Any
from uuid import UUID

from flask import Flask

from nejat_cms.content.actions.saving import create_article, create_variant
from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.models import Variant
from nejat_cms.db import atomic
from nejat_cms.permissions import SYSTEM


def press(app: Flask, locale: str, *works: dict[str, Any]) -> list[UUID]:
    """Publish new works in one edition; what each says is as the body schemas read it. Answers the articles' ids."""

    def run() -> list[UUID]:
        return [_publish(_new(locale, **work)) for work in works]

    with app.app_context():
        return atomic(run)()


def press_translations(app: Flask, locale: str, works: dict[UUID, str]) -> None:
    """Publish the missing variants of these articles in one edition, under these titles."""

    def run() -> None:
        for article_id, title in works.items():
            _publish(create_variant(SYSTEM, article_id, locale, {"title": title}))

    with app.app_context():
        atomic(run)()


def _new(locale: str, *, kind: str = "article", **changes: Any) -> Variant:
    return create_article(SYSTEM, kind, locale, changes)


def _publish(variant: Variant) -> UUID:
    publish_variant(SYSTEM, variant.article_id, variant.locale, version=variant.version)
    return variant.article_id
