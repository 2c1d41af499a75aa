"""Documents, with pdfium: pages, text, and the first page as a picture."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
import pyvips

from nejat_cms.media.processing import pictures
from nejat_cms.media.processing.limits import RefusedError

LONGER_SIDE = 2560
TEXT_MAX = 200_000
TEXT_SECONDS = 10.0
"""How long text is looked for; a document that has more than is read by then is good all the same."""
WRONG_PASSWORD, UNKNOWN_SECURITY = 4, 5


def examine(path: Path) -> dict[str, Any]:
    """Raises: RefusedError."""
    with _opened(path) as document:
        image = _page(document, 0)
        sample = image.thumbnail_image(pictures.SAMPLE, height=pictures.SAMPLE, size="down")
        return {
            "mime": "application/pdf",
            "width": image.width,
            "height": image.height,
            "pages": len(document),
            "text": _text(document),
        } | pictures.colors(sample)


def first_page(source: Path, target: Path) -> None:
    """Raises: RefusedError."""
    with _opened(source) as document:
        pictures.save(_page(document, 0), target, "image/png")


@contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        with pypdfium2.PdfDocument(path) as document:
            if not len(document):
                raise RefusedError("broken_file")
            yield document
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (WRONG_PASSWORD, UNKNOWN_SECURITY)
        raise RefusedError("encrypted_file" if locked else "broken_file") from None
    except pyvips.Error as error:
        raise RefusedError(pictures.code_of(str(error))) from None


def _page(document: pypdfium2.PdfDocument, number: int) -> pyvips.Image:
    """A page as a picture on white, its longer side always the same."""
    page = document[number]
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise RefusedError("broken_file")
    scale = LONGER_SIDE / max(width, height)
    size = [max(1, min(LONGER_SIDE, round(side * scale))) for side in (width, height)]
    bitmap = pypdfium2.PdfBitmap.new_native(*size, pypdfium2.raw.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
    flags = pypdfium2.raw.FPDF_ANNOT | pypdfium2.raw.FPDF_REVERSE_BYTE_ORDER
    pypdfium2.raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, flags)
    image = pyvips.Image.new_from_memory(bitmap.buffer, bitmap.stride // 4, size[1], 4, "uchar")
    return image.crop(0, 0, *size)[0:3].copy(interpretation="srgb")


def _text(document: pypdfium2.PdfDocument) -> str:
    """What the document says, page by page."""
    until = time.monotonic() + TEXT_SECONDS
    found, length = [], 0
    for number in range(len(document)):
        if length >= TEXT_MAX or time.monotonic() > until:
            break
        try:
            page = document[number]
            text = page.get_textpage().get_text_range(errors="ignore")
            page.close()
        except pypdfium2.PdfiumError:  # a page that is damaged; the others may be read
            continue
        found.append(text)
        length += len(text) + 1
    return "\n".join(found)[:TEXT_MAX]
