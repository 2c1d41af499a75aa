"""What a step would do elsewhere, asked before it is taken."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from nejat_cms.db import atomic
from nejat_cms.delivery.actions.comments import set_comment_counts
from nejat_cms.delivery.rules.links import Target, links_in
from nejat_cms.events import drain
from tests.content.test_linking import join, split
from tests.factories import database_digest, statements
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

SITES = {"en": "https://paper.example", "fa": "https://paper.example/fa", "sq": "https://gazeta.example"}


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def impact(desk: Desk, variant: Mapping[str, Any], of: str, **more: str) -> dict[str, list[dict[str, Any]]]:
    """The findings by their codes; asking changes nothing."""
    return _asked(desk, f"{address_of(variant)}/impact?of={of}", **more)


def _asked(desk: Desk, path: str, **more: str) -> dict[str, list[dict[str, Any]]]:
    before = database_digest(desk.client.application)
    query = "".join(f"&{name}={value}" for name, value in more.items())
    answer = desk.call("GET", path + query, expect=200)
    assert database_digest(desk.client.application) == before
    found: dict[str, list[dict[str, Any]]] = {}
    for row in data(answer):
        found.setdefault(row["code"], []).append(row)
    assert {code: sum(row["count"] for row in rows) for code, rows in found.items()} == answer.json["meta"]["counts"]  # type: ignore[index]
    assert answer.json["meta"]["blocked"] == any(  # type: ignore[index]
        row["severity"] == "blocks" for rows in found.values() for row in rows
    )
    return found


def linking(desk: Desk, locale: str, title: str, *addresses: str) -> dict[str, Any]:
    """A published text that links to these."""
    html = "".join(f'<p><a href="{address}">there</a></p>' for address in addresses)
    return desk.published(locale, title, body={"html": html})


def test_links_are_known_by_the_page_they_lead_to() -> None:
    html = (
        '<p><a href="https://paper.example/tides">a</a> <a href="/fa/%D8%AF%D8%B1%DB%8C%D8%A7?x=1#y">b</a>'
        '<a href="https://gazeta.example/sections/deti">c</a> <a href="https://elsewhere.example/tides">d</a>'
        '<a href="mailto:desk@paper.example">e</a> <a href="/">f</a> <a href="/archive/2026/1">g</a>'
        '<a href="/tags/sea&amp;shore">h</a></p>'
    )
    assert links_in(html, "en", SITES) == {
        Target("en", "article", "tides"),
        Target("fa", "article", "دریا"),
        Target("sq", "section", "deti"),
        Target("en", "tag", "sea&shore"),
    }
    assert links_in('<a href="/deti">x</a>', "sq", SITES) == {Target("sq", "article", "deti")}


def test_unpublishing_tells_what_readers_of_every_edition_would_miss(app: Flask, desk: Desk) -> None:
    source = desk.published("en", "Tides", tags=["Sea"], authors=["Mina"])
    persian = desk.publish(desk.translate(source, "fa", title="جزر و مد"))
    url = read(desk.client, "/en/articles/tides")["url"]
    desk.published("en", "Other", authors=["Mina"])
    linking(desk, "sq", "Lidhje", url)
    contents = {"type": "contents", "items": [{"label": "Tides", "article": source["article"]}]}
    desk.published("en", "Letter", body={"blocks": [contents]})
    desk.published("en", "Moon", related=[source["article"]])
    items = [{"label": "More", "children": [{"target": {"type": "article", "id": source["article"]}}]}]
    desk.call("PUT", "/menus/en/main", {"items": items}, if_none_match="*", expect=201)
    desk.call("PUT", "/menus/fa/main", {"items": items}, if_none_match="*", expect=201)
    etag = desk.call("GET", "/editions/en/home", expect=200).headers["ETag"]
    desk.call("PUT", "/editions/en/home", {"featured": [source["article"]]}, if_match=etag, expect=200)
    with app.app_context():
        atomic(set_comment_counts)({UUID(source["id"]): 3})

    found = impact(desk, source, "unpublish")

    assert [(row["locale"], row["url"]) for row in found["address_gone"]] == [("en", url)]
    assert [row["locale"] for row in found["counterpart_lost"]] == ["fa"]
    assert [row["title"] for row in found["source_lost"]] == [persian["title"]]
    assert [(row["locale"], row["title"]) for row in found["link_broken"]] == [("sq", "Lidhje")]
    assert [row["title"] for row in found["contents_broken"]] == ["Letter"]
    assert [(row["type"], row["title"]) for row in found["page_emptied"]] == [("tag", "Sea")]
    assert [row["title"] for row in found["related_lost"]] == ["Moon"]
    assert [(row["locale"], row["title"]) for row in found["menu_item_hidden"]] == [("en", "main")]
    assert [row["locale"] for row in found["pin_hidden"]] == ["en"]
    assert found["comments_hidden"][0]["count"] == 3
    assert set(found) == {
        "related_lost",
        "menu_item_hidden",
        "pin_hidden",
        "comments_hidden",
        "address_gone",
        "counterpart_lost",
        "source_lost",
        "link_broken",
        "contents_broken",
        "page_emptied",
    }
    # And so it is.
    desk.step(source, "unpublish")
    assert read(desk.client, "/en/articles/tides", expect=410)
    assert read(desk.client, "/en/tags/sea", expect=404)
    fa = read(desk.client, f"/fa/articles/{persian['slug']}")
    assert (fa["translations"], fa["freshness"]["source"]) == ([], None)


def test_contents_break_whatever_id_they_name(app: Flask, desk: Desk) -> None:
    tides, farsi = desk.published("en", "Tides"), desk.published("fa", "جزر و مد")
    entries = [{"label": "-", "article": each["article"]} for each in (tides, farsi)]

    def contents_broken(variant: Mapping[str, Any]) -> list[str]:
        with app.app_context():
            drain()
        found = impact(desk, variant, "unpublish")
        assert "link_broken" not in found
        return [row["title"] for row in found.get("contents_broken", ())]

    desk.published("fa", "نامه", body={"blocks": [{"type": "contents", "items": entries}]})
    join(desk, tides["article"], farsi["article"])
    joined = data(desk.variant(tides["article"], "fa"))
    assert contents_broken(joined) == ["نامه"]
    alone = split(desk, tides["article"], "fa")
    assert contents_broken(alone) == ["نامه"]
    again = desk.publish(desk.translate(tides, "fa", title="دریا"))
    assert contents_broken(again) == ["نامه"]
    assert contents_broken(alone) == []


def test_another_slug_tells_what_is_led_on_and_who_loses_an_old_address(desk: Desk) -> None:
    text = desk.published("en", "Tides")
    url = read(desk.client, "/en/articles/tides")["url"]
    linking(desk, "fa", "پیوند", url)
    other = desk.published("en", "Harbour")
    desk.publish(desk.edit(other, slug="harbour-now"))

    found = impact(desk, text, "slug", slug="harbour")

    assert [row["url"] for row in found["address_moves"]] == [url]
    assert [row["title"] for row in found["link_redirected"]] == ["پیوند"]
    assert [row["title"] for row in found["former_address_lost"]] == ["Harbour"]
    assert set(found) == {"address_moves", "link_redirected", "former_address_lost"}
    assert set(impact(desk, text, "slug", slug="harbour-now")) >= {"slug_taken"}
    assert impact(desk, text, "slug", slug="tides") == {}


def test_a_published_text_is_not_deleted_and_a_plan_is_dropped(desk: Desk) -> None:
    text = desk.published("en", "Tides")
    desk.step(text, "schedule", unpublish_at="2099-01-01T00:00:00Z")
    found = impact(desk, text, "delete")
    assert found["published"][0]["severity"] == "blocks"
    assert found["plan_dropped"][0]["severity"] == "follows"
    planned = desk.published("en", "Moon")
    desk.step(desk.edit(planned, lead="Fuller."), "schedule", publish_at="2099-01-01T00:00:00Z")
    assert "plan_dropped" not in impact(desk, planned, "unpublish")
    assert "plan_dropped" in impact(desk, planned, "archive")
    desk.step(planned, "unpublish")
    assert data(desk.variant(planned["article"], "en"))["publish_at"] == "2099-01-01T00:00:00Z"
    draft = desk.write("en", "Draft")
    assert impact(desk, draft, "delete") == {}
    assert set(impact(desk, draft, "unpublish")) == {"not_published"}
    assert set(impact(desk, desk.step(desk.write("en", "Old"), "archive"), "archive")) == {"not_archivable"}
    items = [{"article": draft["article"], "locale": "en"}]
    desk.call("POST", "/releases", {"title": "Spring", "items": items}, expect=201)
    assert [row["title"] for row in impact(desk, draft, "delete")["release_stopped"]] == ["Spring"]
    assert [row["title"] for row in impact(desk, draft, "archive")["release_stopped"]] == ["Spring"]


def test_redirects_by_hand_and_former_addresses_break_too(desk: Desk) -> None:
    text = desk.published("en", "Tides")
    desk.publish(desk.edit(text, slug="ebb-and-flow"))
    body = {"locale": "en", "path": "/old/tides.html", "article": text["article"]}
    desk.call("POST", "/redirects", body, expect=201)
    base = read(desk.client, "/editions/en")["url"]
    linking(desk, "en", "Follower", f"{base}/tides")
    found = impact(desk, text, "archive")
    assert {row["url"] for row in found["address_gone"]} == {f"{base}/tides", f"{base}/ebb-and-flow"}
    assert [row["url"] for row in found["redirect_broken"]] == ["/old/tides.html"]
    assert [row["title"] for row in found["link_broken"]] == ["Follower"]


def test_what_leads_to_an_address_breaks_with_it(desk: Desk) -> None:
    text = desk.published("fa", "کتابِ دریا", slug="كتاب-دريا")  # spelled with the Arabic keyboard
    url = read(desk.client, "/editions/fa")["url"] + "/کتاب-دریا"
    target = {"type": "url", "url": url}
    desk.call("POST", "/redirects", {"locale": "fa", "path": "/old", "target": target}, expect=201)
    items = [{"label": "دریا", "target": {"type": "url", "url": "/کتاب-دریا"}}]
    desk.call("PUT", "/menus/fa/main", {"items": items}, if_none_match="*", expect=201)
    desk.call("PUT", "/menus/en/main", {"items": items}, if_none_match="*", expect=201)
    found = impact(desk, text, "unpublish")
    assert [row["url"] for row in found["redirect_broken"]] == ["/old"]
    assert [row["locale"] for row in found["menu_item_hidden"]] == ["fa"]


def test_a_section_that_front_pages_show_or_only_readers_still_see(desk: Desk) -> None:
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "Sea"}}}, expect=201))["id"]
    text = desk.published("en", "Tides", sections=[section])
    desk.edit(text, sections=[])
    etag = desk.call("GET", "/editions/en/home", expect=200).headers["ETag"]
    desk.call("PUT", "/editions/en/home", {"sections": {section: [text["article"]]}}, if_match=etag, expect=200)
    found = _asked(desk, f"/sections/{section}/impact?of=delete")
    assert [(row["locale"], row["title"]) for row in found["named_by_texts"]] == [("en", "Tides")]
    assert [row["locale"] for row in found["front_page_changed"]] == ["en"]
    etag = desk.call("GET", f"/sections/{section}", expect=200).headers["ETag"]
    desk.refused("DELETE", f"/sections/{section}", if_match=etag, status=409, code="conflict")


def test_a_tag_that_only_a_planned_revision_names(desk: Desk) -> None:
    text = desk.write("en", "Tides", tags=["Sea"])
    tag = data(desk.call("GET", "/tags", expect=200))[0]["id"]
    later = {"publish_at": "2999-01-01T00:00:00Z"}
    text = desk.edit(desk.step(text, "schedule", **later), title="Moon", tags=[])
    desk.edit(desk.step(desk.write("en", "Harbour", tags=["Sea"]), "schedule", **later), lead="Quiet.")
    path = f"/tags/{tag}/impact?of=delete"
    assert sorted(row["title"] for row in _asked(desk, path)["named_by_texts"]) == ["Harbour", "Moon"]
    desk.step(text, "schedule", publish_at=None)
    assert [row["title"] for row in _asked(desk, path)["named_by_texts"]] == ["Harbour"]


def test_of_many_things_fifty_are_told_and_the_others_counted(desk: Desk) -> None:
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "Sea"}}}, expect=201))["id"]
    for number in range(53):
        desk.write("en", f"Draft {number}", sections=[section])
    rows = _asked(desk, f"/sections/{section}/impact?of=delete")["named_by_texts"]
    assert [row["count"] for row in rows] == [1] * 50 + [3]
    assert rows[-1]["title"] is None


def test_links_follow_what_is_live(desk: Desk) -> None:
    text = desk.published("en", "Tides")
    url = read(desk.client, "/en/articles/tides")["url"]
    follower = linking(desk, "en", "Follower", url)
    drafted = desk.edit(follower, body={"html": "<p>No link.</p>"})
    assert "link_broken" in impact(desk, text, "unpublish")
    desk.publish(drafted)
    assert "link_broken" not in impact(desk, text, "unpublish")
    desk.publish(desk.edit(drafted, body={"html": f'<p><a href="{url}">there</a></p>'}))
    assert "link_broken" in impact(desk, text, "unpublish")
    desk.step(drafted, "unpublish")
    assert "link_broken" not in impact(desk, text, "unpublish")


def test_deleting_or_renaming_a_section(desk: Desk) -> None:
    names = {"en": {"name": "Sea"}, "fa": {"name": "دریا"}}
    section = data(desk.call("POST", "/sections", {"names": names}, expect=201))
    base = read(desk.client, "/editions/en")["url"]
    linking(desk, "en", "Follower", f"{base}/sections/sea")
    target = {"type": "section", "id": section["id"]}
    desk.call("PUT", "/menus/fa/main", {"items": [{"target": target}]}, if_none_match="*", expect=201)
    desk.call("POST", "/redirects", {"locale": "en", "path": "/old/sea", "target": target}, expect=201)
    found = _asked(desk, f"/sections/{section['id']}/impact?of=delete")
    assert sorted(row["locale"] for row in found["address_gone"]) == ["en", "fa"]
    assert [row["locale"] for row in found["menu_item_hidden"]] == ["fa"]
    assert [row["url"] for row in found["redirect_broken"]] == ["/old/sea"]
    assert [row["title"] for row in found["link_broken"]] == ["Follower"]
    renamed = _asked(desk, f"/sections/{section['id']}/impact?of=slug&locale=en&slug=ocean")
    assert set(renamed) == {"address_moves", "link_redirected"}

    desk.call("POST", "/sections", {"names": {"en": {"name": "Shore"}}, "parent": section["id"]}, expect=201)
    desk.write("fa", "پیش‌نویس", sections=[section["id"]])
    found = _asked(desk, f"/sections/{section['id']}/impact?of=delete")
    assert [row["title"] for row in found["has_sections_below"]] == ["Shore"]
    assert [row["title"] for row in found["named_by_texts"]] == ["پیش‌نویس"]
    taken = _asked(desk, f"/sections/{section['id']}/impact?of=slug&locale=en&slug=shore")
    assert "slug_taken" in taken


def test_only_who_may_take_the_step_may_ask(app: Flask, desk: Desk) -> None:
    text = desk.published("en", "Tides")
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "Sea"}}}, expect=201))
    for grant in ("author:en", "translator:en", "moderator:en", "editor:fa", "admin:fa"):
        other = desk_for(app, grant)
        for path in (
            f"{address_of(text)}/impact",
            f"{address_of(text)}/impact?of=delete",
            f"{address_of(text)}/impact?of=slug&slug=x",
            f"/sections/{section['id']}/impact",
        ):
            other.refused("GET", path, status=403, code="forbidden")
    draft = desk.write("en", "Draft")
    desk_for(app, "editor:fa").refused("GET", f"{address_of(draft)}/impact", status=404, code="not_found")
    assert impact(desk_for(app, "editor:en"), text, "unpublish")


def test_titles_of_drafts_stay_with_who_may_read_them(app: Flask, desk: Desk) -> None:
    source = desk.published("en", "Tides")
    live = desk.publish(desk.translate(source, "fa", title="جزر و مد"))
    desk.edit(live, title="عنوانی که هنوز کسی نمی‌داند")
    desk.translate(source, "sq", title="Ende e panjohur")
    found = impact(desk_for(app, "editor:en"), source, "unpublish")
    assert [(row["locale"], row["title"]) for row in found["source_lost"]] == [("fa", None)]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("of=slug", "slug"),
        ("of=unpublish&slug=x", "slug"),
        ("of=slug&slug=%20", "slug"),
        ("of=explode", "of"),
        ("when=now", "when"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, query: str, parameter: str) -> None:
    text = desk.published("en", "Tides")
    problem = desk.call("GET", f"{address_of(text)}/impact?{query}", expect=422).json
    assert problem is not None
    assert [each["parameter"] for each in problem["errors"]] == [parameter]


def test_another_slug_is_asked_for_in_an_edition_that_there_is(desk: Desk) -> None:
    section = data(desk.call("POST", "/sections", {"names": {"en": {"name": "Sea"}}}, expect=201))["id"]
    path = f"/sections/{section}/impact?of=slug&slug=x&locale=de"
    desk.refused("GET", path, status=422, code="invalid", at="locale")


def test_the_number_of_statements_does_not_grow(app: Flask, desk: Desk) -> None:
    text = desk.published("en", "Tides")
    url = read(desk.client, "/en/articles/tides")["url"]

    def asked() -> int:
        with statements(app) as counted:
            desk.call("GET", f"{address_of(text)}/impact", expect=200)
        return len(counted)

    linking(desk, "en", "One", url)
    few = asked()
    for number in range(5):
        linking(desk, "en", f"More {number}", url)
    assert asked() == few
