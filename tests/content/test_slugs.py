"""Slugs: made from titles of four scripts, one thing each, and never lost by renaming."""

import unicodedata
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nejat_cms.language.slugs import RESERVED_SLUGS, SLUG_MAX, InvalidSlugError, check_slug
from tests.newsroom import Desk, address_of, data, desk_for, open_house, read


def goes_to(client: FlaskClient, path: str) -> str | int:
    """The slug a public path redirects to, or else its status."""
    answer = client.get(f"/v1{path}")
    if answer.status_code != 301:
        return answer.status_code
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    said = data(answer)
    assert set(said) == {"slug", "url"}
    assert said["url"].endswith(f"/{said['slug']}")
    assert client.get(answer.headers["Location"]).status_code == 200
    return said["slug"]  # type: ignore[no-any-return]


def refused_slug(desk: Desk, locale: str, slug: str, *, code: str = "slug_taken", status: int = 409) -> None:
    body = {"kind": "article", "locale": locale, "title": "x", "slug": slug}
    desk.refused("POST", "/articles", body, status=status, code=code)


def withdraw(desk: Desk, variant: dict[str, Any]) -> dict[str, Any]:
    return desk.step(variant, "unpublish")


def bin_(desk: Desk, variant: dict[str, Any]) -> None:
    etag = desk.variant(variant["article"], variant["locale"]).headers["ETag"]
    desk.call("DELETE", address_of(variant), if_match=etag, expect=204)


@pytest.mark.parametrize(
    ("locale", "title", "slug"),
    [
        ("en", "Crème brûlée & Co.: A Guide!", "crème-brûlée-co-a-guide"),
        ("ar", "حُقوق الإنسان", "حقوق-الإنسان"),
        ("fa", "می‌خواهم بدانم؟", "می-خواهم-بدانم"),
        ("sq", "Ç’është Ë-ja në Shqipëri", "ç-është-ë-ja-në-shqipëri"),
        ("en", "🎈🎈", "article"),
        ("en", "Search", "search-2"),
    ],
)
def test_a_title_becomes_a_slug_in_its_own_letters(app: Flask, locale: str, title: str, slug: str) -> None:
    open_house(app)
    assert desk_for(app).write(locale, title)["slug"] == slug


HIDDEN = [*range(1, 0x20), *range(0x7F, 0xA0), 0x61C, *range(0x200B, 0x2010), *range(0x2028, 0x202F)]
HIDDEN += [*range(0x2060, 0x2070), 0xFEFF, 0xFFF9, 0xE0041]


def test_no_slug_is_empty_nor_holds_what_nobody_sees(app: Flask) -> None:
    """Of no kind of thing: controls, bidi characters and fillers are left out of a name and refused in a slug."""
    open_house(app, "fa")
    desk = desk_for(app)
    hidden = "".join(map(chr, HIDDEN))
    name = "".join(f"ن{char}" for char in hidden)
    for title, fallback in ((name, None), (f"\u202e{name}\u2066", None), ("!؟…", "article"), ("🎈\u200d🎈", "article")):
        slug = desk.write("fa", title)["slug"]
        assert slug.startswith(fallback or "ن")
        assert not set(slug) & set(hidden)
    for char in set(hidden) - {"\u200c"}:  # ZWNJ is a letter's neighbour, and becomes a hyphen
        with pytest.raises(InvalidSlugError):
            check_slug(f"ن{char}ن")
    for char in "\x01\x85\u200f\u202e\u2066\ufeff":
        refused_slug(desk, "fa", f"ن{char}ن", code="invalid", status=422)
    for slug in ("", "-", "--", "\u200c", "ـ", " ", "\u0301", "%20"):
        refused_slug(desk, "fa", slug, code="invalid", status=422)
        for terms in ("sections", "tags", "people"):
            body = {"names": {"fa": {"name": "ن", "slug": slug}}}
            desk.refused("POST", f"/{terms}", body, status=422, code="invalid", at="/names/fa/slug")


@pytest.mark.parametrize(
    "letter",
    ["e\u0323\u0301\u0308", "é", "क्षि", "한", "\U00010300"],
    ids=["marks", "accent", "conjunct", "syllable", "astral"],
)
def test_a_long_title_is_cut_between_characters_and_so_is_its_number(app: Flask, letter: str) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    title = (letter * 300)[: 300 // len(letter) * len(letter)]
    whole = unicodedata.normalize("NFC", letter)
    slugs = [desk.write("en", title)["slug"] for _ in range(3)]
    for number, slug in enumerate(slugs, 1):
        stem = slug if number == 1 else slug.removesuffix(f"-{number}")
        assert SLUG_MAX - 2 * len(whole) < len(slug) <= SLUG_MAX
        assert stem == whole * (len(stem) // len(whole))
    assert len(set(slugs)) == 3
    refused_slug(desk, "en", "a" * (SLUG_MAX + 1), code="invalid", status=422)
    assert desk.write("en", "x", slug="a" * SLUG_MAX)["slug"] == "a" * SLUG_MAX


def test_the_next_of_a_name_gets_a_number_and_a_renamed_title_keeps_its_slug(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    slugs = [desk.write("en", "Tea", kind=kind)["slug"] for kind in ("article", "page", "brief")]
    assert slugs == ["tea", "tea-2", "tea-3"]
    assert desk.write("fa", "Tea")["slug"] == "tea"
    first = desk.write("en", "Milk")
    assert desk.edit(first, title="Honey")["slug"] == "milk"


def test_a_slug_that_is_taken_or_looks_the_same_is_refused(app: Flask) -> None:
    open_house(app, "fa", "ar")
    desk = desk_for(app)
    made = desk.write("fa", "x", slug="کتابی")
    for slug in ("کتابی", "كتابي", "کتابـی", "کِتابی"):
        refused_slug(desk, "fa", slug)
    other = desk.write("fa", "y", slug="دیگر")
    etag = desk.variant(other["article"], "fa").headers["ETag"]
    desk.refused("PATCH", address_of(other), {"slug": "كتابي"}, status=409, code="slug_taken", if_match=etag)
    assert desk.write("fa", "كتابي")["slug"] == "كتابي-2"
    assert desk.write("ar", "x", slug="كتابي")["slug"] == "كتابي"
    assert desk.edit(made, slug="كتابي")["slug"] == "كتابي"
    desk.call("POST", "/tags", {"names": {"fa": {"name": "x", "slug": "کتابی"}}}, expect=201)


@pytest.mark.parametrize("slug", ["feed.atom", "sections", "tags", "people", "kinds", "SEARCH", "archive"])
def test_a_reserved_slug_is_refused(app: Flask, slug: str) -> None:
    open_house(app, "en")
    refused_slug(desk_for(app), "en", slug, code="invalid", status=422)


def test_a_slug_is_read_decoded_encoded_and_folded(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa")
    desk_for(app).published("fa", "می‌خواهم")
    for path in ("می-خواهم", "%D9%85%DB%8C-%D8%AE%D9%88%D8%A7%D9%87%D9%85", "مي-خواهم", "می‌خواهم"):
        assert read(client, f"/fa/articles/{path}")["slug"] == "می-خواهم"


LOOKALIKES = (*sorted(RESERVED_SLUGS), "FEED.ATOM", "séarch", "ｔａｇｓ", "-People-", "arch\u0130ve")


def test_no_slug_is_a_reserved_word_nor_looks_like_one(app: Flask) -> None:
    """Of no kind of thing, chosen or made from a title."""
    open_house(app, "en")
    desk = desk_for(app)
    for slug in LOOKALIKES:
        refused_slug(desk, "en", slug, code="invalid", status=422)
        for terms in ("sections", "tags", "people"):
            names = {"names": {"en": {"name": "x", "slug": slug}}}
            desk.refused("POST", f"/{terms}", names, status=422, code="invalid")
    for title in ("Search", "TAGS!", "Séarch"):
        slug = desk.write("en", title)["slug"]
        assert slug.endswith("-2"), title
        made = data(desk.call("POST", "/tags", {"names": {"en": {"name": title}}}, expect=201))
        assert made["names"]["en"]["slug"] not in RESERVED_SLUGS


FORMS = {
    "as it is": "می-خواهم-ë",
    "encoded": "%D9%85%DB%8C-%D8%AE%D9%88%D8%A7%D9%87%D9%85-%C3%AB",
    "encoded in small letters": "%d9%85%db%8c-%d8%ae%d9%88%d8%a7%d9%87%d9%85-%c3%ab",
    "in part": "%D9%85ی-خواهم-%C3%AB",
    "decomposed": "می-خواهم-e\u0308",
    "decomposed and encoded": "%D9%85%DB%8C-%D8%AE%D9%88%D8%A7%D9%87%D9%85-e%CC%88",
    "on another keyboard": "مي-خواهم-Ë",
    "with ZWNJ": "می\u200cخواهم-ë",
    "with ZWNJ, encoded": "%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85-%C3%AB",
    "with hyphens at the ends": "-می-خواهم--ë-",
}


def test_every_address_takes_its_slug_in_every_form(app: Flask, client: FlaskClient) -> None:
    """Of articles, sections, tags and people, in paths and in filters; encoded twice it is another one."""
    open_house(app, "fa")
    desk = desk_for(app)
    name = "می‌خواهم Ë"
    section = data(desk.call("POST", "/sections", {"names": {"fa": {"name": name}}}, expect=201))
    desk.published("fa", name, sections=[section["id"]], tags=[name], authors=[name])
    for form, slug in FORMS.items():
        for kind in ("articles", "sections", "tags", "people"):
            assert read(client, f"/fa/{kind}/{slug}")["slug"] == "می-خواهم-ë", (kind, form)
        for filter_ in ("section", "tag", "author"):
            assert len(read(client, f"/fa/articles?{filter_}={slug}")) == 1, (filter_, form)
            assert len(read(client, f"/fa/search?q=می&{filter_}={slug}")) == 1, (filter_, form)
    for kind in ("articles", "sections", "tags", "people"):
        for wrong in ("%25D9%2585%25DB%258C", "میخواهم-ë", "می-خواهم", "می-خواهم-ë%2F", "می-خواهم-ë%00", "%FF"):
            assert client.get(f"/v1/fa/{kind}/{wrong}").status_code in (400, 404), (kind, wrong)


def test_a_renamed_slug_redirects_within_its_edition_from_its_next_publication(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    made = desk.published("en", "Old")
    desk.edit(made, slug="new")
    assert (goes_to(client, "/en/articles/old"), goes_to(client, "/en/articles/new")) == (200, 404)
    refused_slug(desk, "en", "old")
    refused_slug(desk, "en", "new")
    desk.publish(made)
    assert (goes_to(client, "/en/articles/old"), goes_to(client, "/en/articles/new")) == ("new", 200)
    assert goes_to(client, "/fa/articles/old") == 404
    desk.publish(desk.edit(made, slug="newer"))
    assert [goes_to(client, f"/en/articles/{slug}") for slug in ("old", "new", "newer")] == ["newer", "newer", 200]


def test_renaming_there_and_back_makes_no_loop(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "A")
    for slug in ("b", "a", "b", "a"):
        desk.publish(desk.edit(made, slug=slug))
    assert (goes_to(client, "/en/articles/a"), goes_to(client, "/en/articles/b")) == (200, "a")


def test_a_former_slug_yields_to_whoever_is_live_there(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    first = desk.published("en", "One")
    desk.publish(desk.edit(first, slug="uno"))
    second = desk.write("en", "Two", slug="one")
    assert goes_to(client, "/en/articles/one") == "uno"
    desk.publish(second)
    assert read(client, "/en/articles/one")["title"] == "Two"
    desk.publish(desk.edit(second, slug="dos"))
    assert goes_to(client, "/en/articles/one") == "dos"
    desk.publish(desk.edit(first, slug="one"))
    assert read(client, "/en/articles/one")["title"] == "One"
    assert goes_to(client, "/en/articles/uno") == "one"


def test_a_withdrawn_slug_stays_taken_and_says_so(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.published("en", "Gone")
    desk.publish(desk.edit(made, slug="gone-again"))
    withdraw(desk, made)
    for slug in ("gone", "gone-again"):
        problem = read(client, f"/en/articles/{slug}", expect=410)
        assert problem["code"] == "gone"
        assert "Gone" not in str({name: value for name, value in problem.items() if name != "title"})
    desk.edit(made, slug="elsewhere")
    refused_slug(desk, "en", "gone-again")
    refused_slug(desk, "en", "elsewhere")
    desk.publish(made)
    assert [goes_to(client, f"/en/articles/{slug}") for slug in ("gone", "gone-again")] == ["elsewhere"] * 2
    assert desk.write("en", "Free", slug="gone-again")["slug"] == "gone-again"


def test_a_deleted_article_is_410_where_it_was_published_and_404_where_it_was_not(
    app: Flask, client: FlaskClient
) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    public = desk.published("en", "Public")
    withdraw(desk, public)
    desk.edit(public, slug="never-shown")
    secret = desk.write("en", "Secret")
    bin_(desk, public)
    bin_(desk, secret)
    assert [goes_to(client, f"/en/articles/{slug}") for slug in ("public", "never-shown", "secret", "nothing")] == [
        410,
        404,
        404,
        404,
    ]
    assert goes_to(client, f"/articles/{public['article']}") == 410
    assert goes_to(client, f"/articles/{secret['article']}") == 404
    refused_slug(desk, "en", "public")
    assert desk.write("en", "Secret")["slug"] == "secret"
    assert desk.write("en", "Never shown")["slug"] == "never-shown"


def test_a_draft_slug_that_was_given_up_is_free_at_once(app: Flask) -> None:
    open_house(app, "en")
    desk = desk_for(app)
    made = desk.write("en", "Draft")
    desk.edit(made, slug="other")
    assert desk.write("en", "Draft")["slug"] == "draft"


def test_terms_have_slugs_of_their_own_kind(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    named = {"names": {"en": {"name": "Sea"}, "fa": {"name": "دریا"}}}
    section = data(desk.call("POST", "/sections", named, expect=201))
    assert section["names"]["fa"]["slug"] == "دریا"
    assert (
        data(desk.call("POST", "/sections", {"names": {"en": {"name": "SEA"}}}, expect=201))["names"]["en"]["slug"]
        == "sea-2"
    )
    taken = {"names": {"en": {"name": "Ocean", "slug": "sea"}}}
    desk.refused("POST", "/sections", taken, status=409, code="slug_taken")
    desk.call("POST", "/tags", taken, expect=201)
    path = f"/sections/{section['id']}"
    etag = desk.call("GET", path).headers["ETag"]
    names = {"en": {"name": "Ocean", "slug": "ocean"}}
    desk.call("PATCH", path, {"names": names}, if_match=etag, expect=200)
    assert goes_to(client, "/en/sections/sea") == "ocean"
    assert goes_to(client, "/fa/sections/دریا") == 200
