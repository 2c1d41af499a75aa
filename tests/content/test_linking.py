"""Joining works and splitting them again: ids, aliases, addresses and readers."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import Desk, address_of, data, desk_for, open_house, read


def group(desk: Desk, article: str) -> tuple[dict[str, Any], str]:
    """An article as the newsroom sees it, and its ETag."""
    answer = desk.call("GET", f"/articles/{article}", expect=200)
    return data(answer), answer.headers["ETag"]


def join(desk: Desk, article: str, other: str) -> dict[str, Any]:
    body = {"article": other}
    return data(desk.call("POST", f"/articles/{article}/links", body, if_match=group(desk, article)[1], expect=200))  # type: ignore[no-any-return]


def split(desk: Desk, article: str, locale: str) -> dict[str, Any]:
    path = f"/articles/{article}/links/{locale}"
    return data(desk.call("DELETE", path, if_match=group(desk, article)[1], expect=200))  # type: ignore[no-any-return]


def position(client: FlaskClient, locale: str) -> str:
    return client.get(f"/v1/{locale}/changes").json["meta"]["since"]  # type: ignore[index, no-any-return]


def changes(client: FlaskClient, locale: str, since: str) -> list[tuple[str, str]]:
    return [(row["type"], row["id"]) for row in read(client, f"/{locale}/changes?since={since}")]


def test_joining_links_two_works_and_keeps_every_variant_as_it_is(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english, farsi, albanian = desk.published("en", "One"), desk.published("fa", "یک"), desk.write("sq", "Një")
    kept, gone = english["article"], farsi["article"]
    assert read(client, "/en/articles/one")["translations"] == []
    start = {locale: position(client, locale) for locale in ("en", "fa", "sq")}
    after = join(desk, kept, gone)
    assert (after["id"], [row["locale"] for row in after["variants"]]) == (kept, ["en", "fa"])
    assert {row["id"] for row in after["variants"]} == {english["id"], farsi["id"]}
    assert [row["slug"] for row in read(client, "/en/articles/one")["translations"]] == ["یک"]
    assert [row["slug"] for row in read(client, "/fa/articles/یک")["translations"]] == ["one"]
    assert read(client, "/fa/articles/یک")["id"] == kept
    link = client.get("/v1/en/articles/one").headers["Link"]
    assert link == client.get("/v1/fa/articles/یک").headers["Link"]
    assert link.count("hreflang") == 3
    assert changes(client, "en", start["en"]) == [("updated", kept)]
    assert changes(client, "fa", start["fa"]) == [("withdrawn", gone), ("published", kept)]
    assert changes(client, "sq", start["sq"]) == []
    join(desk, kept, albanian["article"])
    assert [row["locale"] for row in group(desk, kept)[0]["variants"]] == ["en", "fa", "sq"]
    assert len(read(client, "/en/articles/one")["translations"]) == 1


def test_the_other_id_leads_to_the_one_that_stays(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    first, second, third = desk.published("en", "One"), desk.published("fa", "یک"), desk.published("sq", "Një")
    join(desk, second["article"], third["article"])
    join(desk, first["article"], second["article"])
    for gone in (second, third):
        answer = desk.call("GET", f"/articles/{gone['article']}", expect=301)
        assert answer.headers["Location"] == f"/v1/manage/articles/{first['article']}"
        below = f"/variants/{gone['locale']}/revisions"
        answer = desk.call("GET", f"/articles/{gone['article']}{below}?limit=1", expect=301)
        assert answer.headers["Location"] == f"/v1/manage/articles/{first['article']}{below}?limit=1"
        answer = client.get(f"/v1/articles/{gone['article']}?locale=fa")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/v1/articles/{first['article']}?locale=fa")
        assert data(answer) == {"id": first["article"]}
        assert client.get(answer.headers["Location"]).status_code == 200
        desk.refused("PATCH", address_of(gone), {"title": "x"}, status=404, code="not_found", if_match='"1-00"')
    desk_for(app, "moderator:fa").call("GET", f"/articles/{second['article']}", expect=301)


def test_the_id_of_a_work_that_was_never_published_leads_no_reader_anywhere(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    shown, draft = desk.published("en", "One"), desk.write("fa", "یک")
    missing = client.get("/v1/articles/01a20a2f-16f3-7769-8ea9-587b0fed4b90")
    join(desk, shown["article"], draft["article"])
    answer = client.get(f"/v1/articles/{draft['article']}")
    for each in (answer, missing):
        assert each.json is not None
        assert (each.status_code, each.json["code"]) == (404, "not_found")
    desk.publish(data(desk.variant(shown["article"], "fa")))
    read(client, f"/articles/{draft['article']}", expect=404)


def test_two_works_with_an_edition_in_common_stay_apart(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    first, second = desk.write("en", "One"), desk.write("en", "Uno")
    desk.translate(first, "fa")
    desk.translate(second, "fa")
    desk.translate(second, "sq")
    path = f"/articles/{first['article']}/links"
    etag = group(desk, first["article"])[1]
    body = {"article": second["article"]}
    problem = desk.refused("POST", path, body, status=409, code="conflict", if_match=etag)
    assert problem["locales"] == ["en", "fa"]
    brief = desk.write("sq", "Shkurt", kind="brief")
    desk.refused("POST", path, {"article": brief["article"]}, status=409, code="conflict", if_match=etag)
    itself = {"article": first["article"]}
    desk.refused("POST", path, itself, status=422, code="invalid", at="/article", if_match=etag)
    nothing = {"article": "01a20a2f-16f3-7769-8ea9-587b0fed4b90"}
    desk.refused("POST", path, nothing, status=404, code="not_found", if_match=etag)
    for body in ({}, {"article": "x"}, {"article": None}, {"articles": []}):
        desk.refused("POST", path, body, status=422, code="invalid", if_match=etag)


def test_splitting_makes_a_work_of_its_own_with_the_same_variant_id(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "One")
    farsi = desk.publish(desk.translate(english, "fa", title="یک"))
    desk.publish(desk.translate(english, "sq", title="Një"))
    start = {locale: position(client, locale) for locale in ("en", "fa", "sq")}
    alone = split(desk, english["article"], "fa")
    assert alone["id"] == farsi["id"]
    assert alone["article"] != english["article"]
    assert (alone["based_on"], alone["freshness"]["state"]) == (None, "source")
    assert [row["locale"] for row in read(client, "/en/articles/one")["translations"]] == ["sq"]
    assert [row["locale"] for row in read(client, "/sq/articles/një")["translations"]] == ["en"]
    now = read(client, "/fa/articles/یک")
    assert (now["id"], now["translations"], now["freshness"]["state"]) == (alone["article"], [], "source")
    assert client.get("/v1/fa/articles/یک").headers["Link"].count("hreflang") == 2
    assert changes(client, "en", start["en"]) == [("updated", english["article"])]
    assert changes(client, "sq", start["sq"]) == [("updated", english["article"])]
    assert changes(client, "fa", start["fa"]) == [("withdrawn", english["article"]), ("published", alone["article"])]
    assert read(client, f"/articles/{alone['article']}?locale=fa")["title"] == "یک"
    assert read(client, f"/articles/{alone['article']}", expect=404)["available"] == ["fa"]
    read(client, f"/articles/{english['article']}?locale=fa", expect=410)
    etag = group(desk, alone["article"])[1]
    path = f"/articles/{alone['article']}/links"
    desk.refused("DELETE", f"{path}/fa", status=409, code="conflict", if_match=etag)
    desk.refused("DELETE", f"{path}/sq", status=404, code="not_found", if_match=etag)
    join(desk, english["article"], alone["article"])
    assert read(client, "/fa/articles/یک")["id"] == english["article"]
    assert data(desk.variant(english["article"], "fa"))["based_on"] == {"locale": "en", "revision": 1}
    assert client.get(f"/v1/articles/{alone['article']}").status_code == 301


def test_joining_and_splitting_leave_versions_of_variants_and_the_trash_in_order(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english, farsi = desk.published("en", "One"), desk.write("fa", "یک")
    albanian = desk.translate(farsi, "sq")
    etag = desk.variant(farsi["article"], "sq").headers["ETag"]
    desk.call("DELETE", address_of(albanian), if_match=etag, expect=204)
    before = {locale: data(desk.variant(v["article"], locale)) for locale, v in (("en", english), ("fa", farsi))}
    join(desk, english["article"], farsi["article"])
    for locale, old in before.items():
        now = data(desk.variant(english["article"], locale))
        assert {k: v for k, v in now.items() if k not in ("article", "version")} == {
            k: v for k, v in old.items() if k not in ("article", "version")
        }
    assert data(desk.variant(english["article"], "en"))["version"] == before["en"]["version"]
    back = data(desk.call("POST", f"/trash/{albanian['id']}/restore", {}, expect=200))
    assert (back["article"], back["based_on"]) == (english["article"], {"locale": "fa", "revision": 1})


def test_joining_takes_an_editor_of_every_edition_concerned(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english, farsi = desk.published("en", "One"), desk.published("fa", "یک")
    path, body = f"/articles/{english['article']}/links", {"article": farsi["article"]}
    etag = group(desk, english["article"])[1]
    for grant in ("editor:en", "editor:fa", "author", "translator", "moderator"):
        desk_for(app, grant).refused("POST", path, body, status=403, code="forbidden", if_match=etag)
    both = desk_for(app, "editor:en", "editor:fa")
    join(both, english["article"], farsi["article"])
    path = f"/articles/{english['article']}/links/fa"
    desk_for(app, "editor:fa").refused("DELETE", path, status=403, code="forbidden", if_match=etag)
    split(both, english["article"], "fa")
    trail = [row["action"] for row in data(desk.call("GET", "/audit", expect=200))]
    assert "article.join" in trail
    assert "article.split" in trail


def test_a_text_that_names_what_was_joined_to_it_is_saved_without_it(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    theirs, other = desk.published("fa", "شیر"), desk.published("en", "Bread")
    mine = desk.published("en", "Milk", related=[theirs["article"], other["article"]])
    join(desk, mine["article"], theirs["article"])
    read_back = data(desk.variant(mine["article"], "en"))["related"]
    assert theirs["article"] in read_back
    assert desk.edit(mine, related=read_back, title="Fresh milk")["related"] == [other["article"]]
    etag = desk.variant(mine["article"], "en").headers["ETag"]
    for own in (mine["article"], theirs["article"]):
        body = {"related": [own]}
        desk.refused("PATCH", address_of(mine), body, if_match=etag, status=422, code="invalid", at="/related/0")


def test_releases_and_redirects_know_a_joined_article_by_its_former_id(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    mine, theirs = desk.write("en", "Milk"), desk.write("fa", "شیر")
    join(desk, mine["article"], theirs["article"])
    former = {"article": theirs["article"], "locale": "fa"}
    made = data(desk.call("POST", "/releases", {"title": "Spring", "items": [former]}, expect=201))
    assert [(item["article"], item["locale"]) for item in made["items"]] == [(mine["article"], "fa")]
    etag = desk.call("GET", f"/releases/{made['id']}").headers["ETag"]
    both = [former, {"article": theirs["article"], "locale": "en"}]
    changed = data(desk.call("PATCH", f"/releases/{made['id']}", {"items": both}, if_match=etag, expect=200))
    assert [item["article"] for item in changed["items"]] == [mine["article"]] * 2
    body = {"title": "Twice", "items": [former, {"article": mine["article"], "locale": "fa"}]}
    desk.refused("POST", "/releases", body, status=422, code="invalid", at="/items/1")
    to_it = {"locale": "fa", "path": "/old", "target": {"type": "article", "id": theirs["article"]}}
    redirect = data(desk.call("POST", "/redirects", to_it, expect=201))
    assert redirect["target"]["id"] == mine["article"]
