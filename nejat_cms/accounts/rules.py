"""The rules of accounts: addresses, passwords, tokens, narrowed grants, the limit on failed attempts.

Pure functions of text, time and random numbers: no database, no request.
"""

import hmac
import re
import secrets
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext

from nejat_cms.errors import Problem, at_most_characters, pointer
from nejat_cms.language.clean import has_forbidden
from nejat_cms.language.tags import canonical_locale
from nejat_cms.permissions import Grant, Role

EMAIL_MAX = 254
NAME_MAX = 100
TOKEN_NAME_MAX = 100
PASSWORD_MIN = 12
PASSWORD_MAX = 256

TOKEN_PREFIX = "nejat_"  # noqa: S105 - lets secret scanners recognise a token that leaked
SESSION_LIFETIME = timedelta(hours=12)
TOKEN_LIFETIME = timedelta(days=90)
TOKEN_LIFETIME_MAX = timedelta(days=365)
TOKENS_MAX = 100
"""How many API tokens one user may have at a time."""
GRANTS_MAX = 50

ATTEMPT_WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 50
KNOWN_ADDRESS_FOR = timedelta(days=30)

LINK_LIFETIMES = {"invitation": timedelta(hours=72), "reset": timedelta(hours=1)}
"""How long a link by mail is good, from the moment it was asked for."""
RESETS_PER_ACCOUNT = 5
RESETS_PER_ADDRESS = 20
"""How often in `ATTEMPT_WINDOW` a way back is sent to one account, and may be asked for by one client address."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes."""
DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$uRyXYlvYKPFo7RTglkmq6w$V3vmU0HW7FGZ+pU2tewFiBswDTei2gNwQYJexsjtJ5k"
"""The hash of a password that nobody knows: what a sign-in without an account is compared with."""


def email_key(email: str) -> str:
    """The form in which two spellings of one e-mail address are the same; idempotent.

    NFKC, no space at the ends, no difference of case, letter by letter: ß and ς stay what they
    are, for `straße.example` is another's than `strasse.example` (UTS 46, non-transitional).
    The part before the `@` is treated like the rest, although RFC 5321 §2.4 would let it
    depend on case: no mail host that people use makes two mailboxes of one.
    """
    spelt = unicodedata.normalize("NFKC", email).strip()
    return unicodedata.normalize("NFKC", "".join(letter.lower() for letter in spelt))


def is_email(email: str) -> bool:
    """Whether the text has the shape of an e-mail address: `local@domain`, in any script.

    Refuses what deceives or breaks a mail header: spaces, controls and format
    characters. Whether anybody reads mail there only a mail can tell.
    """
    if not 3 <= len(email) <= EMAIL_MAX or any(unicodedata.category(letter)[0] in "CZ" for letter in email):
        return False
    return re.fullmatch(r"[^@<>(),;:\"\[\]\\]{1,64}@[^@<>(),;:\"\[\]\\]+", email) is not None


def normal_password(password: str) -> str:
    """The form of a password that is hashed: RFC 8265 §4.2 (OpaqueString), NFC with plain spaces; idempotent.

    NFC and not NFKC: the same keys pressed on two systems give the same password,
    and letters that merely look alike stay different.
    """
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in password)
    return unicodedata.normalize("NFC", spaced)


def password_problem(password: str, place: str) -> Problem | None:
    """What keeps a text from being a password; `place` is the pointer of its field.

    Length alone (12 to 256 characters after `normal_password`): rules about digits
    and signs make passwords worse (NIST SP 800-63B §3.1.1.2).
    """
    length = len(normal_password(password))
    if has_forbidden(password):
        return Problem("characters", _("Contains characters that no text may have."), place)
    if length < PASSWORD_MIN:
        return Problem(
            "too_short",
            lazy_ngettext("At least %(num)s character.", "At least %(num)s characters.", PASSWORD_MIN),
            place,
        )
    if length > PASSWORD_MAX:
        return Problem("too_long", at_most_characters(PASSWORD_MAX), place)
    return None


def hash_password(password: str) -> str:
    """The argon2id hash to keep, with a salt of its own; slow on purpose, so never inside a transaction."""
    return _hasher.hash(normal_password(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; without a hash the same work, and no."""
    try:
        _hasher.verify(stored or DUMMY_HASH, normal_password(password))
    except VerificationError:
        return False
    return stored is not None


def new_token() -> str:
    """An opaque token of 256 random bits, recognisable by its prefix."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is kept of a token. A fast hash will do: nobody guesses 256 random bits."""
    return sha256(token.encode()).hexdigest()


def link_secret(key: str, name: UUID) -> str:
    """The 256 bits that a link of this name carries, in 43 letters: the same each time, and known to the key alone."""
    digest = hmac.digest(key.encode(), b"password link\0" + name.bytes, "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def effective_grants(held: Iterable[Grant], narrowed: Sequence[Grant] | None) -> frozenset[Grant]:
    """What a token may do now: its own grants as far as its user still has them; None: all of hers.

    A grant that is no longer covered is gone as a whole; it is not cut down to what is left.
    """
    held = frozenset(held)
    if narrowed is None:
        return held
    return frozenset(grant for grant in narrowed if any(one.covers(grant) for one in held))


def uncovered_grants(held: Iterable[Grant], wanted: Sequence[Grant]) -> list[Problem]:
    """One problem for each grant that its giver does not have herself; pointers into `/grants`."""
    held = frozenset(held)
    return [
        Problem("not_covered", _("You can only pass on rights that you have."), pointer("grants", index))
        for index, grant in enumerate(wanted)
        if not any(one.covers(grant) for one in held)
    ]


def grants_as_json(grants: Iterable[Grant]) -> list[dict[str, str | None]]:
    """Grants as they are stored and shown, each once, in a stable order."""
    return [{"role": str(grant.role), "locale": grant.locale} for grant in sorted(set(grants), key=str)]


def grants_from_json(value: Iterable[Any]) -> list[Grant]:
    """The inverse of `grants_as_json`. A role that this version does not know is passed over: it grants nothing."""
    return [Grant(Role(item["role"]), item["locale"]) for item in value if item["role"] in set(Role)]


def read_grant(text: str) -> Grant:
    """A grant as it is typed on a command line: `admin`, `editor:fa`.

    Raises: ValueError for an unknown role, UnknownLocaleError (also a ValueError) for an unknown locale.
    """
    role, separator, locale = text.partition(":")
    return Grant(Role(role), canonical_locale(locale) if separator else None)


def network_of(address: str | None) -> str:
    """Whom an address stands for when attempts are counted: one IPv4 host, or one IPv6 /64, which is one customer.

    Empty for a client without an address, such as one on a Unix socket.
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def mark(secret: str, *parts: str) -> str:
    """A digest under which something is counted without being written down.

    Keyed, because e-mail and IP addresses are few enough to try them all.
    """
    return hmac.new(secret.encode(), "\0".join(parts).encode(), sha256).hexdigest()


def seconds_to_wait(failures: int, since: datetime, limit: int, now: datetime) -> int:
    """How long nobody may try again, in whole seconds; 0: now.

    The window begins with its first attempt and does not move: who is refused
    does not wait any longer for having asked.
    """
    if failures < limit or window_is_over(since, now):
        return 0
    return max(1, ceil((since + ATTEMPT_WINDOW - now).total_seconds()))


def window_is_over(since: datetime, now: datetime) -> bool:
    return now >= since + ATTEMPT_WINDOW
