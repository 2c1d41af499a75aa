"""Documents."""

import time
from pathlib import Path

import pypdfium2
import pytest

from nejat_cms.errors import InvalidFileError
from nejat_cms.media.processing import TEXT_MAX, Workshop
from tests.media.processing.samples import pdf, written


def codes(shop: Workshop, path: Path) -> list[str]:
    before = path.read_bytes()
    target = path.with_name("page")
    with pytest.raises(InvalidFileError) as refused:
        shop.examine(path)
    with pytest.raises(InvalidFileError):
        shop.first_page(path, target)
    assert not target.exists()
    assert path.read_bytes() == before
    return [problem.code for problem in refused.value.problems]


def test_facts_of_a_document(shop: Workshop, tmp_path: Path) -> None:
    path = written(tmp_path, pdf("First page", "Second page"))
    facts = shop.examine(path)
    assert (facts.mime, facts.pages, facts.width, facts.height) == ("application/pdf", 2, 1810, 2560)
    assert facts.text == "First page\nSecond page"
    assert facts.color == "#ffffff"
    assert facts.thumbhash
    assert facts.duration is None


def test_the_first_page_is_a_picture_of_the_size_that_was_said(shop: Workshop, tmp_path: Path) -> None:
    path, target = written(tmp_path, pdf("Words", "More")), tmp_path / "page"
    shop.first_page(path, target)
    document, page = shop.examine(path), shop.examine(target)
    assert (page.mime, page.width, page.height) == ("image/png", document.width, document.height)
    assert (page.color, page.thumbhash) == (document.color, document.thumbhash)


@pytest.mark.parametrize(
    ("size", "seen"),
    [((100, 50), (2560, 1280)), ((14_400, 14_400), (2560, 2560)), ((3, 14_400), (1, 2560)), ((1e9, 1e9), (2560, 2560))],
)
def test_pages_of_any_size(shop: Workshop, tmp_path: Path, size: tuple[float, float], seen: tuple[int, int]) -> None:
    facts = shop.examine(written(tmp_path, pdf("A", size=size)))
    assert (facts.width, facts.height) == seen


def test_broken_documents(shop: Workshop, tmp_path: Path) -> None:
    whole = pdf("Words")
    for data in (b"%PDF-1.7\n", b"%PDF-1.4 nothing", whole[:60], whole.replace(b"/Pages", b"/Pagan"), pdf()):
        assert codes(shop, written(tmp_path, data)) == ["broken_file"], data[:40]


def test_a_document_behind_a_password_is_refused_by_name(shop: Workshop, tmp_path: Path) -> None:
    keys = f"/O <{'41' * 32}> /U <{'42' * 32}> /P -4"
    standard = f"<< /Filter /Standard /V 1 /R 2 {keys} >>"
    assert codes(shop, written(tmp_path, pdf("Hush", encrypt=standard))) == ["encrypted_file"]
    unknown = "<< /Filter /Acme.Security /V 1 >>"
    assert codes(shop, written(tmp_path, pdf("Hush", encrypt=unknown))) == ["encrypted_file"]


def test_ten_thousand_pages(shop: Workshop, tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    for _ in range(10_000):
        document.new_page(200, 200)
    path = tmp_path / "long"
    document.save(str(path))
    document.close()
    begun = time.perf_counter()
    assert shop.examine(path).pages == 10_000
    assert time.perf_counter() - begun < 20


def test_the_text_of_a_long_document_ends_somewhere(shop: Workshop, tmp_path: Path) -> None:
    facts = shop.examine(written(tmp_path, pdf(*["word " * 1000] * 60)))
    assert facts.pages == 60
    assert TEXT_MAX - 10 < len(facts.text) <= TEXT_MAX


def test_the_text_is_clean(shop: Workshop, tmp_path: Path) -> None:
    facts = shop.examine(written(tmp_path, pdf("  Tab\\tbell\\007 end  ")))
    assert facts.text
    assert "\x07" not in facts.text
    assert facts.text == facts.text.strip()


def test_a_document_that_refers_to_itself(shop: Workshop, tmp_path: Path) -> None:
    looped = pdf("Words").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    assert codes(shop, written(tmp_path, looped)) == ["broken_file"]
    assert shop.examine(written(tmp_path, pdf("Words"))).pages == 1
