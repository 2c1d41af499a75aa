"""The pages of the demo's site, from the list of editions on: every label is its own edition's, every link leads on."""

from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from tests.site.checks import (
    check_answer,
    check_body,
    check_counterparts,
    check_link_header,
    is_own,
    objects_in,
    pictures_in,
)
from tests.site.reader import Item, Reader, Site, flat, path_of
from tests.site.words import TERMS, direction, language

MANY = 50


def test_editions_introduce_themselves_and_each_other(site: Site) -> None:
    rows = site.editions()
    assert [row["locale"] for row in rows] == list(site.words.editions)
    assert [row["locale"] for row in rows if row["is_default"]] == [
        locale for locale, given in site.words.editions.items() if given.get("default")
    ]
    for row in rows:
        locale = row["locale"]
        given = site.words.editions[locale]
        for name in ("title", "tagline", "calendar", "numbering", "timezone"):
            assert row[name] == given[name], (locale, name)
        assert row["dir"] == direction(locale)
        assert row["name"] == language(locale, locale)
        assert row["names"] == {each["locale"]: language(locale, each["locale"]) for each in rows}
        reader = site.reader(locale)
        edition = reader.edition
        assert row.items() <= edition.items(), "the list and the edition alone say the same"
        assert (edition["copyright"], edition["social"]) == (given["copyright"], given["social"])
        assert edition["counterparts"] == [
            {name: each[name] for name in ("locale", "dir", "name", "title", "url")} for each in rows if each is not row
        ]
        check_answer(reader, edition)
        assert edition["share_image"]["alt"]


def test_front_pages_show_what_is_pinned_then_the_newest(site: Site) -> None:
    pins = site.words.menus["pins"]
    for reader in site.readers():
        home = reader.edition["home"]
        rows = reader.listing()
        assert home["recent"] == rows[: len(home["recent"])], reader.locale
        assert home["featured"], reader.locale
        assert [work_of(reader, row) for row in home["featured"]][: len(pins["featured"])] == pins["featured"]
        assert all(row in rows and row["featured"] for row in home["featured"][len(pins["featured"]) :])
        assert [section["slug"] for section in home["sections"]] == [row["slug"] for row in reader.edition["sections"]]
        first = {pin["key"]: pin["articles"] for pin in pins["sections"]}
        for section in home["sections"]:
            key = site.words.key_of("section", reader.locale, section["name"])
            within = reader.listing(section=section["slug"])
            shown = section["articles"]
            assert shown, (reader.locale, key)
            pinned = [row for row in shown if work_of(reader, row) in first.get(key, ())]
            assert [work_of(reader, row) for row in pinned] == first.get(key, [])
            newest = [row for row in within if row not in pinned]
            assert shown == (pinned + newest)[: len(shown)], (reader.locale, key)


def test_every_item_of_every_menu_leads_where_it_says(site: Site) -> None:
    wanted = {menu["name"]: menu["items"] for menu in site.words.menus["menus"]}
    for reader in site.readers():
        names = [menu["name"] for menu in reader.data("menus")]
        assert sorted(names) == sorted(reader.edition["menus"]) == sorted(wanted)
        for name in names:
            menu = reader.data("menus", name)
            assert menu == reader.edition["menus"][name]
            check_answer(reader, menu)
            assert labels(menu) == own_labels(reader, wanted[name]), (reader.locale, name)
            for item in flat(menu):
                follow(reader, item)


def follow(reader: Reader, item: Item) -> None:
    """Go where an item of a menu leads, as its target says, and see that it is what was announced."""
    target, url = item["target"], item["url"]
    type_ = (target or {}).get("type")
    if type_ in (None, "editions"):
        assert url is None
        assert item["children"], "a heading over nothing"
        return
    if type_ == "url" and not url.startswith(f"{reader.edition['url']}/"):
        assert urlsplit(url).netloc.endswith(".example"), url
        return
    place = reader.site.resolve(url)
    assert (place["status"], place["locale"]) == (200, target["locale"]), url
    if type_ == "edition":
        there = reader.site.reader(target["locale"]).edition
        assert (item["label"], url) == (there["name"], there["url"])
    elif type_ == "home":
        assert url == reader.edition["url"]
    elif type_ == "article":
        document = reader.document(target["slug"])
        assert (document["id"], document["url"], document["title"]) == (target["id"], url, item["label"])
    elif type_ == "section":
        section = reader.data("sections", target["slug"])
        assert (section["name"], place["id"], place["slug"]) == (item["label"], target["id"], section["slug"])
    elif type_ == "kind":
        assert item["label"] == reader.site.words.kind(reader.locale, target["slug"])
        rows = reader.listing(kind=target["slug"])
        assert rows
        assert {row["kind"] for row in rows} == {target["slug"]}
    else:
        assert type_ == "url"


def labels(tree: list[Item]) -> list[Any]:
    return [(item["label"], labels(item["children"])) for item in tree]


def own_labels(reader: Reader, given: list[Any]) -> list[Any]:
    """What a menu should say, from what its editors wrote; the switcher's children are the other editions."""
    found = []
    for item in given:
        target = item.get("target", {})
        below = own_labels(reader, item.get("children", []))
        if target.get("type") == "editions":
            below = [(row["name"], []) for row in reader.site.editions() if row["locale"] != reader.locale]
        label = item.get("label", {}).get(reader.locale) or own_name(reader, target)
        found += [(label, below)] if label else []
    return found


def own_name(reader: Reader, target: Item) -> str:
    """What a target is called in the edition; nothing where it is not there."""
    if target["type"] == "kind":
        return reader.site.words.kind(reader.locale, target["kind"])
    type_ = "work" if target["type"] == "article" else target["type"]
    return reader.site.words.name_of(type_, reader.locale, target["key"])


def test_sections_tags_and_people_are_the_editions_own(site: Site) -> None:
    for reader in site.readers():
        for type_, path in TERMS.items():
            tree = reader.data(path)
            check_answer(reader, tree)
            rows = reader.terms(path)
            if type_ == "section":
                assert {row["name"] for row in rows} == site.words.names_of(type_, reader.locale)
                assert tree == reader.edition["sections"]
            else:
                assert {row["name"] for row in rows} <= site.words.names_of(type_, reader.locale)
            assert rows
            for row in rows:
                follow_term(reader, type_, path, row)


def follow_term(reader: Reader, type_: str, path: str, row: Item) -> None:
    """The page of a section, tag or person, and its list, and its counterparts."""
    alone = reader.data(path, row["slug"])
    check_answer(reader, alone)
    assert {name: alone[name] for name in row if name != "children"} == {
        name: each for name, each in row.items() if name != "children"
    }
    key = reader.site.words.key_of(type_, reader.locale, row["name"])
    assert {(other["locale"], other["name"]) for other in row["translations"]} == {
        (other.locale, name)
        for other in reader.site.readers()
        if other.locale != reader.locale
        and (name := reader.site.words.name_of(type_, other.locale, key))
        in {term["name"] for term in other.terms(path)}
    }, (reader.locale, key)
    check_counterparts(reader, alone, lambda there, slug: there.data(path, slug), "name")
    for other in row["translations"]:
        place = reader.site.resolve(other["url"])
        assert (place["type"], place["slug"], place["status"]) == (type_, other["slug"], 200)
    if type_ != "person":
        listed = reader.listing(**{type_: row["slug"]})
        assert len(listed) == row["count"], (reader.locale, row["slug"])
        named = f"{type_}s"
        assert all(type_ == "section" or row["slug"] in {tag["slug"] for tag in each[named]} for each in listed)


def test_people_are_shown_with_their_work(site: Site) -> None:
    for reader in site.readers():
        for row in reader.data("people"):
            person = reader.data("people", row["slug"])
            for role, count in person["roles"].items():
                works = list(site.pages(person["links"][role]))
                assert len(works) == count, (reader.locale, row["slug"], role)
                for work in works:
                    assert {"slug": row["slug"], "name": row["name"], "role": role} in work["people"]
            assert person["articles"], row["slug"]
            times = [datetime.fromisoformat(each["published"]["at"]) for each in person["articles"]]
            assert times == sorted(times, reverse=True)


def test_lists_are_read_to_their_end(site: Site) -> None:
    for reader in site.readers():
        whole = reader.listing()
        assert len(whole) == reader.json("articles", total="true")["meta"]["total"] == reader.edition["articles"]
        assert reader.listing(limit=7) == whole
        times = [datetime.fromisoformat(row["published"]["at"]) for row in whole]
        assert times == sorted(times, reverse=True)
        check_answer(reader, whole)
        assert back_to_front(reader, 10) == [row["slug"] for row in whole]


def back_to_front(reader: Reader, limit: int) -> list[str]:
    """The slugs of a list, read by its links to the last page and back to the first."""
    answer = reader.json("articles", limit=limit)
    while "next" in answer.get("links", {}):
        answer = reader.site.json(answer["links"]["next"])
    slugs = [row["slug"] for row in answer["data"]]
    while "prev" in answer.get("links", {}):
        answer = reader.site.json(answer["links"]["prev"])
        slugs = [row["slug"] for row in answer["data"]] + slugs
    return slugs


def test_every_article_stands_in_its_own_edition(site: Site) -> None:
    for reader in site.readers():
        for item in reader.everything():
            document = reader.document(item["slug"])
            assert item.items() <= document.items(), "the list and the article alone say the same"
            check_answer(reader, document)
            check_body(reader, document)
            header = site.get(reader.url("articles", item["slug"], body="html,blocks,text")).headers
            assert header["Content-Language"] == reader.locale
            check_link_header(reader, document, header["Link"])
            key = work_of(reader, document)
            assert {site.words.key_of("work", row["locale"], row["title"]) for row in document["translations"]} <= {key}
            named = {row["locale"] for row in document["translations"]}
            assert named | {reader.locale} == site.words.locales_of("work", key), key
            check_counterparts(reader, document, Reader.document, "title", "url", "lang", "dir")
            check_surroundings(reader, document)


def check_surroundings(reader: Reader, document: Item) -> None:
    """Breadcrumbs, byline, terms and what search engines and networks are told lead to the edition's own."""
    for crumb in document["breadcrumbs"]:
        place = reader.site.resolve(crumb["url"])
        assert (place["status"], place["locale"]) == (200, reader.locale)
        if place["type"] == "section":
            assert reader.data("sections", place["slug"])["name"] == crumb["name"]
    for path, rows in (("sections", document["sections"]), ("tags", document["tags"]), ("people", document["people"])):
        for row in rows:
            assert reader.data(path, row["slug"])["name"] == row["name"], document["slug"]
    assert [row["name"] for row in document["people"] if row["role"] == "author"] == document["authors"]
    seo = document["seo"]
    assert seo["canonical"] == document["url"]
    assert seo["json_ld"]["inLanguage"] == reader.locale
    assert seo["json_ld"].get("publisher", {}).get("name", reader.edition["title"]) == reader.edition["title"]
    assert [link["network"] for link in document["share"]] == list(reader.site.words.editions[reader.locale]["share"])


def test_the_same_article_is_found_by_its_id(site: Site) -> None:
    for reader in site.readers():
        for item in reader.everything():
            answer = site.json(f"/v1/articles/{item['id']}?locale={reader.locale}")
            assert answer["data"]["url"] == item["url"]
            assert answer["meta"]["locale"] == {"requested": reader.locale, "served": reader.locale, "fallback": False}


def test_counterparts_share_their_id_and_their_kind_but_not_their_readers(site: Site) -> None:
    shelves = {reader.locale: {item["id"]: item for item in reader.everything()} for reader in site.readers()}
    for locale, shelf in shelves.items():
        for key, item in shelf.items():
            for row in item["translations"]:
                assert shelves[row["locale"]][key]["kind"] == item["kind"], (locale, item["slug"])
    talked = [frozenset(key for key, item in shelf.items() if item["comments"]) for shelf in shelves.values()]
    assert all(talked), "every edition has readers who wrote"
    assert len(set(talked)) > 1, "what is written under one edition's text is not shown under another's"


def test_newsletters_lead_to_articles_of_their_own_edition(site: Site) -> None:
    for reader in site.readers():
        issues = [document for document in reader.documents() if "contents" in document["fields"]]
        assert issues, reader.locale
        for issue in issues:
            pdf = site.quick.get(path_of(issue["fields"]["pdf"]["url"]))
            assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
            blocks = [block for block in issue["body"]["blocks"] if block["type"] == "contents"]
            assert [entry["label"] for block in blocks for entry in block["items"]] == [
                entry["label"] for entry in issue["fields"]["contents"]
            ]
            for entry in issue["fields"]["contents"]:
                there = reader.document(entry["slug"])
                assert (there["id"], there["url"], there["title"]) == (entry["article"], entry["url"], entry["title"])


def test_kinds_bring_what_makes_them(site: Site) -> None:
    for reader in site.readers():
        kinds: dict[str, list[Item]] = {}
        for document in reader.documents():
            kinds.setdefault(document["kind"], []).append(document)
        assert len(kinds) == 9, (reader.locale, sorted(kinds))
        assert all(len(shown["fields"]["pictures"]) >= 5 for shown in kinds["gallery"])
        assert all(shown["fields"]["author"] and shown["fields"]["cover"]["alt"] for shown in kinds["book"])
        assert all(shown["fields"]["artist"] and shown["image"] for shown in kinds["cartoon"])
        assert all(shown["fields"].get("embed_url") or shown["fields"]["file"]["url"] for shown in kinds["video"])
        for shown in (shown for each in kinds.values() for shown in each):
            for name in ("author", "artist", "photographer", "place", "period"):
                text = shown["fields"].get(name, "")
                assert not text or is_own(site.words, reader.locale, text), (shown["slug"], name)


def test_every_picture_is_there_and_says_what_it_shows(site: Site) -> None:
    got: set[str] = set()
    for reader in site.readers():
        shown = [reader.edition, reader.data("people"), *reader.documents()]
        pictures = list(pictures_in(shown))
        assert not [image for image in pictures if not image["alt"]], reader.locale
        urls = {image["renditions"]["thumb"]["url"] for image in pictures}
        urls |= {each["url"] for each in objects_in(shown) if "/file/" in str(each.get("url"))}
        whole = reader.edition["share_image"]
        urls |= {each["url"] for each in whole["renditions"].values()}
        urls |= {part.split()[0] for part in whole["srcset"].split(", ")}
        for url in urls - got:
            answer = site.quick.get(path_of(url))
            assert (answer.status_code, bool(answer.data)) == (200, True), url
        got |= urls
    assert len(got) > MANY


def test_neighbours_are_a_chain_from_the_newest_to_the_oldest(site: Site) -> None:
    for reader in site.readers():
        chains: dict[str, list[Item]] = {}
        for item in reader.listing():
            chains.setdefault(item["kind"], []).append(reader.document(item["slug"]))
        for chain in chains.values():
            assert chain[0]["newer"] is chain[-1]["older"] is None
            for newer, older in pairwise(chain):
                for row, there in ((newer["older"], older), (older["newer"], newer)):
                    assert row == {name: there[name] for name in ("id", "slug", "url", "title")} | {
                        "published_at": there["published"]["at"]
                    }


def test_related_articles_are_of_the_same_edition(site: Site) -> None:
    for reader in site.readers():
        related = {item["slug"]: reader.data("articles", item["slug"], "related") for item in reader.listing()}
        assert any(related.values())
        for slug, rows in related.items():
            check_answer(reader, rows)
            assert slug not in {row["slug"] for row in rows}
            for row in rows:
                assert row.items() <= reader.document(row["slug"]).items()


def work_of(reader: Reader, item: Item) -> str:
    """The work of the demo that an article is."""
    return reader.site.words.key_of("work", reader.locale, item["title"])
