"""Whether a text answers a query, worked out without a database: for tests of words, queries and what they show."""

from html import unescape

from nejat_cms.language.search import BEGUN, parse_query, standing
from nejat_cms.language.words import index_entries, index_form

HOSTILE = (
    '" OR *',
    "'); DROP TABLE documents; --",
    "NEAR(a b, 5)",
    "^a",
    "a:*",
    "a & !b | (c)",
    "a <-> b",
    "\\a \\'",
    "%_a",
    "a\x01b \x1f",
    "title : a",
    "{entries} : a",
    '"a" * NOT "b"',
    "a OR b AND NOT c",
    "en:a ~a a|b",
    "''''a",
    "\u02bca\u02bc a’‘ ＇a＇ ＂b＂ ＼",
    "a/*b*/ -- c",
    ":v0 :q0 %(v0)s ?1 $1",
)
"""Operators and quotation marks of both databases."""


def finds(query: str, text: str, locale: str, *, prefix: bool = False) -> bool:
    asked = parse_query(query, locale, prefix=prefix)
    form = index_form(text, locale)
    entries = {entry.removeprefix(f"{locale}:") for entry in index_entries(locale, [form])}

    def has(entry: str) -> bool:
        if entry.endswith(BEGUN):
            return any(one.startswith(entry.removesuffix(BEGUN)) for one in entries)
        return entry in entries

    needed = all(any(map(has, alternatives)) for alternatives in asked.alternatives(locale))
    stands = [
        any(f" {' '.join(words)} " in form for words in standing(phrase, locale))
        for phrase in asked.phrases
        if len(phrase) > 1
    ]
    refused = [f" {' '.join(phrase)} " in form for phrase in asked.excluded]
    return needed and all(stands) and not any(refused)


def find_each_other(texts: list[str], locale: str) -> bool:
    """Whether each of these, looked for, finds all of them."""
    return all(finds(query, text, locale) for query in texts for text in texts)


def unmarked(html: str) -> str:
    """The text without its marks, which are in pairs and not in each other."""
    for piece in html.split("<mark>")[1:]:
        assert piece.count("</mark>") == 1
    bare = html.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare
    return unescape(bare)
