"""What tests need to have around: users, tokens, a digest of everything that is kept, a count of statements."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import CompoundSelect, Connection, Table, event, exists, literal, select, union_all
from werkzeug.test import TestResponse

from nejat_cms import reading
from nejat_cms.accounts import actions
from nejat_cms.accounts.rules import read_grant
from nejat_cms.db import Base, db, new_id
from nejat_cms.delivery.cache import ResponseCache
from nejat_cms.permissions import SYSTEM

DATABASES = ("sqlite", "postgresql")
on_sqlite = pytest.mark.parametrize("house", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("house", ["postgresql"], indirect=True)
PUBLIC_READS = ("nejat_cms.delivery.queries", "nejat_cms.community.queries")
FORGETFUL_TABLES = frozenset({"login_tallies"})
"""Tables that a refused request may change: they count refusals."""


def make_user(
    app: Flask, *grants: str, email: str | None = None, password: str | None = None, name: str = "Somebody"
) -> UUID:
    """A user with grants like `admin` or `editor:fa`; returns her id."""
    with app.app_context():
        user = actions.create_user(
            SYSTEM,
            email=email or f"{new_id().hex}@example.org",
            name=name,
            password=password,
            grants=[read_grant(grant) for grant in grants],
        )
        return user.id


def token_of(app: Flask, user_id: UUID, *grants: str, name: str = "test") -> str:
    """An API token of a user, narrowed to `grants` if any are named."""
    narrowed = [read_grant(grant) for grant in grants] or None
    with app.app_context():
        text, _token = actions.replace_token(SYSTEM, user_id, name, grants=narrowed, lifetime=timedelta(days=7))
        return text


def token_for(app: Flask, *grants: str) -> str:
    """A token of a new user with these grants."""
    return token_of(app, make_user(app, *grants))


def headers(token: str, **more: str) -> dict[str, str]:
    """Request headers with a token; `if_match="…"` becomes `If-Match`."""
    named = {name.replace("_", "-").title(): value for name, value in more.items()}
    return {"Authorization": f"Bearer {token}"} | named


def said(answer: TestResponse) -> Any:
    """The JSON of an answer."""
    return answer.json


def tables_in_use(connection: Connection) -> list[Table]:
    """The tables that hold a row, those that others refer to first."""
    used = set(connection.scalars(_which_are_in_use()))
    return [table for table in Base.metadata.sorted_tables if table.name in used]


@cache
def _which_are_in_use() -> CompoundSelect[str]:
    names = [select(literal(table.name)).where(exists(table.select())) for table in Base.metadata.sorted_tables]
    return union_all(*names)


def database_digest(app: Flask) -> str:
    """Stands for every row of every table: a request that was refused leaves it as it was."""
    digest = sha256()
    with app.app_context():
        for table in tables_in_use(db.session.connection()):
            if table.name not in FORGETFUL_TABLES:
                digest.update(table.name.encode())
                for row in sorted(repr(tuple(row)) for row in db.session.execute(select(table))):
                    digest.update(row.encode())
    return digest.hexdigest()


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that is sent while this is open and nothing is answered from the cache, the public's own cursor
    included, transactions' own words left out."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        with public_reads(lambda sql, _: sent.append(sql)):
            yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def uncached() -> Iterator[None]:
    """While this is open, every answer is computed: for what changes beside the actions, or is counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResponseCache, "__call__", lambda cache, *request: cache.application(*request))
        yield


@contextmanager
def public_reads(note: Callable[[str, Mapping[str, Any]], object]) -> Iterator[None]:
    """While this is open, nothing is cached, and every SELECT through the public's own cursor is told with what it
    binds."""

    def fetch(sql: str, params: Mapping[str, Any] | None = None, **how: Any) -> list[tuple[Any, ...]]:
        note(sql, params or {})
        return reading.fetch(sql, params, **how)

    with uncached(), pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith(PUBLIC_READS) and hasattr(module, "fetch"):
                patch.setattr(module, "fetch", fetch)
        yield
