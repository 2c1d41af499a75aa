"""What else there is to read after an article: what its editors chose, then what shares its tags and sections."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from nejat_cms.delivery.queries.documents import IN_LIST, DocumentRow, beside, elsewhere
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.where import Where
from nejat_cms.language.slugs import slug_key
from nejat_cms.reading import bind_id, fetch, json_cell

OF_EACH_TERM = 40
"""How many of the newest documents of each tag and section are compared: a term may have a hundred thousand."""
MOST_TERMS = 100
WEIGHTS = {"tag": 3, "section": 1}
"""What a term in common is worth; what is alike in more comes first, then the newer, then the greater id."""


def list_related(edition: EditionRow, slug: str, *, limit: int) -> list[DocumentRow]:
    """The documents related to the one that lives at a slug: chosen ones in their order, then by score. Never itself.

    Raises: MovedError for a former slug, GoneError for one that was withdrawn, NotFoundError.
    """
    key = slug_key(slug)
    rows = fetch(
        """SELECT d.variant_id, d.related, t.role, t.term_id FROM documents d
           LEFT JOIN document_terms t ON t.variant_id = d.variant_id AND t.role IN ('section', 'tag')
           WHERE d.locale = :locale AND d.slug_key = :key ORDER BY t.role, t.position""",
        {"locale": edition.locale, "key": key},
    )
    if not rows:
        raise beside(elsewhere(edition, slug), edition.locale, "related")
    variant, related = rows[0][0], json_cell(rows[0][1])
    chosen = _chosen(edition, variant, related)[:limit] if related else []
    terms = [(role, term) for _, _, role, term in rows if role is not None][:MOST_TERMS]
    if len(chosen) == limit or not terms:
        return chosen
    return chosen + _alike(edition, terms, [variant, *(row.cells[1] for row in chosen)], limit - len(chosen))


def _chosen(edition: EditionRow, variant: Any, related: Sequence[str]) -> list[DocumentRow]:
    """What the editors chose, as far as it is published there; under whatever ids since articles were joined or split.

    An article that was split off stands for the other one only where that has no text of its own again.
    """
    where = Where()
    here = where.bind(edition.locale)
    ids, keys = where.any_of(bind_id(UUID(each)) for each in related), where.any_of(UUID(each).hex for each in related)
    known = f"""a.slug_key IN {keys}
            AND (a.locale = '' AND a.type = 'id' OR a.locale = {here} AND a.type = 'split')"""
    rows = fetch(
        f"""SELECT {IN_LIST}, d.article_id, a.slug_key, a.type FROM documents d
            LEFT JOIN addresses a ON a.target_id = d.article_id AND {known}
            WHERE d.locale = {here} AND d.listed = true AND d.variant_id <> {where.bind(variant)}
            AND (d.article_id IN {ids} OR d.article_id IN (SELECT a.target_id FROM addresses a WHERE {known}))""",
        where.values,
    )
    order = {UUID(each).hex: place for place, each in reversed([*enumerate(related)])}
    named = [(order.get(UUID(str(row[-3])).hex), row) for row in rows]
    joined = [(order.get(row[-2]), row) for row in rows if row[-1] == "id"]
    taken = {place for place, _ in (*named, *joined)}
    split = [(order[row[-2]], row) for row in rows if row[-1] == "split" and order[row[-2]] not in taken]
    found: dict[Any, tuple[int, DocumentRow]] = {}
    for place, row in (*named, *joined, *split):
        if place is not None and (row[-3] not in found or place < found[row[-3]][0]):
            found[row[-3]] = (place, DocumentRow(row[:-3]))
    return [row for _, row in sorted(found.values(), key=lambda each: each[0])]


def _alike(
    edition: EditionRow, terms: Sequence[tuple[str, Any]], without: Sequence[Any], limit: int
) -> list[DocumentRow]:
    """Those of the newest of each term that have the most in common with a document, but for some."""
    where = Where()
    locale = where.bind(edition.locale)
    newest = " UNION ".join(
        f"""SELECT * FROM (SELECT t.variant_id, t.published_us FROM document_terms t
        WHERE t.term_id = {where.bind(term)} AND t.role = '{role}' AND t.locale = {locale} AND t.listed = true
        ORDER BY t.published_us DESC, t.variant_id DESC LIMIT {OF_EACH_TERM + len(without):d}) s{number}"""
        for number, (role, term) in enumerate(terms)
    )
    alike = " OR ".join(
        f"(x.role = '{role}' AND x.term_id IN {where.any_of(term for each, term in terms if each == role)})"
        for role in sorted({role for role, _ in terms})
    )
    worth = " ".join(f"WHEN '{role}' THEN {weight:d}" for role, weight in WEIGHTS.items())
    rows = fetch(
        f"""SELECT {IN_LIST} FROM (
                SELECT k.variant_id, k.published_us, (SELECT sum(CASE x.role {worth} END) FROM document_terms x
                    WHERE x.variant_id = k.variant_id AND ({alike})) AS score
                FROM ({newest}) k WHERE k.variant_id NOT IN {where.any_of(without)}
                ORDER BY score DESC, k.published_us DESC, k.variant_id DESC LIMIT {limit:d}) c
            CROSS JOIN documents d WHERE d.variant_id = c.variant_id
            ORDER BY c.score DESC, c.published_us DESC, c.variant_id DESC""",
        where.values,
    )
    return [DocumentRow(row) for row in rows]
