"""Who may write what: every write route × role × locale × state of the text.

The routes come from the application itself, and what is expected comes from the contract's table of grants,
told here once more in its own words. So a route nobody thought of fails, and so does a rule that
`permissions.py` got wrong.

A write with a wrong version changes nothing and still tells whether the right was there: permission is decided
before version, so 412 means "you might have", 403 and 404 mean "not you".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nejat_cms.db import db
from nejat_cms.http.routing import Endpoint
from tests.factories import database_digest, headers, make_user, token_of
from tests.matrix.staff import (
    LOCALES,
    ROLES,
    STATES,
    STRANGERS,
    TELLING,
    WRONG,
    Asker,
    Body,
    Role,
    Text,
    address,
    adds,
    decides,
    edits,
    etag_of,
    give_to,
    hire,
    links,
    make,
    refusal,
    telling,
    writes_of,
)
from tests.newsroom import open_house, quick_client

# What is asked --------------------------------------------------------------------------------

TITLE = {"title": "Another title"}


@dataclass(frozen=True)
class Write:
    """A line of the table: who may, on what, with which body; `group`: `If-Match` names the article's version."""

    may: Callable[[Role, Text], bool]
    body: Callable[[Text], Body] | None = None
    stages: tuple[str, ...] = ("draft", "in_review", "approved")
    """The stages from which it succeeds."""
    live: bool | None = None
    """Whether it succeeds only on what is live, or only on what is not."""
    group: bool = False


def said(**body: Any) -> Callable[[Text], Body]:
    return lambda text: body


VARIANT_WRITES = {
    "put_variant": Write(edits, said(**TITLE)),
    "patch_variant": Write(edits, said(**TITLE)),
    "restore_revision": Write(edits, said()),
    "open_preview": Write(edits, said()),
    "revoke_previews": Write(edits),
    "submit_variant": Write(edits, said(), stages=("draft",)),
    "approve_variant": Write(decides, said(), stages=("in_review",)),
    "return_variant": Write(decides, said(note="Once more, please."), stages=("in_review", "approved", "archived")),
    "publish_variant": Write(decides, said()),
    "unpublish_variant": Write(decides, said(), live=True),
    "archive_variant": Write(decides, said()),
    "schedule_variant": Write(decides, said(publish_at="2099-01-01T00:00:00Z")),
    "delete_variant": Write(decides, live=False),
}
GROUP_WRITES = {
    "join_articles": Write(links, lambda text: {"article": str(text.article)}, group=True),
    "split_article": Write(links, group=True),
}
OTHER_WRITES = {
    # in an edition
    "create_article", "create_section", "create_tag", "create_person", "restore_variant",
    "update_section", "update_tag", "update_person", "delete_section", "delete_tag", "delete_person",
    "create_redirect", "delete_redirect",
    # menus and front pages: tests/content/test_menus.py and tests/delivery/test_home.py
    "put_menu", "delete_menu", "put_home",
    # of releases: test_releases.py
    "create_release", "patch_release", "delete_release", "publish_release", "schedule_release",
    # of the media library: tests/media/test_library.py and test_uploads.py
    "create_asset", "change_asset", "delete_asset", "replace_file", "put_localized_file", "remove_localized_file",
    "sign_rendition", "begin_upload", "add_part", "get_upload_options",
    # of the house
    "create_edition", "update_edition", "delete_edition", "create_user", "update_user", "set_grants",
    # ways in, by mailed links: tests/accounts/test_links.py
    "invite_user", "accept_invitation", "ask_reset", "reset_password",
    # from readers, and by moderators: test_moderation.py
    "send_comment", "send_message", "approve_comment", "reject_comment", "mark_comment_as_spam", "delete_comment",
    "mark_message_as_answered", "reopen_message", "mark_message_as_spam", "delete_message", "set_blocked_words",
    "export_personal_data", "erase_personal_data",
    # of nothing
    "check_language",
    # one's own
    "create_token", "delete_token", "log_in", "log_out", "log_out_everywhere", "change_password",
}  # fmt: skip
"""Writes with a test of their own in the modules beside."""


def test_every_write_route_has_its_line_here(app: Flask) -> None:
    assert set(writes_of(app)) == set(VARIANT_WRITES) | set(GROUP_WRITES) | OTHER_WRITES
    inside = ("/v1/manage/", "/v1/auth/")
    open_to_all = {name for name, one in writes_of(app).items() if not one.rule.startswith(inside)}
    assert open_to_all == {"send_comment", "send_message"}


# The tests ------------------------------------------------------------------------------------


def test_every_write_of_a_text_is_refused_or_only_waits_for_the_right_version(app: Flask) -> None:
    open_house(app)
    client = quick_client(app)
    staff = hire(app)
    endpoints = writes_of(app)
    with app.app_context():
        whole = db.engine.name == "sqlite"  # the decision is the same code: the other database gets the main states
        states = STATES if whole else [state for state in STATES if state.name in TELLING[:2]]
        others = [make(replace(state, locale=locale)) for locale in LOCALES for state in states]
        others += [make(replace(state, locale=locale)) for locale in STRANGERS for state in states[:1] if whole]
        own = [make(replace(state, locale="fa", mine=True)) for state in states if not state.missing]
        own += [make(replace(STATES[0], locale="ar", mine=True))]
    wrong: list[tuple[str, ...]] = []
    asked = 0
    for role in ROLES:
        with app.app_context():
            give_to(staff.users[role], [text.variant for text in own if text.variant])
        before = database_digest(app)
        asker = Asker(client, staff.tokens[role], role, wrong)
        judged_by_stage = role.name in ("translator", "author")
        texts = [text for text in others if judged_by_stage or text.name in TELLING]
        texts += [text for text in own if (role.name == "author" and text.locale == "fa") or text.name in TELLING[:2]]
        for name, write in (VARIANT_WRITES | GROUP_WRITES).items():
            asked += sum(len(list(ask(asker, endpoints[name], write, text))) for text in texts)
        if database_digest(app) != before:
            wrong.append((str(role), "something refused was done all the same"))
    assert wrong == []
    assert asked > (1200 if whole else 500)


def ask(asker: Asker, endpoint: Endpoint, write: Write, text: Text) -> Iterator[TestResponse]:
    """Every way of asking that must change nothing."""
    role = asker.role
    body = write.body(text) if write.body else None
    joins_itself = endpoint.name == "join_articles"
    siblings = replace(text, locale="en") if text.missing else text
    allowed = write.may(role, siblings if write.group else text)
    if text.missing and not (write.group and joins_itself):
        status = 404  # there is nothing to change, whoever asks
        yield asker.expects(status, endpoint, text, body, if_match=WRONG)
        return
    refused = refusal(role, text, group=write.group and joins_itself)
    right = etag_of(text.group_version if write.group else text.version)
    if endpoint.match == "none":
        if not allowed:
            yield asker.expects(refused, endpoint, text, body, idempotency_key="once")
        return
    if not allowed:
        yield asker.expects(refused, endpoint, text, body, if_match=right)
    if allowed or text.name == "draft":
        yield asker.expects(412 if allowed else refused, endpoint, text, body, if_match=WRONG)
    if allowed and text.name == "draft":
        yield asker.expects(428, endpoint, text, body)
        yield asker.expects(412, endpoint, text, body, if_match="*")
        yield asker.expects(412, endpoint, text, body, if_match=f"W/{right}")


def test_a_missing_variant_is_added_by_who_may_and_says_nothing_of_a_hidden_one(
    app: Flask, client: FlaskClient
) -> None:
    open_house(app)
    staff = hire(app)
    endpoint = writes_of(app)["put_variant"]
    wrong: list[tuple[str, ...]] = []
    based_on = {"title": "Made from another", "based_on": {"locale": "en", "revision": 1}}
    with app.app_context():
        there = [make(Text("translated draft", locale, translated=True)) for locale in LOCALES]
        missing = [make(Text("missing", locale, missing=True)) for locale in LOCALES]
    before = database_digest(app)
    for role in ROLES:
        asker = Asker(client, staff.tokens[role], role, wrong)
        for text, gap in zip(there, missing, strict=True):
            if not adds(role, text):
                status = refusal(role, gap, group=True)
                hidden = asker.expects(status, endpoint, text, based_on, if_none_match="*")
                absent = asker.expects(status, endpoint, gap, based_on, if_none_match="*")
                assert telling(hidden) == telling(absent), "whether there is a draft is nobody else's business"
            else:
                asker.expects(412, endpoint, text, based_on, if_none_match="*")
            if role.name == "translator":
                asker.expects(403, endpoint, gap, {"title": "Made from nothing"}, if_none_match="*")
    assert wrong == []
    assert database_digest(app) == before
    for role in ROLES:
        for locale in LOCALES:
            with app.app_context():
                gap = make(Text("missing", locale, missing=True))
            if adds(role, gap):
                Asker(client, staff.tokens[role], role, wrong).expects(201, endpoint, gap, based_on, if_none_match="*")
    assert wrong == []


def test_every_write_that_is_allowed_succeeds(app: Flask, client: FlaskClient) -> None:
    """Once for each role that may, on a fresh text in a state from which it leads somewhere."""
    open_house(app)
    staff = hire(app)
    endpoints = writes_of(app)
    wrong: list[tuple[str, ...]] = []
    done = 0
    for role in ROLES:
        asker = Asker(client, staff.tokens[role], role, wrong)
        for name, write in VARIANT_WRITES.items():
            for locale in LOCALES:
                fitting = [replace(state, locale=locale, mine=role.name == "author") for state in STATES]
                wanted = next(
                    (
                        text
                        for text in fitting
                        if write.may(role, text)
                        and not text.missing
                        and text.stage in write.stages
                        and write.live in (None, text.live)
                    ),
                    None,
                )
                if wanted is None:
                    continue
                with app.app_context():
                    text = make(wanted)
                    if text.mine and text.variant:
                        give_to(staff.users[role], [text.variant])
                body = write.body(text) if write.body else None
                endpoint = endpoints[name]
                asker.expects(endpoint.status, endpoint, text, body, if_match=etag_of(text.version))
                done += 1
    assert wrong == []
    assert done > 80


def test_a_step_from_the_wrong_stage_is_refused_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    endpoints = writes_of(app)
    with app.app_context():
        texts = [make(replace(state, locale="fa")) for state in STATES if not state.missing]
    wrong: list[tuple[str, ...]] = []
    asker = Asker(client, staff.tokens[Role("editor", "fa")], Role("editor", "fa"), wrong)
    before = database_digest(app)
    for name, write in VARIANT_WRITES.items():
        if write.may is not decides and name != "submit_variant":
            continue  # an edit is possible at any stage
        for text in texts:
            if text.stage not in write.stages or write.live not in (None, text.live):
                if name in ("archive_variant", "delete_variant", "unpublish_variant") and not text.live:
                    continue  # what was archived may be deleted
                body = write.body(text) if write.body else None
                asker.expects(409, endpoints[name], text, body, if_match=etag_of(text.version))
    assert wrong == []
    assert database_digest(app) == before


def test_joining_and_splitting_need_an_editor_of_every_edition_concerned(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    endpoints = writes_of(app)
    wrong: list[tuple[str, ...]] = []
    with app.app_context():
        farsi = make(Text("published", "fa", "approved", live=True))
        arabic = make(Text("published", "ar", "approved", live=True))
        both = make(Text("translated and published", "fa", "approved", live=True, translated=True))
    groups = (["editor:fa"], ["editor:ar"], ["editor:fa", "author:ar"], ["editor:ar", "translator:fa"], ["admin:fa"])
    tokens = {str(grants): token_of(app, make_user(app, *grants)) for grants in groups}
    before = database_digest(app)
    path = {text.locale: address(endpoints["join_articles"], text) for text in (farsi, arabic)}
    asks = [("POST", path["fa"], arabic), ("POST", path["ar"], farsi)]
    for grants, token in tokens.items():
        for method, address_, other in asks:
            for etag in ('"1-0"', WRONG):
                body = {"article": str(other.article)}
                answer = client.open(address_, method=method, json=body, headers=headers(token, if_match=etag))
                assert answer.status_code == 403, grants
        for locale in ("fa", "en"):
            split = address(endpoints["split_article"], replace(both, locale=locale))
            etag = etag_of(both.group_version)
            assert client.delete(split, headers=headers(token, if_match=etag)).status_code == 403, grants
    assert database_digest(app) == before
    pairs = token_of(app, make_user(app, "editor:fa", "editor:ar", "editor:en"))
    asker = Asker(client, pairs, Role("editor", "fa"), wrong)
    joined = {"article": str(arabic.article)}
    asker.expects(200, endpoints["join_articles"], farsi, joined, if_match=etag_of(farsi.group_version))
    asker.expects(200, endpoints["split_article"], both, None, if_match=etag_of(both.group_version))
    assert wrong == []
