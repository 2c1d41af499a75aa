"""Who may write what: every write route × role × locale × state of the text.

The routes come from the application itself, and what is expected comes from the contract's table of grants,
told here once more in its own words. So a route nobody thought of fails, and so does a rule that
`permissions.py` got wrong.

A write with a wrong version changes nothing and still tells whether the right was there: permission is decided
before version, so 412 means "you might have", 403 and 404 mean "not you".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from nejat_cms.content.actions import saving, stages, terms, trash
from nejat_cms.content.models import Article, Term, Variant
from nejat_cms.db import Stamp, atomic, db, end_reading, new_id
from nejat_cms.http.edge import MAX_CREDENTIALS
from nejat_cms.http.routing import UNSEEN, Endpoint
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers, make_user, token_of
from tests.newsroom import open_house, quick_client

WRONG = '"999-0"'
LOCALES = ("fa", "ar")
STRANGERS = ("en", "sq")
"""Editions in which none of the roles here works, but for those that work everywhere."""


# What the contract says -----------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """A row of the contract's table; `name` is empty for somebody who was let in and given nothing."""

    name: str
    locale: str | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.locale}" if self.locale else self.name or "nothing"

    def works_in(self, locale: str) -> bool:
        return self.locale in (None, locale)

    def edits_all_of(self, locale: str) -> bool:
        """`admin:fa`: what `editor:fa` may."""
        return self.name in ("admin", "editor") and self.works_in(locale)

    @property
    def runs_the_house(self) -> bool:
        return self.name == "admin" and self.locale is None


NOTHING = Role("")
ROLES = (
    NOTHING,
    Role("moderator", "fa"),
    Role("translator", "fa"),
    Role("author", "fa"),
    Role("editor", "fa"),
    Role("admin", "fa"),
    Role("editor"),
    Role("admin"),
)


@dataclass(frozen=True)
class Text:
    """One variant and what the contract's rules look at; `missing`: its article is live in English only."""

    name: str
    locale: str
    stage: str = "draft"
    live: bool = False
    mine: bool = False
    translated: bool = False
    missing: bool = False
    article: UUID | None = None
    variant: UUID | None = None
    version: Stamp = UNSEEN
    group_version: Stamp = UNSEEN


def reads(role: Role, text: Text) -> bool:
    """Every role, all live revisions; drafts in her own locales (author: her own; moderator: none); a translator
    also the draft of a source when it is approved."""
    if text.missing:
        return role.name != ""  # what is to be read is the English variant, which is live
    return role.name != "" if text.live else reads_draft(role, text)


def reads_draft(role: Role, text: Text) -> bool:
    if role.name == "author":
        return role.works_in(text.locale) and text.mine
    if role.name == "translator":
        return role.works_in(text.locale) or text.stage == "approved"
    return role.edits_all_of(text.locale)


def knows_article(role: Role, text: Text) -> bool:
    """Whether she may know of any variant of its article: the source of a translation is live."""
    return reads(role, text) or (role.name != "" and (text.missing or text.translated))


def edits(role: Role, text: Text) -> bool:
    """An editor everything; an author what she made, until it is approved; a translator what is based on another."""
    if role.name == "author":
        return role.works_in(text.locale) and text.mine and text.stage in ("draft", "in_review")
    if role.name == "translator":
        return role.works_in(text.locale) and text.translated
    return role.edits_all_of(text.locale)


def begins(role: Role, text: Text) -> bool:
    """Create a new article in an edition."""
    return role.edits_all_of(text.locale) or (role.name == "author" and role.works_in(text.locale))


def adds(role: Role, text: Text) -> bool:
    """Create the missing variant, with `based_on`."""
    return begins(role, text) or (role.name == "translator" and role.works_in(text.locale))


def decides(role: Role, text: Text) -> bool:
    """Every transition but `submit`, deleting, and the names of sections, tags and people."""
    return role.edits_all_of(text.locale)


def links(role: Role, text: Text) -> bool:
    """Joining needs editor in every locale concerned: the text's, and English where its source is."""
    return role.edits_all_of(text.locale) and (not text.translated or role.edits_all_of("en"))


# What is asked --------------------------------------------------------------------------------

Body = dict[str, Any]
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
    # of the house
    "create_edition", "update_edition", "delete_edition", "create_user", "update_user", "set_grants",
    # of nothing
    "check_language",
    # one's own
    "create_token", "delete_token", "log_in", "log_out", "log_out_everywhere", "change_password",
}  # fmt: skip
"""Writes with a test of their own below."""


def writes_of(app: Flask) -> dict[str, Endpoint]:
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    return {name: endpoint for name, endpoint in table.items() if endpoint.method != "GET"}


def test_every_write_route_has_its_line_here(app: Flask) -> None:
    assert set(writes_of(app)) == set(VARIANT_WRITES) | set(GROUP_WRITES) | OTHER_WRITES
    assert all(endpoint.rule.startswith(("/v1/manage/", "/v1/auth/")) for endpoint in writes_of(app).values())


# The house ------------------------------------------------------------------------------------

numbers = count(1)
STATES = (
    Text("draft", ""),
    Text("in review", "", "in_review"),
    Text("approved", "", "approved"),
    Text("archived", "", "archived"),
    Text("published", "", "approved", live=True),
    Text("published with a newer draft", "", "draft", live=True),
    Text("translated draft", "", translated=True),
    Text("translated and approved", "", "approved", translated=True),
    Text("translated and published", "", "approved", live=True, translated=True),
    Text("missing", "", missing=True),
)
TELLING = ("draft", "published", "translated draft", "missing")
"""What is enough for a role that may do the same whatever the stage."""


def make(wanted: Text) -> Text:
    """A fresh article with a variant in this state; call it in an application context."""
    title = f"Text {next(numbers)}"
    if wanted.translated or wanted.missing:
        source = saving.create_article(SYSTEM, "article", "en", {"title": title})
        stages.publish_variant(SYSTEM, source.article_id, "en", version=source.version)
        if wanted.missing:
            return replace(wanted, article=source.article_id, group_version=_group_version(source.article_id))
        based_on = {"title": title, "based_on": {"locale": "en", "revision": 1}}
        variant = saving.create_variant(SYSTEM, source.article_id, wanted.locale, based_on)
    else:
        variant = saving.create_article(SYSTEM, "article", wanted.locale, {"title": title})
    key = (variant.article_id, wanted.locale)
    if wanted.live:
        variant = stages.publish_variant(SYSTEM, *key, version=variant.version)
        if wanted.stage == "draft":
            variant = saving.change_variant(SYSTEM, *key, {"lead": "newer"}, version=variant.version)
    elif wanted.stage in ("in_review", "approved"):
        variant = stages.move_variant(SYSTEM, *key, "submit", version=variant.version)
        if wanted.stage == "approved":
            variant = stages.move_variant(SYSTEM, *key, "approve", version=variant.version)
    elif wanted.stage == "archived":
        variant = stages.archive_variant(SYSTEM, *key, version=variant.version)
    assert (variant.stage, variant.live_revision is not None) == (wanted.stage, wanted.live)
    return replace(
        wanted,
        article=variant.article_id,
        variant=variant.id,
        version=variant.stamp,
        group_version=_group_version(variant.article_id),
    )


def _group_version(article_id: UUID) -> Stamp:
    stamp = db.session.get_one(Article, article_id, populate_existing=True).stamp
    end_reading()
    return stamp


def etag_of(version: Stamp) -> str:
    """What `If-Match` says to name this version, whatever else the text says."""
    return f'"{version:d}-{version.mark}0"'


@atomic
def give_to(user_id: UUID, variant_ids: list[UUID]) -> None:
    """Make her the one who made these."""
    db.session.execute(update(Variant).where(Variant.id.in_(variant_ids)).values(created_by=user_id))


@dataclass(frozen=True)
class Staff:
    """Somebody of each role."""

    users: dict[Role, UUID]
    tokens: dict[Role, str]


def hire(app: Flask) -> Staff:
    users = {role: make_user(app, *([str(role)] if role.name else [])) for role in ROLES}
    return Staff(users, {role: token_of(app, user_id) for role, user_id in users.items()})


def address(endpoint: Endpoint, text: Text, **more: Any) -> str:
    """The path of a route for a text."""
    path = endpoint.rule
    values = {"article_id": text.article, "locale": text.locale, "variant_id": text.variant, "number": 1, **more}
    for name, value in values.items():
        for converter in ("uuid:", "locale:", "number:", ""):
            path = path.replace(f"<{converter}{name}>", str(value))
    assert "<" not in path, path
    return path


@dataclass(frozen=True)
class Asker:
    """Sends one role's writes, and collects what was answered otherwise than expected."""

    client: FlaskClient
    token: str
    role: Role
    wrong: list[tuple[str, ...]]

    def expects(self, status: int, endpoint: Endpoint, text: Text, body: Body | None, **header: str) -> TestResponse:
        path = address(endpoint, text)
        answer = self.client.open(path, method=endpoint.method, json=body, headers=headers(self.token, **header))
        if answer.status_code != status:
            where = f"{text.name} in {text.locale}{', hers' if text.mine else ''}"
            self.wrong.append((str(self.role), endpoint.name, where, str(header), f"{answer.status_code} not {status}"))
        elif status >= 400:
            assert answer.json is not None
            assert answer.json["status"] == status
            assert status == 412 or "etag" not in answer.json, "a refusal tells no version"
        return answer


def refusal(role: Role, text: Text, *, group: bool) -> int:
    """What she may not read is 404; what she may read but not change is 403."""
    return 403 if (knows_article if group else reads)(role, text) else 404


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


def telling(answer: TestResponse) -> tuple[int, Any]:
    """What an answer says, but for what names the request itself."""
    assert answer.json is not None
    return answer.status_code, {
        name: value for name, value in answer.json.items() if name not in ("instance", "request_id")
    }


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


# In an edition --------------------------------------------------------------------------------


def test_articles_and_names_are_made_by_who_works_in_the_edition(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    endpoints = writes_of(app)
    wrong: list[tuple[str, ...]] = []
    lines: list[tuple[str, Callable[[Role, Text], bool], Callable[[str], Body]]] = [
        ("create_article", begins, lambda locale: {"kind": "article", "locale": locale, "title": "New"}),
        *(
            (f"create_{type_}", decides, lambda locale: {"names": {locale: {"name": f"Name {next(numbers)}"}}})
            for type_ in terms.TERM_TYPES
        ),
    ]
    for role in ROLES:
        asker = Asker(client, staff.tokens[role], role, wrong)
        before = database_digest(app)
        for name, may, body in lines:
            for locale in (*LOCALES, *STRANGERS):
                text = Text("new", locale)
                if not may(role, text):
                    asker.expects(403, endpoints[name], text, body(locale), idempotency_key=f"{name} {locale}")
            if role.locale:
                both = {"names": {"fa": {"name": "Hers"}, "ar": {"name": "Theirs"}}}
                if name != "create_article":
                    asker.expects(403, endpoints[name], text, both)
        assert database_digest(app) == before, role
        for name, may, body in lines:
            for locale in (*LOCALES, *STRANGERS):
                text = Text("new", locale)
                if may(role, text):
                    asker.expects(201, endpoints[name], text, body(locale))
    assert wrong == []


def test_names_are_changed_by_who_edits_the_edition(app: Flask) -> None:
    client = quick_client(app)
    open_house(app)
    staff = hire(app)
    endpoints = writes_of(app)
    wrong: list[tuple[str, ...]] = []
    with app.app_context():
        held = {
            (type_, locales): terms.create_term(
                SYSTEM, type_, {locale: {"name": f"Name {next(numbers)}"} for locale in locales}
            ).id
            for type_ in terms.TERM_TYPES
            for locales in (("fa",), ("ar",), ("fa", "ar"))
        }
    before = database_digest(app)
    for role in ROLES:
        for (type_, locales), term_id in held.items():
            asker = Asker(client, staff.tokens[role], role, wrong)
            for locale in LOCALES:
                path = address(endpoints[f"update_{type_}"], Text("", locale), term_id=term_id)
                body: Body = {"names": {locale: {"name": f"Name {next(numbers)}"}}}
                allowed = role.edits_all_of(locale)
                for etag in ('"1-0"', WRONG):
                    if not (allowed and etag != WRONG):
                        _patch(asker, path, body, etag, 412 if allowed else 403)
                if not role.edits_all_of("fa") and not role.edits_all_of("ar"):
                    _patch(asker, path, {}, '"1-0"', 403)
                if role.locale or not role.edits_all_of("ar"):  # moving it touches every edition
                    _patch(asker, path, {"position": 7}, '"1-0"', 403)
            all_of_it = all(role.edits_all_of(locale) for locale in locales)
            path = address(endpoints[f"delete_{type_}"], Text("", "fa"), term_id=term_id)
            for etag in [WRONG] if all_of_it else ['"1-0"', WRONG]:
                answer = client.delete(path, headers=headers(staff.tokens[role], if_match=etag))
                expected = 412 if all_of_it else 403
                if answer.status_code != expected:
                    wrong.append((str(role), f"delete_{type_}", str(locales), f"{answer.status_code} not {expected}"))
        assert database_digest(app) == before, role
    assert wrong == []
    # What is missing answers somebody without a role as what is there does.
    for type_ in terms.TERM_TYPES:
        known = client.open(
            address(endpoints[f"update_{type_}"], Text("", "fa"), term_id=held[type_, ("fa",)]),
            method="PATCH", json={"position": 1}, headers=headers(staff.tokens[NOTHING], if_match=WRONG),
        )  # fmt: skip
        unknown = client.open(
            address(endpoints[f"update_{type_}"], Text("", "fa"), term_id=new_id()),
            method="PATCH", json={"position": 1}, headers=headers(staff.tokens[NOTHING], if_match=WRONG),
        )  # fmt: skip
        assert telling(known) == telling(unknown)
    for role in (Role("editor", "fa"), Role("admin", "fa"), Role("admin")):
        for type_ in terms.TERM_TYPES:
            term_id = held[type_, ("fa",)]
            asker = Asker(client, staff.tokens[role], role, wrong)
            with app.app_context():
                version = db.session.get_one(Term, term_id, populate_existing=True).stamp
            path = address(endpoints[f"update_{type_}"], Text("", "fa"), term_id=term_id)
            _patch(asker, path, {"names": {"fa": {"name": f"Name {next(numbers)}"}}}, etag_of(version), 200)
    assert wrong == []


def _patch(asker: Asker, path: str, body: Body, etag: str, expected: int) -> None:
    answer = asker.client.patch(path, json=body, headers=headers(asker.token, if_match=etag))
    if answer.status_code != expected:
        asker.wrong.append((str(asker.role), path, str(body), etag, f"{answer.status_code} not {expected}"))


def test_the_trash_is_emptied_back_by_editors_alone(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    endpoint = writes_of(app)["restore_variant"]
    wrong: list[tuple[str, ...]] = []

    def thrown_away(locale: str, *, mine: bool = False) -> Text:
        with app.app_context():
            text = make(Text("in the trash", locale, mine=mine))
            assert text.article
            trash.delete_variant(SYSTEM, text.article, locale, version=text.version)
            return text

    texts = [thrown_away(locale, mine=mine) for locale in (*LOCALES, *STRANGERS) for mine in (False, True)]
    own = [text.variant for text in texts if text.mine and text.variant]
    for role in ROLES:
        with app.app_context():
            give_to(staff.users[role], own)
        asker = Asker(client, staff.tokens[role], role, wrong)
        before = database_digest(app)
        for text in texts:
            if not decides(role, text):
                asker.expects(403 if reads_draft(role, text) else 404, endpoint, text, {})
        assert database_digest(app) == before, role
        for locale in LOCALES:
            if role.edits_all_of(locale):
                asker.expects(200, endpoint, thrown_away(locale), {})
    assert wrong == []


def test_old_paths_lead_where_who_publishes_there_says(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    endpoints = writes_of(app)
    wrong: list[tuple[str, ...]] = []
    with app.app_context():
        texts = [make(replace(state, locale=locale)) for state in STATES if state.name in TELLING for locale in LOCALES]
        texts += [make(replace(STATES[0], locale=locale)) for locale in STRANGERS]

    def body(text: Text) -> Body:
        return {"locale": text.locale, "path": f"/old/{next(numbers)}", "article": str(text.article)}

    def delete(role: Role, redirect: str, etag: str, expected: int) -> None:
        answer = client.delete(redirect, headers=headers(staff.tokens[role], if_match=etag))
        if answer.status_code != expected:
            wrong.append((str(role), "delete_redirect", redirect, f"{answer.status_code} not {expected}"))

    for role in ROLES:
        asker = Asker(client, staff.tokens[role], role, wrong)
        before = database_digest(app)
        for text in texts:
            if text.missing or not decides(role, text):
                status = 404 if text.missing else refusal(role, text, group=False)
                asker.expects(status, endpoints["create_redirect"], text, body(text), idempotency_key="once")
        assert database_digest(app) == before, role
    for maker in ROLES:
        for text in texts:
            if text.missing or not decides(maker, text):
                continue
            asker = Asker(client, staff.tokens[maker], maker, wrong)
            made = asker.expects(201, endpoints["create_redirect"], text, body(text))
            before = database_digest(app)
            for role in ROLES:
                allowed = decides(role, text)
                delete(role, made.headers["Location"], WRONG, 412 if allowed else 404)
                if not allowed:
                    delete(role, made.headers["Location"], made.headers["ETag"], 404)
            assert database_digest(app) == before
            delete(maker, made.headers["Location"], made.headers["ETag"], 204)
    assert wrong == []


def test_a_text_is_checked_for_everybody_with_a_role_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    endpoint = writes_of(app)["check_language"]
    wrong: list[tuple[str, ...]] = []
    before = database_digest(app)
    for role in ROLES:
        for locale in (*LOCALES, *STRANGERS, "de"):
            body = {"locale": locale, "text": "a  b"}
            status = 404 if role is NOTHING else 200
            Asker(client, staff.tokens[role], role, wrong).expects(status, endpoint, Text("any", locale), body)
    assert wrong == []
    assert database_digest(app) == before


# Of the house ---------------------------------------------------------------------------------


def test_the_house_is_run_by_its_administrators(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    somebody = make_user(app, "editor:fa")
    grants = {"grants": [{"role": "admin", "locale": None}]}
    lines: list[tuple[str, str, Body | None]] = [
        ("POST", "/v1/manage/editions", {"locale": "fr"}),
        ("POST", "/v1/manage/users", {"email": "new@example.org", "name": "New"}),
        ("PATCH", f"/v1/manage/users/{somebody}", {"disabled": True}),
        ("PATCH", f"/v1/manage/users/{new_id()}", {"disabled": True}),
        ("PUT", f"/v1/manage/users/{somebody}/grants", grants),
        ("PUT", f"/v1/manage/users/{new_id()}/grants", grants),
        *(("DELETE", f"/v1/manage/editions/{locale}", None) for locale in ("sq", "ar", "fa")),
        *(("PATCH", f"/v1/manage/editions/{locale}", {"is_default": True}) for locale in ("sq", "ar", "fa")),
        *(("PATCH", f"/v1/manage/editions/{locale}", {"tagline": "Mine now"}) for locale in ("en", "sq", "ar", "fa")),
    ]
    before = database_digest(app)
    for role in ROLES:
        for method, path, body in lines:
            hers = role.name == "admin" and role.locale and path.endswith(f"/{role.locale}") and body
            if role.runs_the_house or (hers and body != {"is_default": True}):
                continue
            for etag in ('"1-0"', '"2-0"', WRONG):
                answer = client.open(path, method=method, json=body, headers=headers(staff.tokens[role], if_match=etag))
                expected = 404 if role is NOTHING and "/editions/" in path else 403
                assert answer.status_code == expected, (str(role), method, path, answer.status_code)
                assert answer.json is not None
                assert "etag" not in answer.json
    assert database_digest(app) == before
    for role in (Role("admin", "fa"), Role("admin")):
        token = staff.tokens[role]
        path = "/v1/manage/editions/fa"
        assert client.patch(path, json={"tagline": "x"}, headers=headers(token, if_match=WRONG)).status_code == 412
        etag = client.get(path, headers=headers(token)).headers["ETag"]
        body = {"tagline": f"A word from {role}"}
        assert client.patch(path, json=body, headers=headers(token, if_match=etag)).status_code == 200
    token = staff.tokens[Role("admin")]
    for method, path, body in lines[:2]:
        assert client.open(path, method=method, json=body, headers=headers(token)).status_code == 201
    for method, path, body in [lines[2], lines[4], ("DELETE", "/v1/manage/editions/fr", None)]:
        etag = client.get(path, headers=headers(token)).headers["ETag"]
        answer = client.open(path, method=method, json=body, headers=headers(token, if_match=etag))
        assert answer.status_code in (200, 204), (path, answer.json)


def test_somebody_without_a_role_cannot_tell_which_editions_there_are(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    token = token_of(app, make_user(app))
    for method, body in [("GET", None), ("PATCH", {"tagline": "x"}), ("DELETE", None)]:
        answers = [
            client.open(
                f"/v1/manage/editions/{locale}", method=method, json=body, headers=headers(token, if_match=WRONG)
            )
            for locale in ("fa", "de")
        ]
        assert telling(answers[0]) == telling(answers[1])
        assert answers[0].status_code in (403, 404)


def test_a_token_is_its_owners_own(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa", "ar")
    staff = hire(app)
    grants = {role: [{"role": role.name, "locale": role.locale}] if role.name else [] for role in ROLES}
    admin = headers(staff.tokens[Role("admin")])
    admins = client.post("/v1/manage/tokens", json={"name": "x", "grants": []}, headers=admin)
    assert admins.json is not None
    for role in ROLES:
        mine = headers(staff.tokens[role])
        before = database_digest(app)
        if not role.runs_the_house:
            for too_much in ({"role": "admin", "locale": None}, {"role": "editor", "locale": "ar"}):
                if role == Role("editor") and too_much["role"] == "editor":
                    continue
                more = client.post("/v1/manage/tokens", json={"name": "x", "grants": [too_much]}, headers=mine)
                assert more.status_code == 422, str(role)
            theirs = client.delete(f"/v1/manage/tokens/{admins.json['data']['id']}", headers=mine)
            nobodys = client.delete(f"/v1/manage/tokens/{new_id()}", headers=mine)
            assert telling(theirs) == telling(nobodys)
            assert theirs.status_code == 404
        assert database_digest(app) == before
        made = client.post("/v1/manage/tokens", json={"name": "x", "grants": grants[role]}, headers=mine)
        assert made.status_code == 201, str(role)
        assert client.delete(made.headers["Location"], headers=mine).status_code == 204
        assert client.post("/v1/auth/logout", headers=mine).status_code == 204
        assert client.get("/v1/auth/me", headers=mine).status_code == 401


# Without a token, and with a body that cannot be read -----------------------------------------


def test_without_a_token_all_of_management_is_401_whether_it_is_there_or_not(app: Flask) -> None:
    client = quick_client(app)
    open_house(app, "en", "fa")
    with app.app_context():
        text = make(Text("draft", "fa"))
    endpoints: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    values = {
        "user_id": new_id(),
        "term_id": new_id(),
        "token_id": new_id(),
        "redirect_id": new_id(),
        "old": 1,
        "new": 1,
    }
    paths = {
        address(endpoint, text, **values)
        for endpoint in endpoints.values()
        if endpoint.rule.startswith("/v1/manage") or (endpoint.signed_in and endpoint.rule.startswith("/v1/auth"))
    }
    paths |= {path.replace(str(text.article), str(new_id())) for path in paths}
    paths |= {"/v1/manage", "/v1/manage/", "/v1/manage/nothing", "/v1/manage/x.css", "/v1/manage/articles/1;.css"}
    strange = {"/v1/manage/articles/%2e%2e", "/v1/manage//articles", "/v1/manage/%00", "/v1/manage/articles?q=%ff"}
    before = database_digest(app)
    tellings = set()
    for path in sorted(paths | strange):
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            if path.startswith("/v1/auth") and not any(
                (endpoint.rule, endpoint.method) == (path, method) for endpoint in endpoints.values()
            ):
                continue
            for sent in ({}, {"Authorization": "Bearer nejat_x"}, {"Authorization": "Basic YWRtaW46YWRtaW4="}):
                answer = client.open(path, method=method, data=b"{", headers=sent | {"Accept-Language": "en"})
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert answer.headers["Cache-Control"] == "private, no-store"
                assert "Allow" not in answer.headers
                assert "Access-Control-Allow-Origin" not in answer.headers
                if method != "HEAD":
                    tellings.add(str(telling(answer)))
    assert len(tellings) == 1
    assert database_digest(app) == before


def test_a_body_that_cannot_be_read_or_says_too_much_changes_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    token = token_of(app, make_user(app, "admin"))
    with app.app_context():
        text = make(Text("draft", "fa"))
        term = terms.create_term(SYSTEM, "tag", {"fa": {"name": "نام"}}).id
    values = {"user_id": make_user(app, "editor:fa"), "term_id": term, "token_id": new_id(), "redirect_id": new_id()}
    before = database_digest(app)
    sent = headers(token, if_match='"1-0"')
    deep = b'{"title":' + b"[" * 100_000
    asked = 0
    for endpoint in writes_of(app).values():
        if endpoint.body is None:
            continue
        path = address(endpoint, text, **values)
        for expected, content_type, raw in [
            (400, "application/json", b"{"),
            (400, "application/json", b'{"a": 1, "a": 2}'),
            (400, "application/json", b'{"a": NaN}'),
            (400, "application/json", '{"a": "é"}'.encode("utf-16")),
            (400, "application/json", b'{"a": "\xff"}'),
            (400, "application/json", deep),
            (415, "text/plain", b"{}"),
            (415, "application/x-www-form-urlencoded", b"title=x"),
            (415, "multipart/form-data; boundary=x", b"--x--"),
            (422, "application/json", b'{"zzz": 1}'),
            (422, "application/json", b"[]"),
            (422, "application/json", b'"text"'),
            (422, "application/json", b"null"),
            (422, "application/json", b'{"title": "\\u0000"}'),
            (422, "application/json", b'{"title": "\\ud83d"}'),
            (422, "application/json", b'{"title": ' + b"[" * 40 + b"]" * 40 + b"}"),
            (413, "application/json", b" " * (4 * 1024 * 1024 + 1)),
        ]:
            answer = client.open(path, method=endpoint.method, data=raw, headers=sent | {"Content-Type": content_type})
            status = 413 if "/auth/" in path and len(raw) > MAX_CREDENTIALS else expected
            assert answer.status_code == status, (endpoint.name, raw[:30], answer.status_code, answer.json)
            assert answer.content_type == "application/problem+json"
            asked += 1
    assert asked > 200
    assert database_digest(app) == before
