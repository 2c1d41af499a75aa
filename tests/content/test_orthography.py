"""Orthography: the check on request, and the warnings of every write that holds text. Nothing is ever changed."""

from typing import Any, get_args

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nejat_cms.content.rules.blocks import BODY_BYTES
from nejat_cms.http.orthography import DETAILS, WARNINGS_MOST
from nejat_cms.language.checks import FINDINGS_MOST, Code
from tests.factories import database_digest
from tests.newsroom import Desk, address_of, data, desk_for, open_house, places_of

ZWNJ = "\u200c"
CHECK = "/language/check"
WRONG = "كتاب ها,خوب  است"


def warnings_of(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.json is not None
    found: list[dict[str, Any]] = answer.json["meta"]["warnings"]
    return found


def told(answer: TestResponse) -> list[tuple[str, str, int, int, str | None]]:
    return [(one["pointer"], one["code"], one["start"], one["end"], one["fix"]) for one in warnings_of(answer)]


def create(desk: Desk, locale: str = "fa", **said: Any) -> TestResponse:
    return desk.call("POST", "/articles", {"kind": "article", "locale": locale, "title": "باغ", **said}, expect=201)


# On request -----------------------------------------------------------------------------------


def test_a_text_is_checked_and_nothing_changes(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    before = database_digest(app)
    answer = data(desk.call("POST", CHECK, {"locale": "FA", "text": " " + WRONG}, expect=200, accept_language="en"))
    assert answer["truncated"] is False
    assert [(one["code"], one["severity"], one["start"], one["end"], one["fix"]) for one in answer["findings"]] == [
        ("arabic_letter", "error", 1, 2, "ک"),
        ("missing_zwnj", "warning", 5, 6, ZWNJ),
        ("latin_punctuation", "warning", 8, 9, "،"),
        ("double_space", "warning", 12, 14, " "),
    ]
    assert answer["findings"][0]["detail"] == "An Arabic letter in a Farsi text."
    assert database_digest(app) == before


@pytest.mark.parametrize(
    ("locale", "detail"),
    [
        ("en", "More than one space."),
        ("ar", "أكثر من مسافة واحدة."),
        ("fa", "بیش از یک فاصله."),
        ("sq", "Më shumë se një hapësirë."),
    ],
)
def test_a_finding_is_told_in_the_readers_language(app: Flask, locale: str, detail: str) -> None:
    open_house(app, "en")
    answer = desk_for(app).call("POST", CHECK, {"locale": "en", "text": "a  b"}, expect=200, accept_language=locale)
    assert [one["detail"] for one in data(answer)["findings"]] == [detail]


def test_the_digits_of_the_houses_edition_are_the_right_ones(app: Flask) -> None:
    open_house(app, "fa", numbering="latn")
    desk = desk_for(app)
    for locale, fixes in (("fa", ["12"]), ("fa-AF", [])):
        answer = data(desk.call("POST", CHECK, {"locale": locale, "text": "۱۲ کتاب"}, expect=200))
        assert [one["fix"] for one in answer["findings"]] == fixes


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"text": "x"}, "/locale", "required"),
        ({"locale": "fa"}, "/text", "required"),
        ({"locale": "xx", "text": "x"}, "/locale", "unknown_locale"),
        ({"locale": "fa_IR!", "text": "x"}, "/locale", "unknown_locale"),
        ({"locale": None, "text": "x"}, "/locale", "null"),
        ({"locale": 7, "text": "x"}, "/locale", "unknown_locale"),
        ({"locale": "fa", "text": None}, "/text", "null"),
        ({"locale": "fa", "text": ["x"]}, "/text", "invalid_type"),
        ({"locale": "fa", "text": "x" * (BODY_BYTES + 1)}, "/text", "too_long"),
        ({"locale": "fa", "text": "a\x00"}, "/text", "characters"),
        ({"locale": "fa", "text": "x", "html": "x"}, "/html", "unknown_field"),
    ],
)
def test_what_cannot_be_checked_is_named(app: Flask, body: dict[str, Any], place: str, code: str) -> None:
    open_house(app, "fa")
    problem = desk_for(app).refused("POST", CHECK, body, status=422, code="invalid")
    assert places_of(problem) == {place: code}


def test_of_many_findings_some_are_told(app: Flask) -> None:
    open_house(app, "fa")
    answer = data(desk_for(app).call("POST", CHECK, {"locale": "fa", "text": "يک باغ " * 10_000}, expect=200))
    assert (len(answer["findings"]), answer["truncated"]) == (FINDINGS_MOST, True)
    all_of_them = {"locale": "fa", "text": "يک باغ " * FINDINGS_MOST}
    answer = data(desk_for(app).call("POST", CHECK, all_of_them, expect=200))
    assert (len(answer["findings"]), answer["truncated"]) == (FINDINGS_MOST, False)
    assert data(desk_for(app).call("POST", CHECK, {"locale": "fa", "text": ""}, expect=200))["findings"] == []


def test_every_finding_has_its_words() -> None:
    assert set(DETAILS) == set(get_args(Code))


# In writing -----------------------------------------------------------------------------------


def test_a_new_article_is_kept_as_it_was_sent_and_its_warnings_told(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    html = "<p>می <em>خواهم</em> &amp; نه,</p><p>یک<br>كتاب</p>"
    names: dict[str, Any] = {"tags": ["قايق"], "authors": ["نام?"], "seo": {"title": "باغ (سبز"}}
    answer = create(desk, title="كتاب", lead="باغ  سبز", body={"html": html}, **names)
    made = data(answer)
    assert told(answer) == [
        ("/title", "arabic_letter", 0, 1, "ک"),
        ("/tags/0", "arabic_letter", 2, 3, "ی"),
        ("/body/blocks/1/html", "arabic_letter", 3, 4, "ک"),
        ("/lead", "double_space", 3, 5, " "),
        ("/seo/title", "unbalanced", 4, 5, None),
        ("/authors/0", "latin_punctuation", 3, 4, "؟"),
        ("/body/blocks/0/html", "missing_zwnj", 2, 3, ZWNJ),
        ("/body/blocks/0/html", "latin_punctuation", 13, 14, "،"),
    ]
    assert {one["severity"] for one in warnings_of(answer)[:3]} == {"error"}
    assert {one["severity"] for one in warnings_of(answer)[3:]} == {"warning"}
    assert (made["title"], made["lead"], made["tags"], made["authors"]) == ("كتاب", "باغ  سبز", ["قايق"], ["نام?"])
    assert [block["html"] for block in made["body"]["blocks"]] == html[3:-4].split("</p><p>")
    assert data(desk.variant(made["article"], "fa"))["body"] == made["body"]


def test_only_what_was_sent_is_told_of(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    made = data(create(desk, title="كتاب", body={"html": "<p>چرا?</p>"}))

    def etag() -> str:
        return desk.variant(made["article"], "fa").headers["ETag"]

    assert warnings_of(desk.variant(made["article"], "fa")) == []
    sent = {"lead": "باغ"}
    assert told(desk.call("PATCH", address_of(made), sent, if_match=etag(), expect=200)) == []
    sent = {"lead": "نه,"}
    assert [one[0] for one in told(desk.call("PATCH", address_of(made), sent, if_match=etag(), expect=200))] == [
        "/lead"
    ]
    sent = {"title": "كاج"}
    assert [one[0] for one in told(desk.call("PUT", address_of(made), sent, if_match=etag(), expect=200))] == ["/title"]
    for step in ("submit", "publish"):
        assert told(desk.call("POST", f"{address_of(made)}/{step}", {}, if_match=etag(), expect=200)) == []


def test_a_translation_is_told_of_its_own_language(app: Flask) -> None:
    open_house(app, "fa", "ar", "sq")
    desk = desk_for(app)
    made = data(create(desk))
    for locale, title, code in (("ar", "کتاب", "persian_letter"), ("sq", "Nje liber", "missing_diacritic")):
        path = f"/articles/{made['article']}/variants/{locale}"
        answer = desk.call("PUT", path, {"title": title, "copy_from": "fa"}, if_none_match="*", expect=201)
        assert {(one["pointer"], one["code"]) for one in warnings_of(answer)} == {("/title", code)}


def test_a_copied_and_a_restored_text_are_told_of_whole(app: Flask) -> None:
    open_house(app, "fa", "ar")
    desk = desk_for(app)
    made = data(create(desk, title="یک", lead="چرا?", body={"html": "<p>نه, باغ</p>"}, authors=["نام?"]))
    source = [("/lead", "latin_punctuation"), ("/body/blocks/0/html", "latin_punctuation")]
    path = f"/articles/{made['article']}/variants/ar"
    sent = {"copy_from": "fa", "title": "کتاب"}
    answer = desk.call("PUT", path, sent, if_none_match="*", expect=201)
    assert [one[:2] for one in told(answer)] == [("/title", "persian_letter"), *source]

    changes = {"lead": "باغ", "authors": [], "body": {"html": "<p>باغ</p>"}}
    etag = desk.variant(made["article"], "fa").headers["ETag"]
    answer = desk.call("PATCH", address_of(made), changes, if_match=etag, expect=200)
    assert told(answer) == []
    restore = f"{address_of(made)}/revisions/1/restore"
    answer = desk.call("POST", restore, {}, if_match=answer.headers["ETag"], expect=200)
    assert sorted(one[:2] for one in told(answer)) == sorted([*source, ("/authors/0", "latin_punctuation")])


def test_steps_write_no_text_and_say_nothing(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    made = data(create(desk, lead="چرا?"))
    for step in ("submit", "return", "submit", "approve", "publish", "unpublish", "archive"):
        etag = desk.variant(made["article"], "fa").headers["ETag"]
        assert told(desk.call("POST", f"{address_of(made)}/{step}", {}, if_match=etag, expect=200)) == [], step
    etag = desk.variant(made["article"], "fa").headers["ETag"]
    desk.call("DELETE", address_of(made), if_match=etag, expect=204)
    assert told(desk.call("POST", f"/trash/{made['id']}/restore", {}, expect=200)) == []


def test_another_language_and_code_are_passed_over_and_foreign_blocks_checked_by_their_own_rules(app: Flask) -> None:
    open_house(app, "fa", "ar")
    desk = desk_for(app)
    blocks = [
        {"type": "paragraph", "html": 'گفت: <span lang="ar">كتاب علي?</span> و <code>a,b  ;</code>'},
        {"type": "paragraph", "html": "كتاب علي في البيت", "lang": "ar"},
        {"type": "paragraph", "html": "کتاب", "lang": "ar"},
        {"type": "code", "text": "چرا?  نه,"},
        {"type": "quote", "html": "Nje liber", "lang": "sq"},
    ]
    assert told(create(desk, body={"blocks": blocks})) == [
        ("/body/blocks/2/html", "persian_letter", 0, 1, "ك"),
        ("/body/blocks/4/html", "missing_diacritic", 0, 3, "Një"),
        ("/body/blocks/4/html", "missing_diacritic", 4, 9, "libër"),
    ]


def test_a_quotation_may_go_from_block_to_block(app: Flask) -> None:
    open_house(app, "fa")
    desk = desk_for(app)
    assert told(create(desk, body={"html": "<p>گفت: «یک</p><p>«دو»</p>"})) == []
    assert told(create(desk, body={"html": "<p>گفت: «یک</p><p>دو</p>"})) == [
        ("/body/blocks/0/html", "unbalanced", 5, 6, None)
    ]


def test_digits_are_those_of_the_edition(app: Flask) -> None:
    open_house(app, "fa", numbering="latn")
    answer = create(desk_for(app), body={"html": "<p>12 روز</p><p>۳ شب</p>"})
    assert told(answer) == [("/body/blocks/1/html", "mixed_digits", 0, 1, "3")]


def test_fifty_warnings_are_told_the_errors_first(app: Flask) -> None:
    open_house(app, "fa")
    answer = create(desk_for(app), lead="باغ  سبز", body={"html": "<p>نه, نه, </p>" * 40 + "<p>كتاب</p>" * 3})
    warnings = warnings_of(answer)
    assert len(warnings) == WARNINGS_MOST
    assert [one["severity"] for one in warnings] == ["error"] * 3 + ["warning"] * (WARNINGS_MOST - 3)
    assert warnings[3]["pointer"] == "/lead"


def test_sections_tags_and_people_are_told_of_in_each_language(app: Flask) -> None:
    open_house(app, "fa", "sq")
    desk = desk_for(app)
    names = {"fa": {"name": "كتاب", "description": "باغ  سبز"}, "sq": {"name": "Nje liber"}}
    for plural in ("sections", "tags", "people"):
        answer = desk.call("POST", f"/{plural}", {"names": names}, expect=201)
        assert {one[:2] for one in told(answer)} == {
            ("/names/fa/name", "arabic_letter"),
            ("/names/fa/description", "double_space"),
            ("/names/sq/name", "missing_diacritic"),
        }
        made = data(answer)
        assert made["names"]["fa"]["name"] == "كتاب"
        path = f"/{plural}/{made['id']}"
        change = {"names": {"fa": {"name": "چرا?"}, "sq": None}}
        answer = desk.call("PATCH", path, change, if_match=answer.headers["ETag"], expect=200)
        assert told(answer) == [("/names/fa/name", "latin_punctuation", 3, 4, "؟")]
        assert told(desk.call("GET", path, expect=200)) == []


def test_an_editions_own_words_are_told_of(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    body = {"locale": "fa", "title": "كتاب", "tagline": "چرا?", "copyright": "باغ (سبز", "native_name": "فارسي"}
    answer = desk.call("POST", "/editions", body, expect=201)
    assert {one[:2] for one in told(answer)} == {
        ("/native_name", "arabic_letter"),
        ("/title", "arabic_letter"),
        ("/tagline", "latin_punctuation"),
        ("/copyright", "unbalanced"),
    }
    assert data(answer)["title"] == "كتاب"
    etag = desk.call("GET", "/editions/fa").headers["ETag"]
    answer = desk.call("PATCH", "/editions/fa", {"tagline": "نه, باغ"}, if_match=etag, expect=200)
    assert [one[:2] for one in told(answer)] == [("/tagline", "latin_punctuation")]
    assert told(desk.call("GET", "/editions/fa")) == []
