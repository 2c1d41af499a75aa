"""What is erased is told by nobody any more, takes no longer for more of it, and spam goes by itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from nejat_cms import reading
from nejat_cms.community.actions.expiring import forget_spam
from nejat_cms.community.models import Comment
from nejat_cms.community.queries import threads
from nejat_cms.db import Base, atomic, db, end_reading, new_id, utc_now
from tests.community.forum import Forum
from tests.factories import statements
from tests.invariants import broken_invariants
from tests.newsroom import data

HERS = "mina@example.org"


def everything(forum: Forum) -> str:
    """Every cell of every table, as text."""
    with forum.app.app_context():
        tables = Base.metadata.sorted_tables
        found = "\n".join(repr(tuple(row)) for table in tables for row in db.session.execute(select(table)))
        end_reading()
    return found.casefold()


@atomic
def _insert(rows: list[dict[str, Any]]) -> None:
    db.session.execute(insert(Comment), rows)


def flood(forum: Forum, count: int, *, root: str | None = None, status: str = "spam", email: str = HERS) -> None:
    """So many comments under the text, or answers to one of them."""
    rows = []
    for number in range(count):
        id_ = new_id()
        row = {"id": id_, "variant_id": UUID(forum.article["id"]), "locale": "en", "depth": 2 if root else 1}
        row |= {"parent_id": UUID(root) if root else None, "root_id": UUID(root) if root else id_, "status": status}
        row |= {"held_for": [], "name": "Flood", "email": email, "email_key": email, "text": "Words of the flood"}
        rows.append(row | {"text_key": "", "sent_us": number, "root_us": number, "version": 1, "updated_at": utc_now()})
    with forum.app.app_context():
        _insert(rows)


@pytest.mark.parametrize("erased_by", ["address", "delete"])
def test_no_kept_answer_tells_what_was_erased(forum: Forum, erased_by: str) -> None:
    forum.send("Secret words", email=HERS)
    forum.write("Secret question", email=HERS)
    paths = [f"/comments/{forum.newest().id}", f"/contact/{forum.newest_message().id}"]
    replays = []
    for path, step in zip(paths, ("approve", "answer"), strict=True):
        etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
        again: dict[str, Any] = {"if_match": etag, "idempotency_key": "once"}
        forum.desk.call("POST", f"{path}/{step}", {}, **again, expect=200)
        assert forum.desk.call("POST", f"{path}/{step}", {}, **again).headers["Idempotency-Replayed"] == "true"
        replays.append((f"{path}/{step}", again))
    if erased_by == "address":
        forum.desk.call("POST", "/personal-data/erase", {"email": HERS}, expect=200)
    for path in paths if erased_by == "delete" else ():
        etag = forum.desk.call("GET", path, expect=200).headers["ETag"]
        forum.desk.call("DELETE", path, if_match=etag, expect=204)
    for path, again in replays:
        answer = forum.desk.call("POST", path, {}, **again)
        assert answer.status_code == 404, answer.text
    assert not [word for word in ("mina@", "secret") if word in everything(forum)]


def test_erasing_more_takes_no_more_statements(forum: Forum) -> None:
    top = forum.approved("First.", email="another@example.org")
    taken = []
    for count in (3, 300):
        flood(forum, count, status="approved")
        flood(forum, count, root=top)
        with statements(forum.app) as sent:
            answer = forum.desk.call("POST", "/personal-data/erase", {"email": HERS}, expect=200)
        assert data(answer) == {"comments": 2 * count, "messages": 0}
        taken.append(len(sent))
    assert taken[0] == taken[1]
    assert [thread["id"] for thread in forum.threads()] == [top]
    assert broken_invariants(forum.app.config["SETTINGS"].database_url) == []


def test_readers_are_not_kept_by_what_nobody_approved(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither texts nor places of it are fetched, but for those above an approved one."""
    top = forum.approved("First.")
    forum.approved("An answer.", parent=top)
    forum.step(top, "reject")
    flood(forum, 50)
    flood(forum, 50, root=top)
    fetched: list[int] = []

    def counted(*args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        rows = reading.fetch(*args, **kwargs)
        fetched.append(len(rows))
        return rows

    monkeypatch.setattr(threads, "fetch", counted)
    (thread,) = forum.threads()
    assert (thread["id"], thread["text"], len(thread["children"])) == (top, None, 1)
    assert fetched == [1, 2]


def test_spam_is_forgotten_after_thirty_days(forum: Forum) -> None:
    top = forum.approved("Once approved.")
    forum.approved("An answer.", parent=top, email="another@example.org")
    forum.step(top, "spam")
    forum.send("http://a http://b http://c")
    forum.write("http://a http://b http://c")
    forum.send("Waiting.", email="third@example.org")
    forum.clock.shift(timedelta(days=29))
    forget(forum)
    assert statuses(forum) == ["spam", "approved", "spam", "pending"]
    forum.clock.shift(timedelta(days=1))
    forget(forum)
    assert statuses(forum) == ["removed", "approved", "pending"]
    (thread,) = forum.threads()
    assert (thread["id"], thread["text"], len(thread["children"])) == (top, None, 1)
    assert "http://a" not in everything(forum)
    assert broken_invariants(forum.app.config["SETTINGS"].database_url) == []


def statuses(forum: Forum) -> list[str]:
    with forum.app.app_context():
        found = list(db.session.scalars(select(Comment.status).order_by(Comment.id)))
        end_reading()
    return found


def forget(forum: Forum) -> None:
    with forum.app.app_context():
        forget_spam()
