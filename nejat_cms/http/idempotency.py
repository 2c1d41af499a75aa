"""A repeated POST gets the first one's answer, never a second effect.

The key is looked up and its answer stored in the action's own transaction
(draft-ietf-httpapi-idempotency-key-header): while the first request runs, a repeat waits
at the row, then finds the answer; if the first failed, its row is gone with it and the
repeat runs. A refusal is not kept: it changed nothing and may be right the next time.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, delete
from sqlalchemy.orm import Mapped, mapped_column

from nejat_cms.db import Base, affected, atomic, db, utc_now
from nejat_cms.errors import ForbiddenError, InvalidError, Problem
from nejat_cms.events import every
from nejat_cms.permissions import Actor

KEPT = timedelta(hours=24)
REPLAYED_HEADERS = ("ETag", "Location", "Content-Type", "Content-Language", "Preference-Applied")


class IdempotencyKey(Base):
    """What one actor's POST was answered."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(primary_key=True)
    """Digest of the actor, method, path and key."""
    rights: Mapped[str]
    """Digest of what she might do then: an answer she might no longer get is not given again."""
    request: Mapped[str]
    """Digest of the body and the query."""
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes]
    about: Mapped[UUID | None] = mapped_column(index=True)
    """What the path names: who erases that takes away what was answered of it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


def answer_once(actor: Actor, key: str, said: bytes, answer: Callable[[], Response]) -> Response:
    """The answer kept for this key, or a fresh one, kept from now on; `said` stands for the request's body.

    Raises: InvalidError where the key came with another body, and what `answer` raises.
    """
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidError(
            Problem("invalid_idempotency_key", _("“Idempotency-Key” must be 1 to 255 visible ASCII characters."))
        )
    rights = _digest(*sorted(map(str, actor.grants)))
    scope = _digest(str(actor.user_id), request.method, request.path, key)
    secret = current_app.config["SECRET_KEY"]  # a body may hold a password, which a plain digest would let one guess
    asked = _digest(secret, said.decode("latin-1"), request.query_string.decode("latin-1"))

    about = next((part for part in (request.view_args or {}).values() if isinstance(part, UUID)), None)

    @atomic
    def run() -> Response:
        kept = db.session.get(IdempotencyKey, scope, populate_existing=True)
        if kept is not None and kept.created_at > utc_now() - KEPT:
            if kept.request != asked:
                raise InvalidError(
                    Problem(
                        "idempotency_key_reused",
                        _("This “Idempotency-Key” came with another request before."),
                    )
                )
            if kept.rights != rights:  # what was done is not done again, and she may not be told what it was
                raise ForbiddenError
            return _replay(kept)
        if kept is not None:
            db.session.delete(kept)
            db.session.flush()
        row = IdempotencyKey(scope=scope, request=asked, rights=rights, status=0, headers={}, body=b"", about=about)
        db.session.add(row)
        db.session.flush()  # a repeat that overlaps waits here, on the primary key
        response = answer()
        row.status = response.status_code
        row.headers = {name: response.headers[name] for name in REPLAYED_HEADERS if name in response.headers}
        row.body = response.get_data()
        return response

    return run()


def forget_answers(about: Sequence[UUID] | Select[UUID]) -> None:
    """Take away what was answered of these things, which are erased: nobody is told of them again."""
    affected(delete(IdempotencyKey).where(IdempotencyKey.about.in_(about)))


def _replay(kept: IdempotencyKey) -> Response:
    response = Response(kept.body, kept.status, headers=kept.headers)
    if "Content-Type" not in kept.headers:
        del response.headers["Content-Type"]
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _digest(*parts: str) -> str:
    return sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


@every(hours=1)
def forget_old_keys() -> None:
    """Remove answers that nobody may ask for any more."""

    @atomic
    def run() -> None:
        db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= utc_now() - KEPT))

    run()
