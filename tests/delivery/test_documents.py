"""One article alone: what it says, in which language it comes, and under which headers."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import data, desk_for, open_house, read
from tests.press import press, press_translations

HTML = "<h2>Head</h2><p>One <strong>bold</strong> &amp; “quoted”.</p><ul><li>a</li><li>b</li></ul>"


def test_an_article_alone_has_the_shape_of_the_contract(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    desk = desk_for(app)
    names = {"en": {"name": "Rights"}, "fa": {"name": "حقوق"}}
    section = data(desk.call("POST", "/sections", {"names": names}, expect=201))["id"]
    english = desk.published("en", "Human rights", sections=[section])
    desk.publish(
        desk.translate(
            english,
            "fa",
            title="حقوق بشر",
            lead="متن",
            body={"html": HTML},
            sections=[section],
            tags=["صلح"],
            authors=["آنا"],
            translators=["بهار"],
            source={"name": "Log", "url": "https://log.example/1"},
            published_at="2025-11-23T10:00:00Z",
        )
    )
    found = read(client, "/fa/articles/حقوق-بشر")
    base = "http://127.0.0.1:8000"
    expected = {
        "id": english["article"],
        "kind": "article",
        "locale": "fa",
        "lang": "fa",
        "dir": "rtl",
        "slug": "حقوق-بشر",
        "url": f"{base}/fa/حقوق-بشر",
        "title": "حقوق بشر",
        "lead": "متن",
        "image": None,
        "sections": [{"slug": "حقوق", "name": "حقوق"}],
        "tags": [{"slug": "صلح", "name": "صلح"}],
        "authors": ["آنا"],
        "translators": ["بهار"],
        "people": [
            {"slug": "آنا", "name": "آنا", "role": "author"},
            {"slug": "بهار", "name": "بهار", "role": "translator"},
        ],
        "source": {"name": "Log", "url": "https://log.example/1"},
        "published": {
            "at": "2025-11-23T10:00:00Z",
            "local": "2025-11-23T13:30:00+03:30",
            "calendar": "persian",
            "display": "۲ آذر ۱۴۰۴",
            "long": "یکشنبه ۲ آذر ۱۴۰۴",
        },
        "comments": 0,
        "featured": False,
        "fields": {},
        "freshness": {"state": "current", "source": "en", "outdated_segments": 0},
        "newer": None,
        "older": None,
        "breadcrumbs": [{"name": "حقوق", "url": f"{base}/fa/sections/حقوق"}],
    }
    assert {name: found[name] for name in expected} == expected
    (other,) = found["translations"]
    assert other == {
        "locale": "en",
        "lang": "en",
        "dir": "ltr",
        "name": "English",
        "title": "Human rights",
        "slug": "human-rights",
        "url": f"{base}/en/human-rights",
        "published_at": other["published_at"],
        "freshness": "source",
    }
    (share,) = found["share"]
    assert share["network"] == "email"
    assert share["url"].isascii()
    seo = found["seo"]
    assert (seo["title"], seo["description"], seo["canonical"], seo["noindex"]) == (
        "حقوق بشر",
        "متن",
        found["url"],
        False,
    )
    linked = seo["json_ld"]
    assert (linked["@context"], linked["@type"], linked["inLanguage"]) == ("https://schema.org", "NewsArticle", "fa")
    assert linked["translationOfWork"]["@id"] == f"{base}/en/human-rights"
    assert linked["author"] == [{"@type": "Person", "name": "آنا"}]
    assert linked["articleSection"] == ["حقوق"]
    origin = read(client, "/en/articles/human-rights")["seo"]["json_ld"]
    assert [each["inLanguage"] for each in origin["workTranslation"]] == ["fa"]
    item = read(client, "/fa/articles")[0]
    assert item == {name: found[name] for name in item}
    assert set(found) - set(item) == {
        "body",
        "freshness",
        "newer",
        "older",
        "breadcrumbs",
        "share",
        "seo",
    }


def test_a_body_comes_in_the_forms_that_are_asked_for(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk_for(app).published("en", "One", body={"html": HTML})
    assert list(read(client, "/en/articles/one")["body"]) == ["html"]
    forms = read(client, "/en/articles/one?body=text,blocks,html")["body"]
    assert set(forms) == {"html", "blocks", "text"}
    assert [block["type"] for block in forms["blocks"]] == ["heading", "paragraph", "list"]
    assert "One bold & “quoted”." in forms["text"]
    assert "<" not in forms["text"]
    assert "<strong>bold</strong>" in forms["html"]
    for wrong in ("pdf", "html,pdf", ""):
        problem = read(client, f"/en/articles/one?body={wrong}", expect=422)
        assert problem["errors"][0]["parameter"] == "body"


def test_neighbours_are_of_the_same_kind_and_edition(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    press(app, "en", {"title": "1"}, {"title": "2"}, {"title": "brief", "kind": "brief"}, {"title": "3"})
    press(app, "fa", {"title": "۴"})

    def around(slug: str) -> tuple[str | None, str | None]:
        found = read(client, f"/en/articles/{slug}")
        return tuple(found[side] and found[side]["slug"] for side in ("older", "newer"))

    assert [around(slug) for slug in ("1", "2", "3", "brief")] == [(None, "2"), ("1", "3"), ("2", None), (None, None)]
    press(app, "en", {"title": "About", "kind": "page"}, {"title": "Imprint", "kind": "page"})
    assert around("about") == around("imprint") == (None, None)
    two = read(client, "/en/articles/2")
    assert read(client, "/en/articles/1")["newer"] == {
        "id": two["id"],
        "slug": "2",
        "url": two["url"],
        "title": "2",
        "published_at": two["published"]["at"],
    }
    etag = client.get("/v1/en/articles/1").headers["ETag"]
    desk_for(app).step({"article": two["id"], "locale": "en"}, "unpublish")
    assert around("1") == (None, "3")
    assert client.get("/v1/en/articles/1").headers["ETag"] != etag


def test_old_and_wide_names_of_a_language_get_its_edition(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    (work,) = press(app, "en", {"title": "One"})
    press_translations(app, "ar", {work: "واحد"})
    press_translations(app, "fa", {work: "یک"})
    press_translations(app, "sq", {work: "Një"})
    wanted = {
        "fa": ["fa-IR, en;q=0.9", "prs", "prs-AF", "pes", "pes-IR", "fas", "per", "fa-AF, ar", "FA_ir, fa;q=0.1"],
        "ar": ["ar-EG", "arb", "arb-SA", "ara", "ar-Arab-EG", "ar-001, fa", "en;q=0.1, ar-EG;q=0.2"],
        "sq": ["als", "sq-XK", "sqi", "alb", "sq-MK, en", "als-AL;q=0.9, en;q=0.8", "xx, *;q=0.5, sq-XK;q=0.1"],
        "en": ["ckb", "ckb-IQ", "ku-Arab", "ur", "ps", "*", "de, *", "fa;q=0, ar;q=0, sq;q=0", "arb;q=0"],
    }
    for locale, headers in wanted.items():
        for accepted in headers:
            answer = client.get(f"/v1/articles/{work}", headers={"Accept-Language": accepted})
            assert data(answer)["locale"] == answer.headers["Content-Language"] == locale, accepted


def test_an_id_is_answered_in_the_language_that_was_asked_for(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    (work,) = press(app, "en", {"title": "One"})
    press_translations(app, "fa", {work: "یک"})
    desk = desk_for(app)
    desk.call("PUT", f"/articles/{work}/variants/sq", {"title": "Një"}, if_none_match="*", expect=201)
    for accepted, locale in (
        ("fa-IR, en;q=0.9", "fa"),
        ("en;q=0.8, fa;q=0.9", "fa"),
        ("prs", "fa"),
        ("sq, ar, fa;q=0.1", "fa"),
        ("sq", "en"),
        ("ckb", "en"),
        ("*", "en"),
        ("", "en"),
        ("de, fr;q=0", "en"),
        ("en-GB;q=0, en;q=0.5", "en"),
    ):
        answer = client.get(f"/v1/articles/{work}", headers={"Accept-Language": accepted})
        assert data(answer)["locale"] == locale, accepted
        assert answer.json["meta"] == {"locale": {"requested": locale, "served": locale, "fallback": False}}  # type: ignore[index]
        assert answer.headers["Vary"].startswith("Accept-Language")
        assert answer.headers["Content-Language"] == locale
    named = client.get(f"/v1/articles/{work}?locale=FA", headers={"Accept-Language": "en"})
    assert (data(named)["locale"], named.headers.get("Vary", "Accept-Encoding")) == ("fa", "Accept-Encoding")
    missing = client.get(f"/v1/articles/{work}?locale=sq")
    assert missing.status_code == 404
    assert missing.json["available"] == ["en", "fa"]  # type: ignore[index]
    assert "Një" not in missing.get_data(as_text=True)
    for wrong in ("fr", "xx", ""):
        read(client, f"/articles/{work}?locale={wrong}", expect=422)


def test_an_id_that_is_published_nowhere_tells_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    draft = desk.write()
    nothing = "01a20a2f-16f3-7769-8ea9-587b0fed4b90"
    answers = [client.get(f"/v1/articles/{article}").json for article in (draft["article"], nothing)]
    for answer in answers:
        assert answer is not None
        for varying in ("instance", "request_id"):
            del answer[varying]
    assert answers[0] == answers[1]
    gone = desk.published("en", "Gone")
    desk.publish(desk.translate(gone, "fa"))
    desk.step(gone, "unpublish")
    read(client, f"/articles/{gone['article']}?locale=en", expect=410)
    assert read(client, f"/articles/{gone['article']}", accept_language="fa")["locale"] == "fa"


def test_a_video_comes_with_an_embed_that_can_be_shown(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    fields = {"url": "https://youtu.be/dQw4w9WgXcQ", "duration": 212}
    desk_for(app).published("en", "Film", kind="video", fields=fields)
    found = read(client, "/en/articles/film")
    assert found["fields"]["video_id"] == "dQw4w9WgXcQ"
    assert found["fields"]["embed_url"].startswith("https://www.youtube-nocookie.com/")
    assert found["seo"]["json_ld"]["@type"] == "VideoObject"


HEADED = (
    "/editions",
    "/editions/en",
    "/en/articles",
    "/en/articles/one",
    "/en/sections",
    "/en/sections/city",
    "/en/tags",
    "/en/tags/sea",
    "/en/people",
    "/en/people/ana",
    "/en/archive",
    "/en/changes",
)


def test_every_public_answer_can_be_kept_and_asked_for_again(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "City"}}}, expect=201))["id"]
    made = desk.published("en", "One", sections=[section], tags=["Sea"], authors=["Ana"])
    for path in (*HEADED, f"/articles/{made['article']}?locale=en"):
        full = client.get(f"/v1{path}")
        headers = full.headers
        assert headers["ETag"].startswith('W/"'), path
        assert headers["Cache-Control"].startswith("public, max-age="), path
        assert headers["X-Content-Version"].isdigit(), path
        assert headers["Content-Language"] == ("en, fa" if path == "/editions" else "en"), path
        assert headers.get("Vary", "Accept-Encoding") == "Accept-Encoding", path
        assert headers["Access-Control-Allow-Origin"] == "*"
        head = client.head(f"/v1{path}")
        assert (head.status_code, head.get_data()) == (200, b"")
        assert (head.headers["ETag"], head.headers["Content-Length"]) == (headers["ETag"], headers["Content-Length"])
        strong = headers["ETag"].removeprefix("W/")
        for seen in (headers["ETag"], strong, f'"x", {headers["ETag"]}', "*"):
            same = client.get(f"/v1{path}", headers={"If-None-Match": seen})
            assert (same.status_code, same.get_data()) == (304, b""), (path, seen)
            kept = ("ETag", "Cache-Control", "X-Content-Version", "Link")
            assert {name: same.headers.get(name) for name in kept} == {name: headers.get(name) for name in kept}
        assert client.get(f"/v1{path}", headers={"If-None-Match": 'W/"x"'}).status_code == 200
        mine = client.get(f"/v1{path}", headers={"Authorization": f"Bearer {desk.token}"})
        assert mine.headers["Cache-Control"] == "private, no-store"
        assert client.get(f"/v1{path}{'&' if '?' in path else '?'}utm=1").status_code == 422
    gone = client.get("/v1/en/articles/nothing")
    assert (gone.status_code, gone.headers["Cache-Control"]) == (404, "public, max-age=60")


def test_the_content_version_grows_with_every_change_that_readers_see(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)

    def versions() -> list[int]:
        return [int(client.get(f"/v1/{locale}/articles").headers["X-Content-Version"]) for locale in ("en", "fa")]

    before = versions()
    made = desk.write("en")
    desk.edit(made, lead="x")
    assert versions() == before
    desk.publish(made)
    after = versions()
    assert (after[0] > before[0], after[1]) == (True, before[1])
    farsi = desk.translate(made, "fa")
    assert versions() == after
    desk.publish(farsi)
    assert all(now > then for now, then in zip(versions(), after, strict=True))


def links_of(client: FlaskClient, path: str) -> dict[str, str]:
    header = client.get(f"/v1{path}").headers["Link"]
    found: dict[str, Any] = {}
    for part in header.split(", "):
        url, rel, lang = part.split("; ")
        assert rel == 'rel="alternate"'
        found[lang.removeprefix('hreflang="').removesuffix('"')] = url.strip("<>")
    return found


def test_x_default_is_the_default_edition_or_else_the_first(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    farsi = desk.published("fa", "یک")
    albanian = desk.publish(desk.translate(farsi, "sq", title="Një"))
    links = links_of(client, f"/sq/articles/{albanian['slug']}")
    assert list(links) == ["fa", "sq", "x-default"]
    assert links["x-default"] == links["fa"]
    desk.publish(desk.translate(farsi, "en", title="One"))
    links = links_of(client, f"/sq/articles/{albanian['slug']}")
    assert (list(links), links["x-default"]) == (["en", "fa", "sq", "x-default"], links["en"])
    assert links["fa"].isascii()
