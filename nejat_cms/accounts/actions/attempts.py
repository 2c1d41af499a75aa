"""How often a password may be tried in vain."""

from datetime import datetime
from typing import NamedTuple

from flask import current_app

from nejat_cms.accounts import rules
from nejat_cms.accounts.models import LoginTally
from nejat_cms.db import atomic, db, lock, utc_now
from nejat_cms.errors import (
    TooManyAttemptsError,
)

ANY = ""
"""In a tally: whatever account, whatever address."""


class Attempt(NamedTuple):
    """Whose password was tried from where; both are keyed digests."""

    account: str
    address: str


def account_mark(email_key: str) -> str:
    return rules.mark(current_app.config["SECRET_KEY"], "account", email_key)


def address_mark(address: str | None) -> str:
    return rules.mark(current_app.config["SECRET_KEY"], "address", rules.network_of(address))


def count_attempt(email_key: str, address: str | None) -> Attempt:
    """Count an attempt as failed, before anybody knows; `give_back` takes that back.

    Raises: TooManyAttemptsError, and counts nothing then.
    """
    attempt = Attempt(account_mark(email_key), address_mark(address))
    _count(attempt)
    return attempt


@atomic
def _count(attempt: Attempt) -> None:
    now = utc_now()
    _together, of_account, of_address = _tallies(attempt, now)
    limits = [(of_account, rules.ATTEMPTS_PER_ACCOUNT), (of_address, rules.ATTEMPTS_PER_ADDRESS)]
    wait = max(rules.seconds_to_wait(tally.failures, tally.since, limit, now) for tally, limit in limits)
    if wait:
        raise TooManyAttemptsError(retry_after=wait)
    for tally, _limit in limits:
        if rules.window_is_over(tally.since, now):
            tally.failures, tally.since = 0, now
        tally.failures += 1


def give_back(attempt: Attempt) -> None:
    """After a right password: its attempt counts no more, and the address is known from now on."""
    now = utc_now()
    together, of_account, of_address = _tallies(attempt, now)
    of_account.failures = 0
    of_address.failures = max(0, of_address.failures - 1)
    together.known_until = now + rules.KNOWN_ADDRESS_FOR


def _tallies(attempt: Attempt, now: datetime) -> tuple[LoginTally, LoginTally, LoginTally]:
    """The rows that count: of account and address together, of the account, of the address.

    They are locked in this order everywhere. Where the address is one that the
    account's owner uses, the first stands for the account.
    """
    together = tally_of(attempt.account, attempt.address, now)
    of_account = tally_of(attempt.account, ANY, now)
    of_address = tally_of(ANY, attempt.address, now)
    known = together.known_until is not None and together.known_until > now
    return together, together if known else of_account, of_address


def tally_of(account: str, address: str, now: datetime) -> LoginTally:
    """The locked row that counts for these two digests; a new one if there is none."""
    tally = lock(LoginTally, (account, address))
    if tally is None:
        tally = LoginTally(account=account, address=address, failures=0, since=now)
        db.session.add(tally)
        db.session.flush()  # the second of two writers waits here, on the primary key, and begins again
    return tally
