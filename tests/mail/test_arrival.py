"""Mail arrives right: in one language, to one person, with no header but those that are meant."""

import pytest
from flask import Flask

from nejat_cms import mail
from nejat_cms.mail import Mail
from tests.mail.posting import ALLOWED, WORDS, after, put, rows
from tests.mailbox import SENDER, Mailbox, mailbox, send_by


@pytest.mark.parametrize("locale", sorted(WORDS))
def test_a_mail_arrives_once_and_right_in_every_language(app: Flask, box: Mailbox, locale: str) -> None:
    subject, text = WORDS[locale]
    assert put(app, "reader@example.org", subject, text, locale=locale)
    assert box.received == [], "nothing leaves before the worker's turn"
    assert after(app) == {"waiting": 0, "parked": 0}
    assert rows(app) == []
    ((sender, recipients, raw),) = box.received
    assert (sender, recipients) == ("news@example.org", ["reader@example.org"])
    assert raw.isascii()
    (arrived,) = box.mails
    assert (arrived["Subject"], box.texts) == (subject, [text.replace("\n", "\r\n")])
    assert (arrived["From"], arrived["To"]) == (SENDER, "reader@example.org")
    assert (arrived["Content-Language"], arrived["Auto-Submitted"]) == (locale, "auto-generated")
    assert arrived["Content-Type"] == 'text/plain; charset="utf-8"'
    assert after(app, 3600) == {"waiting": 0, "parked": 0}
    assert len(box.received) == 1


def test_a_mail_has_these_headers_and_no_others(app: Flask, box: Mailbox) -> None:
    put(app)
    put(app, reply_to="writer@example.org")
    after(app)
    plain, answered = box.mails
    seen = {"X-Peer", "X-MailFrom", "X-RcptTo"}
    assert set(plain.keys()) - seen == ALLOWED
    assert len(plain.keys()) == len(set(plain.keys()))
    assert set(answered.keys()) - seen == ALLOWED | {"Reply-To"}
    assert answered["Reply-To"] == "writer@example.org"
    assert plain["Message-ID"] != answered["Message-ID"]
    assert plain["Message-ID"].endswith("@example.org>")


def test_who_has_a_name_in_another_script_is_answered_where_that_can_be_said(app: Flask, box: Mailbox) -> None:
    put(app, reply_to="writer@bücher.example")
    put(app, reply_to="نویسنده@example.org")
    assert after(app) == {"waiting": 0, "parked": 0}
    assert [arrived["Reply-To"] for arrived in box.mails] == ["writer@xn--bcher-kva.example", None]


@pytest.mark.parametrize("letter", ["\r", "\n", "\r\nBcc: all@example.org", "\0", "\u2028", "\u2029", "\u0085", "\x1b"])
@pytest.mark.parametrize("where", ["to", "subject", "reply_to", "locale"])
def test_nothing_makes_a_second_header(
    app: Flask, box: Mailbox, monkeypatch: pytest.MonkeyPatch, letter: str, where: str
) -> None:
    values = {"to": "a@example.org", "subject": "Hello", "reply_to": "b@example.org", "locale": "en"}
    hostile = Mail(**{"text": "Text"} | values | {where: values[where] + letter})
    monkeypatch.setitem(mail._writers, "tests.open", lambda _name, _content: hostile)
    put(app)
    assert after(app) == {"waiting": 0, "parked": int(where != "reply_to")}, "nobody could be answered there anyway"
    assert [arrived.get_all("Reply-To") for arrived in box.mails] == [None] * int(where == "reply_to")
    assert not any("all@example.org" in str(raw) + str(to) for _, to, raw in box.received)


@pytest.mark.parametrize(
    "to", ["a", "@example.org", "a@", "a@example.org,b@example.org", "A <a@example.org>", "a b@example.org", "a@b@c.d"]
)
def test_a_mail_goes_to_one_address(app: Flask, box: Mailbox, to: str) -> None:
    put(app, to)
    assert after(app) == {"waiting": 0, "parked": 1}
    assert box.received == []


def test_what_looks_like_a_template_stays_what_it_is(app: Flask, box: Mailbox) -> None:
    odd = "{{7*7}} %(x)s {0.__class__} <b>&amp;</b> =?utf-8?q?=42?="
    put(app, subject=odd, text=f"{odd}\n.\nend\n")
    after(app)
    assert box.texts == [f"{odd}\r\n.\r\nend\r\n"]
    assert "49" not in box.mails[0]["Subject"]
    assert box.mails[0]["Subject"].startswith("{{7*7}} %(x)s {0.__class__} <b>&amp;</b>")


def test_an_address_in_another_script_is_reached(app: Flask, box: Mailbox) -> None:
    put(app, "reader@bücher.example")
    put(app, "reader@straße.example", reply_to="writer@βόλος.example")
    after(app)
    (_, first, _), (_, second, _) = box.received
    assert first == ["reader@xn--bcher-kva.example"]
    assert second == ["reader@xn--strae-oqa.example"], "strasse.example is somebody else's"
    assert box.mails[1]["Reply-To"] == "writer@xn--nxasmm1c.example"


@pytest.mark.parametrize("utf8", [True, False])
def test_a_name_in_another_script_needs_a_server_that_takes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch, utf8: bool
) -> None:
    with mailbox(utf8=utf8) as box:
        send_by(app, monkeypatch, box.url)
        put(app, "خواننده@example.org")
        assert after(app) == {"waiting": 0, "parked": int(not utf8)}
        assert [recipients for _, recipients, _ in box.received] == ([["خواننده@example.org"]] if utf8 else [])
