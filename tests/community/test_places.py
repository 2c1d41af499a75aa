"""Where comments are read and sent, once their text lives elsewhere; and how many threads there are."""

from functools import partial

import pytest

from tests.community.forum import Forum
from tests.delivery.test_resolve import BASE
from tests.delivery.test_terms import term


def withdrawn(forum: Forum, kind: str) -> str:
    """The text is withdrawn and leads elsewhere; answers a form that was handed out before."""
    form = forum.form()
    target = {"type": "url", "url": "https://elsewhere.example/articles/x"}
    if kind == "section":
        target = {"type": "section", "id": term(forum.desk, "sections", {"en": {"name": "City"}})["id"]}
    if kind == "fa":
        target = {"type": "url", "url": f"{BASE}/fa/{forum.desk.published('fa', 'متن')['slug']}"}
    if kind == "en":
        target = {"type": "article", "id": forum.desk.published("en", "Another text")["article"]}
    forum.desk.step(forum.article, "unpublish")
    path = f"/en/{forum.article['slug']}"
    forum.desk.call("POST", "/redirects", {"locale": "en", "path": path, "target": target}, expect=201)
    return form


@pytest.mark.parametrize("kind", ["url", "section", "fa"])
def test_what_leads_out_of_an_editions_articles_takes_nothing_beside_it_along(forum: Forum, kind: str) -> None:
    form = withdrawn(forum, kind)
    assert forum.client.get(forum.path.removesuffix("/comments")).status_code == 301
    for path in (forum.path, forum.path.replace("/comments", "/related")):
        assert forum.read(path, expect=410)["code"] == "gone"
    forum.refused(partial(forum.send, form=form), status=410, code="gone")


def test_what_leads_to_another_article_of_the_edition_leads_to_its_comments(forum: Forum) -> None:
    form = withdrawn(forum, "en")
    moved = forum.client.get(f"{forum.path}?limit=5")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/v1/en/articles/another-text/comments?limit=5")
    forum.refused(partial(forum.send, form=form), status=422, code="form_invalid", at="/form")
    assert forum.send(form=forum.form(moved.headers["Location"])).status_code == 202


def test_threads_are_counted_for_who_asks(forum: Forum) -> None:
    assert forum.read(f"{forum.path}?total=true")["meta"]["total"] == 0
    top = forum.approved("One.")
    forum.approved("An answer.", parent=top)
    forum.approved("Two.", email="another@example.org")
    forum.send("Waiting.")
    page = forum.read(f"{forum.path}?total=true&limit=1")
    assert (len(page["data"]), page["meta"]["total"]) == (1, 2)
    assert "total" not in forum.read()["meta"]
