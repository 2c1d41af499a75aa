"""A frontend of the house: it knows what answers told it, and how the contract builds addresses from that.

    site = Site(app)
    for reader in site.readers():           one for every edition that the house names
        reader.data("sections")             /v1/{locale}/sections
        reader.listing(kind="book")         all pages of /v1/{locale}/articles?kind=book
        reader.document(slug)               /v1/{locale}/articles/{slug}, with all forms of its body

Nothing is asked for by a slug, an id or a name that no answer gave.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.newsroom import quick_client
from tests.site.words import Words

Item = dict[str, Any]
FORMS = "html,blocks,text"


class Site:
    """All that was asked for so far, each address once, by a client that holds answers to the OpenAPI document."""

    def __init__(self, app: Flask, words: Words | None = None, client: FlaskClient | None = None) -> None:
        self.app = app
        self.words = words or Words.of(app)
        self.quick = quick_client(app)
        self.client: FlaskClient = client or app.test_client()
        self._kept: dict[str, TestResponse] = {}

    def get(self, url: str) -> TestResponse:
        """What is at an address of the API, given as a path or whole; there must be something."""
        path = path_of(url)
        if path not in self._kept:
            self._kept[path] = self.client.get(path)
            assert self._kept[path].status_code == 200, (url, self._kept[path].status_code)
        return self._kept[path]

    def json(self, url: str) -> Any:
        return self.get(url).json

    def anew(self) -> "Site":
        """The site as it is now, after something was written; asked for quickly."""
        return Site(self.app, self.words, self.quick)

    def editions(self) -> list[Item]:
        rows: list[Item] = self.json("/v1/editions")["data"]
        return rows

    def readers(self) -> list["Reader"]:
        return [Reader(self, row["locale"]) for row in self.editions()]

    def reader(self, locale: str) -> "Reader":
        assert locale in {row["locale"] for row in self.editions()}
        return Reader(self, locale)

    def resolve(self, url: str) -> Item:
        """What an address of a site leads to."""
        found: Item = self.json(f"/v1/resolve?{urlencode({'url': url})}")["data"]
        return found

    def pages(self, url: str) -> Iterator[Item]:
        """The rows of a list, followed by its links to the end."""
        seen: set[str] = set()
        while url:
            assert url not in seen, "a list that does not end"
            seen.add(url)
            answer = self.json(url)
            yield from answer["data"]
            url = answer.get("links", {}).get("next", "")
            assert not url or url.startswith("/v1/"), url


@dataclass(frozen=True)
class Reader:
    """Somebody who reads one edition."""

    site: Site
    locale: str

    def url(self, *steps: str, **query: str | int) -> str:
        """`/v1/{locale}/…` from slugs and names that were given."""
        path = "/".join(["/v1", self.locale, *(quote(step, safe="") for step in steps)])
        return f"{path}?{urlencode(query)}" if query else path

    def json(self, *steps: str, **query: str | int) -> Any:
        return self.site.json(self.url(*steps, **query))

    def data(self, *steps: str, **query: str | int) -> Any:
        return self.json(*steps, **query)["data"]

    @cached_property
    def edition(self) -> Item:
        found: Item = self.site.json(f"/v1/editions/{self.locale}")["data"]
        return found

    def terms(self, path: str) -> list[Item]:
        """All sections, tags or people, whatever lies below another."""
        return list(flat([{"children": []} | row for row in self.data(path)]))

    def listing(self, **query: str | int) -> list[Item]:
        """All that a list holds, page after page."""
        return list(self.site.pages(self.url("articles", **({"limit": 100} | query))))

    def everything(self) -> list[Item]:
        """Every article of every kind, pages too."""
        return self.listing() + self.listing(kind="page")

    def document(self, slug: str) -> Item:
        found: Item = self.data("articles", slug, body=FORMS)
        return found

    def documents(self) -> list[Item]:
        return [self.document(item["slug"]) for item in self.everything()]

    def comments(self, slug: str) -> Any:
        """The threads under an article and a form of this moment: never kept."""
        answer = self.site.client.get(self.url("articles", slug, "comments"))
        assert answer.status_code == 200, slug
        return answer.json


def path_of(url: str) -> str:
    """The path and query of an address of ours, percent-encoded."""
    parts = urlsplit(url)
    path = quote(parts.path, safe="/%")
    return f"{path}?{parts.query}" if parts.query else path


def flat(tree: list[Item]) -> Iterator[Item]:
    """Every item of a tree, parents first."""
    for item in tree:
        yield item
        yield from flat(item["children"])
