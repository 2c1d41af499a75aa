"""Whose videos may stand in a text, and how they are shown without handing over the reader.

Providers are data: the ways their addresses are written, the one address we keep, and the
player's address that sets the fewest cookies. Others (a video on a house's own server, PeerTube)
need a host that somebody vouches for, so they are not here.
"""

import re
from dataclasses import dataclass

from nejat_cms.urls import http_url


@dataclass(frozen=True)
class Embed:
    """A video elsewhere: `url` is the page a reader may open, `embed_url` the player for a frame."""

    provider: str
    id: str
    url: str
    embed_url: str


@dataclass(frozen=True)
class Provider:
    """`addresses` match host, path and query after `https://` and any `www.` or `m.`; the group is the id."""

    name: str
    addresses: tuple[str, ...]
    url: str
    embed_url: str


PROVIDERS = (
    Provider(
        "youtube",
        (
            r"(?:music\.)?youtube\.com/watch/?\?(?:[^#]*&)?v=([\w-]{11})(?:[&#].*)?",
            r"youtube(?:-nocookie)?\.com/(?:embed|shorts|live|v)/([\w-]{11})(?:[/?#].*)?",
            r"youtu\.be/([\w-]{11})(?:[/?#].*)?",
        ),
        "https://www.youtube.com/watch?v={id}",
        "https://www.youtube-nocookie.com/embed/{id}",
    ),
    Provider(
        "vimeo",
        (
            r"vimeo\.com/(?:channels/[\w-]+/|groups/[\w-]+/videos/)?(\d{1,12})/?(?:[?#].*)?",
            r"player\.vimeo\.com/video/(\d{1,12})/?(?:[?#].*)?",
        ),
        "https://vimeo.com/{id}",
        "https://player.vimeo.com/video/{id}?dnt=1",
    ),
    Provider(
        "dailymotion",
        (
            r"dailymotion\.com/(?:embed/)?video/([a-z0-9]{5,12})(?:[_/?#].*)?",
            r"dai\.ly/([a-z0-9]{5,12})(?:[/?#].*)?",
            r"geo\.dailymotion\.com/player(?:/[a-z0-9]+)?\.html\?(?:[^#]*&)?video=([a-z0-9]{5,12})(?:[&#].*)?",
        ),
        "https://www.dailymotion.com/video/{id}",
        "https://geo.dailymotion.com/player.html?video={id}",
    ),
    Provider(
        "aparat",
        (
            r"aparat\.com/v/([A-Za-z0-9]{3,16})(?:[/?#].*)?",
            r"aparat\.com/video/video/embed/videohash/([A-Za-z0-9]{3,16})(?:[/?#].*)?",
        ),
        "https://www.aparat.com/v/{id}",
        "https://www.aparat.com/video/video/embed/videohash/{id}/vt/frame",
    ),
)

_ADDRESSES = [
    (re.compile(r"https?://(?:www\.|m\.)?" + address, re.ASCII | re.DOTALL), provider)
    for provider in PROVIDERS
    for address in provider.addresses
]


def resolve_embed(url: str) -> Embed | None:
    """The video an address shows, or None when it is of no provider we allow.

    Takes what people copy: the page, the short form, the player, and `//host/…` as
    old embed codes have it. Where to start, playlists and trackers are left out of
    the address that is kept. An unlisted Vimeo video, whose address holds a second
    secret part, is not recognised. `resolve_embed(embed.url)` is the same embed.
    """
    url = url.strip()
    address = http_url("https:" + url if url.startswith("//") else url)
    if address is None:
        return None
    for pattern, provider in _ADDRESSES:
        if match := pattern.fullmatch(address):
            found = match[1]
            return Embed(provider.name, found, provider.url.format(id=found), provider.embed_url.format(id=found))
    return None
