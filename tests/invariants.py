"""What must hold in every house at any moment, whatever happened to it: the checker that fault tests end with."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, create_engine, select, text

from nejat_cms.accounts.models import AuditEntry
from nejat_cms.community.models import Comment
from nejat_cms.content.models import (
    Article,
    ArticleAlias,
    DraftText,
    FrontPage,
    Menu,
    Redirect,
    Release,
    ReleaseItem,
    Revision,
    SlugClaim,
    Term,
    TermName,
    Variant,
    VariantTerm,
)
from nejat_cms.content.rules.blocks import render_text
from nejat_cms.db import prepare_engine
from nejat_cms.delivery.models import (
    Address,
    Change,
    Document,
    DocumentNames,
    DocumentTerm,
    DocumentText,
    MonthCount,
    PublicEdition,
    PublicFrontPage,
    PublicMenu,
    TermPage,
)
from nejat_cms.editions.models import Edition
from nejat_cms.events import OutboxRow
from nejat_cms.http.idempotency import IdempotencyKey
from nejat_cms.language.calendars import CALENDARS, to_calendar
from nejat_cms.language.slugs import slug_key
from nejat_cms.language.words import index_entries, index_form
from nejat_cms.media.models import AssetFile, AssetUse, Blob

COUNTED = ("within", "tag", "author", "translator")
TERM_ROLES = {"sections": "section", "tags": "tag", "authors": "author", "translators": "translator"}


def broken_invariants(url: str) -> list[str]:
    """What is wrong with the house at this address, one line each; nothing when it is sound."""
    engine = create_engine(url)
    prepare_engine(engine)
    try:
        with engine.connect() as connection:
            if engine.name == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            return list(_problems(connection))
    finally:
        engine.dispose()


def _problems(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        yield from _sqlite_problems(connection)
    checks = (
        _newsroom,
        _releases,
        _claims,
        _documents,
        _indexes,
        _changes,
        _addresses,
        _counts,
        _siblings,
        _sitemaps,
        _menus,
        _comments,
        _trail,
    )
    for check in checks:
        yield from check(connection)


def _sqlite_problems(connection: Connection) -> Iterator[str]:
    for (word,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if word != "ok":
            yield f"integrity: {word}"
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"foreign key: {tuple(row)}"


def _rows(connection: Connection, model: Any) -> list[Any]:
    return list(connection.execute(select(model.__table__)))


def _newsroom(connection: Connection) -> Iterator[str]:
    """Every article has a variant, every variant all its revisions and the terms that its newest one names."""
    variants = _rows(connection, Variant)
    empty = {row.id for row in _rows(connection, Article)} - {row.article_id for row in variants}
    yield from (f"article {key} has no variant" for key in empty)
    numbers, newest = defaultdict(set), {}
    for row in _rows(connection, Revision):
        numbers[row.variant_id].add(row.number)
        newest[row.variant_id, row.number] = row
    terms: dict[Any, set[tuple[str, int, str]]] = defaultdict(set)
    for row in _rows(connection, VariantTerm):
        terms[row.variant_id].add((row.role, row.position, str(row.term_id)))
    for variant in variants:
        if numbers[variant.id] != set(range(1, variant.revision + 1)):
            yield f"variant {variant.id} has revisions {sorted(numbers[variant.id])}, not 1 to {variant.revision}"
            continue
        revision = newest[variant.id, variant.revision]
        if revision.snapshot["title"] != variant.title:
            yield f"variant {variant.id} is called {variant.title!r}, its newest revision otherwise"
        named = {
            (role, position, term)
            for field, role in TERM_ROLES.items()
            for position, term in enumerate(revision.snapshot[field])
        }
        if named != terms[variant.id]:
            yield f"variant {variant.id} is filed under other terms than its newest revision names"
        if variant.live_revision is not None and newest[variant.id, variant.live_revision].published_at is None:
            yield f"variant {variant.id} shows a revision that was never published"
    aliases = {row.id for row in _rows(connection, ArticleAlias)}
    yield from (f"{key} is an article and an alias" for key in aliases & {row.article_id for row in variants})


def _releases(connection: Connection) -> Iterator[str]:
    """A release is published when all of it is; each of its parts went out whole."""
    items = defaultdict(list)
    for row in _rows(connection, ReleaseItem):
        items[row.release_id].append(row)
        if (row.published_at is None) != (row.revision is None):
            yield f"item {row.variant_id} of release {row.release_id} went out as no revision"
    for release in _rows(connection, Release):
        held = items[release.id]
        if (release.state == "published") != all(row.published_at for row in held):
            yield f"release {release.id} is {release.state}"
        parts = {row.publish_at for row in held if row.published_at} & {
            row.publish_at for row in held if row.published_at is None
        }
        if parts - {None} and release.state in ("scheduled", "waiting"):
            yield f"release {release.id} went out in pieces"


def _claims(connection: Connection) -> Iterator[str]:
    """Slugs are claimed by exactly those who hold them."""
    wanted = set()
    for row in _rows(connection, Variant):
        slugs = (None if row.trashed_at else row.slug, row.live_slug, row.withdrawn_slug)
        wanted |= {(row.locale, "article", slug_key(slug), row.id) for slug in slugs if slug}
    wanted |= {(row.locale, row.type, slug_key(row.slug), row.term_id) for row in _rows(connection, TermName)}
    held = {(row.locale, row.type, row.slug_key, row.holder_id) for row in _rows(connection, SlugClaim)}
    yield from _difference("slug claim", wanted, held)
    unnamed = {row.id for row in _rows(connection, Term)} - {row.term_id for row in _rows(connection, TermName)}
    yield from (f"term {key} has no name" for key in unnamed)


def _documents(connection: Connection) -> Iterator[str]:
    """Readers have a document of exactly what is live."""
    live = {
        (row.id, row.article_id, row.locale, row.live_slug, row.live_revision)
        for row in _rows(connection, Variant)
        if row.live_revision is not None and row.trashed_at is None
    }
    shown = {
        (row.variant_id, row.article_id, row.locale, row.slug, row.revision) for row in _rows(connection, Document)
    }
    yield from _difference("document", live, shown)


def _indexes(connection: Connection) -> Iterator[str]:
    """What search looks through is what the newest revisions say, and what documents say; no row is beside them."""
    snapshots = {(row.variant_id, row.number): row.snapshot for row in _rows(connection, Revision)}
    newest = {row.id: (row.locale, snapshots[row.id, row.revision]) for row in _rows(connection, Variant)}
    drafts = {
        key: (locale, says["title"], says["lead"], render_text(says["blocks"]))
        for key, (locale, says) in newest.items()
    }
    documents = {}
    words = _words_of_files(connection)
    for row in _rows(connection, Document):
        says = orjson.loads(row.summary + b"}")
        body = "\n\n".join([orjson.loads(row.body_text), *words.get(row.variant_id, ())])
        documents[row.variant_id] = (row.locale, says["title"], says["lead"], body)
    for model, texts in ((DraftText, drafts), (DocumentText, documents)):
        yield from _index_problems(connection, model, texts)


def _words_of_files(connection: Connection) -> dict[UUID, list[str]]:
    """What the documents of the library say that each text shows."""
    texts = {row.sha256: row.text for row in _rows(connection, Blob)}
    files = {row.id: texts[row.sha256] for row in _rows(connection, AssetFile)}
    found: dict[UUID, list[str]] = {}
    for use in sorted(_rows(connection, AssetUse), key=lambda use: str(use.asset_id)):
        if use.public and files[use.file_id]:
            found.setdefault(use.user_id, []).append(files[use.file_id])
    return found


def _index_problems(
    connection: Connection, model: Any, texts: Mapping[Any, tuple[str, str, str, str]]
) -> Iterator[str]:
    name = model.__tablename__
    rows = _rows(connection, model)
    yield from _difference(f"row of {name}", texts, {row.variant_id for row in rows})
    indexed = set()
    for row in rows:
        if row.variant_id not in texts:
            continue
        locale, *said = texts[row.variant_id]
        forms = [index_form(text, locale) for text in said]
        if [row.title, row.lead, row.body] != forms:
            yield f"{name} of {row.variant_id} is not what its text says"
        indexed |= {(row.id, entry) for entry in index_entries(locale, forms)}
    if connection.dialect.name == "postgresql":
        held = connection.exec_driver_sql(f"SELECT id, unnest(tsvector_to_array(entries)) FROM {name}")
    else:
        vocabulary = f"CREATE VIRTUAL TABLE temp.{name}_words USING fts5vocab(main, {name}_index, instance)"
        connection.exec_driver_sql(vocabulary)
        held = connection.exec_driver_sql(f"SELECT doc, term FROM temp.{name}_words")
    yield from _difference(f"entry of {name}", {(key, entry.lower()) for key, entry in indexed}, _lowered(held))


def _lowered(rows: Iterable[Any]) -> set[tuple[int, str]]:
    """Entries as FTS5 has them: it lowers the region of a locale."""
    return {(key, entry.lower()) for key, entry in rows}


def _changes(connection: Connection) -> Iterator[str]:
    """The feed's newest word of every article agrees with what readers have, and no number lies beyond the counter."""
    rows = _rows(connection, Change)
    shown = {(row.locale, row.article_id, row.slug) for row in _rows(connection, Document)}
    told = {(row.locale, row.article_id, row.slug) for row in rows if row.type != "withdrawn"}
    yield from _difference("change", shown, told)
    counters = {row.locale: row.seq for row in _rows(connection, PublicEdition)}
    yield from (
        f"change {row.seq} of {row.locale} lies beyond {counters[row.locale]}"
        for row in rows
        if row.seq > counters[row.locale]
    )
    yield from _difference("edition", {row.locale for row in _rows(connection, Edition)}, set(counters))


def _addresses(connection: Connection) -> Iterator[str]:
    """Every document has its live address, every live address of an article its document, every old path its own."""
    rows = [row for row in _rows(connection, Address) if row.type == "article"]
    documents = _rows(connection, Document)
    targets = {row.id for model in (Variant, Term, Redirect) for row in _rows(connection, model)}
    yield from _difference(
        "address",
        {(row.locale, row.slug_key, row.variant_id) for row in documents},
        {(row.locale, row.slug_key, row.target_id) for row in rows if row.state == "live"},
    )
    yield from _difference(
        "old path",
        {(row.locale, row.path, row.variant_id or row.term_id or row.id) for row in _rows(connection, Redirect)},
        {
            (row.locale, row.slug_key, row.target_id)
            for row in _rows(connection, Address)
            if row.type == "path" and row.target_id in targets
        },
    )
    shown = {row.variant_id for row in documents}
    yield from (
        f"address {row.slug_key} is gone but its text is live"
        for row in rows
        if row.state == "gone" and row.target_id in shown
    )


def _counts(connection: Connection) -> Iterator[str]:
    """Counted months and counted terms are what counting again would give."""
    documents = {row.variant_id: row for row in _rows(connection, Document)}
    months = Counter(
        (row.locale, calendar, *to_calendar(row.local_day, calendar)[:2])
        for row in documents.values()
        for calendar in CALENDARS
        if row.listed
    )
    counted = {(row.locale, row.calendar, row.year, row.month): row.n for row in _rows(connection, MonthCount)}
    yield from _difference("month count", set(months.items()), set(counted.items()))
    filed: dict[Any, set[Any]] = defaultdict(set)
    roles: dict[Any, list[tuple[str, bool]]] = defaultdict(list)
    pages = {(row.term_id, row.locale): row for row in _rows(connection, TermPage)}
    for row in _rows(connection, DocumentTerm):
        if row.role in COUNTED:
            filed[row.term_id, row.locale].add(row.variant_id)
            roles[row.term_id, row.locale].append((row.role, row.listed))
        if (row.term_id, row.locale) not in pages:
            yield f"document {row.variant_id} is filed under term {row.term_id}, which has no page"
        document = documents[row.variant_id]
        if (row.locale, row.listed, row.published_us) != (document.locale, document.listed, document.published_us):
            yield f"document {row.variant_id} is filed in another place of term {row.term_id} than it has itself"
    yield from _difference("names of document", *_names(connection, pages))
    for key, page in pages.items():
        uses, count = len(filed[key]), sum(documents[variant].listed for variant in filed[key])
        by_role = Counter(role for role, listed in roles[key] if listed)
        if (page.authored, page.translated) != (by_role["author"], by_role["translator"]):
            yield f"page of {page.name!r} counts {page.authored} and {page.translated}, not {dict(by_role)}"
        if (page.uses, page.count) != (uses, count):
            yield f"page of {page.name!r} says {page.uses} and {page.count}, not {uses} and {count}"


def _comments(connection: Connection) -> Iterator[str]:
    """Documents count their approved comments; answers lie under the same text as what they answer."""
    rows = {row.id: row for row in _rows(connection, Comment)}
    approved = Counter(row.variant_id for row in rows.values() if row.status == "approved")
    for document in _rows(connection, Document):
        if document.comments != approved[document.variant_id]:
            yield f"{document.slug!r} says {document.comments} comments, not {approved[document.variant_id]}"
    for row in rows.values():
        above = rows.get(row.parent_id)
        place = (row.variant_id, above.root_id, above.depth + 1) if above else (row.variant_id, row.id, 1)
        if (above.variant_id if above else row.variant_id, row.root_id, row.depth) != place:
            yield f"comment {row.id} lies in another thread than what it answers"
        if row.root_id in rows and row.root_us != rows[row.root_id].sent_us:
            yield f"comment {row.id} stands elsewhere than its thread"
        if (row.status == "removed") != (row.text is None):
            yield f"comment {row.id} is {row.status} and has {'no' if row.text is None else 'a'} text"


def _names(connection: Connection, pages: Mapping[Any, Any]) -> tuple[set[Any], set[Any]]:
    """What documents should say of their terms, and what they say."""
    rows = sorted(_rows(connection, DocumentTerm), key=lambda row: (row.role, row.position))
    said: dict[Any, list[str]] = {row.variant_id: [] for row in _rows(connection, Document)}
    for row in rows:
        if row.role != "within":
            said[row.variant_id].append(f"{row.role}\x1f{pages[row.term_id, row.locale].face}")
    held = {(row.variant_id, row.entries) for row in _rows(connection, DocumentNames)}
    return {(key, "\x1e".join(entries)) for key, entries in said.items()}, held


def _siblings(connection: Connection) -> Iterator[str]:
    """Counterparts name each other: in JSON and in the `Link` header, and nobody else."""
    enabled = {row.locale for row in _rows(connection, PublicEdition) if row.enabled}
    groups: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in _rows(connection, Document):
        groups[row.article_id][row.locale] = row
    for group in groups.values():
        public = group.keys() & enabled
        for locale, row in group.items():
            named = {other["locale"]: other["slug"] for other in orjson.loads(row.summary + b"}")["translations"]}
            if named != {other: group[other].slug for other in public - {locale}}:
                yield f"{row.slug!r} of {locale} names {sorted(named)}, not {sorted(public - {locale})}"
            missing = [other for other in public if f'hreflang="{other}"' not in row.link]
            if missing:
                yield f"the Link header of {row.slug!r} of {locale} lacks {missing}"


def _sitemaps(connection: Connection) -> Iterator[str]:
    """Pages of the sitemap name each other, and nobody whom the `Link` header does not; their parts are small."""
    rows = {row.variant_id: row for row in _rows(connection, Document) if row.sitemap is not None}
    links = {key: re.findall('hreflang="(.*?)" href="(.*?)"', row.sitemap) for key, row in rows.items()}
    pages = {url: links[key] for key, row in rows.items() for url in re.findall("<loc>(.*?)</loc>", row.sitemap)}
    enabled = {row.locale for row in _rows(connection, PublicEdition) if row.enabled}
    for key, row in rows.items():
        if row.locale in enabled and any(pages.get(href) != links[key] for _, href in links[key]):
            yield f"the sitemap's links of {row.slug!r} of {row.locale} lead one way"
        named = re.findall('<(.*?)>; rel="alternate"; hreflang="(.*?)"', row.link)
        if not {(href, lang) for lang, href in links[key] if lang != "x-default"} <= set(named):
            yield f"the sitemap names more beside {row.slug!r} of {row.locale} than its Link header"
        if not row.sitemap_part or not row.sitemap_us:
            yield f"{row.slug!r} of {row.locale} stands in no part of the sitemap"
    held = Counter((row.locale, row.sitemap_part) for row in rows.values())
    yield from (f"part {part} of the sitemap of {locale} holds {n}" for (locale, part), n in held.items() if n > 1000)


def _menus(connection: Connection) -> Iterator[str]:
    """Readers have every menu, and every front page what is pinned there, as they were written last."""
    written = {(row.locale, row.name): row.items for row in _rows(connection, Menu)}
    shown = {(row.locale, row.name): row.items for row in _rows(connection, PublicMenu)}
    yield from _difference("menu", written, shown)
    yield from (f"menu {key} is not what was written" for key in written if written[key] != shown.get(key))
    yield from _difference(
        "front page",
        {row.locale for row in _rows(connection, Edition)},
        {row.locale for row in _rows(connection, FrontPage)},
    )
    first = {row.locale: row.pins for row in _rows(connection, PublicFrontPage)}
    for row in _rows(connection, FrontPage):
        if first.get(row.locale, {"featured": [], "sections": {}}) != row.pins:
            yield f"the front page of {row.locale} shows other articles first than it should"


def _trail(connection: Connection) -> Iterator[str]:
    """What happened was recorded; nothing waits that never will run; no kept answer is half of one."""
    made = Counter(row.subject_id for row in _rows(connection, AuditEntry) if row.action == "variant.create")
    variants = len(_rows(connection, Variant))
    if made.total() < variants:
        yield f"{variants} variants, but only {made.total()} were recorded"
    yield from (
        f"outbox row {row.id} is parked: {row.last_error}"
        for row in _rows(connection, OutboxRow)
        if row.parked_at is not None
    )
    yield from (f"answer {row.scope} is half of one" for row in _rows(connection, IdempotencyKey) if not row.status)


def _difference(what: str, wanted: Iterable[Any], present: Iterable[Any]) -> Iterator[str]:
    wanted, present = set(wanted), set(present)
    yield from (f"{what} missing: {row}" for row in itertools.islice(wanted - present, 5))
    yield from (f"{what} too much: {row}" for row in itertools.islice(present - wanted, 5))
