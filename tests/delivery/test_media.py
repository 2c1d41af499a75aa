"""What readers are shown of the media library: in documents, lists, feeds and previews, per edition."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from nejat_cms.content.actions.stages import publish_variant
from nejat_cms.content.actions.together import shown_together
from nejat_cms.db import atomic
from nejat_cms.delivery.actions import documents
from nejat_cms.delivery.actions import media as showing
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.delivery.rules.links import HREF
from nejat_cms.events import drain
from nejat_cms.permissions import SYSTEM
from tests.content.test_linking import join, split
from tests.factories import database_digest
from tests.media.files import change, path_of, pdf, picture, put, upload
from tests.media.processing import samples
from tests.newsroom import Desk, address_of, data, desk_for, open_house, quick_desk, read


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


def catch_up(app: Flask) -> None:
    """Do what waits in the outbox."""
    with app.app_context():
        drain()


def test_a_lead_picture_is_shown_with_everything_a_page_needs(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    change(desk, asset, focal=[0.5, 0.3], texts={"fa": {"alt": "پل", "caption": "پل در صبح", "credit": "ک."}})
    desk.published("fa", "صبح", image=asset["id"])
    image = read(desk.client, "/fa/articles/صبح")["image"]
    assert (image["id"], image["alt"], image["caption"], image["credit"]) == (asset["id"], "پل", "پل در صبح", "ک.")
    assert (image["width"], image["height"], image["focal"]) == (1600, 900, [0.5, 0.3])
    assert image["color"].startswith("#")
    assert set(image["renditions"]) == {"thumb", "card", "wide", "full"}
    for choice in image["srcset"].split(", "):
        url, width = choice.split(" ")
        assert app.test_client().get(path_of(url)).status_code == 200
        assert width in ("1280w", "1600w")
    assert read(desk.client, "/fa/articles")[0]["image"] == image
    assert image["renditions"]["full"]["url"] in read(desk.client, "/fa/articles/صبح")["seo"]["json_ld"]["image"]


def test_each_edition_shows_its_own_words_of_one_picture(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    change(desk, asset, texts={"en": {"alt": "A bridge"}, "sq": {"alt": "Një urë"}})
    english = desk.published("en", "Bridge", image=asset["id"])
    desk.publish(desk.translate(english, "sq", title="Ura", image=asset["id"]))
    assert read(desk.client, "/en/articles/bridge")["image"]["alt"] == "A bridge"
    assert read(desk.client, "/sq/articles/ura")["image"]["alt"] == "Një urë"
    before = read(desk.client, "/en/articles/bridge")
    since = read_changes(desk, "en")
    change(desk, asset, texts={"sq": {"alt": "Ura e vjetër"}})
    assert read(desk.client, "/sq/articles/ura")["image"]["alt"] == "Ura e vjetër"
    assert read(desk.client, "/en/articles/bridge") == before
    assert changed(desk, "en", since) == []


def read_changes(desk: Desk, locale: str) -> str:
    answer = desk.client.get(f"/v1/{locale}/changes").json
    assert answer is not None
    return str(answer["meta"]["since"])


def changed(desk: Desk, locale: str, since: str) -> list[str]:
    return [row["type"] for row in read(desk.client, f"/{locale}/changes?since={since}")]


def test_a_body_shows_its_media(app: Flask, desk: Desk) -> None:
    one, two, paper = upload(desk), upload(desk, picture(900, 600)), upload(desk, pdf(), "plan.pdf")
    change(desk, one, texts={"en": {"alt": "Boats", "caption": "From the library"}})
    blocks = [
        {"type": "image", "asset": one["id"], "caption": "Said here"},
        {"type": "gallery", "items": [{"asset": one["id"]}, {"asset": two["id"], "alt": "Two"}]},
        {"type": "file", "asset": paper["id"], "label": "The plan"},
    ]
    draft = desk.write("en", "Boats", body={"blocks": blocks})
    assert f'data-asset="{one["id"]}"' in draft["body"]["html"]
    assert "src=" not in draft["body"]["html"]
    desk.publish(draft)
    body = read(desk.client, "/en/articles/boats?body=html,blocks")["body"]
    shown = {block["type"]: block for block in body["blocks"]}
    assert (shown["image"]["image"]["alt"], shown["image"]["image"]["caption"]) == ("Boats", "Said here")
    assert [item["image"]["alt"] for item in shown["gallery"]["items"]] == ["Boats", "Two"]
    assert shown["file"]["file"]["pages"] == 2
    url = shown["image"]["image"]["renditions"]["wide"]["url"]
    assert f'src="{url}"' in body["html"]
    assert app.test_client().get(path_of(shown["file"]["file"]["url"])).status_code == 200
    again = desk.edit(draft, body={"html": draft["body"]["html"]})
    assert again["body"]["blocks"] == draft["body"]["blocks"]


def test_what_the_library_does_not_have_is_refused(app: Flask, desk: Desk) -> None:
    paper, missing = upload(desk, pdf(), "plan.pdf"), "01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10"
    said = {"kind": "article", "locale": "en", "title": "A"}
    for changes, at in (
        ({"image": missing}, "/image"),
        ({"image": paper["id"]}, "/image"),
        ({"body": {"blocks": [{"type": "image", "asset": missing}]}}, "/body/blocks/0/asset"),
        (
            {"body": {"blocks": [{"type": "gallery", "items": [{"asset": paper["id"]}]}]}},
            "/body/blocks/0/items/0/asset",
        ),
        ({"kind": "gallery", "fields": {"pictures": [{"asset": missing}]}}, "/fields/pictures/0/asset"),
        ({"kind": "book", "fields": {"cover": paper["id"]}}, "/fields/cover"),
    ):
        desk.refused("POST", "/articles", said | changes, status=422, code="invalid", at=at)


def test_a_restored_revision_has_what_is_left_of_its_media(app: Flask, desk: Desk) -> None:
    kept, gone = upload(desk), upload(desk, picture(900, 600))
    draft = desk.write("en", "Boats", image=gone["id"], body={"blocks": [{"type": "image", "asset": kept["id"]}]})
    desk.edit(draft, image=None)
    path = f"/assets/{gone['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("DELETE", path, if_match=seen, expect=204)
    etag = desk.variant(draft["article"], "en").headers["ETag"]
    restored = data(desk.call("POST", f"{address_of(draft)}/revisions/1/restore", {}, if_match=etag, expect=200))
    assert restored["image"] is None
    assert [block["asset"] for block in restored["body"]["blocks"]] == [kept["id"]]


def test_kinds_show_their_files(app: Flask, desk: Desk) -> None:
    cover, paper = upload(desk), upload(desk, pdf(4), "issue.pdf")
    pictures = [{"asset": cover["id"], "caption": "First"}, {"asset": cover["id"]}]
    desk.published("en", "Walk", kind="gallery", fields={"pictures": pictures})
    shown = read(desk.client, "/en/articles?kind=gallery")[0]["fields"]["pictures"]
    assert [(one["id"], one["caption"]) for one in shown] == [(cover["id"], "First"), (cover["id"], "")]
    desk.published(
        "en", "Soups", kind="book", fields={"cover": cover["id"], "file": paper["id"], "isbn": "9780306406157"}
    )
    book = read(desk.client, "/en/articles/soups")["fields"]
    assert (book["cover"]["id"], book["file"]["pages"], book["isbn"]) == (cover["id"], 4, "9780306406157")
    desk.published("fa", "خبرنامه", kind="newsletter", fields={"number": 12, "pdf": paper["id"]})
    issue = read(desk.client, "/fa/articles/خبرنامه")["fields"]
    assert (issue["number"], issue["number_display"], issue["contents"]) == (12, "۱۲", [])
    assert issue["pdf"]["image"]["renditions"]["thumb"]["url"]


def test_contents_lead_to_articles_of_the_same_edition_wherever_they_live(app: Flask, desk: Desk) -> None:
    told = desk.write("en", "Bread")
    entries = [{"label": "Bread, page 2", "page": 2, "article": told["article"]}, {"label": "Letters"}]
    issue = {"kind": "newsletter", "body": {"blocks": [{"type": "contents", "items": entries}]}}
    desk.published("en", "Issue", **issue)

    def contents() -> Any:
        catch_up(app)
        return read(desk.client, "/en/articles/issue")["fields"]["contents"]

    assert contents()[0] == {"label": "Bread, page 2", "page": 2}
    desk.publish(told)
    assert (contents()[0]["slug"], contents()[0]["page"]) == ("bread", 2)
    assert "bread" in read(desk.client, "/en/articles/issue")["body"]["html"]
    desk.publish(desk.edit(told, slug="fresh-bread"))
    assert contents()[0]["url"].endswith("/en/fresh-bread")
    desk.step(told, "unpublish")
    assert contents() == [{"label": "Bread, page 2", "page": 2}, {"label": "Letters"}]
    assert told["article"] not in desk.client.get("/v1/en/articles/issue?body=html,blocks,text").text


def test_contents_lead_to_what_is_shown_together_with_them(app: Flask, desk: Desk) -> None:
    told = desk.write("en", "Bread")
    entries = [{"label": "Bread", "article": told["article"]}]
    issue = desk.write("en", "Issue", kind="newsletter", body={"blocks": [{"type": "contents", "items": entries}]})

    @atomic
    def publish() -> None:
        with shown_together():
            for each in (issue, told):
                publish_variant(SYSTEM, UUID(each["article"]), "en", version=each["version"])

    with app.app_context():
        publish()
    catch_up(app)
    assert read(desk.client, "/en/articles/issue")["fields"]["contents"][0]["slug"] == "bread"


def issue_of(desk: Desk, locale: str, *articles: dict[str, Any]) -> dict[str, Any]:
    """A published newsletter whose contents name these."""
    entries = [{"label": each["title"], "article": each["article"]} for each in articles]
    body = {"blocks": [{"type": "contents", "items": entries}]}
    return desk.published(locale, f"Issue {locale}", slug="issue", kind="newsletter", body=body)


def led_to(desk: Desk, locale: str) -> list[tuple[str, str] | None]:
    """Where the contents of an edition's issue lead: ids and slugs."""
    catch_up(desk.client.application)
    shown = read(desk.client, f"/{locale}/articles/issue?body=html,blocks")
    entries = shown["fields"]["contents"]
    assert [each for block in shown["body"]["blocks"] for each in block["items"]] == entries
    assert HREF.findall(shown["body"]["html"]) == [each["url"] for each in entries if "article" in each]
    return [(each["article"], each["slug"]) if "article" in each else None for each in entries]


def test_contents_lead_to_what_was_joined_to_another_article(app: Flask, desk: Desk) -> None:
    milk, farsi = desk.published("en", "Milk"), desk.published("fa", "شیر")
    desk.publish(desk.translate(milk, "sq", title="Qumësht"))
    issue = issue_of(desk, "fa", farsi)
    issue_of(desk, "en", farsi)
    assert (led_to(desk, "fa"), led_to(desk, "en")) == ([(farsi["article"], "شیر")], [None])
    join(desk, milk["article"], farsi["article"])
    assert led_to(desk, "fa") == [(milk["article"], "شیر")]
    assert led_to(desk, "en") == [(milk["article"], "milk")]
    desk.publish(desk.edit(issue, lead="Again"))
    assert led_to(desk, "fa") == [(milk["article"], "شیر")]
    with app.app_context():
        rebuild()
    assert led_to(desk, "fa") == [(milk["article"], "شیر")]
    joined = desk.publish(desk.edit({**farsi, "article": milk["article"]}, slug="شیر-تازه"))
    assert led_to(desk, "fa") == [(milk["article"], "شیر-تازه")]
    desk.step(joined, "unpublish")
    assert led_to(desk, "fa") == [None]
    assert desk.client.get(f"/v1/fa/articles/{joined['slug']}").status_code == 410
    desk.publish(joined)
    assert led_to(desk, "fa") == [(milk["article"], "شیر-تازه")]


def test_contents_lead_to_what_was_joined_before_anything_of_it_was_published(app: Flask, desk: Desk) -> None:
    milk, farsi = desk.write("en", "Milk"), desk.write("fa", "شیر")
    issue_of(desk, "en", farsi)
    join(desk, milk["article"], farsi["article"])
    assert led_to(desk, "en") == [None]
    desk.publish(milk)
    assert led_to(desk, "en") == [(milk["article"], "milk")]


def test_contents_lead_to_what_was_split_off_in_their_edition(app: Flask, desk: Desk) -> None:
    milk = desk.published("en", "Milk")
    desk.publish(desk.translate(milk, "fa", title="شیر"))
    issue = issue_of(desk, "fa", milk)
    issue_of(desk, "en", milk)
    alone = split(desk, milk["article"], "fa")
    assert led_to(desk, "fa") == [(alone["article"], "شیر")]
    assert led_to(desk, "en") == [(milk["article"], "milk")]
    desk.publish(desk.edit(issue, lead="Again"))
    assert led_to(desk, "fa") == [(alone["article"], "شیر")]
    # Once more, after it was joined to another.
    butter = desk.published("sq", "Gjalpë")
    join(desk, butter["article"], alone["article"])
    assert led_to(desk, "fa") == [(butter["article"], "شیر")]
    alone = split(desk, butter["article"], "fa")
    assert led_to(desk, "fa") == [(alone["article"], "شیر")]
    # The article's own text comes first, as long as there is one.
    again = desk.publish(desk.translate(milk, "fa", title="شیر تازه"))
    assert led_to(desk, "fa") == [(milk["article"], again["slug"])]
    desk.step(again, "unpublish")
    assert led_to(desk, "fa") == [(alone["article"], "شیر")]
    desk.step(alone, "unpublish")
    assert led_to(desk, "fa") == [None]


def test_contents_never_lead_to_the_text_itself(app: Flask, desk: Desk) -> None:
    farsi = desk.published("fa", "خبرنامه", kind="newsletter")
    issue = issue_of(desk, "en", farsi)
    join(desk, issue["article"], farsi["article"])
    assert led_to(desk, "en") == [None]
    with app.app_context():
        rebuild()
    assert led_to(desk, "en") == [None]


def test_words_of_a_pdf_are_found(app: Flask, desk: Desk) -> None:
    paper = upload(desk, samples.pdf("Mulberries ripen in June"), "walk.pdf")
    desk.published("en", "Issue", kind="newsletter", fields={"pdf": paper["id"]})
    found = read(desk.client, "/en/search?q=mulberries")
    assert [hit["title"] for hit in found] == ["Issue"]
    assert found[0]["highlights"]["body"] == []


def test_a_preview_shows_pictures_that_are_not_public(app: Flask, desk: Desk) -> None:
    asset = upload(desk)
    draft = desk.write("en", "Boats", image=asset["id"])
    opened = data(desk.call("POST", f"{address_of(draft)}/preview", {}, expect=201))
    image = read(desk.client, path_of(opened["url"]).removeprefix("/v1"))["image"]
    url = path_of(image["renditions"]["thumb"]["url"])
    assert app.test_client().get(url).status_code == 200
    assert app.test_client().get(url.partition("?")[0]).status_code == 404


def test_feeds_offer_files_and_pictures(app: Flask, desk: Desk) -> None:
    asset, paper = upload(desk), upload(desk, pdf(), "issue.pdf")
    desk.published("en", "Issue", kind="newsletter", image=asset["id"], fields={"pdf": paper["id"]})
    feed = desk.client.get("/en/feed.json").json
    assert feed is not None
    [item] = feed["items"]
    assert [one["mime_type"] for one in item["attachments"]] == ["application/pdf", "image/webp"]
    assert item["attachments"][0]["size_in_bytes"] == paper["file"]["size"]
    assert item["image"].endswith(".webp")
    atom, rss = (desk.client.get(f"/en/feed.{form}").get_data(as_text=True) for form in ("atom", "rss"))
    assert atom.count('rel="enclosure"') == 2
    assert rss.count("<enclosure ") == 1
    assert f'length="{paper["file"]["size"]}"' in rss


def test_media_of_a_disabled_edition_are_not_public(app: Flask, desk: Desk) -> None:
    """With the edition, at once, however many texts it has; and so they come back."""
    asset = upload(desk)
    for number in range(3):
        desk.published("sq", f"Varkat {number}", image=asset["id"])
    url = path_of(read(desk.client, "/sq/articles/varkat-1")["image"]["renditions"]["thumb"]["url"])
    for enabled, status in ((True, 200), (False, 404), (True, 200)):
        seen = desk.call("GET", "/editions/sq", expect=200).headers["ETag"]
        desk.call("PATCH", "/editions/sq", {"enabled": enabled}, if_match=seen, expect=200)
        before = database_digest(app)
        assert desk.client.get(url).status_code == status
        assert database_digest(app) == before


def test_the_words_of_a_pdf_in_another_s_place_are_found_and_the_former_are_not(app: Flask, desk: Desk) -> None:
    paper = upload(desk, samples.pdf("Zebras graze"), "a.pdf")
    desk.published("en", "Issue", kind="newsletter", fields={"pdf": paper["id"]})
    assert put(desk, paper, samples.pdf("Otters swim"), name="b.pdf").status_code == 200
    assert read(desk.client, "/en/search?q=zebras") == []
    assert [hit["title"] for hit in read(desk.client, "/en/search?q=otters")] == ["Issue"]
    assert put(desk, paper, samples.pdf("Herons wade"), "en", name="c.pdf").status_code == 200
    assert read(desk.client, "/en/search?q=otters") == []
    assert [hit["title"] for hit in read(desk.client, "/en/search?q=herons")] == ["Issue"]


def test_a_file_that_is_replaced_while_a_text_is_published_is_shown_by_it(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second sees what the first one did: a picture that is shown is there."""
    asset = upload(desk)
    draft = desk.write("en", "Boats", image=asset["id"])
    reached, go_on = threading.Event(), threading.Event()
    keep_files = showing.keep_files

    def slowly(shown: Any) -> None:
        reached.set()
        go_on.wait(5)
        keep_files(shown)

    publisher, librarian = quick_desk(app, "admin"), quick_desk(app, "admin")
    monkeypatch.setattr(documents, "keep_files", slowly)
    with ThreadPoolExecutor(2) as pool:
        publishing = pool.submit(publisher.publish, draft)
        assert reached.wait(5)
        replacing = pool.submit(put, librarian, asset, picture(900, 900))
        time.sleep(0.5)
        go_on.set()
        assert publishing.result()["visibility"] == "published"
        assert replacing.result().status_code == 200
    image = read(desk.client, "/en/articles/boats")["image"]
    assert image["width"] == 900
    assert desk.client.get(path_of(image["renditions"]["thumb"]["url"])).status_code == 200
