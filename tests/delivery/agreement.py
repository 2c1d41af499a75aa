"""What readers meet in one place agrees with what they meet in every other.

check             counterparts: in JSON, in the `Link` header, in all three feeds, in the sitemap
check_addresses   addresses: what a slug answers, what `/v1/resolve` says of it, and where it leads
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from flask.testing import FlaskClient

from nejat_cms.delivery.rules.documents import iri_to_uri
from tests.delivery.validity import (
    ATOM,
    check_atom,
    check_index,
    check_json_feed,
    check_reciprocity,
    check_rss,
    check_urlset,
    the,
)
from tests.newsroom import data

LOCALES = ("en", "fa", "sq")
BASE = "http://127.0.0.1:8000"
GONE, NOWHERE = 410, 404
Expected = Mapping[str, str | int]
"""What a site answers at its paths: where a text lives, `GONE` or `NOWHERE`."""


def public_documents(client: FlaskClient) -> Iterator[tuple[dict[str, Any], str]]:
    for locale in LOCALES:
        for item in data(client.get(f"/v1/{locale}/articles?limit=100")):
            alone = client.get(f"/v1/{locale}/articles/{quote(item['slug'])}")
            yield item | {"noindex": data(alone)["seo"]["noindex"]}, alone.headers["Link"]


def check(client: FlaskClient, live: set[tuple[str, str]]) -> None:
    """What is live is public; each document names every other one of its article, and itself in the header alone."""
    documents = list(public_documents(client))
    assert {(item["id"], item["locale"]) for item, _ in documents} == live
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for item, _ in documents:
        groups.setdefault(item["id"], {})[item["locale"]] = item
    for item, header in documents:
        group = groups[item["id"]]
        order = [locale for locale in LOCALES if locale in group]
        assert [
            (row["locale"], row["slug"], row["url"], row["title"], row["published_at"]) for row in item["translations"]
        ] == [
            (
                locale,
                group[locale]["slug"],
                group[locale]["url"],
                group[locale]["title"],
                group[locale]["published"]["at"],
            )
            for locale in order
            if locale != item["locale"]
        ]
        links = re.findall(r'<([^>]*)>; rel="alternate"; hreflang="([^"]*)"', header)
        urls = [(quote(group[locale]["url"], safe=":/"), locale) for locale in order]
        assert links == [*urls, (urls[0][0], "x-default")]
    check_feeds(client, groups)
    check_sitemaps(client, groups)
    check_places(client, groups)


def check_feeds(client: FlaskClient, groups: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Each entry names its own address and exactly the others of its article, the same in all three formats."""
    for locale in LOCALES:
        expected = {
            iri_to_uri(group[locale]["url"]): {other: iri_to_uri(item["url"]) for other, item in group.items()}
            for group in groups.values()
            if locale in group
        }
        base = f"{BASE}/{locale}/feed"
        atom = check_atom(client.get(f"/{locale}/feed.atom").data, f"{base}.atom")
        found = [
            {str(link.get("hreflang")): link.get("href") for link in entry.findall(f"{ATOM}link")} for entry in atom
        ]
        assert {links[locale]: links for links in found} == expected
        rss = check_rss(client.get(f"/{locale}/feed.rss").data, f"{base}.rss")
        assert {
            the(item, "link"): {str(link.get("hreflang")): link.get("href") for link in item.findall(f"{ATOM}link")}
            | {locale: the(item, "link")}
            for item in rss
        } == expected
        json = check_json_feed(client.get(f"/{locale}/feed.json").data, f"{base}.json")
        assert {
            item["url"]: {other["language"]: other["url"] for other in item["_nejat"]["translations"]}
            | {locale: item["url"]}
            for item in json
        } == expected


def check_sitemaps(client: FlaskClient, groups: dict[str, dict[str, dict[str, Any]]]) -> None:
    """The same groups without what asks not to be indexed, each page once."""
    pages: dict[str, dict[str, str]] = {}
    for url in check_index(client.get("/sitemap.xml").data):
        if not url.endswith("/sections.xml"):
            pages |= check_urlset(client.get(urlsplit(url).path).data)
    check_reciprocity(pages)
    expected = {}
    for group in groups.values():
        shown = {
            locale: iri_to_uri(group[locale]["url"])
            for locale in LOCALES
            if locale in group and not group[locale]["noindex"]
        }
        for url in shown.values():
            expected[url] = shown | {"x-default": next(iter(shown.values()))}
    assert pages == expected


def check_places(client: FlaskClient, groups: dict[str, dict[str, dict[str, Any]]]) -> None:
    """`/v1/resolve` names the others of an article as its counterparts, and for other editions something else."""
    for group in groups.values():
        for locale, item in group.items():
            found = data(client.get("/v1/resolve", query_string={"url": iri_to_uri(item["url"])}))
            assert (found["status"], found["locale"], found["id"], found["slug"]) == (
                (200, locale, item["id"], item["slug"])
            )
            assert found["counterparts"].keys() == set(LOCALES) - {locale}
            same = {other: one["url"] for other, one in found["counterparts"].items() if one["reason"] == "counterpart"}
            assert same == {other: each["url"] for other, each in group.items() if other != locale}


def check_addresses(client: FlaskClient, expected: Expected) -> None:
    """Each path leads where it should, in one step; `/v1/resolve` and the article's own address say the same."""
    for path, wanted in expected.items():
        answered, location = resolved(client, path)
        if isinstance(wanted, int):
            assert answered == wanted, (path, answered, wanted)
        else:
            status = 200 if path.partition("?")[0] == wanted else 301
            assert (answered, location) == (status, wanted), (path, answered, wanted)
            assert expected[wanted] == wanted  # so it is asked for too
        check_direct(client, path, (answered, location))


def check_direct(client: FlaskClient, path: str, found: tuple[int, str | None]) -> None:
    """What a slug answers where articles are read, if the path is one of a slug, is what `/v1/resolve` found there."""
    match = re.fullmatch("/([^/?]*)/([^/?]*)", path)
    if match is None:
        return
    locale, slug = match.groups()
    answer = client.get(f"/v1/{locale}/articles/{quote(slug)}")
    if answer.status_code == 301:
        assert client.get(answer.headers["Location"]).status_code == 200, path
    if answer.status_code in (200, 301):
        assert (answer.status_code, data(answer)["url"].removeprefix(BASE)) == found, path
    else:
        assert found[0] == GONE if answer.status_code == GONE else found[0] != 200, path


def resolved(client: FlaskClient, path: str) -> tuple[int, str | None]:
    """How a site answers at a path, and the path where the text lives that it leads to."""
    answer = client.get("/v1/resolve", query_string={"url": f"{BASE}{path}"})
    if answer.status_code != 200:
        return answer.status_code, None
    found = data(answer)
    if found["status"] == GONE:
        assert found["id"] is found["slug"] is None
        return GONE, None
    return found["status"], f"/{found['locale']}/{found['slug']}"
