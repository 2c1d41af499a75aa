"""What tests of releases need: works in several editions, and a desk that puts them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from nejat_cms.content.actions.releasing import run_releases
from nejat_cms.db import db
from tests.newsroom import EDITIONS, Desk, data

Named = Mapping[str, Any]


def work(desk: Desk, title: str = "Four voices", locales: Sequence[str] = tuple(EDITIONS)) -> dict[str, dict[str, Any]]:
    """A work with a draft in each of these editions, by locale."""
    first = desk.write(locales[0], title, slug=f"{title.lower().replace(' ', '-')}")
    return {locales[0]: first} | {locale: desk.translate(first, locale) for locale in locales[1:]}


def approve(desk: Desk, variant: Named) -> None:
    desk.step(variant, "submit")
    desk.step(variant, "approve")


def items_of(variants: Mapping[str, Named]) -> list[dict[str, Any]]:
    return [{"article": each["article"], "locale": each["locale"]} for each in variants.values()]


def gather(desk: Desk, variants: Mapping[str, Named], **more: Any) -> dict[str, Any]:
    """A new release with these."""
    body = {"title": "Spring", "items": items_of(variants), **more}
    made: dict[str, Any] = data(desk.call("POST", "/releases", body, expect=201))
    return made


def etag_of(desk: Desk, release: Named) -> str:
    return desk.call("GET", f"/releases/{release['id']}", expect=200).headers["ETag"]


def now(desk: Desk, release: Named) -> dict[str, Any]:
    shown: dict[str, Any] = data(desk.call("GET", f"/releases/{release['id']}", expect=200))
    return shown


def act(desk: Desk, release: Named, method: str, end: str = "", body: Any = None, *, expect: int = 200) -> Any:
    """Change, publish or schedule a release, whatever its present version; the whole answer."""
    seen = etag_of(desk, release)
    return desk.call(method, f"/releases/{release['id']}{end}", body, if_match=seen, expect=expect).json


def publish(desk: Desk, release: Named) -> dict[str, Any]:
    shown: dict[str, Any] = act(desk, release, "POST", "/publish", {})["data"]
    return shown


def schedule(desk: Desk, release: Named, publish_at: Any) -> dict[str, Any]:
    shown: dict[str, Any] = act(desk, release, "POST", "/schedule", {"publish_at": publish_at})["data"]
    return shown


def refused(desk: Desk, release: Named, method: str, end: str, body: Any, **how: Any) -> Any:
    """Ask for what must be refused, naming the present version."""
    return desk.refused(method, f"/releases/{release['id']}{end}", body, if_match=etag_of(desk, release), **how)


def tick(app: Flask) -> None:
    with app.app_context():
        run_releases()
        assert not db.session().in_transaction()


def states(release: Named) -> dict[str, str | None]:
    """The visibility of each text, by locale."""
    return {item["locale"]: item["visibility"] for item in release["items"]}
