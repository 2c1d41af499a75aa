"""The demo content keeps its own promises: a translation says the same, letters are the right ones."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

import nejat_cms.transfer
from nejat_cms.content.rules.html import parse_html
from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.content.rules.prose import variant_passages
from nejat_cms.language.checks import Passage, check_text

LOCALES = ("en", "ar", "fa", "sq")
DEMO = Path(nejat_cms.transfer.__file__).parent / "demo"
ARABIC_LETTER = r"[\u0620-\u064a\u064b-\u0652\u0654\u066e-\u06d3]"
ZWNJ = "\u200c"
TATWEEL = "\u0640"


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


WORKS = {path.stem: load(path) for path in sorted((DEMO / "works").glob("*.toml"))}
PUBLISHED = {name: work for name, work in WORKS.items() if work.get("state", "published") == "published"}
TERMS = load(DEMO / "terms.toml")
EDITIONS = load(DEMO / "editions.toml")["editions"]
MEDIA = load(DEMO / "media.toml")["media"]
MENUS = load(DEMO / "menus.toml")


def keys_of(terms: str) -> list[str]:
    return [row["key"] for row in TERMS[terms]]


def locales_of(work: dict[str, Any]) -> list[str]:
    return [locale for locale in LOCALES if locale in work]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


def foreign_parts_removed(text: str, locale: str) -> str:
    """What is left is the edition's own language: no markup, no span of another language."""
    own = re.sub(rf'<span lang="(?!{locale}")[^>]*>.*?</span>', " ", text, flags=re.DOTALL)
    own = re.sub(r"<code>.*?</code>", " ", own, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", own)


def revised(work: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The later texts of a work, by locale; the original's stand in the table itself."""
    revision = work.get("revision")
    if revision is None:
        return {}
    later = {locale: revision[locale] for locale in LOCALES if locale in revision}
    return {revision["locale"]: revision} | later


def media_texts_in(locale: str) -> Iterator[str]:
    for asset in MEDIA:
        yield from (text for name, text in asset[locale].items() if name != "file")


def words_of(fields: dict[str, Any]) -> list[str]:
    """What a reader reads of a kind's fields: no addresses, no keys of media or works."""
    keys = ("url", "cover", "file", "poster", "pdf", "contents", "pictures")
    rows = [row["label"] for row in fields.get("contents", [])]
    rows += [row["caption"] for row in fields.get("pictures", [])]
    return [*strings({name: value for name, value in fields.items() if name not in keys}), *rows]


def texts_in(locale: str) -> Iterator[str]:
    """Every text an edition shows, in its own language."""
    for edition in EDITIONS:
        if edition["locale"] == locale:
            yield from (edition["title"], edition["tagline"], edition["copyright"])
    for terms in ("sections", "people", "tags"):
        for row in TERMS[terms]:
            yield from strings(row.get(locale, ""))
    for work in WORKS.values():
        variant = {k: v for k, v in work.get(locale, {}).items() if k not in ("translators", "credit", "figure")}
        fields = words_of(variant.pop("fields", {}))
        credit = work.get(locale, {}).get("credit", {}).get("name", "")
        later = revised(work).get(locale, {})
        of_later = [later.get(name, "") for name in ("title", "lead", "html")]
        for text in strings([variant, fields, credit, of_later]):
            yield foreign_parts_removed(text, locale)
    yield from media_texts_in(locale)
    yield from (item["label"][locale] for item in menu_items(MENUS["menus"]) if "label" in item)


def menu_items(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The items of menus, or those below an item, each before what is below it."""
    for row in rows:
        for item in row.get("items", []) + row.get("children", []):
            yield item
            yield from menu_items([item])


def block_shape(html: str) -> list[str]:
    """Top-level tags in order; lists with their number of items, tables with rows × cells."""
    body = LexborHTMLParser(html).body
    assert body is not None
    shape = []
    for node in body.iter(include_text=False):
        tag = str(node.tag)
        if tag in ("ul", "ol"):
            tag += f":{len(node.css('li'))}"
        elif tag == "table":
            tag += ":" + ",".join(str(len(row.css("td, th"))) for row in node.css("tr"))
        elif tag == "blockquote":
            tag += f":{len(node.css('cite'))}"
        shape.append(tag)
    return shape


def isbn13_is_valid(isbn: str) -> bool:
    digits = [int(digit) for digit in isbn.replace("-", "")]
    weighted = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return len(digits) == 13 and weighted % 10 == 0


def test_there_is_enough_of_every_kind() -> None:
    kinds = Counter(work["kind"] for work in WORKS.values())
    assert len(WORKS) >= 26
    assert kinds["page"] >= 2
    assert kinds["brief"] >= 3
    assert kinds["book"] >= 2
    assert all(kinds[kind] >= 2 for kind in ("newsletter", "video", "cartoon", "newspic", "gallery"))
    assert kinds["article"] > sum(kinds.values()) / 2
    assert set(kinds) == set(KINDS)


def test_menus_lead_to_what_there_is_and_are_called_something_in_every_language() -> None:
    keys = {"section": set(keys_of("sections")), "article": {work["key"] for work in PUBLISHED.values()}}
    items = list(menu_items(MENUS["menus"]))
    assert len(items) > 20
    for item in items:
        assert set(item.get("label", dict.fromkeys(LOCALES))) == set(LOCALES), item
        target = item.get("target", {})
        assert target.get("key") in keys.get(target.get("type"), {None}), item
    pins = MENUS["pins"]
    pinned = [*pins["featured"], *(key for row in pins["sections"] for key in row["articles"])]
    assert set(pinned) <= keys["article"]
    assert all(set(LOCALES) <= set(work) for work in WORKS.values() if work["key"] in pinned)


def test_keys_are_unique() -> None:
    for keys in (keys_of("sections"), keys_of("people"), keys_of("tags"), [w["key"] for w in WORKS.values()]):
        assert len(keys) == len(set(keys))


def test_editions_are_the_four() -> None:
    assert [edition["locale"] for edition in EDITIONS] == list(LOCALES)
    assert [edition["locale"] for edition in EDITIONS if edition.get("default")] == ["en"]
    for edition in EDITIONS:
        assert edition["locale"] not in edition["fallback"]
        assert set(edition["fallback"]) <= set(LOCALES)
        assert all(re.match(r"https://[a-z]+\.example/", profile["url"]) for profile in edition["social"])


def test_sections_form_a_tree_and_one_is_missing_in_one_edition() -> None:
    parents = {row["key"]: row.get("parent") for row in TERMS["sections"]}
    assert len({parent for parent in parents.values() if parent}) == 2
    assert all(parents[parent] is None for parent in parents.values() if parent)
    missing = [(row["key"], locale) for row in TERMS["sections"] for locale in LOCALES if locale not in row]
    assert len(missing) == 1


def test_people_and_tags_have_a_name_everywhere() -> None:
    for row in (*TERMS["people"], *TERMS["tags"]):
        assert set(row) - {"image"} == {"key", *LOCALES}


@pytest.mark.parametrize("name", WORKS)
def test_every_key_that_a_work_names_exists(name: str) -> None:
    work = WORKS[name]
    people = set(keys_of("people"))
    works = {other["key"]: other for other in WORKS.values()}
    assert set(work["section"]) <= set(keys_of("sections"))
    assert set(work["tags"]) <= set(keys_of("tags"))
    assert set(work["authors"]) <= people
    for locale in locales_of(work):
        assert set(work[locale].get("translators", [])) <= people
        for item in work[locale].get("fields", {}).get("contents", []):
            assert locale in works[item["article"]]
            assert works[item["article"]]["days_ago"] > work["days_ago"]


@pytest.mark.parametrize("name", WORKS)
def test_a_work_is_complete(name: str) -> None:
    work = WORKS[name]
    assert name.split("-", 1)[0].isdigit()
    assert work["source"] in work
    assert ("days_ago" in work) == (name in PUBLISHED)
    assert ("in_days" in work) == (work.get("state") == "scheduled")
    for locale in locales_of(work):
        variant = work[locale]
        assert 0 < len(variant["title"]) <= 100
        assert 0 < len(variant["lead"]) <= 300
        assert len(variant.get("seo_description", "")) <= 160
        assert bool(variant.get("translators")) == (locale != work["source"])


def test_several_works_begin_in_each_edition() -> None:
    sources = Counter(work["source"] for work in WORKS.values())
    assert all(sources[locale] >= 4 for locale in LOCALES)


def test_every_edition_lacks_one_published_work_of_its_own() -> None:
    missing = [(locale, name) for name, work in PUBLISHED.items() for locale in LOCALES if locale not in work]
    assert sorted(locale for locale, _ in missing) == sorted(LOCALES)
    assert len({name for _, name in missing}) == len(LOCALES)


def test_a_work_belongs_to_a_section_of_every_edition_it_appears_in() -> None:
    sections = {row["key"]: row for row in TERMS["sections"]}
    for work in WORKS.values():
        if work["kind"] != "page":
            for locale in locales_of(work):
                assert any(locale in sections[key] for key in work["section"]), (work["key"], locale)


def test_releases_hold_drafts_of_every_edition_and_wait_for_one_of_them() -> None:
    for release in load(DEMO / "releases.toml")["releases"]:
        assert all(WORKS[f].get("state") == "draft" for f in WORKS if WORKS[f]["key"] in release["works"])
        assert set(release["works"]) <= {work["key"] for work in WORKS.values()}
        assert release["locales"] == list(LOCALES)
        assert set(release["gate"]) - set(release["approved"])


def test_states_are_one_scheduled_one_draft_one_revised() -> None:
    states = Counter(work.get("state", "published") for work in WORKS.values())
    assert states == {"published": len(WORKS) - 2, "scheduled": 1, "draft": 1}
    (work,) = [work for work in WORKS.values() if "revision" in work]
    revision = work["revision"]
    assert revision["locale"] == work["source"]
    assert 0 < revision["days_ago"] < work["days_ago"]
    assert revision["outdated"]
    assert set(revised(work)) | set(revision["outdated"]) == set(LOCALES)
    assert not set(revised(work)) & set(revision["outdated"])
    assert all(later["html"] != work[locale]["html"] for locale, later in revised(work).items())


def test_publication_is_spread_over_more_than_a_year() -> None:
    days = sorted(work["days_ago"] for work in PUBLISHED.values())
    assert len(set(days)) == len(days)
    assert days[0] < 7
    assert days[-1] > 365
    assert len({int(day // 30) for day in days}) >= 10


@pytest.mark.parametrize("name", WORKS)
def test_translations_have_the_blocks_of_their_original(name: str) -> None:
    work = WORKS[name]
    original = block_shape(work[work["source"]]["html"])
    least = {"newspic": 1, "brief": 2, "cartoon": 2, "gallery": 2, "video": 3}
    assert least.get(work["kind"], 4) <= len(original) <= 9
    for locale in locales_of(work):
        assert block_shape(work[locale]["html"]) == original, locale
    later = {locale: block_shape(variant["html"]) for locale, variant in revised(work).items()}
    assert all(shape == later[work["source"]] for shape in later.values())


@pytest.mark.parametrize("name", WORKS)
def test_bodies_use_only_what_a_body_may_hold(name: str) -> None:
    allowed = {"p", "h2", "h3", "ul", "ol", "li", "blockquote", "cite", "table", "thead", "tbody", "tr", "th"}
    allowed |= {"td", "pre", "code", "a", "em", "strong", "span", "ruby", "rt", "rp", "hr", "-text"}
    work = WORKS[name]
    variants = [work[locale] for locale in locales_of(work)]
    for variant in (*variants, *revised(work).values()):
        body = LexborHTMLParser(variant["html"]).body
        assert body is not None
        assert {node.tag for node in body.traverse(include_text=False)} - {"body"} <= allowed


def test_every_text_is_in_normal_form_c() -> None:
    for path in DEMO.rglob("*.toml"):
        text = path.read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text), path.name
        assert TATWEEL not in text, path.name


def test_farsi_uses_its_own_letters() -> None:
    for text in texts_in("fa"):
        assert not re.search("[\u064a\u0643\u0649\u0629]", text), text
        assert not re.search("[\u0660-\u0669]", text), text
    for name, work in WORKS.items():
        if "fa" in work:
            assert ZWNJ in work["fa"]["html"], name


def test_a_joiner_always_stands_between_two_farsi_letters() -> None:
    for path in DEMO.rglob("*.toml"):
        text = path.read_text("utf-8")
        assert not re.search(f"(?<!{ARABIC_LETTER}){ZWNJ}|{ZWNJ}(?!{ARABIC_LETTER})", text), path.name


def test_farsi_prefixes_and_plurals_are_joined_by_half_spaces() -> None:
    loose = re.compile(r"(?<!\w)(?:ن?می) |\w+ (?:ها|های|هایی|هایش|ترین|تر)(?!\w)")
    for text in texts_in("fa"):
        assert not loose.search(text), text


def test_arabic_uses_no_letters_of_farsi() -> None:
    for text in texts_in("ar"):
        assert not re.search("[پچژگکیە\u06f0-\u06f9\u200c]", text), text


def test_albanian_uses_its_own_letters_and_quotes() -> None:
    for name, work in WORKS.items():
        if "sq" in work:
            assert "ë" in work["sq"]["html"], name
    for text in texts_in("sq"):
        assert text.count("„") == text.count("“"), text
        assert not re.search("[«»”]", text), text


@pytest.mark.parametrize("locale", ["ar", "fa"])
def test_arabic_script_takes_its_own_punctuation(locale: str) -> None:
    for text in texts_in(locale):
        assert not re.search(rf"{ARABIC_LETTER}\s*[,;?]", text), text
        assert not re.search('[“”„"]', text), text
        assert text.count("«") == text.count("»"), text


@pytest.mark.parametrize("locale", ["en", "sq"])
def test_latin_texts_use_typographic_marks(locale: str) -> None:
    for text in texts_in(locale):
        assert not re.search("[\"'«»]", text), text
        assert not re.search(r"[\u0600-\u06ff]", text), text


@pytest.mark.parametrize("locale", LOCALES)
def test_slugs_and_titles_are_unique_in_an_edition(locale: str) -> None:
    for name in ("slug", "title"):
        values = [w[locale][name] for w in WORKS.values() if locale in w and name in w[locale]]
        assert len(values) == len({value.casefold() for value in values})
    slugs = [row[locale]["slug"] for row in TERMS["sections"] if "slug" in row.get(locale, {})]
    assert len(slugs) == len(set(slugs))


def test_books_have_checked_isbns() -> None:
    for work in WORKS.values():
        if work["kind"] == "book":
            for locale in locales_of(work):
                fields = work[locale]["fields"]
                assert isbn13_is_valid(fields["isbn"])
                assert set(fields) - {"file"} == {"author", "isbn", "year", "pages", "cover"}


def test_kinds_bring_their_own_fields() -> None:
    expected = {
        "newsletter": [{"number", "period", "cover", "pdf", "contents"}],
        "video": [{"url", "duration", "poster"}, {"file", "duration", "poster"}],
        "cartoon": [{"artist"}],
        "newspic": [{"photographer", "place"}, {"photographer", "place", "taken_on"}],
        "gallery": [{"photographer", "place", "pictures"}],
    }
    for work in WORKS.values():
        for locale in locales_of(work):
            fields = set(work[locale].get("fields", {}))
            if work["kind"] in expected:
                assert fields in expected[work["kind"]]
            elif work["kind"] != "book":
                assert not fields


def test_every_address_is_reserved_for_examples_or_a_made_up_video() -> None:
    for path in DEMO.rglob("*.toml"):
        for address in re.findall(r"https?://[^\s\"<]+", path.read_text("utf-8")):
            assert re.match(r"https://([a-z]+\.example/|www\.youtube\.com/watch\?v=aaaaaaaaaaa$)", address), address


def passages_in(locale: str) -> Iterator[Passage]:
    """Every text an edition shows, as a save would have it checked."""
    for work in WORKS.values():
        for text in filter(None, (work.get(locale), revised(work).get(locale))):
            body = {"body": {"blocks": parse_html(text["html"])[0]}} if "html" in text else {}
            yield from variant_passages({"locale": locale} | body, body)
            for one in strings({name: value for name, value in text.items() if name not in ("html", *LOCALES)}):
                yield Passage(locale, {"": one})
    rows = [row.get(locale, "") for terms in ("sections", "people", "tags") for row in TERMS[terms]]
    labels = [edition for edition in EDITIONS if edition["locale"] == locale]
    yield from (Passage(locale, {"": one}) for one in strings([rows, labels, list(media_texts_in(locale))]))


@pytest.mark.parametrize("locale", LOCALES)
def test_an_editor_would_mark_nothing(locale: str) -> None:
    passages = list(passages_in(locale))
    assert len(passages) > 100
    for passage in passages:
        found = [one for one in check_text(passage.whole, passage.locale) if one.severity != "info"]
        assert found == [], passage.whole[found[0].start :][:40]


def test_what_pages_and_works_name_is_there() -> None:
    media = {asset["key"] for asset in MEDIA}
    rows = (*TERMS["sections"], *TERMS["people"], *TERMS["tags"])
    assert {row["image"] for row in rows if "image" in row} <= media
    assert {edition["share_image"] for edition in EDITIONS} <= media
    ages = {work["key"]: work.get("days_ago", 0) for work in WORKS.values()}
    for work in WORKS.values():
        for key in work.get("related", ()):
            assert ages[key] > ages[work["key"]], (work["key"], key)
    for redirect in load(DEMO / "redirects.toml")["redirects"]:
        assert redirect["locale"] in LOCALES
        assert redirect.get("article", "lentil-soup") in ages
        assert redirect.get("section", "library") in keys_of("sections")
