"""Nothing executable comes out of a body or an address, whatever goes in; and nothing harmless is lost."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nejat_cms.content.rules import inline
from nejat_cms.content.rules.assets import asset_refs, shown_blocks
from nejat_cms.content.rules.blocks import Block, load_blocks, parse_html, render_html, render_text, sanitize_inline
from nejat_cms.errors import InvalidError
from nejat_cms.urls import http_url, safe_url
from tests.content.rules.oracle import findings, text_of

VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "security" / "xss.jsonl"

ASSET = "01930000-aaaa-7bbb-8ccc-0123456789ab"

OWN = [
    "<p onclick=alert(1) style='background:url(javascript:1)'>x</p>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\u2028javascript:alert(1)'>x</a>",
    "<a href='java\u2028script:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/\\evil.example'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    '<abbr title="</abbr><script>alert(1)</script>">x</abbr>',
    "<abbr title='\"><img src=x onerror=alert(1)>'>x</abbr>",
    "<span lang='\"><script>alert(1)</script>'>x</span>",
    "<span dir='rtl\" onmouseover=alert(1) x=\"'>x</span>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>script>alert(1)//<</script>/script>",
    "<img src=x onerror=alert(1)//",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<p data-block='\" onclick=alert(1) x=\"'>x</p>",
    "<pre data-language='x\" onclick=\"alert(1)'><code class='language-\"onclick=alert(1)'>x</code></pre>",
    "<nav class=contents><li data-page='\"><script>alert(1)</script>' data-article='\"'>x</li></nav>",
    "<iframe src='https://www.youtube.com.evil.example/embed/dQw4w9WgXcQ'></iframe>",
    "<iframe src='javascript:alert(1)'></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<figure><a href='javascript://www.youtube.com/watch?v=dQw4w9WgXcQ%0aalert(1)'>x</a></figure>",
    "<b\x00 onclick=alert(1)>x</b><scr\x00ipt>alert(1)</script>",
    "<blockquote cite='javascript:alert(1)'>x<cite><script>alert(1)</script></cite></blockquote>",
    "<table background='javascript:alert(1)'><td colspan='1 onclick=alert(1)'>x</table>",
    f"<figure><img data-asset={ASSET} onerror=alert(1) src=x alt='\"><script>alert(1)</script>'></figure>",
    f"<figure class=gallery onclick=alert(1)><img data-asset={ASSET} srcset='javascript:1 1w'><img src=x onerror=1>",
    f"<img data-asset='{ASSET}\" onerror=\"alert(1)'><img data-asset='{ASSET}\n'><img data-poster=javascript:1>",
    f"<video data-asset={ASSET} data-poster='x\"' src=javascript:1 onloadstart=alert(1)><source onerror=1></video>",
    f"<p class=file><a data-asset={ASSET} href='javascript:alert(1)' download='x' onclick=1><img src=x>l</a></p>",
    f"<p class='file'><a data-asset={ASSET}>a</a><a data-asset={ASSET} href='javascript:alert(1)'>b</a>",
    f"<svg><img data-asset={ASSET}></svg><video><img data-asset={ASSET}></video><noscript><img data-asset={ASSET}>",
    "<base href='https://evil.example'><meta http-equiv=refresh content='0;url=javascript:1'>",
]


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    return [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]


def assert_harmless(html: str) -> None:
    body, _removed = parse_html(html)
    out = render_html(body)
    assert findings(out) == []
    assert parse_html(out) == (body, [])
    assert_harmless_where_shown(body)

    line, removed = sanitize_inline(html)
    assert not [removal for removal in removed if removal.reason == "markup"], "two sanitisers agree"
    assert findings(line, blocks=False) == []
    assert sanitize_inline(line) == (line, [])
    assert findings(f"<p>{line}</p>") == [], "harmless wherever it is put"

    for block in (
        {"type": "paragraph", "html": html},
        {"type": "list", "items": [html, {"html": html, "items": [html]}]},
        {"type": "table", "rows": [[html, html]], "header": True},
        {"type": "quote", "html": "x", "cite": html[:400]},
        {"type": "code", "text": html, "language": "html"},
        {"type": "contents", "items": [{"label": html[:400], "page": '"><i>&', "article": ASSET}]},
        {"type": "video", "url": "https://vimeo.com/1", "caption": html, "poster": ASSET},
        {"type": "video", "asset": ASSET, "poster": ASSET, "caption": html},
        {"type": "image", "asset": ASSET, "alt": html[:500], "caption": html},
        {"type": "gallery", "items": [{"asset": ASSET, "alt": html[:500], "caption": html}, {"asset": ASSET}]},
        {"type": "file", "asset": ASSET, "label": html[:150]},
    ):
        try:
            loaded, _removed = load_blocks([block])
        except InvalidError as error:
            if {problem.code for problem in error.problems} - {"required"}:
                raise
            continue  # nothing was left of it
        out = render_html(loaded)
        assert findings(out) == []
        assert load_blocks(loaded) == (loaded, [])
        assert parse_html(out) == (loaded, [])
        assert_harmless_where_shown(loaded, html)


def assert_harmless_where_shown(blocks: list[Block], said: str = '"><script>alert(1)</script>') -> None:
    """As readers are shown it, with a library that says `said` of everything."""
    named = {ref.id for ref in asset_refs("article", None, {}, blocks)}
    pictures = {str(asset): picture(said) for asset in named}
    files = {str(asset): {"url": "/media/x", "name": said, "caption": said, "image": None} for asset in named}
    articles = {ASSET: {"id": ASSET, "url": 'https://example.org/"><script>', "slug": "x", "title": said}}
    shown = render_html(shown_blocks(blocks, pictures, files, articles))
    assert findings(shown, shown=True) == []
    assert parse_html(shown) == (blocks, [])


def picture(said: str) -> dict[str, Any]:
    wide = {"url": '/media/x/wide/"><i>.webp', "width": 1280, "height": 720}
    return {"alt": said, "caption": said, "srcset": '/media/"<b> 1280w', "renditions": {"wide": wide}}


@pytest.mark.parametrize("html", OWN)
def test_hostile_html_comes_out_harmless_and_stays_so(html: str) -> None:
    assert_harmless(html)


@pytest.mark.skipif(not VECTORS.exists(), reason="the public vectors are not beside the repository")
def test_no_public_vector_survives_in_a_body() -> None:
    for vector in vectors():
        try:
            assert_harmless(vector["input"])
        except AssertionError as error:
            raise AssertionError(vector["id"]) from error


@pytest.mark.skipif(not VECTORS.exists(), reason="the public vectors are not beside the repository")
def test_no_public_vector_survives_as_an_address() -> None:
    for vector in vectors():
        url = vector["input"]
        if vector["ctx"] == "url_field":
            assert http_url(url) is None, vector["id"]
            if vector["verdict"] == "reject":
                assert safe_url(url) is None, vector["id"]
        kept = safe_url(url)
        if kept is not None:
            assert findings(f'<a href="{inline.escape_attribute(kept)}">x</a>') == [], vector["id"]
            assert safe_url(kept) == kept, vector["id"]


@pytest.mark.skipif(not VECTORS.exists(), reason="the public vectors are not beside the repository")
def test_a_public_vector_typed_as_text_is_text() -> None:
    for vector in vectors():
        if vector["ctx"] == "plain_text":
            typed = inline.escape_text(vector["input"])
            assert text_of(sanitize_inline(typed)[0]) == " ".join(load_or_blank(vector["input"]).split()), vector["id"]


def load_or_blank(text: str) -> str:
    """The text as a caption keeps it."""
    try:
        blocks, _removed = load_blocks([{"type": "video", "url": "https://vimeo.com/1", "caption": text}])
    except InvalidError:
        return ""
    caption: str = blocks[0].get("caption", "")
    return caption


BLOCK_TAGS = "p div h1 ul ol li blockquote cite footer table tr td th pre nav figure figcaption hr"
INLINE_TAGS = "code b i a span ruby rt rp br bdi script svg"
TAGS = f"{BLOCK_TAGS} {INLINE_TAGS}".split()
PIECES = [f"<{name}>" for name in TAGS] + [f"</{name}>" for name in TAGS]
PIECES += ["<a href='/x'>", "<a href='javascript:1'>", "<span lang=fa>", "<em dir=rtl>", "<ruby lang=ja>"]
PIECES += [
    f"<img data-asset={ASSET} alt='&quot;x'>",
    f"<img data-poster={ASSET}>",
    f"<video data-asset={ASSET}></video>",
]
PIECES += ["<figure class=gallery>", "<figcaption data-library>", "<p class=file>", f"<a data-asset={ASSET} href='/y'>"]
PIECES += ["<nav class=contents>", "<p data-block=q1>", "<td colspan=3 rowspan=2>", "<pre class=verse>", "<!--", "-->"]
PIECES += ["https://youtu.be/dQw4w9WgXcQ", "<abbr title='&lt;'>", "a", "b c", " ", "\n", "&lt;", "&amp;amp;", "— x"]
PIECES += ["\u2067", "\u2069", "\u202e", "سلام", "می\u200cخواهم", "&nbsp;"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.text(max_size=60)))
def test_any_html_comes_out_harmless_and_stays_so(html: str) -> None:
    assert_harmless(html)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80))
def test_text_that_is_escaped_comes_back_as_it_was_cleaned(text: str) -> None:
    blocks, removed = parse_html(f"<p>{inline.escape_text(text)}</p>")
    assert removed == []
    assert render_text(blocks).strip() == load_or_blank(text)


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 100_000 + "x",
        "<div>" * 100_000 + "x",
        "<ul><li>" * 60_000 + "x",
        "<span>" * 50_000 + "</x>" * 50_000 + "x",
        "<p>" + "".join(f"<b class={n}>" for n in range(3_000)) + "<p>" * 30_000 + "x",
        "<a href=/" + "y" * 1_900 + ">" + "<li>" * 50_000 + "x",
        "<p " + " ".join(f"a{n}" for n in range(100_000)) + ">x",
        "<blockquote>" * 60_000 + "x",
        "<table><tr><td>" * 40_000 + "x",
        "<section><table><td>" + "<div>" * 40_000 + "</section>" * 40_000 + "x",
        "<!--" * 100_000 + "x",
        "<svg>" * 100_000 + "x",
        "<" * 400_000 + "x",
        "&" * 300_000 + "x",
        "&#" + "9" * 1_000_000 + ";x",
        "x<a b='" + '<a b="' * 100_000,
    ],
    ids=lambda html: html[:24],
)
def test_nesting_and_repetition_cost_time_in_proportion(html: str) -> None:
    start = time.process_time()
    body, _removed = parse_html(html)
    line, _removed = sanitize_inline(html)
    assert time.process_time() - start < 6, "quadratic readers need minutes"
    assert "x" in render_text(body)
    assert "x" in text_of(line)
    assert parse_html(render_html(body))[0] == body


def test_text_on_which_a_second_sanitiser_disagrees_is_kept_as_both_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stricter:
        def clean(self, html: str) -> str:
            return html.replace("<em>", "").replace("</em>", "")

    monkeypatch.setattr(inline, "_SECOND_OPINION", Stricter())
    html, removed = sanitize_inline("<em>a</em> <strong>b</strong>", "/x")
    assert html == "a <strong>b</strong>"
    assert [removal.as_dict() for removal in removed] == [{"pointer": "/x", "what": "html", "reason": "markup"}]
