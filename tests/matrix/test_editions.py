"""Who may make and name things in an edition."""

from collections.abc import Callable
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.content.actions import terms, trash
from nejat_cms.content.models import Term
from nejat_cms.db import db, new_id
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers
from tests.matrix.staff import (
    LOCALES,
    NOTHING,
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
    begins,
    decides,
    etag_of,
    give_to,
    hire,
    make,
    numbers,
    patch,
    reads_draft,
    refusal,
    telling,
    writes_of,
)
from tests.newsroom import open_house, quick_client


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
                        patch(asker, path, body, etag, 412 if allowed else 403)
                if not role.edits_all_of("fa") and not role.edits_all_of("ar"):
                    patch(asker, path, {}, '"1-0"', 403)
                if role.locale or not role.edits_all_of("ar"):  # moving it touches every edition
                    patch(asker, path, {"position": 7}, '"1-0"', 403)
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
            patch(asker, path, {"names": {"fa": {"name": f"Name {next(numbers)}"}}}, etag_of(version), 200)
    assert wrong == []


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
