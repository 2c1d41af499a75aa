"""Readers who write, and editors who move what readers know: every reader is told so in the words of her edition."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from werkzeug.test import TestResponse

from nejat_cms.delivery.rules.documents import iri_to_uri
from tests.factories import database_digest
from tests.newsroom import Desk, data, quick_desk, read
from tests.site.reader import Item, Reader, Site

PAUSE = timedelta(seconds=5)
LETTER = {"name": "Reader", "email": "reader@example.org"}


@contextmanager
def at_the_form() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield clock


def send(reader: Reader, url: str, form: str, language: str = "", **words: str) -> TestResponse:
    """Send a form from an address that each edition's readers have to themselves."""
    host = f"198.51.100.{1 + [each.locale for each in reader.site.readers()].index(reader.locale)}"
    header = {"Accept-Language": language} if language else {}
    body = LETTER | {"form": form} | words
    return reader.site.client.post(url, json=body, headers=header, environ_base={"REMOTE_ADDR": host})


def check_thanks(reader: Reader, answer: TestResponse, english: TestResponse) -> None:
    """It was received: the edition says so in its own words, and in English to who asks for English."""
    assert (answer.status_code, english.status_code) == (202, 202), answer.text
    assert (answer.headers["Content-Language"], english.headers["Content-Language"]) == (reader.locale, "en")
    assert data(answer)["message"] == reader.site.words.translated(reader.locale, data(english)["message"])


def refuse_haste(reader: Reader, url: str, form: str, **more: str) -> None:
    """A form that comes back at once is refused in the edition's words, and nothing of it is kept."""
    before = database_digest(reader.site.app)
    answer = send(reader, url, form, **more)
    assert (answer.status_code, answer.headers["Content-Language"]) == (422, reader.locale)
    assert database_digest(reader.site.app) == before


def threads_of(reader: Reader, slug: str) -> list[Item]:
    threads: list[Item] = reader.comments(slug)["data"]
    return threads


def every_comment(threads: list[Item]) -> Iterator[Item]:
    for thread in threads:
        yield thread
        yield from every_comment(thread["children"])


def counts(reader: Reader, item: Item) -> set[int]:
    """How many comments an article is said to have: alone and in the list."""
    quick = reader.site.quick
    listed = read(quick, f"/{reader.locale}/articles?limit=100")
    alone = read(quick, f"/{reader.locale}/articles/{item['slug']}")
    return {row["comments"] for row in [alone, *listed] if row["id"] == item["id"]}


def remove(desk: Desk, path: str) -> None:
    etag = desk.call("GET", path, expect=200).headers["ETag"]
    desk.call("DELETE", path, if_match=etag, expect=204)


def test_comments_are_read_in_threads_by_the_readers_of_one_edition(site: Site) -> None:
    for reader in site.readers():
        talked_of = [item for item in reader.listing() if item["comments"]]
        assert talked_of, reader.locale
        for item in talked_of:
            answer = reader.comments(item["slug"])
            comments = list(every_comment(answer["data"]))
            assert len(comments) == item["comments"]
            assert answer["meta"]["open"]
            assert any(thread["children"] for thread in answer["data"])
            for comment in comments:
                assert {comment["name"], comment["text"]} <= site.words.own[reader.locale], comment
                assert comment.keys() == {"id", "name", "text", "at", "children"}


def test_a_comment_is_shown_and_counted_once_it_is_approved(site: Site) -> None:
    desk = quick_desk(site.app, "admin")
    for reader in site.readers():
        item = next(item for item in reader.listing() if item["comments"])
        url = reader.url("articles", item["slug"], "comments")
        page = reader.comments(item["slug"])
        threads, parent = page["data"], page["data"][0]["id"]
        with at_the_form() as clock:
            form = reader.comments(item["slug"])["meta"]["form"]
            refuse_haste(reader, url, form, text=f"{item['title']}!", parent=parent)
            clock.shift(PAUSE)
            sent = send(reader, url, form, text=f"{item['title']}!", parent=parent)
            asked = reader.comments(item["slug"])["meta"]["form"]
            clock.shift(PAUSE)
            check_thanks(reader, sent, send(reader, url, asked, "en", text=f"{item['title']}?"))
        assert threads_of(reader, item["slug"]) == threads, "nobody has read it yet"
        assert counts(reader, item) == {item["comments"]}
        waiting = data(desk.call("GET", f"/comments?status=pending&locale={reader.locale}&limit=2", expect=200))
        mine = next(row for row in waiting if row["parent"])
        path = f"/comments/{mine['id']}"
        etag = desk.call("GET", path, expect=200).headers["ETag"]
        desk.call("POST", f"{path}/approve", {}, if_match=etag, expect=200)
        answers = threads_of(reader, item["slug"])[0]["children"]
        assert [each["text"] for each in answers if each["id"] == mine["id"]] == [f"{item['title']}!"]
        assert counts(reader, item) == {item["comments"] + 1}
        for row in waiting:
            remove(desk, f"/comments/{row['id']}")
        assert threads_of(reader, item["slug"]) == threads
        assert counts(reader, item) == {item["comments"]}


def test_a_message_reaches_the_desk_of_its_edition(site: Site) -> None:
    desk = quick_desk(site.app, "admin")
    for reader in site.readers():
        url, subject, texts = reader.url("contact"), reader.edition["title"], [reader.edition["tagline"], reader.locale]
        with at_the_form() as clock:
            forms = [site.client.get(url).json for _ in range(2)]
            hasty, form = (each["meta"]["form"] for each in forms if each)
            refuse_haste(reader, url, hasty, subject=subject, text=texts[0])
            clock.shift(PAUSE)
            sent = send(reader, url, form, subject=subject, text=texts[0])
            check_thanks(reader, sent, send(reader, url, hasty, "en", subject=subject, text=texts[1]))
        kept = data(desk.call("GET", f"/contact?locale={reader.locale}&limit=2", expect=200))
        assert [(row["subject"], row["text"]) for row in reversed(kept)] == [(subject, text) for text in texts]
        for row in kept:
            remove(desk, f"/contact/{row['id']}")


def test_an_article_that_moves_is_found_at_its_old_address_and_named_at_its_new_one(site: Site) -> None:
    desk = quick_desk(site.app, "admin")
    for reader in site.readers():
        item = next(item for item in reader.listing() if item["translations"])
        variant = {"article": item["id"], "locale": reader.locale}
        desk.publish(desk.edit(variant, slug=f"{item['slug']}-2"))
        now = site.anew()
        new = next(row for row in now.reader(reader.locale).listing() if row["id"] == item["id"])
        moved = site.client.get(reader.url("articles", item["slug"]))
        assert moved.status_code == 301
        assert data(moved) == {"slug": new["slug"], "url": new["url"]}
        assert now.json(moved.headers["Location"])["data"]["id"] == item["id"]
        place = now.resolve(item["url"])
        assert (place["status"], place["location"]) == (301, new["url"])
        assert named_by_counterparts(now, reader, item) == {new["url"]}
        desk.publish(desk.edit(variant, slug=item["slug"]))
        assert named_by_counterparts(site.anew(), reader, item) == {item["url"]}


def test_an_article_that_is_withdrawn_is_gone_and_named_by_nobody(site: Site) -> None:
    desk = quick_desk(site.app, "admin")
    for reader in site.readers():
        item = next(item for item in reader.listing() if item["translations"])
        variant = {"article": item["id"], "locale": reader.locale}
        desk.step(variant, "unpublish")
        now, url = site.anew(), reader.url("articles", item["slug"])
        gone, english = site.client.get(url), site.client.get(url, headers={"Accept-Language": "en"})
        assert (gone.status_code, gone.headers["Content-Language"]) == (410, reader.locale)
        assert said(gone, "title") == site.words.translated(reader.locale, said(english, "title"))
        assert item["title"] not in gone.text
        assert now.resolve(item["url"])["status"] == 410
        assert named_by_counterparts(now, reader, item) == set()
        assert item["id"] not in {row["id"] for row in now.reader(reader.locale).listing()}
        assert iri_to_uri(item["url"]) not in now.get(f"/{reader.locale}/feed.atom").text
        desk.publish(variant)
        assert named_by_counterparts(site.anew(), reader, item) == {item["url"]}


def said(answer: TestResponse, name: str) -> Any:
    assert answer.json is not None
    return answer.json[name]


def named_by_counterparts(now: Site, reader: Reader, item: Item) -> set[str]:
    """Where an article's counterparts say that this edition's text is."""
    there = [now.reader(row["locale"]).document(row["slug"]) for row in item["translations"]]
    found = [row["url"] for each in there for row in each["translations"] if row["locale"] == reader.locale]
    assert len(found) in (0, len(there)), "all say the same"
    return set(found)
