"""What an edition is, and what follows from its locale alone (CLDR)."""

from dataclasses import dataclass

from nejat_cms.language.calendars import CALENDARS, localize_digits
from nejat_cms.language.tags import describe_locale
from nejat_cms.language.zones import is_timezone

SHARE_NETWORKS = ("bluesky", "email", "facebook", "linkedin", "telegram", "whatsapp", "x")
DEFAULT_SHARE = ("email",)


@dataclass(frozen=True)
class EditionFacts:
    """What rendering needs to know of an edition; a plain value."""

    locale: str
    direction: str
    native_name: str
    calendar: str
    numbering: str
    timezone: str
    base_url: str
    title: str
    share: tuple[str, ...]
    position: int
    is_default: bool


def defaults_for(locale: str) -> dict[str, str]:
    """CLDR's answers for everything an edition need not say itself."""
    facts = describe_locale(locale)
    return {
        "native_name": facts.native_name,
        "title": facts.native_name,
        "script": facts.script,
        "direction": facts.direction,
        "calendar": facts.calendar,
        "numbering": facts.numbering,
        "timezone": facts.timezone,
    }


def wrong_settings(settings: dict[str, object]) -> list[str]:
    """The names of the settings whose value is no calendar, numbering system (CLDR) or time zone (IANA)."""
    wrong = []
    if settings.get("calendar", CALENDARS[0]) not in CALENDARS:
        wrong.append("calendar")
    if "numbering" in settings and not is_numbering(str(settings["numbering"])):
        wrong.append("numbering")
    if "timezone" in settings and not is_timezone(str(settings["timezone"])):
        wrong.append("timezone")
    return wrong


def is_numbering(name: str) -> bool:
    """Whether `name` is a CLDR numbering system with ten digits of its own."""
    try:
        return bool(localize_digits("1", name))
    except ValueError:
        return False
