"""Inside the newsroom: nobody sees what is not hers to see, nor that it is there."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.http.routing import Endpoint
from tests.answers import told
from tests.factories import database_digest, headers, make_user, token_for, token_of
from tests.full_house import CANARY, canary, secret_words, throw_away, write
from tests.newsroom import EDITIONS, Desk, data, desk_for, open_house, quick_desk

OUTSIDERS = ("moderator:fa", "author:fa", "translator:fa", "editor:fa")
"""Who may know of no Arabic draft; approved ones are a translator's business."""


@dataclass
class Arabic:
    """The Arabic desk's own business: drafts of every kind, and the articles they belong to."""

    desk: Desk
    section: str
    hidden: list[dict[str, Any]]
    newer: dict[str, Any]
    translated: dict[str, Any]
    english: dict[str, Any]
    untranslated: dict[str, Any]

    @property
    def paths(self) -> list[str]:
        """Addresses of what is hidden, all of it guessed right."""
        variants = [f"/articles/{row['article']}/variants/ar" for row in [*self.hidden, self.translated]]
        ends = ("", "/revisions", "/revisions/1", "/revisions/1...1")
        return [path + end for path in variants for end in ends] + [
            f"/articles/{row['article']}" for row in self.hidden
        ]


def furnish_arabic(app: Flask) -> Arabic:
    open_house(app)
    desk = quick_desk(app, "editor:ar", "editor:en")
    admin = quick_desk(app, "admin")
    names = {locale: {"name": f"Science {locale}"} for locale in EDITIONS}
    section = data(admin.call("POST", "/sections", {"names": names}, expect=201))["id"]
    hidden = [write(desk, "ar", **secret_words(), sections=[section]) for _ in range(4)]
    desk.step(hidden[1], "submit")
    desk.step(hidden[2], "schedule", publish_at="2099-01-01T00:00:00Z")
    throw_away(desk, hidden.pop())
    newer = desk.publish(write(desk, "ar", title="Open in Arabic"))
    newer = desk.edit(newer, **secret_words(), sections=[section])
    english = desk.publish(write(desk, "en", title="English"))
    translated = desk.translate(english, "ar", **secret_words(), sections=[section])
    untranslated = desk.publish(write(desk, "en", title="English alone"))
    return Arabic(desk, section, hidden, newer, translated, english, untranslated)


def newsroom_addresses(app: Flask, arabic: Arabic) -> Iterator[str]:
    """Everything the newsroom can be asked about articles, with every filter there is."""
    secret = arabic.hidden[0]
    values: dict[str, list[str]] = {
        "locale": ["ar", "fa", "en,ar"],
        "kind": ["book", "article"],
        "stage": ["draft", "in_review", "archived", "draft,in_review"],
        "visibility": ["published", "scheduled", "unpublished"],
        "freshness": ["source", "current", "outdated"],
        "section": ["science-ar", "science-fa"],
        "tag": [secret["tags"][0], "weather", arabic.newer["tags"][0]],
        "author": [secret["authors"][0], "mina"],
        "year": ["2026", "2099"],
        "month": ["1"],
        "calendar": ["persian"],
        "from": ["2026-01-01"],
        "to": ["2100-01-01"],
        "translated_in": ["ar", "fa"],
        "not_translated_in": ["ar", "fa"],
        "missing_in": ["ar", "fa", "ar,fa"],
        "scheduled": ["true", "false"],
        "mine": ["true", "false"],
        "featured": ["true", "false"],
        "q": [CANARY, "title", "%", "english"],
        "total": ["true"],
        "limit": ["1"],
        "cursor": ["x"],
    }
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    declared = [param.name for param in table["list_managed_articles"].query]
    queries = [f"{name}={value}" for name in declared for value in values[name]]
    yield "/articles"
    yield from (f"/articles?total=true&{query}" for query in queries if not query.startswith("total"))
    yield from (
        f"/articles?limit=1&{query}" for query in queries if query.startswith(("q=", "missing", "visib", "mine"))
    )
    yield "/trash"
    for row in (arabic.newer, arabic.english, arabic.untranslated):
        yield f"/articles/{row['article']}"
        variant = f"/articles/{row['article']}/variants/{row['locale']}"
        yield from (variant + end for end in ("", "/revisions", "/revisions/1", "/revisions/2", "/revisions/1...2"))


def test_nobody_sees_the_drafts_of_another_edition(app: Flask) -> None:
    arabic = furnish_arabic(app)
    for grant in OUTSIDERS:
        desk = quick_desk(app, grant)
        for path in arabic.paths:
            assert desk.call("GET", path).status_code == 404, (grant, path)
        for path in newsroom_addresses(app, arabic):
            for answer in newsroom_answers(desk, path):
                assert answer.status_code in (200, 404, 422), (path, answer.status_code)
                assert CANARY not in told(answer).replace(path.partition("?")[0], ""), (grant, path)
                assert not [row for row in arabic.hidden if row["id"] in told(answer)], (grant, path)


def newsroom_answers(desk: Desk, path: str) -> Iterator[TestResponse]:
    for _ in range(20):
        answer = desk.call("GET", path)
        yield answer
        following = (answer.json or {}).get("links", {}).get("next")
        if following is None:
            return
        path = following.removeprefix("/v1/manage")
    raise AssertionError(f"{path} does not end")


def test_the_arabic_desks_work_tells_the_others_nothing(app: Flask) -> None:
    """The same questions before and after it: no byte of any answer moved, but for the group's own version."""
    arabic = furnish_arabic(app)
    desks = {grant: quick_desk(app, grant) for grant in OUTSIDERS}
    paths = list(newsroom_addresses(app, arabic)) + arabic.paths

    def heard() -> dict[tuple[str, str], list[str]]:
        return {
            (grant, path): [without_group_version(told(answer), path) for answer in newsroom_answers(desk, path)]
            for grant, desk in desks.items()
            for path in paths
        }

    before = heard()
    desk = arabic.desk
    desk.edit(arabic.hidden[0], **secret_words())
    desk.step(arabic.hidden[0], "submit")
    desk.step(arabic.hidden[1], "return", note=canary())
    desk.step(arabic.hidden[2], "schedule", publish_at=None)
    desk.edit(arabic.newer, **secret_words())
    desk.step(arabic.newer, "submit")
    desk.step(arabic.newer, "schedule", publish_at="2099-01-01T00:00:00Z", unpublish_at="2099-02-01T00:00:00Z")
    throw_away(desk, arabic.translated)
    desk.translate(arabic.untranslated, "ar", **secret_words())
    write(desk, "ar", **secret_words())
    after = heard()
    assert [key for key in before if before[key] != after[key]] == []


def without_group_version(text: str, path: str) -> str:
    """An article's ETag covers which variants it holds, so a variant that comes or goes moves it for everybody."""
    return re.sub(r'ETag: "[0-9]+-', 'ETag: "', text) if re.fullmatch("/articles/[^/?]*", path) else text


def test_an_author_sees_no_draft_of_her_colleagues(app: Flask) -> None:
    open_house(app)
    chief = desk_for(app, "editor:fa")
    user = make_user(app, "author:fa")
    author = Desk(app.test_client(), token_of(app, user))
    hers = author.write("fa", "مال خودش")
    theirs = write(chief, "fa", **secret_words())
    newer = chief.edit(chief.published("fa", "زنده"), title=canary())
    for query in ("", "?locale=fa", "?stage=draft", f"?q={CANARY}", "?mine=true", "?mine=false", "?missing_in=ar"):
        answer = author.call("GET", f"/articles{query}", expect=200)
        assert CANARY not in answer.text, query
        assert theirs["article"] not in answer.text
    listed = {row["id"] for row in data(author.call("GET", "/articles", expect=200))}
    assert listed == {hers["article"], newer["article"]}
    assert [row["id"] for row in data(author.call("GET", "/articles?stage=draft"))] == [hers["article"]]
    author.call("GET", f"/articles/{theirs['article']}/variants/fa", expect=404)
    author.call("GET", f"/articles/{newer['article']}/variants/fa/revisions/2", expect=404)


def test_a_translator_reads_an_approved_source_and_none_of_its_former_drafts(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app, "editor:ar")
    translator = desk_for(app, "translator:fa")
    source = write(desk, "ar", **secret_words())
    path = f"/articles/{source['article']}/variants/ar"
    translator.call("GET", path, expect=404)
    clean: dict[str, Any] = {
        "title": "Clean",
        "lead": "",
        "body": {"html": "<p>Clean</p>"},
        "fields": None,
        "tags": [],
        "authors": [],
    }
    cleaned = desk.edit(source, **clean, translators=[], source=None, seo=None, note="", featured=False, slug="clean")
    desk.step(desk.step(cleaned, "submit"), "approve")
    for end in ("", "/revisions", "/revisions/2"):
        answer = translator.call("GET", path + end, expect=200)
        assert CANARY not in answer.text, end
    for end in ("/revisions/1", "/revisions/1...2"):
        translator.call("GET", path + end, expect=404)
    assert translator.call("GET", f"/articles/{source['article']}", expect=200)
    translator.translate(data(translator.call("GET", path)), "fa")
    desk.edit(cleaned, **secret_words())
    translator.call("GET", path, expect=404)


@pytest.mark.parametrize("grant", ["translator:fa", "author:fa", "editor:fa"])
def test_nothing_hidden_can_be_copied_or_named_as_a_source(app: Flask, grant: str) -> None:
    arabic = furnish_arabic(app)
    desk = desk_for(app, grant)
    before = database_digest(app)
    english = (
        f"/articles/{arabic.english['article']}/variants/fa"  # its Arabic variant is a draft, there is no Albanian
    )
    opened = f"/articles/{arabic.newer['article']}/variants/fa"  # its Arabic revision 2 is a draft
    pairs: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        (english, {"copy_from": "ar"}, {"copy_from": "sq"}),
        (english, based_on("ar", 1), based_on("sq", 1)),
        (opened, based_on("ar", 2), based_on("ar", 99)),
    ]
    for path, hidden, absent in pairs:
        heard = [desk.call("PUT", path, {"title": "x", **body}, if_none_match="*") for body in (hidden, absent)]
        assert [answer.status_code for answer in heard] == [422, 422]
        assert told(heard[0]) == told(heard[1])
    assert database_digest(app) == before
    copied = desk.call("PUT", opened, {"copy_from": "ar"}, if_none_match="*", expect=201)
    assert CANARY not in copied.text
    assert data(copied)["title"] == "Open in Arabic"
    assert data(copied)["based_on"] == {"locale": "ar", "revision": 1}


def based_on(locale: str, revision: int) -> dict[str, Any]:
    return {"based_on": {"locale": locale, "revision": revision}}


def test_a_revision_that_was_never_live_is_no_source_either(app: Flask) -> None:
    """Older than the live one is not the same as seen by readers."""
    open_house(app)
    desk = desk_for(app, "editor:ar")
    author = desk_for(app, "author:fa")
    first = write(desk, "ar", **secret_words())
    desk.publish(desk.edit(first, title="Clean", slug="clean"))
    path = f"/articles/{first['article']}/variants/fa"
    heard = [
        author.call("PUT", path, {"title": "x", **based_on("ar", revision)}, if_none_match="*") for revision in (1, 99)
    ]
    assert [answer.status_code for answer in heard] == [422, 422]
    assert told(heard[0]) == told(heard[1])
    author.call("PUT", path, {"title": "x", **based_on("ar", 2)}, if_none_match="*", expect=201)


@pytest.mark.parametrize("grant", [*OUTSIDERS, "admin:fa"])
def test_links_trash_and_steps_know_of_nothing_hidden(app: Flask, grant: str) -> None:
    arabic = furnish_arabic(app)
    desk = desk_for(app, grant)
    hidden, nothing = arabic.hidden[0]["article"], str(uuid4())
    known = f"/articles/{arabic.english['article']}"
    before = database_digest(app)
    asks: list[Callable[[str], TestResponse]] = [
        lambda article: desk.call("POST", f"{known}/links", {"article": article}, if_match='"1-0"'),
        lambda article: desk.call("POST", f"/articles/{article}/links", {"article": hidden}, if_match='"1-0"'),
        lambda article: desk.call("DELETE", f"/articles/{article}/links/ar", if_match='"1-0"'),
        lambda article: desk.call("POST", f"/articles/{article}/variants/ar/preview", {}),
        lambda article: desk.call("POST", f"/articles/{article}/variants/ar/publish", {}, if_match='"1-0"'),
        lambda article: desk.call("PUT", f"/articles/{article}/variants/fa", {"title": "x"}, if_none_match="*"),
        lambda article: desk.call("PUT", f"/articles/{article}/variants/ar", {"title": "x"}, if_none_match="*"),
    ]
    for ask in asks:
        heard = [re.sub(r'"instance":"[^"]*"', "", ask(article).text) for article in (hidden, nothing)]
        assert re.sub(r'"request_id":"[^"]*"', "", heard[0]) == re.sub(r'"request_id":"[^"]*"', "", heard[1])
        assert '"status":404' in heard[0]
    assert data(desk.call("GET", "/trash", expect=200)) == []
    assert database_digest(app) == before


def test_a_preview_shows_one_draft_and_nothing_around_it(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    desk = desk_for(app)
    english = desk.published("en", "Open")
    shown = desk.translate(english, "fa", lead="پیش‌نویس")
    desk.translate(english, "ar", **secret_words() | {"fields": {}})
    hidden = write(desk, "fa", **secret_words())
    url = data(desk.call("POST", f"/articles/{english['article']}/variants/fa/preview", {}, expect=201))["url"]
    path = url[url.index("/v1/") :]
    answer = client.get(f"{path}?body=html,blocks,text")
    assert answer.status_code == 200
    assert data(answer)["lead"] == "پیش‌نویس"
    assert [other["locale"] for other in data(answer)["translations"]] == ["en"]
    assert CANARY not in answer.text
    assert hidden["article"] not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(path.replace("/preview/", "/preview/x")).status_code == 404
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.open(path, method=method, json={}).status_code == 405
    assert client.get(f"/v1/articles/{english['article']}?locale=fa").status_code == 404
    desk.edit(shown, lead=canary())
    assert data(client.get(path))["lead"] == "پیش‌نویس"


def test_a_narrow_token_sees_no_more_than_its_grants(app: Flask) -> None:
    arabic = furnish_arabic(app)
    narrow = Desk(app.test_client(), token_of(app, make_user(app, "admin"), "moderator:fa"))
    for path in arabic.paths:
        narrow.call("GET", path, expect=404)
    assert CANARY not in narrow.call("GET", "/articles", expect=200).text


def test_somebody_with_no_role_reads_nothing(app: Flask, client: FlaskClient) -> None:
    arabic = furnish_arabic(app)
    token = token_for(app)
    assert data(client.get("/v1/manage/articles", headers=headers(token))) == []
    for path in [*arabic.paths, *newsroom_addresses(app, arabic)]:
        answer = client.get(f"/v1/manage{path}", headers=headers(token))
        assert answer.status_code in (200, 404, 422), path
        if answer.status_code == 200:
            assert data(answer) == [], path
