"""Full text in either database: the words of a text as a set, and the condition that finds them.

Text is cut into words in `language.words`; the databases store entries and parse nothing.
On PostgreSQL they are a `tsvector` made from literals, under a GIN index. On SQLite they
lie in an FTS5 table beside (`<table>_index`), which triggers keep in step.

What an index cannot say (in which order words stand, in title or body) is asked of the
row's own text, with the same expression on both, so that both find the same rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Dialect, Integer, Text, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from nejat_cms.db import db
from nejat_cms.language.search import BEGUN, Query, standing
from nejat_cms.language.words import WORDS_VERSION, Word, index_entries, index_form, run_together

INDEX_VERSION = str(WORDS_VERSION)


class Entries(TypeDecorator[Sequence[str]]):
    """A set of index entries."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return " ".join(f"'{entry}'" if dialect.name == "postgresql" else entry for entry in value)


class IndexedText:
    """Columns of a table of texts to be searched: their forms (`words.index_form`), and the set of all entries."""

    variant_id: Mapped[UUID]
    """The subclass says whose text it is."""
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    title: Mapped[str]
    lead: Mapped[str]
    body: Mapped[str]
    entries: Mapped[Sequence[str]] = mapped_column(Entries)
    version: Mapped[str]
    """How it was cut; with another version the text must be indexed again."""


def index_text(
    table: type[IndexedText],
    variant_id: UUID,
    locale: str,
    *,
    title: str,
    lead: str,
    body: str,
    new: bool = False,
    same: IndexedText | None = None,
) -> None:
    """Make the row of a variant in a table of indexed texts what its text says.

    A `new` one has no row yet. `same` is the row of another table for the very same text, which is not cut again.
    """
    row = None if new else db.session.scalar(select(table).where(table.variant_id == variant_id))
    if row is None:
        row = table()
        row.variant_id = variant_id
        db.session.add(row)
    if same is not None and same.version == INDEX_VERSION:
        columns = _columns(locale, {"title": same.title, "lead": same.lead, "body": same.body})
    else:
        columns = indexed(locale, title=title, lead=lead, body=body)
    for name, value in columns.items():
        setattr(row, name, value)


def indexed(locale: str, *, title: str, lead: str, body: str) -> dict[str, Any]:
    """The columns of an `IndexedText` for this text."""
    texts = {"title": title, "lead": lead, "body": body}
    return _columns(locale, {name: index_form(text, locale) for name, text in texts.items()})


def _columns(locale: str, forms: Mapping[str, str]) -> dict[str, Any]:
    return {**forms, "entries": index_entries(locale, forms.values()), "version": INDEX_VERSION}


@dataclass(frozen=True)
class Matching:
    """A search as SQL over one table of indexed texts; `bind` takes a value and answers its name in the statement."""

    query: Query
    locales: Sequence[str]
    """The languages of the texts that are looked through."""
    table: str
    alias: str
    bind: Callable[[Any], str]

    def found(self) -> str:
        """The condition that a text answers the query."""
        if _on_postgresql():
            # In a SELECT of its own, lest the planner read every text for a common word: it thinks nothing of that.
            index = f"{self.alias}.entries @@ (SELECT CAST({self.bind(self._expression(_TSQUERY))} AS tsquery))"
        else:
            rows = f"SELECT rowid FROM {self.table}_index WHERE {self.table}_index MATCH"
            index = f"{self.alias}.id IN ({rows} {self.bind(self._expression(_FTS5))})"
        conditions = [index]
        conditions += [self._stands(self._spellings(one)) for one in self.query.phrases if len(one) > 1]
        conditions += [f"NOT {self._stands([phrase])}" for phrase in self.query.excluded if len(phrase) > 1]
        return " AND ".join(conditions)

    def _spellings(self, phrase: Sequence[Word]) -> list[tuple[str, ...]]:
        return list(dict.fromkeys(one for locale in self.locales for one in standing(phrase, locale)))

    def _stands(self, phrases: Sequence[Sequence[str]]) -> str:
        columns = ("title", "lead", "body")
        return f"({' OR '.join(f'{self._place(column, one)} > 0' for one in phrases for column in columns)})"

    def tier(self) -> str:
        """How well a text answers it, 0 to 4, as an expression.

        0: the title has the words as they were typed, one after the other. 1: it has
        every word. 2: forms of every word. 3: title and lead together have. 4: elsewhere.
        """
        query = self.query
        typed = dict.fromkeys((tuple(word.folded for word in query.sequence), run_together(query.sequence)))
        whole = " OR ".join(f"{self._place('title', words, whole=not query.unfinished)} > 0" for words in typed)
        exact = " OR ".join(f"({self._all_in_title(words)})" for words in typed)
        return f"""CASE WHEN {whole} THEN 0 WHEN {exact} THEN 1
            WHEN {self._every_word_in("title")} THEN 2 WHEN {self._every_word_in("title", "lead")} THEN 3 ELSE 4 END"""

    def _all_in_title(self, words: Sequence[str]) -> str:
        *finished, last = words
        whole = [f"{self._place('title', (word,))} > 0" for word in finished]
        return " AND ".join([*whole, f"{self._place('title', (last,), whole=not self.query.unfinished)} > 0"])

    def _every_word_in(self, *columns: str) -> str:
        """The condition that these columns together have some form of every word."""
        words = zip(*(self.query.alternatives(locale) for locale in self.locales), strict=True)
        forms = [sorted({entry for entries in word for entry in entries}) for word in words]
        return " AND ".join(
            f"({' OR '.join(self._has(column, entry) for column in columns for entry in entries)})" for entries in forms
        )

    def _has(self, column: str, entry: str) -> str:
        begun = entry.removesuffix(BEGUN)
        return f"{self._place(column, (begun,), whole=begun == entry)} > 0"

    def _place(self, column: str, words: Sequence[str], *, whole: bool = True) -> str:
        """Where a column has these words one after the other, from 1; 0 if it has not."""
        needle = " ".join(["", *words, *([""] if whole else [])])
        return f"{'strpos' if _on_postgresql() else 'instr'}({self.alias}.{column}, {self.bind(needle)})"

    def _expression(self, syntax: "_Syntax") -> str:
        """The query in an index's own language. Entries are letters, digits and marks: none is an operator."""
        each = []
        for locale in self.locales:
            entry = partial(syntax.entry, locale)
            needed = [syntax.any.join(map(entry, entries)) for entries in self.query.alternatives(locale)]
            excluded = [entry(phrase[0]) for phrase in self.query.excluded if len(phrase) == 1]
            together = syntax.all.join(f"({words})" for words in needed)
            each.append(f"({together}){''.join(syntax.but + word for word in excluded)}")
        return syntax.any.join(f"({one})" for one in each)


@dataclass(frozen=True)
class _Syntax:
    quote: str
    any: str
    all: str
    but: str
    begun: str

    def entry(self, locale: str, entry: str) -> str:
        begun = entry.removesuffix(BEGUN)
        return f"{self.quote}{locale}:{begun}{self.quote}{self.begun if begun != entry else ''}"


_FTS5 = _Syntax('"', " OR ", " AND ", " NOT ", " *")
_TSQUERY = _Syntax("'", " | ", " & ", " & !", ":*")


def _on_postgresql() -> bool:
    return db.engine.name == "postgresql"
