"""Editions as readers see them, and the rolling out of what changed in them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from nejat_cms.content.models import Term, Variant
from nejat_cms.db import atomic, db, end_reading
from nejat_cms.delivery.actions import terms
from nejat_cms.delivery.actions.archive import recount_months
from nejat_cms.delivery.actions.counters import advance, hold_counters, raise_house_version, tells_shared_caches
from nejat_cms.delivery.actions.documents import AT_ONCE, follow_articles, hold_together, present_mark
from nejat_cms.delivery.actions.menus import follow_front_pages, follow_menus
from nejat_cms.delivery.actions.pictures import share_picture, show_share_picture
from nejat_cms.delivery.actions.terms import follow_terms, recount_pages
from nejat_cms.delivery.models import Change, Document, MonthCount, PublicEdition, PublicFrontPage, PublicMenu, TermPage
from nejat_cms.editions.actions import EditionChanged, EditionDeleted
from nejat_cms.editions.models import Edition
from nejat_cms.editions.queries import facts_of, get_edition, list_editions
from nejat_cms.editions.rules import edition_id
from nejat_cms.events import every, on
from nejat_cms.health import Finding, check
from nejat_cms.http.tags import asset_tag, details_tag, edition_tag
from nejat_cms.language.tags import display_name
from nejat_cms.media.queries import assets_shown_in


@on(EditionChanged)
def show_editions(event: EditionChanged) -> None:
    """Make every edition's public row what its settings say; documents follow, the first articles at once."""
    ids = hold_together(_stale_articles(event.locale))  # articles before counters, as everywhere
    refresh_editions()
    follow_articles(ids)


@on(EditionDeleted)
def forget_edition(event: EditionDeleted) -> None:
    """Take an empty edition away; what was once at its addresses stays gone, and its changes keep their numbers."""
    for model in (TermPage, MonthCount, PublicMenu, PublicFrontPage, PublicEdition):
        db.session.execute(delete(model).where(model.locale == event.locale))
    others = [event.locale, *(edition.locale for edition in list_editions())]
    raise_house_version(*(tag(locale) for locale in others for tag in (edition_tag, details_tag)))
    picture = get_edition(event.locale).share_image
    if picture is not None:
        raise_house_version(asset_tag(picture))


def refresh_editions() -> bool:
    """Make every edition's public row what its settings say; answers whether anything differed."""
    editions = list_editions()
    counters = hold_counters(edition.locale for edition in editions)
    names = {e.locale: {o.locale: display_name(e.locale, o.locale) for o in editions} for e in editions}
    differed, closed = False, []
    for edition in editions:
        row = counters.get(edition.locale) or PublicEdition(locale=edition.locale, seq=_last_change(edition.locale))
        facts = _facts(edition, names[edition.locale])
        if (row.facts, row.enabled, row.position) == (facts, edition.enabled, edition.position):
            continue
        pictured = edition.share_image is not None or (row.facts is not None and row.facts.get("share_image"))
        moved = row.facts is not None and row.facts["url"] != facts["url"]
        if row.enabled and not edition.enabled:
            closed.append(edition.locale)
        row.facts, row.enabled, row.position = facts, edition.enabled, edition.position
        advance(row)
        db.session.add(row)
        db.session.flush()
        differed = True
        if pictured:
            show_share_picture(edition)
        if moved:
            sections = db.session.scalars(select(Term.id).where(Term.type == "section")).all()
            follow_terms(sections, [edition.locale])
    if differed:  # each edition names all others
        raise_house_version(*(tag(edition.locale) for edition in editions for tag in (edition_tag, details_tag)))
    if closed and tells_shared_caches():  # what is shown nowhere else is not public any more
        raise_house_version(*map(asset_tag, assets_shown_in(closed)))
    return differed


def _last_change(locale: str) -> int:
    """Where the numbers of an edition go on after its row was lost: changes outlive it."""
    return db.session.scalar(select(func.max(Change.seq)).where(Change.locale == locale)) or 0


def _facts(edition: Edition, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": str(edition_id(edition.locale, edition.created_at)),
        "locale": edition.locale,
        "dir": edition.direction,
        "script": edition.script,
        "name": edition.native_name,
        "names": names,
        "calendar": edition.calendar,
        "numbering": edition.numbering,
        "timezone": edition.timezone,
        "url": facts_of(edition).base_url,
        "title": edition.title,
        "tagline": edition.tagline,
        "is_default": edition.is_default,
        "social": edition.social,
        "copyright": edition.copyright,
        "fallback": edition.fallback,
        "home": edition.home,
        "comments": edition.comments,
        "share_image": share_picture(edition),
    }


@every(seconds=2)
def continue_roll_out() -> bool:
    """Carry on where settings changed, or where this server was given another address; whether there is more to do."""
    if current_app.config["SETTINGS"].superseded:
        return False
    mark = present_mark()
    shown = {row.locale: row.facts for row in db.session.execute(select(PublicEdition.locale, PublicEdition.facts))}
    same = all(shown.get(e.locale, {}).get("url") == facts_of(e).base_url for e in list_editions())
    waiting = stale_documents(mark)
    end_reading()
    if not same:
        atomic(refresh_editions)()
    if waiting:
        atomic(roll_out)()
    return waiting > AT_ONCE


def stale_documents(mark: str) -> int:
    """How many documents still show an edition's former settings."""
    stale = or_(Document.house_mark < mark, Document.house_mark > mark)
    return db.session.scalar(select(func.count()).select_from(Document).where(stale)) or 0


def roll_out() -> int:
    """Render the next articles whose documents show former settings; answers how many were found."""
    ids = _stale_articles()
    _follow_together(ids)
    return len(ids)


def _stale_articles(first: str | None = None) -> list[UUID]:
    """The next articles whose documents show former settings, in order; those of an edition before others."""
    mark = present_mark()
    stale = or_(Document.house_mark < mark, Document.house_mark > mark)
    ids = select(Document.article_id).where(stale).distinct().order_by(Document.article_id).limit(AT_ONCE)
    inside = select(Document.article_id).where(Document.locale == first)
    concerned = db.session.scalars(ids.where(Document.article_id.in_(inside))).all() if first else []
    return sorted(concerned or db.session.scalars(ids).all())


def _follow_together(article_ids: Sequence[UUID]) -> None:
    follow_articles(hold_together(article_ids))


def rebuild(progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Make every public table but addresses and changes anew from what is live, while readers go on reading.

    `progress` is told how many articles are done, of how many. Answers that number.
    """
    atomic(_begin_rebuild)()
    live = select(Variant.article_id).where(Variant.live_revision.is_not(None), Variant.trashed_at.is_(None))
    ids = sorted(db.session.scalars(live.union(select(Document.article_id))))
    end_reading()
    for start in range(0, len(ids), AT_ONCE):
        atomic(_follow_together)(ids[start : start + AT_ONCE])
        progress(min(start + AT_ONCE, len(ids)), len(ids))
    atomic(_recount)()
    return len(ids)


def _begin_rebuild() -> None:
    refresh_editions()
    locales = [edition.locale for edition in list_editions()]
    hold_counters(locales)
    term_ids = db.session.scalars(select(Term.id)).all()
    for start in range(0, len(term_ids), terms.AT_ONCE):
        follow_terms(term_ids[start : start + terms.AT_ONCE], locales)
    follow_menus(locales)
    follow_front_pages(locales)
    db.session.execute(update(Document).values(house_mark=""))


def _recount() -> None:
    hold_counters(edition.locale for edition in list_editions())
    recount_months()
    recount_pages(db.session.scalars(select(TermPage)).all())
    raise_house_version(*(edition_tag(edition.locale) for edition in list_editions()))


@check
def documents() -> Finding:
    """Show how far a change of an edition's settings has been rolled out."""
    waiting = stale_documents(present_mark())
    words = f"{waiting} documents wait for new settings" if waiting else "all documents show today's settings"
    return Finding("documents", True, words, vital=False)
