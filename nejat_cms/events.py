"""What happened, and who hears of it.

    action ── emit(event) ──▶ @on handlers, now, in the same transaction; one that raises vetoes
                         └──▶ one outbox row per @later handler, in the same transaction
    nejat worker ── drain() ──▶ claims a row with a lease, runs its handler in a transaction that
                                also removes the row, backs off, parks after ten failures
                             beside the clock and one at a time those that wait for others: mail servers, caches

A worker that dies holds its row until the lease runs out; then another takes it. One
that was merely slow finds its lease gone and cannot commit (the row's `lease` is a
fencing token). `@every` handlers are the worker's clock: they run again and again.
"""

import dataclasses
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

import structlog
from sqlalchemy import Index, case, func, not_, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from nejat_cms.db import Base, affected, atomic, db, end_reading, lock, new_id, transaction, utc_now

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 10
FEATURES = (
    "language",
    "accounts",
    "editions",
    "media",
    "content",
    "translation",
    "delivery",
    "community",
    "webhooks",
    "transfer",
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Event:
    """Something that happened; its fields are JSON values, UUIDs or tuples of them."""


class RefusedError(Exception):
    """What a handler raises when its row alone is refused, not its whole trade; `for_good`: another try is in vain."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


E = TypeVar("E", bound=Event)
Periodic = Callable[[], bool | None]
Handler = Callable[..., None]


@dataclass(frozen=True)
class Promised:
    """A handler that runs after the commit, and how."""

    kind: type[Event]
    handler: Handler
    after: timedelta
    outside: bool


_on: dict[type[Event], list[Handler]] = defaultdict(list)
_later: dict[type[Event], list[Promised]] = defaultdict(list)
_by_name: dict[str, Promised] = {}
_every: list[tuple[timedelta, Periodic]] = []


def on(kind: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Run the function when `kind` is emitted, in the emitter's transaction; raising vetoes the action."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        _on[kind].append(handler)
        _on[kind].sort(key=_rank)
        return handler

    return register


def later(
    kind: type[E], *, after: float = 0.0, outside: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Run the function after the emitter's commit, at least once, in a transaction of its own.

    `after`: seconds to wait first. `outside`: in no transaction, for what waits for others.
    """

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        promised = Promised(kind, handler, timedelta(seconds=after), outside)
        _later[kind].append(promised)
        _by_name[_name(handler)] = promised
        return handler

    return register


def every(**interval: float) -> Callable[[Periodic], Periodic]:
    """Run the function from the worker, again and again; `every(seconds=1)`.

    A long task does a part and answers True: the next part follows after whatever else is due.
    """

    def register(handler: Periodic) -> Periodic:
        _every.append((timedelta(**interval), handler))
        return handler

    return register


def _name(handler: Callable[..., object]) -> str:
    return f"{handler.__module__.removeprefix('nejat_cms.')}.{handler.__name__}"


def _rank(handler: Handler) -> int:
    feature = _name(handler).split(".", 1)[0]
    return FEATURES.index(feature) if feature in FEATURES else len(FEATURES)


class OutboxRow(Base):
    """A promise to run one handler for one event."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "parked_at", "available_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    handler: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    available_at: Mapped[datetime] = mapped_column(default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[UUID | None]
    last_error: Mapped[str | None]
    parked_at: Mapped[datetime | None]


def emit(event: Event) -> None:
    """Tell every subscriber, inside the action's transaction."""
    if not db.session().info.get("atomic"):
        raise RuntimeError("events are emitted by actions, inside their transaction")
    for promised in _later[type(event)]:
        name, due = _name(promised.handler), utc_now() + promised.after
        db.session.add(OutboxRow(handler=name, payload=dataclasses.asdict(event), available_at=due))
    ask(event)


def ask(event: Event) -> None:
    """Put a question to every subscriber, any of whom may refuse; by itself it changes nothing and promises nothing."""
    for handler in _on[type(event)]:
        handler(event)


def drain(limit: int = 1000, *, outside: bool | None = None) -> int:
    """Run what is due from the outbox, at most `limit` rows; returns how many were run.

    `outside`: only what waits for others, or only what does not.
    """
    for count in range(limit):
        if not _run_one(outside):
            return count
    return limit


@atomic
def _claim(outside: bool | None = None) -> tuple[UUID, UUID, str, dict[str, Any]] | None:
    now = utc_now()
    waits = OutboxRow.handler.in_(_waiting_for_others())
    wanted = true() if outside is None else waits if outside else not_(waits)
    row = db.session.scalars(
        select(OutboxRow)
        .where(OutboxRow.parked_at.is_(None), OutboxRow.available_at <= now, wanted)
        .order_by(OutboxRow.available_at, OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.lease = new_id()
    row.available_at = now + LEASE
    row.attempts += 1
    if row.attempts > MAX_ATTEMPTS:  # its worker died with it every time
        row.parked_at = now
        return _claim(outside)
    return row.id, row.lease, row.handler, row.payload


def _waiting_for_others() -> list[str]:
    return [name for name, promised in _by_name.items() if promised.outside]


def _run_one(outside: bool | None = None) -> bool:
    claimed = _claim(outside)
    if claimed is None:
        return False
    row_id, lease, name, payload = claimed
    try:
        promised = _by_name[name]
        event = _revive(promised.kind, payload)
        if promised.outside:
            promised.handler(event)
        with transaction():
            held = lock(OutboxRow, row_id)
            if held is None or held.lease != lease:
                return True
            if not promised.outside:
                promised.handler(event)
            db.session.delete(held)
    except Exception as error:
        log.exception("outbox handler failed", handler=name, outbox_id=str(row_id))
        reason = f"{type(error).__name__}: {error}"[:500]
        if isinstance(error, RefusedError):
            _postpone(row_id, lease, reason, None, for_good=error.for_good)
        else:
            _postpone(row_id, lease, reason, name if name in _waiting_for_others() else None)
    return True


@atomic
def _postpone(row_id: UUID, held: UUID, reason: str, like: str | None, *, for_good: bool = False) -> None:
    """Try a row again later, and with it all rows of the handler that is named.

    Who does not answer now would keep each of them waiting, and whoever comes after them. Each waits as long as
    after a failure of its own, so the one that failed least comes first: where it was this row's fault alone,
    the others leave a moment later.
    """
    row = lock(OutboxRow, row_id)
    if row is None or row.lease != held:
        return
    now = utc_now()
    row.last_error = reason
    row.lease = None
    row.available_at = now + _wait(row.attempts) * random.uniform(0.8, 1.2)  # noqa: S311
    if for_good or row.attempts >= MAX_ATTEMPTS:
        row.parked_at = now
    if like is not None:
        due = case({tries: now + _wait(tries) for tries in range(MAX_ATTEMPTS + 1)}, value=OutboxRow.attempts)
        others = (OutboxRow.handler == like, OutboxRow.id != row_id, OutboxRow.lease.is_(None))
        waiting = (*others, OutboxRow.parked_at.is_(None), OutboxRow.available_at < due)
        affected(update(OutboxRow).where(*waiting).values(available_at=due))


def _wait(attempts: int) -> timedelta:
    return timedelta(seconds=min(2**attempts, 3600))


def _revive(kind: type[E], payload: dict[str, Any]) -> E:
    """The event that `dataclasses.asdict` and JSON took apart."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in payload.items()})


def _value(hint: Any, value: Any) -> Any:
    if isinstance(value, str) and hint in (UUID, UUID | None):
        return UUID(value)
    return tuple(value) if isinstance(value, list) else value


def backlog() -> dict[str, int]:
    """How many outbox rows wait and how many are parked after ten failures."""
    waiting, parked = db.session.execute(
        select(func.count().filter(OutboxRow.parked_at.is_(None)), func.count(OutboxRow.parked_at)).select_from(
            OutboxRow
        )
    ).one()
    return {"waiting": waiting, "parked": parked}


@atomic
def unpark() -> int:
    """Give every parked row another ten tries; returns how many there were."""
    revive = update(OutboxRow).where(OutboxRow.parked_at.is_not(None))
    return affected(revive.values(parked_at=None, attempts=0, available_at=utc_now()))


class Clock:
    """The worker's own round of `@every` handlers and of the outbox rows that wait for nobody."""

    def __init__(self) -> None:
        self._next = {handler: utc_now() for _, handler in _every}

    def tick(self) -> tuple[int, bool]:
        """Run everything that is due now; how many outbox rows were run, and whether a handler has more to do."""
        unfinished = False
        for interval, handler in _every:
            now = utc_now()
            if not now < self._next[handler] <= now + interval:  # later than that only when the clock was set back
                self._next[handler] = now + interval
                try:
                    if handler():
                        self._next[handler], unfinished = now, True
                except Exception:
                    log.exception("periodic task failed", task=_name(handler))
                finally:
                    end_reading()
        return drain(outside=False), unfinished


class Courier:
    """What waits for others, one outbox row a round: beside the clock, which keeps time however slow they are."""

    def tick(self) -> tuple[int, bool]:
        """Run one row that is due; how many were run, and that no more is known of."""
        return drain(1, outside=True), False
