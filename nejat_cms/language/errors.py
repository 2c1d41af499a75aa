"""What the functions of this package raise: facts, from which a caller makes words.

All are `ValueError`s. `value` is what was given; it may be hostile and of any
length, so it belongs in no message a reader sees.
"""

from typing import Literal

SlugFault = Literal["empty", "too_long", "characters", "reserved"]


class LanguageError(ValueError):
    """Root of what this package raises."""

    def __init__(self, value: object) -> None:
        super().__init__(f"{type(self).__name__}: {value!r:.80}")
        self.value = value


class InvalidAddressError(LanguageError):
    """No e-mail address, or one whose domain no mail server could look up."""


class UnknownLocaleError(LanguageError):
    """Not a well-formed BCP 47 tag, or not one whose parts CLDR knows."""


class UnknownNumberingError(LanguageError):
    """Not a CLDR numbering system of ten digits."""


class UnknownCalendarError(LanguageError):
    """Not one of `calendars.CALENDARS`."""


class UnknownTimezoneError(LanguageError):
    """Not an IANA time zone."""


class InvalidDateError(LanguageError):
    """A date or time that is malformed, does not exist, or lies outside the years 1 to 9999."""


class InvalidSlugError(LanguageError):
    """A slug that cannot be used; `reason` says why."""

    def __init__(self, value: object, reason: SlugFault) -> None:
        super().__init__(value)
        self.reason: SlugFault = reason


class EmptyQueryError(LanguageError):
    """A search for nothing: no word, or only words that must not be there."""


class LongQueryError(LanguageError):
    """A search for more words than are looked for; `most` says how many those are."""

    def __init__(self, value: object, most: int) -> None:
        super().__init__(value)
        self.most = most
