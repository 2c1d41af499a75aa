"""A document in a real browser: it is shown, and what else it could be taken for is not run."""

from pathlib import Path

import pytest

from tests.drills.browsers import Tab, chromium
from tests.drills.house import Site
from tests.media.houses import multipart
from tests.servers import Client, eventually

RED = (255, 0, 0)
SCRIPT = b"<html><script>document.title = 'it ran'</script></html>"


def red_page(before: bytes = b"") -> bytes:
    """A document whose one page is red, with something else before it."""
    drawn = "1 0 0 rg 0 0 600 800 re f"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
    ]
    written, places = b"%PDF-1.4\n%" + before + b"\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 5\n0000000000 65535 f \n{table}trailer << /Root 1 0 R /Size 5 >>\nstartxref\n{len(written)}\n%%EOF"
    return written + end.encode()


def is_red(tab: Tab) -> bool:
    colors = {color: count for count, color in tab.picture().getcolors(800 * 600) or ()}
    return colors.get(RED, 0) > 100_000


@pytest.mark.parametrize("before", [b"", SCRIPT])
def test_a_browser_shows_a_public_document_and_runs_nothing_of_it(site: Site, tmp_path: Path, before: bytes) -> None:
    newsroom = site.newsroom
    body, mime = multipart(red_page(before), "report.pdf")
    added = newsroom.client.ask("POST", "/v1/manage/assets", body, Content_Type=mime)
    assert added.status == 201, added.raw
    book = newsroom.published("en", "Report", kind="book", fields={"file": added.data["id"]})
    shown = Client(newsroom.client.port).ask("GET", f"/v1/articles/{book}?locale=en").data["fields"]["file"]
    with chromium(tmp_path / "profile") as browser:
        tab = browser.open(shown["url"])
        eventually(lambda: is_red(tab))
        assert tab.title() != "it ran"
