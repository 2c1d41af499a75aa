"""Documents follow what is live: rendered in the publishing transaction, under the article's lock.

Everything that happens to an article ends here: `follow_articles` compares what is live now
with what readers have, and makes, changes or withdraws documents, addresses, counts and
change rows until the two agree. Doing it twice changes nothing.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import BindParameter, bindparam, select, tuple_

from nejat_cms.content.actions.events import (
    ArticlesJoined,
    ArticleSplit,
    PublishedTogether,
    VariantPublished,
    VariantPurged,
    VariantWithdrawn,
)
from nejat_cms.content.actions.together import put_off
from nejat_cms.content.models import Article, DraftText, TermName
from nejat_cms.content.queries.terms import section_lines
from nejat_cms.content.rules.assets import snapshot_refs
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.db import db, lock
from nejat_cms.delivery.actions.archive import count_in_months
from nejat_cms.delivery.actions.comments import DocumentsMade
from nejat_cms.delivery.actions.counters import advance, hold_counters, raise_house_version, tells_shared_caches
from nejat_cms.delivery.actions.faces import Live, live_faces
from nejat_cms.delivery.actions.former_ids import remember_joined, remember_split
from nejat_cms.delivery.actions.links import keep_links
from nejat_cms.delivery.actions.media import (
    ContentsOutdated,
    files_shown,
    keep_files,
    keep_mentions,
    outdate_contents,
)
from nejat_cms.delivery.actions.sitemaps import House, in_sitemap
from nejat_cms.delivery.actions.terms import Filing, file_documents, write_names
from nejat_cms.delivery.models import Address, Change, Document, DocumentText, PublicEdition
from nejat_cms.delivery.rules import documents as rules
from nejat_cms.delivery.rules.documents import Face
from nejat_cms.delivery.rules.links import links_in, related_to
from nejat_cms.delivery.rules.sitemaps import part_size
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.events import emit, later, on
from nejat_cms.fulltext import index_text
from nejat_cms.http.tags import article_tag, edition_tag
from nejat_cms.language.collation import sort_key
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.zones import microseconds, to_local
from nejat_cms.media.actions.uses import ShownFiles

ARTICLE = "article"
KEPT_MOVES = 50
_ARTICLES: BindParameter[Any] = bindparam("articles", expanding=True)
_VARIANTS: BindParameter[Any] = bindparam("variants", expanding=True)
# Every publication asks these, so they are made once.
_DOCUMENTS = (
    select(Document)
    .where(Document.article_id.in_(_ARTICLES) | Document.variant_id.in_(_VARIANTS))
    .execution_options(populate_existing=True)
)
_CHANGES = select(Change).where(Change.article_id.in_(_ARTICLES))
_ADDRESSES = select(Address).where(Address.type == "article", Address.target_id.in_(_VARIANTS))
_DRAFT_TEXTS = select(DraftText).where(DraftText.variant_id.in_(_VARIANTS))
AT_ONCE = 25
"""How many articles one transaction renders that nobody edited."""
ROLES = {"sections": "section", "tags": "tag", "authors": "author", "translators": "translator"}


@on(VariantPublished)
def show_variant(event: VariantPublished) -> None:
    if not put_off(event.article_id):
        follow_articles([event.article_id])


@on(VariantWithdrawn)
def withdraw_variant(event: VariantWithdrawn) -> None:
    follow_articles([event.article_id])


@on(VariantPurged)
def show_what_was_made_from_it(event: VariantPurged) -> None:
    follow_articles([event.article_id])


@on(ArticlesJoined)
def show_joined_articles(event: ArticlesJoined) -> None:
    """The other article's id leads here from now on, in every edition: whatever names it shows this one."""
    remember_joined(event.article_id, event.joined_id)
    follow_articles([event.article_id, event.joined_id])
    outdate_contents(event.joined_id)
    locales = db.session.scalars(select(Document.locale).where(Document.article_id == event.article_id))
    for counter in hold_counters(locales).values():
        advance(counter)
    raise_house_version()  # even where nothing of either is live


@on(ArticleSplit)
def show_split_articles(event: ArticleSplit) -> None:
    """In its edition, what named the article names the new one."""
    remember_split(event.article_id, event.split_id, event.locale)
    follow_articles([event.article_id, event.split_id])
    outdate_contents(event.article_id, event.locale)


@on(PublishedTogether)
def show_together(event: PublishedTogether) -> None:
    follow_articles(list(event.article_ids))


def follow_articles(article_ids: Sequence[UUID]) -> None:
    """Make what readers have of these articles equal to what is live. The caller holds the articles' locks."""
    if not article_ids:
        return
    editions = list_editions()
    facts = {edition.locale: facts_of(edition) for edition in editions}
    enabled = {edition.locale: facts[edition.locale] for edition in editions if edition.enabled}
    house = House(rules.house_mark(list(enabled.values())), part_size(each.base_url for each in enabled.values()))
    live = live_faces(article_ids, facts, held=True)
    old = {row.variant_id: row for row in _documents(article_ids, list(live))}
    counters = hold_counters({row.locale for row in old.values()} | {one.variant.locale for one in live.values()})
    gone = [row for variant_id, row in old.items() if variant_id not in live]
    for row in gone:
        _remove(row, counters[row.locale])
    together: dict[str, list[Face]] = {one.face.article_id: [] for one in live.values()}
    for one in live.values():
        if one.face.edition.locale in enabled:
            together[one.face.article_id].append(one.face)
    lives = sorted(live.values(), key=lambda one: one.variant.locale)
    filings = _filings(lives)
    shown = [
        _render(one, together[one.face.article_id], old.get(one.variant.id), filings[one.variant.id], house)
        for one in lives
    ]
    db.session.flush()
    count_in_months((each.document.locale, each.lost, _listed_day(each.document)) for each in shown)
    filed_anew = file_documents([(each.document, each.filing) for each in shown])
    write_names(filed_anew | {each.document.variant_id for each in shown if each.rendered})
    known = _known(article_ids, shown)
    with db.session.no_autoflush:
        told = [each for each in shown if _lead_and_tell(each, counters[each.document.locale], known)]
    db.session.flush()
    emit(DocumentsMade(tuple(each.document.variant_id for each in shown if each.former is None)))
    files = {row.variant_id: ShownFiles(row.locale, {}) for row in gone}
    for one in lives:
        faces = one.face.media.faces.values()
        files[one.variant.id] = files_shown(
            one.variant.locale, faces, snapshot_refs(one.face.kind, one.revision.snapshot)
        )
    keep_files(files)
    sites = {locale: each.base_url for locale, each in enabled.items()}
    keep_links(
        {
            each.document.variant_id: links_in(orjson.loads(each.document.body_html), each.document.locale, sites)
            | related_to(each.document.related or (), each.document.locale)
            for each in shown
            if each.rendered
        }
    )
    changed = {each.document.article_id for each in told} | {row.article_id for row in gone}
    keep_mentions({one.variant.id: (one.variant.article_id, one.face.media.followed) for one in lives}, changed)


def hold_together(article_ids: Sequence[UUID]) -> list[UUID]:
    """Lock these articles, in order; answers which are still there: one may have been joined to another since."""
    return [article_id for article_id in sorted(article_ids) if lock(Article, article_id)]


@later(ContentsOutdated)
def show_contents(event: ContentsOutdated) -> None:
    """Lead to where an article lives now that an issue's contents name."""
    follow_articles(hold_together([event.article_id]))


def present_mark() -> str:
    """The mark that documents rendered with today's settings carry."""
    return rules.house_mark([facts_of(edition) for edition in list_editions(enabled_only=True)])


def _documents(article_ids: Sequence[UUID], variant_ids: Sequence[UUID]) -> Iterable[Document]:
    return db.session.scalars(_DOCUMENTS, {"articles": article_ids, "variants": variant_ids})


@dataclass(frozen=True)
class Rendered:
    """A document as readers will have it, and what they had in its place."""

    document: Document
    face: Face
    filing: list[Filing]
    digest: str
    rendered: bool
    """Whether its body was rendered anew."""
    newest: bool
    """Whether no later revision was written."""
    relinked: bool
    """Whether its counterparts' addresses changed."""
    former: "Place | None"
    """Where it stood; None for a new one."""
    lost: date | None
    """The day under which the archive counted it."""


def _render(one: Live, siblings: list[Face], old: Document | None, filing: list[Filing], house: House) -> Rendered:
    """Make the document of a variant what is live."""
    face = one.face
    values = columns_of(face, siblings, house.mark) | in_sitemap(face, siblings, old, house)
    digest = _digest(values, filing)
    rendered = old is None or old.revision != face.revision or old.house_mark != house.mark
    if rendered or face.media.named:
        body = body_columns(face)
        # A file in another's place has another address: its words are others too. An article may be withdrawn.
        rendered = (
            rendered
            or old is None
            or bytes(old.body_html) != body["body_html"]
            or bytes(old.summary) != values["summary"]
        )
        values |= body if rendered else {}
        digest = _digest(values, filing, body["body_html"] if face.media.named else b"")
    relinked = old is not None and (old.link, old.sitemap) != (values["link"], values["sitemap"])
    former = _place(old) if old is not None else None
    lost = _listed_day(old)
    document = old or Document(variant_id=one.variant.id)
    for name, value in values.items():
        setattr(document, name, value)
    db.session.add(document)
    newest = one.variant.revision == face.revision
    return Rendered(document, face, filing, digest, rendered, newest, relinked, former, lost)


@dataclass(frozen=True)
class Known:
    """What is kept of some articles and was read at once."""

    changes: Mapping[tuple[str, UUID], Change]
    addresses: Mapping[tuple[str, str], Address]
    """By edition and slug: those that lead to the articles' documents, and those that will."""
    draft_texts: Mapping[UUID, DraftText]
    """Of what is rendered anew, the words of its newest revision where that is the one that is live."""


def _known(article_ids: Sequence[UUID], shown: Sequence[Rendered]) -> Known:
    changes = db.session.scalars(_CHANGES, {"articles": article_ids}).all()
    own = db.session.scalars(_ADDRESSES, {"variants": [each.document.variant_id for each in shown]})
    addresses = {(row.locale, row.slug_key): row for row in own}
    wanted = {(each.document.locale, each.document.slug_key) for each in shown} - addresses.keys()
    if wanted:
        taken = select(Address).where(Address.type == ARTICLE, tuple_(Address.locale, Address.slug_key).in_(wanted))
        addresses |= {(row.locale, row.slug_key): row for row in db.session.scalars(taken)}
    anew = [each.document.variant_id for each in shown if each.rendered and each.newest]
    drafts = db.session.scalars(_DRAFT_TEXTS, {"variants": anew}).all() if anew else []
    return Known(
        {(row.locale, row.article_id): row for row in changes}, addresses, {row.variant_id: row for row in drafts}
    )


def _lead_and_tell(shown: Rendered, counter: PublicEdition, known: Known) -> bool:
    """Index a document's words, make its addresses lead to it, and tell of what changed; whether anything did."""
    document, face = shown.document, shown.face
    place = _place(document)
    former = shown.former or place
    if former.article_id != document.article_id:
        _note(counter, former.article_id, "withdrawn", former.slug, "")
    if shown.rendered:
        body = orjson.loads(document.body_text)
        words = face.media.words
        texts = {"title": face.title, "lead": face.lead, "body": f"{body}\n\n{words}" if words else body}
        same = known.draft_texts.get(document.variant_id) if not face.media.faces else None
        index_text(DocumentText, document.variant_id, document.locale, **texts, new=shown.former is None, same=same)
    _lead_to(document, known.addresses)
    moved_from = former.slug if former.slug != document.slug else None
    told = _note(counter, document.article_id, "updated", document.slug, shown.digest, known, moved_from=moved_from)
    if shown.relinked and not told:
        advance(counter)  # another `x-default`: in no JSON, but in the `Link` header and the sitemap
    if told or shown.relinked or shown.rendered:  # the last: other bytes of the same text
        _outdate_pages(former, place)
    return told


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
        "related": [*face.related] or None,
        "house_mark": mark,
        "summary": rules.summary(face, siblings),
        "detail": rules.detail(face, siblings),
        "card": rules.card(face),
        "link": rules.link_header(face, siblings),
    }


def body_columns(face: Face) -> dict[str, bytes]:
    """The columns of a document that hold its body."""
    html, blocks, text = rules.bodies(face.blocks, face.edition.direction, face.media)
    return {"body_html": html, "body_blocks": blocks, "body_text": text}


def _filings(lives: Sequence[Live]) -> dict[UUID, list[Filing]]:
    """What live revisions are filed under, by variant.

    Their own terms are their edition's only; the sections above them count whether or not the edition names them.
    """
    named = {
        one.variant.id: {role: [UUID(term) for term in one.revision.snapshot[field]] for field, role in ROLES.items()}
        for one in lives
    }
    wanted = {term for roles in named.values() for terms in roles.values() for term in terms}
    names = select(TermName.term_id, TermName.locale).where(TermName.term_id.in_(wanted))
    present = set(db.session.execute(names).all()) if wanted else set()
    lines = section_lines({term for roles in named.values() for term in roles["section"]})
    filings = {}
    for one in lives:
        filed = {
            role: [term for term in terms if (term, one.variant.locale) in present]
            for role, terms in named[one.variant.id].items()
        }
        filed["within"] = list(dict.fromkeys(step for term in filed["section"] for step in lines[term]))
        filings[one.variant.id] = [
            (role, position, term) for role, terms in filed.items() for position, term in enumerate(terms)
        ]
    return filings


def _remove(row: Document, counter: PublicEdition) -> None:
    """Withdraw a document: its address says so from now on, and the change feed tells."""
    count_in_months([(row.locale, _listed_day(row), None)])
    file_documents([(row, [])])
    for address in db.session.scalars(
        select(Address).where(Address.type == ARTICLE, Address.target_id == row.variant_id, Address.state == "live")
    ):
        address.state = "gone"
    _note(counter, row.article_id, "withdrawn", row.slug, "")
    _outdate_pages(_place(row))
    db.session.delete(row)
    db.session.flush()


class Place(NamedTuple):
    """Where a document stands among those of its kind, and under which slug."""

    article_id: UUID
    locale: str
    kind: str
    published_us: int
    variant_id: UUID
    slug: str


def _place(row: Document) -> Place:
    return Place(*(getattr(row, name) for name in Place._fields))


def _outdate_pages(*places: Place) -> None:
    """Have the pages made anew that show a document alone, or name it as their neighbour, or list it."""
    for place in dict.fromkeys(places):
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


def _lead_to(document: Document, held: Mapping[tuple[str, str], Address]) -> None:
    """Make the slug lead to a document, and its former ones too; whoever held the slug before yields."""
    for address in held.values():
        if address.target_id == document.variant_id and address.slug_key != document.slug_key:
            address.state = "moved"
    address = held.get((document.locale, document.slug_key)) or Address(
        locale=document.locale, type=ARTICLE, slug_key=document.slug_key
    )
    address.target_id, address.state = document.variant_id, "live"
    db.session.add(address)


def _note(
    counter: PublicEdition,
    article_id: UUID,
    type_: str,
    slug: str,
    digest: str,
    known: Known | None = None,
    *,
    moved_from: str | None = None,
) -> bool:
    """Tell of a change under the edition's next number; the same document again is none. Answers whether it told."""
    key = (counter.locale, article_id)
    row = known.changes.get(key) if known else db.session.get(Change, key)
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


def _digest(values: dict[str, Any], filing: list[Filing], body: bytes = b"") -> str:
    shown = [filed for filed in filing if filed[0] != "within"]  # what lies above shows in the sections' own crumbs
    parts = (values["summary"], values["detail"], str(values["revision"]).encode(), repr(shown).encode(), body)
    return blake2b(b"\0".join(filter(None, parts)), digest_size=12).hexdigest()
