"""Comments as readers send and see them."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from nejat_cms.community.models import Comment
from nejat_cms.content.actions.trash import empty_trash
from nejat_cms.db import Base, db
from tests.community.forum import SLUG, Forum, allow_comments
from tests.factories import statements
from tests.newsroom import address_of


def names(threads: list[dict[str, Any]]) -> list[Any]:
    """Texts in threads, as nested lists."""
    return [[thread["text"], *names(thread["children"])] for thread in threads]


def test_a_comment_waits_and_is_shown_once_it_is_approved(forum: Forum) -> None:
    answer = forum.send("  Well said,\r\n\u202enicely.  ", name=" Mina  K. ", email="mina@example.org")
    assert answer.status_code == 202
    assert answer.json == {"data": {"message": "Thank you. Your comment will appear once it has been approved."}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert (forum.threads(), forum.count()) == ([], 0)
    forum.step(forum.newest().id, "approve")
    assert forum.threads() == [
        {
            "id": str(forum.newest().id),
            "name": "Mina K.",
            "text": "Well said,\nnicely.",
            "at": "2031-05-01T12:00:05Z",
            "children": [],
        }
    ]
    assert forum.count() == 1
    listed = forum.read("/v1/en/articles")["data"]
    assert [row["comments"] for row in listed] == [1]


def test_nothing_of_a_sender_but_name_and_text_is_public(forum: Forum) -> None:
    forum.approved(email="very.secret@example.org", host="203.0.113.77")
    shown = forum.client.get(forum.path).text + forum.client.get(f"/v1/en/articles/{SLUG}").text
    assert "secret" not in shown
    assert "203.0.113" not in shown
    with forum.app.app_context():
        rows = [repr(row) for table in Base.metadata.sorted_tables for row in db.session.execute(select(table))]
    assert "203.0.113" not in "\n".join(rows)


def test_the_count_follows_every_decision_at_once(forum: Forum) -> None:
    """The article is answered from memory in between: what is kept there must fall with the count."""
    first, second = forum.approved("One."), forum.approved("Two.")
    assert forum.count() == 2
    forum.step(first, "reject")
    assert forum.count() == 1
    forum.step(first, "approve")
    assert forum.count() == 2
    forum.step(second, "spam")
    assert forum.count() == 1
    forum.erase(first)
    assert forum.count() == 0


def test_answers_lie_under_what_they_answer(forum: Forum) -> None:
    one = forum.approved("1")
    forum.approved("2")
    deeper = forum.approved("1.1", parent=one)
    forum.approved("1.2", parent=one)
    forum.approved("1.1.1", parent=deeper)
    assert names(forum.threads()) == [["1", ["1.1", ["1.1.1"]], ["1.2"]], ["2"]]


def test_what_is_too_deep_is_put_under_the_deepest_that_may_be_answered(forum: Forum) -> None:
    allow_comments(forum.app, "en", max_depth=2)
    one = forum.approved("1")
    two = forum.approved("1.1", parent=one)
    forum.approved("to 1.1", parent=two)
    assert names(forum.threads()) == [["1", ["1.1"], ["to 1.1"]]]
    allow_comments(forum.app, "en", max_depth=1)
    forum.approved("to 1", parent=one)
    assert names(forum.threads()) == [["1", ["1.1"], ["to 1.1"]], ["to 1"]]


def test_only_what_is_shown_under_the_same_text_can_be_answered(forum: Forum) -> None:
    forum.send("Waiting.")
    waiting = str(forum.newest().id)
    other = forum.desk.published("en", "Another text")
    elsewhere = forum.approved("Elsewhere.", path=f"/v1/en/articles/{other['slug']}/comments")
    for parent in (waiting, elsewhere, other["article"]):
        form = forum.form()
        sending = partial(forum.send, "To it.", parent=parent, form=form)
        forum.refused(sending, status=422, code="unknown_comment", at="/parent")


def test_what_was_erased_or_rejected_keeps_its_place_for_the_answers(forum: Forum) -> None:
    one = forum.approved("1")
    two = forum.approved("1.1", parent=one)
    three = forum.approved("1.1.1", parent=two)
    forum.erase(one)
    forum.step(two, "reject")
    assert names(forum.threads()) == [[None, [None, ["1.1.1"]]]]
    assert forum.threads()[0]["name"] is None
    assert forum.count() == 1
    forum.desk.call("GET", f"/comments/{one}", expect=404)
    forum.erase(three)
    assert forum.threads() == []
    forum.erase(two)
    with forum.app.app_context():
        assert db.session.scalars(select(Comment)).all() == [], "places that nobody needs any more are gone"


def test_pages_hold_whole_threads_oldest_first(forum: Forum) -> None:
    for number in range(5):
        top = forum.approved(f"{number}")
        forum.approved(f"{number}.1", parent=top)
    seen: list[Any] = []
    page = forum.read(f"{forum.path}?limit=2")
    while True:
        seen += names(page["data"])
        if "next" not in page["links"]:
            break
        page = forum.read(page["links"]["next"])
    assert seen == [[str(number), [f"{number}.1"]] for number in range(5)]
    back = forum.read(page["links"]["prev"])
    assert names(back["data"]) == seen[2:4]
    assert forum.client.get(f"{forum.path}?limit=101").status_code == 422


def test_a_thread_takes_as_many_statements_however_long_it_is(forum: Forum) -> None:
    top = forum.approved("0")
    taken = []
    for more in (1, 20):
        for number in range(more):
            forum.approved(f"{more} {number}", parent=top)
        with statements(forum.app) as sent:
            forum.read()
        taken.append(len(sent))
    assert taken[0] == taken[1] <= 3


def test_comments_go_with_a_text_and_come_back_with_it(forum: Forum) -> None:
    forum.approved("Still here.")
    form = forum.form()
    forum.desk.step(forum.article, "unpublish")
    forum.read(expect=410)
    forum.refused(lambda: forum.send("Too late.", form=form), status=410, code="gone")
    forum.desk.publish(forum.article)
    assert names(forum.threads()) == [["Still here."]]
    assert forum.count() == 1


def test_comments_stay_with_a_variant_that_is_split_off_and_joined(forum: Forum) -> None:
    forum.desk.publish(forum.desk.translate(forum.article, "fa", title="صبح آرام", slug="صبح"))
    path = "/v1/fa/articles/صبح/comments"
    forum.approved("سلام", path=path)
    article = f"/articles/{forum.article['article']}"
    etag = forum.desk.call("GET", article, expect=200).headers["ETag"]
    forum.desk.call("DELETE", f"{article}/links/fa", if_match=etag, expect=200)
    assert names(forum.read(path)["data"]) == [["سلام"]]
    assert forum.read("/v1/fa/articles/صبح")["data"]["comments"] == 1
    assert forum.threads() == []


def test_what_is_purged_takes_its_comments_along(forum: Forum) -> None:
    top = forum.approved("1")
    forum.approved("1.1", parent=top)
    forum.desk.step(forum.article, "unpublish")
    etag = forum.desk.variant(forum.article["article"], "en").headers["ETag"]
    forum.desk.call("DELETE", address_of(forum.article), if_match=etag, expect=204)
    forum.clock.shift(timedelta(days=31))
    with forum.app.app_context():
        empty_trash()
        assert db.session.scalars(select(Comment)).all() == []


def test_a_draft_tells_as_little_as_what_is_missing(forum: Forum) -> None:
    draft = forum.desk.write("en", "Secret plans")
    told = []
    for slug in (draft["slug"], "nothing-here"):
        path = f"/v1/en/articles/{slug}/comments"
        asked = forum.client.get(path)
        form = forum.form()
        sent = forum.refused(
            lambda path=path, form=form: forum.send(path=path, form=form), status=404, code="not_found"
        )
        told.append([(asked.status_code, asked.json), (404, sent)])
    for answers in told:
        for _status, problem in answers:
            del problem["instance"], problem["request_id"]
    assert told[0] == told[1]
    assert forum.client.get("/v1/de/articles/x/comments").status_code == 404


def test_a_former_slug_leads_on_and_can_still_be_commented_on(forum: Forum) -> None:
    form = forum.form()
    old = forum.path
    forum.desk.publish(forum.desk.edit(forum.article, slug="a-new-name"))
    moved = forum.client.get(f"{old}?limit=5")
    assert moved.status_code == 301
    assert moved.headers["Location"] == "/v1/en/articles/a-new-name/comments?limit=5"
    assert forum.send(path=old, form=form).status_code == 202


def test_an_edition_that_takes_no_comments_shows_those_it_has(forum: Forum) -> None:
    forum.approved("Before.")
    form = forum.form()
    allow_comments(forum.app, "en", enabled=False)
    page = forum.read()
    assert page["meta"] == {"form": None, "open": False, "closed_because": "disabled"}
    assert names(page["data"]) == [["Before."]]
    forum.refused(lambda: forum.send(form=form), status=409, code="comments_closed")


def test_comments_close_some_days_after_publication(forum: Forum) -> None:
    allow_comments(forum.app, "en", close_after_days=7)
    forum.clock.shift(timedelta(days=7, seconds=-10))
    form = forum.form()
    assert forum.read()["meta"]["open"]
    forum.clock.shift(timedelta(seconds=5))
    page = forum.read()
    assert (page["meta"]["open"], page["meta"]["closed_because"]) == (False, "too_old")
    forum.refused(lambda: forum.send(form=form), status=409, code="comments_closed")


def test_what_is_answered_is_for_one_reader(forum: Forum) -> None:
    first, second = forum.client.get(forum.path), forum.client.get(forum.path)
    for answer in (first, second):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Surrogate-Key"] == f"article-{forum.article['article']} edition-en"
    assert first.json is not None
    assert second.json is not None
    assert first.json["meta"]["form"] != second.json["meta"]["form"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"name": "A\nB"}, "/name", "characters"),
        ({"name": "A\u2028B"}, "/name", "characters"),
        ({"name": "A\u0085"}, "/name", "characters"),
        ({"name": "x" * 81}, "/name", "too_long"),
        ({"name": " \u200c "}, "/name", "empty"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "/email", "invalid"),
        ({"email": "a@example.org\r"}, "/email", "invalid"),
        ({"email": "a@example.org\u2028"}, "/email", "invalid"),
        ({"email": "a@example.org\u0085"}, "/email", "invalid"),
        ({"email": "nobody"}, "/email", "invalid"),
        ({"text": " \u202e\u200b "}, "/text", "empty"),
        ({"text": "x" * 5001}, "/text", "too_long"),
        ({"text": "a\u0000b"}, "/text", "characters"),
        ({"parent": "x"}, "/parent", "invalid_type"),
        ({"status": "approved"}, "/status", "unknown_field"),
        ({"approved": True}, "/approved", "unknown_field"),
        ({"user_id": 1}, "/user_id", "unknown_field"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "/created_at", "unknown_field"),
    ],
)
def test_what_does_not_fit_is_refused(forum: Forum, changes: dict[str, Any], pointer: str, code: str) -> None:
    form = forum.form()
    sent = {"text": "Fine.", **changes, "form": form}
    forum.refused(lambda: forum.send(**sent), status=422, code=code, at=pointer)


def test_a_text_is_text_in_every_script(forum: Forum) -> None:
    """Markup is shown as it was written, letters are composed, ZWNJ stays."""
    for text, kept in (
        ("<script>alert(1)</script> & <b>x</b>", "<script>alert(1)</script> & <b>x</b>"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Shume\u0308 mire\u0308", "Shumë mirë"),
        ("مرحبا بكم", "مرحبا بكم"),
    ):
        forum.approved(text)
        assert forum.threads()[-1]["text"] == kept


@pytest.mark.parametrize(
    ("header", "locale", "words"),
    [
        ("fa", "fa", ""),
        ("sq, en;q=0.5", "sq", ""),
        ("de", "en", "Thank you."),
        ("", "en", "Thank you."),
    ],
)
def test_a_reader_is_thanked_in_her_language(forum: Forum, header: str, locale: str, words: str) -> None:
    body = {"name": "Mina", "email": "mina@example.org", "text": "Hello.", "form": forum.form()}
    answer = forum.post(forum.path, body, accept_language=header)
    assert answer.status_code == 202
    assert answer.headers["Content-Language"] == locale
    assert words in answer.text


def test_pages_of_any_site_may_send(forum: Forum) -> None:
    asked = {"Origin": "https://reader.example", "Access-Control-Request-Method": "POST"}
    for path in (forum.path, "/v1/fa/contact"):
        answer = forum.client.options(path, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert forum.client.options("/v1/en/articles", headers=asked).headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    body = {"name": "Mina", "email": "mina@example.org", "text": "Hello.", "form": forum.form()}
    assert forum.post(forum.path, body, origin="https://reader.example").headers["Access-Control-Allow-Origin"] == "*"
