"""Cursors: opaque, signed, and good for the one query they were made for."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from nejat_cms.errors import InvalidError
from nejat_cms.http.cursors import page_links, read_cursor_param
from nejat_cms.paging import Key, Page, Position, page_of

house = Flask(__name__)
house.config["SECRET_KEY"] = "s" * 32


def cursor_for(address: str, key: Key, *, backward: bool = False) -> str:
    with house.test_request_context(address):
        links = page_links(Page([], None, Position(key, True)) if backward else Page([], Position(key), None))
        [reference] = links.values()
        return parse_qs(urlsplit(reference).query)["cursor"][0]


def read(address: str, cursor: str) -> Position | None:
    with house.test_request_context(address):
        return read_cursor_param(cursor)


def refused(address: str, cursor: str) -> bool:
    try:
        read(address, cursor)
    except InvalidError:
        return True
    return False


keys = st.lists(st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")), min_size=1, max_size=4)


@given(keys, st.booleans())
def test_a_cursor_reads_back_as_the_position_it_was_made_from(key: Key, backward: bool) -> None:
    assert read("/v1/fa/articles", cursor_for("/v1/fa/articles", key, backward=backward)) == Position(key, backward)


def test_no_cursor_is_no_position() -> None:
    with house.test_request_context("/v1/fa/articles"):
        assert read_cursor_param(None) is None


@pytest.mark.parametrize(
    "address",
    [
        "/v1/fa/articles",
        "/v1/en/articles?tag=nan",
        "/v1/fa/articles?tag=ab",
        "/v1/fa/articles?tag=nan&total=true",
        "/v1/fa/articles?kind=nan",
    ],
)
def test_a_cursor_of_another_query_is_refused(address: str) -> None:
    cursor = cursor_for("/v1/fa/articles?tag=nan", [1])
    with pytest.raises(InvalidError) as caught:
        read(address, cursor)
    assert [(p.code, p.parameter) for p in caught.value.problems] == [("invalid_cursor", "cursor")]


def test_the_page_size_and_the_order_of_parameters_do_not_matter() -> None:
    cursor = cursor_for("/v1/fa/articles?tag=nan&kind=brief&limit=3", [1])
    assert read(f"/v1/fa/articles?limit=50&kind=brief&cursor={cursor}&tag=nan", cursor) == Position([1])


@given(st.data())
def test_an_altered_cursor_is_refused(data: st.DataObject) -> None:
    cursor = cursor_for("/v1/fa/articles", [5, "x"])
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("AQgw_-.9é").filter(lambda letter: letter != cursor[place]))
    with pytest.raises(InvalidError):
        read("/v1/fa/articles", cursor[:place] + letter + cursor[place + 1 :])


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_cursor_has_one_spelling() -> None:
    """The last letter of its signature holds two bits that stand for nothing; padding stands for nothing either."""
    cursor = cursor_for("/v1/fa/articles", [5, "x"])
    taken = [letter for letter in BASE64 if not refused("/v1/fa/articles", cursor[:-1] + letter)]
    assert taken == [cursor[-1]]
    assert all(refused("/v1/fa/articles", text) for text in (f"{cursor}=", f"{cursor}==", f" {cursor}", f"{cursor}\n"))


@pytest.mark.parametrize("text", ["", ".", "a.b", "null", "x" * 300, "é", "eyJhIjoxfQ.eyJhIjoxfQ"])
def test_what_was_never_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        read("/v1/fa/articles", text)


def test_a_cursor_signed_with_another_key_is_refused() -> None:
    other = Flask(__name__)
    other.config["SECRET_KEY"] = "t" * 32
    with other.test_request_context("/v1/fa/articles"):
        cursor = parse_qs(urlsplit(page_links(Page([], Position([1]), None))["next"]).query)["cursor"][0]
    with pytest.raises(InvalidError):
        read("/v1/fa/articles", cursor)


def test_links_keep_the_query_and_are_ready_to_follow() -> None:
    with house.test_request_context("/v1/fa/articles?tag=نان,a b&limit=2"):
        links = page_links(Page([], Position([1]), Position([2], True)))
    assert set(links) == {"next", "prev"}
    for reference in links.values():
        assert reference.startswith("/v1/fa/articles?")
        assert reference.isascii()
        asked = parse_qs(urlsplit(reference).query)
        assert (asked["tag"], asked["limit"]) == (["نان,a b"], ["2"])


@given(st.integers(0, 30), st.integers(1, 7))
def test_walking_to_the_end_and_back_shows_every_row_once(count: int, limit: int) -> None:
    rows = list(range(count))

    def fetched(position: Position | None) -> Page[int]:
        backward = position is not None and position.backward
        found = rows
        if position is not None:
            at = position.key[0]
            found = [row for row in rows if (row < at if backward else row > at)]  # type: ignore[operator]
        return page_of((found[::-1] if backward else found)[: limit + 1], position, limit, lambda row: [row])

    page = fetched(None)
    assert page.prev is None
    forwards, last = list(page.rows), page
    while last.next:
        last = fetched(last.next)
        forwards += last.rows
    backwards = list(last.rows)
    while last.prev:
        last = fetched(last.prev)
        backwards = list(last.rows) + backwards
    assert forwards == backwards == rows
