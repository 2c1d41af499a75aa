"""What readers would miss if a page of an edition went, or had another address."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.content.rules.impact import MOST_ROWS, Finding, Subject, and_more
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.terms import PATHS
from nejat_cms.delivery.queries.where import Where
from nejat_cms.delivery.rules.links import RELATED, Target
from nejat_cms.language.slugs import slug_key
from nejat_cms.reading import bind_id, fetch

ARTICLE = "article"


def is_another_slug(subject: Subject) -> bool:
    """Whether the slug is not the present one, spelled differently or not."""
    rows = fetch(
        """SELECT 1 FROM addresses WHERE target_id = :id AND locale = :locale AND type = :type AND state = 'live'
           AND slug_key = :key""",
        _values(subject),
    )
    return not rows


def _values(subject: Subject) -> dict[str, Any]:
    key = slug_key(subject.slug or "")
    return {"id": bind_id(subject.id), "locale": subject.locale, "type": subject.type, "key": key}


def _path(page: Target) -> str:
    return f"/{page.slug_key}" if page.type == ARTICLE else f"/{PATHS[page.type]}/{page.slug_key}"


def addresses_of(subject: Subject, editions: Mapping[str, EditionRow]) -> list[Target]:
    """The addresses that lead to it, present and former ones."""
    where = Where()
    where.add(f"a.target_id = {where.bind(bind_id(subject.id))} AND a.type = {where.bind(subject.type)}")
    if subject.locale is not None:
        where.add(f"a.locale = {where.bind(subject.locale)}")
    rows = fetch(
        f"SELECT a.locale, a.type, a.slug_key FROM addresses a WHERE {where.sql} ORDER BY a.state, a.slug_key",
        where.values,
    )
    return [Target(*row) for row in rows if row[0] in editions]


def told(addresses: Iterable[Target], code: str, subject: Subject, editions: Mapping[str, EditionRow]) -> list[Finding]:
    """A finding for each of these addresses."""
    thing = subject.article_id or subject.id
    return [
        Finding(code, each.locale, each.type, thing, url=f"{editions[each.locale].facts['url']}{_path(each)}")
        for each in addresses
    ]


def linking_to(subject: Subject, code: str) -> list[Finding]:
    """The texts that link to one of its addresses, but for those whose contents lead to it by its id."""
    where = Where()
    where.add(f"a.target_id = {where.bind(bind_id(subject.id))} AND a.type = {where.bind(subject.type)}")
    if subject.locale is not None:
        where.add(f"a.locale = {where.bind(subject.locale)}")
    beside = where.bind(_id(subject.article_id))
    return _texts(
        code,
        f"""documents d WHERE d.variant_id <> {where.bind(bind_id(subject.id))}
            AND d.variant_id IN (SELECT l.variant_id FROM addresses a JOIN document_links l
                ON l.to_locale = a.locale AND l.to_type = a.type AND l.to_key = a.slug_key WHERE {where.sql})
            AND NOT EXISTS (SELECT 1 FROM document_mentions m
                WHERE m.variant_id = d.variant_id AND m.article_id = {beside})""",
        where.values,
    )


def named_by(subject: Subject) -> list[Finding]:
    """The texts that readers see and that name a section, tag or person, whatever their drafts do."""
    return _texts(
        "named_by_texts",
        """documents d WHERE d.variant_id IN (
            SELECT t.variant_id FROM document_terms t WHERE t.term_id = :id AND t.role <> 'within')""",
        {"id": bind_id(subject.id)},
    )


def _texts(code: str, selected: str, values: dict[str, Any]) -> list[Finding]:
    """A finding for each of these documents `d`, the newest first, and how many more there are."""
    total = int(fetch(f"SELECT count(*) FROM {selected}", values)[0][0])
    if not total:
        return []
    newest = f"SELECT d.locale, d.card FROM {selected} ORDER BY d.published_us DESC, d.variant_id LIMIT {MOST_ROWS:d}"
    return and_more(code, ARTICLE, total, [_text(code, *row) for row in fetch(newest, values)])


def _text(code: str, locale: str, card: Any) -> Finding:
    shown = orjson.loads(bytes(card))
    return Finding(code, locale, ARTICLE, UUID(shown["id"]), shown["title"], shown["url"])


def counterparts_of(subject: Subject) -> list[Finding]:
    rows = fetch(
        """SELECT d.locale, d.card FROM documents d JOIN public_editions e ON e.locale = d.locale AND e.enabled
           WHERE d.article_id = :article AND d.variant_id <> :id""",
        {"article": _id(subject.article_id), "id": bind_id(subject.id)},
    )
    return [_text("counterpart_lost", *row) for row in rows]


def contents_with(subject: Subject) -> list[Finding]:
    """The texts whose contents lead to it."""
    return _texts(
        "contents_broken",
        """document_mentions m JOIN documents d ON d.variant_id = m.variant_id
           WHERE m.article_id = :article AND d.locale = :locale AND d.variant_id <> :id""",
        {"article": _id(subject.article_id), "locale": subject.locale, "id": bind_id(subject.id)},
    )


def comments_under(subject: Subject) -> list[Finding]:
    rows = fetch("SELECT comments FROM documents WHERE variant_id = :id AND comments > 0", {"id": bind_id(subject.id)})
    return [Finding("comments_hidden", subject.locale, "comment", count=int(number)) for (number,) in rows]


def related_to(subject: Subject) -> list[Finding]:
    """The texts that name it as related, by its id or by one that stands for it."""
    article = subject.article_id
    return _texts(
        "related_lost",
        f"""document_links l JOIN documents d ON d.variant_id = l.variant_id
            WHERE l.to_locale = :locale AND l.to_type = '{RELATED}' AND (l.to_key = :key OR l.to_key IN (
                SELECT a.slug_key FROM addresses a WHERE a.target_id = :article
                    AND (a.locale = '' AND a.type = 'id' OR a.locale = :locale AND a.type = 'split')))""",
        {"locale": subject.locale, "key": article and article.hex, "article": _id(article)},
    )


def _id(value: UUID | None) -> Any:
    return value and bind_id(value)


def emptied_pages(subject: Subject, editions: Mapping[str, EditionRow]) -> list[Finding]:
    """The tags and people that nothing else is filed under: readers see no page of theirs any more."""
    rows = fetch(
        """SELECT DISTINCT p.type, p.term_id, p.locale, p.slug, p.name FROM document_terms t
           JOIN term_pages p ON p.term_id = t.term_id AND p.locale = t.locale
           WHERE t.variant_id = :id AND p.type <> 'section' AND p.uses = 1""",
        {"id": bind_id(subject.id)},
    )
    return [
        Finding(
            "page_emptied",
            locale,
            type_,
            UUID(str(term_id)),
            name,
            f"{editions[locale].facts['url']}{_path(Target(locale, type_, slug))}",
        )
        for type_, term_id, locale, slug, name in rows
        if locale in editions
    ]


def former_holders(subject: Subject, editions: Mapping[str, EditionRow]) -> list[Finding]:
    """Whoever lived at the new address once, and is still found by it."""
    values = _values(subject)
    held = """FROM addresses a {joined} WHERE a.locale = :locale AND a.type = :type AND a.slug_key = :key
              AND a.target_id <> :id AND a.state = 'moved'"""
    if subject.type == ARTICLE:
        joined = "JOIN documents d ON d.variant_id = a.target_id"
        rows = fetch(f"SELECT d.locale, d.card {held.format(joined=joined)}", values)
        return [_text("former_address_lost", *row) for row in rows]
    joined = "JOIN term_pages p ON p.term_id = a.target_id AND p.locale = a.locale"
    rows = fetch(f"SELECT p.locale, p.term_id, p.name, p.slug {held.format(joined=joined)}", values)
    return [
        Finding(
            "former_address_lost",
            locale,
            subject.type,
            UUID(str(term_id)),
            name,
            f"{editions[locale].facts['url']}{_path(Target(locale, subject.type, slug))}",
        )
        for locale, term_id, name, slug in rows
        if locale in editions
    ]
