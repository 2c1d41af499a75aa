"""Where a text may be cut: words and user-perceived characters."""

from collections.abc import Iterator

import icu


def words(text: str, locale: str) -> Iterator[str]:
    """A text cut at every word bound, as they are asked for; space and punctuation too. Joined they are the text.

    Source: UAX 29 word boundaries, with CLDR's tailoring and dictionaries for the
    locale. A ZWNJ stays within its word.
    """
    return _pieces(icu.BreakIterator.createWordInstance(icu.Locale.forLanguageTag(locale)), text)


def graphemes(text: str) -> list[str]:
    """A text cut into what readers call characters: a letter with its marks is one. Joined they are the text.

    Source: UAX 29 extended grapheme clusters.
    """
    return list(_pieces(icu.BreakIterator.createCharacterInstance(icu.Locale.getRoot()), text))


def truncate_graphemes(text: str, length: int) -> str:
    """The longest beginning of at most `length` code points that parts no letter from its marks.

    Empty when the first character alone is longer.
    """
    if len(text) <= length:
        return text
    kept = 0
    # A bound at or before the cut depends on the character after it, and no further.
    for piece in graphemes(text[: length + 1]):
        if kept + len(piece) > length:
            break
        kept += len(piece)
    return text[:kept]


def _pieces(iterator: icu.BreakIterator, text: str) -> Iterator[str]:
    """ICU counts in UTF-16 units; they are Python's indices while no character needs two of them."""
    iterator.setText(text)
    start = 0
    if text.isascii() or max(text) < "\U00010000":
        for end in iterator:
            yield text[start:end]
            start = end
        return
    units = text.encode("utf-16-le", "surrogatepass")
    for end in iterator:
        yield units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
        start = end
