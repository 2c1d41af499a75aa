"""Only addresses that a browser reads as we do may stand in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.urls import URL_MAX, http_url, place_of, safe_url

WEB = [
    ("https://example.org", "https://example.org"),
    (" HTTPS://Example.ORG:8443/A?b=c#D \n", "https://example.org:8443/A?b=c#D"),
    ("https://exa\nmple.org/a\tb", "https://example.org/ab"),
    ("http://127.0.0.1/x", "http://127.0.0.1/x"),
    ("http://[::1]:80/x", "http://[::1]:80/x"),
    ("https://مثال.ایران/حقوق-بشر", "https://مثال.ایران/حقوق-بشر"),
    ("https://fa.example.org/می\u200cخواهم", "https://fa.example.org/می\u200cخواهم"),
    ("https://BÜCHER.example/", "https://bücher.example/"),
    ("https://example\u3002org/", "https://example.org/"),
    ("https://example.org/a b\"<>'", "https://example.org/a%20b%22%3C%3E'"),
    ("https://example.org/%D8%AD?a=[1]", "https://example.org/%D8%AD?a=[1]"),
    ("https://example.org.", "https://example.org."),
    ("http://localhost:5000/", "http://localhost:5000/"),
]

NOT_WEB = [
    "",
    " ",
    "example.org",
    "//example.org",
    "https:example.org",
    "https:/example.org",
    "https:///example.org",
    "https://",
    "https://?x",
    "ftp://example.org",
    "https://user@example.org",
    "https://user:pw@example.org",
    "https://example.org@evil.example/",
    "https://example.org\\@evil.example/",
    "https://example.org:0/",
    "https://example.org:65536/",
    "https://example.org:٨٠/",
    "https://example.org:/",
    "https://-example.org",
    "https://example..org",
    "https://exa mple.org",
    "https://exa%6dple.org",
    "https://" + "a" * 64 + ".org",
    "https://" + "ü" * 60 + ".org",
    "https://" + "a." * 127 + "org",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://127.1/",
    "http://256.0.0.1/",
    "http://[::1/",
    "http://[::g]/",
    "http://[::1%25eth0]/",
    "https://example.org/\u202egpj",
    "https://example.org/\u2028",
    "https://example.org/\ud800",
    "https://example.org/a\x7f",
    "https://example.org/" + "a" * URL_MAX,
]


@pytest.mark.parametrize(("url", "kept"), WEB)
def test_an_absolute_web_address_is_kept_in_canonical_form(url: str, kept: str) -> None:
    assert http_url(url) == kept
    assert safe_url(url) == kept
    assert http_url(kept) == kept


@pytest.mark.parametrize("url", NOT_WEB)
def test_what_is_no_absolute_web_address_is_refused(url: str) -> None:
    assert http_url(url) is None


@pytest.mark.parametrize("url", [url for url in NOT_WEB if url != "example.org"])
def test_what_is_nearly_a_web_address_is_no_link_either(url: str) -> None:
    assert safe_url(url) is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("#note-1", "#note-1"),
        ("/fa/کتاب", "/fa/کتاب"),
        ("page?x=1#y", "page?x=1#y"),
        ("../up/a:b", "../up/a:b"),
        ("?q=a:b", "?q=a:b"),
        ("#a:b", "#a:b"),
        ("/a b", "/a%20b"),
        ("mailto:a@example.org?subject=x%20y", "mailto:a@example.org?subject=x%20y"),
        ("MAILTO:a@example.org", "mailto:a@example.org"),
        ("tel:+98-21-1234", "tel:+98-21-1234"),
    ],
)
def test_a_link_may_stay_on_the_site_write_or_call(url: str, kept: str) -> None:
    assert safe_url(url) == kept
    assert safe_url(kept) == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVa\tScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        "\u2028javascript:alert(1)",
        "java\u2028script:alert(1)",
        "javascript\u200b:alert(1)",
        "javascript%3Aalert(1)",
        "javascript%253Aalert(1)",
        "javascript&colon;alert(1)",
        "javascript\uff1aalert(1)",
        "vbscript:x",
        "data:text/html,x",
        "blob:https://example.org/x",
        "file:///etc/passwd",
        "about:blank",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "talk:page",
        "mailto:",
        "mailto:a@example.org?subject=x%0d%0aBcc:b@example.org",
        "tel:javascript",
        "tel:",
    ],
)
def test_a_link_that_could_do_anything_else_is_refused(url: str) -> None:
    assert safe_url(url) is None


def test_schemes_and_relative_addresses_can_be_narrowed() -> None:
    assert safe_url("mailto:a@example.org", schemes=["https"]) is None
    assert safe_url("/x", relative=False) is None
    assert safe_url("https://example.org", schemes=["https"], relative=False) == "https://example.org"


@given(st.text(max_size=40), st.sampled_from(["", "https://example.org/", "https://", "/", "mailto:", "java"]))
def test_a_kept_address_is_kept_as_it_is(text: str, beginning: str) -> None:
    kept = safe_url(beginning + text)
    if kept is not None:
        assert safe_url(kept) == kept
        assert not set(kept) & set(' "<>\\\n\t')


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/a/b/c/./../../g", "/a/g"),
        ("/../g", "/g"),
        ("/a/..", ""),
        ("/a/.", "/a"),
        ("/a//../g", "/a/g"),
        ("/a/%2e%2E/g", "/g"),
        ("/a/.../g", "/a/.../g"),
        ("/a/..g/.h", "/a/..g/.h"),
        ("/a?x=/../b", "/a"),
    ],
)
def test_dots_in_a_path_lead_round(path: str, meant: str) -> None:
    """RFC 3986 §5.2.4, with its own example first."""
    for start in ("", "https://example.org"):
        place = place_of(f"{start}{path}")
        assert place
        assert place.path == meant


@given(st.text(st.sampled_from("a./É"), max_size=12).map("/x/{}".format))
def test_no_place_lies_round_a_corner_and_each_lies_in_itself(path: str) -> None:
    place = place_of(path)
    assert place
    assert not {"", ".", ".."} & set(place.path.split("/")[1:])
    assert place_of(place.path or "/") == place
    root, other = place_of("/"), place_of(place.path.upper() or "/")
    assert root
    assert other
    assert (place.below(place), place.below(other), place.below(root)) == ("", "", place.path[1:])
