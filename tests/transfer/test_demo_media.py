"""The demo's media keep their promises: small files that exist, described in every edition, named by works."""

import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest

from tests.transfer.test_demo_files import DEMO, LOCALES, MEDIA, WORKS, locales_of

FILES = DEMO / "media"
BY_KEY = {asset["key"]: asset for asset in MEDIA}
LARGEST = {".webp": 50_000, ".pdf": 60_000, ".mp4": 200_000}


def files_of(asset: dict[str, Any]) -> set[str]:
    return {asset["file"], *(asset[locale]["file"] for locale in LOCALES if "file" in asset[locale])}


def file_in(asset: dict[str, Any], locale: str) -> str:
    """The file that readers of an edition get: its own, else the common one."""
    return str(asset[locale].get("file", asset["file"]))


def named_by(work: dict[str, Any]) -> Iterator[str]:
    """Every medium that a work names."""
    if "image" in work:
        yield work["image"]
    for locale in locales_of(work):
        variant = work[locale]
        fields = variant.get("fields", {})
        yield from (variant[name] for name in ("figure",) if name in variant)
        yield from (fields[name] for name in ("cover", "file", "poster", "pdf") if name in fields)
        yield from (row["asset"] for row in fields.get("pictures", []))


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [work for work in WORKS.values() if work["kind"] == kind]


def test_every_file_is_described_once_and_there() -> None:
    assert len(BY_KEY) == len(MEDIA)
    described = [name for asset in MEDIA for name in files_of(asset)]
    assert sorted(described) == sorted(path.name for path in FILES.iterdir())


def test_files_are_small_and_what_their_names_say() -> None:
    marks = {".webp": (8, b"WEBP"), ".pdf": (0, b"%PDF"), ".mp4": (4, b"ftyp")}
    for path in FILES.iterdir():
        content = path.read_bytes()
        start, mark = marks[path.suffix]
        assert content[start : start + 4] == mark, path.name
        assert len(content) <= LARGEST[path.suffix], path.name
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 1_500_000


@pytest.mark.parametrize("key", BY_KEY)
def test_a_medium_is_described_in_every_edition(key: str) -> None:
    asset = BY_KEY[key]
    focal = asset.get("focal", [0.5, 0.5])
    assert len(focal) == 2
    assert all(0 <= share <= 1 for share in focal)
    assert asset.get("poster", key) in BY_KEY
    for locale in LOCALES:
        assert asset[locale].get("caption" if asset["file"].endswith(".pdf") else "alt"), locale
        assert set(asset[locale]) <= {"alt", "caption", "credit", "file"}
    assert len({asset[locale].get("alt", asset[locale].get("caption")) for locale in LOCALES}) == len(LOCALES)


def test_cartoons_and_letters_have_a_file_of_each_edition() -> None:
    own = [asset for asset in MEDIA if any("file" in asset[locale] for locale in LOCALES)]
    assert len(own) == 4
    for asset in own:
        assert len({file_in(asset, locale) for locale in LOCALES}) == len(LOCALES)
        assert file_in(asset, "en") == asset["file"]


@pytest.mark.parametrize("name", WORKS)
def test_every_medium_that_a_work_names_exists(name: str) -> None:
    assert set(named_by(WORKS[name])) <= set(BY_KEY)


def test_every_medium_is_shown_somewhere() -> None:
    shown = {key for work in WORKS.values() for key in named_by(work)}
    assert shown == set(BY_KEY)


def test_nearly_every_work_has_a_picture() -> None:
    without = {work["key"] for work in WORKS.values() if "image" not in work}
    assert without == {"contact", "winter-tent"}
    assert len([work for work in WORKS.values() if any("figure" in work[locale] for locale in locales_of(work))]) == 2


def test_galleries_show_the_same_pictures_with_captions_of_their_own() -> None:
    for work in of_kind("gallery"):
        rows = {locale: work[locale]["fields"]["pictures"] for locale in LOCALES}
        assert len({tuple(row["asset"] for row in pictures) for pictures in rows.values()}) == 1
        assert len(rows["en"]) >= 5
        captions = [row["caption"] for pictures in rows.values() for row in pictures]
        assert len(captions) == len(set(captions))


def test_letters_are_numbered_alike_and_point_into_their_pages() -> None:
    numbers = set()
    for work in of_kind("newsletter"):
        fields = {locale: work[locale]["fields"] for locale in LOCALES}
        assert len({(each["number"], each["pdf"], each["cover"]) for each in fields.values()}) == 1
        assert len({tuple((row["page"], row["article"]) for row in each["contents"]) for each in fields.values()}) == 1
        numbers.add(fields["en"]["number"])
        for locale in LOCALES:
            pages = pages_of(file_in(BY_KEY[fields[locale]["pdf"]], locale))
            assert len(pages) == max(row["page"] for row in fields[locale]["contents"])
    assert numbers == {11, 12}


def pages_of(name: str) -> list[str]:
    document = pypdfium2.PdfDocument(FILES / name)
    texts = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    document.close()
    return [letters(text) for text in texts]


def letters(text: str) -> str:
    """What a PDF gives back of a text for certain: not its spaces, nor signs above and below letters."""
    return re.sub("[\\s\u200c\u064b-\u0655]", "", text)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_of_a_letter_can_be_read_out_of_its_pdf(locale: str) -> None:
    for work in of_kind("newsletter"):
        fields = work[locale]["fields"]
        pages = pages_of(file_in(BY_KEY[fields["pdf"]], locale))
        for row in fields["contents"]:
            assert letters(row["label"]) in pages[0], row["label"]
