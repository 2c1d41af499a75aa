"""What a request asks of a database does not grow with its rows: how many statements it takes, and that none counts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.accounts.actions import create_user
from nejat_cms.community.actions.moderating import recount
from nejat_cms.community.actions.sending import keep_comment, keep_message
from nejat_cms.community.rules import CommentStatus
from nejat_cms.content.actions.redirects import add_redirect
from nejat_cms.content.actions.releases import create_release
from nejat_cms.content.actions.saving import change_variant, create_article
from nejat_cms.content.actions.terms import create_term
from nejat_cms.content.actions.trash import delete_variant
from nejat_cms.content.queries.variants import find_variant
from nejat_cms.db import atomic, db
from nejat_cms.editions.actions import create_edition
from nejat_cms.http.routing import Endpoint
from nejat_cms.media.actions.assets import add_asset
from nejat_cms.media.actions.receiving import Received
from nejat_cms.media.models import Blob
from nejat_cms.permissions import SYSTEM
from tests.content.test_menus import make_menu, to
from tests.factories import statements
from tests.newsroom import EDITIONS, Desk, data, desk_for, open_house
from tests.press import press, press_translations

ROWS = (1, 20, 100)
MORE = (
    "ar",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "et",
    "fi",
    "fr",
    "he",
    "hr",
    "hu",
    "it",
    "lt",
    "lv",
    "nb",
    "nl",
    "pl",
)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """One that does not hold a hundred rows at a time to the OpenAPI document; other tests do."""
    return FlaskClient(app, app.response_class)


@dataclass
class House:
    """A house in which every list can be made longer."""

    app: Flask
    desk: Desk
    one: UUID
    made: int = 0
    assets: list[UUID] = field(default_factory=list)
    """The first is the lead picture of every work."""
    discussed: UUID | None = None
    """The work under which there are comments."""

    def grow(self, rows: int) -> None:
        with self.app.app_context():
            atomic(self._grow)(rows)
        self._publish(rows)

    def _grow(self, rows: int) -> None:
        for number in range(self.made, rows):
            made = create_article(SYSTEM, "article", "en", {"title": f"Rubbish {number}"})
            delete_variant(SYSTEM, made.article_id, "en", version=made.version)
            create_user(SYSTEM, email=f"u{number}@example.org", name="x", password=None, grants=[])
            add_redirect(SYSTEM, "en", f"/old/{number}", self.one)
            self.assets.append(make_asset(number))

    def _publish(self, rows: int) -> None:
        """Works with everything that a list shows, in two editions, each filed under a section of its own."""

        def sections() -> list[UUID]:
            return [
                create_term(SYSTEM, "section", {code: {"name": f"Section {number}"} for code in ("en", "fa")}).id
                for number in range(self.made, rows)
            ]

        with self.app.app_context():
            filed = atomic(sections)()
        works = press(
            self.app,
            "en",
            *(
                {
                    "title": f"Work {number}",
                    "tags": [f"Tag {number}", "Shared"],
                    "authors": [f"Author {number}"],
                    "sections": [section],
                    "image": self.assets[0],
                }
                for number, section in enumerate(filed, start=self.made)
            ),
        )
        press_translations(self.app, "fa", dict.fromkeys(works, "کار"))
        self.discussed = self.discussed or works[0]
        with self.app.app_context():
            atomic(self._discuss)(rows)
            for number, work in enumerate(works, start=self.made):
                create_release(SYSTEM, {"title": f"No. {number}", "items": [{"article": work, "locale": "en"}]})
        self._revise(rows)
        self.made = rows

    def _discuss(self, rows: int) -> None:
        assert self.discussed is not None
        variant = find_variant(self.discussed, "en")
        assert variant is not None
        said: dict[str, Any] = {"name": "Mina", "email": "mina@example.org", "at": datetime(2026, 1, 1, tzinfo=UTC)}
        for number in range(self.made, rows):
            keep_comment(variant.id, "en", None, text=f"No. {number}", status=CommentStatus.APPROVED, **said)
            keep_message("en", subject="Hello", text=f"No. {number}", **said)
        recount(variant.id)

    def _revise(self, rows: int) -> None:
        def run() -> None:
            for number in range(self.made, rows):
                variant = find_variant(self.one, "en")
                assert variant is not None
                change_variant(SYSTEM, self.one, "en", {"lead": f"Take {number}"}, version=variant.version)

        with self.app.app_context():
            atomic(run)()


def make_asset(number: int) -> UUID:
    """A picture whose bytes nobody needs."""
    blob = Blob(sha256=f"{number:064x}", size=1, mime="image/jpeg", width=800, height=600, text="")
    db.session.add(blob)
    db.session.flush()
    return add_asset(SYSTEM, Received(blob.sha256, 1, "image", f"{number}.jpg")).id


def lists(app: Flask) -> list[Endpoint]:
    return [each for each in app.extensions["nejat.endpoints"].values() if each.many and each.method == "GET"]


PLURALS = {"section": "sections", "tag": "tags", "person": "people"}
UNGROWN = frozenset(
    {
        "list_editions",
        "list_managed_editions",
        "list_kinds",
        "list_managed_tokens",
        "list_tokens",
        "list_menus",
        "list_managed_menus",
        "get_menu",
        "list_related_articles",
        "view_variant_impact",
        *(f"view_{type_}_impact" for type_ in PLURALS),
    }
)
"""Lists that this house does not make longer: kinds are constants, the rest is measured by itself."""


def address(endpoint: Endpoint, house: House) -> str:
    path = endpoint.rule.replace("<uuid:article_id>", str(house.one)).replace("<locale:locale>", "en")
    if endpoint.name == "list_related_articles":
        return f"{path.replace('<slug>', 'work-0')}?limit=20"
    path = path.replace("<uuid:asset_id>", str(house.assets[0])).replace("<slug>", "work-0")
    if endpoint.name == "search_articles":
        return f"{path}?limit=100&q=work"
    path = path.replace("<menu:menu>", "main")
    if "<uuid:term_id>" in path:
        plural = path.split("/")[3]
        (first,) = data(house.desk.call("GET", f"/{plural}?limit=1", expect=200))
        path = path.replace("<uuid:term_id>", first["id"])
    return path + ("?limit=100" if any(param.name == "limit" for param in endpoint.query) else "")


def test_a_list_takes_as_many_statements_for_a_hundred_rows_as_for_one(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    house = House(app, desk, UUID(desk.write("en", "Revised")["article"]))
    make_menu(desk)
    counts: dict[str, list[int]] = {}
    shown: dict[str, list[int]] = {}
    for rows in ROWS:
        house.grow(rows)
        for endpoint in lists(app):
            signed = {"Authorization": f"Bearer {desk.token}"} if endpoint.signed_in else {}
            with statements(app) as sent:
                answer = client.get(address(endpoint, house), headers=signed)
            assert answer.status_code == 200, (endpoint.name, answer.get_data(as_text=True))
            counts.setdefault(endpoint.name, []).append(len(sent))
            shown.setdefault(endpoint.name, []).append(len(data(answer)))
    assert len(counts) >= 14
    for name, taken in counts.items():
        assert len(set(taken)) == 1, (name, taken)
        most = 20 if name.endswith("_impact") else 12  # it asks everybody who shows or names the thing
        assert 1 <= taken[0] <= most, (name, taken)
        if name not in UNGROWN:
            assert shown[name][2] == 100, (name, shown[name])
            assert shown[name][0] < min(shown[name][1:]), (name, shown[name])


@pytest.mark.parametrize(
    "query", ["?fallback=fa&total=true", "?section=section-0,section-1&tag=shared", "?fields=body,seo"]
)
def test_a_narrowed_list_takes_no_more_statements_for_more_rows(app: Flask, client: FlaskClient, query: str) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    house = House(app, desk, UUID(desk.write("en", "Revised")["article"]))
    counts = set()
    for rows in (2, 12):
        house.grow(rows)
        for path in ("/v1/en/articles", "/v1/fa/articles"):
            with statements(app) as sent:
                answer = client.get(path + query)
            assert answer.status_code == 200
            counts.add(len(sent))
    assert len(counts) == 1


SEARCHES = (
    "/v1/en/search?q=wo&prefix=true&total=true",
    "/v1/fa/search?q=work&across=true",
    "/v1/fa/search?q=کار&fallback=en&fields=body,seo",
    "/v1/manage/articles?q=work&total=true",
)


def test_a_search_takes_no_more_statements_for_more_hits(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    house = House(app, desk, UUID(desk.write("en", "Revised")["article"]))
    make_menu(desk)
    counts: dict[str, list[int]] = {}
    for rows in (1, 12):
        house.grow(rows)
        for path in SEARCHES:
            signed = {"Authorization": f"Bearer {desk.token}"} if "manage" in path else {}
            with statements(app) as sent:
                assert len(data(client.get(path, headers=signed))) == rows, path
            counts.setdefault(path, []).append(len(sent))
    assert all(len(set(taken)) == 1 for taken in counts.values()), counts


def test_lists_of_editions_take_no_more_statements_for_more_editions(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.published("en")
    counts: dict[str, set[int]] = {}
    for more in ((), MORE):
        with app.app_context():
            for locale in more:
                create_edition(SYSTEM, locale)
        for path in ("/v1/editions", "/v1/manage/editions", "/v1/editions/en", "/v1/en/articles"):
            signed = {"Authorization": f"Bearer {desk.token}"} if "manage" in path else {}
            with statements(app) as sent:
                assert client.get(path, headers=signed).status_code == 200
            counts.setdefault(path, set()).add(len(sent))
    assert all(len(taken) == 1 for taken in counts.values()), counts


def test_a_front_page_takes_no_more_statements_for_more_sections(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    house = House(app, desk, UUID(desk.write("en", "Revised")["article"]))
    counts = set()
    for rows in (1, 2, 12):
        house.grow(rows)
        with statements(app) as sent:
            home = data(client.get("/v1/editions/en"))["home"]
        assert len(home["sections"]) == rows
        assert all(len(section["articles"]) == 1 for section in home["sections"])
        counts.add(len(sent))
    assert len(counts) == 1


# Nothing is counted, nothing skipped ----------------------------------------------------------

COUNTING = re.compile(r"\bcount\s*\(|\boffset\b", re.IGNORECASE)
COUNTING_ROUTES = frozenset({"get_metrics", "get_readiness"})
"""What waits is counted for who runs the house, and for nobody else."""
FILTERS = (
    "section=news",
    "tag=salt,sea",
    "author=mina&kind=article",
    "section=news&tag=salt",
    "year=2020&month=2",
    "featured=true",
    "sort=title",
    "sort=title&tag=salt",
    "sort=published_at",
    "fallback=fa",
    "fallback=fa&section=news",
    "translated_in=fa",
    "not_translated_in=fa",
    "fields=body,newer,older",
)
QUERIES = {
    "list_articles": FILTERS,
    "search_articles": ("q=work", *(f"q=work&{each}" for each in ("section=news", "across=true", "prefix=true"))),
    "get_article": ("fallback=fa",),
    "get_article_by_id": ("locale=fa&fallback=en",),
    "get_archive": ("calendar=persian",),
    "list_changes": ("since=1",),
    "resolve_address": ("url=/en/work-1", "url=/en/sections/news", "url=/en/archive/2020", "url=/fa"),
}


def public_addresses(app: Flask, article: UUID) -> Iterator[tuple[Endpoint, str]]:
    """Every public route at an address that has something, bare and narrowed."""
    slugs = {"get_article": "work-1", "list_comments": "work-1", "get_person": "mina"}
    slugs |= {"get_section": "news", "get_section_feed": "news"}
    slugs["list_related_articles"] = "work-1"
    for endpoint in app.extensions["nejat.endpoints"].values():
        if endpoint.method != "GET" or endpoint.signed_in or endpoint.name in COUNTING_ROUTES:
            continue
        values = {"locale": "en", "article_id": str(article), "slug": slugs.get(endpoint.name, "salt")}
        values |= {"file_id": str(article), "rendition": "thumb", "name": "x.webp"}
        values |= {"form": "atom", "kind": "article", "part": "1", "preview": "none", "code": "gone", "menu": "main"}
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", endpoint.rule).format(**values)
        narrowed = [f"{path}?{query}" for query in QUERIES.get(endpoint.name, ())]
        if endpoint.name not in ("search_articles", "resolve_address"):
            yield endpoint, path
        for one in narrowed or [path]:
            pages = any(param.name == "limit" for param in endpoint.query)
            yield endpoint, f"{one}{'&' if '?' in one else '?'}limit=2" if pages else one


def test_no_public_read_counts_or_skips(app: Flask, client: FlaskClient) -> None:
    """But for the numbers that `total=true` asks for."""
    open_house(app, "en", "fa")
    with app.app_context():
        news = create_term(SYSTEM, "section", {"en": {"name": "News"}, "fa": {"name": "خبر"}}).id
    filed = {"tags": ["Salt", "Sea"], "authors": ["Mina"], "sections": [news], "featured": True}
    filed["published_at"] = datetime(2020, 2, 2, tzinfo=UTC)
    works = press(app, "en", *({"title": f"Work {number}", **filed} for number in range(7)))
    press_translations(app, "fa", dict.fromkeys(works[:4], "کار"))
    make_menu(desk_for(app), to("article", id=str(works[0])), to("section", id=str(news)))
    counted, followed = set(), 0
    for endpoint, path in public_addresses(app, works[1]):
        following: str | None = path
        while following:
            with statements(app) as sent:
                answer = client.get(following)
            expected = {"get_preview": 404, "get_media": 404, "get_start": 302}.get(endpoint.name, 200)
            assert answer.status_code == expected, (following, answer.get_data(as_text=True))
            assert not [sql for sql in sent if COUNTING.search(sql)], following
            following = (answer.json or {}).get("links", {}).get("next") if answer.is_json else None
            followed += following is not None
        if any(param.name == "total" for param in endpoint.query):
            with statements(app) as sent:
                assert client.get(f"{path}{'&' if '?' in path else '?'}total=true").status_code == 200
            assert [sql for sql in sent if COUNTING.search(sql)], path
            counted.add(endpoint.name)
    assert counted == {"list_articles", "search_articles", "list_tags", "list_people", "list_comments"}
    assert followed > 40


# Publishing -----------------------------------------------------------------------------------


def test_publishing_takes_no_more_statements_for_more_counterparts(app: Flask) -> None:
    """An UPDATE of several rows is sent once for all of them; none of them is looked up by itself."""
    open_house(app)
    desk = desk_for(app)
    with app.app_context():
        section = create_term(SYSTEM, "section", {locale: {"name": f"News {locale}"} for locale in EDITIONS}).id
    filed: dict[str, Any] = {"tags": ["Salt", "Sea"], "authors": ["Mina"], "sections": [str(section)]}
    source = desk.published("en", **filed)
    counts = []
    for locale in ("ar", "fa", "sq"):
        desk.publish(desk.translate(source, locale, **filed))
        desk.edit(source, lead=f"Before the one in {locale}")
        with statements(app) as sent:
            desk.publish(source)
        counts.append(len(sent))
    assert counts[2] <= counts[1] <= counts[0] <= 44, counts


def test_publishing_contents_takes_no_more_statements_for_more_articles(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    works = press(app, "en", *({"title": f"Work {number}"} for number in range(6)))
    counts = []
    for named in (0, 1, 6):
        entries = [{"label": "Work", "article": str(each)} for each in works[:named]] or [{"label": "Nothing"}]
        issue = desk.write("en", f"Issue {named}", body={"blocks": [{"type": "contents", "items": entries}]})
        with statements(app) as sent:
            desk.publish(issue)
        counts.append(len(sent))
        assert any("addresses" in sql and "documents" not in sql and "type IN" in sql for sql in sent) == bool(named)
    assert counts[0] < counts[1] == counts[2], counts
