"""Those who work here and strangers, through one shared cache: nothing that was shown to the one reaches the other."""

from uuid import uuid4

import pytest

from tests.drills.house import Newsroom, Site, at_once
from tests.drills.proxies import Reader, reading
from tests.servers import Client, Reply

ROUNDS = 8
PERSONAL = (
    "/v1/auth/me",
    "/v1/manage/users",
    "/v1/manage/articles",
    "/v1/manage/articles/{article}",
    "/v1/manage/articles/{article}/variants/en",
    "/v1/manage/articles/{article}/variants/en/revisions",
    "/metrics",
)
PUBLIC = (
    "/v1/articles/{article}",
    "/v1/en/articles/{slug}",
    "/v1/en/articles?limit=1&fields=title,slug",
    "/v1/editions",
)
ENDINGS = (
    "/x.css",
    ";x.css",
    "%2f..%2fx.css",
    "%3fx.css",
    "/..%2fx.css",
    "%00.css",
    "/.css",
    "//x.css",
    "?x.css",
    "%0a",
)


@pytest.fixture
def newsroom(site: Site, proxy: int) -> Newsroom:
    """One that works through the shared cache, as all of a site may."""
    return Newsroom(Client(proxy, site.token))


def is_private(reply: Reply) -> bool:
    """Kept by nobody on the way: a proxy's own refusals are, without saying so."""
    said = reply.headers.get("Cache-Control", "no-store" if reply.status == 400 else "")
    return "no-store" in said and reply.headers.get("X-Cache") != "HIT"


def test_what_is_shown_with_a_token_is_shown_to_nobody_else(site: Site, proxy: int, newsroom: Newsroom) -> None:
    token = ("Authorization", f"Bearer {site.token}")
    for number in range(ROUNDS):
        slug, secret = f"open-{uuid4().hex}", f"canary {uuid4().hex}"
        article = newsroom.published("en", f"Open {number}", slug=slug)
        newsroom.edit(article, "en", title=secret)
        with reading(*[proxy] * 6) as readers:
            for template in (*PERSONAL, *PUBLIC):
                path = template.format(article=article, slug=slug)

                def ask(place: int, reader: Reader, path: str = path) -> Reply:
                    return reader.get(path, *([token] if place % 2 else [("Cookie", "0")] if place == 2 else []))

                asked = [lambda pair=pair: ask(*pair) for pair in enumerate(readers)]
                ours, strangers = (replies := at_once(asked))[1::2], replies[::2]
                assert all(reply.status == 200 and is_private(reply) for reply in ours), path
                assert not any(secret.encode() in reply.raw for reply in strangers), path
                if template in PUBLIC:
                    assert all(reply.status == 200 and not is_private(reply) for reply in strangers), path
                else:
                    assert all(reply.status == 401 and is_private(reply) for reply in strangers), path
                if path.endswith("variants/en"):
                    assert all(secret.encode() in reply.raw for reply in ours)


def test_a_preview_and_a_draft_are_never_kept(proxy: int, newsroom: Newsroom) -> None:
    article = newsroom.write("en", f"Not yet {uuid4().hex}", slug=(slug := f"draft-{uuid4().hex}"))
    preview = newsroom.preview(article, "en")
    with reading(proxy) as (reader,):
        for _ in range(3):
            seen = reader.get(preview)
            assert seen.status == 200
            assert is_private(seen)
            assert reader.get(f"/v1/en/articles/{slug}").status == 404
        for ending in ENDINGS:
            assert is_private(reader.get(preview + ending)), ending
        newsroom.call("DELETE", f"/{article}/variants/en/preview", expect=204, If_Match=seen_by(newsroom, article))
        gone = reader.get(preview)
        assert gone.status == 404
        assert is_private(gone)


def seen_by(newsroom: Newsroom, article: str) -> str:
    """The ETag of an article's draft."""
    return newsroom.call("GET", f"/{article}/variants/en").headers["ETag"]


def test_a_private_address_that_looks_like_a_file_is_kept_by_nobody(site: Site, proxy: int) -> None:
    token = ("Authorization", f"Bearer {site.token}")
    with reading(proxy) as (reader,):
        for path in ("/v1/auth/me", "/v1/manage/users", "/v1/manage/articles", "/metrics"):
            for start in ("", "/", "/v1/en/..", "/v1/en/articles/..%2f..%2f..", "/."):
                for ending in ENDINGS:
                    target = start + path + ending
                    assert is_private(reader.get(target, token)), target
                    stranger = reader.get(target)
                    assert stranger.status == 404 or (is_private(stranger) and stranger.status != 200), target
