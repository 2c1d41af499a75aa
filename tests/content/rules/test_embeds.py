"""Videos of the providers we allow are recognised however their address is written."""

import pytest

from nejat_cms.content.rules.embeds import PROVIDERS, Embed, resolve_embed


@pytest.mark.parametrize(
    ("address", "provider", "video"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        ("http://youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=43s#x", "youtube", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", "youtube", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        ("//www.youtube.com/embed/dQw4w9WgXcQ?rel=0", "youtube", "dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        (" https://vimeo.com/76979871 ", "vimeo", "76979871"),
        ("https://player.vimeo.com/video/76979871?h=1", "vimeo", "76979871"),
        ("https://vimeo.com/channels/staffpicks/76979871", "vimeo", "76979871"),
        ("https://www.dailymotion.com/video/x8abcde_title", "dailymotion", "x8abcde"),
        ("https://dai.ly/x8abcde", "dailymotion", "x8abcde"),
        ("https://geo.dailymotion.com/player.html?video=x8abcde", "dailymotion", "x8abcde"),
        ("https://www.aparat.com/v/AbC12?playlist=3", "aparat", "AbC12"),
        ("https://www.aparat.com/video/video/embed/videohash/AbC12/vt/frame", "aparat", "AbC12"),
    ],
)
def test_an_address_of_a_video_is_recognised(address: str, provider: str, video: str) -> None:
    embed = resolve_embed(address)
    assert embed is not None
    assert (embed.provider, embed.id) == (provider, video)
    assert resolve_embed(embed.url) == embed
    assert resolve_embed(embed.embed_url) == embed


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dQw4w9WgXcQ",
        "https://www.youtube.com/",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?list=x",
        "https://www.youtube.com/@channel",
        "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evil.example/youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
        "https://evilyoutube.com/watch?v=dQw4w9WgXcQ",
        "https://youtube.com:8080/watch?v=dQw4w9WgXcQ",
        "https://evil.example#https://youtu.be/dQw4w9WgXcQ",
        "javascript://youtu.be/dQw4w9WgXcQ",
        "ftp://youtu.be/dQw4w9WgXcQ",
        "https://vimeo.com/76979871/a1b2c3",
        "https://vimeo.com/about",
        "https://www.aparat.com/v/",
        "https://tube.example/w/abc",
    ],
)
def test_any_other_address_is_no_video(address: str) -> None:
    assert resolve_embed(address) is None


def test_a_player_sets_as_few_cookies_as_its_provider_offers() -> None:
    assert resolve_embed("https://youtu.be/dQw4w9WgXcQ") == Embed(
        "youtube",
        "dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    )
    assert all(provider.embed_url.startswith("https://") for provider in PROVIDERS)
