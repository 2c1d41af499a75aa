"""What may change in an edition, who may change it, and what closing one costs."""

from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import Desk, data, desk_for, open_house, read


def etag_of(desk: Desk, locale: str) -> str:
    return desk.call("GET", f"/editions/{locale}", expect=200).headers["ETag"]


def change(desk: Desk, locale: str, **settings: object) -> dict[str, object]:
    path = f"/editions/{locale}"
    return data(desk.call("PATCH", path, settings, if_match=etag_of(desk, locale), expect=200))  # type: ignore[no-any-return]


def test_a_change_names_the_version_it_saw(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    seen = etag_of(desk, "fa")
    desk.refused("PATCH", "/editions/fa", {"title": "خانه"}, status=428, code="precondition_required")
    for stale in ("*", f"W/{seen}", '"7-00"', "nonsense", seen.strip('"')):
        problem = desk.refused(
            "PATCH", "/editions/fa", {"title": "خانه"}, status=412, code="stale_version", if_match=stale
        )
        assert problem["etag"] == seen
    answer = desk.call("PATCH", "/editions/fa", {"title": "خانه"}, if_match=seen, expect=200)
    assert answer.headers["ETag"] == etag_of(desk, "fa") != seen
    problem = desk.refused("PATCH", "/editions/fa", {"title": "دیگر"}, status=412, code="stale_version", if_match=seen)
    assert problem["etag"] == answer.headers["ETag"]
    again = desk.call("PATCH", "/editions/fa", {"title": "خانه"}, if_match=answer.headers["ETag"], expect=200)
    assert again.headers["ETag"] == answer.headers["ETag"]
    desk.refused("DELETE", "/editions/fa", status=428, code="precondition_required")
    desk.refused("DELETE", "/editions/fa", status=412, code="stale_version", if_match=seen)


def test_a_wrong_change_is_named_and_nothing_changes(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    seen = etag_of(desk, "fa")
    for body, place in (
        ({"calendar": "julian"}, "/calendar"),
        ({"timezone": "Tehran"}, "/timezone"),
        ({"numbering": "roman"}, "/numbering"),
        ({"script": "Persian"}, "/script"),
        ({"fallback": ["fa"]}, "/fallback/0"),
        ({"fallback": ["en", "tr"]}, "/fallback/1"),
        ({"fallback": ["en", "en"]}, "/fallback/1"),
        ({"locale": "ar"}, "/locale"),
        ({"title": None}, "/title"),
    ):
        desk.refused("PATCH", "/editions/fa", body, status=422, code="invalid", at=place, if_match=seen)
    desk.refused("PATCH", "/editions/tr", {"title": "x"}, status=404, code="not_found", if_match=seen)


def test_the_default_is_handed_over_and_never_lost(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    for body in ({"is_default": False}, {"enabled": False}):
        desk.refused("PATCH", "/editions/en", body, status=409, code="conflict", if_match=etag_of(desk, "en"))
    desk.refused("DELETE", "/editions/en", status=409, code="conflict", if_match=etag_of(desk, "en"))
    article = desk.published("en")
    desk.publish(desk.translate(article, "fa"))
    assert '/en/a-quiet-morning>; rel="alternate"; hreflang="x-default"' in default_link(client)
    change(desk, "fa", is_default=True)
    assert [each["locale"] for each in read(client, "/editions") if each["is_default"]] == ["fa"]
    assert '/fa/a-quiet-morning-fa>; rel="alternate"; hreflang="x-default"' in default_link(client)
    change(desk, "en", enabled=False)
    desk.refused(
        "PATCH", "/editions/en", {"is_default": True}, status=409, code="conflict", if_match=etag_of(desk, "en")
    )
    assert default_link(client, "/fa/articles/a-quiet-morning-fa").count("hreflang") == 2


def default_link(client: FlaskClient, path: str = "/en/articles/a-quiet-morning") -> str:
    return client.get(f"/v1{path}").headers["Link"]


def test_a_disabled_edition_is_gone_for_readers_until_it_is_back(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    change(desk, "sq", fallback=["fa", "en"])
    section = {"names": {"en": {"name": "City"}, "fa": {"name": "شهر"}}}
    city = data(desk.call("POST", "/sections", section, expect=201))["id"]
    english = desk.published("en", sections=[city])
    farsi = desk.publish(desk.translate(english, "fa", title="بامداد"))
    shown = {
        path: client.get(f"/v1{path}") for path in ("/en/articles", "/en/articles/a-quiet-morning", "/fa/articles")
    }
    assert change(desk, "fa", enabled=False)["enabled"] is False

    assert [edition["locale"] for edition in read(client, "/editions")] == ["en", "sq"]
    for path in ("", "/بامداد"):
        read(client, f"/fa/articles{path}", expect=404)
    for path in ("/editions/fa", "/fa/sections", "/fa/tags", "/fa/people", "/fa/archive", "/fa/changes"):
        read(client, path, expect=404)
    assert "fa" not in read(client, "/editions")[0]["names"]
    assert [home["locale"] for home in read(client, "/editions/en")["counterparts"]] == ["sq"]
    alone = client.get("/v1/en/articles/a-quiet-morning")
    assert data(alone)["translations"] == []
    assert 'hreflang="fa"' not in alone.headers["Link"]
    assert read(client, "/en/sections/city")["translations"] == []
    assert read(client, "/sq/articles?fallback=chain")[0]["locale"] == "en"
    read(client, "/sq/articles?fallback=fa", expect=422)
    read(client, "/en/articles?translated_in=fa", expect=422)
    read(client, f"/articles/{english['article']}?locale=fa", expect=422)
    assert read(client, f"/articles/{english['article']}", accept_language="fa")["locale"] == "en"

    desk.publish(desk.edit(farsi, title="بامداد تازه"))
    assert "fa" not in {row["locale"] for row in read(client, "/en/articles")[0]["translations"]}
    change(desk, "fa", enabled=True)
    assert [row["title"] for row in read(client, "/en/articles")[0]["translations"]] == ["بامداد تازه"]
    assert read(client, "/fa/articles/بامداد")["translations"][0]["locale"] == "en"
    after = client.get("/v1/en/articles/a-quiet-morning")
    assert after.headers["Link"] == shown["/en/articles/a-quiet-morning"].headers["Link"]


def test_what_changes_for_an_edition_is_an_updated_row_for_the_others(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    desk.publish(desk.translate(desk.published("en"), "fa"))
    since = client.get("/v1/en/changes").json["meta"]["since"]  # type: ignore[index]
    change(desk, "fa", enabled=False)
    assert [row["type"] for row in read(client, f"/en/changes?since={since}")] == ["updated"]


def test_an_edition_is_deleted_only_when_nothing_is_in_it(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    change(desk, "sq", fallback=["fa", "en"])
    draft = desk.write("fa", "یک")
    desk.refused("DELETE", "/editions/fa", status=409, code="conflict", if_match=etag_of(desk, "fa"))
    path = f"/articles/{draft['article']}/variants/fa"
    desk.call("DELETE", path, if_match=desk.variant(draft["article"], "fa").headers["ETag"], expect=204)
    desk.refused("DELETE", "/editions/fa", status=409, code="conflict", if_match=etag_of(desk, "fa"))
    desk.call("POST", "/tags", {"names": {"sq": {"name": "Libra"}}}, expect=201)
    desk.refused("DELETE", "/editions/sq", status=409, code="conflict", if_match=etag_of(desk, "sq"))
    desk.call("POST", "/editions", {"locale": "fr"}, expect=201)
    change(desk, "sq", fallback=["fr", "en"])
    desk.call("DELETE", "/editions/fr", if_match=etag_of(desk, "fr"), expect=204)
    assert [edition["locale"] for edition in read(client, "/editions")] == ["en", "fa", "sq"]
    assert data(desk.call("GET", "/editions/sq"))["fallback"] == ["en"]
    read(client, "/fr/articles", expect=404)
    desk.call("POST", "/editions", {"locale": "fr"}, expect=201)
    assert read(client, "/fr/articles") == []


def test_an_administrator_of_one_edition_changes_its_settings_and_no_others(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app, "admin:fa")
    assert change(desk, "fa", tagline="هر روز", timezone="Asia/Kabul")["tagline"] == "هر روز"
    for path, body in (("/editions/en", {"tagline": "Daily"}), ("/editions/fa", {"is_default": True})):
        locale = path[-2:]
        desk.refused("PATCH", path, body, status=403, code="forbidden", if_match=etag_of(desk, locale))
        desk.refused("PATCH", path, body, status=403, code="forbidden", if_match="*")
        desk.refused("PATCH", path, body, status=403, code="forbidden")
    desk.refused("DELETE", "/editions/fa", status=403, code="forbidden", if_match=etag_of(desk, "fa"))
    editor = desk_for(app, "editor:fa")
    editor.refused(
        "PATCH", "/editions/fa", {"tagline": "x"}, status=403, code="forbidden", if_match=etag_of(desk, "fa")
    )


def test_no_two_editions_live_at_one_address(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    change(desk, "en", base_url="https://news.example")
    for url in ("https://news.example", "https://NEWS.example/", "http://127.0.0.1:8000/sq"):
        body = {"locale": "fr", "base_url": url}
        if url.endswith("/sq"):
            desk.call("POST", "/editions", {"locale": "sq"}, expect=201)
        desk.refused("POST", "/editions", body, status=409, code="conflict")
        seen = etag_of(desk, "fa")
        desk.refused("PATCH", "/editions/fa", {"base_url": url}, status=409, code="conflict", if_match=seen)
    change(desk, "fa", base_url="https://news.example/fa")
    change(desk, "fa", base_url=None)
    change(desk, "en", base_url="http://127.0.0.1:8000/de")
    desk.refused("POST", "/editions", {"locale": "de"}, status=409, code="conflict")
