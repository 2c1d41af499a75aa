"""What an edition does not take."""

from collections.abc import Sequence

from nejat_cms.accounts.actions import record
from nejat_cms.community.models import BlockedWords
from nejat_cms.community.queries.moderation import read_blocked_words
from nejat_cms.db import atomic, db, lock
from nejat_cms.editions.actions import EditionChanged
from nejat_cms.events import on
from nejat_cms.permissions import Actor


@atomic
def set_blocked_words(actor: Actor, locale: str, words: Sequence[str], *, version: int | None) -> BlockedWords:
    """Say for which words an edition holds what readers send; what has come already stays as it is.

    Raises: NotFoundError, StaleVersionError.
    """
    lock(BlockedWords, locale)
    blocked = read_blocked_words(actor, locale)
    blocked.check_version(version)
    wanted = list(dict.fromkeys(words))
    if blocked.words != wanted:
        blocked.words = wanted
        db.session.flush()
        record(actor, "blocked-words.update", "edition", locale, locale=locale, count=len(wanted))
    return blocked


@on(EditionChanged)
def begin_with_none(event: EditionChanged) -> None:
    """A new edition takes every word."""
    if db.session.get(BlockedWords, event.locale) is None:
        db.session.add(BlockedWords(locale=event.locale, words=[]))
        db.session.flush()
