"""Cursors: pages that neither skip nor repeat while rows come and go, and that are good for one query only."""

import random
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import utc_now
from tests.newsroom import data, desk_for, open_house, read
from tests.press import press

ORDERS = ("-published_at", "published_at", "title")


def page(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json is not None
    links = answer.json.get("links", {})
    assert all(link.startswith("/v1/") for link in links.values())
    for rel, link in links.items():
        assert f'<{link}>; rel="{rel}"' in answer.headers["Link"]
    slugs = [item["slug"] for item in answer.json["data"]]
    return {"slugs": slugs, "next": None, "prev": None, **links}


def works(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Works of which many share a date or a title."""
    start = utc_now() - timedelta(days=30)
    return [
        {"title": rng.choice("abcd"), "published_at": start + timedelta(hours=rng.randrange(5))} for _ in range(count)
    ]


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_forward_and_backward_are_the_list(app: Flask, client: FlaskClient, sort: str) -> None:
    open_house(app, "en")
    press(app, "en", *works(random.Random(1), 17))
    whole = page(client, f"/v1/en/articles?sort={sort}&limit=100")
    assert (whole["next"], whole["prev"]) == (None, None)
    for limit in (1, 5, 17):
        path: str | None = f"/v1/en/articles?sort={sort}&limit={limit}"
        forward: list[list[str]] = []
        last = path
        while path:
            here = page(client, path)
            forward.append(here["slugs"])
            last, path = path, here["next"]
        assert [slug for slugs in forward for slug in slugs] == whole["slugs"]
        path, backward = last, []
        while path:
            here = page(client, path)
            backward.append(here["slugs"])
            path = here["prev"]
        assert backward[::-1] == forward


@pytest.mark.parametrize("sort", ORDERS)
def test_a_walk_meets_what_stays_exactly_once_while_rows_come_and_go(
    app: Flask, client: FlaskClient, sort: str
) -> None:
    open_house(app, "en")
    rng = random.Random(7)
    press(app, "en", *works(rng, 12))
    desk = desk_for(app)
    stays = {item["slug"]: item["id"] for item in read(client, "/en/articles?limit=100")}
    walked: list[str] = []
    path = here = f"/v1/en/articles?sort={sort}&limit=3"
    direction = "next"
    for _ in range(40):
        if not path:
            if direction == "prev":
                break
            assert set(stays) <= set(walked)
            assert len(walked) == len(set(walked))
            direction, walked, path = "prev", [], here
        here = path
        found = page(client, path)
        walked += found["slugs"]
        path = found[direction] or ""
        press(app, "en", *works(rng, 1))
        if len(stays) > 5 and rng.random() < 0.4:
            slug = rng.choice(sorted(stays))
            desk.step({"article": stays.pop(slug), "locale": "en"}, "unpublish")
    assert direction == "prev"
    assert set(stays) <= set(walked)
    assert len(walked) == len(set(walked))


def test_a_cursor_is_good_for_the_query_it_was_made_for(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    press(app, "en", *({"title": str(n), "tags": [f"t{n}"], "authors": [f"p{n}"]} for n in range(4)))
    link = page(client, "/v1/en/articles?limit=2&featured=false")["next"]
    cursor = link.split("cursor=")[1].split("&")[0]
    read(client, f"/en/articles?limit=1&featured=false&cursor={cursor}")
    tags = client.get("/v1/en/tags?limit=2").json["links"]["next"].split("cursor=")[1]  # type: ignore[index]
    for query in (
        f"cursor={cursor}",
        f"featured=true&cursor={cursor}",
        f"featured=false&sort=title&cursor={cursor}",
        f"featured=false&total=true&cursor={cursor}",
        f"featured=false&cursor={cursor[:-1]}",
        f"featured=false&cursor={cursor}x",
        f"featured=false&cursor={'A' if cursor[0] != 'A' else 'B'}{cursor[1:]}",
        f"featured=false&cursor={tags}",
        "featured=false&cursor=W10.x",
        "featured=false&cursor=%E2%80%8C",
    ):
        problem = read(client, f"/en/articles?{query}", expect=422)
        assert [(each["parameter"], each["code"]) for each in problem["errors"]] == [("cursor", "invalid_cursor")], (
            query
        )
    read(client, f"/fa/articles?featured=false&cursor={cursor}", expect=422)
    read(client, f"/en/people?limit=2&cursor={tags}", expect=422)


def test_the_newsrooms_lists_are_walked_the_same_way(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    press(app, "en", *({"title": str(n), "tags": [f"t{n}"]} for n in range(5)))
    for path in ("/articles", "/tags", "/audit"):
        whole = data(desk.call("GET", f"{path}?limit=100", expect=200))
        found: list[Any] = []
        following: str | None = f"{path}?limit=2"
        previous = ""
        while following:
            answer = desk.call("GET", following.removeprefix("/v1/manage"), expect=200)
            found += data(answer)
            links = (answer.json or {}).get("links", {})
            previous = links.get("prev", "")
            following = links.get("next")
        assert found == whole
        before = data(desk.call("GET", previous.removeprefix("/v1/manage"), expect=200))
        last = len(whole) - (len(whole) % 2 or 2)
        assert before == whole[last - 2 : last]


@pytest.mark.parametrize("letter", ["w", "ژ", "ë", "語"])
def test_the_longest_titles_and_names_have_cursors_too(app: Flask, client: FlaskClient, letter: str) -> None:
    open_house(app, "en", "fa")
    long = [letter * 290 + str(number) for number in range(4)]
    press(app, "fa", *({"title": title, "authors": [title[-190:]]} for title in long))
    for path in ("/v1/fa/articles?sort=title&limit=1", "/v1/fa/people?limit=1"):
        met, following = [], path
        while following:
            found = page(client, following)
            met += found["slugs"]
            following = found["next"]
        assert len(set(met)) == 4
