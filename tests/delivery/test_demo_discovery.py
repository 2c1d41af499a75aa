"""The demo's feeds and sitemaps, every one of them, before every judge there is."""

from urllib.parse import quote, urlsplit

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.rules.kinds import KINDS
from tests.delivery.test_feeds import titles
from tests.delivery.validity import check_index, check_reciprocity, check_urlset
from tests.newsroom import EDITIONS, data


def test_the_demos_feeds_and_sitemaps_are_valid(demo: Flask) -> None:
    client = demo.test_client()
    for path in feeds(client):
        assert len(titles(client, path)) <= 30
    pages: dict[str, dict[str, str]] = {}
    for url in check_index(client.get("/sitemap.xml").data):
        found = check_urlset(client.get(urlsplit(url).path).data)
        assert not found.keys() & pages.keys()
        pages |= found
    check_reciprocity(pages)
    articles = {
        quote(item["url"], safe=":/")
        for locale in EDITIONS
        for item in data(client.get(f"/v1/{locale}/articles?limit=100&kind={','.join(KINDS)}"))
    }
    assert articles < pages.keys()
    assert max(len(alternates) for alternates in pages.values()) == len(EDITIONS) + 1


def feeds(client: FlaskClient) -> list[str]:
    """The feeds of every edition, of every section and kind and of some tags in it."""
    paths = []
    for locale in EDITIONS:
        paths += [f"/{locale}", *(f"/{locale}/kinds/{kind}" for kind in KINDS)]
        waiting = data(client.get(f"/v1/{locale}/sections"))
        for section in waiting:
            waiting += section["children"]
            paths.append(f"/{locale}/sections/{section['slug']}")
        paths += [f"/{locale}/tags/{tag['slug']}" for tag in data(client.get(f"/v1/{locale}/tags?limit=3"))]
    return paths
