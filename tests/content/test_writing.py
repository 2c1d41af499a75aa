"""Creating, replacing and changing variants: what is kept, what is merged, what makes a revision."""

from typing import Any

import pytest
from flask import Flask

from tests.newsroom import address_of, data, desk_for, open_house

EVERYTHING: dict[str, Any] = {
    "slug": "harbour",
    "title": "The harbour",
    "lead": "Boats.",
    "body": {"html": "<p>One.</p><p>Two.</p>"},
    "tags": ["Sea", "Boats"],
    "image": None,
    "featured": True,
    "authors": ["Ana Dema"],
    "translators": ["Bo Li"],
    "source": {"name": "The Log", "url": "https://log.example/1"},
    "seo": {"title": "Harbour", "description": "All about it", "noindex": True},
    "published_at": "2020-02-29T12:00:00Z",
}
BLANK: dict[str, Any] = {
    "lead": "",
    "body": {"blocks": [], "html": ""},
    "fields": {},
    "sections": [],
    "tags": [],
    "image": None,
    "featured": False,
    "authors": [],
    "translators": [],
    "source": None,
    "seo": {"title": None, "description": None, "noindex": False},
}


def test_a_new_article_is_a_draft_that_says_what_it_was_told(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    answer = desk.call("POST", "/articles", {"kind": "article", "locale": "EN", **EVERYTHING}, expect=201)
    made = data(answer)
    assert answer.headers["Location"] == f"/v1/manage{address_of(made)}"
    assert answer.headers["ETag"] == desk.variant(made["article"], "en").headers["ETag"]
    assert {name: made[name] for name in EVERYTHING if name != "body"} == {
        name: value for name, value in EVERYTHING.items() if name != "body"
    }
    assert [(block["type"], block["html"]) for block in made["body"]["blocks"]] == [
        ("paragraph", "One."),
        ("paragraph", "Two."),
    ]
    expected = {"stage": "draft", "visibility": "unpublished", "revision": 1, "live_revision": None, "locale": "en"}
    assert {name: made[name] for name in expected} == expected
    assert made["based_on"] is None
    assert made["freshness"] == {"state": "source", "source": None, "outdated_segments": 0}
    assert answer.json["meta"]["removed"] == []  # type: ignore[index]
    bare = desk.write("fa", "خبر")
    assert {name: bare[name] for name in BLANK} == BLANK
    assert (bare["dir"], bare["slug"], bare["published_at"]) == ("rtl", "خبر", None)


def test_put_replaces_all_but_slug_date_and_source(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    source = desk.write("en", "Source")
    made = desk.translate(source, "fa", **{**EVERYTHING, "slug": "بندر"})
    etag = desk.variant(made["article"], "fa").headers["ETag"]
    now = data(desk.call("PUT", address_of(made), {"title": "بندر تازه"}, if_match=etag, expect=200))
    assert {name: now[name] for name in BLANK} == BLANK
    kept = {"slug": "بندر", "published_at": "2020-02-29T12:00:00Z", "based_on": {"locale": "en", "revision": 1}}
    assert {name: now[name] for name in kept} == kept
    assert (now["revision"], now["title"]) == (2, "بندر تازه")
    etag = desk.variant(made["article"], "fa").headers["ETag"]
    body = {"title": "بندر", "slug": "لنگرگاه", "published_at": None, "based_on": None}
    now = data(desk.call("PUT", address_of(made), body, if_match=etag, expect=200))
    assert (now["slug"], now["published_at"], now["based_on"]) == ("لنگرگاه", None, None)


def test_put_asks_for_a_title_and_patch_does_not(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.write()
    etag = desk.variant(made["article"], "en").headers["ETag"]
    refuse = {"status": 422, "code": "invalid"}
    desk.refused("PUT", address_of(made), {"lead": "x"}, at="/title", if_match=etag, **refuse)  # type: ignore[arg-type]
    body = {"copy_from": "fa"}
    desk.refused("PUT", address_of(made), body, at="/copy_from", if_match=etag, **refuse)  # type: ignore[arg-type]
    desk.refused("PATCH", address_of(made), body, at="/copy_from", if_match=etag, **refuse)  # type: ignore[arg-type]
    assert desk.edit(made, lead="x")["title"] == made["title"]


def test_patch_merges_fields_and_seo_and_replaces_the_rest(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    book = desk.write("en", "A book", kind="book", fields={"author": "A. Writer", "pages": 120}, tags=["One", "Two"])
    now = desk.edit(book, fields={"pages": None, "year": 1999}, seo={"title": "Read it"}, tags=["Two"])
    assert now["fields"] == {"author": "A. Writer", "year": 1999}
    assert now["seo"] == {"title": "Read it", "description": None, "noindex": False}
    assert now["tags"] == ["Two"]
    now = desk.edit(book, seo={"noindex": True, "title": None})
    assert now["seo"] == {"title": None, "description": None, "noindex": True}
    now = desk.edit(book, fields=None, seo=None)
    assert (now["fields"], now["seo"]["noindex"]) == ({}, False)


def test_a_change_that_changes_nothing_makes_no_revision(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.step(desk.write("en", **{**EVERYTHING, "title": "The harbour"}), "submit")
    etag = desk.variant(made["article"], "en").headers["ETag"]
    body = {name: made[name] for name in EVERYTHING} | {"body": {"blocks": made["body"]["blocks"]}}
    for method, same in (
        ("PATCH", {}),
        ("PATCH", {"title": "  The   harbour "}),
        ("PATCH", {"tags": ["SEA", "boats"]}),
        ("PATCH", {"body": {"html": made["body"]["html"]}}),
        ("PATCH", {"note": "nothing", "minor": True}),
        ("PUT", body),
        ("PUT", body | {"fields": None, "slug": "Harbour"}),
    ):
        answer = desk.call(method, address_of(made), same, if_match=etag, expect=200)
        now = data(answer)
        assert (answer.headers["ETag"], now["revision"], now["stage"]) == (etag, 1, "in_review"), same
    changed = desk.edit(made, lead="Ships.")
    assert (changed["revision"], changed["stage"]) == (2, "draft")
    assert changed["version"] > made["version"]


def test_a_new_slug_alone_is_a_new_version_and_no_revision(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write()
    now = desk.edit(made, slug="another")
    assert (now["slug"], now["revision"]) == ("another", 1)
    assert now["version"] > made["version"]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"titel": "x"}, "/titel", "unknown_field"),
    ({"seo": {"keywords": "x"}}, "/seo/keywords", "unknown_field"),
    ({"source": {"name": "x", "link": "y"}}, "/source/link", "unknown_field"),
    ({"source": {"url": "https://x.example"}}, "/source/name", "required"),
    ({"source": {"name": "x", "url": "javascript:alert(1)"}}, "/source/url", "invalid_url"),
    ({"kind": "page"}, "/kind", "unknown_field"),
    ({"locale": "en"}, "/locale", "unknown_field"),
    ({"stage": "approved"}, "/stage", "unknown_field"),
    ({"id": "x"}, "/id", "unknown_field"),
    ({"title": "x" * 301}, "/title", "too_long"),
    ({"title": " \u200e\n"}, "/title", "empty"),
    ({"title": None}, "/title", "null"),
    ({"title": ["x"]}, "/title", "invalid_type"),
    ({"lead": "x" * 2001}, "/lead", "too_long"),
    ({"lead": None}, "/lead", "null"),
    ({"slug": "x" * 121}, "/slug", "invalid_slug"),
    ({"slug": "a/b"}, "/slug", "invalid_slug"),
    ({"slug": "feed.atom"}, "/slug", "invalid_slug"),
    ({"slug": "Search"}, "/slug", "invalid_slug"),
    ({"slug": ""}, "/slug", "invalid_slug"),
    ({"slug": None}, "/slug", "null"),
    ({"tags": [f"tag {number}" for number in range(51)]}, "/tags", "too_many"),
    ({"tags": ["ok", ""]}, "/tags/1", "empty"),
    ({"tags": "sea"}, "/tags", "invalid_type"),
    ({"tags": ["x" * 101]}, "/tags/0", "too_long"),
    ({"authors": [7]}, "/authors/0", "invalid_type"),
    ({"sections": ["nope"]}, "/sections/0", "invalid_type"),
    ({"sections": ["01a20a2f-16f3-7769-8ea9-587b0fed4b90"]}, "/sections/0", "unknown_section"),
    ({"image": "01a20a2f-16f3-7769-8ea9-587b0fed4b90"}, "/image", "unknown_asset"),
    ({"image": {"id": "x"}}, "/image", "invalid_type"),
    ({"featured": "true"}, "/featured", "invalid_type"),
    ({"published_at": "2999-01-01T00:00:00Z"}, "/published_at", "in_the_future"),
    ({"published_at": "2020-01-01"}, "/published_at", "invalid"),
    ({"published_at": "2020-01-01T00:00:00"}, "/published_at", "invalid"),
    ({"published_at": 0}, "/published_at", "invalid"),
    ({"based_on": {"locale": "en", "revision": 1}}, "/based_on", "unknown_source"),
    ({"based_on": {"locale": "fa", "revision": 1}}, "/based_on", "unknown_source"),
    ({"based_on": {"locale": "fa"}}, "/based_on/revision", "required"),
    ({"based_on": {"locale": "fa", "revision": "1"}}, "/based_on/revision", "invalid_type"),
    ({"body": "<p>x</p>"}, "/body", "invalid"),
    ({"body": {}}, "/body", "invalid"),
    ({"body": {"html": "x", "blocks": []}}, "/body", "invalid"),
    ({"body": {"blocks": [{"type": "image", "asset": "x"}]}}, "/body/blocks/0/asset", "invalid"),
    ({"body": {"blocks": [{"type": "file", "asset": "x", "label": "y"}]}}, "/body/blocks/0/asset", "invalid"),
    ({"minor": 1}, "/minor", "invalid_type"),
    ({"note": "x" * 501}, "/note", "too_long"),
]


def test_a_wrong_value_is_named_and_nothing_is_written(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.write()
    etag = desk.variant(made["article"], "en").headers["ETag"]
    for body, place, code in WRONG:
        problem = desk.refused("PATCH", address_of(made), body, status=422, code="invalid", at=place, if_match=etag)
        assert {each["pointer"]: each["code"] for each in problem["errors"]} == {place: code}, body


def test_the_longest_of_everything_is_still_taken(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    tags = [f"tag {number}" for number in range(50)]
    made = desk.write("en", "t" * 300, lead="l" * 2000, slug="s" * 120, tags=tags)
    assert (len(made["title"]), len(made["lead"]), len(made["slug"]), made["tags"]) == (300, 2000, 120, tags)


def test_a_new_article_needs_kind_locale_and_title(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for body, places in (
        ({}, {"/kind", "/locale", "/title"}),
        ({"kind": "poem", "locale": "xx", "title": ""}, {"/kind", "/locale", "/title"}),
        ({"kind": "article", "locale": "fa", "title": "x"}, {"/locale"}),
        ({"kind": "article", "locale": "en", "title": "x", "copy_from": "fa"}, {"/copy_from"}),
        ({"kind": "article", "locale": "en", "title": "x", "based_on": {"locale": "fa", "revision": 1}}, {"/based_on"}),
    ):
        problem = desk.refused("POST", "/articles", body, status=422, code="invalid")
        assert {each["pointer"] for each in problem["errors"]} == places


def test_what_sanitising_takes_away_is_told(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    html = '<p onclick="x()">One<script>alert(1)</script> <a href="javascript:x">two</a></p>'
    body = {"kind": "article", "locale": "en", "title": "x", "body": {"html": html}}
    answer = desk.call("POST", "/articles", body, expect=201)
    removed = answer.json["meta"]["removed"]  # type: ignore[index]
    assert len(removed) >= 3
    assert "script" in str(removed)
    html = data(answer)["body"]["html"]
    assert "script" not in html
    assert "javascript" not in html
    assert "onclick" not in html
    assert desk.call("GET", address_of(data(answer))).json["meta"]["removed"] == []  # type: ignore[index]


GOOD_FIELDS: dict[str, dict[str, Any]] = {
    "cartoon": {"artist": "A. Line"},
    "newspic": {"photographer": "P. Lens", "place": "Gjirokastër", "taken_on": "2024-02-29"},
    "gallery": {"photographer": "P. Lens", "place": "Yazd"},
    "video": {"url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "duration": 212},
    "book": {"author": "W", "isbn": "978-0-306-40615-7", "year": 1980, "pages": 10, "publisher": "P"},
    "newsletter": {"number": 12, "period": "Spring"},
}
OF_MEDIA = {
    "gallery": {"pictures"},
    "video": {"file", "poster"},
    "book": {"cover", "file"},
    "newsletter": {"pdf", "cover"},
}
"""Fields that name files of the media library: tests/delivery/test_media.py."""
BAD_FIELDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("article", {"isbn": "9780306406157"}, "isbn", "unknown_field"),
    ("book", {"isbn": "9780306406158"}, "isbn", "invalid_isbn"),
    ("book", {"isbn": "0306406153"}, "isbn", "invalid_isbn"),
    ("book", {"isbn": 9780306406157}, "isbn", "invalid_isbn"),
    ("book", {"isbn": "٩٧٨٠٣٠٦٤٠٦١٥٧"}, "isbn", "invalid_isbn"),
    ("book", {"year": "1980"}, "year", "invalid_type"),
    ("book", {"year": 0}, "year", "out_of_range"),
    ("book", {"pages": True}, "pages", "invalid_type"),
    ("book", {"author": "x" * 301}, "author", "too_long"),
    ("book", {"author": ["x"]}, "author", "invalid_type"),
    ("video", {"url": "https://videos.example/1"}, "url", "unknown_embed"),
    ("video", {"url": "javascript:alert(1)"}, "url", "unknown_embed"),
    ("video", {"url": 7}, "url", "unknown_embed"),
    ("video", {"duration": 0}, "duration", "out_of_range"),
    ("newspic", {"taken_on": "2023-02-29"}, "taken_on", "invalid"),
    ("newspic", {"taken_on": "29.02.2024"}, "taken_on", "invalid"),
    ("newsletter", {"number": 1.5}, "number", "invalid_type"),
]


def test_each_kind_takes_the_fields_it_declares(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    declared = {kind["name"]: kind for kind in data(desk.call("GET", "/kinds", expect=200))}
    assert len(declared) == 9
    assert [name for name, kind in declared.items() if not kind["listed"]] == ["page"]
    for kind, fields in GOOD_FIELDS.items():
        assert set(declared[kind]["fields"]) == set(fields) | OF_MEDIA.get(kind, set())
        made = desk.write("en", kind, kind=kind, fields=fields)
        expected = fields | ({"isbn": "9780306406157"} if kind == "book" else {})
        assert made["fields"] == expected
    assert desk.write("en", "x", kind="book", fields={"isbn": "0-306-40615-2"})["fields"]["isbn"] == "0306406152"
    assert desk.write("en", "y", kind="book", fields={"isbn": "0-8044-2957-X"})["fields"]["isbn"] == "080442957X"
    assert desk.write("en", "z", kind="book", fields={"isbn": None, "author": ""})["fields"] == {}


@pytest.mark.parametrize(("kind", "fields", "name", "code"), BAD_FIELDS)
def test_a_field_that_its_kind_does_not_declare_or_take_is_refused(
    app: Flask, kind: str, fields: dict[str, Any], name: str, code: str
) -> None:
    open_house(app, "en")
    body = {"kind": kind, "locale": "en", "title": "x", "fields": fields}
    problem = desk_for(app).refused("POST", "/articles", body, status=422, code="invalid")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [(f"/fields/{name}", code)]


def test_tags_and_bylines_find_their_terms_by_folded_name(app: Flask) -> None:
    open_house(app, "fa", "en")
    desk = desk_for(app)
    first = desk.write("fa", "یک", tags=["کتاب‌خانه"], authors=["علی یوسفی"])
    second = desk.write("fa", "دو", tags=["كتاب‌خانه", "کتاب‌خانه"], authors=["علي يوسفي"], translators=["علی یوسفی"])
    assert second["tags"] == first["tags"] == ["کتاب‌خانه"]
    assert second["translators"] == first["authors"] == ["علی یوسفی"]
    assert len(data(desk.call("GET", "/tags"))) == len(data(desk.call("GET", "/people"))) == 1
    desk.write("en", "One", tags=["کتاب‌خانه"])
    assert len(data(desk.call("GET", "/tags"))) == 2
