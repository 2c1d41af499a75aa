"""The newsroom's search: it finds the drafts she may see, follows what is written, and never lags behind it."""

import random
import threading
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from nejat_cms.content.actions import indexing
from nejat_cms.content.actions.trash import purge_variant
from nejat_cms.content.models import DraftText
from nejat_cms.db import atomic, db, end_reading
from nejat_cms.fulltext import INDEX_VERSION
from tests.content.test_trash import bin_variant
from tests.crowd import asking
from tests.factories import database_digest, make_user, on_postgresql, on_sqlite, said, token_for, token_of
from tests.invariants import broken_invariants
from tests.newsroom import Desk, address_of, data, desk_for, open_house, quick_client
from tests.servers import eventually


def found(desk: Desk, q: str, more: str = "") -> list[str]:
    """The titles of what a desk finds, newest first, each by its first variant that she sees."""
    rows = data(desk.call("GET", f"/articles?q={quote(q)}{more}", expect=200))
    return [row["variants"][0]["title"] for row in rows]


def ids(desk: Desk, q: str) -> set[str]:
    return {row["id"] for row in data(desk.call("GET", f"/articles?q={quote(q)}", expect=200))}


def sound(app: Flask) -> None:
    """Both indexes say what the texts say."""
    assert broken_invariants(app.config["SETTINGS"].database_url) == []


def test_drafts_are_found_by_title_lead_and_body_in_every_language(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    desk.write(
        "en", "Paper boats", lead="On a river", body={"html": "<p>They float.</p><ul><li>salt &amp; wind</li></ul>"}
    )
    desk.write("fa", "کتاب‌های باران", lead="می‌خواهم", body={"html": "<p>باغ</p>"})
    desk.write("ar", "المدرسة", lead="اللغة", body={"html": "<p>وَالْقَلَم</p>"})
    desk.write("sq", "Çaji i malit", lead="Ç’është", body={"html": "<p>Dëborë</p>"})
    for query, title in {
        "boat": "Paper boats",
        "rivers": "Paper boats",
        "floating": "Paper boats",
        "salt wind": "Paper boats",
        '"paper boats"': "Paper boats",
        "كتابها": "کتاب‌های باران",
        "میخواهم": "کتاب‌های باران",
        "باغ‌ها": "کتاب‌های باران",
        "مدرسه": "المدرسة",
        "لغة": "المدرسة",
        "قلم": "المدرسة",
        "caji": "Çaji i malit",
        "eshte": "Çaji i malit",
        "DEBORE": "Çaji i malit",
    }.items():
        assert found(desk, query) == [title], query
    for query in ("boat -paper", '"boats paper"', "boat باغ", "pape", "li", "ul", "p", "amp"):
        assert found(desk, query) == [], query
    assert found(desk, "boat", "&locale=en&kind=article&stage=draft&total=true") == ["Paper boats"]
    assert found(desk, "boat", "&locale=fa") == found(desk, "boat", "&stage=approved") == []


def test_every_condition_holds_for_the_variant_that_is_found(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    both = desk.write("en", "Boats")
    desk.translate(both, "fa", title="قایق")
    assert found(desk, "قایق", "&locale=fa") == found(desk, "boats", "&locale=en") == ["Boats"]
    assert found(desk, "قایق", "&locale=en") == []
    assert found(desk, "boats قایق") == []


def test_what_is_no_search_is_refused(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.write("en", "Boats")
    for query, code in {"": "no_words", "!": "no_words", "-boats": "no_words", "a " * 25: "too_long"}.items():
        desk.refused("GET", f"/articles?q={quote(query)}", status=422, code="invalid", at="q")
        (problem,) = said(desk.call("GET", f"/articles?q={quote(query)}"))["errors"]
        assert problem["code"] == code
    desk.refused("GET", "/articles?q=boats&prefix=true", status=422, code="invalid", at="prefix")


def test_a_search_tells_of_no_draft_she_may_not_see(app: Flask) -> None:
    """By title, lead and body: of others' drafts, of newer ones than readers have, of trashed ones."""
    open_house(app, "en", "fa", "sq")
    chief = desk_for(app)
    author_id = make_user(app, "author:en")
    author = Desk(app.test_client(), token_of(app, author_id))
    texts: dict[str, Any] = {
        "hers": author.write("en", "Alder", lead="wood", body={"html": "<p>wood</p>"}),
        "theirs": chief.write("en", "Birch", lead="wood", body={"html": "<p>wood</p>"}),
        "farsi": chief.write("fa", "Cedar", lead="wood", body={"html": "<p>wood</p>"}),
        "live": chief.published("en", "Elm", lead="wood"),
        "newer": chief.edit(chief.published("en", "Fir", lead="wood"), title="Wood fir", lead="plank"),
        "gone": chief.published("en", "Hazel", lead="wood"),
        "binned": chief.write("en", "Juniper", lead="wood"),
    }
    chief.step(texts["gone"], "unpublish")
    bin_variant(chief, texts["binned"])
    approved = chief.step(chief.step(chief.write("en", "Larch", lead="wood"), "submit"), "approve")
    everybody = {
        "admin": ({"hers", "theirs", "farsi", "live", "newer", "gone", "approved"}, chief),
        "author": ({"hers", "live"}, author),
        "editor:en": ({"hers", "theirs", "live", "newer", "gone", "approved"}, desk_for(app, "editor:en")),
        "editor:fa": ({"farsi", "live"}, desk_for(app, "editor:fa")),
        "translator:fa": ({"farsi", "live", "gone", "approved"}, desk_for(app, "translator:fa")),
        "moderator": ({"live"}, desk_for(app, "moderator")),
        "nobody": (set(), Desk(app.test_client(), token_for(app))),
    }
    names = {row["article"]: name for name, row in {**texts, "approved": approved}.items()}
    before = database_digest(app)
    seen = {who: {names[article] for article in ids(desk, "wood")} for who, (_, desk) in everybody.items()}
    totals = {
        who: said(desk.call("GET", "/articles?q=wood&total=true"))["meta"] for who, (_, desk) in everybody.items()
    }
    assert database_digest(app) == before
    assert seen == {who: expected for who, (expected, _) in everybody.items()}
    assert totals == {who: {"total": len(expected)} for who, (expected, _) in everybody.items()}
    for word in ("birch", "cedar", "juniper", "plank", "fir"):
        assert ids(everybody["moderator"][1], word) == set(), word


def test_the_index_follows_what_is_written(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.write("en", "Alder", body={"html": "<p>leaf</p>"})
    desk.edit(made, title="Birch")
    assert (found(desk, "alder"), found(desk, "birch leaf")) == ([], ["Birch"])
    desk.edit(made, body={"html": "<p>root</p>"}, lead="bark")
    assert (found(desk, "leaf"), found(desk, "bark root")) == ([], ["Birch"])
    path = f"/articles/{made['article']}/variants/en"
    etag = desk.variant(made["article"], "en").headers["ETag"]
    desk.call("POST", f"{path}/revisions/1/restore", {}, if_match=etag, expect=200)
    assert (found(desk, "birch"), found(desk, "alder leaf")) == ([], ["Alder"])
    desk.publish(made)
    desk.edit(made, title="Cedar")
    assert (found(desk, "alder"), found(desk, "cedar")) == ([], ["Cedar"])
    desk.step(made, "unpublish")
    desk.step(made, "archive")
    assert found(desk, "cedar") == ["Cedar"]
    sound(app)
    bin_variant(desk, made)
    assert found(desk, "cedar") == []
    desk.call("POST", f"/trash/{made['id']}/restore", {}, expect=200)
    assert found(desk, "cedar") == ["Cedar"]
    bin_variant(desk, made)
    with app.app_context():
        purge_variant(UUID(made["id"]))
        assert db.session.scalars(select(DraftText)).all() == []
    sound(app)


def test_drafts_of_before_the_index_and_of_other_words_are_indexed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    for number in range(3):
        desk.write("en", f"Alder {number}")
    binned = desk.write("en", "Birch")
    bin_variant(desk, binned)
    live = desk.published("en", "Cedar")
    desk.edit(live, title="Elm")
    monkeypatch.setattr(indexing, "AT_ONCE", 2)

    def forget() -> None:
        db.session.execute(update(DraftText).values(version="0", title="", entries=["en:old"]))
        db.session.execute(delete(DraftText).where(DraftText.variant_id.in_([UUID(live["id"]), UUID(binned["id"])])))

    with app.app_context():
        atomic(forget)()
        end_reading()
    assert (found(desk, "alder"), found(desk, "elm")) == ([], [])
    for _ in range(2):
        with app.app_context():
            indexing.index_waiting_drafts()
        sound(app)
    assert found(desk, "alder") == ["Alder 2", "Alder 1", "Alder 0"]
    assert (found(desk, "elm"), found(desk, "cedar")) == (["Elm"], [])
    with app.app_context():
        versions = db.session.scalars(select(DraftText.version)).all()
        end_reading()
    assert versions == [INDEX_VERSION] * 5


@on_postgresql
def test_an_edit_while_drafts_are_indexed_is_not_undone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The indexer has read the old text when somebody writes a new one: she waits, and hers is what is found."""
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "Alder")
    with app.app_context():
        atomic(lambda: db.session.execute(update(DraftText).values(version="0")))()
    reached, go_on = threading.Event(), threading.Event()
    index_draft = indexing.index_draft

    def slowly(*args: Any) -> None:
        reached.set()
        assert go_on.wait(30)
        index_draft(*args)

    def run() -> None:
        with app.app_context():
            indexing.index_waiting_drafts()

    monkeypatch.setattr(indexing, "index_draft", slowly)
    etag = desk.variant(made["article"], "en").headers["ETag"]
    path = f"/articles/{made['article']}/variants/en"
    edit = asking(desk, "PATCH", path, {"title": "Birch"}, expect=200, if_match=etag)
    indexer, editor = threading.Thread(target=run), threading.Thread(target=edit)
    indexer.start()
    assert reached.wait(30)
    editor.start()
    eventually(lambda: not editor.is_alive() or somebody_waits(app))
    go_on.set()
    indexer.join()
    editor.join()
    assert (found(desk, "alder"), found(desk, "birch")) == ([], ["Birch"])
    sound(app)


def somebody_waits(app: Flask) -> bool:
    with app.app_context():
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with db.engine.connect() as connection:
            return bool(connection.scalar(waiting))


def test_both_indexes_stay_true_through_anything(app: Flask) -> None:
    """Sixty steps at random: writing, editing, publishing, withdrawing, deleting, fetching back, purging."""
    open_house(app, "en", "fa")
    desk = Desk(quick_client(app), token_for(app, "admin"))
    rng = random.Random(5)
    words = ["alder", "birches", "می‌خواهم", "کتاب‌ها", "والقلم", "çaji", "snake_case", "10.5", "x" * 80]
    kept: list[dict[str, Any]] = []
    binned: list[dict[str, Any]] = []

    def texts() -> dict[str, Any]:
        title, lead, body = (" ".join(rng.choices(words, k=rng.randrange(1, 5))) for _ in range(3))
        return {"title": title, "lead": lead, "body": {"html": f"<p>{body}</p>"}}

    def step(variant: dict[str, Any], name: str) -> int:
        etag = desk.variant(variant["article"], variant["locale"]).headers["ETag"]
        return desk.call("POST", f"{address_of(variant)}/{name}", {}, if_match=etag).status_code

    for number in range(60):
        choice = rng.choice(["write", "edit", "publish", "publish", "unpublish", "bin", "back", "purge"])
        if choice == "write" or not kept:
            kept.append(desk.write(rng.choice(["en", "fa"]), **texts()))
        elif choice == "edit":
            desk.edit(rng.choice(kept), **texts())
        elif choice in ("publish", "unpublish"):
            assert step(rng.choice(kept), choice) in (200, 409)
        elif choice == "bin":
            binned.append(kept.pop(rng.randrange(len(kept))))
            step(binned[-1], "unpublish")
            bin_variant(desk, binned[-1])
        elif binned and choice == "back":
            kept.append(data(desk.call("POST", f"/trash/{binned.pop()['id']}/restore", {}, expect=200)))
        elif binned:
            with app.app_context():
                purge_variant(UUID(binned.pop()["id"]))
        if number % 12 == 11:
            sound(app)
    assert kept


@on_sqlite
def test_the_tables_of_fts5_are_sound_within(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    for number in range(3):
        desk.publish(desk.edit(desk.published("en", f"Alder {number}"), title=f"Birch {number}"))
    with app.app_context(), db.engine.begin() as connection:
        for table in ("draft_texts", "document_texts"):
            connection.exec_driver_sql(f"INSERT INTO {table}_index ({table}_index) VALUES ('integrity-check')")
            count = f"SELECT count(*) FROM {table}_index WHERE {table}_index MATCH '\"en:birch\"'"
            assert connection.exec_driver_sql(count).scalar() == 3
            gone = f"SELECT count(*) FROM {table}_index WHERE {table}_index MATCH '\"en:alder\"'"
            assert connection.exec_driver_sql(gone).scalar() == 0
    sound(app)
