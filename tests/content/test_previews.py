"""Previews: one revision, in the public shape, for whoever holds the link, for a day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.accounts.actions import set_grants, update_user
from nejat_cms.accounts.rules import read_grant
from nejat_cms.content.actions.previews import forget_expired_previews
from nejat_cms.permissions import SYSTEM
from tests.factories import make_user, token_of
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

DAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def open_preview(desk: Desk, variant: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path of a new preview, and the whole answer."""
    answer = data(desk.call("POST", f"{address_of(variant)}/preview", {}, expect=201))
    return "/v1" + answer["url"].partition("/v1")[2], answer


def test_a_preview_has_the_public_shape_and_is_kept_by_nobody(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    names = {"en": {"name": "City"}, "fa": {"name": "شهر"}}
    top = data(desk.call("POST", "/sections", {"names": names}, expect=201))["id"]
    names = {"en": {"name": "Parks"}, "fa": {"name": "باغ‌ها"}}
    below = data(desk.call("POST", "/sections", {"names": names, "parent": top}, expect=201))["id"]
    english = desk.published("en", "Trees", sections=[below])
    made = desk.translate(
        english,
        "fa",
        title="درختان",
        sections=[below],
        tags=["سرو"],
        authors=["آنا"],
        body={"html": "<p>یک</p>"},
        published_at="2026-03-21T00:00:00Z",
    )
    path, _ = open_preview(desk, made)
    answer = client.get(path)
    shown = data(answer)
    assert {name: answer.headers.get(name) for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")} == {
        "Cache-Control": "private, no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    assert answer.headers["Content-Language"] == "fa"
    desk.publish(made)
    public = read(client, "/fa/articles/درختان")
    same = set(public) - {"updated_at", "seo"}
    assert {name: shown[name] for name in same} == {name: public[name] for name in same}
    assert list(shown) == list(public)
    ours, theirs = shown["seo"]["json_ld"], public["seo"]["json_ld"]
    assert ours.keys() == theirs.keys()
    assert data(client.get(f"{open_preview(desk, made)[0]}?body=text,blocks"))["body"].keys() == {"text", "blocks"}


def test_another_token_opens_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    path, _ = open_preview(desk, desk.write())
    for other in (path[:-1] + ("A" if path[-1] != "A" else "B"), "/v1/preview/x", "/v1/preview/%00", path + "/"):
        assert client.get(other).status_code in (400, 404), other
    assert client.get(f"{path}?secret=1").status_code == 422
    assert client.get(path).status_code == 200


def test_a_preview_ends_after_a_day(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(DAY, tick=False) as clock:
        open_house(app, "en")
        desk = desk_for(app)
        path, said = open_preview(desk, desk.write())
        assert said["expires_at"] == "2027-01-05T09:00:00Z"
        clock.move_to(DAY + timedelta(hours=24, seconds=-1))
        assert client.get(path).status_code == 200
        clock.move_to(DAY + timedelta(hours=24))
        assert client.get(path).status_code == 404
        with app.app_context():
            forget_expired_previews()
        assert client.get(path).status_code == 404


def test_a_preview_ends_with_publication_and_when_it_is_revoked(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write()
    path, _ = open_preview(desk, made)
    desk.publish(made)
    assert client.get(path).status_code == 404
    paths = [open_preview(desk, made)[0] for _ in range(2)]
    other, _ = open_preview(desk, desk.write("en", "Other"))
    etag = desk.variant(made["article"], "en").headers["ETag"]
    desk.call("DELETE", f"{address_of(made)}/preview", if_match=etag, expect=204)
    assert [client.get(path).status_code for path in (*paths, other)] == [404, 404, 200]


def test_a_preview_does_not_follow_later_edits(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "Before")
    path, _ = open_preview(desk, made)
    desk.edit(made, title="After", lead="More.")
    shown = data(client.get(path))
    assert (shown["title"], shown["lead"]) == ("Before", "")
    assert data(client.get(open_preview(desk, made)[0]))["title"] == "After"


def test_only_who_may_edit_opens_a_preview(app: Flask) -> None:
    open_house(app, "en", "fa")
    made = desk_for(app).published()
    for grant in ("editor:fa", "translator:fa", "author:en", "moderator:en"):
        desk_for(app, grant).refused("POST", f"{address_of(made)}/preview", {}, status=403, code="forbidden")


def test_a_preview_lends_no_more_than_its_maker_still_has(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    user = make_user(app, "editor:en")
    desk = Desk(client, token_of(app, user))
    made = desk.write("en", "Draft")
    path, _ = open_preview(desk, made)
    assert client.get(path).status_code == 200
    with app.app_context():
        set_grants(SYSTEM, user, [read_grant("editor:fa")], version=1)
    assert client.get(path).status_code == 404
    with app.app_context():
        set_grants(SYSTEM, user, [read_grant("editor:en")], version=2)
    assert client.get(path).status_code == 200
    with app.app_context():
        update_user(SYSTEM, user, version=3, disabled=True)
    assert client.get(path).status_code == 404
