"""Blocks keep their ids through edits, and share them with their counterparts."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.content.rules.blocks import Block, assign_ids


def body(spec: str, *, ids: bool = False) -> list[Block]:
    """`"h1 p2"`: a heading and a paragraph with those texts; with ids, each is named as in the spec."""
    types = {"h": "heading", "p": "paragraph", "l": "list", "d": "divider"}
    return [({"id": word} if ids else {}) | {"type": types[word[0]], "html": word[1:]} for word in spec.split()]


def ids_of(blocks: list[Block]) -> list[str]:
    return [block["id"] for block in blocks]


def continued(new: str, *, previous: str = "", source: str = "") -> str:
    """The ids the new body takes over, `?` for new ones."""
    before, original = body(previous, ids=True), body(source, ids=True)
    known = set(ids_of(before)) | set(ids_of(original))
    blocks = assign_ids(body(new), previous=before, source=original)
    assert len(set(ids_of(blocks))) == len(blocks)
    assert [{**block, "id": None} for block in blocks] == [{"id": None, **block} for block in body(new)]
    return " ".join(name if name in known else "?" for name in ids_of(blocks))


def test_new_blocks_get_short_ids_of_their_own() -> None:
    ids = ids_of(assign_ids(body("p1 p1 h2")))
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8}", name) for name in ids)


def test_an_id_that_was_sent_is_kept() -> None:
    blocks = assign_ids([{"id": "mine", "type": "divider"}, {"type": "divider"}], previous=body("dx", ids=True))
    assert ids_of(blocks) == ["mine", "dx"]


def test_of_two_blocks_with_one_id_the_first_keeps_it() -> None:
    blocks = assign_ids([{"id": "a", "type": "divider"}, {"id": "a", "type": "divider"}])
    assert blocks[0]["id"] == "a"
    assert blocks[1]["id"] != "a"


def test_a_translation_takes_its_sources_ids_by_type() -> None:
    assert continued("h9 p9 p9 l9", source="h1 p2 p3 l4") == "h1 p2 p3 l4"


def test_a_translation_that_leaves_out_a_block_keeps_the_others_aligned() -> None:
    assert continued("h9 p9 h9 p9", source="h1 p2 l3 h4 p5") == "h1 p2 h4 p5"
    assert continued("p9 p9", source="p1 p2 p3") == "p1 p2"
    assert continued("p9 p9 p9", source="p1 p2") == "p1 p2 ?"


def test_an_edit_keeps_the_ids_of_what_it_leaves() -> None:
    assert continued("p1 p2x p3", previous="p1 p2 p3") == "p1 p2 p3"
    assert continued("p0 p1 p2x p3", previous="p1 p2 p3") == "? p1 p2 p3"
    assert continued("p1 p3", previous="p1 p2 p3") == "p1 p3"
    assert continued("p1 h2 p3", previous="p1 p2 p3") == "p1 ? p3"


def test_a_block_that_moves_keeps_its_id() -> None:
    assert continued("p3 p1 p2", previous="p1 p2 p3") == "p3 p1 p2"


def test_equal_blocks_keep_their_order() -> None:
    before = [{"id": name, "type": "divider"} for name in "abc"]
    blocks = assign_ids([{"type": "divider"}] * 2, previous=before)
    assert ids_of(blocks) == ["a", "b"]


def test_a_paragraph_added_later_finds_its_counterpart_in_the_source() -> None:
    assert continued("h1 p2 p9", previous="h1 p2", source="h1 p2 p3") == "h1 p2 p3"
    assert continued("h1 p9 p2", previous="h1 p2", source="h1 p3 p2") == "h1 p3 p2"


def test_an_unused_id_of_the_source_is_given_to_nothing_else() -> None:
    source = [{"id": f"s{n}", "type": "heading", "html": "x"} for n in range(50)]
    assert not {f"s{n}" for n in range(50)} & set(ids_of(assign_ids(body("p1 " * 50), source=source)))


def test_a_new_id_is_never_one_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["pp", "hs", "new", "new", "newer"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _bytes: next(drawn))
    blocks = assign_ids(body("l1 l2"), previous=body("pp", ids=True), source=body("hs", ids=True))
    assert ids_of(blocks) == ["new", "newer"]


def test_two_thousand_blocks_take_no_time() -> None:
    source = [
        {"id": f"s{n}", "type": ("paragraph", "heading", "list")[n * n % 3], "html": str(n)} for n in range(2_000)
    ]
    blocks = [{"type": ("paragraph", "list", "heading")[n * n % 3], "html": str(-n)} for n in range(2_000)]
    start = time.perf_counter()
    assign_ids(blocks, previous=source)
    assign_ids(blocks, source=source)
    assert time.perf_counter() - start < 1


spec = st.lists(st.sampled_from(["p1", "p2", "h1", "l1", "d"]), max_size=8, unique=False).map(" ".join)


@given(spec, spec)
def test_what_did_not_change_keeps_all_its_ids(before: str, source: str) -> None:
    previous = assign_ids(body(before), source=assign_ids(body(source)))
    bare = [{name: value for name, value in block.items() if name != "id"} for block in previous]
    assert ids_of(assign_ids(bare, previous=previous)) == ids_of(previous)


@given(spec, spec, spec)
def test_ids_are_unique_and_deterministic(new: str, before: str, source: str) -> None:
    previous, original = assign_ids(body(before)), assign_ids(body(source))
    first = assign_ids(body(new), previous=previous, source=original)
    again = assign_ids(body(new), previous=previous, source=original)
    known = set(ids_of(previous)) | set(ids_of(original))
    assert len(set(ids_of(first))) == len(first)
    assert [name if name in known else "?" for name in ids_of(first)] == [
        name if name in known else "?" for name in ids_of(again)
    ]
