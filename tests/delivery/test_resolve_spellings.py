"""An address is the same place however it is written; what is none is refused; another host's is nowhere."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.delivery.test_resolve import BASE, lead, resolve, settle, status
from tests.delivery.test_terms import term
from tests.newsroom import Desk, data, desk_for, open_house, places_of


@pytest.fixture
def desk(app: Flask) -> Desk:
    open_house(app)
    return desk_for(app)


# How it may be written ------------------------------------------------------------------------

SLUG = "می-خواهم-ë"
FORMS = {
    "decoded": SLUG,
    "encoded": quote(SLUG),
    "encoded in small letters": quote(SLUG).lower(),
    "encoded in part": f"{quote('می')}-خواهم-%C3%ab",
    "decomposed": "می-خواهم-e\u0308",
    "decomposed and encoded": f"{quote('می-خواهم')}-e%CC%88",
    "with Arabic letters": "مي-خواهم-ë",
    "in capitals": "می-خواهم-Ë",
    "with ZWNJ": "می\u200cخواهم-ë",
    "with ZWNJ, encoded": "%D9%85%DB%8C%E2%80%8Cخواهم-ë",
    "with a slash": f"{SLUG}/",
    "with slashes": f"/{SLUG}//",
    "with a fragment": f"{SLUG}#top",
    "with a query": f"{SLUG}?utm_source=x&p=1",
    "with everything": f"{quote(SLUG)}/?a=%20#b?c",
    "with space around": f" {SLUG}\n",
}
PLACES = ("articles", "sections", "tags", "people")


def test_an_address_is_the_same_however_it_is_written(client: FlaskClient, desk: Desk) -> None:
    name = "می‌خواهم Ë"
    section = term(desk, "sections", {"fa": {"name": name}})
    desk.published("fa", name, sections=[section["id"]], tags=[name], authors=[name])
    for place in PLACES:
        path = "" if place == "articles" else f"/{place}"
        expected = resolve(client, f"/fa{path}/{SLUG}")
        assert (expected["status"], expected["slug"]) == (200, SLUG)
        for form, slug in FORMS.items():
            for start in ("/fa", f"{BASE}/fa", f"{BASE}//fa", f"{BASE}/%66a"):
                assert resolve(client, f"{start}{path}/{slug}") == expected, (place, form, start)
        for wrong in (quote(quote(SLUG)), "میخواهم-ë", f"{SLUG}%2Fx"):
            assert status(client, f"/fa{path}/{wrong}") == 404


ROUND_ABOUT = (
    "/fa/./نان",
    "/./fa/نان/.",
    "/en/../fa/نان",
    "/fa/x/../نان",
    "/fa/x/y/../../نان/",
    "/../../fa/نان",
    "/fa//../نان",
    "/en/%2E%2e/fa/%2e/نان",
    "/FA/نان",
    "/Fa/x/../نان",
)


def test_dots_lead_where_a_browser_goes_and_an_edition_is_the_same_in_any_case(client: FlaskClient, desk: Desk) -> None:
    expected = resolve(client, f"/fa/{desk.published('fa', 'نان')['slug']}")
    for path in ROUND_ABOUT:
        for start in ("", BASE):
            assert resolve(client, f"{start}{path}") == expected, path
    assert resolve(client, "/fa/نان/..")["type"] == resolve(client, "/FA")["type"] == "edition"
    for path in ("/fa/...", "/fa/.نان", "/fa/../نان", "/.."):
        assert status(client, path) == 404, path


NO_ADDRESSES = (
    "",
    " ",
    "bread",
    "en/bread",
    "?p=1",
    "#top",
    "/en/%",
    "/en/%4",
    "/en/%zz",
    "/en/100%-bread",
    "/en/%u0645",
    "/en/bread?p=%G1",
    "/en/%FF",
    "/en/%D9",
    "/en/%C0%AF",
    "/en/%ED%A0%80",
    "/en/%00",
    "/en/bread%0A",
    "/en/%C2%85",
    "/en/%E2%80%A8",
    "javascript:alert(1)",
    "javascript://127.0.0.1:8000/en/bread",
    "data:text/html,x",
    "mailto:ann@example.org",
    "ftp://127.0.0.1:8000/en/bread",
    "file:///en/bread",
    "http:",
    "http:///en/bread",
    "http://ann@127.0.0.1:8000/en/bread",
    "http://ann:secret@127.0.0.1:8000/en/bread",
    "http://127.0.0.1:port/en/bread",
    "http://exa mple.org/en/bread",
    "http://[::1/en/bread",
    "http://-example.org/",
    "\\\\127.0.0.1:8000\\en\\bread",
)


def test_what_is_no_address_of_a_site_is_refused(client: FlaskClient, desk: Desk) -> None:
    desk.published("en", "Bread")
    for url in NO_ADDRESSES:
        answer = client.get("/v1/resolve", query_string={"url": url})
        assert (answer.status_code, places_of(answer.json or {})) == (422, {"url": "invalid_url"}), url


def test_the_address_is_asked_for_once_and_is_not_endless(client: FlaskClient, desk: Desk) -> None:
    for query, code in (("", "required"), ("url=/en&url=/fa", "repeated"), (f"url=/{'a' * 4000}", "too_long")):
        answer = client.get(f"/v1/resolve?{query}")
        assert (answer.status_code, places_of(answer.json or {})) == (422, {"url": code})
    assert places_of(client.get("/v1/resolve?url=/en&locale=en").json or {}) == {"locale": "unknown_parameter"}
    assert client.get("/v1/resolve?url=%FF").status_code == 400
    for long in (f"/{'é' * 1300}", f"/en/{'a' * 3990}", f"/en{'/' * 3990}x", f"/?{'ب' * 700}"):
        assert status(client, long) == 404


def test_a_host_is_the_editions_own_or_it_is_nowhere(client: FlaskClient, desk: Desk) -> None:
    settle(desk, "en", "https://news.example")
    settle(desk, "fa", "https://مثال.example:8443/fa")
    desk.published("en", "Bread")
    desk.published("fa", "نان")
    english = (
        "https://news.example/bread",
        "http://news.example/bread",
        "HTTPS://News.Example:443/bread",
        "https://news.example./bread",
        "//news.example/bread",
        "https://ｎｅｗｓ.example/bread",
        "/bread",
    )
    for url in english:
        assert resolve(client, url)["slug"] == "bread", url
    for url in (
        "https://مثال.example:8443/fa/نان",
        "https://xn--mgbh0fb.example:8443/fa/%D9%86%D8%A7%D9%86",
        "https://XN--MGBH0FB.example:08443/fa/نان",
        "/fa/نان",
    ):
        assert resolve(client, url)["slug"] == "نان", url
    foreign = (
        "https://example.org/bread",
        "https://news.example.evil.example/bread",
        "https://evilnews.example/bread",
        "https://news.example:8443/bread",
        "http://news.example:443/bread",
        "https://مثال.example/fa/نان",
        "https://news.example/fa/نان",
        f"{BASE}/en/bread",
        f"{BASE}/fa/نان",
        "//en/bread",
        "/en/bread",
    )
    for url in foreign:
        assert status(client, url) == 404, url
    assert resolve(client, f"{BASE}/sq")["locale"] == "sq"


def test_what_a_header_a_feed_and_a_sitemap_name_is_found(client: FlaskClient, desk: Desk) -> None:
    """They carry hosts and paths encoded, JSON carries them decoded."""
    settle(desk, "fa", "https://مثال.example")
    farsi = desk.published("fa", "نان")
    answer = client.get(f"/v1/fa/articles/{quote('نان')}")
    named = answer.headers["Link"].split(">")[0].lstrip("<")
    assert named == "https://xn--mgbh0fb.example/%D9%86%D8%A7%D9%86"
    for url in (named, data(answer)["url"]):
        assert resolve(client, url)["id"] == farsi["article"]


def test_a_path_that_several_sites_have_leads_where_something_lives(client: FlaskClient, desk: Desk) -> None:
    for locale in ("en", "ar", "fa"):
        settle(desk, locale, f"https://{locale}.example")
    gone = desk.published("en", "Bread")
    desk.step(gone, "unpublish")
    desk.publish(desk.edit(desk.published("ar", "Bread"), slug="loaf"))
    assert resolve(client, "/bread")["locale"] == "ar"
    desk.published("fa", "Bread")
    assert resolve(client, "/bread")["locale"] == "fa"
    assert resolve(client, "/")["locale"] == "en"
    assert [status(client, f"https://{locale}.example/bread") for locale in ("en", "ar", "fa")] == [410, 301, 200]


def test_the_nearest_site_that_an_address_lies_in_is_meant(client: FlaskClient, desk: Desk) -> None:
    settle(desk, "en", "https://news.example")
    settle(desk, "fa", "https://news.example/fa")
    desk.published("en", "Bread")
    desk.published("fa", "Bread")
    paths = ("", "/bread", "/fa", "/fa/bread", "/fabread")
    found = [status(client, f"https://news.example{path}") for path in paths]
    assert found == [200, 200, 200, 200, 404]
    assert [resolve(client, f"https://news.example{path}")["locale"] for path in paths[:4]] == ["en", "en", "fa", "fa"]
    hidden = desk.publish(desk.write("en", "Farsi", slug="fa"))
    assert resolve(client, "https://news.example/fa")["type"] == "edition"
    assert data(client.get("/v1/en/articles/fa"))["id"] == hidden["article"]


def test_a_disabled_edition_has_no_addresses(client: FlaskClient, desk: Desk) -> None:
    lead(desk, "/old", desk.published("fa", "نان"))
    edition = desk.call("GET", "/editions/fa", expect=200)
    desk.call("PATCH", "/editions/fa", {"enabled": False}, if_match=edition.headers["ETag"], expect=200)
    assert [status(client, url) for url in ("/fa", "/fa/نان", "/old")] == [404, 404, 404]
    assert set(resolve(client, "/en")["counterparts"]) == {"ar", "sq"}


def test_a_house_without_editions_knows_no_address(app: Flask, client: FlaskClient) -> None:
    assert status(client, "/en") == 404
