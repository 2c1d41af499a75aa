"""What else there is to read after an article: what was chosen, then what is alike; never a draft, never itself."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.delivery.actions.editions import rebuild
from tests.content.test_linking import join, split
from tests.delivery.test_terms import term
from tests.factories import statements
from tests.invariants import broken_invariants
from tests.newsroom import Desk, address_of, data, desk_for, open_house, quick_client, read
from tests.press import press


@pytest.fixture
def desk(app: Flask) -> Any:
    open_house(app)
    yield desk_for(app)
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def related(client: FlaskClient, slug: str, locale: str = "en", query: str = "") -> list[str]:
    return [row["title"] for row in read(client, f"/{locale}/articles/{slug}/related{query}")]


def test_chosen_ones_come_first_in_their_order_as_far_as_they_are_published(client: FlaskClient, desk: Desk) -> None:
    one, two, draft = desk.published("en", "One"), desk.published("en", "Two"), desk.write("en", "Draft")
    page = desk.published("en", "Page", kind="page", tags=["Oven"])
    farsi = desk.published("fa", "سه")
    desk.published("en", "Alike", tags=["Oven"])
    ids = [each["article"] for each in (two, draft, page, farsi, one)]
    text = desk.published("en", "Bread", tags=["Oven"], related=ids)
    assert text["related"] == ids
    assert related(client, "bread") == ["Two", "One", "Alike"]
    assert related(client, "bread", query="?limit=1") == ["Two"]
    assert read(client, "/en/articles/bread/related")[0] == read(client, "/en/articles?kind=article")[2]
    desk.publish(draft)
    assert related(client, "bread") == ["Two", "Draft", "One", "Alike"]
    desk.step(two, "unpublish")
    assert related(client, "bread") == ["Draft", "One", "Alike"]
    desk.publish(desk.edit(text, related=[one["article"]]))
    assert related(client, "bread") == ["One", "Alike"]
    desk.edit(text, related=[])
    assert related(client, "bread") == ["One", "Alike"]  # until it is published


def test_the_more_in_common_the_earlier_and_of_equals_the_newer(client: FlaskClient, desk: Desk) -> None:
    city = term(desk, "sections", {"en": {"name": "City"}})["id"]
    port = term(desk, "sections", {"en": {"name": "Port"}})["id"]
    for title, tags, sections in (
        ("Section old", [], [city]),
        ("Tag", ["Oven"], []),
        ("Tag and section", ["Oven"], [city, port]),
        ("Tags", ["Oven", "Flour"], []),
        ("Section new", [], [city]),
        ("Nothing", ["Sea"], [port]),
    ):
        desk.published("en", title, tags=tags, sections=sections)
    desk.published("en", "Bread", tags=["Oven", "Flour"], sections=[city])
    wanted = ["Tags", "Tag and section", "Tag", "Section new", "Section old"]
    assert related(client, "bread", query="?limit=20") == wanted
    assert related(client, "bread", query="?limit=2") == wanted[:2]
    assert related(client, "nothing") == ["Tag and section"]


def test_what_is_alike_follows_what_is_published(client: FlaskClient, desk: Desk) -> None:
    desk.published("en", "Bread", tags=["Oven"])
    assert related(client, "bread") == []
    milk = desk.published("en", "Milk", tags=["Oven"])
    assert related(client, "bread") == ["Milk"]
    desk.publish(desk.edit(milk, title="Cream"))
    assert related(client, "bread") == ["Cream"]
    desk.publish(desk.edit(milk, tags=[]))
    assert related(client, "bread") == []
    desk.publish(desk.edit(milk, tags=["Oven"]))
    desk.step(milk, "unpublish")
    assert related(client, "bread") == []


def test_each_edition_has_its_own(client: FlaskClient, desk: Desk) -> None:
    milk = desk.published("en", "Milk")
    bread = desk.published("en", "Bread", related=[milk["article"]])
    desk.publish(desk.translate(bread, "fa", title="نان", related=[milk["article"]]))
    assert (related(client, "bread"), related(client, "نان", "fa")) == (["Milk"], [])
    desk.publish(desk.translate(milk, "fa", title="شیر"))
    assert related(client, "نان", "fa") == ["شیر"]


def test_where_an_article_moved_or_went_this_did_too(client: FlaskClient, desk: Desk) -> None:
    bread = desk.published("en", "Bread")
    desk.publish(desk.edit(bread, slug="loaf"))
    answer = client.get("/v1/en/articles/bread/related?limit=3")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/v1/en/articles/loaf/related?limit=3")
    desk.step(bread, "unpublish")
    desk.write("en", "Secret")
    for slug, status in (("loaf", 410), ("bread", 410), ("secret", 404), ("nothing", 404)):
        assert client.get(f"/v1/en/articles/{slug}/related").status_code == status
    for query in ("limit=0", "limit=21", "limit=x", "cursor=x", "kind=page"):
        assert client.get(f"/v1/en/articles/loaf/related?{query}").status_code == 422


def test_an_answer_is_kept_and_known_by_its_etag(client: FlaskClient, desk: Desk) -> None:
    desk.published("en", "Bread", tags=["Oven"])
    first = client.get("/v1/en/articles/bread/related")
    again = client.get("/v1/en/articles/bread/related", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["Surrogate-Key"], again.status_code) == ("edition:en", 304) or again.status_code == 304
    desk.published("en", "Milk", tags=["Oven"])
    after = client.get("/v1/en/articles/bread/related", headers={"If-None-Match": first.headers["ETag"]})
    assert (after.status_code, len(data(after))) == (200, 1)


def test_what_was_joined_to_another_article_stays_chosen(app: Flask, client: FlaskClient, desk: Desk) -> None:
    milk, farsi = desk.published("en", "Milk"), desk.published("fa", "شیر")
    desk.published("fa", "نان", related=[farsi["article"], milk["article"]])
    desk.published("en", "Bread", related=[milk["article"]])
    group = f"/articles/{milk['article']}"
    etag = desk.call("GET", group, expect=200).headers["ETag"]
    desk.call("POST", f"{group}/links", {"article": farsi["article"]}, if_match=etag, expect=200)
    assert related(client, "نان", "fa") == ["شیر"]
    assert related(client, "bread") == ["Milk"]
    with app.app_context():
        rebuild()
    assert related(client, "نان", "fa") == ["شیر"]
    later = desk.write("fa", "آب", related=[farsi["article"], milk["article"]])
    assert later["related"] == [milk["article"]]


def test_any_house_is_related_as_it_is_defined(app: Flask, desk: Desk) -> None:
    client, rng = quick_client(app), random.Random(7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    words = ["Oven", "Flour", "Salt", "Water"]
    works: list[dict[str, Any]] = [
        {
            "title": f"Work {number}",
            "tags": rng.sample(words, rng.randint(0, 3)),
            "published_at": start + timedelta(days=rng.randrange(9)),
        }
        for number in range(30)
    ]
    ids = press(app, "en", *works)
    for number, work in enumerate(works):
        score: Counter[int] = Counter()
        for other, another in enumerate(works):
            if other != number:
                score[other] = 3 * len({*work["tags"]} & {*another["tags"]})
        # Ids of variants are made one after the other, as those of articles are.
        order = sorted(score, key=lambda each: (score[each], works[each]["published_at"], ids[each]), reverse=True)
        wanted = [works[each]["title"] for each in order if score[each]][:20]
        assert related(client, f"work-{number}", query="?limit=20") == wanted


def test_it_takes_no_more_statements_for_more_articles_and_compares_few(app: Flask, desk: Desk) -> None:
    client, counts = quick_client(app), set()
    chosen = desk.published("en", "Chosen")
    desk.published("en", "Bread", tags=["Oven", "Flour"], related=[chosen["article"]])
    for rows in (1, 60):
        press(app, "en", *({"title": f"{rows} {number}", "tags": ["Oven", "Flour"]} for number in range(rows)))
        with statements(app) as sent:
            assert related(client, "bread", query="?limit=20")[0] == "Chosen"
        counts.add(len(sent))
    assert len(counts) == 1
    assert len(related(client, "bread", query="?limit=20")) == 20


# The newsroom ---------------------------------------------------------------------------------


def test_what_is_chosen_has_a_history_and_is_restored(client: FlaskClient, desk: Desk) -> None:
    milk = desk.published("en", "Milk")
    text = desk.write("en", "Bread", related=[milk["article"]])
    assert desk.edit(text, related=[milk["article"], milk["article"]])["revision"] == 1
    assert desk.edit(text, lead="Said")["related"] == [milk["article"]]
    assert desk.edit(text, related=[])["related"] == []
    path = f"{address_of(text)}/revisions"
    assert data(desk.call("GET", f"{path}/2", expect=200))["related"] == [milk["article"]]
    changes = data(desk.call("GET", f"{path}/2...3", expect=200))["fields"]
    assert changes["related"]["before"] == [milk["article"]]
    etag = desk.variant(text["article"], "en").headers["ETag"]
    restored = data(desk.call("POST", f"{path}/1/restore", {}, if_match=etag, expect=200))
    assert restored["related"] == [milk["article"]]
    etag = desk.variant(text["article"], "en").headers["ETag"]
    replaced = data(desk.call("PUT", address_of(text), {"title": "Bread"}, if_match=etag, expect=200))
    assert replaced["related"] == []


def test_only_what_she_may_know_of_is_chosen(app: Flask, desk: Desk) -> None:
    secret, known = desk.write("fa", "راز"), desk.published("fa", "نان")
    binned = desk.write("en", "Binned")
    etag = desk.variant(binned["article"], "en").headers["ETag"]
    desk.call("DELETE", address_of(binned), if_match=etag, expect=204)
    editor = desk_for(app, "editor:en")
    body = {"kind": "article", "locale": "en", "title": "Bread"}
    missing = "01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10"
    words = set()
    for each in (secret["article"], missing, binned["article"], known["id"]):
        sent = body | {"related": [known["article"], each]}
        problem = editor.refused("POST", "/articles", sent, status=422, code="invalid", at="/related/1")
        words.add(problem["errors"][0]["detail"])
    assert len(words) == 1
    text = editor.write("en", "Bread", related=[known["article"]])
    assert text["related"] == [known["article"]]
    for wrong, at in (([text["article"]], "/related/0"), ([known["article"]] * 11, "/related"), (["x"], "/related/0")):
        etag = desk.variant(text["article"], "en").headers["ETag"]
        desk.refused("PATCH", address_of(text), {"related": wrong}, status=422, code="invalid", at=at, if_match=etag)
    desk.edit(text, related=[secret["article"]])
    assert editor.edit(text, related=[secret["article"], known["article"]])["related"][1] == known["article"]


def test_an_article_that_was_split_off_stays_related_in_its_edition(
    app: Flask, client: FlaskClient, desk: Desk
) -> None:
    milk = desk.published("en", "Milk")
    desk.publish(desk.translate(milk, "fa", title="شیر"))
    desk.published("en", "Bread", related=[milk["article"]])
    farsi = desk.published("fa", "نان", related=[milk["article"]])
    assert related(client, "نان", "fa") == ["شیر"]
    alone = split(desk, milk["article"], "fa")
    assert alone["article"] != milk["article"]
    assert (related(client, "نان", "fa"), related(client, "bread")) == (["شیر"], ["Milk"])
    findings = data(desk.call("GET", f"{address_of(alone)}/impact?of=unpublish", expect=200))
    assert "related_lost" in {finding["code"] for finding in findings}
    with app.app_context():
        rebuild()
    assert related(client, "نان", "fa") == ["شیر"]
    # Once more, after it was joined to another.
    butter = desk.published("sq", "Gjalpë")
    join(desk, butter["article"], alone["article"])
    assert related(client, "نان", "fa") == ["شیر"]
    split(desk, butter["article"], "fa")
    assert related(client, "نان", "fa") == ["شیر"]
    desk.edit(farsi, related=farsi["related"])
    # The article's own text comes first, as soon as there is one again.
    desk.publish(desk.translate(milk, "fa", title="شیر تازه"))
    assert related(client, "نان", "fa") == ["شیر تازه"]
    assert related(client, "bread") == ["Milk"]
