"""Assets of the media library in a text: where it names them, and what readers are shown of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nejat_cms.content.rules.block_types import BLOCK_TYPES, Block
from nejat_cms.content.rules.kinds import KINDS

_FIELDS = frozenset(name for kind in KINDS.values() for name, field in kind.fields.items() if field.types)
"""The extra fields, of whatever kind, that name assets."""


@dataclass(frozen=True)
class AssetRef:
    """A place of a text that names an asset.

    `types`: what it may be there. `described`: whether the place itself says what is to be seen.
    """

    pointer: str
    id: UUID
    types: tuple[str, ...]
    described: bool = False


def asset_refs(kind: str, image: str | None, fields: Mapping[str, Any], blocks: Sequence[Block]) -> list[AssetRef]:
    """Every place of a text that names an asset, in its order, by JSON Pointers into what the API shows of it."""
    refs = [AssetRef("/image", UUID(image), ("image",))] if image else []
    for name, field in KINDS[kind].fields.items():
        if field.types and name in fields:
            refs += _refs(f"/fields/{name}", field.types, fields[name])
    return refs + list(_block_refs(blocks))


def snapshot_refs(kind: str, snapshot: Mapping[str, Any]) -> list[AssetRef]:
    """The same of what a revision holds."""
    return asset_refs(kind, snapshot.get("image"), snapshot["fields"], snapshot["blocks"])


def described(refs: Iterable[AssetRef]) -> dict[UUID, bool]:
    """The assets that are named, each with whether every place that names it says what is to be seen."""
    named: dict[UUID, bool] = {}
    for ref in refs:
        named[ref.id] = named.get(ref.id, True) and ref.described
    return named


def without(snapshot: Mapping[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """What a revision holds, without the fields, blocks and pictures of galleries that name these assets."""
    kept = {name: value for name, value in snapshot.items() if name != "image" or value not in gone}
    return kept | {
        "fields": _left(snapshot["fields"], _FIELDS, gone),
        "blocks": _blocks_without(snapshot["blocks"], gone),
    }


def shown_blocks(
    blocks: Sequence[Block],
    pictures: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Mapping[str, Any]],
    articles: Mapping[str, Mapping[str, Any]],
) -> list[Block]:
    """Blocks as readers get them, with what these mappings hold of each asset and article by its id.

        image, item of a gallery    image: the picture, with its own alt and caption over it
        video                       file, where it is an asset; image: its poster
        file                        file
        entry of contents           url, slug, title of its article, and its id now

    Blocks and items whose asset is in no mapping are left out, and so is a gallery of which
    nothing is left. Entries keep their label, without an article that is in no mapping; a video
    whose poster is no more goes without.
    """
    named = {ref.id: pictures if ref.types == ("image",) else files for ref in _block_refs(blocks)}
    gone = {str(asset_id) for asset_id, known in named.items() if str(asset_id) not in known}
    return [_shown(block, pictures, files, articles) for block in _blocks_without(blocks, gone)]


def _shown(
    block: Block,
    pictures: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Mapping[str, Any]],
    articles: Mapping[str, Mapping[str, Any]],
) -> Block:
    if block["type"] == "image":
        return block | {"image": _picture(block, pictures)}
    if block["type"] == "gallery":
        return block | {"items": [item | {"image": _picture(item, pictures)} for item in block["items"]]}
    if block["type"] == "contents":
        return block | {"items": [_entry(entry, articles) for entry in block["items"]]}
    shown = {"file": files[block["asset"]]} if "asset" in block else {}
    return block | shown | ({"image": pictures[block["poster"]]} if "poster" in block else {})


def _picture(named: Block, pictures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {**pictures[named["asset"]], **{name: named[name] for name in ("alt", "caption") if name in named}}


def _entry(entry: Block, articles: Mapping[str, Mapping[str, Any]]) -> Block:
    article = articles.get(entry.get("article", ""))
    if article is None:
        return {name: value for name, value in entry.items() if name != "article"}
    return entry | {"article": article["id"]} | {name: article[name] for name in ("url", "slug", "title")}


def _block_refs(blocks: Sequence[Block]) -> Iterator[AssetRef]:
    for at, block in enumerate(blocks):
        for name, field in BLOCK_TYPES[block["type"]].items():
            if field.types and name in block:
                own_alt = name == "asset" and "alt" in block
                yield from _refs(f"/body/blocks/{at}/{name}", field.types, block[name], described=own_alt)


def _refs(at: str, types: tuple[str, ...], value: Any, *, described: bool = False) -> Iterator[AssetRef]:
    if isinstance(value, str):
        yield AssetRef(at, UUID(value), types, described)
    else:
        for number, picture in enumerate(value):
            yield AssetRef(f"{at}/{number}/asset", UUID(picture["asset"]), types, "alt" in picture)


def _blocks_without(blocks: Sequence[Block], gone: Collection[str]) -> list[Block]:
    kept = []
    for block in blocks:
        naming = [name for name, field in BLOCK_TYPES[block["type"]].items() if field.types]
        left = _left(block, naming, gone)
        # Without its asset or its last picture a block says nothing; without its poster a video still does.
        if not (block.keys() - left.keys()) & {"asset", "items"}:
            kept.append(left)
    return kept


def _left(values: Mapping[str, Any], naming: Collection[str], gone: Collection[str]) -> dict[str, Any]:
    """These values, without what is gone of those whose names are `naming`."""
    left = dict(values)
    for name in values.keys() & set(naming):
        value = values[name]
        if isinstance(value, str):
            value = None if value in gone else value
        else:
            value = [picture for picture in value if picture["asset"] not in gone]
        if value:
            left[name] = value
        else:
            del left[name]
    return left
