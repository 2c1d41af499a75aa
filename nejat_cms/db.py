"""The database: one declarative base, one way to change things, two engines that behave alike.

    @atomic action ──▶ outermost: begin (SQLite: BEGIN IMMEDIATE) … last steps, commit, then steps afterwards
                  └──▶ nested: joins
    db.session     ──▶ reads of the newsroom; closed with the request
    reading.fetch  ──▶ reads of the public, on the replica where there is one

`commit()` is called in this module alone. What a race between two writers breaks
(a unique constraint, a deadlock) is run again from the start, so that the second
one sees the winner and answers with the domain's own error.
"""

import functools
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, ParamSpec, Self, TypeVar, cast
from uuid import UUID

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Delete,
    Engine,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    Update,
    event,
    inspect,
    select,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid7

from nejat_cms.errors import ConflictError, PreconditionRequiredError, StaleVersionError, UnavailableError
from nejat_cms.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

MARK_DIGITS = 6
"""How many hexadecimal digits tell one row from another in its place."""
TRIES = 8
PAUSES = (0.005, 0.05)
"""Between tries, in seconds: the shortest pause, and the longest one."""
BUSY_SECONDS = 5
TURNS = (0.001, 0.004)
"""Between two attempts to become the one who writes to SQLite, in seconds."""
PASSING_FAULTS = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): unique, and later ones sort later."""
    return uuid7()


def utc_now() -> datetime:
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: always aware and UTC in Python; `timestamptz` on PostgreSQL, naive UTC on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    registry = registry(  # given whole: Flask-SQLAlchemy copies this class, and a second type map would be refused
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime(),
            str: Text(),
            bytes: LargeBinary(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
        },
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


class Stamp(int):
    """The version of a row, and a mark of which row it is: another in its place may reach the same number."""

    mark: str

    def __new__(cls, version: int, mark: str) -> Self:
        stamp = super().__new__(cls, version)
        stamp.mark = mark
        return stamp


class Versioned:
    """A row that nobody overwrites unseen: every UPDATE names the version it saw and makes the next one."""

    version: Mapped[int] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}

    @property
    def stamp(self) -> Stamp:
        key = repr([str(value) for value in inspect(self).identity]).encode()
        return Stamp(self.version, blake2b(key, digest_size=MARK_DIGITS // 2).hexdigest())

    def touch(self) -> None:
        """Make the next version although no column of its own changes."""
        self.updated_at = utc_now()

    def check_version(self, seen: int | None) -> None:
        """Refuse a writer who did not see this version; None: she named none.

        Raises: PreconditionRequiredError, StaleVersionError.
        """
        if seen is None:
            raise PreconditionRequiredError
        if seen != self.version or (isinstance(seen, Stamp) and seen.mark != self.stamp.mark):
            raise StaleVersionError


@contextmanager
def transaction() -> Iterator[None]:
    """One transaction; inside another one, a part of it.

    Raises: RuntimeError where the session is already reading: on SQLite such a
    transaction cannot become a writing one and would fail at once as "locked".
    """
    session = db.session()
    if session.info.get("atomic"):
        yield
        return
    if session.in_transaction():
        raise RuntimeError("an action must begin its own transaction; close the reading one first")
    steps = session.info["atomic"] = Steps()
    try:
        session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
        yield
        for step, words in steps.last.items():
            step(words)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["atomic"]
    for tell in steps.afterwards:
        tell()


@dataclass(frozen=True)
class Steps:
    """What a transaction has still to do, each thing once, in the order in which it was asked for."""

    last: dict[Callable[[set[str]], None], set[str]] = field(default_factory=dict)
    afterwards: dict[Callable[[], None], None] = field(default_factory=dict)


def before_commit(step: Callable[[set[str]], None], *words: str) -> None:
    """Run a step as the last of this transaction, with all words for which it was asked.

    What it locks is held for no longer than a commit takes.
    """
    _steps().last.setdefault(step, set()).update(words)


def after_commit(step: Callable[[], None]) -> None:
    """Run a step once this transaction has been committed. What it raises would be taken for a failed write."""
    _steps().afterwards[step] = None


def _steps() -> Steps:
    steps: Steps | None = db.session().info.get("atomic")
    if steps is None:
        raise RuntimeError("only actions have steps, inside their transaction")
    return steps


def atomic(action: Callable[P, R]) -> Callable[P, R]:
    """Run `action` in one transaction; the outermost commits, nested ones join.

    Raises: StaleVersionError, ConflictError, UnavailableError, and what `action` raises.
    """

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if db.session().info.get("atomic"):
            return action(*args, **kwargs)
        for attempt in range(1, TRIES + 1):
            try:
                with transaction():
                    return action(*args, **kwargs)
            except StaleDataError as error:
                raise StaleVersionError from error
            except (IntegrityError, OperationalError) as error:
                raced = isinstance(error, IntegrityError) or sqlstate(error) in PASSING_FAULTS
                if not raced:
                    raise UnavailableError from error
                if attempt == TRIES:
                    raise ConflictError(retry_after=1) from error
            _pause(attempt)
        raise AssertionError("unreachable")

    return run


def _pause(attempt: int) -> None:
    """Wait a little longer after every try, and never as long as the other: two who collided must not do so again."""
    shortest, longest = PAUSES
    time.sleep(random.uniform(shortest, min(longest, shortest * 2**attempt)))  # noqa: S311 - no secret


def end_reading() -> None:
    """Close the session's reading transaction, so that an action can begin. What is looked at next is read anew.

    Without a transaction a rollback would leave what an action before has loaded as it was then.
    """
    db.session.rollback()
    db.session.expire_all()


def sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be used at all, as opposed to having refused a statement."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeoutError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def lock(model: type[R], key: Any) -> R | None:
    """The row as it stands now, held until the transaction ends, whatever was read of it before.

    `Session.get` would refuse a newer version than the one that is loaded, although nobody has decided by that one.
    """
    columns = inspect(model).primary_key
    values = key if isinstance(key, tuple) else (key,)
    row = select(model).where(*(column == value for column, value in zip(columns, values, strict=True)))
    held = db.session.scalars(row.with_for_update(), execution_options={"populate_existing": True})
    return held.unique().one_or_none()


def affected(statement: Update | Delete) -> int:
    """How many rows an UPDATE or DELETE changed; the session's own objects are not brought up to date."""
    done = db.session.execute(statement, execution_options={"synchronize_session": False})
    return max(cast(CursorResult[Any], done).rowcount, 0)


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the engines: `None` reads and writes, `"read"` answers the public."""
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    read_url = settings.database_read_url or settings.database_url
    reading: dict[str, Any] = {"pool_reset_on_return": None}
    if read_url.startswith("postgresql"):
        reading["isolation_level"] = "AUTOCOMMIT"
    app.config["SQLALCHEMY_BINDS"] = {"read": {"url": read_url, **_engine_options(read_url), **reading}}
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)


def _engine_options(url: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "hide_parameters": True,  # an error that is logged must not carry a draft or a digest with it
        "pool_size": 10,
        "max_overflow": 30,  # with the others: one for each thread of a web worker, and some to spare
        "pool_timeout": 2,
    }
    if url.startswith("postgresql"):
        timeouts = "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
        options |= {
            "pool_pre_ping": True,
            "connect_args": {
                "connect_timeout": 2,
                "tcp_user_timeout": 10_000,  # milliseconds until packets that nobody confirms are an outage
                "keepalives_idle": 30,
                "options": f"{timeouts} -c timezone=UTC",
            },
        }
    return options


def prepare_engine(engine: Engine) -> None:
    """What SQLite must be told on every connection; PostgreSQL is told by its address."""
    if engine.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module begins transactions itself
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        _write_ahead(connection, engine.dialect.loaded_dbapi.OperationalError)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    waiting = threading.Lock()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("begin", "BEGIN")
        if statement == "BEGIN":
            connection.exec_driver_sql(statement)
        else:
            _begin_writing(connection, statement, waiting)


def _begin_writing(connection: Connection, statement: str, waiting: threading.Lock) -> None:
    """Wait for the others who write. Of one process one thread asks, the others wait for it.

    SQLite's own waiting asks more and more seldom, in the end ten times a second: whoever has waited
    long is overtaken by all who come later.
    """
    until = time.monotonic() + BUSY_SECONDS
    driver: Any = connection.connection.driver_connection
    asks = waiting.acquire(timeout=BUSY_SECONDS)
    try:
        driver.execute("PRAGMA busy_timeout = 0")
        while True:
            try:
                connection.exec_driver_sql(statement)
                return
            except OperationalError as error:
                busy = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(*TURNS))  # noqa: S311  nothing secret
    finally:
        if asks:
            waiting.release()
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _write_ahead(connection: Any, refusal: type[Exception]) -> None:
    """Keep a log ahead of the database; a new one is switched by one connection, and others are refused meanwhile.

    That refusal alone comes at once, whatever `busy_timeout` says, so the waiting is done here.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except refusal:
            if time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.005, 0.02))  # noqa: S311  nothing secret
