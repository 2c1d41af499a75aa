"""Search through HTTP: its filters, pages, fallback and refusals. What finds what is in `test_search_pairs`."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import utc_now
from nejat_cms.editions.actions import create_edition
from nejat_cms.language.words import Word
from nejat_cms.language.words import words_in as words_of
from nejat_cms.language.zones import parse_rfc3339
from nejat_cms.permissions import SYSTEM
from tests.delivery.search_corpus import body_of
from tests.delivery.test_lists import section
from tests.delivery.test_statements import MORE
from tests.factories import database_digest, uncached
from tests.language.finding import HOSTILE, unmarked
from tests.newsroom import data, desk_for, open_house, places_of, quick_client, read
from tests.press import press, press_translations


def search(client: FlaskClient, locale: str, q: str, more: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(client, f"/{locale}/search?q={quote(q)}{more}")
    return found


def titles(client: FlaskClient, locale: str, q: str, more: str = "") -> list[str]:
    return [item["title"] for item in search(client, locale, q, more)]


def test_a_hit_is_a_list_item_with_what_was_found(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk_for(app).published("en", "Boats <1>", lead="On a pond", body={"html": "<p>A <b>boat</b> &amp; more.</p>"})
    answer = client.get("/v1/en/search?q=boat&total=true")
    (hit,) = data(answer)
    assert hit.pop("highlights") == {
        "title": "<mark>Boats</mark> &lt;1&gt;",
        "body": ["A <mark>boat</mark> &amp; more."],
    }
    (listed,) = read(client, "/en/articles")
    assert hit == listed
    assert (answer.json or {})["meta"] == {"total": 1}
    assert answer.headers["Content-Language"] == "en"
    assert answer.headers["Cache-Control"] == client.get("/v1/en/articles").headers["Cache-Control"]
    again = client.get("/v1/en/search?q=boat&total=true", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    assert client.get("/v1/en/search?q=ship").json == {"data": []}
    assert search(client, "fa", "boat") == []
    (narrow,) = search(client, "en", "pond", "&fields=title,body,slug")
    assert narrow == {
        "title": "Boats <1>",
        "slug": "boats-1",
        "body": {"html": narrow["body"]["html"]},
        "highlights": {"lead": "On a <mark>pond</mark>", "body": []},
    }


@uncached()
def test_only_texts_with_a_word_of_the_query_are_cut_and_of_long_ones_a_share(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_house(app, "en")
    filler = "Sand and salt. " * 2_000
    far = body_of(f"{filler}Boats")
    press(app, "en", *({"title": f"Boat {at}", "lead": "Salt", "body": body_of(filler)} for at in range(3)))
    press(app, "en", {"title": "Pond", "body": far}, {"title": "Lake", "body": far}, {"title": "Boats", "body": far})
    cut: list[str] = []
    words: list[int] = []

    def words_in(text: str, locale: str) -> Iterator[Word]:
        cut.append(text)
        words.append(0)
        for word in words_of(text, locale):
            words[-1] += 1
            yield word

    monkeypatch.setattr("nejat_cms.language.search.words_in", words_in)
    found = search(client, "en", "boat")
    assert sorted(text for text in cut if len(text) < 100) == ["Boat 0", "Boat 1", "Boat 2", "Boats", "boat"]
    assert [len(text) for text in cut if len(text) >= 100] == [len(f"{filler}Boats")] * 3
    assert [len(item["highlights"]["body"]) for item in found] == [0, 0, 0, 1, 1, 1]
    words.clear()
    monkeypatch.setattr("nejat_cms.delivery.routes.search.PAGE_WORDS", 3_000)
    assert [item["highlights"]["body"] for item in search(client, "en", "boat")] == [[]] * 6
    assert max(words) == 1_000


ODD_TITLES = [
    '<mark>Boat</mark> & "boat" &amp; <b onclick="x()">boats</b>',
    "\u2067قایق boat\u2069 \u200f(boat) می‌خواهم",
    "😀 boat 👩‍👩‍👧 𝓫𝓸𝓪𝓽 e\u0308 boats’ …boat",
]


def test_a_highlighted_title_is_the_title_whatever_is_in_it(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    press(app, "en", *({"title": title, "lead": title, "body": body_of(title)} for title in ODD_TITLES))
    found = search(client, "en", "boat")
    assert {item["title"] for item in found} == set(ODD_TITLES)
    for item in found:
        shown = item["highlights"]
        for html in (shown["title"], shown["lead"], *shown["body"]):
            assert unmarked(html) == item["title"]
            assert html.count("<mark>") >= 2


REFUSED = {
    "": ("q", "required"),
    "q=": ("q", "no_words"),
    "q=%20!%3F%20": ("q", "no_words"),
    "q=-boat": ("q", "no_words"),
    "q=-boat%20-%22a%20b%22": ("q", "no_words"),
    "q=%E2%80%8C": ("q", "no_words"),
    "q=" + "+".join(["a"] * 25): ("q", "too_long"),
    "q=" + "+".join(["a"] * 25) + "&prefix=true": ("q", "too_long"),
    "q=" + "a" * 301: ("q", "too_long"),
    "q=a&q=b": ("q", "repeated"),
    "q=a&sort=title": ("sort", "unknown_parameter"),
    "q=a&sort=-published_at": ("sort", "unknown_parameter"),
    "q=a&offset=3": ("offset", "unknown_parameter"),
    "q=a&locale=fa": ("locale", "unknown_parameter"),
    "q=a&prefix=1": ("prefix", "invalid"),
    "q=a&across=yes": ("across", "invalid"),
    "q=a&across=true&fallback=chain": ("across", "invalid"),
    "q=a&across=true&fallback=fa": ("across", "invalid"),
    "q=a&kind=poem": ("kind", "invalid"),
    "q=a&fields=highlights": ("fields", "invalid"),
    "q=a&limit=0": ("limit", "invalid"),
    "q=a&cursor=x": ("cursor", "invalid_cursor"),
    "q=a&month=3": ("month", "requires_year"),
    "q=a&year=9379&calendar=persian": ("year", "invalid"),
    "q=a&translated_in=de": ("translated_in", "unknown_locale"),
    "q=a&fallback=de": ("fallback", "unknown_locale"),
}


def test_what_cannot_be_looked_for_is_refused_by_name(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    before = database_digest(app)
    for query, (place, code) in REFUSED.items():
        problem = read(client, f"/en/search?{query}", expect=422)
        assert places_of(problem) == {place: code}, query
    both = places_of(read(client, "/en/search?query=a", expect=422))
    assert both == {"query": "unknown_parameter", "q": "required"}
    assert database_digest(app) == before


def test_there_is_no_search_where_there_is_no_edition(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    before = database_digest(app)
    for path in ("/de/search?q=a", "/xx/search?q=a"):
        read(client, path, expect=404)
    assert client.post("/v1/en/search?q=a").status_code == 405
    assert database_digest(app) == before


def test_no_database_takes_what_is_typed_for_its_own_language(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    press(app, "en", {"title": "Drop table a", "body": body_of(" ".join(HOSTILE))}, {"title": "Or not near"})
    before = database_digest(app)
    asker = quick_client(app)
    for text in HOSTILE:
        for form in ("q={}", "q=%22{}%22&across=true", "q=or+-{}&prefix=true", "q=or+-%22{}%22", "q={}&prefix=true"):
            answer = asker.get(f"/v1/en/search?{form.format(quote(text))}")
            assert answer.status_code in (200, 422), (text, form, answer.text)
            if answer.status_code == 422:
                assert places_of(answer.json or {}) == {"q": "no_words"}, (text, form)
        assert desk.call("GET", f"/articles?q={quote(text)}").status_code in (200, 422), text
    assert database_digest(app) == before
    assert {item["title"] for item in search(client, "en", "or")} == {"Drop table a", "Or not near"}


def test_many_words_in_many_editions_are_no_trouble(app: Flask, client: FlaskClient) -> None:
    """24 words, each with all its spellings, in twenty editions: within what either database takes."""
    open_house(app)
    with app.app_context():
        for locale in MORE:
            if locale != "ar":
                create_edition(SYSTEM, locale)
    words = [f"کتاب{letter}" for letter in "ابپتثجچحخدذرزژسشصضطظعغفق"]
    press(app, "fa", {"title": "واژه‌ها", "body": body_of(" ".join(words))}, {"title": "هیچ"})
    for more in ("", "&across=true", "&prefix=true&across=true&total=true"):
        assert titles(client, "fa", " ".join(words), more) == ["واژه‌ها"], more
    assert data(desk_for(app).call("GET", f"/articles?q={quote(' '.join(words))}", expect=200))


# Filters --------------------------------------------------------------------------------------

FILTERS = """
    limit=20 kind=page kind=article,page kind=gallery section=world section=asia section=nowhere tag=salt tag=sea,salt
    author=ana-dema tag=salt&author=bo featured=true featured=false translated_in=fa not_translated_in=fa
    translated_in=fa,sq year=2025&calendar=gregorian year=1404&calendar=persian year=1404&month=1&calendar=persian
    year=1446&calendar=islamic-umalqura year=2025 year=2025&month=3 from=2025-03-20 to=2025-03-20
    from=2025-03-20T20:30:00Z&to=2026-01-01 fallback=fa fallback=fa,sq fallback=chain fallback=sq,fa&kind=article
    fallback=fa&translated_in=sq fallback=fa&tag=salt
"""


def test_a_search_that_finds_everything_is_narrowed_as_the_list_is(app: Flask) -> None:
    """Rows, order and totals are those of the list, under every filter and fallback."""
    client = quick_client(app)
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    etag = desk.call("GET", "/editions/en").headers["ETag"]
    desk.call("PATCH", "/editions/en", {"fallback": ["sq"]}, if_match=etag, expect=200)
    world = UUID(section(desk, {"en": {"name": "World"}, "fa": {"name": "جهان"}}))
    asia = UUID(section(desk, {"en": {"name": "Asia"}}, parent=str(world)))
    dates = ["2025-03-20T20:29:59Z", "2025-03-20T20:30:00Z", "2025-12-31T20:30:00Z", "2026-02-01T00:00:00Z"]
    at = [{"published_at": parse_rfc3339(date)} for date in dates]
    one, two, *_ = press(
        app,
        "en",
        {"title": "Pond one", "tags": ["Sea", "Salt"], "authors": ["Ana Dema"], "featured": True, **at[0]},
        {"title": "Pond two", "tags": ["Salt"], "authors": ["Bo"], "sections": [asia], **at[1]},
        {"title": "Pond three", "featured": True, "sections": [world], **at[2]},
        {"title": "Pond four", "kind": "page", "tags": ["Salt"], **at[3]},
        {"title": "Pond five", **at[3]},
    )
    press_translations(app, "fa", {one: "Pond یک", two: "Pond دو"})
    press_translations(app, "sq", {one: "Pond një"})
    only_farsi, _ = press(app, "fa", {"title": "Pond سه", "tags": ["Salt"], **at[1]}, {"title": "Pond", **at[0]})
    press(app, "sq", {"title": "Pond katër", **at[2]})
    press_translations(app, "sq", {only_farsi: "Pond tre"})
    sizes = set()
    for query in FILTERS.split():
        listed = client.get(f"/v1/en/articles?total=true&{query}").json or {}
        found = client.get(f"/v1/en/search?q=pond&total=true&{query}").json or {}
        assert [item["id"] for item in found["data"]] == [item["id"] for item in listed["data"]], query
        assert [item["locale"] for item in found["data"]] == [item["locale"] for item in listed["data"]], query
        assert found["meta"] == listed["meta"], query
        sizes.add(len(listed["data"]))
    assert sizes >= {0, 1, 2, 3, 4, 5, 6, 7}


def test_in_a_fallback_words_are_found_in_the_text_that_is_served(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "sq")
    here, there = press(app, "fa", {"title": "قایق و باغ"}, {"title": "قایق کاغذی"})
    press_translations(app, "sq", {here: "Varka", there: "Varka prej letre"})
    press_translations(app, "en", {here: "The boats"})
    assert titles(client, "en", "قایق", "&fallback=fa,sq") == ["قایق کاغذی"]
    assert titles(client, "en", "قایق", "&fallback=sq,fa") == []
    assert titles(client, "en", "varka", "&fallback=sq,fa") == ["Varka prej letre"]
    assert titles(client, "en", "boat", "&fallback=sq,fa") == ["The boats"]
    assert titles(client, "en", "قایق") == []
    (hit,) = search(client, "en", "قایق‌های", "&fallback=fa")
    assert (hit["locale"], hit["highlights"]["title"]) == ("fa", "<mark>قایق</mark> کاغذی")
    assert "found_in" not in hit


# Pages ----------------------------------------------------------------------------------------


def page(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    body = answer.json or {}
    links = body.get("links", {})
    assert all(link.startswith("/v1/en/search?") for link in links.values())
    return {"next": "", "prev": "", **links, "slugs": [item["slug"] for item in body["data"]]}


def works(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Works of every tier, of which many share a date."""
    start = utc_now() - timedelta(days=30)
    makes: list[dict[str, Any]] = [
        {"title": "Old boat"},
        {"title": "Boat, old"},
        {"title": "Old boats"},
        {"title": "A pond", "lead": "An old boat"},
        {"title": "A pond", "body": body_of("Boats that are old")},
    ]
    return [rng.choice(makes) | {"published_at": start + timedelta(hours=rng.randrange(4))} for _ in range(count)]


@pytest.mark.parametrize("across", ["", "&across=true"])
def test_pages_of_hits_forward_and_backward_are_the_whole(app: Flask, across: str) -> None:
    client = quick_client(app)
    open_house(app, "en", "fa")
    press(app, "en", *works(random.Random(3), 13), {"title": "Nothing"})
    whole = page(client, f"/v1/en/search?q=old+boat&limit=100{across}")
    assert (len(whole["slugs"]), whole["next"], whole["prev"]) == (13, "", "")
    for limit in (1, 4):
        path, last, forward = f"/v1/en/search?q=old+boat&limit={limit}{across}", "", list[list[str]]()
        while path:
            here = page(client, path)
            forward.append(here["slugs"])
            last, path = path, here["next"]
        assert [slug for slugs in forward for slug in slugs] == whole["slugs"]
        path, backward = last, list[list[str]]()
        while path:
            here = page(client, path)
            backward.append(here["slugs"])
            path = here["prev"]
        assert backward[::-1] == forward


def test_a_walk_through_hits_meets_what_stays_exactly_once(app: Flask) -> None:
    client = quick_client(app)
    open_house(app, "en")
    rng = random.Random(11)
    press(app, "en", *works(rng, 12))
    desk = desk_for(app)
    stays = {item["slug"]: item["id"] for item in search(client, "en", "old boat", "&limit=100")}
    path = here = "/v1/en/search?q=old+boat&limit=3"
    for direction in ("next", "prev"):
        walked: list[str] = []
        path = here
        for _ in range(40):
            here, found = path, page(client, path)
            walked += found["slugs"]
            path = found[direction]
            if not path:
                break
            press(app, "en", *works(rng, 1))
            if len(stays) > 6 and rng.random() < 0.4:
                slug = rng.choice(sorted(stays))
                desk.step({"article": stays.pop(slug), "locale": "en"}, "unpublish")
        assert not path
        assert set(stays) <= set(walked)
        assert len(walked) == len(set(walked))


def test_a_cursor_of_one_search_is_none_of_another(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    press(app, "en", *({"title": "Old boat"} for _ in range(5)))
    cursor = page(client, "/v1/en/search?q=boat&limit=2")["next"].split("cursor=")[1].split("&")[0]
    listed = read_links(client, "/v1/en/articles?limit=2")["next"].split("cursor=")[1]
    assert len(search(client, "en", "boat", f"&limit=1&cursor={cursor}")) == 1
    before = database_digest(app)
    for query in (
        f"q=boats&cursor={cursor}",
        f"q=boat%20&cursor={cursor}",
        f"q=boat&prefix=true&cursor={cursor}",
        f"q=boat&across=true&cursor={cursor}",
        f"q=boat&total=true&cursor={cursor}",
        f"q=boat&cursor={cursor}x",
        f"q=boat&cursor={listed}",
    ):
        assert places_of(read(client, f"/en/search?{query}", expect=422)) == {"cursor": "invalid_cursor"}, query
    read(client, f"/fa/search?q=boat&cursor={cursor}", expect=422)
    read(client, f"/en/articles?cursor={cursor}", expect=422)
    assert database_digest(app) == before


def read_links(client: FlaskClient, path: str) -> dict[str, str]:
    links: dict[str, str] = (client.get(path).json or {})["links"]
    return links
