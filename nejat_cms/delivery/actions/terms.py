"""Sections, tags and people as readers see them: one row for each edition in which a term has a name."""

import itertools
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import Uuid, bindparam, case, delete, exists, func, insert, select, text, update

from nejat_cms.content.actions.events import TermChanged, TermDeleted
from nejat_cms.content.models import Term, TermName
from nejat_cms.content.queries.terms import section_lines, section_with_descendants
from nejat_cms.db import affected, db
from nejat_cms.delivery.actions.counters import advance, hold_counters, raise_house_version
from nejat_cms.delivery.actions.pictures import pictures_of, show_pictures
from nejat_cms.delivery.models import Address, Change, Document, DocumentTerm, PublicEdition, TermPage
from nejat_cms.delivery.rules.documents import term_crumb, term_face
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.errors import ConflictError
from nejat_cms.events import on
from nejat_cms.http.tags import details_tag, edition_tag
from nejat_cms.language.collation import sort_key
from nejat_cms.language.slugs import slug_key

COUNTED = ("within", "tag", "author", "translator")
"""Roles under which a document counts for a term."""
COLUMNS = ("variant_id", "role", "position", "term_id", "locale", "listed", "published_us")
"""Those of a `DocumentTerm`."""
AT_ONCE = 1000
"""How many rows one statement names: databases bound how many values it may have."""
RS, US = "\x1e", "\x1f"
"""What separates the entries of a document's names, and the parts of an entry."""
_PLACES = select(TermPage.term_id, TermPage.locale).where(TermPage.image.is_not(None))
Filing = tuple[str, int, UUID]
"""(role, position, term)."""
COUNTS: Mapping[str, tuple[Sequence[str], bool]] = {
    "uses": (COUNTED, True),
    "count": (COUNTED, False),
    "authored": (("author",), False),
    "translated": (("translator",), False),
}
"""What a term's page counts: documents that name it in which roles, and whether also those that are not listed."""
Changes = dict[str, Counter[tuple[UUID, str]]]


@on(TermChanged)
def show_term(event: TermChanged) -> None:
    """Make a term's pages, and its name in every document, what the newsroom says now."""
    show_terms([event.term_id])


def show_terms(term_ids: Collection[UUID]) -> None:
    """The same of several terms."""
    locales = [edition.locale for edition in list_editions()]
    counters = hold_counters(locales)
    ids = section_with_descendants([*term_ids])  # as they lie now that nobody else can move them
    refiled = refile_sections(ids)
    differing, shown = follow_terms(ids, locales)
    _raise_versions(counters, locales if refiled else differing)
    if shown:
        write_names(ids, SHOWING)
    for locale in shown:
        _tell_of_documents(counters[locale], ids)


@on(TermDeleted)
def forget_term(event: TermDeleted) -> None:
    """Take a term's pages away.

    Raises: ConflictError while a document names it, though its newest draft may not.
    """
    counters = hold_counters(edition.locale for edition in list_editions())
    _refuse_if_shown(event.term_id)
    _raise_versions(
        counters, db.session.scalars(select(TermPage.locale).where(TermPage.term_id == event.term_id)).all()
    )
    show_pictures(
        (), [(row.term_id, row.locale) for row in db.session.execute(_PLACES.where(TermPage.term_id == event.term_id))]
    )
    db.session.execute(delete(TermPage).where(TermPage.term_id == event.term_id))
    db.session.execute(delete(Address).where(Address.target_id == event.term_id))


def _raise_versions(counters: Mapping[str, PublicEdition], locales: Iterable[str]) -> None:
    """Another content version for editions whose pages of terms changed: perhaps no document shows it."""
    for locale in locales:
        advance(counters[locale])
        # Every edition's page of a term names it in all others.
        raise_house_version(details_tag(locale), *map(edition_tag, counters))


def follow_terms(term_ids: Collection[UUID], locales: Sequence[str]) -> tuple[set[str], set[str]]:
    """Make the pages of these terms what their names say.

    Answers the editions in which a page differs from before, and those whose documents show it.
    """
    if not term_ids:
        return set(), set()
    names = db.session.scalars(
        select(TermName)
        .where(TermName.term_id.in_(term_ids), TermName.locale.in_(locales))
        .execution_options(populate_existing=True)
    ).all()
    positions = dict(db.session.execute(select(Term.id, Term.position).where(Term.id.in_(term_ids))).all())
    pages = {
        (page.term_id, page.locale): page
        for page in db.session.scalars(
            select(TermPage).where(TermPage.term_id.in_(term_ids), TermPage.locale.in_(locales))
        )
    }
    addresses = select(Address).where(Address.target_id.in_(term_ids), Address.locale.in_(locales))
    held = db.session.scalars(addresses).all()  # the session looks none of them up again
    places, pictures = _places(names), pictures_of(names)
    differing, seen, pictured = set(), set(), []
    for name in names:
        page = pages.pop((name.term_id, name.locale), None)
        shown = (page.face, page.crumbs) if page else None
        page = page or TermPage(term_id=name.term_id, locale=name.locale, count=0, uses=0, authored=0, translated=0)
        if shown and page.slug_key != slug_key(name.slug):
            _leave_address(page)
        page.type, page.position = name.type, positions[name.term_id]
        page.slug, page.slug_key = name.slug, slug_key(name.slug)
        page.name, page.name_key = name.name, sort_key(name.name, name.locale)
        page.description = name.description
        image = pictures.get((name.term_id, name.locale))
        if image or page.image:
            pictured.append(page)
        page.image = image
        page.face = term_face(name.slug, name.name)
        page.parent_id, page.crumbs = places.get((name.term_id, name.locale), (None, ""))
        modified = db.session.is_modified(page)
        if (page.type == "section" or page.uses) and (shown is None or modified):
            differing.add(name.locale)
        if shown is None or modified:
            db.session.add(page)
            db.session.flush()
        if shown is None:
            _recount(page)
        elif shown != (page.face, page.crumbs):
            seen.add(name.locale)
        if page.type == "section" or page.uses:
            _take_address(page)
    del held
    show_pictures(pictured, [place for place, page in pages.items() if page.image])
    for page in pages.values():
        _refuse_if_shown(page.term_id, page.locale)
        db.session.delete(page)
        differing.add(page.locale)
    db.session.flush()
    return differing, seen


def _refuse_if_shown(term_id: UUID, locale: str | None = None) -> None:
    """Veto: a name that readers see is not taken from under them; sections above the named ones may go.

    Raises: ConflictError.
    """
    shown = exists().where(DocumentTerm.term_id == term_id, DocumentTerm.role != "within")
    if locale is not None:
        shown = shown.where(DocumentTerm.locale == locale)
    if db.session.scalar(select(shown)):
        raise ConflictError(_("It is still named by some texts."))


def _places(names: Sequence[TermName]) -> dict[tuple[UUID, str], tuple[UUID | None, str]]:
    """By section and edition: the section it hangs below, the nearest one with a name there; and its breadcrumbs."""
    sections = [name for name in names if name.type == "section"]
    if not sections:
        return {}
    lines = section_lines({name.term_id for name in sections})
    above = {step for line in lines.values() for step in line}
    named = {
        (row.term_id, row.locale): row
        for row in db.session.scalars(
            select(TermName).where(TermName.term_id.in_(above), TermName.locale.in_({name.locale for name in sections}))
        )
    }
    base_urls = {edition.locale: facts_of(edition).base_url for edition in list_editions()}
    places = {}
    for name in sections:
        trail = [named[step, name.locale] for step in lines[name.term_id] if (step, name.locale) in named]
        crumbs = ",".join(term_crumb(step.slug, step.name, base_urls[name.locale]) for step in trail)
        places[name.term_id, name.locale] = (trail[-2].term_id if len(trail) > 1 else None, crumbs)
    return places


def _leave_address(page: TermPage) -> None:
    """Its slug leads to where it lives next; one that readers never saw it under was never its own."""
    address = db.session.get(Address, (page.locale, page.type, page.slug_key))
    if address is not None and address.target_id == page.term_id:
        address.state = "moved"


def _take_address(page: TermPage) -> None:
    """Make its slug lead to a page that readers see: a section, or what a document names."""
    address = db.session.get(Address, (page.locale, page.type, page.slug_key)) or Address(
        locale=page.locale, type=page.type, slug_key=page.slug_key
    )
    address.target_id, address.state = page.term_id, "live"
    db.session.add(address)


def file_documents(filings: Sequence[tuple[Document, Collection[Filing]]]) -> set[UUID]:
    """File each document under its terms and no others, and count it for them. Answers for which that is new.

    The terms' pages are followed where a document is new to them: from then on they follow whatever happens to a term.
    """
    filed: dict[UUID, list[DocumentTerm]] = {document.variant_id: [] for document, _ in filings}
    for row in db.session.scalars(
        select(DocumentTerm).where(DocumentTerm.variant_id.in_(list(filed))).execution_options(populate_existing=True)
    ):
        filed[row.variant_id].append(row)
    new = {(term_id, document.locale) for document, filing in filings for _, _, term_id in filing}
    new -= {(row.term_id, row.locale) for rows in filed.values() for row in rows}
    follow_terms({term_id for term_id, _ in new}, [*{locale for _, locale in new}])
    changes: Changes = {name: Counter() for name in COUNTS}
    filed_anew = set()
    for document, filing in filings:
        rows = filed[document.variant_id]
        if _as_filed(rows) != set(filing):
            filed_anew.add(document.variant_id)
        _count(changes, document, rows, filing)
        _file_under(document, filing, rows)
    _change_counts(changes)
    return filed_anew


def _count(changes: Changes, document: Document, rows: Sequence[DocumentTerm], filing: Collection[Filing]) -> None:
    """What each term has one more of from now on, or one fewer."""
    for name, (roles, all_of_them) in COUNTS.items():
        if all_of_them or document.listed:
            before = {row.term_id for row in rows if row.role in roles}
            after = {term_id for role, _, term_id in filing if role in roles}
            changes[name].update({(term_id, document.locale): 1 for term_id in after - before})
            changes[name].subtract({(term_id, document.locale): 1 for term_id in before - after})


def _as_filed(rows: Iterable[DocumentTerm]) -> set[Filing]:
    return {(row.role, row.position, row.term_id) for row in rows}


def _file_under(document: Document, filing: Collection[Filing], rows: Sequence[DocumentTerm]) -> None:
    """File one document under these terms."""
    if _as_filed(rows) == set(filing):
        for row in rows:
            row.listed, row.published_us = document.listed, document.published_us
        return
    for row in rows:
        db.session.delete(row)
    if rows:
        db.session.flush()
    db.session.add_all(
        DocumentTerm(
            variant_id=document.variant_id,
            role=role,
            position=position,
            term_id=term_id,
            locale=document.locale,
            listed=document.listed,
            published_us=document.published_us,
        )
        for role, position, term_id in filing
    )


def _change_counts(changes: Changes) -> None:
    """Count so many more for the pages of terms; a section above the named ones may have none."""
    places = {place for counted in changes.values() for place in counted}
    if not places:
        return
    pages = select(TermPage).where(
        TermPage.term_id.in_({term_id for term_id, _ in places}), TermPage.locale.in_({locale for _, locale in places})
    )
    rows = db.session.scalars(pages.execution_options(populate_existing=True)).all()
    turned: set[UUID] = set()
    with db.session.no_autoflush:
        for page in rows:
            before = page.uses
            for name, counted in changes.items():
                setattr(page, name, getattr(page, name) + counted[page.term_id, page.locale])
            if page.type != "section" and bool(before) != bool(page.uses):
                turned.add(page.term_id)
                if page.uses:
                    _take_address(page)
        if turned:  # readers see a page of it from now on, or no longer: its counterparts name it, or no longer do
            named = db.session.scalars(select(TermPage.locale).where(TermPage.term_id.in_(turned)).distinct())
            raise_house_version(*map(edition_tag, named))
    show_pictures(page for page in rows if page.term_id in turned and page.image)


NAMED, SHOWING = (
    "d.variant_id IN :ids",
    "d.variant_id IN (SELECT s.variant_id FROM document_terms s WHERE s.term_id IN :ids AND s.role <> 'within')",
)


def write_names(ids: Collection[UUID], which: str = NAMED) -> None:
    """Write down anew what these documents say of their terms, or all documents that are `SHOWING` these terms."""
    if not ids:
        return
    db.session.flush()
    aggregate = {"sqlite": "group_concat", "postgresql": "string_agg"}[db.engine.name]
    statement = text(
        f"""INSERT INTO document_names (variant_id, entries)
            SELECT d.variant_id, coalesce((SELECT {aggregate}(x.entry, '{RS}') FROM (
                SELECT t.role || '{US}' || p.face AS entry
                FROM document_terms t JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
                WHERE t.variant_id = d.variant_id AND t.role <> 'within' ORDER BY t.role, t.position) x), '')
            FROM documents d WHERE {which}
            ON CONFLICT (variant_id) DO UPDATE SET entries = excluded.entries"""
    )
    db.session.execute(statement.bindparams(bindparam("ids", type_=Uuid(), expanding=True)), {"ids": list(ids)})


def recount_pages(pages: Iterable[TermPage]) -> None:
    """Count anew what is filed under each of these."""
    for page in pages:
        _recount(page)
        if page.image:
            show_pictures([page])


def _recount(page: TermPage) -> None:
    listed = case((Document.listed, Document.variant_id))
    filed = (
        select(func.count(func.distinct(Document.variant_id)), func.count(func.distinct(listed)))
        .join(DocumentTerm, DocumentTerm.variant_id == Document.variant_id)
        .where(DocumentTerm.term_id == page.term_id, DocumentTerm.locale == page.locale, DocumentTerm.role.in_(COUNTED))
    )
    page.uses, page.count = db.session.execute(filed).one()
    if page.type == "person":
        by_role = (
            select(DocumentTerm.role, func.count())
            .where(DocumentTerm.term_id == page.term_id, DocumentTerm.locale == page.locale, DocumentTerm.listed)
            .group_by(DocumentTerm.role)
        )
        found = dict(db.session.execute(by_role).all())
        page.authored, page.translated = found.get("author", 0), found.get("translator", 0)


def refile_sections(section_ids: Collection[UUID]) -> bool:
    """After a section moved: say anew in which sections the documents below it lie, and count again.

    Answers whether any lies elsewhere now.
    """
    below = select(DocumentTerm.variant_id).where(DocumentTerm.role == "within", DocumentTerm.term_id.in_(section_ids))
    ids = db.session.scalars(below.distinct().order_by(DocumentTerm.variant_id)).all()
    touched: set[UUID] = set()
    for start in range(0, len(ids), AT_ONCE):
        touched |= _refile(ids[start : start + AT_ONCE])
    for term_id in touched:
        recount_pages(db.session.scalars(select(TermPage).where(TermPage.term_id == term_id)).all())
    db.session.flush()
    return bool(touched)


def _refile(variant_ids: Sequence[UUID]) -> set[UUID]:
    """Of these documents; answers the sections in which something lies now that did not, or no longer does."""
    rows = db.session.execute(
        select(*(getattr(DocumentTerm, name) for name in COLUMNS))
        .where(DocumentTerm.variant_id.in_(variant_ids), DocumentTerm.role.in_(("section", "within")))
        .order_by(DocumentTerm.variant_id, DocumentTerm.role, DocumentTerm.position)
    ).all()
    lines = section_lines({row.term_id for row in rows if row.role == "section"})
    touched: set[UUID] = set()
    moved: list[UUID] = []
    filing: list[dict[str, Any]] = []
    for variant_id, group in itertools.groupby(rows, key=lambda row: row.variant_id):
        own = list(group)
        lay = [row.term_id for row in own if row.role == "within"]
        lies = list(dict.fromkeys(step for row in own if row.role == "section" for step in lines[row.term_id]))
        if lies == lay:
            continue
        touched |= {*lay, *lies}
        moved.append(variant_id)
        filing += [
            own[0]._asdict() | {"role": "within", "position": position, "term_id": step}
            for position, step in enumerate(lies)
        ]
    if moved:
        db.session.execute(
            delete(DocumentTerm).where(DocumentTerm.role == "within", DocumentTerm.variant_id.in_(moved))
        )
        db.session.execute(insert(DocumentTerm), filing)
    return touched


def _tell_of_documents(counter: PublicEdition, term_ids: Collection[UUID]) -> None:
    """An `updated` row for every document of an edition that shows one of these terms, in one statement."""
    shown = (
        select(Document.article_id, func.row_number().over(order_by=Document.article_id).label("step"))
        .where(
            Document.locale == counter.locale,
            Document.variant_id.in_(select(DocumentTerm.variant_id).where(DocumentTerm.term_id.in_(term_ids))),
        )
        .subquery()
    )
    told = affected(
        update(Change)
        .where(Change.locale == counter.locale, Change.article_id == shown.c.article_id)
        .values(seq=counter.seq + shown.c.step, at_us=time.time_ns() // 1000, type="updated")
    )
    advance(counter, told)
    raise_house_version(details_tag(counter.locale))
