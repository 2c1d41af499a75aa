"""Ids of blocks: unique within a variant, shared with its counterparts, kept from one revision to the next."""

import json
import secrets
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from nejat_cms.content.rules.block_types import Block

ID_BYTES = 6
"""A new id is 8 characters of base64: 2⁴⁸ of them, for the few thousand blocks of a work in all its languages."""


def assign_ids(blocks: Sequence[Block], *, previous: Sequence[Block] = (), source: Sequence[Block] = ()) -> list[Block]:
    """The same blocks, each with an id: its own, else that of the block it continues, else a new one.

    `previous` is what the variant held before. A block takes the id of an equal one
    (of several the first that is free, wherever it stood), else of the one that the
    types of both sequences align it with. `source` is the revision it was made from:
    what has no id by then takes the one it aligns with there, if that is still
    free. A new id is none of the three's. Of two blocks with one id the first keeps it.

    Aligned are the blocks between neighbours that have found each other, by a longest
    common subsequence of types; of several the one that matches earliest. The same
    input gives the same ids, except new ones. 2,000 blocks take some milliseconds.
    """
    ids = _own_ids(blocks)
    _take_equal(blocks, ids, previous)
    _take_aligned(blocks, ids, previous)
    _take_aligned(blocks, ids, source)
    taken = {block["id"] for block in (*previous, *source)} | set(ids)
    return [{"id": known or _new_id(taken), **_content(block)} for block, known in zip(blocks, ids, strict=True)]


def _own_ids(blocks: Sequence[Block]) -> list[str | None]:
    seen: set[str] = set()
    ids: list[str | None] = []
    for block in blocks:
        own = block.get("id")
        ids.append(own if own not in seen else None)
        seen.add(own or "")
    return ids


def _take_equal(blocks: Sequence[Block], ids: list[str | None], previous: Sequence[Block]) -> None:
    taken = set(ids)
    free: dict[str, deque[str]] = defaultdict(deque)
    for block in previous:
        if block["id"] not in taken:
            free[_key(block)].append(block["id"])
    for at, block in enumerate(blocks):
        if ids[at] is None and (equals := free.get(_key(block))):
            ids[at] = equals.popleft()


def _take_aligned(blocks: Sequence[Block], ids: list[str | None], others: Sequence[Block]) -> None:
    taken = set(ids)
    places = {block["id"]: place for place, block in enumerate(others)}
    found = [(at, places[known]) for at, known in enumerate(ids) if known in places]
    start, other_start = 0, 0
    for end, other_end in [*_in_order(found), (len(blocks), len(others))]:
        mine = [at for at in range(start, end) if ids[at] is None]
        theirs = [place for place in range(other_start, other_end) if others[place]["id"] not in taken]
        for left, right in _common([blocks[at]["type"] for at in mine], [others[place]["type"] for place in theirs]):
            ids[mine[left]] = others[theirs[right]]["id"]
        start, other_start = end + 1, other_end + 1


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs whose second numbers rise as their first ones do (longest increasing subsequence)."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_first, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        last[length : length + 1] = [at]
    chain, at = [], last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _common(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The pairs of indices of a longest common subsequence, from its end.

    Source: Hyyrö, Bit-parallel LCS-length computation revisited (2004): a row of the
    dynamic programme is one integer, so 2,000 × 2,000 is 2,000 additions.
    """
    where: dict[str, int] = defaultdict(int)
    for at, name in enumerate(left):
        where[name] |= 1 << at
    everything = (1 << len(left)) - 1
    row = everything
    rows = [row]  # bit i of row j is 0 where left[:i + 1] and right[:j] have more in common than left[:i]
    for name in right:
        matches = row & where.get(name, 0)
        row = ((row + matches) | (row - matches)) & everything
        rows.append(row)
    i, j = len(left), len(right)
    while i and j:
        if rows[j] >> (i - 1) & 1:
            i -= 1
        elif not rows[j - 1] >> (i - 1) & 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            yield i, j


def _key(block: Block) -> str:
    return json.dumps(_content(block), sort_keys=True, ensure_ascii=False)


def _content(block: Block) -> Block:
    return {name: value for name, value in block.items() if name != "id"}


def _new_id(taken: set[str | None]) -> str:
    while (new := secrets.token_urlsafe(ID_BYTES)) in taken:
        pass
    taken.add(new)
    return new
