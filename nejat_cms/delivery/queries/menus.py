"""Menus of an edition, and what they lead to; what its front page shows first.

However many items there are, one statement brings the menus, one the articles they lead to and one the terms.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from nejat_cms.content.rules.menus import TERM_PATHS, Item, Target, targets_of
from nejat_cms.delivery.queries.documents import IN_LIST, DocumentRow
from nejat_cms.delivery.queries.editions import EditionRow
from nejat_cms.delivery.queries.terms import SHOWN
from nejat_cms.delivery.queries.where import Where
from nejat_cms.delivery.rules.menus import Reached
from nejat_cms.errors import NotFoundError
from nejat_cms.reading import among, bind_list, fetch, json_cell

HEX = "replace(CAST({0} AS TEXT), '-', '')"
"""An id as both databases spell it here: 32 hexadecimal digits."""
Tree = Sequence[Item]


def list_menu_names(edition: EditionRow) -> list[str]:
    """The names of an edition's menus."""
    rows = fetch("SELECT name FROM public_menus WHERE locale = :locale ORDER BY name", {"locale": edition.locale})
    return [name for (name,) in rows]


def get_menus(edition: EditionRow) -> dict[str, Tree]:
    """All menus of an edition by their names, as they were written."""
    sql = "SELECT name, items FROM public_menus WHERE locale = :locale ORDER BY name"
    return {name: json_cell(items) for name, items in fetch(sql, {"locale": edition.locale})}


def get_menu(edition: EditionRow, name: str) -> Tree:
    """One menu as it was written.

    Raises: NotFoundError.
    """
    sql = "SELECT items FROM public_menus WHERE locale = :locale AND name = :name"
    rows = fetch(sql, {"locale": edition.locale, "name": name})
    if not rows:
        raise NotFoundError
    tree: Tree = json_cell(rows[0][0])
    return tree


def find_reached(edition: EditionRow, trees: Iterable[Tree]) -> dict[tuple[str, str], Reached]:
    """What these menus lead to and readers of the edition reach, by type and id."""
    targets = [target for tree in trees for target in targets_of(tree) if "id" in target]
    articles = {target["id"] for target in targets if target["type"] == "article"}
    found = {
        ("article", key): Reached(article, card["slug"], card["title"])
        for key, article, card in _articles(edition, articles)
    }
    return found | _terms(edition, [target for target in targets if target["type"] in TERM_PATHS])


def _articles(edition: EditionRow, ids: Collection[str]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Of those that are published in the edition: the id that was asked for, its own, and its card."""
    if not ids:
        return []
    where = Where()
    sql = f"SELECT k.asked, {HEX.format('d.article_id')}, d.card {_published(where, edition, ids)}"
    rows = fetch(sql, where.values)
    return [(_spelled(asked), _spelled(article), orjson.loads(bytes(card))) for asked, article, card in rows]


def _published(where: Where, edition: EditionRow, ids: Collection[str]) -> str:
    """FROM the documents `d` that these articles have in an edition, each `asked` for by an id.

    The id of an article that was joined to another stands for that one.
    """
    here, keys = where.bind(edition.locale), [UUID(key) for key in sorted(ids)]
    return f"""FROM (SELECT o.variant_id, {HEX.format("o.article_id")} AS asked FROM documents o
            WHERE o.locale = {here} AND o.article_id {among(where.bind(bind_list(keys)))}
        UNION ALL SELECT o.variant_id, a.slug_key FROM addresses a CROSS JOIN documents o
            WHERE a.locale = '' AND a.type = 'id' AND a.slug_key {among(where.bind(bind_list(key.hex for key in keys)))}
            AND o.article_id = a.target_id AND o.locale = {here}
        ) k CROSS JOIN documents d WHERE d.variant_id = k.variant_id"""


def _terms(edition: EditionRow, targets: Sequence[Target]) -> dict[tuple[str, str], Reached]:
    if not targets:
        return {}
    where = Where()
    where.add(f"p.locale = {where.bind(edition.locale)} AND {SHOWN}")
    ids = sorted({UUID(target["id"]) for target in targets})
    where.add(f"p.term_id {among(where.bind(bind_list(ids)))}")
    rows = fetch(
        f"SELECT {HEX.format('p.term_id')}, p.type, p.slug, p.name FROM term_pages p WHERE {where.sql}", where.values
    )
    return {(type_, _spelled(digits)): Reached(_spelled(digits), slug, name) for digits, type_, slug, name in rows}


def get_pins(edition: EditionRow) -> Mapping[str, Any]:
    """What an edition's front page shows first, published or not."""
    rows = fetch("SELECT pins FROM public_front_pages WHERE locale = :locale", {"locale": edition.locale})
    pins: Mapping[str, Any] = json_cell(rows[0][0]) if rows else {"featured": [], "sections": {}}
    return pins


def get_pinned(edition: EditionRow, ids: Collection[str]) -> dict[str, DocumentRow]:
    """Those of these articles that are published in the edition, by the ids they were asked for."""
    if not ids:
        return {}
    where = Where()
    rows = fetch(f"SELECT {IN_LIST}, k.asked {_published(where, edition, ids)}", where.values)
    return {_spelled(asked): DocumentRow(cells) for *cells, asked in rows}


def _spelled(digits: str) -> str:
    """An id as the API spells it."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
