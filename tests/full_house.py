"""A house with a text in every state, all of them carrying a canary word where they are not public; and every
address at which readers can ask it for anything."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask

from nejat_cms.community.actions.sending import keep_comment, keep_message
from nejat_cms.community.rules import CommentStatus
from nejat_cms.db import atomic, utc_now
from nejat_cms.http.routing import Endpoint
from tests.newsroom import EDITIONS, Desk, data, open_house, quick_desk

CANARY = "zzqx"
numbers = count(1)


def canary() -> str:
    return f"{CANARY}{next(numbers):04}"


def secret_words(*, slug: bool = True) -> dict[str, Any]:
    """Every field of a text with a canary in it; a slug that readers knew once is not a secret any more."""
    words: dict[str, Any] = {
        "title": f"Title {canary()}",
        "lead": f"Lead {canary()}",
        "body": {"html": f"<h2>{canary()}</h2><p>Body <a href='https://example.org/{canary()}'>{canary()}</a></p>"},
        "fields": {"author": canary(), "publisher": canary()},
        "tags": [canary(), "Weather"],
        "authors": [canary(), "Mina"],
        "translators": [canary()],
        "source": {"name": canary(), "url": f"https://example.org/{canary()}"},
        "seo": {"title": canary(), "description": canary()},
        "note": canary(),
        "featured": True,
    }
    return words | ({"slug": canary()} if slug else {})


@dataclass
class House:
    """Four editions with two open books each and everything else hidden."""

    desk: Desk
    sections: dict[str, str]
    live: dict[str, list[dict[str, Any]]]
    hidden: dict[str, list[dict[str, Any]]]
    withdrawn: dict[str, list[dict[str, Any]]]
    newer: dict[str, dict[str, Any]]

    @property
    def secret_ids(self) -> set[str]:
        """Ids of articles that readers never knew, and of all variants but those that feeds hold."""
        known = {row["article"] for rows in (*self.live.values(), *self.withdrawn.values()) for row in rows}
        hidden = [row for group in (self.hidden, self.withdrawn) for rows in group.values() for row in rows]
        return {row["article"] for row in hidden} - known | {row["id"] for row in hidden}


def write(desk: Desk, locale: str, **changes: Any) -> dict[str, Any]:
    return desk.write(locale, changes.pop("title", "Open book"), kind="book", **changes)


def furnish(app: Flask) -> House:
    """All states a text can be in, in every edition."""
    open_house(app)
    desk = quick_desk(app, "admin")
    names = {locale: {"name": f"Science {locale}"} for locale in EDITIONS}
    section = data(desk.call("POST", "/sections", {"names": names}, expect=201))["id"]
    weather = {"en": {"name": "Weather"}, "fa": {"name": f"هوا {canary()}"}}
    desk.call("POST", "/tags", {"names": weather}, expect=201)
    house = House(desk, {locale: f"science-{locale}" for locale in EDITIONS}, {}, {}, {}, {})
    for locale in EDITIONS:
        filed: dict[str, Any] = {"sections": [section]}
        opened = desk.publish(write(desk, locale, title="Open book", authors=["Mina"], tags=["Open"], **filed))
        newer = desk.publish(write(desk, locale, title="Book with a newer draft", **filed))
        house.newer[locale] = desk.edit(newer, **secret_words(), **filed)
        house.live[locale] = [opened, newer]
        drafts = {
            step: write(desk, locale, **secret_words(), **filed)
            for step in ("draft", "submit", "approve", "archive", "schedule", "trash")
        }
        desk.step(drafts["submit"], "submit")
        desk.step(desk.step(drafts["approve"], "submit"), "approve")
        desk.step(drafts["archive"], "archive")
        desk.step(drafts["schedule"], "schedule", publish_at="2099-01-01T00:00:00Z")
        throw_away(desk, drafts["trash"])
        house.hidden[locale] = list(drafts.values())
        house.withdrawn[locale] = []
        for step in ("unpublish", "archive"):
            gone = desk.published(locale, **secret_words(slug=False), kind="book", slug=f"gone-{step}", **filed)
            house.withdrawn[locale].append(desk.step(gone, step))
    with app.app_context():
        atomic(write_letters)(house.live)
    for locale in ("fa", "sq"):  # the source is live, the translation is not
        source = house.live["en"][0]
        house.hidden[locale].append(desk.translate(source, locale, **secret_words()))
    terms = [(type_, row["id"]) for type_ in ("tag", "people") for row in _terms(desk, type_)]
    for locale in EDITIONS:
        _link_and_pin(desk, house, locale, section, terms)
    return house


def _terms(desk: Desk, type_: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data(desk.call("GET", f"/{'tags' if type_ == 'tag' else type_}?limit=100", expect=200))
    return rows


def _link_and_pin(desk: Desk, house: House, locale: str, section: str, terms: list[tuple[str, str]]) -> None:
    """A menu that leads to everything there is by the names it has, and everything pinned on the front page."""
    articles = [row["article"] for row in (*house.live[locale], *house.hidden[locale], *house.withdrawn[locale])]
    targets = [{"type": "article", "id": key} for key in articles]
    targets += [{"type": "person" if type_ == "people" else type_, "id": key} for type_, key in terms]
    items = [{"target": target} for target in ({"type": "section", "id": section}, *targets)]
    menu = {"items": [*items, {"label": "Below", "children": items}]}
    desk.call("PUT", f"/menus/{locale}/main", menu, if_none_match="*", expect=201)
    path = f"/editions/{locale}/home"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    pins = {"featured": articles[:20], "sections": {section: articles[:20]}}
    desk.call("PUT", path, pins, if_match=etag, expect=200)


def write_letters(live: Mapping[str, list[dict[str, Any]]]) -> None:
    """Comments that no moderator has approved, under what readers see, and messages."""
    for locale, rows in live.items():
        for status in (CommentStatus.PENDING, CommentStatus.REJECTED, CommentStatus.SPAM):
            said: dict[str, Any] = {"name": canary(), "email": f"{canary()}@example.org", "text": canary()}
            keep_comment(UUID(rows[0]["id"]), locale, None, **said, status=status, at=utc_now())
        keep_message(locale, **said, subject=canary(), at=utc_now())


def throw_away(desk: Desk, variant: Mapping[str, Any]) -> None:
    path = f"/articles/{variant['article']}/variants/{variant['locale']}"
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("DELETE", path, if_match=etag, expect=204)


# Asking for everything ------------------------------------------------------------------------


def samples(house: House, locale: str) -> dict[str, list[str]]:
    """Values to ask with, for every parameter a public route declares; one without a line here fails."""
    draft = house.hidden[locale][0]
    secret_tag, secret_person = draft["tags"][0], draft["authors"][0]
    return {
        "kind": ["book", "article,page,book"],
        "section": [house.sections[locale], "nowhere"],
        "tag": ["open", "weather", secret_tag],
        "author": ["mina", secret_person],
        "translator": ["mina", secret_person, draft["translators"][0]],
        "year": ["2026", "2099", "1405", "1478", "1448"],
        "month": ["1"],
        "calendar": ["gregorian", "persian", "islamic-umalqura"],
        "from": ["2026-01-01", "2098-12-31T00:00:00Z"],
        "to": ["2026-01-01", "2100-01-01"],
        "translated_in": ["en", "fa", "sq", "ar,fa"],
        "not_translated_in": ["en", "fa", "sq", "ar,fa"],
        "featured": ["true", "false"],
        "sort": ["-published_at", "published_at", "title"],
        "fallback": ["none", "chain", "en,fa,sq,ar"],
        "fields": ["title", "body,seo,newer,older,people,tags,translations"],
        "total": ["true"],
        "limit": ["1"],
        "until": ["99999999999"],
        "signature": ["0" * 24],
        "cursor": ["x"],
        "since": ["0"],
        "locale": list(EDITIONS),
        "body": ["html,blocks,text"],
        "q": [CANARY, f"{CANARY}0001", f'"title {CANARY}"', "book", "title lead body", f"book -{CANARY}"],
        "prefix": ["true"],
        "across": ["true"],
        "url": [
            *(
                f"/{locale}/{row['slug']}"
                for row in (*house.live[locale], *house.hidden[locale], *house.withdrawn[locale])
            ),
            *(f"http://localhost/{locale}/{path}/{draft['tags'][0]}/" for path in ("sections", "tags", "people")),
            f"/{locale}",
            f"/{locale}/archive/2026/11",
            f"/{locale}/{CANARY}?p={CANARY}",
        ],
    }


def public_gets(app: Flask) -> list[Endpoint]:
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    return [endpoint for endpoint in table.values() if endpoint.method == "GET" and not endpoint.signed_in]


def addresses(app: Flask, house: House, locale: str) -> Iterator[str]:
    """Every public address an edition has, real and guessed, with every parameter on its own and a few together."""
    values = samples(house, locale)
    rows = [*house.live[locale], *house.hidden[locale], *house.withdrawn[locale], house.newer[locale]]
    terms = ["open", "weather", "mina", house.sections[locale], *(row["tags"][0] for row in rows if row["tags"])]
    in_path: dict[str, dict[str, list[str]]] = {
        "get_article": {"slug": [row["slug"] for row in rows]},
        "list_comments": {"slug": [row["slug"] for row in rows]},
        "list_related_articles": {"slug": [row["slug"] for row in rows]},
        "get_article_by_id": {"article_id": [row["article"] for row in rows] + [rows[0]["id"]]},
        "get_section": {"slug": terms},
        "get_tag": {"slug": terms},
        "get_person": {"slug": [*terms, *(row["authors"][0] for row in rows if row["authors"])]},
        "get_section_feed": {"slug": terms, "form": ["atom", "rss", "json"]},
        "get_tag_feed": {"slug": terms, "form": ["atom"]},
        "get_kind_feed": {"kind": ["book", CANARY], "form": ["json"]},
        "get_feed": {"form": ["atom", "rss", "json"]},
        "get_articles_sitemap": {"part": ["1", "2"]},
        "get_preview": {"preview": [CANARY, rows[0]["id"]]},
        "get_media": {"file_id": [rows[0]["id"]], "rendition": ["thumb", "file"], "name": ["x.webp"]},
        "get_menu": {"menu": ["main", "footer"]},
        "get_problem": {"code": ["not_found", "gone"]},
    }
    for endpoint in public_gets(app):
        if endpoint.name == "get_metrics":
            continue  # for this very machine
        paths = [endpoint.rule.replace("<locale:locale>", locale)]
        for name, choices in in_path.get(endpoint.name, {}).items():
            paths = [re.sub(rf"<(?:\w+:)?{name}>", choice, path) for path in paths for choice in choices]
        assert all("<" not in path for path in paths), f"no values for {endpoint.rule}"
        queries = [f"{param.name}={value}" for param in endpoint.query for value in values[param.name]]
        if endpoint.name == "search_articles":
            queries += [f"q=book&{query}" for query in queries if query[:2] != "q="]
            queries += [f"{query}&prefix=true&across=true&total=true" for query in queries if query[:2] == "q="]
        if endpoint.name == "list_articles":
            queries += [f"{query}&total=true&fallback=en,ar,fa,sq" for query in queries if query.startswith("not_")]
            queries += ["year=2026&month=11&calendar=gregorian&total=true", "kind=book&tag=weather&total=true&limit=1"]
        for path in paths:
            yield path
            yield from (f"{path}?{query}" for query in (queries if path == paths[0] else queries[:3]))
