"""Texts with one place marked by ⟦ and ⟧: for tests of what a check finds there."""

import re

from nejat_cms.language.checks import check_text


def marked(text: str) -> tuple[str, int, int]:
    """The text without its marks, and where they enclosed something."""
    start, end = text.index("⟦"), text.index("⟧") - 1
    return re.sub("[⟦⟧]", "", text), start, end


def assert_found(text: str, locale: str, code: str, severity: str, fix: str | None) -> None:
    """Exactly one thing is found, at the marks."""
    plain, start, end = marked(text)
    assert [
        (one.code, one.severity, plain[one.start : one.end], one.start, one.end, one.fix)
        for one in check_text(plain, locale)
    ] == [(code, severity, plain[start:end], start, end, fix)]


def told(text: str, locale: str, numbering: str | None = None) -> list[tuple[str, str, str | None]]:
    """What is found, as code, what stands there, and the fix."""
    return [(one.code, text[one.start : one.end], one.fix) for one in check_text(text, locale, numbering=numbering)]
