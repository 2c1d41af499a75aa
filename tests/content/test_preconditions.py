"""Nobody overwrites anybody: If-Match, If-None-Match, Idempotency-Key, Prefer."""

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.accounts.actions import set_grants
from nejat_cms.accounts.rules import read_grant
from nejat_cms.permissions import SYSTEM
from tests.factories import database_digest, headers, make_user, token_of
from tests.newsroom import address_of, data, desk_for, open_house

WRITES: tuple[tuple[str, str, object], ...] = (
    ("PUT", "", {"title": "x"}),
    ("PATCH", "", {"title": "x"}),
    ("DELETE", "", None),
    ("POST", "/submit", {}),
    ("POST", "/approve", {}),
    ("POST", "/return", {"note": "x"}),
    ("POST", "/publish", {}),
    ("POST", "/unpublish", {}),
    ("POST", "/archive", {}),
    ("POST", "/schedule", {"publish_at": None}),
    ("POST", "/revisions/1/restore", {}),
    ("DELETE", "/preview", None),
)


def test_every_write_names_the_version_it_saw(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.published()
    stale = desk.variant(made["article"], "en").headers["ETag"]
    desk.edit(made, lead="Newer.")
    present = desk.variant(made["article"], "en").headers["ETag"]
    for method, end, body in WRITES:
        path = address_of(made) + end
        desk.refused(method, path, body, status=428, code="precondition_required")
        for named in (stale, "*", f"W/{present}", '"x"', "", f'{stale}, "x"'):
            problem = desk.refused(method, path, body, status=412, code="stale_version", if_match=named)
            assert problem["etag"] == present, (method, end, named)


def test_a_list_of_versions_matches_when_one_of_them_does(app: Flask) -> None:
    """RFC 9110, 13.1.1: a cache between may join what it was given."""
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published()
    stale = desk.variant(made["article"], "en").headers["ETag"]
    desk.edit(made, lead="Newer.")
    present = desk.variant(made["article"], "en").headers["ETag"]
    named = f'"x", {stale}, {present}'
    assert data(desk.call("PATCH", address_of(made), {"title": "x"}, if_match=named, expect=200))["title"] == "x"
    desk.refused("PATCH", address_of(made), {"title": "y"}, status=412, code="stale_version", if_match=named)


def test_links_name_the_version_of_the_group(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english, farsi = desk.write("en"), desk.write("fa", "آرام")
    path = f"/articles/{english['article']}"
    seen = desk.call("GET", path, expect=200).headers["ETag"]
    of_variant = desk.variant(english["article"], "en").headers["ETag"]
    body = {"article": farsi["article"]}
    desk.refused("POST", f"{path}/links", body, status=428, code="precondition_required")
    for named in (of_variant.replace('"3-', '"9-'), "*", f"W/{seen}"):
        problem = desk.refused("POST", f"{path}/links", body, status=412, code="stale_version", if_match=named)
        assert problem["etag"] == seen
    desk.call("POST", f"{path}/links", body, if_match=seen, expect=200)
    problem = desk.refused("DELETE", f"{path}/links/fa", status=412, code="stale_version", if_match=seen)
    assert problem["etag"] == desk.call("GET", path).headers["ETag"] != seen
    desk.refused("DELETE", f"{path}/links/fa", status=428, code="precondition_required")


def test_a_colleague_in_another_edition_never_makes_a_save_stale(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", body={"html": "<p>One.</p>"})
    farsi = desk.translate(english, "fa")
    seen = desk.variant(farsi["article"], "fa").headers["ETag"]
    desk.publish(desk.edit(english, body={"html": "<p>Two.</p>"}))
    now = desk.variant(farsi["article"], "fa")
    assert data(now)["freshness"]["state"] == "outdated"
    assert now.headers["ETag"] != seen
    path = address_of(farsi)
    assert desk.call("GET", path, if_none_match=seen).status_code == 200
    assert desk.call("GET", path, if_none_match=now.headers["ETag"]).status_code == 304
    desk.call("PATCH", path, {"title": "تازه"}, if_match=seen, expect=200)


def test_put_creates_only_where_there_is_nothing(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    made = desk.write()
    missing = f"/articles/{made['article']}/variants/fa"
    etag = desk.variant(made["article"], "en").headers["ETag"]
    desk.refused("PUT", missing, {"title": "x"}, status=404, code="not_found", if_match=etag)
    desk.refused("PUT", missing, {"title": "x"}, status=404, code="not_found", if_match="*")
    desk.refused("PUT", missing, {"title": "x"}, status=428, code="precondition_required")
    problem = desk.refused("PUT", address_of(made), {"title": "x"}, status=412, code="stale_version", if_none_match="*")
    assert problem["etag"] == etag
    answer = desk.call("PUT", missing, {"title": "آرام"}, if_none_match="*", expect=201)
    assert answer.headers["Location"] == f"/v1/manage{missing}"
    assert answer.headers["ETag"] == desk.variant(made["article"], "fa").headers["ETag"]
    desk.refused("PUT", missing, {"title": "x"}, status=412, code="stale_version", if_none_match="*")
    nowhere = "/articles/01a20a2f-16f3-7769-8ea9-587b0fed4b90/variants/fa"
    desk.refused("PUT", nowhere, {"title": "x"}, status=404, code="not_found", if_none_match="*")
    unknown = f"/articles/{made['article']}/variants/fr"
    desk.refused("PUT", unknown, {"title": "x"}, status=404, code="not_found", if_none_match="*")
    desk.refused("PATCH", unknown, {"title": "x"}, status=404, code="not_found", if_match="*")
    other = f"/articles/{made['article']}/variants/sq"
    desk.refused("PUT", other, {"title": "x"}, status=428, code="precondition_required", if_none_match='"x"')


def test_nothing_is_said_where_nothing_was_asked(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    body = {"kind": "article", "locale": "en", "title": "Short"}
    made = desk.call("POST", "/articles", body, prefer="return=minimal", expect=204)
    assert made.get_data() == b""
    assert made.headers["Preference-Applied"] == "return=minimal"
    path = made.headers["Location"].removeprefix("/v1/manage")
    etag = made.headers["ETag"]
    assert desk.call("GET", path, expect=200).headers["ETag"] == etag
    changed = desk.call("PATCH", path, {"lead": "x"}, prefer="return=minimal", if_match=etag, expect=204)
    published = desk.call(
        "POST", f"{path}/publish", {}, prefer="return=minimal", if_match=changed.headers["ETag"], expect=204
    )
    assert published.headers["ETag"] == desk.call("GET", path, prefer="return=minimal", expect=200).headers["ETag"]


def test_a_repeated_post_has_one_effect_and_one_answer(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    body = {"kind": "article", "locale": "en", "title": "Once"}
    first = desk.call("POST", "/articles", body, idempotency_key="k1", expect=201)
    again = desk.call("POST", "/articles", body, idempotency_key="k1", expect=201)
    assert again.get_data() == first.get_data()
    assert (again.headers["ETag"], again.headers["Location"]) == (first.headers["ETag"], first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(data(desk.call("GET", "/articles"))) == 1
    other = body | {"title": "Twice"}
    problem = desk.refused("POST", "/articles", other, status=422, code="invalid", idempotency_key="k1")
    assert problem["errors"][0]["code"] == "idempotency_key_reused"
    desk.call("POST", "/articles", body, idempotency_key="k2", expect=201)
    assert len(data(desk.call("GET", "/articles"))) == 2
    for key in ("", "x" * 256, "naïve"):
        desk.refused("POST", "/articles", body, status=422, code="invalid", idempotency_key=key)


def test_a_repeat_is_known_before_its_version_is_looked_at(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write()
    etag = desk.variant(made["article"], "en").headers["ETag"]
    path = f"{address_of(made)}/publish"
    first = desk.call("POST", path, {}, if_match=etag, idempotency_key="p", expect=200)
    again = desk.call("POST", path, {}, if_match=etag, idempotency_key="p", expect=200)
    assert again.get_data() == first.get_data()
    desk.refused("POST", path, {}, status=412, code="stale_version", if_match=etag, idempotency_key="q")


def test_a_refusal_is_not_kept_for_a_repeat(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    desk.write("en", "First", slug="one")
    body = {"kind": "article", "locale": "en", "title": "Second", "slug": "one"}
    desk.refused("POST", "/articles", body, status=409, code="slug_taken", idempotency_key="k")
    first = data(desk.call("GET", "/articles"))[0]
    desk.edit({"article": first["id"], "locale": "en"}, slug="uno")
    desk.call("POST", "/articles", body, idempotency_key="k", expect=201)


def test_a_key_belongs_to_the_actor_and_the_path(app: Flask) -> None:
    open_house(app, "en")
    one, other = desk_for(app), desk_for(app)
    body = {"kind": "article", "locale": "en", "title": "Mine"}
    first = one.call("POST", "/articles", body, idempotency_key="same", expect=201)
    second = other.call("POST", "/articles", body, idempotency_key="same", expect=201)
    assert data(first)["article"] != data(second)["article"]
    tag = {"names": {"en": {"name": "Sea"}}}
    one.call("POST", "/tags", tag, idempotency_key="same", expect=201)


def test_what_was_read_of_a_variant_is_no_version_of_the_one_in_its_place(app: Flask) -> None:
    """Both count from the same number."""
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.write()
    former = desk.translate(english, "fa", title="یک")
    seen = desk.variant(former["article"], "fa").headers["ETag"]
    desk.call("DELETE", address_of(former), if_match=seen, expect=204)
    present = desk.translate(english, "fa", title="دو")
    assert present["version"] == former["version"]
    for method, end, body in WRITES:
        desk.refused(method, address_of(present) + end, body, status=412, code="stale_version", if_match=seen)


def test_a_repeat_with_other_rights_is_told_nothing_and_does_nothing(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    user = make_user(app, "editor:en")
    body = {"kind": "article", "locale": "en", "title": "Once"}
    asked = {"json": body, "headers": headers(token_of(app, user), idempotency_key="k1")}
    first = client.post("/v1/manage/articles", **asked)
    again = {"json": body, "headers": headers(token_of(app, user, name="another"), idempotency_key="k1")}
    answer = client.post("/v1/manage/articles", **again)
    assert (answer.status_code, answer.data) == (201, first.data), "the same person with the same rights"
    with app.app_context():
        set_grants(SYSTEM, user, [read_grant("editor:en"), read_grant("author:fa")], version=1)
    before = database_digest(app)
    assert client.post("/v1/manage/articles", **asked).status_code == 403
    assert database_digest(app) == before


def test_what_is_sent_back_as_it_was_read_changes_nothing(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "One", lead="Lead", body={"html": "<p>Text</p>"})
    names = [
        "title",
        "lead",
        "fields",
        "sections",
        "tags",
        "image",
        "featured",
        "authors",
        "translators",
        "source",
        "seo",
        "published_at",
    ]
    body = {name: made[name] for name in names} | {"body": {"blocks": made["body"]["blocks"]}}
    etag = desk.variant(made["article"], "en").headers["ETag"]
    now = data(desk.call("PUT", address_of(made), body, if_match=etag, expect=200))
    assert (now["revision"], now["stage"], now["version"]) == (made["revision"], "approved", made["version"])
