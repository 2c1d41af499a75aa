"""Whether a translation still says what its source says: by revisions and block ids, never by clocks."""

import random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.newsroom import Desk, address_of, data, desk_for, open_house, read

BLOCKS: list[dict[str, Any]] = [
    {"id": "aaaa", "type": "paragraph", "html": "One."},
    {"id": "bbbb", "type": "paragraph", "html": "Two."},
    {"id": "cccc", "type": "divider"},
]


def rewritten(*texts: str) -> dict[str, Any]:
    """A body with the same blocks that say something else."""
    return {
        "blocks": [{**block, "html": text} for block, text in zip(BLOCKS, texts, strict=False)] + BLOCKS[len(texts) :]
    }


def state(desk: Desk, variant: dict[str, Any]) -> tuple[str, str | None, int]:
    freshness = data(desk.variant(variant["article"], variant["locale"]))["freshness"]
    return freshness["state"], freshness["source"], freshness["outdated_segments"]


def public_state(client: FlaskClient, locale: str) -> tuple[str, str | None, int]:
    (item,) = read(client, f"/{locale}/articles?fields=freshness")
    freshness = item["freshness"]
    return freshness["state"], freshness["source"], freshness["outdated_segments"]


def test_a_translation_is_outdated_by_as_many_segments_as_changed(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", "One", lead="Lead.", body={"blocks": BLOCKS})
    farsi = desk.publish(desk.translate(english, "fa", title="یک", body={"blocks": BLOCKS}))
    assert farsi["based_on"] == {"locale": "en", "revision": 1}
    assert state(desk, english) == ("source", None, 0)
    assert state(desk, farsi) == public_state(client, "fa") == ("current", "en", 0)

    desk.edit(english, title="Uno", body=rewritten("Uno.", "Two."))
    assert state(desk, farsi) == ("current", "en", 0)
    desk.publish(english)
    assert state(desk, farsi) == public_state(client, "fa") == ("outdated", "en", 2)
    (counterpart,) = read(client, "/en/articles/one")["translations"]
    assert counterpart["freshness"] == "outdated"
    assert read(client, "/fa/articles/یک")["translations"][0]["freshness"] == "source"

    desk.publish(desk.edit(english, lead="", body={"blocks": [BLOCKS[0], {"type": "paragraph", "html": "New."}]}))
    assert state(desk, farsi)[2] == 4
    desk.publish(desk.edit(english, title="One", lead="Lead.", body={"blocks": BLOCKS}))
    assert state(desk, farsi) == ("current", "en", 0)


def test_what_is_not_text_flags_nothing(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", body={"blocks": BLOCKS})
    farsi = desk.translate(english, "fa")
    moved = [BLOCKS[1], BLOCKS[0]]
    desk.publish(
        desk.edit(english, tags=["Sea"], featured=True, slug="other", seo={"title": "x"}, body={"blocks": moved})
    )
    assert state(desk, farsi) == ("current", "en", 0)


def test_a_minor_edit_flags_nothing_until_the_next_real_one(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", "Teh title", body={"blocks": BLOCKS})
    farsi = desk.translate(english, "fa")
    desk.publish(desk.edit(english, title="The title", body=rewritten("One!"), minor=True))
    assert state(desk, farsi) == ("current", "en", 0)
    added = [*BLOCKS, {"id": "dddd", "type": "paragraph", "html": "Added."}]
    desk.publish(desk.edit(english, body={"blocks": added}, minor=True))
    assert state(desk, farsi) == ("current", "en", 0)
    desk.publish(desk.edit(english, body={"blocks": [BLOCKS[0], *added[2:]]}, minor=True))
    assert state(desk, farsi) == ("current", "en", 0)
    desk.publish(desk.edit(english, body={"blocks": [BLOCKS[0], *BLOCKS[2:], {**added[-1], "html": "Changed."}]}))
    assert state(desk, farsi)[0] == "outdated"


def test_still_right_holds_until_the_next_change(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.published("en", "One")
    farsi = desk.publish(desk.translate(english, "fa"))
    english = desk.publish(desk.edit(english, title="Two"))
    before = data(desk.variant(farsi["article"], "fa"))
    after = desk.edit(farsi, based_on={"locale": "en", "revision": english["revision"]})
    assert (after["freshness"]["state"], after["revision"]) == ("current", before["revision"] + 1)
    assert public_state(client, "fa")[0] == "outdated"
    desk.publish(farsi)
    assert public_state(client, "fa") == ("current", "en", 0)
    desk.publish(desk.edit(english, title="Three"))
    assert public_state(client, "fa") == ("outdated", "en", 1)
    desk.edit(farsi, based_on=None)
    assert state(desk, farsi) == ("source", None, 0)


def test_a_source_that_was_never_published_counts_by_its_newest_revision_in_the_newsroom(
    app: Flask, client: FlaskClient
) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    english = desk.write("en", "One")
    farsi = desk.publish(desk.translate(english, "fa"))
    assert state(desk, farsi) == ("current", "en", 0)
    assert public_state(client, "fa") == ("current", None, 0)
    desk.edit(english, title="Two")
    assert state(desk, farsi) == ("outdated", "en", 1)
    assert public_state(client, "fa") == ("current", None, 0)
    desk.publish(english)
    assert state(desk, farsi) == public_state(client, "fa") == ("outdated", "en", 1)
    desk.step(english, "unpublish")
    assert public_state(client, "fa") == ("current", None, 0)
    assert state(desk, farsi)[0] == "current"
    assert "translationOfWork" not in read(client, "/fa/articles?fields=seo")[0]["seo"]["json_ld"]


def test_what_it_is_based_on_must_be_there_to_be_read(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "One")
    desk.edit(english, title="Two")
    other = desk.write("sq", "Tjetër")
    path = f"/articles/{english['article']}/variants/fa"
    for based_on in (
        {"locale": "en", "revision": 3},
        {"locale": "fa", "revision": 1},
        {"locale": "sq", "revision": 1},
        {"locale": "fr", "revision": 1},
    ):
        body = {"title": "x", "based_on": based_on}
        desk.refused("PUT", path, body, status=422, code="invalid", at="/based_on", if_none_match="*")
    hidden = {"title": "x", "based_on": {"locale": "en", "revision": 2}}
    translator = desk_for(app, "translator:fa")
    translator.refused("PUT", path, hidden, status=422, code="invalid", at="/based_on", if_none_match="*")
    made = translator.translate(english, "fa")
    assert made["based_on"] == {"locale": "en", "revision": 1}
    alone = f"/articles/{other['article']}/variants/fa"
    translator.refused("PUT", alone, {"title": "x"}, status=404, code="not_found", if_none_match="*")


def test_html_takes_the_block_ids_of_its_source_and_keeps_them(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    html = "<h2>Head</h2><p>One.</p><p>Two.</p><ul><li>a</li></ul>"
    english = desk.write("en", body={"html": html})
    ids = [block["id"] for block in english["body"]["blocks"]]
    assert len(set(ids)) == 4
    farsi = desk.translate(english, "fa", body={"html": "<h2>سر</h2><p>یک</p><ul><li>الف</li></ul>"})
    assert [block["id"] for block in farsi["body"]["blocks"]] == [ids[0], ids[1], ids[3]]
    later = desk.edit(farsi, body={"html": "<p>نو</p><h2>سر</h2><p>یک</p><ul><li>الف</li></ul>"})
    assert [block["id"] for block in later["body"]["blocks"]][1:] == [ids[0], ids[1], ids[3]]
    given = [{**block, "id": f"own{number}"} for number, block in enumerate(english["body"]["blocks"])]
    albanian = desk.translate(english, "sq", body={"blocks": given})
    assert [block["id"] for block in albanian["body"]["blocks"]] == ["own0", "own1", "own2", "own3"]
    twice = [given[0], given[0]]
    etag = desk.variant(albanian["article"], "sq").headers["ETag"]
    desk.refused("PATCH", address_of(albanian), {"body": {"blocks": twice}}, status=422, code="invalid", if_match=etag)
    without = [{name: value for name, value in given[1].items() if name != "id"}]
    made = desk.edit(albanian, body={"blocks": without})["body"]["blocks"]
    assert made[0]["id"] not in {"own1", ""}


def test_a_copy_starts_with_what_its_edition_has_names_for(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    both = data(desk.call("POST", "/tags", {"names": {"en": {"name": "Sea"}, "fa": {"name": "دریا"}}}, expect=201))
    english = desk.published(
        "en",
        "One",
        lead="Lead.",
        body={"blocks": BLOCKS},
        tags=["Sea", "Only English"],
        authors=["Ana"],
        featured=True,
        published_at="2020-01-01T00:00:00Z",
        source={"name": "Log"},
        seo={"title": "x"},
    )
    assert both["names"]["fa"]["name"] == "دریا"
    path = f"/articles/{english['article']}/variants/fa"
    copy = data(desk.call("PUT", path, {"copy_from": "en"}, if_none_match="*", expect=201))
    assert (copy["title"], copy["lead"], copy["tags"], copy["authors"]) == ("One", "Lead.", ["دریا"], [])
    assert copy["body"]["blocks"] == english["body"]["blocks"]
    assert copy["based_on"] == {"locale": "en", "revision": 1}
    assert (copy["published_at"], copy["slug"], copy["featured"]) == (None, "one", True)
    assert copy["source"] == {"name": "Log", "url": None}
    assert state(desk, copy) == ("current", "en", 0)


def test_a_copy_of_what_she_may_not_read_is_refused(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    english = desk.published("en", "Public")
    hidden = desk.translate(english, "sq", title="Fshehur")
    path = f"/articles/{english['article']}/variants/fa"
    editor = desk_for(app, "editor:fa")
    for origin in ("sq", "fa", "fr"):
        body = {"copy_from": origin, "title": "x"}
        editor.refused("PUT", path, body, status=422, code="invalid", at="/copy_from", if_none_match="*")
    desk.edit(english, title="Not yet public")
    copy = data(editor.call("PUT", path, {"copy_from": "en"}, if_none_match="*", expect=201))
    assert (copy["title"], copy["based_on"]["revision"]) == ("Public", 1)
    assert hidden["title"] == "Fshehur"


def test_the_freshness_filter_agrees_with_what_each_variant_says(app: Flask) -> None:
    open_house(app, "en", "fa", "sq")
    desk = desk_for(app)
    rng = random.Random(4)
    for number in range(6):
        made = desk.write("en", f"Work {number}", lead="a")
        variants = [made, desk.translate(made, "fa"), desk.translate(made, "sq")]
        for _ in range(8):
            variant = rng.choice([made, *variants])
            live = data(desk.variant(variant["article"], variant["locale"]))["live_revision"]
            match rng.randrange(4):
                case 0:
                    desk.edit(variant, lead=rng.choice("abc"), minor=rng.random() < 0.3)
                case 1:
                    desk.publish(variant)
                case 2 if live:
                    desk.step(variant, "unpublish")
                case 3 if variant is not made:
                    newest = data(desk.variant(made["article"], "en"))["revision"]
                    desk.edit(variant, based_on={"locale": "en", "revision": newest})
    rows = data(desk.call("GET", "/articles?limit=100", expect=200))
    said = {(row["id"], v["locale"]): v["freshness"]["state"] for row in rows for v in row["variants"]}
    assert set(said.values()) == {"source", "current", "outdated"}
    for wanted in ("source", "current", "outdated"):
        for locale in ("en", "fa", "sq"):
            found = data(desk.call("GET", f"/articles?freshness={wanted}&locale={locale}&limit=100", expect=200))
            assert {row["id"] for row in found} == {
                article for (article, where), state_ in said.items() if (where, state_) == (locale, wanted)
            }, (wanted, locale)


def test_a_source_in_a_disabled_edition_is_not_named_and_not_compared(app: Flask, client: FlaskClient) -> None:
    open_house(app, "en", "fa")
    desk = desk_for(app)
    farsi = desk.published("fa", "یک")
    desk.publish(desk.translate(farsi, "en", title="One"))
    desk.publish(desk.edit(farsi, title="دو"))
    assert public_state(client, "en") == ("outdated", "fa", 1)
    for enabled, wanted in ((False, ("current", None, 0)), (True, ("outdated", "fa", 1))):
        etag = desk.call("GET", "/editions/fa").headers["ETag"]
        desk.call("PATCH", "/editions/fa", {"enabled": enabled}, if_match=etag, expect=200)
        assert public_state(client, "en") == wanted


def test_the_same_words_are_never_a_difference(app: Flask) -> None:
    """A restored text says what its translation was made from, though a minor edit stands between."""
    open_house(app, "en", "fa")
    desk = desk_for(app)
    source = desk.write("en", "A")
    source = desk.edit(source, title="B", minor=True)
    farsi = desk.translate(source, "fa", title="ب")

    def judged() -> tuple[str, int]:
        seen = data(desk.variant(farsi["article"], "fa"))["freshness"]
        return seen["state"], seen["outdated_segments"]

    assert judged() == ("current", 0)
    desk.edit(source, title="C")
    assert judged() == ("outdated", 1)
    desk.edit(source, title="B")
    assert judged() == ("current", 0)
    desk.edit(source, title="C")
    desk.step(source, "revisions/2/restore")
    assert judged() == ("current", 0)
    desk.edit(source, title="C")
    desk.edit(source, title="A")
    assert judged() == ("outdated", 1), "it was made from B, which says something else"


def test_the_freshness_filter_tells_nothing_of_a_source_she_may_not_see(app: Flask) -> None:
    open_house(app, "en", "fa")
    desk, translator = desk_for(app), desk_for(app, "translator:fa")
    source = desk.step(desk.step(desk.write("en", "One"), "submit"), "approve")
    farsi = translator.translate(source, "fa", title="یک")
    desk.edit(source, title="Another")
    assert data(translator.variant(farsi["article"], "fa"))["freshness"]["state"] == "current"
    found = {
        state: [row["id"] for row in data(translator.call("GET", f"/articles?freshness={state}", expect=200))]
        for state in ("current", "outdated")
    }
    assert found == {"current": [farsi["article"]], "outdated": []}
