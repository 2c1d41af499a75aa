"""Sections, tags and people: one thing, with a name and a slug of its own in every edition it exists in."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import exists, func, select

from nejat_cms.accounts.actions import record
from nejat_cms.content.actions.claims import hold_slugs, take_free_slug
from nejat_cms.content.actions.events import TermChanged, TermDeleted
from nejat_cms.content.models import Term, TermName, Variant
from nejat_cms.content.queries.terms import get_term, names_term, section_ancestors, section_with_descendants
from nejat_cms.content.rules.terms import page_id
from nejat_cms.db import atomic, db, lock, new_id
from nejat_cms.editions.models import Edition
from nejat_cms.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    Problem,
    at_most_levels,
    pointer,
)
from nejat_cms.events import emit
from nejat_cms.language.folding import fold
from nejat_cms.media.actions.uses import name_assets
from nejat_cms.media.queries import require_pictures
from nejat_cms.permissions import Actor, Permission, require

TERM_TYPES = ("section", "tag", "person")
MAX_SECTION_DEPTH = 10
SECTION_TREE = 0x6E656A61
"""The key of PostgreSQL's advisory lock on the tree of sections."""
Names = Mapping[str, Mapping[str, Any] | None]


@atomic
def create_term(actor: Actor, type_: str, names: Names, *, parent: UUID | None = None, position: int = 0) -> Term:
    """Make a section, tag or person, named in at least one edition.

    Raises: ForbiddenError, InvalidError, SlugTakenError.
    Emits: TermChanged.
    """
    _require_names(actor, names)
    if not names:
        raise InvalidError(Problem("required", _("At least one edition must be named."), "/names"))
    if parent is not None:
        _hold_tree()
    term = Term(id=new_id(), type=type_, position=position, names=[])
    _place(term, parent)
    db.session.add(term)
    db.session.flush()
    _set_names(term, names)
    record(actor, "term.create", type_, term.id)
    emit(TermChanged(term.id))
    return term


@atomic
def change_term(
    actor: Actor, type_: str, term_id: UUID, *, version: int | None, names: Names | None = None, **place: Any
) -> Term:
    """Rename a term in some editions, take it out of others, or move it; moving touches every edition.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError, InvalidError, SlugTakenError.
    Emits: TermChanged.
    """
    require(actor, Permission.READ_LIVE)
    if "parent" in place:
        _hold_tree()
    lock(Term, term_id)
    term = get_term(type_, term_id)
    names = names or {}
    _require_names(actor, names)
    moved = {name: value for name, value in place.items() if value != getattr(term, _COLUMNS[name])}
    if moved:
        require(actor, Permission.EDIT_TERMS)
    if actor.locales(Permission.EDIT_TERMS) == frozenset():
        raise ForbiddenError
    term.check_version(version)
    if not moved and not names:
        return term
    if "parent" in moved:
        _place(term, moved["parent"])
    term.position = moved.get("position", term.position)
    _set_names(term, names)
    term.touch()
    db.session.flush()
    record(actor, "term.edit", type_, term.id, editions=sorted(names))
    emit(TermChanged(term.id))
    return term


@atomic
def delete_term(actor: Actor, type_: str, term_id: UUID, *, version: int | None) -> None:
    """Remove a term that no text names, nor what is planned to go out, and that has nothing below it.

    Raises: NotFoundError, ForbiddenError, StaleVersionError, ConflictError.
    Emits: TermDeleted.
    """
    require(actor, Permission.READ_LIVE)
    lock(Term, term_id)
    term = get_term(type_, term_id)
    for name in term.names:
        require(actor, Permission.EDIT_TERMS, name)
    term.check_version(version)
    if db.session.scalar(select(exists().where(names_term(term.id)))):
        raise ConflictError(_("It is still named by some texts."))
    if db.session.scalar(select(exists().where(Term.parent_id == term.id))):
        raise ConflictError(_("It still has sections below it."))
    emit(TermDeleted(term.id))
    for name in term.names:
        name_assets(page_id(term.id, name.locale), name.locale, {})
        hold_slugs(term.id, name.locale, term.type, ())
    db.session.delete(term)
    record(actor, "term.delete", type_, term_id)


def find_or_make_terms(type_: str, locale: str, names: Iterable[str]) -> list[str]:
    """The ids of the tags or people so named in an edition, whatever their letters' variants; missing ones are made."""
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(fold(name), name)
    known = _terms_named(type_, locale, wanted) if wanted else {}
    for key in sorted(wanted.keys() - known.keys()):  # in one order, so that nobody waits for who waits for her
        known[key] = _make_term(type_, locale, wanted[key])
    return [str(known[key]) for key in wanted]


def _terms_named(type_: str, locale: str, keys: Iterable[str]) -> dict[str, UUID]:
    """Tags or people of an edition by their folded names; the oldest of those that share one."""
    rows = db.session.scalars(
        select(TermName)
        .where(TermName.locale == locale, TermName.type == type_, TermName.name_fold.in_(keys))
        .order_by(TermName.term_id.desc())
    )
    return {row.name_fold: row.term_id for row in rows}


def _make_term(type_: str, locale: str, name: str) -> UUID:
    """A new term, unless somebody else made it since.

    The slug is taken before the name is looked up once more: whoever committed the same name before
    that look is found, and whoever commits it later waits at the same slug and then finds this one.
    """
    term = Term(id=new_id(), type=type_, position=0, names=[])
    slug = take_free_slug(name, locale, type_, fallback=type_, holder_id=term.id)
    made_since = _terms_named(type_, locale, [fold(name)])
    if made_since:
        hold_slugs(term.id, locale, type_, ())
        return made_since[fold(name)]
    db.session.add(term)
    db.session.flush()
    _set_names(term, {locale: {"name": name, "slug": slug}})
    return term.id


_COLUMNS = {"parent": "parent_id", "position": "position"}


def _require_names(actor: Actor, names: Names) -> None:
    for locale in names:
        require(actor, Permission.EDIT_TERMS, TermName(locale=locale))
    known = set(db.session.scalars(select(Edition.locale).where(Edition.locale.in_(names))))
    unknown = [locale for locale in names if locale not in known]
    if unknown:
        raise InvalidError(
            Problem("unknown_locale", _("There is no edition in this language."), pointer("names", locale))
            for locale in unknown
        )


def _place(term: Term, parent: UUID | None) -> None:
    """Hang the term below another one of its type, never below itself."""
    if parent is not None:
        try:
            get_term(term.type, parent)
        except NotFoundError as error:
            raise InvalidError(Problem("unknown_parent", _("There is no such section."), "/parent")) from error
        if term.type != "section":
            raise InvalidError(Problem("invalid", _("Only sections have others below them."), "/parent"))
        if parent in section_with_descendants([term.id]):
            raise ConflictError(_("A section cannot be below itself."))
        if len(section_ancestors([parent])) + _height(term.id) > MAX_SECTION_DEPTH:
            raise InvalidError(Problem("too_deep", at_most_levels(MAX_SECTION_DEPTH), "/parent"))
    term.parent_id = parent


def _hold_tree() -> None:
    """Wait for whoever is hanging a section elsewhere: two moves that are right by themselves can make a circle.

    Taken before any section's own lock. On SQLite the transaction itself is this lock.
    """
    if db.engine.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(SECTION_TREE)))


def _height(term_id: UUID) -> int:
    """How many levels a section is with what lies below it."""
    height, level = 0, [term_id]
    while level and height <= MAX_SECTION_DEPTH:
        height += 1
        level = list(db.session.scalars(select(Term.id).where(Term.parent_id.in_(level))))
    return height


def _set_names(term: Term, names: Names) -> None:
    present = {name.locale: name for name in term.names}
    pictures = {locale: given["image"] for locale, given in names.items() if given and given.get("image")}
    require_pictures({pointer("names", locale, "image"): image for locale, image in pictures.items()})
    for locale, given in names.items():
        row = present.get(locale)
        if given is None:
            if row is not None:
                _refuse_if_named(term, locale)
                name_assets(page_id(term.id, locale), locale, {})
                hold_slugs(term.id, locale, term.type, ())
                term.names.remove(row)
            continue
        if row is None:
            row = TermName(locale=locale, type=term.type, slug="")
            term.names.append(row)
        row.name, row.name_fold = given["name"], fold(given["name"])
        row.description = given.get("description", row.description or "")
        row.slug = (
            given.get("slug")
            or row.slug
            or take_free_slug(given["name"], locale, term.type, fallback=term.type, holder_id=term.id)
        )
        hold_slugs(term.id, locale, term.type, (row.slug,))
        if given.get("image", row.image) != row.image:
            row.image = given["image"]
            name_assets(page_id(term.id, locale), locale, {row.image: False} if row.image else {})
    if not term.names:
        raise ConflictError(
            _(
                "A section, tag or person needs a name in at least one edition. "
                "To remove the last name, delete the whole entry."
            )
        )
    db.session.flush()


def _refuse_if_named(term: Term, locale: str) -> None:
    """A name that texts of its edition still show, or are planned to, is not taken from under them."""
    if db.session.scalar(select(exists().where(names_term(term.id), Variant.locale == locale))):
        raise ConflictError(_("It is still named by some texts."))
