"""What keeps machines and floods away, and what is held for a moderator; time is set."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy import text as sql

from nejat_cms.community import rules
from nejat_cms.community.actions.defence import forget_what_is_over
from nejat_cms.community.models import Comment, SendTally, SpentForm
from nejat_cms.db import db, end_reading
from tests.community.forum import NOON, Forum, allow_comments, spent
from tests.factories import database_digest, token_for
from tests.newsroom import Desk, places_of

SECRET = "secret"


def comments(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(Comment)) or 0
        end_reading()
        return count


# Forms ----------------------------------------------------------------------------------------


def test_a_form_is_good_between_three_seconds_and_a_day() -> None:
    token = rules.new_form(SECRET, "comment", NOON)
    for seconds, code in ((0, "form_too_fast"), (2.999, "form_too_fast"), (86_400.001, "form_expired")):
        with pytest.raises(rules.FormError, match=code):
            rules.read_form(SECRET, "comment", token, NOON + timedelta(seconds=seconds))
    for seconds in (3, 86_400):
        form = rules.read_form(SECRET, "comment", token, NOON + timedelta(seconds=seconds))
        assert form.expires_at == NOON + timedelta(days=1)


def test_a_form_is_good_for_what_it_was_handed_out_for() -> None:
    token, later = rules.new_form(SECRET, "comment fa 1", NOON), NOON + timedelta(minutes=1)
    assert rules.read_form(SECRET, "comment fa 1", token, later).nonce
    for secret, purpose, altered in (
        (SECRET, "comment fa 2", token),
        (SECRET, "contact fa", token),
        ("another", "comment fa 1", token),
        (SECRET, "comment fa 1", token[:-1]),
        (SECRET, "comment fa 1", "x" + token),
        (SECRET, "comment fa 1", "WyJ4Il0.x"),
        (SECRET, "comment fa 1", ""),
    ):
        with pytest.raises(rules.FormError, match="form_invalid"):
            rules.read_form(secret, purpose, altered, later)


def test_what_a_machine_sends_is_refused(forum: Forum) -> None:
    fresh = forum.read()["meta"]["form"]
    forum.refused(partial(forum.send, form=fresh), status=422, code="form_too_fast", at="/form")
    forum.refused(partial(forum.send, form="guess"), status=422, code="form_invalid", at="/form")
    other = forum.form("/v1/en/contact")
    forum.refused(partial(forum.send, form=other), status=422, code="form_invalid", at="/form")
    forum.refused(partial(forum.post, forum.path, {"text": "x"}), status=422, code="required", at="/form")
    forum.clock.shift(timedelta(hours=24))
    forum.refused(partial(forum.send, form=fresh), status=422, code="form_expired", at="/form")


def test_a_form_is_sent_once(forum: Forum) -> None:
    form = forum.form()
    assert forum.send("First.", form=form).status_code == 202
    for text in ("First.", "Second."):
        forum.refused(partial(forum.send, text, form=form), status=422, code="form_used", at="/form")
    assert comments(forum.app) == 1


def test_a_double_click_makes_one_comment(forum: Forum) -> None:
    body = {"name": "Mina", "email": "mina@example.org", "text": "Once.", "form": forum.form()}

    def click(_number: int) -> int:
        status: int = forum.app.test_client().post(forum.path, json=body).status_code
        return status

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(click, range(4)))
    assert statuses == [202, 422, 422, 422]
    assert comments(forum.app) == 1


def test_forms_and_tallies_are_forgotten_when_they_are_over(forum: Forum) -> None:
    form = forum.form()
    assert forum.send(form=form).status_code == 202
    forum.clock.shift(timedelta(hours=23))
    with forum.app.app_context():
        forget_what_is_over()
        assert db.session.scalar(select(func.count()).select_from(SpentForm)) == 1
        end_reading()
    forum.refused(partial(forum.send, form=form), status=422, code="form_used", at="/form")
    forum.clock.shift(timedelta(hours=1))
    with forum.app.app_context():
        forget_what_is_over()
        assert db.session.scalar(select(func.count()).select_from(SpentForm)) == 0
        assert db.session.scalar(select(func.count()).select_from(SendTally)) == 0


# Floods ---------------------------------------------------------------------------------------


def test_one_address_sends_five_in_ten_minutes(forum: Forum) -> None:
    for number in range(5):
        assert forum.send(f"Number {number}", host="203.0.113.7").status_code == 202
    form = forum.form()
    before = database_digest(forum.app)
    refused = forum.send("One more", host="203.0.113.7", form=form)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "575")
    assert refused.json is not None
    assert refused.json["code"] == "too_many_attempts"
    assert database_digest(forum.app) == before
    assert forum.send("Somebody else", host="203.0.113.8", form=form).status_code == 202
    forum.clock.shift(timedelta(minutes=10))
    assert forum.send("Later", host="203.0.113.7").status_code == 202


def test_a_whole_customer_of_ipv6_is_one_address(forum: Forum) -> None:
    for number in range(5):
        assert forum.send(f"Number {number}", host=f"2001:db8:1:2::{number:x}").status_code == 202
    assert forum.send("One more", host="2001:db8:1:2:ffff::1").status_code == 429
    assert forum.send("Next door", host="2001:db8:1:3::1").status_code == 202


def test_no_header_buys_more(forum: Forum) -> None:
    """Nobody is in front of this house, so nobody may say for whom she asks."""
    for number in range(6):
        body = {"name": "Mina", "email": "mina@example.org", "text": f"Number {number}", "form": forum.form()}
        answer = forum.post(forum.path, body, host="203.0.113.7", x_forwarded_for=f"198.51.100.{number}")
        assert answer.status_code == (202 if number < 5 else 429)


def test_one_text_takes_a_hundred_an_hour(forum: Forum) -> None:
    spent(forum.app, "comment", forum.article["id"], rules.PER_ARTICLE, 99)
    assert forum.send("The hundredth").status_code == 202
    assert forum.send("One more").status_code == 429
    other = forum.desk.published("en", "Another text")
    assert forum.send(path=f"/v1/en/articles/{other['slug']}/comments").status_code == 202
    forum.clock.shift(timedelta(hours=1))
    assert forum.send("An hour later").status_code == 202


@contextmanager
def another_writer(app: Flask) -> Iterator[None]:
    """Meanwhile somebody else holds what a writer needs."""
    with app.app_context(), db.engine.connect() as connection:
        writer = connection.execution_options(begin="BEGIN IMMEDIATE")
        writer.execute(sql("SELECT 1" if db.engine.name == "sqlite" else "LOCK TABLE send_tallies, comments"))
        yield
        writer.rollback()


def test_a_guess_waits_for_nobody(forum: Forum) -> None:
    """Who guesses a form, or writes where nobody may, is refused while somebody else writes."""
    forms = [forum.form(), forum.form("/v1/en/contact")]
    with another_writer(forum.app):
        for path, body in ((forum.path, {}), ("/v1/en/contact", {"subject": "Hello"})):
            said = {"name": "Mina", "email": "mina@example.org", "text": "Hello.", "form": "guess", **body}
            answer = forum.post(path, said)
            assert answer.status_code == 422, answer.text
            assert places_of(answer.json or {})["/form"] == "form_invalid"
    allow_comments(forum.app, "en", close_after_days=1)
    forum.clock.shift(timedelta(hours=24) - timedelta(seconds=10))
    with another_writer(forum.app):
        assert forum.send(form=forms[0]).status_code == 409
    assert comments(forum.app) == 0


# What is held ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "blocked", "reasons"),
    [
        ("See https://a.example and http://b.example", (), []),
        ("https://a.example HTTP://B.example www.c.example", (), ["links"]),
        ("Buy a watch", ("watch",), ["blocked_words"]),
        ("Buy a W\u200cA\u200dTCH!", ("watch",), ["blocked_words"]),
        ("Swatches of colour", ("watch",), []),
        ("Buy a wa\u3099t\u093cc\u0fa8\u0fa9h", ("watch",), ["blocked_words"]),
        ("Buy a wat\u2800ch", ("watch",), ["blocked_words"]),
        ("كا\u093cزينو", ("کازینو",), ["blocked_words"]),
        ("कल और काल", ("कील",), []),
        ("كازينو رائع", ("کازینو",), ["blocked_words"]),
        ("می\u200cفروشیم", ("میفروشیم",), ["blocked_words"]),
        ("Fito PARA tani", ("para tani",), ["blocked_words"]),
        ("Para dhe tani", ("para tani",), []),
        ("Anything", ("", " ", "!"), []),
        ("spam.example.com, www.b.example and more.shop/x", (), ["links"]),
        ("write to a.b@example.org, mina@example.com, c.d@example.net", (), []),
        ("i.e. at 5 p.m., e.g. v1.2.3 or report.txt", (), []),
        ("http://a,http://b", (), []),
        ("http://ahttp://bhttp://c", (), ["links"]),
        ("Buy _watch_", ("watch",), ["blocked_words"]),
        ("الكازينو رائع", ("كازينو",), ["blocked_words"]),
        ("وبالكازينو", ("کازینو",), ["blocked_words"]),
        ("الله", ("له",), []),
        ("ما می فروشیم", ("می\u200cفروشیم",), ["blocked_words"]),
        ("ما می\u200cفروشیم", ("می فروشیم",), ["blocked_words"]),
        ("کتاب خانه", ("کتاب\u200cخانه",), ["blocked_words"]),
        ("بخوان کتابخانه‌ام", ("تابخانه",), []),
    ],
)
def test_what_is_held(text: str, blocked: tuple[str, ...], reasons: list[str]) -> None:
    assert rules.reasons_to_hold(["Mina", text], blocked) == reasons


def test_what_is_held_is_thanked_for_like_everything_else(forum: Forum) -> None:
    answers = [forum.send("Fine."), forum.send("http://a http://b http://c"), forum.send("  FINE. ")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    shown = forum.desk.call("GET", "/comments", expect=200).json
    assert shown is not None
    assert [(row["status"], row["held_for"]) for row in shown["data"]] == [
        ("spam", ["repeated"]),
        ("spam", ["links"]),
        ("pending", []),
    ]
    forum.clock.shift(timedelta(hours=24))
    forum.send("fine.")
    assert forum.newest().status == "pending", "a day later it is no repetition"


def test_many_people_say_thank_you(forum: Forum) -> None:
    for number in range(3):
        forum.send("Thank you!", email=f"mina{number}@example.org")
        assert forum.newest().status == "pending"


def test_one_sender_repeats_herself_under_another_article(forum: Forum) -> None:
    other, farsi = forum.desk.published("en", "Another text"), forum.desk.published("fa", "متن")
    forum.send("Fine.")
    forum.send("Fine.", path=f"/v1/en/articles/{other['slug']}/comments", email="READER@example.org")
    assert (forum.newest().status, forum.newest().held_for) == ("spam", ["repeated"])
    forum.send("Fine.", path=f"/v1/fa/articles/{farsi['slug']}/comments")
    assert forum.newest().status == "pending", "another edition has other moderators"


def test_nobody_writes_the_same_long_text_by_chance(forum: Forum) -> None:
    other = forum.desk.published("en", "Another text")
    advertisement = "The finest watches of the whole town, at half the price"
    forum.send(advertisement)
    forum.send(advertisement, path=f"/v1/en/articles/{other['slug']}/comments", email="another@example.org")
    assert (forum.newest().status, forum.newest().held_for) == ("spam", ["repeated"])


def test_moderators_say_what_their_edition_does_not_take(forum: Forum) -> None:
    desk = Desk(forum.client, token_for(forum.app, "moderator:en"))
    path = "/editions/en/blocked-words"
    asked = desk.call("GET", path, expect=200)
    assert asked.json == {"data": {"words": []}}
    etag = asked.headers["ETag"]
    desk.refused("PUT", path, {"words": ["Casino"]}, status=428, code="precondition_required")
    desk.call("PUT", path, {"words": ["Casino", "Casino"]}, if_match=etag, expect=200)
    assert desk.call("GET", path, expect=200).json == {"data": {"words": ["Casino"]}}
    desk.refused("PUT", path, {"words": []}, if_match=etag, status=412, code="stale_version")
    desk.refused("GET", "/editions/fa/blocked-words", status=404, code="not_found")
    desk.refused("PUT", "/editions/fa/blocked-words", {"words": []}, if_match=etag, status=404, code="not_found")
    forum.send("Play at our CASINO")
    assert (forum.newest().status, forum.newest().held_for) == ("spam", ["blocked_words"])
    forum.send("Reader", name="Casino")
    assert forum.newest().status == "spam"
