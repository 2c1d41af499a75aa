"""What has become of the targets of menus and front pages, as somebody of the newsroom may know it.

    look_up(actor, {locale: targets}) ──▶ Found.state_of(locale, target)

One statement for each type of target and a thousand of them, however many menus and editions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import String, TableValuedAlias, and_, func, select, true

from nejat_cms.content.models import ArticleAlias, Revision, TermName, Variant, VariantTerm
from nejat_cms.content.queries.variants import readable_revision
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.menus import TERM_PATHS, Target, TargetState, address_of
from nejat_cms.db import db
from nejat_cms.editions.queries import facts_of, list_editions
from nejat_cms.editions.rules import EditionFacts
from nejat_cms.http.problems import said_in
from nejat_cms.permissions import Actor

AT_ONCE = 1000
"""How many ids one statement names: databases bound how many values it may have."""
BYLINES = ("tags", "authors", "translators")


@dataclass(frozen=True)
class TargetView:
    """A target in one edition: what it is called there, where it lives, and whether readers reach it."""

    state: TargetState
    title: str | None = None
    url: str | None = None


MISSING, UNPUBLISHED = TargetView(TargetState.MISSING), TargetView(TargetState.UNPUBLISHED)


@dataclass
class Found:
    """What was looked up."""

    editions: Mapping[str, EditionFacts]
    enabled: Collection[str]
    articles: dict[tuple[str, str], TargetView] = field(default_factory=dict)
    """By edition and id."""
    terms: dict[tuple[str, str], TermName] = field(default_factory=dict)
    shown: set[tuple[str, str]] = field(default_factory=set)
    """Tags and people, by edition and id, that something published there names."""

    def state_of(self, locale: str, target: Target) -> TargetView:
        """What there is to say of a target in an edition that was looked up."""
        edition = self.editions[locale]
        url = address_of(target, edition.base_url) if target["type"] in ("kind", "home", "url") else None
        match target["type"]:
            case "article":
                return self.articles.get((locale, target["id"]), MISSING)
            case "section" | "tag" | "person":
                return self._term(locale, target)
            case "edition":
                return self._edition(target)
            case "kind":
                return TargetView(TargetState.OK, said_in(locale, KINDS[target["kind"]].label), url)
            case "editions":
                others = set(self.enabled) - {locale}
                return TargetView(TargetState.OK if others else TargetState.HIDDEN, edition.native_name)
            case "home":
                return TargetView(TargetState.OK, edition.title, url)
        return TargetView(TargetState.OK, None, url)

    def _term(self, locale: str, target: Target) -> TargetView:
        name = self.terms.get((locale, target["id"]))
        if name is None or name.type != target["type"]:
            return MISSING
        if name.type != "section" and (locale, target["id"]) not in self.shown:
            return TargetView(TargetState.UNPUBLISHED, name.name)
        return TargetView(TargetState.OK, name.name, address_of(target, self.editions[locale].base_url, name.slug))

    def _edition(self, target: Target) -> TargetView:
        other = self.editions.get(target["locale"])
        if other is None:
            return MISSING
        if other.locale not in self.enabled:
            return TargetView(TargetState.UNPUBLISHED, other.native_name)
        return TargetView(TargetState.OK, other.native_name, other.base_url)


def look_up(actor: Actor, wanted: Mapping[str, Sequence[Target]]) -> Found:
    """What this actor may know of these targets, by the edition whose menus name them.

    An article of which she may read nothing is missing to her, as it is wherever she asks for it.
    """
    editions = list_editions()
    found = Found(
        {each.locale: facts_of(each) for each in editions}, {each.locale for each in editions if each.enabled}
    )
    by_type: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for locale, targets in wanted.items():
        for target in targets:
            if "id" in target:
                by_type[target["type"]].append((locale, target["id"]))
    if by_type["article"]:
        _look_up_articles(actor, found, by_type["article"])
    terms = [pair for type_ in TERM_PATHS for pair in by_type[type_]]
    if terms:
        found.terms = {
            (row.locale, str(row.term_id)): row
            for ids in _batches(terms)
            for row in db.session.scalars(select(TermName).where(TermName.term_id.in_(ids)))
        }
    if by_type["tag"] or by_type["person"]:
        found.shown = _shown(by_type["tag"] + by_type["person"])
    return found


def _batches(pairs: Iterable[tuple[str, str]]) -> Iterator[list[UUID]]:
    ids = [UUID(key) for key in dict.fromkeys(key for _locale, key in pairs)]
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _look_up_articles(actor: Actor, found: Found, wanted: Collection[tuple[str, str]]) -> None:
    present = {
        row.id: row.article_id
        for ids in _batches(wanted)
        for row in db.session.execute(select(ArticleAlias.id, ArticleAlias.article_id).where(ArticleAlias.id.in_(ids)))
    }
    stands_for = {pair: present.get(UUID(pair[1]), UUID(pair[1])) for pair in wanted}
    variants: dict[UUID, list[tuple[Variant, str | None]]] = defaultdict(list)
    live = and_(Revision.variant_id == Variant.id, Revision.number == Variant.live_revision)
    query = select(Variant, Revision.snapshot["title"].as_string()).outerjoin(Revision, live)
    for ids in _batches([("", str(article_id)) for article_id in stands_for.values()]):
        rows = db.session.execute(query.where(Variant.article_id.in_(ids), Variant.trashed_at.is_(None)))
        for variant, title in rows:
            variants[variant.article_id].append((variant, title))
    for pair, article_id in stands_for.items():
        found.articles[pair] = _article(actor, variants[article_id], found.editions[pair[0]])


def _article(actor: Actor, variants: Sequence[tuple[Variant, str | None]], edition: EditionFacts) -> TargetView:
    own, live_title = next((pair for pair in variants if pair[0].locale == edition.locale), (None, None))
    if own is not None and own.live_revision is not None:
        url = address_of({"type": "article"}, edition.base_url, own.live_slug or "")
        return TargetView(TargetState.OK, live_title, url)
    if own is not None and readable_revision(actor, own) is not None:
        return TargetView(TargetState.UNPUBLISHED, own.title)
    known = any(readable_revision(actor, variant) is not None for variant, _title in variants)
    return UNPUBLISHED if known else MISSING


def _shown(wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which tags and people something published names, in which edition.

    Where nothing was written since the publication, `variant_terms` knows; else the published revision does.
    """
    shown: set[tuple[str, str]] = set()
    newest = and_(VariantTerm.variant_id == Variant.id, Variant.live_revision == Variant.revision)
    query = select(Variant.locale, VariantTerm.term_id).join(VariantTerm, newest).distinct()
    for ids in _batches(wanted):
        shown |= {
            (row.locale, str(row.term_id)) for row in db.session.execute(query.where(VariantTerm.term_id.in_(ids)))
        }
    earlier = and_(Revision.variant_id == Variant.id, Revision.number == Variant.live_revision)
    edited = and_(Variant.live_revision < Variant.revision, Variant.locale.in_({locale for locale, _key in wanted}))
    for ids in _batches(wanted):
        for byline in BYLINES:
            named = _values_of(Revision.snapshot[byline])
            naming = select(Variant.locale, named.c.value).join(Revision, earlier).join(named, true()).where(edited)
            rows = db.session.execute(naming.where(named.c.value.in_([str(each) for each in ids])).distinct())
            shown |= {(locale, key) for locale, key in rows}
    return shown


def _values_of(json_list: Any) -> TableValuedAlias:
    """The strings of a JSON list as rows, so that only those that are asked for leave the database."""
    unfold = func.json_each if db.engine.name == "sqlite" else func.json_array_elements_text
    return unfold(json_list, type_=String).table_valued("value")
