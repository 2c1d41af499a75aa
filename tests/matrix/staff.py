"""Somebody of each role, a text in each state, and who may do what: the contract's table of grants in its own words."""

from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from nejat_cms.content.actions import saving, stages
from nejat_cms.content.models import Article, Variant
from nejat_cms.db import Stamp, atomic, db, end_reading
from nejat_cms.http.routing import UNSEEN, Endpoint
from nejat_cms.permissions import SYSTEM
from tests.factories import headers, make_user, token_of

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


Body = dict[str, Any]


def writes_of(app: Flask) -> dict[str, Endpoint]:
    table: dict[str, Endpoint] = app.extensions["nejat.endpoints"]
    return {name: endpoint for name, endpoint in table.items() if endpoint.method != "GET"}


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
        for converter in ("uuid:", "locale:", "number:", "menu:", ""):
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


def telling(answer: TestResponse) -> tuple[int, Any]:
    """What an answer says, but for what names the request itself."""
    assert answer.json is not None
    return answer.status_code, {
        name: value for name, value in answer.json.items() if name not in ("instance", "request_id")
    }


def patch(asker: Asker, path: str, body: Body, etag: str, expected: int) -> None:
    answer = asker.client.patch(path, json=body, headers=headers(asker.token, if_match=etag))
    if answer.status_code != expected:
        asker.wrong.append((str(asker.role), path, str(body), etag, f"{answer.status_code} not {expected}"))
