"""Comments and messages as moderators see them; what is kept of one person; what is written down."""

from typing import Any

from sqlalchemy import select

from nejat_cms.accounts.models import AuditEntry
from nejat_cms.db import db
from tests.community.forum import Forum
from tests.content.test_linking import join
from tests.factories import statements
from tests.invariants import broken_invariants
from tests.newsroom import data


def rows(forum: Forum, path: str) -> list[Any]:
    found: list[Any] = data(forum.desk.call("GET", path, expect=200))
    return found


def test_a_moderator_sees_who_wrote_what_and_where(forum: Forum) -> None:
    top = forum.approved("First.")
    forum.send("<script>alert(1)</script>", name="=cmd()", email="Mina@Example.org", parent=top)
    assert rows(forum, "/comments?status=pending") == [
        {
            "id": str(forum.newest().id),
            "article": forum.article["article"],
            "variant": forum.article["id"],
            "locale": "en",
            "parent": top,
            "status": "pending",
            "held_for": [],
            "name": "=cmd()",
            "email": "Mina@Example.org",
            "text": "<script>alert(1)</script>",
            "at": "2031-05-01T12:00:10Z",
            "updated_at": "2031-05-01T12:00:10Z",
        }
    ]


def test_comments_are_found_by_status_article_edition_and_address(forum: Forum) -> None:
    other = forum.desk.published("fa", "متن دیگر")
    forum.approved("One.")
    forum.send("Two.", email="mina@example.org")
    forum.send("سه", path=f"/v1/fa/articles/{other['slug']}/comments", email="MINA@example.org")
    for query, texts in (
        ("", ["سه", "Two.", "One."]),
        ("?status=approved", ["One."]),
        ("?status=approved,pending&locale=en", ["Two.", "One."]),
        ("?locale=fa", ["سه"]),
        (f"?article={other['article']}", ["سه"]),
        ("?q=Mina@EXAMPLE.org", ["سه", "Two."]),
        ("?q=mina", []),
    ):
        assert [row["text"] for row in rows(forum, f"/comments{query}")] == texts, query
    first = forum.desk.call("GET", "/comments?limit=2", expect=200).json
    assert first is not None
    rest = forum.desk.client.get(first["links"]["next"], headers={"Authorization": f"Bearer {forum.desk.token}"})
    assert [row["text"] for row in data(rest)] == ["One."]
    forum.desk.refused("GET", "/comments?status=removed", status=422, code="invalid", at="status")


def test_comments_of_a_joined_article_are_found_by_its_former_id(forum: Forum) -> None:
    other = forum.desk.published("fa", "متن دیگر")
    forum.send("سه", path=f"/v1/fa/articles/{other['slug']}/comments")
    join(forum.desk, forum.article["article"], other["article"])
    for article in (forum.article["article"], other["article"]):
        assert [row["text"] for row in rows(forum, f"/comments?article={article}")] == ["سه"]


def test_a_list_takes_as_many_statements_for_more_comments(forum: Forum) -> None:
    taken = []
    for more in (1, 20):
        for number in range(more):
            forum.send(f"{more} {number}")
            forum.write(f"{more} {number}")
        with statements(forum.app) as sent:
            rows(forum, "/comments?limit=100")
        with statements(forum.app) as also:
            rows(forum, "/contact?limit=100")
        taken.append((len(sent), len(also)))
    assert taken[0] == taken[1]


def test_nobody_alters_a_readers_words(forum: Forum) -> None:
    forum.send("Mine.")
    path = f"/comments/{forum.newest().id}"
    for method in ("PATCH", "PUT"):
        forum.desk.refused(method, path, {"text": "Yours."}, if_match='"1-0"', status=405, code="method_not_allowed")


def test_messages_go_their_way(forum: Forum) -> None:
    forum.write("Hello.")
    path = f"/contact/{forum.newest_message().id}"
    for step, status in (("answer", "answered"), ("reopen", "new"), ("spam", "spam")):
        etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
        assert data(forum.desk.call("POST", f"{path}/{step}", {}, if_match=etag, expect=200))["status"] == status
    assert [row["status"] for row in rows(forum, "/contact?status=spam&locale=en&q=reader@example.org")] == ["spam"]
    assert rows(forum, "/contact?status=new") == []


def test_what_is_kept_of_one_person_is_told_and_erased(forum: Forum) -> None:
    hers = forum.approved("Hers.", email="mina@example.org")
    forum.approved("An answer.", parent=hers)
    forum.send("Waiting.", email="MINA@example.org")
    forum.write("Hello.", "fa", email="mina@example.org")
    forum.write("Not hers.", "fa")
    body = {"email": " Mina@Example.org "}
    told = data(forum.desk.call("POST", "/personal-data/export", body, expect=200))
    assert [row["text"] for row in told["comments"]] == ["Hers.", "Waiting."]
    assert [row["text"] for row in told["messages"]] == ["Hello."]
    assert data(forum.desk.call("POST", "/personal-data/erase", body, expect=200)) == {"comments": 2, "messages": 1}
    assert data(forum.desk.call("POST", "/personal-data/export", body, expect=200)) == {"comments": [], "messages": []}
    (thread,) = forum.threads()
    assert (thread["name"], thread["text"]) == (None, None)
    assert [child["text"] for child in thread["children"]] == ["An answer."]
    assert forum.count() == 1
    assert [row["text"] for row in rows(forum, "/contact")] == ["Not hers."]
    with forum.app.app_context():
        kept = [repr(tuple(row)) for table in _tables() for row in db.session.execute(select(table))]
    assert "mina@example" not in "\n".join(kept).casefold()


def _tables() -> list[Any]:
    return list(AuditEntry.metadata.sorted_tables)


def test_every_decision_is_written_down(forum: Forum) -> None:
    one = forum.approved("One.")
    forum.step(one, "spam")
    forum.erase(one)
    forum.write("Hello.")
    path = f"/contact/{forum.newest_message().id}"
    etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
    etag = forum.desk.call("POST", f"{path}/answer", {}, if_match=etag, expect=200).headers["ETag"]
    forum.desk.call("DELETE", path, if_match=etag, expect=204)
    with forum.app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        trail = [
            (entry.action, entry.subject_id, entry.locale)
            for entry in entries
            if entry.action.startswith(("comment.", "message."))
        ]
    message = path.rpartition("/")[2]
    assert trail == [
        ("comment.approve", one, "en"),
        ("comment.spam", one, "en"),
        ("comment.delete", one, "en"),
        ("message.answer", message, "en"),
        ("message.delete", message, "en"),
    ]


def test_a_house_with_comments_is_sound(forum: Forum) -> None:
    top = forum.approved("1")
    middle = forum.approved("1.1", parent=top)
    forum.approved("1.1.1", parent=middle)
    forum.send("http://a http://b http://c")
    forum.erase(middle)
    forum.desk.step(forum.article, "unpublish")
    forum.desk.publish(forum.article)
    assert broken_invariants(forum.app.config["SETTINGS"].database_url) == []
    assert forum.count() == 2
