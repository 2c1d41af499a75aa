"""E-mail addresses: which texts are one, and where their mail goes."""

import re
import unicodedata

import icu

from nejat_cms.language.errors import InvalidAddressError

EMAIL_MAX = 254
_SHAPE = re.compile(r"([^@<>(),;:\"\[\]\\]{1,64})@([^@<>(),;:\"\[\]\\]+)")
_DOMAINS = icu.IDNA(
    icu.IDNA.USE_STD3_RULES
    | icu.IDNA.CHECK_BIDI
    | icu.IDNA.CHECK_CONTEXTJ
    | icu.IDNA.CHECK_NONTRANSITIONAL_TO_ASCII
    | icu.IDNA.CHECK_NONTRANSITIONAL_TO_UNICODE
)


def mail_route(email: str) -> tuple[str, str]:
    """The two parts of an address as a mail server is told them: the name, and the domain in ASCII.

    The domain is mapped by UTS 46, non-transitionally as registries and browsers do it: `straße.example`
    is `xn--strae-oqa.example`, another house than `strasse.example`. Refused is what deceives or breaks a mail
    header (spaces, controls and format characters), and a domain that no server could look up: an empty
    label, one of more than 63 letters, `-` at an end. Whether anybody reads mail there only a mail can tell.

    Raises: InvalidAddressError.
    """
    shape = _SHAPE.fullmatch(email)
    if shape is None or len(email) > EMAIL_MAX or any(unicodedata.category(letter)[0] in "CZ" for letter in email):
        raise InvalidAddressError(email)
    name, domain = shape.groups()
    found = icu.IDNAInfo()
    route = _DOMAINS.nameToASCII(domain, found)
    # `ab--cd` is a name that some registries give out.
    if found.errors() & ~icu.IDNAInfo.ERROR_HYPHEN_3_4 or route.endswith("."):
        raise InvalidAddressError(email)
    return name, route
