"""Documents follow what is live: rendered in the publishing transaction, under the article's lock.

Everything that happens to an article ends here: `follow_articles` compares what is live now
with what readers have, and makes, changes or withdraws documents, addresses, counts and
change rows until the two agree. Doing it twice changes nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select, tuple_

from nejat_cms.content.actions.events import (
    ArticlesJoined,
    ArticleSplit,
    VariantPublished,
    VariantPurged,
    VariantWithdrawn,
)
from nejat_cms.content.models import Article, Revision, TermName, Variant
from nejat_cms.content.queries.freshness import public_freshness
from nejat_cms.content.queries.terms import section_ancestors
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.db import db
from nejat_cms.delivery.actions.archive import count_in_months
from nejat_cms.delivery.actions.counters import advance, hold_counters, raise_house_version, tells_shared_caches
from nejat_cms.delivery.actions.sitemaps import in_sitemap
from nejat_cms.delivery.actions.terms import file_under, filing_of
from nejat_cms.delivery.models import Address, Change, Document, DocumentText, PublicEdition
from nejat_cms.delivery.rules import documents as rules
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.delivery.rules.sitemaps import part_size
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.events import on
from nejat_cms.fulltext import index_text
from nejat_cms.http.tags import article_tag, edition_tag
from nejat_cms.language.collation import sort_key
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import microseconds, parse_rfc3339, to_local

ARTICLE = "article"
KEPT_MOVES = 50


@on(VariantPublished)
def show_variant(event: VariantPublished) -> None:
    follow_articles([event.article_id])


@on(VariantWithdrawn)
def withdraw_variant(event: VariantWithdrawn) -> None:
    follow_articles([event.article_id])


@on(VariantPurged)
def show_what_was_made_from_it(event: VariantPurged) -> None:
    follow_articles([event.article_id])


@on(ArticlesJoined)
def show_joined_articles(event: ArticlesJoined) -> None:
    """The other article's id leads here from now on, and so do the ids that led to it."""
    follow_articles([event.article_id, event.joined_id])
    for address in db.session.scalars(
        select(Address).where(Address.type == "id", Address.target_id == event.joined_id)
    ):
        address.target_id = event.article_id
    db.session.add(
        Address(locale="", type="id", slug_key=event.joined_id.hex, target_id=event.article_id, state="moved")
    )
    raise_house_version()  # even where nothing of either is live


@on(ArticleSplit)
def show_split_articles(event: ArticleSplit) -> None:
    follow_articles([event.article_id, event.split_id])


def follow_articles(article_ids: Sequence[UUID]) -> None:
    """Make what readers have of these articles equal to what is live. The caller holds the articles' locks."""
    if not article_ids:
        return
    editions = {edition.locale: edition for edition in list_editions()}
    facts = {locale: facts_of(edition) for locale, edition in editions.items()}
    house = House(present_mark(), part_size(facts[e.locale].base_url for e in editions.values() if e.enabled))
    faces = live_faces(article_ids, facts)
    old = {row.variant_id: row for row in _documents(article_ids, list(faces))}
    counters = hold_counters({row.locale for row in old.values()} | {v.locale for v, _ in faces.values()})
    for variant_id, row in old.items():
        if variant_id not in faces:
            _remove(row, counters[row.locale])
    by_article: dict[str, list[Face]] = {}
    for _, face in faces.values():
        if editions[face.edition.locale].enabled:
            by_article.setdefault(face.article_id, []).append(face)
    for variant_id in sorted(faces, key=lambda key: faces[key][0].locale):
        variant, face = faces[variant_id]
        siblings = by_article.get(face.article_id, [])
        _show(variant, face, siblings, old.get(variant_id), counters[variant.locale], house)
    db.session.flush()


@dataclass(frozen=True)
class House:
    """What documents carry of today's settings: their mark, and how many entries a part of the sitemap may hold."""

    mark: str
    part_size: int


def present_mark() -> str:
    """The mark that documents rendered with today's settings carry."""
    return rules.house_mark([facts_of(edition) for edition in list_editions(enabled_only=True)])


def live_faces(article_ids: Sequence[UUID], facts: dict[str, EditionFacts]) -> dict[UUID, tuple[Variant, Face]]:
    """What is live of these articles, by variant."""
    rows = db.session.execute(
        select(Variant, Revision)
        .join(Revision, (Revision.variant_id == Variant.id) & (Revision.number == Variant.live_revision))
        .where(Variant.article_id.in_(article_ids), Variant.trashed_at.is_(None))
    ).all()
    kinds = dict(db.session.execute(select(Article.id, Article.kind).where(Article.id.in_(article_ids))).all())
    return {
        variant.id: (variant, live_face(variant, revision, kinds[variant.article_id], facts[variant.locale]))
        for variant, revision in rows
    }


def live_face(variant: Variant, revision: Revision, kind: str, edition: EditionFacts) -> Face:
    """What readers see of a variant that is live."""
    slug, since, shown = variant.live_slug, variant.first_published_at, revision.published_at
    if slug is None or since is None or shown is None:
        raise RuntimeError(f"variant {variant.id} is live but was never published")
    return face_of(variant, revision, kind, edition, slug=slug, published_at=since, updated_at=shown)


def face_of(
    variant: Variant,
    revision: Revision,
    kind: str,
    edition: EditionFacts,
    *,
    slug: str,
    published_at: datetime,
    updated_at: datetime,
) -> Face:
    """A revision as readers see it, or would; `published_at` is for one that names no date of its own."""
    snapshot = revision.snapshot
    named_date = snapshot["published_at"]
    return Face(
        article_id=str(variant.article_id),
        variant_id=str(variant.id),
        kind=kind,
        edition=edition,
        slug=slug,
        title=snapshot["title"],
        lead=snapshot["lead"],
        blocks=snapshot["blocks"],
        fields=snapshot["fields"],
        source=snapshot["source"],
        seo=snapshot["seo"],
        featured=snapshot["featured"],
        published_at=parse_rfc3339(named_date) if named_date else published_at,
        updated_at=updated_at,
        freshness=public_freshness(variant, revision),
        revision=revision.number,
    )


def _documents(article_ids: Sequence[UUID], variant_ids: Sequence[UUID]) -> Iterable[Document]:
    return db.session.scalars(
        select(Document)
        .where(Document.article_id.in_(article_ids) | Document.variant_id.in_(variant_ids))
        .execution_options(populate_existing=True)
    )


def _show(
    variant: Variant, face: Face, siblings: list[Face], old: Document | None, counter: PublicEdition, house: House
) -> None:
    settled = old is not None and old.house_mark == house.mark
    same = old is not None and settled and old.revision == face.revision
    """Whether it says what it said; what it is filed under follows from that."""
    values = columns_of(face, siblings, house.mark) | in_sitemap(
        face, siblings, old, house.part_size, moved=not settled
    )
    terms = filing_of(variant.id) if same else _terms_of(variant, face.revision)
    digest = _digest(values, terms)
    former = _place(old) if old is not None else None
    former_slug = old.slug if old is not None else None
    if old is not None and old.article_id != variant.article_id:
        _note(counter, old.article_id, "withdrawn", old.slug, "")
    if not same:
        values |= body_columns(face)
        gained = values["local_day"] if values["listed"] else None
        count_in_months(variant.locale, lost=_listed_day(old), gained=gained)
    relinked = old is not None and (old.link, old.sitemap) != (values["link"], values["sitemap"])
    document = old or Document(variant_id=variant.id)
    for name, value in values.items():
        setattr(document, name, value)
    db.session.add(document)
    if not same:
        db.session.flush()
        file_under(document, terms)
        body = orjson.loads(values["body_text"])
        index_text(DocumentText, variant.id, variant.locale, title=face.title, lead=face.lead, body=body)
    if former_slug != face.slug:
        _lead_to(variant, face.slug)
    moved_from = former_slug if former_slug != face.slug else None
    told = _note(counter, variant.article_id, "updated", face.slug, digest, moved_from=moved_from)
    if relinked and not told:
        advance(counter)  # another `x-default`: in no JSON, but in the `Link` header and the sitemap
    if told or relinked or not same:  # or rendered anew: other bytes of the same text
        _outdate_pages(former, _place(document))


def columns_of(face: Face, siblings: Sequence[Face], mark: str) -> dict[str, Any]:
    """The columns of a document that follow from what is live alone; without its body's."""
    return {
        "article_id": UUID(face.article_id),
        "locale": face.edition.locale,
        "kind": face.kind,
        "listed": KINDS[face.kind].listed,
        "featured": face.featured,
        "slug": face.slug,
        "slug_key": slug_key(face.slug),
        "published_us": microseconds(face.published_at),
        "local_day": to_local(face.published_at, face.edition.timezone).date(),
        "title_key": sort_key(face.title, face.edition.locale),
        "revision": face.revision,
        "house_mark": mark,
        "summary": rules.summary(face, siblings),
        "detail": rules.detail(face, siblings),
        "card": rules.card(face),
        "link": rules.link_header(face, siblings),
    }


def body_columns(face: Face) -> dict[str, bytes]:
    """The columns of a document that hold its body."""
    html, blocks, text = rules.bodies(face.blocks, face.edition.direction)
    return {"body_html": html, "body_blocks": blocks, "body_text": text}


def _terms_of(variant: Variant, number: int) -> list[tuple[str, int, UUID]]:
    """What a live revision is filed under: (role, position, term).

    Its own terms are the edition's only; the sections above them count whether or not the edition names them.
    """
    snapshot = db.session.get_one(Revision, (variant.id, number)).snapshot
    roles = {"section": "sections", "tag": "tags", "author": "authors", "translator": "translators"}
    named = {role: [UUID(term) for term in snapshot[field]] for role, field in roles.items()}
    wanted = {term for terms in named.values() for term in terms}
    present = set(
        db.session.scalars(
            select(TermName.term_id).where(TermName.term_id.in_(wanted), TermName.locale == variant.locale)
        )
    )
    filed = {role: [term for term in terms if term in present] for role, terms in named.items()}
    filed["within"] = section_ancestors(filed["section"])
    return [(role, position, term) for role, terms in filed.items() for position, term in enumerate(terms)]


def _remove(row: Document, counter: PublicEdition) -> None:
    """Withdraw a document: its address says so from now on, and the change feed tells."""
    count_in_months(row.locale, lost=_listed_day(row))
    file_under(row, [])
    for address in db.session.scalars(
        select(Address).where(Address.type == ARTICLE, Address.target_id == row.variant_id, Address.state == "live")
    ):
        address.state = "gone"
    _note(counter, row.article_id, "withdrawn", row.slug, "")
    _outdate_pages(_place(row))
    db.session.delete(row)
    db.session.flush()


class Place(NamedTuple):
    """Where a document stands among those of its kind."""

    article_id: UUID
    locale: str
    kind: str
    published_us: int
    variant_id: UUID


def _place(row: Document) -> Place:
    return Place(*(getattr(row, name) for name in Place._fields))


def _outdate_pages(*places: Place | None) -> None:
    """Have the pages made anew that show a document alone, or name it as their neighbour, or list it."""
    for place in filter(None, places):
        raise_house_version(edition_tag(place.locale), article_tag(place.article_id))
        if tells_shared_caches():
            raise_house_version(*map(article_tag, _neighbours(place)))


def _neighbours(place: Place) -> Iterator[UUID]:
    """The articles next to a place: on the page of each is what stands there."""
    key = Document.published_us, Document.variant_id
    here = tuple_(*key), tuple_(place.published_us, place.variant_id)
    same = select(Document.article_id).where(Document.locale == place.locale, Document.kind == place.kind).limit(1)
    yield from db.session.scalars(same.where(here[0] > here[1]).order_by(*key))
    yield from db.session.scalars(same.where(here[0] < here[1]).order_by(*(column.desc() for column in key)))


def _lead_to(variant: Variant, slug: str) -> None:
    """Make the live slug lead to the variant, and its former ones too; whoever held the slug before yields."""
    key = slug_key(slug)
    held = db.session.scalars(select(Address).where(Address.type == ARTICLE, Address.target_id == variant.id)).all()
    for address in held:
        if address.slug_key != key:
            address.state = "moved"
    address = db.session.get(Address, (variant.locale, ARTICLE, key)) or Address(
        locale=variant.locale, type=ARTICLE, slug_key=key
    )
    address.target_id, address.state = variant.id, "live"
    db.session.add(address)


def _note(
    counter: PublicEdition, article_id: UUID, type_: str, slug: str, digest: str, *, moved_from: str | None = None
) -> bool:
    """Tell of a change under the edition's next number; the same document again is none. Answers whether it told."""
    row = db.session.get(Change, (counter.locale, article_id))
    gone = row is None or row.type == "withdrawn"
    if row is not None and row.digest == digest and gone == (type_ == "withdrawn"):
        return False
    if gone and type_ == "withdrawn":
        return False
    if gone:
        type_ = "published"
    advance(counter)
    row = row or Change(locale=counter.locale, article_id=article_id)
    if gone and row.slug not in (None, slug):  # to who did not hear that it went, it moved
        row.moves = [*(row.moves or ()), (row.seq, row.slug)][-KEPT_MOVES:]
    row.seq, row.at_us, row.type = counter.seq, time.time_ns() // 1000, type_
    row.slug, row.digest = slug, digest
    if moved_from:
        row.moves = [*(row.moves or ()), (row.seq, moved_from)][-KEPT_MOVES:]
    db.session.add(row)
    return True


def _listed_day(row: Document | None) -> date | None:
    """The day under which the archive counts a document, if it does."""
    return row.local_day if row is not None and row.listed else None


def _digest(values: dict[str, Any], terms: list[tuple[str, int, UUID]]) -> str:
    shown = [filed for filed in terms if filed[0] != "within"]  # what lies above shows in the sections' own crumbs
    parts = (values["summary"], values["detail"], str(values["revision"]).encode(), repr(shown).encode())
    return blake2b(b"\0".join(parts), digest_size=12).hexdigest()
