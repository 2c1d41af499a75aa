"""What would happen elsewhere if something were unpublished, deleted or renamed; nothing is changed by asking.

variant_impact, term_impact ── what the newsroom knows ──┐
                            └─ ask(ImpactAsked) ─────────┴▶ findings of every feature that shows or names it
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from nejat_cms.content.models import (
    ArticleAlias,
    FrontPage,
    Menu,
    Redirect,
    Release,
    ReleaseItem,
    SlugClaim,
    Term,
    TermName,
    Variant,
)
from nejat_cms.content.queries.terms import get_term, names_term
from nejat_cms.content.queries.variants import load_variant, readable, readable_variants
from nejat_cms.content.rules.fronts import pinned_articles
from nejat_cms.content.rules.impact import MOST_ROWS, Finding, Step, Subject, and_more
from nejat_cms.content.rules.menus import targets_of
from nejat_cms.content.rules.stages import TRANSITIONS, Stage
from nejat_cms.db import db
from nejat_cms.editions.queries import list_editions
from nejat_cms.events import Event, ask
from nejat_cms.language.slugs import slug_key
from nejat_cms.permissions import Actor, Permission, may, require

ARTICLE = "article"
NEEDED = {
    Step.UNPUBLISH: Permission.PUBLISH_VARIANT,
    Step.ARCHIVE: Permission.PUBLISH_VARIANT,
    Step.DELETE: Permission.DELETE_VARIANT,
    Step.RENAME: Permission.EDIT_VARIANT,
}


@dataclass(frozen=True)
class ImpactAsked(Event):
    """Somebody asks what a step with a live text, or with a section, tag or person, would do; handlers add findings."""

    step: Step
    subject: Subject
    findings: list[Finding] = field(default_factory=list)


def variant_impact(actor: Actor, article_id: UUID, locale: str, step: Step, slug: str | None = None) -> list[Finding]:
    """What a step would do beyond the variant it is taken with; `slug`: the new one.

    Raises: NotFoundError; ForbiddenError for who may not take the step.
    """
    variant = load_variant(actor, article_id, locale)
    require(actor, NEEDED[step], variant)
    live = variant.live_revision is not None
    asked = ImpactAsked(step, Subject(ARTICLE, variant.id, article_id, locale, slug))
    if step is Step.RENAME:
        asked.findings.extend(_taken(locale, ARTICLE, variant.id, slug))
    else:
        asked.findings.extend(_left_behind(actor, variant, step))
        refused = _refusal(variant, step)
        if refused is not None:
            asked.findings.append(Finding(refused, locale, ARTICLE, article_id))
    if live and step is not Step.RENAME:
        asked.findings.extend(_led_to(locale, ARTICLE, _ids_of(article_id)))
    if step in (Step.ARCHIVE, Step.DELETE):
        asked.findings.extend(_releases(variant))
    if live:
        ask(asked)
    return asked.findings


def term_impact(
    actor: Actor, type_: str, term_id: UUID, step: Step, locale: str | None = None, slug: str | None = None
) -> list[Finding]:
    """What deleting a section, tag or person would do, or another slug in one edition.

    Raises: NotFoundError; ForbiddenError for who may not do it.
    """
    require(actor, Permission.READ_LIVE)
    term = get_term(type_, term_id)
    names = [name for name in term.names if step is Step.DELETE or name.locale == locale]
    for name in names or [TermName(locale=locale or "")]:
        require(actor, Permission.EDIT_TERMS, name)
    asked = ImpactAsked(step, Subject(type_, term_id, None, locale, slug))
    if step is Step.RENAME:
        asked.findings.extend(_taken(locale or "", type_, term_id, slug))
    else:
        asked.findings.extend(_named(actor, term))
        asked.findings.extend(_led_to(None, type_, {term_id}))
        asked.findings.extend(_redirects(Redirect.term_id == term_id))
    ask(asked)
    return asked.findings


def _refusal(variant: Variant, step: Step) -> str | None:
    """The code of what keeps a variant from a step."""
    if step is Step.ARCHIVE:
        return None if Stage(variant.stage) in TRANSITIONS[step].sources else "not_archivable"
    if step is Step.DELETE:
        return None if variant.live_revision is None else "published"
    return "not_published" if variant.live_revision is None else None


def _ids_of(article_id: UUID) -> set[UUID]:
    """Every id that an article is known by."""
    return {article_id, *db.session.scalars(select(ArticleAlias.id).where(ArticleAlias.article_id == article_id))}


def _taken(locale: str, type_: str, holder_id: UUID, slug: str | None) -> list[Finding]:
    claim = db.session.get(SlugClaim, (locale, type_, slug_key(slug or "")))
    return [] if claim is None or claim.holder_id == holder_id else [Finding("slug_taken", locale, type_)]


def _left_behind(actor: Actor, variant: Variant, step: Step) -> list[Finding]:
    """What the newsroom made from a variant, planned for it, or led to it; a publication outlives an unpublishing."""
    made_from_it = db.session.scalars(select(Variant.id).where(Variant.based_on_id == variant.id)).all()
    found = [_text("source_lost", actor, other) for other in readable_variants(actor, made_from_it)]
    if variant.unpublish_at or (variant.publish_at and step is not Step.UNPUBLISH):
        found.append(Finding("plan_dropped", variant.locale, ARTICLE, variant.article_id))
    if variant.live_revision is not None:
        found += _redirects(Redirect.variant_id == variant.id)
    return found


def _redirects(leading_to_it: ColumnElement[bool]) -> list[Finding]:
    rows = db.session.scalars(select(Redirect).where(leading_to_it).order_by(Redirect.locale, Redirect.path))
    return [Finding("redirect_broken", row.locale, "redirect", row.id, url=row.path) for row in rows]


def _led_to(locale: str | None, type_: str, ids: Collection[UUID]) -> list[Finding]:
    """The items of menus that lead to it, and the places on front pages where it is pinned; None: in every edition."""
    keys = {str(each) for each in ids}
    targets = {(type_, key) for key in keys}
    menus, fronts = select(Menu).order_by(Menu.locale, Menu.name), select(FrontPage).order_by(FrontPage.locale)
    if locale is not None:
        menus, fronts = menus.where(Menu.locale == locale), fronts.where(FrontPage.locale == locale)
    found = [
        Finding("menu_item_hidden", menu.locale, "menu", title=menu.name)
        for menu in db.session.scalars(menus)
        for target in targets_of(menu.items)
        if (target["type"], target.get("id")) in targets
    ]
    code = "pin_hidden" if type_ == ARTICLE else "front_page_changed"
    shown = {edition.locale: edition.home["sections"] or () for edition in list_editions()}
    for front in db.session.scalars(fronts):
        named = pinned_articles(front.pins) if type_ == ARTICLE else [*front.pins["sections"], *shown[front.locale]]
        if keys & {*named}:
            found.append(Finding(code, front.locale, "home"))
    return found


def _releases(variant: Variant) -> list[Finding]:
    """The release that is still to publish it: whoever may take the step may publish, and so read it."""
    rows = db.session.scalars(
        select(Release)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .where(ReleaseItem.variant_id == variant.id, ReleaseItem.published_at.is_(None))
    )
    return [Finding("release_stopped", variant.locale, "release", row.id, row.title) for row in rows]


def _named(actor: Actor, term: Term) -> list[Finding]:
    """What keeps a term from being deleted: texts that name it, those too that the asker may not know of."""
    naming = names_term(term.id)
    total = db.session.scalar(select(func.count(Variant.id)).where(naming)) or 0
    known = select(Variant).where(naming, readable(actor)).order_by(Variant.locale, Variant.id)
    told = [_text("named_by_texts", actor, variant) for variant in db.session.scalars(known.limit(MOST_ROWS))]
    found = and_more("named_by_texts", ARTICLE, total, told)
    below = db.session.scalars(select(Term).where(Term.parent_id == term.id).order_by(Term.position, Term.id))
    return found + [_section("has_sections_below", section) for section in below]


def _text(code: str, actor: Actor, variant: Variant) -> Finding:
    reads = any(may(actor, each, variant) for each in (Permission.READ_DRAFT, Permission.READ_APPROVED))
    return Finding(code, variant.locale, ARTICLE, variant.article_id, variant.title if reads else None)


def _section(code: str, section: Term) -> Finding:
    name = section.names[0]
    return Finding(code, name.locale, section.type, section.id, name.name)
