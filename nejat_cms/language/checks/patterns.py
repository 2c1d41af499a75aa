"""What several rules have to know of characters; for use inside `[…]` of a regular expression."""

import re

LETTER = "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f"
"""Letters of the Arabic script, without tatweel."""
MARK = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
"""The marks that stand on them."""
NEVER_JOINS = "ءآأؤإاةدذرزوٱٲٳٵٶٷڈډڊڋڌڍڎڏڐڑڒړڔڕږڗژڙۀۃۄۅۆۇۈۉۊۋۍۏےۓەۮۯ"
"""Letters that are never joined to the one after them. Source: Unicode ArabicShaping.txt, types R and U."""
TATWEEL = "\u0640"
ZWNJ = "\u200c"
PLACEHOLDER = "\ufffc"
"""Stands for what is no prose; as one letter of the Latin script to the rules."""

_REST = r"[^\s<>\"«»“”„()\[\]{}،؛؟\u200c]"
_OPAQUE = re.compile(
    rf"""(?<![A-Za-z0-9_-])[A-Za-z0-9_-]*?(?:https?://|www\.){_REST}+
      | (?<![A-Za-z0-9_.-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{{2,}}(?![A-Za-z_\d])(?:[.:/]{_REST}*)?
      | (?<![\w.+-])[\w.+-]++@\w{_REST}*
      | [\#@]\w{_REST}*
      | (?<![^\s(])\+[0-9][0-9\ ()-]{{6,}}[0-9]
      | `[^`\n]*`
      | ﴿[^﴿﴾]*﴾
    """,
    re.VERBOSE,
)


def without_opaque(text: str) -> str:
    """The text with what is no prose blanked out, letter by letter, so that places stay.

    Addresses of pages and of mail, telephone numbers, hashtags, `code` in backticks, and
    Quran quotations between ﴿ ﴾, which keep an orthography of their own.
    """
    return _OPAQUE.sub(lambda match: PLACEHOLDER * len(match[0]), text)
