"""Trees of menus, without a database."""

from typing import Any

import pytest

from nejat_cms.content.rules.fronts import pin_instead, pinned_articles
from nejat_cms.content.rules.menus import TARGETS, address_of, lead_elsewhere, settle_items, targets_of, walk
from nejat_cms.errors import InvalidError

HOME: dict[str, Any] = {"target": {"type": "home"}}
SITE = "https://fa.example/paper"


def refused(*items: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidError) as error:
        settle_items(items)
    return {str(problem.pointer): problem.code for problem in error.value.problems}


def test_a_tree_is_settled_once() -> None:
    settled = settle_items([{"label": "Above", "children": [HOME, {"id": "7", **HOME}]}])
    assert settle_items(settled) == settled
    assert [place for place, _ in walk(settled)] == ["/items/0", "/items/0/children/0", "/items/0/children/1"]
    assert len({item["id"] for _, item in walk(settled)}) == 3
    assert targets_of(settled) == [{"type": "home"}, {"type": "home"}]


def test_a_tree_is_bounded_whoever_writes_it() -> None:
    assert refused(*[HOME] * 501) == {"/items": "too_many"}
    deep = HOME
    for _ in range(5):
        deep = {**HOME, "children": [deep]}
    assert refused(deep) == {"/items/0" + "/children/0" * 5: "too_deep"}
    assert refused({"id": "a", **HOME}, {"id": "a", **HOME}) == {"/items/1/id": "duplicate_id"}


def test_an_article_is_led_to_in_the_place_of_others() -> None:
    items = settle_items([{**HOME, "children": [{"target": {"type": "article", "id": "1"}}]}])
    items += settle_items([{"target": {"type": "tag", "id": "1"}}, {"label": "Heading"}])
    led = lead_elsewhere(items, {"1", "2"}, "3")
    assert [target.get("id") for target in targets_of(led)] == [None, "3", "1"]
    assert lead_elsewhere(led, {"1", "2"}, "3") == led
    assert [item["id"] for _, item in walk(led)] == [item["id"] for _, item in walk(items)]


def test_pins_are_replaced_and_none_is_doubled() -> None:
    pins = {"featured": ["1", "2", "4"], "sections": {"s": ["2"], "t": []}}
    assert pinned_articles(pins) == ["1", "2", "4"]
    assert pin_instead(pins, {"1", "2"}, "3") == {"featured": ["3", "4"], "sections": {"s": ["3"], "t": []}}


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ({"type": "article"}, f"{SITE}/slug"),
        ({"type": "section"}, f"{SITE}/sections/slug"),
        ({"type": "tag"}, f"{SITE}/tags/slug"),
        ({"type": "person"}, f"{SITE}/people/slug"),
        ({"type": "kind", "kind": "book"}, f"{SITE}/kinds/book"),
        ({"type": "home"}, SITE),
        ({"type": "edition", "locale": "fa"}, SITE),
        ({"type": "editions"}, None),
        ({"type": "url", "url": "/search?q=1"}, f"{SITE}/search?q=1"),
        ({"type": "url", "url": "https://other.example/x"}, "https://other.example/x"),
        ({"type": "url", "url": "mailto:desk@example.org"}, "mailto:desk@example.org"),
    ],
)
def test_every_target_has_its_place_on_the_site(target: dict[str, str], address: str | None) -> None:
    assert target["type"] in TARGETS
    assert address_of(target, SITE, "slug") == address
