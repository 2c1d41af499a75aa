"""Rows of a small table, for tests of what is true of every table."""

from sqlalchemy import select

from nejat_cms.accounts.models import LoginTally
from nejat_cms.db import atomic, db, end_reading, utc_now


def tally(account: str, failures: int = 0) -> LoginTally:
    return LoginTally(account=account, address="", failures=failures, since=utc_now())


def kept() -> list[str]:
    names = list(db.session.scalars(select(LoginTally.account).order_by(LoginTally.account)))
    end_reading()
    return names


@atomic
def keep(*accounts: str) -> None:
    for account in accounts:
        db.session.add(tally(account))
        db.session.flush()
