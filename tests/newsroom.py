"""A newsroom at work, through the API: what a test needs written, translated and published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.editions.actions import create_edition
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers, token_for

EDITIONS: Mapping[str, str] = {
    "en": "Europe/London",
    "ar": "Africa/Cairo",
    "fa": "Asia/Tehran",
    "sq": "Europe/Tirane",
}


def open_house(app: Flask, *locales: str, **settings: Any) -> None:
    """Make editions, all four of the usual ones if none is named; the first is the default."""
    with app.app_context():
        for locale in locales or EDITIONS:
            zone = {"timezone": EDITIONS[locale]} if locale in EDITIONS else {}
            create_edition(SYSTEM, locale, **zone | settings)


@dataclass(frozen=True)
class Desk:
    """Somebody who works here, and her API client; every call asserts the status it expects."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None, **more: str) -> TestResponse:
        """Ask `/v1/manage…` with her token; `if_match="…"` becomes the `If-Match` header."""
        answer = self.client.open(f"/v1/manage{path}", method=method, json=body, headers=headers(self.token, **more))
        assert expect is None or answer.status_code == expect, (answer.status_code, answer.get_data(as_text=True))
        return answer

    def refused(
        self, method: str, path: str, body: Any = None, *, status: int, code: str, at: str | None = None, **more: str
    ) -> Any:
        """Ask for what must be refused, at a pointer or parameter if one is named; not one row may change."""
        app = self.client.application
        before = database_digest(app)
        problem = self.call(method, path, body, expect=status, **more).json
        assert problem is not None
        assert problem["code"] == code, problem
        if at is not None:
            assert at in places_of(problem), problem
        assert database_digest(app) == before
        return problem

    def variant(self, article: str, locale: str) -> TestResponse:
        return self.call("GET", f"/articles/{article}/variants/{locale}", expect=200)

    def write(self, locale: str = "en", title: str = "A quiet morning", **changes: Any) -> dict[str, Any]:
        """A new article with a draft in one edition; answers the variant."""
        body = {"kind": "article", "locale": locale, "title": title, **changes}
        made: dict[str, Any] = data(self.call("POST", "/articles", body, expect=201))
        return made

    def translate(self, source: Mapping[str, Any], /, locale: str, **changes: Any) -> dict[str, Any]:
        """The missing variant of an article, based on the newest revision of another one."""
        based_on = {"locale": source["locale"], "revision": source["revision"]}
        body = {"title": f"{source['title']} ({locale})", "based_on": based_on, **changes}
        path = f"/articles/{source['article']}/variants/{locale}"
        made: dict[str, Any] = data(self.call("PUT", path, body, if_none_match="*", expect=201))
        return made

    def edit(self, variant: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """Change what is named of a variant, whatever its present version."""
        return self._at(variant, "PATCH", "", changes)

    def step(self, variant: Mapping[str, Any], step: str, **body: Any) -> dict[str, Any]:
        """Submit, approve, return, publish, unpublish, archive or schedule, whatever its present version."""
        return self._at(variant, "POST", f"/{step}", body)

    def publish(self, variant: Mapping[str, Any]) -> dict[str, Any]:
        return self.step(variant, "publish")

    def published(self, locale: str = "en", title: str = "A quiet morning", **changes: Any) -> dict[str, Any]:
        """A new article, published in one edition."""
        return self.publish(self.write(locale, title, **changes))

    def _at(self, variant: Mapping[str, Any], method: str, end: str, body: Any) -> dict[str, Any]:
        etag = self.variant(variant["article"], variant["locale"]).headers["ETag"]
        now: dict[str, Any] = data(self.call(method, address_of(variant) + end, body, if_match=etag, expect=200))
        return now


def quick_client(app: Flask) -> FlaskClient:
    """A client that does not hold every answer to the OpenAPI document: for tests that ask thousands of times."""
    return FlaskClient(app, app.response_class)


def desk_for(app: Flask, *grants: str) -> Desk:
    """A desk for a new user with these grants, an administrator if none is named."""
    return Desk(app.test_client(), token_for(app, *(grants or ("admin",))))


def quick_desk(app: Flask, *grants: str) -> Desk:
    """The same, with a quick client."""
    return Desk(quick_client(app), token_for(app, *grants))


def address_of(variant: Mapping[str, Any]) -> str:
    """Where a variant is managed, under `/v1/manage`."""
    return f"/articles/{variant['article']}/variants/{variant['locale']}"


def places_of(problem: Mapping[str, Any]) -> dict[str, str]:
    """The pointers and parameters that a problem document names, each with its code."""
    return {each.get("pointer", each.get("parameter", "")): each["code"] for each in problem.get("errors", ())}


def data(answer: TestResponse) -> Any:
    """What an answer says under `data`."""
    assert answer.json is not None
    return answer.json["data"]


def read(client: FlaskClient, path: str, *, expect: int = 200, **header: str) -> Any:
    """What an anonymous reader gets at a public path under `/v1`, under `data`."""
    answer = client.get(f"/v1{path}", headers={name.replace("_", "-").title(): value for name, value in header.items()})
    assert answer.status_code == expect, (answer.status_code, answer.get_data(as_text=True))
    return data(answer) if expect == 200 else answer.json
