"""How a published variant becomes JSON: pure functions from plain values to ready bytes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson

from nejat_cms.content.rules.blocks import Block, render_html, render_text
from nejat_cms.content.rules.freshness import Freshness
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.rendering import directed
from nejat_cms.delivery.rules.media import NO_MEDIA, Media, image_json, public_fields, share_json
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.language.calendars import display_date
from nejat_cms.language.collation import COLLATION_VERSION
from nejat_cms.language.direction import Direction
from nejat_cms.language.words import WORDS_VERSION
from nejat_cms.language.zones import to_local_rfc3339, to_rfc3339
from nejat_cms.urls import ascii_host

RENDERER = 5
"""Raised whenever documents must look different from now on; a new one rolls out like a new time zone."""


@dataclass(frozen=True)
class Face:
    """A published variant, with everything of it that its own document and its counterparts' show."""

    article_id: str
    variant_id: str
    kind: str
    edition: EditionFacts
    slug: str
    title: str
    lead: str
    blocks: list[Block]
    fields: Mapping[str, Any]
    source: Mapping[str, Any] | None
    seo: Mapping[str, Any]
    featured: bool
    published_at: datetime
    updated_at: datetime
    freshness: Freshness
    revision: int
    image: str | None = None
    media: Media = NO_MEDIA
    related: Sequence[str] = ()

    @property
    def url(self) -> str:
        return f"{self.edition.base_url}/{self.slug}"


def house_mark(editions: Sequence[EditionFacts]) -> str:
    """Digest of everything but content that documents show, and that their words were cut with."""
    shown = orjson.dumps([RENDERER, COLLATION_VERSION, WORDS_VERSION, *map(asdict, editions)])
    return blake2b(shown, digest_size=12).hexdigest()


def iri_to_uri(iri: str) -> str:
    """An IRI as headers, feeds and sitemaps carry it: its host as `xn--…`, the rest percent-encoded (RFC 3987 §3.1)."""
    host = re.match("https?://([^/?#:]+)", iri)
    if host is not None and not host[1].isascii():
        iri = iri.replace(host[1], ascii_host(host[1]), 1)
    return quote(iri, safe=":/?#[]@!$&'()*+,;=~%")


def dates(face: Face) -> dict[str, str]:
    """The date of publication: the instant, on the edition's clock, and in its calendar and digits."""
    edition = face.edition
    shown = display_date(
        face.published_at,
        locale=edition.locale,
        calendar=edition.calendar,
        numbering=edition.numbering,
        timezone=edition.timezone,
    )
    return {
        "at": to_rfc3339(face.published_at),
        "local": to_local_rfc3339(face.published_at, edition.timezone),
        "calendar": edition.calendar,
        "display": shown.display,
        "long": shown.long,
    }


def counterparts(face: Face, siblings: Sequence[Face]) -> list[dict[str, Any]]:
    """Every published counterpart except the document itself, in edition order."""
    return [
        {
            "locale": other.edition.locale,
            "lang": other.edition.locale,
            "dir": other.edition.direction,
            "name": other.edition.native_name,
            "title": other.title,
            "slug": other.slug,
            "url": other.url,
            "published_at": to_rfc3339(other.published_at),
            "freshness": str(other.freshness.state),
        }
        for other in in_order(siblings)
        if other.variant_id != face.variant_id
    ]


def in_order(faces: Sequence[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: (face.edition.position, face.edition.locale))


def link_header(face: Face, siblings: Sequence[Face]) -> str:
    """The counterparts, the document itself, and `x-default` (RFC 8288), percent-encoded."""
    links = alternates(together(face, siblings))
    return ", ".join(f'<{url}>; rel="alternate"; hreflang="{lang}"' for lang, url in links)


def together(face: Face, siblings: Sequence[Face]) -> list[Face]:
    """A document and its counterparts, in edition order."""
    return in_order(list({other.variant_id: other for other in (*siblings, face)}.values()))


def alternates(faces: Sequence[Face]) -> list[tuple[str, str]]:
    """The addresses of these by `hreflang`, percent-encoded, `x-default` last."""
    pages = [(face.edition.locale, iri_to_uri(face.url)) for face in faces]
    return with_default(pages, next((face.edition.locale for face in faces if face.edition.is_default), None))


def with_default(pages: Sequence[tuple[str, str]], default: str | None) -> list[tuple[str, str]]:
    """Addresses of one thing by language, and which of them is for everybody else: the default's, or the first."""
    return [*pages, ("x-default", dict(pages).get(default or "", pages[0][1]))]


def summary(face: Face, siblings: Sequence[Face]) -> bytes:
    """What a list shows, but for what is spliced in: an object that lacks its closing brace."""
    edition = face.edition
    return _open(
        {
            "id": face.article_id,
            "kind": face.kind,
            "locale": edition.locale,
            "lang": edition.locale,
            "dir": edition.direction,
            "slug": face.slug,
            "url": face.url,
            "title": face.title,
            "lead": face.lead,
            "image": image_json(face.image, face.media),
            "source": face.source,
            "published": dates(face),
            "updated_at": to_rfc3339(face.updated_at),
            "featured": face.featured,
            "fields": public_fields(face.kind, face.fields, face.blocks, face.media, edition.numbering),
            "translations": counterparts(face, siblings),
        }
    )


def detail(face: Face, siblings: Sequence[Face]) -> bytes:
    """What a document shows beside its summary and body; ends inside `seo.json_ld`, where names are spliced in."""
    seo = face.seo
    opened = _open(
        {
            "freshness": face.freshness.as_dict(),
            "share": share_links(face),
            "seo": {
                "title": seo.get("title") or face.title,
                "description": seo.get("description") or face.lead,
                "image": share_json(face.image, face.media),
                "canonical": face.url,
                "noindex": bool(seo.get("noindex")),
                "json_ld": json_ld(face, siblings),
            },
        }
    )
    return opened.removesuffix(b"}}")[1:]


def card(face: Face) -> bytes:
    """What a neighbour shows of this document."""
    return orjson.dumps(
        {
            "id": face.article_id,
            "slug": face.slug,
            "url": face.url,
            "title": face.title,
            "published_at": to_rfc3339(face.published_at),
        }
    )


def bodies(blocks: Sequence[Block], direction: Direction, media: Media = NO_MEDIA) -> tuple[bytes, bytes, bytes]:
    """The body's three forms as JSON: HTML, blocks, plain text. Blocks that run against `direction` say so."""
    blocks = [directed(block, direction) for block in media.blocks(blocks)]
    return orjson.dumps(render_html(blocks)), orjson.dumps(blocks), orjson.dumps(render_text(blocks))


def json_ld(face: Face, siblings: Sequence[Face]) -> dict[str, Any]:
    """The document for search engines (schema.org), linked to the work it was translated from and its translations."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": KINDS[face.kind].schema_org,
        "@id": face.url,
        "url": face.url,
        "headline": face.title,
        "description": face.seo.get("description") or face.lead,
        "inLanguage": face.edition.locale,
        "datePublished": to_rfc3339(face.published_at),
        "dateModified": to_rfc3339(face.updated_at),
        "publisher": {"@type": "Organization", "name": face.edition.title, "url": face.edition.base_url},
    }
    picture = share_json(face.image, face.media)
    if picture is not None:
        data["image"] = [one["url"] for one in picture["renditions"].values()]
    by_locale = {other.edition.locale: other for other in in_order(siblings)}
    origin = by_locale.get(face.freshness.source or "")
    if origin is not None:
        data["translationOfWork"] = _reference(origin)
    made_from_this = [
        other for other in by_locale.values() if other.freshness.source == face.edition.locale and other is not face
    ]
    if made_from_this:
        data["workTranslation"] = [_reference(other) for other in made_from_this]
    return data


def _reference(face: Face) -> dict[str, str]:
    return {
        "@type": KINDS[face.kind].schema_org,
        "@id": face.url,
        "headline": face.title,
        "inLanguage": face.edition.locale,
    }


SHARE_URLS = {
    "bluesky": "https://bsky.app/intent/compose?text={both}",
    "email": "mailto:?subject={title}&body={url}",
    "facebook": "https://www.facebook.com/sharer/sharer.php?u={url}",
    "linkedin": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    "telegram": "https://t.me/share/url?url={url}&text={title}",
    "whatsapp": "https://wa.me/?text={both}",
    "x": "https://x.com/intent/post?url={url}&text={title}",
}


def share_links(face: Face) -> list[dict[str, str]]:
    """Ready links for the networks that the edition lists, in its order."""
    url, title = quote(iri_to_uri(face.url), safe=""), quote(face.title, safe="")
    values = {"url": url, "title": title, "both": f"{title}%20{url}"}
    return [
        {"network": network, "url": SHARE_URLS[network].format(**values)}
        for network in face.edition.share
        if network in SHARE_URLS
    ]


def _open(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value)[:-1]


def term_face(slug: str, name: str) -> str:
    """What documents show of a term."""
    return orjson.dumps({"slug": slug, "name": name}).decode()


def term_crumb(slug: str, name: str, base_url: str) -> str:
    """A section as a step of a breadcrumb trail."""
    return orjson.dumps({"name": name, "url": f"{base_url}/sections/{slug}"}).decode()
