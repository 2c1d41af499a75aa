"""When two spellings are the same to a reader."""

import icu

_CASELESS = icu.Normalizer2.getNFKCCasefoldInstance()
_DECOMPOSE = icu.Normalizer2.getNFDInstance()
_COMPOSE = icu.Normalizer2.getNFCInstance()

# What the letter without its marks becomes. Of two keyboards' letters the Persian one stands for both;
# which one is invisible to readers. Not here: پ چ ژ گ, Urdu's ھ, Kurdish's ێ, letters of their own.
_LETTERS = {
    "ٱ": "ا",
    "ٲ": "ا",
    "ٳ": "ا",
    "ى": "ی",
    "ي": "ی",
    "ے": "ی",
    "ك": "ک",
    "ة": "ه",
    "ہ": "ه",
    "ۃ": "ه",
    "ە": "ه",
    "ـ": "",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
}

# Canonical combining classes that make a letter rather than accent one: nuktas, kana voicing, viramas,
# and the vowels of Indic and Southeast Asian scripts.
_LETTER_CLASSES = frozenset({0, 7, 8, 9, *range(37, 200)})


def fold(text: str) -> str:
    """One form for all spellings a reader takes to be the same; for comparing, never for showing.

    - Unicode compatibility forms, case and invisible characters (ZWNJ, ZWJ, bidi
      marks, soft hyphens) go: what ZWNJ parted is joined.
    - Marks on Latin, Greek, Arabic and Hebrew letters go: ë is e, ç is c, harakat
      and niqqud vanish. Marks that make another letter stay (Cyrillic й, kana が,
      Indic vowels).
    - أإآٱ are ا, ى ي ے are ی, ك is ک, ة ۀ ہ ە are ه, ؤ is و, ئ is ی, tatweel is nothing.
      پ چ ژ گ stay apart from ب ج ز ک, and ق from ک.
    - Digits of every script are 0–9; every run of white space is one space, none at
      the ends.

    May be empty, and up to 18 times longer than the text (U+FDFA). Composed and
    decomposed texts fold equal; idempotent.

    Source: UAX 15 NFKC_Casefold; the equivalences of Lucene's Arabic and Persian
    normalisation, and those of hamza seats beyond them.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded: str = _COMPOSE.normalize(_CASELESS.normalize(text).translate(_TABLE))
    return " ".join(folded.split())


class _Table(dict[int, str]):
    """What each code point folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_letter(chr(code))
        return folded


def _fold_letter(letter: str) -> str:
    digit: int = icu.Char.charDigitValue(letter)
    if digit >= 0:
        return str(digit)
    if "\u0400" <= letter <= "\u052f":
        return letter  # Cyrillic letters that decompose, й and ї among them, are letters of the alphabet
    bare = "".join(char for char in _DECOMPOSE.normalize(letter) if not _is_accent(char))
    composed: str = _COMPOSE.normalize("".join(_LETTERS.get(char, char) for char in bare))
    return composed


def _is_accent(char: str) -> bool:
    return (
        icu.Char.getCombiningClass(char) not in _LETTER_CLASSES
        or icu.Char.charType(char) == icu.UCharCategory.ENCLOSING_MARK
    )


_TABLE = _Table()
