"""What is asked of the search, in every edition: the words are those of `words`, by name.

`RARE` asks for planted words, so its hits number the same at every size. `COMMON` asks for words that
are in a large share of all texts. A name that ends in a page number begins there.
"""

from collections.abc import Mapping

DEEP_PAGE = 8

RARE: Mapping[str, str] = {
    "a word": "q={word}",
    "another form of it": "q={form}",
    "two words": "q={word} {beside}",
    "a phrase": 'q="{word} {beside}"',
    "a word without another": "q={word} -{beside}",
    "a word without a phrase": 'q={word} -"{word} {beside}"',
    "a word without a common one": "q={word} -{common}",
    "with the commonest word": "q={commonest} {word}",
    "a phrase with a common word": 'q="{common} {word}"',
    "an unfinished word": "q={begun}&prefix=true",
    "a common and an unfinished word": "q={common} {begun}&prefix=true",
    "in a section": "q={many}&section={section}",
    "with a tag": "q={many}&tag={tag}",
    "of a kind": "q={many}&kind=brief",
    "between two days": "q={many}&from=2017-01-01&to=2019-01-01",
    "translated": "q={many}&translated_in={other}",
    "counted": "q={many}&total=true",
    "a deep page": "q={many}",
    "with a fallback": "q={shared}&fallback={other}",
    "across editions": "q={word}&across=true",
    "in every edition": "q={shared}&across=true",
    "across, unfinished": "q={begun}&across=true&prefix=true",
    "across, counted": "q={shared}&across=true&total=true",
    "nothing": "q={word}{word}",
}

COMMON: Mapping[str, str] = {
    "the commonest word": "q={commonest}",
    "a common word": "q={common}",
    "a common word, a deep page": "q={common}",
    "a common word, counted": "q={common}&total=true",
    "a common word in a section": "q={common}&section={section}",
    "two common words": "q={common} {frequent}",
    "a phrase of common words": 'q="{common} {frequent}"',
    "the beginning of many words": "q={letter}&prefix=true",
    "a common word across editions": "q={common}&across=true",
}
