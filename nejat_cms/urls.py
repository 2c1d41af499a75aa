"""Which addresses may stand in a text: our own filter, read as a browser would read them.

    safe_url   what a link may point to: https, http, mailto, tel, or a place on the same site
    http_url   an absolute http or https address, for fields that hold nothing else
    place_of   the host, path and query that an address of a site names, however it is spelled

The first two answer with the address as it is kept, or None when it is refused. Nothing is
fetched, so nothing here says that an address is public or alive.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

URL_MAX = 2000
"""Longest address in code points."""

# What a browser drops before it looks at an address (WHATWG URL, basic URL parser, steps 1 to 3).
_ENDS = "".join(map(chr, range(0x21)))
_TABS_AND_BREAKS = str.maketrans("", "", "\t\n\r")
# Controls, line and paragraph separators, what reorders or hides text, halves of surrogate pairs, and the
# backslash, which browsers read as a slash. ZWNJ and ZWJ are letters of Persian and Indic words, so they stay.
_REFUSED = re.compile(
    "[\\\\\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_UNSAFE = re.compile('[ "<>`{}|^]|[^\\S ]')
_SCHEME = re.compile(r"([^:/?#]*):(.*)", re.DOTALL)
_WEB = re.compile(r"(https?)://([^/?#]*)(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_PLACE = re.compile(r"(?:(https?):)?//([^/?#]*)(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_PORTS = {"http": "80", "https": "443"}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BAD_ESCAPE = re.compile("%(?![0-9a-f]{2})", re.ASCII | re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]*\]|[^:\[\]@]+)(?::([0-9]{1,5}))?", re.ASCII)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*", re.ASCII)
_ASCII_LABEL = re.compile(r"[a-z0-9_-]*", re.ASCII)
_PHONE = re.compile(r"\+?[0-9*#().\-]+(;[a-z0-9=;+.\-]*)?", re.ASCII | re.IGNORECASE)
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_JOINERS = "\u200c\u200d"
_HOST_MAX = 253
_LABEL_MAX = 63


def safe_url(
    url: str, *, schemes: Collection[str] = ("http", "https", "mailto", "tel"), relative: bool = True
) -> str | None:
    """The address as a link may carry it, or None when it may not.

    `url` is text, with character references already read. Space and controls at
    both ends go, tabs and line breaks inside too, as in a browser; space and quotes
    inside become `%20` and so on. Letters of every script stay as they are.

    Refused: schemes not in `schemes`, also where only a second decoding would
    make one (`javascript%3A…`); `//host`, which borrows a scheme; `https:host`;
    names and passwords before the host; backslashes, controls, line separators and
    bidi characters; a mail address with line breaks in it; more than 2,000
    characters; nothing at all. With `relative` a path, a query or a `#fragment` passes.

    Idempotent. Source: WHATWG URL §4.4; RFC 6068 §7; RFC 3966 §3.
    """
    url = url.strip(_ENDS).translate(_TABS_AND_BREAKS)
    if not url or len(url) > URL_MAX or _REFUSED.search(url):
        return None
    match = _SCHEME.fullmatch(url)
    if match is None:
        return _short(_relative(url)) if relative else None
    scheme, rest = match[1].lower(), match[2]
    if scheme not in schemes:
        return None
    if scheme in {"http", "https"}:
        return http_url(url)
    if scheme == "tel":
        return f"tel:{rest}" if _PHONE.fullmatch(rest) else None
    if scheme == "mailto" and (not rest or re.search("%0[ad]", rest, re.IGNORECASE)):
        return None
    return _short(f"{scheme}:{_escaped(rest)}")


def http_url(url: str) -> str | None:
    """The absolute http or https address, or None when it is none.

    It names a host: a domain (of any script; kept in small letters), an IPv4
    address of four decimal numbers or an IPv6 address in brackets; a port from 1 to
    65535 may follow. Never a name or password before the host. Space at both ends
    goes. At most 2,000 characters. Idempotent.

    Source: WHATWG URL §3.2 and §4.4; RFC 1034 §3.1.
    """
    url = url.strip(_ENDS).translate(_TABS_AND_BREAKS)
    match = _WEB.fullmatch(url) if len(url) <= URL_MAX and not _REFUSED.search(url) else None
    authority = _AUTHORITY.fullmatch(match[2]) if match else None
    if match is None or authority is None:
        return None
    host, port = _host(authority[1]), authority[2]
    if host is None or (port is not None and not 0 < int(port) < 2**16):
        return None
    return _short(f"{match[1].lower()}://{host}{f':{int(port)}' if port else ''}{_escaped(match[3])}")


@dataclass(frozen=True)
class Place:
    """Where an address leads: its host with the port (empty for a mere path), its path and its query, decoded."""

    host: str
    path: str
    query: str

    @property
    def key(self) -> str:
        """The path in small letters with the query, if there is one: the same for all spellings of an old address."""
        path = self.path.lower() or "/"
        return f"{path}?{self.query}" if self.query else path

    def below(self, base: "Place") -> str | None:
        """What the path says after another one's, in any case, without the slash; None where it does not lie there."""
        if self.host and self.host != base.host:
            return None
        own, above = self.path.split("/"), base.path.lower().split("/")
        rest = own[len(above) :]
        return "/".join(rest) if [part.lower() for part in own[: len(above)]] == above else None


def place_of(url: str) -> Place | None:
    """The place that an absolute http address, or a path that begins with `/`, names; None for anything else.

    Percent-encoded or not is the same, a slash at the end or doubled, a way round by `.` and `..`, and a host
    in its own letters or as `xn--…`; scheme, fragment and the scheme's own port do not matter. At most 4,000
    characters; NFC.

    None as well for `%` without two hexadecimal digits, for what does not decode to UTF-8, and for
    controls, encoded or not. Source: RFC 3986 §2.1, §5.2.4 and §6.2.
    """
    url = url.strip(_ENDS).translate(_TABS_AND_BREAKS)
    if len(url) > 2 * URL_MAX:
        return None
    host, rest = "", url
    if not url.startswith("/") or url.startswith("//"):
        match = _PLACE.fullmatch(url)
        authority = _AUTHORITY.fullmatch(match[2]) if match else None
        name = _host(authority[1]) if authority else None
        if match is None or authority is None or name is None:
            return None
        name = ascii_host(name.removesuffix("."))
        port = str(int(authority[2])) if authority[2] else ""
        own = port in ("", _PORTS.get((match[1] or "").lower()))
        host, rest = name if own else f"{name}:{port}", match[3]
    path, _, query = rest.partition("#")[0].partition("?")
    if _BAD_ESCAPE.search(path + query):
        return None
    try:
        path, query = (unicodedata.normalize("NFC", unquote(part, errors="strict")) for part in (path, query))
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(path + query) else Place(host, _without_dots(path), query)


def _without_dots(path: str) -> str:
    """The path without `.` and `..`, which never lead above the host, and without empty segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept if segment)


def ascii_host(host: str) -> str:
    """A host as DNS has it: labels in other letters become `xn--…` (RFC 3492)."""
    labels = (name if name.isascii() else f"xn--{name.encode('punycode').decode()}" for name in host.split("."))
    return ".".join(labels)


def _relative(url: str) -> str | None:
    if url.startswith("//"):
        return None
    first = re.split("[/?#]", url, maxsplit=1)[0]
    # Something downstream may decode once more than it should: then no scheme may appear.
    for _round in range(2):
        first = unquote(unescape(first))
    return None if ":" in unicodedata.normalize("NFKC", first) else _escaped(url)


def _host(host: str) -> str | None:
    if host.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    host = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", host.translate(_DOTS)).lower())
    labels = host.removesuffix(".").split(".")
    if len(host) > _HOST_MAX or not all(map(_is_label, labels)):
        return None
    # A browser reads a host whose last label is a number as an IPv4 address, in many spellings; one is enough.
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host


def _is_label(label: str) -> bool:
    if not label or len(label) > _LABEL_MAX or label[0] == "-" or label[-1] == "-":
        return False
    if label.isascii():
        return _ASCII_LABEL.fullmatch(label) is not None
    return (
        len(label.encode("punycode")) + len("xn--") <= _LABEL_MAX
        and unicodedata.category(label[0])[0] != "M"
        and all(char.isalnum() or char in "-_" + _JOINERS or unicodedata.category(char)[0] == "M" for char in label)
    )


def _escaped(rest: str) -> str:
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), rest)


def _short(url: str | None) -> str | None:
    return url if url is not None and len(url) <= URL_MAX else None
