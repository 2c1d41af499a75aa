"""Nothing unpublished is to be seen: not in a body, a count, an order, a header, an error or the work it takes.

Everything unpublished here carries the canary word, and readers ask for everything there is: every public route of
the route table, with every parameter it declares.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.db import Base
from tests.answers import told
from tests.factories import statements
from tests.full_house import CANARY, House, addresses, canary, furnish, secret_words, throw_away, write
from tests.newsroom import EDITIONS, desk_for, open_house, quick_client

# Asking for everything ------------------------------------------------------------------------


def answers(client: FlaskClient, path: str) -> Iterator[TestResponse]:
    """What GET says, and every page after it; HEAD and OPTIONS say the same about it."""
    for _ in range(20):
        answer = client.get(path)
        yield answer
        following = (answer.json or {}).get("links", {}).get("next") if answer.is_json else None
        if following is None:
            return
        path = following
    raise AssertionError(f"{path} does not end")


def test_readers_find_no_canary_anywhere(app: Flask) -> None:
    client = quick_client(app)
    house = furnish(app)
    secrets = house.secret_ids
    asked, ids_seen = 0, set()
    for locale in EDITIONS:
        for path in dict.fromkeys(addresses(app, house, locale)):
            for answer in answers(client, path):
                assert answer.status_code in (200, 301, 302, 404, 406, 410, 422), (path, answer.status_code)
                told_without_address = told(answer).replace(path.partition("?")[0], "")
                assert CANARY not in told_without_address, path
                found = [secret for secret in secrets if secret in told_without_address]
                assert not found, (path, found)
                if answer.status_code == 410:
                    assert answer.json is not None
                    assert set(answer.json) <= {"type", "title", "status", "detail", "code", "instance", "request_id"}
                if answer.is_json and ("/articles" in path or "/search" in path) and isinstance(data_of(answer), list):
                    ids_seen |= {row.get("id") for row in data_of(answer)}
                asked += 1
        for method, path in [("HEAD", f"/v1/{locale}/articles"), ("OPTIONS", f"/v1/{locale}/articles/{CANARY}")]:
            assert CANARY not in told(client.open(path, method=method))
    assert asked > 800
    assert ids_seen - {None} == {row["article"] for rows in house.live.values() for row in rows}


def data_of(answer: TestResponse) -> Any:
    return (answer.json or {}).get("data")


def test_every_count_counts_what_is_public(app: Flask) -> None:
    """Two books are open in each edition, whatever else there is."""
    client = quick_client(app)
    house = furnish(app)

    def total(locale: str, query: str) -> int:
        answer = client.get(f"/v1/{locale}/articles?total=true&limit=1&{query}")
        assert answer.json is not None
        walked = sum(len(data_of(page)) for page in answers(client, f"/v1/{locale}/articles?limit=1&{query}"))
        assert answer.json["meta"]["total"] == walked, query
        return walked

    editions = {item["locale"]: item["articles"] for item in data_of(client.get("/v1/editions"))}
    assert editions == dict.fromkeys(EDITIONS, 2)
    for locale in EDITIONS:
        draft = house.hidden[locale][0]
        expected = {
            "": 2,
            f"section={house.sections[locale]}": 2,
            "tag=open": 1,
            "author=mina": 1,
            "featured=true": 0,
            f"tag={draft['tags'][0]}": 0,
            f"author={draft['authors'][0]}": 0,
            "kind=book": 2,
            "kind=article": 0,
            "from=2099-01-01": 0,
            "not_translated_in=" + ",".join(other for other in EDITIONS if other != locale): 2,
            "translated_in=fa,sq": 0,
            "fallback=en,ar,fa,sq": 8,
        }
        assert {query: total(locale, query) for query in expected} == expected
        sections = data_of(client.get(f"/v1/{locale}/sections"))
        assert [(section["slug"], section["count"]) for section in sections] == [(house.sections[locale], 2)]
        assert [tag["name"] for tag in data_of(client.get(f"/v1/{locale}/tags"))] == ["Open"]
        people = data_of(client.get(f"/v1/{locale}/people"))
        assert [(person["name"], person["count"]) for person in people] == [("Mina", 1)]
        archive = data_of(client.get(f"/v1/{locale}/archive"))
        assert sum(year["count"] for year in archive["years"]) == 2
        changes = data_of(client.get(f"/v1/{locale}/changes"))
        assert {row["id"] for row in changes} == {row["article"] for row in house.live[locale]}
        later = data_of(client.get(f"/v1/{locale}/changes?since=0"))
        assert {row["id"] for row in later} == {
            row["article"] for row in (*house.live[locale], *house.withdrawn[locale])
        }
        opened = data_of(client.get(f"/v1/{locale}/articles/open-book"))
        assert opened["newer"]["title"] == "Book with a newer draft"
        assert opened["older"] is None
        assert opened["translations"] == []


def test_what_is_hidden_answers_like_what_is_not_there(app: Flask) -> None:
    """Status, headers, body and the number of statements, for every address under which a draft could be guessed."""
    client = quick_client(app)
    house = furnish(app)
    missing_id = str(uuid4())
    for locale in EDITIONS:
        for row in [*house.hidden[locale], house.newer[locale]][:: 1 if locale == "fa" else 3]:
            nothing = "q" * len(row["slug"])
            pairs = [
                (f"/v1/{locale}/articles/{row['slug']}", f"/v1/{locale}/articles/{nothing}"),
                *(
                    (f"/v1/{locale}/{kind}/{name}", f"/v1/{locale}/{kind}/{'q' * len(name)}")
                    for kind, name in [("tags", row["tags"][0]), ("people", row["authors"][0])]
                ),
                *(
                    (f"/v1/{locale}/articles?{param}={name}", f"/v1/{locale}/articles?{param}={'q' * len(name)}")
                    for param, name in [("tag", row["tags"][0]), ("author", row["authors"][0])]
                ),
            ]
            if row["article"] in house.secret_ids:
                pairs += [
                    (f"/v1/articles/{row['article']}{query}", f"/v1/articles/{missing_id}{query}")
                    for query in ("", f"?locale={locale}", "?fallback=en,fa", "?fields=title&body=text")
                ]
            for hidden, absent in pairs:
                for method in ("GET", "HEAD", "OPTIONS"):
                    assert_alike(app, client, method, hidden, absent)


def assert_alike(app: Flask, client: FlaskClient, method: str, hidden: str, absent: str, **sent: str) -> None:
    heard = []
    for path in (hidden, absent):
        with statements(app) as sql:
            answer = client.open(path, method=method, headers=sent)
        address = path.partition("?")[0]
        heard.append((told(answer).replace(address, "…"), [statement.split()[0] for statement in sql]))
    assert heard[0] == heard[1], hidden


def test_a_draft_of_a_published_article_is_told_from_none_by_nothing(app: Flask, client: FlaskClient) -> None:
    """The article is known; whether its Farsi text is being written is not."""
    house = furnish(app)
    known, other = house.live["en"][0]["article"], house.live["en"][1]["article"]
    for query in ("?locale=fa", "?locale=sq", "?locale=fa&fallback=sq", "?locale=fa&fallback=sq,en"):
        answers_ = [client.get(f"/v1/articles/{article}{query}") for article in (known, other)]
        assert [answer.status_code for answer in answers_] == [200 if query.endswith("en") else 404] * 2
        if answers_[0].status_code == 404:
            assert [answer.json["available"] for answer in answers_ if answer.json] == [["en"], ["en"]]
    for language in ("fa", "sq", "fa, sq;q=0.5"):
        answer = client.get(f"/v1/articles/{known}", headers={"Accept-Language": language})
        assert answer.json is not None
        assert answer.json["meta"]["locale"] == {"requested": "en", "served": "en", "fallback": False}


def test_work_in_the_newsroom_changes_no_public_byte(app: Flask) -> None:
    client = quick_client(app)
    house = furnish(app)
    paths = [path for locale in ("en", "fa") for path in dict.fromkeys(addresses(app, house, locale))]
    paths = [path for path in paths if not path.startswith(("/readyz", "/openapi", "/docs", "/problems"))]
    paths = [path for path in paths if not path.endswith("/contact")]  # each answer holds a form of its own
    before = {path: told(client.get(path)) for path in paths}
    etag = client.get("/v1/en/articles").headers["ETag"]
    work_on(house)
    after = {path: told(client.get(path)) for path in paths}
    assert len(paths) > 200
    assert [path for path in paths if before[path] != after[path]] == []
    assert client.get("/v1/en/articles", headers={"If-None-Match": etag}).status_code == 304


def work_on(house: House) -> None:
    """A busy day on which nothing is published."""
    desk = house.desk
    for locale in ("en", "fa"):
        draft, submitted, approved, archived, scheduled = house.hidden[locale][:5]
        desk.edit(draft, **secret_words())
        desk.edit(house.newer[locale], **secret_words(), published_at="2020-01-01T00:00:00Z")
        desk.step(desk.step(draft, "submit"), "approve")
        desk.step(submitted, "return", note=canary())
        desk.step(approved, "schedule", publish_at="2098-01-01T00:00:00Z")
        desk.step(house.live[locale][1], "schedule", publish_at="2098-01-01T00:00:00Z")
        desk.step(archived, "return")
        desk.step(scheduled, "schedule", publish_at=None)
        for row in (draft, house.newer[locale]):
            desk.call("POST", f"/articles/{row['article']}/variants/{locale}/preview", {}, expect=201)
        throw_away(desk, submitted)
        desk.call("POST", f"/trash/{house.hidden[locale][5]['id']}/restore", {}, expect=200)
        write(desk, locale, **secret_words())
        desk.edit(house.withdrawn[locale][0], **secret_words())
    desk.translate(house.live["en"][1], "fa", **secret_words())
    group = f"/articles/{house.hidden['en'][0]['article']}"
    etag = desk.call("GET", group, expect=200).headers["ETag"]
    joined = desk.call("POST", f"{group}/links", {"article": house.hidden["fa"][0]["article"]}, if_match=etag)
    assert joined.status_code == 200
    etag = joined.headers["ETag"]
    desk.call("DELETE", f"{group}/links/fa", if_match=etag, expect=200)


SHOWN_IN_LISTS = {
    "id", "kind", "locale", "lang", "dir", "slug", "url", "title", "lead", "image", "sections", "tags", "authors",
    "translators", "people", "source", "published", "updated_at", "comments", "featured", "fields", "translations",
}  # fmt: skip
SHOWN_ALONE = {"body", "freshness", "newer", "older", "breadcrumbs", "share", "seo"}


def column_names() -> set[str]:
    """Every column and relation of every table there is."""
    mappers = list(Base.registry.mappers)
    columns = {attribute.key for mapper in mappers for attribute in mapper.attrs}
    relations = {
        f"{relation.key}.{other}" for mapper in mappers for relation in mapper.relationships for other in columns
    }
    return columns | relations | {"__class__", "password_hash", "created_by.email", "*", "title.__len__", "Title"}


def test_fields_name_what_the_contract_shows_and_nothing_else(app: Flask) -> None:
    client = quick_client(app)
    open_house(app, "en")
    article = desk_for(app).published("en", "Open")["article"]
    for path in ("/v1/en/articles", "/v1/en/articles/open", f"/v1/articles/{article}"):
        for name in column_names() | SHOWN_IN_LISTS | SHOWN_ALONE:
            answer = client.get(path, query_string={"fields": name})
            if name in SHOWN_IN_LISTS | SHOWN_ALONE:
                assert answer.status_code == 200, name
                shown = data_of(answer)
                assert set(shown[0] if isinstance(shown, list) else shown) == {name}
            else:
                assert answer.status_code == 422, name
                assert answer.json is not None
                assert [problem["parameter"] for problem in answer.json["errors"]] == ["fields"]
        assert client.get(path, query_string={"fields": "title,password_hash"}).status_code == 422


def test_an_unknown_field_is_refused_of_an_empty_list_too(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    assert client.get("/v1/en/articles?fields=password_hash").status_code == 422
    assert client.get("/v1/en/articles?fields=title").status_code == 200
