"""Who may put texts together, and send them out: whoever may publish in every edition concerned."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.db import new_id
from tests.factories import database_digest, headers
from tests.matrix.staff import NOTHING, ROLES, WRONG, Body, Role, Text, decides, hire, make, reads_draft, telling
from tests.newsroom import open_house

WRITES: list[tuple[str, str, Body | None]] = [
    ("PATCH", "", {"title": "Another"}),
    ("POST", "/publish", {}),
    ("POST", "/schedule", {"publish_at": "2099-01-01T00:00:00Z"}),
    ("DELETE", "", None),
]


def named(*texts: Text) -> Body:
    return {"title": "Together", "items": [{"article": str(text.article), "locale": text.locale} for text in texts]}


def test_a_release_is_for_who_publishes_in_all_its_editions(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    admin = staff.tokens[Role("admin")]

    def gather(*texts: Text) -> str:
        answer = client.post("/v1/manage/releases", json=named(*texts), headers=headers(admin))
        assert answer.status_code == 201, answer.json
        return str(answer.headers["Location"])

    def ask(role: Role, method: str, path: str, body: Any = None, etag: str | None = None) -> Any:
        sent = headers(staff.tokens[role], **({"if_match": etag} if etag else {}))
        return client.open(path, method=method, json=body, headers=sent)

    with app.app_context():
        own, foreign, loose = make(Text("", "fa")), make(Text("", "ar")), make(Text("", "fa"))
        pair = (make(Text("", "fa")), make(Text("", "ar")))
    paths = {"fa": gather(own), "ar": gather(foreign), "both": gather(*pair)}
    etags = {key: ask(Role("admin"), "GET", path).headers["ETag"] for key, path in paths.items()}
    before = database_digest(app)
    for role in ROLES:
        publishes = {text.locale for text in (own, foreign) if decides(role, text)}
        listed = ask(role, "GET", "/v1/manage/releases")
        assert listed.status_code == 200
        seen = {key for key, path in paths.items() if path[-36:] in {row["id"] for row in listed.json["data"]}}
        assert seen == {key for key in paths if publishes & ({"fa", "ar"} if key == "both" else {key})}, str(role)
        for key, path in paths.items():
            read = ask(role, "GET", path)
            assert read.status_code == (200 if key in seen else 404), (str(role), key)
            if key not in seen:
                assert telling(read) == telling(ask(role, "GET", f"/v1/manage/releases/{new_id()}"))
            whole = publishes >= ({"fa", "ar"} if key == "both" else {key})
            for method, end, body in WRITES:
                answer = ask(role, method, path + end, body, WRONG if whole else etags[key])
                expected = 412 if whole else 403 if key in seen else 404
                assert answer.status_code == expected, (str(role), key, method, end, answer.json)
            if not whole and key in seen:
                answer = ask(role, "PATCH", path, {"items": named(own)["items"]}, etags[key])
                assert answer.status_code == 403
        if not publishes:
            answer = ask(role, "POST", "/v1/manage/releases", named(loose))
            expected = 403 if reads_draft(role, loose) else 422  # of what she may not know, she learns nothing
            assert answer.status_code == expected, str(role)
    assert database_digest(app) == before
    for role in ROLES:
        if decides(role, own):
            made = ask(role, "POST", "/v1/manage/releases", named(loose))
            assert made.status_code == 201, str(role)
            path = made.headers["Location"]
            for method, end, body in WRITES:
                if end != "/publish":
                    answer = ask(role, method, path + end, body, ask(role, "GET", path).headers["ETag"])
                    assert answer.status_code in (200, 204), (str(role), method, end)


def test_what_one_may_read_and_not_publish_joins_no_release(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    staff = hire(app)
    with app.app_context():
        live, own = make(Text("", "ar", "approved", live=True)), make(Text("", "fa"))
    sent = headers(staff.tokens[Role("editor", "fa")])
    mine = client.post("/v1/manage/releases", json=named(own), headers=sent)
    before = database_digest(app)
    for role in ROLES:
        if not decides(role, live):
            answer = client.post("/v1/manage/releases", json=named(live), headers=headers(staff.tokens[role]))
            assert answer.status_code == (422 if role is NOTHING else 403), str(role)
    changed = client.patch(
        mine.headers["Location"], json=named(own, live), headers=sent | {"If-Match": mine.headers["ETag"]}
    )
    assert changed.status_code == 403
    assert database_digest(app) == before
