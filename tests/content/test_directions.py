"""Which way a text runs: what a writer says about her quotations is kept, and what could turn a text around is not."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import desk_for, open_house, read

QUOTED = "To be, or not to be (that is the question)."


QUOTATIONS: list[tuple[str, dict[str, str]]] = [
    (f'<blockquote lang="en"><p>{QUOTED}</p></blockquote>', {"lang": "en", "dir": "ltr"}),
    (f'<blockquote lang="EN-us"><p>{QUOTED}</p></blockquote>', {"lang": "en-US", "dir": "ltr"}),
    (f'<blockquote dir="ltr"><p>{QUOTED}</p></blockquote>', {"dir": "ltr"}),
    (f'<div lang="sq"><blockquote>{QUOTED}</blockquote></div>', {"lang": "sq", "dir": "ltr"}),
    (f'<blockquote lang="az"><p>{QUOTED}</p></blockquote>', {"lang": "az", "dir": "ltr"}),
    (f'<blockquote lang="az-Arab"><p>{QUOTED}</p></blockquote>', {"lang": "az-Arab", "dir": "rtl"}),
    (f'<blockquote lang="prs"><p>{QUOTED}</p></blockquote>', {"lang": "fa-AF", "dir": "rtl"}),
    (f'<blockquote lang="en" dir="rtl">{QUOTED}</blockquote>', {"lang": "en", "dir": "rtl"}),
    (f"<blockquote><p>{QUOTED}</p></blockquote>", {}),
    (f'<blockquote lang="x-klingon">{QUOTED}</blockquote>', {}),
    (f'<blockquote lang="xx" dir="up">{QUOTED}</blockquote>', {}),
    (f'<blockquote lang="">{QUOTED}</blockquote>', {}),
]


def test_a_quotation_in_another_language_says_which_and_which_way_it_runs(app: Flask, client: FlaskClient) -> None:
    """One that says nothing, or a language that nobody knows, is kept so; readers are told how it runs."""
    open_house(app, "fa")
    desk = desk_for(app)
    for html, said in QUOTATIONS:
        made = desk.published("fa", "نمایش", body={"html": f"<p>او پرسید:</p>{html}"})
        farsi, quotation = made["body"]["blocks"]
        assert {name: quotation[name] for name in ("lang", "dir") if name in quotation} == said, html
        assert not {"lang", "dir"} & set(farsi)
        shown = read(client, f"/fa/articles/{made['slug']}?body=html,blocks")
        assert (shown["lang"], shown["dir"]) == ("fa", "rtl")
        told = {"dir": "ltr"} | said
        assert shown["body"]["blocks"] == [farsi, quotation | told], html
        attributes = "".join(f' {name}="{told[name]}"' for name in ("lang", "dir") if name in told)
        tag = f'<blockquote data-block="{quotation["id"]}"{attributes}>'
        assert f"{tag}<p>{QUOTED}</p></blockquote>" in shown["body"]["html"], html
        assert f'<p data-block="{farsi["id"]}">' in shown["body"]["html"]
    block = {"type": "quote", "html": QUOTED, "lang": "en"}
    (kept,) = desk.write("fa", "نمایش", body={"blocks": [block]})["body"]["blocks"]
    assert kept == block | {"id": kept["id"], "dir": "ltr"}


RUNNING: list[tuple[dict[str, Any], str | None]] = [
    ({"type": "paragraph", "html": "Only <em>English</em>, 12."}, "ltr"),
    ({"type": "paragraph", "html": "Python زبان خوبی است."}, None),
    ({"type": "paragraph", "html": "۱۲ + 3 = …"}, None),
    ({"type": "heading", "level": 2, "html": "Appendix"}, "ltr"),
    ({"type": "list", "items": ["One", "Two"], "ordered": False}, "ltr"),
    ({"type": "list", "items": ["One", "دو"], "ordered": False}, None),
    ({"type": "quote", "html": "Yes.", "cite": "کتاب"}, None),
    ({"type": "code", "text": "print('سلام')"}, "ltr"),
    ({"type": "code", "text": "1 + 1"}, "ltr"),
    ({"type": "paragraph", "html": "Left", "dir": "rtl"}, "rtl"),
    ({"type": "divider"}, None),
]


def test_a_block_that_runs_the_other_way_throughout_says_so_to_readers(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa", "en")
    desk = desk_for(app)
    made = desk.published("fa", "نمونه", body={"blocks": [block for block, _ in RUNNING]})
    shown = read(client, f"/fa/articles/{made['slug']}?body=html,blocks,text")["body"]
    for (block, direction), public in zip(RUNNING, shown["blocks"], strict=True):
        assert public.get("dir") == direction, block
        assert (f'data-block="{public["id"]}" dir="{direction}"' in shown["html"]) == (direction is not None), block
    assert [block.get("dir") for block in made["body"]["blocks"]] == [block.get("dir") for block, _ in RUNNING]
    blocks = [{"type": "quote", "html": "به نام مهر"}, {"type": "code", "text": "print(1)"}]
    english = desk.published("en", "Sample", body={"blocks": blocks})
    told = read(client, f"/en/articles/{english['slug']}?body=blocks")["body"]["blocks"]
    assert [block.get("dir") for block in told] == ["rtl", None]


def test_a_word_of_another_language_within_a_sentence_keeps_its_own(app: Flask, client: FlaskClient) -> None:
    open_house(app, "fa")
    html = '<p>کتاب <span lang="en" dir="ltr">Origin</span> و <bdi>C++</bdi> و <em lang="ar">كتاب</em></p>'
    desk_for(app).published("fa", "کتاب", body={"html": html})
    shown = read(client, "/fa/articles/کتاب")["body"]["html"]
    assert '<span lang="en" dir="ltr">Origin</span>' in shown
    assert "<bdi>C++</bdi>" in shown
    assert 'lang="ar"' in shown


TURNED = "\u202e\u202aا\u202c\u202d\u202b\ufeffب\u0007"
KEPT = "می‌خواهم \u200fالف\u200e ه\u200d \u2067abc\u2069 \u061c1"


def test_what_could_turn_a_text_around_is_taken_out_on_write(app: Flask, client: FlaskClient) -> None:
    """Embeddings, overrides and controls go; joiners and marks stay; isolates come in pairs."""
    open_house(app, "fa")
    desk = desk_for(app)
    words: dict[str, Any] = {
        "title": f"{TURNED} {KEPT}",
        "lead": f"{TURNED} {KEPT}\n\u2067{TURNED}",
        "tags": [f"{TURNED}\u2066"],
        "authors": [f"\u2069{TURNED} {KEPT}"],
        "source": {"name": f"{TURNED}{KEPT}", "url": None},
        "seo": {"title": f"{TURNED}\u2068{KEPT}"},
        "body": {
            "html": f"<p>{TURNED} {KEPT} &#x202e;\u2067ج</p><blockquote>{TURNED}<cite>{TURNED}</cite></blockquote>"
        },
    }
    made = desk.write("fa", **words)
    assert made["title"] == f"اب {KEPT}"
    assert made["lead"] == f"اب {KEPT}\n\u2067اب\u2069"
    assert made["tags"] == ["اب\u2066\u2069"]
    assert made["authors"] == [f"اب {KEPT}"]
    assert made["source"]["name"] == f"اب{KEPT}"
    assert made["seo"]["title"] == f"اب\u2068{KEPT}\u2069"
    paragraph, quotation = made["body"]["blocks"]
    assert paragraph["html"] == f"اب {KEPT} \u2067ج\u2069"
    assert (quotation["html"], quotation["cite"]) == ("اب", "اب")
    blocks = [{"type": "paragraph", "html": f"{TURNED}\u2066"}]
    edited = desk.edit(made, body={"blocks": blocks}, note=TURNED)
    assert edited["body"]["blocks"][0]["html"] == "اب\u2066\u2069"
    desk.publish(made)
    told = client.get("/v1/fa/articles?fields=title,lead,tags,people,body,seo,source").text
    assert not set(told) & set("\u202a\u202b\u202c\u202d\u202e\ufeff\u0007")
    assert KEPT in told


def test_an_edition_runs_the_way_of_its_script(app: Flask, client: FlaskClient) -> None:
    open_house(app)
    desk = desk_for(app)
    directions = {"en": "ltr", "sq": "ltr", "ar": "rtl", "fa": "rtl"}
    assert {one["locale"]: one["dir"] for one in read(client, "/editions")} == directions
    for locale, way in directions.items():
        assert desk.published(locale, "Title")["dir"] == way
        assert read(client, f"/{locale}/articles")[0]["dir"] == read(client, f"/{locale}/articles/title")["dir"] == way
        assert read(client, f"/{locale}/search?q=title")[0]["dir"] == way
