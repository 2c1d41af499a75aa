"""What an edition is, and what follows from its locale alone (CLDR)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from nejat_cms.language.calendars import CALENDARS, localize_digits
from nejat_cms.language.direction import Direction
from nejat_cms.language.tags import UnknownLocaleError, canonical_locale, describe_locale
from nejat_cms.language.zones import is_timezone

SHARE_NETWORKS = ("bluesky", "email", "facebook", "linkedin", "telegram", "whatsapp", "x")
DEFAULT_SHARE = ("email",)
FRONT: Mapping[str, Any] = {"featured": 5, "recent": 10, "per_section": 4, "sections": None}
"""How many articles a front page shows of each sort, and of which sections; None: of all at the top of the tree."""
DEFAULT_COMMENTS = {"enabled": False, "close_after_days": None, "max_depth": 4}


@dataclass(frozen=True)
class EditionFacts:
    """What rendering needs to know of an edition; a plain value."""

    locale: str
    direction: Direction
    native_name: str
    calendar: str
    numbering: str
    timezone: str
    base_url: str
    title: str
    share: tuple[str, ...]
    position: int
    is_default: bool
    media_url: str = ""
    """Where the addresses of media begin: this API's own."""
    share_image: str | None = None
    """The picture, by its id, that stands for documents which have none of their own."""


def edition_id(locale: str, created_at: datetime) -> UUID:
    """What names an edition where its locale is too little: that of another house has another."""
    return uuid5(NAMESPACE_URL, f"{locale} {created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")


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
    """The names of the settings whose value is no calendar, numbering system, script (CLDR) or time zone (IANA)."""
    wrong = []
    if settings.get("calendar", CALENDARS[0]) not in CALENDARS:
        wrong.append("calendar")
    if "numbering" in settings and not is_numbering(str(settings["numbering"])):
        wrong.append("numbering")
    if "timezone" in settings and not is_timezone(str(settings["timezone"])):
        wrong.append("timezone")
    if "script" in settings and not is_script(str(settings["script"])):
        wrong.append("script")
    return wrong


def is_script(name: str) -> bool:
    """Whether `name` is an ISO 15924 code that CLDR knows, as it is written: `Arab`, not `arab`."""
    try:
        return canonical_locale(f"en-{name}") == f"en-{name}" and len(name) == 4
    except UnknownLocaleError:
        return False


def site_address(url: str | None) -> str | None:
    """Where an edition's site begins, as other addresses are put after it: without a slash at its end."""
    return url and url.rstrip("/")


def is_numbering(name: str) -> bool:
    """Whether `name` is a CLDR numbering system with ten digits of its own."""
    try:
        return bool(localize_digits("1", name))
    except ValueError:
        return False
