"""`nejat rebuild` makes the public tables anew, byte for byte, and leaves addresses and changes alone."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from nejat_cms.db import atomic, db, end_reading
from nejat_cms.delivery.actions.editions import rebuild
from nejat_cms.delivery.models import (
    Address,
    Change,
    Document,
    DocumentTerm,
    MonthCount,
    PublicEdition,
    PublicMenu,
    TermPage,
)
from tests.delivery.test_terms import change_term, term
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

REMADE: tuple[Any, ...] = (Document, DocumentTerm, TermPage, MonthCount, PublicMenu)
LEFT: tuple[Any, ...] = (Address, Change, PublicEdition)
SINCE = "sitemap_us"
"""Since when a document stands in the sitemap as it does is known of none that was lost."""


def rows(app: Flask, *models: Any, without: str = "") -> dict[str, list[str]]:
    with app.app_context():
        found = {
            model.__tablename__: sorted(
                repr({c.name: getattr(row, c.name) for c in model.__table__.columns if c.name != without})
                for row in db.session.scalars(select(model))
            )
            for model in models
        }
        end_reading()
    return found


def run(app: Flask) -> int:
    with app.app_context():
        return rebuild()


def busy_house(app: Flask) -> Desk:
    """A house where everything happened that rendering depends on."""
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    world = term(desk, "sections", {"en": {"name": "World"}, "fa": {"name": "جهان"}})
    asia = term(desk, "sections", {"en": {"name": "Asia"}}, parent=world["id"])
    iran = term(desk, "sections", {"en": {"name": "Iran"}, "fa": {"name": "ایران"}}, parent=asia["id"])
    sport = term(desk, "sections", {"en": {"name": "Sport"}, "fa": {"name": "ورزش"}})
    one = desk.published("en", "One", sections=[iran["id"], sport["id"]], tags=["Sea"], authors=["Ana"])
    two = desk.publish(desk.translate(one, "fa", title="یک", sections=[iran["id"]], tags=["دریا"]))
    desk.publish(desk.translate(one, "sq", title="Një", body={"html": "<p>Tekst</p>"}))
    desk.publish(desk.edit(one, title="One more", slug="one-more"))
    desk.edit(two, title="پیش‌نویس", sections=[])
    change_term(desk, "sections", world["id"], names={"en": {"name": "Globe", "slug": "globe"}})
    change_term(desk, "sections", iran["id"], parent=sport["id"])
    change_term(desk, "sections", asia["id"], names={"fa": {"name": "آسیا"}})
    change_term(desk, "sections", iran["id"], parent=asia["id"])
    page = desk.published("en", "About", kind="page", tags=["Sea"])
    gone = desk.published("fa", "رفته", tags=["برف"])
    desk.publish(desk.translate(gone, "en", title="From what is gone"))
    desk.step(gone, "unpublish")
    desk.call("DELETE", address_of(gone), if_match=desk.variant(gone["article"], "fa").headers["ETag"], expect=204)
    other = desk.published("fa", "دیگر")
    etag = desk.call("GET", f"/articles/{page['article']}").headers["ETag"]
    assert other["kind"] != page["kind"]
    desk.call("POST", f"/articles/{page['article']}/links", {"article": other["article"]}, if_match=etag, expect=409)
    return desk


def test_a_rebuild_changes_not_a_byte(app: Flask, client: FlaskClient) -> None:
    busy_house(app)
    before, left = rows(app, *REMADE), rows(app, *LEFT)
    assert run(app) == 4
    after = rows(app, *REMADE)
    for table, found in before.items():
        assert after[table] == found, table
    assert rows(app, *LEFT) == left


def test_a_rebuild_makes_good_what_was_lost_or_damaged(app: Flask, client: FlaskClient) -> None:
    busy_house(app)
    before, left = rows(app, *REMADE, without=SINCE), rows(app, *LEFT)

    def damage() -> None:
        db.session.execute(delete(DocumentTerm))
        db.session.execute(delete(Document).where(Document.locale == "fa"))
        db.session.execute(update(Document).values(summary=b'{"broken":1', detail=b"", body_html=b'""'))
        db.session.execute(delete(MonthCount))
        db.session.execute(update(TermPage).values(count=77, uses=0, face="{}", crumbs=""))

    with app.app_context():
        atomic(damage)()
    run(app)
    after = rows(app, *REMADE, without=SINCE)
    for table, found in before.items():
        assert after[table] == found, table
    assert rows(app, Address) == {"addresses": left["addresses"]}
    assert [item["title"] for item in read(client, "/fa/articles")] == ["دیگر", "یک"]


def test_a_rebuild_takes_away_what_is_not_live(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "Stray", tags=["Sea"])

    def hide() -> None:
        from nejat_cms.content.models import Variant

        db.session.execute(update(Variant).values(live_revision=None))

    with app.app_context():
        atomic(hide)()
    assert read(client, "/en/articles")[0]["id"] == made["article"]
    run(app)
    assert read(client, "/en/articles") == read(client, "/en/tags") == []
    read(client, "/en/articles/stray", expect=410)
    assert data(client.get("/v1/en/archive"))["years"] == []


def test_a_rebuild_from_addresses_and_changes_alone_loses_nothing(app: Flask, client: FlaskClient) -> None:
    """All other public tables may be emptied: numbers go on where the changes ended."""
    desk = busy_house(app)
    shown = read(client, "/en/articles")
    before, left = rows(app, *REMADE, without=SINCE), rows(app, Address, Change)
    told = read(client, "/en/changes")

    def empty() -> None:
        for model in (DocumentTerm, Document, TermPage, MonthCount, PublicEdition):
            db.session.execute(delete(model))

    with app.app_context():
        atomic(empty)()
    run(app)
    assert rows(app, *REMADE, without=SINCE) == before
    assert rows(app, Address, Change) == left
    assert read(client, "/en/articles") == shown
    assert read(client, "/en/changes") == told
    position = client.get("/v1/en/changes").json["meta"]["since"]  # type: ignore[index]
    desk.published("en", "After")
    assert [row["slug"] for row in read(client, f"/en/changes?since={position}")] == ["after"]
