"""The media library: what goes in, what is said about it, and what stays because it is used."""

import time_machine
from flask import Flask

from nejat_cms.content.actions.stages import run_schedule
from nejat_cms.db import db
from nejat_cms.media.models import Asset, Blob
from nejat_cms.storage import storage
from tests.factories import database_digest, headers
from tests.full_house import throw_away
from tests.media.files import change, opened, path_of, picture, put, sent, upload
from tests.media.files import post as posted
from tests.media.processing import samples
from tests.newsroom import Desk, data, desk_for, open_house


def test_a_picture_is_told_by_its_bytes_and_shown_to_who_works_here(app: Flask) -> None:
    open_house(app)
    asset = upload(desk_for(app), picture(1600, 900), "Foto e Portit.PNG")
    file = asset["file"]
    assert (asset["type"], file["mime"], file["name"]) == ("image", "image/jpeg", "Foto e Portit.PNG")
    assert (file["width"], file["height"]) == (1600, 900)
    assert file["color"].startswith("#")
    assert file["thumbhash"]
    sizes = {name: (one["width"], one["height"]) for name, one in file["renditions"].items()}
    assert sizes == {"thumb": (320, 180), "card": (640, 360), "wide": (1280, 720), "full": (1600, 900)}
    answer = app.test_client().get(path_of(file["renditions"]["thumb"]["url"]))
    assert answer.status_code == 200
    assert opened(answer.data).size == (320, 180)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_equal_bytes_are_stored_once_but_are_two_assets(app: Flask) -> None:
    open_house(app)
    first, second = upload(desk_for(app)), upload(desk_for(app, "editor:fa"))
    assert first["id"] != second["id"]
    assert first["file"]["id"] != second["file"]["id"]
    with app.app_context():
        assert db.session.query(Blob).count() == 1
        assert db.session.query(Asset).count() == 2
        assert len(list(storage().listed("blobs"))) == 1


def test_every_edition_says_its_own(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    changed = change(desk, asset, texts={"fa": {"alt": "قایق‌ها در بندر", "credit": "م. ن."}, "sq": {"alt": "Varkat"}})
    assert changed["texts"]["fa"] == {"alt": "قایق‌ها در بندر", "caption": "", "credit": "م. ن."}
    assert set(change(desk, asset, texts={"sq": None})["texts"]) == {"fa"}
    assert change(desk, asset, texts={"fa": {"credit": ""}})["texts"]["fa"]["alt"] == "قایق‌ها در بندر"


def test_what_an_edition_has_still_to_describe_is_listed(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    bare, described, unused = upload(desk), upload(desk, picture(800, 600)), upload(desk, picture(801, 600))
    change(desk, described, texts={"fa": {"alt": "پل"}})
    for asset in (bare, described):
        desk.write("fa", "صبح", image=asset["id"])
    missing = data(desk.call("GET", "/assets?missing_alt=fa", expect=200))
    assert [one["id"] for one in missing] == [bare["id"]]
    assert data(desk.call("GET", "/assets?missing_alt=en", expect=200)) == []
    assert [one["id"] for one in data(desk.call("GET", "/assets?used=false", expect=200))] == [unused["id"]]
    assert desk.write("fa", "شب", image=bare["id"])["image"] == bare["id"]


def test_a_draft_says_which_pictures_nobody_has_described(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    answer = desk.call(
        "POST", "/articles", {"kind": "article", "locale": "en", "title": "A", "image": asset["id"]}, expect=201
    ).json
    assert answer is not None
    assert [(each["code"], each["pointer"]) for each in answer["meta"]["warnings"]] == [("missing_alt", "/image")]
    shown = answer["meta"]["assets"][asset["id"]]
    assert app.test_client().get(path_of(shown["renditions"]["card"]["url"])).status_code == 200


def test_what_is_used_is_not_deleted_and_it_is_told_where(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    draft = desk.write("en", "Boats", image=asset["id"])
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    problem = desk.refused("DELETE", path, status=409, code="asset_in_use", if_match=seen)
    assert problem["texts"] == 1
    uses = data(desk.call("GET", problem["uses"].removeprefix("/v1/manage"), expect=200))
    assert [(use["article"], use["locale"], use["public"]) for use in uses] == [(draft["article"], "en", False)]
    hidden = desk_for(app, "author:fa").call("GET", f"{path}/uses", expect=200).json
    assert (hidden["data"], hidden["meta"]["total"]) == ([], 1)  # type: ignore[index]
    desk.edit(draft, image=None)
    desk.call("DELETE", path, if_match=seen, expect=204)
    desk.call("GET", path, expect=404)


def test_a_poster_is_used_by_its_film(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    desk.refused("PATCH", path, {"poster": asset["id"]}, status=422, code="invalid", at="/poster", if_match=seen)


def test_an_old_version_does_not_overwrite(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    change(desk, asset, focal=[0.2, 0.8])
    desk.refused("PATCH", path, {"focal": [0.5, 0.5]}, status=412, code="stale_version", if_match=seen)
    desk.refused("PATCH", path, {"focal": [0.5, 0.5]}, status=428, code="precondition_required")
    desk.refused("PATCH", path, {"focal": [0.5, 1.5]}, status=422, code="invalid", at="/focal", if_match=seen)


def test_who_may_do_what(app: Flask) -> None:
    """One edition's staff describe pictures in their own language, and change what every edition shows only if it is
    theirs and nobody sees it yet."""
    open_house(app)
    admin, author, translator = desk_for(app), desk_for(app, "author:fa"), desk_for(app, "translator:sq")
    moderator = desk_for(app, "moderator:fa")
    hers, others = upload(author, picture(700, 500)), upload(admin)
    change(author, hers, focal=[0.1, 0.1], texts={"fa": {"alt": "کشتی"}})
    change(translator, hers, texts={"sq": {"alt": "Anije"}})
    for desk, asset, changes in (
        (author, others, {"focal": [0.1, 0.1]}),
        (author, hers, {"texts": {"en": {"alt": "Ship"}}}),
        (translator, hers, {"focal": [0.1, 0.1]}),
    ):
        path = f"/assets/{asset['id']}"
        seen = desk.call("GET", path, expect=200).headers["ETag"]
        desk.refused("PATCH", path, changes, status=403, code="forbidden", if_match=seen)
    moderator.refused("GET", f"/assets/{hers['id']}", status=404, code="not_found")
    before = database_digest(app)
    assert posted(moderator.client, moderator.token, sent(picture())).status_code == 403
    assert database_digest(app) == before
    path = f"/assets/{hers['id']}"

    def permissions(desk: Desk) -> set[str]:
        return set(desk.call("GET", path, expect=200).json["meta"]["permissions"])  # type: ignore[index]

    may_not_change = permissions(author) - {"asset:edit-own"}
    assert "asset:edit-own" in permissions(author)
    admin.published("fa", "کشتی‌ها", image=hers["id"])
    seen = author.call("GET", path, expect=200).headers["ETag"]
    author.refused("PATCH", path, {"texts": {"fa": {"alt": "x"}}}, status=403, code="forbidden", if_match=seen)
    author.refused("PATCH", path, {"focal": [0.3, 0.3]}, status=403, code="forbidden", if_match=seen)
    assert permissions(author) == may_not_change
    assert change(desk_for(app, "editor:fa"), hers, texts={"fa": {"alt": "کشتی‌ها"}})["texts"]["fa"]["alt"] == "کشتی‌ها"


def test_an_edition_has_a_file_of_its_own(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    answer = put(desk, asset, picture(900, 900), "ar")
    assert answer.status_code == 200
    shown = data(answer)
    assert shown["files"]["ar"]["width"] == 900
    assert shown["file"]["id"] == asset["file"]["id"]
    again = data(put(desk, asset, picture(901, 900), "ar"))
    assert again["files"]["ar"]["id"] != shown["files"]["ar"]["id"]
    path = f"/assets/{asset['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    removed = data(desk.call("DELETE", f"{path}/files/ar", if_match=seen, expect=200))
    assert removed["files"] == {}


def test_a_repeated_upload_with_a_key_is_one_asset(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    answers = [posted(desk.client, desk.token, sent(picture()), idempotency_key="k1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert data(answers[0])["id"] == data(answers[1])["id"]
    other = posted(desk.client, desk.token, sent(picture(640, 480)), idempotency_key="k1")
    assert other.status_code == 422
    with app.app_context():
        assert db.session.query(Asset).count() == 1


def test_an_edition_that_goes_takes_its_words_and_files_with_it(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    change(desk, asset, texts={"sq": {"alt": "Varkat"}, "fa": {"alt": "قایق‌ها"}})
    put(desk, asset, picture(900, 900), "sq")
    seen = desk.call("GET", "/editions/sq", expect=200).headers["ETag"]
    desk.call("DELETE", "/editions/sq", if_match=seen, expect=204)
    left = data(desk.call("GET", f"/assets/{asset['id']}", expect=200))
    assert (set(left["texts"]), left["files"]) == ({"fa"}, {})


def test_what_is_read_again_is_the_same_to_the_byte(app: Flask) -> None:
    """Signed addresses would make every answer a new one."""
    open_house(app)
    desk = desk_for(app)
    draft = desk.write("en", "Boats", image=upload(desk)["id"])
    with time_machine.travel("2026-11-28T10:00:01Z", tick=False) as clock:
        first = desk.variant(draft["article"], "en")
        clock.shift(200)
        path = f"/v1/manage/articles/{draft['article']}/variants/en"
        again = desk.client.get(path, headers=headers(desk.token, if_none_match=first.headers["ETag"]))
    assert again.status_code == 304


def test_what_was_approved_is_not_changed_by_a_picture_of_it(app: Flask) -> None:
    """Nor what goes out by itself; its author changes it once it is hers again."""
    open_house(app)
    admin, author = desk_for(app), desk_for(app, "author:en")
    for number, stage in enumerate(("approve", "schedule")):
        asset = upload(author, picture(500 + number, 400))
        draft = author.write("en", f"Boats {number}", image=asset["id"])
        if stage == "approve":
            author.step(draft, "submit")
            admin.step(draft, "approve")
        else:
            admin.step(draft, "schedule", publish_at="2999-01-01T00:00:00Z")
        path = f"/assets/{asset['id']}"
        seen = author.call("GET", path, expect=200).headers["ETag"]
        for changes in ({"texts": {"en": {"caption": "Other words"}}}, {"focal": [0, 0]}):
            author.refused("PATCH", path, changes, status=403, code="forbidden", if_match=seen)
        assert put(author, asset, picture(30, 30)).status_code == 403
        assert change(admin, asset, focal=[0.1, 0.1])["focal"] == [0.1, 0.1]


def test_what_is_to_go_out_keeps_its_pictures_whatever_is_written_meanwhile(app: Flask) -> None:
    """Until it is out, or the plan is dropped or made anew."""
    open_house(app)
    admin, author = desk_for(app), desk_for(app, "author:en")
    asset = upload(author, picture(50, 40))
    path = f"/assets/{asset['id']}"
    seen = author.call("GET", path, expect=200).headers["ETag"]
    for number, ending in enumerate(("published", "dropped", "anew", "trashed")):
        draft = admin.step(
            author.write("en", f"Boats {number}", image=asset["id"]), "schedule", publish_at="2999-01-01T00:00:00Z"
        )
        admin.edit(draft, image=None, lead="Without a picture.")
        assert put(author, asset, picture(30, 30)).status_code == 403
        admin.refused("DELETE", path, status=409, code="asset_in_use", if_match=seen)
        if ending == "published":
            with app.app_context(), time_machine.travel("2999-01-01T00:00:01Z"):
                run_schedule()
            assert [use["public"] for use in data(admin.call("GET", f"{path}/uses", expect=200))] == [True]
            admin.step(draft, "unpublish")
        elif ending == "trashed":
            throw_away(admin, draft)
        else:
            later = "2999-01-02T00:00:00Z" if ending == "anew" else None
            admin.step(draft, "schedule", publish_at=later)
        assert data(admin.call("GET", f"{path}/uses", expect=200)) == []
    admin.call("DELETE", path, if_match=seen, expect=204)


def test_a_poster_is_used_where_its_film_is(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    poster, film = upload(desk), upload(desk, samples.mp4(b"vide"), "boats.mp4")
    change(desk, film, poster=poster["id"])
    draft = desk.write("en", "Boats", kind="video", fields={"file": film["id"]})
    path = f"/assets/{poster['id']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    problem = desk.refused("DELETE", path, status=409, code="asset_in_use", if_match=seen)
    uses = data(desk.call("GET", problem["uses"].removeprefix("/v1/manage"), expect=200))
    assert [use["variant"] for use in uses] == [draft["id"]]
    assert data(desk.call("GET", "/assets?used=false", expect=200)) == []


def test_a_size_of_its_own_is_made_of_the_file_an_edition_shows(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    own = data(put(desk, asset, picture(900, 900), "fa"))["files"]["fa"]
    wanted = {"width": 300, "height": 300}
    for locale, file in (
        ({}, asset["file"]["id"]),
        ({"locale": "fa"}, own["id"]),
        ({"locale": "sq"}, asset["file"]["id"]),
    ):
        made = data(desk.call("POST", f"/assets/{asset['id']}/renditions", wanted | locale, expect=200))
        assert f"/media/{file}/" in made["url"]
        assert app.test_client().get(path_of(made["signed_url"])).status_code == 200


def test_the_library_is_searched_as_readers_search(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk, picture(), "Çelësi i Qytetit.jpg")
    change(desk, asset, texts={"fa": {"alt": "کتابخانهٔ شهر"}})
    for q in ("çelësi", "celesi", "كتابخانه", "ÇELËSI"):
        found = data(desk.call("GET", f"/assets?q={q}", expect=200))
        assert [one["id"] for one in found] == [asset["id"]], q
    assert data(desk.call("GET", "/assets?q=%25", expect=200)) == []
    desk.refused("GET", "/assets?missing_alt=de", status=422, code="invalid", at="missing_alt")


def test_a_file_that_would_be_refused_is_not_received(app: Flask) -> None:
    open_house(app)
    desk = desk_for(app)
    asset = upload(desk)
    before = database_digest(app)
    other = picture(33, 33)
    told = {"data": sent(other), "content_type": "multipart/form-data"}
    for path, more, status in (
        (f"/v1/manage/assets/{asset['id']}/file", {}, 428),
        ("/v1/manage/assets/01939f6e-1c2d-7c3a-9d53-8d0d9a5c7f10/file", {"if_match": '"1-000000"'}, 404),
    ):
        answer = desk.client.put(path, **told | {"data": sent(other)}, headers=headers(desk.token, **more))
        assert answer.status_code == status
    assert database_digest(app) == before


def test_a_large_file_comes_in_whatever_its_bytes(app: Flask) -> None:
    """Line ends at the end of a piece may be the beginning of what ends the file."""
    open_house(app)
    upload(desk_for(app), picture() + b"\r\n" * 200_000)
