"""The rules of comments and messages: steps, forms, what is held as spam, what a thread shows.

Pure functions of text and time: no database, no request.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b, sha256
from math import ceil
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from nejat_cms.language.folding import fold
from nejat_cms.language.zones import microseconds

NAME_MAX = 80
TEXT_MAX = 5_000
SUBJECT_MAX = 200
WORDS_MAX = 500
WORD_MAX = 100


# Steps ----------------------------------------------------------------------------------------


class CommentStatus(StrEnum):
    """Where a comment stands; readers are shown what is approved and nothing else."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    REMOVED = "removed"
    """Erased for good; its place stays for the sake of the answers to it."""


class MessageStatus(StrEnum):
    """Where a message to an edition stands."""

    NEW = "new"
    ANSWERED = "answered"
    SPAM = "spam"


@dataclass(frozen=True)
class Step:
    """One thing a moderator does: from where it leads, and where to."""

    sources: frozenset[str]
    target: str


def _from_all_but(target: CommentStatus) -> Step:
    return Step(frozenset(set(CommentStatus) - {target, CommentStatus.REMOVED}), target)


COMMENT_STEPS: Mapping[str, Step] = {
    "approve": _from_all_but(CommentStatus.APPROVED),
    "reject": _from_all_but(CommentStatus.REJECTED),
    "spam": _from_all_but(CommentStatus.SPAM),
}
MESSAGE_STEPS: Mapping[str, Step] = {
    "answer": Step(frozenset({MessageStatus.NEW}), MessageStatus.ANSWERED),
    "reopen": Step(frozenset({MessageStatus.ANSWERED, MessageStatus.SPAM}), MessageStatus.NEW),
    "spam": Step(frozenset({MessageStatus.NEW, MessageStatus.ANSWERED}), MessageStatus.SPAM),
}


# Forms ----------------------------------------------------------------------------------------

FORM_YOUNGEST = timedelta(seconds=3)
"""Nobody reads and writes in less; programs do."""
FORM_OLDEST = timedelta(hours=24)


@dataclass(frozen=True)
class Form:
    """A form that was handed out; its nonce is good for one sending."""

    nonce: str
    expires_at: datetime


class FormError(ValueError):
    """Why a form is not taken: `form_invalid`, `form_too_fast` or `form_expired`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def comment_form(locale: str, variant_id: object) -> str:
    """What the form under one text is good for."""
    return f"comment {locale} {variant_id}"


def contact_form(locale: str) -> str:
    """What the form of an edition is good for."""
    return f"contact {locale}"


def new_form(secret: str, purpose: str, now: datetime) -> str:
    """A signed token that says when it was made, good for one purpose and one sending."""
    return str(_signer(secret, purpose).dumps([microseconds(now), secrets.token_urlsafe(12)]))


def read_form(secret: str, purpose: str, token: str, now: datetime) -> Form:
    """The form a client sends back, between three seconds and a day after it was handed out.

    Raises: FormError for one that was altered, is for something else, too young or too old.
    """
    try:
        issued_us, nonce = _signer(secret, purpose).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise FormError("form_invalid") from error
    age = timedelta(microseconds=microseconds(now) - issued_us)
    if age < FORM_YOUNGEST:
        raise FormError("form_too_fast")
    if age > FORM_OLDEST:
        raise FormError("form_expired")
    return Form(nonce, now - age + FORM_OLDEST)


def _signer(secret: str, purpose: str) -> URLSafeSerializer:
    """Each purpose has a key of its own, so that a token of one is none of another."""
    options = {"digest_method": sha256, "key_derivation": "hmac"}
    return URLSafeSerializer(secret, salt=f"form {purpose}", signer_kwargs=options)


# How much may be sent -------------------------------------------------------------------------


@dataclass(frozen=True)
class Limit:
    """So many in a window, which begins with its first and does not move."""

    most: int
    window: timedelta

    def seconds_to_wait(self, count: int, since: datetime, now: datetime) -> int:
        """How long nobody may send any more, in whole seconds; 0: now."""
        if count < self.most or self.is_over(since, now):
            return 0
        return max(1, ceil((since + self.window - now).total_seconds()))

    def is_over(self, since: datetime, now: datetime) -> bool:
        return now >= since + self.window


PER_ADDRESS = Limit(5, timedelta(minutes=10))
PER_ARTICLE = Limit(100, timedelta(hours=1))
PER_EDITION = Limit(60, timedelta(hours=1))
"""Messages to one edition: no flood fills a mailbox."""
LONGEST_WINDOW = max(limit.window for limit in (PER_ADDRESS, PER_ARTICLE, PER_EDITION))


# What is held as spam -------------------------------------------------------------------------

LINKS_MOST = 2
SAME_TEXT_WITHIN = timedelta(hours=24)
TELLING_LENGTH = 40
"""Two people say "Thank you!" in the same words, but nothing as long as this."""
SPAM_KEPT = timedelta(days=30)
_DOMAINS = "com|net|org|info|biz|app|dev|shop|store|site|online|club|live|space|website|link|click|top|xyz|[a-z]{2}"
_LINK = re.compile(
    rf"""(?:[a-z]{{2,10}}://|\bwww\.)(?:(?!https?://)[\w.-])*
    | (?<![\w@.-])[a-z0-9-]{{2,}}(?:\.[a-z0-9-]+)*\.(?:{_DOMAINS})(?![\w@-])""",
    re.VERBOSE,
)
_ARTICLE = re.compile("[وف]?(?:[بک]?ال|لل)(?=...)")
_ARABIC = re.compile("[\u0600-\u06ff]")


def kept_text(text: str) -> str:
    """A text as it is kept: composed (NFC), so that one spelling of a letter is one sequence of code points."""
    return unicodedata.normalize("NFC", text)


def text_key(text: str) -> str:
    """A digest that is the same for all spellings a reader takes to be the same text."""
    return blake2b(fold(text).encode(), digest_size=16).hexdigest()


def tells_its_writer(text: str) -> bool:
    """Whether nobody else would write the same by chance."""
    return len(fold(text)) >= TELLING_LENGTH


def reasons_to_hold(texts: Iterable[str], blocked: Sequence[str]) -> list[str]:
    """Why what somebody wrote is held as spam: `links` (over two, bare domains too), `blocked_words`; none for most.

    Words are compared folded and whole: neither case, ZWNJ nor the keyboard's letters hide one, and none is
    found inside another. In Arabic script a space is as good as a ZWNJ or nothing (می فروشیم, میفروشیم), and
    the Arabic article with the letters before it (وال, بال, لل) hides nothing; nor do marks of other scripts.
    Letters of another script that look alike do.
    """
    folded = [fold(text) for text in texts]
    reasons = []
    if sum(len(_LINK.findall(text)) for text in folded) > LINKS_MOST:
        reasons.append("links")
    said = [_words(text) for text in folded]
    wanted = [words for words in (_words(fold(word)) for word in blocked) if words]
    spaced = [f" {' '.join(words)} " for words in said]
    joined = [_Joined(words) for words in said]
    for words in wanted:
        arabic = all(map(_ARABIC.match, words))
        if any(each.has("".join(words)) for each in joined) if arabic else _stands(words, spaced):
            return [*reasons, "blocked_words"]
    return reasons


def _words(folded: str) -> list[str]:
    """The words of a folded text: letters, digits, and the marks of scripts that have some once they are folded.

    On letters up to U+077F (Latin, Greek, Cyrillic, Arabic) what is left of marks is another script's, put there to
    part a word unseen, as is the blank that is no space.
    """
    kept: list[str] = []
    for letter in folded.replace("\u2800", ""):
        if unicodedata.category(letter)[0] != "M":
            kept.append(letter if letter.isalnum() else " ")
        elif kept and kept[-1] > "\u077f":
            kept.append(letter)
    return "".join(kept).split()


def _stands(words: Sequence[str], spaced: Iterable[str]) -> bool:
    return any(f" {' '.join(words)} " in text for text in spaced)


class _Joined:
    """Words without the spaces between them, and where they begin and end; behind their article, too."""

    def __init__(self, words: Sequence[str]) -> None:
        self.text = "".join(words)
        self.starts, self.ends = set[int](), set[int]()
        at = 0
        for word in words:
            article = _ARTICLE.match(word)
            self.starts |= {at, at + article.end()} if article else {at}
            at += len(word)
            self.ends.add(at)

    def has(self, wanted: str) -> bool:
        """Whether one word or several together are just this."""
        at = self.text.find(wanted)
        while at >= 0:
            if at in self.starts and at + len(wanted) in self.ends:
                return True
            at = self.text.find(wanted, at + 1)
        return False


# Threads --------------------------------------------------------------------------------------


class Closed(StrEnum):
    """Why no comment may be sent."""

    DISABLED = "disabled"
    TOO_OLD = "too_old"


def closed_because(settings: Mapping[str, Any], published_at: datetime, now: datetime) -> Closed | None:
    """Why a text takes no comments: its edition takes none, or it was published too many days ago; None: it does."""
    if not settings["enabled"]:
        return Closed.DISABLED
    days = settings["close_after_days"]
    if days is not None and now >= published_at + timedelta(days=days):
        return Closed.TOO_OLD
    return None


class Said(NamedTuple):
    """A comment as it was read for the public, whatever its status."""

    id: str
    parent_id: str | None
    name: str | None
    text: str | None
    at: str
    status: str


def threads_of(rows: Iterable[Said], roots: Sequence[str]) -> list[dict[str, Any]]:
    """Comments under the ones they answer, as readers see them; `rows` in the order in which they are shown.

    What is not approved is left out. Where an approved one lies below it, its place stays, without name and text.
    """
    found: dict[str, Said] = {}
    answers: dict[str, list[str]] = {}
    for row in rows:
        found[row.id] = row
        if row.parent_id is not None:
            answers.setdefault(row.parent_id, []).append(row.id)

    def shown(id_: str) -> dict[str, Any] | None:
        row = found[id_]
        children = [child for child in map(shown, answers.get(id_, ())) if child is not None]
        approved = row.status == CommentStatus.APPROVED
        if not approved and not children:
            return None
        name, text = (row.name, row.text) if approved else (None, None)
        return {"id": row.id, "name": name, "text": text, "at": row.at, "children": children}

    return [thread for thread in map(shown, roots) if thread is not None]
