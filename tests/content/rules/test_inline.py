"""Text within a block has one canonical form."""

import pytest

from nejat_cms.content.rules.inline import inline_text, sanitize_inline


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("  a \n b\t", "a b"),
        ("a<b> b </b>c", "a <strong>b</strong> c"),
        ("<i>a</i><i></i> <u> </u>b", "<em>a</em> b"),
        ("<b>a<i>b</b>c</i>", "<strong>a<em>b</em></strong><em>c</em>"),
        ("<b><b>a</b></b>", "<strong><strong>a</strong></strong>"),
        ("<strike>a</strike><del>b</del>", "<s>a</s><s>b</s>"),
        ("<br>a<br><br>b<br>", "a<br><br>b"),
        ("a <br> b", "a<br>b"),
        ("<p>a</p><p>b</p>", "a<br>b"),
        ("a&nbsp;b&#160;c", "a\u00a0b\u00a0c"),
        ("&lt;b&gt; &amp;amp; &quot;x&quot; 'y'", "&lt;b&gt; &amp;amp; \"x\" 'y'"),
        ("&copy; &notit; &#x41; &#0000066; &#99999999;", "© ¬it; A B \ufffd"),
        ("<a href='/x?a=1&copy=2&amp;b=\"'>x</a>", '<a href="/x?a=1&amp;copy=2&amp;b=%22">x</a>'),
        ("<a href=x>a<a href=y>b</a>", '<a href="x">a</a><a href="y">b</a>'),
        ("<a href=/x href=/y HREF=/z>a</a>", '<a href="/x">a</a>'),
        ("<a>a</a> <a href='javascript:x'>b</a>", "a b"),
        ("<abbr title='a  \"b\" &lt;'>c</abbr>", '<abbr title="a &quot;b&quot; &lt;">c</abbr>'),
        ("<span>a</span><span style=x>b</span>", "ab"),
        ("<span lang=FA>a</span>", '<span lang="fa">a</span>'),
        ("<bdi dir=RTL>a</bdi>", '<bdi><span dir="rtl">a</span></bdi>'),
        ("<ruby lang=ja>漢<rt>kan</ruby>", '<span lang="ja"><ruby>漢<rt>kan</rt></ruby></span>'),
        ("<ruby>漢<rt>kan<rt>x</ruby>", "<ruby>漢<rt>kan</rt><rt>x</rt></ruby>"),
        ("<ruby><b>漢<rt>kan</rt></b></ruby>", "<ruby><strong>漢</strong><rt>kan</rt></ruby>"),
        ("a<rt>b</rt>", "ab"),
        ("<marquee>a</marquee><o:p>b</o:p>", "ab"),
        ("\u200c", ""),
        ("a\u202eb\u202cc\ufeff", "abc"),
        ("a &#x202e; b", "a b"),
        ("\u2067a<b>b\u2069</b>\u2069c", "\u2067a<strong>b\u2069</strong>c"),
        ("\u2067a<br>b", "\u2067a\u2069<br>b"),
        ("a<b>\u2069 b</b>", "a <strong>b</strong>"),
        ("می\u200cخواهم \u200fx", "می\u200cخواهم \u200fx"),
    ],
)  # fmt: skip
def test_inline_html_is_written_in_one_way(html: str, expected: str) -> None:
    written, removed = sanitize_inline(html)
    assert written == expected
    assert "markup" not in {removal.reason for removal in removed}
    assert sanitize_inline(expected) == (expected, [])


def test_removals_point_at_the_field() -> None:
    _html, removed = sanitize_inline("<p onclick=x>a<img>", "/body/blocks/3/html")
    assert [removal.as_dict() for removal in removed] == [
        {"pointer": "/body/blocks/3/html", "what": "onclick", "reason": "attribute"},
        {"pointer": "/body/blocks/3/html", "what": "p", "reason": "element"},
        {"pointer": "/body/blocks/3/html", "what": "img", "reason": "element"},
    ]


def test_elements_nested_too_deep_go_and_their_text_stays() -> None:
    html, removed = sanitize_inline("<i>" * 40 + "x" + "</i>" * 40 + "y")
    assert html == "<em>" * 32 + "x" + "</em>" * 32 + "y"
    assert [(removal.what, removal.reason) for removal in removed] == [("i", "depth")]


def test_plain_text_of_a_line_has_no_markup_and_no_references() -> None:
    assert inline_text('a<br><a href="/x">b</a> &lt;c&gt; &amp;amp;') == "a\nb <c> &amp;"
