"""What of a body is prose, and where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.content.rules.blocks import Block, load_blocks
from nejat_cms.content.rules.inline import inline_text, sanitize_inline
from nejat_cms.content.rules.prose import prose_text, variant_passages
from nejat_cms.language.checks import PLACEHOLDER


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("باغ <em>سبز</em>", "باغ سبز"),
        ("a &amp; b &lt; c", "a & b < c"),
        ("یک<br>دو", "یک\nدو"),
        ("کد <code>a, b?</code>؟", "کد ~~~~~؟"),
        ('واژهٔ <span lang="ar">كتاب</span> را', "واژهٔ ~~~~ را"),
        ('واژهٔ <span lang="fa">کتاب</span> <span dir="ltr">را</span>', "واژهٔ کتاب را"),
        ('<span lang="ar">كم<br>ما <em>هو</em> <span lang="fa">یک</span></span> دو', "~~\n~~~~~~~~ دو"),
        ("<ruby>باغ<rp>(</rp><rt>bagh</rt><rp>)</rp></ruby> سبز", "باغ~~~~~~ سبز"),
        ('<a href="https://example.org/?a=1&amp;b">نشانی</a>', "نشانی"),
    ],
)
def test_prose_is_blanked_where_it_is_none(html: str, text: str) -> None:
    assert sanitize_inline(html)[0] == html
    assert prose_text(html, "fa") == text.replace("~", PLACEHOLDER)


@given(st.text(alphabet=st.sampled_from("ab &<>/")) | st.lists(st.sampled_from(
    ["<em>", "</em>", "<code>", "</code>", "<br>", '<span lang="ar">', "</span>", "a", " ", "&amp;", "<b>x"]
)).map("".join))  # fmt: skip
def test_places_are_those_of_the_text(html: str) -> None:
    kept = sanitize_inline(html)[0]
    text = inline_text(kept)
    assert len(prose_text(kept, "en")) == len(text)
    assert all(shown in (PLACEHOLDER, char) for shown, char in zip(prose_text(kept, "en"), text, strict=True))


ASSET = "01930000-bbbb-7bbb-8ccc-0123456789ab"


def test_every_text_is_found_at_its_pointer() -> None:
    raw: list[Block] = [
        {"type": "paragraph", "html": "p"},
        {"type": "list", "items": ["i", {"html": "j", "items": ["k"]}]},
        {"type": "quote", "html": "q", "cite": "c", "lang": "fa"},
        {"type": "table", "rows": [["r", ""], ["", "s"]]},
        {"type": "code", "text": "a,b"},
        {"type": "contents", "items": [{"label": "l"}]},
        {"type": "divider"},
        {"type": "video", "url": "https://youtu.be/dQw4w9WgXcQ", "caption": "v"},
        {"type": "image", "asset": ASSET, "alt": "y", "caption": "z"},
        {"type": "gallery", "items": [{"asset": ASSET}, {"asset": ASSET, "caption": "a"}]},
        {"type": "file", "asset": ASSET, "label": "b"},
    ]
    variant = {
        "locale": "en",
        "title": "t",
        "lead": "d",
        "seo": {"title": "x", "description": None, "noindex": False},
        "fields": {"author": "w", "year": 2020, "cover": ASSET, "pictures": [{"asset": ASSET, "alt": "e"}]},
        "tags": ["g"],
        "authors": ["m", "n"],
        "translators": [],
        "source": {"name": "Not ours", "url": None},
        "body": {"blocks": load_blocks(raw)[0], "html": ""},
    }
    passages = list(variant_passages(variant, variant))
    texts = {at: text for passage in passages for at, text in passage.texts.items()}
    assert texts == {
        "/title": "t", "/lead": "d", "/seo/title": "x", "/fields/author": "w", "/tags/0": "g", "/authors/0": "m",
        "/authors/1": "n", "/body/blocks/0/html": "p", "/body/blocks/1/items/0": "i",
        "/body/blocks/1/items/1/html": "j", "/body/blocks/1/items/1/items/0": "k", "/body/blocks/2/html": "q",
        "/body/blocks/2/cite": "c",
        "/body/blocks/3/rows/0/0": "r", "/body/blocks/3/rows/0/1": "", "/body/blocks/3/rows/1/0": "",
        "/body/blocks/3/rows/1/1": "s", "/body/blocks/5/items/0/label": "l", "/body/blocks/7/caption": "v",
        "/body/blocks/8/alt": "y", "/body/blocks/8/caption": "z", "/body/blocks/9/items/1/caption": "a",
        "/body/blocks/10/label": "b", "/fields/pictures/0/alt": "e",
    }  # fmt: skip
    farsi = [passage for passage in passages if passage.locale == "fa"]
    assert [set(passage.texts) for passage in farsi] == [{"/body/blocks/2/html", "/body/blocks/2/cite"}]
    assert [set(passage.texts) for passage in variant_passages(variant, {"lead"})] == [{"/lead"}]
