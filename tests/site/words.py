"""The words of the demo's editors, edition by edition: what readers of an edition may meet, and nothing else.

    words = Words.of(app)
    words.own["fa"]                       every text that belongs to the Farsi edition
    words.key_of("section", "fa", "شهر")   the thing that is called so there: `town` in every edition

What calendars, scripts and languages say comes from ICU alone, past the code that is tested.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import icu
from flask import Flask
from flask_babel import force_locale, gettext
from selectolax.lexbor import LexborHTMLParser

from nejat_cms.content.rules.kinds import KINDS
from nejat_cms.transfer.actions import FILES

TERMS = {"section": "sections", "tag": "tags", "person": "people"}
BLOCK = re.compile(r"<(?=/?(?:p|h\d|li|ul|ol|tr|td|th|table|blockquote|cite|pre|br)\b)")
STRONG = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def squeezed(text: str) -> str:
    return " ".join(text.split())


def text_of(html: str) -> str:
    """What stands in HTML, a space where a block ends."""
    root = LexborHTMLParser(BLOCK.sub(" <", html)).body
    return squeezed(root.text() if root else "")


@dataclass(frozen=True)
class Words:
    """Texts and names by edition, and the authoring tables that they come from."""

    app: Flask
    editions: Mapping[str, Mapping[str, Any]]
    menus: Mapping[str, Any]
    redirects: list[dict[str, str]]
    own: Mapping[str, set[str]]
    bodies: Mapping[str, str]
    keys: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, app: Flask) -> "Words":
        """Read what the demo is made from."""
        tables = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FILES.rglob("*.toml"))}
        editions = {one["locale"]: one for one in tables["editions"]["editions"]}
        files = {one["file"] for one in tables["media"]["media"]}
        own, bodies = {locale: set(files) for locale in editions}, dict.fromkeys(editions, "")
        for locale, name, text in _texts(tables, editions):
            if name == "html":
                bodies[locale] += f" {text_of(text)}"
            else:
                own[locale].add(squeezed(text))
        words = cls(
            app, editions, tables["menus"], tables["redirects"]["redirects"], own, bodies, dict(_keys(tables, editions))
        )
        for locale in editions:
            own[locale] |= {words.kind(locale, kind) for kind in KINDS} | {language(locale, locale)}
        return words

    def key_of(self, type_: str, locale: str, name: str) -> str:
        """What is called so in an edition; there must be such a thing."""
        return self.keys[type_, locale, name]

    def name_of(self, type_: str, locale: str, key: str) -> str:
        """What a thing is called in an edition; nothing where it is not there."""
        return next((name for (*at, name), each in self.keys.items() if (at, each) == ([type_, locale], key)), "")

    def locales_of(self, type_: str, key: str) -> set[str]:
        """The editions that have it."""
        return {locale for (kind, locale, _), each in self.keys.items() if (kind, each) == (type_, key)}

    def names_of(self, type_: str, locale: str) -> set[str]:
        return {name for kind, where, name in self.keys if (kind, where) == (type_, locale)}

    def kind(self, locale: str, kind: str) -> str:
        """What a kind is called, by the edition's catalog."""
        return self.said(locale, lambda: str(KINDS[kind].label))

    def translated(self, locale: str, english: str) -> str:
        """What the edition's catalog has for an English text; the catalog must have something."""
        text = self.said(locale, lambda: gettext(english))
        assert (text == english) is (locale == "en"), (locale, english)
        return text

    def said(self, locale: str, what: Callable[[], str]) -> str:
        with self.app.test_request_context(), force_locale(locale):
            return what()


def language(locale: str, reader: str) -> str:
    """What a language is called in another one, with a capital where the script has them."""
    name: str = icu.Locale(locale).getDisplayName(icu.Locale(reader))
    return name[:1].upper() + name[1:]


def months(locale: str, calendar: str) -> list[str]:
    """What the months are called, alone and in a date."""
    names: dict[str, None] = {}
    for pattern in ("LLLL", "MMMM"):
        formatter = icu.SimpleDateFormat(pattern, icu.Locale(f"{locale}@calendar={calendar}"))
        names |= dict.fromkeys(formatter.format(day * 86400.0) for day in range(20000, 20400, 5))
    return list(names)


def digits(numbering: str) -> str:
    found: str = icu.NumberingSystem.createInstanceByName(numbering).getDescription()
    return found


def direction(locale: str) -> str:
    likely = icu.Locale(locale)
    likely.addLikelySubtags()
    return "rtl" if icu.Script(icu.Script.getCode(likely.getScript())[0]).isRightToLeft() else "ltr"


def directions(text: str) -> set[str]:
    """The directions of all letters of a text."""
    return {STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in STRONG}


def _texts(
    value: Any, locales: Mapping[str, Any], locale: str | None = None, name: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Every text that lies below a locale or beside one in a table: its locale, its name and itself."""
    if isinstance(value, dict):
        locale = value.get("locale", locale)
        for key, each in value.items():
            yield from _texts(each, locales, *((key, name) if key in locales else (locale, key)))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, locales, locale, name)
    elif isinstance(value, str) and locale is not None:
        yield locale, name, value


def _keys(tables: Mapping[str, Any], locales: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], str]]:
    for type_, table in TERMS.items():
        for row in tables["terms"][table]:
            for locale in locales:
                if locale in row:
                    name = row[locale]["name"] if type_ == "section" else row[locale]
                    yield (type_, locale, name), row["key"]
    for work in tables.values():
        if "kind" not in work:
            continue
        later = work.get("revision", {})
        for locale in locales:
            if locale in work:
                now = later if later.get("locale") == locale else later.get(locale, {})
                yield ("work", locale, now.get("title", work[locale]["title"])), work["key"]
