"""Whether the time that an answer takes tells a stranger who works here: `python -m bench.oracles`.

Somebody known and somebody unknown are asked about in turn, each from a client of its own, so that no limit is reached.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from flask import Flask
from flask.testing import FlaskClient

from bench.report import Row, percentile, report, verdict
from bench.running import DATABASES, place_of
from nejat_cms.accounts.models import User
from nejat_cms.accounts.rules import hash_password
from nejat_cms.db import atomic, db
from tests.servers import house_over

ASKS, WARM_UP = 200, 10
RATIO = 1.05
"""How much longer one median may be than the other."""
QUESTIONS = {
    "a sign-in with a wrong password": ("/v1/auth/login", {"password": "not the password"}),
    "a forgotten password": ("/v1/auth/forgotten", {}),
}
clients = count(1)


def hire(app: Flask, number: int) -> list[str]:
    """So many who work here and have a password; their addresses."""
    addresses = [f"known{each}@example.org" for each in range(number)]
    stored = hash_password("the very password")

    @atomic
    def add() -> None:
        for address in addresses:
            db.session.add(User(email=address, email_key=address, name="Somebody", password_hash=stored))

    with app.app_context():
        add()
    return addresses


def ask(client: FlaskClient, path: str, body: dict[str, str]) -> float:
    """The seconds that an answer takes to a client that never asked before."""
    number = next(clients)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    begun = time.perf_counter()
    answer = client.post(path, json=body, environ_overrides={"REMOTE_ADDR": address})
    took = time.perf_counter() - begun
    if answer.status_code not in (202, 401):
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")
    return took


def rows(databases: Sequence[str] = tuple(DATABASES), asks: int = ASKS) -> Iterator[Row]:
    """What was measured, on which database, its target, what was reached, and whether that is enough."""
    for name in databases:
        with place_of(name) as (folder, database_url), house_over(folder, database_url) as app:
            settings = app.config["SETTINGS"]
            app.config["SETTINGS"] = replace(settings, smtp_url="smtp://127.0.0.1:1", mail_from="a@example.org")
            known, client = hire(app, asks + WARM_UP), app.test_client()
            for what, (path, more) in QUESTIONS.items():
                yield _row(what, DATABASES[name], *_in_turn(client, path, more, known))


def _in_turn(
    client: FlaskClient, path: str, more: dict[str, str], known: Sequence[str]
) -> tuple[list[float], list[float]]:
    pairs = [
        (ask(client, path, {"email": address} | more), ask(client, path, {"email": f"un{address}"} | more))
        for address in known
    ]
    return [pair[0] for pair in pairs[WARM_UP:]], [pair[1] for pair in pairs[WARM_UP:]]


def _row(what: str, database: str, known: Sequence[float], unknown: Sequence[float]) -> Row:
    here, nowhere = percentile(known, 0.5), percentile(unknown, 0.5)
    ratio = here / nowhere
    reached = f"{ratio:.3f} ({here:.2f} ms known, {nowhere:.2f} ms unknown; {len(known)} of each)"
    return f"{what}, known to unknown", database, f"within {RATIO}", reached, verdict(1 / RATIO < ratio < RATIO)


def main() -> int:
    """Measure, and print the table."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    return report(rows())


if __name__ == "__main__":
    sys.exit(main())
