"""What would happen elsewhere if something were unpublished, deleted or renamed; nothing is changed by asking.

view_impact ── what the newsroom knows ──┐
            └─ ask(ImpactAsked) ─────────┴▶ findings of every feature that shows or names it
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from nejat_cms.content.models import Redirect, SlugClaim, Term, TermName, Variant, VariantTerm
from nejat_cms.content.queries.terms import get_term
from nejat_cms.content.queries.variants import load_variant, readable_variants
from nejat_cms.content.rules.impact import Finding, Step
from nejat_cms.db import db
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

    actor: Actor
    step: Step
    type: str
    id: UUID
    """Of the variant or the term."""
    article_id: UUID | None
    locale: str | None
    """The edition it is about; None: every edition."""
    slug: str | None
    """The new one, where the step is another slug."""
    findings: list[Finding] = field(default_factory=list)


def variant_impact(actor: Actor, article_id: UUID, locale: str, step: Step, slug: str | None = None) -> list[Finding]:
    """What a step would do beyond the variant it is taken with; `slug`: the new one.

    Raises: NotFoundError; ForbiddenError for who may not take the step.
    """
    variant = load_variant(actor, article_id, locale)
    require(actor, NEEDED[step], variant)
    live = variant.live_revision is not None
    asked = ImpactAsked(actor, step, ARTICLE, variant.id, article_id, locale, slug)
    if step is Step.RENAME:
        asked.findings.extend(_taken(locale, ARTICLE, variant.id, slug))
    else:
        asked.findings.extend(_left_behind(actor, variant, live=live))
        if live and step is Step.DELETE:
            asked.findings.append(Finding("published", locale, ARTICLE, article_id))
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
    asked = ImpactAsked(actor, step, type_, term_id, None, locale, slug)
    if step is Step.RENAME:
        asked.findings.extend(_taken(locale or "", type_, term_id, slug))
    else:
        asked.findings.extend(_named(actor, term))
    ask(asked)
    return asked.findings


def _taken(locale: str, type_: str, holder_id: UUID, slug: str | None) -> list[Finding]:
    claim = db.session.get(SlugClaim, (locale, type_, slug_key(slug or "")))
    return [] if claim is None or claim.holder_id == holder_id else [Finding("slug_taken", locale, type_)]


def _left_behind(actor: Actor, variant: Variant, *, live: bool) -> list[Finding]:
    """What the newsroom made from a variant, planned for it, or led to it."""
    made_from_it = db.session.scalars(select(Variant.id).where(Variant.based_on_id == variant.id)).all()
    found = [_text("source_lost", actor, other) for other in readable_variants(actor, made_from_it)]
    if variant.publish_at or variant.unpublish_at:
        found.append(Finding("plan_dropped", variant.locale, ARTICLE, variant.article_id))
    if live:
        leading = select(Redirect).where(Redirect.variant_id == variant.id).order_by(Redirect.path)
        found += [
            Finding("redirect_broken", row.locale, "redirect", row.id, url=row.path)
            for row in db.session.scalars(leading)
        ]
    return found


def _named(actor: Actor, term: Term) -> list[Finding]:
    """What keeps a term from being deleted: texts that name it, those too that the asker may not know of."""
    naming = set(db.session.scalars(select(VariantTerm.variant_id).where(VariantTerm.term_id == term.id)))
    known = readable_variants(actor, naming)
    found = [_text("named_by_texts", actor, variant) for variant in known]
    if naming - {variant.id for variant in known}:
        found.append(Finding("named_by_texts", None, ARTICLE))
    below = db.session.scalars(select(Term).where(Term.parent_id == term.id).order_by(Term.position, Term.id))
    return found + [_section("has_sections_below", section) for section in below]


def _text(code: str, actor: Actor, variant: Variant) -> Finding:
    readable = any(may(actor, each, variant) for each in (Permission.READ_DRAFT, Permission.READ_APPROVED))
    return Finding(code, variant.locale, ARTICLE, variant.article_id, variant.title if readable else None)


def _section(code: str, section: Term) -> Finding:
    name = section.names[0]
    return Finding(code, name.locale, section.type, section.id, name.name)
