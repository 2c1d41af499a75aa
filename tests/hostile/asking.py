"""Every endpoint there is, and an address at which each can be asked."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Flask

from nejat_cms.http.routing import Endpoint

JSON = {"Content-Type": "application/json"}


def endpoints_of(app: Flask) -> list[Endpoint]:
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    return list(table.values())


def real_path(rule: str, article: Mapping[str, Any], user: str) -> str:
    """An address that a rule takes: with the ids of `article` and `user`, and otherwise of what is not there."""
    values = {
        "article_id": article["article"], "variant_id": article["id"], "locale": "en", "slug": "second",
        "user_id": user, "number": 1, "old": 1, "new": 1, "part": 1, "preview": "x", "code": "gone",
        "kind": "article", "form": "rss", "rendition": "thumb", "name": "x.webp", "menu": "main",
    }  # fmt: skip
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1]) or uuid4()), rule)
