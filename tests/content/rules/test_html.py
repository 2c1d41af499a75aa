"""HTML that newsrooms paste becomes blocks, and blocks become the same HTML again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nejat_cms.content.rules.block_types import BODY_BYTES
from nejat_cms.content.rules.blocks import Block, load_blocks, parse_html, render_html, render_text
from nejat_cms.errors import InvalidError
from tests.content.rules.oracle import text_of


def blocks_of(html: str) -> list[Block]:
    return parse_html(html)[0]


def removed_from(html: str) -> list[tuple[str, str]]:
    return [(removal.what, removal.reason) for removal in parse_html(html)[1]]


ASSET = "01930000-bbbb-7bbb-8ccc-0123456789ab"
PICTURE = f'<img data-asset="{ASSET}" alt="x">'
TWO_STRONG = [
    {"type": "paragraph", "html": f"<strong>{strong}</strong>{rest}"} for strong, rest in (("a", ""), ("b", "c"))
]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hello <b>you</b></p>", [{"type": "paragraph", "html": "Hello <strong>you</strong>"}]),
        ("Hello<br>you", [{"type": "paragraph", "html": "Hello<br>you"}]),
        ("one<p>two</p>three", [{"type": "paragraph", "html": word} for word in ("one", "two", "three")]),
        ("<h1>T</h1>", [{"type": "heading", "level": 2, "html": "T"}]),
        ("<h2>T</h2><h6>t</h6>", [{"type": "heading", "level": n, "html": t} for n, t in ((2, "T"), (6, "t"))]),
        ("<h2>T<p>text", [{"type": "heading", "level": 2, "html": "T<br>text"}]),
        ("<h2>T<h3>t", [{"type": "heading", "level": n, "html": t} for n, t in ((2, "T"), (3, "t"))]),
        ("<h2>T<hr>", [{"type": "heading", "level": 2, "html": "T"}, {"type": "divider"}]),
        ("<hr>", [{"type": "divider"}]),
        ("<ol><li>a<li>b</ol>", [{"type": "list", "ordered": True, "items": ["a", "b"]}]),
        (
            "<ul><li>a<ol><li>b</ol><li>c</ul>",
            [{"type": "list", "ordered": False, "items": [{"html": "a", "ordered": True, "items": ["b"]}, "c"]}],
        ),
        (
            "<ul><li>a</li><ul><li>b</li></ul></ul>",
            [{"type": "list", "ordered": False, "items": [{"html": "a", "ordered": False, "items": ["b"]}]}],
        ),
        ("<ul><li><p>a</p><p>b</p></li></ul>", [{"type": "list", "ordered": False, "items": ["a<br>b"]}]),
        ("<ul><li><blockquote>a</blockquote>", [{"type": "list", "ordered": False, "items": ["a"]}]),
        ("<ul>a<li>b</ul>", [{"type": "list", "ordered": False, "items": ["a", "b"]}]),
        ("<li>a<li>b", [{"type": "paragraph", "html": "a"}, {"type": "paragraph", "html": "b"}]),
        ("<blockquote><p>a</p><p>b</p></blockquote>", [{"type": "quote", "html": "a<br><br>b"}]),
        ("<blockquote><p>a</p><cite>— B</cite></blockquote>", [{"type": "quote", "html": "a", "cite": "— B"}]),
        ("<blockquote><p>a</p><footer>— B, <cite>C</cite></footer>", [{"type": "quote", "html": "a", "cite": "B, C"}]),
        ("<blockquote><cite>A</cite><p>b</p></blockquote>", [{"type": "quote", "html": "A<br><br>b"}]),
        ("<blockquote>in <cite>A Book</cite> it is</blockquote>", [{"type": "quote", "html": "in A Book it is"}]),
        ("<blockquote>a<cite>B</cite></blockquote>", [{"type": "quote", "html": "a", "cite": "B"}]),
        ("<blockquote>a<cite>B</cite><p>c</p></blockquote>", [{"type": "quote", "html": "a<br><br>B<br><br>c"}]),
        ("<blockquote><cite>A</cite></blockquote>", [{"type": "paragraph", "html": "A"}]),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>", [{"type": "quote", "html": "a<br><br>b<br><br>c"}]),
        (
            '<pre class="language-python"><code>\nif a &lt; b:\n\treturn  1\n</code></pre>',
            [{"type": "code", "language": "python", "text": "if a < b:\n\treturn  1"}],
        ),
        ("<pre>a<br>b <b>c</b></pre>", [{"type": "code", "text": "a\nb c"}]),
        ('<pre class="wp-block-verse">one\ntwo</pre>', [{"type": "paragraph", "html": "one<br>two"}]),
        (
            "<table><thead><tr><th>A<th>B</thead><tr><td>1<td><i>2</i></table>",
            [{"type": "table", "header": True, "rows": [["A", "B"], ["1", "<em>2</em>"]]}],
        ),
        ("<table><tr><th>A</th></tr><tr><td>1", [{"type": "table", "header": True, "rows": [["A"], ["1"]]}]),
        ("<table><tr><th>A</th><td>1</td></tr>", [{"type": "table", "header": False, "rows": [["A", "1"]]}]),
        (
            "<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>",
            [{"type": "table", "header": False, "rows": [["a", "b", ""], ["", "c", "d"]]}],
        ),
        (
            "<table><caption>C</caption><tr><td>a</table>",
            [{"type": "paragraph", "html": "C"}, {"type": "table", "header": False, "rows": [["a"]]}],
        ),
        (
            "<table><tr><td>a<table><tr><td>b<td>c</table>d</table>",
            [{"type": "table", "header": False, "rows": [["a<br>b<br>c<br>d"]]}],
        ),
        ("<table><tr><td></td></tr></table>", []),
        ("<td>a</td><td>b</td>", [{"type": "paragraph", "html": "a"}, {"type": "paragraph", "html": "b"}]),
        ("<dl><dt>a<dd>b</dl>", [{"type": "paragraph", "html": "a"}, {"type": "paragraph", "html": "b"}]),
        ("<p> </p><p>&nbsp;</p><p><br></p><p><b></b></p><div></div>", []),
        ("<p>a<p>b</p></p>", [{"type": "paragraph", "html": "a"}, {"type": "paragraph", "html": "b"}]),
        ("<b><p>a</p>b</b>c", TWO_STRONG),
        ("<p><b>a<p>b</b>c", TWO_STRONG),
        ("if a < b then", [{"type": "paragraph", "html": "if a &lt; b then"}]),
        ("if a <b then", [{"type": "paragraph", "html": "if a &lt;b then"}]),
        ("a<!-- b", [{"type": "paragraph", "html": "a b"}]),
        ("a<textarea>b</textarea><xmp><i>c</xmp>", [{"type": "paragraph", "html": "ab&lt;i&gt;c"}]),
        ("a<script>b</script><style>c</style><title>d</title>e", [{"type": "paragraph", "html": "ae"}]),
        ("a<script>b</scripts>c</script>d", [{"type": "paragraph", "html": "ad"}]),
        ("a<svg/>b<svg>c</svg>d", [{"type": "paragraph", "html": "abd"}]),
        ("<!doctype html><html><head><title>T</title></head><body><p>a", [{"type": "paragraph", "html": "a"}]),
    ],
)  # fmt: skip
def test_what_is_pasted_becomes_blocks(html: str, expected: list[Block]) -> None:
    blocks = blocks_of(html)
    assert blocks == expected
    assert blocks_of(render_html(blocks)) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<iframe width="1" src="https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0"></iframe>',
        '<p><iframe src="//www.youtube-nocookie.com/embed/dQw4w9WgXcQ"></iframe></p>',
        '<figure class="wp-block-embed"><div>\nhttps://youtu.be/dQw4w9WgXcQ\n</div></figure>',
        '<figure><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">watch</a></figure>',
    ],
)
def test_an_embedded_video_of_an_allowed_provider_is_a_block(html: str) -> None:
    assert blocks_of(html) == [{"type": "video", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}]


def test_the_caption_of_a_figure_belongs_to_its_video() -> None:
    frame = '<iframe src="https://vimeo.com/7"></iframe>'
    figure = f'<figure data-block="v1">{frame}<figcaption>A <b>cat</b></figcaption></figure>'
    assert blocks_of(figure) == [{"id": "v1", "type": "video", "url": "https://vimeo.com/7", "caption": "A cat"}]


def test_a_video_where_none_can_stand_is_a_link() -> None:
    assert blocks_of('<ul><li>a <iframe src="https://vimeo.com/7"></iframe>') == [
        {"type": "list", "ordered": False, "items": ['a <a href="https://vimeo.com/7">https://vimeo.com/7</a>']}
    ]


def test_a_frame_of_anybody_else_is_removed_and_reported() -> None:
    html = '<p>a</p><iframe src="https://example.org/player">fallback</iframe>'
    assert blocks_of(html) == [{"type": "paragraph", "html": "a"}]
    assert removed_from(html) == [("iframe", "url")]


def test_a_picture_is_removed_and_reported_and_its_caption_stays() -> None:
    html = "<figure><img src=/a.jpg alt=x><figcaption>The river</figcaption></figure>"
    assert blocks_of(html) == [{"type": "paragraph", "html": "The river"}]
    assert removed_from(html) == [("img", "element"), ("src", "attribute"), ("alt", "attribute")]


def test_a_picture_of_the_library_is_a_block() -> None:
    html = f'<p>a <img data-asset="{ASSET.upper()}" alt=" x &amp;= y " src="/old.jpg" srcset="/b 1w" width=1> b</p>'
    assert blocks_of(html) == [
        {"type": "paragraph", "html": "a"},
        {"type": "image", "asset": ASSET, "alt": "x &= y"},
        {"type": "paragraph", "html": "b"},
    ]
    assert removed_from(html) == []


def test_the_caption_of_a_figure_belongs_to_its_picture() -> None:
    figure = (
        f'<figure data-block="i1" lang="fa"><a href="/x">{PICTURE}</a><figcaption>A <b>cat</b></figcaption></figure>'
    )
    assert blocks_of(figure) == [
        {"id": "i1", "type": "image", "asset": ASSET, "alt": "x", "caption": "A cat", "lang": "fa", "dir": "rtl"}
    ]


def test_a_gallery_holds_the_pictures_that_stand_in_it_and_loses_no_text() -> None:
    html = (
        f'<figure class="wide gallery" data-block="g">{PICTURE}<figure>{PICTURE}<figcaption>One</figcaption></figure>'
        "<p>text</p><img src=/a.jpg><iframe src='https://vimeo.com/7'></iframe><figcaption>All</figcaption></figure><p>z"
    )
    item = {"asset": ASSET, "alt": "x"}
    assert blocks_of(html) == [
        {"type": "paragraph", "html": "text"},
        {"type": "video", "url": "https://vimeo.com/7"},
        {"type": "paragraph", "html": "All"},
        {"id": "g", "type": "gallery", "items": [item, item | {"caption": "One"}]},
        {"type": "paragraph", "html": "z"},
    ]
    assert removed_from(html) == [("img", "element"), ("src", "attribute")]


def test_a_gallery_of_more_than_two_hundred_pictures_is_refused() -> None:
    assert len(blocks_of(f'<figure class="gallery">{PICTURE * 200}</figure>')[0]["items"]) == 200
    with pytest.raises(InvalidError) as caught:
        parse_html(f'<figure class="gallery">{PICTURE * 201}</figure>')
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [("too_many", "/body/html")]


@pytest.mark.parametrize("tag", ["li", "td", "blockquote", "h2", "nav class=contents", "pre"])
def test_a_picture_or_film_where_none_can_stand_is_removed_and_reported(tag: str) -> None:
    around = {"li": "ul", "td": "table"}.get(tag, "div")
    html = f"<{around}><{tag}>a {PICTURE}<video data-asset={ASSET}></video></{around}>"
    assert render_text(blocks_of(html)) == "a"
    assert {("img", "element"), ("video", "element")} <= set(removed_from(html))


@pytest.mark.parametrize("asset", ["", "x", f"{ASSET}0", f"{ASSET} ", ASSET.replace("-", "")])
def test_what_is_no_id_of_an_asset_names_none(asset: str) -> None:
    html = f"<p>a</p><img data-asset='{asset}'><video data-asset='{asset}'></video>"
    assert blocks_of(html) == [{"type": "paragraph", "html": "a"}]
    assert removed_from(html) == [("img", "element"), ("data-asset", "attribute"), ("video", "element")]


def test_a_poster_belongs_to_the_video_of_its_figure() -> None:
    poster = f'<img data-poster="{ASSET}" alt="">'
    assert blocks_of(f'<figure>{poster}<iframe src="https://vimeo.com/7"></iframe></figure>') == [
        {"type": "video", "url": "https://vimeo.com/7", "poster": ASSET}
    ]
    assert removed_from(f"<figure>{poster}<figcaption>a</figcaption></figure>") == [("img", "element")]
    assert blocks_of(f"<p>a{poster}</p>") == [{"type": "paragraph", "html": "a"}]


def test_a_link_to_a_file_in_a_paragraph_of_its_own_is_a_block() -> None:
    link = f'<a data-asset="{ASSET}" href="/old.pdf" download>the <b>report</b></a>'
    html = f'<p class="file" data-block="f">Download {link} (PDF)</p><p class="file">no file</p><p>{link}</p>'
    assert blocks_of(html) == [
        {"id": "f", "type": "file", "asset": ASSET, "label": "Download the report (PDF)"},
        {"type": "paragraph", "html": "no file"},
        {"type": "paragraph", "html": '<a href="/old.pdf">the <strong>report</strong></a>'},
    ]
    assert removed_from(html) == [("data-asset", "attribute"), ("download", "attribute")]


def test_words_too_long_for_an_asset_are_not_lost_in_silence() -> None:
    caption, label, alt = "c" * 2_001, "l" * 301, "a" * 1_001
    html = f"<figure><img data-asset={ASSET} alt={alt}><figcaption>{caption}</figcaption></figure>"
    html += f"<p class=file><a data-asset={ASSET}>{label}</a></p>"
    assert blocks_of(html) == [
        {"type": "image", "asset": ASSET},
        {"type": "paragraph", "html": caption},
        {"type": "file", "asset": ASSET},
        {"type": "paragraph", "html": label},
    ]
    assert removed_from(html) == [("alt", "attribute")]


def test_what_is_removed_is_reported_once_with_a_reason() -> None:
    html = (
        '<!-- wp:x --><p class="a" style="b">x <font size=2>y</font></p><p class="c" onclick="d">'
        '<a href="javascript:e">z</a><span lang="xx-nonsense">w</span></p><script>f</script>'
    )
    assert removed_from(html) == [
        ("comment", "comment"),
        ("class", "attribute"),
        ("style", "attribute"),
        ("font", "element"),
        ("size", "attribute"),
        ("onclick", "attribute"),
        ("href", "url"),
        ("lang", "language"),
        ("script", "element"),
    ]
    assert {removal.pointer for removal in parse_html(html)[1]} == {"/body/html"}


def test_ordinary_html_loses_nothing() -> None:
    html = "<div><section><p>a</p></section><ul><li>b</li></ul><table><tbody><tr><td>c</td></tr></tbody></table></div>"
    assert removed_from(html) == []


def test_reports_are_bounded_whatever_is_sent() -> None:
    assert len(removed_from("".join(f"<x{n} y{n}=1>" for n in range(10_000)))) == 100


def test_language_and_direction_go_to_the_block() -> None:
    html = '<div lang="FA-ir" dir="rtl"><p>الف</p><p lang="en">a</p></div><p dir="rtl">b</p>'
    assert blocks_of(html) == [
        {"type": "paragraph", "html": "الف", "lang": "fa-IR", "dir": "rtl"},
        {"type": "paragraph", "html": "a", "lang": "en", "dir": "ltr"},
        {"type": "paragraph", "html": "b", "dir": "rtl"},
    ]


def test_language_within_a_block_is_marked_with_a_span() -> None:
    html = '<ul><li lang="ar">أ</li></ul><table><tr><td dir="rtl">ب</td></tr></table><p><em lang="fr">c</em></p>'
    assert blocks_of(html) == [
        {"type": "list", "ordered": False, "items": ['<span lang="ar">أ</span>']},
        {"type": "table", "header": False, "rows": [['<span dir="rtl">ب</span>']]},
        {"type": "paragraph", "html": '<em><span lang="fr">c</span></em>'},
    ]


def test_a_list_deeper_than_eight_levels_goes_on_in_the_eighth() -> None:
    html = "".join(f"<ul><li>{n}" for n in range(1, 12))
    assert render_text(blocks_of(html)) == "\n".join(str(n) for n in range(1, 12))
    assert ("ul", "depth") in removed_from(html)
    assert load_blocks(blocks_of(html)) == (blocks_of(html), [])


def test_text_outlives_any_depth() -> None:
    html = "<div>" * 500 + "<p>a</p>" + "</div>" * 500 + "<ul><li>b</li></ul>"
    assert render_text(blocks_of(html)) == "a\n\nb"


def test_ids_come_back_from_our_own_html() -> None:
    blocks = load_blocks([{"id": "a", "type": "paragraph", "html": "x"}, {"id": "b-1_", "type": "divider"}])[0]
    assert blocks_of(render_html(blocks)) == blocks


@pytest.mark.parametrize("value", ["true", "", "a b", "x" * 65, "é"])
def test_a_block_attribute_of_somebody_else_is_no_id(value: str) -> None:
    assert "id" not in blocks_of(f'<p data-block="{value}">a</p>')[0]


def test_an_id_that_is_pasted_twice_belongs_to_the_first() -> None:
    for tag in ("p", "h2"):
        html = f'<{tag} data-block="a">x</{tag}>' * 2
        assert [block.get("id") for block in blocks_of(html)] == ["a", None]


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<p>x</p>" * 2_001, "too_many"),
        ("<hr>" * 2_001, "too_many"),
        ("x" * (BODY_BYTES + 1), "too_long"),
        ("س" * (BODY_BYTES // 2 + 1), "too_long"),
        ("&lt;" * 400_000 + "<" * 399_999, "too_long"),
    ],
)
def test_a_body_beyond_the_limits_is_refused(html: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_html(html)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [(code, "/body/html")]


def test_a_body_at_the_limits_is_taken() -> None:
    assert len(blocks_of("<p>x</p>" * 2_000)) == 2_000


LEGIT = [
    "می‌خواهم کتاب‌ها را بخوانم؛ ۱۲۳ «نقل»",
    "قال: «مرحبًا»، ثم ذهبَ إلى B\u2067abc\u2069 و\u200fالسلام",
    "Nëse çdo gjë — është “mirë”… 20\u00a0% & <script>alert('x')</script> {{7*7}} %(x)s {0.__class__}",
    "family 👨\u200d👩\u200d👧 fi\u00adne á e\u0301 नमस्\u200dते",
]


@pytest.mark.parametrize("text", LEGIT)
def test_legitimate_text_comes_back_identical(text: str) -> None:
    from html import escape

    blocks, removed = parse_html(f"<p>{escape(text)}</p><ul><li>{escape(text, quote=False)}</ul>")
    assert removed == []
    assert render_text(blocks) == f"{text}\n\n{text}"
    assert text_of(render_html(blocks)) == " ".join(f"{text} {text}".split())
    assert load_blocks([{"type": "quote", "html": escape(text), "cite": text}])[0][0]["cite"] == text


def test_marks_of_language_and_direction_survive_in_a_line() -> None:
    ruby = "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"
    html = f'<p>a <bdi>ب</bdi> <span lang="fa" dir="rtl">پ‌ت</span> {ruby} H<sub>2</sub>O</p>'
    blocks, removed = parse_html(html)
    assert removed == []
    assert render_html(blocks) == html
    assert render_text(blocks) == "a ب پ‌ت 漢(kan) H2O"


def test_a_reading_without_brackets_gets_them_in_plain_text() -> None:
    assert render_text(blocks_of("<p><ruby>漢<rt>kan</rt>字<rt>ji</rt></ruby></p>")) == "漢(kan)字(ji)"


def test_plain_text_parts_blocks_by_blank_lines() -> None:
    html = (
        "<h2>T</h2><p>a<br>b</p><hr><ul><li>c<ul><li>d</ul><li>e</ul><blockquote>f<cite>G</cite></blockquote>"
        "<table><tr><td>1<td>2<tr><td>3<td>4</table><pre>x\n y</pre>"
    )
    assert render_text(blocks_of(html)) == "T\n\na\nb\n\nc\nd\ne\n\nf\nG\n\n1\t2\n3\t4\n\nx\n y"


words = st.text(alphabet="ab <>&=;\"'سلام\u200c\u00a0\u0301", min_size=1, max_size=8).map(lambda text: f"x{text}y")
escaped = words.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
inline = st.recursive(
    escaped,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(st.sampled_from(["strong", "em", "u", "s", "sub", "sup", "code", "bdi"]), inner).map(
            lambda x: f"<{x[0]}>{x[1]}</{x[0]}>"
        ),
        inner.map(lambda html: f'<a href="/x?a=1&amp;b=2">{html}</a>' if "<a " not in html else html),
        inner.map(lambda html: f'<span lang="fa" dir="rtl">{html}</span>'),
        inner.map(lambda html: f"<ruby>{html}<rt>x</rt></ruby>"),
        st.tuples(inner, inner).map("<br>".join),
    ),
    max_leaves=6,
)
items = st.recursive(
    st.lists(inline, min_size=1, max_size=3),
    lambda inner: st.tuples(inline, st.booleans(), inner).map(
        lambda x: [{"html": x[0], "ordered": x[1], "items": x[2]}, x[0]]
    ),
    max_leaves=3,
)
language = st.sampled_from([{}, {"lang": "fa", "dir": "rtl"}, {"lang": "en"}, {"dir": "auto"}])


def block(**fields: Any) -> st.SearchStrategy[Block]:
    return st.tuples(st.fixed_dictionaries(fields), language).map(lambda parts: parts[0] | parts[1])


rows = st.lists(st.lists(inline, min_size=1, max_size=3), min_size=1, max_size=3)
code = st.text(alphabet="a \t\n<&س", max_size=12).map(lambda text: f"x{text}")
asset = st.just(ASSET)
picture = st.fixed_dictionaries({"asset": asset}, optional={"alt": words, "caption": words})
entry = st.fixed_dictionaries({"label": words}, optional={"page": st.sampled_from([1, "xii"])})
any_block = st.one_of(
    block(type=st.just("paragraph"), html=inline),
    block(type=st.just("heading"), level=st.integers(2, 6), html=inline),
    block(type=st.just("list"), ordered=st.booleans(), items=items),
    block(type=st.just("quote"), html=inline, cite=words),
    block(type=st.just("table"), header=st.booleans(), rows=rows),
    block(type=st.just("code"), text=code, language=st.just("c++")),
    block(type=st.just("video"), url=st.just("https://www.aparat.com/v/AbC12"), caption=words),
    block(type=st.just("video"), asset=asset, poster=asset, caption=words),
    block(type=st.just("image"), asset=asset, alt=words, caption=words),
    block(type=st.just("gallery"), items=st.lists(picture, min_size=1, max_size=3)),
    block(type=st.just("file"), asset=asset, label=words),
    block(type=st.just("file"), asset=asset),
    block(type=st.just("contents"), items=st.lists(entry, min_size=1, max_size=3)),
    block(type=st.just("divider")),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(any_block, max_size=4))
def test_blocks_survive_the_way_through_html(raw: list[Block]) -> None:
    loaded, removed = load_blocks([{"id": f"b{at}", **block} for at, block in enumerate(raw)])
    assert removed == []
    assert load_blocks(loaded) == (loaded, [])
    assert parse_html(render_html(loaded)) == (loaded, [])


@settings(deadline=None, max_examples=150)
@given(inline)
def test_another_parser_sees_the_same_text(html: str) -> None:
    assert text_of(render_html(blocks_of(f"<p>{html}</p>"))) == text_of(html)
