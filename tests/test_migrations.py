"""The schema: up from nothing, down and up again over a full house, all of a step or none of it."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, create_engine, event, inspect, select, text, update

from nejat_cms import migrate
from nejat_cms.accounts.models import User
from nejat_cms.content.actions.indexing import index_waiting_drafts
from nejat_cms.db import Base, db, prepare_engine
from nejat_cms.delivery.actions.editions import continue_roll_out
from nejat_cms.delivery.models import PublicEdition
from nejat_cms.delivery.queries.editions import enabled_editions
from nejat_cms.language.calendars import CALENDARS
from nejat_cms.language.zones import parse_rfc3339
from nejat_cms.media.models import AssetFile
from nejat_cms.transfer.actions import house_is_empty, load_demo
from tests import check_catalogs, check_locks, check_migrations
from tests.content.test_menus import make_menu
from tests.delivery.test_resolve import lead, status
from tests.factories import database_digest, make_user
from tests.invariants import broken_invariants
from tests.media.files import path_of, picture, put, upload
from tests.newsroom import data, desk_for, open_house
from tests.press import press
from tests.servers import eventually, house_over, settings_in, shell

TABLES = {table.name for table in Base.metadata.sorted_tables}


@pytest.fixture
def url(tmp_path: Path, database_url: str) -> str:
    return settings_in(tmp_path, database_url).database_url


@contextmanager
def engine_at(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    prepare_engine(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    with engine_at(url) as engine:
        names = set(inspect(engine).get_table_names()) - {"alembic_version"}
        return {name for name in names if "_texts_index" not in name}  # those of FTS5


def rest(url: str) -> list[str]:
    """Whatever a schema can leave behind: indexes, sequences, types, triggers."""
    query = (
        "SELECT name FROM sqlite_master WHERE name NOT LIKE '%alembic_version%'"
        if url.startswith("sqlite")
        else """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relname NOT LIKE '%alembic_version%'
                UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
                AND typname NOT LIKE '%alembic_version'"""
    )
    with engine_at(url) as engine, engine.connect() as connection:
        return [row[0] for row in connection.execute(text(query))]


def test_an_empty_database_gets_every_table(url: str) -> None:
    migrate.upgrade(url)
    assert tables(url) == TABLES
    current, newest = migrate.standing(url)
    assert current == newest is not None


def test_the_newest_revision_is_the_one_alembic_would_name(url: str) -> None:
    migrate.upgrade(url, "0002")
    assert migrate.standing(url) == ("0002", ScriptDirectory(str(migrate.SCRIPTS)).get_current_head())


def test_the_migrations_make_what_the_models_say(url: str) -> None:
    assert check_migrations.differences_at(url) == []


def test_a_difference_between_models_and_migrations_is_found(url: str) -> None:
    migrate.upgrade(url)
    for changes in (
        ["ALTER TABLE articles ADD COLUMN more TEXT"],
        ["DROP INDEX ix_articles_kind"],
        ["DROP INDEX uq_editions_default", "CREATE UNIQUE INDEX uq_editions_default ON editions (is_default)"],
        ["DROP TABLE previews"],
    ):
        with engine_at(url) as engine, engine.connect() as connection, connection.begin() as transaction:
            for change in changes:
                connection.exec_driver_sql(change)
            assert check_migrations.differences(connection), changes
            transaction.rollback()
    assert check_migrations.differences_at(url) == []


def test_every_step_can_be_taken_back_and_taken_again(url: str) -> None:
    steps = [script.revision for script in ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions()][::-1]
    for below, step in zip(["base", *steps], steps, strict=False):
        migrate.upgrade(url, step)
        migrate.downgrade(url, below)
        migrate.upgrade(url, step)
    assert check_migrations.differences_at(url) == []


def test_a_full_house_goes_up_again_unchanged_and_down_without_a_trace(
    tmp_path: Path, database_url: str, url: str
) -> None:
    """That nothing stays is true of the first step alone: later ones keep what they do not remove."""
    with house_over(tmp_path, database_url) as app:
        with app.test_request_context():
            load_demo()
        before = database_digest(app)
        migrate.upgrade(url)
        assert database_digest(app) == before
    assert broken_invariants(url) == []
    migrate.downgrade(url, "base")
    assert rest(url) == []
    assert migrate.standing(url)[0] is None
    with house_over(tmp_path, database_url) as app:
        with app.app_context():
            assert house_is_empty()
        open_house(app)
        desk_for(app).published("fa", "از نو")
    assert broken_invariants(url) == []
    assert check_migrations.differences_at(url) == []


def test_an_older_house_names_its_feeds_as_a_new_one_does(tmp_path: Path, database_url: str, url: str) -> None:
    def facts(app: Flask) -> dict[str, Any]:
        with app.app_context():
            return {locale: edition.facts for locale, edition in enabled_editions().items()}

    with house_over(tmp_path, database_url) as app:
        open_house(app)
        before = facts(app)
    with engine_at(url) as engine, engine.begin() as connection:
        for locale, known in before.items():
            older = {name: fact for name, fact in known.items() if name != "id"}
            connection.execute(update(PublicEdition).where(PublicEdition.locale == locale).values(facts=older))
    migrate.downgrade(url, "0002")
    migrate.upgrade(url)
    with house_over(tmp_path, database_url) as app:
        assert facts(app) == before


def test_a_house_that_went_down_and_up_again_is_searched_and_mapped_as_before(
    tmp_path: Path, database_url: str, url: str
) -> None:
    """What the older schema had no room for is made anew; old paths, which nobody could remove there, are gone."""
    with house_over(tmp_path, database_url) as app:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        bread = desk.published("en", "Bread")
        desk.publish(desk.translate(bread, "fa", title="نان"))
        lead(desk, "/old", bread)
    migrate.downgrade(url, "0001")
    with house_over(tmp_path, database_url) as app:
        client = app.test_client()
        assert data(client.get("/v1/en/search?q=bread")) == []
        with app.app_context():
            continue_roll_out()
            index_waiting_drafts()
        for locale, word in (("en", "bread"), ("fa", "نان")):
            assert [hit["id"] for hit in data(client.get(f"/v1/{locale}/search?q={word}"))] == [bread["article"]]
            assert client.get(f"/sitemaps/{locale}/1.xml").status_code == 200
        desk = desk_for(app)
        assert [row["id"] for row in data(desk.call("GET", "/articles?q=bread"))] == [bread["article"]]
        assert status(client, "/old") == 404
        assert broken_invariants(url) == []
        lead(desk, "/old", bread)
        assert status(client, "/old") == 301


def test_a_schema_that_knows_no_replaced_files_has_one_of_each(tmp_path: Path, database_url: str, url: str) -> None:
    with house_over(tmp_path, database_url) as app:
        open_house(app, "en")
        desk = desk_for(app)
        asset = upload(desk)
        desk.published("en", "Boats", image=asset["id"])
        put(desk, asset, picture(900, 900))
    migrate.downgrade(url, "0007")
    migrate.upgrade(url)
    with house_over(tmp_path, database_url) as app:
        desk = desk_for(app)
        with app.app_context():
            assert db.session.query(AssetFile).count() == 1
        put(desk, asset, picture(800, 800))
        image = data(app.test_client().get("/v1/en/articles/boats"))["image"]
        answer = app.test_client().get(path_of(image["renditions"]["thumb"]["url"]))
        assert (image["width"], answer.status_code) == (800, 200)
    assert broken_invariants(url) == []


def test_a_house_that_knew_no_menus_shows_as_much_as_before(tmp_path: Path, database_url: str, url: str) -> None:
    with house_over(tmp_path, database_url) as app:
        open_house(app, "en", "fa")
        desk = desk_for(app)
        works = [desk.published("en", f"Work {number}", featured=True) for number in range(7)]
        before = data(app.test_client().get("/v1/editions/en"))
        make_menu(desk, {"target": {"type": "home"}})
        etag = desk.call("GET", "/editions/en/home").headers["ETag"]
        desk.call("PUT", "/editions/en/home", {"featured": [works[0]["article"]]}, if_match=etag, expect=200)
    migrate.downgrade(url, "0008")
    migrate.upgrade(url)
    with house_over(tmp_path, database_url) as app:
        assert data(app.test_client().get("/v1/editions/en")) == before
        desk = desk_for(app)
        assert data(desk.call("GET", "/editions/fa/home", expect=200))["featured"] == []
        assert data(desk.call("GET", "/editions/fa"))["home"]["recent"] == 10
        make_menu(desk, {"target": {"type": "home"}})
        assert len(data(app.test_client().get("/v1/editions/en"))["menus"]["main"]) == 1
    assert broken_invariants(url) == []


def test_an_older_house_tells_addresses_apart(tmp_path: Path, database_url: str, url: str) -> None:
    def keys() -> list[str]:
        with engine_at(url) as engine, engine.connect() as connection:
            return sorted(connection.scalars(select(User.email_key)))

    with house_over(tmp_path, database_url) as app:
        for domain in ("βόλος", "straße", "gasse", "gaße"):
            make_user(app, email=f"Mina@{domain}.example")
    before = keys()
    migrate.downgrade(url, "0014")
    older = ["gasse", "gaße", "strasse", "βόλοσ"]
    assert keys() == sorted(f"mina@{domain}.example" for domain in older), "of two who would be one, each keeps hers"
    migrate.upgrade(url)
    assert keys() == before


def test_a_house_that_went_down_and_up_again_counts_as_before(tmp_path: Path, database_url: str, url: str) -> None:
    """Months of every calendar follow from the days below, pages and all, and the days from what is published."""

    def archives(app: Flask) -> list[Any]:
        client = app.test_client()
        paths = ("editions", *(f"fa/archive?calendar={calendar}" for calendar in CALENDARS))
        return [data(client.get(f"/v1/{path}")) for path in paths]

    days = ("0001-01-01", "1504-02-29", "2025-03-20", "2025-03-21", "2026-01-01", "2026-01-01")
    with house_over(tmp_path, database_url) as app:
        open_house(app, "fa", "en")
        works = [{"title": day, "published_at": parse_rfc3339(f"{day}T20:29:59Z")} for day in days]
        press(app, "fa", *works, {"title": "page", "kind": "page"})
        before = archives(app)
    assert [edition["articles"] for edition in before[0]] == [len(days), 0]
    migrate.downgrade(url, "0003")
    with engine_at(url) as engine, engine.connect() as connection:
        counted = connection.execute(text("SELECT kind, sum(n) FROM day_counts GROUP BY kind ORDER BY kind")).all()
    assert [tuple(row) for row in counted] == [("article", len(days)), ("page", 1)]
    migrate.upgrade(url)
    with house_over(tmp_path, database_url) as app:
        assert archives(app) == before
    assert broken_invariants(url) == []


# Broken off -----------------------------------------------------------------------------------


def test_a_migration_that_fails_leaves_the_former_state(url: str) -> None:
    with statements_fail_after(30), pytest.raises(OSError, match="interrupted"):
        migrate.upgrade(url)
    assert tables(url) == set()
    assert migrate.standing(url)[0] is None
    migrate.upgrade(url)
    with statements_fail_after(30), pytest.raises(OSError, match="interrupted"):
        migrate.downgrade(url, "base")
    assert tables(url) == TABLES
    assert check_migrations.differences_at(url) == []


@contextmanager
def statements_fail_after(count: int) -> Iterator[None]:
    """Whatever is sent after so many statements does not arrive."""
    left = iter(range(count))

    def refuse(*_: Any) -> None:
        if next(left, None) is None:
            raise OSError("interrupted")

    event.listen(Engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", refuse)


SLOWLY = """
import sys, time
from sqlalchemy import Engine, event
from nejat_cms import migrate

@event.listens_for(Engine, "after_cursor_execute")
def slowly(connection, cursor, statement, *rest):
    if "CREATE TABLE" in statement:
        print("table", flush=True)
        time.sleep(0.02)

migrate.upgrade(sys.argv[1])
"""


@pytest.mark.parametrize("moments", [(9,), pytest.param(tuple(range(1, 20)), marks=pytest.mark.slow)])
def test_a_migration_that_is_killed_leaves_the_former_state(tmp_path: Path, url: str, moments: tuple[int, ...]) -> None:
    for moment in moments:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOWLY, url], env=shell(tmp_path), stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        for _ in range(moment):
            assert process.stdout.readline() == "table\n"
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        eventually(lambda: tables(url) == set(), 10)
        assert migrate.standing(url)[0] is None
    migrate.upgrade(url)
    assert check_migrations.differences_at(url) == []


def test_two_nodes_that_migrate_at_once_do_it_once(url: str) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(3)

    def work() -> None:
        together.wait()
        try:
            migrate.upgrade(url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert check_migrations.differences_at(url) == []


def test_asking_where_it_stands_waits_for_nobody(tmp_path: Path) -> None:
    url = settings_in(tmp_path, migrated=True).database_url
    other = sqlite3.connect(tmp_path / "nejat.sqlite3", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert migrate.standing(url)[0] is not None
        assert time.monotonic() - began < 2
    finally:
        other.close()


# The checks of `make check` -------------------------------------------------------------------


def test_the_lock_files_hold_what_is_asked_for() -> None:
    assert check_locks.problems() == []


def test_a_stale_lock_file_is_found(tmp_path: Path) -> None:
    def check(project: str = "", runtime: str = "", development: str = "") -> list[str]:
        for name, more in (
            ("pyproject.toml", project),
            ("requirements.lock", runtime),
            ("requirements-dev.lock", development),
        ):
            text = (check_locks.ROOT / name).read_text("utf-8")
            old, _, new = more.partition(" → ")
            assert old in text
            (tmp_path / name).write_text(text.replace(old, new, 1) if old else text, "utf-8")
        return check_locks.problems(tmp_path)

    assert check() == []
    assert "is not pinned" in check(project='"alembic>=1.18", → "alembic>=1.18", "unheard-of>=1",'.replace("\n", ""))[0]
    assert "is not what is pinned" in check(project="alembic>=1.18 → alembic>=99")[0]
    assert "nobody asks for apispec" in " ".join(check(project='    "apispec>=6.8",\n → '))
    assert any("not the same" in line for line in check(development="alembic==1 → alembic==2"))
    for line in ("--index-url https://example.org/simple", "--find-links wheels", "-e .", "x @ https://example.org/x"):
        assert any("neither a pin" in found for found in check(runtime=f"alembic== → {line}\nalembic=="))


def test_the_catalogs_are_complete() -> None:
    assert check_catalogs.problems() == []


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('msgstr "', 'msgstr "%(more)s ', "placeholders"),
        ("%(limit)s بايت", "%(limits)s بايت", "placeholders"),
        ("\n\nmsgid", "\n\n#, fuzzy\nmsgid", "fuzzy"),
        ('msgid "At most', 'msgid "At the most', "not there"),
        ('\nmsgstr[5] "', '\n#msgstr[5] "', "form 5"),
    ],
)
def test_a_faulty_catalog_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, word: str
) -> None:
    folder = tmp_path / "translations"
    shutil.copytree(check_catalogs.FOLDER, folder)
    path = folder / "ar" / "LC_MESSAGES" / "messages.po"
    head, text = path.read_text("utf-8").split("\n\n", 1)
    assert old in f"\n\n{text}"
    path.write_text(head + f"\n\n{text}".replace(old, new, 1), "utf-8")
    monkeypatch.setattr(check_catalogs, "FOLDER", folder)
    assert any(word in line for line in check_catalogs.problems()), check_catalogs.problems()
