"""Who may decide on what readers wrote: every role × edition × status × step.

The steps are those of the rules, the roles those of `permissions.py`, in each edition and in all. What is expected is
the contract's line, told here in its own words: a moderator, an editor and an administrator, in their editions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.rules import COMMENT_STEPS, MESSAGE_STEPS, CommentStatus, MessageStatus, Step
from nejat_cms.content.actions import saving, stages
from nejat_cms.db import Stamp, atomic, db
from nejat_cms.permissions import ROLES, SYSTEM
from tests.factories import database_digest, headers, token_for
from tests.matrix.staff import WRONG, etag_of, telling
from tests.newsroom import EDITIONS, open_house, quick_client

GRANTS = ("", *(f"{role}{place}" for role in ROLES for place in ("", ":fa")))
DECIDING = {"moderator", "editor", "admin"}
numbers = count(1)
COMMENT, MESSAGE = "comments", "contact"
STEPS: dict[str, Mapping[str, Step]] = {COMMENT: COMMENT_STEPS, MESSAGE: MESSAGE_STEPS}
STATUSES: dict[str, list[str]] = {
    COMMENT: [status for status in CommentStatus if status is not CommentStatus.REMOVED],
    MESSAGE: list(MessageStatus),
}


def decides(grant: str, locale: str) -> bool:
    role, _, place = grant.partition(":")
    return role in DECIDING and place in ("", locale)


@dataclass(frozen=True)
class Written:
    """Something a reader wrote, in a status."""

    kind: str
    locale: str
    status: str
    id: UUID
    version: Stamp

    @property
    def path(self) -> str:
        return f"/v1/manage/{self.kind}/{self.id}"


@atomic
def make(kind: str, locale: str, status: str) -> Written:
    shared: dict[str, Any] = {"locale": locale, "status": status, "held_for": [], "name": "Mina", "text": "Hello"}
    shared |= {"email": "mina@example.org", "email_key": "mina@example.org", "text_key": "", "sent_us": 0}
    row: Comment | ContactMessage
    if kind == COMMENT:
        variant = saving.create_article(SYSTEM, "article", locale, {"title": f"Text {next(numbers)}"})
        stages.publish_variant(SYSTEM, variant.article_id, locale, version=variant.version)
        row = Comment(variant_id=variant.id, depth=1, root_id=variant.id, **shared)
        db.session.add(row)
        db.session.flush()
        row.root_id = row.id
    else:
        row = ContactMessage(subject="Hello", **shared)
    db.session.add(row)
    db.session.flush()
    return Written(kind, locale, status, row.id, row.stamp)


def ask(client: FlaskClient, token: str, method: str, path: str, etag: str | None) -> Any:
    sent = headers(token, **({"if_match": etag} if etag else {}))
    return client.open(path, method=method, json={} if method == "POST" else None, headers=sent)


@pytest.mark.parametrize("kind", STEPS)
def test_who_may_not_decide_finds_nothing_and_changes_nothing(app: Flask, kind: str) -> None:
    open_house(app)
    client = quick_client(app)
    with app.app_context():
        rows = [make(kind, locale, status) for locale in EDITIONS for status in STATUSES[kind]]
    tokens = {grant: token_for(app, *filter(None, [grant])) for grant in GRANTS}
    before = database_digest(app)
    wrong: list[tuple[object, ...]] = []
    asked = 0
    for grant, token in tokens.items():
        for row in rows:
            if decides(grant, row.locale):
                continue
            calls = [("GET", row.path), ("DELETE", row.path), *(("POST", f"{row.path}/{step}") for step in STEPS[kind])]
            for method, path in calls:
                for etag in (etag_of(row.version), None):
                    answer = ask(client, token, method, path, etag)
                    if answer.status_code != 404 or (answer.json or {}).get("etag"):
                        wrong.append((grant, row.locale, row.status, method, path, answer.status_code))
                    asked += 1
    assert wrong == []
    assert asked > 500
    assert database_digest(app) == before


@pytest.mark.parametrize("kind", STEPS)
def test_every_step_leads_where_the_rules_say_or_nowhere(app: Flask, kind: str) -> None:
    open_house(app)
    client = quick_client(app)
    wrong: list[tuple[object, ...]] = []
    done = 0
    for grant in GRANTS:
        token = token_for(app, *filter(None, [grant]))
        for locale in ("fa", "en"):
            if not decides(grant, locale):
                continue
            for status in STATUSES[kind]:
                for step, rule in STEPS[kind].items():
                    with app.app_context():
                        row = make(kind, locale, status)
                    allowed = status in rule.sources
                    before = database_digest(app)
                    path = f"{row.path}/{step}"
                    stale = ask(client, token, "POST", path, WRONG).status_code
                    unnamed = ask(client, token, "POST", path, None).status_code
                    refused = None if allowed else ask(client, token, "POST", path, etag_of(row.version)).status_code
                    assert database_digest(app) == before
                    if (stale, unnamed, refused) != (412, 428, None if allowed else 409):
                        wrong.append((grant, locale, status, step, stale, unnamed, refused))
                    if allowed:
                        answer = ask(client, token, "POST", path, etag_of(row.version))
                        if (answer.status_code, answer.json["data"]["status"]) != (200, rule.target):
                            wrong.append((grant, locale, status, step, answer.status_code, answer.json))
                    done += 1
            with app.app_context():
                row = make(kind, locale, STATUSES[kind][0])
            if ask(client, token, "DELETE", row.path, etag_of(row.version)).status_code != 204:
                wrong.append((grant, locale, "delete"))
    assert wrong == []
    assert done >= 8 * len(STATUSES[kind]) * len(STEPS[kind])


def test_a_list_holds_what_its_reader_may_decide_on(app: Flask) -> None:
    open_house(app)
    client = quick_client(app)
    with app.app_context():
        for kind in STEPS:
            for locale in EDITIONS:
                make(kind, locale, STATUSES[kind][0])
    for grant in GRANTS:
        token = token_for(app, *filter(None, [grant]))
        for kind in STEPS:
            answer = ask(client, token, "GET", f"/v1/manage/{kind}", None)
            assert answer.status_code == 200
            assert {row["locale"] for row in answer.json["data"]} == {one for one in EDITIONS if decides(grant, one)}


def test_personal_data_are_for_who_runs_the_house(app: Flask) -> None:
    open_house(app)
    client = quick_client(app)
    with app.app_context():
        make(COMMENT, "fa", "approved")
    for grant in GRANTS:
        token = token_for(app, *filter(None, [grant]))
        before = database_digest(app)
        for verb in ("export", "erase"):
            told = []
            for email in ("mina@example.org", "nobody@example.org"):
                answer = client.post(f"/v1/manage/personal-data/{verb}", json={"email": email}, headers=headers(token))
                told.append(answer)
            if grant == "admin":
                assert [answer.status_code for answer in told] == [200, 200]
            else:
                assert telling(told[0]) == telling(told[1])
                assert told[0].status_code == 404
        assert (database_digest(app) == before) == (grant != "admin"), grant
