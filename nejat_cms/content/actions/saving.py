"""Writing: every change of a text is a new revision, and leaves every other edition alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.claims import ARTICLE, hold_variant_slugs, take_free_slug
from nejat_cms.content.actions.indexing import index_draft
from nejat_cms.content.actions.pictures import name_pictures
from nejat_cms.content.actions.terms import find_or_make_terms
from nejat_cms.content.models import Article, Revision, TermName, Variant, VariantTerm
from nejat_cms.content.queries.freshness import revisions_translated
from nejat_cms.content.queries.related import known_articles
from nejat_cms.content.queries.variants import (
    find_variant,
    get_revision,
    load_variant,
    readable_revision,
    variants_of,
    view_variant,
)
from nejat_cms.content.rules.assets import AssetRef, snapshot_refs, without
from nejat_cms.content.rules.blocks import Block, assign_ids
from nejat_cms.content.rules.freshness import article_segments, fingerprint, mark
from nejat_cms.content.rules.kinds import check_fields
from nejat_cms.content.rules.snapshots import TERM_ROLES, Body, Snapshot, blank, merged, replaced
from nejat_cms.content.rules.stages import Stage
from nejat_cms.db import atomic, db, lock, new_id, utc_now
from nejat_cms.editions.models import Edition
from nejat_cms.errors import ForbiddenError, InvalidError, NotFoundError, Problem, StaleVersionError, pointer
from nejat_cms.language.zones import parse_rfc3339, to_rfc3339
from nejat_cms.media.queries import types_of
from nejat_cms.permissions import Actor, Permission, may, require

Changes = Mapping[str, Any]


def hold_article(article_id: UUID) -> Article:
    """The article, locked: whoever changes what it shows waits here for whoever came first.

    Raises: NotFoundError.
    """
    article = lock(Article, article_id)
    if article is None:
        raise NotFoundError
    return article


def hold_articles(article_ids: Iterable[UUID]) -> None:
    """Lock several articles in the order of their ids, as everybody does; one that is gone is passed over."""
    wanted = select(Article).where(Article.id.in_(set(article_ids))).order_by(Article.id)
    db.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()


@atomic
def create_article(actor: Actor, kind: str, locale: str, changes: Changes) -> Variant:
    """Begin a new work with its first variant, a draft.

    Raises: ForbiddenError, InvalidError, SlugTakenError.
    """
    _require_edition(locale, "/locale")
    article = Article(id=new_id(), kind=kind)
    variant = Variant(article=article, locale=locale, created_by=actor.user_id, stage=Stage.DRAFT)
    require(actor, Permission.CREATE_VARIANT, variant)
    if changes.get("based_on") is not None:
        raise _unknown_source()
    db.session.add(article)
    db.session.flush()
    _fill_new(actor, variant, changes, blank())
    record(actor, "variant.create", "article", article.id, locale=locale)
    return variant


@atomic
def create_variant(actor: Actor, article_id: UUID, locale: str, changes: Changes) -> Variant:
    """Add the article's missing variant in one edition; `copy_from` starts from a copy of another one.

    Raises: NotFoundError, ForbiddenError, StaleVersionError where it exists, InvalidError, SlugTakenError.
    """
    article = hold_article(article_id)
    _require_sight(actor, article_id)
    _require_edition(locale, "")
    may_create = actor.locales(Permission.CREATE_VARIANT)
    if may_create is not None and locale not in may_create:
        raise ForbiddenError
    present = find_variant(article_id, locale)
    if present is not None and readable_revision(actor, present) is not None:
        require(actor, Permission.EDIT_VARIANT, present)
        raise StaleVersionError
    start, changes = _starting_point(actor, article_id, locale, changes)
    variant = Variant(article=article, locale=locale, created_by=actor.user_id, stage=Stage.DRAFT)
    variant.based_on_id, variant.based_on_revision = _source_reference(actor, variant, changes.get("based_on"))
    require(actor, Permission.CREATE_VARIANT, variant)
    if present is not None:
        raise StaleVersionError
    _fill_new(actor, variant, changes, start)
    article.touch()
    record(actor, "variant.create", "article", article.id, locale=locale)
    return variant


@atomic
def replace_variant(actor: Actor, article_id: UUID, locale: str, changes: Changes, *, version: int | None) -> Variant:
    """Make a variant say what `changes` say and nothing else; slug, date and source stay unless named.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError, SlugTakenError.
    """
    variant = _held_variant(actor, article_id, locale, version)
    if "copy_from" in changes:
        raise InvalidError(Problem("unknown_field", _("Only a new variant starts from a copy."), "/copy_from"))
    before = get_revision(variant.id, variant.revision).snapshot
    _save(actor, variant, replaced(before, _resolved(actor, variant, changes, before)), changes)
    return variant


@atomic
def change_variant(actor: Actor, article_id: UUID, locale: str, changes: Changes, *, version: int | None) -> Variant:
    """Change what is named of a variant and keep the rest.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, InvalidError, SlugTakenError.
    """
    variant = _held_variant(actor, article_id, locale, version)
    before = get_revision(variant.id, variant.revision).snapshot
    _save(actor, variant, merged(before, _resolved(actor, variant, changes, before)), changes)
    return variant


@atomic
def restore_revision(actor: Actor, article_id: UUID, locale: str, number: int, *, version: int | None) -> Variant:
    """Make an old revision the newest draft again; never publishes, and leaves the slug as it is.

    Raises: NotFoundError, ForbiddenError, StaleVersionError.
    """
    variant = _held_variant(actor, article_id, locale, version)
    old = get_revision(variant.id, number)
    _save(actor, variant, _with_what_is_left(variant.kind, locale, old.snapshot), {"note": f"#{number}"})
    return variant


def _held_variant(actor: Actor, article_id: UUID, locale: str, version: int | None) -> Variant:
    hold_article(article_id)
    variant = load_variant(actor, article_id, locale)
    require(actor, Permission.EDIT_VARIANT, variant)
    variant.check_version(version)
    return variant


def _require_sight(actor: Actor, article_id: UUID) -> None:
    """Who may not know of any variant may not know of the article.

    Raises: NotFoundError.
    """
    if not any(readable_revision(actor, variant) is not None for variant in variants_of(article_id)):
        raise NotFoundError


def _require_edition(locale: str, where: str) -> None:
    if db.session.get(Edition, locale) is None:
        if not where:
            raise NotFoundError
        raise InvalidError(Problem("unknown_locale", _("There is no edition in this language."), where))


def _starting_point(actor: Actor, article_id: UUID, locale: str, changes: Changes) -> tuple[Snapshot, Changes]:
    origin = changes.get("copy_from")
    if origin is None:
        return blank(), changes
    try:
        view = view_variant(actor, article_id, origin)
    except NotFoundError as error:
        raise InvalidError(
            Problem("unknown_source", _("There is no such variant to copy from."), "/copy_from")
        ) from error
    start = _with_what_is_left(view.variant.kind, locale, view.snapshot) | {"published_at": None, "based_on": None}
    source = {"locale": origin, "revision": view.revision.number}
    return start, {"based_on": source, **{name: value for name, value in changes.items() if name != "copy_from"}}


def _with_what_is_left(kind: str, locale: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot without what is no more, and without sections, tags and people that an edition has no name for."""
    refs = snapshot_refs(kind, snapshot)
    kept = types_of({ref.id for ref in refs})
    snapshot = without(snapshot, {str(ref.id) for ref in refs if ref.id not in kept})
    named = db.session.scalars(
        select(TermName.term_id).where(
            TermName.locale == locale,
            TermName.term_id.in_([UUID(term) for name in TERM_ROLES for term in snapshot[name]]),
        )
    )
    known = {str(term_id) for term_id in named}
    return snapshot | {name: [term for term in snapshot[name] if term in known] for name in TERM_ROLES}


def _fill_new(actor: Actor, variant: Variant, changes: Changes, start: Snapshot) -> None:
    variant.id = new_id()
    variant.revision = 0
    snapshot = merged(start, _resolved(actor, variant, changes, None))
    variant.slug = changes.get("slug") or take_free_slug(
        snapshot["title"], variant.locale, ARTICLE, fallback=variant.kind, holder_id=variant.id
    )
    variant.title = snapshot["title"]
    db.session.add(variant)
    db.session.flush()
    _save(actor, variant, snapshot, changes)


def _resolved(actor: Actor, variant: Variant, changes: Changes, before: Snapshot | None) -> dict[str, Any]:
    """The changes in a snapshot's own terms: names become ids of terms, the body gets its blocks' ids."""
    given = {name: value for name, value in changes.items() if name in blank()}
    if "image" in changes:
        given["image"] = changes["image"] and str(changes["image"])
    based_on_id, based_on_revision = _source_reference(actor, variant, changes.get("based_on"))
    if "based_on" in changes:
        given["based_on"] = based_on_id and {"variant": str(based_on_id), "revision": based_on_revision}
    if "fields" in changes:
        old = before["fields"] if before else {}
        given["fields"] = changes["fields"]
        check_fields(variant.kind, {**old, **(changes["fields"] or {})})
    if "related" in changes:
        given["related"] = known_articles(actor, variant, changes["related"], (before or {}).get("related", ()))
    if "sections" in changes:
        given["sections"] = _known_sections(variant.locale, changes["sections"])
    for name, type_ in (("tags", "tag"), ("authors", "person"), ("translators", "person")):
        if name in changes:
            given[name] = find_or_make_terms(type_, variant.locale, changes[name])
    if changes.get("published_at") is not None:
        if changes["published_at"] > utc_now():
            raise InvalidError(
                Problem(
                    "in_the_future", _("Must not lie in the future; schedule the publication instead."), "/published_at"
                )
            )
        if changes["published_at"] == variant.first_published_at and not (before or {}).get("published_at"):
            given["published_at"] = None  # she sends back what she read: the date it has of itself
        else:
            given["published_at"] = to_rfc3339(changes["published_at"])
    if "body" in changes:
        given["blocks"] = _blocks(variant, changes["body"], before, given.get("based_on"))
    return given


def _blocks(variant: Variant, body: Body, before: Snapshot | None, based_on: Mapping[str, Any] | None) -> list[Block]:
    previous = before["blocks"] if before else []
    source: list[Block] = []
    reference = based_on or (before or {}).get("based_on")
    if body.as_html and reference:
        revision = db.session.get(Revision, (UUID(reference["variant"]), reference["revision"]))
        source = revision.snapshot["blocks"] if revision else []
    return assign_ids(body.blocks, previous=previous if body.as_html else (), source=source)


def _source_reference(
    actor: Actor, variant: Variant, given: Mapping[str, Any] | None
) -> tuple[UUID | None, int | None]:
    """The variant and revision that `based_on` names; what she may not read she cannot have translated.

    Raises: InvalidError.
    """
    if given is None:
        return None, None
    source = find_variant(variant.article.id, given["locale"]) if variant.article.id else None
    if source is None or given["locale"] == variant.locale:
        raise _unknown_source()
    named = (source.id, given["revision"])
    if named != (variant.based_on_id, variant.based_on_revision) and not _may_be_source(actor, source, named[1]):
        raise _unknown_source()
    return named


def _may_be_source(actor: Actor, source: Variant, number: int) -> bool:
    """Whether the actor may read this revision, or could while readers saw it."""
    newest = readable_revision(actor, source)
    revision = db.session.get(Revision, (source.id, number))
    if newest is None or revision is None:
        return False
    return number == newest or revision.published_at is not None or may(actor, Permission.READ_DRAFT, source)


def _unknown_source() -> InvalidError:
    return InvalidError(Problem("unknown_source", _("There is no such revision to be based on."), "/based_on"))


def _known_sections(locale: str, ids: list[UUID]) -> list[str]:
    named = set(
        db.session.scalars(
            select(TermName.term_id).where(
                TermName.type == "section", TermName.locale == locale, TermName.term_id.in_(ids)
            )
        )
    )
    problems = [
        Problem("unknown_section", _("There is no such section in this edition."), pointer("sections", index))
        for index, term_id in enumerate(ids)
        if term_id not in named
    ]
    if problems:
        raise InvalidError(problems)
    return [str(term_id) for term_id in dict.fromkeys(ids)]


def _save(actor: Actor, variant: Variant, snapshot: Snapshot, changes: Changes) -> None:
    """Write a new revision if anything changed, and let the variant's row follow it."""
    snapshot = snapshot | {"fields": check_fields(variant.kind, snapshot["fields"])}
    before = db.session.get(Revision, (variant.id, variant.revision)) if variant.revision else None
    slug = changes.get("slug") or variant.slug
    refs = snapshot_refs(variant.kind, snapshot)
    _require_assets(refs)
    if before is not None and before.snapshot == snapshot and slug == variant.slug:
        return
    if before is None or before.snapshot != snapshot:
        _write_revision(actor, variant, snapshot, before, changes)
        if refs or before is not None:
            name_pictures(variant)
    variant.slug = slug
    variant.stage = Stage.DRAFT
    if before is not None:  # a translator makes no original of her translation
        require(actor, Permission.EDIT_VARIANT, variant)
    variant.touch()
    hold_variant_slugs(variant)
    if before is not None:
        record(actor, "variant.edit", "article", variant.article.id, locale=variant.locale, revision=variant.revision)


def _require_assets(refs: Sequence[AssetRef]) -> None:
    """Refuse what the library does not have, or has as something else.

    Raises: InvalidError.
    """
    types = types_of({ref.id for ref in refs})
    words = _("The media library has no such file.")
    problems = [Problem("unknown_asset", words, ref.pointer) for ref in refs if types.get(ref.id) not in ref.types]
    if problems:
        raise InvalidError(problems)


def _segments_of(snapshot: Snapshot) -> dict[str, str]:
    return article_segments(snapshot["title"], snapshot["lead"], snapshot["blocks"])


def _write_revision(
    actor: Actor, variant: Variant, snapshot: Snapshot, before: Revision | None, changes: Changes
) -> None:
    prints = fingerprint(
        _segments_of(snapshot),
        _segments_of(before.snapshot) if before else None,
        before.fingerprints if before else None,
        minor=bool(before and changes.get("minor", False)),
        named=[(_segments_of(row.snapshot), row.fingerprints) for row in revisions_translated(variant.id)]
        if before
        else [],
    )
    based_on = snapshot["based_on"]
    variant.revision += 1
    variant.based_on_id = UUID(based_on["variant"]) if based_on else None
    variant.based_on_revision = based_on["revision"] if based_on else None
    variant.title = snapshot["title"]
    variant.featured = snapshot["featured"]
    named_date = snapshot["published_at"]
    variant.published_at = parse_rfc3339(named_date) if named_date else variant.first_published_at
    db.session.add(
        Revision(
            variant_id=variant.id,
            number=variant.revision,
            snapshot=snapshot,
            fingerprints=prints,
            mark=mark(prints),
            minor=bool(changes.get("minor", False)),
            note=changes.get("note", ""),
            based_on_id=variant.based_on_id,
            based_on_revision=variant.based_on_revision,
            author_id=actor.user_id,
            author_name=actor.name,
        )
    )
    index_draft(variant, snapshot, new=before is None)
    if before:
        db.session.execute(delete(VariantTerm).where(VariantTerm.variant_id == variant.id))
    db.session.add_all(
        VariantTerm(variant_id=variant.id, role=role, position=position, term_id=UUID(term_id))
        for name, role in TERM_ROLES.items()
        for position, term_id in enumerate(snapshot[name])
    )
